/* Records cost no allocation: a scan of five times as many, all with values of their own, asks the
 * heap hardly more often. What the program and this file ask is counted (tests/meson.build wraps
 * malloc and its like); libraries are not.
 *
 * Tables double while they grow, so a few more are right; one for every twentieth record is not. */
#include "check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/scan_run.h"
#include "evtx_make.h"
#include "rule/match/match.h"

#define FEW  2000
#define MANY (5 * FEW)

static _Atomic u64 asked;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    asked++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    asked++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    asked++;
    return __real_realloc(p, n);
}

static const char rules[] =
    "title: Processes\nid: 00000000-0000-4000-8000-000000000001\n"
    "logsource: {product: windows, service: security}\n"
    "detection:\n  a: {CommandLine|contains: ['-never', 'at all']}\n  b: {User|re: '^none.*x$'}\n"
    "  c: {Count|gt: 4000000000}\n  condition: a or b or c\nlevel: low\n"
    "---\n"
    "title: Words\nid: 00000000-0000-4000-8000-000000000002\n"
    "logsource: {product: windows}\ndetection:\n  k: ['sekurlsa::', 'not to be found']\n"
    "  condition: k\nlevel: low\n"
    "---\n"
    "title: Web\nid: 00000000-0000-4000-8000-000000000003\nlogsource: {category: webserver}\n"
    "detection:\n  a: {cs-uri-stem|endswith: '/never.aspx'}\n  b: {cs-user-agent|contains: "
    "nobody}\n"
    "  c: {c-ip|cidr: '10.99.0.0/16'}\n  condition: a or b or c\nlevel: low\n";

static void write_bytes(const char *path, str bytes)
{
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
}

static void write_evtx(const char *path, u32 n)
{
    struct evtx_make m;
    char text[64];
    u32 definition = 0;
    make_init(&m);
    for (u32 i = 0; i < n; i++) {
        if (i % 100 == 0) {
            if (i)
                make_chunk_end(&m);
            definition = 0;
        }
        make_record(&m, i + 1);
        make_standard(&m, 4688);
        if (definition) {
            make_template_at(&m, 7, definition);
        } else {
            definition = make_template(&m, 7);
            make_fragment(&m);
            make_open(&m, "EventData", false);
            make_data(&m, "CommandLine", 0, TYPE_STRING);
            make_data(&m, "User", 1, TYPE_STRING);
            make_data(&m, "Count", 2, TYPE_U32);
            make_end(&m);
            make_eof(&m);
            make_template_end(&m);
        }
        make_values(&m, 3);
        snprintf(text, sizeof text, "C:\\tool%u.exe -run at a%u", i, i * 7);
        make_value_text(&m, text);
        snprintf(text, sizeof text, "user%u", i);
        make_value_text(&m, text);
        make_value_u(&m, TYPE_U32, i, 4);
        make_standard_end(&m);
        make_record_end(&m);
    }
    write_bytes(path, make_file(&m));
    make_release(&m);
}

static void write_lines(const char *path, u32 n, const char *head, const char *line)
{
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    fputs(head, f);
    for (u32 i = 0; i < n; i++)
        fprintf(f, line, i / 3600 % 24, i / 60 % 60, i % 60, i, i * 3, i); /* NOLINT */
    assert_int_equal(fclose(f), 0);
}

static void write_w3c(const char *path, u32 n)
{
    write_lines(path, n,
                "#Software: Microsoft Internet Information Services 10.0\n"
                "#Fields: date time cs-method cs-uri-stem cs(User-Agent) c-ip\n",
                "2021-03-03 %02u:%02u:%02u GET /page%u.aspx Mozilla/%u 10.1.2.%u\n");
}

static void write_json(const char *path, u32 n)
{
    write_lines(path, n, "",
                "{\"Channel\":\"Security\",\"EventID\":4688,\"EventTime\":\"2021-03-03 "
                "%02u:%02u:%02u\",\"CommandLine\":\"tool%u.exe %u\",\"Count\":%u}\n");
}

/* How often the heap was asked for the scan of such a file. */
static u64 scan_of(void (*write)(const char *path, u32 n), u32 n)
{
    char path[] = "/tmp/leadline-allocs-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write(path, n);
    const char *const paths[] = {path};
    struct ruleset *set;
    struct scan scan;
    struct err err = {0};
    const struct ruleset_text text = {S("rules.yml"), str_from(rules)};
    assert_int_equal(ruleset_load_texts(&text, 1, &set, NULL), OK);
    assert_int_equal(set->n_rules, 3);
    scan_init(&scan, set);
    const struct scan_options options = {
        .pipeline = {.paths = paths, .n_paths = 1, .threads = 1, .unhashed = true},
        .matcher = &matcher_fast,
        .hits_only = true};
    const u64 before = asked;
    assert_int_equal(scan_run(&options, &scan, &err), OK);
    const u64 out = asked - before;
    assert_int_equal(scan.n_events, n);
    scan_release(&scan);
    ruleset_free(set);
    unlink(path);
    return out;
}

static void check_few(void (*write)(const char *path, u32 n))
{
    const u64 few = scan_of(write, FEW), many = scan_of(write, MANY);
    if (many > few + (MANY - FEW) / 20)
        fail_msg("%u records: %llu allocations, %u: %llu", FEW, (unsigned long long)few, MANY,
                 (unsigned long long)many);
    assert_true(few > 10); /* they are counted */
}

static void test_evtx(void **state)
{
    check_few(write_evtx);
}

static void test_w3c(void **state)
{
    check_few(write_w3c);
}

static void test_json(void **state)
{
    check_few(write_json);
}

int suite_allocs(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evtx),
        cmocka_unit_test(test_w3c),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests_name("allocs", tests, NULL, NULL);
}
