/* fast_literal.h: many literals, one text: which of them are in it? Two kinds of set, both const once built:
 *
 *   affixes   literals that must be the text, begin it or end it: a hash table over their first (last) bytes
 *   needles   literals anywhere in it: each is known by eight of its bytes (six, four), chosen to be rare; a filter says for
 *             nearly every place of the text that none of them is there, a hash table and a comparison settle the rest
 *
 * Both work on bytes and know nothing of case: fold before. Results are ids of the caller's choosing, each once. */
#ifndef RULE_MATCH_FAST_LITERAL_H
#define RULE_MATCH_FAST_LITERAL_H

#include "base/arena.h"
#include "base/mem.h"

struct fast_literal {
    str text;
    u32 id;
};

/* Ids found so far, each once. `mark` has room for every id there can be; fast_found_start begins a new search. */
struct fast_found {
    VEC(u32) ids;
    u32 *mark, now, n_marks;
};

void fast_found_init(struct fast_found *found, u32 n_ids);
void fast_found_release(struct fast_found *found);
void fast_found_start(struct fast_found *found);

static inline bool fast_found_has(const struct fast_found *found, u32 id)
{
    return found->mark[id] == found->now;
}

static inline void fast_found_add(struct fast_found *found, u32 id)
{
    if (found->mark[id] == found->now)
        return;
    found->mark[id] = found->now;
    *VEC_PUSH(&found->ids) = id;
}

enum fast_end { END_BOTH, END_START, END_STOP }; /* the literal is the text, begins it, ends it */

struct fast_affixes;
struct fast_needles;

/* Both copy neither the texts nor the array's strings: these must live as long as the arena. NULL for an empty list. */
const struct fast_affixes *fast_affixes_new(const struct fast_literal *literals, size_t n, enum fast_end end, struct arena *arena);
const struct fast_needles *fast_needles_new(const struct fast_literal *literals, size_t n, struct arena *arena);

/* NULL sets find nothing. */
void fast_affixes_find(const struct fast_affixes *set, str text, struct fast_found *found);
void fast_needles_find(const struct fast_needles *set, str text, struct fast_found *found); /* no empty needles */

#endif
