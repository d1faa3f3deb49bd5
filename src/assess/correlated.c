#include "assess/correlated.h"

#include "rule/logsource.h"

struct asked {
    const struct scan *scan;
    const struct hosts *hosts;
};

/* Rules name fields as their log source does: the same field may have another name in the evidence.
 */
static str field_of(const struct scan *scan, const struct scan_event *event,
                    const struct sigma_rule *rule, str name)
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
    *out = str_eq(field, S("Computer")) && hit->host != NO_HOST
               ? asked->hosts->names.p[hit->host]
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
        *VEC_PUSH(&out->hits) =
            (struct correlation_hit){scan->rules->rules[m->rule], m->host, m->first, m->last};
    }
}

static struct match_reason *add_reason(struct scan *scan, struct scan_hit *hit, str field,
                                       str value, const char *test)
{
    struct match_reason *const reason = &hit->reasons[hit->n_reasons++];
    *reason = (struct match_reason){arena_str(&scan->arena, field), arena_str(&scan->arena, value),
                                    str_from(test)};
    return reason;
}

/* A match as a hit: its reasons are the group, the number and time of its events, and the steps of
 * an ordered one. */
static struct scan_hit hit_of(struct scan *scan, const struct corr_match *m)
{
    const struct sigma_rule *const rule = scan->rules->rules[m->rule];
    struct scan_hit hit = {.rule = rule, .event = scan->hits.p[m->members[m->n_members - 1]].event};
    hit.reasons = ARENA_ARRAY(&scan->arena, struct match_reason,
                              rule->correlation->n_group_by + m->n_steps + 1);
    for (u32 i = 0; i < rule->correlation->n_group_by; i++)
        (void)add_reason(scan, &hit, rule->correlation->group_by[i], m->group[i], "group-by");
    const str count = arena_printf(&scan->arena, "%u hits from %.*s to %.*s", m->n_members,
                                   STR_ARG(time_text(&scan->arena, m->first)),
                                   STR_ARG(time_text(&scan->arena, m->last)));
    (void)add_reason(scan, &hit, S("correlation"), count, "members");
    for (u32 i = 0; i < m->n_steps; i++)
        if (m->steps[i] != UINT32_MAX) {
            const struct scan_hit *const step = &scan->hits.p[m->steps[i]];
            const str when = arena_printf(&scan->arena, "%.*s %.*s",
                                          STR_ARG(time_text(&scan->arena, step->event->time)),
                                          STR_ARG(step->rule->title));
            (void)add_reason(scan, &hit, S("correlation"), when, "step");
        }
    return hit;
}

void correlated_join(struct scan *scan, const struct correlated *c, bool but_leads)
{
    bool *const hidden = mem_calloc(scan->rules->n_rules + 1, sizeof *hidden);
    VEC(struct scan_hit) found = {0};
    corr_hidden(scan->rules, hidden);
    for (u32 i = 0; i < c->result.n; i++) {
        const struct corr_match *const m = &c->result.matches[i];
        const struct sigma_rule *const rule = scan->rules->rules[m->rule];
        if (hidden[m->rule] || m->n_members == 0 || (but_leads && rule->leadline))
            continue;
        scan->counts[m->rule].hits++;
        scan->counts[m->rule].kept++;
        *VEC_PUSH(&found) = hit_of(scan, m);
    }
    size_t n = 0;
    for (size_t i = 0; i < scan->hits.n; i++)
        if (!hidden[scan->hits.p[i].rule->index] || (but_leads && scan->hits.p[i].rule->leadline))
            scan->hits.p[n++] = scan->hits.p[i];
    scan->hits.n = n;
    VEC_EACH (&found, hit)
        *VEC_PUSH(&scan->hits) = *hit;
    VEC_FREE(&found);
    mem_free(hidden);
}

void correlated_release(struct correlated *correlated)
{
    VEC_FREE(&correlated->hits);
    arena_release(&correlated->arena);
}
