/* arena.h: memory for many small things that die together.
 *
 * Three lifetimes exist in the program, each an arena or an owner: process (configuration, rules: built once, then const),
 * task (a worker's arena, reset after each block of evidence), result (findings, copied out on purpose). The header of
 * whatever returns memory says which. arena_alloc never returns NULL. Under AddressSanitizer freed blocks are poisoned, so
 * that a slice kept past a reset is caught. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;             /* free space of the newest block */
    size_t used;                /* bytes handed out since the last reset */
};

void *arena_alloc(struct arena *arena, size_t size, size_t align); /* not cleared */
void arena_reset(struct arena *arena);   /* all allocations end; keeps the largest block */
void arena_release(struct arena *arena); /* gives everything back; the arena may be used again */

#define ARENA_NEW(arena, type)      ((type *)arena_zero((arena), sizeof(type), _Alignof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_array_((arena), (n), sizeof(type), _Alignof(type)))
void *arena_zero(struct arena *arena, size_t size, size_t align); /* cleared */
void *arena_array_(struct arena *arena, size_t n, size_t size, size_t align);

str arena_str(struct arena *arena, str s); /* a copy, with a NUL behind it that is not counted */
str arena_join(struct arena *arena, str a, str b); /* a copy of both; unlike "%.*s", past any NUL in them */
str arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
