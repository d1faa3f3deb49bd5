#include "assess/verdict_part.h"

#include <stdlib.h>

#define KNOWN (3 * HOUR) /* a log that spoke for less before has no habit to fall out of */

static const struct {
    const char *text;
    int status;
} verdict_rows[] = {
#define VERDICT(name, status) {#name, status},
#include "assess/words.def"
#undef VERDICT
};

const char *verdict_text(enum verdict verdict)
{
    return verdict_rows[verdict].text;
}

int verdict_exit_status(enum verdict verdict)
{
    return verdict_rows[verdict].status;
}

struct reason *verdict_reason(struct deciding *d, str text)
{
    struct reason *const reason = VEC_PUSH(&d->out->reasons);
    *reason = (struct reason){.host = d->host, .text = text};
    return reason;
}

enum build_state verdict_build_state(const struct deciding *d, const struct finding *f)
{
    enum build_state state = BUILD_FIXED;
    for (u32 i = 0; i < f->lead->n_cves; i++) {
        const enum build_state one =
            exposure_at(d->in->exposure, d->host, f->lead->cves[i], finding_time(f));
        if (one == BUILD_VULNERABLE)
            return BUILD_VULNERABLE;
        if (one == BUILD_UNKNOWN)
            state = BUILD_UNKNOWN;
    }
    return state;
}

static bool stage_covered(const struct deciding *d, const struct finding *f, enum stage stage)
{
    const i64 from = finding_time(f);
    return from != TIME_NONE &&
           coverage_spans(d->in->coverage, d->host, stage, NULL, from, from + DAY);
}

const char *verdict_unseen_effects(const struct deciding *d, const struct finding *f)
{
    const bool files = stage_covered(d, f, STAGE_FOOTHOLD),
               processes = stage_covered(d, f, STAGE_ACTION);
    return files && processes ? NULL
           : files            ? "processes"
           : processes        ? "files"
                              : "files and processes";
}

static bool effects_covered(const struct deciding *d, const struct finding *f)
{
    return !verdict_unseen_effects(d, f);
}

/* Mail that is read through an answer leaves neither a file nor a process, so quiet effect stages
 * say nothing of it. */
static bool reads_mail_only(const struct lead *lead)
{
    return (lead->reaches & REACH_MAILBOX) && !(lead->reaches & REACH_HOST);
}

/* Can mail be read through the flaw, and by nothing but its answer? Some rule then knows the sign.
 */
static bool may_read_mail(const struct deciding *d, const struct lead *lead)
{
    for (u32 i = 0; i < d->in->scan->rules->n_rules; i++) {
        const struct lead *const other = d->in->findings->leads[i];
        if (!other || other->supports || !reads_mail_only(other) ||
            !(other->sign || is_effect(other)))
            continue;
        for (u32 a = 0; a < lead->n_cves; a++)
            for (u32 b = 0; b < other->n_cves; b++)
                if (str_eq(lead->cves[a], other->cves[b]))
                    return true;
    }
    return false;
}

/* HttpProxy is what writes down the answer: this record of it, if it was written with the columns
 * that the signs are told by, or the one beside this record. Its folders need not all speak in the
 * same minute, so an hour to either side will do. */
static bool answer_shown(const struct deciding *d, const struct finding *f)
{
    const i64 time = finding_time(f);
    const bool proxy = str_eq(f->hit->event->kind, S("httpproxy"));
    if (proxy && scan_field(f->hit->event, S("HttpStatus")).n == 0)
        return false;
    if (proxy && scan_field(f->hit->event, S("AnchorMailbox")).n > 0)
        return true;
    return time != TIME_NONE && coverage_spans(d->in->coverage, d->host, STAGE_EXPLOITED,
                                               "httpproxy", time + LIGHT_TAIL, time);
}

bool verdict_answer_unseen(const struct deciding *d, const struct finding *f)
{
    const struct lead *const lead = unexplained(d, f);
    return lead && is_exploit(lead) && verdict_build_state(d, f) != BUILD_FIXED &&
           may_read_mail(d, lead) && !answer_shown(d, f);
}

bool verdict_is_grave(const struct deciding *d, const struct finding *f)
{
    const str level = f->hit->rule->level;
    const struct lead *const lead = f->lead;
    return f->hit->event->host == d->host && !f->explained &&
           (str_eq(level, S("high")) || str_eq(level, S("critical"))) && (!lead || lead_asks(lead));
}

static bool was_quiet_after(const struct deciding *d, const struct finding *f)
{
    VEC_EACH (&d->in->findings->all, lead)
        if (verdict_is_grave(d, lead) && finding_time(lead) >= finding_time(f) &&
            finding_time(lead) - finding_time(f) <= DAY)
            return false;
    return true;
}

/* Every build that was seen of the host has the fix of every flaw that the rule is about. */
static bool always_fixed(const struct deciding *d, const struct lead *lead)
{
    const struct exposure_host *const host = &d->in->exposure->hosts[d->host];
    VEC_EACH (&host->builds, build)
        for (u32 i = 0; i < lead->n_cves; i++)
            if (exposure_at(d->in->exposure, d->host, lead->cves[i], build->from) != BUILD_FIXED)
                return false;
    return host->builds.n && lead->n_cves;
}

const struct sigma_rule *verdict_attempts_dropped(const struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (d->in->findings->leads[i] && is_attempt(d->in->findings->leads[i]) &&
            scan->counts[i].hits > scan->counts[i].kept &&
            !always_fixed(d, d->in->findings->leads[i]))
            return scan->rules->rules[i];
    return NULL;
}

static bool answer_seen(const struct finding *f)
{
    return str_eq(f->hit->event->kind, S("iis")) || str_eq(f->hit->event->kind, S("httpproxy"));
}

/* Rule 1. One reason an act, so that a hundred commands are one line. */
static bool rule_compromised(struct deciding *d)
{
    struct findings const *const all = d->in->findings;
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < all->all.n; i++) {
        const struct finding *const f = &all->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_effect(lead))
            continue;
        struct reason *reason = NULL;
        for (size_t r = before; r < d->out->reasons.n; r++)
            if (str_eq(all->all.p[d->out->reasons.p[r].findings.p[0]].lead->act, lead->act))
                reason = &d->out->reasons.p[r];
        if (!reason)
            reason = verdict_reason(d, f->says);
        *VEC_PUSH(&reason->findings) = i;
    }
    return d->out->reasons.n > before;
}

static bool is_open_attempt(const struct deciding *d, const struct finding *f)
{
    const struct lead *const lead = lead_of(d, f);
    return lead && is_exploit(lead) && finding_time(f) != TIME_NONE &&
           verdict_build_state(d, f) == BUILD_VULNERABLE;
}

static bool is_day_after(i64 time, i64 attempt)
{
    return time != TIME_NONE && time >= attempt && time - attempt <= DAY;
}

static bool is_cleared_after_attempt(const struct deciding *d, const struct finding *cleared)
{
    VEC_EACH (&d->in->findings->all, f)
        if (is_open_attempt(d, f) && is_day_after(finding_time(cleared), finding_time(f)))
            return true;
    return false;
}

/* The last record of the host, whatever log it is in. */
static i64 host_end(const struct deciding *d)
{
    i64 end = TIME_NONE;
    COVERAGE_EACH(d->in->coverage, d->host, s)
    end = MAX(end, s->last);
    return end;
}

/* Did another log of the host speak in that time? When all are silent together the server was off.
 */
static bool others_speak(const struct deciding *d, const struct coverage_source *silent,
                         struct range range)
{
    COVERAGE_EACH(d->in->coverage, d->host, s)
    {
        bool speaks = s != silent && s->first != TIME_NONE && s->first < range.to - HOUR &&
                      s->last > range.from + HOUR;
        VEC_EACH (&s->gaps, gap)
            speaks &= gap->from > range.from + HOUR || gap->to < range.to - HOUR;
        if (speaks)
            return true;
    }
    return false;
}

/* The silence of a log that begins within a day after the attempt, though it spoke before: a file
 * of it was taken away, or its writing was stopped. Other logs of the host go on meanwhile: that
 * all evidence ends, or pauses, is no silence. Nor is one no longer than those it had before, so it
 * must have spoken for KNOWN before. Silences are known to the hour. */
static struct range silence_after(const struct deciding *d, const struct coverage_source *s,
                                  i64 attempt)
{
    i64 usual = EDGE;
    if (s->first == TIME_NONE || MIN(s->last, attempt) - s->first < KNOWN)
        return (struct range){TIME_NONE, TIME_NONE};
    VEC_EACH (&s->gaps, gap) {
        if (is_day_after(gap->from + HOUR, attempt) && gap->to > attempt &&
            gap->to - gap->from > usual && others_speak(d, s, (struct range){gap->from, gap->to}))
            return (struct range){gap->from, gap->to};
        if (gap->to <= attempt)
            usual = MAX(usual, gap->to - gap->from);
    }
    if (is_day_after(s->last + HOUR, attempt) && host_end(d) - s->last > usual)
        return (struct range){s->last, host_end(d)};
    return (struct range){TIME_NONE, TIME_NONE};
}

/* The source of a need whose silence means something, or NULL. */
static const struct coverage_source *steady_source(const struct deciding *d, size_t need)
{
    return verdict_needs[need].pace == NEED_STEADY
               ? coverage_find(d->in->coverage, d->host, verdict_needs[need].kind)
               : NULL;
}

bool verdict_log_lost_after(const struct deciding *d, const struct finding *f)
{
    if (!is_open_attempt(d, f))
        return false;
    for (size_t i = 0; i < NEED_COUNT; i++) {
        const struct coverage_source *const s = steady_source(d, i);
        if (s && silence_after(d, s, finding_time(f)).from != TIME_NONE)
            return true;
    }
    VEC_EACH (&d->in->findings->all, cleared) {
        const struct lead *const lead = lead_of(d, cleared);
        if (lead && lead->cleared && is_day_after(finding_time(cleared), finding_time(f)))
            return true;
    }
    return false;
}

/* One reason a log that is missing after an attempt. */
static void name_missing_log(struct deciding *d, const struct coverage_source *s)
{
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct range silence = is_open_attempt(d, f) ? silence_after(d, s, finding_time(f))
                                                           : (struct range){TIME_NONE, TIME_NONE};
        if (silence.from == TIME_NONE)
            continue;
        struct reason *const reason =
            verdict_reason(d, arena_printf(&d->out->arena,
                                           "%.*s is missing from %.*s to %.*s, beginning within 24 "
                                           "hours after an attempt on a vulnerable build",
                                           STR_ARG(s->kind), STR_ARG(time_str(d, silence.from)),
                                           STR_ARG(time_str(d, silence.to))));
        *VEC_PUSH(&reason->findings) = i;
        return;
    }
}

/* Why the finding makes rule 2 hold, or NULL. */
static str why_likely(const struct deciding *d, const struct finding *f, const struct lead *lead)
{
    if (lead->artefact)
        return S("intruders do this, and nothing in the evidence explains it");
    if (lead->sign && verdict_build_state(d, f) != BUILD_FIXED && reads_mail_only(lead))
        return S("that is the flaw's own sign of success, and reading mail leaves neither a file "
                 "nor a process");
    if (lead->sign && verdict_build_state(d, f) != BUILD_FIXED && !effects_covered(d, f))
        return arena_printf(&d->out->arena,
                            "that is the flaw's own sign of success, and the evidence does not "
                            "show what followed (%s) in the next 24 hours",
                            verdict_unseen_effects(d, f));
    if (lead->cleared && is_cleared_after_attempt(d, f))
        return S("within 24 hours after an attempt on a vulnerable build");
    return STR_NONE;
}

static void name_missing_logs(struct deciding *d)
{
    for (size_t i = 0; i < NEED_COUNT; i++) {
        const struct coverage_source *const s = steady_source(d, i);
        if (s)
            name_missing_log(d, s);
    }
}

/* The reason among those from `before` on that says the same, or a new one. */
static struct reason *reason_once(struct deciding *d, size_t before, str text)
{
    for (size_t i = before; i < d->out->reasons.n; i++)
        if (str_eq(d->out->reasons.p[i].text, text))
            return &d->out->reasons.p[i];
    return verdict_reason(d, text);
}

/* Rule 2. */
static bool rule_likely(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < d->in->findings->all.n && d->out->reasons.n - before < 10;
         i++) { /* ten reasons are enough */
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        const str why = lead && !lead->supports ? why_likely(d, f, lead) : STR_NONE;
        if (!why.n)
            continue;
        *(lead->cleared ? &d->cleared : &d->signs) = true;
        struct reason *const reason = reason_once(
            d, before, arena_printf(&d->out->arena, "%.*s: %.*s", STR_ARG(f->says), STR_ARG(why)));
        *VEC_PUSH(&reason->findings) = i;
    }
    name_missing_logs(d);
    return d->out->reasons.n > before;
}

/* Rule 3: neither the answer nor all of the effects can be seen. */
static bool rule_blind_attempt(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < d->in->findings->all.n && d->out->reasons.n - before < 10; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = unexplained(d, f);
        if (!lead || !is_exploit(lead) || answer_seen(f) ||
            verdict_build_state(d, f) == BUILD_FIXED || effects_covered(d, f))
            continue;
        struct reason *const reason =
            reason_once(d, before,
                        arena_printf(&d->out->arena,
                                     "%.*s, and neither the answer nor all that followed in the "
                                     "next 24 hours can be seen",
                                     STR_ARG(f->says)));
        *VEC_PUSH(&reason->findings) = i;
    }
    return d->out->reasons.n > before;
}

/* Rule 4: every exploit-specific attempt was met, and there is at least one. */
static bool rule_attacked(struct deciding *d)
{
    VEC(u32) met = {0};
    bool all_met = !verdict_attempts_dropped(d) && !d->in->scan->correlations_cut, fixed = true;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = unexplained(d, f);
        if (!lead || !is_exploit(lead))
            continue;
        const bool is_fixed = verdict_build_state(d, f) == BUILD_FIXED;
        fixed &= is_fixed;
        all_met &= is_fixed ||
                   (effects_covered(d, f) && was_quiet_after(d, f) && !verdict_answer_unseen(d, f));
        *VEC_PUSH(&met) = i;
    }
    if (met.n && all_met) {
        struct reason *const reason = verdict_reason(
            d, arena_printf(&d->out->arena, "%zu exploit-specific request%s or record%s, %s", met.n,
                            met.n == 1 ? "" : "s", met.n == 1 ? "" : "s",
                            fixed ? "each met by a build that has the fix"
                                  : "and the evidence covers the files and processes that would "
                                    "have followed: nothing did"));
        VEC_EACH (&met, i)
            *VEC_PUSH(&reason->findings) = *i;
        (void)verdict_review(d);
        d->blind = verdict_holes(d);
    }
    const bool attacked = met.n && all_met;
    VEC_FREE(&met);
    return attacked;
}

/* Rule 6. */
const struct host_exposure *verdict_open_flaw(const struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            return flaw;
    return NULL;
}

static bool rule_exposed(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            verdict_reason(
                d,
                arena_printf(&d->out->arena,
                             "the last build seen is open to %.*s, which is exploited in the wild",
                             STR_ARG(flaw->cve)));
    return d->out->reasons.n > before;
}

static u32 other_words(const struct deciding *d, enum verdict verdict)
{
    u32 also = verdict_open_flaw(d) && verdict != VERDICT_EXPOSED ? 1u << VERDICT_EXPOSED : 0;
    also |= d->blind ? 1u << VERDICT_CANNOT_TELL : 0;
    if (verdict != VERDICT_ATTACKED)
        VEC_EACH (&d->in->findings->all, f) {
            const struct lead *const lead = unexplained(d, f);
            if (lead && is_exploit(lead) && f->chain == NO_CHAIN)
                also |= 1u << VERDICT_ATTACKED;
        }
    return also;
}

static void decide_host(const struct verdict_input *in, struct verdicts *out, u32 host)
{
    static const struct {
        bool (*holds)(struct deciding *);
        enum verdict verdict;
    } rules[] = {
        {rule_compromised, VERDICT_COMPROMISED},    {rule_likely, VERDICT_LIKELY_COMPROMISED},
        {rule_blind_attempt, VERDICT_CANNOT_TELL},  {rule_attacked, VERDICT_ATTACKED},
        {verdict_cannot_tell, VERDICT_CANNOT_TELL}, {rule_exposed, VERDICT_EXPOSED},
    };
    struct deciding d = {
        .in = in, .out = out, .host = host, .bystander = coverage_is_bystander(in->coverage, host)};
    struct host_verdict *const v = &out->hosts[host];
    v->verdict = VERDICT_NO_EVIDENCE;
    v->bystander = d.bystander;
    const size_t before = out->reasons.n;
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].holds(&d)) {
            v->verdict = rules[i].verdict;
            break;
        }
    v->also = other_words(&d, v->verdict);
    verdict_find_times(&d, v);
    if (v->verdict == VERDICT_NO_EVIDENCE)
        verdict_reason(&d, verdict_quiet_reason(&d));
    /* The first reason of the host is the one that its sentence quotes. */
    const size_t n = out->reasons.n;
    out->reasons.n = before + 1;
    v->sentence = verdict_sentence(&d, v);
    out->reasons.n = n;
    if (v->verdict < VERDICT_LIKELY_COMPROMISED)
        verdict_explain(&d, v);
}

void verdict_decide(const struct verdict_input *in, struct verdicts *out)
{
    *out = (struct verdicts){.n_hosts = (u32)in->hosts->names.n};
    out->hosts = mem_calloc(out->n_hosts, sizeof *out->hosts);
    for (u32 h = 0; h < out->n_hosts; h++) {
        decide_host(in, out, h);
        const struct host_verdict *const v = &out->hosts[h], *const worst = &out->hosts[out->worst];
        if (v->verdict > worst->verdict ||
            (v->verdict == worst->verdict && worst->bystander && !v->bystander))
            out->worst = h;
    }
}

void verdicts_release(struct verdicts *verdicts)
{
    VEC_EACH (&verdicts->reasons, reason)
        VEC_FREE(&reason->findings);
    VEC_FREE(&verdicts->reasons);
    mem_free(verdicts->hosts);
    arena_release(&verdicts->arena);
}
