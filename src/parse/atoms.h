/* atoms.h: where in a large text does one of some hundred short literals stand, whatever the case of its letters?
 *
 * Most are known by a window of at most four of their bytes: sixteen sets of windows, a table of half bytes for each of the
 * four places, say for nearly every place of the text that no window begins there; 32 places a step with AVX2, one without.
 * Where that would let too much through, long ones are known by the four grams of a run of seven bytes: one gram in four of the
 * text is looked at, and is no gram of ours for all but few. What either lets through is looked up and compared. Windows and
 * runs that logs are full of are avoided. All this decides speed, never results. docs/design/0003-text-blocks.md. */
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
/* The same without wide instructions. */
void atoms_find_plain(const struct atoms *atoms, str text, atom_places *places);

/* What literal is worth, as a rough weight: how many lines of a log may be expected to hold it by chance. For choosing
 * between literals one of which will do. */
u32 atoms_commonness(str text);

#endif
