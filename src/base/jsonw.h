/* jsonw.h: writing JSON into a buf. Sticky: nothing returns an error, buf->full is looked at once at the end. Commas, colons
 * and indentation come by themselves; that calls are balanced, and keys stand before values, is asserted.
 *
 *     struct jsonw w = jsonw_start(&buf, JSONW_PRETTY);
 *     jsonw_object(&w);
 *     jsonw_key(&w, "hosts"); jsonw_array(&w); … jsonw_array_end(&w);
 *     jsonw_member_str(&w, "verdict", S("ATTACKED"));
 *     jsonw_object_end(&w);
 *
 * What is written is always valid UTF-8 (bytes that are none become U+FFFD), and nothing in it can steer a terminal or
 * break a line of a script: control characters, DEL, C1, U+2028/2029 and the marks that turn text around are escaped. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"

#define JSONW_DEPTH 64

enum jsonw_style {
    JSONW_COMPACT, /* one line, no spaces */
    JSONW_PRETTY,  /* two spaces a level */
};

struct jsonw { /* private to jsonw.c */
    struct buf *out;
    enum jsonw_style style;
    u32 depth;
    u64 objects;   /* bit i: the container at depth i is an object */
    u64 has_items; /* bit i: it has a member already */
    bool after_key;
};

struct jsonw jsonw_start(struct buf *out, enum jsonw_style style);

void jsonw_object(struct jsonw *w);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_array_end(struct jsonw *w);

void jsonw_key(struct jsonw *w, const char *key);
void jsonw_key_str(struct jsonw *w, str key);
void jsonw_str(struct jsonw *w, str s);
void jsonw_i64(struct jsonw *w, i64 i);
void jsonw_u64(struct jsonw *w, u64 u);
void jsonw_f64(struct jsonw *w, double f); /* shortest that reads back the same; null if not finite */
void jsonw_bool(struct jsonw *w, bool b);
void jsonw_null(struct jsonw *w);
void jsonw_raw(struct jsonw *w, str json); /* one whole value, written already */

struct json;
void jsonw_value(struct jsonw *w, const struct json *value); /* a tree that was read; the reader bounds its depth */

/* key and value in one */
void jsonw_member_str(struct jsonw *w, const char *key, str s);
void jsonw_member_z(struct jsonw *w, const char *key, const char *z); /* NULL gives null */
void jsonw_member_i64(struct jsonw *w, const char *key, i64 i);
void jsonw_member_u64(struct jsonw *w, const char *key, u64 u);
void jsonw_member_f64(struct jsonw *w, const char *key, double f);
void jsonw_member_bool(struct jsonw *w, const char *key, bool b);
void jsonw_member_null(struct jsonw *w, const char *key);
void jsonw_member_time(struct jsonw *w, const char *key, i64 ns); /* RFC 3339; TIME_NONE gives null */

/* s as a JSON string with its quotes. */
void jsonw_quote(struct buf *out, str s);

#endif
