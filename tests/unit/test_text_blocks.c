/* Large text logs through the pipeline: whatever the number of threads, each event has the number
 * and the place of the line that it was written on and the columns of the header above it, and
 * damage is where it was put. What must come is written down while the log is made. */
#include "check.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf.h"
#include "engine/pipeline.h"

#define LINES 60000 /* 3 to 8 MB: several blocks */

struct log {
    const char *end; /* of lines */
    enum utf16_order order;
    struct buf bytes;
    u64 number, off; /* of the line that comes next */
    struct buf events, damage;
    char path[64];
};

static void log_init(struct log *log, const char *end, enum utf16_order order)
{
    *log = (struct log){.end = end, .order = order, .number = 1};
    buf_init(&log->bytes, (size_t)1 << 28);
    buf_init(&log->events, (size_t)1 << 28);
    buf_init(&log->damage, (size_t)1 << 28);
    if (order != UTF16_NONE)
        buf_add(&log->bytes, order == UTF16_LITTLE ? S("\xFF\xFE") : S("\xFE\xFF"));
    log->off = log->bytes.n;
}

static void log_release(struct log *log)
{
    unlink(log->path);
    buf_release(&log->bytes);
    buf_release(&log->events);
    buf_release(&log->damage);
}

/* Gives how many bytes that is in the log. */
static u64 put(struct log *log, str s)
{
    const size_t before = log->bytes.n;
    if (log->order == UTF16_NONE)
        buf_add(&log->bytes, s);
    for (size_t at = 0; log->order != UTF16_NONE && at < s.n;) {
        const u32 code = utf8_next(s, &at); /* below 0x10000 in these logs */
        const char low = (char)(code & 0xFF), high = (char)(code >> 8);
        buf_char(&log->bytes, log->order == UTF16_LITTLE ? low : high);
        buf_char(&log->bytes, log->order == UTF16_LITTLE ? high : low);
    }
    return log->bytes.n - before;
}

static u64 put_line(struct log *log, str s)
{
    const u64 n = put(log, s);
    put(log, str_from(log->end));
    log->number++;
    return n;
}

static void put_header(struct log *log, const char *line)
{
    put_line(log, str_from(line));
    log->off = log->bytes.n;
}

static void put_event(struct log *log, str line, unsigned status)
{
    const u64 number = log->number, n = put_line(log, line);
    buf_printf(&log->events, "#%llu @%llu+%llu %u\n", (unsigned long long)number,
               (unsigned long long)log->off, (unsigned long long)n, status);
    log->off = log->bytes.n;
}

static void put_damage(struct log *log, str line)
{
    const u64 n = put_line(log, line);
    buf_printf(&log->damage, "@%llu %llu\n", (unsigned long long)log->off, (unsigned long long)n);
    log->off = log->bytes.n;
}

/* Headers come in the middle of blocks and change the columns; some lines have one column less. */
static void put_iis(struct log *log, unsigned from, unsigned lines)
{
    char text[512];
    for (unsigned i = from; i < from + lines; i++) {
        const bool turned = i / 7001 % 2;
        const unsigned status = 200 + i % 311;
        if (i % 7001 == 0) {
            put_header(log, "#Software: Microsoft Internet Information Services 10.0");
            put_header(log, turned ? "#Fields: date time sc-status cs-method cs-uri-stem"
                                   : "#Fields: date time cs-method cs-uri-stem sc-status");
        }
        const int stem = (int)(i * 7919u % 97);
        if (i % 997 == 5)
            snprintf(text, sizeof text, "2021-03-03 06:00:00 GET /%0*u", stem, i);
        else if (turned)
            snprintf(text, sizeof text, "2021-03-03 06:00:00 %u GET /\xC3\xA9#%0*u", status, stem,
                     i);
        else
            snprintf(text, sizeof text, "2021-03-03 06:00:00 GET /\xE2\x82\xAC#%0*u %u", stem, i,
                     status);
        if (i % 997 == 5)
            put_damage(log, str_from(text));
        else
            put_event(log, str_from(text), status);
    }
}

/* Without '#': the first line is the columns. */
static void put_httpproxy(struct log *log)
{
    char text[512];
    put_header(log, "DateTime,UrlStem,HttpStatus,AnchorMailbox,RoutingHint");
    for (unsigned i = 0; i < LINES; i++) {
        const unsigned status = 200 + i % 311;
        const int stem = (int)(i * 7919u % 97);
        snprintf(text, sizeof text, "2023-01-09T19:00:00.130Z,\"/a,\xC3\xA9%0*u\",%u,,hint", stem,
                 i, status);
        if (i == LINES / 2) {
            put_header(log, "#Log-type: HttpProxy Logs");
            put_header(log, "#Fields: DateTime,HttpStatus,AnchorMailbox,RoutingHint,UrlStem");
        }
        if (i >= LINES / 2)
            snprintf(text, sizeof text, "2023-01-09T19:00:00.130Z,%u,,hint,/%0*u", status, stem, i);
        put_event(log, str_from(text), status);
    }
}

static void write_log(struct log *log)
{
    snprintf(log->path, sizeof log->path, "/tmp/leadline-blocks-XXXXXX");
    const int fd = mkstemp(log->path);
    assert_true(fd >= 0);
    FILE *const f = fdopen(fd, "wb");
    assert_int_equal(fwrite(log->bytes.p, 1, log->bytes.n, f), log->bytes.n);
    assert_int_equal(fclose(f), 0);
}

/* ------------------------------------------------------------------ a run */

struct found {
    struct intern fields;
    struct buf events, damage;
    u32 blocks;
};

struct reader {
    struct schema schema;
    struct arena arena;
    struct found *result; /* of the block that is read */
    u32 naps;
};

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct reader *const r = arg;
    for (size_t i = 0; i < n; i++) {
        const struct event *const e = &events[i];
        str status = STR_NONE;
        for (u32 k = 0; k < e->shape->n_fields; k++) {
            const str name = intern_text(&r->schema.fields, e->shape->fields[k].field);
            if (str_eq(name, S("sc-status")) || str_eq(name, S("HttpStatus")))
                status = value_text(event_at(e, k), &r->arena);
        }
        buf_printf(&r->result->events, "#%llu @%llu+%u %.*s\n", (unsigned long long)e->record,
                   (unsigned long long)e->off, e->len, STR_ARG(status));
    }
}

static void on_block_damage(void *arg, const struct damage *damage)
{
    struct reader *const r = arg;
    buf_printf(&r->result->damage, "@%llu %llu\n", (unsigned long long)damage->off,
               (unsigned long long)damage->lost);
}

static void *open_reader(void *arg)
{
    struct found *const found = arg;
    struct reader *const r = mem_calloc(1, sizeof *r);
    schema_init(&r->schema, &found->fields);
    return r;
}

static void close_reader(void *arg, void *worker)
{
    struct reader *const r = worker;
    schema_release(&r->schema);
    arena_release(&r->arena);
    mem_free(r);
    (void)arg;
}

/* Blocks take unlike times, so that those behind come to their turn before those in front. */
static void *read_block(void *worker, const struct pipeline_job *job)
{
    struct reader *const r = worker;
    struct found *const result = mem_calloc(1, sizeof *result);
    struct parse_env env = {
        .schema = &r->schema, .arena = &r->arena, .sink = {on_events, on_block_damage, r}};
    const struct timespec nap = {0, (long)(job->block.off / LIMIT_BLOCK % 3) * 2000000};
    nanosleep(&nap, NULL);
    buf_init(&result->events, SIZE_MAX);
    buf_init(&result->damage, SIZE_MAX);
    r->result = result;
    pipeline_parse(job, &env);
    parse_env_release(&env);
    arena_reset(&r->arena);
    return result;
}

static enum status add(void *arg, void *given, struct err *err)
{
    struct found *const found = arg, *const result = given;
    buf_add(&found->events, buf_str(&result->events));
    buf_add(&found->damage, buf_str(&result->damage));
    found->blocks++;
    buf_release(&result->events);
    buf_release(&result->damage);
    mem_free(result);
    (void)err;
    return OK;
}

static u32 on_begin(void *arg, const struct source_info *info, str head,
                    const struct parser *parser)
{
    assert_non_null(parser);
    (void)arg;
    (void)info;
    (void)head;
    return 0;
}

static void on_end(void *arg, u32 source, const struct source_result *result)
{
    assert_true(result->whole);
    (void)arg;
    (void)source;
}

static void on_input(void *arg, const struct evidence_input *input)
{
    (void)arg;
    (void)input;
}

static void on_refused(void *arg, str name, const char *limit, const char *why)
{
    (void)arg;
    fail_msg("%.*s refused: %s, %s", STR_ARG(name), limit, why);
}

static void on_damage(void *arg, str name, u64 off, const char *what)
{
    (void)arg;
    fail_msg("%.*s damaged at %llu: %s", STR_ARG(name), (unsigned long long)off, what);
}

static void on_progress(void *arg, u64 bytes)
{
    (void)arg;
    (void)bytes;
}

static void run(struct found *found, const char *path, u32 threads, bool mapped)
{
    static const struct pipeline_ops ops = {.source_begin = on_begin,
                                            .source_end = on_end,
                                            .input = on_input,
                                            .refused = on_refused,
                                            .damage = on_damage,
                                            .progress = on_progress,
                                            .worker_open = open_reader,
                                            .work = read_block,
                                            .worker_close = close_reader,
                                            .merge = add};
    const struct pipeline_options options = {
        .paths = &path, .n_paths = 1, .threads = threads, .unhashed = mapped};
    struct err err = {0};
    *found = (struct found){0};
    buf_init(&found->events, SIZE_MAX);
    buf_init(&found->damage, SIZE_MAX);
    fields_init(&found->fields);
    assert_int_equal(pipeline_run(&options, &ops, found, &err), OK);
}

static void found_release(struct found *found)
{
    buf_release(&found->events);
    buf_release(&found->damage);
    intern_release(&found->fields);
}

/* damage_known: else it need only be the same for all. */
static void expect_same(struct log *log, u32 blocks, bool damage_known)
{
    static const u32 threads[] = {1, 2, 5};
    write_log(log);
    for (size_t t = 0; t < 2 * COUNT(threads); t++) {
        struct found found;
        run(&found, log->path, threads[t % COUNT(threads)], t >= COUNT(threads));
        assert_true(found.blocks >= blocks);
        assert_true(str_eq(buf_str(&found.events), buf_str(&log->events)));
        if (!damage_known && t % COUNT(threads) == 0) {
            buf_reset(&log->damage);
            buf_add(&log->damage, buf_str(&found.damage));
        }
        assert_true(str_eq(buf_str(&found.damage), buf_str(&log->damage)));
        found_release(&found);
    }
    log_release(log);
}

/* ------------------------------------------------------------------ logs */

static void test_ends(void **state)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct log log;
        log_init(&log, ends[i], UTF16_NONE);
        put_iis(&log, 0, LINES);
        expect_same(&log, 4, true);
    }
}

static void test_wide(void **state)
{
    static const enum utf16_order orders[] = {UTF16_LITTLE, UTF16_BIG};
    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct log log;
        log_init(&log, i ? "\r" : "\r\n", orders[i]);
        put_iis(&log, 0, LINES);
        expect_same(&log, 4, true);
    }
}

static void test_plain_header(void **state)
{
    (void)state;
    struct log log;
    log_init(&log, "\r\n", UTF16_NONE);
    put_httpproxy(&log);
    expect_same(&log, 4, true);
}

/* The line is cut by force, and what is behind it keeps its numbers and columns. */
static void test_long_line(void **state)
{
    (void)state;
    struct log log;
    log_init(&log, "\r\n", UTF16_NONE);
    put_iis(&log, 0, LINES / 2);
    char *const piece = mem_alloc(MIB);
    memset(piece, '#', MIB);
    for (size_t i = 0; i < LIMIT_RECORD / MIB + 3; i++)
        put(&log, (str){piece, MIB});
    mem_free(piece);
    put_header(&log, "#Fields: date");
    put_iis(&log, LINES / 2, LINES / 2);
    expect_same(&log, 4, false);
}

/* What goes on behind a forced cut is no line of its own, and no header. */
static void test_rest_of_a_line(void **state)
{
    (void)state;
    extern const struct parser w3c_parser;
    struct framing framing = {0}, own = {0};
    buf_init(&framing.context, 1 << 16);
    buf_init(&own.context, 1 << 16);
    assert_int_equal(w3c_parser.cut(&framing, S("#Software: a\nx"), false, false), 13);
    assert_int_equal(w3c_parser.cut(&framing, S("x"), false, true), 1);
    struct block block = {.data = S("#Fields: a\nb\n#Date: c\n"), .off = 14};
    memcpy(block.state, framing.state, sizeof block.state);
    w3c_parser.look(&block, &own);
    assert_int_equal(own.line, 3);
    assert_str(buf_str(&own.context), "#Date: c\n");
    buf_release(&framing.context);
    buf_release(&own.context);
}

int suite_text_blocks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),           cmocka_unit_test(test_wide),
        cmocka_unit_test(test_plain_header),   cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_rest_of_a_line),
    };
    return cmocka_run_group_tests_name("text_blocks", tests, NULL, NULL);
}
