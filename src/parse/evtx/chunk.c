/* chunk.c: the records of a chunk, whatever state it is in. How damage is met, in order:
 *
 *   1. Checksums that do not hold are reported; the chunk is read all the same.
 *   2. Free space as the header gives it ends the records. When the header cannot be trusted (bad
 * checksum, no signature, a value out of range), all of the chunk is looked at, and a record counts
 * while record ids rise: older records that a later write left behind in the slack do not.
 *   3. A record is whole when both its sizes agree. When they differ, the place of the next record
 * tells which is right, and the record is read as far as it goes.
 *   4. Whatever is passed over to the next whole record is reported with its length, once.
 *   5. A record whose binary XML cannot be read is reported; it gives no event.
 *   6. Where no record was read is kept: the gaps are what carving looks into afterwards. */
#include "parse/evtx/chunk.h"

#include "base/crc32.h"
#include "parse/evtx/carve.h"

#define RECORD_MAGIC "\x2a\x2a\0\0"

/* Where the records of one chunk are being read. */
struct walk {
    struct chunk_reader *reader;
    const struct parse_env *env;
    struct evtx_chunk chunk;
    u32 end;      /* of the records */
    bool trusted; /* `end` is the header's word */
    bool any;     /* there was a record */
    u64 last_id;
};

static void report(const struct walk *w, u32 at, u32 lost, const char *what)
{
    const struct damage damage = {
        .off = w->chunk.off + at, .lost = lost, .what = what, .carved = w->reader->raw};
    w->env->sink.damage(w->env->sink.arg, &damage);
}

static bool all_zero(const u8 *p, size_t n)
{
    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* Gaps rise; what touches is one. */
static void keep_gap(struct walk *w, u32 from, u32 to, bool told)
{
    struct chunk_gap *const last =
        w->reader->gaps.n ? &w->reader->gaps.p[w->reader->gaps.n - 1] : NULL;
    if (from >= to)
        return;
    if (last && last->to == from && !last->told && !told)
        last->to = to;
    else
        *VEC_PUSH(&w->reader->gaps) = (struct chunk_gap){from, to, told};
}

/* ---- records ---- */

static bool has_magic(const struct walk *w, u32 at)
{
    return at + 4 <= w->end && memcmp(w->chunk.data + at, RECORD_MAGIC, 4) == 0;
}

static bool is_whole(const struct walk *w, u32 at, u32 size)
{
    return size >= EVTX_RECORD_LEAST && size <= w->end - at && has_magic(w, at) &&
           load_u32(w->chunk.data + at + size - 4) == size;
}

/* The next place from `at` on where a whole record stands, or the end. */
static u32 find_record(const struct walk *w, u32 at)
{
    while (at + EVTX_RECORD_LEAST <= w->end) {
        const u8 *const p = memmem(w->chunk.data + at, w->end - at, RECORD_MAGIC, 4);
        if (!p)
            break;
        at = (u32)(p - w->chunk.data);
        if (at + EVTX_RECORD_LEAST <= w->end && is_whole(w, at, load_u32(p + 4)))
            return at;
        at++;
    }
    return w->end;
}

/* The size of the record at `at` whose two sizes differ, 0 if there is none; `next` is where the
 * next whole record stands. With a damaged first size the last one still stands before the next
 * record. Otherwise the first counts as long as it does not lead into the next record: the end of
 * the record was lost (pages that never reached the disk are zero). */
static u32 record_size(const struct walk *w, u32 at, u32 next)
{
    if (next - at < EVTX_RECORD_LEAST || !has_magic(w, at))
        return 0;
    if (load_u32(w->chunk.data + next - 4) == next - at)
        return next - at;
    const u32 size = load_u32(w->chunk.data + at + 4);
    return size >= EVTX_RECORD_LEAST && size <= next - at ? size : 0;
}

static void read_record(struct walk *w, u32 at, u32 size)
{
    const u8 *const p = w->chunk.data + at;
    struct event event = {
        .record = load_u64(p + 8),
        .off = w->chunk.off + at,
        .len = size,
        .carved = w->reader->raw,
        .raw = {(const char *)p, size},
    };
    const char *bad;
    if (planner_event(&w->reader->planner, &w->chunk, at + EVTX_RECORD_HEADER, at + size - 4,
                      load_u64(p + 16), &w->reader->arena, &event, &bad)) {
        *VEC_PUSH(&w->reader->events) = event;
        return;
    }
    report(w, at, size, bad);
    keep_gap(w, at, at + size, true);
}

static bool follows(struct walk *w, u32 at)
{
    const u64 id = load_u64(w->chunk.data + at + 8);
    const bool yes = w->trusted || !w->any || id > w->last_id;
    w->any = true;
    w->last_id = id;
    return yes;
}

/* What is not a record at `at`: pass to the next one. Slack behind the last record is no damage. */
static u32 skip_to(struct walk *w, u32 at, u32 next)
{
    keep_gap(w, at, next, false);
    if (w->trusted || next < w->end || (!w->any && !all_zero(w->chunk.data + at, w->end - at)))
        report(w, at, next - at, "no record where one should be");
    return next;
}

static void read_records(struct walk *w)
{
    u32 at = EVTX_CHUNK_HEADER;
    while (at < w->end) {
        u32 size = at + EVTX_RECORD_LEAST <= w->end ? load_u32(w->chunk.data + at + 4) : 0;
        if (!is_whole(w, at, size)) {
            const u32 next = find_record(w, at + 1);
            size = record_size(w, at, next);
            if (size)
                report(w, at, 0, "a record's two sizes differ");
            else {
                at = skip_to(w, at, next);
                continue;
            }
        }
        if (!follows(w, at)) {
            w->end = at;
            return;
        }
        read_record(w, at, size);
        at += size;
    }
}

/* ---- the header ---- */

static bool has_signature(const u8 *p)
{
    return memcmp(p, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE) == 0;
}

static u32 crc_of_header(const u8 *p)
{
    const u32 crc = crc32_add(0, p, EVTX_FLAGS_AT);
    return crc32_add(crc, p + EVTX_CHUNK_STRINGS_AT, EVTX_CHUNK_HEADER - EVTX_CHUNK_STRINGS_AT);
}

bool chunk_header_is_likely(str chunk)
{
    const u8 *const p = (const u8 *)chunk.p;
    const u32 end = chunk.n < EVTX_CHUNK_HEADER ? 0 : load_u32(p + EVTX_CHUNK_FREE_AT);
    return end >= EVTX_CHUNK_HEADER && end <= EVTX_CHUNK && has_signature(p) &&
           load_u32(p + EVTX_CHUNK_USED_AT) == EVTX_CHUNK_HEADER_USED;
}

bool chunk_header_is_sound(str chunk)
{
    const u8 *const p = (const u8 *)chunk.p;
    return chunk.n >= EVTX_CHUNK_HEADER && has_signature(p) &&
           crc_of_header(p) == load_u32(p + EVTX_CRC_AT);
}

/* Looks at the header; sets `trusted` and `end`. */
static void check_header(struct walk *w)
{
    const u8 *const p = w->chunk.data;
    const u32 end = load_u32(p + EVTX_CHUNK_FREE_AT);
    const bool has_crc = !(load_u32(p + EVTX_FLAGS_AT) & EVTX_NO_CRC);
    const bool is_chunk = has_signature(p);
    w->end = w->chunk.n;
    if (!is_chunk)
        report(w, 0, 0, "no chunk where one should be");
    else if (w->chunk.n < EVTX_CHUNK)
        report(w, w->chunk.n, 0, "chunk cut short");
    if (!is_chunk)
        return;
    if (has_crc && crc_of_header(p) != load_u32(p + EVTX_CRC_AT))
        report(w, 0, 0, "chunk header fails its checksum");
    else if (end < EVTX_CHUNK_HEADER || end > EVTX_CHUNK)
        report(w, EVTX_CHUNK_FREE_AT, 0, "free space outside its chunk");
    else if (end <= w->chunk.n) {
        w->trusted = true;
        w->end = end;
    }
    if (w->trusted && has_crc &&
        crc32_add(0, p + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER) !=
            load_u32(p + EVTX_CHUNK_DATA_CRC_AT))
        report(w, EVTX_CHUNK_HEADER, 0, "records fail the chunk's checksum");
}

void chunk_read(struct chunk_reader *reader, str piece, u64 off, const struct parse_env *env)
{
    assert(piece.n <= EVTX_CHUNK);
    struct walk w = {
        .reader = reader,
        .env = env,
        .chunk = {.data = (const u8 *)piece.p, .n = (u32)piece.n, .off = off},
    };
    if (all_zero(w.chunk.data, w.chunk.n))
        return;
    planner_begin_chunk(&reader->planner);
    arena_reset(&reader->arena);
    reader->events.n = reader->gaps.n = 0;
    if (w.chunk.n < EVTX_CHUNK_HEADER) {
        report(&w, 0, w.chunk.n, "piece of a chunk");
    } else {
        check_header(&w);
        if (!has_signature(w.chunk.data))
            keep_gap(&w, 0, EVTX_CHUNK_HEADER, false);
        read_records(&w);
    }
    if (reader->events.n)
        env->sink.events(env->sink.arg, reader->events.p, reader->events.n);
    if (env->carve) {
        keep_gap(&w, w.end, w.chunk.n, false);
        carve_gaps(reader, &w.chunk, env);
    }
}

void chunk_reader_release(struct chunk_reader *reader)
{
    planner_release(&reader->planner);
    VEC_FREE(&reader->events);
    VEC_FREE(&reader->gaps);
    arena_release(&reader->arena);
    carver_free(reader->carver);
}
