/* Lints: for each kind a rule that has it and one, as like it as can be, that has not. */
#include "check.h"

#include <stdio.h>

#include "agree.h"
#include "base/buf.h"
#include "base/timex.h"
#include "rule/lint.h"

#define TODAY  "2026-01-15"
#define TITLE  "title: t\nid: 1\n"
#define SEC    TITLE "logsource: {product: windows, service: security}\n"
#define PROC   TITLE "logsource: {product: windows, category: process_creation}\n"
#define ONE(x) "detection: {sel: {" x "}, condition: sel}\n"
#define CORR   "---\ntitle: c\nid: c\ncorrelation: {type: event_count, rules: ['1'], timespan: 1m, "

struct row {
    const char *kind, *bad, *good;
    const char *where; /* line:col of the lint */
    const char *text;  /* how it begins */
};

static const struct row rows[] = {
    {"no-title", "id: 1\nlogsource: {product: windows}\n" ONE("F: a"), SEC ONE("F: a"), "1:1",
     "no title"},
    {"no-id", "title: t\nlogsource: {product: windows}\n" ONE("F: a"), SEC ONE("F: a"), "1:1",
     "no id"},
    {"level", SEC ONE("F: a") "level: severe\n", SEC ONE("F: a") "level: high\n", "1:1",
     "unknown level"},
    {"status", SEC ONE("F: a") "status: tested\n", SEC ONE("F: a") "status: test\n", "5:9",
     "unknown status 'tested'"},
    {"texts", SEC ONE("F: a") "tags: {a: b}\n", SEC ONE("F: a") "tags: [a]\n", "5:7",
     "'tags' is not a list"},
    {"date", SEC ONE("F: a") "date: 2026-01-16\n", SEC ONE("F: a") "date: " TODAY "\n", "5:7",
     "'date' lies ahead"},
    {"date", SEC ONE("F: a") "date: 2025/01/16\n", SEC ONE("F: a") "date: 2025-01-16\n", "5:7",
     "'date' is no date"},
    {"date", SEC ONE("F: a") "date: 2025-13-01\n", SEC ONE("F: a") "date: 2025-12-01\n", "5:7",
     "'date' is no date"},
    {"date", SEC ONE("F: a") "date: 2025-02-02\nmodified: 2025-02-01\n",
     SEC ONE("F: a") "date: 2025-02-02\nmodified: 2025-02-02\n", "6:11", "modified before"},
    {"duplicate-id", SEC ONE("F: a") "---\n" SEC ONE("F: b"), SEC ONE("F: a"), "6:1", "id 1 again"},
    {"duplicate-title",
     SEC ONE("F: a") "---\ntitle: t\nid: 2\nlogsource: {product: windows}\n" ONE("F: a"),
     SEC ONE("F: a") "---\ntitle: u\nid: 2\nlogsource: {product: windows}\n" ONE("F: a"), "6:8",
     "the title of t.yml"},
    {"deprecated", "action: reset\n" SEC ONE("F: a"), SEC ONE("F: a"), "1:9",
     "'action' is Sigma 1"},
    {"all-single", SEC ONE("F|contains|all: x"), SEC ONE("F|contains|all: [x, y]"), "4:19",
     "'all' with a single value"},
    {"null-in-list", SEC ONE("F: [null, x]"), SEC ONE("F: null"), "4:19", "null in a list"},
    {"encoded-whole", SEC ONE("F|base64: x"), SEC ONE("F|base64|contains: x"), "4:19",
     "an encoded value"},
    {"log-source",
     "title: t\nid: 1\nlogsource: {category: process_creations}\n" ONE("cs-method: a"),
     "title: t\nid: 1\nlogsource: {category: webserver}\n" ONE("cs-method: a"), "3:12",
     "the rule can never fire: unknown category 'process_creations'"},
    {"unused-selection", SEC "detection: {a: {F: a}, b: {F: b}, condition: a}\n",
     SEC "detection: {a: {F: a}, b: {F: b}, condition: a or b}\n", "4:24",
     "selection 'b' is not used"},
    {"unused-selection", SEC "detection: {a: {F: a}, filter_x: {F: b}, condition: a}\n",
     SEC "detection: {a: {F: a}, filter_x: {F: b}, condition: a and not filter_x}\n", "4:24",
     "selection 'filter_x' is not used"},
    {"filter-polarity", SEC "detection: {a: {F: a}, filter: {G: b}, condition: a and filter}\n",
     SEC "detection: {a: {F: a}, filter: {G: b}, condition: a and not filter}\n", "4:24",
     "'filter' is asked for"},
    {"filter-polarity",
     SEC "detection: {a: {F: a}, filter_b: {G: b}, condition: a and 1 of filter_*}\n",
     SEC "detection: {a: {F: a}, filter_b: {G: b}, condition: not (not a or 1 of filter_*)}\n",
     "4:24", "'filter_b' is asked for"},
    {"filter-polarity",
     SEC ONE("F: a") "---\ntitle: f\nid: f\nlogsource: {product: windows}\nfilter: {rules: any, s: "
                     "{G: b}, condition: s}\n",
     SEC ONE("F: a") "---\ntitle: f\nid: f\nlogsource: {product: windows}\nfilter: {rules: any, s: "
                     "{G: b}, condition: not s}\n",
     "9:9", "the filter keeps only"},
    {"filter-idle",
     SEC ONE("F: a") "---\ntitle: f\nid: f\nlogsource: {product: windows}\nfilter: {rules: x, s: "
                     "{G: b}, condition: not s}\n",
     SEC ONE("F: a") "---\ntitle: f\nid: f\nlogsource: {product: windows}\nfilter: {rules: '1', s: "
                     "{G: b}, condition: not s}\n",
     "6:1", "filter: it is for no rule"},
    {"unknown-field", PROC ONE("Comandline: a"), PROC ONE("CommandLine: a"), "4:19",
     "no event of process_creation has a field 'Comandline'"},
    {"unknown-field", PROC ONE("commandLine: a"), PROC ONE("NewProcessName: a"), "4:19",
     "no event of process_creation has a field 'commandLine'"},
    {"unknown-field", PROC ONE("Image|fieldref: ParentImg"),
     PROC ONE("Image|fieldref: ParentImage"), "4:35",
     "no event of process_creation has a field 'ParentImg'"},
    {"field-case", SEC ONE("newProcessName: a"), SEC ONE("NewProcessName: a"), "4:19",
     "field 'newProcessName' differs"},
    {"never-true", PROC ONE("EventID: [1, 3]"), PROC ONE("EventID: [1, 4688]"), "4:32",
     "process_creation has no events 3"},
    {"never-true", SEC ONE("EventID: 70000"), SEC ONE("EventID: 4625"), "4:28",
     "'70000' is no event id"},
    {"never-true", SEC ONE("EventID: logon"), SEC ONE("EventID|contains: '46'"), "4:28",
     "'logon' is no event id"},
    {"never-true",
     TITLE "logsource: {product: windows, category: registry_add}\n" ONE("EventType: SetValue"),
     TITLE "logsource: {product: windows, category: registry_add}\n" ONE("EventType: createkey"),
     "4:30", "EventType of registry_add is never"},
    {"never-true", SEC ONE("F|all: [a, b]"), SEC ONE("F|all: [a, 'a*']"), "4:30",
     "no text is at once 'a' and 'b'"},
    {"never-true", SEC ONE("F|all: [a, b]"), SEC ONE("Data|all: [a, b]"), "4:30",
     "no text is at once 'a' and 'b'"},
    {"never-true", SEC ONE("F|endswith|all: [ab, cd]"), SEC ONE("F|contains|all: [ab, cd]"), "4:40",
     "no text is at once 'ab' and 'cd'"},
    {"never-true",
     SEC ONE(
         "F|startswith|all: ['a', 'b*c']") "#\n"
                                           "---\n"
                                           "title: u\nid: 2\nlogsource: {product: windows}\n" ONE(
                                               "F: a*, F|endswith: b, F|startswith: c"),
     SEC ONE("F: a*, F|endswith: b, F|startswith: A"), "10:41",
     "no text of F meets this and the test in line 10"},
    {"never-true", SEC ONE("F: [a.exe, b.exe], F|endswith: .dll"),
     SEC ONE("F: [a.exe, b.dll], F|endswith: .dll"), "4:38", "no text of F meets this"},
    {"never-true", SEC ONE("F: '4688', F|startswith: 'x'"), SEC ONE("F: '4688', F|contains: '8'"),
     "4:30", "no text of F meets this"},
    {"never-true", SEC ONE("F|gt: 5, F|lt: 3"), SEC ONE("F|gt: 3, F|lt: 5"), "4:28",
     "no number is above 5 and below 3"},
    {"always-true", SEC ONE("F|contains: ''"), SEC ONE("F: ''"), "4:31",
     "every text has the empty one"},
    {"regex-subset", SEC ONE("F|re: 'a(?!b)'"), SEC ONE("F|re: 'a(?:b)'"), "4:25", "a look-around"},
    {"regex-subset", SEC ONE("F|re: '(?<=a)b'"), SEC ONE("F|re: '(?i)b'"), "4:25", "a look-around"},
    {"regex-subset", SEC ONE("F|re: '(a)\\1'"), SEC ONE("F|re: '(a)\\\\1'"), "4:25",
     "a back reference"},
    {"regex-subset", SEC ONE("F|re: '(?>a)b'"), SEC ONE("F|re: '[(?>]b'"), "4:25",
     "an atomic group"},
    {"regex-wildcard", SEC ONE("F|re: 'tmp\\\\*.exe'"), SEC ONE("F|re: 'tmp\\\\.*\\.exe'"), "4:25",
     "the * repeats"},
    {"regex-wildcard", SEC ONE("F|re: 'abc*\\.dll$'"), SEC ONE("F|re: 'ab[c]*\\.dll$'"), "4:25",
     "the * repeats"},
    {"redundant-wildcard", SEC ONE("F|contains: '*a'"), SEC ONE("F|contains: '\\*a'"), "4:31",
     "'contains' has the * at the start"},
    {"redundant-wildcard", SEC ONE("F|contains: 'a*'"), SEC ONE("F|contains: 'a\\*'"), "4:31",
     "'contains' has the * at the end"},
    {"redundant-wildcard", SEC ONE("F|startswith: 'a*'"), SEC ONE("F|startswith: '*a'"), "4:33",
     "'startswith' has the * at the end"},
    {"redundant-wildcard", SEC ONE("F|endswith: '*a'"), SEC ONE("F|endswith: 'a*'"), "4:31",
     "'endswith' has the * at the start"},
    {"no-effect", SEC ONE("F|contains|cased: 123"), SEC ONE("F|contains|cased: 12a"), "4:37",
     "modifier 'cased' on a value"},
    {"no-effect", SEC ONE("F|re|i: '[0-9]+'"), SEC ONE("F|re|i: '[a-f]+'"), "4:27",
     "modifier 'i' on an expression"},
    {"no-effect", SEC ONE("F|contains|windash: [a, b]"), SEC ONE("F|contains|windash: [a, -b]"),
     "4:19", "modifier 'windash' on values"},
    {"duplicate-value", SEC ONE("F: [a, b, A]"), SEC ONE("F|contains|cased: [a, b, A]"), "4:29",
     "the value of line 4 again"},
    {"group-by", SEC ONE("EventID: 1") CORR "condition: {gt: 1}}\n",
     SEC ONE("EventID: 1") CORR "condition: {gt: 1}, group-by: User}\n", "8:14", "no group-by"},
    {"unknown-field", PROC ONE("Image: a") CORR "condition: {gt: 1}, group-by: Usr}\n",
     PROC ONE("Image: a") CORR "condition: {gt: 1}, group-by: User}\n", "8:82", "no event of"},
    {"percentile",
     SEC ONE("F: 1") "---\ntitle: c\nid: c\ncorrelation: {type: value_percentile, rules: ['1'], "
                     "timespan: 1m, group-by: [F], condition: {gt: 1, field: F}}\n",
     SEC ONE("F: 1") "---\ntitle: c\nid: c\ncorrelation: {type: value_percentile, rules: ['1'], "
                     "timespan: 1m, group-by: [F], condition: {gt: 1, field: F, percentile: 50}}\n",
     NULL, ""},
};

/* How many lints of that kind; the first one through *out. */
static u32 count_lints(const char *text, const char *kind, struct arena *arena,
                       struct ruleset **set, struct lint *out, u32 *total)
{
    const struct ruleset_text file = {S("t.yml"), str_from(text)};
    struct lints lints;
    struct err err = {0};
    i64 today;
    assert_true(time_parse(S(TODAY "T12:00:00Z"), &today));
    if (ruleset_load_texts(&file, 1, set, &err) != OK)
        fail_msg("%s", err.msg);
    if ((*set)->n_rejected)
        fail_msg("%s: %.*s", text, STR_ARG((*set)->rejected[0].why));
    lint_rules(*set, today, arena, &lints);
    *total = lints.n;
    u32 n = 0;
    for (u32 i = 0; i < lints.n; i++)
        if (strcmp(lints.all[i].kind, kind) == 0 && n++ == 0)
            *out = lints.all[i];
    return n;
}

static bool row_holds(const struct row *row, size_t at)
{
    struct arena arena = {0};
    struct ruleset *bad, *good;
    struct lint lint = {0}, none = {0};
    u32 total_bad, total_good;
    const u32 n_bad = count_lints(row->bad, row->kind, &arena, &bad, &lint, &total_bad);
    const u32 n_good = count_lints(row->good, row->kind, &arena, &good, &none, &total_good);
    char where[32];
    snprintf(where, sizeof where, "%u:%u", lint.line, lint.col);
    const bool holds = n_bad == 1 && n_good == 0 && total_bad == total_good + 1 &&
                       str_starts(lint.text, str_from(row->text)) &&
                       (!row->where || strcmp(where, row->where) == 0);
    if (!holds)
        fprintf(stderr, "row %zu: %s: %u (of %u) and %u (of %u), at %s: %.*s\n", at, row->kind,
                n_bad, total_bad, n_good, total_good, where, STR_ARG(lint.text));
    ruleset_free(bad);
    ruleset_free(good);
    arena_release(&arena);
    return holds;
}

static void test_rows(void **state)
{
    u32 n_wrong = 0;
    for (size_t i = 0; i < COUNT(rows); i++)
        n_wrong += !row_holds(&rows[i], i);
    assert_int_equal(n_wrong, 0);
}

static void test_hints(void **state)
{
    struct arena arena = {0};
    struct ruleset *set;
    struct lint lint = {0};
    u32 total;
    assert_int_equal(
        count_lints(PROC ONE("Comandline: a"), "unknown-field", &arena, &set, &lint, &total), 1);
    assert_str(lint.hint, "did you mean CommandLine?");
    assert_str(lint.rule, "1");
    assert_str(lint.file, "t.yml");
    ruleset_free(set);
    assert_int_equal(
        count_lints(PROC ONE("Paymentdue: a"), "unknown-field", &arena, &set, &lint, &total), 1);
    assert_true(str_starts(lint.hint, S("the test is always false")));
    ruleset_free(set);
    assert_true(lint_reject_hint(S("unknown modifier 'Contains'")).n > 0);
    assert_true(lint_reject_hint(S("needs translation: an aggregation")).n > 0);
    assert_int_equal(lint_reject_hint(S("something else")).n, 0);
    arena_release(&arena);
}

/* What a filter brought is of another file: it is not linted in the rule's. */
static void test_filters_are_left_out(void **state)
{
    struct arena arena = {0};
    struct ruleset *set;
    struct lint lint = {0};
    u32 total;
    assert_int_equal(
        count_lints(
            PROC ONE("Image: a") "---\ntitle: f\nid: f\nlogsource: {product: windows}\n"
                                 "filter: {rules: any, s: {Nonesuch: b}, condition: not s}\n",
            "unknown-field", &arena, &set, &lint, &total),
        0);
    assert_int_equal(total, 0);
    ruleset_free(set);
    arena_release(&arena);
}

/* The public rule set: what is said of it is worth reading, so the numbers may not grow unseen. */
static void golden_lints(const struct lints *lints, size_t folder, struct buf *out)
{
    for (u32 i = 0; i < lints->n; i++)
        buf_printf(out, "%.*s:%u:%u\t%s\t%.*s\n",
                   STR_ARG(str_sub(lints->all[i].file, folder, SIZE_MAX)), lints->all[i].line,
                   lints->all[i].col, lints->all[i].kind, STR_ARG(lints->all[i].text));
}

static void test_public_rules(void **state)
{
    const char *const dir = test_data_dir();
    char path[4096];
    struct arena arena = {0};
    struct lints lints;
    struct buf out;
    i64 today;
    if (!dir)
        skip();
    snprintf(path, sizeof path, "%s/sigmahq-rules-8eaafff1f.tar.zst", dir);
    struct ruleset *const set = agree_load_rules(path, false);
    buf_init(&out, 1 << 20);
    assert_true(time_parse(S("2026-12-31"), &today));
    lint_rules(set, today, &arena, &lints);
    golden_lints(&lints, strlen(path) + 1, &out);
    test_same_as(buf_str(&out), "golden/sigmahq-lints.txt");
    assert_true(lints.n * 50 < set->n_rules); /* under 2 % */
    buf_release(&out);
    ruleset_free(set);
    arena_release(&arena);
}

int suite_lint(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_filters_are_left_out),
        cmocka_unit_test(test_public_rules),
    };
    return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
