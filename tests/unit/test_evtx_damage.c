/* test_evtx_damage.c: what the EVTX reader makes of files that are cut, changed, or written to harm
 * it. */
#include "check.h"

#include "base/limits.h"
#include "base/mem.h"
#include "evtx_run.h"

static void damaged_by_truncation(void **state)
{
    struct evtx_make m;
    u32 ends[4] = {0};
    make_init(&m);
    for (u64 id = 1; id <= 3; id++) {
        make_record(&m, id);
        make_standard(&m, 1);
        make_open(&m, "EventData", false);
        make_element(&m, "Data", "x");
        make_end(&m);
        make_standard_end(&m);
        make_record_end(&m);
        ends[id] = EVTX_FILE_HEADER + (u32)m.chunk.n;
    }
    const str file = make_file(&m);
    for (size_t n = 0; n < file.n; n += n < ends[3] + 100 ? 1 : 997) {
        char *const cut = mem_alloc(n); /* exactly n bytes, so that a read beyond is seen */
        memcpy(cut, file.p, n);
        struct evtx_run r;
        evtx_run_init(&r);
        evtx_run_file(&r, &evtx_parser, (str){cut, n}, LIMIT_BLOCK);
        const size_t whole = (n >= ends[1]) + (n >= ends[2]) + (n >= ends[3]);
        assert_true(r.events >= whole &&
                    r.events <= 3); /* a template's records may be whole without their padding */
        assert_true(n == 0 || n == EVTX_FILE_HEADER || r.damages > 0);
        evtx_run_release(&r);
        mem_free(cut);
    }
    make_release(&m);
}

/* Three plain records in the first chunk and one in the second; returns where the first chunk's
 * records start. */
static void three_and_one(struct evtx_make *m, u32 at[3])
{
    make_init(m);
    for (u64 id = 1; id <= 3; id++) {
        at[id - 1] = EVTX_FILE_HEADER + (m->chunk.n ? (u32)m->chunk.n : (u32)EVTX_CHUNK_HEADER);
        plain(m, id);
    }
    make_chunk_end(m);
    plain(m, 4);
}

#define ALL_FOUR "1 EventID=7\n2 EventID=7\n3 EventID=7\n4 EventID=7\n"

/* One change of up to four bytes, and what comes of it. */
static void damaged_in_one_place(void **state)
{
    struct evtx_make m;
    u32 at[3];
    three_and_one(&m, at);
    make_file(&m);
    const u32 chunk = EVTX_FILE_HEADER, size = at[2] - at[1];
    const struct {
        u32 at;
        u32 value;
        bool fix; /* checksums are right nevertheless */
        const char *what, *text;
    } rows[] = {
        {0, 0, false, "file header has no signature", ALL_FOUR},
        {60, 1, false, "file header fails its checksum", ALL_FOUR},
        {chunk, 0, false, "no chunk where one should be", ALL_FOUR},
        {chunk + 60, 1, false, "chunk header fails its checksum", ALL_FOUR},
        {chunk + EVTX_CHUNK_DATA_CRC_AT, 1, false, "chunk header fails its checksum", ALL_FOUR},
        {chunk + EVTX_CHUNK_FREE_AT, 100, true, "free space outside its chunk", ALL_FOUR},
        {chunk + EVTX_CHUNK_FREE_AT, EVTX_CHUNK + 1, true, "free space outside its chunk",
         ALL_FOUR},
        {at[0] + 16, 0, false, "records fail the chunk's checksum", ALL_FOUR},
        {at[1] + 4, 5, true, "a record's two sizes differ", ALL_FOUR},
        {at[1] + 4, 0x7FFFFFFF, true, "a record's two sizes differ", ALL_FOUR},
        {at[2] - 4, 5, true, "a record's two sizes differ", ALL_FOUR},
        {at[1], 0, true, "no record where one should be",
         "1 EventID=7\n3 EventID=7\n4 EventID=7\n"},
        {at[1] + 24, 0x2D2D2D2D, true, "unknown token in binary XML",
         "1 EventID=7\n3 EventID=7\n4 EventID=7\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        make_release(&m);
        three_and_one(&m, at);
        const str file = make_file(&m);
        u8 *const p = (u8 *)file.p + rows[i].at;
        for (int k = 0; k < 4; k++)
            p[k] = (u8)(rows[i].value >> 8 * k);
        if (rows[i].fix)
            make_checksums((u8 *)file.p, file.n);
        struct evtx_run r;
        evtx_run_all_ways(&r, file);
        assert_str(buf_str(&r.text), rows[i].text);
        assert_int_equal(r.damages, 1);
        assert_string_equal(r.first.what, rows[i].what);
        if (r.first.lost) {
            assert_int_equal(r.first.off, at[1]);
            assert_int_equal(r.first.lost, size);
        }
        evtx_run_release(&r);
    }
    make_release(&m);
}

static void damaged_by_lost_bytes(void **state)
{
    struct evtx_make m;
    u32 at[3];
    three_and_one(&m, at);
    const str file = make_file(&m);
    const size_t gap = EVTX_FILE_HEADER + EVTX_CHUNK - 1000,
                 lost = 123; /* in the first chunk's free space */
    char *const cut = mem_alloc(file.n - lost);
    memcpy(cut, file.p, gap);
    memcpy(cut + gap, file.p + gap + lost, file.n - gap - lost);
    struct evtx_run r;
    evtx_run_all_ways(&r, (str){cut, file.n - lost});
    assert_str(buf_str(&r.text), ALL_FOUR);
    assert_int_equal(r.damages, 1);
    assert_string_equal(r.first.what, "chunk cut short");
    evtx_run_release(&r);
    mem_free(cut);
    make_release(&m);
}

static void damaged_by_added_bytes(void **state)
{
    struct evtx_make m;
    u32 at[3];
    three_and_one(&m, at);
    const str file = make_file(&m);
    const size_t gap = EVTX_FILE_HEADER + EVTX_CHUNK, added = 5000;
    char *const longer = mem_alloc(file.n + added);
    memcpy(longer, file.p, gap);
    memset(longer + gap, 'x', added);
    memcpy(longer + gap + added, file.p + gap, file.n - gap);
    struct evtx_run r;
    evtx_run_all_ways(&r, (str){longer, file.n + added});
    assert_str(buf_str(&r.text), ALL_FOUR);
    assert_string_equal(r.first.what, "no chunk where one should be");
    assert_int_equal(r.first.off, gap);
    evtx_run_release(&r);
    mem_free(longer);
    make_release(&m);
}

/* The header says less than there is, and is not to be trusted: records go on while their ids rise.
 *  */
static void damaged_header_with_older_records_behind(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 5);
    plain(&m, 6);
    plain(&m, 2);
    const str file = make_file(&m);
    ((char *)file.p)[EVTX_FILE_HEADER + 60] = 1;
    expect_damage(&m, file, "chunk header fails its checksum", "5 EventID=7\n6 EventID=7\n");
}

/* The last record's end was never written: what there is of it is given. */
static void damaged_end_of_the_last_record(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 1);
    const u32 second = EVTX_FILE_HEADER + (u32)m.chunk.n;
    own_begin(&m, 2);
    make_open(&m, "EventData", false);
    make_data(&m, "x", 0, TYPE_U32);
    make_data(&m, "y", 1, TYPE_U32);
    make_end(&m);
    own_values(&m, 2);
    make_value_u(&m, TYPE_U32, 3, 4);
    const u32 value = EVTX_FILE_HEADER + (u32)m.chunk.n;
    make_value_u(&m, TYPE_U32, 4, 4);
    make_record_end(&m);
    const u32 end = EVTX_FILE_HEADER + (u32)m.chunk.n;
    const str file = make_file(&m);
    memset((char *)file.p + value, 0, end - value);
    make_checksums((u8 *)file.p, file.n);
    assert_true(second < value);
    expect_damage(&m, file, "a record's two sizes differ", "1 EventID=7\n2 x=3 y=0\n");
}

/* Records whose binary XML is wrong in one way each; the record behind is given. */
static void bad_offset(struct evtx_make *m)
{
    make_template_at(m, 1, 0xFFFFFF00);
    make_values(m, 0);
}

static void other_template(struct evtx_make *m)
{
    const u32 definition = make_template(m, 1);
    make_element(m, "Event", "");
    make_template_end(m);
    make_values(m, 0);
    make_fragment(m);
    make_template_at(m, 2, definition);
    make_values(m, 0);
}

static void definition_too_long(struct evtx_make *m)
{
    const u32 definition = make_template(m, 1);
    make_template_end(m);
    m->chunk.p[definition + EVTX_TEMPLATE_SIZE_AT + 3] = 1;
    make_values(m, 0);
}

static void too_many_values(struct evtx_make *m)
{
    make_template(m, 1);
    make_template_end(m);
    make_u32(m, 0x40000001);
}

static void value_too_long(struct evtx_make *m)
{
    make_template(m, 1);
    make_template_end(m);
    make_values(m, 1);
    make_value(m, TYPE_BINARY, "", 0);
    m->chunk.p[m->values + 1] = 0x10;
}

static void no_such_value(struct evtx_make *m)
{
    make_template(m, 1);
    make_open(m, "Event", false);
    make_sub(m, 3, TYPE_STRING, true);
    make_end(m);
    make_template_end(m);
    make_values(m, 1);
    make_value_text(m, "x");
}

static void substitution_in_a_record(struct evtx_make *m)
{
    make_open(m, "Event", false);
    make_sub(m, 0, TYPE_STRING, true);
    make_end(m);
}

static void name_outside(struct evtx_make *m)
{
    make_u8(m, TOKEN_OPEN);
    make_u32(m, 0);
    make_u32(m, EVTX_CHUNK - 2);
}

static void name_too_long(struct evtx_make *m)
{
    make_u8(m, TOKEN_OPEN);
    make_u32(m, 0);
    make_u32(m, (u32)m->chunk.n + 4);
    make_u32(m, 0);
    make_u16(m, 0);
    make_u16(m, EVTX_NAME_MOST + 1);
    for (int i = 0; i < EVTX_NAME_MOST + 2; i++)
        make_u16(m, 'a');
}

static void text_too_long(struct evtx_make *m)
{
    make_open(m, "Event", false);
    make_u8(m, TOKEN_VALUE);
    make_u8(m, TYPE_STRING);
    make_u16(m, 0x1000);
    m->n_opened--;
}

static void unknown_type(struct evtx_make *m)
{
    make_open(m, "Event", false);
    make_u8(m, TOKEN_VALUE);
    make_u8(m, 0x70);
    make_end(m);
}

static void never_closed(struct evtx_make *m)
{
    make_open(m, "Event", false);
    m->n_opened--;
}

static void never_opened(struct evtx_make *m)
{
    make_u8(m, TOKEN_END);
}

static void attribute_alone(struct evtx_make *m)
{
    make_attribute(m, "Name");
}

static void deep_elements(struct evtx_make *m)
{
    for (int i = 0; i <= LIMIT_NESTING; i++) {
        make_open(m, "Event", false);
        m->n_opened--;
    }
    for (int i = 0; i <= LIMIT_NESTING; i++)
        make_u8(m, TOKEN_END);
}

/* Fragments in fragments: each level's instance is of the same template. */
static void deep_fragments(struct evtx_make *m)
{
    const u32 definition = make_template(m, 1);
    make_open(m, "Event", false);
    make_sub(m, 0, TYPE_BINXML, true);
    make_end(m);
    make_template_end(m);
    for (u32 left = 80; left; left--) {
        make_values(m, 1);
        const u32 size = left * (4 + 4 + 10) - 18;
        m->chunk.p[m->values] = (char)size;
        m->chunk.p[m->values + 1] = (char)(size >> 8);
        m->chunk.p[m->values + 2] = left > 1 ? TYPE_BINXML : TYPE_NULL;
        if (left > 1)
            make_template_at(m, 1, definition);
    }
}

/* A definition that holds an instance of itself. */
static void endless_template(struct evtx_make *m)
{
    const u32 definition = make_template(m, 1);
    make_open(m, "Event", false);
    make_template_at(m, 1, definition);
    make_values(m, 0);
    make_end(m);
    make_template_end(m);
    make_values(m, 0);
}

/* One nested fragment of 200 elements, wanted 200 times. */
static void multiplied(struct evtx_make *m)
{
    make_template(m, 1);
    make_open(m, "Event", false);
    make_open(m, "UserData", false);
    for (int i = 0; i < 200; i++)
        make_sub(m, 0, TYPE_BINXML, true);
    make_end(m);
    make_end(m);
    make_template_end(m);
    make_values(m, 1);
    make_value_begin(m, TYPE_BINXML);
    for (int i = 0; i < 400; i++)
        make_element(m, "E", "x");
    make_value_end(m);
}

static void too_many_nodes(struct evtx_make *m)
{
    make_template(m, 1);
    make_open(m, "Event", false);
    for (int i = 0; i < 5 * LIMIT_FIELDS / 2; i++)
        make_sub(m, 0, TYPE_STRING, true);
    for (int i = 0; i < 7000; i++)
        make_char_ref(m, 'a');
    make_end(m);
    make_template_end(m);
    make_values(m, 1);
    make_value_text(m, "x");
}

/* More fields than the limit. A chunk has room for so many elements, but not for their names: these
 * overlap. Each number is the length of a name that starts three numbers before it, and a character
 * of others. */
static void too_many_fields(struct evtx_make *m)
{
    u32 random = 1;
    make_u8(m, TOKEN_PI_DATA);
    make_u16(m, LIMIT_FIELDS + 50);
    const u32 names = (u32)m->chunk.n;
    for (u32 i = 0; i < LIMIT_FIELDS + 50; i++) {
        random = random * 1664525 + 1013904223;
        make_u16(m, (u16)(8 + (random >> 29)));
    }
    make_open(m, "Event", false);
    make_open(m, "UserData", false);
    for (u32 i = 0; i < LIMIT_FIELDS + 10; i++) {
        make_u8(m, TOKEN_OPEN);
        make_u32(m, 0);
        make_u32(m, names + 2 * i);
        make_u8(m, TOKEN_CLOSE_EMPTY);
    }
    make_end(m);
    make_end(m);
}

static void damaged_binary_xml(void **state)
{
    static const struct {
        void (*write)(struct evtx_make *m);
        const char *what;
    } rows[] = {
        {bad_offset, "no definition of this template"},
        {other_template, "no definition of this template"},
        {definition_too_long, "template definition outside its chunk"},
        {too_many_values, "template values outside the record"},
        {value_too_long, "template values outside the record"},
        {no_such_value, "substitution without a value"},
        {substitution_in_a_record, "substitution outside a template"},
        {name_outside, "name outside its chunk or too long"},
        {name_too_long, "name outside its chunk or too long"},
        {text_too_long, "binary XML ends inside a token"},
        {unknown_type, "value of an unknown type"},
        {never_closed, "binary XML ends inside an element"},
        {never_opened, "end of an element that was not open"},
        {attribute_alone, "attribute outside an element"},
        {deep_elements, "elements nested too deep"},
        {deep_fragments, "templates nested too deep"},
        {endless_template, "templates nested too deep"},
        {multiplied, "record too large once its templates are filled in"},
        {too_many_fields, "more fields than the limit"},
        {too_many_nodes, "record too large once its templates are filled in"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct evtx_make m;
        make_init(&m);
        plain(&m, 1);
        make_record(&m, 2);
        rows[i].write(&m);
        make_record_end(&m);
        plain(&m, 3);
        expect_damage(&m, make_file(&m), rows[i].what, "1 EventID=7\n3 EventID=7\n");
    }
}

int suite_evtx_damage(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_by_truncation),
        cmocka_unit_test(damaged_in_one_place),
        cmocka_unit_test(damaged_by_lost_bytes),
        cmocka_unit_test(damaged_by_added_bytes),
        cmocka_unit_test(damaged_header_with_older_records_behind),
        cmocka_unit_test(damaged_end_of_the_last_record),
        cmocka_unit_test(damaged_binary_xml),
    };
    return cmocka_run_group_tests_name("evtx_damage", tests, NULL, NULL);
}
