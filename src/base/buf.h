/* buf.h: bytes that grow up to a maximum stated at birth. Sticky: when the maximum is met the append is dropped, `full` is
 * set and stays, and the caller looks once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
    bool full;
};

void buf_init(struct buf *buf, size_t max); /* allocates nothing */
void buf_release(struct buf *buf);
void buf_reset(struct buf *buf); /* empty, keeps memory, clears `full` */

char *buf_reserve(struct buf *buf, size_t n); /* room for n more bytes at p + n, or NULL and full; then add to buf->n */
void buf_add(struct buf *buf, str s);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline str buf_str(const struct buf *buf)
{
    return (str){buf->p, buf->n};
}

#endif
