/* correlate_part.h: what the files of the correlation engine share. correlate.c makes items of hits and matches of what the window
 * holds; correlate_window.c walks over items and keeps what is in the window. */
#ifndef RULE_CORRELATE_PART_H
#define RULE_CORRELATE_PART_H

#include "base/spill.h"
#include "rule/correlate.h"
#include "rule/exact.h"

/* A hit, or a match of another correlation, as one correlation counts it. */
struct item {
    struct hash128 group; /* host and group-by values */
    exact_number value;   /* value_count: a hash of the tuple; else the number */
    i64 time, first;      /* of a match: of its last and its first member */
    u64 order;
    u64 source; /* id of a hit, or place of a match among those of its rule */
    u32 ref;    /* which of the rule's refs */
    u32 host;
    u32 members;
    bool is_match;
};

struct run;
struct work { /* one correlation rule */
    struct run *run;
    const struct sigma_rule *rule;
    const struct sigma_correlation *c;
    struct corr_lost lost;
    struct spill spill;
    struct sorter sorter;
    struct tape items; /* by group and time */
    bool has_parts;    /* some are matches */
    bool broken;       /* a sorter took no more */
    struct sorter found;
};

static inline bool corr_same_group(const struct item *a, const struct item *b)
{
    return a->group.a == b->group.a && a->group.b == b->group.b;
}

static inline bool corr_same_event(const struct item *a, const struct item *b)
{
    return a->time == b->time && a->order == b->order;
}

static inline bool corr_is_older(const struct item *item, const struct item *end, i64 span)
{
    i64 age;
    return __builtin_sub_overflow(end->time, item->time, &age) || age > span;
}

static inline bool corr_has_lengths(const struct work *w)
{
    return w->c->type == CORR_TEMPORAL_ORDERED && w->c->n_bounds > 0;
}

/* Items of the rule, from one place of their tape to another. */
struct cursor {
    struct tape_reader reader;
    struct item item;
    u64 at; /* its place; the end when there is none */
    u64 end;
};
void corr_cursor_init(struct cursor *cursor, const struct work *work, u64 from, u64 to);
void corr_cursor_next(struct cursor *cursor);
void corr_cursor_release(struct cursor *cursor);

/* What is in the window now; add and remove keep it right. */
struct window {
    u64 n_events;
    u32 *ref_uses, n_refs; /* temporal */
    struct exact_sum sum;
    i64 *start; /* temporal_ordered: for each ref, the latest start of the refs up to it in order */
    i64 *starts; /* … with bounds: for each ref and length, that of so many of the refs up to it */
    exact_number
        *keys; /* value_count, value_percentile: the different values of the group, sorted */
    u32 *uses; /* value_count: of each; value_percentile: a Fenwick tree over them */
    size_t n_keys;
    u64 n_values; /* value_count: with any use */
};
void corr_window_init(struct window *win, const struct work *work);
void corr_window_release(struct window *win);
/* Before a group is walked over: its different values get numbers, in their order. Then the window is empty. */
void corr_window_number(struct window *win, struct work *work, u64 from, u64 to);
void corr_window_reset(struct window *win, const struct work *work);
/* `first`: no other item of the same event is in it. */
void corr_window_add(struct window *win, const struct work *work, const struct item *item, bool first);
void corr_window_remove(struct window *win, const struct work *work, const struct item *item, bool first);
/* What the order of refs makes of an event, whose items these are: all of them. */
void corr_window_advance(struct window *win, const struct work *work, const struct item *items, size_t n);
bool corr_window_holds(const struct window *win, const struct work *work, i64 end); /* at that time */

#endif
