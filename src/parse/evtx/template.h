/* template.h: which template is this? Every record names the definition it is made from by its offset in the chunk, and every
 * chunk has its own copy. Two copies are the same template when their tokens are the same once names are resolved; then they
 * get the same id, so that whatever was worked out for one chunk serves all chunks a worker meets.
 *
 * Names are interned the same way, which also keeps keys small when many tokens share one long name. */
#ifndef PARSE_EVTX_TEMPLATE_H
#define PARSE_EVTX_TEMPLATE_H

#include "base/buf.h"
#include "base/intern.h"
#include "base/mem.h"
#include "parse/evtx/binxml.h"

struct template
{
    u32 id; /* same id, same tokens */
    bool
        nests; /* holds an instance of another template (never seen from Windows): read without a plan */
};

struct template_seen { /* one definition of the present chunk */
    u32 generation;    /* == templates.generation, else the entry is free */
    u32 offset;
    struct template template;
};

/* How a definition stood in some chunk. Another one that differs in nothing but where its names are is the same template: that
 * costs a comparison, while telling it by its tokens costs more than reading the records made from it. */
struct template_copy {
    struct template template;
    const u8 *raw;  /* from its GUID on */
    const u8 *mask; /* FF, but 0 for what may differ */
    const struct template_ref { /* to a name, in order */
        u32 at;    /* of its u32, in raw */
        u32 name;
        bool here; /* the name stands right behind */
    } *refs;
    u32 n_refs;
    const struct template_copy *next; /* with the same GUID and size */
};
#define TEMPLATE_COPIES 8 /* of one GUID and size: names stand here or elsewhere */

/* A definition takes at least 24 + 5 bytes of a chunk, so the table never fills up. */
#define TEMPLATE_TABLE 4096
static_assert(EVTX_CHUNK / (EVTX_TEMPLATE_HEADER + 5) < TEMPLATE_TABLE * 3 / 4,
              "a table with free entries");

struct name_seen { /* one name of the present chunk */
    u32 generation, offset, id;
};
#define NAME_TABLE 256 /* a newer name takes an older one's place */

struct templates {
    struct intern names;  /* UTF-16LE bytes */
    struct intern tokens; /* of definitions, written by token_key */
    struct intern guids;  /* with the size; ids index copies */
    VEC(const struct template_copy *) copies;
    VEC(struct template_ref) refs; /* of the definition being read */
    struct arena arena;            /* of copies */
    struct buf key;       /* room for one definition's tokens */
    u32 generation;       /* of chunks */
    size_t budget;        /* bytes of definitions this chunk may still have */
    struct template_seen seen[TEMPLATE_TABLE];
    struct name_seen names_seen[NAME_TABLE];
};

void templates_init(struct templates *templates);
void templates_release(struct templates *templates);
void templates_begin_chunk(
    struct templates *templates); /* offsets of the chunk before mean nothing any more */

/* The template whose definition is at this offset of the chunk; NULL and *bad set if it cannot be read. Valid until the next
 * chunk begins. */
const struct template *template_at(struct templates *templates, const struct evtx_chunk *chunk,
                                   u32 definition, const char **bad);

u32 template_name(struct templates *templates, const struct evtx_chunk *chunk,
                  u32 name); /* id of a name */

/* Append what makes this token differ from others: kind, name, type, index, and its text if `with_text`. */
void token_key(struct templates *templates, const struct evtx_chunk *chunk,
               const struct token *token, bool with_text, struct buf *key);

#endif
