/* plain_source.h: the plain matcher's own reading of the log source map, straight from its YAML; private to it. */
#ifndef RULE_MATCH_PLAIN_SOURCE_H
#define RULE_MATCH_PLAIN_SOURCE_H

#include "event/event.h"
#include "rule/ruleset.h"

/* One way for an event to be of a rule's log source: a place of each entry that speaks of the rule. */
struct plain_way {
    u32 rule;                   /* index in the ruleset */
    const struct yaml **places;
    u32 n_places;
};

/* All ways in which events of this shape can be of the rule's log source; `where` is not asked yet. */
u32 plain_ways(const struct ruleset *set, const struct sigma_rule *rule, const struct shape *shape, struct arena *arena,
               struct plain_way **out);

/* What the evidence calls the rule's field, going this way. */
str plain_rename(const struct plain_way *way, str field);

#endif
