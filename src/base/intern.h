/* intern.h: each distinct string once, as a small number (0, 1, 2, … in order of first sight).
 *
 * A frozen table may be the base of others: ids below base->n are the base's, new strings go into the child. That is how
 * worker threads share the field names that rules know without a lock, and still number the ones only evidence knows.
 * Ids of two children of one base must not be mixed. Strings are copied; returned slices live as long as their table. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/arena.h"

#define INTERN_NONE UINT32_MAX

struct intern {
    const struct intern *base; /* frozen, or NULL; must outlive this table */
    u32 *slots;                /* open addressing: local id + 1, 0 is free */
    u32 n_slots;               /* a power of two, or 0 */
    u32 first;                 /* number of ids in base */
    u32 n, cap;                /* local strings */
    struct intern_entry *entries;
    struct arena arena;
};

struct intern_entry {
    str text;
    u64 hash;
};

void intern_init(struct intern *table, const struct intern *base);
void intern_release(struct intern *table);
void intern_settle(struct intern *table, struct arena *arena); /* all of it into that arena: nothing can be added any more */
u32 intern_add(struct intern *table, str s);         /* the id, made if new */
u32 intern_find(const struct intern *table, str s);  /* the id, or INTERN_NONE */
str intern_text(const struct intern *table, u32 id); /* id must be from this table or its base */
u32 intern_count(const struct intern *table);        /* ids are 0 … count-1 */

u64 hash_bytes(const void *p, size_t n); /* xxHash3, 64 bits: for tables, not for secrets */

/* 128 bits under a seed drawn at random: what stands for texts that are not compared again. Whoever writes the evidence cannot aim
 * at a collision. */
struct hash128 {
    u64 a, b;
};
u64 hash_seed(void);
struct hash128 hash_seeded(const void *p, size_t n, u64 seed);

#endif
