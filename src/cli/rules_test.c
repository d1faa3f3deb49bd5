/* rules_test.c: `leadline rules test DIR`: regression cases in the form of SigmaHQ's
 * regression_data.
 *
 * A case is an info.yml, which names one rule and the logs on which it must fire:
 *
 *   rule_metadata: [{id: 8a2f4b1c-…, title: …}]
 *   regression_tests_info:
 *     - {name: …, type: evtx, match_count: 1, path: regression_data/…/8a2f4b1c-….evtx}
 *
 * Paths are those of the repository that the rules come from. The log is looked for beside the
 * info.yml first, so that any part of the tree can be given, then by its path's end. Everything is
 * read twice: the cases, then the logs that they name. */
#include <stdio.h>

#include "base/jsonw.h"
#include "base/limits.h"
#include "cli/rules.h"
#include "report/escape.h"
#include "rule/sigma/yaml.h"

#define LIMIT_LOGS ((size_t)1 << 30) /* all logs of the cases together; SigmaHQ's are 16 MiB */

struct other {
    u32 rule;
    u64 hits;
};

struct log {
    str name, bytes;
};

struct rule_case {
    str info, id, title, type, path; /* info: name of the info.yml */
    u64 expected, found;
    bool exact; /* match_count was given; else one hit is enough */
    enum { CASE_OPEN, CASE_PASS, CASE_FAIL, CASE_SKIPPED } result;
    str why;
    struct other *others; /* hits of other rules on the same log */
    u32 n_others;
};

struct tester {
    struct arena arena;
    struct buf bytes; /* of the source being read */
    size_t held;
    bool logs; /* the second reading */
    VEC(struct rule_case) cases;
    VEC(struct log) files;
    const struct ruleset *set;
    struct schema schema;
    const struct matcher_ops *ops;
    void *matcher;
    u32 *out;
    u64 *hits; /* by rule, of the log being matched */
};

/* ------------------------------------------------------------------ reading the cases */

static str folder_of(str name)
{
    size_t n = name.n;
    while (n && name.p[n - 1] != '/' && name.p[n - 1] != '!')
        n--;
    return str_sub(name, 0, n);
}

static str base_of(str path)
{
    return str_sub(path, folder_of(path).n, path.n);
}

static bool is_beside(const struct rule_case *c, str name)
{
    const str folder = folder_of(c->info);
    return str_starts(name, folder) && str_eq(str_sub(name, folder.n, name.n), base_of(c->path));
}

static bool is_at_path(const struct rule_case *c, str name)
{
    const size_t before = name.n - c->path.n;
    return str_ends(name, c->path) && (before == 0 || memchr("/!", name.p[before - 1], 2));
}

static bool is_wanted(const struct tester *t, str name)
{
    if (!t->logs)
        return str_eq(base_of(name), S("info.yml"));
    VEC_EACH (&t->cases, c)
        if (c->path.n && (is_beside(c, name) || is_at_path(c, name)))
            return true;
    return false;
}

static struct rule_case *add_case(struct tester *t, str info, const struct yaml *rule)
{
    struct rule_case *const c = VEC_PUSH(&t->cases);
    *c = (struct rule_case){.info = info,
                            .id = yaml_text(yaml_get(rule, "id")),
                            .title = yaml_text(yaml_get(rule, "title")),
                            .expected = 1};
    return c;
}

static void settle(struct rule_case *c, int result, str why)
{
    c->result = result;
    c->why = why;
}

static void read_test(struct tester *t, str info, const struct yaml *rule, const struct yaml *test)
{
    struct rule_case *const c = add_case(t, info, rule);
    const struct yaml *const count = yaml_get(test, "match_count");
    c->type = yaml_text(yaml_get(test, "type"));
    c->path = yaml_text(yaml_get(test, "path"));
    c->exact = count != NULL;
    if (!c->id.n)
        settle(c, CASE_FAIL, S("the case names no rule (rule_metadata)"));
    else if (count && !str_u64(yaml_text(count), &c->expected))
        settle(c, CASE_FAIL, S("match_count is no number"));
    else if (!c->path.n)
        settle(c, CASE_FAIL, S("the test has no path"));
}

static void read_info(struct tester *t, str name, str text)
{
    const struct yaml **docs;
    u32 n;
    struct err err = {0};
    if (yaml_read(text, &t->arena, &docs, &n, &err) != OK || n != 1) {
        const str why =
            err.msg[0] ? arena_str(&t->arena, str_from(err.msg)) : S("one YAML document is needed");
        settle(add_case(t, name, NULL), CASE_FAIL, why);
        return;
    }
    const struct yaml *const rules = yaml_get(docs[0], "rule_metadata");
    const struct yaml *const tests = yaml_get(docs[0], "regression_tests_info");
    const struct yaml *const rule =
        rules && rules->type == YAML_LIST && rules->n == 1 ? rules->items[0] : NULL;
    const u32 n_tests = tests && tests->type == YAML_LIST ? tests->n : 0;
    if (n_tests == 0)
        settle(add_case(t, name, rule), CASE_SKIPPED, S("switched off: it lists no test"));
    for (u32 i = 0; i < n_tests; i++)
        read_test(t, name, rule, tests->items[i]);
}

static enum status on_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct tester *const t = arg;
    (void)head;
    if (!is_wanted(t, info->name))
        return END;
    *cookie = (void *)arena_str(&t->arena, info->name).p;
    buf_reset(&t->bytes);
    return OK;
}

static enum status on_data(void *arg, void *cookie, str bytes)
{
    struct tester *const t = arg;
    (void)cookie;
    t->held += bytes.n;
    if (t->held > LIMIT_LOGS)
        return ERR_LIMIT;
    buf_add(&t->bytes, bytes);
    return OK;
}

static enum status on_close(void *arg, void *cookie, const struct source_result *result)
{
    struct tester *const t = arg;
    const str name = str_from(cookie), bytes = arena_str(&t->arena, buf_str(&t->bytes));
    (void)result;
    if (t->logs)
        *VEC_PUSH(&t->files) = (struct log){name, bytes};
    else
        read_info(t, name, bytes);
    return OK;
}

static void on_refused(void *arg, str name, enum refusal refusal, const char *why)
{
    (void)arg;
    run_warn_refused(name, refusal_text(refusal), str_from(why));
}

static void on_broken(void *arg, str name, u64 off, const char *what)
{
    (void)arg;
    run_warn_damage(name, off, str_from(what), false);
}

static enum status read_folder(struct tester *t, const char *path, bool logs, struct err *err)
{
    const struct evidence_visitor visitor = {.open = on_open,
                                             .data = on_data,
                                             .close = on_close,
                                             .refused = logs ? NULL : on_refused,
                                             .damage = logs ? NULL : on_broken,
                                             .arg = t};
    t->logs = logs;
    const enum status status = evidence_read(&path, 1, NULL, &visitor, err);
    if (status == ERR_LIMIT)
        return err_set(err, ERR_LIMIT, "%s: the logs of its cases are larger than %zu MiB", path,
                       LIMIT_LOGS / MIB);
    if (status == OK && t->cases.n == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: there is no regression case in it (an info.yml for each rule, as in "
                       "SigmaHQ's regression_data)",
                       path);
    return status;
}

/* ------------------------------------------------------------------ running them */

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct tester *const t = arg;
    for (size_t i = 0; i < n; i++) {
        const u32 found = t->ops->match(t->matcher, &events[i], t->out);
        for (u32 k = 0; k < found; k++)
            t->hits[t->out[k]]++;
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    (void)arg, (void)damage;
}

static const struct log *find_log(const struct tester *t, const struct rule_case *c)
{
    VEC_EACH (&t->files, f)
        if (is_beside(c, f->name))
            return f;
    VEC_EACH (&t->files, f)
        if (is_at_path(c, f->name))
            return f;
    return NULL;
}

static u32 find_rule(const struct ruleset *set, str id)
{
    for (u32 i = 0; i < set->n_rules; i++)
        if (str_eq(set->rules[i]->id, id))
            return i;
    return UINT32_MAX;
}

/* Why the rule is not there, so that a rejected one is not taken for a forgotten one. */
static str why_absent(struct tester *t, str id)
{
    for (u32 i = 0; i < t->set->n_rejected; i++)
        if (str_eq(t->set->rejected[i].rule, id))
            return arena_join(&t->arena, S("the rule is rejected: "), t->set->rejected[i].why);
    return S("no rule with this id is loaded");
}

static void take_hits(struct tester *t, struct rule_case *c, u32 rule)
{
    u32 n = 0;
    for (u32 i = 0; i < t->set->n_rules; i++)
        n += i != rule && t->hits[i];
    c->others = ARENA_ARRAY(&t->arena, struct other, n);
    for (u32 i = 0; i < t->set->n_rules; i++)
        if (i != rule && t->hits[i])
            c->others[c->n_others++] = (struct other){i, t->hits[i]};
    c->found = t->hits[rule];
    if (c->found < c->expected)
        settle(c, CASE_FAIL,
               arena_printf(&t->arena, "%llu fewer than it must be",
                            (unsigned long long)(c->expected - c->found)));
    else if (c->exact && c->found > c->expected)
        settle(c, CASE_FAIL,
               arena_printf(&t->arena, "%llu more than match_count",
                            (unsigned long long)(c->found - c->expected)));
    else
        settle(c, CASE_PASS, STR_NONE);
}

static void run_case(struct tester *t, struct rule_case *c)
{
    const u32 rule = find_rule(t->set, c->id);
    const struct log *const log = find_log(t, c);
    const struct parser *const parser =
        log ? parser_for(str_sub(log->bytes, 0, PARSE_HEAD), log->name) : NULL;
    if (!parser && !str_eq(c->type, S("evtx"))) {
        settle(c, CASE_SKIPPED,
               arena_printf(&t->arena, "leadline reads no log of type '%.*s'",
                            STR_ARG(str_sub(c->type, 0, 40))));
    } else if (rule == UINT32_MAX) {
        settle(c, CASE_FAIL, why_absent(t, c->id));
    } else if (t->set->rules[rule]->correlation) {
        settle(c, CASE_SKIPPED, S("a correlation rule: only single events are tested"));
    } else if (!parser) {
        settle(c, CASE_FAIL, log ? S("its log cannot be read") : S("its log is not there"));
    } else {
        struct arena arena = {0};
        struct parse_env env = {
            .schema = &t->schema, .arena = &arena, .sink = {on_events, on_damage, t}};
        memset(t->hits, 0, t->set->n_rules * sizeof *t->hits);
        parse_memory(parser, log->bytes, log->name, LIMIT_BLOCK, &env);
        parse_env_release(&env);
        arena_release(&arena);
        take_hits(t, c, rule);
    }
}

static void run_cases(struct tester *t)
{
    const void *const compiled = t->ops->compile(t->set);
    schema_init(&t->schema, &t->set->fields);
    t->matcher = t->ops->open(compiled, &t->schema, 1);
    t->out = mem_calloc((size_t)t->set->n_rules + 1, sizeof *t->out);
    t->hits = mem_calloc((size_t)t->set->n_rules + 1, sizeof *t->hits);
    VEC_EACH (&t->cases, c)
        if (c->result == CASE_OPEN)
            run_case(t, c);
    t->ops->close(t->matcher);
    t->ops->free(compiled);
    mem_free(t->out);
    mem_free(t->hits);
    schema_release(&t->schema);
}

/* ------------------------------------------------------------------ telling */

struct totals {
    u32 passed, failed, skipped, others;
    u64 other_hits;
};

static struct totals count(const struct tester *t)
{
    struct totals sum = {0};
    VEC_EACH (&t->cases, c) {
        sum.passed += c->result == CASE_PASS;
        sum.failed += c->result == CASE_FAIL;
        sum.skipped += c->result == CASE_SKIPPED;
        sum.others += c->n_others;
        for (u32 i = 0; i < c->n_others; i++)
            sum.other_hits += c->others[i].hits;
    }
    return sum;
}

static const char *const result_words[] = {
    [CASE_OPEN] = "open", [CASE_PASS] = "pass", [CASE_FAIL] = "FAIL", [CASE_SKIPPED] = "skipped"};

static void print_text(const struct tester *t, const struct totals *sum, struct buf *out)
{
    buf_printf(out, "%-7s  %8s  %6s  %s\n", "result", "expected", "found", "rule, file");
    VEC_EACH (&t->cases, c) {
        char expected[24] = "-", found[24] = "-";
        if (c->result != CASE_SKIPPED)
            snprintf(expected, sizeof expected, "%s%llu",
                     c->exact ? "" : ">=", (unsigned long long)c->expected);
        if (c->result != CASE_SKIPPED)
            snprintf(found, sizeof found, "%llu", (unsigned long long)c->found);
        buf_printf(out, "%-7s  %8s  %6s  ", result_words[c->result], expected, found);
        escape(out, c->id.n ? c->id : S("no rule"), ESCAPE_PLAIN);
        buf_add(out, c->title.n ? S(" ") : S(""));
        escape(out, c->title, ESCAPE_PLAIN);
        buf_add(out, S(", "));
        escape(out, c->path.n ? c->path : c->info, ESCAPE_PLAIN);
        if (c->why.n) {
            buf_add(out, S(": "));
            escape(out, c->why, ESCAPE_PLAIN);
        }
        buf_char(out, '\n');
    }
    buf_printf(out, "%u passed, %u failed, %u skipped; other rules: %u fired, %llu hits\n",
               sum->passed, sum->failed, sum->skipped, sum->others,
               (unsigned long long)sum->other_hits);
}

static void print_others(const struct tester *t, const struct rule_case *c, struct jsonw *w)
{
    jsonw_key(w, "others");
    jsonw_array(w);
    for (u32 i = 0; i < c->n_others; i++) {
        const struct sigma_rule *const rule = t->set->rules[c->others[i].rule];
        jsonw_object(w);
        jsonw_member_str(w, "rule", rule->id);
        jsonw_member_str(w, "title", rule->title);
        jsonw_member_str(w, "level", rule->level);
        jsonw_member_u64(w, "hits", c->others[i].hits);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void print_json(const struct tester *t, const struct totals *sum, struct buf *out)
{
    static const char *const words[] = {"open", "pass", "fail", "skipped"};
    struct jsonw w = jsonw_start(out, JSONW_PRETTY);
    jsonw_object(&w);
    jsonw_member_z(&w, "schema", "leadline/rules-test/1");
    jsonw_key(&w, "cases");
    jsonw_array(&w);
    VEC_EACH (&t->cases, c) {
        jsonw_object(&w);
        jsonw_member_str(&w, "rule", c->id);
        jsonw_member_str(&w, "title", c->title);
        jsonw_member_str(&w, "info", c->info);
        jsonw_member_str(&w, "type", c->type);
        jsonw_member_str(&w, "path", c->path);
        jsonw_member_u64(&w, "expected", c->expected);
        jsonw_member_bool(&w, "exact", c->exact);
        jsonw_member_u64(&w, "found", c->found);
        jsonw_member_z(&w, "result", words[c->result]);
        jsonw_member_z(&w, "why", c->why.n ? c->why.p : NULL);
        print_others(t, c, &w);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_member_u64(&w, "passed", sum->passed);
    jsonw_member_u64(&w, "failed", sum->failed);
    jsonw_member_u64(&w, "skipped", sum->skipped);
    jsonw_object_end(&w);
    buf_char(out, '\n');
}

static enum status test_folder(struct tester *t, const struct options *options, struct err *err)
{
    const char *const path = options->operands.p[1];
    TRY(read_folder(t, path, false, err));
    TRY(read_folder(t, path, true, err));
    struct ruleset *set;
    TRY(run_load_rules(options, IMAGE_NONE, &set, err));
    t->set = set;
    run_cases(t);
    return OK;
}

enum status rules_test(const struct options *options, struct buf *out, bool *bad, struct err *err)
{
    static const char *const matchers[] = {"fast", "plain", NULL};
    const char *const matcher = options->values[OPT_MATCHER];
    bool json;
    TRY(rules_format(options, &json, err));
    if (matcher)
        TRY(option_word("matcher", matcher, matchers, err));
    if (options->operands.n != 2)
        return err_set(err, ERR_USAGE,
                       "'rules test' takes one folder or archive with regression cases");
    struct tester t = {.ops = matcher && strcmp(matcher, "plain") == 0 ? &matcher_plain
                                                                       : &matcher_fast};
    buf_init(&t.bytes, LIMIT_LOGS);
    const enum status status = test_folder(&t, options, err);
    if (status == OK) {
        const struct totals sum = count(&t);
        if (json)
            print_json(&t, &sum, out);
        else
            print_text(&t, &sum, out);
        *bad = sum.failed > 0 || sum.passed == 0; /* nothing run is nothing shown */
        ruleset_free((struct ruleset *)t.set);
    }
    VEC_FREE(&t.cases);
    VEC_FREE(&t.files);
    buf_release(&t.bytes);
    arena_release(&t.arena);
    return status;
}
