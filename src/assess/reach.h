/* reach.h: which rules could have fired on this evidence, and why the others could not: half of coverage. */
#ifndef ASSESS_REACH_H
#define ASSESS_REACH_H

#include "assess/scan.h"

/* Fills scan->could_not_fire. */
void reach_judge(struct scan *scan);

#endif
