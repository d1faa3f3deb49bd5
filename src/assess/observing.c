#include "assess/observing.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/order.h"

#define NO_OBSERVATION UINT32_MAX

static int compare_lags(const void *a, const void *b)
{
    const struct observed_lag *const x = a, *const y = b;
    return (x->off > y->off) - (x->off < y->off);
}

static int compare_starts(const void *a, const void *b)
{
    const struct observed_start *const x = a, *const y = b;
    return (x->off > y->off) - (x->off < y->off);
}

static int compare_builds(const void *a, const void *b)
{
    const struct observed_build *const x = a, *const y = b;
    return str_cmp(x->build, y->build);
}

static int compare_observations(const void *a, const void *b)
{
    const struct observation *const x = a, *const y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    const int kind = str_cmp(x->kind, y->kind);
    const int host = kind ? kind : str_cmp(x->host_text, y->host_text);
    const int carved = host ? host : x->carved - y->carved;
    const int part = carved ? carved : (x->part > y->part) - (x->part < y->part);
    return part ? part : (x->columns > y->columns) - (x->columns < y->columns);
}

#define SORT(vec, compare)                                                                         \
    do {                                                                                           \
        if ((vec)->n)                                                                              \
            qsort((vec)->p, (vec)->n, sizeof *(vec)->p, compare);                                  \
    } while (0)

static void sort_arrays(struct observation *o)
{
    observation_settle(o);
    SORT(&o->builds, compare_builds);
    SORT(&o->lags, compare_lags);
    SORT(&o->starts, compare_starts);
    SORT(&o->cleared, order_i64);
}

void observing_init(struct observing *all)
{
    *all = (struct observing){0};
    intern_init(&all->keys, NULL);
    intern_init(&all->folders, NULL);
    intern_init(&all->logs, NULL);
}

/* As many as fit stay at both ends, so that no hour is left out but inside: silences look longer,
 * never shorter. */
static void bound_hours(struct observing *all, struct observation *o)
{
    const size_t most = all->hours < LIMIT_ALL_HOURS ? LIMIT_HOURS : LIMIT_FEW_HOURS;
    if (o->hours.n <= most)
        return;
    memmove(&o->hours.p[most / 2], &o->hours.p[o->hours.n - most / 2],
            most / 2 * sizeof *o->hours.p);
    o->hours.n = most / 2 * 2;
    all->less_hours = true;
}

static void add_hours(struct observing *all, struct observation *to, const struct observation *from)
{
    const size_t before = to->hours.n;
    VEC_EACH (&from->hours, h)
        *VEC_PUSH(&to->hours) = *h;
    observation_settle(to);
    bound_hours(all, to);
    all->hours += to->hours.n - before; /* modulo 2^64: less is fine */
}

/* An id that there is no room for counts as one beyond those that Windows has. */
static void add_ids(struct observing *all, struct observation *to, const struct observation *from)
{
    const size_t before = to->ids.n;
    VEC_EACH (&from->ids, id) {
        const bool full = to->ids.n >= LIMIT_IDS || all->ids + to->ids.n - before >= LIMIT_ALL_IDS;
        struct observed_id *const slot = observation_id(to, id->id, full);
        if (slot) {
            slot->n += id->n;
            continue;
        }
        all->less_ids = true;
        observation_id(to, OBSERVE_ID_MAX, false)->n += id->n;
    }
    all->ids += to->ids.n - before;
}

static void add_cleared(struct observing *all, struct observation *to,
                        const struct observation *from)
{
    VEC_EACH (&from->cleared, t) {
        if (to->cleared.n >= LIMIT_CLEARED || all->cleared >= LIMIT_ALL_CLEARED) {
            all->less_cleared = true;
            return;
        }
        *VEC_PUSH(&to->cleared) = *t;
        all->cleared++;
    }
}

static void add_samples(struct observing *all, struct observation *to,
                        const struct observation *from)
{
    VEC_EACH (&from->lags, lag)
        if (all->samples < LIMIT_SAMPLES) {
            *VEC_PUSH(&to->lags) = *lag;
            all->samples++;
        }
    VEC_EACH (&from->starts, start)
        if (all->samples < LIMIT_SAMPLES) {
            *VEC_PUSH(&to->starts) = *start;
            all->samples++;
        }
}

static void add_builds(struct observing *all, struct observation *to,
                       const struct observation *from, struct arena *arena)
{
    VEC_EACH (&from->builds, b) {
        const size_t before = to->builds.n;
        const u32 slot =
            observation_build(to, b->build, all->builds < LIMIT_ALL_BUILDS ? arena : NULL);
        all->builds += to->builds.n - before;
        if (!slot) {
            all->less_builds = true;
            continue;
        }
        struct observed_build *const own = &to->builds.p[slot - 1];
        own->first = own->first == TIME_NONE ? b->first : MIN(own->first, b->first);
        own->last = MAX(own->last, b->last);
        own->n += b->n;
    }
}

static void add_up(struct observing *all, struct observation *to, const struct observation *from,
                   struct arena *arena)
{
    to->events += from->events;
    to->exchange |= from->exchange;
    if (from->first != TIME_NONE) {
        to->first = to->first == TIME_NONE ? from->first : MIN(to->first, from->first);
        to->last = MAX(to->last, from->last);
    }
    add_hours(all, to, from);
    add_ids(all, to, from);
    add_cleared(all, to, from);
    add_samples(all, to, from);
    add_builds(all, to, from, arena);
}

/* Files of one folder whose names differ by a date are parts of one log. The back end of IIS does
 * not vouch for a front end that lies beside it. */
static str log_key(const struct observed *seen, const struct observation *from,
                   struct arena *scratch)
{
    return arena_printf(scratch, "%d|%zu|%zu|%.*s|%.*s|%.*s",
                        from->shape_kind == KIND_IIS ? (int)from->part : 0, seen->log.n,
                        from->kind.n, STR_ARG(seen->log), STR_ARG(from->kind),
                        STR_ARG(from->host_text));
}

/* Where `from` is added up: its own observation, made if there is room; else the first of its
 * folder, kind and host, since files of one folder are parts of one log as a rule; else nowhere. */
static u32 place_for(struct observing *all, const struct observed *seen,
                     const struct observation *from, struct scan *scan, struct arena *scratch)
{
    const str log =
        arena_printf(scratch, "%d|%zu|%d|%u|%.*s|%.*s", from->carved, from->kind.n, (int)from->part,
                     from->columns, STR_ARG(from->kind), STR_ARG(from->host_text));
    const str own = arena_printf(scratch, "%u|%.*s", from->source, STR_ARG(log));
    const str folder =
        arena_printf(scratch, "%zu|%.*s|%.*s", seen->folder.n, STR_ARG(seen->folder), STR_ARG(log));
    const u32 known = intern_find(&all->keys, own);
    if (known != INTERN_NONE)
        return all->own.p[known];
    const u32 beside = intern_find(&all->folders, folder);
    const size_t size = own.n + (beside == INTERN_NONE ? folder.n : 0) + from->kind.n +
                        from->channel.n + from->host_text.n;
    if (scan->observations.n >= LIMIT_OBSERVATIONS || all->text + size > LIMIT_OBSERVED) {
        *(beside == INTERN_NONE ? &all->lost : &all->shared) += from->events;
        return beside == INTERN_NONE ? NO_OBSERVATION : all->first.p[beside];
    }
    all->text += size;
    (void)intern_add(&all->keys, own);
    *VEC_PUSH(&all->own) = (u32)scan->observations.n;
    if (beside == INTERN_NONE) {
        (void)intern_add(&all->folders, folder);
        *VEC_PUSH(&all->first) = (u32)scan->observations.n;
    }
    *VEC_PUSH(&all->log) = intern_add(&all->logs, log_key(seen, from, scratch));
    *VEC_PUSH(&scan->observations) = (struct observation){
        .source = from->source,
        .part = from->part,
        .columns = from->columns,
        .kind = arena_str(&scan->found, from->kind),
        .shape_kind = from->shape_kind,
        .channel = arena_str(&scan->found, from->channel),
        .host_text = arena_str(&scan->found, from->host_text),
        .host = NO_HOST,
        .carved = from->carved,
        .first = TIME_NONE,
        .last = TIME_NONE,
    };
    return (u32)scan->observations.n - 1;
}

/* Names that no rule asks for have ids of their own in each worker, and are left out. */
static void add_columns(const struct observed *seen, struct scan *scan)
{
    const u32 n = intern_count(&scan->rules->fields);
    static_assert(KIND_COUNT <= 64, "a bit for each kind");
    if (seen->columns.n && !scan->columns)
        scan->columns = ARENA_ARRAY(&scan->found, u64, n + 1);
    VEC_EACH (&seen->columns, column)
        if (column->field < n)
            scan->columns[column->field] |= (u64)1 << column->kind;
}

void observing_add(struct observing *all, struct observed *seen, struct scan *scan)
{
    struct arena scratch = {0};
    add_columns(seen, scan);
    VEC_EACH (&seen->observations, from) {
        arena_reset(&scratch);
        observation_settle(from);
        scan->n_events += from->events;
        const u32 at = place_for(all, seen, from, scan, &scratch);
        if (at != NO_OBSERVATION)
            add_up(all, &scan->observations.p[at], from, &scan->found);
    }
    arena_release(&scratch);
    observed_release(seen);
}

/* What one file of a log says of Exchange is said of all of it. A web site that never served as
 * Exchange is another one of the server: its requests show nothing of Exchange's, and are no part
 * of its front end. */
static void share_exchange(const struct observing *all, struct scan *scan)
{
    bool *const exchange = mem_calloc(intern_count(&all->logs) + 1, sizeof *exchange);
    for (size_t i = 0; i < scan->observations.n; i++)
        exchange[all->log.p[i]] |= scan->observations.p[i].exchange;
    for (size_t i = 0; i < scan->observations.n; i++) {
        struct observation *const o = &scan->observations.p[i];
        o->exchange = exchange[all->log.p[i]];
        if (o->part == PART_FRONT_END && !o->exchange)
            o->part = PART_NONE;
    }
    mem_free(exchange);
}

static void tell(struct scan *scan, bool met, const char *limit, str why)
{
    if (met) /* these few are told whatever was refused before */
        *VEC_PUSH(&scan->refusals) = (struct scan_refusal){S("all evidence"), str_from(limit), why};
}

void observing_end(struct observing *all, struct scan *scan)
{
    struct arena *const arena = &scan->arena;
    VEC_EACH (&scan->observations, o)
        sort_arrays(o);
    share_exchange(all, scan);
    SORT(&scan->observations, compare_observations);
    tell(scan, all->shared || all->lost, "observations",
         arena_printf(arena,
                      "it holds more than %d pairs of log and computer, or more than %zu MiB of "
                      "their names: of further ones %llu events stand with others of their folder, "
                      "and %llu in no line of what the evidence covers; rules were asked of all",
                      LIMIT_OBSERVATIONS, LIMIT_OBSERVED / MIB, (unsigned long long)all->shared,
                      (unsigned long long)all->lost));
    tell(scan, all->less_hours, "hours",
         S("its records are of more different times than are kept: silences are shown longer than "
           "they are"));
    tell(scan, all->less_ids, "event ids",
         S("its records have more different event ids than are kept: stages and rules that need "
           "the later ones are shown as not to be seen"));
    tell(scan, all->less_cleared, "cleared logs",
         arena_printf(arena,
                      "logs say that they were cleared more often than the %d times a log, %d in "
                      "all, that are kept",
                      LIMIT_CLEARED, LIMIT_ALL_CLEARED));
    tell(scan, all->less_builds, "builds",
         arena_printf(arena, "logs name more builds than the %d a log, %d in all, that are kept",
                      LIMIT_BUILDS, LIMIT_ALL_BUILDS));
    VEC_FREE(&all->own);
    VEC_FREE(&all->first);
    VEC_FREE(&all->log);
    intern_release(&all->keys);
    intern_release(&all->folders);
    intern_release(&all->logs);
}
