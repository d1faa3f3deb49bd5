/* rules.h: what `leadline rules` does, one file a verb: rules_<verb>.c. Private to cmd_rules.c and these.
 *
 * Each appends its whole output to `out`, whatever the form, and returns a failure only when there is none. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "cli/run.h"

/* *bad: a rule was rejected (check), a case failed (test). */
enum status rules_check(const struct options *options, struct buf *out, bool *bad, struct err *err) MUST_USE;
enum status rules_list(const struct options *options, struct buf *out, struct err *err) MUST_USE;
enum status rules_explain(const struct options *options, struct buf *out, struct err *err) MUST_USE;
enum status rules_test(const struct options *options, struct buf *out, bool *bad, struct err *err) MUST_USE;

/* --format text (default) or json. */
enum status rules_format(const struct options *options, bool *out_json, struct err *err) MUST_USE;

/* Rules as people wrote them: the base rules of Sigma 1 aggregations are parts of theirs. */
static inline u32 rules_written(const struct ruleset *rules)
{
    u32 n = 0;
    for (u32 i = 0; i < rules->n_rules; i++)
        n += !rules->rules[i]->alert;
    return n;
}

#endif
