#include "assess/reach.h"

#include "base/buf.h"
#include "base/intern.h"
#include "rule/logsource.h"
#include "rule/sigma/check.h"

/* What there is in the evidence, each once. Events without an id have -1. */
struct sights {
    struct intern keys;
    VEC(struct sight_of {
        enum kind kind;
        str channel;
        i64 id;
    })
    all;
};

static void add_sight(struct sights *sights, const struct observation *o, i64 id)
{
    struct arena scratch = {0};
    const u32 at =
        intern_add(&sights->keys, arena_printf(&scratch, "%d|%lld|%.*s", (int)o->shape_kind,
                                               (long long)id, STR_ARG(o->channel)));
    arena_release(&scratch);
    if (at == sights->all.n)
        *VEC_PUSH(&sights->all) = (struct sight_of){o->shape_kind, o->channel, id};
}

static void collect_sights(const struct scan *scan, struct sights *out)
{
    *out = (struct sights){0};
    intern_init(&out->keys, NULL);
    VEC_EACH (&scan->observations, o) {
        if (o->ids.n == 0)
            add_sight(out, o, -1);
        VEC_EACH (&o->ids, id)
            add_sight(out, o, id->id);
    }
}

/* Is there anything that events of this place could be part of? Providers are not observed, so they
 * do not decide. */
static bool is_seen(const struct sights *sights, const struct logsource_place *given)
{
    struct logsource_place place = *given;
    place.n_providers = 0;
    VEC_EACH (&sights->all, sight) {
        const struct shape shape = {
            .kind = sight->kind, .channel = sight->channel, .event_id = sight->id};
        if (logsource_fits(&place, &shape))
            return true;
    }
    return false;
}

static void describe_place(struct buf *out, const struct logsource_place *place)
{
    if (place->n_channels)
        buf_add(out, place->channels[0]);
    else
        buf_add(out, str_from(place->any_kind ? "any log" : kind_text(place->kind)));
    for (u32 i = 0; i < MIN(place->n_event_ids, 3u); i++)
        buf_printf(out, "%s %lld", i ? "," : " event", (long long)place->event_ids[i]);
}

/* What a log source is found to be in this evidence: the same for all rules that have it. */
struct reached {
    struct logsource_places places;
    str why_not; /* empty: it is there */
};

static str why_not(struct scan *scan, const struct sights *sights,
                   const struct logsource_places *places)
{
    if (places->n == 0)
        return arena_str(&scan->arena, places->why_not);
    for (u32 i = 0; i < places->n; i++)
        if (is_seen(sights, &places->places[i]))
            return STR_NONE;
    struct buf text;
    buf_init(&text, 512);
    buf_add(&text, S("none of its sources is in the evidence: "));
    for (u32 i = 0; i < places->n && i < 4; i++) {
        if (i)
            buf_add(&text, S("; "));
        describe_place(&text, &places->places[i]);
    }
    const str why = arena_str(&scan->arena, buf_str(&text));
    buf_release(&text);
    return why;
}

/* ------------------------------------------------------------------ columns */

/* A rule at one place, and the columns that it asks for there in vain. */
struct asking {
    const struct scan *scan;
    const struct sigma_rule *rule;
    const struct logsource_place *place;
    VEC(str) missing;
};

/* Columns of text logs are known by their headers; what a Windows event holds differs from event to
 * event. */
static bool has_column(const struct asking *a, str field)
{
    const str name = logsource_rename(a->place, field);
    const u32 id = intern_find(&a->scan->rules->fields, name);
    return id == INTERN_NONE || a->scan->columns[id] >> a->place->kind & 1;
}

/* Could it hold where its column is missing? Only what asks for just that: null, exists, neq. */
static bool needs_column(const struct sigma_item *item)
{
    for (u32 i = 0; i < item->n_values; i++)
        if (item->values[i].type == SIGMA_NULL)
            return false;
    return item->field.n && !sigma_has_modifier(item, "exists") && !sigma_has_modifier(item, "neq");
}

static bool group_can(struct asking *a, const struct sigma_group *group)
{
    bool can = true;
    for (u32 i = 0; i < group->n_items; i++) {
        const struct sigma_item *const item = &group->items[i];
        if (!needs_column(item) || has_column(a, item->field))
            continue;
        can = false;
        bool known = false;
        VEC_EACH (&a->missing, name)
            known |= str_eq(*name, item->field);
        if (!known)
            *VEC_PUSH(&a->missing) = item->field;
    }
    return can;
}

/* Could the condition hold, whatever stands in the columns that there are? */
static bool node_can(struct asking *a, const struct sigma_node *node)
{
    const bool all = node->op == SIGMA_AND;
    bool can = all;
    if (node->op == SIGMA_NOT)
        return true;
    if (node->op == SIGMA_SELECTION) {
        const struct sigma_selection *const s = &a->rule->selections[node->selection];
        for (u32 i = 0; i < s->n_groups; i++)
            can |= group_can(a, &s->groups[i]);
        return can;
    }
    for (u32 i = 0; i < node->n_kids; i++) {
        const bool kid = node_can(a, node->kids[i]);
        can = all ? can && kid : can || kid;
    }
    return can;
}

/* Whether the rule could hold at a place that is in the evidence. */
static bool place_can(struct asking *a)
{
    const struct logsource_place *const place = a->place;
    bool can = place->any_kind || place->kind == KIND_WINDOWS || place->kind == KIND_JSON ||
               !a->scan->columns;
    for (u32 i = 0; i < a->rule->n_conditions && !can; i++)
        can = node_can(a, a->rule->conditions[i]);
    return can;
}

static str why_not_columns(struct scan *scan, const struct sights *sights,
                           const struct logsource_places *places, const struct sigma_rule *rule)
{
    struct asking a = {.scan = scan, .rule = rule};
    bool can = false;
    for (u32 i = 0; i < places->n && !can; i++) {
        a.place = &places->places[i];
        can = is_seen(sights, a.place) && place_can(&a);
    }
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < a.missing.n && !can; i++)
        buf_printf(&text, "%s%.*s", i ? ", " : "its log is there without columns that it needs: ",
                   STR_ARG(a.missing.p[i]));
    const str why = arena_str(&scan->arena, buf_str(&text));
    buf_release(&text);
    VEC_FREE(&a.missing);
    return why;
}

void reach_judge(struct scan *scan)
{
    struct arena scratch = {0};
    struct sights sights;
    collect_sights(scan, &sights);
    scan->could_not_fire = ARENA_ARRAY(&scan->arena, str, scan->rules->n_rules);
    /* Rules with the same log source have the same places: remember them by it. */
    struct intern seen;
    intern_init(&seen, NULL);
    VEC(struct reached) all = {0};
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct sigma_rule *const rule = scan->rules->rules[i];
        if (rule->correlation)
            continue;
        const str key =
            arena_printf(&scratch, "%.*s|%.*s|%.*s", STR_ARG(rule->logsource.category),
                         STR_ARG(rule->logsource.product), STR_ARG(rule->logsource.service));
        const u32 id = intern_add(&seen, key);
        if (id == all.n) {
            struct reached *const r = VEC_PUSH(&all);
            logsource_resolve(&scan->rules->logsources, &rule->logsource, &scratch, &r->places);
            r->why_not = why_not(scan, &sights, &r->places);
        }
        scan->could_not_fire[i] = all.p[id].why_not.n
                                      ? all.p[id].why_not
                                      : why_not_columns(scan, &sights, &all.p[id].places, rule);
    }
    VEC_FREE(&all);
    VEC_FREE(&sights.all);
    intern_release(&sights.keys);
    intern_release(&seen);
    arena_release(&scratch);
}
