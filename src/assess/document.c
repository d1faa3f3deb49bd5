#include "assess/document.h"

#include <stdio.h>

#include "assess/document_part.h"

void document_texts(struct jsonw *w, const char *key, const str *texts, u32 n)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (u32 i = 0; i < n; i++)
        jsonw_str(w, texts[i]);
    jsonw_array_end(w);
}

void document_finding_id(struct jsonw *w, const struct document *doc, u32 index)
{
    char id[16];
    snprintf(id, sizeof id, "F%04u", doc->in.findings->all.p[index].id);
    jsonw_str(w, str_from(id));
}

void document_finding_ids(struct jsonw *w, const struct document *doc, const u32 *indexes, size_t n)
{
    jsonw_key(w, "findings");
    jsonw_array(w);
    for (size_t i = 0; i < n; i++)
        document_finding_id(w, doc, indexes[i]);
    jsonw_array_end(w);
}

str document_host(const struct document *doc, u32 host)
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
    document_texts(w, "tags", rule->tags, rule->n_tags);
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
    document_texts(w, "cve", lead->cves, lead->n_cves);
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
    if (hit->event->carved)
        jsonw_member_bool(w, "carved", true);
}

void document_finding(const struct document *doc, const struct finding *f, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_key(w, "id");
    document_finding_id(w, doc, f->id - 1);
    jsonw_member_time(w, "time", finding_time(f));
    jsonw_member_time(w, "time_recorded", f->hit->event->recorded);
    jsonw_member_str(w, "host", document_host(doc, f->hit->event->host));
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
    return also & ~(1u << VERDICT_NO_EVIDENCE) &
           ~(1u << doc->verdicts->hosts[doc->verdicts->worst].verdict);
}

static void write_verdict_reasons(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "reasons");
    jsonw_array(w);
    const struct host_verdict *const hosts = doc->verdicts->hosts;
    const u32 worst = doc->verdicts->worst;
    /* The most severe host's first. That nothing was found on one host is no reason for what was
     * found on another. */
    for (int pass = 0; pass < 2; pass++)
        VEC_EACH (&doc->verdicts->reasons, reason) {
            if ((reason->host == worst) != (pass == 0) ||
                (hosts[reason->host].verdict == VERDICT_NO_EVIDENCE &&
                 hosts[worst].verdict != VERDICT_NO_EVIDENCE))
                continue;
            jsonw_object(w);
            jsonw_member_str(w, "text", reason->text);
            jsonw_member_str(w, "host", document_host(doc, reason->host));
            document_finding_ids(w, doc, reason->findings.p, reason->findings.n);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
}

/* Was the intruder at work when the evidence ends? True within ten minutes of it, false after a day
 * of quiet, else unknown. */
static void write_active(struct jsonw *w, const struct document *doc, const struct host_verdict *v)
{
    i64 end = TIME_NONE;
    VEC_EACH (&doc->in.coverage->sources, s)
        if (s->host == doc->verdicts->worst)
            end = MAX(end, s->last);
    jsonw_key(w, "active_at_end");
    if (v->verdict < VERDICT_LIKELY_COMPROMISED || v->until == TIME_NONE || end == TIME_NONE ||
        doc->in.scan->until != TIME_NONE)
        jsonw_null(w);
    else if (end - v->until <= 600 * TIME_SECOND)
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
    return v->reaches & REACH_DOMAIN                      ? "domain"
           : v->reaches & (REACH_HOST | REACH_CREDENTIAL) ? "server"
           : v->reaches & REACH_MAILBOX                   ? "mailbox"
                                                          : NULL;
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

static void write_builds(struct jsonw *w, const char *name, const build_list *builds)
{
    jsonw_key(w, name);
    jsonw_array(w);
    VEC_EACH (builds, b) {
        jsonw_object(w);
        jsonw_member_str(w, "build", b->build);
        jsonw_member_str(w, "update", b->update);
        jsonw_member_time(w, "from", b->from);
        jsonw_member_time(w, "to", b->to);
        jsonw_member_str(w, "source", b->source);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_hosts(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "hosts");
    jsonw_array(w);
    for (u32 h = 0; h < doc->verdicts->n_hosts; h++) {
        const struct host_verdict *const v = &doc->verdicts->hosts[h];
        const struct exposure_host *const x = &doc->in.exposure->hosts[h];
        jsonw_object(w);
        jsonw_member_str(w, "name", document_host(doc, h));
        jsonw_member_z(w, "verdict", verdict_text(v->verdict));
        write_also(w, v->also);
        jsonw_member_str(w, "sentence", v->sentence);
        jsonw_key(w, "product");
        if (x->builds.n && x->builds.p[x->builds.n - 1].product.n)
            jsonw_str(w, x->builds.p[x->builds.n - 1].product);
        else
            jsonw_null(w);
        write_builds(w, "builds", &x->builds);
        if (x->setups.n)
            write_builds(w, "setups", &x->setups);
        jsonw_key(w, "exposed_to");
        jsonw_array(w);
        VEC_EACH (&x->flaws, flaw) {
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

void document_write(const struct document *doc, struct jsonw *w)
{
    jsonw_object(w);
    write_head(w, doc);
    write_hosts(w, doc);
    document_exploits(w, doc);
    document_chains(w, doc);
    document_threads(w, doc);
    document_scope(w, doc);
    document_guidance(w, doc);
    document_coverage(w, doc);
    document_damage(w, doc);
    document_unread(w, doc);
    jsonw_key(w, "findings");
    jsonw_array(w);
    VEC_EACH (&doc->in.findings->all, f)
        document_finding(doc, f, w);
    jsonw_array_end(w);
    document_manifest(w, doc);
    jsonw_object_end(w);
}
