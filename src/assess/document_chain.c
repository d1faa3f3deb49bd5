/* document_chain.c: what was done: exploits, and chains with their steps. */
#include "assess/document_part.h"

#include <stdio.h>

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
    /* On a fixed build an attempt stays one, whatever the answer was; and a file or a command there
     * came by another way. */
    bool fixed =
        exposure_at(doc->in.exposure, f->hit->event->host, cve, finding_time(f)) == BUILD_FIXED;
    if (fixed && f->lead->outcome == OUTCOME_SUCCEEDED && f->lead->stage >= STAGE_FOOTHOLD)
        return;
    fixed &= f->lead->outcome != OUTCOME_SUCCEEDED;
    const enum outcome outcome = fixed ? OUTCOME_ATTEMPTED : f->lead->outcome;
    struct exploit *x = NULL;
    VEC_EACH (all, have)
        if (str_eq(have->cve, cve) && have->host == f->hit->event->host)
            x = have;
    if (!x) {
        x = VEC_PUSH(all);
        *x = (struct exploit){.cve = cve,
                              .host = f->hit->event->host,
                              .outcome = OUTCOME_ATTEMPTED,
                              .all_blocked = true,
                              .first = finding_time(f)};
    }
    if (outcome_rank(outcome) > outcome_rank(x->outcome)) {
        x->outcome = outcome;
        x->proof.n = 0;
    }
    if (outcome == x->outcome)
        *VEC_PUSH(&x->proof) = index;
    x->last = MAX(x->last, finding_time(f));
    /* What stopped them all: where they differ, the weakest word, and none when one was stopped by
     * nothing that is known. */
    const str by = fixed ? S("fixed_build") : f->lead->blocked_by;
    x->all_blocked &= outcome == OUTCOME_ATTEMPTED && by.n;
    if (!x->blocked_by.n || str_eq(by, S("status")))
        x->blocked_by = by;
}

void document_exploits(struct jsonw *w, const struct document *doc)
{
    exploits all = {0};
    for (u32 i = 0; i < doc->in.findings->all.n; i++) {
        const struct lead *const lead = doc->in.findings->all.p[i].lead;
        const bool counts = lead && !doc->in.findings->all.p[i].explained &&
                            lead->stage >= STAGE_ATTEMPT &&
                            (!lead->supports || doc->in.findings->all.p[i].chain != NO_CHAIN);
        for (u32 k = 0; counts && k < lead->n_cves; k++)
            add_exploit(&all, doc, i, lead->cves[k]);
    }
    jsonw_key(w, "exploits");
    jsonw_array(w);
    VEC_EACH (&all, x) {
        jsonw_object(w);
        jsonw_member_str(w, "cve", x->cve);
        jsonw_member_str(w, "host", document_host(doc, x->host));
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
        VEC_EACH (&x->proof, i)
            document_finding_id(w, doc, *i);
        jsonw_array_end(w);
        jsonw_object_end(w);
        VEC_FREE(&x->proof);
    }
    jsonw_array_end(w);
    VEC_FREE(&all);
}

/* ---- chains ---- */

void document_step(struct jsonw *w, const struct document *doc, const struct step *step)
{
    const struct finding *const lead = &doc->in.findings->all.p[step->lead];
    jsonw_object(w);
    jsonw_member_z(w, "stage", stage_text(lead->lead->stage));
    jsonw_key(w, "finding");
    document_finding_id(w, doc, step->lead);
    jsonw_member_time(w, "time", step->time);
    jsonw_member_str(w, "act", step->act);
    jsonw_member_str(w, "text", lead->says);
    document_finding_ids(w, doc, step->findings.p, step->findings.n);
    jsonw_object_end(w);
}

void document_chains(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "chains");
    jsonw_array(w);
    u32 n = 0;
    VEC_EACH (&doc->in.findings->chains, chain) {
        char id[16];
        snprintf(id, sizeof id, "C%03u", ++n);
        jsonw_object(w);
        jsonw_member_z(w, "id", id);
        jsonw_key(w, "rule");
        if (chain->rule)
            jsonw_str(w, chain->rule->id);
        else
            jsonw_null(w);
        jsonw_member_str(w, "title",
                         chain->rule ? chain->rule->title
                                     : S("Activity that no chain rule describes"));
        jsonw_member_str(w, "host", document_host(doc, chain->host));
        jsonw_key(w, "steps");
        jsonw_array(w);
        VEC_EACH (&chain->steps, step)
            document_step(w, doc, step);
        jsonw_array_end(w);
        jsonw_member_bool(w, "complete", chain->complete);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}
