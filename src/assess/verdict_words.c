#include "assess/verdict_part.h"

#include "base/buf.h"

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
        return !f->explained;
    if (verdict == VERDICT_LIKELY_COMPROMISED && !d->signs)
        return verdict_log_lost_after(
            d, f); /* only a lost log speaks, of the attempts right before it */
    return f->chain != NO_CHAIN && (is_effect(lead) || lead->artefact || lead->n_cves == 0 ||
                                    verdict_build_state(d, f) != BUILD_FIXED);
}

/* The first act was already the middle of something. */
static bool is_late(const struct deciding *d, const struct finding *first, i64 since)
{
    if (first->lead->local || first->lead->stage >= STAGE_FOOTHOLD || first->lead->artefact ||
        first->hit->event->carved) /* what stood around it is overwritten */
        return true;
    /* what was exploited had been attempted before, and no log here shows it */
    if (first->lead->stage == STAGE_EXPLOITED &&
        !coverage_spans(d->in->coverage, d->host, STAGE_ATTEMPT, NULL, since, since))
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
void verdict_find_times(struct deciding *d, struct host_verdict *v)
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
    v->not_after = first && (d->in->scan->since != TIME_NONE || is_late(d, first, v->since));
}

/* The flaw that the verdict is about: for a break-in one that the server was open to. */
static str flaw_phrase(const struct deciding *d, enum verdict verdict)
{
    VEC_EACH (&d->in->findings->all, f) {
        const struct lead *const lead = unexplained(d, f);
        if (!lead || !is_attempt(lead) || !lead->flaw.n)
            continue;
        if (verdict < VERDICT_LIKELY_COMPROMISED ||
            (verdict == VERDICT_LIKELY_COMPROMISED && !d->signs && verdict_log_lost_after(d, f)) ||
            (f->chain != NO_CHAIN && verdict_build_state(d, f) != BUILD_FIXED))
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
    struct range r = verdict_class_range(d, NEED_REQUEST);
    VEC_EACH (&d->in->coverage->sources, s)
        if (s->host == d->host && s->first != TIME_NONE && !verdict_has_class(d, NEED_REQUEST)) {
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
    return arena_printf(
        &d->out->arena, "%s %.*s%s%.*s (evidence from %.*s to %.*s)", once ? "on" : "between",
        STR_ARG(first), once ? "" : " and ", STR_ARG(once ? STR_NONE : last),
        STR_ARG(time_str(d, MIN(r.from, v->since))), STR_ARG(time_str(d, MAX(r.to, v->until))));
}

static str uncovered_phrase(struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (verdict_exposure_uncovered(d, flaw))
            return arena_printf(&d->out->arena,
                                flaw->at_end
                                    ? " It still stands open to %.*s, and not all of that time is "
                                      "covered."
                                    : " Earlier it stood open to %.*s, and that time is not "
                                      "covered.",
                                STR_ARG(flaw->cve));
    const size_t before = d->out->reasons.n;
    verdict_miss_build_before(d);
    const bool missing = d->out->reasons.n > before;
    d->out->reasons.n = before;
    return missing ? S(" Whether it stood open before, and what happened then, is not covered.")
                   : S("");
}

/* A flaw's own sign of success, on a build that is not known to have the fix. */
static bool was_answered(const struct deciding *d)
{
    VEC_EACH (&d->in->findings->all, f) {
        const struct lead *const lead = lead_of(d, f);
        if (lead && lead->sign && !lead->supports && verdict_build_state(d, f) != BUILD_FIXED)
            return true;
    }
    return false;
}

static str attacked_sentence(struct deciding *d, const struct host_verdict *v)
{
    return arena_printf(
        &d->out->arena, "%.*s%s%.*s %.*s, and %s.%s%.*s%s%.*s%s",
        STR_ARG(d->in->hosts->names.p[d->host]),
        v->from_inside ? ": an attack was started on the machine itself," : " was attacked",
        STR_ARG(flaw_phrase(d, v->verdict)), STR_ARG(attempts_phrase(d, v)),
        was_answered(d) ? "the server answered as it does when the flaw works, but no file and no "
                          "process that would have followed was seen"
                        : "nothing shows that an attempt worked",
        v->from_inside ? " Somebody was on it before, and how is not known." : "",
        STR_ARG(uncovered_phrase(d)), d->hole.n ? " But not all could be seen: " : "",
        STR_ARG(d->hole), d->hole.n ? "." : "");
}

str verdict_sentence(struct deciding *d, const struct host_verdict *v)
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
        return attacked_sentence(d, v);
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

str verdict_quiet_reason(struct deciding *d)
{
    const struct range effects = verdict_class_range(d, NEED_EFFECT);
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
