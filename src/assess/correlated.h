/* correlated.h: the correlation rules of the set, asked about every hit in the scan's log. The host of the case stands in for the
 * field Computer, so that logs that do not name their server group with those that do. */
#ifndef ASSESS_CORRELATED_H
#define ASSESS_CORRELATED_H

#include "assess/finding.h"
#include "assess/skew.h"
#include "rule/correlate.h"

struct correlated {
    struct arena arena;
    struct corr_result result;
    VEC(struct correlation_hit) hits; /* the same, as chains want them */
};

/* skews NULL: times as recorded. What correlations did not see is told in the scan's refusals. */
void correlated_make(struct scan *scan, const struct hosts *hosts, const struct skews *skews, struct correlated *out);
void correlated_release(struct correlated *correlated);

/* Make what correlations found hits of the scan like others, at their last member's event, and drop the hits of the rules that
 * correlations only build on (Sigma: `generate`). Of an event that is not kept as a whole they have what the log knows. With
 * `but_leads` the rules with a `leadline:` map are left out of both: their correlations complete chains (those of lead_is_own are hits as well), and what they match are
 * findings in any case. Once; `correlated` is of no use after. */
void correlated_join(struct scan *scan, const struct hosts *hosts, const struct skews *skews, const struct correlated *correlated,
                     bool but_leads);

#endif
