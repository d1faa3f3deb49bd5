/* check.h: is every modifier of an item known, in a place where it can be honoured, and does every value suit it? What
 * passes here can be evaluated by both matchers without another question. */
#ifndef RULE_SIGMA_CHECK_H
#define RULE_SIGMA_CHECK_H

#include "base/status.h"
#include "rule/sigma/sigma.h"

/* err: line, column and why, beginning with one of the phrases of docs/rules.md. *out_lint is what is honoured but looks
 * like a mistake, a constant text, or NULL. */
enum status sigma_check_item(const struct sigma_item *item, const char **out_lint, struct err *err);

bool sigma_has_modifier(const struct sigma_item *item, const char *name);

#endif
