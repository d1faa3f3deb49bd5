#include "assess/correlated.h"

#include "base/limits.h"

#include <stdlib.h>

/* What correlate asks, answered from the log. */
struct asked {
    const struct scan *scan;
    const struct hosts *hosts;
    const struct skews *skews;
    struct hitlog_reader reader;
    struct hitnote note;
};

static i64 note_time(const struct asked *a, const struct hitnote *note, u32 host)
{
    return a->skews ? skew_time(a->skews, a->scan, host, note->source, note->kind == KIND_WINDOWS,
                                note->recorded, note->stated)
                    : note->recorded;
}

static void describe(const struct asked *a, u64 id, struct corr_hit *out)
{
    const struct hitnote *const note = &a->note;
    const u32 host = hosts_find(a->hosts, note->host, note->source);
    *out = (struct corr_hit){note->rule, host, note_time(a, note, host), note->order, id};
}

/* --since, --until and --host leave some out. */
static bool is_left_out(const struct asked *a, const struct corr_hit *hit)
{
    return (a->hosts->only != NO_HOST && hit->host == NO_HOST) ||
           (hit->time != TIME_NONE &&
            ((a->scan->since != TIME_NONE && hit->time < a->scan->since) ||
             (a->scan->until != TIME_NONE && hit->time > a->scan->until)));
}

static void start(void *arg, u32 rule)
{
    hitlog_start(&((struct asked *)arg)->reader, rule);
}

static bool next(void *arg, struct corr_hit *out)
{
    struct asked *const a = arg;
    u64 id;
    do {
        if (!hitlog_next(&a->reader, &a->note, &id))
            return false;
        describe(a, id, out);
    } while (is_left_out(a, out));
    return true;
}

static void find(void *arg, u32 rule, u64 id, struct corr_hit *out)
{
    struct asked *const a = arg;
    if (!hitlog_find(&a->reader, rule, id, &a->note))
        a->note = (struct hitnote){.rule = rule, .recorded = TIME_NONE, .stated = TIME_NONE};
    describe(a, id, out);
}

static bool value(void *arg, const struct corr_hit *hit, str field, struct corr_value *out)
{
    const struct asked *const a = arg;
    const struct corr_fields *const fields = &a->scan->log.fields[hit->rule];
    *out = (struct corr_value){0};
    if (str_eq(field, S("Computer")) && hit->host != NO_HOST) {
        out->text = a->hosts->names.p[hit->host];
        return true;
    }
    for (u32 i = 0; i < MIN(fields->n, a->note.n_values); i++)
        if (str_eq(fields->names[i], field))
            *out = a->note.values[i];
    return out->text.p != NULL;
}

static void ask_begin(struct asked *a, const struct scan *scan, const struct hosts *hosts,
                      const struct skews *skews)
{
    *a = (struct asked){.scan = scan, .hosts = hosts, .skews = skews};
    hitlog_reader_init(&a->reader, &scan->log);
}

static void ask_end(struct asked *a)
{
    hitlog_reader_release(&a->reader);
}

/* ---- what they did not see ---- */

static void tell_cut(struct scan *scan, const struct sigma_rule *rule, str why)
{
    *VEC_PUSH(&scan->refusals) = (struct scan_refusal){
        arena_printf(&scan->arena, "correlation %.*s", STR_ARG(scan_rule_name(rule))),
        S(SCAN_CORRELATED), why};
}

static void tell_cut_ref(struct scan *scan, const struct sigma_rule *rule, u32 ref, u64 seen)
{
    const struct sigma_rule *const referred = scan->rules->rules[ref];
    tell_cut(scan, rule,
             arena_printf(&scan->arena, "\"%.*s\" saw only the first %llu of %llu hits of \"%.*s\"",
                          STR_ARG(rule->title), (unsigned long long)seen,
                          (unsigned long long)scan->log.seen[ref], STR_ARG(referred->title)));
}

static u64 seen_by(const struct corr_result *result, u32 rule, u32 ref, u64 logged)
{
    u64 seen = logged;
    for (u32 i = 0; i < result->n_cuts; i++)
        if (result->cuts[i].rule == rule && result->cuts[i].ref == ref)
            seen = MIN(seen, result->cuts[i].seen);
    return seen;
}

static bool tell_cuts_of(struct scan *scan, const struct corr_result *result,
                         const struct sigma_rule *rule)
{
    const struct sigma_correlation *const c = rule->correlation;
    bool cut = scan->log.spill.unreadable;
    for (u32 k = 0; k < c->n_refs; k++) {
        const u32 ref = c->rules[k];
        const u64 seen = seen_by(result, rule->index, ref, scan->log.kept[ref]);
        if (seen == scan->log.seen[ref])
            continue;
        tell_cut_ref(scan, rule, ref, seen);
        cut = true;
    }
    if (scan->log.spill.unreadable)
        tell_cut(scan, rule, S("a temporary file could not be read again: hits are missing"));
    for (u32 i = 0; i < result->n_cuts; i++)
        if (result->cuts[i].rule == rule->index && result->cuts[i].ref == UINT32_MAX) {
            tell_cut(scan, rule,
                     arena_printf(&scan->arena,
                                  "\"%.*s\" has more matches than are kept, or its hits could not "
                                  "be put in order: only the first %llu matches are known",
                                  STR_ARG(rule->title), (unsigned long long)result->cuts[i].seen));
            cut = true;
        }
    return cut;
}

static void tell_cuts(struct scan *scan, const struct corr_result *result)
{
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->rules->rules[i]->correlation)
            scan->correlations_cut += tell_cuts_of(scan, result, scan->rules->rules[i]);
}

void correlated_make(struct scan *scan, const struct hosts *hosts, const struct skews *skews,
                     struct correlated *out)
{
    *out = (struct correlated){0};
    struct asked asked;
    ask_begin(&asked, scan, hosts, skews);
    const struct corr_source source = {.start = start,
                                       .next = next,
                                       .find = find,
                                       .value = value,
                                       .arg = &asked,
                                       .folder = scan->log.spill.folder,
                                       .most_hits = scan->log.most};
    correlate(scan->rules, &source, &out->arena, &out->result);
    ask_end(&asked);
    for (u32 i = 0; i < out->result.n; i++) {
        const struct corr_match *const m = &out->result.matches[i];
        const struct sigma_rule *const rule = scan->rules->rules[m->rule];
        *VEC_PUSH(&out->hits) = (struct correlation_hit){rule, m->host, m->first, m->last};
    }
    tell_cuts(scan, &out->result);
}

/* ---- as hits ---- */

static struct match_reason *add_reason(struct scan *scan, struct scan_hit *hit, str field,
                                       str value, const char *test)
{
    struct match_reason *const reason = &hit->reasons[hit->n_reasons++];
    *reason = (struct match_reason){arena_str(&scan->arena, field), arena_str(&scan->arena, value),
                                    str_from(test)};
    return reason;
}

/* The event of a hit: the copy that was kept, else what the log knows of it. */
static struct scan_event *event_of(struct scan *scan, struct asked *a, const struct corr_ref *ref)
{
    struct arena *const arena = &scan->arena;
    struct corr_hit hit;
    find(a, ref->rule, ref->id, &hit);
    const struct hitnote *const note = &a->note;
    if (note->event)
        return note->event;
    const struct corr_fields *const fields = &scan->log.fields[ref->rule];
    const struct shape shape = {.kind = note->kind, .channel = note->channel};
    struct scan_event *const e = ARENA_NEW(arena, struct scan_event);
    *e = (struct scan_event){
        .source = note->source,
        .off = note->off,
        .record = note->record,
        .len = note->len,
        .carved = note->carved,
        .recorded = note->recorded,
        .stated = note->stated,
        .time = hit.time,
        .host = hit.host,
        .host_text = arena_str(arena, note->host),
        .kind = shape_kind_text(&shape, arena),
        .channel = arena_str(arena, note->channel),
        .provider = arena_str(arena, note->provider),
        .event_id = note->event_id,
        .fields = ARENA_ARRAY(arena, struct scan_field, fields->n),
        .raw = S(""),
        .raw_cut = true,
    };
    for (u32 i = 0; i < MIN(fields->n, note->n_values); i++)
        if (note->values[i].text.p)
            e->fields[e->n_fields++] =
                (struct scan_field){fields->names[i], arena_str(arena, note->values[i].text)};
    return e;
}

/* A match as a hit: its reasons are the group, the number and time of its events, and the steps of
 * an ordered one. */
static struct scan_hit hit_of(struct scan *scan, struct asked *a, const struct corr_match *m)
{
    const struct sigma_rule *const rule = scan->rules->rules[m->rule];
    struct scan_hit hit = {.rule = rule, .event = event_of(scan, a, &m->end)};
    hit.reasons = ARENA_ARRAY(&scan->arena, struct match_reason,
                              rule->correlation->n_group_by + m->n_steps + 1);
    for (u32 i = 0; i < rule->correlation->n_group_by; i++)
        (void)add_reason(scan, &hit, rule->correlation->group_by[i], m->group[i], "group-by");
    const str count = arena_printf(
        &scan->arena, "%llu hits from %.*s to %.*s", (unsigned long long)m->n_members,
        STR_ARG(time_text(&scan->arena, m->first)), STR_ARG(time_text(&scan->arena, m->last)));
    (void)add_reason(scan, &hit, S("correlation"), count, "members");
    for (u32 i = 0; i < m->n_steps; i++) {
        struct corr_hit step;
        if (m->steps[i].rule == UINT32_MAX)
            continue;
        find(a, m->steps[i].rule, m->steps[i].id, &step);
        const str when =
            arena_printf(&scan->arena, "%.*s %.*s", STR_ARG(time_text(&scan->arena, step.time)),
                         STR_ARG(scan->rules->rules[step.rule]->title));
        (void)add_reason(scan, &hit, S("correlation"), when, "step");
    }
    return hit;
}

void correlated_join(struct scan *scan, const struct hosts *hosts, const struct skews *skews,
                     const struct correlated *c, bool but_leads)
{
    struct asked asked;
    ask_begin(&asked, scan, hosts, skews);
    bool *const hidden = mem_calloc(scan->rules->n_rules + 1, sizeof *hidden);
    VEC(struct scan_hit) found = {0};
    corr_hidden(scan->rules, hidden);
    for (u32 i = 0; i < c->result.n; i++) {
        const struct corr_match *const m = &c->result.matches[i];
        const struct sigma_rule *const rule = scan->rules->rules[m->rule];
        if (hidden[m->rule] || m->n_members == 0 ||
            (but_leads && rule->leadline && !lead_is_own(rule)))
            continue;
        if (scan->counts[m->rule].hits++ >= LIMIT_HITS)
            continue;
        scan->counts[m->rule].kept++;
        *VEC_PUSH(&found) = hit_of(scan, &asked, m);
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
    ask_end(&asked);
}

void correlated_release(struct correlated *correlated)
{
    VEC_FREE(&correlated->hits);
    arena_release(&correlated->arena);
}
