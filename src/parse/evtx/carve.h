/* carve.h: records where no log says that there are any: in the free space of a chunk behind its last record (slack), in what
 * the reader of chunks passed over, and in bytes of any kind (raw.c). What is found is marked: event.carved.
 *
 *   whole       A record begins "**\0\0", both its sizes agree, its id and time are possible, a fragment follows.
 *   its chunk   Names and template definitions are found by their offsets from where the chunk began. A record that holds a
 *               definition or a first name tells that place itself; one that does not is tried with the chunk that it stands
 *               in, or that the record before it was of.
 *   doubt       Something else may stand there by now: a definition must begin with the right id, a name must fit its hash.
 *   unreadable  A whole record whose definition or names are gone is told as damage that was `found`, with its id and time.
 *
 * Bounds: a whole record is passed over as one, whatever is in it. If it cannot be read, records inside are tried, which together
 * may be CARVE_INSIDE times its size, and those that cannot be read are not told; of definitions CARVE_DEFINITIONS bytes may be
 * read for each byte of a record. So every byte is looked at a bounded number of times. */
#ifndef PARSE_EVTX_CARVE_H
#define PARSE_EVTX_CARVE_H

#include "parse/evtx/chunk.h"

#define CARVE_INSIDE      4
#define CARVE_DEFINITIONS 8
#define CARVE_NO_BASE     INT64_MIN

struct carver; /* memory that a reader keeps for it */

/* A run over some bytes, records in rising order. */
struct carving {
    struct chunk_reader *reader;
    const struct parse_env *env;
    str bytes;     /* records are looked for in these */
    u64 off;       /* of the bytes in the source */
    str before;    /* what stands right before them: for names and definitions only */
    i64 home;      /* where the chunk began that the bytes are of, in the source, or CARVE_NO_BASE */
    i64 base;      /* the same of the last record's chunk */
    i64 current;   /* the chunk that the planner is in, or CARVE_NO_BASE */
    size_t credit; /* bytes of definitions that may still be read, while it is in none */
    bool once;     /* not what the reader's events have, nor what stands at the same place of the chunk before */
};

void carving_begin(struct carving *c, struct chunk_reader *reader, const struct parse_env *env, str bytes, u64 off);
/* Give the record of that size at `at` of the bytes as an event, or tell it, unless that was done already. */
void carving_record(struct carving *c, size_t at, u32 size, bool told);
/* Hand out what was found. Before the reader is used for anything else, and at the end. */
void carving_leave(struct carving *c);

/* The size of the whole record at `at`; 0 if there is none. */
u32 carve_size(str bytes, size_t at);
/* The chunk of a whole record that stands at `off` of its source: what itself tells, else `base` if it can be in that. */
i64 carve_base(str record, u64 off, i64 base);

/* All gaps of the reader's present chunk, whose events have been handed out. Not given again are records with the same bytes: of
 * the chunk's own, and of the 64 KiB before it at the same place, since writers use one buffer for chunk after chunk. */
void carve_gaps(struct chunk_reader *reader, const struct evtx_chunk *chunk, const struct parse_env *env);

/* The last 64 KiB of what was cut off, as the context of the next block. */
void carve_keep_before(struct buf *context, str cut);

void carver_free(struct carver *carver); /* NULL is fine */

#endif
