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

enum utf16_order { UTF16_NONE, UTF16_LITTLE, UTF16_BIG };
/* By the byte order mark that a text begins with. */
enum utf16_order utf16_order(str head);
/* Append UTF-16 as UTF-8, each lone surrogate as U+FFFD. The bytes that were used: what is left is a part of a character, to be
 * given again with what follows. end: nothing does, so all is used; an odd last byte is dropped. */
size_t utf16_append(struct buf *out, str in, enum utf16_order order, bool end);

/* n bytes of UTF-16LE (an odd last byte is dropped) as UTF-8 in the arena. */
str utf16_text(struct arena *arena, const u8 *p, size_t n);

/* Simple case folding, one code point to one (Unicode CaseFolding.txt statuses C and S), from a generated table. */
u32 utf_fold(u32 code);

#endif
