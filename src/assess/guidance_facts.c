#include "assess/guidance_facts.h"

/* ---- of findings ---- */

enum finding_key { KEY_TAG, KEY_ACT, KEY_CVE, KEY_ACCESS };

static const struct finding_fact {
    u32 fact;
    enum finding_key key;
    const char *value;
} finding_facts[] = {
#define FINDING(fact, key, value) {fact, KEY_##key, value},
#define BUILD(fact, test, value)
#include "assess/guidance_facts.def"
#undef FINDING
#undef BUILD
};

static bool is_among(str value, const str *all, u32 n)
{
    for (u32 i = 0; i < n; i++)
        if (str_ieq(all[i], value))
            return true;
    return false;
}

static bool reaches_so(const struct lead *lead, str access)
{
    for (u32 i = 0; i < lead->n_scopes; i++)
        if (str_eq(lead->scopes[i].access, access))
            return true;
    return false;
}

/* More than an attempt: what was refused leaves nothing to be undone. */
static bool went_on(const struct lead *lead)
{
    return lead->stage > STAGE_ATTEMPT || lead->outcome == OUTCOME_SUCCEEDED;
}

static bool holds(const struct finding_fact *fact, const struct finding *f)
{
    const str value = str_from(fact->value);
    switch (fact->key) {
    case KEY_TAG:
        return is_among(value, f->hit->rule->tags, f->hit->rule->n_tags);
    case KEY_ACT:
        return str_eq(f->lead->act, value);
    case KEY_CVE:
        return went_on(f->lead) && is_among(value, f->lead->cves, f->lead->n_cves);
    case KEY_ACCESS:
        return reaches_so(f->lead, value);
    }
    return false;
}

u32 guidance_finding_facts(const struct finding *f)
{
    u32 facts = 0;
    if (!f->lead || f->explained || (f->chain == NO_CHAIN && !lead_asks(f->lead)))
        return 0;
    for (size_t i = 0; i < COUNT(finding_facts); i++)
        if (holds(&finding_facts[i], f))
            facts |= finding_facts[i].fact;
    if (f->lead->effect == EFFECT_MAILBOX_RETURNED && f->lead->outcome == OUTCOME_SUCCEEDED)
        facts |= FACT_READ;
    return facts;
}

/* ---- of builds ---- */

enum build_test { TEST_OPEN, TEST_FROM };

static const struct build_fact {
    u32 fact;
    enum build_test test;
    const char *value;
} build_facts[] = {
#define FINDING(fact, key, value)
#define BUILD(fact, test, value) {fact, TEST_##test, value},
#include "assess/guidance_facts.def"
#undef FINDING
#undef BUILD
};

static bool is_open(const struct exposure_host *x, str cve)
{
    VEC_EACH (&x->flaws, flaw)
        if (flaw->at_end && str_eq(flaw->cve, cve))
            return true;
    return false;
}

static u32 facts_of_builds(const struct document *doc, u32 host)
{
    u32 facts = 0;
    for (size_t i = 0; i < COUNT(build_facts); i++) {
        const struct build_fact *const fact = &build_facts[i];
        const str value = str_from(fact->value);
        if (fact->test == TEST_OPEN ? is_open(&doc->in.exposure->hosts[host], value)
                                    : exposure_is_from(doc->in.exposure, host, value))
            facts |= fact->fact;
    }
    return facts;
}

/* The last build that was seen is known, and open to nothing that is exploited. */
static bool is_fixed(const struct document *doc, u32 host)
{
    const struct exposure_host *const x = &doc->in.exposure->hosts[host];
    VEC_EACH (&x->flaws, flaw)
        if (flaw->at_end)
            return false;
    return x->builds.n && x->builds.p[x->builds.n - 1].product.n;
}

/* ---- of hosts ---- */

static u32 facts_of_verdict(const struct document *doc, u32 host)
{
    static const u32 of_verdict[] = {
        [VERDICT_NO_EVIDENCE] = FACT_QUIET,
        [VERDICT_EXPOSED] = FACT_EXPOSED,
        [VERDICT_ATTACKED] = FACT_ATTACKED,
        [VERDICT_CANNOT_TELL] = FACT_CANNOT_TELL,
        [VERDICT_LIKELY_COMPROMISED] = FACT_COMPROMISED,
        [VERDICT_COMPROMISED] = FACT_COMPROMISED,
    };
    const struct host_verdict *const v = &doc->verdicts->hosts[host];
    u32 facts = of_verdict[v->verdict];
    facts |= v->also & 1u << VERDICT_EXPOSED ? FACT_EXPOSED : 0;
    facts |= v->verdict == VERDICT_CANNOT_TELL && !is_fixed(doc, host) ? FACT_UNSURE : 0;
    facts |= facts & (FACT_COMPROMISED | FACT_ATTACKED | FACT_CANNOT_TELL) &&
                     doc->in.coverage->stages[host][STAGE_ACTION].sight != SIGHT_YES
                 ? FACT_BLIND
                 : 0;
    return facts | (v->from_inside ? FACT_LOCAL : 0);
}

/* What chains of a host that was broken into show. */
static u32 facts_of_chains(const struct document *doc, u32 host)
{
    u32 facts = 0;
    VEC_EACH (&doc->in.findings->all, f)
        if (f->lead && f->hit->event->host == host && f->chain != NO_CHAIN) {
            facts |= f->lead->effect == EFFECT_CODE_RAN || f->lead->effect == EFFECT_PERSISTENCE
                         ? FACT_CODE | FACT_CREDENTIAL
                         : 0;
            facts |= f->lead->effect == EFFECT_ADMIN_SESSION ? FACT_ADMIN : 0;
            facts |= f->lead->reaches & REACH_DOMAIN ? FACT_DOMAIN : 0;
            facts |= f->lead->local ? FACT_LOCAL : 0;
            facts |= f->lead->reaches & REACH_CREDENTIAL ? FACT_CREDENTIAL : 0;
        }
    VEC_EACH (&doc->scope->entries, e)
        if (e->host == host && e->chain != NO_CHAIN) {
            facts |= e->what == SCOPE_FILE ? FACT_FILE : 0;
            facts |= e->what == SCOPE_MAILBOX ? FACT_MAILBOX : 0;
            facts |= e->what == SCOPE_CLIENT ? FACT_CLIENTS : 0;
        }
    return facts;
}

u32 guidance_host_facts(const struct document *doc, u32 host)
{
    u32 facts = facts_of_verdict(doc, host);
    VEC_EACH (&doc->in.findings->all, f)
        if (f->hit->event->host == host)
            facts |= guidance_finding_facts(f);
    if (facts & (FACT_EXPOSED | FACT_UNSURE | FACT_COMPROMISED | FACT_ATTACKED) &&
        !is_fixed(doc, host))
        facts |= facts_of_builds(doc, host);
    return facts & FACT_COMPROMISED ? facts | facts_of_chains(doc, host) : facts;
}
