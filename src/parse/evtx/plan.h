/* plan.h: from a record to an event, at the cost of the record's own bytes.
 *
 * The first record of a form is read into a tree and named (fragment_build, naming_run); what comes out is kept as a plan:
 * the shape, and for each of its slots where in the record's flat slots the value is. Every later record of the form is a
 * scan, a look-up by its key, and a copy of slots. Two look-ups, because the names of some fields and the event id stand in
 * slots: the key of the scan gives the form (which slots decide), their values give the plan. The last form and plan are
 * tried first.
 *
 * A planner belongs to one worker and one schema, and lives from block to block (struct parse_memo). */
#ifndef PARSE_EVTX_PLAN_H
#define PARSE_EVTX_PLAN_H

#include "base/mem.h"
#include "parse/evtx/naming.h"

/* How a slot of the record becomes a slot of the event. The form says the type, so what is left is by size; where that is not
 * the type's own, slot_value has the word. */
struct plan_step {
    u16 from, to;
    u8 type; /* enum value_type */
    u8 size; /* of the type, 0: any */
    u32 mask; /* of a number of up to four bytes */
};

enum plan_steps { /* in this order */
    STEPS_NULL,
    STEPS_NARROW, /* unsigned numbers of up to four bytes */
    STEPS_WIDE,   /* numbers of eight */
    STEPS_TEXT,   /* UTF-16 */
    STEPS_BYTES,  /* pointers */
    STEPS_OTHER,  /* by source_value; `from` is no slot, but `to` once more */
    STEPS_KINDS
};

struct plan {
    const struct shape *shape;
    const struct source **sources; /* of the shape's slots */
    const struct plan_step *steps;
    u16 ends[STEPS_KINDS]; /* in steps */
    i32 time; /* index of TimeCreated_SystemTime in the shape's fields, or -1 */
};

struct form {
    const u32 *deciders; /* slots */
    u32 n;
    u32 last; /* plan, or PLAN_NONE */
};
#define PLAN_NONE UINT32_MAX

/* The form of the last record whose last template was this: records of one kind come in runs, so most are told by one
 * comparison. By template id; 0 is none. */
#define RECENT_FORMS 1024

struct planner {
    struct schema *schema;
    struct templates templates;
    struct arena arena;                 /* plans, forms */
    struct intern form_keys, plan_keys; /* ids index the two below */
    u32 recent[RECENT_FORMS]; /* 1 + form */
    VEC(struct form) forms;
    VEC(struct plan) plans;
    struct slots slots;
    struct buf key, values_key;
    struct naming naming;
    bool afresh; /* never use a plan: every record through tree and names, to compare with */
};

void planner_init(struct planner *planner, struct schema *schema);
void planner_release(struct planner *planner);

/* To be called before the first record of each chunk; also empties the planner when evidence has made it grow too big. */
void planner_begin_chunk(struct planner *planner);

/* The event of the record's binary XML at [from, to) of the chunk: its shape, slots and time (`written` if it does not say).
 * False, and *bad set, if it cannot be read. Lives as long as the chunk and the arena. */
bool planner_event(struct planner *planner, const struct evtx_chunk *chunk, u32 from, u32 to,
                   u64 written, struct arena *arena, struct event *out, const char **bad);

#endif
