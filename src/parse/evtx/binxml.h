/* binxml.h: the tokens of binary XML, one at a time. The reader checks every length and offset against the chunk and never
 * follows a chain, so it ends on any input; what a token means for the tree is its caller's business.
 *
 * Offsets are from the start of the chunk: a name or a template definition stands where its offset says, which may be right
 * here (then it is passed over), before, or after. */
#ifndef PARSE_EVTX_BINXML_H
#define PARSE_EVTX_BINXML_H

#include "base/cur.h"
#include "parse/evtx/evtx_format.h"

struct evtx_chunk {
    const u8 *data;
    u32 n;   /* EVTX_CHUNK, or less at the end of a cut-off file */
    u64 off; /* of the chunk in the source */
    bool doubted; /* something else may stand by now where a name or a definition was: names must fit their hashes */
};

/* Where a run of tokens stands. */
struct binxml {
    struct cur cur;   /* data is the chunk, n the end of the run */
    u32 chunk_n;      /* names and definitions may lie anywhere in the chunk */
    bool doubted;     /* as the chunk is */
    bool has_depends; /* elements carry a dependency id: in template definitions, not in values */
    const char *bad;  /* NULL, or what is wrong: constant text */
};

struct token {
    u8 kind; /* TOKEN_… without TOKEN_MORE */
    u8 type; /* of a value or substitution */
    u16 index;
    u32 name; /* offset of a name whose bytes are checked: binxml_name */
    u32 n;    /* bytes at p */
    const u8 *p;
};

/* What stands behind TOKEN_TEMPLATE. */
struct instance {
    u32 definition;  /* offset in the chunk */
    u32 n;           /* number of values */
    const u8 *sizes; /* n × (u16 size, u8 type, u8 0); the values follow at the reader's position */
};

struct binxml binxml_of(const struct evtx_chunk *chunk, u32 from, u32 to, bool has_depends);

/* The next token. TOKEN_EOF also at the end of the run and when something is bad. For TOKEN_TEMPLATE call
 * binxml_instance and then take the values. */
struct token binxml_next(struct binxml *x);
struct instance binxml_instance(struct binxml *x);
str binxml_name(const struct evtx_chunk *chunk, u32 name); /* UTF-16LE bytes in the chunk */
u16 binxml_hash(str name); /* of UTF-16LE bytes: what stands before a name */

/* The tokens of a template definition; bad when it does not lie inside the chunk. */
struct binxml binxml_definition(const struct evtx_chunk *chunk, u32 definition);

static inline struct token binxml_bad(struct binxml *x, const char *what)
{
    if (!x->bad)
        x->bad = what;
    return (struct token){.kind = TOKEN_EOF};
}

#endif
