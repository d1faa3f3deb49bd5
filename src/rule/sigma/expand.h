/* expand.h: one value of a rule becomes several before it is checked, so that no matcher has to know:
 *
 *   expand    %name% becomes each of the values that are given for it, as they stand; `\%` is a percent sign
 *   windash   in front of an encoding: each dash that begins a word becomes each of the five
 *
 * What one value becomes is linked by OR. Under `all` an item whose values become several is split into one item a value. */
#ifndef RULE_SIGMA_EXPAND_H
#define RULE_SIGMA_EXPAND_H

#include "rule/sigma/read_part.h"

/* The items that `item` becomes, in the arena: itself, as a rule. */
enum status sigma_expand(struct sigma_reading *r, struct sigma_item *item, struct sigma_item **out, u32 *out_n);

/* The values of placeholders: a YAML map of names to a text or a list of texts. In the arena. */
enum status sigma_placeholders_read(str text, struct arena *arena, const struct yaml **out, struct err *err);

#endif
