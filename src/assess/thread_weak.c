/* thread_weak.c: what says little alone, and something together: a tool of one's own, a network,
 * and time. */
#include <stdlib.h>

#include "assess/thread_part.h"

#define BUCKET_MAX 16 /* an agent, a network of more threads than this is everybody's */

enum { WEAK_AGENT = 1, WEAK_NETWORK = 2, WEAK_NEAR = 4 };

struct weak {
    u32 host, root, bit, finding;
    str text;
};

struct weak_pair {
    u32 a, b, bits, x, y; /* roots, what they share, a finding of each */
};

typedef VEC(struct weak_pair) weak_pairs;

static int compare_weak(const void *a, const void *b)
{
    const struct weak *const x = a, *const y = b;
    if (x->bit != y->bit)
        return x->bit < y->bit ? -1 : 1;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    const int order = str_cmp(x->text, y->text);
    if (order)
        return order;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    return (x->finding > y->finding) - (x->finding < y->finding);
}

static int compare_weak_pairs(const void *a, const void *b)
{
    const struct weak_pair *const x = a, *const y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return (x->bits > y->bits) - (x->bits < y->bits);
}

static bool same_bucket(const struct weak *a, const struct weak *b)
{
    return a->bit == b->bit && a->host == b->host && str_eq(a->text, b->text);
}

static void add_bucket(const struct weak *const *roots, size_t n, weak_pairs *pairs)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            *VEC_PUSH(pairs) = (struct weak_pair){roots[i]->root, roots[k]->root, roots[i]->bit,
                                                  roots[i]->finding, roots[k]->finding};
}

typedef VEC(struct weak) weak_list;

/* Who shares an agent of his own making, or a network, with whom. */
static void pair_up(weak_list *all, weak_pairs *pairs)
{
    const struct weak *roots[BUCKET_MAX];
    size_t n = 0;
    if (all->n)
        qsort(all->p, all->n, sizeof *all->p, compare_weak);
    for (size_t i = 0; i < all->n; i++) {
        const bool fresh = i == 0 || !same_bucket(&all->p[i - 1], &all->p[i]);
        if (fresh && n <= BUCKET_MAX)
            add_bucket(roots, n, pairs);
        n = fresh ? 0 : n;
        if (!fresh && all->p[i - 1].root == all->p[i].root)
            continue;
        if (n < BUCKET_MAX)
            roots[n] = &all->p[i];
        n++;
    }
    if (n <= BUCKET_MAX)
        add_bucket(roots, n, pairs);
    if (pairs->n)
        qsort(pairs->p, pairs->n, sizeof *pairs->p, compare_weak_pairs);
}

static void add_weak(const struct grouping *g, u32 i, u32 root, weak_list *out)
{
    const struct node *const node = &g->nodes[i];
    const u32 host = thread_host(g, i);
    const str network = thread_is_private(node->client) ? STR_NONE : thread_network(node->client);
    if (node->agent.n && !thread_agent_is_common(node->agent) &&
        !profiles_has_agent(g->profiles, node->agent))
        *VEC_PUSH(out) = (struct weak){host, root, WEAK_AGENT, i, node->agent};
    if (network.n)
        *VEC_PUSH(out) = (struct weak){host, root, WEAK_NETWORK, i, network};
}

struct extent {
    i64 first, last;
};

static bool is_near(struct extent a, struct extent b)
{
    return time_between(b.last, a.first) <= NEAR_NS && time_between(a.last, b.first) <= NEAR_NS;
}

static void judge_pair(struct grouping *g, const struct weak_pair *pair, u32 bits)
{
    const str agent = g->nodes[pair->x].agent, network = thread_network(g->nodes[pair->x].client);
    if (bits == (WEAK_AGENT | WEAK_NETWORK | WEAK_NEAR)) {
        thread_say(
            g, true, pair->y, pair->x,
            arena_printf(g->arena,
                         "%.*s and %.*s are of one network and used the same tool of their own "
                         "within ten minutes.",
                         STR_ARG(g->nodes[pair->x].client), STR_ARG(g->nodes[pair->y].client)));
        thread_join(g, pair->a, pair->b);
    } else if (bits == (WEAK_AGENT | WEAK_NEAR) || bits == (WEAK_AGENT | WEAK_NETWORK))
        thread_say(
            g, false, pair->x, pair->y,
            arena_printf(g->arena, "the same user agent of their own, %.*s%s", STR_ARG(agent),
                         bits & WEAK_NEAR ? ", within ten minutes" : ", from the same network"));
    else if (bits == (WEAK_NETWORK | WEAK_NEAR))
        thread_say(g, false, pair->x, pair->y,
                   arena_printf(g->arena, "addresses of the same network, %.*s, within ten minutes",
                                STR_ARG(network)));
}

void thread_link_weakly(struct grouping *g)
{
    weak_list all = {0};
    weak_pairs pairs = {0};
    struct extent *const extents = mem_calloc(g->n + 1, sizeof *extents);
    for (u32 i = 0; i < g->n; i++) {
        const u32 root = thread_root(g, i);
        if (i == root)
            extents[root] = (struct extent){thread_time(g, i), thread_time(g, i)};
        if (g->nodes[i].in)
            extents[root].last = thread_time(g, i);
        if (g->nodes[i].client.n)
            add_weak(g, i, root, &all);
    }
    pair_up(&all, &pairs);
    for (size_t i = 0, end; i < pairs.n; i = end) {
        const struct weak_pair *const pair = &pairs.p[i]; /* the one that shares an agent, if any */
        u32 bits = is_near(extents[pair->a], extents[pair->b]) ? WEAK_NEAR : 0;
        for (end = i; end < pairs.n && pairs.p[end].a == pair->a && pairs.p[end].b == pair->b;
             end++)
            bits |= pairs.p[end].bits;
        judge_pair(g, pair, bits);
    }
    mem_free(extents);
    VEC_FREE(&all);
    VEC_FREE(&pairs);
}
