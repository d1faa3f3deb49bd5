/* observe.h: what coverage needs to know of every event, whether or not a rule matched: how many, from when to when, which
 * event ids, which builds, when a log was cleared, and the samples from which a recorder's clock is judged.
 *
 * An observer sees one block, on any thread. What it saw of each block is added to the whole by observing.h. */
#ifndef ASSESS_OBSERVE_H
#define ASSESS_OBSERVE_H

#include "assess/scan.h"
#include "parse/parse.h"

#define OBSERVE_SAMPLES 64 /* of lags and of process starts, a block */

#define OBSERVE_TEXT    128 /* bytes of a name; longer ones are only slower */

/* What a field held in the event before, as the evidence has it: type and bytes. */
struct observed_text {
    u32 n;
    u8 type;
    u8 bytes[OBSERVE_TEXT];
};

/* What events of one shape have in common, and the sums of the last ones that named one host and one part of the log: they
 * come in runs, so the observation they belong to is asked for, and added to, once a run. */
struct observed_shape {
    u32 current;       /* the observation; NO_HOST before the first event of a block */
    i32 computer, told; /* where the fields are, as shape_find says: the host, and the part of the log */
    i32 bld;            /* … and the build that a line names itself */
    u32 columns;
    u32 build;         /* 1 + index in the observation's builds */
    bool is_start;     /* the start of a process in the Security log */
    bool is_sysmon;
    bool is_clearing;  /* the log was cleared */
    bool known;
    enum kind kind;
    str kind_text;     /* as shape_kind_text says */
    i64 event_id;
    u64 events, hour_events;
    i64 first, last, hour;
    struct observed_text host, part;
};

/* What was seen in one block. */
struct observed {
    struct arena arena; /* texts of the observations, and the folder */
    VEC(struct observation) observations;
    VEC(struct observed_column { enum kind kind; u32 field; }) columns; /* of the text logs; a field as often as it comes */
    str folder; /* of the source */
    str log;    /* its name without the digits of dates: files of one log differ by these */
};

struct observer {
    struct observed seen;
    struct intern keys;                /* (kind, host, part, columns) → observation */
    VEC(struct observed_shape) shapes; /* by shape id */
    VEC(u32) current;                  /* shapes with a current observation */
    u32 source, exchange; /* exchange: 1 + the last source that was seen to speak of Exchange */
    u32 block_lags, block_starts;
    bool carved;    /* what comes is; it stands in observations of its own */
    bool hits_only; /* only what tells hosts: number of events, and whether it speaks of Exchange */
    struct arena texts; /* of the shapes */
    struct arena scratch;
};

void observer_init(struct observer *observer, bool hits_only);
void observer_release(struct observer *observer);

/* A block of the source begins; shape ids go on, until observer_forget says that they begin anew. */
void observer_block(struct observer *observer, u32 source, str name);
void observer_forget(struct observer *observer);
/* Whether the events that come next were carved. */
void observer_carved(struct observer *observer, bool carved);
void observer_event(struct observer *observer, const struct event *event, const struct schema *schema);
/* The block ends: what was seen is the caller's. */
struct observed observer_take(struct observer *observer);
void observed_release(struct observed *observed);

/* Events of a text log that nobody looked at, of the host and the part of the event before. The atoms: whoever leaves events
 * out hands on those that hold one of these; none is needed once the log has spoken of Exchange. */
void observer_passed(struct observer *observer, const struct shape *shape, const struct passed *passed);
u32 observer_atoms(const struct observer *observer, const struct shape *shape, const str **out);

/* Of one observation, for whoever adds several up. */
#define OBSERVE_ID_MAX 65536
/* Sorts the hours, adds up equal ones, and leaves out each whose neighbours are no gap apart: the gaps stay what they are, alone
 * and together with those of other files. */
void observation_settle(struct observation *o);
/* The entry of an event id, made if new; with `known_only`, NULL if new. Sorted by id. */
struct observed_id *observation_id(struct observation *o, i64 id, bool known_only);
/* Where `build` stands among the builds, from 1; made if new and there is an arena. 0 when there are too many to be true. */
u32 observation_build(struct observation *o, str build, struct arena *arena);

#endif
