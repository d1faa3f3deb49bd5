/* naming.h: from a record's tree to flat fields. The rules (docs/formats/evtx.md says them in full, change both):
 *
 *   System/E             E            System/E@A              E_A
 *   EventData/Data@Name  its value    EventData/Data          Data
 *   UserData//E          E            UserData//E@A           E_A        (leaf elements by their local name)
 *   RenderingInfo/Message  Message    RenderingInfo//E        RenderingInfo_E
 *
 * A name met again in the same section makes an array; met in a later section it gets that section's name in front. Where a
 * field's value comes from is a source: a constant, a slot, or something made of several. */
#ifndef PARSE_EVTX_NAMING_H
#define PARSE_EVTX_NAMING_H

#include "base/mem.h"
#include "event/event.h"
#include "parse/evtx/fragment.h"

enum source_kind {
    SOURCE_CONST, /* value */
    SOURCE_SLOT,  /* slot */
    SOURCE_TEXT,  /* the texts of parts, one behind the other */
    SOURCE_ARRAY, /* the values of parts */
};

struct source {
    u8 kind;
    u32 slot;
    u32 n; /* parts */
    struct value value;
    struct source *parts; /* a list */
    struct source *next;
};

struct named {
    u32 field;
    str section; /* of the event: "System", "EventData", … */
    struct source *source;
};

/* Which field ids this record has already, without a search: entry.record tells whether the entry is of now. */
struct naming_seen {
    u32 record;
    u32 at;
};

struct naming {
    const struct evtx_chunk *chunk;
    struct schema *schema;
    const struct slots *slots;
    struct arena *arena;   /* of the sources */
    struct arena *scratch; /* of what is needed only meanwhile */
    VEC(struct named) fields;
    VEC(u32) keys; /* slots whose values decide about names or the shape */
    VEC(struct naming_seen) seen;
    u32 record;
    u32 visits;
    const char *bad;
    str section, prefix; /* where the walk is */
};

void naming_release(struct naming *naming);

/* Fill naming->fields and ->keys from the tree; chunk, schema, slots and arenas must be set. False, and ->bad set, when the
 * record goes over a limit. Everything that the sources need is copied to the arena. */
bool naming_run(struct naming *naming, const struct xml *root);

struct value source_value(const struct source *source, const struct slots *slots,
                          struct arena *arena);

#endif
