/* fast_rules.h: a rule set compiled for the fast matcher: tests (fast_test.h), and the rules as trees over them.
 *
 * A rule that may fire in places where its fields go by other names becomes several units, one for each set of names: "Image"
 * of a process_creation rule is Sysmon's Image in one and NewProcessName of the security log in the other. A unit knows its
 * *needs*: tests of which at least one is true whenever the unit is; an event with none of them true needs no evaluation.
 *
 * Const after fast_compile; shared by all threads. */
#ifndef RULE_MATCH_FAST_RULES_H
#define RULE_MATCH_FAST_RULES_H

#include "rule/match/fast_test.h"
#include "rule/ruleset.h"

struct fast_node {
    enum fast_op { NODE_FALSE, NODE_TRUE, NODE_TEST, NODE_AND, NODE_OR, NODE_NOT } op;
    u32 first; /* TEST: the test; NOT: the node; AND, OR: kids[first … first + n) */
    u32 n;
};

struct fast_unit {
    u32 rule;    /* index in the rule set */
    u32 root;    /* node */
    const u32 *needs; /* n_needs 0: nothing known, evaluate always */
    u32 n_needs;
    const u32 *fields; /* numbers of the fields it asks, each once */
    u32 n_fields;
    const u32 *refs;   /* its TEST_REF tests */
    u32 n_refs;
    const u32 *words;  /* its tests of FAST_WORDS and FAST_MESSAGE */
    u32 n_words;
};

/* Units with the same log source, field names and extra conditions: they are candidates together. */
struct fast_group {
    const struct logsource_place **places;
    u32 n_places;
    u32 first, n; /* units */
};

struct fast_rules {
    struct arena arena;
    const struct ruleset *set;
    const struct fast_tests *tests;
    struct fast_node *nodes;
    u32 n_nodes;
    u32 *kids;
    struct fast_unit *units;
    u32 n_units;
    struct fast_group *groups;
    u32 n_groups;
    const u32 *needed_by, *needed_by_first; /* test → units that need it: needed_by[first[t] … first[t + 1]) */
};

const struct fast_rules *fast_compile(const struct ruleset *set);
void fast_rules_free(const struct fast_rules *rules);

#endif
