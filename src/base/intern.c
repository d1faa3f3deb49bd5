#include "base/intern.h"

#define XXH_INLINE_ALL
#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

#include "base/mem.h"

u64 hash_bytes(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

u64 hash_seed(void)
{
    u64 seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        struct timespec now; /* before the kernel has any: better than a constant */
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = (u64)now.tv_nsec * 0x9E3779B97F4A7C15u ^ (u64)(uintptr_t)&seed;
    }
    return seed;
}

struct hash128 hash_seeded(const void *p, size_t n, u64 seed)
{
    const XXH128_hash_t h = XXH3_128bits_withSeed(p, n, seed);
    return (struct hash128){h.low64, h.high64};
}

void intern_init(struct intern *table, const struct intern *base)
{
    *table = (struct intern){.base = base, .first = base ? intern_count(base) : 0};
}

void intern_release(struct intern *table)
{
    if (table->cap) {
        mem_free(table->slots);
        mem_free(table->entries);
    }
    arena_release(&table->arena);
    *table = (struct intern){0};
}

void intern_settle(struct intern *table, struct arena *arena)
{
    const struct intern old = *table;
    table->slots = ARENA_COPY(arena, old.slots, old.n_slots);
    table->entries = ARENA_COPY(arena, old.entries, old.n);
    for (u32 i = 0; i < old.n; i++)
        table->entries[i].text = arena_str(arena, old.entries[i].text);
    table->cap = 0;
    table->arena = (struct arena){0};
    struct intern heap = old;
    intern_release(&heap);
}

u32 intern_count(const struct intern *table)
{
    return table->first + table->n;
}

/* The slot that holds (hash, s), or the free slot where it belongs. n_slots must not be 0. */
static u32 *find_slot(const struct intern *table, u64 hash, str s)
{
    const u32 mask = table->n_slots - 1;
    for (u32 i = (u32)hash & mask;; i = (i + 1) & mask) {
        const u32 id = table->slots[i];
        if (id == 0)
            return &table->slots[i];
        const struct intern_entry *const e = &table->entries[id - 1];
        if (e->hash == hash && str_eq(e->text, s))
            return &table->slots[i];
    }
}

static void grow(struct intern *table)
{
    table->n_slots = table->n_slots ? table->n_slots * 2 : 64;
    mem_free(table->slots);
    table->slots = mem_calloc(table->n_slots, sizeof *table->slots);
    for (u32 i = 0; i < table->n; i++)
        *find_slot(table, table->entries[i].hash, table->entries[i].text) = i + 1;
}

static u32 find_hashed(const struct intern *table, u64 hash, str s)
{
    for (; table; table = table->base) {
        const u32 *const slot = table->n_slots ? find_slot(table, hash, s) : NULL;
        if (slot && *slot)
            return table->first + *slot - 1;
    }
    return INTERN_NONE;
}

u32 intern_find(const struct intern *table, str s)
{
    return find_hashed(table, hash_bytes(s.p, s.n), s);
}

u32 intern_add(struct intern *table, str s)
{
    const u64 hash = hash_bytes(s.p, s.n);
    const u32 found = find_hashed(table, hash, s);
    if (found != INTERN_NONE)
        return found;
    assert(table->cap || !table->n); /* not settled */
    if ((table->n + 1) * 2 > table->n_slots)
        grow(table);
    if (table->n == table->cap)
        table->entries = mem_grow(table->entries, table->cap = table->cap ? table->cap * 2 : 32,
                                  sizeof *table->entries);
    table->entries[table->n] = (struct intern_entry){arena_str(&table->arena, s), hash};
    *find_slot(table, hash, s) = ++table->n;
    return table->first + table->n - 1;
}

str intern_text(const struct intern *table, u32 id)
{
    while (id < table->first)
        table = table->base;
    assert(id - table->first < table->n);
    return table->entries[id - table->first].text;
}
