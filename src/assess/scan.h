/* scan.h: what is left when all evidence has been read: everything the assessment is made from, and nothing of the evidence
 * itself but what a hit copied out on purpose. Lives in one arena, the result's.
 *
 * It does not depend on the number of threads: hits, damage and refusals stand in the order of the evidence (source, then
 * offset, then rule), observations are sums. */
#ifndef ASSESS_SCAN_H
#define ASSESS_SCAN_H

#include "assess/hitlog.h"
#include "assess/part.h"
#include "base/mem.h"
#include "event/event.h"
#include "rule/match/match.h"

#define NO_HOST UINT32_MAX

struct scan_source { /* a file, or an entry of an archive */
    str name;
    u32 root;       /* index of the argument it was found in */
    u64 size;
    char sha256[65];
    str format;     /* name of the parser; empty: no reader knew it, and nothing was carved from it */
    const char *should_be; /* no reader knew it, and it is a log of ours by its name: then all of it is damage. NULL: it is not */
    bool whole;     /* nothing was lost */
};

struct scan_input { /* a file on disk, for the manifest */
    str path;
    u64 size;
    char sha256[65];
};

struct scan_damage {
    u32 source;     /* UINT32_MAX: name is not a source (an archive) */
    str name;
    u64 off, lost;
    str what;
    u64 more; /* further places in the source that this entry stands for; lost is of all of them */
    bool carved, found; /* as in struct damage: with `carved` no log lost anything, so no verdict asks for it */
    u64 record;
    i64 time;
    i64 unfinished; /* of the last record, within which the source ends, the time, or TIME_NONE; 0: it is not, or not it alone */
};

/* Limits that are told like pieces of evidence that were not read, and are none. */
#define SCAN_REGEX_LIMIT "regex match limit"
#define SCAN_CORRELATED  "correlated hits"

struct scan_refusal {
    str name, limit, why;
};

struct scan_field {
    str name, text;
};

/* An event that some rule matched, copied out. */
struct scan_event {
    u32 source;
    u64 off, record;
    u32 len;
    bool carved;
    i64 recorded;   /* the time that the record carries, taken as UTC */
    i64 stated;     /* Sysmon's UtcTime, which is UTC whatever the recorder's clock says; TIME_NONE */
    i64 time;       /* corrected; filled by skew_correct */
    u32 host;       /* filled by hosts_resolve */
    str host_text;  /* Computer as written, or empty */
    str kind;       /* "evtx:Security", "iis" */
    str channel, provider;
    i64 event_id;   /* -1: none */
    struct scan_field *fields;
    u32 n_fields;
    str raw;        /* at most SCAN_RAW_MAX bytes of the record */
    bool raw_cut;
    u32 size;       /* of this copy, about */
};

#define SCAN_RAW_MAX ((size_t)64 << 10)

struct scan_hit {
    const struct sigma_rule *rule;
    struct scan_event *event;
    struct match_reason *reasons;
    u32 n_reasons;
};

/* One per (source, kind, host, part, columns), and another of carved records: what there was, whether or not a rule matched. */
struct observation {
    u32 source;
    enum part part; /* of the log, and the columns it is written with: what it can show depends on them */
    u32 columns;
    str kind, host_text, channel;
    enum kind shape_kind;
    u32 host;       /* filled by hosts_resolve */
    u64 events;
    bool carved;    /* remains of old records: they tell what happened, and nothing of what the log covers */
    bool exchange;  /* it speaks of Exchange: its own log or provider, a process of its folder or
                       pools, an answer of its virtual directories */
    i64 first, last; /* recorded; TIME_NONE when no event had a time */
    VEC(struct observed_hour { i64 hour; u64 n; }) hours;     /* hours since 1970 in which something was recorded; those inside a run
                                                                   without a gap are left out where no gap comes of it */
    u32 hours_settle; /* when so many stand there, they are thinned */
    VEC(struct observed_id { i64 id; u64 n; }) ids;           /* event ids of Windows events */
    VEC(struct observed_lag { u64 off; i64 id, ns; }) lags;   /* recorded − stated, of Sysmon events */
    VEC(struct observed_start { u64 off; u64 pid; u64 image; i64 time; bool sysmon; }) starts; /* process starts: image is a hash of the name */
    VEC(struct observed_build { str build; i64 first, last; u64 n; }) builds;
    VEC(i64) cleared; /* times at which this log says that it was cleared */
};

struct scan_rule_count {
    u64 hits;  /* all */
    u64 kept;  /* in `hits`: the first in the order of the evidence, as far as limits.h goes (LIMIT_HITS); correlations see all, in `log` */
    u64 bytes; /* of the events of these */
};
struct overflow;

struct scan {
    struct arena arena;
    struct arena found; /* hits and observations: what is merged while the calling thread fills the other */
    const struct ruleset *rules;
    const char *const *roots; /* the arguments */
    u32 n_roots;
    VEC(struct scan_source) sources;
    VEC(struct scan_input) inputs;
    VEC(struct scan_damage) damages, container_damages; /* the latter join the former at the end of the run */
    VEC(struct scan_refusal) refusals;
    VEC(struct scan_more { str limit, name; u64 n; }) more_refused; /* beyond LIMIT_REFUSALS; told at the end of the run */
    VEC(struct scan_hit) hits;
    VEC(struct observation) observations;
    u64 *columns; /* by field that rules name: the kinds of text log (1 << KIND_X) that have it. NULL: none was read */
    struct scan_rule_count *counts; /* one per rule */
    struct hitlog log;              /* every hit that a correlation asks for */
    struct overflow *overflow;      /* where hits go that memory does not keep; NULL: they are counted and no more */
    u32 correlations_cut; /* correlations that did not see every hit, or not all matches of which are kept: told in refusals too */
    str *could_not_fire; /* one per rule: why it could not have, with this evidence; empty where it could. NULL: not asked */
    u32 regex_limits; /* rules to which a regular expression's limit made a difference: each is told in refusals too */
    u64 n_events;
    u64 kept_bytes; /* over all rules */
    i64 since, until; /* --since, --until; TIME_NONE where not given */
    str only_host;    /* --host, or empty */
};

void scan_init(struct scan *scan, const struct ruleset *rules);
void scan_release(struct scan *scan);
void observation_release(struct observation *observation);

/* Copy an event that rules matched. */
struct scan_event *scan_event_copy(struct arena *to, const struct event *event, const struct schema *schema, u32 source, struct arena *scratch);
/* The time that Sysmon states in UTC, or TIME_NONE. */
i64 scan_stated_time(const struct event *event, struct arena *scratch);
/* Is there room for one more hit of this rule? Once there is none there will be none. */
bool scan_keeps(const struct scan *scan, u32 rule);
/* Copy a hit to the scan and count it as kept. `event`: a copy of its event that is there already, or NULL. */
void scan_keep(struct scan *scan, const struct scan_hit *hit, struct scan_event *event);
/* Note damage of a source, a refused piece: one by one, then added up. In the order of the evidence. Texts of records that were
 * found are copied, those of other damage are constant. */
void scan_damaged(struct scan *scan, const struct scan_damage *damage);
void scan_refused(struct scan *scan, str name, str limit, str why);
/* The order of findings and hits everywhere: time, source, offset, rule id. For qsort: < 0, 0, > 0. */
int scan_hit_order(const struct scan_hit *a, const struct scan_hit *b);
/* What people know the rule by: its id, without one its title. */
str scan_rule_name(const struct sigma_rule *rule);
/* The text of a field, or an empty str. */
str scan_field(const struct scan_event *event, str name);

#endif
