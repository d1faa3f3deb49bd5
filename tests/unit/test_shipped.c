/* Every rule that ships has events that it must match and events that it must not:
 * rules/shipped.txt below tests/, in blocks
 * "= rule name", "+ event", "- event" (event_make.h). Both matchers must give the answer that
 * stands there. */
#include "check.h"

#include <stdio.h>

#include "assess/lead.h"
#include "base/mem.h"
#include "event_make.h"
#include "rule/match/match.h"

struct shipped {
    struct ruleset *set;
    struct schema schema;
    void *matcher;
    const struct matcher_ops *ops;
    u32 *matched;
    u32 *hits, *misses; /* rows by rule */
    u32 wrong;
};

static const struct sigma_rule *find_rule(const struct ruleset *set, str name)
{
    for (u32 i = 0; i < set->n_rules; i++)
        if (str_eq(set->rules[i]->name, name))
            return set->rules[i];
    return NULL;
}

static void run_row(struct shipped *s, const struct sigma_rule *rule, str row, bool want, u32 line)
{
    struct arena arena = {0};
    const struct event event = event_make(&s->schema, &arena, arena_str(&arena, row).p);
    const u32 n = s->ops->match(s->matcher, &event, s->matched);
    bool have = false;
    for (u32 i = 0; i < n; i++)
        have |= s->matched[i] == rule->index;
    if (have != want) {
        s->wrong++;
        fprintf(stderr, "shipped.txt:%u: %s %s %.*s\n", line, s->ops->name,
                have ? "matches" : "does not match", STR_ARG(rule->name));
    }
    *(want ? &s->hits[rule->index] : &s->misses[rule->index]) += 1;
    arena_release(&arena);
}

static void run_rows(struct shipped *s)
{
    const str text = test_file(test_path("rules/shipped.txt"));
    const struct sigma_rule *rule = NULL;
    str rest = text, line;
    for (u32 number = 1; str_next(&rest, '\n', &line); number++) {
        const str row = str_sub(line, 2, line.n);
        if (str_starts(line, S("= "))) {
            rule = find_rule(s->set, row);
            if (!rule)
                fail_msg("shipped.txt:%u: no rule is called %.*s", number, STR_ARG(row));
        } else if (str_starts(line, S("+ ")) || str_starts(line, S("- "))) {
            assert_non_null(rule);
            run_row(s, rule, row, line.p[0] == '+', number);
        } else if (line.n && line.p[0] != '#') {
            fail_msg("shipped.txt:%u: what is this?", number);
        }
    }
    mem_free((char *)text.p);
}

static void check_complete(struct shipped *s)
{
    for (u32 i = 0; i < s->set->n_rules; i++)
        if (!s->set->rules[i]->correlation && (s->hits[i] == 0 || s->misses[i] == 0)) {
            fprintf(stderr, "shipped.txt: %.*s has %u events that match and %u that do not\n",
                    STR_ARG(s->set->rules[i]->name), s->hits[i], s->misses[i]);
            s->wrong++;
        }
}

static void check_shipped(const struct matcher_ops *ops)
{
    const struct ruleset_source source = {.builtin = true};
    struct shipped s = {.ops = ops};
    struct err err = {0};
    if (ruleset_load(&source, &s.set, &err) != OK)
        fail_msg("%s", err.msg);
    assert_int_equal(s.set->n_rejected, 0);
    s.matched = mem_calloc(s.set->n_rules, sizeof *s.matched);
    s.hits = mem_calloc(s.set->n_rules, sizeof *s.hits);
    s.misses = mem_calloc(s.set->n_rules, sizeof *s.misses);
    schema_init(&s.schema, &s.set->fields);
    const void *const compiled = ops->compile(s.set);
    s.matcher = ops->open(compiled, &s.schema, 1);
    run_rows(&s);
    check_complete(&s);
    ops->close(s.matcher);
    ops->free(compiled);
    schema_release(&s.schema);
    mem_free(s.matched);
    mem_free(s.hits);
    mem_free(s.misses);
    ruleset_free(s.set);
    assert_int_equal(s.wrong, 0);
}

static void test_plain_matcher(void **state)
{
    check_shipped(&matcher_plain);
}

static void test_fast_matcher(void **state)
{
    check_shipped(&matcher_fast);
}

static void test_maps_and_lints(void **state)
{
    const struct ruleset_source source = {.builtin = true};
    struct ruleset *set;
    struct arena arena = {0};
    assert_int_equal(ruleset_load(&source, &set, NULL), OK);
    assert_int_equal(set->n_lints, 0);
    for (u32 i = 0; i < set->n_rules; i++) {
        assert_non_null(set->rules[i]->leadline);
        assert_str(lead_check(set->rules[i]->leadline, &arena), "");
        assert_true(set->rules[i]->n_references > 0);
    }
    arena_release(&arena);
    ruleset_free(set);
}

int suite_shipped(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_matcher),
        cmocka_unit_test(test_fast_matcher),
        cmocka_unit_test(test_maps_and_lints),
    };
    return cmocka_run_group_tests_name("shipped", tests, NULL, NULL);
}
