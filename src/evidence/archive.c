/* archive.c: archives, by libarchive, as a source of sources.
 *
 * libarchive pulls from a struct stream and each entry is again a struct stream, so archives nest
 * without a temporary file. The format is told here, by signature, and libarchive is given that one
 * format only: nothing that is merely text can be taken for an archive, and its rarer readers stay
 * out of reach of evidence.
 *
 * What is unpacked is counted at every archive that is open around it; the one whose limit is met
 * is given up. */
#include "evidence/run.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

struct archive_format {
    const char *name;
    u16 off;
    str magic;
    bool needs_seek;
    bool is_filter; /* of one file, or of a tar */
    int (*support)(struct archive *);
};

/* gzip's third byte is its only method; bzip2's magic goes on after the level. tar has two more
 * tests, in is_tar. */
static const struct archive_format formats[] = {
    {"zip", 0, {"PK\3\4", 4}, false, false, archive_read_support_format_zip},
    {"zip", 0, {"PK\5\6", 4}, false, false, archive_read_support_format_zip},
    {"zip", 0, {"PK\7\10PK\3\4", 8}, false, false, archive_read_support_format_zip},
    {"zip", 0, {"PK00PK\3\4", 8}, false, false, archive_read_support_format_zip},
    {"7z", 0, {"7z\xBC\xAF\x27\x1C", 6}, true, false, archive_read_support_format_7zip},
    {"gzip", 0, {"\x1F\x8B\x08", 3}, false, true, archive_read_support_filter_gzip},
    {"xz", 0, {"\xFD\x37\x7A\x58\x5A\0", 6}, false, true, archive_read_support_filter_xz},
    {"zstd", 0, {"\x28\xB5\x2F\xFD", 4}, false, true, archive_read_support_filter_zstd},
    {"lz4", 0, {"\x04\x22\x4D\x18", 4}, false, true, archive_read_support_filter_lz4},
    {"bzip2", 4, {"\x31\x41\x59\x26\x53\x59", 6}, false, true, archive_read_support_filter_bzip2},
    {"bzip2", 4, {"\x17\x72\x45\x38\x50\x90", 6}, false, true, archive_read_support_filter_bzip2},
};
static const struct archive_format tar_format = {
    .name = "tar",
    .support = archive_read_support_format_tar,
};

/* A tar header: 512 bytes, at 148 the sum of all of them in octal, with the sum itself taken as
 * eight spaces. */
static bool is_tar(str head)
{
    if (head.n < 512 || head.p[0] == 0)
        return false;
    u32 sum = 0, said = 0;
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : (u8)head.p[i];
    size_t i = 148, digits = 0;
    while (i < 156 && head.p[i] == ' ')
        i++;
    for (; i < 156 && head.p[i] >= '0' && head.p[i] <= '7'; i++, digits++)
        said = said * 8 + (u32)(head.p[i] - '0');
    return digits >= 3 && said == sum;
}

const struct archive_format *archive_format_of(str head)
{
    for (size_t i = 0; i < COUNT(formats); i++) {
        const str at = str_sub(head, formats[i].off, formats[i].off + formats[i].magic.n);
        if (str_eq(at, formats[i].magic) && (formats[i].off == 0 || str_starts(head, S("BZh"))))
            return &formats[i];
    }
    return is_tar(head) ? &tar_format : NULL;
}

/* One archive being read. */
struct frame {
    struct run *run;
    struct frame *outer; /* the archive around it, or NULL */
    const struct source_info *info;
    const struct archive_format *format;
    struct archive *archive;
    struct stream *in;
    str head; /* read from `in` already, not yet given to libarchive */
    u64 at;   /* what libarchive takes for its position in `in` */
    u64 packed, unpacked;
    bool given_up; /* a limit was met */
};

/* The data of the entry that the archive stands at. */
struct stream_entry {
    struct stream stream;
    struct frame *frame;
    str name;
    u64 at;    /* bytes given out */
    u64 zeros; /* of a hole in a sparse file, before `block` */
    str block; /* of libarchive, not yet given out */
    bool at_end;
};

static ssize_t pull(struct archive *archive, void *arg, const void **ret_block)
{
    (void)archive;
    struct frame *const frame = arg;
    char *const buffer = run_buffer(frame->run, frame->info->depth);
    str block = frame->head;
    frame->head = STR_NONE;
    if (block.n == 0)
        block = (str){buffer, frame->in->read(frame->in, buffer, RUN_BUFFER)};
    frame->at += block.n;
    frame->packed += block.n;
    *ret_block = block.p;
    return (ssize_t)block.n;
}

static la_int64_t seek(struct archive *archive, void *arg, la_int64_t off, int whence)
{
    (void)archive;
    struct frame *const frame = arg;
    const i64 from =
        whence == SEEK_SET ? 0 : (i64)(whence == SEEK_CUR ? frame->at : frame->in->size);
    i64 to;
    if (__builtin_add_overflow(from, (i64)off, &to) || to < 0 ||
        !frame->in->seek(frame->in, (u64)to))
        return ARCHIVE_FATAL;
    frame->head = STR_NONE;
    frame->at = (u64)to;
    return to;
}

/* Count n more bytes out of this archive and those around it. False when that is too much for one
 * of them. */
static bool count_unpacked(struct frame *frame, u64 n)
{
    const struct evidence_limits *const limits = &frame->run->limits;
    bool fits = true;
    for (struct frame *f = frame; f; f = f->outer) {
        f->unpacked += n;
        if (f->given_up) {
            fits = false;
            continue;
        }
        if (f->unpacked > limits->archive_size)
            run_refused(f->run, f->info->name, REFUSED_ARCHIVE_SIZE,
                        "more than %llu bytes are in it", (unsigned long long)limits->archive_size);
        else if (f->unpacked > limits->expansion_after &&
                 f->unpacked / limits->expansion > f->packed)
            run_refused(f->run, f->info->name, REFUSED_EXPANSION,
                        "it unpacks to more than %llu times its size",
                        (unsigned long long)limits->expansion);
        else
            continue;
        f->given_up = true;
        fits = false;
    }
    return fits;
}

/* An archive that is given up takes the ones inside it along. */
static bool given_up(const struct frame *frame)
{
    for (; frame; frame = frame->outer)
        if (frame->given_up)
            return true;
    return false;
}

static const char *archive_why(struct archive *archive)
{
    const char *const why = archive_error_string(archive);
    return why ? why : "unreadable";
}

/* libarchive has no error code for a password that is missing or wrong, or for an encryption it
 * cannot do, only words. */
static bool is_about_encryption(const char *why)
{
    return strstr(why, "assphrase") || strstr(why, "ncrypt") || strstr(why, "rypto");
}

static void entry_failed(struct stream_entry *entry)
{
    struct frame *const frame = entry->frame;
    const char *const why = archive_why(frame->archive);
    entry->stream.broken = true;
    if (is_about_encryption(why))
        run_refused(frame->run, entry->name, REFUSED_ENCRYPTED, "%s", why);
    else
        run_damage(frame->run, entry->name, entry->at, why);
}

/* Bring the next block of the entry. A zip's check sum is looked at together with its last block:
 * both come. */
static void entry_next_block(struct stream_entry *entry)
{
    struct frame *const frame = entry->frame;
    const void *p = NULL;
    size_t n = 0;
    la_int64_t off = 0;
    const int r = archive_read_data_block(frame->archive, &p, &n, &off);
    const bool usable =
        r == ARCHIVE_OK || r == ARCHIVE_WARN ||
        (r == ARCHIVE_FAILED && frame->format->support == archive_read_support_format_zip);
    if (r == ARCHIVE_EOF) {
        entry->at_end = true;
        return;
    }
    if (usable && p && (u64)off >= entry->at) {
        entry->zeros = (u64)off - entry->at;
        entry->block = (str){p, n};
    }
    if (r != ARCHIVE_OK || (n && (u64)off < entry->at))
        entry_failed(entry);
    if (!count_unpacked(frame, entry->zeros + entry->block.n)) {
        entry->zeros = 0;
        entry->block = STR_NONE;
        entry->stream.broken = true;
    }
}

static size_t entry_read(struct stream *stream, char *out, size_t cap)
{
    struct stream_entry *const entry = (struct stream_entry *)stream;
    while (entry->block.n == 0 && entry->zeros == 0) {
        if (stream->broken || entry->at_end || given_up(entry->frame))
            return 0;
        entry_next_block(entry);
    }
    size_t n;
    if (entry->zeros) {
        n = (size_t)MIN(entry->zeros, cap);
        memset(out, 0, n);
        entry->zeros -= n;
    } else {
        n = MIN(entry->block.n, cap);
        memcpy(out, entry->block.p, n);
        entry->block = str_sub(entry->block, n, entry->block.n);
    }
    entry->at += n;
    return n;
}

/* The name of what a filter holds: that of the packed file without its last suffix ("a.log.gz"
 * holds "a.log"). */
static str unpacked_name(str outer)
{
    size_t start = outer.n, dot = outer.n;
    while (start > 0 && outer.p[start - 1] != '/' && outer.p[start - 1] != '!')
        start--;
    for (size_t i = start + 1; i < outer.n; i++)
        if (outer.p[i] == '.')
            dot = i;
    return start < outer.n ? str_sub(outer, start, dot) : S("data");
}

static str entry_path(struct frame *frame, struct archive_entry *entry)
{
    if (archive_format(frame->archive) == ARCHIVE_FORMAT_RAW)
        return unpacked_name(frame->info->name);
    const char *path = archive_entry_pathname_utf8(entry);
    if (!path)
        path = archive_entry_pathname(entry);
    return path ? str_from(path) : S("?");
}

static i64 entry_mtime(struct archive_entry *entry)
{
    i64 ns;
    if (!archive_entry_mtime_is_set(entry) ||
        __builtin_mul_overflow((i64)archive_entry_mtime(entry), TIME_SECOND, &ns) ||
        __builtin_add_overflow(ns, (i64)archive_entry_mtime_nsec(entry), &ns))
        return TIME_NONE;
    return ns;
}

/* The entry that the archive stands at. */
static enum status read_entry(struct frame *frame, struct archive_entry *entry, str name)
{
    struct run *const run = frame->run;
    const unsigned type = archive_entry_filetype(entry);
    if (type == AE_IFDIR)
        return OK;
    if (type == AE_IFLNK || archive_entry_hardlink(entry)) {
        run_refused(run, name, REFUSED_LINK, "links inside evidence are not followed");
        return OK;
    }
    if (type != AE_IFREG && type != 0) {
        run_refused(run, name, REFUSED_SPECIAL, "not a regular file");
        return OK;
    }
    const struct source_info info = {
        .name = name,
        .root = run->root,
        .depth = frame->info->depth + 1,
        .size = archive_entry_size_is_set(entry) ? (i64)archive_entry_size(entry) : -1,
        .mtime = entry_mtime(entry),
    };
    struct stream_entry stream = {.stream = {.read = entry_read}, .frame = frame, .name = name};
    return run_source(run, &stream.stream, &info);
}

static void headers_failed(struct frame *frame)
{
    struct run *const run = frame->run;
    const char *const why = archive_why(frame->archive);
    if (is_about_encryption(why))
        run_refused(run, frame->info->name, REFUSED_ENCRYPTED, "%s", why);
    else if (!frame->in->broken) /* else it was told already, where it happened */
        run_damage(run, frame->info->name, (u64)MAX(archive_filter_bytes(frame->archive, -1), 0),
                   why);
    frame->in->broken = true;
}

static enum status read_entries(struct frame *frame)
{
    struct buf name;
    enum status status = OK;
    bool is_empty = true;
    buf_init(&name, LIMIT_NAME);
    for (int retries = 0; status == OK && !given_up(frame) && retries < 16;) {
        struct archive_entry *entry;
        const int r = archive_read_next_header(frame->archive, &entry);
        if (r == ARCHIVE_EOF)
            break;
        if (r < ARCHIVE_WARN) {
            headers_failed(frame);
            if (r == ARCHIVE_FATAL)
                break;
            retries++;
            continue;
        }
        is_empty = false;
        buf_reset(&name);
        buf_add(&name, frame->info->name);
        buf_char(&name, '!');
        buf_add(&name, str_sub(entry_path(frame, entry), 0, name.max - MIN(name.n, name.max)));
        if (!run_count(frame->run, buf_str(&name)))
            break;
        status = read_entry(frame, entry, buf_str(&name));
    }
    if (is_empty && !frame->in->broken) /* not passed over in silence: a stream of zeros is a tar
                                           file without entries, too */
        run_refused(frame->run, frame->info->name, REFUSED_UNREADABLE,
                    "an archive with nothing in it");
    buf_release(&name);
    return status;
}

static struct archive *open_archive(struct frame *frame)
{
    struct archive *const archive = archive_read_new();
    const struct evidence_options *const options = frame->run->options;
    if (!archive)
        return NULL;
    frame->format->support(archive);
    if (frame->format->is_filter) {
        archive_read_support_format_tar(archive);
        archive_read_support_format_raw(archive);
        archive_read_support_format_empty(archive);
    }
    for (size_t i = 0; i < options->n_passwords; i++)
        archive_read_add_passphrase(archive, options->passwords[i]);
    archive_read_set_read_callback(archive, pull);
    if (frame->in->seek)
        archive_read_set_seek_callback(archive, seek);
    archive_read_set_callback_data(archive, frame);
    return archive;
}

/* All of a stream that cannot seek, in memory. NULL, and refused by name, when that would be too
 * much. */
static char *hold_in_memory(struct frame *frame, size_t *ret_n)
{
    const u64 max = frame->run->limits.nested_size;
    struct buf all;
    buf_init(&all, (size_t)max);
    buf_add(&all, frame->head);
    while (!all.full) {
        const size_t want = MIN(RUN_BUFFER, MAX(all.max - all.n, (size_t)1));
        char *const p = buf_reserve(&all, want);
        const size_t got = p ? frame->in->read(frame->in, p, want) : 0;
        all.n += got;
        if (got == 0)
            break;
    }
    if (!all.full) {
        *ret_n = all.n;
        return all.p;
    }
    run_refused(frame->run, frame->info->name, REFUSED_NESTED_SIZE,
                "a %s inside an archive may have %llu bytes", frame->format->name,
                (unsigned long long)max);
    buf_release(&all);
    return NULL;
}

static enum status run_frame(struct frame *frame)
{
    enum status status = OK;
    frame->archive = open_archive(frame);
    if (!frame->archive)
        return ERR_UNSUPPORTED;
    if (archive_read_open1(frame->archive) != ARCHIVE_OK)
        headers_failed(frame);
    else
        status = read_entries(frame);
    archive_read_free(frame->archive);
    return status;
}

enum status run_archive(struct run *run, struct stream *stream, const struct source_info *info,
                        const struct archive_format *format, str head)
{
    struct frame frame = {
        .run = run,
        .info = info,
        .format = format,
        .in = stream,
        .head = head,
        .outer = run->frame,
    };
    struct stream_memory memory;
    char *held = NULL;
    if (format->needs_seek && !stream->seek) {
        size_t n;
        held = hold_in_memory(&frame, &n);
        if (!held)
            return OK;
        stream_memory_open(&memory, (str){held, n});
        frame.in = &memory.stream;
        frame.head = STR_NONE;
    }
    run->frame = &frame;
    const enum status status = run_frame(&frame);
    run->frame = frame.outer;
    mem_free(held);
    return status;
}
