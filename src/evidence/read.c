#include "evidence/run.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"

const struct evidence_limits evidence_default_limits = {
    .dir_depth = LIMIT_DIR_DEPTH,
    .archive_depth = LIMIT_ARCHIVE_DEPTH,
    .entries = LIMIT_ENTRIES,
    .expansion = LIMIT_EXPANSION,
    .expansion_after = LIMIT_EXPANSION_AFTER,
    .archive_size = LIMIT_ARCHIVE_SIZE,
    .nested_size = LIMIT_NESTED_SIZE,
};

const char *refusal_text(enum refusal refusal)
{
    static const char *const texts[] = {
#define X(name, text) text,
        REFUSAL_LIST(X)
#undef X
    };
    static_assert(COUNT(texts) == REFUSAL_COUNT, "REFUSAL_LIST");
    return texts[refusal];
}

void run_init(struct run *run, const struct evidence_options *options,
              const struct evidence_visitor *visitor)
{
    static const struct evidence_options none = {0};
    *run = (struct run){.visitor = visitor, .options = options ? options : &none};
    run->limits = run->options->limits ? *run->options->limits : evidence_default_limits;
    run->n_buffers = run->limits.archive_depth + 1;
    run->buffers = mem_calloc(run->n_buffers, sizeof *run->buffers);
}

void run_release(struct run *run)
{
    for (u32 i = 0; i < run->n_buffers; i++)
        mem_free(run->buffers[i]);
    mem_free(run->buffers);
}

char *run_buffer(struct run *run, u32 depth)
{
    assert(depth < run->n_buffers);
    if (!run->buffers[depth])
        run->buffers[depth] = mem_alloc(RUN_BUFFER);
    return run->buffers[depth];
}

void run_refused(struct run *run, str name, enum refusal refusal, const char *fmt, ...)
{
    char why[240];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    if (run->visitor->refused)
        run->visitor->refused(run->visitor->arg, name, refusal, why);
}

void run_damage(struct run *run, str name, u64 off, const char *what)
{
    if (run->visitor->damage)
        run->visitor->damage(run->visitor->arg, name, off, what);
}

bool run_count(struct run *run, str name)
{
    if (run->n_entries < run->limits.entries) {
        run->n_entries++;
        return true;
    }
    if (!run->out_of_entries)
        run_refused(run, name, REFUSED_ENTRIES,
                    "only the first %llu files are read; nothing from here on",
                    (unsigned long long)run->limits.entries);
    run->out_of_entries = true;
    return false;
}

/* The next bytes of a source, where the visitor wants to have them. */
static str next_piece(struct run *run, struct stream *stream, const struct source_info *info,
                      void *cookie, bool wanted)
{
    const struct evidence_visitor *const visitor = run->visitor;
    size_t n = 0;
    char *out = wanted && visitor->room ? visitor->room(visitor->arg, cookie, &n) : NULL;
    if (!out || n == 0) {
        out = run_buffer(run, info->depth);
        n = RUN_BUFFER;
    }
    return (str){out, stream->read(stream, out, n)};
}

/* Push a source by its map, a piece at a time; the stream goes on behind it. */
static enum status push_map(struct run *run, struct stream *stream, void *cookie, struct map *map)
{
    const struct evidence_visitor *const visitor = run->visitor;
    const str all = map_bytes(map);
    enum status status = OK;
    visitor->mapped(visitor->arg, cookie, map);
    for (size_t at = 0; at < all.n && status == OK; at += RUN_BUFFER) {
        const str piece = str_sub(all, at, at + RUN_BUFFER);
        status = visitor->data(visitor->arg, cookie, piece);
        stream->seen(stream, at + piece.n);
    }
    if (!stream->seek(stream, all.n))
        stream->broken = true;
    return status;
}

/* Push the bytes of a source that is no archive: `piece` first, then what is left of the stream. */
static enum status push_source(struct run *run, struct stream *stream,
                               const struct source_info *info, str piece)
{
    const struct evidence_visitor *const visitor = run->visitor;
    void *cookie = NULL;
    enum status status =
        visitor->open(visitor->arg, info, str_sub(piece, 0, EVIDENCE_HEAD), &cookie);
    if (status != OK)
        return status == END ? OK : status;
    struct source_result result = {0};
    struct sha256 hash = {0};
    const bool hashed = !stream->digest && !run->options->unhashed;
    if (hashed)
        sha256_init(&hash);
    struct map *const map = visitor->mapped && stream->map ? stream->map(stream) : NULL;
    if (map) {
        result.size = map_bytes(map).n;
        status = push_map(run, stream, cookie, map);
        piece = status == OK ? next_piece(run, stream, info, cookie, true) : STR_NONE;
        map_unref(map);
    }
    for (bool wanted = true; piece.n > 0;) {
        result.size += piece.n;
        if (hashed)
            sha256_add(&hash, piece);
        status = wanted ? visitor->data(visitor->arg, cookie, piece) : OK;
        if (status < 0)
            break;
        wanted = wanted && status == OK;
        piece = next_piece(run, stream, info, cookie, wanted);
    }
    if (stream->digest)
        stream->digest(stream, result.sha256);
    else if (hashed)
        sha256_final(&hash, result.sha256);
    result.whole = !stream->broken && status >= 0;
    const enum status closed = visitor->close(visitor->arg, cookie, &result);
    return status < 0 ? status : closed;
}

enum status run_source(struct run *run, struct stream *stream, const struct source_info *info)
{
    char *const buffer = run_buffer(run, info->depth);
    const str head = {buffer, stream_fill(stream, buffer, RUN_BUFFER)};
    if (head.n == 0 && stream->broken)
        return OK; /* nothing came, and the visitor was told why */
    const struct archive_format *const format = archive_format_of(head);
    if (!format)
        return push_source(run, stream, info, head);
    if (info->depth < run->limits.archive_depth)
        return run_archive(run, stream, info, format, head);
    run_refused(run, info->name, REFUSED_ARCHIVE_DEPTH, "archives are opened %u deep",
                run->limits.archive_depth);
    return OK;
}

enum status evidence_read_memory(str bytes, str name, const struct evidence_options *options,
                                 const struct evidence_visitor *visitor)
{
    struct run run;
    struct stream_memory memory;
    run_init(&run, options, visitor);
    stream_memory_open(&memory, bytes);
    const struct source_info info = {.name = name, .size = (i64)bytes.n, .mtime = TIME_NONE};
    const enum status status = run_source(&run, &memory.stream, &info);
    run_release(&run);
    return status;
}
