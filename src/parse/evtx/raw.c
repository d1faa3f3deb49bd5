/* raw.c: pieces of event logs in bytes that are no log: disk images, memory, page files,
 * unallocated space, a log whose beginning is destroyed. Chunks are found at any offset by their
 * signature and the numbers of their header; what of records stands outside of chunks is carved one
 * by one (carve.h). All that is found is marked as carved.
 *
 * A piece is a chunk or a whole record; the bytes between pieces hold nothing. cut and parse find
 * the same pieces with the same code: cut ends a block before a piece that is not all there yet, so
 * each is found once, whole, and whatever the size of blocks. The 64 KiB before a block are handed
 * with it, because names of a record may stand there, and so is the place where the chunk of the
 * last record began. */
#include "parse/evtx/carve.h"
#include "parse/evtx/evtx.h"

/* A chunk, and enough behind it to see whether the next one starts early. */
#define LOOK_AHEAD (EVTX_CHUNK + EVTX_CHUNK_HEADER)

#define RECORD_MAGIC "\x2a\x2a\0\0"
#define RECORD_HEAD  (EVTX_RECORD_LEAST + 4)

enum {
    STATE_OFF,
    STATE_BASE
}; /* of framing: the first byte not yet cut; 1 + the base, 0: none. A
      base may lie before the source, so it is kept from -EVTX_CHUNK */

struct piece {
    size_t at, n; /* n 0: none up to `at`, where more bytes are needed to tell, or the end */
    bool is_chunk;
};

/* Where signatures stand from some place on: each byte is searched once for each of them. */
struct search {
    str in;
    bool all; /* nothing follows `in` */
    size_t chunk, record;
};

static size_t find(str in, size_t at, const char *what, size_t n)
{
    const char *const p = at < in.n ? memmem(in.p + at, in.n - at, what, n) : NULL;
    return p ? (size_t)(p - in.p) : SIZE_MAX;
}

static void search_from(struct search *s, size_t at)
{
    if (s->chunk < at)
        s->chunk = find(s->in, at, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE);
    if (s->record < at)
        s->record = find(s->in, at, RECORD_MAGIC, 4);
}

static struct search search_start(str in, bool all)
{
    return (struct search){in, all, find(in, 0, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE),
                           find(in, 0, RECORD_MAGIC, 4)};
}

/* The chunk at `at` ends early where another one starts: this one was cut off. */
static size_t chunk_size(str in, size_t at)
{
    const str chunk = str_sub(in, at, at + LOOK_AHEAD);
    size_t next = EVTX_CHUNK_HEADER;
    while ((next = find(str_sub(chunk, 0, EVTX_CHUNK + EVTX_SIGNATURE_SIZE - 1), next,
                        EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE)) != SIZE_MAX) {
        const str inner = str_sub(chunk, next, chunk.n);
        if (chunk_header_is_likely(inner) && chunk_header_is_sound(inner))
            break;
        next++;
    }
    return MIN(next, MIN(chunk.n, (size_t)EVTX_CHUNK));
}

/* What the bytes at `at`, where a signature stands, are. 0: no piece, SIZE_MAX: cannot be told yet.
 */
static size_t piece_size(const struct search *s, size_t at, bool is_chunk)
{
    const size_t left = s->in.n - at;
    const str here = str_sub(s->in, at, s->in.n);
    if (is_chunk && (left >= EVTX_CHUNK_HEADER ? !chunk_header_is_likely(here) : s->all))
        return 0;
    if (is_chunk)
        return left < LOOK_AHEAD && !s->all ? SIZE_MAX : chunk_size(s->in, at);
    if (left < RECORD_HEAD)
        return s->all ? 0 : SIZE_MAX;
    const u32 size = load_u32((const u8 *)here.p + 4);
    if (size > left && size < EVTX_CHUNK && !s->all)
        return SIZE_MAX;
    return carve_size(s->in, at);
}

/* The next piece from `from` on, where the last one ends. */
static struct piece next_piece(struct search *s, size_t from)
{
    for (size_t at = from;; at++) {
        search_from(s, at);
        at = MIN(s->chunk, s->record);
        if (at == SIZE_MAX)
            break;
        const size_t n = piece_size(s, at, at == s->chunk);
        if (n)
            return (struct piece){at, n == SIZE_MAX ? 0 : n, at == s->chunk};
    }
    const size_t kept = s->all ? 0 : MIN(s->in.n, (size_t)EVTX_SIGNATURE_SIZE - 1);
    return (struct piece){.at = MAX(from, s->in.n - kept)};
}

static i64 base_of(u64 state)
{
    return state ? (i64)(state - 1) - EVTX_CHUNK : CARVE_NO_BASE;
}

static u64 state_of(i64 base)
{
    return base == CARVE_NO_BASE ? 0 : (u64)(base + EVTX_CHUNK) + 1;
}

/* The chunk that records behind this piece may be of. */
static i64 base_behind(str in, u64 off, struct piece piece, i64 base)
{
    return piece.is_chunk
               ? CARVE_NO_BASE
               : carve_base(str_sub(in, piece.at, piece.at + piece.n), off + piece.at, base);
}

static int raw_bid(str head, str name)
{
    (void)head;
    (void)name;
    return SURE_NO;
}

static size_t raw_cut(struct framing *framing, str in, bool eof, bool force)
{
    const u64 off = framing->state[STATE_OFF];
    struct search search = search_start(in, eof || force);
    i64 base = base_of(framing->state[STATE_BASE]);
    struct piece piece = next_piece(&search, 0);
    for (; piece.n; piece = next_piece(&search, piece.at + piece.n))
        base = base_behind(in, off, piece, base);
    framing->state[STATE_OFF] = off + piece.at;
    framing->state[STATE_BASE] = state_of(base);
    carve_keep_before(&framing->context, str_sub(in, 0, piece.at));
    return piece.at;
}

static void raw_parse(const struct block *block, struct parse_env *env)
{
    struct chunk_reader *const reader = evtx_reader(env, false);
    const str in = block->data;
    struct search search = search_start(in, true);
    struct carving c;
    carving_begin(&c, reader, env, in, block->off);
    c.before = block->context;
    reader->block = block;
    c.base = base_of(block->state[STATE_BASE]);
    for (struct piece piece = next_piece(&search, 0); piece.n;
         piece = next_piece(&search, piece.at + piece.n)) {
        if (!piece.is_chunk) {
            carving_record(&c, piece.at, (u32)piece.n, false);
            continue;
        }
        carving_leave(&c);
        reader->raw = true;
        chunk_read(reader, str_sub(in, piece.at, piece.at + piece.n), block->off + piece.at, env);
        reader->raw = false;
        c.base = CARVE_NO_BASE;
    }
    carving_leave(&c);
}

const struct parser raw_parser = {.name = "carved",
                                  .min_block = 2 * EVTX_CHUNK,
                                  .bid = raw_bid,
                                  .cut = raw_cut,
                                  .parse = raw_parse};
