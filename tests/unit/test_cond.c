/* Conditions are compared as text: the tree is printed with every bracket, selections by name. */
#include "check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "rule/sigma/cond.h"

static const struct sigma_selection selections[] = {
    {.name = {"sel", 3}},      {.name = {"sel_a", 5}}, {.name = {"sel_b", 5}},
    {.name = {"filter_x", 8}}, {.name = {"_skip", 5}}, {.name = {"Sel-1.x", 7}},
};

static void print(const struct sigma_node *node, struct buf *out)
{
    if (node->op == SIGMA_SELECTION) {
        buf_add(out, selections[node->selection].name);
        return;
    }
    buf_add(out, node->op == SIGMA_NOT ? S("(not ") : S("("));
    for (u32 i = 0; i < node->n_kids; i++) {
        buf_add(out, i == 0 ? S("") : node->op == SIGMA_AND ? S(" and ") : S(" or "));
        print(node->kids[i], out);
    }
    buf_char(out, ')');
}

static void test_trees(void **state)
{
    static const char *const rows[][2] = {
        {"sel", "sel"},
        {" ( sel ) ", "sel"},
        {"sel or sel_a and sel_b", "(sel or (sel_a and sel_b))"},
        {"not sel and sel_a", "((not sel) and sel_a)"},
        {"not (sel and sel_a)", "(not (sel and sel_a))"},
        {"not not sel", "(not (not sel))"},
        {"sel and sel_a and sel_b", "(sel and sel_a and sel_b)"},
        {"sel and(sel_a or sel_b)", "(sel and (sel_a or sel_b))"},
        {"SEL_OR or sel", NULL},
        {"sel AND NOT sel_a", "(sel and (not sel_a))"},
        {"sel Or sel_a", "(sel or sel_a)"},
        {"1 of sel_*", "(sel_a or sel_b)"},
        {"any of sel_*", "(sel_a or sel_b)"},
        {"all of sel*", "(sel and sel_a and sel_b)"},
        {"1 of *l_*", "(sel_a or sel_b)"},
        {"1 of *_x", "(filter_x)"},
        {"all of them", "(sel and sel_a and sel_b and filter_x and Sel-1.x)"},
        {"1 OF THEM", "(sel or sel_a or sel_b or filter_x or Sel-1.x)"},
        {"1 of _*", "(_skip)"},
        {"1 of sel", "(sel)"},
        {"not 1 of sel_* and sel", "((not (sel_a or sel_b)) and sel)"},
        {"Sel-1.x", "Sel-1.x"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct sigma_node *node = NULL;
        struct err err = {0};
        const enum status status =
            cond_parse(str_from(rows[i][0]), selections, COUNT(selections), &arena, &node, &err);
        assert_int_equal(status, rows[i][1] ? OK : ERR_SYNTAX);
        struct buf out;
        buf_init(&out, 4096);
        if (status == OK) {
            print(node, &out);
            assert_str(buf_str(&out), rows[i][1]);
        }
        buf_release(&out);
        arena_release(&arena);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *text, *msg;
        u32 col;
    } rows[] = {
        {"", "condition: a selection expected, not ''", 1},
        {"sel and", "condition: a selection expected, not ''", 8},
        {"sel and foo", "condition: unknown selection 'foo'", 9},
        {"sel sel_a", "condition: 'and' or 'or' expected, not 'sel_a'", 5},
        {"(sel", "condition: ')' expected, not ''", 5},
        {"sel)", "condition: 'and' or 'or' expected, not ')'", 4},
        {"1 of", "condition: 'of' needs 'them' or a pattern, not ''", 5},
        {"1 of (sel)", "condition: 'of' needs 'them' or a pattern, not '('", 6},
        {"2 of sel*", "condition: '2 of' is not supported, only '1 of' and 'all of'", 1},
        {"1 of nothing*", "condition: no selection fits 'nothing*'", 6},
        {"sel | count() > 5",
         "needs translation: an aggregation behind '|' is a correlation rule since Sigma 2", 5},
        {"sel or or sel", "condition: unknown selection 'or'", 8},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct sigma_node *node = NULL;
        struct err err = {0};
        assert_int_equal(
            cond_parse(str_from(rows[i].text), selections, COUNT(selections), &arena, &node, &err),
            ERR_SYNTAX);
        assert_string_equal(err.msg, rows[i].msg);
        assert_int_equal(err.col, rows[i].col);
        assert_null(node);
        arena_release(&arena);
    }
}

static enum status parse(const struct buf *text)
{
    struct arena arena = {0};
    struct sigma_node *node = NULL;
    const enum status status =
        cond_parse(buf_str(text), selections, COUNT(selections), &arena, &node, NULL);
    arena_release(&arena);
    return status;
}

static void test_limits(void **state)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < LIMIT_NESTING; i++)
        buf_add(&text, S("not "));
    buf_add(&text, S("sel"));
    assert_int_equal(parse(&text), ERR_SYNTAX);
    buf_reset(&text);
    for (int i = 0; i < LIMIT_NESTING - 1; i++)
        buf_char(&text, '(');
    buf_add(&text, S("sel"));
    for (int i = 0; i < LIMIT_NESTING - 1; i++)
        buf_char(&text, ')');
    assert_int_equal(parse(&text), OK);
    buf_reset(&text);
    buf_add(&text, S("sel"));
    for (int i = 0; i < LIMIT_CONDITION; i++)
        buf_add(&text, S(" or 1 of them"));
    assert_int_equal(parse(&text), ERR_SYNTAX);
    buf_release(&text);
}

int suite_cond(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("cond", tests, NULL, NULL);
}
