/* thread_place.c: what names no address goes to whoever was at work near, if that can be said. */
#include <stdlib.h>

#include "assess/thread_part.h"

#define INNER 8 /* points within a request that took its time */

/* ---- who was at work, and when ---- */

typedef __typeof__(((struct at_work *)0)->exploited) point_list;

static int compare_points(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

static void add_points(struct grouping *g, u32 i, u32 root, point_list *out)
{
    const i64 end = thread_time(g, i), start = g->nodes[i].start;
    const i64 step = MAX((end - start) / INNER, TIME_SECOND);
    struct point point = {.host = thread_host(g, i), .root = root, .other = NO_FINDING};
    for (point.time = start; point.time < end; point.time += step)
        *VEC_PUSH(out) = point;
    point.time = end;
    *VEC_PUSH(out) = point;
}

/* Those of the threads that got as far as `rank`. */
static point_list points_make(struct grouping *g, const u8 *ranks, enum rank rank)
{
    point_list out = {0};
    for (u32 i = 0; i < g->n; i++) {
        const u32 root = thread_root(g, i);
        if (g->nodes[i].client.n && g->nodes[i].rank > RANK_REFUSED && ranks[root] >= rank)
            add_points(g, i, root, &out);
    }
    if (out.n)
        qsort(out.p, out.n, sizeof *out.p, compare_points);
    for (u32 i = 1; i < out.n; i++)
        if (out.p[i - 1].host == out.p[i].host)
            out.p[i].other = out.p[i - 1].root != out.p[i].root ? i - 1 : out.p[i - 1].other;
    return out;
}

static struct near points_near(const point_list *all, u32 host, i64 time)
{
    const struct point limit = {.host = host,
                                .time = time > INT64_MAX - ROUNDED ? INT64_MAX : time + ROUNDED,
                                .root = UINT32_MAX};
    size_t from = 0, to = all->n;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        if (compare_points(&all->p[mid], &limit) <= 0)
            from = mid + 1;
        else
            to = mid;
    }
    struct near near = {NO_FINDING, INT64_MAX, INT64_MAX};
    if (from == 0 || all->p[from - 1].host != host)
        return near;
    const struct point *const nearest = &all->p[from - 1];
    near.root = nearest->root;
    near.ns = MAX(time_between(nearest->time, time), 0);
    if (nearest->other != NO_FINDING)
        near.rival = MAX(time_between(all->p[nearest->other].time, time), 0);
    return near;
}

void at_work_make(struct grouping *g, struct at_work *out)
{
    out->ranks = mem_calloc(g->n + 1, 1);
    out->anchored = mem_calloc(g->n + 1, sizeof *out->anchored);
    for (u32 i = 0; i < g->n; i++) {
        const u32 root = thread_root(g, i);
        out->ranks[root] = MAX(out->ranks[root], g->nodes[i].rank);
        out->anchored[root] |= g->nodes[i].client.n > 0;
    }
    out->exploited = points_make(g, out->ranks, RANK_EXPLOITED);
    out->answered = points_make(g, out->ranks, RANK_ANSWERED);
}

void at_work_release(struct at_work *at)
{
    VEC_FREE(&at->exploited);
    VEC_FREE(&at->answered);
    mem_free(at->ranks);
    mem_free(at->anchored);
}

/* Who got furthest goes before, while he was at work in the last ten minutes. */
struct near at_work_near(const struct at_work *at, u32 host, i64 time)
{
    const struct near far = points_near(&at->exploited, host, time);
    return far.ns <= NEAR_NS ? far : points_near(&at->answered, host, time);
}

void thread_plan(struct grouping *g, root_pairs *pairs, u32 root, u32 to)
{
    VEC_PUSH(pairs)->a = root;
    pairs->p[pairs->n - 1].b = to;
    g->nodes[root].by_time = true;
}

void thread_join_planned(struct grouping *g, root_pairs *pairs)
{
    VEC_EACH (pairs, pair)
        thread_join(g, pair->a, pair->b);
    VEC_FREE(pairs);
}

/* ---- 5: rest ---- */

static int level_of(i64 ns)
{
    static const i64 levels[] = {ROUNDED, ACT_NS, NEAR_NS, CHAIN_NS};
    int level = 0;
    while (level < (int)COUNT(levels) && ns > levels[level])
        level++;
    return level; /* COUNT: nobody */
}

/* Two seconds are as good as seen; beyond, nobody else may have been near. */
static bool is_clear(struct near near)
{
    const int level = level_of(near.ns), rival = level_of(near.rival);
    return rival == 4 || (level == 0 ? rival > 0 : rival >= level + 2);
}

static void place_one(struct grouping *g, const struct at_work *at, u32 root, bool major,
                      root_pairs *plan)
{
    const struct finding *const f = thread_finding(g, root);
    const struct near near = at_work_near(at, f->hit->event->host, finding_time(f));
    if (f->lead->cleared || near.ns > (major ? CHAIN_NS : NEAR_NS))
        return;
    if (!is_clear(near)) {
        g->nodes[root].unsure = true;
        return;
    }
    thread_plan(g, plan, root, near.root);
}

/* What is left has no address near it: on each host, what follows each other within 24 hours. */
static void join_lone(struct grouping *g, const bool *anchored)
{
    root_pairs plan = {0};
    struct intern hosts;
    u32 *last = NULL;
    intern_init(&hosts, NULL);
    for (u32 i = 0; i < g->n; i++) {
        const u32 root = thread_root(g, i);
        const struct finding *const f = thread_finding(g, i);
        if (!g->nodes[i].in || anchored[root] || g->nodes[root].unsure || g->nodes[root].by_time ||
            f->lead->cleared || !(g->nodes[i].major || f->chain != NO_CHAIN))
            continue;
        const u32 before = intern_count(&hosts);
        const u32 at = intern_add(&hosts, (str){(const char *)&f->hit->event->host, sizeof(u32)});
        if (at == before) {
            last = mem_grow(last, before + 1, sizeof *last);
        } else if (time_between(thread_time(g, last[at]), finding_time(f)) <= CHAIN_NS) {
            VEC_PUSH(&plan)->a = last[at];
            plan.p[plan.n - 1].b = i;
        }
        last[at] = i;
    }
    thread_join_planned(g, &plan);
    mem_free(last);
    intern_release(&hosts);
}

void thread_place_rest(struct grouping *g)
{
    struct at_work at;
    root_pairs plan = {0};
    bool *const major = mem_calloc(g->n + 1, sizeof *major);
    at_work_make(g, &at);
    for (u32 i = 0; i < g->n; i++)
        major[thread_root(g, i)] |= g->nodes[i].major;
    for (u32 i = 0; i < g->n; i++)
        if (g->nodes[i].in && thread_root(g, i) == i && !at.anchored[i])
            place_one(g, &at, i, major[i], &plan);
    join_lone(g, at.anchored);
    thread_join_planned(g, &plan);
    at_work_release(&at);
    mem_free(major);
}
