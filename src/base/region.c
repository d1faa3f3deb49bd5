#include "base/region.h"

#include <stdio.h>

#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE                                                                        \
    0 /* an old kernel takes the address for a hint, and is caught below                           \
       */
#endif

static struct {
    bool open, full;
    size_t used;
} region;

bool region_open(void)
{
    if (region.open)
        return false;
    void *const p = mmap((void *)REGION_BASE, REGION_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != (void *)REGION_BASE && p != MAP_FAILED)
        munmap(p, REGION_SIZE);
    region.open = p == (void *)REGION_BASE;
    if (region.open)
        (void)madvise(p, REGION_SIZE,
                      MADV_HUGEPAGE); /* else most of the time to read it is page faults */
    return region.open;
}

bool region_seal(void)
{
    return region.open && mprotect((void *)REGION_BASE, REGION_SIZE, PROT_READ) == 0;
}

void region_close(void)
{
    if (region.open)
        munmap((void *)REGION_BASE, REGION_SIZE);
    memset(&region, 0, sizeof region);
}

size_t region_used(void)
{
    return region.full ? SIZE_MAX : region.used;
}

void *region_alloc(size_t size)
{
    if (size > REGION_SIZE - region.used) {
        region.full = true;
        return NULL;
    }
    char *const p = (char *)REGION_BASE + region.used;
    region.used = MIN(REGION_SIZE, (region.used + size + 63) & ~(size_t)63);
    return p;
}

/* ------------------------------------------------------------------ what leads out */

struct range {
    uintptr_t from, to;
};

typedef VEC(struct range) ranges;

#ifdef HAS_ASAN
#define ASAN_HEAP(from)                                                                            \
    ((from) >> 42 == 0x18) /* so wide that many a pair of small numbers is in it */
#else
#define ASAN_HEAP(from) ((void)(from), false)
#endif

/* Where the process has memory, but for the region itself, ascending; none when that cannot be had.
 * What AddressSanitizer has is left out: its heap, and its shadow, which are ranges of a tebibyte
 * and one without a name below 4 GiB. */
static void read_ranges(ranges *out)
{
    FILE *const f = fopen("/proc/self/maps", "re");
    char line[512];
    while (f && fgets(line, sizeof line, f)) {
        unsigned long from, to;
        char may_read, name;
        const int n = sscanf(line, "%lx-%lx %c%*s %*s %*s %*s %c", &from, &to, &may_read, &name);
        if (n < 3 || may_read != 'r' || to - from >= (uintptr_t)1 << 40 ||
            (n < 4 && from < (uintptr_t)1 << 32) || ASAN_HEAP(from) ||
            (from >= REGION_BASE && from < REGION_BASE + REGION_SIZE))
            continue;
        *VEC_PUSH(out) = (struct range){from, to};
    }
    if (f)
        fclose(f);
}

static bool in_ranges(const ranges *all, uintptr_t word)
{
    size_t lo = 0, hi = all->n;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        if (word < all->p[mid].from)
            hi = mid;
        else if (word >= all->p[mid].to)
            lo = mid + 1;
        else
            return true;
    }
    return false;
}

bool region_stray(size_t *at)
{
    ranges all = {0};
    read_ranges(&all);
    bool stray = all.n == 0;
    const uintptr_t least = all.n ? all.p[0].from : 0;
    *at = 0;
    for (size_t i = 0; i + sizeof(uintptr_t) <= region.used && !stray; i += sizeof(uintptr_t)) {
        uintptr_t word;
        memcpy(&word, (const char *)REGION_BASE + i, sizeof word);
        stray = word >= least && in_ranges(&all, word);
        *at = i;
    }
    VEC_FREE(&all);
    return stray;
}
