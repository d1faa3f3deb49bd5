#include "check.h"

#include "../event_text.h"

extern const struct parser w3c_parser;

static void expect(str in, const char *events, const char *damage)
{
    struct event_text text = event_text_parse(&w3c_parser, in, in.n + 1);
    assert_str(buf_str(&text.events), events);
    assert_str(buf_str(&text.words), damage);
    event_text_release(&text);
    event_text_same(&w3c_parser, in);
}

#define IIS                                                                                        \
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: "          \
    "2021-03-03 06:00:00\r\n"

static void test_ok_iis(void **state)
{
    expect(S(IIS "#Fields: date time s-computername cs-uri-stem cs-uri-query cs(User-Agent) "
                 "cs(Referer) sc-status\r\n"
                 "2021-03-03 06:49:42 EXS01 /ecp/y.js - python+requests/2.25.1 - 241\r\n"),
           "iis ||-1 2021-03-03T06:49:42Z #5 @197+66 date=2021-03-03 time=06:49:42 "
           "s-computername=EXS01 "
           "cs-uri-stem=/ecp/y.js cs-uri-query=- cs-user-agent=python requests/2.25.1 cs-referer=- "
           "sc-status=241 "
           "Computer=EXS01\n",
           "");
    expect(S(IIS "#Fields: time c-ip\r\n06:49:42 ::1\r\n"),
           "iis ||-1 2021-03-03T06:49:42Z #5 @120+12 time=06:49:42 c-ip=::1\n", "");
}

static void test_ok_columns_change(void **state)
{
    expect(S("#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip\n2021-03-03 00:00:01 a\n"
             "#Fields: time c-ip s-reason\n#Date: 2021-03-04 00:00:00\n00:00:02 b Timer\n"
             "#Software: Other\n#Fields: date x \"q\"\n2021-03-05 \"a \"\"b\" \"c\n"),
           "httperr ||-1 2021-03-03T00:00:01Z #3 @58+21 date=2021-03-03 time=00:00:01 c-ip=a\n"
           "httperr ||-1 2021-03-04T00:00:02Z #6 @135+16 time=00:00:02 c-ip=b s-reason=Timer\n"
           "w3c ||-1 2021-03-05T00:00:00Z #9 @189+21 date=2021-03-05 x=a \"b \"q\"=\"c\n",
           "");
}

static void test_ok_padding(void **state)
{
    expect(S(IIS "#Fields: date time x\r\n2021-03-03 06:49:42 1\r\n\0\0\0\0\0\0" IIS
                 "#Fields: date time x\r\n2021-03-03 06:49:43 2\r\n\0\0\0\0"),
           "iis ||-1 2021-03-03T06:49:42Z #5 @122+21 date=2021-03-03 time=06:49:42 x=1\n"
           "iis ||-1 2021-03-03T06:49:43Z #10 @273+21 date=2021-03-03 time=06:49:43 x=2\n",
           "");
}

static void test_ok_quotes_are_characters_in_iis(void **state)
{
    expect(S(IIS "#Fields: date time cs(User-Agent) x\n2021-03-03 06:49:42 \"Mozilla/5.0+(a 1\n"),
           "iis ||-1 2021-03-03T06:49:42Z #5 @136+37 date=2021-03-03 time=06:49:42 "
           "cs-user-agent=\"Mozilla/5.0 (a x=1\n",
           "");
}

static void test_ok_tabs(void **state)
{
    expect(S("#Fields: date\ttime\tx y\n2021-03-03\t06:49:42\ta b\n"),
           "w3c ||-1 2021-03-03T06:49:42Z #2 @23+23 date=2021-03-03 time=06:49:42 x y=a b\n", "");
}

static void test_damaged_lines(void **state)
{
    expect(
        S("2021-03-03 06:49:42 1\n#Fields: date time x\n2021-03-03 06:49:42\n2021-03-03 06:49:43 a "
          "b\nrubbish\n"
          "2021-13-03 06:49:43 a\n2021-03-03 06:4"),
        "w3c ||-1  #6 @95+21 date=2021-13-03 time=06:49:43 x=a\n",
        "damage @0 21 a line without #Fields before it\ndamage @43 19 columns do not fit #Fields\n"
        "damage @63 23 columns do not fit #Fields\ndamage @87 7 not a line of this log\ndamage @95 "
        "21 not a time\n"
        "damage @117 15 not a line of this log (unfinished)\n");
}

/* Zeros are padding before a header and at the end. Anywhere else something stood there. */
static void test_damaged_by_zeros(void **state)
{
    expect(S("#Fields: date time x\n2021-03-03 06:49:42 1\n\0\0\0\0\0002021-03-03 06:49:43 2\n"
             "\0\0\0\r\n2021-03-03 06:49:44 3\0\0\n2021-03-03 06:49:45\0004\n"
             "2021-03-03 06:49:46 a\0b\n2021-03-03 06:49:47 5\n\0\0"),
           "w3c ||-1 2021-03-03T06:49:42Z #2 @21+21 date=2021-03-03 time=06:49:42 x=1\n"
           "w3c ||-1 2021-03-03T06:49:43Z #3 @48+21 date=2021-03-03 time=06:49:43 x=2\n"
           "w3c ||-1 2021-03-03T06:49:44Z #5 @75+21 date=2021-03-03 time=06:49:44 x=3\n"
           "w3c ||-1 2021-03-03T06:49:47Z #8 @145+21 date=2021-03-03 time=06:49:47 x=5\n",
           "damage @43 5 zeros in place of what was written\n"
           "damage @70 3 zeros in place of what was written\n"
           "damage @96 2 zeros in place of what was written\n"
           "damage @99 21 zeros in the middle of a line\n"
           "damage @121 23 zeros in the middle of a line\n");
    expect(S("#Fields: date x\n2021-03-03 1\n#Date: 2021\0\0\0\09 1\n2021-03-03 2\n"),
           "w3c ||-1 2021-03-03T00:00:00Z #2 @16+12 date=2021-03-03 x=1\n"
           "w3c ||-1 2021-03-03T00:00:00Z #4 @48+12 date=2021-03-03 x=2\n",
           "damage @40 7 what stands behind a header on its line\n");
    expect(S("#Software: x\n#Fields: date x c-i"), "",
           "damage @13 19 a header within which the log ends\n");
}

/* Whoever named the columns wrote text; what stands there instead names none. */
static void test_damaged_header(void **state)
{
    expect(S("#Fields: date x\xFF\n2021-03-03 1\n#Fields: date \xC3\xA4\n2021-03-03 2\n"
             "#Remark: \xE4\n#Software: a\x01\n2021-03-03 3\n"),
           "w3c ||-1 2021-03-03T00:00:00Z #2 @17+12 date=2021-03-03 x\xFF=1\n"
           "w3c ||-1 2021-03-03T00:00:00Z #4 @47+12 date=2021-03-03 \xC3\xA4=2\n"
           "w3c ||-1 2021-03-03T00:00:00Z #7 @85+12 date=2021-03-03 \xC3\xA4=3\n",
           "damage @0 16 a header that is no text\ndamage @71 13 a header that is no text\n");
}

/* More zeros than IIS reserves stand in place of records, wherever they are. */
static void test_damaged_by_many_zeros(void **state)
{
    static const struct {
        const char *behind;
        size_t n;
        u32 events, damage;
    } rows[] = {
        {"", 65536, 1, 0},
        {"", 65537, 1, 1},
        {"#Fields: date x\n2021-03-04 2\n", 65536, 2, 0},
        {"#Fields: date x\n2021-03-04 2\n", 65537, 2, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf in;
        buf_init(&in, 1 << 20);
        buf_add(&in, S("#Fields: date x\n2021-03-03 1\n"));
        memset(buf_reserve(&in, rows[i].n), 0, rows[i].n);
        in.n += rows[i].n;
        buf_add(&in, str_from(rows[i].behind));
        struct event_text text = event_text_parse(&w3c_parser, buf_str(&in), 4096);
        assert_int_equal(text.n_events, rows[i].events);
        assert_int_equal(text.n_damage, rows[i].damage);
        event_text_release(&text);
        event_text_same(&w3c_parser, buf_str(&in));
        buf_release(&in);
    }
}

/* Lines end as the first one does: with a lone CR where that one does. */
static void test_ok_carriage_returns(void **state)
{
    expect(S("#Software: Microsoft HTTP API 2.0\r#Fields: date x\r2021-03-03 1\r2021-03-03 2\r\n\r"
             "2021-03-03 3\n2021-03-03 4"),
           "httperr ||-1 2021-03-03T00:00:00Z #3 @50+12 date=2021-03-03 x=1\n"
           "httperr ||-1 2021-03-03T00:00:00Z #4 @63+12 date=2021-03-03 x=2\n"
           "httperr ||-1 2021-03-03T00:00:00Z #6 @78+12 date=2021-03-03 x=3\n"
           "httperr ||-1 2021-03-03T00:00:00Z #7 @91+12 date=2021-03-03 x=4\n",
           "");
    expect(S("#Fields: date x\r\r\n2021-03-03 1\r\r\n2021-03-03 a\rb\r\n"),
           "w3c ||-1 2021-03-03T00:00:00Z #2 @18+12 date=2021-03-03 x=1\n"
           "w3c ||-1 2021-03-03T00:00:00Z #3 @33+14 date=2021-03-03 x=a\rb\n",
           "");
    /* a log of the one kind behind one of the other is not passed over in silence */
    expect(S("#Fields: date x\n2021-03-03 1\n#Fields: date x\r2021-03-03 2\r2021-03-03 3\r"),
           "w3c ||-1 2021-03-03T00:00:00Z #2 @16+12 date=2021-03-03 x=1\n",
           "damage @44 26 what stands behind a header on its line\n");
}

/* A line that no block can hold is damage; the one behind it is read, with its right number. */
static void test_limit_of_line(void **state)
{
    struct buf in;
    buf_init(&in, 80 << 20);
    buf_add(&in, S("#Fields: date x\n2021-03-03 a\n2021-03-03 "));
    char *const p = buf_reserve(&in, 40 << 20);
    memset(p, 'x', 40 << 20);
    in.n += 40 << 20;
    buf_add(&in, S("\n2021-03-05 c\n"));
    struct event_text text = event_text_parse(&w3c_parser, buf_str(&in), 1 << 20);
    assert_int_equal(text.n_events, 2);
    assert_int_equal(text.n_damage, 2);
    assert_true(str_find(buf_str(&text.words), S("a line that is too long")) != SIZE_MAX);
    assert_true(str_find(buf_str(&text.events), S("w3c ||-1 2021-03-05T00:00:00Z #4 @")) !=
                SIZE_MAX);
    event_text_release(&text);
    buf_release(&in);
}

static void test_every_truncation(void **state)
{
    const str in =
        S("\xEF\xBB\xBF" IIS
          "#Fields: date time x\r\n2021-03-03 06:49:42 1\r\n\0\0#Fields: date y\n2021-03-03 2\n");
    const size_t first = str_find(in, S(" 1\r\n")) + 2, second = str_find(in, S(" 2\n")) + 2;
    for (size_t n = 0; n <= in.n; n++) {
        struct event_text text = event_text_parse(&w3c_parser, str_sub(in, 0, n), 16);
        assert_true(text.n_events <= 2 && (n < first || text.n_events >= 1) &&
                    (n < second || text.n_events == 2));
        event_text_release(&text);
        event_text_same(&w3c_parser, str_sub(in, 0, n));
    }
}

struct places {
    u64 off[4], len[4];
    size_t n;
};

static void see_events(void *arg, const struct event *events, size_t n)
{
    struct places *const places = arg;
    for (size_t i = 0; i < n; i++, places->n++) {
        places->off[places->n] = events[i].off;
        places->len[places->n] = events[i].len;
    }
}

static void see_damage(void *arg, const struct damage *damage)
{
    struct places *const places = arg;
    places->off[places->n] = damage->off;
    places->len[places->n++] = damage->lost;
}

/* Of a block that was UTF-16 all places are told as they are in the source. */
static void test_ok_places_in_utf16(void **state)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    struct places places = {0};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct parse_env env = {
        .schema = &schema, .arena = &arena, .sink = {see_events, see_damage, &places}};
    const struct block block = {
        .data =
            S("\xEF\xBB\xBF#Fields: date x\n2021-03-03 \xF0\x9F\x98\x80\n\xC3\xA9\n2021-03-03 b\n"),
        .off = 100,
        .wide = true,
        .last = true};
    w3c_parser.parse(&block, &env);
    assert_int_equal(places.n, 3);
    assert_int_equal(places.off[0], 100 + 2 + 32 + 28); /* damage comes at once */
    assert_int_equal(places.len[0], 2);
    assert_int_equal(places.off[1], 100 + 2 + 32);
    assert_int_equal(places.len[1], 26);
    assert_int_equal(places.off[2], 100 + 2 + 32 + 28 + 4);
    assert_int_equal(places.len[2], 24);
    schema_release(&schema);
    intern_release(&fields);
    arena_release(&arena);
}

static void test_bids(void **state)
{
    assert_ptr_equal(parser_for(S(IIS), S("x")), &w3c_parser);
    assert_ptr_equal(parser_for(S("#Version: 1.0\n#Fields: date time x\n"), S("x")), &w3c_parser);
    assert_null(parser_for(S("# a comment\nkey = value\n"), S("u_ex210303.log")));
    assert_null(parser_for(S(""), S("u_ex210303.log")));
}

int suite_w3c(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_iis),
        cmocka_unit_test(test_ok_columns_change),
        cmocka_unit_test(test_ok_padding),
        cmocka_unit_test(test_ok_quotes_are_characters_in_iis),
        cmocka_unit_test(test_ok_tabs),
        cmocka_unit_test(test_ok_carriage_returns),
        cmocka_unit_test(test_damaged_lines),
        cmocka_unit_test(test_damaged_by_zeros),
        cmocka_unit_test(test_damaged_header),
        cmocka_unit_test(test_damaged_by_many_zeros),
        cmocka_unit_test(test_limit_of_line),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_ok_places_in_utf16),
        cmocka_unit_test(test_bids),
    };
    return cmocka_run_group_tests_name("w3c", tests, NULL, NULL);
}
