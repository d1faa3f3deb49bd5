#include "assess/coverage.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/order.h"

static const struct sight_row {
    enum stage stage;
    const char *kind;
    i64 id;
    enum sight sight;
    const char *what;
} sight_rows[] = {
#define SIGHT(stage, kind, id, sure, what) {STAGE_##stage, kind, id, SIGHT_##sure, what},
#include "assess/sights.def"
#undef SIGHT
};

/* What is only needed while the lines are being summed. */
struct summing {
    struct coverage *coverage;
    const struct scan *scan;
    const struct skews *skews;
    struct intern keys;                        /* host and kind → place in coverage.sources */
    VEC(struct hours { VEC(i64) all; }) hours; /* by that place */
    u32 *damages;                              /* by source of the scan */
};

static u32 source_for(struct summing *sum, u32 host, str kind)
{
    struct arena scratch = {0};
    const u32 id = intern_add(&sum->keys, arena_printf(&scratch, "%u|%.*s", host, STR_ARG(kind)));
    arena_release(&scratch);
    if (id == sum->coverage->sources.n) {
        *VEC_PUSH(&sum->coverage->sources) = (struct coverage_source){
            .kind = kind, .host = host, .first = TIME_NONE, .last = TIME_NONE};
        *VEC_PUSH(&sum->hours) = (struct hours){0};
    }
    return id;
}

static void add_ids(struct coverage_source *s, const struct observation *o)
{
    VEC_EACH (&o->ids, id) {
        bool known = false;
        VEC_EACH (&s->ids, have)
            if (have->id == id->id) {
                have->n += id->n;
                known = true;
                break;
            }
        if (!known)
            *VEC_PUSH(&s->ids) = *id;
    }
}

static void count_carved(struct coverage *c, const struct observation *o)
{
    VEC_EACH (&c->carved, have)
        if (have->host == o->host && str_eq(have->kind, o->kind)) {
            have->events += o->events;
            return;
        }
    if (o->events)
        *VEC_PUSH(&c->carved) = (struct coverage_carved){o->kind, o->host, o->events};
}

/* Of carved records only what does not speak of time that is covered. */
static void add_carved(struct summing *sum, const struct observation *o)
{
    count_carved(sum->coverage, o);
    if (o->cleared.n == 0 && !o->exchange)
        return;
    struct coverage_source *const s = &sum->coverage->sources.p[source_for(sum, o->host, o->kind)];
    s->exchange |= o->exchange;
    VEC_EACH (&o->cleared, t)
        *VEC_PUSH(&s->cleared) = *t;
}

static void add_observation(struct summing *sum, const struct observation *o)
{
    const u32 at = source_for(sum, o->host, o->kind);
    struct coverage_source *const s = &sum->coverage->sources.p[at];
    s->files += o->events > 0;
    s->events += o->events;
    s->exchange |= o->exchange;
    s->damage += sum->damages[o->source];
    const struct skew *const skew = skew_find(sum->skews, sum->scan, o);
    s->skew = skew ? skew : s->skew;
    if (o->first != TIME_NONE) {
        s->first = s->first == TIME_NONE ? o->first : MIN(s->first, o->first);
        s->last = MAX(s->last, o->last);
    }
    VEC_EACH (&o->cleared, t)
        *VEC_PUSH(&s->cleared) = *t;
    VEC_EACH (&o->hours, h)
        *VEC_PUSH(&sum->hours.p[at].all) = h->hour;
    add_ids(s, o);
}

static void find_gaps(struct coverage_source *s, const struct hours *hours)
{
    const i64 *const p = hours->all.p;
    if (hours->all.n)
        qsort(hours->all.p, hours->all.n, sizeof *p, order_i64);
    for (size_t i = 1; i < hours->all.n; i++)
        if (p[i] - p[i - 1] > GAP_HOURS)
            *VEC_PUSH(&s->gaps) = (struct coverage_gap){(p[i - 1] + 1) * 3600 * TIME_SECOND,
                                                        p[i] * 3600 * TIME_SECOND};
}

static void sum_observations(const struct scan *scan, const struct skews *skews,
                             struct coverage *out)
{
    struct summing sum = {.coverage = out, .scan = scan, .skews = skews};
    intern_init(&sum.keys, NULL);
    sum.damages = mem_calloc(scan->sources.n + 1, sizeof *sum.damages);
    VEC_EACH (&scan->damages, d)
        if (d->source < scan->sources.n && !d->carved)
            sum.damages[d->source]++;
    VEC_EACH (&scan->observations, o)
        (o->carved ? add_carved : add_observation)(&sum, o);
    for (size_t i = 0; i < out->sources.n; i++) {
        find_gaps(&out->sources.p[i], &sum.hours.p[i]);
        VEC_FREE(&sum.hours.p[i].all);
    }
    VEC_FREE(&sum.hours);
    mem_free(sum.damages);
    intern_release(&sum.keys);
}

static int compare_sources(const void *a, const void *b)
{
    const struct coverage_source *const x = a, *const y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return str_cmp(x->kind, y->kind);
}

static int compare_carved(const void *a, const void *b)
{
    const struct coverage_carved *const x = a, *const y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return str_cmp(x->kind, y->kind);
}

/* Where each host's lines begin: everything about a host looks at these alone. */
static void find_hosts(struct coverage *c)
{
    c->first = mem_calloc((size_t)c->n_hosts + 1, sizeof *c->first);
    VEC_EACH (&c->sources, s)
        c->first[s->host + 1]++;
    for (u32 h = 0; h < c->n_hosts; h++)
        c->first[h + 1] += c->first[h];
}

static bool source_shows(const struct coverage_source *s, const struct sight_row *row)
{
    if (s->events == 0 || !str_eq(s->kind, str_from(row->kind)))
        return false;
    if (row->id == 0)
        return true;
    VEC_EACH (&s->ids, id)
        if (id->id == row->id)
            return true;
    return false;
}

static void see_stage(struct coverage *c, u32 host, enum stage stage)
{
    struct coverage_stage *const out = &c->stages[host][stage];
    *out = (struct coverage_stage){.stage = stage, .from = TIME_NONE, .to = TIME_NONE};
    struct buf why;
    buf_init(&why, 2048);
    for (size_t i = 0; i < COUNT(sight_rows); i++) {
        const struct sight_row *const row = &sight_rows[i];
        COVERAGE_EACH(c, host, s)
        {
            if (row->stage != stage || !source_shows(s, row))
                continue;
            buf_printf(&why, "%s%s (%s%s)", why.n ? "; " : "", row->kind,
                       row->sight == SIGHT_YES ? "" : "in part: ", row->what);
            if (row->sight > out->sight) {
                out->sight = row->sight;
                out->from = out->to = TIME_NONE;
            }
            if (row->sight == out->sight && s->first != TIME_NONE) {
                out->from = out->from == TIME_NONE ? s->first : MIN(out->from, s->first);
                out->to = MAX(out->to, s->last);
            }
        }
    }
    if (!why.n) {
        buf_add(&why, S("none of these was there: "));
        bool first = true;
        for (size_t i = 0; i < COUNT(sight_rows); i++)
            if (sight_rows[i].stage == stage) {
                buf_printf(&why, "%s%s", first ? "" : ", ", sight_rows[i].kind);
                if (sight_rows[i].id)
                    buf_printf(&why, " event %d", (int)sight_rows[i].id);
                first = false;
            }
    }
    out->why = arena_str(&c->arena, buf_str(&why));
    buf_release(&why);
}

void coverage_make(const struct scan *scan, const struct hosts *hosts, const struct skews *skews,
                   struct coverage *out)
{
    *out = (struct coverage){.n_hosts = (u32)hosts->names.n};
    sum_observations(scan, skews, out);
    if (out->sources.n)
        qsort(out->sources.p, out->sources.n, sizeof *out->sources.p, compare_sources);
    if (out->carved.n)
        qsort(out->carved.p, out->carved.n, sizeof *out->carved.p, compare_carved);
    find_hosts(out);
    out->stages = mem_calloc(hosts->names.n, sizeof *out->stages);
    for (u32 h = 0; h < out->n_hosts; h++)
        for (int stage = STAGE_EXPOSURE; stage < STAGE_COUNT; stage++)
            see_stage(out, h, (enum stage)stage);
}

static bool source_spans(const struct coverage_source *s, i64 from, i64 to)
{
    if (s->first == TIME_NONE || s->first > from || s->last < to)
        return false;
    VEC_EACH (&s->gaps, gap)
        if (gap->from < to && gap->to > from)
            return false;
    VEC_EACH (&s->cleared, t)
        if (*t >= from && *t <= to)
            return false;
    return true;
}

bool coverage_spans(const struct coverage *c, u32 host, enum stage stage, i64 from, i64 to)
{
    for (size_t i = 0; i < COUNT(sight_rows); i++)
        COVERAGE_EACH(c, host, s)
    if (sight_rows[i].stage == stage && sight_rows[i].sight == SIGHT_YES &&
        source_shows(s, &sight_rows[i]) && source_spans(s, from, to))
        return true;
    return false;
}

bool coverage_is_bystander(const struct coverage *c, u32 host)
{
    bool elsewhere = false;
    VEC_EACH (&c->sources, s) {
        if (s->exchange && s->host == host)
            return false;
        elsewhere |= s->exchange;
    }
    return elsewhere;
}

enum sight coverage_sight(const struct coverage_source *source, enum stage stage)
{
    enum sight best = SIGHT_NO;
    for (size_t i = 0; i < COUNT(sight_rows); i++)
        if (sight_rows[i].stage == stage && source_shows(source, &sight_rows[i]))
            best = MAX(best, sight_rows[i].sight);
    return best;
}

bool coverage_can_show(str kind, enum stage stage)
{
    for (size_t i = 0; i < COUNT(sight_rows); i++)
        if (sight_rows[i].stage == stage && str_eq(kind, str_from(sight_rows[i].kind)))
            return true;
    return false;
}

const struct coverage_source *coverage_find(const struct coverage *c, u32 host, const char *kind)
{
    COVERAGE_EACH(c, host, s)
    if (str_eq(s->kind, str_from(kind)))
        return s;
    return NULL;
}

void coverage_release(struct coverage *coverage)
{
    VEC_EACH (&coverage->sources, s) {
        VEC_FREE(&s->gaps);
        VEC_FREE(&s->cleared);
        VEC_FREE(&s->ids);
    }
    VEC_FREE(&coverage->sources);
    VEC_FREE(&coverage->carved);
    mem_free(coverage->first);
    mem_free(coverage->stages);
    arena_release(&coverage->arena);
}
