/* slot.h: one typed value as a record holds it, and what it is as a struct value. */
#ifndef PARSE_EVTX_SLOT_H
#define PARSE_EVTX_SLOT_H

#include "event/value.h"

struct slot {
    const u8 *p; /* in the block */
    u32 n;
    u8 type;         /* TYPE_… of evtx_format.h */
    struct xml *doc; /* of TYPE_BINXML, once it has been read into a tree */
};

/* The value, pointing to the block; arrays are made in the arena. A value whose size does not fit its type is shown as
 * binary, so that nothing is lost or made up. */
struct value slot_value(const struct slot *slot, struct arena *arena);

/* The same of a slot of TYPE_STRING or TYPE_XML. Writers count the terminator or not, so NULs at the end are no part of it. */
static inline struct value slot_text(const struct slot *slot)
{
    const u8 *const p = slot->p;
    u32 n = slot->n & ~1u;
    while (n && p[n - 1] == 0 && p[n - 2] == 0)
        n -= 2;
    return (struct value){.type = VALUE_UTF16, .n = n, .p = p};
}

/* Bytes of one value of a fixed-size type; 0 for the others. */
u32 type_size(u8 type);

#endif
