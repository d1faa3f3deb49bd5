/* cond.h: the condition of a rule, from text to tree.
 *
 *   condition = and-part { "or" and-part }        binds least
 *   and-part  = not-part { "and" not-part }
 *   not-part  = "not" not-part | primary
 *   primary   = "(" condition ")" | quantity "of" ("them" | pattern) | selection
 *   quantity  = "1" | "any" | "all"
 *
 * Words are what stands between blanks and brackets; and, or, not, of, them and the quantities are known in any case, names
 * of selections as written. A pattern may hold '*' anywhere. "them" leaves out selections whose name starts with '_'; a
 * pattern takes whatever it fits. A name or pattern that fits no selection is an error. */
#ifndef RULE_SIGMA_COND_H
#define RULE_SIGMA_COND_H

#include "base/arena.h"
#include "base/status.h"
#include "rule/sigma/sigma.h"

/* The tree lives in the arena. On failure err->msg starts with "condition: " (or "needs translation: " for what Sigma 1 put
 * behind a '|') and err->col is the column in `text`, from 1. */
enum status cond_parse(str text, const struct sigma_selection *selections, u32 n_selections, struct arena *arena,
                       struct sigma_node **out, struct err *err);

#endif
