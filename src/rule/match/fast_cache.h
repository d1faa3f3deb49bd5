/* fast_cache.h: what a matcher remembers: lists of numbers, each distinct one once, and a bounded table from 128-bit keys to
 * such lists.
 *
 * Keys are hashes of evidence under a seed that the matcher draws at random, so whoever writes the evidence cannot aim at a
 * collision, and chance makes one in 2^128 pairs of values. Nothing else stands between a value and a wrong answer: the bytes are not
 * compared again. When a table is full it is emptied; when the lists outgrow their bound, everything is. */
#ifndef RULE_MATCH_FAST_CACHE_H
#define RULE_MATCH_FAST_CACHE_H

#include "base/arena.h"

struct fast_key {
    u64 a, b;
};

static inline bool fast_key_eq(struct fast_key x, struct fast_key y)
{
    return x.a == y.a && x.b == y.b;
}

struct fast_seed {
    u64 seed;
};
struct fast_seed fast_seed_new(void);
struct fast_key fast_key_of(struct fast_seed seed, const void *p, size_t n);

/* Lists of u32, ascending. List 0 is the empty one. */
struct fast_lists {
    struct arena arena;
    struct fast_list {
        const u32 *ids;
        u32 n;
        u64 hash;
    } *lists;
    u32 n, cap;
    u32 *slots; /* open addressing: list + 1, 0 is free */
    u32 mask;
};
void fast_lists_init(struct fast_lists *lists);
void fast_lists_release(struct fast_lists *lists);
u32 fast_lists_add(struct fast_lists *lists, u32 *ids, size_t n); /* sorts the ids */
size_t fast_lists_bytes(const struct fast_lists *lists);          /* held, roughly */

/* key and tag → list. */
struct fast_table {
    struct fast_row {
        struct fast_key key;
        u32 tag, list;
    } *rows; /* list FAST_TABLE_FREE: a free row */
    u32 size, max, n;
};
#define FAST_TABLE_FREE UINT32_MAX

void fast_table_init(struct fast_table *table, u32 max); /* rows at most: a power of two */
void fast_table_release(struct fast_table *table);
void fast_table_clear(struct fast_table *table);
u32 fast_table_find(const struct fast_table *table, struct fast_key key, u32 tag); /* the list, or FAST_TABLE_FREE */
void fast_table_prefetch(const struct fast_table *table, struct fast_key key, u32 tag);
void fast_table_add(struct fast_table *table, struct fast_key key, u32 tag, u32 list); /* key and tag are not in it */

#endif
