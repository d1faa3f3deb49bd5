/* lint_part.h: what the parts of lint.h share; private to them. */
#ifndef RULE_LINT_PART_H
#define RULE_LINT_PART_H

#include "base/mem.h"
#include "rule/lint.h"

struct linter {
    const struct ruleset *set;
    struct arena *arena;
    i64 today;
    struct intern names; /* fields.def: common names, of which another case is a slip */
    const struct sigma_rule *rule;
    const struct sigma_logsource *source; /* whose fields are looked at */
    struct logsource_places places;       /* of it */
    VEC(struct lint) all;
};

void lint_add(struct linter *l, const char *kind, u32 line, u32 col, str hint, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* Items of one map, linked by AND: each by itself, then against each other. In lint_item.c. */
void lint_group(struct linter *l, const struct sigma_group *group);
/* The fields of a map, and event ids, against the log source. In lint_field.c. */
void lint_fields(struct linter *l, const struct sigma_group *group);
void lint_field_name(struct linter *l, str field, u32 line, u32 col);

#endif
