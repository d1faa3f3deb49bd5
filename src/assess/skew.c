#include "assess/skew.h"

#include <stdlib.h>

#define QUARTER ((i64)900 * TIME_SECOND)
#define LAG_MAX (TIME_SECOND / 2) /* kinds that are written at once lag by milliseconds, the others by seconds */
#define PAIR_NS (2 * TIME_SECOND) /* two logs see one process start within this */

static int compare_i64(const void *a, const void *b)
{
    const i64 x = *(const i64 *)a, y = *(const i64 *)b;
    return (x > y) - (x < y);
}

static i64 round_quarter(i64 ns)
{
    const i64 shifted = ns + QUARTER / 2;
    return (shifted / QUARTER - (shifted % QUARTER < 0)) * QUARTER;
}

static i64 median(i64 *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_i64);
    return values[n / 2];
}

static bool same_recorder(const struct scan *scan, const struct observation *a, u32 host, str format)
{
    return a->host == host && str_eq(scan->sources.p[a->source].format, format);
}

typedef VEC(i64) times;

/* All samples of one kind of event of the recorder; or of all kinds when id < 0 and `kinds` tells which count. */
static void collect(const struct scan *scan, u32 host, str format, i64 id, times *out)
{
    out->n = 0;
    VEC_EACH(&scan->observations, o)
        if (same_recorder(scan, o, host, format))
            VEC_EACH(&o->lags, lag)
                if (lag->id == id)
                    *VEC_PUSH(out) = lag->ns;
}

static void measure_lags(const struct scan *scan, struct skew *skew)
{
    times kind = {0}, all = {0};
    for (i64 id = 0; id < 256; id++) { /* Sysmon's event ids end at 29, 255 is its error */
        collect(scan, skew->host, skew->format, id, &kind);
        if (kind.n == 0)
            continue;
        const i64 middle = median(kind.p, kind.n);
        if (llabs(middle - round_quarter(middle)) <= LAG_MAX)
            VEC_EACH(&kind, ns)
                *VEC_PUSH(&all) = *ns;
    }
    if (all.n) {
        skew->add_ns = -round_quarter(median(all.p, all.n));
        skew->samples = (u32)all.n;
    }
    VEC_FREE(&kind);
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

static void collect_starts(const struct scan *scan, const struct skew *skew, bool sysmon, starts *out)
{
    VEC_EACH(&scan->observations, o)
        if (same_recorder(scan, o, skew->host, skew->format))
            VEC_EACH(&o->starts, start)
                if (start->sysmon == sysmon)
                    *VEC_PUSH(out) = *start;
    if (out->n)
        qsort(out->p, out->n, sizeof *out->p, compare_starts);
}

/* A process id is used again, so a pair is met when any start of that process in the other log falls together with it. */
static void count_pairs(const struct scan *scan, struct skew *skew)
{
    starts security = {0}, sysmon = {0};
    collect_starts(scan, skew, false, &security);
    collect_starts(scan, skew, true, &sysmon);
    size_t from = 0;
    VEC_EACH(&security, start) {
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
    VEC_EACH(&scan->observations, o) {
        const str format = scan->sources.p[o->source].format;
        bool known = false;
        VEC_EACH(&skews->all, s)
            known |= s->host == o->host && str_eq(s->format, format);
        if (known || o->lags.n == 0)
            continue;
        struct skew skew = {.host = o->host, .format = format};
        measure_lags(scan, &skew);
        if (skew.samples == 0)
            continue;
        count_pairs(scan, &skew);
        *VEC_PUSH(&skews->all) = skew;
    }
}

static const struct skew *find(const struct skews *skews, u32 host, str format)
{
    VEC_EACH(&skews->all, s)
        if (s->host == host && str_eq(s->format, format))
            return s;
    return NULL;
}

const struct skew *skew_find(const struct skews *skews, const struct scan *scan, const struct observation *o)
{
    /* Text logs are stamped by the server itself, in UTC: only event logs go through the recorder. */
    return str_starts(o->kind, S("evtx:")) ? find(skews, o->host, scan->sources.p[o->source].format) : NULL;
}

void skew_correct(struct scan *scan, const struct skews *skews)
{
    VEC_EACH(&scan->hits, hit) {
        struct scan_event *const e = hit->event;
        const struct skew *const s = str_starts(e->kind, S("evtx:")) ? find(skews, e->host, scan->sources.p[e->source].format) : NULL;
        e->time = e->stated != TIME_NONE ? e->stated
                  : e->recorded == TIME_NONE || !s ? e->recorded
                                                   : e->recorded + s->add_ns;
    }
    VEC_EACH(&scan->observations, o) {
        const struct skew *const s = skew_find(skews, scan, o);
        if (!s || s->add_ns == 0 || o->first == TIME_NONE)
            continue;
        o->first += s->add_ns;
        o->last += s->add_ns;
        VEC_EACH(&o->hours, h)
            h->hour += s->add_ns / (3600 * TIME_SECOND); /* whole hours: good enough for gaps of hours */
        VEC_EACH(&o->cleared, t)
            *t += *t == TIME_NONE ? 0 : s->add_ns;
    }
}

void skews_release(struct skews *skews)
{
    VEC_FREE(&skews->all);
}
