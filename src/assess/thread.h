/* thread.h: findings of one server grouped into intruders, because one server often holds several. docs/design/0005-threads.md tells
 * why it is done so, and docs/verdict.md what a reader may conclude. No thread moves a verdict.
 *
 *   1 sure     findings with the same key (thread_key.h): address within 24 hours, request, session, logon, process
 *   2 files    a page that nobody's address stands beside goes to the only one at work in the ten minutes before it was written
 *   3 shells   who first asked for a page within ten minutes of its writing is its writer; so is whoever knew, within 24 hours, a
 *              name that cannot be guessed. Who asks for a page whose name is published or short is somebody else
 *   4 weak     own tool, same network and ten minutes together make one of two; any two of them a mention
 *   5 rest     what has no address goes to whoever was at work nearest before it, if nobody else was near: else nobody can say
 *
 * "At work" is who got furthest: a request that was refused has no effects. Each step is computed on the outcome of the one
 * before as a whole, so the order of the findings does not matter; all is sorting and union-find, n log n in the findings. */
#ifndef ASSESS_THREAD_H
#define ASSESS_THREAD_H

#include "assess/exposure.h"
#include "assess/profile.h"
#include "assess/scope.h"

#define THREADS_MAX 200 /* told one by one; the others make one entry together */

enum thread_kind {
    THREAD_INTRUSION, /* something of it worked, or has the signs of it */
    THREAD_ATTEMPTS,  /* tried, and no more was seen */
    THREAD_PROBES,    /* looked, as every server is looked at */
    THREAD_UNPLACED,  /* findings of the host of which nobody can say whose they are */
    THREAD_REST,      /* further threads, taken together */
    THREAD_KINDS
};

struct thread_link { /* why these belong together */
    str text;
    bool sure; /* a key that two of them share; otherwise a conclusion */
};

struct thread_relation {
    u32 thread; /* index */
    str text;
};

struct thread {
    enum thread_kind kind;
    u32 host;
    i64 first, last;
    VEC(u32) findings; /* indexes, in order of time */
    VEC(str) clients, agents, webshells; /* in the order in which they come */
    VEC(struct thread_link) links;
    VEC(str) doubts;                     /* what cannot be said of it */
    VEC(struct thread_relation) related; /* threads that may be of the same intruder */
    VEC(struct step) steps;              /* its timeline */
};

struct threads {
    struct arena arena;
    VEC(struct thread) all; /* intrusions by first, attempts by first, probes by first, the rest, unplaced by host */
};

/* exposure NULL: what a fixed build refuses is not known. profiles NULL: no published names. Borrows all of them. */
void threads_make(const struct findings *findings, const struct scope *scope, const struct exposure *exposure,
                  const struct profiles *profiles, struct threads *out);
void threads_release(struct threads *threads);

const char *thread_kind_text(enum thread_kind kind);

#endif
