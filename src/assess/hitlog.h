/* hitlog.h: every hit of the rules that correlations refer to: its time and place, the host it names and the fields that those
 * correlations ask for. Of most events whole copies are not kept (limits.h: LIMIT_HITS), and correlations must see all of them.
 *
 * Workers write notes of a block one behind the other (hitnote_write); merging adds them to the log in the order of the evidence,
 * a tape a rule (base/spill.h). The log takes LIMIT_CORRELATED hits a rule and what the temporary file holds; `cut` marks rules
 * of which it took only the first. */
#ifndef ASSESS_HITLOG_H
#define ASSESS_HITLOG_H

#include "base/buf.h"
#include "base/spill.h"
#include "event/event.h"
#include "rule/correlate.h"

struct scan_event;

#define HITNOTE_MAX 1024 /* bytes of a value: of a longer one the rest is a hash */

struct hitnote {
    u32 rule, source, len;
    i64 recorded, stated, event_id;
    u64 off, record;
    u64 order;                /* of the event: within its block, then in the evidence */
    u64 hit;                  /* 1 + its place among the hits that the worker copied out; 0: none */
    struct scan_event *event; /* the kept copy, or NULL */
    enum kind kind;
    bool carved;
    str host, channel, provider;
    struct corr_value *values; /* of the fields that are asked of the rule, in their order; text.p NULL: the event has none */
    u32 n_values;
};

/* A value as correlations see it. Null, and an array in which nothing else is, is none; an array with one value is that value, one
 * with several a list: ["a","b"]. */
struct corr_value hitnote_value(struct value value, struct arena *arena);

/* Adds the note to `out`. */
void hitnote_write(const struct hitnote *note, struct buf *out);
/* The note at *at of `notes`; *at moves behind it. Texts point into `notes`; the values are in the arena. False at the end. */
bool hitnote_read(str notes, size_t *at, struct hitnote *out, struct arena *arena);

struct hitlog {
    struct spill spill;
    struct arena arena;
    const struct corr_fields *fields; /* by rule */
    u32 n_rules;
    struct tape *tapes;               /* by rule */
    u64 *seen, *kept;                 /* by rule: hits there were, and are in the log */
    u64 most;                         /* hits of a rule, at most */
    struct buf scratch;
};

void hitlog_init(struct hitlog *log, const struct ruleset *rules);
void hitlog_release(struct hitlog *log);
void hitlog_add(struct hitlog *log, const struct hitnote *note);
static inline bool hitlog_wants(const struct hitlog *log, u32 rule)
{
    return log->fields[rule].asked;
}

/* Reading. Ids are places on the rule's tape. */
struct hitlog_reader {
    const struct hitlog *log;
    u32 rule;
    struct tape_reader tape; /* tape NULL: none begun */
    struct buf bytes;
    struct arena arena;
};
void hitlog_reader_init(struct hitlog_reader *reader, const struct hitlog *log);
void hitlog_reader_release(struct hitlog_reader *reader);
void hitlog_start(struct hitlog_reader *reader, u32 rule);
/* What is read lives until the next read. */
bool hitlog_next(struct hitlog_reader *reader, struct hitnote *out, u64 *id);
bool hitlog_find(struct hitlog_reader *reader, u32 rule, u64 id, struct hitnote *out);

#endif
