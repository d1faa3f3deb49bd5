#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/region.h"

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define RED_ZONE       64 /* unusable bytes behind each allocation: no element steps over them */
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#define RED_ZONE       0
#endif

#define BLOCK_SIZE ((size_t)64 << 10)
#define FIRST_BLOCK_SIZE                                                                           \
    ((size_t)4 << 10) /* many arenas stay small: one for each file in which something was found */

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes in data */
    char data[];
};

static void add_block(struct arena *arena, size_t need)
{
    const size_t size =
        MAX(need, arena->blocks || arena->in_region ? BLOCK_SIZE : FIRST_BLOCK_SIZE);
    char *const mapped = arena->in_region ? region_alloc(size) : NULL;
    if (mapped) {
        arena->at = mapped;
        arena->end = mapped + size;
        return;
    }
    struct arena_block *const block = mem_alloc(sizeof *block + size);
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->at = block->data;
    arena->end = block->data + size;
    POISON(block->data, size);
}

void *arena_alloc(struct arena *arena, size_t size, size_t align)
{
    assert(align && (align & (align - 1)) == 0);
    size_t pad = (size_t)(-(uintptr_t)arena->at & (align - 1));
    if (!arena->at || (size_t)(arena->end - arena->at) < pad + RED_ZONE ||
        (size_t)(arena->end - arena->at) - pad - RED_ZONE < size) {
        add_block(arena, size + align + RED_ZONE);
        pad = (size_t)(-(uintptr_t)arena->at & (align - 1));
    }
    char *const p = arena->at + pad;
    arena->at = p + size + RED_ZONE;
    arena->used += size;
    UNPOISON(p, size);
    return p;
}

void arena_reset(struct arena *arena)
{
    assert(!arena->in_region);
    struct arena_block *keep = arena->blocks;
    for (struct arena_block *b = arena->blocks; b; b = b->next)
        if (b->size > keep->size)
            keep = b;
    for (struct arena_block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        UNPOISON(b->data, b->size);
        if (b != keep)
            mem_free(b);
    }
    arena->blocks = keep;
    arena->used = 0;
    arena->at = arena->end = NULL;
    if (keep) {
        keep->next = NULL;
        arena->at = keep->data;
        arena->end = keep->data + keep->size;
        POISON(keep->data, keep->size);
    }
}

void arena_release(struct arena *arena)
{
    arena->in_region = false;
    arena_reset(arena);
    if (arena->blocks) {
        UNPOISON(arena->blocks->data, arena->blocks->size);
        mem_free(arena->blocks);
    }
    *arena = (struct arena){0};
}

void *arena_zero(struct arena *arena, size_t size, size_t align)
{
    return memset(arena_alloc(arena, size, align), 0, size);
}

void *arena_array_(struct arena *arena, size_t n, size_t size, size_t align)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        bytes = SIZE_MAX / 2; /* cannot be had: mem_alloc says so */
    return arena_zero(arena, bytes, align);
}

void *arena_copy_(struct arena *arena, const void *p, size_t n, size_t size, size_t align)
{
    void *const out = arena_array_(arena, n, size, align);
    if (n)
        memcpy(out, p, n * size);
    return out;
}

str arena_str(struct arena *arena, str s)
{
    char *const p = arena_alloc(arena, s.n + 1, 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (str){p, s.n};
}

str arena_join(struct arena *arena, str a, str b)
{
    char *const p = arena_alloc(arena, a.n + b.n + 1, 1);
    if (a.n)
        memcpy(p, a.p, a.n);
    if (b.n)
        memcpy(p + a.n, b.p, b.n);
    p[a.n + b.n] = 0;
    return (str){p, a.n + b.n};
}

str arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(n >= 0);
    char *const p = arena_alloc(arena, (size_t)n + 1, 1);
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    return (str){p, (size_t)n};
}
