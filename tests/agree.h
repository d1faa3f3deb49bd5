/* agree.h: the plain and the fast matcher side by side on the same events: every difference is counted, the first few are
 * printed with rule and event. For the unit tests, the whole-data run (agree_main.c), and the fuzzer. */
#ifndef TESTS_AGREE_H
#define TESTS_AGREE_H

#include "rule/match/match.h"

struct agree {
    const struct ruleset *set;
    struct schema schema;
    const void *compiled[2];
    void *matchers[2];
    u32 *out[2];
    bool *seen;                  /* by rule: has it matched? */
    u64 events[2], hits;         /* events that each matcher was given; rule hits of the plain one */
    u64 differences;
    u32 differing;               /* a rule of the first difference */
    u64 matching_events;
    u32 every, turn;             /* of agree_batch: compare one event in `every` */
};

void agree_init(struct agree *agree, const struct ruleset *set);
void agree_release(struct agree *agree);

/* Both matchers on all n events. */
void agree_batch(struct agree *agree, const struct event *events, size_t n);
/* Whether both saw the same number of events and said the same of each. */
bool agree_holds(const struct agree *agree);
u32 agree_rules_seen(const struct agree *agree);

/* Rules and events drawn from a grammar by a seed: small words that meet often, every modifier, every type of value.
 * Runs `rounds` rule sets; false at the first that does not agree. Totals are added to *hits and *events. */
struct agree_totals {
    u64 rules, rejected, events, hits, differences;
};
bool agree_random(u64 seed, u32 rounds, struct agree_totals *totals);

/* All rules below a folder or in an archive. */
struct ruleset *agree_load_rules(const char *path, bool in_region);
/* Every event of the evidence that a reader knows, in the order of the evidence, one in `every`. */
void agree_evidence(struct agree *agree, const char *path, u32 every);

#endif
