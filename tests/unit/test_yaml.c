#include "check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "rule/sigma/yaml.h"

static const struct yaml *read_one(const char *text, struct arena *arena)
{
    const struct yaml **docs = NULL;
    u32 n = 0;
    struct err err = {0};
    if (yaml_read(str_from(text), arena, &docs, &n, &err) != OK)
        fail_msg("%s", err.msg);
    assert_int_equal(n, 1);
    return docs[0];
}

static void test_tree_with_places(void **state)
{
    struct arena arena = {0};
    const struct yaml *const doc =
        read_one("a: 1\nb:\n  - x\n  - \"y\"\n  - c: |\n      long\n", &arena);
    assert_int_equal(doc->type, YAML_MAP);
    assert_int_equal(doc->n, 2);
    assert_str(doc->keys[0]->text, "a");
    assert_str(yaml_text(yaml_get(doc, "a")), "1");
    const struct yaml *const list = yaml_get(doc, "b");
    assert_int_equal(list->type, YAML_LIST);
    assert_int_equal(list->n, 3);
    assert_false(list->items[0]->quoted);
    assert_true(list->items[1]->quoted);
    assert_int_equal(list->items[1]->line, 4);
    assert_int_equal(list->items[1]->col, 5);
    assert_str(yaml_text(yaml_get(list->items[2], "c")), "long\n");
    assert_true(yaml_get(list->items[2], "c")->quoted);
    assert_null(yaml_get(doc, "nothing"));
    assert_null(yaml_get(list, "a"));
    assert_null(yaml_text(list).p);
    assert_null(yaml_text(NULL).p);
    arena_release(&arena);
}

static void test_null_words(void **state)
{
    struct arena arena = {0};
    const struct yaml *const list =
        read_one("[~, null, Null, NULL, '', 'null', nil, {a: }]", &arena);
    for (u32 i = 0; i < 4; i++)
        assert_true(yaml_is_null(list->items[i]));
    for (u32 i = 4; i < 7; i++)
        assert_false(yaml_is_null(list->items[i]));
    assert_true(yaml_is_null(yaml_get(list->items[7], "a")));
    assert_false(yaml_is_null(list));
    assert_false(yaml_is_null(NULL));
    arena_release(&arena);
}

static void test_documents(void **state)
{
    struct arena arena = {0};
    const struct yaml **docs;
    u32 n;
    struct err err;
    assert_int_equal(yaml_read(S("a: 1\n---\nb: 2\n---\n"), &arena, &docs, &n, &err), OK);
    assert_int_equal(n, 3);
    assert_true(yaml_is_null(docs[2]));
    assert_int_equal(yaml_read(S(""), &arena, &docs, &n, &err), OK);
    assert_int_equal(n, 0);
    assert_int_equal(yaml_read(S("# only a comment\n"), &arena, &docs, &n, &err), OK);
    assert_int_equal(n, 0);
    arena_release(&arena);
}

static void test_aliases_are_shared(void **state)
{
    struct arena arena = {0};
    const struct yaml *const doc = read_one("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", &arena);
    assert_ptr_equal(yaml_get(doc, "a"), yaml_get(doc, "b"));
    assert_str(yaml_text(yaml_get(doc, "d")), "3");
    arena_release(&arena);
}

static void test_errors_say_where(void **state)
{
    static const struct {
        const char *text, *msg;
        u32 line, col;
    } rows[] = {
        {"a: 1\nb: 2\na: 3\n", "key 'a' twice in one map, first in line 1", 3, 1},
        {"a: *x\n", "alias of an unknown anchor", 1, 4},
        {"a: &x [*x]\n", "alias of an unknown anchor", 1, 8},
        {"? [a]\n: b\n", "a key must be a scalar", 1, 3},
        {"<<: {a: b}\n", "merge keys are not supported", 1, 1},
        {"a: [1, 2\n", "not YAML: did not find expected ',' or ']' while parsing a flow sequence",
         2, 1},
        {"a:\n\t- b\n",
         "not YAML: found character that cannot start any token while scanning for the next token",
         2, 1},
        {"a: \xFF\n", "not YAML: invalid leading UTF-8 octet", 1, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        const struct yaml **docs;
        u32 n;
        struct err err = {0};
        assert_int_not_equal(yaml_read(str_from(rows[i].text), &arena, &docs, &n, &err), OK);
        assert_string_equal(err.msg, rows[i].msg);
        assert_int_equal(err.line, rows[i].line);
        assert_int_equal(err.col, rows[i].col);
        arena_release(&arena);
    }
}

static enum status read_status(const struct buf *text)
{
    struct arena arena = {0};
    const struct yaml **docs;
    u32 n;
    const enum status status = yaml_read(buf_str(text), &arena, &docs, &n, NULL);
    arena_release(&arena);
    return status;
}

static void test_limits(void **state)
{
    struct buf text;
    buf_init(&text, LIMIT_RULE_FILE * 2);
    for (int depth = LIMIT_NESTING - 1; depth <= LIMIT_NESTING; depth++) {
        buf_reset(&text);
        for (int i = 0; i < depth; i++)
            buf_char(&text, '[');
        buf_char(&text, 'x');
        for (int i = 0; i < depth; i++)
            buf_char(&text, ']');
        assert_int_equal(read_status(&text), depth < LIMIT_NESTING ? OK : ERR_LIMIT);
    }
    buf_reset(&text);
    buf_add(&text, S("a: &a [x, x, x, x, x, x, x, x, x, x]\n"));
    for (char c = 'b'; c < 'i'; c++) { /* ten to the eighth, if it were unfolded */
        buf_printf(&text, "%c: &%c [", c, c);
        for (int i = 0; i < 10; i++)
            buf_printf(&text, "%s*%c", i ? ", " : "", c - 1);
        buf_add(&text, S("]\n"));
    }
    assert_int_equal(read_status(&text), ERR_LIMIT);
    buf_reset(&text);
    while (text.n <= LIMIT_RULE_FILE)
        buf_add(&text, S("# a long comment that goes on and on\n"));
    assert_int_equal(read_status(&text), ERR_LIMIT);
    buf_release(&text);
}

int suite_yaml(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_with_places), cmocka_unit_test(test_null_words),
        cmocka_unit_test(test_documents),        cmocka_unit_test(test_aliases_are_shared),
        cmocka_unit_test(test_errors_say_where), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
