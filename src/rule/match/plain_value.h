/* plain_value.h: one value of a rule against one text of an event, as docs/rules.md says it; private to the plain matcher.
 *
 * Nothing here is clever: a text becomes an array of code points, a value an array of code points and wildcards, and a
 * match is a walk along both. */
#ifndef RULE_MATCH_PLAIN_VALUE_H
#define RULE_MATCH_PLAIN_VALUE_H

#include "base/arena.h"
#include "rule/sigma/sigma.h"

struct runes { /* code points; in a pattern also the RUNE_ ones */
    u32 *p;
    u32 n;
};

enum {
    RUNE_ANY = 0x110000, /* '*': any number of any characters */
    RUNE_ONE,            /* '?': exactly one, any */
    RUNE_DASH,           /* one of the five dashes */
};

/* A text of the event, with what was made of it so far. */
struct plain_text {
    str text;
    struct runes exact, folded; /* p NULL: not made yet */
};

enum plain_kind { P_EQUALS, P_CONTAINS, P_STARTS, P_ENDS, P_RE, P_CIDR, P_EXISTS, P_LT, P_LTE, P_GT, P_GTE };
enum plain_part { PART_NONE, PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };

struct plain_value;

/* An item with its modifiers understood. */
struct plain_item {
    const struct sigma_item *item;
    enum plain_kind kind;
    enum plain_part part;
    bool cased, all, neq, windash, fieldref, encoded, native;
    struct plain_value *values; /* as many as the item has */
};

/* Everything is in the arena but the regular expressions: plain_item_release gives those back. */
/* native: compile regular expressions to machine code, which counts its limits differently. */
void plain_item_init(struct plain_item *out, const struct sigma_item *item, bool native, struct arena *arena);
void plain_item_release(struct plain_item *item);

/* Does the item's i-th value hold for this text? Not for null, `exists` and `fieldref`. *limited is set when a regular
 * expression met its limits, and left alone otherwise. */
bool plain_value_matches(const struct plain_item *item, u32 i, struct plain_text *text, struct arena *arena, bool *limited);

/* For `fieldref`: the text of the other field in the place of a value, without wildcards. */
bool plain_texts_match(const struct plain_item *item, struct plain_text *text, struct plain_text *other,
                       struct arena *arena);

/* Equal but for case. */
bool plain_texts_equal(struct plain_text *a, struct plain_text *b, struct arena *arena);

#endif
