/* read_part.h: what the readers of the parts of a rule share; private to sigma/. */
#ifndef RULE_SIGMA_READ_PART_H
#define RULE_SIGMA_READ_PART_H

#include "rule/sigma/read.h"

struct sigma_reading {
    struct arena *arena;
    const struct sigma_sink *sink;
    struct sigma_rule *rule;
    struct err *err;
};

/* Fill err at the place of `at` (NULL: the document) and return ERR_SYNTAX. */
enum status read_fail(struct sigma_reading *r, const struct yaml *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
void read_lint(struct sigma_reading *r, const struct yaml *at, const char *text);

/* A scalar or a list of scalars as texts; nothing when node is NULL. `what` names it in errors. */
enum status read_texts(struct sigma_reading *r, const struct yaml *node, const char *what, str **out, u32 *out_n);

str read_field(struct sigma_reading *r, str name); /* in read_detection.c */

/* `extra`: a key of the map that is no selection, or NULL. In read_detection.c. */
enum status read_detection(struct sigma_reading *r, const struct yaml *detection, const char *extra);
enum status read_correlation(struct sigma_reading *r, const struct yaml *doc); /* read_correlation.c */

/* Of a correlation, in read_correlation.c; `what` names the key in errors. */
enum status read_timespan(struct sigma_reading *r, const struct yaml *node, const char *what, struct sigma_correlation *out);
enum status read_bound_number(struct sigma_reading *r, const struct yaml *node, exact_number *out);

/* Sigma 1's aggregations: read_legacy.c. Base rules go to the sink, the rule becomes their correlation. */
bool is_legacy(const struct yaml *detection);
enum status read_legacy(struct sigma_reading *r, const struct yaml *doc);

#endif
