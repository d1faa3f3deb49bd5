#include "assess/coverage.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/order.h"

/* What is only needed while the lines are being summed. */
struct summing {
    struct coverage *coverage;
    const struct scan *scan;
    const struct skews *skews;
    struct intern keys,
        lot_keys; /* host and kind → place in coverage.sources; and part, columns → in lots */
    VEC(struct lot) lots;
    u32 *damages; /* by source of the scan */
};

static struct coverage_source *source_for(struct summing *sum, const struct observation *o)
{
    struct arena scratch = {0};
    const u32 id =
        intern_add(&sum->keys, arena_printf(&scratch, "%u|%.*s", o->host, STR_ARG(o->kind)));
    arena_release(&scratch);
    if (id == sum->coverage->sources.n)
        *VEC_PUSH(&sum->coverage->sources) =
            (struct coverage_source){.kind = o->kind,
                                     .unverified = kind_is(o->shape_kind, KIND_UNVERIFIED),
                                     .host = o->host,
                                     .first = TIME_NONE,
                                     .last = TIME_NONE};
    return &sum->coverage->sources.p[id];
}

static struct lot *lot_for(struct summing *sum, const struct observation *o)
{
    struct arena scratch = {0};
    const u32 id =
        intern_add(&sum->lot_keys, arena_printf(&scratch, "%u|%d|%u|%.*s", o->host, (int)o->part,
                                                o->columns, STR_ARG(o->kind)));
    arena_release(&scratch);
    if (id == sum->lots.n)
        *VEC_PUSH(&sum->lots) = (struct lot){.host = o->host,
                                             .kind = o->kind,
                                             .part = o->part,
                                             .columns = o->columns,
                                             .first = TIME_NONE,
                                             .last = TIME_NONE};
    return &sum->lots.p[id];
}

static void add_to_lot(struct summing *sum, const struct observation *o)
{
    struct lot *const lot = lot_for(sum, o);
    lot->events += o->events;
    if (o->first != TIME_NONE) {
        lot->first = lot->first == TIME_NONE ? o->first : MIN(lot->first, o->first);
        lot->last = MAX(lot->last, o->last);
    }
    VEC_EACH (&o->hours, h)
        *VEC_PUSH(&lot->hours) = h->hour;
}

/* Observations of one file and log stand together: they are its parts. */
static bool is_new_file(const struct scan *scan, const struct observation *o)
{
    const struct observation *const before = o - 1;
    return o == scan->observations.p || before->source != o->source || before->host != o->host ||
           !str_eq(before->kind, o->kind) || before->events == 0;
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
    struct coverage_source *const s = source_for(sum, o);
    s->exchange |= o->exchange;
    VEC_EACH (&o->cleared, t)
        *VEC_PUSH(&s->cleared) = *t;
}

static void add_observation(struct summing *sum, const struct observation *o)
{
    struct coverage_source *const s = source_for(sum, o);
    if (is_new_file(sum->scan, o)) {
        s->files += o->events > 0;
        s->damage += sum->damages[o->source];
    }
    s->events += o->events;
    s->exchange |= o->exchange;
    s->parts |= o->events ? 1u << o->part : 0;
    s->columns |= o->columns;
    const struct skew *const skew = skew_find(sum->skews, sum->scan, o);
    s->skew = skew ? skew : s->skew;
    if (o->first != TIME_NONE) {
        s->first = s->first == TIME_NONE ? o->first : MIN(s->first, o->first);
        s->last = MAX(s->last, o->last);
    }
    VEC_EACH (&o->cleared, t)
        *VEC_PUSH(&s->cleared) = *t;
    add_to_lot(sum, o);
}

static int compare_lots(const void *a, const void *b)
{
    const struct lot *const x = a, *const y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    const int kind = str_cmp(x->kind, y->kind);
    const int part = kind ? kind : (x->part > y->part) - (x->part < y->part);
    return part ? part : (x->columns > y->columns) - (x->columns < y->columns);
}

static void sum_observations(struct summing *sum)
{
    const struct scan *const scan = sum->scan;
    intern_init(&sum->keys, NULL);
    intern_init(&sum->lot_keys, NULL);
    sum->damages = mem_calloc(scan->sources.n + 1, sizeof *sum->damages);
    VEC_EACH (&scan->damages, d)
        if (d->source < scan->sources.n && !d->carved)
            sum->damages[d->source]++;
    VEC_EACH (&scan->observations, o)
        (o->carved ? add_carved : add_observation)(sum, o);
    if (sum->lots.n)
        qsort(sum->lots.p, sum->lots.n, sizeof *sum->lots.p, compare_lots);
    mem_free(sum->damages);
    intern_release(&sum->keys);
    intern_release(&sum->lot_keys);
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

/* A log's gaps are those of all its parts together. Sources and lots are in one order. */
static void find_gaps(struct coverage *c, const struct summing *sum)
{
    const struct lot *lot = sum->lots.p, *const end = lot + sum->lots.n;
    VEC_EACH (&c->sources, s) {
        hour_list all = {0};
        for (; lot != end && lot->host == s->host && str_eq(lot->kind, s->kind); lot++)
            VEC_EACH (&lot->hours, h)
                *VEC_PUSH(&all) = *h;
        gaps_find(&all, &s->gaps);
        VEC_FREE(&all);
    }
}

static void find_lights(struct coverage *c, const struct summing *sum)
{
    size_t from = 0, to;
    c->first_light = mem_calloc((size_t)c->n_hosts + 1, sizeof *c->first_light);
    (void)VEC_PUSH(&c->lights); /* so that there is a place to begin at, however dark it is */
    c->lights.n = 0;
    for (u32 h = 0; h < c->n_hosts; h++, from = to) {
        struct light light;
        for (to = from; to < sum->lots.n && sum->lots.p[to].host == h;)
            to++;
        for (size_t i = 0; i < COUNT(sight_rows); i++)
            if (light_make(sum->lots.p + from, to - from, &sight_rows[i], &light)) {
                light.host = h;
                *VEC_PUSH(&c->lights) = light;
            }
        c->first_light[h + 1] = (u32)c->lights.n;
    }
}

/* "iis", or where there is a log and not this part of it "iis (front end)";
 * "evtx:Security event 4688". */
static void add_row(struct buf *out, const struct coverage *c, u32 host,
                    const struct sight_row *row)
{
    const bool there = coverage_find(c, host, row->kind);
    const bool events = str_starts(str_from(row->kind), S("evtx:"));
    const char *between = events ? " " : " (";
    buf_add(out, str_from(row->kind));
    for (u32 part = 0; part < PART_COUNT; part++)
        if (row->parts >> part & 1 && (there || events)) {
            buf_printf(out, "%s%s", between, part_text((enum part)part));
            between = " and ";
        }
    if (!events && row->parts && there)
        buf_char(out, ')');
}

/* Is it the first row of its stage that is about this log? Further ones are lesser forms of it. */
static bool leads_kind(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (sight_rows[i].stage == sight_rows[row].stage && sight_rows[i].sight == SIGHT_YES &&
            sight_rows[row].sight != SIGHT_YES &&
            strcmp(sight_rows[i].kind, sight_rows[row].kind) == 0)
            return false;
    return true;
}

static void see_stage(struct coverage *c, u32 host, enum stage stage)
{
    struct coverage_stage *const out = &c->stages[host][stage];
    *out = (struct coverage_stage){.stage = stage, .from = TIME_NONE, .to = TIME_NONE};
    struct buf why;
    buf_init(&why, 2048);
    COVERAGE_LIGHTS(c, host, light)
    {
        const struct sight_row *const row = light->row;
        if (row->stage != stage)
            continue;
        buf_printf(&why, "%s%s (%s%s)", why.n ? "; " : "", row->kind,
                   row->sight == SIGHT_YES ? "" : "in part: ", row->what);
        if (row->sight > out->sight) {
            out->sight = row->sight;
            out->from = out->to = TIME_NONE;
        }
        if (row->sight == out->sight) {
            out->from = out->from == TIME_NONE ? light->first : MIN(out->from, light->first);
            out->to = MAX(out->to, light->last);
        }
    }
    const bool dark = !why.n;
    for (size_t i = 0; i < COUNT(sight_rows) && dark; i++)
        if (sight_rows[i].stage == stage && leads_kind(i)) {
            buf_add(&why, why.n ? S(", ") : S("none of these was there: "));
            add_row(&why, c, host, &sight_rows[i]);
        }
    out->why = arena_str(&c->arena, buf_str(&why));
    buf_release(&why);
}

void coverage_make(const struct scan *scan, const struct hosts *hosts, const struct skews *skews,
                   struct coverage *out)
{
    *out = (struct coverage){.n_hosts = (u32)hosts->names.n};
    struct summing sum = {.coverage = out, .scan = scan, .skews = skews};
    sum_observations(&sum);
    if (out->sources.n)
        qsort(out->sources.p, out->sources.n, sizeof *out->sources.p, compare_sources);
    if (out->carved.n)
        qsort(out->carved.p, out->carved.n, sizeof *out->carved.p, compare_carved);
    find_hosts(out);
    find_gaps(out, &sum);
    find_lights(out, &sum);
    VEC_EACH (&sum.lots, lot)
        VEC_FREE(&lot->hours);
    VEC_FREE(&sum.lots);
    out->stages = mem_calloc(hosts->names.n, sizeof *out->stages);
    for (u32 h = 0; h < out->n_hosts; h++)
        for (int stage = STAGE_EXPOSURE; stage < STAGE_COUNT; stage++)
            see_stage(out, h, (enum stage)stage);
}

static bool light_spans(const struct coverage *c, const struct light *light, i64 from, i64 to)
{
    if (light->first > from || light->last + LIGHT_TAIL < to)
        return false;
    VEC_EACH (&light->gaps, gap)
        if (gap->from < to && gap->to > from)
            return false;
    VEC_EACH (&coverage_find(c, light->host, light->row->kind)->cleared, t)
        if (*t >= from && *t <= to)
            return false;
    return true;
}

bool coverage_spans(const struct coverage *c, u32 host, enum stage stage, const char *kind,
                    i64 from, i64 to)
{
    COVERAGE_LIGHTS(c, host, light)
    if (light->row->stage == stage && light->row->sight == SIGHT_YES &&
        (!kind || strcmp(kind, light->row->kind) == 0) && light_spans(c, light, from, to))
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

/* What of the row is not in the log: "event 4688 is not in it". */
static str lack_of(const struct coverage_source *s, const struct sight_row *row,
                   struct arena *arena)
{
    const u32 parts = row->parts & ~s->parts, columns = row->columns & ~s->columns;
    struct buf out;
    u32 n = 0;
    buf_init(&out, 1024);
    for (u32 i = 0; i < PART_COUNT; i++)
        if (parts >> i & 1)
            buf_printf(&out, "%s%s", n++ ? " and " : "", part_text((enum part)i));
    for (u32 i = 0; i < COLUMN_COUNT && !parts; i++)
        if (columns >> i & 1)
            buf_printf(&out, "%s%s", n++ ? " and " : "", column_text((enum column)i));
    buf_add(&out, n > 1   ? S(" are not in it")
                  : n > 0 ? S(" is not in it")
                          : S("its parts are of different times"));
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return text;
}

bool coverage_lacks(const struct coverage *c, u32 host, const char *kind, enum stage stage,
                    struct arena *arena, str *ret_lack)
{
    const struct coverage_source *const s = coverage_find(c, host, kind);
    COVERAGE_LIGHTS(c, host, light)
    if (light->row->stage == stage && light->row->sight == SIGHT_YES &&
        strcmp(kind, light->row->kind) == 0)
        return false;
    for (size_t i = 0; i < COUNT(sight_rows); i++)
        if (sight_rows[i].stage == stage && sight_rows[i].sight == SIGHT_YES &&
            strcmp(kind, sight_rows[i].kind) == 0) {
            *ret_lack = s && s->events ? lack_of(s, &sight_rows[i], arena) : STR_NONE;
            return true;
        }
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
    }
    VEC_EACH (&coverage->lights, light)
        VEC_FREE(&light->gaps);
    VEC_FREE(&coverage->lights);
    VEC_FREE(&coverage->sources);
    VEC_FREE(&coverage->carved);
    mem_free(coverage->first_light);
    mem_free(coverage->first);
    mem_free(coverage->stages);
    arena_release(&coverage->arena);
}
