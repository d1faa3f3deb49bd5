/* exact.h: numbers as correlations count them: a whole part of 64 bits with a sign and up to 18 decimals, held as multiples of
 * 10^-18 in 128 bits. Nothing is ever rounded: what does not fit is no number here. */
#ifndef RULE_EXACT_H
#define RULE_EXACT_H

#include "base/str.h"

#define EXACT_DECIMALS 18

__extension__ typedef __int128 exact_number;

#define EXACT_ONE ((exact_number)1000000000000000000)

/* A number as Sigma has them (sigma.h: sigma_is_number). False: it is none, or has more decimals, zeros at their end not counted. */
bool exact_parse(str text, exact_number *out);

/* Up to 2^32 of them, added and taken away in any order: high × 2^64 + low. */
struct exact_sum {
    exact_number high, low;
};

void exact_add(struct exact_sum *sum, exact_number number);
void exact_take(struct exact_sum *sum, exact_number number);
/* The sum against `number` × `count`: below 0, 0, above 0. */
int exact_compare(const struct exact_sum *sum, exact_number number, u32 count);

#endif
