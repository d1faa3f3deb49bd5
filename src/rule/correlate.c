#include "rule/correlate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/spill.h"
#include "base/timex.h"
#include "rule/sigma/check.h"

/* A hit, or a match of another correlation, as one correlation counts it. */
struct item {
    struct hash128 group; /* host and group-by values */
    i64 time;
    u64 order;
    u64 source; /* id of a hit, or index of a match */
    u64 value;  /* value_count: of the tuple; else the number, by number_key */
    u32 ref;    /* which of the rule's refs */
    u32 host;
    u32 members;
    bool is_match;
};

typedef VEC(struct corr_match) matches;

struct run { /* one call of correlate */
    const struct ruleset *set;
    const struct corr_source *hits;
    struct arena *arena;
    matches matches;
    VEC(struct corr_cut) cuts;
    bool *done; /* by rule */
    u64 seed;
    struct buf key; /* scratch of tuple_of */
};

struct work { /* one correlation rule */
    struct run *run;
    const struct sigma_rule *rule;
    const struct sigma_correlation *c;
    struct corr_lost lost;
    struct spill spill;
    struct sorter sorter;
    struct tape items; /* by group and time */
    bool has_parts;    /* some are matches */
    bool broken;       /* the sorter took no more */
    matches found;
    u64 n_found; /* with those that were not kept */
};

/* What is in the window now; add and remove keep it right. */
struct window {
    u64 n_events;
    u32 *ref_uses, n_refs; /* temporal */
    long double sum;
    i64 *start; /* temporal_ordered: for each ref, the latest start of the refs up to it in order */
    u64 *keys;  /* value_count, value_percentile: the different values of the group, sorted */
    u32 *uses;  /* value_count: of each; value_percentile: a Fenwick tree over them */
    size_t n_keys;
    u64 n_values; /* value_count: with any use */
};

/* ---- from hits to items ---- */

/* What the field is called in the events of one referred rule. */
static str real_field(const struct sigma_correlation *c, str field,
                      const struct sigma_rule *referred)
{
    for (u32 i = 0; i < c->n_aliases; i++) {
        const struct sigma_alias *const alias = &c->aliases[i];
        if (str_eq(alias->alias, field) &&
            (str_eq(alias->rule, referred->name) || str_eq(alias->rule, referred->id)))
            return alias->field;
    }
    return field;
}

static bool match_field(const struct work *w, const struct corr_match *match, str field, str *out)
{
    const struct sigma_correlation *const c = w->run->set->rules[match->rule]->correlation;
    for (u32 i = 0; i < c->n_group_by; i++) {
        if (!str_eq(c->group_by[i], field))
            continue;
        *out = match->group[i];
        return true;
    }
    return false;
}

/* `hit` is the one that the source gave last; NULL for a match. */
static bool field_of(const struct work *w, const struct item *item, const struct corr_hit *hit,
                     str field, str *out)
{
    const struct sigma_rule *const referred = w->run->set->rules[w->c->rules[item->ref]];
    const str name = real_field(w->c, field, referred);
    if (item->is_match)
        return match_field(w, &w->run->matches.p[item->source], name, out);
    return w->run->hits->value(w->run->hits->arg, hit, name, out);
}

/* The values of some fields as one number; lengths in front keep ("a", "bc") and ("ab", "c") apart.
 */
static bool tuple_of(const struct work *w, const struct item *item, const struct corr_hit *hit,
                     const str *fields, u32 n, u32 host, struct hash128 *out)
{
    struct buf *const key = &w->run->key;
    buf_reset(key);
    buf_add(key, (str){(const char *)&host, sizeof host});
    bool all = true;
    for (u32 i = 0; i < n && all; i++) {
        str value = STR_NONE;
        all = field_of(w, item, hit, fields[i], &value);
        buf_add(key, (str){(const char *)&value.n, sizeof value.n});
        if (value.n)
            buf_add(key, value);
    }
    *out = hash_seeded(key->p, key->n, w->run->seed);
    return all;
}

/* A number as bits that sort as it does, and back. */
static u64 number_key(double number)
{
    u64 bits;
    number = number == 0 ? 0 : number; /* of two zeros one */
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | (u64)1 << 63;
}

static double key_number(u64 key)
{
    const u64 bits = key >> 63 ? key & ~((u64)1 << 63) : ~key;
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static bool number_of(const struct work *w, const struct item *item, const struct corr_hit *hit,
                      u64 *out)
{
    str text;
    char z[48];
    if (!field_of(w, item, hit, w->c->value_fields[0], &text) || text.n >= sizeof z ||
        !sigma_is_number(text))
        return false;
    snprintf(z, sizeof z, "%.*s", STR_ARG(text));
    *out = number_key(strtod(z, NULL));
    return true;
}

static bool value_of(const struct work *w, struct item *item, const struct corr_hit *hit)
{
    struct hash128 tuple;
    switch (w->c->type) {
    case CORR_VALUE_COUNT:
        if (!tuple_of(w, item, hit, w->c->value_fields, w->c->n_value_fields, 0, &tuple))
            return false;
        item->value = tuple.a;
        return true;
    case CORR_VALUE_SUM:
    case CORR_VALUE_AVG:
    case CORR_VALUE_PERCENTILE:
        return number_of(w, item, hit, &item->value);
    default:
        return true;
    }
}

static void add_item(struct work *w, struct item *item, const struct corr_hit *hit)
{
    if (item->time == TIME_NONE)
        w->lost.no_time++;
    else if (!tuple_of(w, item, hit, w->c->group_by, w->c->n_group_by, item->host, &item->group))
        w->lost.no_group++;
    else if (!value_of(w, item, hit))
        w->lost.no_value++;
    else if (!sorter_add(&w->sorter, item))
        w->broken = true;
}

static int by_group(const void *a, const void *b)
{
    const struct item *const x = a, *const y = b;
    if (x->group.a != y->group.a)
        return x->group.a < y->group.a ? -1 : 1;
    if (x->group.b != y->group.b)
        return x->group.b < y->group.b ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->ref != y->ref)
        return x->ref < y->ref ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

static bool referred_before(const struct sigma_correlation *c, u32 ref)
{
    for (u32 i = 0; i < ref; i++)
        if (c->rules[i] == c->rules[ref])
            return true;
    return false;
}

/* Each of several rules has its share, so that a noisy one does not drown the others. */
static void collect_hits(struct work *w, u32 ref)
{
    const struct corr_source *const hits = w->run->hits;
    const u64 most = (hits->most_hits ? hits->most_hits : LIMIT_CORRELATED) / w->c->n_refs;
    const u32 members = !referred_before(w->c, ref); /* a hit that stands for two refs is one */
    struct corr_hit hit;
    u64 n = 0;
    hits->start(hits->arg, w->c->rules[ref]);
    while (!w->broken && hits->next(hits->arg, &hit)) {
        if (n++ == most) {
            *VEC_PUSH(&w->run->cuts) = (struct corr_cut){w->rule->index, w->c->rules[ref], most};
            return;
        }
        struct item item;
        memset(&item, 0, sizeof item); /* it goes to a file, padding and all */
        item.ref = ref;
        item.time = hit.time;
        item.order = hit.order;
        item.source = hit.id;
        item.host = hit.host;
        item.members = members;
        add_item(w, &item, &hit);
    }
}

static void collect_matches(struct work *w, u32 ref)
{
    const u32 first = !referred_before(w->c, ref);
    for (size_t i = 0; i < w->run->matches.n && !w->broken; i++) {
        const struct corr_match *const match = &w->run->matches.p[i];
        if (match->rule != w->c->rules[ref])
            continue;
        struct item item;
        memset(&item, 0, sizeof item);
        item.ref = ref;
        item.time = match->last;
        item.order = match->order;
        item.source = i;
        item.host = match->host;
        item.members = (u32)MIN(match->n_members, (u64)UINT32_MAX) * first;
        item.is_match = w->has_parts = true;
        add_item(w, &item, NULL);
    }
}

static void collect(struct work *w)
{
    for (u32 ref = 0; ref < w->c->n_refs; ref++)
        if (w->run->set->rules[w->c->rules[ref]]->correlation)
            collect_matches(w, ref);
        else
            collect_hits(w, ref);
}

/* ---- items in their order ---- */

struct cursor {
    struct tape_reader reader;
    struct item item;
    u64 at; /* its place; the end when there is none */
    u64 end;
};

static void cursor_next(struct cursor *c)
{
    c->at++;
    if (c->at < c->end && !tape_next(&c->reader, &c->item, sizeof c->item))
        c->at = c->end;
}

static void cursor_init(struct cursor *c, const struct work *w, u64 from, u64 to)
{
    *c = (struct cursor){.at = from, .end = to};
    tape_reader_init(&c->reader, &w->items, from * sizeof c->item);
    if (from < to && !tape_next(&c->reader, &c->item, sizeof c->item))
        c->at = to;
}

static void cursor_release(struct cursor *c)
{
    tape_reader_release(&c->reader);
}

/* ---- the window ---- */

static bool same_group(const struct item *a, const struct item *b)
{
    return a->group.a == b->group.a && a->group.b == b->group.b;
}

static bool same_event(const struct item *a, const struct item *b)
{
    return a->time == b->time && a->order == b->order;
}

static bool is_older(const struct item *item, const struct item *end, i64 span)
{
    i64 age;
    return __builtin_sub_overflow(end->time, item->time, &age) || age > span;
}

static size_t rank_of(const struct window *win, u64 key)
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

static void count_number(struct window *win, u64 key, u32 by)
{
    for (size_t i = rank_of(win, key) + 1; i <= win->n_keys; i += i & -i)
        win->uses[i] += by;
}

/* The number of that rank among those in the window, from 1. */
static double number_at(const struct window *win, u64 rank)
{
    size_t at = 0, step = 1;
    while (step <= win->n_keys / 2)
        step *= 2;
    for (; step; step /= 2)
        if (at + step <= win->n_keys && win->uses[at + step] < rank) {
            at += step;
            rank -= win->uses[at];
        }
    return key_number(win->keys[MIN(at, win->n_keys - 1)]);
}

static void window_add(struct window *win, const struct work *w, const struct item *item,
                       bool first)
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
        win->sum += key_number(item->value);
}

static void window_remove(struct window *win, const struct work *w, const struct item *item,
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
        win->sum -= key_number(item->value);
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

static bool bound_holds(const struct sigma_bound *bound, double have)
{
    switch (bound->cmp) {
    case CMP_GT:
        return have > bound->limit;
    case CMP_GTE:
        return have >= bound->limit;
    case CMP_LT:
        return have < bound->limit;
    case CMP_LTE:
        return have <= bound->limit;
    case CMP_EQ:
        return have == bound->limit;
    case CMP_NEQ:
        return have != bound->limit;
    }
    return false;
}

static double percentile(const struct window *win, double percent)
{
    const double exact = percent / 100 * (double)win->n_events;
    u64 rank = (u64)exact;
    rank += (double)rank < exact;
    return number_at(win, MIN(MAX(rank, (u64)1), win->n_events));
}

static double figure(const struct window *win, const struct sigma_correlation *c)
{
    switch (c->type) {
    case CORR_EVENT_COUNT:
        return (double)win->n_events;
    case CORR_VALUE_COUNT:
        return (double)win->n_values;
    case CORR_VALUE_SUM:
        return (double)win->sum;
    case CORR_VALUE_AVG:
        return (double)(win->sum / (long double)win->n_events);
    case CORR_VALUE_PERCENTILE:
        return percentile(win, c->percentile);
    case CORR_TEMPORAL:
    case CORR_TEMPORAL_ORDERED:
        return win->n_refs;
    }
    return 0;
}

static bool window_holds(const struct window *win, const struct work *w, i64 end)
{
    const struct sigma_correlation *const c = w->c;
    if (c->type == CORR_TEMPORAL_ORDERED) {
        const i64 start = win->start[c->n_refs - 1];
        i64 age;
        return start != TIME_NONE && !__builtin_sub_overflow(end, start, &age) &&
               age <= c->timespan_ns;
    }
    if (c->type == CORR_TEMPORAL && c->n_bounds == 0)
        return win->n_refs == c->n_refs;
    const double have = figure(win, c);
    for (u32 i = 0; i < c->n_bounds; i++)
        if (!bound_holds(&c->bounds[i], have))
            return false;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

#define GROUP_AT_ONCE 65536 /* values that are sorted in memory */

static void add_key(struct window *win, u64 key, size_t *room)
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
static void number_values(struct window *win, struct work *w, u64 from, u64 to)
{
    if (w->c->type != CORR_VALUE_COUNT && w->c->type != CORR_VALUE_PERCENTILE)
        return;
    struct cursor cursor;
    struct sorter sorter;
    struct tape sorted;
    struct tape_reader reader;
    size_t room = 0;
    u64 key;
    mem_free(win->keys);
    win->keys = NULL;
    win->n_keys = 0;
    sorter_init(&sorter, &w->spill, sizeof key, by_key);
    sorter.room = (size_t)MIN(MAX(to - from, (u64)1), (u64)GROUP_AT_ONCE);
    for (cursor_init(&cursor, w, from, to); cursor.at < to; cursor_next(&cursor))
        w->broken |= !sorter_add(&sorter, &cursor.item.value);
    cursor_release(&cursor);
    w->broken |= !sorter_finish(&sorter, &sorted);
    tape_reader_init(&reader, &sorted, 0);
    while (tape_next(&reader, &key, sizeof key))
        add_key(win, key, &room);
    tape_reader_release(&reader);
    tape_release(&sorted);
    win->uses = mem_grow(win->uses, win->n_keys + 1, sizeof *win->uses);
    memset(win->uses, 0, (win->n_keys + 1) * sizeof *win->uses);
}

static void window_init(struct window *win, const struct work *w)
{
    *win = (struct window){0};
    win->ref_uses = mem_calloc(w->c->n_refs, sizeof *win->ref_uses);
    win->start = mem_calloc(w->c->n_refs, sizeof *win->start);
}

static void window_reset(struct window *win, const struct work *w)
{
    win->n_events = win->n_values = win->n_refs = 0;
    win->sum = 0;
    for (u32 i = 0; i < w->c->n_refs; i++) {
        win->ref_uses[i] = 0;
        win->start[i] = TIME_NONE;
    }
}

static void window_release(struct window *win)
{
    mem_free(win->ref_uses);
    mem_free(win->start);
    mem_free(win->keys);
    mem_free(win->uses);
}

/* ---- from items to matches ---- */

static struct corr_ref end_of(const struct work *w, const struct item *item)
{
    return item->is_match ? w->run->matches.p[item->source].end
                          : (struct corr_ref){w->c->rules[item->ref], item->source};
}

/* In items [from, to): for each ref the earliest item, in order if the type asks for it. */
static const struct corr_ref *pick_steps(const struct work *w, u64 from, u64 to)
{
    const bool ordered = w->c->type == CORR_TEMPORAL_ORDERED;
    struct corr_ref *const steps = ARENA_ARRAY(w->run->arena, struct corr_ref, w->c->n_refs);
    struct cursor c;
    struct item picked;
    u32 n = 0;
    for (u32 ref = 0; ref < w->c->n_refs; ref++)
        steps[ref].rule = UINT32_MAX; /* a condition may ask for fewer than all rules */
    for (cursor_init(&c, w, from, to); c.at < to && n < w->c->n_refs; cursor_next(&c)) {
        const struct item *const item = &c.item;
        if (ordered ? item->ref != n || (n && same_event(item, &picked))
                    : steps[item->ref].rule != UINT32_MAX)
            continue;
        steps[item->ref] = end_of(w, item);
        picked = *item;
        n++;
    }
    cursor_release(&c);
    return steps;
}

static const str *group_values(const struct work *w, const struct item *item)
{
    const struct corr_source *const hits = w->run->hits;
    str *const out = ARENA_ARRAY(w->run->arena, str, w->c->n_group_by);
    struct corr_hit hit;
    if (!item->is_match)
        hits->find(hits->arg, w->c->rules[item->ref], item->source, &hit);
    for (u32 i = 0; i < w->c->n_group_by; i++) {
        str value = STR_NONE;
        (void)field_of(w, item, item->is_match ? NULL : &hit, w->c->group_by[i], &value);
        out[i] = arena_str(w->run->arena, value);
    }
    return out;
}

/* A run of windows that hold. */
struct holding {
    bool open;
    u64 from, held, to;  /* [from, held): the first window; [from, to): all of them */
    u64 before, members; /* before `from`; of all of them */
    struct item first, last;
};

static i64 first_time(const struct work *w, const struct holding *h)
{
    i64 first = h->first.time;
    struct cursor c;
    if (!w->has_parts)
        return first;
    for (cursor_init(&c, w, h->from, h->to); c.at < h->to; cursor_next(&c)) {
        const i64 time = c.item.is_match ? w->run->matches.p[c.item.source].first : c.item.time;
        first = MIN(first, time);
    }
    cursor_release(&c);
    return first;
}

static void add_match(struct work *w, const struct holding *h)
{
    const bool temporal = w->c->type == CORR_TEMPORAL || w->c->type == CORR_TEMPORAL_ORDERED;
    if (w->n_found++, w->run->matches.n + w->found.n == LIMIT_MATCHES)
        return;
    *VEC_PUSH(&w->found) = (struct corr_match){
        .rule = w->rule->index,
        .host = h->first.host,
        .first = first_time(w, h),
        .last = h->last.time,
        .order = h->last.order,
        .group = group_values(w, &h->first),
        .n_members = h->members,
        .end = end_of(w, &h->last),
        .steps = temporal ? pick_steps(w, h->from, h->held) : NULL,
        .n_steps = temporal ? w->c->n_refs : 0,
    };
}

static void end_holding(struct work *w, struct holding *h)
{
    if (h->open)
        add_match(w, h);
    h->open = false;
}

/* One group, items [from, to): slide over its events, and gather runs of windows that hold. Two
 * cursors: the head takes in whole events, the tail lets go of what is too old. */
static void scan_group(struct work *w, struct window *win, u64 from, u64 to)
{
    number_values(win, w, from, to);
    if (w->broken)
        return; /* without its numbers nothing can be counted */
    struct cursor head, tail;
    struct holding run = {0};
    struct item before = {0}; /* the one that the tail left last */
    u64 taken = 0, left = 0;  /* members before head and tail */
    VEC(struct item) event = {0};
    cursor_init(&head, w, from, to);
    cursor_init(&tail, w, from, to);
    window_reset(win, w);
    while (head.at < to) {
        const u64 at = head.at;
        for (event.n = 0; head.at < to && (!event.n || same_event(&head.item, event.p));
             cursor_next(&head)) {
            *VEC_PUSH(&event) = head.item;
            window_add(win, w, &head.item, event.n == 1);
            taken += head.item.members;
        }
        if (w->c->type == CORR_TEMPORAL_ORDERED)
            advance_order(win, w, event.p, event.n);
        for (; is_older(&tail.item, event.p, w->c->timespan_ns); cursor_next(&tail)) {
            window_remove(win, w, &tail.item, tail.at == from || !same_event(&tail.item, &before));
            left += tail.item.members;
            before = tail.item;
        }
        const bool holds = window_holds(win, w, event.p[0].time);
        if (!holds || tail.at >= at)
            end_holding(w, &run);
        if (!holds)
            continue;
        if (!run.open)
            run = (struct holding){
                .open = true, .from = tail.at, .held = head.at, .before = left, .first = tail.item};
        run.to = head.at;
        run.members = taken - run.before;
        run.last = event.p[event.n - 1];
    }
    end_holding(w, &run);
    cursor_release(&head);
    cursor_release(&tail);
    VEC_FREE(&event);
}

static void scan_groups(struct work *w)
{
    const u64 n = w->items.n / sizeof(struct item);
    struct window win;
    struct cursor c;
    window_init(&win, w);
    cursor_init(&c, w, 0, n);
    while (c.at < n) {
        const struct item first = c.item;
        const u64 from = c.at;
        while (c.at < n && same_group(&c.item, &first))
            cursor_next(&c);
        scan_group(w, &win, from, c.at);
    }
    cursor_release(&c);
    window_release(&win);
}

static int compare_groups(const struct corr_match *a, const struct corr_match *b, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        const int d = str_cmp(a->group[i], b->group[i]);
        if (d)
            return d;
    }
    return 0;
}

static int by_last(const void *a, const void *b, void *arg)
{
    const struct corr_match *const x = a, *const y = b;
    const struct run *const run = arg;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return compare_groups(x, y, run->set->rules[x->rule]->correlation->n_group_by);
}

static void sort_matches(struct run *run, struct corr_match *p, size_t n)
{
    if (n)
        qsort_r(p, n, sizeof *p, by_last, run);
}

static struct corr_lost run_rule(struct run *run, const struct sigma_rule *rule)
{
    struct work w = {
        .run = run, .rule = rule, .c = rule->correlation, .lost = {.rule = rule->index}};
    spill_init(&w.spill, run->hits->folder, SPILL_MEMORY, LIMIT_SPILL);
    sorter_init(&w.sorter, &w.spill, sizeof(struct item), by_group);
    collect(&w);
    w.broken |= !sorter_finish(&w.sorter, &w.items);
    if (!w.broken)
        scan_groups(&w);
    w.broken |= w.spill.unreadable;
    sort_matches(run, w.found.p, w.found.n); /* groups come in any order */
    VEC_EACH (&w.found, match)
        *VEC_PUSH(&run->matches) = *match;
    if (w.broken || w.n_found > w.found.n)
        *VEC_PUSH(&run->cuts) = (struct corr_cut){rule->index, UINT32_MAX, w.found.n};
    VEC_FREE(&w.found);
    tape_release(&w.items);
    spill_release(&w.spill);
    return w.lost;
}

static bool is_ready(const struct run *run, const struct sigma_rule *rule)
{
    for (u32 i = 0; i < rule->correlation->n_refs; i++) {
        const u32 ref = rule->correlation->rules[i];
        if (run->set->rules[ref]->correlation && !run->done[ref])
            return false;
    }
    return true;
}

static int by_rule(const void *a, const void *b)
{
    const struct corr_lost *const x = a, *const y = b;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static int by_cut(const void *a, const void *b)
{
    const struct corr_cut *const x = a, *const y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->ref > y->ref) - (x->ref < y->ref);
}

void correlate(const struct ruleset *set, const struct corr_source *hits, struct arena *arena,
               struct corr_result *out)
{
    struct run run = {.set = set, .hits = hits, .arena = arena, .seed = hash_seed()};
    VEC(struct corr_lost) lost = {0};
    run.done = mem_calloc(set->n_rules + 1, sizeof *run.done);
    buf_init(&run.key, SIZE_MAX);
    for (bool more = true;
         more;) { /* chains have no circles, so each round does at least one of those left */
        more = false;
        for (u32 i = 0; i < set->n_rules; i++) {
            const struct sigma_rule *const rule = set->rules[i];
            if (!rule->correlation || run.done[i] || !is_ready(&run, rule))
                continue;
            const struct corr_lost one = run_rule(&run, rule);
            if (one.no_time || one.no_group || one.no_value)
                *VEC_PUSH(&lost) = one;
            run.done[i] = more = true;
        }
    }
    *out = (struct corr_result){
        .n = (u32)run.matches.n, .n_lost = (u32)lost.n, .n_cuts = (u32)run.cuts.n};
    out->matches = ARENA_ARRAY(arena, struct corr_match, out->n);
    out->lost = ARENA_ARRAY(arena, struct corr_lost, out->n_lost);
    out->cuts = ARENA_ARRAY(arena, struct corr_cut, out->n_cuts);
    if (out->n)
        memcpy(out->matches, run.matches.p, out->n * sizeof *out->matches);
    sort_matches(&run, out->matches, out->n);
    if (out->n_lost) {
        memcpy(out->lost, lost.p, out->n_lost * sizeof *out->lost);
        qsort(out->lost, out->n_lost, sizeof *out->lost, by_rule);
    }
    if (out->n_cuts) {
        memcpy(out->cuts, run.cuts.p, out->n_cuts * sizeof *out->cuts);
        qsort(out->cuts, out->n_cuts, sizeof *out->cuts, by_cut);
    }
    VEC_FREE(&run.matches);
    VEC_FREE(&run.cuts);
    VEC_FREE(&lost);
    mem_free(run.done);
    buf_release(&run.key);
}

void corr_hidden(const struct ruleset *set, bool *hidden)
{
    bool *const shown = mem_calloc(set->n_rules + 1, sizeof *shown);
    memset(hidden, 0, set->n_rules * sizeof *hidden);
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_correlation *const c = set->rules[i]->correlation;
        for (u32 k = 0; c && k < c->n_refs; k++) {
            hidden[c->rules[k]] = true;
            shown[c->rules[k]] |= c->generate;
        }
    }
    for (u32 i = 0; i < set->n_rules; i++)
        hidden[i] = (hidden[i] && !shown[i]) || set->rules[i]->alert;
    mem_free(shown);
}

static void ask_field(struct corr_fields *fields, str name, u32 room)
{
    for (u32 i = 0; i < fields->n; i++)
        if (str_eq(fields->names[i], name))
            return;
    assert(fields->n < room);
    fields->names[fields->n++] = name;
    (void)room;
}

const struct corr_fields *corr_fields(const struct ruleset *set, struct arena *arena)
{
    struct corr_fields *const all = ARENA_ARRAY(arena, struct corr_fields, set->n_rules);
    u32 *const room = mem_calloc(set->n_rules + 1, sizeof *room);
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_correlation *const c = set->rules[i]->correlation;
        for (u32 k = 0; c && k < c->n_refs; k++)
            room[c->rules[k]] += c->n_group_by + c->n_value_fields;
    }
    for (u32 i = 0; i < set->n_rules; i++)
        all[i].names = ARENA_ARRAY(arena, str, room[i]);
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_correlation *const c = set->rules[i]->correlation;
        for (u32 k = 0; c && k < c->n_refs; k++) {
            const u32 ref = c->rules[k];
            all[ref].asked = true;
            for (u32 f = 0; f < c->n_group_by; f++)
                ask_field(&all[ref], real_field(c, c->group_by[f], set->rules[ref]), room[ref]);
            for (u32 f = 0; f < c->n_value_fields; f++)
                ask_field(&all[ref], real_field(c, c->value_fields[f], set->rules[ref]), room[ref]);
        }
    }
    mem_free(room);
    return all;
}
