/* spill.h: more records than memory should hold. Tapes are written at their end and read anywhere; what outgrows the memory
 * that they share goes to one temporary file without a name, which the system takes back when the program ends. Sorters put
 * records of one size in order the same way.
 *
 * Places that are given up are used again. When the file cannot grow (its bound, a full disk, no folder for it), `full` is set
 * and stays, tape_add says false, and what was written before stays readable: whoever writes tells what was left out. */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include "base/mem.h"

#define SPILL_CHUNK  ((size_t)16 << 10)
#define SPILL_MEMORY ((u64)16 << 20) /* of all tapes together, but for a last chunk each */

struct spill {
    const char *folder; /* NULL: TMPDIR, else /tmp, else /var/tmp */
    u64 memory, max;    /* bytes kept in memory, bytes of the file: at most */
    u64 held, size;
    int fd;             /* -1: no file yet */
    bool full, unreadable;
    VEC(u64) unused;    /* chunks of the file */
};

void spill_init(struct spill *spill, const char *folder, u64 memory, u64 max);
void spill_release(struct spill *spill); /* when no tape is left */

struct tape {
    struct spill *spill;
    VEC(struct tape_chunk { char *p; u64 off; }) chunks; /* p NULL: in the file */
    char *last; /* the chunk that is being written, or NULL */
    u64 n;      /* bytes */
};

void tape_init(struct tape *tape, struct spill *spill);
void tape_release(struct tape *tape);
bool tape_add(struct tape *tape, const void *p, size_t n);               /* all of it or nothing */
void tape_read(const struct tape *tape, u64 at, void *out, size_t n);    /* must be there; zeros and `unreadable` when the file fails */

/* From first to last. */
struct tape_reader {
    const struct tape *tape;
    u64 at;
    char *buf; /* a chunk */
    u64 buf_at;
    size_t buf_n;
};
void tape_reader_init(struct tape_reader *reader, const struct tape *tape, u64 at);
void tape_reader_release(struct tape_reader *reader);
bool tape_next(struct tape_reader *reader, void *out, size_t n); /* false: fewer are left */

/* Records of one size, put in order. */
struct sorter {
    struct spill *spill;
    size_t width;
    int (*compare)(const void *, const void *);
    char *buf; /* of `room` records */
    size_t n, room;
    VEC(struct tape) runs;
    u64 count;
};
void sorter_init(struct sorter *sorter, struct spill *spill, size_t width, int (*compare)(const void *, const void *));
bool sorter_add(struct sorter *sorter, const void *record);
/* All of it on `out`, which is made here. False: the file is full, and `out` is short. The sorter is released. */
bool sorter_finish(struct sorter *sorter, struct tape *out);
void sorter_release(struct sorter *sorter);

#endif
