/* pool.h: records of sample logs, taken apart so that they can be written again into any chunk with
 * other values.
 *
 * A record is a run of steps: bytes as they are, a name (written out where the chunk meets it
 * first, an offset after that), a template (likewise), sizes to be filled in, and values. Nothing
 * of the chunk it came from is left in it. */
#ifndef BENCH_EVTX_POOL_H
#define BENCH_EVTX_POOL_H

#include "base/mem.h"
#include "event/event.h"
#include "evtx/vary.h"
#include "parse/evtx/binxml.h"
#include "rule/match/fast_plan.h"
#include "rule/match/match.h"

enum step_kind {
    STEP_RAW,  /* n bytes at `at` of pool->bytes */
    STEP_NAME, /* pool->names[at] */
    STEP_SIZE, /* u32: bytes from here to its STEP_SIZE_END */
    STEP_SIZE_END,
    STEP_TEMPLATE, /* pool->templates[at]: an offset, and the definition where it is new to the
                      chunk */
    STEP_VALUES,   /* n values from pool->values[at] on: their sizes and types, then their bytes */
    STEP_TEXT,     /* pool->values[at], with its length in characters before it */
};

struct step {
    u32 kind, at, n;
};

struct pool_run { /* of pool->steps */
    u32 from, n;
};

struct pool_value {
    u8 type;     /* TYPE_… */
    bool nested; /* binary XML: a run */
    u32 at, n;   /* bytes in pool->bytes, or steps */
    u32 family;  /* of values it may be exchanged for (vary.h), or FAMILY_NONE */
};

struct pool_name {
    str text; /* UTF-16LE */
    u16 hash;
};

struct pool_template {
    u8 guid[16];
    struct pool_run run;
    u32 first_field, n_fields; /* pool->fields: by index of the substitution */
};

struct pool_record {
    struct pool_run run;
    u32 channel;
    bool hits;    /* a rule matches it */
    bool made_up; /* its values are not the sample's: a script block */
};

struct pool_channel {
    str name;
    u64 bytes;            /* of its records in the samples */
    VEC(u32) quiet, hits; /* records */
};

struct pool {
    struct arena arena;
    struct buf bytes;
    VEC(struct step) steps;
    VEC(struct pool_value) values;
    VEC(struct pool_name) names;
    VEC(struct pool_template) templates;
    VEC(struct pool_record) records;
    VEC(struct pool_channel) channels;
    VEC(u32) fields;            /* ids of texts */
    struct intern texts;        /* names of fields */
    struct intern name_ids;     /* hash and text → names */
    struct intern template_ids; /* definition → templates */
    struct families families;
};

/* What rules look at, and what they match. */
struct judge {
    struct ruleset *set;
    const struct fast_rules *rules;
    void *matcher;
    struct fast_asker asker;
    struct fast_planner planner;
    struct arena plans;
    struct schema schema;
    u32 *matched;
    VEC(struct judge_shape) shapes; /* by shape id */
};

struct judge_shape {
    bool known;
    bool *asked; /* by index in shape->fields */
};

void judge_open(struct judge *judge, const char *const *rules, u32 n_rules);
void judge_close(struct judge *judge);
/* By index in shape->fields: does a rule name the field? That keywords are looked for in every
 * value does not count. */
const bool *judge_asked(struct judge *judge, const struct shape *shape);

void pool_init(struct pool *pool);
void pool_release(struct pool *pool);
void pool_add_file(struct pool *pool, struct judge *judge, str file); /* an EVTX file in memory */
void pool_group(
    struct pool *pool); /* files the records by channel: once they are all there and judged */

#endif
