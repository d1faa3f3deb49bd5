/* Rules kept from one run to the next: the same answers as without, and never those of yesterday's
 * rules. */
#include "check.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agree.h"
#include "base/mem.h"
#include "base/region.h"
#include "event_make.h"
#include "rule/image.h"
#include "rule/match/match.h"

#define RULES 210

static char folder[64], rules[80], cache[80];

static void write_text(const char *path, const char *text)
{
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_rule(u32 i, const char *word)
{
    char path[128], text[1024];
    snprintf(path, sizeof path, "%s/rule%03u.yml", rules, i);
    snprintf(text, sizeof text,
             "title: Rule %u\nid: 00000000-0000-4000-8000-%012u\nstatus: test\n"
             "logsource: {product: windows, service: security}\n"
             "detection:\n  a: {CommandLine|contains: '%s%u '}\n  b: {User: null}\n"
             "  c: {CommandLine|re: 'end[0-9]+$'}\n  condition: a and b and c\nlevel: low\n",
             i, i, word, i);
    write_text(path, text);
}

/* Files are old enough to be trusted from here on. */
static void let_settle(void)
{
    usleep((useconds_t)(IMAGE_SETTLED / 1000 + 100000));
}

static int setup(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/leadline-image-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(rules, sizeof rules, "%s/rules", folder);
    snprintf(cache, sizeof cache, "%s/cache/leadline", folder);
    assert_int_equal(mkdir(rules, 0700), 0);
    for (u32 i = 0; i < RULES; i++)
        write_rule(i, "word");
    char parent[80];
    snprintf(parent, sizeof parent, "%s/cache", folder);
    assert_int_equal(setenv("XDG_CACHE_HOME", parent, 1), 0);
    let_settle();
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return unsetenv("XDG_CACHE_HOME") || system(command);
}

static struct ruleset *load(enum image_use use)
{
    const char *const paths[] = {rules};
    const struct ruleset_source source = {.paths = paths, .n_paths = 1};
    struct ruleset *set = NULL;
    struct err err = {0};
    if (image_load(&source, use, &set, &err) != OK)
        fail_msg("%s", err.msg);
    return set;
}

/* The number of the one rule that an event of this text matches, by the fast matcher; UINT32_MAX:
 * none. */
static u32 matched(const struct ruleset *set, const char *text)
{
    struct schema schema;
    struct arena arena = {0};
    schema_init(&schema, &set->fields);
    const struct event event = event_make(&schema, &arena, text);
    const void *const compiled = matcher_fast.compile(set);
    void *const matcher = matcher_fast.open(compiled, &schema, 1);
    u32 *const out = mem_calloc(set->n_rules + 1, sizeof *out);
    const u32 n = matcher_fast.match(matcher, &event, out);
    const u32 rule = n ? out[0] : UINT32_MAX;
    assert_true(n <= 1);
    mem_free(out);
    matcher_fast.close(matcher);
    matcher_fast.free(compiled);
    schema_release(&schema);
    arena_release(&arena);
    return rule;
}

/* The one image in the cache: its path, when it was written, its inode. Asserts how many there are.
 */
static struct stat image_at(char path[256], u32 wanted)
{
    struct stat st = {0};
    u32 n = 0;
    DIR *const dir = opendir(cache);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, 256, "%s/%.160s", cache, e->d_name);
        assert_int_equal(stat(path, &st), 0);
        n++;
    }
    if (dir)
        closedir(dir);
    assert_int_equal(n, wanted);
    return st;
}

static void clear_cache(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", cache);
    assert_int_equal(system(command), 0);
}

#define EVENT "evtx Security/P#1 CommandLine='x word%u y end5'"

static void check_set(struct ruleset *set)
{
    char text[128];
    assert_int_equal(set->n_rules, RULES);
    for (u32 i = 0; i < RULES; i += 19) {
        snprintf(text, sizeof text, EVENT, i);
        assert_int_equal(matched(set, text), i);
    }
    assert_int_equal(matched(set, "evtx Security/P#1 CommandLine='x word3 y end5' User='u'"),
                     UINT32_MAX);
    assert_int_equal(matched(set, "evtx Security/P#1 CommandLine='x word3 y end'"), UINT32_MAX);
    ruleset_free(set);
}

static void test_same_answers(void **state)
{
    char path[256];
    check_set(load(IMAGE_NONE));
    image_at(path, 0);
    check_set(load(IMAGE_KEPT)); /* makes it */
    const struct stat first = image_at(path, 1);
    assert_int_equal(first.st_mode & 0777, 0600);
    for (u32 i = 0; i < 3; i++)
        check_set(load(IMAGE_KEPT));
    check_set(load(IMAGE_VERIFY));
    const struct stat later = image_at(path, 1);
    assert_int_equal(first.st_ino, later.st_ino); /* nobody wrote another */
    clear_cache();
}

/* Each byte of the head, and some of the rest: the answers are right, and the image is made anew.
 */
static void test_damaged(void **state)
{
    char path[256];
    ruleset_free(load(IMAGE_KEPT));
    const struct stat whole = image_at(path, 1);
    for (i64 at = 0; at < whole.st_size; at += at < 160 ? 7 : 600011) {
        FILE *const f = fopen(path, "r+");
        assert_non_null(f);
        assert_int_equal(fseek(f, at, SEEK_SET), 0);
        const int c = fgetc(f);
        assert_int_equal(fseek(f, at, SEEK_SET), 0);
        assert_true(fputc(c ^ 0x41, f) >= 0);
        assert_int_equal(fclose(f), 0);
        const struct stat before = image_at(path, 1);
        check_set(load(IMAGE_KEPT));
        const struct stat after = image_at(path, 1);
        if (before.st_ino == after.st_ino)
            fail_msg("byte %lld changed, and the image was taken", (long long)at);
    }
    assert_int_equal(truncate(path, whole.st_size / 2), 0);
    check_set(load(IMAGE_KEPT));
    assert_int_equal(truncate(path, 3), 0);
    check_set(load(IMAGE_KEPT));
    assert_int_equal(image_at(path, 1).st_size, whole.st_size);
    clear_cache();
}

/* What others could have written is not taken. */
static void test_not_trusted(void **state)
{
    char path[256];
    ruleset_free(load(IMAGE_KEPT));
    const struct stat first = image_at(path, 1);
    assert_int_equal(chmod(path, 0620), 0);
    check_set(load(IMAGE_KEPT));
    const struct stat second = image_at(path, 1);
    assert_int_not_equal(first.st_ino, second.st_ino);
    assert_int_equal(chmod(cache, 0777), 0);
    assert_int_equal(truncate(path, 0), 0);
    check_set(load(IMAGE_KEPT));
    assert_int_equal(image_at(path, 1).st_size, 0); /* nor is anything put there */
    assert_int_equal(chmod(cache, 0700), 0);
    clear_cache();
}

static void test_changed_rules(void **state)
{
    char path[256], extra[128];
    ruleset_free(load(IMAGE_KEPT));
    const struct stat first = image_at(path, 1);
    write_rule(7, "term"); /* of the same size */
    struct ruleset *set = load(IMAGE_KEPT);
    assert_int_equal(matched(set, "evtx Security/P#1 CommandLine='x term7 y end5'"), 7);
    assert_int_equal(matched(set, "evtx Security/P#1 CommandLine='x word7 y end5'"), UINT32_MAX);
    ruleset_free(set);
    assert_int_equal(image_at(path, 1).st_ino, first.st_ino); /* too fresh to be kept */
    let_settle();
    ruleset_free(load(IMAGE_KEPT));
    image_at(path, 2);
    snprintf(extra, sizeof extra, "%s/rule007.yml", rules);
    assert_int_equal(unlink(extra), 0);
    set = load(IMAGE_KEPT);
    assert_int_equal(set->n_rules, RULES - 1);
    ruleset_free(set);
    write_rule(7, "word");
    let_settle();
    check_set(load(IMAGE_KEPT));
    clear_cache();
}

/* An image whose stamps are right and whose texts are not: its sum is turned into another, and the
 * file's with it. */
static void test_verify(void **state)
{
    char path[256];
    ruleset_free(load(IMAGE_KEPT));
    image_at(path, 1);
    const str bytes = test_file(path);
    struct image_head *const head = (struct image_head *)bytes.p;
    char *const region = (char *)(head + 1);
    struct ruleset *const set = (struct ruleset *)(region + (head->set - REGION_BASE));
    set->sha256[0] = set->sha256[0] == 'a' ? 'b' : 'a';
    head->sum = image_sum(head, region);
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
    const struct stat forged = image_at(path, 1);
    check_set(load(IMAGE_KEPT)); /* does not see it: this is what verify is for */
    assert_int_equal(image_at(path, 1).st_ino, forged.st_ino);
    check_set(load(IMAGE_VERIFY));
    assert_int_not_equal(image_at(path, 1).st_ino, forged.st_ino);
    mem_free((void *)bytes.p);
    clear_cache();
}

static void test_sums(void **state)
{
    const char *const paths[] = {rules};
    const struct ruleset_source source = {.paths = paths, .n_paths = 1};
    struct ruleset_sum texts, stamps, again;
    assert_int_equal(ruleset_sum(&source, RULESET_TEXTS, &texts, NULL), OK);
    assert_int_equal(ruleset_sum(&source, RULESET_STAMPS, &stamps, NULL), OK);
    assert_int_equal(texts.n_files, RULES);
    struct ruleset *const set = load(IMAGE_NONE);
    assert_string_equal(texts.sha256, set->sha256);
    ruleset_free(set);
    write_rule(3, "verb");
    assert_int_equal(ruleset_sum(&source, RULESET_TEXTS, &again, NULL), OK);
    assert_string_not_equal(texts.sha256, again.sha256);
    assert_int_equal(ruleset_sum(&source, RULESET_STAMPS, &again, NULL), OK);
    assert_string_not_equal(stamps.sha256, again.sha256);
    assert_true(again.newest > stamps.newest);
    write_rule(3, "word");
}

static void test_only_the_newest_stay(void **state)
{
    char path[256];
    let_settle();
    for (u32 i = 0; i < IMAGES_KEPT + 3; i++) {
        char other[128];
        snprintf(other, sizeof other, "%s/images%u", folder,
                 i); /* another way to write the same path */
        assert_int_equal(symlink(rules, other), 0);
        const char *const paths[] = {other};
        const struct ruleset_source source = {.paths = paths, .n_paths = 1};
        struct ruleset *set;
        assert_int_equal(image_load(&source, IMAGE_KEPT, &set, NULL), OK);
        ruleset_free(set);
        image_at(path, MIN(i + 1, IMAGES_KEPT));
    }
    clear_cache();
}

static void test_region(void **state)
{
    size_t at;
    assert_true(region_open());
    assert_false(region_open()); /* there is one */
    char **const p = region_alloc(100), **const q = region_alloc(sizeof *q);
    assert_ptr_equal(p, REGION_BASE);
    assert_int_equal((uintptr_t)q % 64, 0);
    assert_null(*p);
    *p = (char *)q;
    assert_false(region_stray(&at)); /* from one place of it to another */
    *q = (char *)&at;                /* the stack */
    assert_true(region_stray(&at));
    assert_int_equal(REGION_BASE + at, (uintptr_t)q);
    *q = folder; /* the program */
    assert_true(region_stray(&at));
    void *const heap = mem_alloc(10);
    *q = heap;
#ifndef HAS_ASAN
    assert_true(region_stray(&at));
#endif
    *q = NULL;
    mem_free(heap);
    assert_false(region_stray(&at));
    assert_true(region_used() < 1000);
    assert_null(region_alloc(REGION_SIZE));
    assert_int_equal(region_used(), SIZE_MAX); /* and what needs it goes without */
    region_close();
}

/* All public rules: nothing in them leads out of the region. */
static void test_public_rules(void **state)
{
    const char *const data = test_data_dir();
    char path[4096];
    if (!data)
        skip();
    snprintf(path, sizeof path, "%s/sigmahq-rules-8eaafff1f.tar.zst", data);
    assert_true(region_open());
    struct ruleset *const set = agree_load_rules(path, true);
    set->fast = matcher_fast.compile(set);
#ifndef HAS_ASAN /* whose ranges are so many that some pair of numbers is in one, and whose arenas \
                    are wide */
    size_t at;
    if (region_stray(&at))
        fail_msg("the word at %zx leads out", at);
    assert_true(region_used() < REGION_SIZE / 16);
#endif
    assert_true(region_used() <= REGION_SIZE);
    ruleset_free(set);
}

int suite_image(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region),        cmocka_unit_test(test_same_answers),
        cmocka_unit_test(test_damaged),       cmocka_unit_test(test_not_trusted),
        cmocka_unit_test(test_changed_rules), cmocka_unit_test(test_verify),
        cmocka_unit_test(test_sums),          cmocka_unit_test(test_only_the_newest_stay),
        cmocka_unit_test(test_public_rules),
    };
    return cmocka_run_group_tests_name("image", tests, setup, teardown);
}
