/* fragment.h: one record's binary XML, read in one of two ways by the same code.
 *
 *   scan   gives the values of the record as a flat list of slots, and a key: the bytes that say everything about the record
 *          but its values. Template definitions are not looked into; this is all that a record of a known form costs.
 *   build  gives the same slots, and the tree of elements they stand in.
 *
 * The order of slots is the same for both, which is what lets a plan made from a tree be used on the slots of other records
 * with the same key: the values of an instance in order of their index, then those of its nested fragments in the same order;
 * texts of a fragment without a template as they come. */
#ifndef PARSE_EVTX_FRAGMENT_H
#define PARSE_EVTX_FRAGMENT_H

#include "parse/evtx/slot.h"
#include "parse/evtx/template.h"

enum xml_kind {
    XML_ELEMENT,
    XML_ATTRIBUTE,
    XML_TEXT,     /* value: constant */
    XML_SLOT,     /* slot: the value it stands for */
    XML_DOCUMENT, /* the content of a nested fragment; children may be shared by several such nodes */
};

struct xml {
    u8 kind;
    bool optional; /* slot: by an optional substitution */
    u32 name;      /* element, attribute: offset in the chunk */
    u32 slot;
    struct value value;
    struct xml *first, *last; /* children: attributes before content */
    struct xml *next;
    struct xml *parent;
};

struct slots {
    struct slot *p;
    size_t n, cap;
};

struct reading {
    const struct evtx_chunk *chunk;
    struct templates *templates;
    struct arena *arena; /* of the tree */
    struct slots *slots; /* emptied first, then filled */
    struct buf *key;
    u32 last_template; /* id of the last instance's, a hint to the form; 0 without any */
    bool unplanned;  /* a template that holds an instance: the key does not say all */
    u32 nodes;       /* of the tree so far */
    const char *bad; /* NULL, or what is wrong: constant text */
};

/* Read the record's binary XML at [from, to) of the chunk. False, and reading->bad set, when it cannot be read. */
bool fragment_scan(struct reading *reading, u32 from, u32 to);
const struct xml *fragment_build(struct reading *reading, u32 from, u32 to); /* NULL if bad */

#endif
