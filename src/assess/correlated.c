#include "assess/correlated.h"

#include "rule/logsource.h"

struct asked {
    const struct scan *scan;
    const struct hosts *hosts;
};

/* Rules name fields as their log source does: the same field may have another name in the evidence. */
static str field_of(const struct scan *scan, const struct scan_event *event, const struct sigma_rule *rule, str name)
{
    const str own = scan_field(event, name);
    if (own.p)
        return own;
    struct arena scratch = {0};
    struct logsource_places places;
    str found = STR_NONE;
    logsource_resolve(&scan->rules->logsources, &rule->logsource, &scratch, &places);
    for (u32 p = 0; p < places.n && !found.p; p++)
        for (u32 r = 0; r < places.places[p].n_renames && !found.p; r++)
            if (str_eq(places.places[p].renames[r].from, name))
                found = scan_field(event, places.places[p].renames[r].to);
    arena_release(&scratch);
    return found;
}

static bool value(void *arg, const struct corr_hit *hit, str field, str *out)
{
    const struct asked *const asked = arg;
    const struct scan_event *const event = asked->scan->hits.p[hit->order].event;
    *out = str_eq(field, S("Computer")) && hit->host != NO_HOST ? asked->hosts->names.p[hit->host]
                                                                       : field_of(asked->scan, event, asked->scan->rules->rules[hit->rule], field);
    return out->p != NULL;
}

void correlated_make(const struct scan *scan, const struct hosts *hosts, struct correlated *out)
{
    *out = (struct correlated){0};
    struct corr_hit *const hits = ARENA_ARRAY(&out->arena, struct corr_hit, scan->hits.n);
    const struct scan_event *last = NULL;
    u64 event = 0;
    for (size_t i = 0; i < scan->hits.n; i++) {
        const struct scan_hit *const hit = &scan->hits.p[i];
        if (hit->event != last)
            event = i; /* the hits of one event stand together */
        last = hit->event;
        hits[i] = (struct corr_hit){hit->rule->index, hit->event->host, hit->event->time, event};
    }
    struct asked asked = {scan, hosts};
    correlate(scan->rules, hits, (u32)scan->hits.n, value, &asked, &out->arena, &out->result);
    for (u32 i = 0; i < out->result.n; i++) {
        const struct corr_match *const m = &out->result.matches[i];
        *VEC_PUSH(&out->hits) = (struct correlation_hit){scan->rules->rules[m->rule], m->host, m->first, m->last};
    }
}

void correlated_release(struct correlated *correlated)
{
    VEC_FREE(&correlated->hits);
    arena_release(&correlated->arena);
}
