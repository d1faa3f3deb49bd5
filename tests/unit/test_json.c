#include "check.h"

#include "base/json.h"
#include "base/jsonw.h"
#include "base/timex.h"

static void test_ok_documents(void **state)
{
    struct arena arena = {0};
    const struct json *root = NULL;
    const str text = S("\xEF\xBB\xBF {\"a\": [1, -2.5e3, \"x\\u00e9\\n\"], \"b\": {\"c\": null, "
                       "\"d\": true}, \"a\": 0} \n");
    assert_int_equal(json_parse(text, &arena, &root, NULL), OK);
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->n, 3);
    const struct json *const a = json_get(root, "a");
    i64 i = 0;
    double f = 0;
    bool b = false;
    assert_int_equal(a->n, 3);
    assert_true(json_i64(json_at(a, 0), &i) && i == 1);
    assert_false(json_i64(json_at(a, 1), &i));
    assert_true(json_f64(json_at(a, 1), &f) && f == -2500);
    assert_str(json_text(json_at(a, 2)), "x\xC3\xA9\n");
    assert_null(json_at(a, 3));
    assert_true(json_bool(json_get(json_get(root, "b"), "d"), &b) && b);
    assert_int_equal(json_get(json_get(root, "b"), "c")->type, JSON_NULL);
    assert_null(json_get(json_get(root, "no"), "c"));
    size_t n = 0;
    JSON_EACH (root, it)
        n += it->key.n;
    assert_int_equal(n, 3);
    static const char *const others[] = {
        "0",       "\"\"",         "[]",          "{}",
        "[[],{}]", "-0.0",         "1E+2",        "null",
        " true ",  "\"\xFF\xC3\"", "\"\\ud83d\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uABcd\""};
    for (size_t k = 0; k < COUNT(others); k++)
        assert_int_equal(json_parse(str_from(others[k]), &arena, &root, NULL), OK);
    arena_release(&arena);
}

static void test_damaged_documents(void **state)
{
    static const struct {
        const char *text;
        size_t off;
        u32 line, col;
    } rows[] = {
        {"", 0, 1, 1},
        {"{", 1, 1, 2},
        {"{\"a\"", 4, 1, 5},
        {"{\"a\":1,}", 7, 1, 8},
        {"{\"a\":1 \"b\":2}", 7, 1, 8},
        {"{\n \"a\":\n  tru}", 13, 3, 6},
        {"[1,]", 3, 1, 4},
        {"[1}", 2, 1, 3},
        {"[01]", 2, 1, 3},
        {"[-]", 2, 1, 3},
        {"[1.]", 3, 1, 4},
        {"[1e]", 3, 1, 4},
        {"[+1]", 1, 1, 2},
        {"[.5]", 1, 1, 2},
        {"['a']", 1, 1, 2},
        {"[NaN]", 1, 1, 2},
        {"[nul]", 4, 1, 5},
        {"\"a\nb\"", 2, 1, 3},
        {"\"\\x\"", 2, 1, 3},
        {"\"\\u12g4\"", 5, 1, 6},
        {"\"abc", 4, 1, 5},
        {"{} {}", 3, 1, 4},
        {"// c\n1", 0, 1, 1},
        {"{1:2}", 1, 1, 2},
        {"]", 0, 1, 1},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct json *root = NULL;
        struct err err = {0};
        assert_int_equal(json_parse(str_from(rows[i].text), &arena, &root, &err), ERR_SYNTAX);
        assert_null(root);
        if (err.off != rows[i].off || err.line != rows[i].line || err.col != rows[i].col)
            fail_msg("%s: error at %u (%u:%u): %s", rows[i].text, (unsigned)err.off, err.line,
                     err.col, err.msg);
    }
    arena_release(&arena);
}

static void test_nesting_limit(void **state)
{
    struct arena arena = {0};
    const struct json *root = NULL;
    char text[200];
    for (u32 depth = 63; depth <= 65; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        const enum status want = depth <= 64 ? OK : ERR_SYNTAX;
        assert_int_equal(json_parse((str){text, 2 * depth}, &arena, &root, NULL), want);
    }
    arena_release(&arena);
}

static void test_tokens_one_by_one(void **state)
{
    const str text = S("xx{\"k\\n\" : [12, \"s\"]} tail");
    static const enum json_type want[] = {JSON_OBJECT,     JSON_KEY,    JSON_ARRAY,
                                          JSON_NUMBER,     JSON_STRING, JSON_ARRAY_END,
                                          JSON_OBJECT_END, JSON_END,    JSON_END};
    struct json_reader reader;
    json_start(&reader, text, 2);
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(json_next(&reader), want[i]);
        if (want[i] == JSON_KEY) {
            assert_str(reader.text, "k\\n");
            assert_true(reader.escaped);
            assert_int_equal(reader.text_at, 3);
        }
        if (want[i] == JSON_NUMBER)
            assert_str(reader.text, "12");
    }
    assert_int_equal(reader.at, 21);
    json_start(&reader, text, 2);
    assert_int_equal(json_skip(&reader), JSON_OBJECT);
    assert_int_equal(reader.at, 21);
    for (size_t n = 2; n < 21; n++) { /* every truncation is told from an error */
        json_start(&reader, str_sub(text, 0, n), 2);
        assert_int_equal(json_skip(&reader), JSON_ERROR);
        assert_true(reader.cut_short);
        assert_int_equal(json_next(&reader), JSON_ERROR);
    }
}

static void write_sample(struct jsonw *w)
{
    jsonw_object(w);
    jsonw_member_str(w, "s", S("a\"\\/\n\x01\x7F\xC2\x85\xE2\x80\xA8\xE2\x80\xAE\xC3\xA9\xFF"));
    jsonw_key(w, "list");
    jsonw_array(w);
    jsonw_i64(w, -1);
    jsonw_u64(w, UINT64_MAX);
    jsonw_f64(w, 0.1);
    jsonw_f64(w, 1.0 / 0.0 * 0);
    jsonw_object(w);
    jsonw_object_end(w);
    jsonw_array(w);
    jsonw_array_end(w);
    jsonw_array_end(w);
    jsonw_member_bool(w, "b", true);
    jsonw_member_z(w, "z", NULL);
    jsonw_member_time(w, "t", 1615704010 * TIME_SECOND);
    jsonw_member_time(w, "none", TIME_NONE);
    jsonw_key(w, "raw");
    jsonw_raw(w, S("[1]"));
    jsonw_object_end(w);
}

static void test_writer(void **state)
{
    struct buf out;
    buf_init(&out, 4096);
    struct jsonw w = jsonw_start(&out, JSONW_COMPACT);
    write_sample(&w);
    assert_str(buf_str(&out),
               "{\"s\":\"a\\\"\\\\/\\n\\u0001\\u007f\\u0085\\u2028\\u202e\xC3\xA9\xEF\xBF\xBD\","
               "\"list\":[-1,18446744073709551615,0.1,null,{},[]],\"b\":true,\"z\":null,"
               "\"t\":\"2021-03-14T06:40:10Z\",\"none\":null,\"raw\":[1]}");
    buf_reset(&out);
    w = jsonw_start(&out, JSONW_PRETTY);
    jsonw_object(&w);
    jsonw_key(&w, "a");
    jsonw_array(&w);
    jsonw_i64(&w, 1);
    jsonw_i64(&w, 2);
    jsonw_array_end(&w);
    jsonw_key(&w, "e");
    jsonw_object(&w);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    assert_str(buf_str(&out), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"e\": {}\n}");
    buf_release(&out);
}

static void test_writer_is_sticky(void **state)
{
    for (size_t max = 0; max < 150; max++) {
        struct buf out;
        buf_init(&out, max);
        struct jsonw w = jsonw_start(&out, JSONW_PRETTY);
        write_sample(&w);
        assert_true(out.full);
        assert_true(out.n <= max);
        buf_release(&out);
    }
}

int suite_json(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_documents),  cmocka_unit_test(test_damaged_documents),
        cmocka_unit_test(test_nesting_limit), cmocka_unit_test(test_tokens_one_by_one),
        cmocka_unit_test(test_writer),        cmocka_unit_test(test_writer_is_sticky),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
