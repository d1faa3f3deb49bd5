/* document_guidance.c: what was reached (scope), and what to do about it (guidance.def). */
#include "assess/document_part.h"
#include "assess/guidance_facts.h"
#include "base/mem.h"

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

#define PROOF_MAX 100 /* findings of one piece of advice: the scope has all of them */

enum guide_target {
    TARGET_HOSTS,
    TARGET_FILES,
    TARGET_MAILBOXES,
    TARGET_CLIENTS,
    TARGET_ACCOUNTS,
    TARGET_DOMAIN,
    TARGET_SETTINGS
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

static const struct setting {
    const char *cve, *what;
} settings[] = {
#define SETTING(cve, what) {cve, what},
#include "assess/guidance_settings.def"
#undef SETTING
};

struct advice {
    struct jsonw *w;
    const struct document *doc;
    u32 order;
    const u32 *facts; /* by host */
};

static void write_guide(struct advice *a, const struct guide *g, str target, const u32 *findings,
                        size_t n)
{
    jsonw_object(a->w);
    jsonw_member_u64(a->w, "order", ++a->order);
    jsonw_member_z(a->w, "phase", g->phase);
    jsonw_member_z(a->w, "action", g->action);
    jsonw_member_str(a->w, "target", target);
    jsonw_member_z(a->w, "why", g->why);
    document_finding_ids(a->w, a->doc, findings, n);
    jsonw_member_z(a->w, "source", g->source);
    jsonw_object_end(a->w);
}

/* The findings that call for the row on this host. */
static size_t collect_proof(const struct advice *a, const struct guide *g, u32 host,
                            u32 proof[PROOF_MAX])
{
    size_t n = 0;
    const struct findings *const findings = a->doc->in.findings;
    for (u32 i = 0; i < findings->all.n && n < PROOF_MAX && g->facts & FACT_OF_FINDINGS; i++)
        if (findings->all.p[i].hit->event->host == host &&
            guidance_finding_facts(&findings->all.p[i]) & g->facts)
            proof[n++] = i;
    return n;
}

static void write_settings(struct advice *a, const struct guide *g, u32 host)
{
    for (size_t i = 0; i < COUNT(settings); i++)
        if (exposure_concerns(a->doc->in.exposure, host, str_from(settings[i].cve)))
            write_guide(a, g, str_from(settings[i].what), NULL, 0);
}

static void write_host_guide(struct advice *a, const struct guide *g, u32 host)
{
    u32 proof[PROOF_MAX];
    const size_t n = collect_proof(a, g, host, proof);
    write_guide(a, g,
                g->target == TARGET_DOMAIN ? S("the domain controllers")
                                           : document_host(a->doc, host),
                proof, n);
}

static void write_guides_of_host(struct advice *a, const struct guide *g, u32 host)
{
    static const enum scope_what scopes[] = {[TARGET_FILES] = SCOPE_FILE,
                                             [TARGET_MAILBOXES] = SCOPE_MAILBOX,
                                             [TARGET_CLIENTS] = SCOPE_CLIENT,
                                             [TARGET_ACCOUNTS] = SCOPE_ACCOUNT};
    if (!(g->facts & a->facts[host]) ||
        (g->facts & EXCHANGE_ONLY && a->doc->verdicts->hosts[host].bystander))
        return;
    if (g->target == TARGET_HOSTS || g->target == TARGET_DOMAIN) {
        write_host_guide(a, g, host);
        return;
    }
    if (g->target == TARGET_SETTINGS) {
        write_settings(a, g, host);
        return;
    }
    VEC_EACH (&a->doc->scope->entries, e)
        if (e->host == host && e->what == scopes[g->target] && e->chain != NO_CHAIN)
            write_guide(a, g, e->text, e->findings.p, e->findings.n);
}

void document_guidance(struct jsonw *w, const struct document *doc)
{
    const u32 n_hosts = doc->verdicts->n_hosts;
    u32 *const facts = mem_calloc(n_hosts + 1, sizeof *facts);
    struct advice a = {.w = w, .doc = doc, .facts = facts};
    for (u32 h = 0; h < n_hosts; h++)
        facts[h] = guidance_host_facts(doc, h);
    jsonw_key(w, "guidance");
    jsonw_array(w);
    for (size_t i = 0; i < COUNT(guides); i++)
        for (u32 h = 0; h < n_hosts; h++)
            write_guides_of_host(&a, &guides[i], h);
    jsonw_array_end(w);
    mem_free(facts);
}
