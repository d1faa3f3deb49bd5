/* cmd_rules.c: rules without evidence: check, list; and explain, with one event. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "assess/lead.h"
#include "cli/run.h"
#include "report/escape.h"

/* Rules come from strangers as evidence does. */
static void add_note(struct buf *out, str file, u32 line, u32 col, const char *what, str text)
{
    escape(out, file, ESCAPE_PLAIN);
    buf_printf(out, ":%u:%u: %s: ", line, col, what);
    escape(out, text, ESCAPE_PLAIN);
    buf_char(out, '\n');
}

static enum status check(const struct options *options, struct buf *out, bool *bad, struct err *err)
{
    struct options only = *options;
    struct ruleset *rules;
    struct arena arena = {0};
    if (options->operands.n < 2)
        return err_set(err, ERR_USAGE, "'rules check' needs files or folders with rules");
    const struct ruleset_source source = {.paths = only.operands.p + 1,
                                          .n_paths = (u32)only.operands.n - 1,
                                          .placeholders = options->values[OPT_PLACEHOLDERS]};
    TRY(ruleset_load(&source, &rules, err));
    for (u32 i = 0; i < rules->n_rejected; i++)
        add_note(out, rules->rejected[i].file, rules->rejected[i].line, rules->rejected[i].col,
                 "rejected", rules->rejected[i].why);
    u32 lints = rules->n_lints, parts = 0;
    for (u32 i = 0; i < rules->n_lints; i++)
        add_note(out, rules->lints[i].file, rules->lints[i].line, rules->lints[i].col, "lint",
                 rules->lints[i].text);
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        const str wrong = rule->leadline ? lead_check(rule->leadline, &arena) : STR_NONE;
        if (wrong.n)
            add_note(out, rule->file, rule->line, 1, "lint", wrong);
        lints += wrong.n > 0;
        parts += rule->alert != NULL;
    }
    buf_printf(out, "%u rules loaded, %u rejected, %u lints\n", rules->n_rules - parts,
               rules->n_rejected, lints);
    *bad = rules->n_rejected > 0;
    ruleset_free(rules);
    arena_release(&arena);
    return OK;
}

static enum status list(const struct options *options, struct buf *out, struct err *err)
{
    struct ruleset *rules;
    if (options->operands.n > 1)
        return err_set(err, ERR_USAGE, "'rules list' takes no operands: name rules with --rules");
    u32 parts = 0;
    TRY(run_load_rules(options, &rules, err));
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        if (rule->alert) {
            parts++;
            continue;
        }
        escape(out, rule->id, ESCAPE_PLAIN);
        buf_printf(out, "  %-13.*s  ", STR_ARG(rule->level));
        escape(out, rule->title, ESCAPE_PLAIN);
        buf_add(out, S("  "));
        escape(out, rule->file, ESCAPE_PLAIN);
        buf_char(out, '\n');
    }
    buf_printf(out, "%u rules\n", rules->n_rules - parts);
    ruleset_free(rules);
    return OK;
}

struct explain {
    const struct ruleset *rules;
    const struct sigma_rule *rule;
    struct schema schema;
    void *matcher;
    struct explainer *explainer;
    u32 *matched;
    struct buf *out;
    u64 events;
};

static void explain_events(void *arg, const struct event *events, size_t n)
{
    struct explain *const x = arg;
    struct arena arena = {0};
    for (size_t i = 0; i < n; i++) {
        struct match_reason *reasons;
        const u32 hits = matcher_plain.match(x->matcher, &events[i], x->matched);
        bool is_hit = false;
        for (u32 k = 0; k < hits; k++)
            is_hit |= x->matched[k] == x->rule->index;
        buf_printf(x->out, "record %llu: %s\n", (unsigned long long)events[i].record,
                   is_hit ? "matches" : "does not match");
        const u32 n_reasons =
            match_explain(x->explainer, x->rule, &events[i], &x->schema, &arena, &reasons);
        for (u32 k = 0; k < n_reasons; k++) {
            buf_add(x->out, S("  true: "));
            escape(x->out, reasons[k].test, ESCAPE_PLAIN);
            buf_add(x->out, S("  value: "));
            escape(x->out, str_sub(reasons[k].value, 0, 300), ESCAPE_PLAIN);
            buf_char(x->out, '\n');
        }
        arena_reset(&arena);
    }
    x->events += n;
    arena_release(&arena);
}

static void ignore_damage(void *arg, const struct damage *damage)
{
    (void)arg;
    run_warn("offset %llu: %s", (unsigned long long)damage->off, damage->what);
}

static const struct sigma_rule *find_rule(const struct ruleset *rules, str name)
{
    for (u32 i = 0; i < rules->n_rules; i++)
        if (str_eq(rules->rules[i]->id, name) || str_eq(rules->rules[i]->name, name))
            return rules->rules[i];
    return NULL;
}

static enum status read_whole(const char *path, struct buf *out, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 0; /* -1: errno says why */
    for (char *p; fd >= 0 && (p = buf_reserve(out, 65536)) && (n = read(fd, p, 65536)) > 0;)
        out->n += (size_t)n;
    const int errnum = errno;
    if (fd >= 0)
        close(fd);
    if (out->full)
        return err_set(err, ERR_LIMIT,
                       "%s: larger than %zu bytes: give a file with the one event that matters",
                       path, out->max);
    return n < 0 ? err_set(err, status_from_errno(errnum), "%s: cannot read: %s", path,
                           strerror(errnum))
                 : OK;
}

static enum status explain_file(struct explain *x, const char *path, struct err *err)
{
    struct buf data;
    struct arena arena = {0};
    buf_init(&data, (size_t)64 << 20);
    enum status status = read_whole(path, &data, err);
    const struct parser *const parser =
        status == OK ? parser_for(buf_str(&data), str_from(path)) : NULL;
    if (status == OK && !parser)
        status = err_set(err, ERR_UNSUPPORTED, "%s: %s", path,
                         data.n ? "no log that leadline knows" : "empty");
    if (status == OK) {
        struct parse_env env = {
            .schema = &x->schema, .arena = &arena, .sink = {explain_events, ignore_damage, x}};
        parse_memory(parser, buf_str(&data), str_from(path), data.n, &env);
        parse_env_release(&env);
        if (x->events == 0)
            status = err_set(err, ERR_NOT_FOUND, "%s: there is no event in it", path);
    }
    buf_release(&data);
    arena_release(&arena);
    return status;
}

static enum status explain(const struct options *options, struct buf *out, struct err *err)
{
    struct ruleset *rules;
    if (options->operands.n != 3)
        return err_set(err, ERR_USAGE,
                       "'rules explain' takes a rule (id or name) and a file with an event");
    TRY(run_load_rules(options, &rules, err));
    struct explain x = {
        .rules = rules, .rule = find_rule(rules, str_from(options->operands.p[1])), .out = out};
    enum status status = OK;
    if (!x.rule)
        status = err_set(err, ERR_NOT_FOUND, "no rule with id or name '%s' is loaded",
                         options->operands.p[1]);
    else if (x.rule->correlation)
        status = err_set(
            err, ERR_UNSUPPORTED,
            "a correlation rule is about several events: explain one of the rules it refers to");
    if (status == OK) {
        schema_init(&x.schema, &rules->fields);
        const void *const compiled = matcher_plain.compile(rules);
        x.matcher = matcher_plain.open(compiled, &x.schema);
        x.explainer = explainer_new(x.rules);
        x.matched = mem_calloc(rules->n_rules, sizeof *x.matched);
        status = explain_file(&x, options->operands.p[2], err);
        explainer_free(x.explainer);
        matcher_plain.close(x.matcher);
        matcher_plain.free(compiled);
        mem_free(x.matched);
        schema_release(&x.schema);
    }
    ruleset_free(rules);
    return status;
}

int cmd_rules(const struct options *options)
{
    const char *const what = options->operands.n ? options->operands.p[0] : "";
    struct err err = {0};
    struct buf out;
    bool bad = false;
    buf_init(&out, (size_t)1 << 30);
    enum status status;
    if (strcmp(what, "check") == 0)
        status = check(options, &out, &bad, &err);
    else if (strcmp(what, "list") == 0)
        status = list(options, &out, &err);
    else if (strcmp(what, "explain") == 0)
        status = explain(options, &out, &err);
    else
        status = err_set(&err, ERR_USAGE,
                         *what ? "'rules' takes check, list or explain, not '%s'"
                               : "'rules' takes check, list or explain",
                         what);
    if (status == OK)
        status = run_write(NULL, buf_str(&out), &err);
    buf_release(&out);
    if (status != OK)
        return run_failed(&err);
    return bad && options->values[OPT_STRICT] ? EXIT_FAILED : 0;
}
