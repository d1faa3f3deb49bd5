#include "rule/correlate_part.h"

#include <stdlib.h>

#include "base/timex.h"

/* ---- items in their order ---- */

void corr_cursor_next(struct cursor *c)
{
    c->at++;
    if (c->at < c->end && !tape_next(&c->reader, &c->item, sizeof c->item))
        c->at = c->end;
}

void corr_cursor_init(struct cursor *c, const struct work *w, u64 from, u64 to)
{
    *c = (struct cursor){.at = from, .end = to};
    tape_reader_init(&c->reader, &w->items, from * sizeof c->item);
    if (from < to && !tape_next(&c->reader, &c->item, sizeof c->item))
        c->at = to;
}

void corr_cursor_release(struct cursor *c)
{
    tape_reader_release(&c->reader);
}

/* ---- the window ---- */

static size_t rank_of(const struct window *win, exact_number key)
{
    size_t from = 0, to = win->n_keys;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (win->keys[middle] < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void count_number(struct window *win, exact_number key, u32 by)
{
    for (size_t i = rank_of(win, key) + 1; i <= win->n_keys; i += i & -i)
        win->uses[i] += by;
}

/* The number of that rank among those in the window, from 1. */
static exact_number number_at(const struct window *win, u64 rank)
{
    size_t at = 0, step = 1;
    while (step <= win->n_keys / 2)
        step *= 2;
    for (; step; step /= 2)
        if (at + step <= win->n_keys && win->uses[at + step] < rank) {
            at += step;
            rank -= win->uses[at];
        }
    return win->keys[MIN(at, win->n_keys - 1)];
}

void corr_window_add(struct window *win, const struct work *w, const struct item *item, bool first)
{
    if (w->c->type == CORR_VALUE_COUNT)
        win->n_values += win->uses[rank_of(win, item->value)]++ == 0;
    win->n_refs += win->ref_uses[item->ref]++ == 0;
    if (!first)
        return;
    if (w->c->type == CORR_VALUE_PERCENTILE)
        count_number(win, item->value, 1);
    win->n_events++;
    if (w->c->type == CORR_VALUE_SUM || w->c->type == CORR_VALUE_AVG)
        exact_add(&win->sum, item->value);
}

void corr_window_remove(struct window *win, const struct work *w, const struct item *item,
                        bool first)
{
    if (w->c->type == CORR_VALUE_COUNT)
        win->n_values -= --win->uses[rank_of(win, item->value)] == 0;
    win->n_refs -= --win->ref_uses[item->ref] == 0;
    if (!first)
        return;
    if (w->c->type == CORR_VALUE_PERCENTILE)
        count_number(win, item->value, UINT32_MAX); /* one less */
    win->n_events--;
    if (w->c->type == CORR_VALUE_SUM || w->c->type == CORR_VALUE_AVG)
        exact_take(&win->sum, item->value);
}

/* For each ref the latest time at which the refs up to it can have begun, in order, by events up to
 * this one. `items` are all of one event: it can stand for one ref only, so the refs before must be
 * done by earlier events. */
static void advance_order(struct window *win, const struct work *w, const struct item *items,
                          size_t n)
{
    for (u32 ref = w->c->n_refs; ref-- > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (items[i].ref != ref)
                continue;
            const i64 start = ref == 0 ? items[i].time : win->start[ref - 1];
            win->start[ref] = MAX(win->start[ref], start);
        }
    }
}

/* The same for each number of refs that are in order, with any between them left out. */
static void advance_lengths(struct window *win, const struct work *w, const struct item *items,
                            size_t n)
{
    const u32 n_refs = w->c->n_refs;
    for (u32 ref = n_refs; ref-- > 0;) {
        bool here = false;
        for (size_t i = 0; i < n; i++)
            here |= items[i].ref == ref;
        for (u32 length = 0; here && length <= ref; length++) {
            i64 start = items[0].time;
            if (length > 0)
                start = win->starts[(ref - 1) * n_refs + length - 1];
            for (u32 k = ref; k < n_refs && win->starts[k * n_refs + length] < start; k++)
                win->starts[k * n_refs + length] = start;
        }
    }
}

void corr_window_advance(struct window *win, const struct work *w, const struct item *items,
                         size_t n)
{
    if (corr_has_lengths(w))
        advance_lengths(win, w, items, n);
    else if (w->c->type == CORR_TEMPORAL_ORDERED)
        advance_order(win, w, items, n);
}

static bool is_within(i64 start, i64 end, i64 span)
{
    i64 age;
    return start != TIME_NONE && !__builtin_sub_overflow(end, start, &age) && age <= span;
}

/* The most refs that the window has in order. */
static u32 longest(const struct window *win, const struct work *w, i64 end)
{
    const u32 n_refs = w->c->n_refs;
    const i64 *const starts = win->starts + (size_t)(n_refs - 1) * n_refs;
    u32 length = n_refs;
    while (length && !is_within(starts[length - 1], end, w->c->timespan_ns))
        length--;
    return length;
}

static bool bound_holds(enum sigma_cmp cmp, int compared)
{
    switch (cmp) {
    case CMP_GT:
        return compared > 0;
    case CMP_GTE:
        return compared >= 0;
    case CMP_LT:
        return compared < 0;
    case CMP_LTE:
        return compared <= 0;
    case CMP_EQ:
        return compared == 0;
    case CMP_NEQ:
        return compared != 0;
    }
    return false;
}

/* The smallest rank that has so many percent of the numbers at or below it. */
static exact_number percentile(const struct window *win, exact_number percent)
{
    const exact_number all = 100 * EXACT_ONE, part = percent * (exact_number)win->n_events;
    const u64 rank = (u64)((part + all - 1) / all);
    return number_at(win, MAX(rank, (u64)1));
}

/* What the bounds are held against; of a mean the sum, and they are multiplied. */
static struct exact_sum figure(const struct window *win, const struct work *w, i64 end)
{
    struct exact_sum out = {0};
    switch (w->c->type) {
    case CORR_EVENT_COUNT:
        exact_add(&out, (exact_number)win->n_events * EXACT_ONE);
        break;
    case CORR_VALUE_COUNT:
        exact_add(&out, (exact_number)win->n_values * EXACT_ONE);
        break;
    case CORR_VALUE_SUM:
    case CORR_VALUE_AVG:
        return win->sum;
    case CORR_VALUE_PERCENTILE:
        exact_add(&out, percentile(win, w->c->percentile));
        break;
    case CORR_TEMPORAL:
        exact_add(&out, win->n_refs * EXACT_ONE);
        break;
    case CORR_TEMPORAL_ORDERED:
        exact_add(&out, longest(win, w, end) * EXACT_ONE);
        break;
    }
    return out;
}

bool corr_window_holds(const struct window *win, const struct work *w, i64 end)
{
    const struct sigma_correlation *const c = w->c;
    if (c->type == CORR_TEMPORAL_ORDERED && c->n_bounds == 0)
        return is_within(win->start[c->n_refs - 1], end, c->timespan_ns);
    if (c->type == CORR_TEMPORAL && c->n_bounds == 0)
        return win->n_refs == c->n_refs;
    const struct exact_sum have = figure(win, w, end);
    const u32 count = c->type == CORR_VALUE_AVG ? (u32)win->n_events : 1;
    for (u32 i = 0; i < c->n_bounds; i++)
        if (!bound_holds(c->bounds[i].cmp, exact_compare(&have, c->bounds[i].limit, count)))
            return false;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const exact_number x = *(const exact_number *)a, y = *(const exact_number *)b;
    return (x > y) - (x < y);
}

#define GROUP_AT_ONCE 65536 /* values that are sorted in memory */

static void add_key(struct window *win, exact_number key, size_t *room)
{
    if (win->n_keys && win->keys[win->n_keys - 1] == key)
        return;
    if (win->n_keys == *room) {
        *room = *room ? *room + *room / 2 : 64;
        win->keys = mem_grow(win->keys, *room, sizeof *win->keys);
    }
    win->keys[win->n_keys++] = key;
}

/* The different values of a group get numbers, in their order. */
void corr_window_number(struct window *win, struct work *w, u64 from, u64 to)
{
    if (w->c->type != CORR_VALUE_COUNT && w->c->type != CORR_VALUE_PERCENTILE)
        return;
    struct cursor cursor;
    struct sorter sorter;
    struct tape sorted;
    struct tape_reader reader;
    size_t room = 0;
    exact_number key;
    mem_free(win->keys);
    win->keys = NULL;
    win->n_keys = 0;
    sorter_init(&sorter, &w->spill, sizeof key, by_key);
    sorter.room = (size_t)MIN(MAX(to - from, (u64)1), (u64)GROUP_AT_ONCE);
    for (corr_cursor_init(&cursor, w, from, to); cursor.at < to; corr_cursor_next(&cursor))
        w->broken |= !sorter_add(&sorter, &cursor.item.value);
    corr_cursor_release(&cursor);
    w->broken |= !sorter_finish(&sorter, &sorted);
    tape_reader_init(&reader, &sorted, 0);
    while (tape_next(&reader, &key, sizeof key))
        add_key(win, key, &room);
    tape_reader_release(&reader);
    tape_release(&sorted);
    win->uses = mem_grow(win->uses, win->n_keys + 1, sizeof *win->uses);
    memset(win->uses, 0, (win->n_keys + 1) * sizeof *win->uses);
}

void corr_window_init(struct window *win, const struct work *w)
{
    *win = (struct window){0};
    win->ref_uses = mem_calloc(w->c->n_refs, sizeof *win->ref_uses);
    win->start = mem_calloc(w->c->n_refs, sizeof *win->start);
    if (corr_has_lengths(w))
        win->starts = mem_calloc((size_t)w->c->n_refs * w->c->n_refs, sizeof *win->starts);
}

void corr_window_reset(struct window *win, const struct work *w)
{
    win->n_events = win->n_values = win->n_refs = 0;
    win->sum = (struct exact_sum){0};
    for (u32 i = 0; win->starts && i < w->c->n_refs * w->c->n_refs; i++)
        win->starts[i] = TIME_NONE;
    for (u32 i = 0; i < w->c->n_refs; i++) {
        win->ref_uses[i] = 0;
        win->start[i] = TIME_NONE;
    }
}

void corr_window_release(struct window *win)
{
    mem_free(win->ref_uses);
    mem_free(win->start);
    mem_free(win->starts);
    mem_free(win->keys);
    mem_free(win->uses);
}
