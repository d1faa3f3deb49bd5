/* coverage.h: what this evidence could have shown. Half of the answer: a stage that no source covers is a stage of which nothing
 * can be said.
 *
 * A source line sums the observations of one kind on one host. A gap is a silence of more than GAP_HOURS whole hours between
 * its records where it otherwise speaks every day. A stage can be seen "yes" where a record that shows it by its nature is
 * there (sights.def), "partly" where only some of its forms would show, "no" otherwise; from and to are the first and last
 * record of the sources that show it best. Carved records are remains, not a log that goes on: they are in no source line, but
 * for clearings that they tell, and for what they say of what a host is. */
#ifndef ASSESS_COVERAGE_H
#define ASSESS_COVERAGE_H

#include "assess/lead.h"
#include "assess/skew.h"

#define GAP_HOURS 12

enum sight { SIGHT_NO, SIGHT_PARTLY, SIGHT_YES };

struct coverage_source {
    str kind;
    u32 host;
    u32 files;
    u64 events, damage;
    bool exchange; /* it speaks of Exchange, or of a web server that may be one */
    i64 first, last;
    const struct skew *skew; /* NULL: not measured */
    VEC(struct coverage_gap { i64 from, to; }) gaps;
    VEC(i64) cleared;
    VEC(struct observed_id) ids;
};

struct coverage_stage {
    enum stage stage;
    enum sight sight;
    i64 from, to;
    str why;
};

struct coverage_carved { /* records that were carved: they cover no time */
    str kind;
    u32 host;
    u64 events;
};

struct coverage {
    struct arena arena;
    VEC(struct coverage_source) sources;          /* by host, kind */
    VEC(struct coverage_carved) carved;           /* likewise */
    u32 *first;                                   /* by host: where its sources begin; one more at the end */
    struct coverage_stage (*stages)[STAGE_COUNT]; /* by host */
    u32 n_hosts;
};

#define COVERAGE_EACH(c, host, s)                                                                      \
    for (const struct coverage_source *s = (c)->sources.p + (c)->first[host], *s##_end_ = (c)->sources.p + (c)->first[(host) + 1]; s != s##_end_; s++)

void coverage_make(const struct scan *scan, const struct hosts *hosts, const struct skews *skews, struct coverage *out);
void coverage_release(struct coverage *coverage);
/* Is the stage in sight, surely, from `from` to `to`, without a gap or a cleared log in between? */
bool coverage_spans(const struct coverage *coverage, u32 host, enum stage stage, i64 from, i64 to);
/* A case may hold a workstation beside the server: nothing of this host speaks of Exchange, and something of another does. */
bool coverage_is_bystander(const struct coverage *coverage, u32 host);
/* How well the source shows the stage, and whether logs of the kind can show it at all. */
enum sight coverage_sight(const struct coverage_source *source, enum stage stage);
bool coverage_can_show(str kind, enum stage stage);
const struct coverage_source *coverage_find(const struct coverage *coverage, u32 host, const char *kind);

#endif
