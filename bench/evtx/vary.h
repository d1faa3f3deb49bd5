/* vary.h: other values of the same form: which characters of a value may change, and the k-th value
 * that comes of it.
 *
 *     C:\Users\IEUser\AppData\Local\Temp\a1b2.exe      user's name and the temporary file's change,
 * folders and extension stay {365ABB72-7ACC-5CC4-0000-0010B2470300}           every digit changes
 *     C:\Windows\System32\svchost.exe                  nothing changes: a family of one
 *
 * Values of one field that differ only in such characters are one family. Different k give
 * different values as long as k < limit. Values of numbers change where they number things
 * (processes, threads, sessions), never where they mean one. */
#ifndef BENCH_EVTX_VARY_H
#define BENCH_EVTX_VARY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/mem.h"

#define FAMILY_NONE UINT32_MAX

enum family_kind {
    FAMILY_FIXED,    /* one value */
    FAMILY_CHARS,    /* characters of UTF-16LE */
    FAMILY_BYTES,    /* little-endian number, GUID, SID: whole bytes */
    FAMILY_SCRIPT,   /* text of a script block: made up, of another length each time */
    FAMILY_RECORD,   /* the number of the record, as a number or a text */
    FAMILY_FILETIME, /* the time of the record */
    FAMILY_TIME,     /* the same as text: 2020-10-05 12:34:56.123 */
};

struct family {
    u8 kind, type;
    bool needed;  /* some rule looks at it */
    bool of_form; /* says what kind of record it is: the same for all of the kind */
    u32 at, n;    /* the value in families->bytes */
    u32 spots, n_spots;
    u64 limit; /* how many different values there are */
    u64 made;  /* values handed out so far: 0 … made-1 */
    u64 hash;
};

struct spot { /* a place that may change */
    u16 at;
    u8 radix, first; /* digits: first, first + 1, …; radix 16: hexadecimal, first is 'a' or 'A' */
};

struct families {
    VEC(struct family) list;
    VEC(struct spot) spots;
    struct buf bytes;
    struct intern ids;
};

struct vary_now { /* what a record says of itself */
    u64 record, filetime;
};

void families_init(struct families *families);
void families_release(struct families *families);

/* The family of a value of this field. */
u32 family_of(struct families *families, str field, u8 type, bool needed, const u8 *p, u32 n);
/* Appends its k-th value. */
void family_value(const struct families *families, u32 family, u64 k, const struct vary_now *now,
                  struct buf *out);

static inline u64 mix(u64 x) /* splitmix64 */
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

struct dice {
    u64 state;
};
static inline u64 roll(struct dice *dice)
{
    return mix(dice->state += 0x9e3779b97f4a7c15);
}
static inline double roll_unit(struct dice *dice) /* [0, 1) */
{
    return (double)(roll(dice) >> 11) * 0x1p-53;
}

/* A made-up script: the same for the same seed. */
void script_text(u64 seed, struct buf *out); /* ASCII */

#endif
