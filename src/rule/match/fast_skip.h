/* fast_skip.h: is one of a few long literals in a value? Asked of the value's bytes as they stand in the evidence: nothing is
 * converted, folded or hashed, and most bytes are not even read. A window as long as the shortest literal moves along the
 * text; the three characters at its end say how far it may jump:
 *
 *     literals  sekurlsa::  misc::skeleton          three characters that are in neither first part: jump the whole window
 *
 * It answers "no" or "perhaps": what it does not understand (escapes, code pages) is perhaps. */
#ifndef RULE_MATCH_FAST_SKIP_H
#define RULE_MATCH_FAST_SKIP_H

#include "base/arena.h"
#include "event/value.h"

struct fast_skip;

struct fast_skip_literal {
    str text;    /* folded */
    bool at_end; /* nowhere else */
};

/* NULL when the literals are too short, or not all ASCII: then every value is perhaps. They and their texts live as long as
 * the arena, which holds the result. */
const struct fast_skip *fast_skip_new(const struct fast_skip_literal *literals, u32 n, struct arena *arena);

/* False: no literal is in the folded text of the value with a space before and behind it. Arrays are perhaps. */
bool fast_skip_may(const struct fast_skip *skip, struct value v);

#endif
