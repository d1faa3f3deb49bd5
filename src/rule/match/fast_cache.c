#include "rule/match/fast_cache.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/mem.h"
#include "base/order.h"

struct fast_seed fast_seed_new(void)
{
    struct fast_seed seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        struct timespec now; /* before the kernel has any: better than a constant */
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed.seed = (u64)now.tv_nsec * 0x9E3779B97F4A7C15u ^ (u64)(uintptr_t)&seed;
    }
    return seed;
}

struct fast_key fast_key_of(struct fast_seed seed, const void *p, size_t n)
{
    const XXH128_hash_t h = XXH3_128bits_withSeed(p, n, seed.seed);
    return (struct fast_key){h.low64, h.high64};
}

/* ------------------------------------------------------------------ lists */

void fast_lists_init(struct fast_lists *lists)
{
    *lists = (struct fast_lists){.mask = 255, .slots = mem_calloc(256, sizeof *lists->slots)};
    u32 none = 0;
    fast_lists_add(lists, &none, 0);
}

void fast_lists_release(struct fast_lists *lists)
{
    arena_release(&lists->arena);
    mem_free(lists->lists);
    mem_free(lists->slots);
    *lists = (struct fast_lists){0};
}

size_t fast_lists_bytes(const struct fast_lists *lists)
{
    return lists->arena.used + lists->n * (sizeof *lists->lists + 8);
}

/* The slot of the list, or the free one where it would be. */
static u32 *find_list(const struct fast_lists *lists, const u32 *ids, size_t n, u64 hash)
{
    for (u32 i = (u32)hash & lists->mask;; i = (i + 1) & lists->mask) {
        u32 *const slot = &lists->slots[i];
        if (*slot == 0)
            return slot;
        const struct fast_list *const list = &lists->lists[*slot - 1];
        if (list->hash == hash && list->n == n &&
            (n == 0 || memcmp(list->ids, ids, n * sizeof *ids) == 0))
            return slot;
    }
}

static void grow_slots(struct fast_lists *lists)
{
    mem_free(lists->slots);
    lists->mask = lists->mask * 2 + 1;
    lists->slots = mem_calloc((size_t)lists->mask + 1, sizeof *lists->slots);
    for (u32 i = 0; i < lists->n; i++)
        *find_list(lists, lists->lists[i].ids, lists->lists[i].n, lists->lists[i].hash) = i + 1;
}

u32 fast_lists_add(struct fast_lists *lists, u32 *ids, size_t n)
{
    if (n > 1)
        qsort(ids, n, sizeof *ids, order_u32);
    const u64 hash = XXH3_64bits(ids, n * sizeof *ids);
    u32 *slot = find_list(lists, ids, n, hash);
    if (*slot)
        return *slot - 1;
    if (lists->n >= lists->mask / 2) {
        grow_slots(lists);
        slot = find_list(lists, ids, n, hash);
    }
    if (lists->n == lists->cap) {
        lists->cap = lists->cap ? lists->cap * 2 : 64;
        lists->lists = mem_grow(lists->lists, lists->cap, sizeof *lists->lists);
    }
    u32 *const own = ARENA_ARRAY(&lists->arena, u32, n);
    if (n)
        memcpy(own, ids, n * sizeof *ids);
    lists->lists[lists->n] = (struct fast_list){own, (u32)n, hash};
    *slot = ++lists->n;
    return lists->n - 1;
}

/* ------------------------------------------------------------------ the table */

#define START_SIZE 4096

void fast_table_init(struct fast_table *table, u32 max)
{
    assert(max >= 4 && (max & (max - 1)) == 0);
    *table = (struct fast_table){.size = MIN(START_SIZE, max), .max = max};
    table->rows = mem_alloc(table->size * sizeof *table->rows);
    fast_table_clear(table);
}

void fast_table_release(struct fast_table *table)
{
    mem_free(table->rows);
    table->rows = NULL;
}

void fast_table_clear(struct fast_table *table)
{
    table->n = 0;
    for (u32 i = 0; i < table->size; i++)
        table->rows[i].list = FAST_TABLE_FREE;
}

static inline u32 first_row(const struct fast_table *table, struct fast_key key, u32 tag)
{
    return (u32)(key.a ^ tag * 0x9E3779B1u) & (table->size - 1);
}

void fast_table_prefetch(const struct fast_table *table, struct fast_key key, u32 tag)
{
    __builtin_prefetch(&table->rows[first_row(table, key, tag)]);
}

/* The row of the key, or the free one where it would be. */
static inline struct fast_row *find_row(const struct fast_table *table, struct fast_key key,
                                        u32 tag)
{
    for (u32 i = first_row(table, key, tag);; i = (i + 1) & (table->size - 1)) {
        struct fast_row *const row = &table->rows[i];
        if (row->list == FAST_TABLE_FREE || (fast_key_eq(row->key, key) && row->tag == tag))
            return row;
    }
}

u32 fast_table_find(const struct fast_table *table, struct fast_key key, u32 tag)
{
    return find_row(table, key, tag)->list;
}

static void grow(struct fast_table *table)
{
    struct fast_table bigger = {.size = table->size * 2, .max = table->max};
    bigger.rows = mem_alloc(bigger.size * sizeof *bigger.rows);
    fast_table_clear(&bigger);
    for (u32 i = 0; i < table->size; i++)
        if (table->rows[i].list != FAST_TABLE_FREE)
            *find_row(&bigger, table->rows[i].key, table->rows[i].tag) = table->rows[i];
    bigger.n = table->n;
    mem_free(table->rows);
    *table = bigger;
}

void fast_table_add(struct fast_table *table, struct fast_key key, u32 tag, u32 list)
{
    if (table->n >= table->size / 4 * 3) {
        if (table->size < table->max)
            grow(table);
        else
            fast_table_clear(table);
    }
    *find_row(table, key, tag) = (struct fast_row){key, tag, list};
    table->n++;
}
