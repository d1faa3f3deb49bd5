/* thread_part.h: what the files of a grouping share: thread.c (nodes, sure links), thread_page.c, thread_weak.c, thread_place.c (whoever
 * was at work near), thread_tell.c (what is said of each). Private to thread*.c. */
#ifndef ASSESS_THREAD_PART_H
#define ASSESS_THREAD_PART_H

#include "assess/thread.h"
#include "assess/thread_key.h"

enum rank { RANK_REFUSED, RANK_ANSWERED, RANK_EXPLOITED };

struct node { /* one a finding, of the same index */
    u32 parent;      /* union-find; a root is the earliest of its own */
    str client;      /* empty: none, or one that tells nobody */
    str proxy;       /* the address that was there, and passes on requests of others */
    str agent;
    i64 start;       /* of the request */
    u32 linked;      /* 1 << kind: keys it shares with another */
    u8 rank;
    bool in;         /* it is looked at */
    bool major;      /* it can stand alone: what only supports, asks or tells a clearing cannot */
    bool by_time;    /* put where it is because nobody else was near */
    bool unsure;     /* two were near */
    bool forwarded;  /* two public addresses for one request: a proxy, or a forged header */
};

struct told { /* why the two belong together, or may: said of the thread of `finding` */
    u32 finding, other;
    str text;
};

struct grouping {
    const struct findings *findings;
    const struct scope *scope;
    const struct exposure *exposure;
    const struct profiles *profiles;
    struct arena *arena; /* of the result */
    struct node *nodes;
    u32 n;
    VEC(struct told) joined, related;
};

#define NO_FINDING UINT32_MAX
#define ROUNDED    (2 * TIME_SECOND) /* logs round their times, and write when a request has ended */

/* Steps 2 and 3, 4, 5 of thread.h. */
void thread_link_pages(struct grouping *g);
void thread_link_weakly(struct grouping *g);
void thread_place_rest(struct grouping *g);
void thread_tell(struct grouping *g, struct threads *out);

/* ---- union-find ---- */

u32 thread_root(struct grouping *g, u32 i);
void thread_join(struct grouping *g, u32 a, u32 b);
void thread_say(struct grouping *g, bool joined, u32 a, u32 b, str text); /* joined: they are one; else they may be */
const char *thread_span(struct arena *arena, i64 ns);                     /* "9 seconds" */

/* Joins that are planned on one state of the grouping and made at once, so that none depends on another. */
typedef VEC(struct { u32 a, b; }) root_pairs;
void thread_plan(struct grouping *g, root_pairs *pairs, u32 root, u32 to);
void thread_join_planned(struct grouping *g, root_pairs *pairs); /* and frees the list */

/* ---- who was at work ---- */

struct point {
    u32 host, root;
    i64 time;
    u32 other; /* the last point before of the same host and another root, or NO_FINDING */
};

struct near { /* who was at work before a time, and the next one who was; INT64_MAX: nobody */
    u32 root;
    i64 ns, rival;
};

struct at_work {
    VEC(struct point) exploited, answered;
    u8 *ranks;      /* by root */
    bool *anchored; /* by root: somebody's address is in it */
};

void at_work_make(struct grouping *g, struct at_work *out);
void at_work_release(struct at_work *at);
struct near at_work_near(const struct at_work *at, u32 host, i64 time);

/* A page that was left to be used, and not a file that an action made (a dump). */
bool thread_is_page(const struct grouping *g, const struct scope_entry *entry);

static inline const struct finding *thread_finding(const struct grouping *g, u32 i)
{
    return &g->findings->all.p[i];
}

static inline u32 thread_host(const struct grouping *g, u32 i)
{
    return g->findings->all.p[i].hit->event->host;
}

static inline i64 thread_time(const struct grouping *g, u32 i)
{
    return finding_time(&g->findings->all.p[i]);
}

/* a - b; evidence may hold any times, and their difference may be more than fits. */
static inline i64 time_between(i64 b, i64 a)
{
    i64 ns;
    return __builtin_sub_overflow(a, b, &ns) ? (a > b ? INT64_MAX : INT64_MIN) : ns;
}

#endif
