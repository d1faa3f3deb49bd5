/* run.h: what the files of evidence/ share: the state of one run, and `struct stream`, the bytes of one file or entry. */
#ifndef EVIDENCE_RUN_H
#define EVIDENCE_RUN_H

#include "base/buf.h"
#include "evidence/evidence.h"

struct run {
    const struct evidence_visitor *visitor;
    const struct evidence_options *options;
    struct evidence_limits limits;
    u32 root;
    struct frame *frame; /* archive.c: the innermost open archive */
    u64 n_entries;
    u64 disk_done; /* bytes of files on disk that are done with */
    bool out_of_entries;
    char **buffers; /* a read buffer for each archive depth, made when first used */
    u32 n_buffers;
};

#define RUN_BUFFER ((size_t)1 << 20)

void run_init(struct run *run, const struct evidence_options *options,
              const struct evidence_visitor *visitor);
void run_release(struct run *run);
char *run_buffer(struct run *run, u32 depth); /* RUN_BUFFER bytes, owned by the run */
void run_refused(struct run *run, str name, enum refusal refusal, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void run_damage(struct run *run, str name, u64 off, const char *what);
/* Count one more file or entry. False, and refused by name the first time, when the run has had as many as it may. */
bool run_count(struct run *run, str name);

/* The bytes of one file or entry, in order. Sticky: read tells the visitor what went wrong, sets `broken` and gives 0 from
 * then on, so that whoever reads looks at `broken` once, at the end. */
struct stream {
    size_t (*read)(struct stream *stream, char *out,
                   size_t cap);                  /* up to cap bytes, 0 at the end */
    bool (*seek)(struct stream *stream, u64 to); /* NULL where it cannot be done */
    struct map *(*map)(struct stream *stream);   /* all of it, or NULL; NULL where it cannot be done */
    void (*seen)(struct stream *stream, u64 to); /* it was looked at up to there in its map */
    void (*digest)(struct stream *stream,
                   u8 out[SHA256_SIZE]); /* of all of it; NULL where the reader has to hash */
    u64 size;                            /* in bytes, where seek is not NULL */
    bool broken;
};

/* Read until `cap` bytes are there or the stream ends. */
size_t stream_fill(struct stream *stream, char *out, size_t cap);

/* A file on disk. It is hashed as it is read, if at all; what an archive reader jumped over is read for that at the end. */
struct stream_file {
    struct stream stream;
    struct run *run;
    str name;
    int fd;
    u64 at, hashed, base; /* position; bytes hashed; run->disk_done at its start */
    struct sha256 hash;
    bool hash_done;
    u8 sha256[SHA256_SIZE];
};
void stream_file_open(struct stream_file *file, struct run *run, int fd, str name,
                      i64 size);                  /* size < 0: a pipe */
void stream_file_close(struct stream_file *file); /* closes fd; tells the visitor of the input */

struct stream_memory {
    struct stream stream;
    str bytes;
    size_t at;
};
void stream_memory_open(struct stream_memory *memory, str bytes);

/* Give one file or entry to the visitor, or, if it is an archive, everything in it. */
enum status run_source(struct run *run, struct stream *stream,
                       const struct source_info *info) MUST_USE;

/* archive.c: the archive format that `head` is the beginning of, or NULL. */
struct archive_format;
const struct archive_format *archive_format_of(str head);

/* Give everything in the archive to run_source. `head`, in the buffer of info->depth, was read from stream already. */
enum status run_archive(struct run *run, struct stream *stream, const struct source_info *info,
                        const struct archive_format *format, str head) MUST_USE;

#endif
