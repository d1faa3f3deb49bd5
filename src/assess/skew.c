#include "assess/skew.h"

#include <stdlib.h>

#include "base/order.h"

#define QUARTER ((i64)900 * TIME_SECOND)
#define LAG_MAX                                                                                    \
    (TIME_SECOND /                                                                                 \
     2) /* kinds that are written at once lag by milliseconds, the others by seconds */
#define PAIR_NS (2 * TIME_SECOND) /* two logs see one process start within this */

static i64 round_quarter(i64 ns)
{
    const i64 shifted = ns + QUARTER / 2;
    return (shifted / QUARTER - (shifted % QUARTER < 0)) * QUARTER;
}

static i64 median(i64 *values, size_t n)
{
    qsort(values, n, sizeof *values, order_i64);
    return values[n / 2];
}

/* Observations of one recorder stand together: by host, then format, then as they stood. */
struct group {
    const struct observation **p;
    size_t n;
};

static str format_of(const struct scan *scan, const struct observation *o)
{
    return scan->sources.p[o->source].format;
}

static int compare_recorders(u32 host_a, str format_a, u32 host_b, str format_b)
{
    if (host_a != host_b)
        return host_a < host_b ? -1 : 1;
    return str_cmp(format_a, format_b);
}

static int compare_observations(const void *a, const void *b, void *scan)
{
    const struct observation *const x = *(const struct observation *const *)a,
                                    *const y = *(const struct observation *const *)b;
    const int d = compare_recorders(x->host, format_of(scan, x), y->host, format_of(scan, y));
    return d ? d : (x > y) - (x < y);
}

typedef VEC(i64) times;

static int compare_lags(const void *a, const void *b)
{
    const struct observed_lag *const x = a, *const y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->ns > y->ns) - (x->ns < y->ns);
}

/* Kinds of events whose median is near a quarter of an hour count; the median over all their
 * samples is the offset. */
static void measure_lags(const struct group *group, struct skew *skew)
{
    VEC(struct observed_lag) lags = {0};
    times all = {0};
    for (size_t i = 0; i < group->n; i++)
        VEC_EACH (&group->p[i]->lags, lag)
            if (lag->id >= 0 && lag->id < 256) /* Sysmon's event ids end at 29, 255 is its error */
                *VEC_PUSH(&lags) = *lag;
    if (lags.n)
        qsort(lags.p, lags.n, sizeof *lags.p, compare_lags);
    for (size_t from = 0, to; from < lags.n; from = to) {
        for (to = from; to < lags.n && lags.p[to].id == lags.p[from].id;)
            to++;
        const i64 middle = lags.p[from + (to - from) / 2].ns;
        for (size_t i = from; i < to && llabs(middle - round_quarter(middle)) <= LAG_MAX; i++)
            *VEC_PUSH(&all) = lags.p[i].ns;
    }
    if (all.n) {
        skew->add_ns = -round_quarter(median(all.p, all.n));
        skew->samples = (u32)all.n;
    }
    VEC_FREE(&lags);
    VEC_FREE(&all);
}

static int compare_starts(const void *a, const void *b)
{
    const struct observed_start *const x = a, *const y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

typedef VEC(struct observed_start) starts;

static void collect_starts(const struct group *group, bool sysmon, starts *out)
{
    for (size_t i = 0; i < group->n; i++)
        VEC_EACH (&group->p[i]->starts, start)
            if (start->sysmon == sysmon)
                *VEC_PUSH(out) = *start;
    if (out->n)
        qsort(out->p, out->n, sizeof *out->p, compare_starts);
}

/* A process id is used again, so a pair is met when any start of that process in the other log
 * falls together with it. */
static void count_pairs(const struct group *group, struct skew *skew)
{
    starts security = {0}, sysmon = {0};
    collect_starts(group, false, &security);
    collect_starts(group, true, &sysmon);
    size_t from = 0;
    VEC_EACH (&security, start) {
        while (from < sysmon.n && compare_starts(&sysmon.p[from], start) < 0)
            from++;
        bool met = false, there = false;
        for (size_t i = from; i < sysmon.n && compare_starts(&sysmon.p[i], start) == 0; i++) {
            there = true;
            met |= llabs(start->time + skew->add_ns - sysmon.p[i].time) <= PAIR_NS;
        }
        skew->pairs += there;
        skew->pairs_met += met;
    }
    VEC_FREE(&security);
    VEC_FREE(&sysmon);
}

void skew_measure(const struct scan *scan, struct skews *skews)
{
    *skews = (struct skews){0};
    const size_t n = scan->observations.n;
    const struct observation **const order = mem_calloc(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = &scan->observations.p[i];
    if (n)
        qsort_r(order, n, sizeof *order, compare_observations, (void *)scan);
    for (size_t from = 0, to; from < n; from = to) {
        struct skew skew = {.host = order[from]->host, .format = format_of(scan, order[from])};
        for (to = from; to < n && compare_recorders(skew.host, skew.format, order[to]->host,
                                                    format_of(scan, order[to])) == 0;)
            to++;
        const struct group group = {order + from, to - from};
        measure_lags(&group, &skew);
        if (skew.samples == 0)
            continue;
        count_pairs(&group, &skew);
        *VEC_PUSH(&skews->all) = skew; /* they come out in order, for find */
    }
    mem_free(order);
}

static const struct skew *find(const struct skews *skews, u32 host, str format)
{
    size_t from = 0, to = skews->all.n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const struct skew *const s = &skews->all.p[middle];
        const int d = compare_recorders(s->host, s->format, host, format);
        if (d == 0)
            return s;
        if (d < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const struct skew *skew_find(const struct skews *skews, const struct scan *scan,
                             const struct observation *o)
{
    /* Text logs are stamped by the server itself, in UTC: only event logs go through the recorder.
     */
    return str_starts(o->kind, S("evtx:")) ? find(skews, o->host, scan->sources.p[o->source].format)
                                           : NULL;
}

i64 skew_time(const struct skews *skews, const struct scan *scan, u32 host, u32 source,
              bool windows, i64 recorded, i64 stated)
{
    const struct skew *const s = windows ? find(skews, host, scan->sources.p[source].format) : NULL;
    return stated != TIME_NONE           ? stated
           : recorded == TIME_NONE || !s ? recorded
                                         : recorded + s->add_ns;
}

void skew_correct(struct scan *scan, const struct skews *skews)
{
    VEC_EACH (&scan->hits, hit) {
        struct scan_event *const e = hit->event;
        e->time = skew_time(skews, scan, e->host, e->source, str_starts(e->kind, S("evtx:")),
                            e->recorded, e->stated);
    }
    VEC_EACH (&scan->observations, o) {
        const struct skew *const s = skew_find(skews, scan, o);
        if (!s || s->add_ns == 0 || o->first == TIME_NONE)
            continue;
        o->first += s->add_ns;
        o->last += s->add_ns;
        VEC_EACH (&o->hours, h)
            h->hour +=
                s->add_ns / (3600 * TIME_SECOND); /* whole hours: good enough for gaps of hours */
        VEC_EACH (&o->cleared, t)
            *t += *t == TIME_NONE ? 0 : s->add_ns;
    }
}

void skews_release(struct skews *skews)
{
    VEC_FREE(&skews->all);
}
