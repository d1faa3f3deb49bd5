/* json_dialect.h: the shapes in which programs write Windows events as JSON, as a table of dialects. A dialect is told by
 * names that must be there; its rows say what a name stands for. All others keep their own names.
 *
 * A layout is what all objects with the same names in the same order have in common: decided once, used for each. */
#ifndef PARSE_JSON_DIALECT_H
#define PARSE_JSON_DIALECT_H

#include "event/event.h"

enum json_role { /* names whose values make the event what it is */
    ROLE_NONE,
    ROLE_CHANNEL,
    ROLE_PROVIDER,
    ROLE_EVENT_ID,
    ROLE_RECORD,
    ROLE_TIME,
    ROLE_UTC, /* a time that is UTC whatever it says */
    ROLE_COUNT
};

struct json_layout {
    enum kind kind;
    u32 n;                 /* names */
    u32 n_fields;          /* different fields among them */
    u32 n_groups;          /* fields that occur more than once */
    u32 *fields;           /* of each name: field id, or INTERN_NONE when it says nothing */
    u32 *groups;           /* of each name: 1 + the number of its field's group, or 0 */
    i32 roles[ROLE_COUNT]; /* index of the name, or -1 */
};

/* Are these the names of an event of one of the dialects? */
bool json_is_dialect(const str *names, u32 n);
/* The layout of n joined names ("winlog.event_data.Image"), in the arena. New names are added to `fields`. */
const struct json_layout *json_layout_new(const str *names, u32 n, struct intern *fields, struct arena *arena);

#endif
