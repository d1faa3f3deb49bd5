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

/* Make what correlations found hits of the scan like others, at their last member's event, and drop the hits of the rules that
 * correlations only build on (Sigma: `generate`). With `but_leads` the rules with a `leadline:` map are left out of both: their
 * correlations complete chains, and what they match are findings in any case. Once; `correlated` is of no use after. */
void correlated_join(struct scan *scan, const struct correlated *correlated, bool but_leads);

#endif
