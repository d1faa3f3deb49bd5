/* chunk.h: one chunk of an EVTX file to events. */
#ifndef PARSE_EVTX_CHUNK_H
#define PARSE_EVTX_CHUNK_H

#include "parse/evtx/plan.h"
#include "parse/parse.h"

/* What chunks need that stays the same from one to the next. */
struct chunk_reader {
    struct planner planner;
    VEC(struct event) events; /* of the present chunk */
    struct arena arena;       /* their slots */
    VEC(struct chunk_gap {
        u32 from, to;         /* of the present chunk: no record was read there */
        bool told;            /* a record that cannot be read, and that was said */
    }) gaps;
    struct carver *carver;    /* carve.h; NULL until it is first needed */
    const struct block *block; /* that is being read: carving looks at what stands before a chunk */
    bool raw;                 /* the chunk stands in bytes of no log: all of it is carved */
};

void chunk_reader_release(struct chunk_reader *reader);

/* A chunk starts here: its signature, and the numbers of its header are possible. */
bool chunk_header_is_likely(str chunk);
/* A chunk starts here, and its header's checksum holds. */
bool chunk_header_is_sound(str chunk);

/* Hand every event and every damage of this piece of a file to the sink: a chunk, or bytes that stand where a chunk
 * should be and have lost its signature. At most EVTX_CHUNK bytes; fewer where the file, or another chunk, cuts it
 * off. `off` is of the piece in the source. With env->carve, what is found besides comes after (carve.h). */
void chunk_read(struct chunk_reader *reader, str piece, u64 off, const struct parse_env *env);

#endif
