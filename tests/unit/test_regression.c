/* Rules that must hit: the public regression cases, a rule and the event log that it has to fire
 * on; and regular expressions at their limits, where both matchers must give the same answer. */
#include "check.h"

#include <stdio.h>

#include "agree.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "event_make.h"
#include "evidence/evidence.h"
#include "parse/parse.h"
#include "rule/sigma/yaml.h"

static const struct matcher_ops *const sides[2] = {&matcher_plain, &matcher_fast};

/* ------------------------------------------------------------------ limits of regular expressions
 */

/* One rule over F, asked by one matcher of one event with F=value; whether it hit, and whether it
 * was told as limited. */
static void ask(const struct matcher_ops *ops, const char *detection, const char *event_text,
                bool *hit, bool *limited)
{
    struct arena arena = {0};
    const str text = arena_printf(
        &arena, "title: t\nid: 1\nlogsource: {product: windows}\ndetection:\n%s", detection);
    const struct ruleset_text file = {S("t.yml"), text};
    struct ruleset *set;
    struct err err = {0};
    if (ruleset_load_texts(&file, 1, &set, &err) != OK)
        fail_msg("%s", err.msg);
    assert_int_equal(set->n_rules, 1);
    struct schema schema;
    schema_init(&schema, &set->fields);
    const void *const compiled = ops->compile(set);
    void *const matcher = ops->open(compiled, &schema, 1);
    const struct event event = event_make(&schema, &arena, event_text);
    u32 out[1];
    *hit = ops->match(matcher, &event, out) == 1;
    assert_int_equal(ops->match(matcher, &event, out) == 1, *hit); /* from the caches */
    *limited = ops->limited(matcher)[0];
    ops->close(matcher);
    ops->free(compiled);
    schema_release(&schema);
    ruleset_free(set);
    arena_release(&arena);
}

#define PADDED "  sel: {F|re: 'x(a+)+y|z[0-9]z'}\n"
#define A20    "aaaaaaaaaaaaaaaaaaaa"

static void test_limits(void **state)
{
    static const struct {
        const char *detection, *event;
        bool hit, limited;
    } rows[] = {
        {PADDED "  condition: sel\n", "evtx Security/P#1 F=\"xaaaz1z\"", true, false},
        {PADDED "  condition: sel\n", "evtx Security/P#1 F=\"x" A20 "z1z\"", true,
         false}, /* one engine gives up */
        {PADDED "  condition: sel\n", "evtx Security/P#1 F=\"x" A20 A20 "z1z\"", false, true},
        {PADDED "  condition: sel\n", "evtx Security/P#1 F=\"x" A20 A20 "y\"", true, false},
        {PADDED "  condition: not sel\n", "evtx Security/P#1 F=\"x" A20 A20 "z1z\"", true, true},
        {PADDED "  o: {G: 1}\n  condition: o and sel\n",
         "evtx Security/P#1 F=\"x" A20 A20 "z1z\" G=2", false, false},
        {PADDED "  o: {G: 1}\n  condition: o or sel\n",
         "evtx Security/P#1 F=\"x" A20 A20 "z1z\" G=1", true, false},
        {PADDED "  o: {G: 1}\n  condition: o and sel\n",
         "evtx Security/P#1 F=\"x" A20 A20 "z1z\" G=1", false, true},
        {"  k:\n    F|re: '(?:a|b|ab)*c'\n  condition: k\n", "evtx Security/P#1 F=\"" A20 "bc\"",
         true, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int s = 0; s < 2; s++) {
            bool hit, limited;
            ask(sides[s], rows[i].detection, rows[i].event, &hit, &limited);
            if (hit != rows[i].hit || limited != rows[i].limited)
                fail_msg("row %zu, %s: hit %d, limited %d", i, sides[s]->name, hit, limited);
        }
}

/* So many groups one in the other that the interpreter's limit of levels ends it, and just-in-time
 * code does not mind. */
static void test_levels(void **state)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add(&text, S("evtx Security/P#1 F=\""));
    for (u32 i = 0; i < 5000; i++)
        buf_add(&text, S("ab"));
    buf_add(&text, S("c\""));
    buf_char(&text, 0);
    for (int s = 0; s < 2; s++) {
        bool hit, limited;
        ask(sides[s], "  sel: {F|re: '^(?:ab|ba)+c'}\n  condition: sel\n", buf_str(&text).p, &hit,
            &limited);
        assert_true(hit);
        assert_false(limited);
    }
    buf_release(&text);
}

/* ------------------------------------------------------------------ regression cases */

struct files {
    struct arena arena;
    struct buf bytes;
    VEC(struct ruleset_text) all; /* name and content */
};

static enum status open_file(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct files *const files = arg;
    (void)head;
    if (!str_ends(info->name, S("/info.yml")) && !str_ends(info->name, S(".evtx")))
        return END;
    *cookie = (void *)arena_str(&files->arena, info->name).p;
    buf_reset(&files->bytes);
    return OK;
}

static enum status take_bytes(void *arg, void *cookie, str bytes)
{
    (void)cookie;
    buf_add(&((struct files *)arg)->bytes, bytes);
    return OK;
}

static enum status close_file(void *arg, void *cookie, const struct source_result *result)
{
    struct files *const files = arg;
    (void)result;
    *VEC_PUSH(&files->all) =
        (struct ruleset_text){str_from(cookie), arena_str(&files->arena, buf_str(&files->bytes))};
    return OK;
}

static void read_files(struct files *files, const char *path)
{
    const struct evidence_visitor visitor = {
        .open = open_file, .data = take_bytes, .close = close_file, .arg = files};
    struct err err = {0};
    *files = (struct files){0};
    buf_init(&files->bytes, (size_t)1 << 30);
    if (evidence_read(&path, 1, NULL, &visitor, &err) != OK)
        fail_msg("%s: %s", path, err.msg);
    buf_release(&files->bytes);
}

struct cases {
    const struct ruleset *set;
    struct schema schema;
    const void *compiled[2];
    void *matchers[2];
    u32 *out[2];
    u32 rule; /* of the case */
    u64 hits[2], events, differences;
    u32 *others; /* by rule: hits of the plain matcher on the case's log */
    u32 n_run, n_wrong, n_more;
    struct buf golden;
    const char *rules; /* what the names of rule files begin with */
};

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct cases *const c = arg;
    for (size_t i = 0; i < n; i++) {
        u32 found[2];
        for (int s = 0; s < 2; s++) {
            found[s] = sides[s]->match(c->matchers[s], &events[i], c->out[s]);
            for (u32 k = 0; k < found[s]; k++)
                c->hits[s] += c->out[s][k] == c->rule;
        }
        for (u32 k = 0; k < found[0]; k++)
            c->others[c->out[0][k]]++;
        c->events++;
        c->differences += found[0] != found[1] ||
                          (found[0] && memcmp(c->out[0], c->out[1], found[0] * sizeof(u32)) != 0);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    (void)arg, (void)damage;
}

/* The case and what else its log sets off: the false positives of the set, as far as they can be
 * known. */
static void note_case(struct cases *c, str name, u64 wanted, bool exact)
{
    buf_printf(&c->golden, "%.*s\t%s%llu\t%llu\n", STR_ARG(name),
               exact ? "" : ">=", (unsigned long long)wanted, (unsigned long long)c->hits[0]);
    for (u32 i = 0; i < c->set->n_rules; i++) {
        const str file = c->set->rules[i]->file;
        if (i != c->rule && c->others[i])
            buf_printf(&c->golden, "\t%.*s\t%u\n",
                       STR_ARG(str_sub(file, strlen(c->rules) + 1, file.n)), c->others[i]);
    }
}

static void run_case(struct cases *c, str id, str name, str file, u64 least, bool exact)
{
    c->n_run++;
    memset(c->others, 0, c->set->n_rules * sizeof *c->others);
    c->hits[0] = c->hits[1] = 0;
    c->rule = UINT32_MAX;
    for (u32 i = 0; i < c->set->n_rules; i++)
        if (str_eq(c->set->rules[i]->id, id))
            c->rule = i;
    struct arena arena = {0};
    struct parse_env env = {
        .schema = &c->schema, .arena = &arena, .sink = {on_events, on_damage, c}};
    const struct parser *const parser = parser_for(str_sub(file, 0, PARSE_HEAD), name);
    assert_non_null(parser);
    assert_string_equal(parser->name, "evtx");
    parse_memory(parser, file, name, LIMIT_BLOCK, &env);
    parse_env_release(&env);
    arena_release(&arena);
    note_case(c, name, least, exact);
    c->n_more += exact && c->hits[0] > least;
    if (c->rule != UINT32_MAX && c->hits[0] >= least && c->hits[0] == c->hits[1])
        return;
    c->n_wrong++;
    fprintf(stderr, "%.*s: %s %llu hits (plain), %llu (fast), at least %llu expected\n",
            STR_ARG(name), c->rule == UINT32_MAX ? "no such rule," : "",
            (unsigned long long)c->hits[0], (unsigned long long)c->hits[1],
            (unsigned long long)least);
}

static str content_of(const struct files *files, str path)
{
    VEC_EACH (&files->all, f)
        if (path.n && str_ends(f->file, path))
            return f->text;
    fail_msg("%.*s is not in the archive", STR_ARG(path));
    return STR_NONE;
}

static void run_info(struct cases *c, const struct files *files, const struct ruleset_text *info)
{
    struct arena arena = {0};
    const struct yaml **docs;
    u32 n;
    struct err err = {0};
    if (yaml_read(info->text, &arena, &docs, &n, &err) != OK)
        fail_msg("%.*s: %s", STR_ARG(info->file), err.msg);
    assert_int_equal(n, 1);
    const struct yaml *const rules = yaml_get(docs[0], "rule_metadata"),
                             *const tests = yaml_get(docs[0], "regression_tests_info");
    for (u32 i = 0; tests && tests->type == YAML_LIST && i < tests->n; i++) {
        const str path = yaml_text(yaml_get(tests->items[i], "path"));
        u64 least = 1;
        if (!str_eq(yaml_text(yaml_get(tests->items[i], "type")), S("evtx")))
            continue;
        const bool exact = yaml_get(tests->items[i], "match_count") != NULL;
        if (exact)
            assert_true(str_u64(yaml_text(yaml_get(tests->items[i], "match_count")), &least) &&
                        least > 0);
        assert_true(rules && rules->type == YAML_LIST && rules->n == 1);
        run_case(c, yaml_text(yaml_get(rules->items[0], "id")), path, content_of(files, path),
                 least, exact);
    }
    arena_release(&arena);
}

static void test_cases(void **state)
{
    const char *const dir = test_data_dir();
    char path[4096];
    struct files files;
    if (!dir)
        skip();
    char rules[4096];
    snprintf(rules, sizeof rules, "%s/sigmahq-rules-8eaafff1f.tar.zst", dir);
    struct ruleset *const set = agree_load_rules(rules, false);
    snprintf(path, sizeof path, "%s/sigmahq-regression-half.tar.zst", dir);
    read_files(&files, path);
    struct cases c = {.set = set, .rules = rules};
    c.others = mem_calloc((size_t)set->n_rules + 1, sizeof *c.others);
    buf_init(&c.golden, 1 << 20);
    schema_init(&c.schema, &set->fields);
    for (int s = 0; s < 2; s++) {
        c.compiled[s] = sides[s]->compile(set);
        c.matchers[s] = sides[s]->open(c.compiled[s], &c.schema, 1);
        c.out[s] = mem_calloc((size_t)set->n_rules + 1, sizeof(u32));
    }
    VEC_EACH (&files.all, file)
        if (str_ends(file->file, S("/info.yml")))
            run_info(&c, &files, file);
    for (int s = 0; s < 2; s++) {
        for (u32 i = 0; i < set->n_rules; i++)
            assert_false(sides[s]->limited(c.matchers[s])[i]);
        sides[s]->close(c.matchers[s]);
        sides[s]->free(c.compiled[s]);
        mem_free(c.out[s]);
    }
    schema_release(&c.schema);
    ruleset_free(set);
    VEC_FREE(&files.all);
    arena_release(&files.arena);
    printf("regression: %u cases, %llu events\n", c.n_run, (unsigned long long)c.events);
    assert_int_equal(c.n_wrong, 0);
    assert_int_equal(c.differences, 0);
    assert_int_equal(c.n_run, 94);
    assert_int_equal(c.n_more, 2); /* docs/rules.md says of which records */
    test_same_as(buf_str(&c.golden), "golden/sigmahq-regression.txt");
    buf_release(&c.golden);
    mem_free(c.others);
}

int suite_regression(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_cases),
    };
    return cmocka_run_group_tests_name("regression", tests, NULL, NULL);
}
