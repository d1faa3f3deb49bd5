/* utf.h: UTF-8 and UTF-16LE. Evidence is never refused for bad text: each byte that is no valid UTF-8, and each lone
 * surrogate, becomes U+FFFD, so the result of every conversion is valid UTF-8. */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include "base/arena.h"
#include "base/buf.h"

#define UTF_BAD 0xFFFDu

/* The code point at s.p[*at], *at moved behind it (by one byte when it is not valid). *at must be < s.n. */
u32 utf8_next(str s, size_t *at);
size_t utf8_put(u32 code, char out[4]); /* number of bytes */
bool utf8_valid(str s);
str utf8_clean(struct arena *arena, str s); /* s itself when valid, else a copy with U+FFFD for what is not */

/* n bytes of UTF-16LE (an odd last byte is dropped) as UTF-8 in the arena. */
str utf16_text(struct arena *arena, const u8 *p, size_t n);

/* Simple case folding, one code point to one (Unicode CaseFolding.txt statuses C and S), from a generated table. */
u32 utf_fold(u32 code);

#endif
