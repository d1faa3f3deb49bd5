#include "assess/reach.h"

#include "base/buf.h"
#include "rule/logsource.h"

/* Is there an observation that events of this place could be part of? Providers are not observed, so they do not decide. */
static bool is_seen(const struct scan *scan, const struct logsource_place *given)
{
    struct logsource_place place = *given;
    place.n_providers = 0;
    VEC_EACH(&scan->observations, o) {
        struct shape shape = {.kind = o->shape_kind, .channel = o->channel, .event_id = -1};
        if (o->ids.n == 0 && logsource_fits(&place, &shape))
            return true;
        VEC_EACH(&o->ids, id) {
            shape.event_id = id->id;
            if (logsource_fits(&place, &shape))
                return true;
        }
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

static str why_not(struct scan *scan, const struct sigma_rule *rule, struct arena *scratch)
{
    struct logsource_places places;
    logsource_resolve(&scan->rules->logsources, &rule->logsource, scratch, &places);
    if (places.n == 0)
        return arena_str(&scan->arena, places.why_not);
    for (u32 i = 0; i < places.n; i++)
        if (is_seen(scan, &places.places[i]))
            return STR_NONE;
    struct buf text;
    buf_init(&text, 512);
    buf_add(&text, S("none of its sources is in the evidence: "));
    for (u32 i = 0; i < places.n && i < 4; i++) {
        if (i)
            buf_add(&text, S("; "));
        describe_place(&text, &places.places[i]);
    }
    const str why = arena_str(&scan->arena, buf_str(&text));
    buf_release(&text);
    return why;
}

void reach_judge(struct scan *scan)
{
    struct arena scratch = {0};
    scan->could_not_fire = ARENA_ARRAY(&scan->arena, str, scan->rules->n_rules);
    /* Rules with the same log source have the same answer: remember the last ones by it. */
    struct intern seen;
    intern_init(&seen, NULL);
    VEC(str) answers = {0};
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct sigma_rule *const rule = scan->rules->rules[i];
        if (rule->correlation)
            continue;
        const str key = arena_printf(&scratch, "%.*s|%.*s|%.*s", STR_ARG(rule->logsource.category), STR_ARG(rule->logsource.product),
                                     STR_ARG(rule->logsource.service));
        const u32 id = intern_add(&seen, key);
        if (id == answers.n)
            *VEC_PUSH(&answers) = why_not(scan, rule, &scratch);
        scan->could_not_fire[i] = answers.p[id];
    }
    VEC_FREE(&answers);
    intern_release(&seen);
    arena_release(&scratch);
}
