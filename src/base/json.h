/* json.h: reading JSON (RFC 8259, strictly) with the exact place of every error.
 *
 * Two ways: json_next pulls one token at a time out of bytes that are never copied, for evidence; json_parse builds a small
 * tree in an arena, for our own tables and documents. One leniency: bytes inside strings that are no valid UTF-8 pass, since
 * logs have them, and become U+FFFD when text is made of them. Nesting stops at LIMIT_NESTING. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/status.h"

enum json_type {
    JSON_END,   /* of the top-level value; reader.at is right behind it */
    JSON_ERROR, /* reader.why says what, reader.at where; stays */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER, /* text: as written */
    JSON_STRING, /* text: the body between the quotes */
    JSON_KEY,    /* text: the body between the quotes; its value is the next token */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
};

struct json_reader {
    const char *start, *end;
    size_t at;       /* of the next byte to look at */
    str text;        /* of the last KEY, STRING or NUMBER: a slice of the input */
    size_t text_at;  /* offset of the first byte of the last token */
    bool escaped;    /* `text` holds escapes, all of them valid: see json_unescape */
    bool cut_short;  /* the error is that the input ended: with more bytes it might be none */
    const char *why; /* constant */
    u64 objects;     /* bit i: the container at depth i is an object */
    u32 depth;
    u8 expect; /* private to json.c */
};

/* Read one value that begins at offset `at` of `input`. What follows the value is not looked at. */
void json_start(struct json_reader *reader, str input, size_t at);
enum json_type json_next(struct json_reader *reader);
/* Read the whole value that begins at the next token; the type of that token, or JSON_ERROR. */
enum json_type json_skip(struct json_reader *reader);

/* The text of a string body that has escapes, valid UTF-8 (lone surrogates become U+FFFD). The escapes must be valid. */
str json_unescape(str body, struct arena *arena);

/* Line and column from 1 of an offset, for people. */
void text_position(str text, size_t off, u32 *ret_line, u32 *ret_col);

/* The tree. Strings are valid UTF-8 without escapes; everything lives as long as the arena and the text that was parsed. */
struct json {
    enum json_type type; /* NULL, FALSE, TRUE, NUMBER, STRING, OBJECT, ARRAY */
    str key;             /* of a member of an object */
    str text;            /* of STRING; of NUMBER as written */
    size_t off;          /* in the parsed text */
    u32 n;               /* members or elements */
    struct json *first, *next;
};

/* The one value that is all of `text`. err (NULL allowed) gets offset, line and column. */
enum status json_parse(str text, struct arena *arena, const struct json **out, struct err *err) MUST_USE;

/* All take NULL for value and pass it on, so that paths can be written without a check at each step. */
const struct json *json_get(const struct json *object, const char *key); /* first of that name, or NULL */
const struct json *json_at(const struct json *array, u32 i);             /* or NULL */
str json_text(const struct json *value);                                 /* of STRING and NUMBER, else empty */
bool json_i64(const struct json *value, i64 *out);                       /* NUMBER without fraction that fits */
bool json_f64(const struct json *value, double *out);                    /* any NUMBER */
bool json_bool(const struct json *value, bool *out);

#define JSON_EACH(container, it)                                                                   \
    for (const struct json *it = (container) ? (container)->first : NULL; it; it = it->next)

#endif
