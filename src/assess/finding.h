/* finding.h: hits in order, told apart by what they mean: findings proper (a rule with a `leadline:` map) and leads (any
 * other Sigma hit), and findings put together to steps and chains.
 *
 *   act      what was done, in one word of the rule. Records of one act on one host within ACT_NS are one step, whichever
 *            sources saw it: Security 4688 and Sysmon 1 of one process, the file and the share access that wrote it.
 *   step     an act of a chain: a lead record, and all findings that belong to it. The lead record is the earliest one; but a
 *            record of another log within a second goes before Sysmon's, whose UtcTime runs on the clock tick (15.6 ms).
 *   bystander   a host that shows no sign of being an Exchange server, in a case that has one: a page or a pool there is not
 *            Exchange's, so a rule whose lead is not `anywhere` finds no more there than another Sigma rule does.
 *   chain    the steps of one host with no silence longer than CHAIN_NS between them. It is complete when a correlation
 *            rule of the set holds within it. Findings that only support or ask (see lead.h) join a chain when it has others near. */
#ifndef ASSESS_FINDING_H
#define ASSESS_FINDING_H

#include "assess/coverage.h"
#include "assess/host.h"
#include "assess/lead.h"
#include "assess/scan.h"

#define ACT_NS   (60 * TIME_SECOND)
#define CHAIN_NS (24 * 3600 * TIME_SECOND)
#define NEAR_NS  (600 * TIME_SECOND)

#define NO_CHAIN UINT32_MAX

struct finding {
    u32 id; /* from 1, in order: shown as F0001 */
    const struct scan_hit *hit;
    const struct lead *lead; /* its rule's, or that of its twin (twin.h); NULL: a lead in the everyday sense, another Sigma hit */
    u32 chain;               /* index, or NO_CHAIN */
    str context;             /* what the owner declared that it matches (context.h), or empty */
    bool explained;          /* rules 3 to 5 of the verdict pass over it */
    str says;                /* the rule's sentence with this event's values; the title for leads */
};

struct step {
    str act;
    i64 time;
    u32 lead;            /* index of the finding that leads */
    VEC(u32) findings;   /* indexes, in order of time */
};

struct chain {
    u32 host;
    str flaw;            /* the first one named by a step, or empty */
    const struct sigma_rule *rule; /* the correlation that holds; else the one of this flaw, or NULL */
    bool complete;
    i64 first, last;
    VEC(struct step) steps;
};

struct correlation_hit { /* from correlate.h, with what chains need */
    const struct sigma_rule *rule;
    u32 host;
    i64 first, last;
};

struct findings {
    struct arena arena;
    const struct lead **leads; /* by rule index */
    VEC(struct finding) all;   /* by time, source, offset, rule id */
    VEC(struct chain) chains;  /* by first */
};

/* scan's hits must have hosts and corrected times. */
void findings_make(const struct scan *scan, const struct coverage *coverage, struct findings *out);
void findings_chain(const struct scan *scan, const struct correlation_hit *hits, size_t n_hits, struct findings *out);
void findings_release(struct findings *findings);

static inline i64 finding_time(const struct finding *f)
{
    return f->hit->event->time;
}

#endif
