/* fast_plan.h: what a shape decides, once: which rules its events can match at all, and what has to be looked at to know.
 *
 * A plan starts from the groups whose places fit the shape, knows which fields are absent (their tests are false, but for
 * null) and which are constants (asked once, here), and folds that into each unit's tree with three values: true, false, and
 * "depends on the slots". What is left to do for an event is to ask the slots that some living unit asks. */
#ifndef RULE_MATCH_FAST_PLAN_H
#define RULE_MATCH_FAST_PLAN_H

#include "rule/match/fast_cache.h"
#include "rule/match/fast_message.h"
#include "rule/match/fast_rules.h"

struct fast_slot {
    u32 slot;  /* in the event */
    u32 field; /* number in the tests */
    struct fast_key key;  /* of this event's value, when it has one */
    bool has_key;
    struct fast_key last; /* the newest value's key and its list, while `last_round` is the matcher's round */
    u32 last_type, last_list;
    u64 last_round;
};

struct fast_plan {
    u32 id;
    bool *alive;   /* by unit; NULL: no unit is */
    u32 *always;   /* living units to evaluate for each event */
    u32 n_always;
    u32 *certain;  /* rules that every event of the shape matches */
    u32 n_certain;
    u32 *known;    /* tests that are true of every event of the shape */
    u32 n_known;
    struct fast_slot *slots;
    u32 n_slots;
    const struct fast_words *asks; /* the keywords of the living units; NULL: there are none … */
    u32 message;             /* … and here of the message as a whole: the number of FAST_MESSAGE, else FAST_NONE */
    struct fast_slot *words; /* every slot of the shape, when keywords are asked */
    u32 *word_slots;         /* theirs: nearly all are left at the first look, which should not reach far */
    u32 n_words;
    const u32 *const_words;  /* the tests of FAST_WORDS that the constants make true */
    u32 n_const_words;
    u32 *refs;     /* TEST_REF tests of living units */
    u32 n_refs;
};

/* Working memory for building plans, kept between them. */
struct fast_planner {
    bool has_data; /* the shape has unnamed Data */
    const struct fast_rules *rules;
    struct fast_asker *asker;
    struct fast_found known;  /* tests */
    struct fast_found wanted; /* fields */
    struct fast_found refs;   /* tests */
    struct fast_found words;  /* tests of FAST_WORDS and FAST_MESSAGE */
    u8 *states;               /* by field number: what the shape says of it */
    struct fast_lists known_words;          /* the keywords of plans, each list once … */
    VEC(const struct fast_words *) asks; /* … and what was made of it; NULL: nothing yet */
};
void fast_planner_init(struct fast_planner *planner, const struct fast_rules *rules, struct fast_asker *asker);
void fast_planner_release(struct fast_planner *planner);
void fast_planner_forget(struct fast_planner *planner); /* the arena of its plans was reset */

/* The plan, in the arena. */
struct fast_plan *fast_plan_new(struct fast_planner *planner, const struct shape *shape, struct arena *arena);

#endif
