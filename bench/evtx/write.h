/* write.h: records of a pool into chunks, filled to the end, with everything that a sound chunk
 * has. */
#ifndef BENCH_EVTX_WRITE_H
#define BENCH_EVTX_WRITE_H

#include "evtx/pool.h"

/* How many of the values handed out were new; steers towards the share asked for. */
struct novelty {
    double target; /* share of new values */
    double chance; /* that a value which may change is new */
    u64 values, fresh;
    u64 turn_values, turn_fresh;
};

struct writer {
    struct pool *pool;
    struct novelty needed, other;
    struct dice dice;
    struct vary_now now;
    u8 chunk[2 * EVTX_CHUNK]; /* room for a record that turns out not to fit */
    u32 n;                    /* bytes so far */
    u64 first_record;
    u32 last_at;
    u32 *name_at, *template_at; /* in this chunk, 0: not yet */
    VEC(u32) names, templates;  /* those in this chunk */
    struct buf value;
};

void writer_init(struct writer *writer, struct pool *pool, u64 seed, double seen_needed,
                 double seen_other);
void writer_release(struct writer *writer);

void writer_begin_chunk(struct writer *writer);
/* As the next record, with other values, or as it was in the sample. False when it does not fit any
 * more. */
bool writer_record(struct writer *writer, const struct pool_record *record, bool as_it_was);
void writer_end_chunk(struct writer *writer); /* writer->chunk is then complete */

void write_file_header(u8 header[EVTX_FILE_HEADER], u64 chunks, u64 next_record);

#endif
