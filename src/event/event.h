/* event.h: the event model. An event is a view: a shape, and an array of slots that point into the evidence.
 *
 *   struct shape   what all events of one form share: kind, channel, provider, event id, and field → slot or constant.
 *                  Interned: two events with the same shape pointer have the same fields in the same slots, so whatever
 *                  depends only on the form (which rules can match, where their fields are) is decided once a shape.
 *   struct event   shape + slots + where it stands. No field is copied, converted or named until somebody asks.
 *
 * Who makes what: a parser keeps one struct schema a worker, asks it for shapes (schema_shape), fills slots in the task
 * arena and hands events to its sink in batches. Everything in a batch dies when the sink returns, shapes live as long as
 * the schema, field ids below the frozen base are the same for all workers.
 *
 * The cost this allows (docs/design/0001-event-model.md): an EVTX record of a known template is a comparison and one 16-byte
 * slot a field that varies; constants cost nothing. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/intern.h"
#include "base/timex.h"
#include "event/value.h"

enum kind {
#define KIND(name, text, words, flags) KIND_##name,
#include "event/kinds.def"
#undef KIND
    KIND_COUNT
};

enum kind_flags { /* kinds.def says what they mean */
    KIND_OF_EXCHANGE = 1,
    KIND_UNVERIFIED = 2,
    KIND_UNDATED = 4,
};

enum field {
#define FIELD(name, text) FIELD_##name,
#include "event/fields.def"
#undef FIELD
    FIELD_KNOWN /* ids from here on are interned as they come */
};

struct shape_field {
    u32 field; /* id in the schema's table */
    i32 slot;  /* ≥ 0: event->slots[slot]; < 0: shape->consts[-1 - slot] */
};

struct shape {
    u32 id; /* 0, 1, 2, … within its schema */
    enum kind kind;
    str channel, provider;      /* of Windows events; empty where there is none */
    i64 event_id;               /* -1 where there is none */
    u32 n_fields, n_consts, n_slots;
    const struct shape_field *fields; /* in the order of the evidence; each field once */
    const struct value *consts;
    u32 *index; /* field → fields[i], private to event.c */
    u32 index_mask;
};

struct event {
    const struct shape *shape;
    const struct value *slots; /* shape->n_slots of them */
    i64 time;                  /* as recorded, taken as UTC; TIME_NONE if it has none */
    u64 record;                /* record id of an event log, line number of a text log */
    u64 off;                   /* of the record in its source */
    u32 len;
    bool carved;               /* found where no log says that there is a record: slack, damage, raw bytes */
    str raw;                   /* the record's bytes */
};

/* The table of shapes and field names of one worker. */
struct schema {
    struct intern fields;
    struct arena arena; /* shapes and their constants */
    struct intern keys; /* key bytes → index into shapes */
    struct shape **shapes;
    u32 n_shapes, cap_shapes;
};

/* The frozen names that all schemas of a run share: fields.def, then whatever the rules name. */
void fields_init(struct intern *fields); /* fields.def in order; add more, then freeze by not touching it */

void schema_init(struct schema *schema, const struct intern *frozen_fields);
void schema_release(struct schema *schema);

/* Bytes that the table holds. When they are many, whoever owns the schema begins a new one between two blocks. */
size_t schema_bytes(const struct schema *schema);

/* What a parser says of a new shape. Fields may repeat: the caller has to merge them before (a repeated field becomes an
 * array). `key` identifies the shape: same key, same shape; the parser chooses bytes that differ whenever the shape does
 * (template hash + channel + provider + id; list of JSON keys + …; the #Fields line). Everything is copied. */
struct shape_def {
    enum kind kind;
    str channel, provider;
    i64 event_id;
    const struct shape_field *fields;
    u32 n_fields;
    const struct value *consts;
    u32 n_consts, n_slots;
};

const struct shape *schema_find(const struct schema *schema, str key); /* NULL if new */
const struct shape *schema_add(struct schema *schema, str key, const struct shape_def *def);

/* The value of a field; type VALUE_NONE when the event does not have it. */
struct value event_get(const struct event *event, u32 field);
/* The i-th field of the shape, 0 ≤ i < n_fields. */
struct value event_at(const struct event *event, u32 i);
/* Which of the unnamed Data of a Windows event the name stands for ("param1": 1), 0: none. Converters of logs name them so;
 * a field of that name goes before. */
u32 field_data_number(str name);
/* That element of the event's Data; VALUE_NONE when there is none, or when Data is not an array of so many. */
struct value event_data(const struct event *event, u32 number);
/* Where the field is: index into shape->fields, or -1. */
i32 shape_find(const struct shape *shape, u32 field);
/* Where the field is that tells the parts of a text log apart, or -1: the protocol of HttpProxy logs (or the address that was
 * asked for), the port of IIS logs (or the site). It has few values, and they come in runs. */
i32 shape_part(const struct shape *shape);

/* "evtx:Security", "iis", …; in the arena. */
str shape_kind_text(const struct shape *shape, struct arena *arena);
const char *kind_text(enum kind kind);
const char *kind_words(enum kind kind);          /* what people call it */
bool kind_is(enum kind kind, enum kind_flags flag);
enum kind kind_named(str text);                  /* the kind of that text; KIND_NONE when there is none */

#endif
