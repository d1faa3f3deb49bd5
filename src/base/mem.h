/* mem.h: the only door to the heap. Real out-of-memory ends the program with a message: what evidence can ask for is
 * checked against limits.h before it gets here, so a failing allocation means the machine is out, not that input is bad.
 * The same holds for sizes: count × size is checked. malloc and free are not used outside base/. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/base.h"

void *mem_alloc(size_t size);                  /* not cleared; size 0 gives a unique pointer */
void *mem_calloc(size_t count, size_t size);   /* cleared */
void *mem_grow(void *p, size_t count, size_t size); /* realloc to count × size */
void mem_free(void *p);                        /* NULL allowed */

/* A growing array: VEC(struct item) v = {0}; *VEC_PUSH(&v) = item; VEC_EACH(&v, it) {…}; VEC_FREE(&v). */
#define VEC(...)                                                                                   \
    struct {                                                                                       \
        __VA_ARGS__ *p;                                                                                  \
        size_t n, cap;                                                                             \
    }
#define VEC_PUSH(v)                                                                                \
    ((v)->n == (v)->cap ? ((v)->p = vec_grow_((v)->p, &(v)->cap, sizeof *(v)->p)) : (v)->p,        \
     &(v)->p[(v)->n++])
#define VEC_EACH(v, it)                                                                            \
    for (__typeof__(&*(v)->p) it = (v)->p, it##_end_ = (v)->n ? it + (v)->n : it; it != it##_end_; it++)
#define VEC_FREE(v)                                                                                \
    do {                                                                                           \
        mem_free((v)->p);                                                                          \
        (v)->p = NULL;                                                                             \
        (v)->n = (v)->cap = 0;                                                                     \
    } while (0)
void *vec_grow_(void *p, size_t *cap, size_t size);

#endif
