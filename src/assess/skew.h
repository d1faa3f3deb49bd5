/* skew.h: a recorder's clock, judged and corrected.
 *
 * Some recorders label local time as UTC. Sysmon states UTC in its own text (UtcTime), so the difference between what the
 * recorder says and what Sysmon says is the recorder's offset plus the delay of writing. Kinds of event that lag (network
 * connections and DNS queries come seconds late) are left out: a kind counts when its median is within LAG_MAX of a quarter of
 * an hour; the median over the samples of those kinds, rounded to a quarter of an hour, is the offset. It is carried to the other
 * sources of the same recorder (same host, same file format), because they were stamped by the same clock, and confirmed by
 * pairs: a process start that Security 4688 and Sysmon 1 both saw must fall together once corrected.
 *
 * An event's time is then: UtcTime where Sysmon states it, else recorded + offset. Both times are kept. */
#ifndef ASSESS_SKEW_H
#define ASSESS_SKEW_H

#include "assess/host.h"

struct skew {
    u32 host;
    str format;
    i64 add_ns;      /* to the recorded time, to get UTC */
    u32 samples;     /* that the median was taken over */
    u32 pairs, pairs_met; /* process starts seen by both logs; of those, the ones that fall together */
};

struct skews {
    VEC(struct skew) all;
};

void skew_measure(const struct scan *scan, struct skews *skews);
/* Sets .time of all hit events, and first, last and hours of the observations, to UTC. */
void skew_correct(struct scan *scan, const struct skews *skews);
/* The time of an event, in UTC; `windows`: it was stamped by a recorder of event logs. */
i64 skew_time(const struct skews *skews, const struct scan *scan, u32 host, u32 source, bool windows, i64 recorded, i64 stated);
const struct skew *skew_find(const struct skews *skews, const struct scan *scan, const struct observation *o);
void skews_release(struct skews *skews);

#endif
