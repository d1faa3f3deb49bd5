#include "evidence/map.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

#define MAPS   64                /* at a time: more are read instead */
#define BEFORE ((size_t)4 << 20) /* more than the system maps around a page that is touched */
#define MUCH   ((size_t)4 << 20) /* given back at once: each time interrupts all threads */

struct map {
    char *p;
    size_t n, given; /* back: up to here */
    _Atomic u32 refs, place;
    _Atomic size_t torn; /* first missing byte that was touched; SIZE_MAX: none */
};

/* What a signal handler may look at. */
static _Atomic(struct map *) maps[MAPS];
static size_t page;

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
    char *const at = info->si_addr;
    (void)context;
    for (u32 i = 0; i < MAPS; i++) {
        struct map *const map = maps[i];
        if (!map || at < map->p || at >= map->p + map->n)
            continue;
        char *const start = map->p + (size_t)(at - map->p) / page * page;
        const size_t off = (size_t)(start - map->p);
        size_t first = map->torn;
        while (off < first && !atomic_compare_exchange_weak(&map->torn, &first, off))
            continue;
        if (mmap(start, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
            MAP_FAILED)
            return;
    }
    signal(signal_number, SIG_DFL); /* what failed is tried again, and ends the program */
}

static void set_handler(void)
{
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    page = (size_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

static bool enlist(struct map *map)
{
    for (u32 i = 0; i < MAPS; i++) {
        struct map *none = NULL;
        map->place = i;
        if (atomic_compare_exchange_strong(&maps[i], &none, map))
            return true;
    }
    return false;
}

struct map *map_open(int fd, u64 size)
{
    set_handler();
    if (size == 0 || size > SIZE_MAX / 2)
        return NULL;
    char *const p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return NULL;
    struct map *const map = mem_calloc(1, sizeof *map);
    map->p = p;
    map->n = (size_t)size;
    map->refs = 1;
    map->torn = SIZE_MAX;
    if (enlist(map)) {
        (void)madvise(p, map->n, MADV_SEQUENTIAL);
        return map;
    }
    munmap(p, map->n);
    mem_free(map);
    return NULL;
}

struct map *map_ref(struct map *map)
{
    map->refs++;
    return map;
}

void map_unref(struct map *map)
{
    if (!map || --map->refs)
        return;
    maps[map->place] = NULL;
    munmap(map->p, map->n);
    mem_free(map);
}

str map_bytes(const struct map *map)
{
    return (str){map->p, map->n};
}

void map_done(struct map *map, str piece)
{
    /* Whoever touches the piece behind it gets pages of this one with it, so those go once more. */
    const size_t from = map->given - MIN(map->given, BEFORE),
                 to = (size_t)(piece.p + piece.n - map->p) / page * page;
    if (to < map->given + MUCH)
        return;
    (void)madvise(map->p + from, to - from, MADV_DONTNEED);
    map->given = to;
}

bool map_torn(const struct map *map, u64 *at)
{
    *at = map->torn;
    return map->torn != SIZE_MAX;
}
