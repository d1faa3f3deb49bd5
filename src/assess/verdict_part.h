/* verdict_part.h: the parts of the verdict, and what they share. Private to verdict*.c.
 *
 *   verdict.c          rules 1 to 4 and 6, and the order in which they are asked
 *   verdict_missing.c  rule 5: what is missing, and what to bring
 *   verdict_review.c   rule 5: what is there, and somebody has to look at or explain
 *   verdict_words.c    since, until, and the sentence */
#ifndef ASSESS_VERDICT_PART_H
#define ASSESS_VERDICT_PART_H

#include "assess/verdict.h"

#define HOUR ((i64)3600 * TIME_SECOND)
#define DAY  (24 * HOUR)
#define EDGE (GAP_HOURS * HOUR)

/* One host on its way to a verdict. */
struct deciding {
    const struct verdict_input *in;
    struct verdicts *out;
    u32 host;
    bool bystander; /* no Exchange server, in a case that has one */
    bool signs;     /* rule 2 holds by a sign or an artefact, not only by a log that was lost */
    bool cleared;   /* rule 2 holds by a log that was cleared */
    bool blind;     /* rule 5 would hold too */
    str hole;       /* why, if it is for a log that is not there, or not as it should be */
};

struct range {
    i64 from, to; /* TIME_NONE, both: never */
};

/* needs.def: what an answer needs, and where it lies. */
enum need_class { NEED_REQUEST, NEED_ANSWER, NEED_EFFECT };
enum need_pace { NEED_STEADY, NEED_SPARSE };
struct need {
    enum need_class class;
    const char *kind;
    enum need_pace pace;
    const char *path, *what;
};
#define NEED_COUNT 6
extern const struct need verdict_needs[NEED_COUNT];

/* A finding of this host that is more than a lead. */
static inline const struct lead *lead_of(const struct deciding *d, const struct finding *f)
{
    return f->hit->event->host == d->host && f->lead && f->lead->stage != STAGE_NONE ? f->lead : NULL;
}

/* Rules 3 to 5 pass over what the owner's declaration explains (context.h); it is never an effect, a sign or an artefact. */
static inline const struct lead *unexplained(const struct deciding *d, const struct finding *f)
{
    return f->explained ? NULL : lead_of(d, f);
}

static inline bool is_effect(const struct lead *lead)
{
    return lead->effect != EFFECT_NONE && lead->outcome == OUTCOME_SUCCEEDED && !lead->supports;
}

static inline bool is_attempt(const struct lead *lead)
{
    return lead->stage >= STAGE_ATTEMPT && !lead->supports && !lead->cleared && !lead_asks(lead);
}

/* Exploit-specific: a finding that names a flaw. */
static inline bool is_exploit(const struct lead *lead)
{
    return is_attempt(lead) && lead->n_cves > 0;
}

static inline str time_str(struct deciding *d, i64 ns)
{
    return time_words(&d->out->arena, ns);
}

struct reason *verdict_reason(struct deciding *d, str text);
/* The most favourable state over the flaws that the finding names: vulnerable if any is, unknown before fixed. */
enum build_state verdict_build_state(const struct deciding *d, const struct finding *f);
/* Of both effect stages, what is out of sight at any time of the 24 hours after: "files", "processes", "files and
 * processes"; NULL when both are covered. A shell may be written and not yet used, and a command may run without leaving a
 * file, so one of them alone says nothing of the other. */
const char *verdict_unseen_effects(const struct deciding *d, const struct finding *f);
/* Must somebody look at it, because nothing else follows from it? A hit at level high or critical of a rule without a lead, or of
 * one whose lead names no flaw and stands for nothing. */
bool verdict_is_grave(const struct deciding *d, const struct finding *f);
/* Was a log cleared, or is one missing, within a day after this attempt on a vulnerable build? */
bool verdict_log_lost_after(const struct deciding *d, const struct finding *f);
/* Hits of one rule beyond those that are kept were counted and not looked at: then "each attempt" cannot be said, unless the
 * server had the fix all the time. NULL when there are none. */
const struct sigma_rule *verdict_attempts_dropped(const struct deciding *d);
/* The first one still open to at the end, or NULL. */
const struct host_exposure *verdict_open_flaw(const struct deciding *d);

/* Is what the back end answered in no log at hand, though the flaw lets mail be read through the answer? Quiet effect stages say
 * nothing of that: reading mail leaves neither a file nor a process. */
bool verdict_answer_unseen(const struct deciding *d, const struct finding *f);

/* Does a source of the class show what it is needed for, and from when to when do they? */
bool verdict_has_class(const struct deciding *d, enum need_class class);
struct range verdict_class_range(const struct deciding *d, enum need_class class);
bool verdict_exposure_uncovered(const struct deciding *d, const struct host_exposure *flaw);
/* Adds a reason when the evidence begins soon after a fix and does not show the build before. */
void verdict_miss_build_before(struct deciding *d);
/* Adds the reasons that an attempt was seen, and not what followed, or not what was answered. */
void verdict_open(struct deciding *d);
/* Adds the reasons to look at something that the rules could not place; false when there is nothing. */
bool verdict_review(struct deciding *d);
/* Adds the reasons why something could not be seen, whatever was; false when there is nothing. d->hole is the first of them. */
bool verdict_holes(struct deciding *d);
bool verdict_cannot_tell(struct deciding *d); /* rule 5 */

/* Adds the reasons that name what a declaration explains, and a sentence about it. */
void verdict_explain(struct deciding *d, struct host_verdict *v);

/* Fills since, until, reaches, from_inside, not_after. */
void verdict_find_times(struct deciding *d, struct host_verdict *v);
str verdict_sentence(struct deciding *d, const struct host_verdict *v);
/* The reason of NO_EVIDENCE. */
str verdict_quiet_reason(struct deciding *d);

#endif
