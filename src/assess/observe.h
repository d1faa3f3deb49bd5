/* observe.h: what coverage needs to know of every event, whether or not a rule matched: how many, from when to when, which
 * event ids, which builds, when a log was cleared, and the samples from which a recorder's clock is judged.
 *
 * One observer a worker. Everything it keeps is a sum, a minimum, a maximum, or a sample that depends only on the block it
 * came from (at most OBSERVE_SAMPLES a block and kind), so merging observers in any order gives the same observations. */
#ifndef ASSESS_OBSERVE_H
#define ASSESS_OBSERVE_H

#include "assess/scan.h"
#include "parse/parse.h"

#define OBSERVE_SAMPLES 64

struct observer {
    struct arena arena; /* texts of the observations */
    struct intern keys; /* (source, kind, host) → observation */
    VEC(struct observation) observations;
    VEC(struct observed_shape { u32 current; str host; u32 build; }) shapes; /* by shape id: the observation of the last event in this
                                                                          block, its host, 1 + index of its build */
    u32 source;
    u32 block_lags, block_starts;
    struct arena scratch;
};

void observer_init(struct observer *observer);
void observer_release(struct observer *observer);

/* A block of `source` begins; shape ids are those of the worker's one schema. */
void observer_block(struct observer *observer, u32 source);
void observer_event(struct observer *observer, const struct event *event, const struct schema *schema);

/* Events of a text log that nobody looked at. The atoms: whoever leaves events out hands on those that hold one of these; none
 * is needed once the log has spoken of Exchange. */
void observer_passed(struct observer *observer, const struct shape *shape, const struct passed *passed);
u32 observer_atoms(const struct observer *observer, const struct shape *shape, const str **out);

/* Add up what all workers saw into scan->observations, sorted by source, kind, host. The observers are empty after. */
void observers_merge(struct observer *observers, u32 n, struct scan *scan);

#endif
