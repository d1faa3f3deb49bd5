/* cur.h: the checked reader of little-endian bytes. Sticky: a read past the end gives 0, moves nothing and sets `bad`, so a
 * parser reads a whole structure and looks at `bad` once. Positions are offsets into `data`; none is ever trusted from
 * evidence without going through cur_seek or cur_take. */
#ifndef BASE_CUR_H
#define BASE_CUR_H

#include "base/str.h"

struct cur {
    const u8 *data;
    size_t n, at;
    bool bad;
};

static inline struct cur cur_of(const void *data, size_t n)
{
    return (struct cur){.data = data, .n = n};
}

static inline size_t cur_left(const struct cur *c)
{
    return c->bad ? 0 : c->n - c->at;
}

/* The next n bytes, or NULL and bad. */
static inline const u8 *cur_take(struct cur *c, size_t n)
{
    if (c->bad || n > c->n - c->at) {
        c->bad = true;
        return NULL;
    }
    const u8 *const p = c->data + c->at;
    c->at += n;
    return p;
}

static inline void cur_seek(struct cur *c, size_t at)
{
    if (at > c->n)
        c->bad = true;
    else
        c->at = at;
}

static inline u16 load_u16(const u8 *p)
{
    return (u16)(p[0] | p[1] << 8);
}

static inline u32 load_u32(const u8 *p)
{
    return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static inline u64 load_u64(const u8 *p)
{
    return (u64)load_u32(p) | (u64)load_u32(p + 4) << 32;
}

static inline u8 cur_u8(struct cur *c)
{
    const u8 *const p = cur_take(c, 1);
    return p ? *p : 0;
}

static inline u16 cur_u16(struct cur *c)
{
    const u8 *const p = cur_take(c, 2);
    return p ? load_u16(p) : 0;
}

static inline u32 cur_u32(struct cur *c)
{
    const u8 *const p = cur_take(c, 4);
    return p ? load_u32(p) : 0;
}

static inline u64 cur_u64(struct cur *c)
{
    const u8 *const p = cur_take(c, 8);
    return p ? load_u64(p) : 0;
}

#endif
