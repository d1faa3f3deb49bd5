/* arena.h: memory for many small things that die together.
 *
 * Three lifetimes exist in the program, each an arena or an owner: process (configuration, rules: built once, then const),
 * task (a worker's arena, reset after each block of evidence), result (findings, copied out on purpose). The header of
 * whatever returns memory says which. arena_alloc never returns NULL. Under AddressSanitizer freed blocks are poisoned, so
 * that a slice kept past a reset is caught. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/mem.h"
#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;             /* free space of the newest block */
    size_t used;                /* bytes handed out since the last reset */
    bool in_region;             /* blocks come from the region (region.h) while it has room, and end with it; never reset */
};

void *arena_alloc(struct arena *arena, size_t size, size_t align); /* not cleared */
void arena_reset(struct arena *arena);   /* all allocations end; keeps the largest block */
void arena_release(struct arena *arena); /* gives everything back; the arena may be used again */

#define ARENA_NEW(arena, type)      ((type *)arena_zero((arena), sizeof(type), _Alignof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_array_((arena), (n), sizeof(type), _Alignof(type)))
void *arena_zero(struct arena *arena, size_t size, size_t align); /* cleared */
void *arena_array_(struct arena *arena, size_t n, size_t size, size_t align);

/* The n elements of p, in the arena. */
#define ARENA_COPY(arena, p, n)                                                                         \
    ((__typeof__(*(p)) *)arena_copy_((arena), (p), (n), sizeof *(p), _Alignof(__typeof__(*(p)))))
void *arena_copy_(struct arena *arena, const void *p, size_t n, size_t size, size_t align);
/* A VEC that grows no more, from the heap to the arena: what frees it then is the arena. */
#define ARENA_SETTLE(arena, v)                                                                          \
    do {                                                                                                \
        void *const old_ = (v)->p;                                                                      \
        (v)->p = ARENA_COPY((arena), (v)->p, (v)->n);                                                   \
        (v)->cap = (v)->n;                                                                              \
        mem_free(old_);                                                                                 \
    } while (0)

str arena_str(struct arena *arena, str s); /* a copy, with a NUL behind it that is not counted */
str arena_join(struct arena *arena, str a, str b); /* a copy of both; unlike "%.*s", past any NUL in them */
str arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
