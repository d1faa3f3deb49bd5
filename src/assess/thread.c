#include "assess/thread.h"

#include <stdlib.h>

#include "assess/thread_part.h"

u32 thread_root(struct grouping *g, u32 i)
{
    while (g->nodes[i].parent != i) {
        g->nodes[i].parent = g->nodes[g->nodes[i].parent].parent;
        i = g->nodes[i].parent;
    }
    return i;
}

void thread_join(struct grouping *g, u32 a, u32 b)
{
    a = thread_root(g, a);
    b = thread_root(g, b);
    g->nodes[MAX(a, b)].parent = MIN(a, b);
}

void thread_say(struct grouping *g, bool joined, u32 a, u32 b, str text)
{
    const struct told told = {a, b, text};
    if (joined)
        *VEC_PUSH(&g->joined) = told;
    else
        *VEC_PUSH(&g->related) = told;
}

const char *thread_span(struct arena *arena, i64 ns)
{
    const i64 s = MAX(ns, 0) / TIME_SECOND;
    const i64 n = s < 120 ? s : s < 7200 ? s / 60 : s < 172800 ? s / 3600 : s / 86400;
    const char *const unit = s < 120 ? "second" : s < 7200 ? "minute" : s < 172800 ? "hour" : "day";
    return arena_printf(arena, "%lld %s%s", (long long)n, unit, n == 1 ? "" : "s").p;
}

/* ---- what each finding is ---- */

static enum rank rank_of(const struct finding *f)
{
    if (f->lead->outcome == OUTCOME_ATTEMPTED || f->lead->stage < STAGE_ATTEMPT)
        return RANK_REFUSED;
    return f->lead->stage >= STAGE_EXPLOITED ? RANK_EXPLOITED : RANK_ANSWERED;
}

static void read_node(struct grouping *g, u32 i)
{
    const struct finding *const f = thread_finding(g, i);
    struct node *const node = &g->nodes[i];
    *node = (struct node){.parent = i};
    node->in = f->lead && finding_time(f) != TIME_NONE &&
               (f->lead->stage >= STAGE_PROBE || f->lead->cleared);
    if (!node->in)
        return;
    node->rank = (u8)rank_of(f);
    node->major = f->lead->stage >= STAGE_ATTEMPT && !f->lead->supports && !lead_asks(f->lead) &&
                  !f->lead->cleared;
    node->client = thread_client(f, g->arena);
    node->agent = thread_agent(f->hit->event, g->arena);
    node->start = thread_started(f->hit->event);
}

/* ---- 1: sure ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct thread_key *const x = a, *const y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    const int order = str_cmp(x->text, y->text);
    if (order)
        return order;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->finding > y->finding) - (x->finding < y->finding);
}

static bool same_key(const struct thread_key *a, const struct thread_key *b)
{
    return a->kind == b->kind && a->host == b->host && str_eq(a->text, b->text);
}

static void sort_keys(thread_keys *keys)
{
    if (keys->n)
        qsort(keys->p, keys->n, sizeof *keys->p, compare_keys);
}

static void link_keys(struct grouping *g, const thread_keys *keys)
{
    for (size_t i = 1; i < keys->n; i++) {
        const struct thread_key *const a = &keys->p[i - 1], *const b = &keys->p[i];
        if (!same_key(a, b) || a->finding == b->finding)
            continue;
        const i64 ns = time_between(a->time, b->time);
        if (ns <= thread_key_window(b->kind, b->text)) {
            thread_join(g, a->finding, b->finding);
            g->nodes[a->finding].linked |= 1u << a->kind;
            g->nodes[b->finding].linked |= 1u << b->kind;
        } else if (b->kind == KEY_CLIENT)
            thread_say(g, false, a->finding, b->finding,
                       arena_printf(g->arena, "the same address, %.*s, after %s", STR_ARG(b->text),
                                    thread_span(g->arena, ns)));
    }
}

static str host_address(struct arena *arena, u32 host, str address)
{
    return arena_printf(arena, "%u %.*s", host, STR_ARG(address));
}

/* The server asks itself; that says nothing of who made it ask. */
static void drop_own_addresses(struct grouping *g)
{
    struct intern own;
    intern_init(&own, NULL);
    for (u32 i = 0; i < g->findings->all.n; i++) {
        const struct scan_event *const event = thread_finding(g, i)->hit->event;
        const str address = thread_address(scan_field(event, S("s-ip")), g->arena);
        if (address.n)
            intern_add(&own, host_address(g->arena, event->host, address));
    }
    for (u32 i = 0; i < g->n && intern_count(&own); i++) {
        struct node *const node = &g->nodes[i];
        const u32 host = thread_host(g, i);
        if (node->client.n &&
            intern_find(&own, host_address(g->arena, host, node->client)) != INTERN_NONE)
            node->client = STR_NONE;
    }
    intern_release(&own);
}

/* One request, two addresses: the private one of them is a proxy's. Of two public ones nobody can
 * say: a forged header looks the same. */
static void note_two_addresses(struct grouping *g, u32 a, u32 b, struct intern *proxies)
{
    struct node *const x = &g->nodes[a], *const y = &g->nodes[b];
    if (!x->client.n || !y->client.n || str_eq(x->client, y->client))
        return;
    const bool x_private = thread_is_private(x->client), y_private = thread_is_private(y->client);
    const u32 host = thread_host(g, a);
    if (x_private != y_private)
        intern_add(proxies, host_address(g->arena, host, x_private ? x->client : y->client));
    else
        x->forwarded = y->forwarded = true;
}

static void drop_proxies(struct grouping *g, const thread_keys *keys)
{
    struct intern proxies;
    intern_init(&proxies, NULL);
    for (size_t i = 1; i < keys->n; i++)
        if (keys->p[i].kind == KEY_REQUEST && same_key(&keys->p[i - 1], &keys->p[i]))
            note_two_addresses(g, keys->p[i - 1].finding, keys->p[i].finding, &proxies);
    for (u32 i = 0; i < g->n && intern_count(&proxies); i++) {
        struct node *const node = &g->nodes[i];
        const u32 host = thread_host(g, i);
        if (node->client.n &&
            intern_find(&proxies, host_address(g->arena, host, node->client)) != INTERN_NONE) {
            node->proxy = node->client;
            node->client = STR_NONE;
        }
    }
    intern_release(&proxies);
}

static void link_surely(struct grouping *g)
{
    thread_keys keys = {0}, clients = {0};
    drop_own_addresses(g);
    for (u32 i = 0; i < g->n; i++)
        if (g->nodes[i].in)
            thread_keys_add(thread_finding(g, i), i, g->arena, &keys);
    sort_keys(&keys);
    drop_proxies(g, &keys);
    link_keys(g, &keys);
    for (u32 i = 0; i < g->n; i++)
        if (g->nodes[i].client.n)
            *VEC_PUSH(&clients) = (struct thread_key){
                .kind = KEY_CLIENT,
                .host = thread_host(g, i),
                .finding = i,
                .text = g->nodes[i].client,
                .time = thread_time(g, i),
            };
    sort_keys(&clients);
    link_keys(g, &clients);
    VEC_FREE(&keys);
    VEC_FREE(&clients);
}

void threads_make(const struct findings *findings, const struct scope *scope,
                  const struct exposure *exposure, const struct profiles *profiles,
                  struct threads *out)
{
    *out = (struct threads){0};
    struct grouping g = {.findings = findings,
                         .scope = scope,
                         .exposure = exposure,
                         .profiles = profiles,
                         .arena = &out->arena,
                         .n = (u32)findings->all.n};
    g.nodes = mem_calloc(g.n + 1, sizeof *g.nodes);
    for (u32 i = 0; i < g.n; i++)
        read_node(&g, i);
    link_surely(&g);
    thread_link_pages(&g);
    thread_link_weakly(&g);
    thread_place_rest(&g);
    thread_tell(&g, out);
    VEC_FREE(&g.joined);
    VEC_FREE(&g.related);
    mem_free(g.nodes);
}

void threads_release(struct threads *threads)
{
    VEC_EACH (&threads->all, t) {
        VEC_EACH (&t->steps, step)
            VEC_FREE(&step->findings);
        VEC_FREE(&t->steps);
        VEC_FREE(&t->findings);
        VEC_FREE(&t->clients);
        VEC_FREE(&t->agents);
        VEC_FREE(&t->webshells);
        VEC_FREE(&t->links);
        VEC_FREE(&t->doubts);
        VEC_FREE(&t->related);
    }
    VEC_FREE(&threads->all);
    arena_release(&threads->arena);
}
