#include "assess/assess.h"

#include "assess/context.h"
#include "assess/correlated.h"
#include "assess/reach.h"
#include "rule/builtin.h"

static bool outside(const struct scan *scan, i64 time)
{
    return time != TIME_NONE && ((scan->since != TIME_NONE && time < scan->since) ||
                                 (scan->until != TIME_NONE && time > scan->until));
}

/* Drop what --since and --until leave out. Coverage still shows all of the evidence; the verdict
 * says that it was cut down. */
static void cut_down(struct scan *scan)
{
    size_t n = 0;
    for (size_t i = 0; i < scan->hits.n; i++)
        if (!outside(scan, scan->hits.p[i].event->time))
            scan->hits.p[n++] = scan->hits.p[i];
    scan->hits.n = n;
}

static enum status load_tables(struct assessment *out, struct err *err)
{
    TRY(exposure_load(builtin_find("data/builds.json"), builtin_find("data/cves.json"),
                      builtin_find("data/exploited.json"), &out->exposure, err));
    return profiles_load(builtin_find("data/clusters.json"),
                         builtin_find("data/profile_marks.json"), &out->profiles, err);
}

enum status assess(struct scan *scan, struct assessment *out, struct err *err)
{
    *out = (struct assessment){0};
    if (scan->n_events == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "nothing in the evidence could be read as a log: %zu file%s looked at, %zu "
                       "refused, %zu damaged",
                       scan->sources.n, scan->sources.n == 1 ? "" : "s", scan->refusals.n,
                       scan->damages.n);
    TRY(load_tables(out, err));
    hosts_resolve(scan, &out->hosts);
    if (scan->only_host.n)
        TRY(hosts_keep(scan, &out->hosts, host_short(scan->only_host), err));
    skew_measure(scan, &out->skews);
    skew_correct(scan, &out->skews);
    cut_down(scan);
    struct correlated correlated;
    correlated_make(scan, &out->hosts, &out->skews, &correlated);
    correlated_join(scan, &out->hosts, &out->skews, &correlated, true);
    coverage_make(scan, &out->hosts, &out->skews, &out->coverage);
    findings_make(scan, &out->coverage, &out->findings);
    context_mark(scan->context, &out->findings);
    findings_chain(scan, correlated.hits.p, correlated.hits.n, &out->findings);
    correlated_release(&correlated);
    exposure_make(scan, &out->hosts, &out->exposure);
    reach_judge(scan);
    scope_make(&out->findings, &out->scope);
    threads_make(&out->findings, &out->scope, &out->exposure, &out->profiles, &out->threads);
    const struct verdict_input in = {scan, &out->hosts, &out->findings, &out->coverage,
                                     &out->exposure};
    verdict_decide(&in, &out->verdicts);
    return OK;
}

void assessment_release(struct assessment *a)
{
    verdicts_release(&a->verdicts);
    threads_release(&a->threads);
    profiles_release(&a->profiles);
    scope_release(&a->scope);
    exposure_release(&a->exposure);
    coverage_release(&a->coverage);
    findings_release(&a->findings);
    skews_release(&a->skews);
    hosts_release(&a->hosts);
}

struct document assessment_document(const struct scan *scan, const struct assessment *a)
{
    return (struct document){
        .in = {scan, &a->hosts, &a->findings, &a->coverage, &a->exposure},
        .verdicts = &a->verdicts,
        .scope = &a->scope,
        .threads = &a->threads,
        .profiles = &a->profiles,
    };
}
