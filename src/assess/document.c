#include "assess/document.h"

#include <stdio.h>

static void member_texts(struct jsonw *w, const char *key, const str *texts, u32 n)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (u32 i = 0; i < n; i++)
        jsonw_str(w, texts[i]);
    jsonw_array_end(w);
}

static void finding_id(struct jsonw *w, const struct document *doc, u32 index)
{
    char id[16];
    snprintf(id, sizeof id, "F%04u", doc->in.findings->all.p[index].id);
    jsonw_str(w, str_from(id));
}

static void member_findings(struct jsonw *w, const struct document *doc, const u32 *indexes, size_t n)
{
    jsonw_key(w, "findings");
    jsonw_array(w);
    for (size_t i = 0; i < n; i++)
        finding_id(w, doc, indexes[i]);
    jsonw_array_end(w);
}

static str host_name(const struct document *doc, u32 host)
{
    return host == NO_HOST ? STR_NONE : doc->in.hosts->names.p[host];
}

/* ---- findings ---- */

static void write_rule(struct jsonw *w, const struct sigma_rule *rule)
{
    jsonw_key(w, "rule");
    jsonw_object(w);
    jsonw_member_str(w, "id", rule->id);
    jsonw_member_str(w, "title", rule->title);
    jsonw_member_str(w, "level", rule->level);
    jsonw_member_str(w, "status", rule->status);
    member_texts(w, "tags", rule->tags, rule->n_tags);
    jsonw_member_str(w, "file", rule->file);
    jsonw_object_end(w);
}

static void write_origin(struct jsonw *w, const struct scan *scan, const struct scan_event *e)
{
    jsonw_key(w, "source");
    jsonw_object(w);
    jsonw_member_str(w, "path", scan->sources.p[e->source].name);
    jsonw_member_str(w, "kind", e->kind);
    jsonw_member_u64(w, "offset", e->off);
    jsonw_member_u64(w, "length", e->len);
    jsonw_member_u64(w, "record", e->record);
    jsonw_object_end(w);
}

static void write_event(struct jsonw *w, const struct scan_event *e)
{
    jsonw_key(w, "event");
    jsonw_object(w);
    jsonw_member_str(w, "channel", e->channel);
    jsonw_member_str(w, "provider", e->provider);
    if (e->event_id >= 0)
        jsonw_member_i64(w, "event_id", e->event_id);
    else
        jsonw_member_null(w, "event_id");
    jsonw_key(w, "fields");
    jsonw_object(w);
    for (u32 i = 0; i < e->n_fields; i++) {
        jsonw_key_str(w, e->fields[i].name);
        jsonw_str(w, e->fields[i].text);
    }
    jsonw_object_end(w);
    jsonw_object_end(w);
}

static void write_reasons(struct jsonw *w, const struct scan_hit *hit)
{
    jsonw_key(w, "matched");
    jsonw_array(w);
    for (u32 i = 0; i < hit->n_reasons; i++) {
        jsonw_object(w);
        jsonw_member_str(w, "field", hit->reasons[i].field);
        jsonw_member_str(w, "value", hit->reasons[i].value);
        jsonw_member_str(w, "test", hit->reasons[i].test);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_lead(struct jsonw *w, const struct lead *lead)
{
    jsonw_member_z(w, "stage", stage_text(lead->stage));
    jsonw_member_z(w, "outcome", outcome_text(lead->outcome));
    member_texts(w, "cve", lead->cves, lead->n_cves);
}

static void write_hit(struct jsonw *w, const struct scan *scan, const struct scan_hit *hit)
{
    write_rule(w, hit->rule);
    write_origin(w, scan, hit->event);
    write_event(w, hit->event);
    write_reasons(w, hit);
    jsonw_member_str(w, "raw", hit->event->raw);
    if (hit->event->raw_cut)
        jsonw_member_bool(w, "raw_cut", true);
}

void document_finding(const struct document *doc, const struct finding *f, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_key(w, "id");
    finding_id(w, doc, f->id - 1);
    jsonw_member_time(w, "time", finding_time(f));
    jsonw_member_time(w, "time_recorded", f->hit->event->recorded);
    jsonw_member_str(w, "host", host_name(doc, f->hit->event->host));
    jsonw_member_str(w, "text", f->says);
    if (f->lead)
        write_lead(w, f->lead);
    write_hit(w, doc->in.scan, f->hit);
    jsonw_object_end(w);
}

void document_hit(const struct scan *scan, const struct scan_hit *hit, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_member_time(w, "time", hit->event->time);
    jsonw_member_time(w, "time_recorded", hit->event->recorded);
    jsonw_member_str(w, "host", host_short(hit->event->host_text));
    write_hit(w, scan, hit);
    jsonw_object_end(w);
}

/* ---- the head ---- */

static void write_also(struct jsonw *w, u32 also)
{
    jsonw_key(w, "also");
    jsonw_array(w);
    for (int v = VERDICT_COUNT - 1; v >= 0; v--)
        if (also & 1u << v)
            jsonw_str(w, str_from(verdict_text((enum verdict)v)));
    jsonw_array_end(w);
}

static u32 case_also(const struct document *doc)
{
    u32 also = 0;
    for (u32 h = 0; h < doc->verdicts->n_hosts; h++)
        also |= doc->verdicts->hosts[h].also | 1u << doc->verdicts->hosts[h].verdict;
    /* That nothing was found on another host is no word that holds for the case. */
    return also & ~(1u << VERDICT_NO_EVIDENCE) & ~(1u << doc->verdicts->hosts[doc->verdicts->worst].verdict);
}

static void write_verdict_reasons(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "reasons");
    jsonw_array(w);
    /* the most severe host's first */
    for (int pass = 0; pass < 2; pass++)
        VEC_EACH(&doc->verdicts->reasons, reason) {
            if ((reason->host == doc->verdicts->worst) != (pass == 0))
                continue;
            jsonw_object(w);
            jsonw_member_str(w, "text", reason->text);
            jsonw_member_str(w, "host", host_name(doc, reason->host));
            member_findings(w, doc, reason->findings.p, reason->findings.n);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
}

/* Was the intruder at work when the evidence ends? True within an hour of it, false after a day of quiet, else unknown. */
static void write_active(struct jsonw *w, const struct document *doc, const struct host_verdict *v)
{
    i64 end = TIME_NONE;
    VEC_EACH(&doc->in.coverage->sources, s)
        if (s->host == doc->verdicts->worst)
            end = MAX(end, s->last);
    jsonw_key(w, "active_at_end");
    if (v->verdict < VERDICT_LIKELY_COMPROMISED || v->until == TIME_NONE || end == TIME_NONE)
        jsonw_null(w);
    else if (end - v->until <= 3600 * TIME_SECOND)
        jsonw_bool(w, true);
    else if (end - v->until >= 86400 * TIME_SECOND)
        jsonw_bool(w, false);
    else
        jsonw_null(w);
}

static const char *level_of(const struct host_verdict *v)
{
    if (v->verdict < VERDICT_LIKELY_COMPROMISED)
        return NULL;
    return v->reaches & REACH_DOMAIN ? "domain" : v->reaches & (REACH_HOST | REACH_CREDENTIAL) ? "server" : v->reaches & REACH_MAILBOX ? "mailbox" : NULL;
}

static void write_head(struct jsonw *w, const struct document *doc)
{
    const struct host_verdict *const v = &doc->verdicts->hosts[doc->verdicts->worst];
    jsonw_member_z(w, "schema", "leadline/assessment/1");
    jsonw_member_z(w, "verdict", verdict_text(v->verdict));
    write_also(w, case_also(doc));
    jsonw_member_str(w, "sentence", v->sentence);
    write_verdict_reasons(w, doc);
    jsonw_member_time(w, "since", v->since);
    jsonw_member_time(w, "until", v->until);
    jsonw_member_z(w, "since_bound", v->not_after ? "not_after" : "exact");
    write_active(w, doc, v);
    jsonw_member_z(w, "level", level_of(v));
}

static void write_hosts(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "hosts");
    jsonw_array(w);
    for (u32 h = 0; h < doc->verdicts->n_hosts; h++) {
        const struct host_verdict *const v = &doc->verdicts->hosts[h];
        const struct exposure_host *const x = &doc->in.exposure->hosts[h];
        jsonw_object(w);
        jsonw_member_str(w, "name", host_name(doc, h));
        jsonw_member_z(w, "verdict", verdict_text(v->verdict));
        write_also(w, v->also);
        jsonw_member_str(w, "sentence", v->sentence);
        jsonw_key(w, "product");
        if (x->builds.n && x->builds.p[x->builds.n - 1].product.n)
            jsonw_str(w, x->builds.p[x->builds.n - 1].product);
        else
            jsonw_null(w);
        jsonw_key(w, "builds");
        jsonw_array(w);
        VEC_EACH(&x->builds, b) {
            jsonw_object(w);
            jsonw_member_str(w, "build", b->build);
            jsonw_member_str(w, "update", b->update);
            jsonw_member_time(w, "from", b->from);
            jsonw_member_time(w, "to", b->to);
            jsonw_member_str(w, "source", b->source);
            jsonw_object_end(w);
        }
        jsonw_array_end(w);
        jsonw_key(w, "exposed_to");
        jsonw_array(w);
        VEC_EACH(&x->flaws, flaw) {
            jsonw_object(w);
            jsonw_member_str(w, "cve", flaw->cve);
            jsonw_member_str(w, "name", flaw->name);
            jsonw_member_time(w, "from", flaw->from);
            jsonw_member_time(w, "to", flaw->to);
            jsonw_member_z(w, "condition", flaw->conditional ? "unknown" : "met");
            jsonw_object_end(w);
        }
        jsonw_array_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* ---- exploits ---- */

struct exploit {
    str cve;
    u32 host;
    enum outcome outcome;
    bool all_blocked;
    str blocked_by;
    i64 first, last;
    VEC(u32) proof; /* what succeeded; else everything */
};

static int outcome_rank(enum outcome outcome)
{
    return outcome == OUTCOME_SUCCEEDED ? 2 : outcome == OUTCOME_UNKNOWN ? 1 : 0;
}

typedef VEC(struct exploit) exploits;

static void add_exploit(exploits *all, const struct document *doc, u32 index, str cve)
{
    const struct finding *const f = &doc->in.findings->all.p[index];
    /* On a fixed build an attempt stays one, whatever the answer was; and a file or a command there came by another way. */
    bool fixed = exposure_at(doc->in.exposure, f->hit->event->host, cve, finding_time(f)) == BUILD_FIXED;
    if (fixed && f->lead->outcome == OUTCOME_SUCCEEDED && f->lead->stage >= STAGE_FOOTHOLD)
        return;
    fixed &= f->lead->outcome != OUTCOME_SUCCEEDED;
    const enum outcome outcome = fixed ? OUTCOME_ATTEMPTED : f->lead->outcome;
    struct exploit *x = NULL;
    VEC_EACH(all, have)
        if (str_eq(have->cve, cve) && have->host == f->hit->event->host)
            x = have;
    if (!x) {
        x = VEC_PUSH(all);
        *x = (struct exploit){.cve = cve, .host = f->hit->event->host, .outcome = OUTCOME_ATTEMPTED, .all_blocked = true, .first = finding_time(f)};
    }
    if (outcome_rank(outcome) > outcome_rank(x->outcome)) {
        x->outcome = outcome;
        x->proof.n = 0;
    }
    if (outcome == x->outcome)
        *VEC_PUSH(&x->proof) = index;
    x->last = MAX(x->last, finding_time(f));
    /* What stopped them all: where they differ, the weakest word, and none when one was stopped by nothing that is known. */
    const str by = fixed ? S("fixed_build") : f->lead->blocked_by;
    x->all_blocked &= outcome == OUTCOME_ATTEMPTED && by.n;
    if (!x->blocked_by.n || str_eq(by, S("status")))
        x->blocked_by = by;
}

static void write_exploits(struct jsonw *w, const struct document *doc)
{
    exploits all = {0};
    for (u32 i = 0; i < doc->in.findings->all.n; i++) {
        const struct lead *const lead = doc->in.findings->all.p[i].lead;
        const bool counts = lead && lead->stage >= STAGE_ATTEMPT && (!lead->supports || doc->in.findings->all.p[i].chain != NO_CHAIN);
        for (u32 k = 0; counts && k < lead->n_cves; k++)
            add_exploit(&all, doc, i, lead->cves[k]);
    }
    jsonw_key(w, "exploits");
    jsonw_array(w);
    VEC_EACH(&all, x) {
        jsonw_object(w);
        jsonw_member_str(w, "cve", x->cve);
        jsonw_member_str(w, "host", host_name(doc, x->host));
        jsonw_member_str(w, "name", exposure_flaw_name(doc->in.exposure, x->cve));
        jsonw_member_z(w, "outcome", outcome_text(x->outcome));
        jsonw_member_time(w, "first", x->first);
        jsonw_member_time(w, "last", x->last);
        jsonw_key(w, "blocked_by");
        if (x->all_blocked && x->blocked_by.n)
            jsonw_str(w, x->blocked_by);
        else
            jsonw_null(w);
        jsonw_key(w, "proof");
        jsonw_array(w);
        VEC_EACH(&x->proof, i)
            finding_id(w, doc, *i);
        jsonw_array_end(w);
        jsonw_object_end(w);
        VEC_FREE(&x->proof);
    }
    jsonw_array_end(w);
    VEC_FREE(&all);
}

/* ---- chains and threads ---- */

static void write_step(struct jsonw *w, const struct document *doc, const struct step *step)
{
    const struct finding *const lead = &doc->in.findings->all.p[step->lead];
    jsonw_object(w);
    jsonw_member_z(w, "stage", stage_text(lead->lead->stage));
    jsonw_key(w, "finding");
    finding_id(w, doc, step->lead);
    jsonw_member_time(w, "time", step->time);
    jsonw_member_str(w, "act", step->act);
    jsonw_member_str(w, "text", lead->says);
    member_findings(w, doc, step->findings.p, step->findings.n);
    jsonw_object_end(w);
}

static void write_chains(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "chains");
    jsonw_array(w);
    u32 n = 0;
    VEC_EACH(&doc->in.findings->chains, chain) {
        char id[16];
        snprintf(id, sizeof id, "C%03u", ++n);
        jsonw_object(w);
        jsonw_member_z(w, "id", id);
        jsonw_key(w, "rule");
        if (chain->rule)
            jsonw_str(w, chain->rule->id);
        else
            jsonw_null(w);
        jsonw_member_str(w, "title", chain->rule ? chain->rule->title : S("Activity that no chain rule describes"));
        jsonw_member_str(w, "host", host_name(doc, chain->host));
        jsonw_key(w, "steps");
        jsonw_array(w);
        VEC_EACH(&chain->steps, step)
            write_step(w, doc, step);
        jsonw_array_end(w);
        jsonw_member_bool(w, "complete", chain->complete);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_thread_list(struct jsonw *w, const struct document *doc, const char *key, u32 chain, enum scope_what what)
{
    jsonw_key(w, key);
    jsonw_array(w);
    VEC_EACH(&doc->scope->entries, e)
        if (e->what == what && e->chain == chain)
            jsonw_str(w, e->text);
    jsonw_array_end(w);
}

/* One thread a chain: telling several intruders of one server apart is the clusters' work. */
static void write_threads(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "threads");
    jsonw_array(w);
    for (u32 c = 0; c < doc->in.findings->chains.n; c++) {
        const struct chain *const chain = &doc->in.findings->chains.p[c];
        char id[16];
        snprintf(id, sizeof id, "T%03u", c + 1);
        jsonw_object(w);
        jsonw_member_z(w, "id", id);
        jsonw_member_str(w, "host", host_name(doc, chain->host));
        jsonw_member_time(w, "first", chain->first);
        jsonw_member_time(w, "last", chain->last);
        write_thread_list(w, doc, "clients", c, SCOPE_CLIENT);
        member_texts(w, "user_agents", NULL, 0);
        write_thread_list(w, doc, "webshells", c, SCOPE_FILE);
        jsonw_key(w, "findings");
        jsonw_array(w);
        for (u32 i = 0; i < doc->in.findings->all.n; i++)
            if (doc->in.findings->all.p[i].chain == c)
                finding_id(w, doc, i);
        jsonw_array_end(w);
        jsonw_key(w, "profiles");
        jsonw_array(w);
        jsonw_array_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* ---- scope ---- */

static void write_scope_entry(struct jsonw *w, const struct document *doc, const struct scope_entry *e)
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
        jsonw_member_str(w, "what", e->note);
        break;
    case SCOPE_ACCOUNT:
    case SCOPE_HOST:
        jsonw_member_str(w, "name", e->text);
        jsonw_member_str(w, "what", e->note);
        break;
    default:
        jsonw_member_str(w, "name", e->text);
        jsonw_member_str(w, "what", e->note);
        break;
    }
    jsonw_member_z(w, "certainty", e->possible ? "possible" : "seen");
    jsonw_member_str(w, "host", host_name(doc, e->host));
    jsonw_member_time(w, "first", e->first);
    jsonw_member_time(w, "last", e->last);
    member_findings(w, doc, e->findings.p, e->findings.n);
    jsonw_object_end(w);
}

static void write_scope(struct jsonw *w, const struct document *doc)
{
    static const struct {
        const char *key;
        enum scope_what what;
    } lists[] = {{"mailboxes", SCOPE_MAILBOX}, {"accounts", SCOPE_ACCOUNT}, {"credentials", SCOPE_CREDENTIAL},
                 {"files", SCOPE_FILE},        {"hosts", SCOPE_HOST},       {"data", SCOPE_DATA}};
    jsonw_key(w, "scope");
    jsonw_object(w);
    for (size_t i = 0; i < COUNT(lists); i++) {
        jsonw_key(w, lists[i].key);
        jsonw_array(w);
        VEC_EACH(&doc->scope->entries, e)
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

enum guide_target { TARGET_HOSTS, TARGET_FILES, TARGET_MAILBOXES, TARGET_CLIENTS };

static const struct guide {
    const char *phase;
    u32 facts;
    enum guide_target target;
    const char *action, *why, *source;
} guides[] = {
#define COMPROMISED FACT_COMPROMISED
#define ATTACKED    FACT_ATTACKED
#define EXPOSED     FACT_EXPOSED
#define CANNOT_TELL FACT_CANNOT_TELL
#define QUIET       FACT_QUIET
#define FILE        FACT_FILE
#define ADMIN       FACT_ADMIN
#define CODE        FACT_CODE
#define CREDENTIAL  FACT_CREDENTIAL
#define DOMAIN      FACT_DOMAIN
#define MAILBOX     FACT_MAILBOX
#define CLIENTS     FACT_CLIENTS
#define GUIDE(phase, facts, target, action, why, source) {#phase, facts, TARGET_##target, action, why, source},
#include "assess/guidance.def"
#undef GUIDE
#undef COMPROMISED
#undef ATTACKED
#undef EXPOSED
#undef CANNOT_TELL
#undef QUIET
#undef FILE
#undef ADMIN
#undef CODE
#undef CREDENTIAL
#undef DOMAIN
#undef MAILBOX
#undef CLIENTS
};

static u32 host_facts(const struct document *doc, u32 host)
{
    const struct host_verdict *const v = &doc->verdicts->hosts[host];
    static const u32 of_verdict[] = {
        [VERDICT_NO_EVIDENCE] = FACT_QUIET,      [VERDICT_EXPOSED] = FACT_EXPOSED,
        [VERDICT_ATTACKED] = FACT_ATTACKED,      [VERDICT_CANNOT_TELL] = FACT_CANNOT_TELL,
        [VERDICT_LIKELY_COMPROMISED] = FACT_COMPROMISED, [VERDICT_COMPROMISED] = FACT_COMPROMISED,
    };
    u32 facts = of_verdict[v->verdict];
    facts |= v->also & 1u << VERDICT_EXPOSED ? FACT_EXPOSED : 0;
    if (!(facts & FACT_COMPROMISED))
        return facts;
    VEC_EACH(&doc->in.findings->all, f)
        if (f->lead && f->hit->event->host == host && f->chain != NO_CHAIN) {
            facts |= f->lead->effect == EFFECT_CODE_RAN ? FACT_CODE | FACT_CREDENTIAL : 0;
            facts |= f->lead->effect == EFFECT_ADMIN_SESSION ? FACT_ADMIN : 0;
            facts |= f->lead->reaches & REACH_DOMAIN ? FACT_DOMAIN : 0;
            facts |= f->lead->reaches & REACH_CREDENTIAL ? FACT_CREDENTIAL : 0;
        }
    VEC_EACH(&doc->scope->entries, e)
        if (e->host == host && e->chain != NO_CHAIN) {
            facts |= e->what == SCOPE_FILE ? FACT_FILE : 0;
            facts |= e->what == SCOPE_MAILBOX ? FACT_MAILBOX : 0;
            facts |= e->what == SCOPE_CLIENT ? FACT_CLIENTS : 0;
        }
    return facts;
}

static void write_guide(struct jsonw *w, const struct document *doc, u32 *order, const struct guide *g, str target, const u32 *findings, size_t n)
{
    jsonw_object(w);
    jsonw_member_u64(w, "order", ++*order);
    jsonw_member_z(w, "phase", g->phase);
    jsonw_member_z(w, "action", g->action);
    jsonw_member_str(w, "target", target);
    jsonw_member_z(w, "why", g->why);
    member_findings(w, doc, findings, n);
    jsonw_member_z(w, "source", g->source);
    jsonw_object_end(w);
}

static void write_guides_of_host(struct jsonw *w, const struct document *doc, u32 *order, const struct guide *g, u32 host)
{
    static const enum scope_what scopes[] = {[TARGET_FILES] = SCOPE_FILE, [TARGET_MAILBOXES] = SCOPE_MAILBOX, [TARGET_CLIENTS] = SCOPE_CLIENT};
    if (!(g->facts & host_facts(doc, host)))
        return;
    if (g->target == TARGET_HOSTS) {
        write_guide(w, doc, order, g, host_name(doc, host), NULL, 0);
        return;
    }
    VEC_EACH(&doc->scope->entries, e)
        if (e->host == host && e->what == scopes[g->target] && e->chain != NO_CHAIN)
            write_guide(w, doc, order, g, e->text, e->findings.p, e->findings.n);
}

static void write_guidance(struct jsonw *w, const struct document *doc)
{
    u32 order = 0;
    jsonw_key(w, "guidance");
    jsonw_array(w);
    for (size_t i = 0; i < COUNT(guides); i++)
        for (u32 h = 0; h < doc->verdicts->n_hosts; h++)
            write_guides_of_host(w, doc, &order, &guides[i], h);
    jsonw_array_end(w);
}

/* ---- coverage ---- */

static void write_source(struct jsonw *w, const struct document *doc, const struct coverage_source *s)
{
    jsonw_object(w);
    jsonw_member_str(w, "kind", s->kind);
    jsonw_member_str(w, "host", host_name(doc, s->host));
    jsonw_member_u64(w, "files", s->files);
    jsonw_member_u64(w, "events", s->events);
    jsonw_member_time(w, "first", s->first);
    jsonw_member_time(w, "last", s->last);
    jsonw_key(w, "gaps");
    jsonw_array(w);
    VEC_EACH(&s->gaps, gap) {
        jsonw_object(w);
        jsonw_member_time(w, "from", gap->from);
        jsonw_member_time(w, "to", gap->to);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "cleared");
    jsonw_array(w);
    VEC_EACH(&s->cleared, t) {
        char text[TIME_MAX];
        jsonw_str(w, str_from(time_format(*t, text)));
    }
    jsonw_array_end(w);
    jsonw_member_u64(w, "damage", s->damage);
    if (s->skew) {
        jsonw_member_i64(w, "clock_skew_s", s->skew->add_ns / TIME_SECOND);
        jsonw_key(w, "clock");
        jsonw_object(w);
        jsonw_member_u64(w, "samples", s->skew->samples);
        jsonw_member_u64(w, "pairs", s->skew->pairs);
        jsonw_member_u64(w, "pairs_met", s->skew->pairs_met);
        jsonw_object_end(w);
    } else {
        jsonw_member_i64(w, "clock_skew_s", 0);
    }
    jsonw_object_end(w);
}

static void write_stages(struct jsonw *w, const struct document *doc)
{
    static const char *const sights[] = {[SIGHT_NO] = "no", [SIGHT_PARTLY] = "partly", [SIGHT_YES] = "yes"};
    jsonw_key(w, "stages");
    jsonw_array(w);
    for (u32 h = 0; h < doc->in.coverage->n_hosts; h++)
        for (int i = STAGE_EXPOSURE; i < STAGE_COUNT; i++) {
            const struct coverage_stage *const stage = &doc->in.coverage->stages[h][i];
            jsonw_object(w);
            jsonw_member_z(w, "stage", stage_text(stage->stage));
            jsonw_member_str(w, "host", host_name(doc, h));
            jsonw_member_z(w, "could_be_seen", sights[stage->sight]);
            jsonw_member_time(w, "from", stage->from);
            jsonw_member_time(w, "to", stage->to);
            jsonw_member_str(w, "why", stage->why);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
}

static void write_rules(struct jsonw *w, const struct document *doc)
{
    const struct scan *const scan = doc->in.scan;
    jsonw_key(w, "rules");
    jsonw_object(w);
    jsonw_member_u64(w, "loaded", scan->rules->n_rules);
    jsonw_key(w, "rejected");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rejected; i++) {
        const struct ruleset_reject *const r = &scan->rules->rejected[i];
        jsonw_object(w);
        jsonw_member_str(w, "rule", r->rule);
        jsonw_member_str(w, "file", r->file);
        jsonw_member_u64(w, "line", r->line);
        jsonw_member_str(w, "why", r->why);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "could_not_fire");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->could_not_fire && scan->could_not_fire[i].n) {
            jsonw_object(w);
            jsonw_member_str(w, "rule", scan->rules->rules[i]->id);
            jsonw_member_str(w, "title", scan->rules->rules[i]->title);
            jsonw_member_str(w, "why", scan->could_not_fire[i]);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
    jsonw_key(w, "not_kept");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->counts[i].hits > scan->counts[i].kept) {
            jsonw_object(w);
            jsonw_member_str(w, "rule", scan->rules->rules[i]->id);
            jsonw_member_u64(w, "hits", scan->counts[i].hits);
            jsonw_member_u64(w, "kept", scan->counts[i].kept);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_coverage(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "coverage");
    jsonw_object(w);
    jsonw_key(w, "sources");
    jsonw_array(w);
    VEC_EACH(&doc->in.coverage->sources, s)
        write_source(w, doc, s);
    jsonw_array_end(w);
    write_stages(w, doc);
    write_rules(w, doc);
    jsonw_object_end(w);
}

/* ---- damage, refusals, manifest ---- */

static void write_damage(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "damage");
    jsonw_array(w);
    VEC_EACH(&doc->in.scan->damages, d) {
        jsonw_object(w);
        jsonw_member_str(w, "source", d->name);
        jsonw_member_u64(w, "offset", d->off);
        jsonw_member_str(w, "what", d->what);
        jsonw_member_u64(w, "lost", d->lost);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "refused");
    jsonw_array(w);
    VEC_EACH(&doc->in.scan->refusals, r) {
        jsonw_object(w);
        jsonw_member_str(w, "source", r->name);
        jsonw_member_str(w, "limit", r->limit);
        jsonw_member_str(w, "why", r->why);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_manifest(struct jsonw *w, const struct document *doc)
{
    const struct scan *const scan = doc->in.scan;
    jsonw_key(w, "manifest");
    jsonw_object(w);
    jsonw_member_z(w, "version", LEADLINE_VERSION);
    jsonw_member_z(w, "rules_sha256", scan->rules->sha256);
    jsonw_member_str(w, "tables_as_of", doc->in.exposure->as_of);
    jsonw_key(w, "inputs");
    jsonw_array(w);
    VEC_EACH(&scan->inputs, input) {
        jsonw_object(w);
        jsonw_member_str(w, "path", input->path);
        jsonw_member_u64(w, "size", input->size);
        jsonw_member_z(w, "sha256", input->sha256);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "sources");
    jsonw_array(w);
    VEC_EACH(&scan->sources, s) {
        jsonw_object(w);
        jsonw_member_str(w, "path", s->name);
        jsonw_member_u64(w, "size", s->size);
        jsonw_member_z(w, "sha256", s->sha256);
        jsonw_member_str(w, "format", s->format);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_member_str(w, "options", doc->options);
    jsonw_member_time(w, "started", doc->started);
    jsonw_member_f64(w, "seconds", doc->seconds);
    jsonw_object_end(w);
}

void document_write(const struct document *doc, struct jsonw *w)
{
    jsonw_object(w);
    write_head(w, doc);
    write_hosts(w, doc);
    write_exploits(w, doc);
    write_chains(w, doc);
    write_threads(w, doc);
    write_scope(w, doc);
    write_guidance(w, doc);
    write_coverage(w, doc);
    write_damage(w, doc);
    jsonw_key(w, "findings");
    jsonw_array(w);
    VEC_EACH(&doc->in.findings->all, f)
        document_finding(doc, f, w);
    jsonw_array_end(w);
    write_manifest(w, doc);
    jsonw_object_end(w);
}
