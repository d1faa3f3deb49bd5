/* observing.h: what observers saw of the blocks, added up in the order of the evidence.
 *
 * Here every bound stands (limits.h, LIMIT_OBSERVATIONS and below): whoever writes a log can name a computer, a log, an event id or
 * an hour of its own in each record. What comes first is kept, so the same is left for any number of threads; what comes too late is
 * counted where it can be, and each bound that was met is a line among the refusals. */
#ifndef ASSESS_OBSERVING_H
#define ASSESS_OBSERVING_H

#include "assess/observe.h"

struct observing {
    struct intern keys;    /* (source, kind, host, part, columns) → observation + 1, or 0 where it stands with one of its folder */
    struct intern folders; /* (folder, kind, host, part, columns) → the first observation of them */
    struct intern logs;    /* (log, kind, host, end of IIS) */
    VEC(u32) own, first;   /* by key, by folder: indexes of scan->observations */
    VEC(u32) log;          /* by index of scan->observations */
    size_t text;           /* bytes of names, keys and builds */
    size_t hours, ids, cleared, samples, builds;
    u64 shared, lost;      /* events that stand with others of their folder, or nowhere */
    bool less_hours, less_ids, less_cleared, less_builds;
};

void observing_init(struct observing *all);
/* Add what was seen in the next block to scan->observations. `seen` is empty after. */
void observing_add(struct observing *all, struct observed *seen, struct scan *scan);
/* Sort by source, kind, host, part, columns; tell which bounds were met. */
void observing_end(struct observing *all, struct scan *scan);

#endif
