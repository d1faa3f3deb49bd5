/* filter.h: a filter joined to a rule: each condition of the rule AND any condition of the filter, as they are written. */
#ifndef RULE_SIGMA_FILTER_H
#define RULE_SIGMA_FILTER_H

#include "base/arena.h"
#include "rule/sigma/sigma.h"

void sigma_join_filter(struct sigma_rule *rule, const struct sigma_rule *filter, struct arena *arena);

#endif
