#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void spill_init(struct spill *spill, const char *folder, u64 memory, u64 max)
{
    *spill = (struct spill){.folder = folder, .memory = memory, .max = max, .fd = -1};
}

void spill_release(struct spill *spill)
{
    if (spill->fd >= 0)
        close(spill->fd);
    spill->fd = -1;
    VEC_FREE(&spill->unused);
}

/* A file that nobody else sees, or -1. Not every file system knows one without a name. */
static int open_in(const char *folder)
{
    const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/leadline-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return -1;
    const int named = mkostemp(path, O_CLOEXEC);
    if (named >= 0)
        (void)unlink(path);
    return named;
}

static void open_file(struct spill *spill)
{
    const char *const tmpdir = getenv("TMPDIR");
    const char *const folders[] = {spill->folder, tmpdir && *tmpdir ? tmpdir : NULL, "/tmp",
                                   "/var/tmp"};
    for (size_t i = 0; i < COUNT(folders) && spill->fd < 0; i++)
        if (folders[i])
            spill->fd = open_in(folders[i]);
}

/* A place for one chunk in the file, with the chunk in it. */
static bool write_chunk(struct spill *spill, const char *p, u64 *out)
{
    const bool again = spill->unused.n > 0;
    const u64 off = again ? spill->unused.p[spill->unused.n - 1] : spill->size;
    if (spill->fd < 0)
        open_file(spill);
    if (spill->fd < 0 || (!again && spill->size + SPILL_CHUNK > spill->max))
        return false;
    for (size_t done = 0; done < SPILL_CHUNK;) {
        const ssize_t n = pwrite(spill->fd, p + done, SPILL_CHUNK - done, (off_t)(off + done));
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return false;
    }
    spill->unused.n -= again;
    spill->size += again ? 0 : SPILL_CHUNK;
    *out = off;
    return true;
}

static void read_chunk(struct spill *spill, u64 off, char *out, size_t n)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(spill->fd, out + done, n - done, (off_t)(off + done));
        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            memset(out + done, 0, n - done);
            spill->unreadable = true;
            return;
        }
    }
}

/* ---- tapes ---- */

void tape_init(struct tape *tape, struct spill *spill)
{
    *tape = (struct tape){.spill = spill};
}

void tape_release(struct tape *tape)
{
    VEC_EACH (&tape->chunks, chunk)
        if (chunk->p) {
            mem_free(chunk->p);
            tape->spill->held -= SPILL_CHUNK;
        } else {
            *VEC_PUSH(&tape->spill->unused) = chunk->off;
        }
    VEC_FREE(&tape->chunks);
    mem_free(tape->last);
    *tape = (struct tape){0};
}

/* The chunk is done: it stays in memory while there is room, and where the file cannot take it. */
static void end_chunk(struct tape *tape)
{
    struct spill *const spill = tape->spill;
    struct tape_chunk *const chunk = VEC_PUSH(&tape->chunks);
    *chunk = (struct tape_chunk){.p = tape->last};
    tape->last = NULL;
    if (spill->held + SPILL_CHUNK > spill->memory) {
        if (write_chunk(spill, chunk->p, &chunk->off)) {
            tape->last = chunk->p;
            chunk->p = NULL;
            return;
        }
        spill->full = true;
    }
    spill->held += SPILL_CHUNK;
}

bool tape_add(struct tape *tape, const void *p, size_t n)
{
    if (tape->spill->full)
        return false;
    for (size_t done = 0; done < n;) {
        const size_t at = tape->n % SPILL_CHUNK, part = MIN(n - done, SPILL_CHUNK - at);
        if (!tape->last)
            tape->last = mem_alloc(SPILL_CHUNK);
        memcpy(tape->last + at, (const char *)p + done, part);
        done += part;
        tape->n += part;
        if (at + part == SPILL_CHUNK)
            end_chunk(tape);
    }
    return true;
}

void tape_read(const struct tape *tape, u64 at, void *out, size_t n)
{
    assert(at <= tape->n && n <= tape->n - at);
    for (size_t done = 0; done < n;) {
        const size_t i = (size_t)((at + done) / SPILL_CHUNK), from = (at + done) % SPILL_CHUNK;
        const size_t part = MIN(n - done, SPILL_CHUNK - from);
        char *const to = (char *)out + done;
        if (i == tape->chunks.n)
            memcpy(to, tape->last + from, part);
        else if (tape->chunks.p[i].p)
            memcpy(to, tape->chunks.p[i].p + from, part);
        else
            read_chunk(tape->spill, tape->chunks.p[i].off + from, to, part);
        done += part;
    }
}

void tape_reader_init(struct tape_reader *reader, const struct tape *tape, u64 at)
{
    *reader = (struct tape_reader){.tape = tape, .at = at, .buf = mem_alloc(SPILL_CHUNK)};
}

void tape_reader_release(struct tape_reader *reader)
{
    mem_free(reader->buf);
    *reader = (struct tape_reader){0};
}

bool tape_next(struct tape_reader *r, void *out, size_t n)
{
    if (n > r->tape->n - r->at)
        return false;
    for (size_t done = 0; done < n;) {
        if (r->at < r->buf_at || r->at >= r->buf_at + r->buf_n) {
            r->buf_at = r->at / SPILL_CHUNK * SPILL_CHUNK;
            r->buf_n = (size_t)MIN((u64)SPILL_CHUNK, r->tape->n - r->buf_at);
            tape_read(r->tape, r->buf_at, r->buf, r->buf_n);
        }
        const size_t from = (size_t)(r->at - r->buf_at), part = MIN(n - done, r->buf_n - from);
        memcpy((char *)out + done, r->buf + from, part);
        done += part;
        r->at += part;
    }
    return true;
}

/* ---- sorting ---- */

#define SORT_BYTES ((size_t)4 << 20) /* sorted at once */

void sorter_init(struct sorter *s, struct spill *spill, size_t width,
                 int (*compare)(const void *, const void *))
{
    *s = (struct sorter){
        .spill = spill, .width = width, .compare = compare, .room = SORT_BYTES / width};
}

void sorter_release(struct sorter *s)
{
    VEC_EACH (&s->runs, run)
        tape_release(run);
    VEC_FREE(&s->runs);
    mem_free(s->buf);
    s->buf = NULL;
}

static bool end_run(struct sorter *s)
{
    struct tape *const run = VEC_PUSH(&s->runs);
    tape_init(run, s->spill);
    if (s->n)
        qsort(s->buf, s->n, s->width, s->compare);
    const bool ok = tape_add(run, s->buf, s->n * s->width);
    s->n = 0;
    return ok;
}

bool sorter_add(struct sorter *s, const void *record)
{
    if (!s->buf)
        s->buf = mem_alloc(s->room * s->width);
    if (s->n == s->room && !end_run(s))
        return false;
    memcpy(s->buf + s->n++ * s->width, record, s->width);
    s->count++;
    return true;
}

/* The heap of runs that are being merged: the smallest record on top. */
struct head {
    struct tape_reader reader;
    char *record;
};

static void sink(const struct sorter *s, struct head *heads, size_t n, size_t i)
{
    for (size_t kid; (kid = 2 * i + 1) < n; i = kid) {
        if (kid + 1 < n && s->compare(heads[kid + 1].record, heads[kid].record) < 0)
            kid++;
        if (s->compare(heads[i].record, heads[kid].record) <= 0)
            return;
        const struct head swap = heads[i];
        heads[i] = heads[kid];
        heads[kid] = swap;
    }
}

static bool merge_runs(struct sorter *s, struct tape *out)
{
    const size_t runs = s->runs.n;
    struct head *const heads = mem_calloc(runs, sizeof *heads);
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; i < runs; i++) {
        tape_reader_init(&heads[i].reader, &s->runs.p[i], 0);
        heads[i].record = mem_alloc(s->width);
        if (tape_next(&heads[i].reader, heads[i].record, s->width)) {
            const struct head swap = heads[n];
            heads[n++] = heads[i];
            heads[i] = swap;
        }
    }
    for (size_t i = n; i-- > 0;)
        sink(s, heads, n, i);
    while (n && ok) {
        ok = tape_add(out, heads[0].record, s->width);
        if (!tape_next(&heads[0].reader, heads[0].record, s->width)) {
            const struct head swap = heads[0];
            heads[0] = heads[--n];
            heads[n] = swap;
        }
        sink(s, heads, n, 0);
    }
    for (size_t i = 0; i < runs; i++) {
        tape_reader_release(&heads[i].reader);
        mem_free(heads[i].record);
    }
    mem_free(heads);
    return ok;
}

bool sorter_finish(struct sorter *s, struct tape *out)
{
    tape_init(out, s->spill);
    bool ok = true;
    if (s->runs.n == 0) {
        if (s->n)
            qsort(s->buf, s->n, s->width, s->compare);
        ok = s->n == 0 || tape_add(out, s->buf, s->n * s->width);
    } else {
        ok = s->n == 0 || end_run(s);
        mem_free(s->buf);
        s->buf = NULL;
        ok = ok && merge_runs(s, out);
    }
    sorter_release(s);
    return ok;
}
