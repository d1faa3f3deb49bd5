/* chunk.h: one chunk of an EVTX file to events. */
#ifndef PARSE_EVTX_CHUNK_H
#define PARSE_EVTX_CHUNK_H

#include "parse/evtx/plan.h"
#include "parse/parse.h"

/* Tables for CRC32 (the polynomial of zip), eight bytes a step. */
struct crc_tables {
    u32 t[8][256];
};

void crc_tables_init(struct crc_tables *tables);
u32 crc32_update(const struct crc_tables *tables, u32 crc, const u8 *p, size_t n); /* start with 0 */

/* What chunks need that stays the same from one to the next. */
struct chunk_reader {
    struct planner planner;
    struct crc_tables crc;
    VEC(struct event) events; /* of the present chunk */
};

/* Hand every event and every damage of this piece of a file to the sink: a chunk, or bytes that stand where a chunk should
 * be and have lost its signature. At most EVTX_CHUNK bytes; fewer only at a cut-off. `off` is of the piece in the source. */
void chunk_read(struct chunk_reader *reader, str piece, u64 off, const struct parse_env *env);

#endif
