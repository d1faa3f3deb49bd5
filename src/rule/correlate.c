#include "rule/correlate.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/timex.h"
#include "rule/correlate_part.h"

/* A match on its rule's tape. `source`, `ref` and `is_match` are those of the last item: all of a
 * match have the same group-by values, so that they can be asked for when they are needed. */
struct found {
    i64 last, first;
    u64 order, source;
    u32 ref, host;
    u64 members;
    struct corr_ref end;
    u64 steps_at; /* on the tape of steps */
    u32 n_steps;  /* … as many */
    bool is_match;
};

struct step {
    struct corr_ref hit;
    u32 ref;
};

struct run { /* one call of correlate */
    const struct ruleset *set;
    const struct corr_source *hits;
    struct arena *arena;
    struct spill spill;
    struct tape *found; /* by rule: all of its matches, in their order */
    struct tape steps;
    VEC(struct corr_cut) cuts;
    bool *done;   /* by rule */
    bool *broken; /* by rule: its hits or matches could not be put in order, none are known */
    u64 seed;
    struct buf key; /* scratch of tuple_of */
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

static struct found found_at(const struct run *run, u32 rule, u64 at)
{
    struct found out;
    tape_read(&run->found[rule], at * sizeof out, &out, sizeof out);
    return out;
}

/* The field of a match is its group-by value of that name, which is a field of its last item, and
 * so on down to a hit. */
static bool field_of_match(const struct run *run, u32 rule, u64 at, str field,
                           struct corr_value *out)
{
    for (;;) {
        const struct sigma_correlation *const c = run->set->rules[rule]->correlation;
        const struct found found = found_at(run, rule, at);
        u32 i = 0;
        while (i < c->n_group_by && !str_eq(c->group_by[i], field))
            i++;
        if (i == c->n_group_by)
            return false;
        rule = c->rules[found.ref];
        at = found.source;
        field = real_field(c, field, run->set->rules[rule]);
        if (found.is_match)
            continue;
        struct corr_hit hit;
        run->hits->find(run->hits->arg, rule, at, &hit);
        return run->hits->value(run->hits->arg, &hit, field, out);
    }
}

/* `hit` is the one that the source gave last; NULL for a match. */
static bool field_of(const struct work *w, const struct item *item, const struct corr_hit *hit,
                     str field, struct corr_value *out)
{
    const u32 rule = w->c->rules[item->ref];
    const str name = real_field(w->c, field, w->run->set->rules[rule]);
    if (item->is_match)
        return field_of_match(w->run, rule, item->source, name, out);
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
        struct corr_value value = {0};
        all = field_of(w, item, hit, fields[i], &value);
        const u64 head = (u64)value.text.n << 1 | value.is_list;
        buf_add(key, (str){(const char *)&head, sizeof head});
        if (value.text.n)
            buf_add(key, value.text);
    }
    *out = hash_seeded(key->p, key->n, w->run->seed);
    return all;
}

static bool number_of(const struct work *w, const struct item *item, const struct corr_hit *hit,
                      exact_number *out)
{
    struct corr_value value;
    return field_of(w, item, hit, w->c->value_fields[0], &value) && !value.is_list &&
           exact_parse(value.text, out);
}

static bool value_of(const struct work *w, struct item *item, const struct corr_hit *hit)
{
    struct hash128 tuple;
    switch (w->c->type) {
    case CORR_VALUE_COUNT:
        if (!tuple_of(w, item, hit, w->c->value_fields, w->c->n_value_fields, 0, &tuple))
            return false;
        item->value = (exact_number)tuple.a;
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
        item.time = item.first = hit.time;
        item.order = hit.order;
        item.source = hit.id;
        item.host = hit.host;
        item.members = members;
        add_item(w, &item, &hit);
    }
}

/* A chain sees every match of its parts, however few of them are kept to be shown. */
static void collect_matches(struct work *w, u32 ref)
{
    const u32 first = !referred_before(w->c, ref);
    const u32 rule = w->c->rules[ref];
    struct tape_reader reader;
    struct found found;
    tape_reader_init(&reader, &w->run->found[rule], 0);
    for (u64 i = 0; !w->broken && tape_next(&reader, &found, sizeof found); i++) {
        struct item item;
        memset(&item, 0, sizeof item);
        item.ref = ref;
        item.time = found.last;
        item.first = found.first;
        item.order = found.order;
        item.source = i;
        item.host = found.host;
        item.members = (u32)MIN(found.members, (u64)UINT32_MAX) * first;
        item.is_match = w->has_parts = true;
        add_item(w, &item, NULL);
    }
    tape_reader_release(&reader);
    w->broken |= w->run->broken[rule]; /* who refers to what is not known knows nothing */
}

static void collect(struct work *w)
{
    for (u32 ref = 0; ref < w->c->n_refs; ref++)
        if (w->run->set->rules[w->c->rules[ref]]->correlation)
            collect_matches(w, ref);
        else
            collect_hits(w, ref);
}

/* ---- from items to matches ---- */

static struct corr_ref end_of(const struct work *w, const struct item *item)
{
    const u32 rule = w->c->rules[item->ref];
    if (item->is_match)
        return found_at(w->run, rule, item->source).end;
    return (struct corr_ref){rule, item->source};
}

/* In items [from, to): for each ref the earliest item, in order if the type asks for it. */
static u32 pick_steps(const struct work *w, u64 from, u64 to, struct item *steps)
{
    const bool ordered = w->c->type == CORR_TEMPORAL_ORDERED;
    bool seen[LIMIT_TEMPORAL_RULES] = {0};
    struct cursor c;
    u32 n = 0;
    for (corr_cursor_init(&c, w, from, to); c.at < to && n < w->c->n_refs; corr_cursor_next(&c)) {
        const struct item *const item = &c.item;
        if (ordered ? item->ref != n || (n && corr_same_event(item, &steps[n - 1]))
                    : seen[item->ref])
            continue;
        seen[item->ref] = true;
        steps[n++] = *item;
    }
    corr_cursor_release(&c);
    return n;
}

/* The longest rows of refs in order so far: of each length the one that ends in the lowest ref,
 * and of those the one that was there first. */
struct rows {
    u32 n, room;
    struct item *items; /* the row of length n: room of them from n × room on */
    i64 *last;          /* its last ref */
};

/* Highest ref first: an event stands for one step only, so none may follow one of its own. */
static void add_to_rows(struct rows *rows, const struct item *event, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        u32 length = 0; /* of the row that the item follows */
        while (length < rows->n && rows->last[length + 1] < event[i].ref)
            length++;
        if (length == rows->n)
            rows->n++;
        else if (rows->last[length + 1] <= event[i].ref)
            continue;
        struct item *const row = rows->items + (size_t)(length + 1) * rows->room;
        memcpy(row, rows->items + (size_t)length * rows->room, length * sizeof *row);
        row[length] = event[i];
        rows->last[length + 1] = event[i].ref;
    }
}

static u32 pick_longest(const struct work *w, u64 from, u64 to, struct item *steps)
{
    const u32 room = w->c->n_refs;
    struct rows rows = {.room = room};
    struct cursor c;
    VEC(struct item) event = {0};
    rows.items = mem_calloc((size_t)(room + 1) * room, sizeof *rows.items);
    rows.last = mem_calloc(room + 1, sizeof *rows.last);
    for (corr_cursor_init(&c, w, from, to); c.at < to;) {
        for (event.n = 0; c.at < to && (!event.n || corr_same_event(&c.item, event.p));
             corr_cursor_next(&c))
            *VEC_PUSH(&event) = c.item;
        add_to_rows(&rows, event.p, event.n);
    }
    memcpy(steps, rows.items + (size_t)rows.n * room, rows.n * sizeof *steps);
    corr_cursor_release(&c);
    VEC_FREE(&event);
    mem_free(rows.items);
    mem_free(rows.last);
    return rows.n;
}

static void add_steps(struct work *w, u64 from, u64 to, struct found *out)
{
    struct item *const items = mem_calloc(w->c->n_refs, sizeof *items);
    out->steps_at = w->run->steps.n;
    out->n_steps =
        corr_has_lengths(w) ? pick_longest(w, from, to, items) : pick_steps(w, from, to, items);
    for (u32 i = 0; i < out->n_steps; i++) {
        struct step step;
        memset(&step, 0, sizeof step);
        step.hit = end_of(w, &items[i]);
        step.ref = items[i].ref;
        w->broken |= !tape_add(&w->run->steps, &step, sizeof step);
    }
    mem_free(items);
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
    i64 first = h->first.first;
    struct cursor c;
    if (!w->has_parts)
        return first;
    for (corr_cursor_init(&c, w, h->from, h->to); c.at < h->to; corr_cursor_next(&c))
        first = MIN(first, c.item.first);
    corr_cursor_release(&c);
    return first;
}

static void add_match(struct work *w, const struct holding *h)
{
    struct found found;
    memset(&found, 0, sizeof found); /* it goes to a file, padding and all */
    found.last = h->last.time;
    found.first = first_time(w, h);
    found.order = h->last.order;
    found.source = h->last.source;
    found.ref = h->last.ref;
    found.is_match = h->last.is_match;
    found.host = h->last.host;
    found.members = h->members;
    found.end = end_of(w, &h->last);
    if (w->c->type == CORR_TEMPORAL || w->c->type == CORR_TEMPORAL_ORDERED)
        add_steps(w, h->from, h->held, &found);
    w->broken |= !sorter_add(&w->found, &found);
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
    corr_window_number(win, w, from, to);
    if (w->broken)
        return; /* without its numbers nothing can be counted */
    struct cursor head, tail;
    struct holding run = {0};
    struct item before = {0}; /* the one that the tail left last */
    u64 taken = 0, left = 0;  /* members before head and tail */
    VEC(struct item) event = {0};
    corr_cursor_init(&head, w, from, to);
    corr_cursor_init(&tail, w, from, to);
    corr_window_reset(win, w);
    while (head.at < to) {
        const u64 at = head.at;
        for (event.n = 0; head.at < to && (!event.n || corr_same_event(&head.item, event.p));
             corr_cursor_next(&head)) {
            *VEC_PUSH(&event) = head.item;
            corr_window_add(win, w, &head.item, event.n == 1);
            taken += head.item.members;
        }
        corr_window_advance(win, w, event.p, event.n);
        for (; corr_is_older(&tail.item, event.p, w->c->timespan_ns); corr_cursor_next(&tail)) {
            corr_window_remove(win, w, &tail.item,
                               tail.at == from || !corr_same_event(&tail.item, &before));
            left += tail.item.members;
            before = tail.item;
        }
        const bool holds = corr_window_holds(win, w, event.p[0].time);
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
    corr_cursor_release(&head);
    corr_cursor_release(&tail);
    VEC_FREE(&event);
}

static void scan_groups(struct work *w)
{
    const u64 n = w->items.n / sizeof(struct item);
    struct window win;
    struct cursor c;
    corr_window_init(&win, w);
    corr_cursor_init(&c, w, 0, n);
    while (c.at < n && !w->broken) {
        const struct item first = c.item;
        const u64 from = c.at;
        while (c.at < n && corr_same_group(&c.item, &first))
            corr_cursor_next(&c);
        scan_group(w, &win, from, c.at);
    }
    corr_cursor_release(&c);
    corr_window_release(&win);
}

/* Groups come in any order, so matches are put in theirs: no two have the same last item. */
static int by_end(const void *a, const void *b)
{
    const struct found *const x = a, *const y = b;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->ref != y->ref)
        return x->ref < y->ref ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

static struct corr_lost run_rule(struct run *run, const struct sigma_rule *rule)
{
    struct work w = {
        .run = run, .rule = rule, .c = rule->correlation, .lost = {.rule = rule->index}};
    struct tape *const found = &run->found[rule->index];
    spill_init(&w.spill, run->hits->folder, SPILL_MEMORY, LIMIT_SPILL);
    sorter_init(&w.sorter, &w.spill, sizeof(struct item), by_group);
    sorter_init(&w.found, &run->spill, sizeof(struct found), by_end);
    collect(&w);
    w.broken |= !sorter_finish(&w.sorter, &w.items);
    if (!w.broken)
        scan_groups(&w);
    w.broken |= !sorter_finish(&w.found, found);
    w.broken |= w.spill.unreadable || run->spill.unreadable;
    if (w.broken) { /* which ones there are hangs on the order of groups, so none */
        tape_release(found);
        tape_init(found, &run->spill);
    }
    run->broken[rule->index] = w.broken;
    tape_release(&w.items);
    spill_release(&w.spill);
    return w.lost;
}

/* ---- from matches to the result ---- */

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

static const struct corr_ref *steps_of(const struct run *run, const struct found *found, u32 n)
{
    struct corr_ref *const out = ARENA_ARRAY(run->arena, struct corr_ref, n);
    for (u32 i = 0; i < n; i++)
        out[i].rule = UINT32_MAX; /* a condition may ask for fewer than all rules */
    for (u32 i = 0; i < found->n_steps; i++) {
        struct step step;
        tape_read(&run->steps, found->steps_at + i * sizeof step, &step, sizeof step);
        if (step.ref < n) /* else the file gave something else */
            out[step.ref] = step.hit;
    }
    return out;
}

static struct corr_match match_of(const struct run *run, u32 rule, u64 at)
{
    const struct sigma_correlation *const c = run->set->rules[rule]->correlation;
    const bool temporal = c->type == CORR_TEMPORAL || c->type == CORR_TEMPORAL_ORDERED;
    const struct found found = found_at(run, rule, at);
    str *const group = ARENA_ARRAY(run->arena, str, c->n_group_by);
    for (u32 i = 0; i < c->n_group_by; i++) {
        struct corr_value value = {0};
        (void)field_of_match(run, rule, at, c->group_by[i], &value);
        group[i] = arena_str(run->arena, value.text);
    }
    return (struct corr_match){
        .rule = rule,
        .host = found.host,
        .first = found.first,
        .last = found.last,
        .order = found.order,
        .group = group,
        .n_members = found.members,
        .end = found.end,
        .steps = temporal ? steps_of(run, &found, c->n_refs) : NULL,
        .n_steps = temporal ? c->n_refs : 0,
    };
}

static u64 n_found(const struct run *run, u32 rule)
{
    return run->found[rule].n / sizeof(struct found);
}

/* Whoever asks for less than an even part leaves the rest to the others. */
static u64 share_out(const struct run *run, const bool *aside, bool which, u64 left, u64 *kept)
{
    for (u32 open = 1; open && left;) {
        open = 0;
        for (u32 i = 0; i < run->set->n_rules; i++)
            open += aside[i] == which && kept[i] < n_found(run, i);
        const u64 part = open ? MAX(left / open, (u64)1) : 0;
        for (u32 i = 0; i < run->set->n_rules && open; i++) {
            if (aside[i] != which)
                continue;
            const u64 more = MIN(MIN(part, left), n_found(run, i) - kept[i]);
            kept[i] += more;
            left -= more;
        }
    }
    return left;
}

/* Of each correlation the first matches. Those that serve others alone take what is left. */
static void keep_matches(struct run *run, struct corr_result *out)
{
    const u32 n_rules = run->set->n_rules;
    u64 *const kept = mem_calloc(n_rules + 1, sizeof *kept), left = run->hits->most_matches;
    bool *const aside = mem_calloc(n_rules + 1, sizeof *aside);
    corr_hidden(run->set, aside);
    for (u32 i = 0; i < n_rules; i++)
        aside[i] = aside[i] && !run->set->rules[i]->leadline;
    left = share_out(run, aside, false, left ? left : LIMIT_MATCHES, kept);
    (void)share_out(run, aside, true, left, kept);
    for (u32 i = 0; i < n_rules; i++) {
        out->n += (u32)kept[i];
        if (run->broken[i] || (!aside[i] && kept[i] < n_found(run, i)))
            *VEC_PUSH(&run->cuts) = (struct corr_cut){i, UINT32_MAX, kept[i]};
    }
    out->matches = ARENA_ARRAY(run->arena, struct corr_match, out->n);
    for (u32 i = 0, n = 0; i < n_rules; i++)
        for (u64 at = 0; at < kept[i]; at++)
            out->matches[n++] = match_of(run, i, at);
    if (out->n)
        qsort_r(out->matches, out->n, sizeof *out->matches, by_last, run);
    mem_free(kept);
    mem_free(aside);
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

static void run_init(struct run *run, const struct ruleset *set, const struct corr_source *hits,
                     struct arena *arena)
{
    *run = (struct run){.set = set, .hits = hits, .arena = arena, .seed = hash_seed()};
    run->done = mem_calloc(set->n_rules + 1, sizeof *run->done);
    run->broken = mem_calloc(set->n_rules + 1, sizeof *run->broken);
    run->found = mem_calloc(set->n_rules + 1, sizeof *run->found);
    buf_init(&run->key, SIZE_MAX);
    spill_init(&run->spill, hits->folder, SPILL_MEMORY, LIMIT_SPILL);
    tape_init(&run->steps, &run->spill);
    for (u32 i = 0; i < set->n_rules; i++)
        tape_init(&run->found[i], &run->spill);
}

static void run_release(struct run *run)
{
    for (u32 i = 0; i < run->set->n_rules; i++)
        tape_release(&run->found[i]);
    tape_release(&run->steps);
    spill_release(&run->spill);
    VEC_FREE(&run->cuts);
    mem_free(run->found);
    mem_free(run->broken);
    mem_free(run->done);
    buf_release(&run->key);
}

void correlate(const struct ruleset *set, const struct corr_source *hits, struct arena *arena,
               struct corr_result *out)
{
    struct run run;
    VEC(struct corr_lost) lost = {0};
    run_init(&run, set, hits, arena);
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
    *out = (struct corr_result){0};
    keep_matches(&run, out);
    out->n_lost = (u32)lost.n;
    out->n_cuts = (u32)run.cuts.n;
    out->lost = ARENA_ARRAY(arena, struct corr_lost, out->n_lost);
    out->cuts = ARENA_ARRAY(arena, struct corr_cut, out->n_cuts);
    if (out->n_lost) {
        memcpy(out->lost, lost.p, out->n_lost * sizeof *out->lost);
        qsort(out->lost, out->n_lost, sizeof *out->lost, by_rule);
    }
    if (out->n_cuts) {
        memcpy(out->cuts, run.cuts.p, out->n_cuts * sizeof *out->cuts);
        qsort(out->cuts, out->n_cuts, sizeof *out->cuts, by_cut);
    }
    VEC_FREE(&lost);
    run_release(&run);
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
