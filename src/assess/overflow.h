/* overflow.h: hits beyond those that memory keeps (limits.h: LIMIT_HITS), for who wants every one: a copy of the event and why the
 * rule matched, in a temporary file (base/spill.h), given back in the order of all hits: time, source, offset, rule id.
 *
 * Threads may add at once, in any order; what is read does not depend on it. What the file cannot take (LIMIT_SPILL, a full disk)
 * is left out: `kept` counts what it took. */
#ifndef ASSESS_OVERFLOW_H
#define ASSESS_OVERFLOW_H

#include <pthread.h>

#include "assess/scan.h"

struct overflow {
    struct spill spill;
    pthread_mutex_t lock;
    const struct ruleset *rules;
    u32 *ranks;    /* by rule: its place in the order of ids */
    bool *skip;    /* by rule: its hits are not wanted */
    bool brief;    /* where and when is enough: no fields, no raw bytes, no reasons */
    u64 *kept;     /* by rule */
    struct tape texts, order;
    struct sorter keys;
};

/* Rules that are only there for correlations are skipped; the caller may set `skip` of others, and `brief`. */
struct overflow *overflow_new(const struct ruleset *rules);
void overflow_free(struct overflow *overflow); /* NULL allowed */
/* Hits of one event; their `event` need not be set. */
void overflow_add(struct overflow *overflow, const struct scan_event *event, const struct scan_hit *hits, size_t n);
/* When all are added. */
void overflow_sort(struct overflow *overflow);

struct overflow_reader {
    const struct overflow *overflow;
    struct tape_reader keys; /* tape NULL: none */
    struct arena arena;
    struct scan_event event;
};
/* overflow NULL: there is nothing to read. */
void overflow_reader_init(struct overflow_reader *reader, const struct overflow *overflow);
void overflow_reader_release(struct overflow_reader *reader);
/* What is read lives until the next read. */
bool overflow_next(struct overflow_reader *reader, struct scan_hit *out);

#endif
