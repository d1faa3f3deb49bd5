#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static NORETURN void out_of_memory(size_t size)
{
    fprintf(stderr, "leadline: out of memory (%zu bytes asked for)\n", size);
    abort();
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *mem_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *mem_grow(void *p, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    p = realloc(p, bytes ? bytes : 1);
    if (!p)
        out_of_memory(bytes);
    return p;
}

void mem_free(void *p)
{
    free(p);
}

void *vec_grow_(void *p, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 8;
    return mem_grow(p, *cap, size);
}
