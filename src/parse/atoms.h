/* atoms.h: where in a large text does one of some hundred short literals stand, whatever the case of its letters?
 *
 * Each literal is known by a window of at most four of its bytes; literals share windows, and those that logs are full of are
 * avoided. A filter says for nearly every place of the text that no window begins there: sixteen sets of windows, a table of
 * half bytes for each of the four places, 32 places of the text a step with AVX2, one without. What it lets through is looked
 * up and compared. The filter decides speed, never results. docs/design/0003-text-blocks.md. */
#ifndef PARSE_ATOMS_H
#define PARSE_ATOMS_H

#include "base/arena.h"
#include "base/mem.h"

#define ATOM_MIN 2 /* bytes; a shorter literal is of no use */

struct atoms; /* const once made, shared by threads */
typedef VEC(u32) atom_places;

/* texts: ASCII without upper-case letters, ATOM_MIN bytes at least. They need not outlive the call; the result lives in the
 * arena. */
struct atoms *atoms_new(const str *texts, size_t n, struct arena *arena);

/* Adds the offset of every occurrence of a literal in text to places, as that of some byte of it, ascending; an occurrence of
 * several is there several times. */
void atoms_find(const struct atoms *atoms, str text, atom_places *places);
/* The same, by bytes, on any machine: what the quick way is tested against. */
void atoms_find_plain(const struct atoms *atoms, str text, atom_places *places);

/* What literal is worth, as a rough weight: how many lines of a log may be expected to hold it by chance. For choosing
 * between literals one of which will do. */
u32 atoms_commonness(str text);

#endif
