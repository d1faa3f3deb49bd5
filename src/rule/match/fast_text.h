/* fast_text.h: a value's text in the two forms that tests look at: exact (valid UTF-8, as value_text defines it) and folded
 * (the same, each code point replaced by its simple case folding). Folding works code point by code point, so an occurrence
 * in the exact text is always an occurrence in the folded one; that is what lets one folded search stand before every test.
 *
 * Folding here is a two-stage direct table over the generated ranges, not the search that base/utf.c does: "K" (U+212A, three
 * bytes) becomes "k" (one), U+023A (two bytes) becomes U+2C65 (three), so lengths may change either way. */
#ifndef RULE_MATCH_FAST_TEXT_H
#define RULE_MATCH_FAST_TEXT_H

#include "base/arena.h"
#include "event/value.h"

struct fast_text {
    str exact, folded;
};

struct fast_fold; /* the table; const once made */

const struct fast_fold *fast_fold_new(struct arena *arena);
str fast_fold_text(const struct fast_fold *fold, str utf8, struct arena *arena); /* valid UTF-8 in, valid UTF-8 out */

/* Both texts of a value that is no array. They live as long as the value and the arena. */
struct fast_text fast_text_of(const struct fast_fold *fold, struct value v, struct arena *arena);

#endif
