/* The pipeline with workers that only look: which blocks come, in which order they are merged, what
 * ends a run. The reader that cuts is that of W3C logs, whose records are lines. */
#include "check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "engine/pipeline.h"

#define HEAD                                                                                       \
    "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method "       \
    "cs-uri-stem sc-status\n"

struct folder {
    char path[64], file[3][128];
};

static void write_file(const char *path, size_t lines, char letter)
{
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    fputs(HEAD, f);
    for (size_t i = 0; i < lines; i++)
        fprintf(f, "2021-03-03 06:00:00 GET /%c/%08zu 200\n", letter, i);
    fclose(f);
}

static void make_folder(struct folder *folder, const size_t *lines)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/leadline-pipeline-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    for (int i = 0; i < 3; i++) {
        snprintf(folder->file[i], sizeof folder->file[i], "%s/%d.log", folder->path, i);
        write_file(folder->file[i], lines[i], (char)('a' + i));
    }
}

static void remove_folder(const struct folder *folder)
{
    for (int i = 0; i < 3; i++)
        unlink(folder->file[i]);
    rmdir(folder->path);
}

struct seen {
    u32 source;
    u64 off, line;
    size_t n;
    u64 sum;  /* of the bytes and their places, however they are cut */
    u64 wide; /* bytes that the block has in its source */
    bool last, whole_lines, mapped;
    u64 torn; /* where the map is, or UINT64_MAX */
};

struct look {
    VEC(struct seen) merged;
    VEC(u64) sizes; /* by source, from source_end */
    u32 sources, fail_at, dropped, damages;
    const char *grows, *shrinks; /* a file that does so when it has been opened */
    bool unhashed;               /* large files are mapped then */
    _Atomic u32 open_workers, delay;
};

static u32 on_begin(void *arg, const struct source_info *info, str head,
                    const struct parser *parser)
{
    assert_true(head.n > 0);
    struct look *const look = arg;
    assert_non_null(parser);
    assert_str(str_from(parser->name), "w3c");
    assert_true(info->name.n > 0);
    if (look->grows && str_eq(info->name, str_from(look->grows))) {
        FILE *const f = fopen(look->grows, "ab");
        assert_non_null(f);
        fputs("2021-03-03 06:00:00 GET /later 200\n", f);
        fclose(f);
    }
    if (look->shrinks && str_eq(info->name, str_from(look->shrinks)))
        assert_int_equal(truncate(look->shrinks, 1 << 20), 0);
    return look->sources++;
}

static void on_end(void *arg, u32 source, const struct source_result *result)
{
    struct look *const look = arg;
    assert_int_equal(source, look->sizes.n);
    assert_true(result->whole || look->fail_at || look->shrinks);
    *VEC_PUSH(&look->sizes) = result->size;
}

static void on_input(void *arg, const struct evidence_input *input)
{
    (void)arg;
    assert_true(input->size > 0);
}

static void on_refused(void *arg, str name, const char *limit, const char *why)
{
    (void)arg;
    fail_msg("%.*s refused: %s, %s", STR_ARG(name), limit, why);
}

static void on_damage(void *arg, str name, u64 off, const char *what)
{
    struct look *const look = arg;
    look->damages++;
    if (!look->shrinks)
        fail_msg("%.*s damaged at %llu: %s", STR_ARG(name), (unsigned long long)off, what);
}

static void on_progress(void *arg, u64 bytes)
{
    (void)arg;
    (void)bytes;
}

static void *open_worker(void *arg)
{
    struct look *const look = arg;
    atomic_fetch_add(&look->open_workers, 1);
    return look;
}

static void close_worker(void *arg, void *worker)
{
    struct look *const look = arg;
    assert_ptr_equal(worker, look);
    atomic_fetch_sub(&look->open_workers, 1);
}

/* Blocks take unlike times, so that with several threads they end in another order than they began.
 */
static void *work(void *worker, const struct pipeline_job *job)
{
    struct look *const look = worker;
    struct seen *const s = mem_calloc(1, sizeof *s);
    const str data = job->block.data;
    const struct timespec nap = {0, (long)(atomic_fetch_add(&look->delay, 1) % 4) * 3000000};
    nanosleep(&nap, NULL);
    *s = (struct seen){.source = job->source,
                       .off = job->block.off,
                       .line = job->block.line,
                       .n = data.n,
                       .last = job->block.last,
                       .mapped = job->map != NULL,
                       .torn = UINT64_MAX};
    for (size_t i = 0; i < data.n; i++)
        s->sum += (u64)(u8)data.p[i] * (job->block.off + i + 1);
    if (job->map)
        (void)map_torn(job->map, &s->torn);
    s->wide = block_place(&job->block, &(struct place){0}, data.n) - job->block.off;
    s->whole_lines = data.n && data.p[data.n - 1] == '\n';
    return s;
}

static enum status merge(void *arg, void *result, struct err *err)
{
    struct look *const look = arg;
    *VEC_PUSH(&look->merged) = *(struct seen *)result;
    mem_free(result);
    return look->fail_at && look->merged.n == look->fail_at
               ? err_set(err, ERR_FULL, "no room for block %zu", look->merged.n)
               : OK;
}

static void drop(void *arg, void *result)
{
    struct look *const look = arg;
    assert_true(look->fail_at && look->merged.n == look->fail_at);
    look->dropped++;
    mem_free(result);
}

static enum status run(struct look *look, const char *path, u32 threads, struct err *err)
{
    static const struct pipeline_ops ops = {.source_begin = on_begin,
                                            .source_end = on_end,
                                            .input = on_input,
                                            .refused = on_refused,
                                            .damage = on_damage,
                                            .progress = on_progress,
                                            .worker_open = open_worker,
                                            .work = work,
                                            .worker_close = close_worker,
                                            .merge = merge,
                                            .drop = drop};
    const char *const paths[] = {path};
    const struct pipeline_options options = {
        .paths = paths, .n_paths = 1, .threads = threads, .unhashed = look->unhashed};
    return pipeline_run(&options, &ops, look, err);
}

static void release(struct look *look)
{
    VEC_FREE(&look->merged);
    VEC_FREE(&look->sizes);
}

static const u32 thread_counts[] = {1, 2, 5};

/* Every byte of every source, once, in order, cut between lines; the same blocks for any number of
 * threads. */
static void test_order(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){70000, 3, 40000}); /* 2.7 MB, one block, 1.5 MB */
    size_t blocks[2] = {0};
    u64 sums = 0;
    for (size_t t = 0; t < 2 * COUNT(thread_counts); t++) {
        struct look look = {.unhashed = t >= COUNT(thread_counts)};
        struct err err = {0};
        assert_int_equal(run(&look, folder.path, thread_counts[t % COUNT(thread_counts)], &err),
                         OK);
        assert_int_equal(look.sources, 3);
        assert_int_equal(look.open_workers, 0);
        u64 off = 0, line = 0, sum = 0;
        u32 source = 0;
        VEC_EACH (&look.merged, s) {
            if (s->source != source) {
                assert_int_equal(s->source, source + 1);
                assert_int_equal(off, look.sizes.p[source]);
                source++;
                off = line = 0;
            }
            assert_int_equal(s->off, off);
            assert_true(s->line >= line && s->whole_lines);
            assert_int_equal(s->mapped, look.unhashed && s->source == 0); /* the large one */
            line = s->line;
            off += s->n;
            sum += s->sum;
            assert_int_equal(s->last, off == look.sizes.p[source]);
        }
        assert_int_equal(off, look.sizes.p[2]);
        assert_true(look.merged.n >= 5);
        assert_true(blocks[look.unhashed] == 0 || look.merged.n == blocks[look.unhashed]);
        blocks[look.unhashed] = look.merged.n;
        assert_true(sums == 0 || sum == sums); /* the same bytes, read or mapped */
        sums = sum;
        release(&look);
    }
    remove_folder(&folder);
}

/* The first failure of merge is what the run returns; nothing is merged after it, and no more is
 * read. */
static void test_failure(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){800000, 10, 10}); /* 30 MB */
    for (size_t t = 0; t < 2 * COUNT(thread_counts); t++) {
        const u32 threads = thread_counts[t % COUNT(thread_counts)];
        struct look look = {.fail_at = 2, .unhashed = t >= COUNT(thread_counts)};
        struct err err = {0};
        assert_int_equal(run(&look, folder.path, threads, &err), ERR_FULL);
        assert_string_equal(err.msg, "no room for block 2");
        assert_int_equal(look.merged.n, 2);
        assert_true(look.dropped <= 3 * threads + 1); /* what is on its way at most */
        assert_int_equal(look.sources, 1);
        assert_int_equal(look.open_workers, 0);
        if (threads == 1)
            assert_int_equal(look.dropped, 0);
        release(&look);
    }
    remove_folder(&folder);
}

/* A line longer than any record may be is cut by force at LIMIT_RECORD; every byte still comes
 * once. */
static void test_force(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){5, 5, 5});
    FILE *const f = fopen(folder.file[1], "ab");
    assert_non_null(f);
    char *const piece = mem_alloc(1 << 20);
    memset(piece, 'x', 1 << 20);
    const size_t n = LIMIT_RECORD / (1 << 20) + 3;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fwrite(piece, 1, 1 << 20, f), 1 << 20);
    fputs("\n2021-03-03 06:00:00 GET /z 200\n", f);
    fclose(f);
    mem_free(piece);
    for (int unhashed = 0; unhashed < 2; unhashed++) {
        struct look look = {.unhashed = unhashed};
        struct err err = {0};
        assert_int_equal(run(&look, folder.path, 2, &err), OK);
        u64 bytes = 0;
        size_t largest = 0;
        VEC_EACH (&look.merged, s)
            if (s->source == 1) {
                assert_int_equal(s->off, bytes);
                bytes += s->n;
                largest = MAX(largest, s->n);
            }
        assert_int_equal(bytes, look.sizes.p[1]);
        assert_true(largest >= LIMIT_RECORD && largest <= LIMIT_RECORD + 2 * LIMIT_BLOCK);
        release(&look);
    }
    remove_folder(&folder);
}

/* What a file grows by after it was mapped is read behind the map. */
static void test_grown(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){70000, 3, 3});
    for (u32 threads = 1; threads < 3; threads++) {
        struct look look = {.unhashed = true, .grows = folder.file[0]};
        struct err err = {0};
        assert_int_equal(run(&look, folder.file[0], threads, &err), OK);
        u64 off = 0;
        VEC_EACH (&look.merged, s) {
            assert_int_equal(s->off, off);
            assert_true(s->whole_lines);
            off += s->n;
        }
        assert_int_equal(off, look.sizes.p[0]);
        assert_true(look.merged.n > 2 && look.merged.p[0].mapped);
        assert_false(look.merged.p[look.merged.n - 1].mapped);
        FILE *const f = fopen(folder.file[0], "rb");
        assert_int_equal(fseek(f, 0, SEEK_END), 0);
        assert_int_equal(ftell(f), off);
        fclose(f);
        release(&look);
    }
    remove_folder(&folder);
}

/* What it lost after it was mapped is zeros, and the map knows from where. */
static void test_shrunk(void **state)
{
    (void)state;
    for (u32 threads = 1; threads < 4; threads++) {
        struct folder folder;
        make_folder(&folder, (const size_t[]){120000, 3, 3}); /* 4.6 MB */
        struct look look = {.unhashed = true, .shrinks = folder.file[0]};
        struct err err = {0};
        assert_int_equal(run(&look, folder.path, threads, &err), OK);
        assert_int_equal(look.sources, 3);
        u64 off = 0, torn = UINT64_MAX;
        VEC_EACH (&look.merged, s)
            if (s->source == 0) {
                assert_int_equal(s->off, off);
                off += s->n;
                torn = MIN(torn, s->torn);
                assert_true(s->torn != UINT64_MAX || off <= 1 << 20);
                assert_true(s->torn == UINT64_MAX || off > 1 << 20 || threads > 1);
            }
        assert_int_equal(torn, 1 << 20);
        assert_int_equal(off, look.sizes.p[0]);
        assert_int_equal(look.damages, 0); /* who reads the block tells it */
        release(&look);
        remove_folder(&folder);
    }
}

/* Text in UTF-16 comes as UTF-8, with the offsets that it has in the file. */
static void test_utf16(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){3, 3, 3});
    for (int i = 0; i < 2; i++) { /* each character in two halves, one of them over every border */
        const int low = i, high = !i;
        FILE *const f = fopen(folder.file[i], "wb");
        assert_non_null(f);
        fwrite(i ? "\xFE\xFF" : "\xFF\xFE", 1, 2, f);
        for (const char *c = HEAD; *c; c++)
            fwrite((char[2]){[0] = low ? 0 : *c, [1] = high ? 0 : *c}, 1, 2, f);
        for (size_t n = 0; n < 40000; n++) {
            fwrite(i ? "\xD8\x3D\xDE\x00" : "\x3D\xD8\x00\xDE", 1, 4, f);
            for (const char *c = "2021-03-03 06:00:00 GET /z\xE9 200\n"; *c; c++)
                fwrite((char[2]){[0] = low ? 0 : *c, [1] = high ? 0 : *c}, 1, 2, f);
        }
        fclose(f);
    }
    struct look look = {0};
    struct err err = {0};
    assert_int_equal(run(&look, folder.path, 2, &err), OK);
    u64 off = 0;
    u32 source = 0;
    VEC_EACH (&look.merged, s) {
        if (s->source != source)
            off = 0;
        source = s->source;
        assert_int_equal(s->off, off);
        assert_true(s->whole_lines);
        off += s->source < 2 ? s->wide : s->n;
        assert_int_equal(s->last, off == look.sizes.p[s->source]);
    }
    assert_true(look.merged.n >= 5);
    release(&look);
    remove_folder(&folder);
}

static void test_nothing_there(void **state)
{
    (void)state;
    struct look look = {0};
    struct err err = {0};
    assert_int_equal(run(&look, "/nonexistent/evidence", 2, &err), ERR_NOT_FOUND);
    assert_int_equal(look.sources, 0);
    assert_int_equal(look.open_workers, 0);
    release(&look);
}

/* The same where it is read: that is damage of the file. */
static void test_shrunk_while_read(void **state)
{
    (void)state;
    struct folder folder;
    make_folder(&folder, (const size_t[]){120000, 3, 3});
    struct look look = {.shrinks = folder.file[0]};
    struct err err = {0};
    assert_int_equal(run(&look, folder.path, 1, &err), OK);
    assert_int_equal(look.sources, 3);
    assert_int_equal(look.sizes.p[0], 1 << 20);
    assert_int_equal(look.damages, 1);
    release(&look);
    remove_folder(&folder);
}

int suite_pipeline(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),  cmocka_unit_test(test_failure),
        cmocka_unit_test(test_force),  cmocka_unit_test(test_grown),
        cmocka_unit_test(test_shrunk), cmocka_unit_test(test_shrunk_while_read),
        cmocka_unit_test(test_utf16),  cmocka_unit_test(test_nothing_there),
    };
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
