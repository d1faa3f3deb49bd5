/* Rules from text to ruleset: what is read, what is rejected and why, what is linted, how rules
 * refer to one another. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rule/builtin.h"
#include "rule/ruleset.h"

#define HEAD(id) "title: t" id "\nid: " id "\nlogsource: {product: windows}\n"
#define RULE(id) HEAD(id) "detection: {sel: {F: a}, condition: sel}\n"
#define CORR(id, rules)                                                                            \
    "title: t" id "\nid: " id "\ncorrelation: {type: temporal, timespan: 1m, rules: " rules "}\n"

static struct ruleset *load(const char *text)
{
    const struct ruleset_text file = {S("t.yml"), str_from(text)};
    struct ruleset *set;
    struct err err = {0};
    if (ruleset_load_texts(&file, 1, &set, &err) != OK)
        fail_msg("%s", err.msg);
    return set;
}

static void test_whole_rule(void **state)
{
    struct ruleset *const set =
        load("title: T\nid: I\nname: N\nstatus: test\nlevel: high\nauthor: A\ndescription: |\n  D\n"
             "tags: [attack.t1505]\nreferences: [one, two]\nlogsource:\n  product: windows\n"
             "  service: security\n  definition: text\ndetection:\n  sel:\n"
             "    EventID: 4624\n    A|contains|all:\n      - 'x\\*'\n      - true\n"
             "  other:\n    - word\n    - '7'\n"
             "  maps:\n    - B: null\n    - C: ''\n      D|re: a.b\n"
             "  condition: [sel, other or maps]\nleadline: {stage: attempt}\n");
    assert_int_equal(set->n_rules, 1);
    assert_int_equal(set->n_lints, 0);
    const struct sigma_rule *const r = set->rules[0];
    assert_str(r->title, "T");
    assert_str(r->description, "D\n");
    assert_int_equal(r->n_references, 2);
    assert_str(r->tags[0], "attack.t1505");
    assert_str(r->logsource.service, "security");
    assert_str(r->file, "t.yml");
    assert_int_equal(r->line, 1);
    assert_str(yaml_text(yaml_get(r->leadline, "stage")), "attempt");
    assert_int_equal(r->n_selections, 3);
    const struct sigma_group *const sel = r->selections[0].groups;
    assert_int_equal(sel->n_items, 2);
    assert_int_equal(sel->items[0].values[0].type, SIGMA_NUMBER);
    assert_str(sel->items[1].field, "A");
    assert_int_equal(sel->items[1].n_modifiers, 2);
    assert_str(sel->items[1].modifiers[1], "all");
    assert_str(sel->items[1].values[0].text, "x\\*");
    assert_int_equal(sel->items[1].values[1].type, SIGMA_BOOL);
    assert_int_equal(sel->items[1].line, 18);
    const struct sigma_item *const words = r->selections[1].groups->items;
    assert_int_equal(words->field.n, 0);
    assert_int_equal(words->n_values, 2);
    assert_int_equal(words->values[1].type, SIGMA_STRING);
    assert_int_equal(r->selections[2].n_groups, 2);
    assert_int_equal(r->selections[2].groups[0].items[0].values[0].type, SIGMA_NULL);
    assert_int_equal(r->n_conditions, 2);
    assert_int_equal(r->conditions[1]->op, SIGMA_OR);
    assert_int_not_equal(intern_find(&set->fields, S("D")), INTERN_NONE);
    ruleset_free(set);
}

static void test_rejects(void **state)
{
    static const struct {
        const char *text, *why;
        u32 line, col;
    } rows[] = {
        {"a: [", "not YAML: did not find expected node content while parsing a flow node", 2, 1},
        {"- a\n", "not a Sigma rule: the document is not a map", 1, 1},
        {"title: x\n", "not a Sigma rule: neither detection nor correlation", 1, 1},
        {"title: x\ndetection: {a: b, condition: a}\n", "no log source", 1, 1},
        {"title: x\nlogsource: {}\ndetection: {a: b}\n",
         "no log source: category, product or service must be given", 2, 12},
        {"logsource: {product: [a]}\ndetection: {a: b}\n",
         "bad value: 'product' of the log source must be a text", 1, 22},
        {HEAD("1") "detection: [a]\n", "no detection: it must be a map", 4, 12},
        {HEAD("1") "detection: {a: b}\n", "no condition", 4, 12},
        {HEAD("1") "detection: {a: b, condition: {c: d}}\n",
         "condition: must be a text or a list of texts", 4, 30},
        {HEAD("1") "detection:\n  a: b\n  condition: a and bb\n",
         "condition: unknown selection 'bb'", 6, 20},
        {HEAD("1") "detection:\n  a: b\n  condition: 'a and bb'\n",
         "condition: unknown selection 'bb'", 6, 21},
        {HEAD("1") "detection: {a: b, timeframe: 5m, condition: a}\n",
         "needs translation: 'timeframe' belongs to a correlation rule since Sigma 2", 4, 19},
        {HEAD("1") "detection: {a: [[b]], condition: a}\n",
         "bad selection: a list or map in a list of values", 4, 17},
        {HEAD("1") "detection: {a: [[b], {c: d}], condition: a}\n",
         "bad selection: a list in a list", 4, 17},
        {HEAD("1") "detection: {a: {'': b}, condition: a}\n", "bad selection: an empty field name",
         4, 17},
        {HEAD("1") "detection: {a: {F|: b}, condition: a}\n", "unknown modifier ''", 4, 17},
        {HEAD("1") "detection: {a: {F: [{b: c}]}, condition: a}\n",
         "bad selection: a list or map in a list of values", 4, 21},
        {HEAD("1") "detection: {a: {F|contains|contains: b}, condition: a}\n",
         "modifiers 'contains' and 'contains' cannot be combined", 4, 17},
        {HEAD("1") "detection: {a: {F|re|cased: b}, condition: a}\n",
         "modifiers 're' and 'cased' cannot be combined", 4, 17},
        {HEAD("1") "detection: {a: {F|fieldref: ''}, condition: a}\n",
         "bad value: 'fieldref' needs the name of a field", 4, 29},
        {HEAD("1") "detection: {a: {F|re: 'x['}, condition: a}\n",
         "bad regular expression: missing terminating ] for character class at offset 2 of 'x['", 4,
         23},
        {HEAD("1") "detection: {a: [''], condition: a}\n", "bad value: an empty keyword", 4, 17},
        {HEAD("1") "filter: [x]\n", "filter: must be a map", 4, 9},
        {HEAD("1") "filter: {sel: x, condition: sel}\n",
         "filter: 'rules' must name rules, or say any", 4, 9},
        {HEAD("1") "filter: {rules: x, sel: y}\n", "no condition", 4, 9},
        {RULE("1") "correlation: {}\n", "not a Sigma rule: both detection and correlation", 5, 14},
        {"correlation: x\n", "correlation: must be a map", 1, 14},
        {"correlation: {}\n", "correlation: unknown type ''", 1, 1},
        {"correlation: {type: foo}\n", "correlation: unknown type 'foo'", 1, 21},
        {"correlation: {type: temporal}\n", "correlation: 'rules' must name a rule", 1, 1},
        {"correlation: {type: temporal, rules: a}\n",
         "correlation: 'timespan' must be a number and one of s, m, h, d", 1, 1},
        {"correlation: {type: temporal, rules: a, timespan: 5w}\n",
         "correlation: 'timespan' must be a number and one of s, m, h, d", 1, 51},
        {"correlation: {type: temporal, rules: a, timespan: 99999999999999999999d}\n",
         "correlation: 'timespan' must be a number and one of s, m, h, d", 1, 51},
        {"correlation: {type: event_count, rules: a, timespan: 5m}\n",
         "correlation: 'condition' must hold a bound", 1, 1},
        {"correlation: {type: event_count, rules: a, timespan: 5m, condition: gt}\n",
         "correlation: 'condition' must be a map", 1, 69},
        {"correlation: {type: event_count, rules: a, timespan: 5m, condition: {gt: x}}\n",
         "correlation: a number is needed in 'condition'", 1, 74},
        {"correlation: {type: event_count, rules: a, timespan: 5m, condition: {foo: 1}}\n",
         "correlation: unknown key 'foo' in 'condition'", 1, 70},
        {"correlation: {type: event_count, rules: a, timespan: 5m, condition: {gt: 1, lt: 3, neq: "
         "2}}\n",
         "correlation: more than two bounds in 'condition'", 1, 84},
        {"correlation: {type: value_count, rules: a, timespan: 5m, condition: {gt: 1}}\n",
         "correlation: 'condition' must name a field", 1, 69},
        {"correlation: {type: value_sum, rules: a, timespan: 5m, condition: {field: [a, b], gt: "
         "1}}\n",
         "correlation: 'value_sum' takes one field", 1, 67},
        {"correlation: {type: value_percentile, rules: a, timespan: 5m, condition: {field: a, "
         "percentile: 101, gt: 1}}\n",
         "correlation: 'percentile' must be from 0 to 100", 1, 74},
        {"correlation: {type: event_count, rules: a, timespan: 5m, condition: {gt: "
         "0.1234567890123456789}}\n",
         "correlation: more than 18 decimals in 'condition'", 1, 74},
        {"correlation: {type: temporal, rules: a, timespan: 5m, aliases: [x]}\n",
         "correlation: 'aliases' must be a map of maps", 1, 64},
        {"correlation: {type: temporal, rules: a, timespan: 5m, aliases: {x: y}}\n",
         "correlation: 'aliases' must be a map of maps", 1, 68},
        {"correlation: {type: temporal, rules: a, timespan: 5m, aliases: {x: {y: [z]}}}\n",
         "correlation: an alias must name a field", 1, 72},
        {"correlation: {type: temporal, rules: {a: b}, timespan: 5m}\n",
         "bad value: 'rules' must be a text or a list of texts", 1, 38},
        {CORR("1", "[nonesuch]"), "correlation: rule 'nonesuch' is not there", 1, 1},
        {CORR("1", "['1']"),
         "correlation: rule '1' cannot be used: its own references lead nowhere or in a circle", 1,
         1},
    };
    u32 n_wrong = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ruleset *const set = load(rows[i].text);
        assert_int_equal(set->n_rejected, 1);
        assert_int_equal(set->n_rules, 0);
        const struct ruleset_reject *const have = &set->rejected[0];
        assert_str(have->file, "t.yml");
        const bool same = str_eq(have->why, str_from(rows[i].why)) && have->line == rows[i].line &&
                          have->col == rows[i].col;
        if (!same)
            fprintf(stderr, "row %zu: %u:%u: %.*s, expected %u:%u: %s\n", i, have->line, have->col,
                    STR_ARG(have->why), rows[i].line, rows[i].col, rows[i].why);
        n_wrong += !same;
        ruleset_free(set);
    }
    assert_int_equal(n_wrong, 0);
}

static void test_lints(void **state)
{
    static const char *const rows[][2] = {
        {"logsource: {product: windows}\nid: 1\ndetection: {a: b, condition: a}\n", "no title"},
        {"logsource: {product: windows}\ntitle: x\ndetection: {a: b, condition: a}\n", "no id"},
        {RULE("1") "level: severe\n", "unknown level"},
        {RULE("1") "tags: {a: b}\n", "'tags' is not a list of texts"},
        {RULE("1") "references: [[a]]\n", "'references' is not a list of texts"},
        {HEAD("1") "detection: {a: {F|contains|all: x}, condition: a}\n",
         "'all' with a single value has no effect"},
        {HEAD("1") "detection: {a: {F: [null, x]}, condition: a}\n",
         "null in a list is read as one more value"},
        {HEAD("1") "detection: {a: {F|base64: x}, condition: a}\n",
         "an encoded value without 'contains' must be the whole field"},
        {HEAD("1") "detection: {a: b, c: d, condition: a}\n", "selection 'c' is not used"},
        {RULE("1") "---\n" RULE("1"), "id 1 again: replaces the rule of t.yml line 1"},
        {"action: reset\n" RULE("1"), "'action' is Sigma 1: the documents were merged as it says"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ruleset *const set = load(rows[i][0]);
        assert_int_equal(set->n_rejected, 0);
        assert_int_equal(set->n_rules, 1);
        assert_int_equal(set->n_lints, 1);
        assert_str(set->lints[0].text, rows[i][1]);
        ruleset_free(set);
    }
}

/* A broken document takes no other with it, and each is named at its place in the file. */
static void test_broken_documents(void **state)
{
    static const struct {
        const char *text;
        u32 rules, rejected, line; /* of the first that is rejected */
    } rows[] = {
        {RULE("a") "---\nb: [\n---\n" RULE("c"), 2, 1, 7},
        {"b: [\n---\n" RULE("a") "---\nk: 1\nk: 2\n--- # last\n" RULE("c"), 2, 2, 2},
        {"--- \ttitle: [\n---\n" RULE("a"), 1, 1, 1},
        {RULE("a") "---\n" RULE("b") "... x: [\n", 1, 1, 10},
        {RULE("a") "--- |\n ---\n---\n---x: [\n---\n" RULE("c"), 2, 2, 5},
        /* Parts of one another: half of a rule never fires. */
        {"action: global\nb: [\n---\n" RULE("a"), 0, 1, 3},
        {RULE("a") "b: [\n", 0, 1, 6},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ruleset *const set = load(rows[i].text);
        if (set->n_rules != rows[i].rules || set->n_rejected != rows[i].rejected)
            fail_msg("row %zu: %u rules, %u rejected", i, set->n_rules, set->n_rejected);
        if (rows[i].rejected && set->rejected[0].line != rows[i].line)
            fail_msg("row %zu: line %u: %.*s", i, set->rejected[0].line,
                     STR_ARG(set->rejected[0].why));
        ruleset_free(set);
    }
}

/* A file without a rule is told. */
static void test_empty_files(void **state)
{
    static const char *const texts[] = {"", "\n", "# nothing yet\n", "---\n---\n", "~\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ruleset *const set = load(texts[i]);
        assert_int_equal(set->n_lints, 1);
        assert_str(set->lints[0].text, "no rule in this file");
        ruleset_free(set);
    }
}

static void test_collections_with_action(void **state)
{
    struct ruleset *const set = load("action: global\ntitle: both\nlogsource: {product: windows}\n"
                                     "detection: {sel: {F: a}, condition: sel}\n---\nid: 1\n---\n"
                                     "id: 2\nlogsource: {service: security}\n---\n"
                                     "action: repeat\nid: 3\n---\naction: reset\n" RULE("4"));
    assert_int_equal(set->n_rejected, 0);
    assert_int_equal(set->n_rules, 4);
    assert_str(set->rules[0]->title, "both");
    assert_str(set->rules[1]->logsource.product, "windows");
    assert_str(set->rules[1]->logsource.service, "security");
    assert_str(set->rules[2]->id, "3");
    assert_str(set->rules[2]->logsource.service, "security");
    assert_str(set->rules[3]->title, "t4");
    ruleset_free(set);
}

static void test_references_are_resolved(void **state)
{
    struct ruleset *const set =
        load(CORR("c2", "[c1, b]") "---\n" CORR("c1", "[a, nameb]") "---\n" RULE("a") "---\n" RULE(
            "b") "name: nameb\n---\n" CORR("bad",
                                           "[c3]") "---\n" CORR("c3",
                                                                "[bad]") "---\n" CORR("worse",
                                                                                      "[bad, a]"));
    assert_int_equal(set->n_rules, 4);
    assert_int_equal(set->n_rejected, 3);
    assert_int_equal(set->rules[0]->correlation->rules[0], 1);
    assert_int_equal(set->rules[0]->correlation->rules[1], 3);
    assert_int_equal(set->rules[1]->correlation->rules[1], 3);
    for (u32 i = 0; i < set->n_rules; i++)
        assert_int_equal(set->rules[i]->index, i);
    ruleset_free(set);
}

static void test_correlation_is_read(void **state)
{
    struct ruleset *const set =
        load(RULE("a") "name: na\n---\ntitle: c\nid: c\ncorrelation:\n  type: value_count\n  "
                       "rules: na\n  group-by: who\n"
                       "  timespan: 2h\n  generate: true\n  aliases: {who: {na: User}}\n"
                       "  condition: {gt: 2, lte: 5.5, field: [x, y]}\n");
    const struct sigma_correlation *const c = set->rules[1]->correlation;
    assert_int_equal(c->type, CORR_VALUE_COUNT);
    assert_int_equal(c->timespan_ns / 1000000000, 7200);
    assert_true(c->generate);
    assert_int_equal(c->n_bounds, 2);
    assert_int_equal(c->bounds[1].cmp, CMP_LTE);
    assert_true(c->bounds[1].limit == 11 * EXACT_ONE / 2);
    assert_int_equal(c->n_value_fields, 2);
    assert_int_equal(c->n_aliases, 1);
    assert_str(c->aliases[0].field, "User");
    assert_int_not_equal(intern_find(&set->fields, S("User")), INTERN_NONE);
    ruleset_free(set);
}

static void test_filters(void **state)
{
    struct ruleset *const set = load(RULE("a") "name: na\n---\n" RULE("b") "---\n" HEAD(
        "c") "detection: {x: {G: b}, condition: [x, not "
             "x]}\n---\n" HEAD("f1") "filter: {rules: [na, c], sel: "
                                     "{H: x}, condition: not "
                                     "sel}\n---\n" HEAD(
                                         "f2") "filter"
                                               ": "
                                               "{rules"
                                               ": "
                                               "any, "
                                               "k: "
                                               "word, "
                                               "condit"
                                               "ion: "
                                               "k}\n--"
                                               "-"
                                               "\n" HEAD("f"
                                                         "3") "filter: {rules: [nonesuch], k: "
                                                              "word, condition: not k}\n");
    assert_int_equal(set->n_rules, 3);
    assert_int_equal(set->n_rejected, 0);
    assert_int_equal(set->n_lints, 2);
    assert_str(set->lints[0].text,
               "the filter keeps only what its condition names; to exclude that, it must say not");
    assert_str(set->lints[1].text, "filter: it is for no rule that is loaded");
    assert_int_equal(set->rules[0]->n_selections, 3);
    assert_int_equal(set->rules[1]->n_selections, 2);
    const struct sigma_node *const both =
        set->rules[2]->conditions[1]; /* ((not x) and f1) and f2 */
    assert_int_equal(both->op, SIGMA_AND);
    assert_int_equal(both->kids[1]->kids[0]->selection, 2);
    const struct sigma_node *const first = both->kids[0];
    assert_int_equal(first->kids[0]->op, SIGMA_NOT);
    assert_int_equal(first->kids[1]->kids[0]->op, SIGMA_NOT);
    assert_int_equal(first->kids[1]->kids[0]->kids[0]->selection, 1);
    assert_int_not_equal(intern_find(&set->fields, S("H")), INTERN_NONE);
    ruleset_free(set);
}

/* ---- folders ---- */

static void make_folder(char folder[512])
{
    const char *const temporary = getenv("TMPDIR");
    snprintf(folder, 512, "%.480s/leadline-test-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(folder));
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_tree(const char *folder)
{
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static struct ruleset *load_path(const char *path, enum status want)
{
    const char *const paths[] = {path};
    const struct ruleset_source source = {.paths = paths, .n_paths = 1};
    struct ruleset *set = NULL;
    struct err err = {0};
    assert_int_equal(ruleset_load(&source, &set, &err), want);
    return set;
}

/* Links that lead back or to the same place end, and what is not read of a folder is told. */
static void test_links_among_rules(void **state)
{
    char folder[512], sub[520], link[530];
    make_folder(folder);
    snprintf(sub, sizeof sub, "%s/sub", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    put(folder, "a.yml", RULE("1"));
    put(sub, "x.yml", RULE("2"));
    static const char *const links[][2] = {
        {"b", "."},   {"c", "."}, {"sub/up", ".."}, {"t", "sub"}, {"gone.yml", "nowhere"},
        {"gone", "x"}};
    for (size_t i = 0; i < COUNT(links); i++) {
        snprintf(link, sizeof link, "%s/%s", folder, links[i][0]);
        assert_int_equal(symlink(links[i][1], link), 0);
    }
    snprintf(link, sizeof link, "%s/pipe.yml", folder);
    assert_int_equal(mkfifo(link, 0600), 0);
    struct ruleset *const set = load_path(folder, OK);
    assert_int_equal(set->n_rules, 2);
    assert_int_equal(set->n_rejected, 6); /* all but the link that has no name of a rule */
    ruleset_free(set);
    remove_tree(folder);
}

static void test_folders_in_byte_order(void **state)
{
    char folder[512], sub[520];
    make_folder(folder);
    snprintf(sub, sizeof sub, "%s/b", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    put(folder, "a.yml", RULE("1"));
    put(folder, "Z.yaml", RULE("2"));
    put(folder, "c.txt", "no rule");
    put(folder, ".hidden.yml", "no rule");
    put(sub, "x.yml", RULE("3"));
    struct ruleset *set = load_path(folder, OK);
    assert_int_equal(set->n_rules, 3);
    assert_int_equal(set->n_rejected, 0);
    assert_str(set->rules[0]->id, "2");
    assert_str(set->rules[1]->id, "1");
    assert_str(set->rules[2]->id, "3");
    char before[65];
    memcpy(before, set->sha256, sizeof before);
    ruleset_free(set);
    put(sub, "x.yml", RULE("3") "# more\n");
    set = load_path(folder, OK);
    assert_string_not_equal(before, set->sha256);
    assert_int_equal(strlen(before), 64);
    ruleset_free(set);
    assert_null(load_path("/nonexistent/folder", ERR_NOT_FOUND));
    assert_null(load_path("/dev/null", ERR_UNSUPPORTED));
    remove_tree(folder);
}

static void test_builtin_files(void **state)
{
    assert_true(n_builtin_files > 0);
    for (size_t i = 1; i < n_builtin_files; i++)
        assert_true(strcmp(builtin_files[i - 1].path, builtin_files[i].path) < 0);
    const str map = builtin_find("rules/logsources.yml");
    const str file = test_file(test_path("../rules/logsources.yml"));
    assert_true(str_eq(map, file));
    assert_null(builtin_find("rules/nonesuch").p);
    mem_free((char *)file.p);
}

/* ---- the public rule set ---- */

static str below(str path, const char *folder)
{
    return str_sub(path, strlen(folder) + 1, path.n);
}

static void golden_rejects(const struct ruleset *set, const char *folder, struct buf *out)
{
    for (u32 i = 0; i < set->n_rejected; i++)
        buf_printf(out, "%.*s\t%.*s\n", STR_ARG(below(set->rejected[i].file, folder)),
                   STR_ARG(set->rejected[i].why));
}

static void golden_unreachable(const struct ruleset *set, const char *folder, struct buf *out)
{
    struct arena arena = {0};
    for (u32 i = 0; i < set->n_rules; i++) {
        struct logsource_places places;
        logsource_resolve(&set->logsources, &set->rules[i]->logsource, &arena, &places);
        if (places.n == 0 && str_eq(set->rules[i]->logsource.product, S("windows")))
            buf_printf(out, "%.*s\t%.*s\n", STR_ARG(below(set->rules[i]->file, folder)),
                       STR_ARG(places.why_not));
    }
    arena_release(&arena);
}

static str source_name(const struct sigma_logsource *s, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%.*s/%.*s", STR_ARG(s->product), STR_ARG(s->category),
                        STR_ARG(s->service));
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

/* Every product/category/service of the set: how many rules have it, and where their events are, or
 * why they are nowhere. */
static void golden_sources(const struct ruleset *set, struct buf *out)
{
    struct arena arena = {0};
    str *const names = ARENA_ARRAY(&arena, str, set->n_rules);
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_logsource *const source = &set->rules[i]->logsource;
        struct logsource_places places;
        logsource_resolve(&set->logsources, source, &arena, &places);
        names[i] =
            places.n
                ? arena_printf(&arena, "%.*s\t%u place%s", STR_ARG(source_name(source, &arena)),
                               places.n, places.n == 1 ? "" : "s")
                : arena_printf(&arena, "%.*s\t%.*s", STR_ARG(source_name(source, &arena)),
                               STR_ARG(places.why_not));
    }
    qsort(names, set->n_rules, sizeof *names, by_name);
    for (u32 i = 0, n = 1; i < set->n_rules; i++, n++) {
        if (i + 1 < set->n_rules && str_eq(names[i], names[i + 1]))
            continue;
        buf_printf(out, "%.*s\t%u\n", STR_ARG(names[i]), n);
        n = 0;
    }
    arena_release(&arena);
}

static void test_public_rules(void **state)
{
    const char *const data = test_data_dir();
    char folder[512], command[1700], paths[3][600];
    if (!data)
        skip();
    make_folder(folder);
    snprintf(command, sizeof command, "tar --zstd -xf '%s/sigmahq-rules-8eaafff1f.tar.zst' -C '%s'",
             data, folder);
    assert_int_equal(system(command), 0);
    snprintf(paths[0], sizeof paths[0], "%s/rules", folder);
    snprintf(paths[1], sizeof paths[1], "%s/rules-emerging-threats", folder);
    snprintf(paths[2], sizeof paths[2], "%s/rules-threat-hunting", folder);
    const char *const list[] = {paths[0], paths[1], paths[2]};
    const struct ruleset_source source = {.paths = list, .n_paths = 3};
    struct ruleset *set;
    struct err err = {0};
    assert_int_equal(ruleset_load(&source, &set, &err), OK);
    assert_int_equal(set->n_rules + set->n_rejected, 3754);
    struct buf out;
    buf_init(&out, 1 << 20);
    golden_rejects(set, folder, &out);
    test_same_as(buf_str(&out), "golden/sigmahq-rejected.txt");
    buf_reset(&out);
    golden_unreachable(set, folder, &out);
    test_same_as(buf_str(&out), "golden/sigmahq-unreachable.txt");
    buf_reset(&out);
    golden_sources(set, &out);
    test_same_as(buf_str(&out), "golden/sigmahq-logsources.txt");
    assert_true(str_find(buf_str(&out), S("unknown")) == SIZE_MAX);
    buf_release(&out);
    ruleset_free(set);
    remove_tree(folder);
}

int suite_sigma_read(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_rule),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_lints),
        cmocka_unit_test(test_broken_documents),
        cmocka_unit_test(test_empty_files),
        cmocka_unit_test(test_collections_with_action),
        cmocka_unit_test(test_references_are_resolved),
        cmocka_unit_test(test_correlation_is_read),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_links_among_rules),
        cmocka_unit_test(test_folders_in_byte_order),
        cmocka_unit_test(test_builtin_files),
        cmocka_unit_test(test_public_rules),
    };
    return cmocka_run_group_tests_name("sigma_read", tests, NULL, NULL);
}
