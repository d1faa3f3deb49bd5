#include "assess/reach.h"

#include "base/buf.h"
#include "base/intern.h"
#include "rule/logsource.h"

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

static str why_not(struct scan *scan, const struct sights *sights, const struct sigma_rule *rule,
                   struct arena *scratch)
{
    struct logsource_places places;
    logsource_resolve(&scan->rules->logsources, &rule->logsource, scratch, &places);
    if (places.n == 0)
        return arena_str(&scan->arena, places.why_not);
    for (u32 i = 0; i < places.n; i++)
        if (is_seen(sights, &places.places[i]))
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
    struct sights sights;
    collect_sights(scan, &sights);
    scan->could_not_fire = ARENA_ARRAY(&scan->arena, str, scan->rules->n_rules);
    /* Rules with the same log source have the same answer: remember the last ones by it. */
    struct intern seen;
    intern_init(&seen, NULL);
    VEC(str) answers = {0};
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct sigma_rule *const rule = scan->rules->rules[i];
        if (rule->correlation)
            continue;
        const str key =
            arena_printf(&scratch, "%.*s|%.*s|%.*s", STR_ARG(rule->logsource.category),
                         STR_ARG(rule->logsource.product), STR_ARG(rule->logsource.service));
        const u32 id = intern_add(&seen, key);
        if (id == answers.n)
            *VEC_PUSH(&answers) = why_not(scan, &sights, rule, &scratch);
        scan->could_not_fire[i] = answers.p[id];
    }
    VEC_FREE(&answers);
    VEC_FREE(&sights.all);
    intern_release(&sights.keys);
    intern_release(&seen);
    arena_release(&scratch);
}
