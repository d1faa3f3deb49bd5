/* match.h: which rules does an event match? Two answers stand behind one interface: plain (slow, obviously right, the
 * oracle) and fast. They share the rule tree and nothing else, and must agree on every event.
 *
 * A matcher belongs to one worker and one schema; it may keep what it learnt of shapes and values. The ruleset must outlive
 * it. Correlation rules are not its business: it reports the ordinary rules, correlate.h does the rest. */
#ifndef RULE_MATCH_MATCH_H
#define RULE_MATCH_MATCH_H

#include "event/event.h"
#include "rule/ruleset.h"

struct line_screen; /* parse/screen.h */

struct matcher_ops {
    const char *name;
    /* What the matcher makes of the rules, once a run: const, shared by all workers, and outlives their matchers. */
    const void *(*compile)(const struct ruleset *set);
    void (*free)(const void *compiled); /* NULL allowed */
    /* One of `workers` that run at once: they share what caches may hold, so more of them take little more memory. */
    void *(*open)(const void *compiled, const struct schema *schema, u32 workers);
    /* Writes the indexes of the rules that the event matches, ascending, to out (room for set->n_rules); returns how many. */
    u32 (*match)(void *matcher, const struct event *event, u32 *out);
    /* By rule, as of now: was there an event whose answer hung on a text at which a regular expression met its limits?
     * Lives as long as the matcher. A rule is there or not whatever the caches kept: the union over all matchers of a run
     * does not depend on how the events were shared out. The plain matcher also names rules to which the text made no
     * difference, when it came to ask it. */
    const bool *(*limited)(const void *matcher);
    /* Of a shape of a text log: what a line must hold before any rule can match it; lines with one of the literals `also` (lower
     * case) are of interest too. NULL, the function or its answer: every line is. The same answer for the same question, but for
     * a shape that has been asked of only a few times: a screen takes time to make. Lives as long as the matcher. */
    const struct line_screen *(*screen)(void *matcher, const struct shape *shape, const str *also, u32 n_also);
    void (*close)(void *matcher);
};

extern const struct matcher_ops matcher_plain, matcher_fast;

/* Why did it match: the tests that were true on this event, for the finding's `matched`. Written from the rule tree by the
 * plain matcher's own code; called for reported hits only. Texts live in the arena, or in the event. An explainer belongs to
 * one worker and keeps the rules that it was asked of, their regular expressions as machine code: hits of one rule come in
 * thousands. */
struct explainer;
struct explainer *explainer_new(const struct ruleset *set);
void explainer_free(struct explainer *explainer); /* NULL allowed */
struct match_reason {
    str field, value, test; /* test: "CommandLine|contains: whoami" */
};
u32 match_explain(struct explainer *explainer, const struct sigma_rule *rule, const struct event *event,
                  const struct schema *schema, struct arena *arena, struct match_reason **out);

/* The whole of a rule held against an event, as a tree in the order of the rule, by the plain matcher's own code: for whoever
 * asks why a rule does not match. One tree for each way in which the event is of the rule's log source; none: it is not. */
struct match_line {
    u32 depth;
    enum match_state { MATCH_NOTE, MATCH_FALSE, MATCH_TRUE, MATCH_MISSING } state; /* MISSING: false for want of the field */
    str text;  /* "condition", "and", a selection, "Image|endswith: \\a.exe", a value of a list */
    str value; /* what the event has there; p NULL: nothing to show */
};
u32 match_tree(struct explainer *explainer, const struct sigma_rule *rule, const struct event *event,
               const struct schema *schema, struct arena *arena, struct match_line **out);

#endif
