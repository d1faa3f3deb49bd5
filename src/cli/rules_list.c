/* rules_list.c: `leadline rules list`: what is loaded, what no evidence can meet, what was
 * rejected.
 */
#include "base/jsonw.h"
#include "cli/rules.h"
#include "report/escape.h"

/* Why no event can be of the rule's log source; nothing when one can, or when it is about other
 * rules. */
static str why_idle(const struct ruleset *rules, const struct sigma_rule *rule, struct arena *arena)
{
    struct logsource_places places;
    if (rule->correlation)
        return STR_NONE;
    logsource_resolve(&rules->logsources, &rule->logsource, arena, &places);
    return places.n ? STR_NONE : places.why_not;
}

static void print_text(const struct ruleset *rules, struct arena *arena, struct buf *out)
{
    u32 idle = 0;
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        const str why = why_idle(rules, rule, arena);
        if (rule->alert)
            continue;
        idle += why.n > 0;
        escape(out, rule->id, ESCAPE_PLAIN);
        buf_printf(out, "  %-13.*s  ", STR_ARG(rule->level));
        escape(out, rule->title, ESCAPE_PLAIN);
        buf_add(out, S("  "));
        escape(out, rule->file, ESCAPE_PLAIN);
        if (why.n) {
            buf_add(out, S("  cannot fire: "));
            escape(out, why, ESCAPE_PLAIN);
        }
        buf_char(out, '\n');
    }
    for (u32 i = 0; i < rules->n_rejected; i++) {
        const struct ruleset_reject *const r = &rules->rejected[i];
        escape(out, r->rule, ESCAPE_PLAIN);
        buf_printf(out, "%srejected       ", r->rule.n ? "  " : "");
        escape(out, r->why, ESCAPE_PLAIN);
        buf_add(out, S("  "));
        escape(out, r->file, ESCAPE_PLAIN);
        buf_printf(out, ":%u:%u\n", r->line, r->col);
    }
    buf_printf(out, "%u rules, %u of them cannot fire on any evidence; %u rejected\n",
               rules_written(rules), idle, rules->n_rejected);
}

static void add_rule(const struct ruleset *rules, const struct sigma_rule *rule,
                     struct arena *arena, struct jsonw *w)
{
    const str why = why_idle(rules, rule, arena);
    jsonw_object(w);
    jsonw_member_str(w, "id", rule->id);
    jsonw_member_str(w, "title", rule->title);
    jsonw_member_str(w, "level", rule->level);
    jsonw_member_str(w, "status", rule->status);
    jsonw_member_z(w, "type", rule->correlation ? "correlation" : "rule");
    jsonw_key(w, "logsource");
    jsonw_object(w);
    if (rule->logsource.category.n)
        jsonw_member_str(w, "category", rule->logsource.category);
    if (rule->logsource.product.n)
        jsonw_member_str(w, "product", rule->logsource.product);
    if (rule->logsource.service.n)
        jsonw_member_str(w, "service", rule->logsource.service);
    jsonw_object_end(w);
    jsonw_member_str(w, "file", rule->file);
    jsonw_member_u64(w, "line", rule->line);
    jsonw_key(w, "could_not_fire");
    if (why.n)
        jsonw_str(w, why);
    else
        jsonw_null(w);
    jsonw_object_end(w);
}

static void print_json(const struct ruleset *rules, struct arena *arena, struct buf *out)
{
    struct jsonw w = jsonw_start(out, JSONW_PRETTY);
    jsonw_object(&w);
    jsonw_member_z(&w, "schema", "leadline/rules-list/1");
    jsonw_key(&w, "rules");
    jsonw_array(&w);
    for (u32 i = 0; i < rules->n_rules; i++)
        if (!rules->rules[i]->alert)
            add_rule(rules, rules->rules[i], arena, &w);
    jsonw_array_end(&w);
    jsonw_key(&w, "rejected");
    jsonw_array(&w);
    for (u32 i = 0; i < rules->n_rejected; i++) {
        const struct ruleset_reject *const r = &rules->rejected[i];
        jsonw_object(&w);
        jsonw_member_str(&w, "rule", r->rule);
        jsonw_member_str(&w, "file", r->file);
        jsonw_member_u64(&w, "line", r->line);
        jsonw_member_u64(&w, "column", r->col);
        jsonw_member_str(&w, "why", r->why);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_char(out, '\n');
}

enum status rules_list(const struct options *options, struct buf *out, struct err *err)
{
    struct ruleset *rules;
    struct arena arena = {0};
    bool json;
    TRY(rules_format(options, &json, err));
    if (options->operands.n > 1)
        return err_set(err, ERR_USAGE, "'rules list' takes no operands: name rules with --rules");
    TRY(run_load_rules(options, IMAGE_NONE, &rules, err));
    if (json)
        print_json(rules, &arena, out);
    else
        print_text(rules, &arena, out);
    ruleset_free(rules);
    arena_release(&arena);
    return OK;
}
