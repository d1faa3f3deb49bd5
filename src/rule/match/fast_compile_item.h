/* fast_compile_item.h: `field|modifiers: values` to a node over tests; private to the compiler. */
#ifndef RULE_MATCH_FAST_COMPILE_ITEM_H
#define RULE_MATCH_FAST_COMPILE_ITEM_H

#include "rule/match/fast_rules.h"

/* The compiler at work: nodes and tests grow, and are frozen at the end. */
struct fast_compiler {
    const struct ruleset *set;
    struct arena *arena;  /* of the result */
    struct arena scratch; /* reset after each item */
    struct fast_tests *tests;
    VEC(struct fast_node) nodes;
    VEC(u32) kids;
    const struct logsource_rename *renames; /* in force */
    u32 n_renames;
};

u32 fast_node_leaf(struct fast_compiler *c, enum fast_op op, u32 test);
u32 fast_node_list(struct fast_compiler *c, enum fast_op op, const u32 *kids, u32 n); /* of one: that one */
u32 fast_node_not(struct fast_compiler *c, u32 node);

u32 fast_compile_item(struct fast_compiler *c, const struct sigma_item *item);

#endif
