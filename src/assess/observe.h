/* observe.h: what coverage needs to know of every event, whether or not a rule matched: how many, from when to when, which
 * event ids, which builds, when a log was cleared, and the samples from which a recorder's clock is judged.
 *
 * One observer a worker. Everything it keeps is a sum, a minimum, a maximum, or a sample that depends only on the block it
 * came from (at most OBSERVE_SAMPLES a block and kind), so merging observers in any order gives the same observations. */
#ifndef ASSESS_OBSERVE_H
#define ASSESS_OBSERVE_H

#include "assess/scan.h"

#define OBSERVE_SAMPLES 64
#define OBSERVE_HOST    128 /* bytes of a name; longer ones are only slower */

/* What events of one shape have in common, and the sums of the last ones that named one host: they come in runs, so the
 * observation they belong to is asked for, and added to, once a run. */
struct observed_shape {
    u32 current;       /* the observation; NO_HOST before the first event of a source */
    u32 block;         /* in which it was asked for */
    i32 computer;      /* where the field is, as shape_find says */
    u32 build;         /* 1 + index in the observation's builds */
    u32 host_n;        /* the host as the evidence has it: type and bytes */
    u8 host_type;
    bool is_start;     /* the start of a process in the Security log */
    bool is_sysmon;
    bool is_clearing;  /* the log was cleared */
    bool known;
    enum kind kind;
    i64 event_id;
    u64 events, hour_events;
    i64 first, last, hour;
    u8 host[OBSERVE_HOST];
};

struct observer {
    struct arena arena; /* texts of the observations */
    struct intern keys; /* (source, kind, host) → observation */
    VEC(struct observation) observations;
    VEC(struct observed_shape) shapes; /* by shape id */
    VEC(u32) current;                  /* shapes with a current observation */
    u32 source, block;
    u32 block_lags, block_starts;
    bool hits_only; /* only what tells hosts: number of events, and whether it speaks of Exchange */
    struct arena scratch;
};

void observer_init(struct observer *observer, bool hits_only);
void observer_release(struct observer *observer);

/* A block of `source` begins; shape ids are those of the worker's one schema. */
void observer_block(struct observer *observer, u32 source);
void observer_event(struct observer *observer, const struct event *event, const struct schema *schema);

/* Add up what all workers saw into scan->observations, sorted by source, kind, host. The observers are empty after. */
void observers_merge(struct observer *observers, u32 n, struct scan *scan);

#endif
