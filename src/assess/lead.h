/* lead.h: the `leadline:` map of a rule, read once. It is all that C code knows about what a rule means; a chain for another
 * mail server is a YAML file.
 *
 *   stage      exposure | probe | attempt | exploited | foothold | action
 *   outcome    attempted | succeeded | unknown
 *   effect     code_ran | file_written | mailbox_returned | admin_session | persistence: what succeeded; with outcome
 *              succeeded it alone makes the verdict COMPROMISED
 *   sign       success: the flaw's own sign of success in an answer, which is no proof
 *   artefact   true: what was found stands for an effect that nobody saw (LIKELY_COMPROMISED on its own)
 *   supports   true: means little alone, completes what else is seen; never moves the verdict
 *   local      true: it happened on the server itself, so somebody was on it before
 *   anywhere   true: it means the same on a host that is no Exchange server (see finding.h)
 *   cleared    true: a log was cleared
 *   incomplete true: the record does not tell all; another finding of the same process that does decides what it means (twin.h)
 *   flaw       name of the chain that it belongs to ("ProxyLogon")
 *   cve        list of CVE ids
 *   blocked_by url_rewrite | eems | fixed_build | antivirus | status
 *   act        one word for what was done: records of one act seen by several sources share it and become one step
 *   says       one sentence for a person; {A|B} is replaced by the event's first value of these
 *   reaches    list of mailbox | credential | host | domain
 *   scope      list of maps: what (mailbox | account | credential | file | host | data | client), and field (with an optional
 *              regex, whose first group or whole match is taken, and prefix) or text; access, certainty (seen | possible), note */
#ifndef ASSESS_LEAD_H
#define ASSESS_LEAD_H

#include "rule/ruleset.h"

enum stage {
#define STAGE(name, text) STAGE_##name,
#include "assess/words.def"
#undef STAGE
    STAGE_COUNT
};
enum outcome {
#define OUTCOME(name, text) OUTCOME_##name,
#include "assess/words.def"
#undef OUTCOME
    OUTCOME_COUNT
};
enum effect {
#define EFFECT(name, text) EFFECT_##name,
#include "assess/words.def"
#undef EFFECT
    EFFECT_COUNT
};

#define REACH_MAILBOX    1u
#define REACH_CREDENTIAL 2u
#define REACH_HOST       4u
#define REACH_DOMAIN     8u

struct lead_scope {
    str what, field, regex, prefix, text, access, certainty, note;
};

struct lead {
    const struct sigma_rule *rule;
    enum stage stage;
    enum outcome outcome;
    enum effect effect;
    bool sign, artefact, supports, local, cleared, anywhere, incomplete;
    u32 reaches; /* REACH_… */
    str flaw, act, says, blocked_by;
    str *cves;
    u32 n_cves;
    struct lead_scope *scopes;
    u32 n_scopes;
};

/* Has its own meaning? A correlation whose map says no stage only names the flaw whose chain it completes; one that says a stage is a
 * finding at its last record: what its rules saw proves together what none of them proves alone. */
static inline bool lead_is_own(const struct sigma_rule *rule)
{
    return rule->leadline && (!rule->correlation || yaml_get(rule->leadline, "stage"));
}
/* One per rule of the set, in its order; NULL where a rule has none. In the arena. A word that is not
 * in the lists is an error of the rule's author: lead_check names it. */
const struct lead **leads_read(const struct ruleset *rules, struct arena *arena);
/* The first thing wrong in the map: a text for a lint, in the arena, or an empty str. */
str lead_check(const struct yaml *map, struct arena *arena);

/* It names no flaw and stands for nothing, neither by itself nor as a support: somebody has to look at it, and no more follows. */
static inline bool lead_asks(const struct lead *lead)
{
    return !lead->n_cves && !(lead->effect != EFFECT_NONE && lead->outcome == OUTCOME_SUCCEEDED) && !lead->sign &&
           !lead->artefact && !lead->supports && !lead->cleared;
}

const char *stage_text(enum stage stage);
const char *outcome_text(enum outcome outcome);

#endif
