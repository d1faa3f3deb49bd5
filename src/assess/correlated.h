/* correlated.h: the correlation rules of the set, asked about the hits of a scan. The host of the case stands in for the field
 * Computer, so that logs that do not name their server group with those that do. */
#ifndef ASSESS_CORRELATED_H
#define ASSESS_CORRELATED_H

#include "assess/finding.h"
#include "rule/correlate.h"

struct correlated {
    struct arena arena;
    struct corr_result result; /* members are indexes of scan->hits */
    VEC(struct correlation_hit) hits; /* the same, as chains want them */
};

void correlated_make(const struct scan *scan, const struct hosts *hosts, struct correlated *out);
void correlated_release(struct correlated *correlated);

#endif
