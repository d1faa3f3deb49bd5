/* region.h: a stretch of address space that always begins at the same address. What arenas build in it (arena.h) can be written
 * to a file and read back by another run of the same program, pointers and all, without touching a single one of them.
 *
 * That holds only if no pointer in it leads out of it: to the heap, a stack, the program or a library, which stand elsewhere in
 * each run. region_stray looks for one: it compares every word with the address ranges of the process, so that a pointer cannot be
 * missed; a number that looks like one is taken for one, which costs a saved file and nothing else.
 *
 * There is one address, so there is one region, and what is known of it is kept here, not by a caller. Where it is taken, or the machine has no such address, there is no region and the
 * caller goes without. The address lies where AddressSanitizer and ThreadSanitizer allow memory of the program (47 bits). */
#ifndef BASE_REGION_H
#define BASE_REGION_H

#include "base/base.h"

#define REGION_BASE ((uintptr_t)0x551000000000)
#define REGION_SIZE ((size_t)1 << 30)

bool region_open(void);          /* false: there is none to be had, or it is open */
bool region_seal(void);          /* from here on it can only be read */
void region_close(void);         /* all that is in it ends */
size_t region_used(void);        /* bytes from REGION_BASE; SIZE_MAX when something did not fit */
void *region_alloc(size_t size); /* aligned to 64, cleared; NULL when it is full */
bool region_stray(size_t *at);   /* the offset of a word that leads out of it; true too when that cannot be known */

#endif
