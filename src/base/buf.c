#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_release(struct buf *buf)
{
    mem_free(buf->p);
    *buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf)
{
    buf->n = 0;
    buf->full = false;
}

char *buf_reserve(struct buf *buf, size_t n)
{
    if (buf->full || n > buf->max - buf->n) {
        buf->full = true;
        return NULL;
    }
    if (!buf->p || n > buf->cap - buf->n) {
        const size_t want = MAX(buf->n + n, buf->cap * 2);
        buf->cap = MIN(MAX(want, (size_t)64), buf->max);
        buf->p = mem_grow(buf->p, buf->cap, 1);
    }
    return buf->p + buf->n;
}

void buf_add(struct buf *buf, str s)
{
    if (s.n == 0)
        return;
    char *const p = buf_reserve(buf, s.n);
    if (p) {
        memcpy(p, s.p, s.n);
        buf->n += s.n;
    }
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, (str){&c, 1});
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(n >= 0);
    char *const p = buf_reserve(buf, (size_t)n + 1);
    if (!p)
        return;
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    buf->n += (size_t)n;
}
