#include "assess/verdict.h"

#include <stdlib.h>

#include "base/buf.h"

#define DAY ((i64)86400 * TIME_SECOND)

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
static const struct {
    enum need_class class;
    const char *kind, *path, *what;
} needs[] = {
#define NEED(class, kind, path, what) {NEED_##class, kind, path, what},
#include "assess/needs.def"
#undef NEED
};

/* One host on its way to a verdict. */
struct deciding {
    const struct verdict_input *in;
    struct verdicts *out;
    u32 host;
};

static struct reason *add_reason(struct deciding *d, str text)
{
    struct reason *const reason = VEC_PUSH(&d->out->reasons);
    *reason = (struct reason){.host = d->host, .text = text};
    return reason;
}

/* A finding of this host that is more than a lead. */
static const struct lead *lead_of(const struct deciding *d, const struct finding *f)
{
    return f->hit->event->host == d->host && f->lead && f->lead->stage != STAGE_NONE ? f->lead : NULL;
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

/* The most favourable state over the flaws that the finding names: vulnerable if any is, unknown before fixed. */
static enum build_state build_state(const struct deciding *d, const struct finding *f)
{
    enum build_state state = BUILD_FIXED;
    for (u32 i = 0; i < f->lead->n_cves; i++) {
        const enum build_state one = exposure_at(d->in->exposure, d->host, f->lead->cves[i], finding_time(f));
        if (one == BUILD_VULNERABLE)
            return BUILD_VULNERABLE;
        if (one == BUILD_UNKNOWN)
            state = BUILD_UNKNOWN;
    }
    return state;
}

/* Both effect stages are in sight, without a hole, for the 24 hours after. */
static bool effects_covered(const struct deciding *d, const struct finding *f)
{
    const i64 from = finding_time(f);
    return from != TIME_NONE && (coverage_spans(d->in->coverage, d->host, STAGE_FOOTHOLD, from, from + DAY) ||
                                 coverage_spans(d->in->coverage, d->host, STAGE_ACTION, from, from + DAY));
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

static bool is_cleared_after_attempt(const struct deciding *d, const struct finding *cleared)
{
    VEC_EACH(&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        const i64 gap = lead ? finding_time(cleared) - finding_time(f) : -1;
        if (lead && is_exploit(lead) && gap >= 0 && gap <= DAY && build_state(d, f) == BUILD_VULNERABLE)
            return true;
    }
    return false;
}

/* Rule 2. */
static bool rule_likely(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        const char *why = NULL;
        if (!lead || lead->supports)
            continue;
        if (lead->artefact)
            why = "this stands for something that nobody saw happen";
        else if (lead->sign && build_state(d, f) != BUILD_FIXED && !effects_covered(d, f))
            why = "that is the flaw's own sign of success, and the evidence does not show what followed in the next 24 hours";
        else if (lead->cleared && is_cleared_after_attempt(d, f))
            why = "within 24 hours after an attempt on a vulnerable build";
        if (why) {
            struct reason *const reason = add_reason(d, arena_printf(&d->out->arena, "%.*s: %s", STR_ARG(f->says), why));
            *VEC_PUSH(&reason->findings) = i;
            if (d->out->reasons.n - before >= 10)
                break; /* ten reasons are enough */
        }
    }
    return d->out->reasons.n > before;
}

/* Rule 3: neither the answer nor the effects can be seen. */
static bool rule_blind_attempt(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    for (u32 i = 0; i < d->in->findings->all.n && d->out->reasons.n - before < 10; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_exploit(lead) || answer_seen(f) || build_state(d, f) == BUILD_FIXED || effects_covered(d, f))
            continue;
        struct reason *const reason =
            add_reason(d, arena_printf(&d->out->arena, "%.*s, and neither the answer nor what followed in the next 24 hours can be seen",
                                       STR_ARG(f->says)));
        *VEC_PUSH(&reason->findings) = i;
    }
    return d->out->reasons.n > before;
}

/* Rule 4: every exploit-specific attempt was met, and there is at least one. */
static bool rule_attacked(struct deciding *d)
{
    VEC(u32) met = {0};
    bool all_met = true, fixed = true;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_exploit(lead))
            continue;
        const bool is_fixed = build_state(d, f) == BUILD_FIXED;
        fixed &= is_fixed;
        all_met &= is_fixed || effects_covered(d, f);
        *VEC_PUSH(&met) = i;
    }
    if (met.n && all_met) {
        struct reason *const reason =
            add_reason(d, arena_printf(&d->out->arena, "%zu exploit-specific request%s or record%s, %s", met.n, met.n == 1 ? "" : "s",
                                       met.n == 1 ? "" : "s",
                                       fixed ? "each met by a build that has the fix"
                                             : "and the evidence covers what would have followed: nothing did"));
        VEC_EACH(&met, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    const bool attacked = met.n && all_met;
    VEC_FREE(&met);
    return attacked;
}

static bool has_class(const struct deciding *d, enum need_class class)
{
    for (size_t i = 0; i < COUNT(needs); i++)
        if (needs[i].class == class && coverage_find(d->in->coverage, d->host, needs[i].kind))
            return true;
    return false;
}

static str bring(struct deciding *d, enum need_class class, const char *text)
{
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "%s. Bring: ", text);
    bool first = true;
    for (size_t i = 0; i < COUNT(needs); i++)
        if (needs[i].class == class) {
            buf_printf(&out, "%s%s (%s)", first ? "" : "; ", needs[i].path, needs[i].what);
            first = false;
        }
    const str result = arena_str(&d->out->arena, buf_str(&out));
    buf_release(&out);
    return result;
}

static str time_str(struct deciding *d, i64 ns)
{
    return time_text(&d->out->arena, ns);
}

/* The time from which on requests are in sight. */
static i64 requests_from(const struct deciding *d)
{
    i64 first = TIME_NONE;
    COVERAGE_EACH(d->in->coverage, d->host, s)
        if ((str_eq(s->kind, S("iis")) || str_eq(s->kind, S("httpproxy"))) && s->first != TIME_NONE)
            first = first == TIME_NONE ? s->first : MIN(first, s->first);
    return first;
}

static bool exposure_uncovered(const struct deciding *d, const struct host_exposure *flaw)
{
    return !flaw->conditional && !coverage_spans(d->in->coverage, d->host, STAGE_ATTEMPT, flaw->from, flaw->to);
}

static void miss_exposure(struct deciding *d)
{
    VEC_EACH(&d->in->exposure->hosts[d->host].flaws, flaw)
        if (exposure_uncovered(d, flaw)) {
            add_reason(d, arena_printf(&d->out->arena,
                                       "the server stood open to %.*s%s%.*s%s from %.*s on, and the requests of all that time are not in the "
                                       "evidence: bring the logs from that day on",
                                       STR_ARG(flaw->cve), flaw->name.n ? " (" : "", STR_ARG(flaw->name), flaw->name.n ? ")" : "",
                                       STR_ARG(time_str(d, flaw->from))));
            return; /* one flaw is enough to say so; exposed_to lists them all */
        }
}

/* Evidence that begins soon after a fix and does not show the build before it says nothing of the time before. */
static void miss_build_before(struct deciding *d)
{
    const i64 first = requests_from(d);
    const i64 fix = first == TIME_NONE ? TIME_NONE : exposure_recent_fix(d->in->exposure, first - 60 * DAY, first);
    if (fix == TIME_NONE)
        return;
    VEC_EACH(&d->in->exposure->hosts[d->host].builds, b)
        if (b->from < fix)
            return;
    add_reason(d, arena_printf(&d->out->arena,
                               "the evidence begins on %.*s, soon after a known-exploited flaw was fixed (%.*s), and does not show which "
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
            add_reason(d, arena_printf(&d->out->arena, "no rule was loaded that could show the stage \"%s\"", stage_text((enum stage)stage)));
}

static void miss_pieces(struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    u64 lost = 0;
    VEC_EACH(&scan->damages, damage)
        lost += damage->lost;
    if (lost)
        add_reason(d, arena_printf(&d->out->arena, "%llu bytes of the evidence are damaged and could not be read", (unsigned long long)lost));
    if (scan->refusals.n)
        add_reason(d, arena_printf(&d->out->arena, "%zu piece%s of the evidence %s not read (see what was refused)", scan->refusals.n,
                                   scan->refusals.n == 1 ? "" : "s", scan->refusals.n == 1 ? "was" : "were"));
    if (scan->since != TIME_NONE || scan->until != TIME_NONE || scan->only_host.n)
        add_reason(d, S("the question was cut down by --since, --until or --host"));
}

static bool review_leads(struct deciding *d)
{
    VEC(u32) grave = {0};
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const str level = f->hit->rule->level;
        if (f->hit->event->host == d->host && !f->lead && (str_eq(level, S("high")) || str_eq(level, S("critical"))))
            *VEC_PUSH(&grave) = i;
    }
    if (grave.n) {
        struct reason *const reason = add_reason(d, arena_printf(&d->out->arena, "%zu hit%s of other Sigma rules at level high or critical: review these", grave.n, grave.n == 1 ? "" : "s"));
        VEC_EACH(&grave, i)
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
        struct reason *const reason = add_reason(d, arena_printf(&d->out->arena, "%zu exploit-specific record%s on a build that is vulnerable or unknown, and what followed in the next 24 hours is not in sight", open.n, open.n == 1 ? "" : "s"));
        VEC_EACH(&open, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    VEC_FREE(&open);
}

/* Rule 5. */
static bool rule_cannot_tell(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    open_attempts(d);
    if (!has_class(d, NEED_REQUEST))
        add_reason(d, bring(d, NEED_REQUEST, "no log of requests to Exchange was given, so an entry would not have been seen"));
    if (!has_class(d, NEED_EFFECT))
        add_reason(d, bring(d, NEED_EFFECT, "no log was given that shows what happened on the server itself"));
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
    VEC_EACH(&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            add_reason(d, arena_printf(&d->out->arena, "the last build seen is open to %.*s, which is exploited in the wild", STR_ARG(flaw->cve)));
    return d->out->reasons.n > before;
}

static bool at_end_exposed(const struct deciding *d)
{
    VEC_EACH(&d->in->exposure->hosts[d->host].flaws, flaw)
        if (flaw->at_end && !flaw->conditional)
            return true;
    return false;
}

/* First and last malicious act: of the chains that hold an effect when there is one, else of all attempts. */
static void find_times(struct deciding *d, struct host_verdict *v)
{
    const struct findings *const all = d->in->findings;
    v->since = v->until = TIME_NONE;
    const struct finding *first = NULL;
    bool local = false;
    VEC_EACH(&all->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (!lead || !is_attempt(lead) || finding_time(f) == TIME_NONE)
            continue;
        if (v->verdict >= VERDICT_LIKELY_COMPROMISED && f->chain == NO_CHAIN)
            continue;
        v->reaches |= lead->reaches;
        local |= lead->local;
        first = first ? first : f;
        v->since = v->since == TIME_NONE ? finding_time(f) : MIN(v->since, finding_time(f));
        v->until = MAX(v->until, finding_time(f));
    }
    /* What only supports counts where it stands in a chain: the last step of an intrusion may be one. */
    if (v->verdict >= VERDICT_LIKELY_COMPROMISED)
        VEC_EACH(&all->chains, chain)
            if (chain->host == d->host)
                VEC_EACH(&chain->steps, step) {
                    v->since = MIN(v->since, step->time);
                    v->until = MAX(v->until, step->time);
                }
    v->not_after = first && (local || first->lead->stage >= STAGE_FOOTHOLD || first->lead->artefact);
    if (first)
        COVERAGE_EACH(d->in->coverage, d->host, s)
            if (str_eq(s->kind, first->hit->event->kind) && v->since - s->first <= 60 * TIME_SECOND)
                v->not_after = true;
}

static str flaw_phrase(const struct deciding *d)
{
    VEC_EACH(&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (lead && is_attempt(lead) && lead->flaw.n)
            return arena_printf(&d->out->arena, " through %.*s", STR_ARG(lead->flaw));
    }
    return S("");
}

static bool came_from_inside(const struct deciding *d)
{
    VEC_EACH(&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (lead && lead->local && f->chain != NO_CHAIN)
            return true;
    }
    return false;
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
    VEC_EACH(&d->in->findings->all, f) {
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

static str range_phrase(struct deciding *d)
{
    i64 from = TIME_NONE, to = TIME_NONE;
    COVERAGE_EACH(d->in->coverage, d->host, s)
        if (s->first != TIME_NONE) {
            from = from == TIME_NONE ? s->first : MIN(from, s->first);
            to = MAX(to, s->last);
        }
    if (from == TIME_NONE)
        return S("in the evidence");
    return arena_printf(&d->out->arena, "between %.*s and %.*s", STR_ARG(time_str(d, from)), STR_ARG(time_str(d, to)));
}

static str uncovered_phrase(struct deciding *d)
{
    VEC_EACH(&d->in->exposure->hosts[d->host].flaws, flaw)
        if (exposure_uncovered(d, flaw))
            return arena_printf(&d->out->arena, " Earlier it stood open to %.*s, and that time is not covered.", STR_ARG(flaw->cve));
    const size_t before = d->out->reasons.n;
    miss_build_before(d);
    const bool missing = d->out->reasons.n > before;
    d->out->reasons.n = before;
    return missing ? S(" Whether it stood open before, and what happened then, is not covered.") : S("");
}

static str sentence(struct deciding *d, const struct host_verdict *v)
{
    struct arena *const a = &d->out->arena;
    const str host = d->in->hosts->names.p[d->host];
    switch (v->verdict) {
    case VERDICT_COMPROMISED:
        return arena_printf(a, "%.*s was broken into%.*s: %.*s. The first act seen is of %.*s%s", STR_ARG(host), STR_ARG(flaw_phrase(d)),
                            STR_ARG(what_worked(d)), STR_ARG(time_str(d, v->since)),
                            came_from_inside(d) ? ", and it was started on the server itself, so the first entry may lie earlier."
                            : v->not_after      ? "; it was already going on then, so the first entry may lie earlier."
                                                : ".");
    case VERDICT_LIKELY_COMPROMISED:
        return arena_printf(a, "%.*s was probably broken into%.*s: there are signs of success, and the evidence does not show enough to be sure.",
                            STR_ARG(host), STR_ARG(flaw_phrase(d)));
    case VERDICT_CANNOT_TELL:
        return arena_printf(a, "The evidence cannot tell whether %.*s was broken into: %.*s.", STR_ARG(host),
                            STR_ARG(d->out->reasons.p[d->out->reasons.n ? d->out->reasons.n - 1 : 0].text));
    case VERDICT_ATTACKED:
        return arena_printf(a, "%.*s was attacked%.*s %.*s, and nothing shows that an attempt worked.%.*s", STR_ARG(host),
                            STR_ARG(flaw_phrase(d)), STR_ARG(range_phrase(d)), STR_ARG(uncovered_phrase(d)));
    case VERDICT_EXPOSED:
        return arena_printf(a, "%.*s stands open to flaws that are exploited in the wild; nothing was seen %.*s.", STR_ARG(host), STR_ARG(range_phrase(d)));
    case VERDICT_NO_EVIDENCE:
    case VERDICT_COUNT:
        break;
    }
    return arena_printf(a, "No evidence of compromise was found on %.*s %.*s.", STR_ARG(host), STR_ARG(range_phrase(d)));
}

static u32 other_words(const struct deciding *d, enum verdict verdict)
{
    u32 also = at_end_exposed(d) && verdict != VERDICT_EXPOSED ? 1u << VERDICT_EXPOSED : 0;
    if (verdict != VERDICT_ATTACKED)
        VEC_EACH(&d->in->findings->all, f) {
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
        {rule_compromised, VERDICT_COMPROMISED}, {rule_likely, VERDICT_LIKELY_COMPROMISED},
        {rule_blind_attempt, VERDICT_CANNOT_TELL}, {rule_attacked, VERDICT_ATTACKED},
        {rule_cannot_tell, VERDICT_CANNOT_TELL}, {rule_exposed, VERDICT_EXPOSED},
    };
    struct deciding d = {in, out, host};
    struct host_verdict *const v = &out->hosts[host];
    v->verdict = VERDICT_NO_EVIDENCE;
    const size_t before = out->reasons.n;
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].holds(&d)) {
            v->verdict = rules[i].verdict;
            break;
        }
    v->also = other_words(&d, v->verdict);
    find_times(&d, v);
    if (v->verdict == VERDICT_NO_EVIDENCE)
        add_reason(&d, arena_printf(&out->arena, "requests and their effects are in the evidence %.*s, and no rule found anything", STR_ARG(range_phrase(&d))));
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
        if (out->hosts[h].verdict > out->hosts[out->worst].verdict)
            out->worst = h;
    }
}

void verdicts_release(struct verdicts *verdicts)
{
    VEC_EACH(&verdicts->reasons, reason)
        VEC_FREE(&reason->findings);
    VEC_FREE(&verdicts->reasons);
    mem_free(verdicts->hosts);
    arena_release(&verdicts->arena);
}
