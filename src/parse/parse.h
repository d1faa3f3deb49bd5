/* parse.h: what a reader of an evidence format is. A parser is a few pure functions, so the same code serves one thread
 * and many, a file on disk and an entry in the middle of an archive, a run and a fuzzer:
 *
 *   bid    looks at the first bytes (and, as a hint only, the name) and says how sure it is;
 *   cut    runs in order over the bytes of one source and says where a block may end, so that each block holds whole
 *          records; it may keep a little state (a file header) that is handed with the block;
 *   parse  turns one block into events, in any order of blocks, on any thread.
 *
 * Where what later blocks need takes a look at every byte (how many lines, the last #Fields line), cut would be all that a large
 * file waits for, because it runs on one thread. Two more functions take that off it: `look` finds it out in one block, in any
 * order, on any thread; `carry` adds it, in order, to what is known of the blocks before, and costs next to nothing.
 *
 * A new format is one file that ends in a const struct parser, one line in formats.def, docs/formats/<name>.md, and a fuzz
 * target. Damage is reported through the sink with its offset and reading goes on; a parser never stops a run. */
#ifndef PARSE_PARSE_H
#define PARSE_PARSE_H

#include "base/buf.h"
#include "event/event.h"

enum parse_sure { /* bids; the highest wins, a tie goes to the first in formats.def */
    SURE_NO = 0,
    SURE_MAYBE = 20,  /* nothing speaks against it */
    SURE_LIKELY = 50, /* the first line looks right */
    SURE_YES = 90,    /* a signature */
};

/* What cut keeps for one source between calls, and hands on with each block. Zeroed at the start of a source. Where there is a
 * `look`, there are two: cut's, of which `state` goes with the block, and carry's, of which `line` and `context` do. */
struct framing {
    struct buf context; /* bytes that parse needs of what came before (a header line, a file header); the engine copies it */
    u64 line;           /* text logs: number of the first line of the next block, from 0 */
    u64 state[4];       /* the parser's own */
    bool carve;         /* the engine's: blocks will be parsed with env.carve */
};

/* A run of whole records of one source. */
struct block {
    str data;    /* the bytes; valid until parse returns */
    u64 off;     /* of data in the source */
    bool wide;   /* the source is UTF-16, and data is UTF-8 made of it: offsets are told by block_place */
    str context; /* framing.context as it was before this block */
    u64 line;    /* framing.line likewise */
    u64 state[4]; /* cut's likewise */
    str name;    /* of the source, for hints only */
    bool last;   /* nothing of the source follows */
};

void framing_start(struct framing *framing); /* of another source */
/* Tell the block what is known of those before it; the context stands in a copy. */
void block_before(struct block *block, const struct framing *framing, struct buf *context);

/* A place of a block, and where it is in the source. Zeroed for the start of a block. */
struct place {
    size_t at;
    u64 off; /* from where the block begins */
};
/* Where data.p[at] is in the source. `known` is the place asked for last: the nearer, the cheaper. */
u64 block_place(const struct block *block, struct place *known, size_t at);

struct damage {
    u64 off;          /* in the source */
    u64 lost;         /* bytes passed over; 0 if nothing was */
    const char *what; /* constant text */
    i64 unfinished;   /* it is the last record, and the source ends within it (copied while it was being written, or cut short): the
                         time of that record, TIME_NONE when it cannot be read; 0: it is not */
    /* Of bytes that belong to no log any more: no log lost anything by it. With `found`, a record was found there that cannot be
     * read. */
    bool carved, found;
    u64 record; /* of what was found: its record id and when it was written, or TIME_NONE */
    i64 time;
};

/* Events that nobody needed to see: of the shape and the host of the last event of that shape in the block, all within one
 * hour. */
struct passed {
    u64 lines;
    i64 first, last; /* the earliest and the latest time */
};

/* `what`, and of a record that was found which one it is; in the arena or constant. */
str damage_text(const struct damage *damage, struct arena *arena);

struct sink {
    void (*events)(void *arg, const struct event *events, size_t n); /* views; all ends when this returns. All are carved or none is */
    void (*damage)(void *arg, const struct damage *damage);
    void *arg;
};

struct line_screen; /* screen.h */

/* Who says which lines of text logs need not be taken apart. */
struct screener {
    /* After an event of that shape: what is of interest in lines of that shape. NULL: every line is. It lives until the block
     * ends. */
    const struct line_screen *(*screen)(void *arg, const struct shape *shape);
    void (*passed)(void *arg, const struct shape *shape, const struct passed *passed); /* the lines that were not */
    void *arg;
};

/* What one parser keeps from block to block on one worker (compiled templates). It is the first member of the parser's own
 * struct, made when it is first needed. */
struct parse_memo {
    struct parse_memo *next;
    const void *owner; /* tells parsers apart: the address of the struct parser */
    void (*free)(struct parse_memo *memo);
};

/* What a worker lends to parse: its schema, and an arena that the engine resets after the block. Zeroed but for these at the
 * start; parse_env_release ends it, before the schema, because memos point to shapes. */
struct parse_env {
    struct schema *schema;
    struct arena *arena;
    struct sink sink;
    const struct screener *screener; /* NULL: every line is given as an event */
    struct parse_memo *memos;
    bool carve; /* look for records in slack and damage too (evtx/carve.h) */
    const struct time_zone *zone; /* of times that name none, in formats that do not say which it is (JSON); NULL: UTC */
};

struct parse_memo *parse_memo_find(const struct parse_env *env, const void *owner); /* NULL if there is none yet */
void parse_memo_add(struct parse_env *env, struct parse_memo *memo, const void *owner,
                    void (*free_memo)(struct parse_memo *memo));
void parse_env_release(struct parse_env *env); /* frees the memos */

struct parser {
    const char *name; /* "evtx", "json", "w3c", "exchange_csv" */
    size_t min_block; /* cut is given at least this much unless the source ends before (0: any) */

    /* head: up to PARSE_HEAD first bytes; name: of the source. */
    int (*bid)(str head, str name);

    /* How many bytes of `in` make whole records: 0 means "not one yet, bring more" unless `eof`, when the rest must be
     * taken (in.n is returned). When `in` has reached LIMIT_RECORD without a cut, the engine forces one by calling with
     * force set: the parser then returns in.n and resynchronises, and parse reports the damage. Called again with the rest
     * and more. Updates framing for what it cut off. */
    size_t (*cut)(struct framing *framing, str in, bool eof, bool force);

    /* What the block alone, of which data and state are known, adds to the framing: `own` comes as at the start of a source. Not
     * called for the last block of a source. NULL: cut says it all. */
    void (*look)(const struct block *block, struct framing *own);
    /* The framing before a block becomes that behind it. NULL with look. */
    void (*carry)(struct framing *framing, const struct framing *own);

    void (*parse)(const struct block *block, struct parse_env *env);
};

#define PARSE_HEAD 8192

extern const struct parser *const parsers[]; /* ends with NULL */

/* Looks for pieces of event logs in bytes that no other reader knows (evtx/raw.c). It is none of the above: it never bids. */
extern const struct parser raw_parser;

/* The parser with the highest bid, or NULL when all say no. */
const struct parser *parser_for(str head, str name);

/* Run a whole source held in memory through cut and parse in blocks of about `block_size` bytes: for tests and fuzzers. */
void parse_memory(const struct parser *parser, str data, str name, size_t block_size, struct parse_env *env);

#endif
