/* evtx.c: the Windows event log file (.evtx, Windows Vista and later); docs/formats/evtx.md.
 *
 * A file is a header block and then chunks of 64 KiB, each complete in itself: names, template
 * definitions and records refer to nothing outside their chunk. So a block is one or more whole
 * chunks, and blocks may be read in any order. The file header's counts are not believed: a log
 * that was copied while open has old ones.
 *
 * A file whose header is damaged, or which starts with a chunk, is read as well. Where a chunk
 * should start but has no signature, the next one is looked for byte by byte within 64 KiB, and a
 * sound one inside the free space of the one before counts as well, so that bytes lost or added
 * between chunks cost nothing else. */
#include "parse/evtx/evtx.h"

#include "base/crc32.h"
#include "base/cur.h"
#include "parse/evtx/carve.h"

struct evtx_memo {
    struct parse_memo memo;
    struct chunk_reader reader;
};

/* A chunk, and enough behind it to see whether the next one starts early. */
#define LOOK_AHEAD (EVTX_CHUNK + EVTX_CHUNK_HEADER)

static bool has_signature(str s, size_t at, const char *signature)
{
    return at + EVTX_SIGNATURE_SIZE <= s.n && memcmp(s.p + at, signature, EVTX_SIGNATURE_SIZE) == 0;
}

static int evtx_bid(str head, str name)
{
    const bool yes = has_signature(head, 0, EVTX_FILE_SIGNATURE) ||
                     has_signature(head, 0, EVTX_CHUNK_SIGNATURE) ||
                     has_signature(head, EVTX_FILE_HEADER, EVTX_CHUNK_SIGNATURE);
    return yes ? SURE_YES : SURE_NO;
}

/* Bytes before the first chunk. */
static size_t header_size(str file)
{
    if (has_signature(file, 0, EVTX_CHUNK_SIGNATURE))
        return 0;
    if (!has_signature(file, 0, EVTX_FILE_SIGNATURE) ||
        has_signature(file, EVTX_FILE_HEADER, EVTX_CHUNK_SIGNATURE) ||
        file.n < EVTX_FILE_HEADER_USED)
        return EVTX_FILE_HEADER;
    const size_t size = load_u16((const u8 *)file.p + EVTX_FILE_HEADER_SIZE_AT);
    return size < EVTX_FILE_HEADER_USED ? EVTX_FILE_HEADER : size;
}

/* Where the next chunk's signature starts in [from, to), or SIZE_MAX. Mostly there are zeros, which
 * memchr is fast at. */
static size_t find_signature(str s, size_t from, size_t to)
{
    while (from < MIN(to, s.n)) {
        const char *const p = memchr(s.p + from, EVTX_CHUNK_SIGNATURE[0], MIN(to, s.n) - from);
        if (!p)
            break;
        from = (size_t)(p - s.p);
        if (has_signature(s, from, EVTX_CHUNK_SIGNATURE))
            return from;
        from++;
    }
    return SIZE_MAX;
}

/* A chunk inside another one's free space: bytes were lost before it. Its checksum tells it from
 * the eight bytes of its signature in somebody's data. SIZE_MAX if there is none. */
static size_t find_chunk_inside(str chunk)
{
    size_t at = MAX(load_u32((const u8 *)chunk.p + EVTX_CHUNK_FREE_AT), EVTX_CHUNK_HEADER);
    for (;; at++) {
        at = find_signature(chunk, at, EVTX_CHUNK);
        if (at == SIZE_MAX || chunk_header_is_sound(str_sub(chunk, at, chunk.n)))
            return at;
    }
}

/* Bytes of the piece that starts `in`: a chunk, or what stands in the place of one up to the next
 * signature. 0 when that cannot be told before there is more. With `last`, nothing follows `in`. */
static size_t piece_size(str in, bool last)
{
    if (!last && in.n < LOOK_AHEAD)
        return 0;
    size_t size = SIZE_MAX;
    if (!has_signature(in, 0, EVTX_CHUNK_SIGNATURE))
        size = find_signature(in, 1, EVTX_CHUNK);
    else if (in.n >= EVTX_CHUNK_HEADER)
        size = find_chunk_inside(in);
    return MIN(size, MIN(in.n, (size_t)EVTX_CHUNK));
}

/* framing.state[0] is set once the file header is behind. */
static size_t evtx_cut(struct framing *framing, str in, bool eof, bool force)
{
    size_t at = framing->state[0] ? 0 : MIN(header_size(in), in.n);
    const size_t header = at;
    while (at < in.n) {
        const size_t n = piece_size(str_sub(in, at, in.n), eof);
        if (n == 0)
            break;
        at += n;
    }
    if (eof || force)
        at = in.n;
    else if (at == header)
        return 0;
    framing->state[0] = 1;
    if (framing->carve)
        carve_keep_before(&framing->context, str_sub(in, 0, at));
    return at;
}

static void report(const struct parse_env *env, u64 off, u64 lost, const char *what)
{
    env->sink.damage(env->sink.arg, &(struct damage){.off = off, .lost = lost, .what = what});
}

static void check_file_header(str file, size_t size, const struct block *block,
                              const struct parse_env *env)
{
    const str header = str_sub(file, 0, size);
    const u8 *const p = (const u8 *)header.p;
    if (size == 0)
        return;
    if (!has_signature(header, 0, EVTX_FILE_SIGNATURE))
        report(env, block->off, 0, "file header has no signature");
    else if (header.n < size)
        report(env, block->off, 0, "file ends inside its header");
    else if (!(load_u32(p + EVTX_FLAGS_AT) & EVTX_NO_CRC) &&
             crc32_add(0, p, EVTX_FLAGS_AT) != load_u32(p + EVTX_CRC_AT))
        report(env, block->off, 0, "file header fails its checksum");
}

static void free_memo(struct parse_memo *memo)
{
    chunk_reader_release(&((struct evtx_memo *)memo)->reader);
    mem_free(memo);
}

struct chunk_reader *evtx_reader(struct parse_env *env, bool afresh)
{
    struct parse_memo *memo = parse_memo_find(env, &evtx_parser);
    if (!memo) {
        struct evtx_memo *const made = mem_calloc(1, sizeof *made);
        planner_init(&made->reader.planner, env->schema);
        made->reader.planner.afresh = afresh;
        memo = &made->memo;
        parse_memo_add(env, memo, &evtx_parser, free_memo);
    }
    struct chunk_reader *const reader = &((struct evtx_memo *)memo)->reader;
    assert(reader->planner.schema == env->schema && reader->planner.afresh == afresh);
    return reader;
}

static void parse(const struct block *block, struct parse_env *env, bool afresh)
{
    struct chunk_reader *const reader = evtx_reader(env, afresh);
    const str data = block->data;
    size_t at = 0;
    reader->block = block;
    if (!block->state[0]) {
        at = MIN(header_size(data), data.n);
        check_file_header(data, header_size(data), block, env);
    }
    while (at < data.n) {
        const str rest = str_sub(data, at, data.n);
        const size_t n = piece_size(rest, true);
        chunk_read(reader, str_sub(rest, 0, n), block->off + at, env);
        at += n;
    }
}

static void evtx_parse(const struct block *block, struct parse_env *env)
{
    parse(block, env, false);
}

static void evtx_parse_afresh(const struct block *block, struct parse_env *env)
{
    parse(block, env, true);
}

#define MIN_BLOCK (EVTX_FILE_HEADER + LOOK_AHEAD)

const struct parser evtx_parser = {
    .name = "evtx", .min_block = MIN_BLOCK, .bid = evtx_bid, .cut = evtx_cut, .parse = evtx_parse};

const struct parser evtx_parser_afresh = {.name = "evtx",
                                          .min_block = MIN_BLOCK,
                                          .bid = evtx_bid,
                                          .cut = evtx_cut,
                                          .parse = evtx_parse_afresh};
