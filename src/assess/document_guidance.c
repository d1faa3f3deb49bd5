/* document_guidance.c: what was reached (scope), and what to do about it (guidance.def). */
#include "assess/document_part.h"

static void write_note(struct jsonw *w, str note)
{
    jsonw_key(w, "what");
    if (note.n)
        jsonw_str(w, note);
    else
        jsonw_null(w);
}

static void write_scope_entry(struct jsonw *w, const struct document *doc,
                              const struct scope_entry *e)
{
    jsonw_object(w);
    switch (e->what) {
    case SCOPE_MAILBOX:
        jsonw_member_str(w, "address", e->text);
        jsonw_member_str(w, "access", e->access.n ? e->access : S("targeted"));
        jsonw_member_null(w, "by");
        break;
    case SCOPE_FILE:
        jsonw_member_str(w, "path", e->text);
        jsonw_member_null(w, "sha256");
        write_note(w, e->note);
        break;
    default:
        jsonw_member_str(w, "name", e->text);
        write_note(w, e->note);
        break;
    }
    jsonw_member_z(w, "certainty", e->possible ? "possible" : "seen");
    jsonw_member_str(w, "host", document_host(doc, e->host));
    jsonw_member_time(w, "first", e->first);
    jsonw_member_time(w, "last", e->last);
    document_finding_ids(w, doc, e->findings.p, e->findings.n);
    jsonw_object_end(w);
}

void document_scope(struct jsonw *w, const struct document *doc)
{
    static const struct {
        const char *key;
        enum scope_what what;
    } lists[] = {{"mailboxes", SCOPE_MAILBOX},
                 {"accounts", SCOPE_ACCOUNT},
                 {"credentials", SCOPE_CREDENTIAL},
                 {"files", SCOPE_FILE},
                 {"hosts", SCOPE_HOST},
                 {"data", SCOPE_DATA}};
    jsonw_key(w, "scope");
    jsonw_object(w);
    for (size_t i = 0; i < COUNT(lists); i++) {
        jsonw_key(w, lists[i].key);
        jsonw_array(w);
        VEC_EACH (&doc->scope->entries, e)
            if (e->what == lists[i].what)
                write_scope_entry(w, doc, e);
        jsonw_array_end(w);
    }
    jsonw_object_end(w);
}

/* ---- guidance ---- */

#define FACT_COMPROMISED 1u
#define FACT_ATTACKED    2u
#define FACT_EXPOSED     4u
#define FACT_CANNOT_TELL 8u
#define FACT_QUIET       16u
#define FACT_FILE        32u
#define FACT_ADMIN       64u
#define FACT_CODE        128u
#define FACT_CREDENTIAL  256u
#define FACT_DOMAIN      512u
#define FACT_MAILBOX     1024u
#define FACT_CLIENTS     2048u
#define FACT_LOCAL       4096u
#define FACT_UNSURE      8192u  /* cannot tell, and not known to have every fix */
#define FACT_BLIND       16384u /* something happened or may have, and processes were not in sight */
#define EXCHANGE_ONLY                                                                              \
    32768u /* in a row: not for a host that shows no sign of being an Exchange server */

enum guide_target {
    TARGET_HOSTS,
    TARGET_FILES,
    TARGET_MAILBOXES,
    TARGET_CLIENTS,
    TARGET_ACCOUNTS,
    TARGET_DOMAIN
};

static const struct guide {
    const char *phase;
    u32 facts;
    enum guide_target target;
    const char *action, *why, *source;
} guides[] = {
#define GUIDE(phase, facts, target, action, why, source)                                           \
    {#phase, facts, TARGET_##target, action, why, source},
#include "assess/guidance.def"
#undef GUIDE
};

/* The last build that was seen is known, and open to nothing that is exploited. */
static bool is_fixed(const struct document *doc, u32 host)
{
    const struct exposure_host *const x = &doc->in.exposure->hosts[host];
    VEC_EACH (&x->flaws, flaw)
        if (flaw->at_end)
            return false;
    return x->builds.n && x->builds.p[x->builds.n - 1].product.n;
}

static u32 host_facts(const struct document *doc, u32 host)
{
    const struct host_verdict *const v = &doc->verdicts->hosts[host];
    static const u32 of_verdict[] = {
        [VERDICT_NO_EVIDENCE] = FACT_QUIET,
        [VERDICT_EXPOSED] = FACT_EXPOSED,
        [VERDICT_ATTACKED] = FACT_ATTACKED,
        [VERDICT_CANNOT_TELL] = FACT_CANNOT_TELL,
        [VERDICT_LIKELY_COMPROMISED] = FACT_COMPROMISED,
        [VERDICT_COMPROMISED] = FACT_COMPROMISED,
    };
    u32 facts = of_verdict[v->verdict];
    facts |= v->also & 1u << VERDICT_EXPOSED ? FACT_EXPOSED : 0;
    facts |= v->verdict == VERDICT_CANNOT_TELL && !is_fixed(doc, host) ? FACT_UNSURE : 0;
    facts |= facts & (FACT_COMPROMISED | FACT_ATTACKED | FACT_CANNOT_TELL) &&
                     doc->in.coverage->stages[host][STAGE_ACTION].sight != SIGHT_YES
                 ? FACT_BLIND
                 : 0;
    facts |= v->from_inside ? FACT_LOCAL : 0;
    if (!(facts & FACT_COMPROMISED))
        return facts;
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

static void write_guide(struct jsonw *w, const struct document *doc, u32 *order,
                        const struct guide *g, str target, const u32 *findings, size_t n)
{
    jsonw_object(w);
    jsonw_member_u64(w, "order", ++*order);
    jsonw_member_z(w, "phase", g->phase);
    jsonw_member_z(w, "action", g->action);
    jsonw_member_str(w, "target", target);
    jsonw_member_z(w, "why", g->why);
    document_finding_ids(w, doc, findings, n);
    jsonw_member_z(w, "source", g->source);
    jsonw_object_end(w);
}

static void write_guides_of_host(struct jsonw *w, const struct document *doc, u32 *order,
                                 const struct guide *g, u32 host)
{
    static const enum scope_what scopes[] = {[TARGET_FILES] = SCOPE_FILE,
                                             [TARGET_MAILBOXES] = SCOPE_MAILBOX,
                                             [TARGET_CLIENTS] = SCOPE_CLIENT,
                                             [TARGET_ACCOUNTS] = SCOPE_ACCOUNT};
    if (!(g->facts & host_facts(doc, host)) ||
        (g->facts & EXCHANGE_ONLY && doc->verdicts->hosts[host].bystander))
        return;
    if (g->target == TARGET_HOSTS || g->target == TARGET_DOMAIN) {
        write_guide(w, doc, order, g,
                    g->target == TARGET_DOMAIN ? S("the domain controllers")
                                               : document_host(doc, host),
                    NULL, 0);
        return;
    }
    VEC_EACH (&doc->scope->entries, e)
        if (e->host == host && e->what == scopes[g->target] && e->chain != NO_CHAIN)
            write_guide(w, doc, order, g, e->text, e->findings.p, e->findings.n);
}

void document_guidance(struct jsonw *w, const struct document *doc)
{
    u32 order = 0;
    jsonw_key(w, "guidance");
    jsonw_array(w);
    for (size_t i = 0; i < COUNT(guides); i++)
        for (u32 h = 0; h < doc->verdicts->n_hosts; h++)
            write_guides_of_host(w, doc, &order, &guides[i], h);
    jsonw_array_end(w);
}
