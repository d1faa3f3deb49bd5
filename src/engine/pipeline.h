/* pipeline.h: evidence to blocks to workers, and their results back in the order of the evidence.
 *
 * The calling thread reads evidence, finds a parser for each source by its first bytes, and cuts the bytes into blocks of
 * whole records. Workers turn a block into a result, in any order, on private state. Results are merged one at a time in
 * the order of the blocks, so what comes out does not depend on the number of threads. A worker looks through its block alone
 * and waits for its turn only to hand on what the next block must know (parser.look, parser.carry). With one thread everything
 * happens in the calling thread. At most a few blocks a worker are in flight, so memory is bounded whatever the size of the
 * input.
 *
 * Text in UTF-16 with a byte order mark comes to readers as UTF-8 (block.wide). */
#ifndef ENGINE_PIPELINE_H
#define ENGINE_PIPELINE_H

#include "evidence/evidence.h"
#include "parse/parse.h"

struct pipeline_job {
    u32 source; /* as source_begin numbered it */
    const struct parser *parser;
    struct block block;
    struct map *map; /* that the block stands in, or NULL */
};

/* Turn the block into events and damage; what was missing in its map is damage too. */
void pipeline_parse(const struct pipeline_job *job, struct parse_env *env);

struct pipeline_ops {
    /* In the calling thread, in order. source_begin gives the source its number. parser: NULL when none knew it, raw_parser when
     * it is searched all the same; head: its first bytes, as many as readers are shown. */
    u32 (*source_begin)(void *arg, const struct source_info *info, str head, const struct parser *parser);
    void (*source_end)(void *arg, u32 source, const struct source_result *result);
    void (*input)(void *arg, const struct evidence_input *input);
    void (*refused)(void *arg, str name, const char *limit, const char *why);
    void (*damage)(void *arg, str name, u64 off, const char *what); /* of a container */
    void (*progress)(void *arg, u64 bytes);
    /* Per worker thread. */
    void *(*worker_open)(void *arg);
    void *(*work)(void *worker, const struct pipeline_job *job); /* the result, handed to merge */
    void (*worker_close)(void *arg, void *worker);
    /* One at a time, in order, on any thread. A failure ends the run. */
    enum status (*merge)(void *arg, void *result, struct err *err);
    /* In place of merge, once it failed: what was on its way then is only released. */
    void (*drop)(void *arg, void *result);
};

struct pipeline_options {
    const char *const *paths;
    u32 n_paths;
    u32 threads; /* ≥ 1 */
    const char *const *passwords;
    u32 n_passwords;
    bool carve;    /* sources that no parser knows go to raw_parser; workers set env.carve themselves */
    bool unhashed; /* SHA-256s of sources and inputs stay zero: a third of what reading costs */
};

enum status pipeline_run(const struct pipeline_options *options, const struct pipeline_ops *ops, void *arg, struct err *err) MUST_USE;

#endif
