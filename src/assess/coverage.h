/* coverage.h: what this evidence could have shown. Half of the answer: a stage that no source covers is a stage of which nothing
 * can be said.
 *
 * A source line sums the observations of one kind on one host. A gap is a silence of more than GAP_HOURS whole hours between
 * its records where it otherwise speaks every day. A stage can be seen "yes" where a record that shows it by its nature is
 * there (sights.def), "partly" where only some of its forms would show, "no" otherwise; from and to are the first and last
 * record of those that show it best (light.h). Carved records are remains, not a log that goes on: they are in no source line, but
 * for clearings that they tell, and for what they say of what a host is. */
#ifndef ASSESS_COVERAGE_H
#define ASSESS_COVERAGE_H

#include "assess/light.h"
#include "assess/skew.h"

struct coverage_source {
    str kind;
    bool unverified; /* kinds.def */
    u32 host;
    u32 files;
    u64 events, damage;
    bool exchange; /* it speaks of Exchange, or of a web server that may be one */
    i64 first, last;
    const struct skew *skew; /* NULL: not measured */
    gap_list gaps;
    VEC(i64) cleared;
    u32 parts, columns; /* what of it there is: masks */
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
    VEC(struct light) lights;                     /* by host, row */
    u32 *first, *first_light;                     /* by host: where its sources, its lights begin; one more at the end */
    struct coverage_stage (*stages)[STAGE_COUNT]; /* by host */
    u32 n_hosts;
};

#define COVERAGE_EACH(c, host, s)                                                                      \
    for (const struct coverage_source *s = (c)->sources.p + (c)->first[host], *s##_end_ = (c)->sources.p + (c)->first[(host) + 1]; s != s##_end_; s++)
#define COVERAGE_LIGHTS(c, host, l)                                                                    \
    for (const struct light *l = (c)->lights.p + (c)->first_light[host], *l##_end_ = (c)->lights.p + (c)->first_light[(host) + 1]; l != l##_end_; l++)

void coverage_make(const struct scan *scan, const struct hosts *hosts, const struct skews *skews, struct coverage *out);
void coverage_release(struct coverage *coverage);
/* Is the stage in sight, surely, from `from` to `to` (or LIGHT_TAIL less), without a gap or a cleared log in between? `kind`: by
 * logs of that kind; NULL: of any. */
bool coverage_spans(const struct coverage *coverage, u32 host, enum stage stage, const char *kind, i64 from, i64 to);
/* A case may hold a workstation beside the server: nothing of this host speaks of Exchange, and something of another does. */
bool coverage_is_bystander(const struct coverage *coverage, u32 host);
/* Could logs of the kind show the stage, surely, and those of the host do not? Then `ret_lack` is what they lack ("event 4688 is
 * not in it"), in the arena; empty when there is no such log at all. */
bool coverage_lacks(const struct coverage *coverage, u32 host, const char *kind, enum stage stage, struct arena *arena, str *ret_lack);
const struct coverage_source *coverage_find(const struct coverage *coverage, u32 host, const char *kind);

#endif
