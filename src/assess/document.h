/* document.h: the assessment as one JSON document (docs/contract.md, schema leadline/assessment/1), the only thing that
 * reports, the case and other programs know. Deterministic: only manifest.started and manifest.seconds differ between two
 * runs on the same evidence. */
#ifndef ASSESS_DOCUMENT_H
#define ASSESS_DOCUMENT_H

#include "assess/thread.h"
#include "assess/verdict.h"
#include "base/jsonw.h"

struct document {
    struct verdict_input in;
    const struct verdicts *verdicts;
    const struct scope *scope;
    const struct threads *threads;   /* NULL: none were made */
    const struct profiles *profiles; /* NULL: nothing to compare with */
    i64 started;
    double seconds;
    const struct json *changes; /* against an earlier assessment of the case (report/changes.h), or NULL */
    str options; /* what changes results, as given */
};

void document_write(const struct document *doc, struct jsonw *w);
/* One finding, as in findings.jsonl. */
void document_finding(const struct document *doc, const struct finding *f, struct jsonw *w);
/* A hit without an assessment, as in hunt: no id, no host of the case. */
void document_hit(const struct scan *scan, const struct scan_hit *hit, struct jsonw *w);

#endif
