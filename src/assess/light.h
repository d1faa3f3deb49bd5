/* light.h: when could a stage of an attack be seen? A light is a row of sights.def that the evidence of a host fulfils, and the
 * time for which it does: from its first record to the last, without the gaps. It is not the time of the log: a log that goes on
 * after its process records stop shows no process any more.
 *
 * Records that come seldom (a file made, a share written to) are in sight while the records go on that pace them; of several
 * parts (two folders of HttpProxy), all must be there at once. */
#ifndef ASSESS_LIGHT_H
#define ASSESS_LIGHT_H

#include "assess/lead.h"
#include "assess/part.h"
#include "base/mem.h"

#define GAP_HOURS 12
/* The last record of a log is not the last moment it would have shown: what its computer did in the hour after, when it starts a
 * process at least every hour, is still in sight. */
#define LIGHT_TAIL (3600 * TIME_SECOND)

enum sight { SIGHT_NO, SIGHT_PARTLY, SIGHT_YES };

typedef VEC(struct gap { i64 from, to; }) gap_list;
typedef VEC(i64) hour_list;

struct sight_row {
    enum stage stage;
    const char *kind;
    u32 parts, paced_by, columns; /* masks; 0: any */
    enum sight sight;
    const char *what;
};
enum {
    SIGHT_ROWS = 0
#define SIGHT(stage, kind, parts, paced_by, columns, sure, what) +1
#include "assess/sights.def"
#undef SIGHT
};
extern const struct sight_row sight_rows[SIGHT_ROWS];

/* What was observed of one part of one log of one host, in whichever files. */
struct lot {
    u32 host;
    str kind;
    enum part part;
    u32 columns;
    u64 events;
    i64 first, last; /* TIME_NONE: no record has a time */
    hour_list hours;
};

struct light {
    const struct sight_row *row;
    u32 host;
    i64 first, last;
    gap_list gaps;
};

/* The light of the row from the n lots of one host; false when it is dark: also where no record has a time, for then nobody knows
 * of when it speaks. */
bool light_make(const struct lot *lots, size_t n, const struct sight_row *row, struct light *out);
/* The silences between the hours that are longer than GAP_HOURS. The hours are sorted. */
void gaps_find(hour_list *all, gap_list *out);

#endif
