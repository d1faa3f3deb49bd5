/* axis.h: the time axis of a drawing, in per cent of its width, so that a drawing without a viewBox
 * fits every screen while its text keeps its size. Where nothing happens for far longer than
 * everything else takes, the axis is broken: the gap gets a fixed width and says how long it is.
 * Between breaks the scale is the same everywhere. */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "base/arena.h"

#define AXIS_PIECES 6

struct axis_piece {
    i64 from, to;  /* ns */
    double x0, x1; /* per cent */
};

struct axis {
    struct axis_piece piece[AXIS_PIECES];
    size_t n;
};

/* An axis over sorted times (n > 0), from x0 to x1 per cent. */
void axis_make(struct axis *axis, const i64 *times, size_t n, double x0, double x1);
i64 axis_distance(i64 from, i64 to); /* to - from, from <= to; INT64_MAX when it is more */
double axis_x(const struct axis *axis, i64 ns); /* cut to the axis */

/* A round step for about `count` ticks over `range` ns, at least 1 ms. */
i64 axis_step(i64 range, int count);
/* The first tick at or after `ns`; from a month on they stand on the first of a month, else on
 * multiples of the step. INT64_MAX: there is none. */
i64 axis_tick(i64 ns, i64 step);
str axis_label(struct arena *arena, i64 ns,
               i64 step); /* "06:40:11", "06:40", "14 Mar", "Mar 2021", "2021" as the step needs */
str axis_length(struct arena *arena, i64 ns); /* "7 s", "3 d 4 h": at most two units */

#endif
