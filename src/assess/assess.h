/* assess.h: a scan to an assessment document: hosts, clocks, correlations, findings, chains, coverage, exposure, verdict. */
#ifndef ASSESS_ASSESS_H
#define ASSESS_ASSESS_H

#include "assess/document.h"

struct assessment {
    struct hosts hosts;
    struct skews skews;
    struct findings findings;
    struct coverage coverage;
    struct exposure exposure;
    struct scope scope;
    struct profiles profiles;
    struct threads threads;
    struct verdicts verdicts;
};

/* The scan is worked on (hosts and times are filled in, what --since, --until and --host leave out is dropped) and must
 * outlive the assessment. ERR_NOT_FOUND: nothing in the evidence could be read as a log, which is no verdict but an error. */
enum status assess(struct scan *scan, struct assessment *out, struct err *err) MUST_USE;
void assessment_release(struct assessment *assessment);

struct document assessment_document(const struct scan *scan, const struct assessment *assessment);

#endif
