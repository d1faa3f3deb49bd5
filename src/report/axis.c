#include "report/axis.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/timex.h"

#define BREAK_WIDTH 7.0 /* per cent */
#define PIECE_LEAST 4.0 /* per cent: a single moment between two breaks */
#define BREAK_RATIO                                                                                \
    4 /* a gap this many times longer than all that is shorter than it is a break                  \
       */

#define MINUTE (60 * TIME_SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

struct gap {
    u64 length;
    size_t before; /* index of the time it ends at */
};

static int compare_gaps(const void *a, const void *b)
{
    const struct gap *const x = a, *const y = b;
    if (x->length != y->length)
        return x->length > y->length ? -1 : 1;
    return x->before < y->before ? -1 : x->before > y->before;
}

static int compare_index(const void *a, const void *b)
{
    const struct gap *const x = a, *const y = b;
    return x->before < y->before ? -1 : x->before > y->before;
}

static u64 distance(i64 from, i64 to)
{
    return (u64)to - (u64)from;
}

i64 axis_distance(i64 from, i64 to)
{
    return (i64)MIN(distance(from, to), (u64)INT64_MAX);
}

/* The gaps to break at, in order of time; at most AXIS_PIECES - 1. */
static size_t find_breaks(const i64 *times, size_t n, struct gap out[AXIS_PIECES - 1])
{
    struct gap top[64]; /* a drawing has at most 40 rows */
    size_t n_top = 0;
    u64 rest = 0;
    for (size_t i = 1; i < n; i++) {
        const struct gap gap = {distance(times[i - 1], times[i]), i};
        if (n_top < COUNT(top))
            top[n_top++] = gap;
        rest += gap.length;
    }
    qsort(top, n_top, sizeof *top, compare_gaps);
    size_t breaks = 0;
    while (breaks < MIN(n_top, (size_t)AXIS_PIECES - 1)) {
        rest -= top[breaks].length;
        if (rest == 0 || top[breaks].length / BREAK_RATIO < rest)
            break;
        out[breaks] = top[breaks];
        breaks++;
    }
    qsort(out, breaks, sizeof *out, compare_index);
    return breaks;
}

void axis_make(struct axis *axis, const i64 *times, size_t n, double x0, double x1)
{
    struct gap breaks[AXIS_PIECES - 1];
    const size_t n_breaks = find_breaks(times, n, breaks);
    *axis = (struct axis){.n = n_breaks + 1};
    double total = 0;
    for (size_t i = 0; i < axis->n; i++) {
        const size_t first = i ? breaks[i - 1].before : 0,
                     last = i < n_breaks ? breaks[i].before - 1 : n - 1;
        axis->piece[i].from = times[first];
        axis->piece[i].to = times[last];
        total += (double)distance(times[first], times[last]);
    }
    const double free_width =
        x1 - x0 - BREAK_WIDTH * (double)n_breaks - PIECE_LEAST * (double)axis->n;
    double x = x0;
    for (size_t i = 0; i < axis->n; i++) {
        struct axis_piece *const piece = &axis->piece[i];
        const double length = (double)distance(piece->from, piece->to);
        piece->x0 = x;
        piece->x1 = x + PIECE_LEAST +
                    (total > 0 ? free_width * length / total : free_width / (double)axis->n);
        x = piece->x1 + BREAK_WIDTH;
    }
}

double axis_x(const struct axis *axis, i64 ns)
{
    for (size_t i = 0; i < axis->n; i++) {
        const struct axis_piece *const piece = &axis->piece[i];
        if (ns > piece->to && i + 1 < axis->n)
            continue;
        if (ns <= piece->from)
            return piece->x0;
        if (ns >= piece->to)
            return piece->from == piece->to ? piece->x0 : piece->x1;
        return piece->x0 + (piece->x1 - piece->x0) * (double)distance(piece->from, ns) /
                               (double)distance(piece->from, piece->to);
    }
    return 0;
}

i64 axis_step(i64 range, int count)
{
    static const i64 steps[] = {
        TIME_SECOND / 1000,
        TIME_SECOND / 100,
        TIME_SECOND / 10,
        TIME_SECOND / 5,
        TIME_SECOND / 2,
        TIME_SECOND,
        2 * TIME_SECOND,
        5 * TIME_SECOND,
        10 * TIME_SECOND,
        15 * TIME_SECOND,
        30 * TIME_SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
        90 * DAY,
        365 * DAY,
        3650 * DAY,
    };
    for (size_t i = 0; i < COUNT(steps); i++)
        if (range / steps[i] <= count)
            return steps[i];
    return 36500 * DAY;
}

/* Months since year 0 of a time, and back; -1 when it has no date. */
static i64 month_of(i64 ns)
{
    char text[TIME_MAX];
    const str full = str_from(time_format(ns, text));
    u64 year = 0, month = 0;
    if (full.n < 20 || !str_u64(str_sub(full, 0, 4), &year) ||
        !str_u64(str_sub(full, 5, 7), &month) || month < 1)
        return -1;
    return (i64)(year * 12 + month - 1);
}

static i64 month_start(i64 month)
{
    return time_from_civil((int)(month / 12), (int)(month % 12) + 1, 1, 0, 0, 0, 0);
}

i64 axis_tick(i64 ns, i64 step)
{
    if (step < 30 * DAY) {
        const i64 over = (ns % step + step) % step;
        return over == 0 ? ns : ns > INT64_MAX - step ? INT64_MAX : ns + (step - over);
    }
    const i64 months = MAX(1, step / (30 * DAY) - step / (365 * DAY) / 6); /* 1, 3, 12, 120, 1200 */
    i64 month = month_of(ns);
    if (month < 0)
        return INT64_MAX;
    month = (month + months - 1) / months * months;
    i64 at = month_start(month);
    if (at != TIME_NONE && at < ns)
        at = month_start(month + months);
    return at == TIME_NONE ? INT64_MAX : at;
}

str axis_label(struct arena *arena, i64 ns, i64 step)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[TIME_MAX];
    const str full = str_from(time_format(ns, text));
    u64 month = 1;
    if (full.n < 20 || !str_u64(str_sub(full, 5, 7), &month) || month < 1 || month > 12)
        return S("");
    if (step < TIME_SECOND)
        return arena_printf(arena, "%.*s", full.n >= 23 ? 12 : 8, full.p + 11);
    if (step < MINUTE)
        return arena_printf(arena, "%.8s", full.p + 11);
    if (step < DAY)
        return arena_printf(arena, "%.5s", full.p + 11);
    if (step < 30 * DAY)
        return arena_printf(arena, "%.2s %.3s", full.p + 8, months + 3 * (month - 1));
    if (step >= 365 * DAY)
        return arena_printf(arena, "%.4s", full.p);
    return arena_printf(arena, "%.3s %.4s", months + 3 * (month - 1), full.p);
}

str axis_length(struct arena *arena, i64 ns)
{
    if (ns >= DAY)
        return arena_printf(arena, "%lld d %lld h", (long long)(ns / DAY),
                            (long long)(ns % DAY / HOUR));
    if (ns >= HOUR)
        return arena_printf(arena, "%lld h %lld min", (long long)(ns / HOUR),
                            (long long)(ns % HOUR / MINUTE));
    if (ns >= MINUTE)
        return arena_printf(arena, "%lld min %lld s", (long long)(ns / MINUTE),
                            (long long)(ns % MINUTE / TIME_SECOND));
    if (ns >= TIME_SECOND)
        return arena_printf(arena, "%lld.%lld s", (long long)(ns / TIME_SECOND),
                            (long long)(ns % TIME_SECOND / (TIME_SECOND / 10)));
    return arena_printf(arena, "%lld ms", (long long)(ns / (TIME_SECOND / 1000)));
}
