#include "check.h"
#include "event_make.h"
#include "rule_rows.h"

static void test_rows(void **state)
{
    assert_true(rule_rows_run("rules/matching.txt", &matcher_plain) >= 150);
}

static void test_exchange_rows(void **state)
{
    assert_true(rule_rows_run("rules/exchange.txt", &matcher_plain) >= 16);
}

static void test_reasons_and_trees(void **state)
{
    assert_true(rule_rows_run("rules/explain.txt", &matcher_plain) >= 20);
}

int suite_plain(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_exchange_rows),
        cmocka_unit_test(test_reasons_and_trees),
    };
    return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
