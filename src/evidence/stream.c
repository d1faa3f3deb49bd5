#include "evidence/run.h"

#include <errno.h>
#include <unistd.h>

size_t stream_fill(struct stream *stream, char *out, size_t cap)
{
    size_t n = 0;
    while (n < cap) {
        const size_t got = stream->read(stream, out + n, cap - n);
        if (got == 0)
            break;
        n += got;
    }
    return n;
}

/* Progress goes by the furthest byte that was read, so a reader that jumps about does not make it
 * run backwards. */
static void tell_progress(struct run *run, u64 bytes)
{
    if (bytes <= run->disk_done)
        return;
    run->disk_done = bytes;
    if (run->visitor->progress)
        run->visitor->progress(run->visitor->arg, bytes);
}

static size_t file_read(struct stream *stream, char *out, size_t cap)
{
    struct stream_file *const file = (struct stream_file *)stream;
    if (stream->broken)
        return 0;
    ssize_t got;
    do
        got = read(file->fd, out, cap);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        stream->broken = true;
        run_damage(file->run, file->name, file->at, strerror(errno));
        return 0;
    }
    const u64 end = file->at + (u64)got;
    if (file->at <= file->hashed && end > file->hashed) {
        const size_t known = (size_t)(file->hashed - file->at);
        if (!file->run->options->unhashed)
            sha256_add(&file->hash, str_sub((str){out, (size_t)got}, known, (size_t)got));
        file->hashed = end;
    }
    file->at = end;
    if (stream->seek)
        tell_progress(file->run, file->base + MIN(end, stream->size));
    return (size_t)got;
}

static bool file_seek(struct stream *stream, u64 to)
{
    struct stream_file *const file = (struct stream_file *)stream;
    if (to > INT64_MAX || lseek(file->fd, (off_t)to, SEEK_SET) < 0)
        return false;
    file->at = to;
    return true;
}

/* Only where nobody wants a hash: it is made of what is read. Small files are read as fast. */
static struct map *file_map(struct stream *stream)
{
    struct stream_file *const file = (struct stream_file *)stream;
    if (!file->run->options->unhashed || stream->size < 2 * RUN_BUFFER)
        return NULL;
    return map_open(file->fd, stream->size);
}

static void file_seen(struct stream *stream, u64 to)
{
    struct stream_file *const file = (struct stream_file *)stream;
    tell_progress(file->run, file->base + MIN(to, stream->size));
}

/* Read what has not been hashed yet, to the end of the file. */
static void file_digest(struct stream *stream, u8 out[SHA256_SIZE])
{
    struct stream_file *const file = (struct stream_file *)stream;
    if (file->run->options->unhashed) {
        memset(out, 0, SHA256_SIZE);
        return;
    }
    if (!file->hash_done) {
        char *const buffer = run_buffer(file->run, 0);
        if (file->at == file->hashed || (stream->seek && file_seek(stream, file->hashed)))
            while (file_read(stream, buffer, RUN_BUFFER) > 0)
                ;
        sha256_final(&file->hash, file->sha256);
        file->hash_done = true;
    }
    memcpy(out, file->sha256, SHA256_SIZE);
}

void stream_file_open(struct stream_file *file, struct run *run, int fd, str name, i64 size)
{
    *file = (struct stream_file){
        .stream = {.read = file_read, .digest = file_digest},
        .run = run,
        .name = name,
        .fd = fd,
        .base = run->disk_done,
    };
    if (size >= 0) {
        file->stream.seek = file_seek;
        file->stream.map = file_map;
        file->stream.seen = file_seen;
        file->stream.size = (u64)size;
    }
    if (!run->options->unhashed)
        sha256_init(&file->hash);
}

void stream_file_close(struct stream_file *file)
{
    struct run *const run = file->run;
    struct evidence_input input = {.path = file->name, .root = run->root};
    file_digest(&file->stream, input.sha256);
    input.size = run->options->unhashed && file->stream.seek ? file->stream.size : file->hashed;
    close(file->fd);
    if (file->stream.seek)
        tell_progress(run, file->base + file->stream.size);
    if (run->visitor->input)
        run->visitor->input(run->visitor->arg, &input);
}

static size_t memory_read(struct stream *stream, char *out, size_t cap)
{
    struct stream_memory *const memory = (struct stream_memory *)stream;
    const str piece = str_sub(memory->bytes, memory->at, memory->at + MIN(cap, memory->bytes.n));
    if (piece.n)
        memcpy(out, piece.p, piece.n);
    memory->at += piece.n;
    return piece.n;
}

static bool memory_seek(struct stream *stream, u64 to)
{
    struct stream_memory *const memory = (struct stream_memory *)stream;
    if (to > memory->bytes.n)
        return false;
    memory->at = (size_t)to;
    return true;
}

void stream_memory_open(struct stream_memory *memory, str bytes)
{
    *memory = (struct stream_memory){
        .stream = {.read = memory_read, .seek = memory_seek, .size = bytes.n},
        .bytes = bytes,
    };
}
