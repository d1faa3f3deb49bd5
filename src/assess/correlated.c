#include "assess/correlated.h"

void correlated_make(const struct scan *scan, const struct hosts *hosts, struct correlated *out)
{
    *out = (struct correlated){0};
    (void)scan;
    (void)hosts;
}

void correlated_release(struct correlated *correlated)
{
    VEC_FREE(&correlated->hits);
    arena_release(&correlated->arena);
}
