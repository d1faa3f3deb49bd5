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

/* Bytes of one value of a fixed-size type; 0 for the others. */
u32 type_size(u8 type);

#endif
