/* value.h: one value of one field, as the evidence holds it.
 *
 * A value is 16 bytes and points into the evidence block or the task arena; making one converts nothing. Text is made only
 * when somebody asks, by value_text, which is the one definition of what a value looks like: dump prints it, reports show
 * it, the plain matcher compares it, and the fast matcher must agree with it. */
#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

#include "base/arena.h"

enum value_type {
    VALUE_NONE,       /* the field is not there */
    VALUE_NULL,       /* there, and null */
    VALUE_UTF8,       /* p, n: text as it stands (evidence may hold invalid UTF-8: shown as U+FFFD) */
    VALUE_JSON,       /* p, n: body of a JSON string that holds escapes, without its quotes; checked by the reader */
    VALUE_CSV,        /* p, n: body of a quoted CSV cell in which "" stands for " */
    VALUE_PLUS,       /* p, n: text in which '+' stands for a space (IIS user agents, referers) */
    VALUE_UTF16,      /* p, n bytes of UTF-16LE */
    VALUE_ANSI,       /* p, n bytes of Windows-1252 */
    VALUE_I64,        /* i: shown in decimal */
    VALUE_U64,        /* u: shown in decimal */
    VALUE_HEX,        /* u: shown as 0x and lower-case digits without leading zeros */
    VALUE_F64,        /* f: shown as %.17g cut to the shortest that reads back the same */
    VALUE_BOOL,       /* u: shown as true or false */
    VALUE_FILETIME,   /* u: shown as RFC 3339 with 7 decimals, Z; every number has a date, 0 is 1601-01-01 */
    VALUE_SYSTEMTIME, /* p: 16 bytes; shown as RFC 3339 with 3 decimals, Z */
    VALUE_GUID,       /* p: 16 bytes; shown upper case without braces, 8-4-4-4-12 */
    VALUE_SID,        /* p, n: shown as S-1-… */
    VALUE_BINARY,     /* p, n: shown as upper-case hex */
    VALUE_ARRAY,      /* items, n: elements of any other type (an array in an array is shown nested) */
};

struct value {
    u8 type; /* enum value_type */
    u32 n;   /* bytes, or elements */
    union {
        const void *p;
        const struct value *items;
        u64 u;
        i64 i;
        double f;
    };
};

static_assert(sizeof(struct value) == 16, "a value is two words");

static inline struct value value_utf8(str s)
{
    return (struct value){.type = VALUE_UTF8, .n = (u32)s.n, .p = s.p};
}

static inline struct value value_u64(u64 u)
{
    return (struct value){.type = VALUE_U64, .u = u};
}

/* The value as valid UTF-8. The result lives as long as what the value points to and `arena`. NULL and NONE give an empty
 * text; an array gives its elements joined by one space (dump prints arrays as arrays). */
str value_text(struct value v, struct arena *arena);

/* The value as a whole number: of number types, and of text that is a decimal or 0x number (str_i64 rules; values above
 * INT64_MAX do not fit). */
bool value_int(struct value v, i64 *out);

bool value_is_text(struct value v); /* UTF8, JSON, CSV, PLUS, UTF16, ANSI */

#endif
