/* fast_pattern.h: a rule's string, through its modifiers, to something that can be compared with a text.
 *
 *   read      escapes and wildcards become tokens:      \\a\*b*    →  '\' 'a' '*' 'b' MANY
 *   modify    the modifiers in the order written:       contains   →  MANY … MANY;  windash: DASH for a '-' at a word start
 *   pattern   runs of characters become byte strings, folded unless `cased`:       MANY "\a*b" MANY
 *
 * A pattern says also what a searcher can use of it: `shape` is the way to find it without comparing token by token, and
 * `needle` a piece that the folded text must contain. Everything lives in the arena given. */
#ifndef RULE_MATCH_FAST_PATTERN_H
#define RULE_MATCH_FAST_PATTERN_H

#include "rule/match/fast_text.h"

/* A token is a code point, or one of these. */
enum fast_token {
    TOKEN_ONE = 0x110000, /* any one character */
    TOKEN_MANY,           /* any characters, also none */
    TOKEN_DASH,           /* one of the five dashes of `windash` */
};

struct fast_tokens {
    u32 *p;
    u32 n;
    bool exact_case; /* `cased`, and what base64 makes */
    bool is_bytes;   /* utf16 has made bytes of them: each token is one */
};

struct fast_tokens fast_tokens_read(str text, struct arena *arena);
void fast_tokens_contains(struct fast_tokens *tokens, struct arena *arena);
void fast_tokens_startswith(struct fast_tokens *tokens, struct arena *arena);
void fast_tokens_endswith(struct fast_tokens *tokens, struct arena *arena);
void fast_tokens_windash(struct fast_tokens *tokens);

enum fast_utf16 { UTF16_LE, UTF16_BE, UTF16_BOM };
void fast_tokens_utf16(struct fast_tokens *tokens, enum fast_utf16 form, struct arena *arena);
void fast_tokens_base64(struct fast_tokens *tokens, struct arena *arena);
/* The part of the encoding that does not depend on neighbours when the bytes stand `shift` (0, 1, 2) behind a multiple of
 * three; false when nothing is left. */
bool fast_tokens_base64offset(const struct fast_tokens *tokens, u32 shift, struct arena *arena, struct fast_tokens *out);

enum fast_shape {
    SHAPE_EQUAL,    /* one literal, the whole text; the empty string too */
    SHAPE_PREFIX,   /* literal, then anything */
    SHAPE_SUFFIX,
    SHAPE_CONTAINS,
    SHAPE_ANY,      /* nothing but MANY: every text */
    SHAPE_GENERAL,
};

struct fast_pattern {
    enum fast_shape shape;
    bool exact_case;
    str literal; /* of the first four shapes */
    str needle;  /* the longest literal of a GENERAL pattern, folded; empty if it has none */
    const struct fast_element {
        u32 token; /* TOKEN_ONE, TOKEN_MANY, TOKEN_DASH, or 0: `text` */
        str text;
    } *elements;
    u32 n;
    str key; /* equal for two patterns exactly when they are the same test */
};

struct fast_pattern fast_pattern_make(const struct fast_tokens *tokens, const struct fast_fold *fold, struct arena *arena);
/* A copy in another arena, no larger than it must be, without its key. */
struct fast_pattern fast_pattern_keep(const struct fast_pattern *pattern, struct arena *arena);
bool fast_pattern_match(const struct fast_pattern *pattern, const struct fast_text *text);

#endif
