/* Two kinds of test: small stories written out, and random ones compared with a solution that
 * follows the words of correlate.h literally, window by window. */
#include "check.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/timex.h"
#include "rule/correlate.h"
#include "rule/exact.h"

#define MAX_HITS 64

/* What a test hit has: user is the group-by field, value the counted one; NULL: the event lacks it.
 */
struct fields {
    const char *user, *value;
    bool is_list; /* the user */
};

struct story {
    struct ruleset *set;
    struct corr_hit hits[MAX_HITS];
    struct fields fields[MAX_HITS];
    u32 n;
    u32 rule, at; /* where the reading is */
    u64 most, most_matches;
    struct arena arena;
    struct corr_result result;
};

static void start(void *arg, u32 rule)
{
    struct story *const s = arg;
    s->rule = rule;
    s->at = 0;
}

static bool next(void *arg, struct corr_hit *out)
{
    struct story *const s = arg;
    while (s->at < s->n && s->hits[s->at].rule != s->rule)
        s->at++;
    if (s->at == s->n)
        return false;
    *out = s->hits[s->at];
    out->id = s->at++;
    return true;
}

static void find(void *arg, u32 rule, u64 id, struct corr_hit *out)
{
    const struct story *const s = arg;
    assert_int_equal(s->hits[id].rule, rule);
    *out = s->hits[id];
    out->id = id;
}

static bool value_of(void *arg, const struct corr_hit *hit, str field, struct corr_value *out)
{
    const struct story *const s = arg;
    const struct fields *const f = &s->fields[hit->id];
    const bool user = str_eq(field, S("User")) || str_eq(field, S("Account"));
    *out = (struct corr_value){str_from(user ? f->user : f->value), user && f->is_list};
    return out->text.p != NULL;
}

static void begin(struct story *s, const char *correlations)
{
    static const char rules[] = "title: a\nid: ida\nname: a\nlogsource: {product: windows}\n"
                                "detection: {sel: {F: a}, condition: sel}\n---\n"
                                "title: b\nid: idb\nname: b\nlogsource: {product: windows}\n"
                                "detection: {sel: {F: b}, condition: sel}\n---\n"
                                "title: c\nid: idc\nname: c\nlogsource: {product: windows}\n"
                                "detection: {sel: {F: c}, condition: sel}\n---\n";
    *s = (struct story){0};
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add(&text, str_from(rules));
    buf_add(&text, str_from(correlations));
    const struct ruleset_text file = {S("t.yml"), buf_str(&text)};
    const struct ruleset_source source = {
        .texts = &file,
        .n_texts = 1,
        .logsource_text = S("logsources: [{product: windows, any: [{kind: evtx}]}]")};
    struct err err = {0};
    assert_int_equal(ruleset_load(&source, &s->set, &err), OK);
    if (s->set->n_rejected)
        fail_msg("%.*s", STR_ARG(s->set->rejected[0].why));
    buf_release(&text);
}

static void hit_at(struct story *s, u32 rule, i64 seconds, u64 order, const char *user,
                   const char *value)
{
    assert_true(s->n < MAX_HITS);
    s->fields[s->n] = (struct fields){user, value, false};
    s->hits[s->n++] =
        (struct corr_hit){.rule = rule,
                          .time = seconds == TIME_NONE ? TIME_NONE : seconds * TIME_SECOND,
                          .order = order};
}

static void hit(struct story *s, u32 rule, i64 seconds, const char *user, const char *value)
{
    hit_at(s, rule, seconds, s->n + 1, user, value);
}

static u32 run(struct story *s)
{
    const struct corr_source source = {.start = start,
                                       .next = next,
                                       .find = find,
                                       .value = value_of,
                                       .arg = s,
                                       .most_hits = s->most,
                                       .most_matches = s->most_matches};
    correlate(s->set, &source, &s->arena, &s->result);
    return s->result.n;
}

static void end(struct story *s)
{
    arena_release(&s->arena);
    ruleset_free(s->set);
}

#define CORR(type, rules, more)                                                                    \
    "title: corr\nid: corr\ncorrelation:\n  type: " type "\n  rules: " rules                       \
    "\n  group-by: [User]\n  timespan: 10s\n" more

static void test_event_count(void **state)
{
    struct story s;
    begin(&s, CORR("event_count", "[a]", "  condition: {gte: 3}\n"));
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 0, 5, "u", NULL);
    hit(&s, 0, 7, "v", NULL);
    hit(&s, 0, 10, "u", NULL); /* exactly at the edge */
    hit(&s, 0, 30, "u", NULL);
    hit(&s, 0, 31, "u", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].n_members, 3);
    assert_int_equal(s.result.matches[0].rule, 3);
    assert_int_equal(s.result.matches[0].first, 0);
    assert_int_equal(s.result.matches[0].last, 10 * TIME_SECOND);
    assert_str(s.result.matches[0].group[0], "u");
    end(&s);
}

static void test_edge_is_exact(void **state)
{
    struct story s;
    begin(&s, CORR("event_count", "[a]", "  condition: {gte: 2}\n"));
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 0, 10, "u", NULL);
    s.hits[1].time += 1; /* one nanosecond too late */
    assert_int_equal(run(&s), 0);
    s.hits[1].time -= 1;
    assert_int_equal(run(&s), 1);
    end(&s);
}

static void test_order_of_input_does_not_matter(void **state)
{
    struct story s;
    begin(&s, CORR("temporal_ordered", "[a, b, c]", ""));
    hit_at(&s, 2, 9, 9, "u", NULL);
    hit_at(&s, 0, 1, 1, "u", NULL);
    hit_at(&s, 1, 4, 4, "u", NULL);
    assert_int_equal(run(&s), 1);
    const struct corr_match *const m = &s.result.matches[0];
    assert_int_equal(m->n_steps, 3);
    assert_int_equal(m->steps[0].id, 1);
    assert_int_equal(m->steps[1].id, 2);
    assert_int_equal(m->steps[2].id, 0);
    assert_int_equal(m->first, TIME_SECOND);
    assert_int_equal(m->end.id, 0);
    end(&s);
}

static void test_same_time_goes_by_order(void **state)
{
    struct story s;
    begin(&s, CORR("temporal_ordered", "[a, b]", ""));
    hit_at(&s, 1, 5, 1, "u", NULL);
    hit_at(&s, 0, 5, 2, "u", NULL);
    assert_int_equal(run(&s), 0);
    s.hits[0].order = 3;
    assert_int_equal(run(&s), 1);
    s.hits[0].order = 2; /* one event cannot follow itself */
    assert_int_equal(run(&s), 0);
    end(&s);
}

static void test_temporal_in_any_order(void **state)
{
    struct story s;
    begin(&s, CORR("temporal", "[ida, b]", ""));
    hit(&s, 1, 5, "u", NULL);
    hit(&s, 0, 15, "u", NULL);
    hit(&s, 0, 40, "u", NULL);
    hit(&s, 1, 45, "v", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].steps[0].id, 1);
    assert_int_equal(s.result.matches[0].steps[1].id, 0);
    end(&s);
}

static void test_temporal_with_a_condition(void **state)
{
    struct story s;
    begin(&s, CORR("temporal", "[a, b, c]", "  condition: {gte: 2}\n"));
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 2, 1, "u", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].steps[1].rule, UINT32_MAX);
    end(&s);
}

static void test_missing_group_key_is_reported(void **state)
{
    struct story s;
    begin(&s, CORR("value_count", "[a]", "  condition: {field: V, gte: 2}\n"));
    hit(&s, 0, 0, NULL, "1");
    hit(&s, 0, 1, "u", "1");
    hit(&s, 0, 2, "u", NULL);
    hit(&s, 0, TIME_NONE, "u", "2");
    assert_int_equal(run(&s), 0);
    assert_int_equal(s.result.n_lost, 1);
    assert_int_equal(s.result.lost[0].no_group, 1);
    assert_int_equal(s.result.lost[0].no_value, 1);
    assert_int_equal(s.result.lost[0].no_time, 1);
    end(&s);
}

static void test_aliases(void **state)
{
    struct story s;
    begin(&s, "title: x\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  group-by: [who]\n  "
              "timespan: 1m\n"
              "  aliases: {who: {a: User, idb: Account}}\n");
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 1, 1, "u", NULL);
    hit(&s, 1, 2, "v", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].n_members, 2);
    end(&s);
}

static void test_hosts_are_apart(void **state)
{
    struct story s;
    begin(&s, CORR("temporal", "[a, b]", ""));
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 1, 1, "u", NULL);
    s.hits[1].host = 1;
    assert_int_equal(run(&s), 0);
    end(&s);
}

static void test_bound_on_hits(void **state)
{
    struct story s;
    begin(&s, CORR("temporal", "[a, b]", ""));
    s.most = 4; /* two of each rule */
    for (int i = 0; i < 5; i++)
        hit(&s, 0, 100 + i, "u", NULL);
    hit(&s, 1, 101, "u", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].n_members, 3);
    assert_int_equal(s.result.n_cuts, 1);
    assert_int_equal(s.result.cuts[0].ref, 0);
    assert_int_equal(s.result.cuts[0].seen, 2);
    end(&s);
}

static void test_range_and_neq(void **state)
{
    struct story s;
    begin(&s, CORR("event_count", "[a]", "  condition: {gt: 1, lte: 2}\n"));
    for (int i = 0; i < 4; i++)
        hit(&s, 0, i, "u", NULL);
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].n_members, 2);
    end(&s);
    begin(&s, CORR("event_count", "[a]", "  condition: {neq: 1}\n"));
    hit(&s, 0, 0, "u", NULL);
    assert_int_equal(run(&s), 0);
    hit(&s, 0, 1, "u", NULL);
    assert_int_equal(run(&s), 1);
    end(&s);
}

static void test_chain(void **state)
{
    struct story s;
    begin(&s, "title: many\nname: many\ncorrelation:\n  type: event_count\n  rules: a\n  group-by: "
              "[User]\n"
              "  timespan: 10s\n  condition: {gte: 3}\n---\n"
              "title: then\ncorrelation:\n  type: temporal_ordered\n  rules: [many, b]\n  "
              "group-by: [User]\n"
              "  timespan: 1m\n");
    for (int i = 0; i < 3; i++)
        hit(&s, 0, i, "u", NULL);
    hit(&s, 1, 20, "u", NULL);
    hit(&s, 1, 21, "v", NULL);
    assert_int_equal(run(&s), 2);
    const struct corr_match *const m = &s.result.matches[1];
    assert_int_equal(m->rule, 4);
    assert_int_equal(m->n_members, 4);
    assert_int_equal(m->steps[0].id, 2);
    assert_int_equal(m->steps[1].id, 3);
    bool hidden[5];
    corr_hidden(s.set, hidden);
    assert_true(hidden[0] && hidden[1] && !hidden[2] && hidden[3] && !hidden[4]);
    end(&s);
}

static void test_two_correlations_on_one_rule(void **state)
{
    struct story s;
    begin(&s, CORR("event_count", "[a]",
                   "  condition: {gte: 2}\n") "---\n"
                                              "title: x\nid: x\ncorrelation: {type: temporal, "
                                              "rules: [a, b], timespan: 1h, generate: true}\n");
    hit(&s, 0, 0, "u", NULL);
    hit(&s, 0, 1, "u", NULL);
    hit(&s, 1, 2, "w", NULL);
    assert_int_equal(run(&s), 2);
    bool hidden[5];
    corr_hidden(s.set, hidden);
    assert_false(hidden[0]);
    end(&s);
}

static void test_figures(void **state)
{
    static const struct {
        const char *type, *condition;
        u32 n;
    } rows[] = {
        {"value_sum", "{field: V, gte: 10}", 1},
        {"value_sum", "{field: V, gt: 10}", 0},
        {"value_avg", "{field: V, gte: 3.33}", 1},
        {"value_avg", "{field: V, gt: 3.34}", 0},
        {"value_percentile", "{field: V, percentile: 50, eq: 2}", 1},
        {"value_percentile", "{field: V, percentile: 100, gte: 7}", 1},
        {"value_percentile", "{field: V, gt: 7}", 0},
        {"value_count", "{field: V, gte: 3}", 1},
        {"value_count", "{field: [V, User], gte: 4}", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct story s;
        char text[400];
        snprintf(text, sizeof text,
                 "title: x\ncorrelation: {type: %s, rules: a, group-by: [User], timespan: 10s, "
                 "condition: %s}\n",
                 rows[i].type, rows[i].condition);
        begin(&s, text);
        hit(&s, 0, 0, "u", "1");
        hit(&s, 0, 1, "u", "2");
        hit(&s, 0, 2, "u", "7");
        hit(&s, 0, 3, "u", "none");
        s.n -= i < 7 ? 0 : 1; /* a text is lost for numbers, and one more value to count */
        assert_int_equal(run(&s), rows[i].n);
        end(&s);
    }
}

static void test_sums_are_exact(void **state)
{
    static const struct {
        const char *type, *condition, *values[4]; /* 8 seconds apart, within ten */
        u32 n;
    } rows[] = {
        {"value_sum", "{field: V, gt: 0.4, lt: 0.6}", {"9000000000000000000", "0.25", "0.25"}, 1},
        {"value_sum", "{field: V, eq: 0.5}", {"-18446744073709551615", "0.25", "0.25"}, 1},
        {"value_sum", "{field: V, eq: 0.3}", {"0.1", "0.2"}, 1},
        {"value_sum", "{field: V, gt: 0.3}", {"0.1", "0.2"}, 0},
        {"value_sum", "{field: V, eq: 9007199254740993}", {"9007199254740993"}, 1},
        {"value_sum", "{field: V, eq: 9007199254740992}", {"9007199254740993"}, 0},
        {"value_sum", "{field: V, eq: -0.5}", {"-1.25", "0.75"}, 1},
        {"value_sum", "{field: V, gt: 18446744073709551615}", {"0xffffffffffffffff", "1"}, 1},
        {"value_avg", "{field: V, eq: 0.1}", {"0.1", "0.1", "0.1"}, 1},
        {"value_avg", "{field: V, gt: 0.1}", {"0.1", "0.1", "0.1"}, 0},
        {"value_avg", "{field: V, eq: -0.5}", {"-1", "0"}, 1},
        {"value_avg",
         "{field: V, gt: 18446744073709551614.5}",
         {"18446744073709551615", "18446744073709551615"},
         1},
        {"value_percentile",
         "{field: V, percentile: 100, gt: 9007199254740992}",
         {"9007199254740993"},
         1},
        {"value_sum", "{field: V, eq: 0.000000000000000001}", {"0.0000000000000000010"}, 1},
        {"value_sum", "{field: V, gte: 0}", {"0.0000000000000000001"}, 0}, /* is lost */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct story s;
        char text[400];
        snprintf(text, sizeof text,
                 "title: x\ncorrelation: {type: %s, rules: a, timespan: 10s, condition: %s}\n",
                 rows[i].type, rows[i].condition);
        begin(&s, text);
        for (u32 k = 0; k < COUNT(rows[i].values) && rows[i].values[k]; k++)
            hit(&s, 0, 8 * k, "u", rows[i].values[k]);
        if (run(&s) != rows[i].n)
            fail_msg("%s %s: %u", rows[i].type, rows[i].condition, s.result.n);
        assert_int_equal(s.result.n_lost, i + 1 == COUNT(rows));
        end(&s);
    }
}

static void test_percentile_is_exact(void **state)
{
    struct story s;
    static char numbers[50][4];
    begin(&s, CORR("value_percentile", "[a]",
                   "  condition: {field: V, percentile: 14, eq: 7, "
                   "gte: 7}\n"));
    for (u32 i = 0; i < 50; i++) { /* 0.14 × 50 is more than 7 in floating point */
        snprintf(numbers[i], sizeof numbers[i], "%u", 50 - i);
        hit(&s, 0, i == 0 ? 0 : 10, "u", numbers[i]);
        s.hits[i].order = 1 + i;
    }
    assert_int_equal(run(&s), 1);
    end(&s);
}

static void test_event_under_two_rules_is_summed_once(void **state)
{
    struct story s;
    begin(&s, CORR("value_sum", "[a, b]", "  condition: {field: V, eq: 5}\n"));
    hit_at(&s, 0, 0, 1, "u", "5");
    hit_at(&s, 1, 0, 1, "u", "5");
    assert_int_equal(run(&s), 1);
    assert_int_equal(s.result.matches[0].n_members, 2);
    end(&s);
    begin(&s, "title: x\ncorrelation:\n  type: value_sum\n  rules: [a, b]\n  timespan: 1m\n"
              "  aliases: {n: {a: User, b: V}}\n  condition: {field: n, eq: 7}\n");
    hit_at(&s, 0, 0, 1, "7", "5"); /* the first of the list says what the number is */
    hit_at(&s, 1, 0, 1, "7", "5");
    assert_int_equal(run(&s), 1);
    end(&s);
}

static void test_ordered_with_a_condition(void **state)
{
    static const struct {
        const char *condition, *rules; /* of the events, a second apart */
        u32 n;
    } rows[] = {
        {"gte: 2", "ac", 1},  {"gte: 2", "ca", 0},
        {"gte: 2", "cb", 0},  {"gte: 2", "cba", 0},
        {"gte: 2", "cab", 1}, {"gte: 3", "abc", 1},
        {"gte: 3", "acb", 0}, {"gt: 1", "bc", 1},
        {"gt: 2", "bc", 0},   {"eq: 1", "cb", 1},
        {"eq: 2", "bab", 1},  {"gt: 3", "abc", 0},
        {"eq: 3", "acbc", 1}, {"gte: 2, lte: 2", "cabb", 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct story s;
        char text[400];
        snprintf(text, sizeof text,
                 "title: x\ncorrelation: {type: temporal_ordered, rules: [a, b, c], "
                 "group-by: [User], timespan: 10s, condition: {%s}}\n",
                 rows[i].condition);
        begin(&s, text);
        for (u32 k = 0; rows[i].rules[k]; k++)
            hit(&s, (u32)(rows[i].rules[k] - 'a'), k, "u", NULL);
        if (run(&s) != rows[i].n)
            fail_msg("%s of %s: %u", rows[i].condition, rows[i].rules, s.result.n);
        end(&s);
    }
}

static void test_ordered_with_a_condition_names_the_row(void **state)
{
    struct story s;
    begin(&s, CORR("temporal_ordered", "[a, b, c]", "  condition: {gte: 2}\n"));
    hit(&s, 2, 0, "u", NULL);
    hit(&s, 0, 1, "u", NULL);
    hit(&s, 0, 1, "u", NULL);
    hit_at(&s, 0, 2, 9, "u", NULL); /* one event: it is one step, and not two */
    hit_at(&s, 2, 2, 9, "u", NULL);
    assert_int_equal(run(&s), 1);
    const struct corr_match *const m = &s.result.matches[0];
    assert_int_equal(m->n_steps, 3);
    assert_int_equal(m->steps[0].id, 1);
    assert_int_equal(m->steps[1].rule, UINT32_MAX);
    assert_int_equal(m->steps[2].id, 4);
    end(&s);
}

static void test_lists_are_no_texts(void **state)
{
    struct story s;
    begin(&s, CORR("event_count", "[a]", "  condition: {gte: 2}\n"));
    hit(&s, 0, 0, "[\"x\",\"y\"]", NULL);
    hit(&s, 0, 1, "[\"x\",\"y\"]", NULL);
    s.fields[0].is_list = true;
    assert_int_equal(run(&s), 0);
    s.fields[1].is_list = true;
    assert_int_equal(run(&s), 1);
    assert_str(s.result.matches[0].group[0], "[\"x\",\"y\"]");
    end(&s);
}

/* Of a bound on matches everyone has a part, those that end first are kept, and no hash shows. */
static void test_matches_are_shared(void **state)
{
    static const char *const users[] = {"q", "w", "e", "r", "t", "y", "u", "i", "o", "p"};
    for (int again = 0; again < 20; again++) { /* each time with another seed */
        struct story s;
        begin(&s, CORR("event_count", "[a]",
                       "  condition: {gte: 1}\n") "---\ntitle: few\ncorrelation: {type: "
                                                  "event_count, rules: b, group-by: [User], "
                                                  "timespan: 1s, condition: {gte: 1}}\n");
        s.most_matches = 6;
        for (int i = 0; i < 10; i++)
            hit(&s, 0, i / 4, users[i], NULL);
        hit(&s, 1, 100, "u", NULL);
        hit(&s, 1, 200, "u", NULL);
        assert_int_equal(run(&s), 6);
        for (u32 i = 0; i < 4; i++)
            assert_str(s.result.matches[i].group[0], users[i]);
        assert_int_equal(s.result.matches[4].rule, 4);
        assert_int_equal(s.result.matches[5].rule, 4);
        assert_int_equal(s.result.n_cuts, 1);
        assert_int_equal(s.result.cuts[0].rule, 3);
        assert_int_equal(s.result.cuts[0].ref, UINT32_MAX);
        assert_int_equal(s.result.cuts[0].seen, 4);
        end(&s);
    }
}

/* What a chain sees does not hang on how many matches are kept. */
static void test_chain_sees_all_matches(void **state)
{
    static const char *const users[] = {"q", "w", "e", "r", "t", "y", "u", "i", "o", "p"};
    struct story s;
    begin(&s, "title: each\nname: each\ncorrelation: {type: event_count, rules: a, group-by: "
              "[User], timespan: 1s, condition: {gte: 1}}\n---\n"
              "title: then\nname: then\ncorrelation: {type: temporal_ordered, rules: [each, b], "
              "group-by: [User], timespan: 1m}\n---\n"
              "title: twice\ncorrelation: {type: temporal, rules: [then, c], group-by: [User], "
              "timespan: 1m}\n");
    s.most_matches = 2;
    for (int i = 0; i < 10; i++)
        hit(&s, 0, i, users[i], NULL);
    hit(&s, 1, 20, "p", NULL);
    hit(&s, 2, 30, "p", NULL);
    assert_int_equal(run(&s), 2);
    const struct corr_match *const m = &s.result.matches[1];
    assert_int_equal(m->rule, 5);
    assert_str(m->group[0], "p");
    assert_int_equal(m->n_members, 3);
    assert_int_equal(m->first, 9 * TIME_SECOND);
    assert_int_equal(m->steps[0].id, 10);
    assert_int_equal(m->steps[1].id, 11);
    assert_int_equal(s.result.n_cuts, 0); /* "each" shows nothing by itself */
    end(&s);
}

/* ---- random stories ---- */

struct oracle {
    const struct story *s;
    const struct sigma_correlation *c;
    u32 sorted[MAX_HITS], n; /* hits of the rule's refs in one group, by time and order */
};

static bool is_before(const struct corr_hit *a, const struct corr_hit *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static i64 ref_of(const struct oracle *o, u32 i)
{
    for (u32 ref = 0; ref < o->c->n_refs; ref++)
        if (o->c->rules[ref] == o->s->hits[o->sorted[i]].rule)
            return ref;
    return -1;
}

static bool has_order(const struct oracle *o, u32 from, u32 to, u32 ref,
                      const struct corr_hit *after)
{
    if (ref == o->c->n_refs)
        return true;
    for (u32 i = from; i <= to; i++) {
        const struct corr_hit *const h = &o->s->hits[o->sorted[i]];
        if (ref_of(o, i) == ref && (!after || is_before(after, h)) &&
            has_order(o, from, to, ref + 1, h))
            return true;
    }
    return false;
}

/* The most refs that stand in order, by trying all that there are. */
static u32 longest_row(const struct oracle *o, u32 from, u32 to, u32 ref,
                       const struct corr_hit *after)
{
    u32 best = 0;
    for (u32 i = from; i <= to; i++) {
        const struct corr_hit *const h = &o->s->hits[o->sorted[i]];
        if (ref_of(o, i) >= (i64)ref && (!after || is_before(after, h)))
            best = MAX(best, 1 + longest_row(o, from, to, (u32)ref_of(o, i) + 1, h));
    }
    return best;
}

static u32 count_different(const struct oracle *o, u32 from, u32 to)
{
    u32 n = 0;
    for (u32 i = from; i <= to; i++) {
        bool seen = false;
        for (u32 k = from; k < i; k++) {
            const u32 a = o->sorted[i], b = o->sorted[k];
            if (o->c->type == CORR_EVENT_COUNT)
                seen |= o->s->hits[a].order == o->s->hits[b].order;
            else if (o->c->type == CORR_VALUE_COUNT)
                seen |= strcmp(o->s->fields[a].value, o->s->fields[b].value) == 0;
            else
                seen |= ref_of(o, i) == ref_of(o, k);
        }
        n += !seen;
    }
    return n;
}

static bool oracle_holds(const struct oracle *o, u32 from, u32 to)
{
    if (o->c->type == CORR_TEMPORAL_ORDERED)
        return o->c->n_bounds
                   ? longest_row(o, from, to, 0, NULL) * EXACT_ONE >= o->c->bounds[0].limit
                   : has_order(o, from, to, 0, NULL);
    const u32 n = count_different(o, from, to);
    return o->c->type == CORR_TEMPORAL ? n == o->c->n_refs : n * EXACT_ONE >= o->c->bounds[0].limit;
}

/* For one group: the members of each match, as sets of hits. */
static u32 oracle_group(const struct oracle *o, u64 *out)
{
    u32 n = 0;
    i64 last_to = -1; /* end of the open run's newest window */
    for (u32 to = 0; to < o->n; to++) {
        const struct corr_hit *const end = &o->s->hits[o->sorted[to]];
        if (to + 1 < o->n && o->s->hits[o->sorted[to + 1]].order == end->order)
            continue; /* the event has another hit */
        u32 from = 0;
        while (end->time - o->s->hits[o->sorted[from]].time > o->c->timespan_ns)
            from++;
        if (!oracle_holds(o, from, to)) {
            last_to = -1;
            continue;
        }
        if (last_to < (i64)from)
            out[n++] = 0;
        for (u32 i = from; i <= to; i++)
            out[n - 1] |= (u64)1 << o->sorted[i];
        last_to = to;
    }
    return n;
}

static void sort_hits(struct oracle *o)
{
    for (u32 i = 1; i < o->n; i++)
        for (u32 k = i; k > 0; k--) {
            const struct corr_hit *const a = &o->s->hits[o->sorted[k - 1]],
                                         *const b = &o->s->hits[o->sorted[k]];
            if (!is_before(b, a))
                break;
            const u32 swap = o->sorted[k];
            o->sorted[k] = o->sorted[k - 1];
            o->sorted[k - 1] = swap;
        }
}

static u32 oracle_run(const struct story *s, u64 *out)
{
    static const char *const users[] = {"u", "v"};
    u32 n = 0;
    for (size_t g = 0; g < COUNT(users); g++) {
        struct oracle o = {.s = s, .c = s->set->rules[3]->correlation};
        for (u32 i = 0; i < s->n; i++) {
            o.sorted[o.n] = i;
            if (strcmp(s->fields[i].user, users[g]) == 0 && ref_of(&o, o.n) >= 0)
                o.n++;
        }
        sort_hits(&o);
        n += oracle_group(&o, out + n);
    }
    return n;
}

static int by_number(const void *a, const void *b)
{
    const u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

static u32 next_random(u32 *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void random_story(struct story *s, u32 *seed)
{
    static const char *const users[] = {"u", "v"}, *const values[] = {"1", "2", "3"};
    const u32 n = 2 + next_random(seed) % 18, spread = 4 + next_random(seed) % 40;
    for (u32 i = 0; i < n; i++) {
        const u32 order = next_random(seed) % 24 + 1;
        const u32 rule = next_random(seed) % 3;
        bool taken = false;
        for (u32 k = 0; k < s->n; k++)
            taken |= s->hits[k].order == order && s->hits[k].rule == rule;
        if (taken)
            continue;
        /* one event has one time, one user and one value, whichever rules it matched */
        const u32 fate = order * 2654435761u >> 7;
        hit_at(s, rule, fate % spread, order, users[fate / 64 % 2], values[fate / 256 % 3]);
    }
}

/* What a match says of its members, as one number: first and last time, order of the last, how
 * many. */
static u64 shape_of(i64 first, i64 last, u64 order, u64 n)
{
    return (u64)(first / TIME_SECOND) << 48 | (u64)(last / TIME_SECOND) << 32 | order << 16 | n;
}

static u64 shown(const struct story *s, u64 members)
{
    const struct corr_hit *first = NULL, *last = NULL;
    u64 n = 0;
    for (u32 i = 0; i < s->n; i++) {
        if (!(members >> i & 1))
            continue;
        first = !first || is_before(&s->hits[i], first) ? &s->hits[i] : first;
        last = !last || is_before(last, &s->hits[i]) ? &s->hits[i] : last;
        n++;
    }
    return shape_of(first->time, last->time, last->order, n);
}

static void compare(struct story *s, const char *type, u32 seed)
{
    u64 want[MAX_HITS], have[MAX_HITS];
    const u32 n_want = oracle_run(s, want);
    const u32 n_have = run(s);
    for (u32 i = 0; i < n_want; i++)
        want[i] = shown(s, want[i]);
    for (u32 i = 0; i < n_have && i < MAX_HITS; i++) {
        const struct corr_match *const m = &s->result.matches[i];
        have[i] = shape_of(m->first, m->last, m->order, m->n_members);
    }
    qsort(want, n_want, sizeof *want, by_number);
    qsort(have, MIN(n_have, (u32)MAX_HITS), sizeof *have, by_number);
    if (n_want != n_have || memcmp(want, have, n_want * sizeof *want) != 0)
        fail_msg("%s, seed %u: %u matches, expected %u", type, seed, n_have, n_want);
}

static void test_random_against_brute_force(void **state)
{
    static const char *const kinds[][2] = {
        {"event_count", ", condition: {gte: 3}"},
        {"value_count", ", condition: {field: V, gte: 2}"},
        {"temporal", ""},
        {"temporal_ordered", ""},
        {"temporal_ordered", ", condition: {gte: 2}"},
    };
    static const char *const refs[] = {"[a, b]", "[b, a, c]", "[a]"};
    u32 n_matches = 0;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (u32 seed = 1; seed <= 600; seed++) {
            struct story s;
            char text[300];
            u32 random = seed;
            snprintf(
                text, sizeof text,
                "title: x\ncorrelation: {type: %s, rules: %s, group-by: [User], timespan: 5s%s}\n",
                kinds[k][0], refs[seed % COUNT(refs)], kinds[k][1]);
            begin(&s, text);
            random_story(&s, &random);
            compare(&s, kinds[k][0], seed);
            n_matches += s.result.n;
            end(&s);
        }
    }
    assert_true(n_matches > 1000); /* the stories are not all empty */
}

int suite_correlate(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_count),
        cmocka_unit_test(test_edge_is_exact),
        cmocka_unit_test(test_order_of_input_does_not_matter),
        cmocka_unit_test(test_same_time_goes_by_order),
        cmocka_unit_test(test_temporal_in_any_order),
        cmocka_unit_test(test_temporal_with_a_condition),
        cmocka_unit_test(test_missing_group_key_is_reported),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_hosts_are_apart),
        cmocka_unit_test(test_bound_on_hits),
        cmocka_unit_test(test_range_and_neq),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_two_correlations_on_one_rule),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_sums_are_exact),
        cmocka_unit_test(test_percentile_is_exact),
        cmocka_unit_test(test_event_under_two_rules_is_summed_once),
        cmocka_unit_test(test_ordered_with_a_condition),
        cmocka_unit_test(test_ordered_with_a_condition_names_the_row),
        cmocka_unit_test(test_lists_are_no_texts),
        cmocka_unit_test(test_matches_are_shared),
        cmocka_unit_test(test_chain_sees_all_matches),
        cmocka_unit_test(test_random_against_brute_force),
    };
    return cmocka_run_group_tests_name("correlate", tests, NULL, NULL);
}
