#include "assess/verdict_part.h"

/* One reason for all hits of other people's rules. */
static void review_leads(struct deciding *d)
{
    struct reason *reason = NULL;
    size_t n = 0;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        if (!verdict_is_grave(d, f) || f->hit->rule->leadline)
            continue;
        reason = reason ? reason : verdict_reason(d, STR_NONE);
        *VEC_PUSH(&reason->findings) = i;
        n++;
    }
    if (reason)
        reason->text =
            arena_printf(&d->out->arena,
                         "%zu hit%s of other Sigma rules at level high or critical: review these",
                         n, n == 1 ? "" : "s");
}

/* One reason a rule with a lead. */
static void review_own(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    const struct findings *const all = d->in->findings;
    for (u32 i = 0; i < all->all.n; i++) {
        const struct finding *const f = &all->all.p[i];
        if (!verdict_is_grave(d, f) || !f->hit->rule->leadline)
            continue;
        struct reason *reason = NULL;
        for (size_t r = before; r < d->out->reasons.n; r++)
            if (all->all.p[d->out->reasons.p[r].findings.p[0]].hit->rule == f->hit->rule)
                reason = &d->out->reasons.p[r];
        if (!reason)
            reason = verdict_reason(
                d,
                arena_printf(
                    &d->out->arena, "%.*s: somebody has to explain this%s", STR_ARG(f->says),
                    f->lead ? "" : ", on a host that shows no sign of being an Exchange server"));
        *VEC_PUSH(&reason->findings) = i;
    }
}

bool verdict_review(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    review_own(d);
    review_leads(d);
    return d->out->reasons.n > before;
}

/* An exploit attempt that no rule above could place: its answer was seen, but not what followed. */
static void open_attempts(struct deciding *d)
{
    VEC(u32) open = {0};
    const char *unseen = NULL;
    for (u32 i = 0; i < d->in->findings->all.n; i++) {
        const struct finding *const f = &d->in->findings->all.p[i];
        const struct lead *const lead = unexplained(d, f);
        if (lead && is_exploit(lead) && verdict_build_state(d, f) != BUILD_FIXED &&
            verdict_unseen_effects(d, f)) {
            unseen = open.n && !str_eq(str_from(unseen), str_from(verdict_unseen_effects(d, f)))
                         ? "files and processes"
                         : verdict_unseen_effects(d, f);
            *VEC_PUSH(&open) = i;
        }
    }
    if (open.n) {
        struct reason *const reason = verdict_reason(
            d, arena_printf(
                   &d->out->arena,
                   "%zu exploit-specific record%s on a build that is vulnerable or unknown, and "
                   "what followed in the next 24 hours (%s) is not in sight",
                   open.n, open.n == 1 ? "" : "s", unseen));
        VEC_EACH (&open, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    VEC_FREE(&open);
}

/* Attempts whose answer no log at hand shows, where mail may have been read through it. */
static void open_answers(struct deciding *d)
{
    VEC(u32) open = {0};
    for (u32 i = 0; i < d->in->findings->all.n; i++)
        if (verdict_answer_unseen(d, &d->in->findings->all.p[i]))
            *VEC_PUSH(&open) = i;
    if (open.n) {
        const str text = arena_printf(
            &d->out->arena,
            "%zu exploit-specific record%s on a build that is vulnerable or unknown, and no log at "
            "hand shows what the back end answered: mail may have been read, which leaves neither "
            "a file nor a process. Bring the HttpProxy logs (all folders) of %.*s",
            open.n, open.n == 1 ? "" : "s",
            STR_ARG(time_str(d, finding_time(&d->in->findings->all.p[open.p[0]]))));
        struct reason *const reason = verdict_reason(d, text);
        VEC_EACH (&open, i)
            *VEC_PUSH(&reason->findings) = *i;
    }
    VEC_FREE(&open);
}

/* One reason a declaration: all findings that bear the same mark. */
static void explain_once(struct deciding *d, size_t before, u32 index)
{
    const struct finding *const f = &d->in->findings->all.p[index];
    for (size_t r = before; r < d->out->reasons.n; r++)
        if (str_eq(d->in->findings->all.p[d->out->reasons.p[r].findings.p[0]].context,
                   f->context)) {
            *VEC_PUSH(&d->out->reasons.p[r].findings) = index;
            return;
        }
    struct reason *const reason = verdict_reason(d, STR_NONE);
    *VEC_PUSH(&reason->findings) = index;
}

void verdict_explain(struct deciding *d, struct host_verdict *v)
{
    const size_t before = d->out->reasons.n;
    size_t n = 0;
    for (u32 i = 0; i < d->in->findings->all.n; i++)
        if (d->in->findings->all.p[i].explained &&
            d->in->findings->all.p[i].hit->event->host == d->host) {
            explain_once(d, before, i);
            n++;
        }
    for (size_t r = before; r < d->out->reasons.n; r++) {
        struct reason *const reason = &d->out->reasons.p[r];
        reason->text = arena_printf(
            &d->out->arena,
            "%zu finding%s explained by what was declared (%.*s): shown and marked, and counted "
            "neither as an attempt nor as something to explain",
            reason->findings.n, reason->findings.n == 1 ? " is" : "s are",
            STR_ARG(d->in->findings->all.p[reason->findings.p[0]].context));
    }
    if (n)
        v->sentence = arena_printf(
            &d->out->arena, "%.*s %zu finding%s explained by what the organisation declared.",
            STR_ARG(v->sentence), n, n == 1 ? " is" : "s are");
}

void verdict_open(struct deciding *d)
{
    open_attempts(d);
    open_answers(d);
}
