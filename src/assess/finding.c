#include "assess/finding.h"

#include <stdlib.h>

#include "assess/twin.h"
#include "base/buf.h"

#include "base/utf.h"

static int compare_hits(const void *a, const void *b)
{
    return scan_hit_order(*(const struct scan_hit *const *)a, *(const struct scan_hit *const *)b);
}

/* The first field of "A|B|C" that the event has and that is not empty. */
static str first_field(const struct scan_event *event, str names)
{
    str name;
    while (str_next(&names, '|', &name)) {
        const str text = scan_field(event, name);
        if (text.n)
            return text;
    }
    return S("?");
}

/* The rule's sentence: {A|B} becomes the first value of those fields, "?" where there is none. */
static str fill_sentence(str says, const struct scan_event *event, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 4096);
    while (says.n) {
        const size_t open = str_find_char(says, '{');
        const size_t close =
            open == SIZE_MAX ? SIZE_MAX : str_find_char(str_sub(says, open, says.n), '}');
        buf_add(&out, str_sub(says, 0, close == SIZE_MAX ? says.n : open));
        if (close == SIZE_MAX)
            break;
        buf_add(&out, str_sub(first_field(event, str_sub(says, open + 1, open + close)), 0, 300));
        says = str_sub(says, open + close + 1, says.n);
    }
    const str text = utf8_clean(arena, arena_str(arena, buf_str(&out)));
    buf_release(&out);
    return text;
}

/* After all are there: what a fuller record of the same process says, goes. */
static void join_twins(struct findings *out)
{
    for (size_t i = 0; i < out->all.n; i++) {
        const struct lead *const lead = twin_lead(out, i);
        if (!lead)
            continue;
        out->all.p[i].lead = lead;
        out->all.p[i].says = fill_sentence(lead->says, out->all.p[i].hit->event, &out->arena);
    }
}

void findings_make(const struct scan *scan, const struct coverage *coverage, struct findings *out)
{
    *out = (struct findings){0};
    out->leads = leads_read(scan->rules, &out->arena);
    const struct scan_hit **const order =
        ARENA_ARRAY(&out->arena, const struct scan_hit *, scan->hits.n);
    for (size_t i = 0; i < scan->hits.n; i++)
        order[i] = &scan->hits.p[i];
    if (scan->hits.n)
        qsort(order, scan->hits.n, sizeof *order, compare_hits);
    for (size_t i = 0; i < scan->hits.n; i++) {
        const struct lead *const lead = out->leads[order[i]->rule->index];
        const bool demoted =
            lead && !lead->anywhere && coverage_is_bystander(coverage, order[i]->event->host);
        *VEC_PUSH(&out->all) = (struct finding){
            .id = (u32)i + 1,
            .hit = order[i],
            .lead = demoted ? NULL : lead,
            .chain = NO_CHAIN,
            .says = lead && lead->says.n ? fill_sentence(lead->says, order[i]->event, &out->arena)
                                         : order[i]->rule->title,
        };
    }
    join_twins(out);
}

static bool is_stated(const struct finding *f)
{
    return f->hit->event->stated != TIME_NONE;
}

static void add_to_step(struct findings *out, struct chain *chain, u32 index)
{
    const struct finding *const f = &out->all.p[index];
    const i64 time = finding_time(f);
    struct step *step = NULL;
    VEC_EACH (&chain->steps, s)
        if (str_eq(s->act, f->lead->act) &&
            time - finding_time(&out->all.p[s->findings.p[s->findings.n - 1]]) <= ACT_NS)
            step = s;
    if (!step) {
        step = VEC_PUSH(&chain->steps);
        *step = (struct step){.act = f->lead->act, .time = time, .lead = index};
    } else if (is_stated(&out->all.p[step->lead]) && !is_stated(f) && !f->lead->supports &&
               time - step->time <= TIME_SECOND) {
        step->time = time;
        step->lead = index;
    } else if (out->all.p[step->lead].lead->supports && !f->lead->supports) {
        step->lead = index; /* what only supports does not speak for the step */
        step->time = time;
    }
    *VEC_PUSH(&step->findings) = index;
}

/* Does the finding open or continue a chain? Probes and refused attempts are the background of the
 * internet, and what only asks to be looked at may be innocent. */
static bool carries(const struct finding *f)
{
    return f->lead && !f->explained && !f->lead->supports && f->lead->stage >= STAGE_ATTEMPT &&
           f->lead->outcome != OUTCOME_ATTEMPTED && !f->lead->cleared && !lead_asks(f->lead) &&
           finding_time(f) != TIME_NONE;
}

static void open_chains(struct findings *out)
{
    for (u32 i = 0; i < out->all.n; i++) {
        struct finding *const f = &out->all.p[i];
        if (!carries(f))
            continue;
        for (u32 c = (u32)out->chains.n; c-- > 0;)
            if (out->chains.p[c].host ==
                f->hit->event->host) { /* the newest of this host; older ones ended earlier */
                f->chain = finding_time(f) - out->chains.p[c].last <= CHAIN_NS ? c : NO_CHAIN;
                break;
            }
        if (f->chain == NO_CHAIN) {
            f->chain = (u32)out->chains.n;
            *VEC_PUSH(&out->chains) = (struct chain){
                .host = f->hit->event->host, .first = finding_time(f), .last = finding_time(f)};
        }
        struct chain *const chain = &out->chains.p[f->chain];
        chain->last = MAX(chain->last, finding_time(f));
        if (chain->flaw.n == 0)
            chain->flaw = f->lead->flaw;
    }
}

/* What only supports, or asks to be looked at, joins a chain that has something of its own near. */
static void join_support(struct findings *out)
{
    VEC_EACH (&out->all, f) {
        if (!f->lead || f->explained || !(f->lead->supports || lead_asks(f->lead)) ||
            f->lead->stage < STAGE_ATTEMPT || finding_time(f) == TIME_NONE)
            continue;
        for (u32 c = 0; c < out->chains.n; c++) {
            const struct chain *const chain = &out->chains.p[c];
            if (chain->host == f->hit->event->host && finding_time(f) >= chain->first - NEAR_NS &&
                finding_time(f) <= chain->last + NEAR_NS)
                f->chain = c;
        }
    }
}

static const struct sigma_rule *correlation_of_flaw(const struct ruleset *rules, str flaw)
{
    for (u32 i = 0; i < rules->n_rules; i++)
        if (rules->rules[i]->correlation && !lead_is_own(rules->rules[i]) &&
            str_eq(yaml_text(yaml_get(rules->rules[i]->leadline, "flaw")), flaw))
            return rules->rules[i];
    return NULL;
}

static int compare_steps(const void *a, const void *b)
{
    const struct step *const x = a, *const y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->lead > y->lead) - (x->lead < y->lead);
}

void findings_chain(const struct scan *scan, const struct correlation_hit *hits, size_t n_hits,
                    struct findings *out)
{
    open_chains(out);
    join_support(out);
    for (u32 i = 0; i < out->all.n; i++)
        if (out->all.p[i].chain != NO_CHAIN)
            add_to_step(out, &out->chains.p[out->all.p[i].chain], i);
    VEC_EACH (&out->chains, chain) {
        qsort(chain->steps.p, chain->steps.n, sizeof *chain->steps.p, compare_steps);
        chain->first = chain->steps.p[0].time;
        VEC_EACH (&chain->steps, step)
            chain->last =
                MAX(chain->last, finding_time(&out->all.p[step->findings.p[step->findings.n - 1]]));
        chain->rule = chain->flaw.n ? correlation_of_flaw(scan->rules, chain->flaw) : NULL;
        for (size_t i = 0; i < n_hits && !chain->complete; i++)
            if (hits[i].host == chain->host && hits[i].last >= chain->first &&
                hits[i].first <= chain->last && hits[i].rule->leadline) {
                chain->rule = hits[i].rule;
                chain->complete = true;
            }
    }
}

void findings_release(struct findings *findings)
{
    VEC_EACH (&findings->chains, chain) {
        VEC_EACH (&chain->steps, step)
            VEC_FREE(&step->findings);
        VEC_FREE(&chain->steps);
    }
    VEC_FREE(&findings->chains);
    VEC_FREE(&findings->all);
    arena_release(&findings->arena);
}
