#include "assess/verdict.h"

#include <stdlib.h>

#include "base/buf.h"

#define HOUR ((i64)3600 * TIME_SECOND)
#define DAY  (24 * HOUR)
#define HOLE (3 * DAY) /* of requests: longer than a server is switched off over a weekend */
#define EDGE (GAP_HOURS * HOUR)

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

enum need_class { NEED_REQUEST, NEED_EFFECT };
enum need_pace { NEED_STEADY, NEED_SPARSE };
static const struct {
    enum need_class class;
    const char *kind;
    enum need_pace pace;
    const char *path, *what;
} needs[] = {
#define NEED(class, kind, pace, path, what) {NEED_##class, kind, NEED_##pace, path, what},
#include "assess/needs.def"
#undef NEED
};

/* One host on its way to a verdict. */
struct deciding {
    const struct verdict_input *in;
    struct verdicts *out;
    u32 host;
    bool bystander; /* no Exchange server, in a case that has one */
    bool signs;     /* rule 2 holds by a sign or an artefact, not only by a log that was lost */
    bool cleared;   /* rule 2 holds by a log that was cleared */
};

struct range {
    i64 from, to; /* TIME_NONE, both: never */
};

static str time_str(struct deciding *d, i64 ns)
{
    return time_words(&d->out->arena, ns);
}

static struct reason *add_reason(struct deciding *d, str text)
{
    struct reason *const reason = VEC_PUSH(&d->out->reasons);
    *reason = (struct reason){.host = d->host, .text = text};
    return reason;
}

/* A finding of this host that is more than a lead. */
static const struct lead *lead_of(const struct deciding *d, const struct finding *f)
{
    return f->hit->event->host == d->host && f->lead && f->lead->stage != STAGE_NONE ? f->lead
                                                                                     : NULL;
}

static bool is_effect(const struct lead *lead)
{
    return lead->effect != EFFECT_NONE && lead->outcome == OUTCOME_SUCCEEDED && !lead->supports;
}

static bool is_attempt(const struct lead *lead)
{
    return lead->stage >= STAGE_ATTEMPT && !lead->supports && !lead->cleared;
}

/* Exploit-specific: a finding that names a flaw. */
static bool is_exploit(const struct lead *lead)
{
    return is_attempt(lead) && lead->n_cves > 0;
}

/* The most favourable state over the flaws that the finding names: vulnerable if any is, unknown
 * before fixed. */
static enum build_state build_state(const struct deciding *d, const struct finding *f)
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
    return from != TIME_NONE && coverage_spans(d->in->coverage, d->host, stage, from, from + DAY);
}

/* Both effect stages are in sight, without a hole, for the 24 hours after: a shell may be written
 * and not yet used, and a command may run without leaving a file, so one of them alone says nothing
 * of the other. */
static bool effects_covered(const struct deciding *d, const struct finding *f)
{
    return stage_covered(d, f, STAGE_FOOTHOLD) && stage_covered(d, f, STAGE_ACTION);
}

/* Mail that is read through an answer leaves neither a file nor a process, so quiet effect stages
 * say nothing of it. */
static bool reads_mail_only(const struct lead *lead)
{
    return (lead->reaches & REACH_MAILBOX) && !(lead->reaches & REACH_HOST);
}

/* A hit of another Sigma rule that somebody has to look at. */
static bool is_grave(const struct deciding *d, const struct finding *f)
{
    const str level = f->hit->rule->level;
    return f->hit->event->host == d->host && !f->lead &&
           (str_eq(level, S("high")) || str_eq(level, S("critical")));
}

static bool was_quiet_after(const struct deciding *d, const struct finding *f)
{
    VEC_EACH (&d->in->findings->all, lead)
        if (is_grave(d, lead) && finding_time(lead) >= finding_time(f) &&
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

/* Hits of one rule beyond those that are kept were counted and not looked at: then "each attempt"
 * cannot be said, unless the server had the fix all the time. */
static const struct sigma_rule *attempts_dropped(const struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (d->in->findings->leads[i] && d->in->findings->leads[i]->stage >= STAGE_ATTEMPT &&
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
            reason = add_reason(d, f->says);
        *VEC_PUSH(&reason->findings) = i;
    }
    return d->out->reasons.n > before;
}

static bool is_open_attempt(const struct deciding *d, const struct finding *f)
{
    const struct lead *const lead = lead_of(d, f);
    return lead && is_exploit(lead) && finding_time(f) != TIME_NONE &&
           build_state(d, f) == BUILD_VULNERABLE;
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

/* The silence of a log that begins within a day after the attempt, though it spoke before: a file
 * of it was taken away, or its writing was stopped. It speaks again, or other logs of the host go
 * on: that all evidence ends is no silence. Nor is one no longer than those it had before. Silences
 * are known to the hour. */
static struct range silence_after(const struct deciding *d, const struct coverage_source *s,
                                  i64 attempt)
{
    i64 usual = EDGE;
    if (s->first == TIME_NONE || s->first >= attempt)
        return (struct range){TIME_NONE, TIME_NONE};
    VEC_EACH (&s->gaps, gap) {
        if (is_day_after(gap->from + HOUR, attempt) && gap->to > attempt &&
            gap->to - gap->from > usual)
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
    return needs[need].pace == NEED_STEADY
               ? coverage_find(d->in->coverage, d->host, needs[need].kind)
               : NULL;
}

/* Was a log cleared, or is one missing, within a day after this attempt on a vulnerable build? */
static bool log_lost_after(const struct deciding *d, const struct finding *f)
{
    if (!is_open_attempt(d, f))
        return false;
    for (size_t i = 0; i < COUNT(needs); i++) {
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
            add_reason(d, arena_printf(&d->out->arena,
                                       "%.*s is missing from %.*s to %.*s, beginning within 24 "
                                       "hours after an attempt on a vulnerable build",
                                       STR_ARG(s->kind), STR_ARG(time_str(d, silence.from)),
                                       STR_ARG(time_str(d, silence.to))));
        *VEC_PUSH(&reason->findings) = i;
        return;
    }
}

/* Why the finding makes rule 2 hold, or NULL. */
static const char *why_likely(const struct deciding *d, const struct finding *f,
                              const struct lead *lead)
{
    if (lead->artefact)
        return "this stands for something that nobody saw happen";
    if (lead->sign && build_state(d, f) != BUILD_FIXED && reads_mail_only(lead))
        return "that is the flaw's own sign of success, and reading mail leaves neither a file nor "
               "a process";
    if (lead->sign && build_state(d, f) != BUILD_FIXED && !effects_covered(d, f))
        return "that is the flaw's own sign of success, and the evidence does not show what "
               "followed (files and processes) in the next 24 hours";
    if (lead->cleared && is_cleared_after_attempt(d, f))
        return "within 24 hours after an attempt on a vulnerable build";
    return NULL;
}

static void name_missing_logs(struct deciding *d)
{
    for (size_t i = 0; i < COUNT(needs); i++) {
        const struct coverage_source *const s = steady_source(d, i);
        if (s)
            name_missing_log(d, s);
    }
}

/* Rule 2. */
static bool rule_likely(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < d->in->findings->all.n && d->out->reasons.n - before < 10;
         i++) { /* ten reasons are enough */
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        const char *const why = lead && !lead->supports ? why_likely(d, f, lead) : NULL;
        if (!why)
            continue;
        *(lead->cleared ? &d->cleared : &d->signs) = true;
        struct reason *const reason =
            add_reason(d, arena_printf(&d->out->arena, "%.*s: %s", STR_ARG(f->says), why));
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
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_exploit(lead) || answer_seen(f) || build_state(d, f) == BUILD_FIXED ||
            effects_covered(d, f))
            continue;
        struct reason *const reason =
            add_reason(d, arena_printf(&d->out->arena,
                                       "%.*s, and neither the answer nor all that followed in the "
                                       "next 24 hours can be seen",
                                       STR_ARG(f->says)));
        *VEC_PUSH(&reason->findings) = i;
    }
    return d->out->reasons.n > before;
}

static bool review_leads(struct deciding *d);

/* Rule 4: every exploit-specific attempt was met, and there is at least one. */
static bool rule_attacked(struct deciding *d)
{
    VEC(u32) met = {0};
    bool all_met = !attempts_dropped(d), fixed = true;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_exploit(lead))
            continue;
        const bool is_fixed = build_state(d, f) == BUILD_FIXED;
        fixed &= is_fixed;
        all_met &= is_fixed || (effects_covered(d, f) && was_quiet_after(d, f));
        *VEC_PUSH(&met) = i;
    }
    if (met.n && all_met) {
        struct reason *const reason = add_reason(
            d, arena_printf(&d->out->arena, "%zu exploit-specific request%s or record%s, %s", met.n,
                            met.n == 1 ? "" : "s", met.n == 1 ? "" : "s",
                            fixed ? "each met by a build that has the fix"
                                  : "and the evidence covers the files and processes that would "
                                    "have followed: nothing did"));
        VEC_EACH (&met, i)
            *VEC_PUSH(&reason->findings) = *i;
        (void)review_leads(d);
    }
    const bool attacked = met.n && all_met;
    VEC_FREE(&met);
    return attacked;
}

/* The source of the host that meets a need, or NULL. A log that is there but holds no record of
 * files or processes (a Security log of logons alone) shows nothing of what happened. */
static const struct coverage_source *need_met(const struct deciding *d, size_t need)
{
    const struct coverage_source *const s =
        coverage_find(d->in->coverage, d->host, needs[need].kind);
    if (!s || needs[need].class == NEED_REQUEST || coverage_sight(s, STAGE_FOOTHOLD) ||
        coverage_sight(s, STAGE_ACTION))
        return s;
    return NULL;
}

static bool has_class(const struct deciding *d, enum need_class class)
{
    for (size_t i = 0; i < COUNT(needs); i++)
        if (needs[i].class == class && need_met(d, i))
            return true;
    return false;
}

/* The text, and what to bring: of the class, what can show the stage (STAGE_NONE: any). */
static str bring(struct deciding *d, enum need_class class, enum stage stage, const char *text)
{
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "%s. Bring: ", text);
    bool first = true;
    for (size_t i = 0; i < COUNT(needs); i++)
        if (needs[i].class == class &&
            (stage == STAGE_NONE || coverage_can_show(str_from(needs[i].kind), stage))) {
            buf_printf(&out, "%s%s (%s)", first ? "" : "; ", needs[i].path, needs[i].what);
            first = false;
        }
    const str result = arena_str(&d->out->arena, buf_str(&out));
    buf_release(&out);
    return result;
}

/* From when to when the sources of a class speak. */
static struct range class_range(const struct deciding *d, enum need_class class)
{
    struct range r = {TIME_NONE, TIME_NONE};
    for (size_t i = 0; i < COUNT(needs); i++) {
        const struct coverage_source *const s = needs[i].class == class ? need_met(d, i) : NULL;
        if (!s || s->first == TIME_NONE)
            continue;
        r.from = r.from == TIME_NONE ? s->first : MIN(r.from, s->first);
        r.to = MAX(r.to, s->last);
    }
    return r;
}

/* The edges of an exposure are days (a release, a window) or the last record of a log that names
 * the build: silence at an edge counts as it does inside, up to GAP_HOURS. */
static bool exposure_uncovered(const struct deciding *d, const struct host_exposure *flaw)
{
    const i64 slack = EDGE, from = flaw->from + slack;
    return !flaw->conditional && !coverage_spans(d->in->coverage, d->host, STAGE_ATTEMPT, from,
                                                 MAX(from, flaw->to - slack));
}

static void miss_exposure(struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (exposure_uncovered(d, flaw)) {
            add_reason(d, arena_printf(&d->out->arena,
                                       "the server stood open to %.*s%s%.*s%s from %.*s on, and "
                                       "the requests of all that time are not in the "
                                       "evidence: bring the logs from that day on",
                                       STR_ARG(flaw->cve), flaw->name.n ? " (" : "",
                                       STR_ARG(flaw->name), flaw->name.n ? ")" : "",
                                       STR_ARG(time_str(d, flaw->from))));
            return; /* one flaw is enough to say so; exposed_to lists them all */
        }
}

/* Evidence that begins soon after a fix and does not show the build before it says nothing of the
 * time before. */
static void miss_build_before(struct deciding *d)
{
    const i64 first = class_range(d, NEED_REQUEST).from;
    const i64 fix = first == TIME_NONE
                        ? TIME_NONE
                        : exposure_recent_fix(d->in->exposure, d->host, first - 60 * DAY, first);
    if (fix == TIME_NONE)
        return;
    VEC_EACH (&d->in->exposure->hosts[d->host].builds, b)
        if (b->from < fix)
            return;
    add_reason(d, arena_printf(&d->out->arena,
                               "the evidence begins on %.*s, soon after a known-exploited flaw was "
                               "fixed (%.*s), and does not show which "
                               "build ran before: bring older logs",
                               STR_ARG(time_str(d, first)), STR_ARG(time_str(d, fix))));
}

static void miss_rules(struct deciding *d)
{
    bool have[STAGE_COUNT] = {false};
    for (u32 i = 0; i < d->in->scan->rules->n_rules; i++)
        if (d->in->findings->leads[i])
            have[d->in->findings->leads[i]->stage] = true;
    for (int stage = STAGE_ATTEMPT; stage < STAGE_COUNT; stage++)
        if (!have[stage])
            add_reason(d, arena_printf(&d->out->arena,
                                       "no rule was loaded that could show the stage \"%s\"",
                                       stage_text((enum stage)stage)));
}

/* Could what was lost in this source have spoken of the host? Not when all that is left of it
 * speaks of others. */
static bool concerns_host(const struct deciding *d, u32 source)
{
    bool known = false;
    VEC_EACH (&d->in->scan->observations, o)
        if (o->source == source) {
            if (o->host == d->host)
                return true;
            known = true;
        }
    return !known;
}

/* Until when the source speaks on from a time, silences of up to HOLE counted as speech; TIME_NONE
 * when it does not. */
static i64 lit_until(const struct coverage_source *s, i64 time)
{
    if (s->first == TIME_NONE || s->first > time || s->last <= time)
        return TIME_NONE;
    VEC_EACH (&s->gaps, gap)
        if (gap->to - gap->from > HOLE && gap->to > time)
            return gap->from > time ? gap->from : TIME_NONE;
    return s->last;
}

/* When the source begins to speak after a time; TIME_NONE when it does not. */
static i64 lit_again(const struct coverage_source *s, i64 time)
{
    if (s->first != TIME_NONE && s->first > time)
        return s->first;
    VEC_EACH (&s->gaps, gap)
        if (gap->to > time)
            return gap->to;
    return TIME_NONE;
}

/* Does the source show the stage; for STAGE_NONE, what happened on the server at all? A log of
 * requests shows a foothold only when it is used, so alone it is no witness of that. */
static bool witnesses(const struct coverage_source *s, enum stage stage)
{
    if (stage != STAGE_NONE)
        return coverage_sight(s, stage) != SIGHT_NO;
    return !str_eq(s->kind, S("iis")) &&
           (coverage_sight(s, STAGE_FOOTHOLD) || coverage_sight(s, STAGE_ACTION));
}

/* The first time within the range in which no source witnesses the stage; empty when there is none.
 * A silence may be EDGE long where the range begins and ends (logs of one collection never begin
 * together), and HOLE inside. */
static struct range dark_range(const struct deciding *d, enum stage stage, struct range range)
{
    for (i64 at = range.from; at < range.to;) {
        i64 lit = TIME_NONE, next = range.to;
        COVERAGE_EACH(d->in->coverage, d->host, s)
        {
            if (!witnesses(s, stage))
                continue;
            const i64 until = lit_until(s, at), again = lit_again(s, at);
            lit = until == TIME_NONE ? lit : MAX(lit, until);
            next = again == TIME_NONE ? next : MIN(next, again);
        }
        if (lit == TIME_NONE && next - at > (at == range.from || next == range.to ? EDGE : HOLE))
            return (struct range){at, next};
        at = lit == TIME_NONE ? next : lit;
    }
    return (struct range){TIME_NONE, TIME_NONE};
}

/* Requests are only half of a look: for all of their time what they led to must be in sight. */
static void miss_effects(struct deciding *d, struct range requests)
{
    static const struct {
        enum stage stage;
        const char *shown;
    } rows[] = {{STAGE_NONE, "what happened"},
                {STAGE_FOOTHOLD, "the files made"},
                {STAGE_ACTION, "the processes started"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct range dark = dark_range(d, rows[i].stage, requests);
        if (dark.from == TIME_NONE ||
            (rows[i].stage != STAGE_NONE && !d->in->coverage->stages[d->host][rows[i].stage].sight))
            continue;
        add_reason(d, arena_printf(&d->out->arena,
                                   "requests are in the evidence, but between %.*s and %.*s "
                                   "nothing shows %s on the server: bring the "
                                   "event logs of that time",
                                   STR_ARG(time_str(d, dark.from)), STR_ARG(time_str(d, dark.to)),
                                   rows[i].shown));
        return;
    }
}

/* Request logs and effect logs of different months see nothing together; days without any request
 * are days without a look. */
static void miss_overlap(struct deciding *d)
{
    const struct range requests = class_range(d, NEED_REQUEST),
                       effects = class_range(d, NEED_EFFECT);
    if (requests.from == TIME_NONE || effects.from == TIME_NONE)
        return;
    if (requests.from > effects.to || effects.from > requests.to)
        add_reason(d, S("the logs of requests and the logs of what happened on the server are of "
                        "different times: bring both of one time"));
    else
        miss_effects(d, requests);
    VEC_EACH (&d->in->coverage->sources, s) {
        if (s->host != d->host || (!str_eq(s->kind, S("iis")) && !str_eq(s->kind, S("httpproxy"))))
            continue;
        VEC_EACH (&s->gaps, gap)
            if (gap->to - gap->from > HOLE &&
                !coverage_spans(d->in->coverage, d->host, STAGE_ATTEMPT, gap->from, gap->to)) {
                add_reason(d, arena_printf(&d->out->arena,
                                           "no request is in the evidence between %.*s and %.*s: "
                                           "bring the logs of that time, or make sure "
                                           "that the server was off",
                                           STR_ARG(time_str(d, gap->from)),
                                           STR_ARG(time_str(d, gap->to))));
                return;
            }
    }
}

/* A pipe or a device in a folder holds no log. */
static size_t pieces_refused(const struct scan *scan)
{
    size_t n = 0;
    VEC_EACH (&scan->refusals, r)
        n += !str_eq(r->limit, S("special file")) && !str_eq(r->limit, S("regex match limit"));
    return n;
}

static void miss_pieces(struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    const struct sigma_rule *const dropped = attempts_dropped(d);
    u64 lost = 0;
    VEC_EACH (&scan->damages, damage)
        lost += concerns_host(d, damage->source) ? damage->lost : 0;
    if (dropped)
        add_reason(d, arena_printf(&d->out->arena,
                                   "the rule \"%.*s\" matched more often than its hits are kept: "
                                   "the later ones were counted and not judged",
                                   STR_ARG(dropped->title)));
    if (scan->regex_limits)
        add_reason(d, arena_printf(&d->out->arena,
                                   "%u rule%s could not be asked of every value: a regular expression met its limit",
                                   scan->regex_limits, scan->regex_limits == 1 ? "" : "s"));
    if (lost)
        add_reason(d, arena_printf(&d->out->arena,
                                   "%llu bytes of the evidence are damaged and could not be read",
                                   (unsigned long long)lost));
    const size_t refused = pieces_refused(scan);
    if (refused)
        add_reason(d,
                   arena_printf(&d->out->arena,
                                "%zu piece%s of the evidence %s not read (see what was refused)",
                                refused, refused == 1 ? "" : "s", refused == 1 ? "was" : "were"));
    if (scan->since != TIME_NONE || scan->until != TIME_NONE || scan->only_host.n)
        add_reason(d, S("the question was cut down by --since, --until or --host"));
}

static bool review_leads(struct deciding *d)
{
    VEC(u32) grave = {0};
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        if (is_grave(d, &d->in->findings->all.p[i]))
            *VEC_PUSH(&grave) = i;
    }
    if (grave.n) {
        struct reason *const reason = add_reason(
            d,
            arena_printf(&d->out->arena,
                         "%zu hit%s of other Sigma rules at level high or critical: review these",
                         grave.n, grave.n == 1 ? "" : "s"));
        VEC_EACH (&grave, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    const bool any = grave.n > 0;
    VEC_FREE(&grave);
    return any;
}

/* An exploit attempt that no rule above could place: its answer was seen, but not what followed. */
static void open_attempts(struct deciding *d)
{
    VEC(u32) open = {0};
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        if (lead && is_exploit(lead) && build_state(d, f) != BUILD_FIXED && !effects_covered(d, f))
            *VEC_PUSH(&open) = i;
    }
    if (open.n) {
        struct reason *const reason = add_reason(
            d, arena_printf(
                   &d->out->arena,
                   "%zu exploit-specific record%s on a build that is vulnerable or unknown, and "
                   "what followed in the next 24 hours (files and processes) is not in sight",
                   open.n, open.n == 1 ? "" : "s"));
        VEC_EACH (&open, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    VEC_FREE(&open);
}

/* A stage that no record at hand can show: nothing can be said of it, however quiet the rest is. */
static void miss_sources(struct deciding *d)
{
    const bool requests = has_class(d, NEED_REQUEST), effects = has_class(d, NEED_EFFECT);
    if (!requests)
        add_reason(
            d,
            bring(
                d, NEED_REQUEST, STAGE_NONE,
                "no log of requests to Exchange was given, so an entry would not have been seen"));
    if (!effects)
        add_reason(d, bring(d, NEED_EFFECT, STAGE_NONE,
                            "no log was given that shows what happened on the server itself (files "
                            "made, processes started)"));
    for (enum stage stage = STAGE_ATTEMPT; stage < STAGE_COUNT; stage++) {
        const enum need_class class = stage < STAGE_FOOTHOLD ? NEED_REQUEST : NEED_EFFECT;
        if ((class == NEED_REQUEST ? requests : effects) &&
            d->in->coverage->stages[d->host][stage].sight == SIGHT_NO)
            add_reason(d, bring(d, class, stage,
                                arena_printf(&d->out->arena,
                                             "nothing in the evidence can show the stage \"%s\"",
                                             stage_text(stage))
                                    .p));
    }
}

/* Without a build nobody knows what the server stood open to. */
static void miss_build(struct deciding *d)
{
    const struct exposure_host *const host = &d->in->exposure->hosts[d->host];
    if (!host->builds.n)
        add_reason(
            d, S("no log names the build of Exchange, so what the server stood open to is not "
                 "known: bring HttpProxy logs "
                 "(%ExchangeInstallPath%Logging\\HttpProxy) or the file version of ExSetup.exe"));
    VEC_EACH (&host->builds, b)
        if (!b->product.n) {
            add_reason(d, arena_printf(&d->out->arena,
                                       "the build %.*s is of no version of Exchange that the "
                                       "tables know, so what the server stood open to "
                                       "is not known: check the file version of ExSetup.exe",
                                       STR_ARG(b->build)));
            return;
        }
}

/* Rule 5. */
static bool rule_cannot_tell(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    open_attempts(d);
    if (!d->bystander) {
        miss_sources(d);
        miss_build(d);
    }
    miss_overlap(d);
    miss_exposure(d);
    if (has_class(d, NEED_REQUEST))
        miss_build_before(d);
    miss_rules(d);
    miss_pieces(d);
    (void)review_leads(d);
    return d->out->reasons.n > before;
}

/* Rule 6. */
static bool rule_exposed(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            add_reason(d, arena_printf(
                              &d->out->arena,
                              "the last build seen is open to %.*s, which is exploited in the wild",
                              STR_ARG(flaw->cve)));
    return d->out->reasons.n > before;
}

static bool at_end_exposed(const struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            return true;
    return false;
}

/* Does the finding count for the times of this verdict? A break-in is dated by what could have been
 * part of it: attempts that met a build with the fix are the background of the internet. Below
 * that, every attempt counts. */
static bool counts_for_times(const struct deciding *d, const struct finding *f,
                             enum verdict verdict)
{
    const struct lead *const lead = lead_of(d, f);
    if (!lead || !is_attempt(lead) || finding_time(f) == TIME_NONE)
        return false;
    if (verdict < VERDICT_LIKELY_COMPROMISED)
        return true;
    if (verdict == VERDICT_LIKELY_COMPROMISED && !d->signs)
        return log_lost_after(d, f); /* only a lost log speaks, of the attempts right before it */
    return f->chain != NO_CHAIN && (is_effect(lead) || lead->artefact || lead->n_cves == 0 ||
                                    build_state(d, f) != BUILD_FIXED);
}

/* The first act was already the middle of something. */
static bool is_late(const struct deciding *d, const struct finding *first, i64 since)
{
    if (first->lead->local || first->lead->stage >= STAGE_FOOTHOLD || first->lead->artefact)
        return true;
    const struct coverage_source *s = NULL;
    VEC_EACH (&d->in->coverage->sources, one)
        if (one->host == d->host && str_eq(one->kind, first->hit->event->kind))
            s = one;
    return s && since - s->first <= 60 * TIME_SECOND;
}

/* A step of a chain is told at the time of its lead record. */
static i64 told_time(const struct deciding *d, u32 index)
{
    const struct finding *const f = &d->in->findings->all.p[index];
    if (f->chain != NO_CHAIN)
        VEC_EACH (&d->in->findings->chains.p[f->chain].steps, step)
            VEC_EACH (&step->findings, i)
                if (*i == index)
                    return step->time;
    return finding_time(f);
}

/* First and last malicious act. What only supports counts beside something that counts: the last
 * step may be one. */
static void find_times(struct deciding *d, struct host_verdict *v)
{
    const struct findings *const all = d->in->findings;
    bool *const counts = ARENA_ARRAY(&d->out->arena, bool, all->chains.n + 1);
    const struct finding *first = NULL;
    v->since = v->until = TIME_NONE;
    for (int supporting = 0; supporting < 2; supporting++)
        for (u32 i = 0; i < all->all.n; i++) {
            const struct finding *const f = &all->all.p[i];
            const bool supports =
                lead_of(d, f) && f->lead->supports && f->chain != NO_CHAIN && counts[f->chain];
            if (supporting ? !supports : !counts_for_times(d, f, v->verdict))
                continue;
            const i64 time = told_time(d, i);
            if (f->chain != NO_CHAIN)
                counts[f->chain] = true;
            v->reaches |= f->lead->reaches;
            first = first ? first : f;
            v->since = v->since == TIME_NONE ? time : MIN(v->since, time);
            v->until = MAX(v->until, time);
        }
    v->from_inside = first && first->lead->local;
    v->not_after = first && is_late(d, first, v->since);
}

/* The flaw that the verdict is about: for a break-in one that the server was open to. */
static str flaw_phrase(const struct deciding *d, enum verdict verdict)
{
    VEC_EACH (&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_attempt(lead) || !lead->flaw.n)
            continue;
        if (verdict < VERDICT_LIKELY_COMPROMISED ||
            (verdict == VERDICT_LIKELY_COMPROMISED && !d->signs && log_lost_after(d, f)) ||
            (f->chain != NO_CHAIN && build_state(d, f) != BUILD_FIXED))
            return arena_printf(&d->out->arena, " through %.*s", STR_ARG(lead->flaw));
    }
    return S("");
}

static str what_worked(const struct deciding *d)
{
    static const char *const words[] = {
        [EFFECT_NONE] = "",
        [EFFECT_CODE_RAN] = "commands ran on the server",
        [EFFECT_FILE_WRITTEN] = "a web shell was written",
        [EFFECT_MAILBOX_RETURNED] = "mail was read",
        [EFFECT_ADMIN_SESSION] = "an administrator's session was used",
        [EFFECT_PERSISTENCE] = "something was left behind that starts again",
    };
    bool seen[EFFECT_COUNT] = {false};
    struct buf out;
    buf_init(&out, 1024);
    VEC_EACH (&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (lead && is_effect(lead) && !seen[lead->effect]) {
            seen[lead->effect] = true;
            buf_printf(&out, "%s%s", out.n ? ", " : "", words[lead->effect]);
        }
    }
    const str text = arena_str(&d->out->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

/* The time that the answer speaks of: that of the requests, where there are any. */
static struct range evidence_range(const struct deciding *d)
{
    struct range r = class_range(d, NEED_REQUEST);
    VEC_EACH (&d->in->coverage->sources, s)
        if (s->host == d->host && s->first != TIME_NONE && !has_class(d, NEED_REQUEST)) {
            r.from = r.from == TIME_NONE ? s->first : MIN(r.from, s->first);
            r.to = MAX(r.to, s->last);
        }
    return r;
}

static str range_phrase(struct deciding *d)
{
    const struct range r = evidence_range(d);
    if (r.from == TIME_NONE)
        return S("in the evidence");
    return arena_printf(&d->out->arena, "between %.*s and %.*s", STR_ARG(time_str(d, r.from)),
                        STR_ARG(time_str(d, r.to)));
}

/* When the attempts were, which is not when the evidence begins and ends. */
static str attempts_phrase(struct deciding *d, const struct host_verdict *v)
{
    const struct range r = evidence_range(d);
    if (v->since == TIME_NONE || r.from == TIME_NONE)
        return range_phrase(d);
    const str first = time_str(d, v->since), last = time_str(d, v->until);
    const bool once = str_eq(first, last);
    return arena_printf(&d->out->arena, "%s %.*s%s%.*s (evidence from %.*s to %.*s)",
                        once ? "on" : "between", STR_ARG(first), once ? "" : " and ",
                        STR_ARG(once ? STR_NONE : last), STR_ARG(time_str(d, r.from)),
                        STR_ARG(time_str(d, r.to)));
}

static str uncovered_phrase(struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (exposure_uncovered(d, flaw))
            return arena_printf(&d->out->arena,
                                " Earlier it stood open to %.*s, and that time is not covered.",
                                STR_ARG(flaw->cve));
    const size_t before = d->out->reasons.n;
    miss_build_before(d);
    const bool missing = d->out->reasons.n > before;
    d->out->reasons.n = before;
    return missing ? S(" Whether it stood open before, and what happened then, is not covered.")
                   : S("");
}

static str sentence(struct deciding *d, const struct host_verdict *v)
{
    struct arena *const a = &d->out->arena;
    const str host = d->in->hosts->names.p[d->host];
    switch (v->verdict) {
    case VERDICT_COMPROMISED:
        return arena_printf(
            a, "%.*s was broken into%.*s: %.*s. The first act seen was on %.*s%s", STR_ARG(host),
            STR_ARG(flaw_phrase(d, v->verdict)), STR_ARG(what_worked(d)),
            STR_ARG(time_str(d, v->since)),
            v->from_inside ? ", started on the server itself: somebody was on it before, so the "
                             "first entry may lie earlier, and how is not known."
            : v->not_after ? "; it was already going on then, so the first entry may lie earlier."
                           : ".");
    case VERDICT_LIKELY_COMPROMISED:
        return arena_printf(
            a,
            "%.*s was probably broken into%.*s: %s, and the evidence does not show enough to be "
            "sure.",
            STR_ARG(host), STR_ARG(flaw_phrase(d, v->verdict)),
            d->signs     ? "there are signs of success"
            : d->cleared ? "a log was cleared within a day after an attempt on a vulnerable build"
                         : "a log is missing, beginning within a day after an attempt on a "
                           "vulnerable build");
    case VERDICT_CANNOT_TELL:
        return arena_printf(
            a, "The evidence cannot tell whether %.*s was broken into: %.*s.", STR_ARG(host),
            STR_ARG(d->out->reasons.p[d->out->reasons.n ? d->out->reasons.n - 1 : 0].text));
    case VERDICT_ATTACKED:
        return arena_printf(
            a, "%.*s was attacked%.*s %.*s, and nothing shows that an attempt worked.%.*s",
            STR_ARG(host), STR_ARG(flaw_phrase(d, v->verdict)), STR_ARG(attempts_phrase(d, v)),
            STR_ARG(uncovered_phrase(d)));
    case VERDICT_EXPOSED:
        return arena_printf(
            a, "%.*s stands open to flaws that are exploited in the wild; nothing was seen %.*s.",
            STR_ARG(host), STR_ARG(range_phrase(d)));
    case VERDICT_NO_EVIDENCE:
    case VERDICT_COUNT:
        break;
    }
    return arena_printf(a, "No evidence of compromise was found on %.*s %.*s%s.", STR_ARG(host),
                        STR_ARG(range_phrase(d)),
                        d->bystander ? "; it shows no sign of being an Exchange server, and what "
                                       "it lacks was not held against the answer"
                                     : "");
}

/* What was found, at most: a hit of a low rule is no reason to say that nothing was found. */
static str what_was_found(struct deciding *d)
{
    static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
    size_t n = 0; /* levels up to the highest found */
    VEC_EACH (&d->in->findings->all, f)
        for (size_t i = n; i < COUNT(levels); i++)
            if (f->hit->event->host == d->host && str_eq(f->hit->rule->level, str_from(levels[i])))
                n = i + 1;
    return arena_printf(&d->out->arena, "no rule found anything%s%s", n ? " above " : "",
                        n ? levels[n - 1] : "");
}

static str quiet_reason(struct deciding *d)
{
    const struct range effects = class_range(d, NEED_EFFECT);
    if (d->bystander)
        return arena_printf(&d->out->arena,
                            "%.*s shows no sign of being an Exchange server, so it was only "
                            "searched for what a break-in leaves; if it is "
                            "one, bring its logs of requests",
                            STR_ARG(d->in->hosts->names.p[d->host]));
    return arena_printf(&d->out->arena,
                        "requests are in the evidence %.*s, what happened on the server from %.*s "
                        "to %.*s, and %.*s",
                        STR_ARG(range_phrase(d)), STR_ARG(time_str(d, effects.from)),
                        STR_ARG(time_str(d, effects.to)), STR_ARG(what_was_found(d)));
}

static u32 other_words(const struct deciding *d, enum verdict verdict)
{
    u32 also = at_end_exposed(d) && verdict != VERDICT_EXPOSED ? 1u << VERDICT_EXPOSED : 0;
    if (verdict != VERDICT_ATTACKED)
        VEC_EACH (&d->in->findings->all, f) {
            const struct lead *const lead = lead_of(d, f);
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
        {rule_compromised, VERDICT_COMPROMISED},   {rule_likely, VERDICT_LIKELY_COMPROMISED},
        {rule_blind_attempt, VERDICT_CANNOT_TELL}, {rule_attacked, VERDICT_ATTACKED},
        {rule_cannot_tell, VERDICT_CANNOT_TELL},   {rule_exposed, VERDICT_EXPOSED},
    };
    struct deciding d = {
        in,    out,
        host,  coverage_has_exchange(in->coverage) && !coverage_is_exchange(in->coverage, host),
        false, false};
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
    find_times(&d, v);
    if (v->verdict == VERDICT_NO_EVIDENCE)
        add_reason(&d, quiet_reason(&d));
    /* The first reason of the host is the one that its sentence quotes. */
    const size_t n = out->reasons.n;
    out->reasons.n = before + 1;
    v->sentence = sentence(&d, v);
    out->reasons.n = n;
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
