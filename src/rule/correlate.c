#include "rule/correlate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/timex.h"
#include "rule/sigma/check.h"

/* A hit, or a match of another correlation, as one correlation counts it. */
struct item {
    u32 group; /* number of host and group-by values */
    u32 ref;   /* which of the rule's refs */
    i64 time;
    u64 order;
    u32 value; /* value_count: number of the tuple */
    double number;
    u32 source; /* index of a hit, or of a match */
    bool is_match;
};

typedef VEC(struct corr_match) matches;
typedef VEC(u32) indexes;

struct run { /* one call of correlate */
    const struct ruleset *set;
    const struct corr_hit *hits;
    u32 n_hits;
    corr_value *value;
    void *arg;
    struct arena *arena;
    matches matches;
    bool *done; /* by rule */
};

struct work { /* one correlation rule */
    struct run *run;
    const struct sigma_rule *rule;
    const struct sigma_correlation *c;
    struct corr_lost lost;
    struct intern groups, values;
    VEC(struct item) items;
};

/* What is in the window now; add and remove keep it right. */
struct window {
    u32 n_events;
    u32 *value_uses, n_values; /* value_count: uses of each tuple, number of those with any */
    u32 *ref_uses, n_refs;     /* temporal */
    long double sum;
    double *sorted; /* value_percentile */
    i64 *start; /* temporal_ordered: for each ref, the latest start of the refs up to it in order */
};

/* ---- from hits to items ---- */

/* What the field is called in the events of one referred rule. */
static str real_field(const struct work *w, str field, const struct sigma_rule *referred)
{
    for (u32 i = 0; i < w->c->n_aliases; i++) {
        const struct sigma_alias *const alias = &w->c->aliases[i];
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

static bool field_of(const struct work *w, const struct item *item, str field, str *out)
{
    const struct sigma_rule *const referred = w->run->set->rules[w->c->rules[item->ref]];
    const str name = real_field(w, field, referred);
    if (item->is_match)
        return match_field(w, &w->run->matches.p[item->source], name, out);
    return w->run->value(w->run->arg, &w->run->hits[item->source], name, out);
}

/* The values of some fields as one number; lengths in front keep ("a", "bc") and ("ab", "c") apart.
 */
static bool tuple_of(const struct work *w, const struct item *item, const str *fields, u32 n,
                     u32 host, struct intern *table, u32 *out)
{
    struct buf key;
    buf_init(&key, SIZE_MAX);
    buf_printf(&key, "%u", host);
    bool all = true;
    for (u32 i = 0; i < n && all; i++) {
        str value = STR_NONE;
        all = field_of(w, item, fields[i], &value);
        buf_printf(&key, " %zu:", value.n);
        buf_add(&key, value);
    }
    if (all)
        *out = intern_add(table, buf_str(&key));
    buf_release(&key);
    return all;
}

static bool number_of(const struct work *w, const struct item *item, double *out)
{
    str text;
    char z[48];
    if (!field_of(w, item, w->c->value_fields[0], &text) || text.n >= sizeof z ||
        !sigma_is_number(text))
        return false;
    snprintf(z, sizeof z, "%.*s", STR_ARG(text));
    *out = strtod(z, NULL);
    return true;
}

static bool value_of(struct work *w, struct item *item)
{
    switch (w->c->type) {
    case CORR_VALUE_COUNT:
        return tuple_of(w, item, w->c->value_fields, w->c->n_value_fields, 0, &w->values,
                        &item->value);
    case CORR_VALUE_SUM:
    case CORR_VALUE_AVG:
    case CORR_VALUE_PERCENTILE:
        return number_of(w, item, &item->number);
    default:
        return true;
    }
}

static void add_item(struct work *w, struct item item, u32 host)
{
    if (item.time == TIME_NONE)
        w->lost.no_time++;
    else if (!tuple_of(w, &item, w->c->group_by, w->c->n_group_by, host, &w->groups, &item.group))
        w->lost.no_group++;
    else if (!value_of(w, &item))
        w->lost.no_value++;
    else
        *VEC_PUSH(&w->items) = item;
}

static int by_group(const void *a, const void *b)
{
    const struct item *const x = a, *const y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->ref != y->ref)
        return x->ref < y->ref ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

static void collect(struct work *w)
{
    const struct run *const run = w->run;
    for (u32 ref = 0; ref < w->c->n_refs; ref++) {
        for (u32 i = 0; i < run->n_hits; i++) {
            const struct corr_hit *const hit = &run->hits[i];
            if (hit->rule == w->c->rules[ref])
                add_item(
                    w,
                    (struct item){.ref = ref, .time = hit->time, .order = hit->order, .source = i},
                    hit->host);
        }
        for (u32 i = 0; i < run->matches.n; i++) {
            const struct corr_match *const match = &run->matches.p[i];
            if (match->rule == w->c->rules[ref])
                add_item(w,
                         (struct item){.ref = ref,
                                       .time = match->last,
                                       .order = match->order,
                                       .source = i,
                                       .is_match = true},
                         match->host);
        }
    }
    if (w->items.n)
        qsort(w->items.p, w->items.n, sizeof *w->items.p, by_group);
}

/* ---- the window ---- */

static bool same_event(const struct item *a, const struct item *b)
{
    return a->group == b->group && a->time == b->time && a->order == b->order;
}

static bool is_older(const struct item *item, const struct item *end, i64 span)
{
    i64 age;
    return __builtin_sub_overflow(end->time, item->time, &age) || age > span;
}

static size_t lower_bound(const double *sorted, size_t n, double number)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (sorted[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NEEDSWORK: the sorted numbers of value_percentile are moved for each event, which a window of a
 * million events would feel; nobody has such a rule yet.
 *
 * `first`: of its event. An event that two rules matched is one event with one number. */
static void window_add(struct window *win, const struct work *w, const struct item *item,
                       bool first)
{
    win->n_values += win->value_uses[item->value]++ == 0;
    win->n_refs += win->ref_uses[item->ref]++ == 0;
    if (!first)
        return;
    if (w->c->type == CORR_VALUE_PERCENTILE) {
        const size_t at = lower_bound(win->sorted, win->n_events, item->number);
        memmove(win->sorted + at + 1, win->sorted + at, (win->n_events - at) * sizeof *win->sorted);
        win->sorted[at] = item->number;
    }
    win->n_events++;
    win->sum += item->number;
}

static void window_remove(struct window *win, const struct work *w, const struct item *item,
                          bool first)
{
    win->n_values -= --win->value_uses[item->value] == 0;
    win->n_refs -= --win->ref_uses[item->ref] == 0;
    if (!first)
        return;
    win->n_events--;
    win->sum -= item->number;
    if (w->c->type == CORR_VALUE_PERCENTILE) {
        const size_t at = lower_bound(win->sorted, win->n_events + 1, item->number);
        memmove(win->sorted + at, win->sorted + at + 1, (win->n_events - at) * sizeof *win->sorted);
    }
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
    const double exact = percent / 100 * win->n_events;
    size_t rank = (size_t)exact;
    rank += (double)rank < exact;
    return win->sorted[MIN(MAX(rank, (size_t)1), (size_t)win->n_events) - 1];
}

static double figure(const struct window *win, const struct sigma_correlation *c)
{
    switch (c->type) {
    case CORR_EVENT_COUNT:
        return win->n_events;
    case CORR_VALUE_COUNT:
        return win->n_values;
    case CORR_VALUE_SUM:
        return (double)win->sum;
    case CORR_VALUE_AVG:
        return (double)(win->sum / win->n_events);
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

static void window_reset(struct window *win, const struct work *w)
{
    for (u32 i = 0; i < w->c->n_refs; i++)
        win->start[i] = TIME_NONE;
}

static void window_init(struct window *win, const struct work *w)
{
    *win = (struct window){0};
    win->value_uses = mem_calloc(intern_count(&w->values) + 1, sizeof *win->value_uses);
    win->ref_uses = mem_calloc(w->c->n_refs, sizeof *win->ref_uses);
    win->start = mem_calloc(w->c->n_refs, sizeof *win->start);
    if (w->c->type == CORR_VALUE_PERCENTILE)
        win->sorted = mem_calloc(w->items.n + 1, sizeof *win->sorted);
}

static void window_release(struct window *win)
{
    mem_free(win->value_uses);
    mem_free(win->ref_uses);
    mem_free(win->start);
    mem_free(win->sorted);
}

/* ---- from items to matches ---- */

static const struct corr_hit *last_hit(const struct run *run, const struct item *item, u32 *out)
{
    const struct corr_match *const match = item->is_match ? &run->matches.p[item->source] : NULL;
    *out = match ? match->members[match->n_members - 1] : item->source;
    return &run->hits[*out];
}

/* In items [from, to): for each ref the earliest item, in order if the type asks for it. */
static void pick_steps(const struct work *w, const struct item *items, size_t from, size_t to,
                       u32 *steps)
{
    const bool ordered = w->c->type == CORR_TEMPORAL_ORDERED;
    for (u32 ref = 0; ref < w->c->n_refs; ref++) {
        size_t i = from;
        while (i < to && items[i].ref != ref)
            i++;
        steps[ref] = UINT32_MAX; /* a condition may ask for fewer than all rules */
        if (i == to)
            continue;
        (void)last_hit(w->run, &items[i], &steps[ref]);
        for (const size_t picked = i;
             ordered && from < to && (from <= picked || same_event(&items[from], &items[picked]));)
            from++;
    }
}

struct order { /* to sort members with */
    i64 time;
    u64 order;
    u32 hit;
};

static int by_order(const void *a, const void *b)
{
    const struct order *const x = a, *const y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->hit > y->hit) - (x->hit < y->hit);
}

/* The hits under items [from, to), each once. */
static void set_members(struct corr_match *match, const struct work *w, const struct item *items,
                        size_t from, size_t to)
{
    const struct run *const run = w->run;
    VEC(struct order) list = {0};
    for (size_t i = from; i < to; i++) {
        const struct corr_match *const part =
            items[i].is_match ? &run->matches.p[items[i].source] : NULL;
        for (u32 k = 0; k < (part ? part->n_members : 1); k++) {
            const u32 hit = part ? part->members[k] : items[i].source;
            *VEC_PUSH(&list) = (struct order){run->hits[hit].time, run->hits[hit].order, hit};
        }
    }
    qsort(list.p, list.n, sizeof *list.p, by_order);
    u32 *const members = ARENA_ARRAY(run->arena, u32, list.n);
    for (size_t i = 0; i < list.n; i++)
        if (i == 0 || list.p[i].hit != list.p[i - 1].hit)
            members[match->n_members++] = list.p[i].hit;
    match->members = members;
    match->first = list.p[0].time;
    match->last = list.p[list.n - 1].time;
    match->order = list.p[list.n - 1].order;
    match->host = run->hits[list.p[0].hit].host;
    VEC_FREE(&list);
}

static const str *group_values(const struct work *w, const struct item *item)
{
    str *const out = ARENA_ARRAY(w->run->arena, str, w->c->n_group_by);
    for (u32 i = 0; i < w->c->n_group_by; i++) {
        str value = STR_NONE;
        (void)field_of(w, item, w->c->group_by[i], &value);
        out[i] = arena_str(w->run->arena, value);
    }
    return out;
}

/* [from, held): the first window that held. [from, to): all windows of the run. */
static void add_match(struct work *w, const struct item *items, size_t from, size_t held, size_t to,
                      matches *out)
{
    const bool temporal = w->c->type == CORR_TEMPORAL || w->c->type == CORR_TEMPORAL_ORDERED;
    struct corr_match match = {.rule = w->rule->index};
    set_members(&match, w, items, from, to);
    match.group = group_values(w, &items[from]);
    if (temporal) {
        u32 *const steps = ARENA_ARRAY(w->run->arena, u32, w->c->n_refs);
        pick_steps(w, items, from, held, steps);
        match.steps = steps;
        match.n_steps = w->c->n_refs;
    }
    *VEC_PUSH(out) = match;
}

/* One group: slide over its events, and gather runs of windows that hold. */
static void scan_group(struct work *w, struct window *win, const struct item *items, size_t n,
                       matches *out)
{
    size_t low = 0, from = 0, held = 0, to = 0; /* to > 0: a run is open */
    window_reset(win, w);
    for (size_t at = 0, end; at < n; at = end) {
        for (end = at; end < n && same_event(&items[end], &items[at]); end++)
            window_add(win, w, &items[end], end == at);
        if (w->c->type == CORR_TEMPORAL_ORDERED)
            advance_order(win, w, items + at, end - at);
        for (; is_older(&items[low], &items[at], w->c->timespan_ns); low++)
            window_remove(win, w, &items[low],
                          low == 0 || !same_event(&items[low], &items[low - 1]));
        const bool holds = window_holds(win, w, items[at].time);
        if (to > 0 && (!holds || low >= at)) {
            add_match(w, items, from, held, to, out);
            to = 0;
        }
        if (holds && to == 0) {
            from = low;
            held = end;
        }
        to = holds ? end : 0;
    }
    if (to > 0)
        add_match(w, items, from, held, to, out);
    for (; low < n; low++)
        window_remove(win, w, &items[low], low == 0 || !same_event(&items[low], &items[low - 1]));
}

static void scan_groups(struct work *w, matches *out)
{
    struct window win;
    window_init(&win, w);
    for (size_t at = 0, end; at < w->items.n; at = end) {
        end = at;
        while (end < w->items.n && w->items.p[end].group == w->items.p[at].group)
            end++;
        scan_group(w, &win, w->items.p + at, end - at, out);
    }
    window_release(&win);
}

static struct corr_lost run_rule(struct run *run, const struct sigma_rule *rule)
{
    struct work w = {
        .run = run, .rule = rule, .c = rule->correlation, .lost = {.rule = rule->index}};
    matches found = {0};
    intern_init(&w.groups, NULL);
    intern_init(&w.values, NULL);
    collect(&w);
    scan_groups(&w, &found);
    for (size_t i = 0; i < found.n; i++)
        *VEC_PUSH(&run->matches) = found.p[i];
    VEC_FREE(&found);
    VEC_FREE(&w.items);
    intern_release(&w.groups);
    intern_release(&w.values);
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

static int by_last(const void *a, const void *b)
{
    const struct corr_match *const x = a, *const y = b;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_rule(const void *a, const void *b)
{
    const struct corr_lost *const x = a, *const y = b;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

void correlate(const struct ruleset *set, const struct corr_hit *hits, u32 n, corr_value *value,
               void *arg, struct arena *arena, struct corr_result *out)
{
    struct run run = {
        .set = set, .hits = hits, .n_hits = n, .value = value, .arg = arg, .arena = arena};
    VEC(struct corr_lost) lost = {0};
    run.done = mem_calloc(set->n_rules + 1, sizeof *run.done);
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
    *out = (struct corr_result){.n = (u32)run.matches.n, .n_lost = (u32)lost.n};
    out->matches = ARENA_ARRAY(arena, struct corr_match, out->n);
    out->lost = ARENA_ARRAY(arena, struct corr_lost, out->n_lost);
    if (out->n) {
        memcpy(out->matches, run.matches.p, out->n * sizeof *out->matches);
        qsort(out->matches, out->n, sizeof *out->matches, by_last);
    }
    if (out->n_lost) {
        memcpy(out->lost, lost.p, out->n_lost * sizeof *out->lost);
        qsort(out->lost, out->n_lost, sizeof *out->lost, by_rule);
    }
    VEC_FREE(&run.matches);
    VEC_FREE(&lost);
    mem_free(run.done);
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
        hidden[i] &= !shown[i];
    mem_free(shown);
}
