/* reach.h: which rules could have fired on this evidence, and why the others could not: half of coverage. A rule could not when no
 * log of its source is there, or every one that is there is written without a column that it cannot do without. */
#ifndef ASSESS_REACH_H
#define ASSESS_REACH_H

#include "assess/scan.h"

/* Fills scan->could_not_fire. */
void reach_judge(struct scan *scan);

#endif
