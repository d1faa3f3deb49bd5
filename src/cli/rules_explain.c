/* rules_explain.c: `leadline rules explain RULE EVENT`: the rule as a tree, what each part of it
 * was on each event, what the event has where it asks, and what the fast matcher looks for:
 *
 *   record 7: does not match
 *     as      kind evtx, channel Security, event_id 4688
 *     false     condition
 *     false       and
 *     missing       OriginalFileName: x.exe
 *     true          Image|endswith (here NewProcessName): \cmd.exe  [C:\Windows\System32\cmd.exe]
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/rules.h"
#include "report/escape.h"
#include "rule/match/fast_show.h"

struct explain {
    const struct ruleset *rules;
    const struct sigma_rule *rule;
    struct schema schema;
    const void *compiled; /* by the fast matcher */
    struct explainer *explainer;
    u64 record; /* the only one that is wanted; 0: all */
    struct buf *out;
    u64 events, shown;
};

#define SHOWN 300 /* bytes of a value */

static void print_line(struct buf *out, const struct match_line *line)
{
    static const char *const words[] = {[MATCH_NOTE] = "as",
                                        [MATCH_FALSE] = "false",
                                        [MATCH_TRUE] = "true",
                                        [MATCH_MISSING] = "missing"};
    buf_printf(out, "  %-8s%*s", words[line->state], (int)line->depth * 2, "");
    escape(out, line->text, ESCAPE_PLAIN);
    if (line->value.p) {
        buf_add(out, S("  ["));
        escape_cut(out, line->value, SHOWN, ESCAPE_PLAIN);
        buf_char(out, ']');
    }
    buf_char(out, '\n');
}

static void print_texts(struct explain *x, const str *texts, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        buf_add(x->out, S("            "));
        escape_cut(x->out, texts[i], SHOWN, ESCAPE_PLAIN);
        buf_char(x->out, '\n');
    }
}

static void print_lines(struct explain *x, const struct fast_shown *form)
{
    switch (form->lines) {
    case LINES_NOT:
        break;
    case LINES_NEVER:
        buf_add(x->out, S("  lines   of such columns cannot match\n"));
        break;
    case LINES_TEXTS:
        buf_add(x->out, S("  lines   of a large log are passed over without one of these:\n"));
        print_texts(x, form->texts, form->n_texts);
        break;
    case LINES_COLUMN:
        buf_add(x->out, S("  lines   of a large log are passed over by what stands in "));
        escape(x->out, form->column, ESCAPE_PLAIN);
        buf_add(x->out, S(": no text tells them\n"));
        break;
    case LINES_ALL:
        buf_add(x->out, S("  lines   of a large log are all read: neither a text nor a column "
                          "tells those that cannot match\n"));
        break;
    }
}

static void print_compiled(struct explain *x, const struct shape *shape, struct arena *arena)
{
    struct fast_shown *forms;
    const u32 n = fast_show(x->compiled, x->rule->index, shape, arena, &forms);
    for (u32 i = 0; i < n; i++) {
        if (!forms[i].candidate)
            continue;
        buf_printf(x->out, "  looks for%s\n",
                   forms[i].n_needs ? " one of these, and reads the rest of the rule only then:"
                                    : " nothing beforehand: the rule is asked of every such event");
        print_texts(x, forms[i].needs, forms[i].n_needs);
        print_lines(x, &forms[i]);
    }
}

static void print_not_of_source(struct explain *x, const struct shape *shape, struct arena *arena)
{
    struct logsource_places places;
    logsource_resolve(&x->rules->logsources, &x->rule->logsource, arena, &places);
    buf_add(x->out, S("  the event is "));
    escape(x->out, shape_kind_text(shape, arena), ESCAPE_PLAIN);
    if (shape->event_id >= 0)
        buf_printf(x->out, ", event %lld", (long long)shape->event_id);
    buf_add(x->out, S(": not of the rule's log source, so it is not asked"));
    if (places.n == 0) {
        buf_add(x->out, S("; no event is: "));
        escape(x->out, places.why_not, ESCAPE_PLAIN);
    }
    buf_char(x->out, '\n');
    for (u32 p = 0; p < places.n; p++) {
        const struct logsource_place *const place = &places.places[p];
        buf_printf(x->out, "  wanted  %s", place->any_kind ? "any log" : kind_text(place->kind));
        for (u32 i = 0; i < place->n_channels; i++) {
            buf_add(x->out, i ? S(" or ") : S(", channel "));
            escape(x->out, place->channels[i], ESCAPE_PLAIN);
        }
        for (u32 i = 0; i < place->n_event_ids; i++)
            buf_printf(x->out, "%s%lld", i ? ", " : ", event ", (long long)place->event_ids[i]);
        buf_char(x->out, '\n');
    }
}

static void explain_event(struct explain *x, const struct event *event, struct arena *arena)
{
    struct match_line *lines;
    bool hit = false;
    const u32 n = match_tree(x->explainer, x->rule, event, &x->schema, arena, &lines);
    for (u32 i = 0; i < n; i++)
        hit |= lines[i].depth == 1 && lines[i].state == MATCH_TRUE &&
               str_eq(lines[i].text, S("condition"));
    buf_printf(x->out, "record %llu: %s\n", (unsigned long long)event->record,
               hit ? "matches" : "does not match");
    for (u32 i = 0; i < n; i++)
        print_line(x->out, &lines[i]);
    if (n == 0)
        print_not_of_source(x, event->shape, arena);
    else
        print_compiled(x, event->shape, arena);
}

static void explain_events(void *arg, const struct event *events, size_t n)
{
    struct explain *const x = arg;
    struct arena arena = {0};
    for (size_t i = 0; i < n; i++) {
        if (x->record && events[i].record != x->record)
            continue;
        x->shown++;
        explain_event(x, &events[i], &arena);
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
    const bool standard = strcmp(path, "-") == 0;
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 0; /* -1: errno says why */
    for (char *p; fd >= 0 && (p = buf_reserve(out, 65536)) && (n = read(fd, p, 65536)) > 0;)
        out->n += (size_t)n;
    const int errnum = errno;
    if (fd >= 0 && !standard)
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
        else if (x->shown == 0)
            status = err_set(err, ERR_NOT_FOUND, "%s: there is no record %llu among its %llu", path,
                             (unsigned long long)x->record, (unsigned long long)x->events);
    }
    buf_release(&data);
    arena_release(&arena);
    return status;
}

enum status rules_explain(const struct options *options, struct buf *out, struct err *err)
{
    struct ruleset *rules;
    u64 record = 0;
    const char *const number = options->values[OPT_RECORD];
    if (number && (!str_u64(str_from(number), &record) || record == 0))
        return err_set(err, ERR_USAGE, "--record is a number from 1, not '%s'", number);
    if (options->operands.n != 3)
        return err_set(err, ERR_USAGE,
                       "'rules explain' takes a rule (id or name) and a file with an event");
    TRY(run_load_rules(options, IMAGE_NONE, &rules, err));
    struct explain x = {.rules = rules,
                        .rule = find_rule(rules, str_from(options->operands.p[1])),
                        .record = record,
                        .out = out};
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
        x.compiled = matcher_fast.compile(rules);
        x.explainer = explainer_new(x.rules);
        status = explain_file(&x, options->operands.p[2], err);
        explainer_free(x.explainer);
        matcher_fast.free(x.compiled);
        schema_release(&x.schema);
    }
    ruleset_free(rules);
    return status;
}
