/* test_carve.c: records that are found where no log says that there are any. A carved event is a
 * line that begins with ~, a record that was found and cannot be read one that begins with !. */
#include "check.h"

#include "base/cur.h"
#include "base/limits.h"
#include "base/mem.h"
#include "evtx_run.h"

#define SEED_MOST 150000

/* What a run gives, whatever the size of its blocks. Small inputs are kept as seeds of the fuzzer.
 */
#define expect_carved(...) carved_is(__func__, __VA_ARGS__)
static void carved_is(const char *test, const struct parser *parser, str file, const char *text)
{
    if (file.n <= SEED_MOST)
        evtx_keep_seed(test, file);
    static const size_t blocks[] = {LIMIT_BLOCK, 1, 200000, 333333};
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct evtx_run r;
        evtx_run_init(&r);
        r.carve = true;
        char *const own = mem_alloc(file.n); /* exactly so many bytes: a read beyond is seen */
        memcpy(own, file.p, file.n);
        evtx_run_file(&r, parser, (str){own, file.n}, blocks[i]);
        assert_str(buf_str(&r.text), text);
        evtx_run_release(&r);
        mem_free(own);
    }
}

static void store32(str file, size_t at, u32 u)
{
    for (int i = 0; i < 4; i++)
        ((u8 *)file.p)[at + (size_t)i] = (u8)(u >> 8 * i);
}

/* Records first…last with EventData/Data "x" = id, of the standard template and one of their own.
 */
static void records(struct evtx_make *m, u64 first, u64 last)
{
    for (u64 id = first; id <= last; id++) {
        own_begin(m, id);
        make_open(m, "EventData", false);
        make_data(m, "x", 0, TYPE_U32);
        make_end(m);
        own_values(m, 1);
        make_value_u(m, TYPE_U32, id, 4);
        make_record_end(m);
    }
}

/* Where the n-th record of the chunk at `chunk` begins, from 0; its size. */
static size_t record_at(str file, size_t chunk, u32 n, u32 *size)
{
    size_t at = chunk + EVTX_CHUNK_HEADER;
    while (n--)
        at += load_u32((const u8 *)file.p + at + 4);
    *size = load_u32((const u8 *)file.p + at + 4);
    return at;
}

/* The header says that the log ends behind its first record. */
static void test_slack(void **state)
{
    struct evtx_make m;
    u32 size;
    make_init(&m);
    records(&m, 1, 3);
    const str file = make_file(&m);
    const size_t second = record_at(file, EVTX_FILE_HEADER, 1, &size);
    expect_carved(&evtx_parser, file, "1 x=1\n2 x=2\n3 x=3\n");
    store32(file, EVTX_FILE_HEADER + EVTX_CHUNK_FREE_AT, (u32)second - EVTX_FILE_HEADER);
    make_checksums((u8 *)file.p, file.n);
    expect_carved(&evtx_parser, file, "1 x=1\n~2 x=2\n~3 x=3\n");
    make_release(&m);
}

static void cleared_log(struct evtx_make *m, u16 event, u64 first, u64 last)
{
    make_init(m);
    for (u64 id = first; id <= last; id++) {
        make_record(m, id);
        make_standard(m, event);
        make_open(m, "EventData", false);
        make_element(m, "Data", id < 50 ? "cleared" : "what was done before");
        make_end(m);
        make_standard_end(m);
        make_record_end(m);
    }
}

/* A log is cleared: its first chunk begins anew with one record, and old records stand behind it.
 */
static void test_cleared(void **state)
{
    struct evtx_make old, m;
    struct evtx_run r;
    cleared_log(&old, 4624, 100, 110);
    cleared_log(&m, 1102, 1, 1);
    const u32 end = (u32)m.chunk.n;
    const str before = make_file(&old), file = make_file(&m);
    memcpy((char *)file.p + EVTX_FILE_HEADER + end, before.p + EVTX_FILE_HEADER + end,
           EVTX_CHUNK - end);
    make_checksums((u8 *)file.p, file.n);
    for (int carve = 0; carve < 2; carve++) {
        evtx_run_init(&r);
        r.carve = carve;
        evtx_run_file(&r, &evtx_parser, file, LIMIT_BLOCK);
        assert_int_equal(r.events, carve ? 11 : 1);
        assert_int_equal(r.damages, 0);
        assert_true(str_find(buf_str(&r.text), S("~101 ")) == SIZE_MAX || carve);
        assert_true(!carve ||
                    str_find(buf_str(&r.text), S("Data=what was done before")) != SIZE_MAX);
        evtx_run_release(&r);
    }
    make_release(&old);
    make_release(&m);
}

/* The first 300 bytes of the chunk are gone, so no offset in its records fits what is left. */
static void test_lost_header(void **state)
{
    struct evtx_make m;
    make_init(&m);
    records(&m, 1, 3);
    const str file = make_file(&m);
    const size_t lost = 300;
    char *const cut = mem_alloc(file.n - lost);
    memcpy(cut, file.p, EVTX_FILE_HEADER);
    memcpy(cut + EVTX_FILE_HEADER, file.p + EVTX_FILE_HEADER + lost,
           file.n - EVTX_FILE_HEADER - lost);
    expect_carved(&evtx_parser, (str){cut, file.n - lost}, "~1 x=1\n~2 x=2\n~3 x=3\n");
    mem_free(cut);
    make_release(&m);
}

/* A record whose signature or first size is gone stands where the reader tells that none does. */
static void test_gap(void **state)
{
    const u32 at_of[] = {0, 8};
    for (size_t i = 0; i < COUNT(at_of); i++) {
        struct evtx_make m;
        u32 size;
        make_init(&m);
        records(&m, 1, 3);
        const str file = make_file(&m);
        const size_t second = record_at(file, EVTX_FILE_HEADER, 1, &size);
        store32(file, second, 0);
        if (i)
            store32(file, second + 4, 77);
        make_checksums((u8 *)file.p, file.n);
        expect_carved(&evtx_parser, file, "1 x=1\n3 x=3\n~2 x=2\n");
        make_release(&m);
    }
}

/* A piece too short for a chunk's header, in which one record is whole. */
static void test_short_piece(void **state)
{
    struct evtx_make m;
    u32 size;
    make_init(&m);
    plain(&m, 1);
    const str file = make_file(&m);
    char whole[EVTX_FILE_HEADER + 400];
    const size_t at = record_at(file, EVTX_FILE_HEADER, 0, &size);
    assert_true(size < 390);
    memset(whole, 'x', sizeof whole);
    memcpy(whole, file.p, EVTX_FILE_HEADER);
    memcpy(whole + EVTX_FILE_HEADER + 5, file.p + at, size);
    expect_carved(&evtx_parser, (str){whole, sizeof whole}, "~1 EventID=7\n");
    make_release(&m);
}

/* ---- raw bytes ---- */

static void junk(struct buf *out, size_t n)
{
    u32 random = (u32)out->n + 1;
    while (n--) {
        random = random * 1664525 + 1013904223;
        buf_char(out, (char)(random >> 24));
    }
}

static void test_raw_chunk(void **state)
{
    struct evtx_make m;
    struct buf raw;
    make_init(&m);
    records(&m, 1, 2);
    make_chunk_end(&m);
    records(&m, 3, 4);
    const str file = make_file(&m);
    const str chunk[2] = {str_sub(file, EVTX_FILE_HEADER, EVTX_FILE_HEADER + EVTX_CHUNK),
                          str_sub(file, EVTX_FILE_HEADER + EVTX_CHUNK, file.n)};
    buf_init(&raw, LIMIT_RECORD);
    junk(&raw, 12345);
    buf_add(&raw, chunk[0]);
    junk(&raw, LIMIT_BLOCK - 30001 - raw.n); /* across the end of a block */
    buf_add(&raw, chunk[1]);
    junk(&raw, 999);
    buf_add(&raw, str_sub(chunk[0], 0, 5000)); /* another chunk begins before its end */
    buf_add(&raw, chunk[1]);
    expect_carved(&raw_parser, buf_str(&raw),
                  "~1 x=1\n~2 x=2\n~3 x=3\n~4 x=4\n~1 x=1\n~2 x=2\n~3 x=3\n~4 x=4\n");
    buf_reset(&raw);
    buf_add(&raw, S("ElfChnk\0 in the table of a program"));
    buf_add(&raw, str_sub(file, EVTX_FILE_HEADER + 4, file.n)); /* its signature is gone */
    expect_carved(&raw_parser, buf_str(&raw), "~1 x=1\n~2 x=2\n~3 x=3\n~4 x=4\n");
    buf_release(&raw);
    make_release(&m);
}

/* Records outside any chunk, at odd places: the first holds its definition, the second needs it. */
static void lone(struct evtx_make *m, str out[3])
{
    u32 size, definition = 0;
    make_init(m);
    for (u64 id = 1; id <= 2; id++) {
        make_record(m, id);
        if (id == 1) {
            definition = make_template(m, 77);
            make_open(m, "Event", false);
            make_open(m, "EventData", false);
            make_data(m, "x", 0, TYPE_U32);
            make_end(m);
            make_end(m);
            make_template_end(m);
        } else {
            make_template_at(m, 77, definition);
        }
        make_values(m, 1);
        make_value_u(m, TYPE_U32, id, 4);
        make_record_end(m);
    }
    plain(m, 3); /* its names but one stand in the first */
    const str file = make_file(m);
    for (u32 i = 0; i < 3; i++) {
        const size_t at = record_at(file, EVTX_FILE_HEADER, i, &size);
        out[i] = str_sub(file, at, at + size);
    }
}

static void test_lone(void **state)
{
    struct evtx_make m;
    struct buf raw;
    str record[3];
    lone(&m, record);
    buf_init(&raw, LIMIT_RECORD);
    buf_add(&raw, record[0]); /* its chunk began before the source */
    expect_carved(&raw_parser, buf_str(&raw), "~1 x=1\n");
    buf_reset(&raw);
    buf_add(&raw, record[1]);
    buf_add(&raw, record[0]);
    expect_carved(&raw_parser, buf_str(&raw), "~1 x=1\n!2 nothing tells where its chunk began\n");
    for (size_t before = 131072 - 400; before < 131072 + 8; before += 7) { /* and across an end */
        buf_reset(&raw);
        junk(&raw, before);
        for (int i = 0; i < 3; i++)
            buf_add(&raw, record[i]);
        junk(&raw, 131072);
        buf_add(&raw, record[1]);
        expect_carved(&raw_parser, buf_str(&raw),
                      "~1 x=1\n~2 x=2\n~3 EventID=7\n!2 nothing tells where its chunk began\n");
    }
    buf_release(&raw);
    make_release(&m);
}

/* Another text stands where a name was: nothing is made up. Another template where the definition
 * was: likewise. */
static void test_overwritten(void **state)
{
    struct evtx_make m;
    struct buf raw;
    str record[3];
    lone(&m, record);
    buf_init(&raw, LIMIT_RECORD);
    for (int i = 0; i < 3; i++)
        buf_add(&raw, record[i]);
    const size_t name = str_find(buf_str(&raw), (str){"E\0v\0e\0n\0t\0D", 11});
    assert_true(name < record[0].n);
    raw.p[name] = 'A';
    expect_carved(&raw_parser, buf_str(&raw),
                  "~3 EventID=7\n!1 a name is gone that stood elsewhere in its chunk\n"
                  "!2 a name is gone that stood elsewhere in its chunk\n");
    raw.p[name] = 'E';
    raw.p[24 + 4 + 10 + EVTX_TEMPLATE_GUID_AT] ^= 1;
    expect_carved(&raw_parser, buf_str(&raw),
                  "!1 nothing tells where its chunk began\n!2 nothing tells where its chunk began\n"
                  "!3 nothing tells where its chunk began\n");
    buf_release(&raw);
    make_release(&m);
}

/* A head that is forged before records, and sizes that agree around them: they are given. What is
 * no record is not told. */
static void test_fakes(void **state)
{
    struct evtx_make m;
    struct buf raw;
    str record[3];
    char tail[4] = {0};
    lone(&m, record);
    const u32 size = (u32)(40 + record[0].n + record[1].n + 4);
    for (int i = 0; i < 4; i++)
        tail[i] = (char)(size >> 8 * i);
    buf_init(&raw, LIMIT_RECORD);
    buf_add(&raw, str_sub(record[0], 0, 4));
    buf_add(&raw, (str){tail, 4});
    buf_add(&raw, (str){"\x63\0\0\0\0\0\0\0", 8});
    buf_add(&raw, str_sub(record[0], 16, 28));
    buf_add(&raw, (str){"\x0c\0\0\0\0\0\0\0\0\0\0\0", 12});
    buf_add(&raw, record[0]);
    buf_add(&raw, record[1]);
    buf_add(&raw, (str){tail, 4});
    expect_carved(&raw_parser, buf_str(&raw), "~1 x=1\n!99 nothing tells where its chunk began\n");
    const struct {
        size_t at;
        char with;
    } rows[] = {{7, 1}, {8 + 7, 1}, {16 + 7, 9}, {24, 0}, {25, 2}};
    for (size_t i = 0; i < COUNT(rows); i++) { /* size, id, time, fragment, its version */
        buf_reset(&raw);
        buf_add(&raw, record[1]);
        raw.p[rows[i].at] = rows[i].with;
        expect_carved(&raw_parser, buf_str(&raw), "");
    }
    buf_reset(&raw);
    buf_add(&raw, str_sub(record[0], 0, record[0].n - 1));
    expect_carved(&raw_parser, buf_str(&raw), "");
    buf_release(&raw);
    make_release(&m);
}

/* Every eighth byte begins a record that holds all later ones: each byte is still looked at a
 * bounded number of times. */
static void test_nested_fakes(void **state)
{
    enum { HEADS = 1500, HEAD = 36 };
    const u32 all = HEADS * (HEAD + 4);
    struct buf raw;
    buf_init(&raw, LIMIT_RECORD);
    for (int copy = 0; copy < 20; copy++) {
        u8 *const p = (u8 *)buf_reserve(&raw, all);
        for (u32 i = 0; i < HEADS; i++) {
            u8 *const head = p + i * HEAD;
            const u32 size = all - i * (HEAD + 4);
            const u64 id = i + 1, time = MAKE_TIME;
            memcpy(head, "\x2a\x2a\0\0", 4);
            memcpy(head + 4, &size, 4);
            memcpy(head + 8, &id, 8);
            memcpy(head + 16, &time, 8);
            memcpy(head + 24, "\x0f\x01\x01\0\x0c\x01\1\2\3\4\5\6", 12);
            memcpy(p + all - (i + 1) * 4, &size, 4);
        }
        raw.n += all;
    }
    struct evtx_run r;
    evtx_run_init(&r);
    r.carve = true;
    evtx_run_file(&r, &raw_parser, buf_str(&raw), LIMIT_BLOCK);
    assert_int_equal(r.events, 0);
    size_t told = 0;
    for (size_t i = 0; i < r.text.n; i++)
        told += r.text.p[i] == '!';
    assert_int_equal(told, 20);
    evtx_run_release(&r);
    buf_release(&raw);
}

/* ---- the same record twice ---- */

static void test_duplicates(void **state)
{
    struct evtx_make m;
    u32 size;
    make_init(&m);
    records(&m, 1, 2);
    const u32 end = (u32)m.chunk.n;
    const str file = make_file(&m);
    const size_t first = record_at(file, EVTX_FILE_HEADER, 0, &size);
    for (u32 copy = 0; copy < 2; copy++) /* of the first record, twice, in the slack */
        memcpy((char *)file.p + EVTX_FILE_HEADER + end + 1000 * (copy + 1), file.p + first, size);
    expect_carved(&evtx_parser, file, "1 x=1\n2 x=2\n");
    ((char *)file.p)[EVTX_FILE_HEADER + end + 1000 + size - 12] ^= 1; /* a value is another */
    expect_carved(&evtx_parser, file, "1 x=1\n2 x=2\n~1 x=16777217\n");
    make_release(&m);
}

/* A writer that uses one buffer for chunk after chunk leaves the records of the last one behind
 * those of the next. With 40 chunks that is so across the ends of blocks as well. */
static void test_one_buffer(void **state)
{
    struct evtx_make m;
    struct buf text;
    make_init(&m);
    buf_init(&text, LIMIT_RECORD);
    u64 id = 1;
    for (u32 chunk = 0; chunk < 40; chunk++) {
        const u32 n = 42 - chunk;
        const u64 last = id + n - 1;
        for (; id <= last; id++) {
            records(&m, id, id);
            buf_printf(&text, "%llu x=%llu\n", (unsigned long long)id, (unsigned long long)id);
        }
        make_chunk_end(&m);
    }
    const str file = make_file(&m);
    for (u32 chunk = 1; chunk < 40; chunk++) {
        char *const own = (char *)file.p + EVTX_FILE_HEADER + (size_t)chunk * EVTX_CHUNK;
        const u32 end = load_u32((const u8 *)own + EVTX_CHUNK_FREE_AT);
        memcpy(own + end, own + end - EVTX_CHUNK, EVTX_CHUNK - end);
    }
    make_checksums((u8 *)file.p, file.n);
    expect_carved(&evtx_parser, file, buf_str(&text).p ? (buf_char(&text, 0), text.p) : "");
    buf_release(&text);
    make_release(&m);
}

int suite_carve(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slack),       cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_lost_header), cmocka_unit_test(test_gap),
        cmocka_unit_test(test_short_piece), cmocka_unit_test(test_raw_chunk),
        cmocka_unit_test(test_lone),        cmocka_unit_test(test_overwritten),
        cmocka_unit_test(test_fakes),       cmocka_unit_test(test_nested_fakes),
        cmocka_unit_test(test_duplicates),  cmocka_unit_test(test_one_buffer),
    };
    return cmocka_run_group_tests_name("carve", tests, NULL, NULL);
}
