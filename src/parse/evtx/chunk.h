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
};

/* A chunk starts here, and its header's checksum holds. */
bool chunk_header_is_sound(str chunk);

/* Hand every event and every damage of this piece of a file to the sink: a chunk, or bytes that stand where a chunk
 * should be and have lost its signature. At most EVTX_CHUNK bytes; fewer where the file, or another chunk, cuts it
 * off. `off` is of the piece in the source. */
void chunk_read(struct chunk_reader *reader, str piece, u64 off, const struct parse_env *env);

#endif
