/* str.h: borrowed bytes. A str is passed by value, owns nothing and is never assumed to end in NUL; whoever returns one
 * says how long its bytes live. Text is UTF-8 unless said otherwise, and evidence may hold invalid UTF-8. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/base.h"

#include <string.h>

typedef struct str {
    const char *p;
    size_t n;
} str;

#define S(literal)  ((str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal) {"" literal, sizeof(literal) - 1} /* the same where C wants a constant: static tables */
#define STR_NONE    ((str){NULL, 0})
#define STR_ARG(s)  (int)(s).n, (s).p ? (s).p : "" /* for "%.*s" */

static inline str str_from(const char *z)
{
    return z ? (str){z, strlen(z)} : STR_NONE;
}

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline str str_sub(str s, size_t from, size_t to) /* [from, to), cut to what there is */
{
    const size_t end = MIN(to, s.n);
    const size_t start = MIN(from, end);
    return (str){s.p ? s.p + start : NULL, end - start}; /* NULL + 0 is undefined in C */
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_ieq(str a, str b);                 /* ASCII letters without case */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_istarts(str s, str prefix);        /* ASCII letters without case */
bool str_iends(str s, str suffix);
size_t str_find(str s, str needle);         /* offset, or SIZE_MAX */
size_t str_ifind(str s, str needle);
size_t str_find_char(str s, char c);
str str_file_name(str path);                  /* what is behind the last / or \ */
int str_cmp(str a, str b);                  /* by bytes, shorter first */
str str_trim(str s);                        /* without ASCII white space at both ends */
bool str_next(str *rest, char sep, str *out); /* cut the next piece off *rest; false when there is none left */
bool str_u64(str s, u64 *out);              /* decimal or 0x hex, the whole of s, no sign; false if not or too big */
bool str_i64(str s, i64 *out);              /* as str_u64 with an optional sign */

#endif
