/* changes.h: what differs between two assessments of one case, the later of which has more evidence: the member `changes` of the
 * later document, and what people are told of it. */
#ifndef REPORT_CHANGES_H
#define REPORT_CHANGES_H

#include "base/jsonw.h"
#include "report/summary.h"

/* The value of `changes`. Findings are the same when rule, recorded time, place in the source and raw record are; their ids may not
 * be. */
void changes_make(const struct json *before, const struct json *after, struct jsonw *out);
/* In sentences; none where the document has no `changes`. */
void changes_lines(const struct view *view, struct lines *out);

#endif
