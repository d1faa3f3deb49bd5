/* evidence.h: from what stands on the command line to streams of bytes.
 *
 * evidence_read walks the arguments in order and pushes every file it finds, inside folders and archives too, through a
 * visitor: open, data…, close for each source, one source after the other, in an order that depends only on the evidence
 * (names by bytes in folders, as stored in archives). Nothing is ever written, nothing is unpacked to disk, and no name
 * found in evidence is ever opened: what an archive calls "../../etc/passwd" is only a name.
 *
 * Names: the argument as given, folders joined with '/', entries of archives behind '!': "case.zip!logs.7z!ex.log".
 * They are raw bytes of the evidence; whoever prints them escapes them.
 *
 * What cannot be read is told, never passed over: `refused` for what is not read by rule (a limit, a symbolic link, a missing
 * password), `damage` for what is broken; the run goes on after both. Only an argument that is not there, or a visitor
 * that says so, ends it. Archives are known by content alone: zip, 7z, tar, gzip, bzip2, xz, zstd, lz4. */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "base/sha256.h"
#include "base/status.h"
#include "base/str.h"
#include "base/timex.h"
#include "evidence/map.h"

#define EVIDENCE_HEAD 8192 /* bytes of a source that open gets to see, if it has as many */

/* Why a piece of evidence was not read, and the word that the report shows for it. */
#define REFUSAL_LIST(X)                                                                            \
    X(DIR_DEPTH, "folder depth")                                                                   \
    X(ARCHIVE_DEPTH, "archive depth")                                                              \
    X(ENTRIES, "entries")                                                                          \
    X(EXPANSION, "expansion")                                                                      \
    X(ARCHIVE_SIZE, "archive size")                                                                \
    X(NESTED_SIZE, "nested archive size")                                                          \
    X(ENCRYPTED, "encrypted")                                                                      \
    X(LINK, "link")                                                                                \
    X(SPECIAL, "special file")                                                                     \
    X(PERMISSION, "permission")                                                                    \
    X(UNREADABLE, "unreadable")

enum refusal {
#define X(name, text) REFUSED_##name,
    REFUSAL_LIST(X)
#undef X
    REFUSAL_COUNT
};
const char *refusal_text(enum refusal refusal);

struct source_info {
    str name;
    u32 root;  /* index of the argument it was found in */
    u32 depth; /* archives around it */
    i64 size;  /* as its container says, a hint; -1 when it does not say */
    i64 mtime; /* TIME_NONE when unknown */
};

struct source_result {
    u64 size;               /* bytes that came */
    bool whole;             /* nothing was lost at its end or inside */
    u8 sha256[SHA256_SIZE]; /* of the bytes that came */
};

/* A file on disk that was read, for the manifest: archives as they lie there. */
struct evidence_input {
    str path;
    u32 root;
    u64 size;
    u8 sha256[SHA256_SIZE];
};

/* What the reader of evidence brings. All strings end when the call returns. `open`, `data` and `close` may return a failure,
 * which ends the run and is what evidence_read returns. The others may be NULL. All calls come from the calling thread. */
struct evidence_visitor {
    /* A source begins; head is its first EVIDENCE_HEAD bytes or all of it. What is put in *cookie is handed to data and
     * close. END: not wanted, no data and no close will come (it is still hashed if it lies on disk). */
    enum status (*open)(void *arg, const struct source_info *info, str head, void **cookie);
    /* Where the next bytes of the source are best put, with room for *n; they are then given to `data` from there, unless there
     * are none. NULL, or *n 0: no such place. The first bytes always come from elsewhere. */
    char *(*room)(void *arg, void *cookie, size_t *n);
    /* The next bytes, from the first on. The buffer is used again after the call. END: no more data wanted. */
    enum status (*data)(void *arg, void *cookie, str bytes);
    /* After open: the source, or its first part, stands in a map. What `data` is given then lies there, one piece behind the
     * other from the start, and stays as long as the visitor holds a reference; after it may come pieces that lie elsewhere. May
     * be NULL: then nothing is mapped. */
    void (*mapped)(void *arg, void *cookie, struct map *map);
    enum status (*close)(void *arg, void *cookie, const struct source_result *result);

    void (*input)(void *arg, const struct evidence_input *input);
    void (*refused)(void *arg, str name, enum refusal refusal, const char *why);
    void (*damage)(void *arg, str name, u64 off, const char *what); /* off: in the file or entry called name */
    void (*progress)(void *arg, u64 bytes); /* of files on disk done with, up to evidence_size */
    void *arg;
};

struct evidence_limits {
    u32 dir_depth, archive_depth;
    u64 entries;         /* of the run */
    u64 expansion;       /* unpacked : packed of one archive, … */
    u64 expansion_after; /* … looked at once so many bytes are out */
    u64 archive_size;    /* bytes unpacked from one archive, archives in it included */
    u64 nested_size;     /* an archive that must be held in memory because its format needs seeking */
};
extern const struct evidence_limits evidence_default_limits; /* those of limits.h */

struct evidence_options {
    const char *const *passwords; /* tried on every encrypted archive */
    size_t n_passwords;
    const struct evidence_limits *limits; /* NULL: the default */
    bool unhashed; /* nobody will look at SHA-256s: they stay zero */
};

/* Read everything in paths[0…n). "-" is standard input, read as one source. A path that is a symbolic link or a pipe is
 * followed; links and pipes found in folders are refused. All paths are looked at before the first is read.
 * options and err may be NULL. */
enum status evidence_read(const char *const *paths, size_t n, const struct evidence_options *options,
                          const struct evidence_visitor *visitor, struct err *err) MUST_USE;

/* The same for a source that is in memory already, called `name`: for tests and fuzzers. */
enum status evidence_read_memory(str bytes, str name, const struct evidence_options *options,
                                 const struct evidence_visitor *visitor) MUST_USE;

/* Sum of the sizes on disk of all that evidence_read would read: the total for `progress`. Standard input counts 0. */
enum status evidence_size(const char *const *paths, size_t n, u64 *out, struct err *err) MUST_USE;

#endif
