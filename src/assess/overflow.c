#include "assess/overflow.h"

#include <stdlib.h>

#include "base/limits.h"
#include "rule/correlate.h"

struct key {
    i64 time;
    u64 off;
    u64 event, hit; /* where they stand */
    u32 source, rank;
    u32 rule, unused;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *const x = a, *const y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return 0;
}

struct ranked {
    str id;
    u32 rule;
};

static int compare_ids(const void *a, const void *b)
{
    const struct ranked *const x = a, *const y = b;
    const int by_id = str_cmp(x->id, y->id);
    return by_id ? by_id : x->rule < y->rule ? -1 : 1;
}

static void rank_rules(struct overflow *o)
{
    const u32 n = o->rules->n_rules;
    struct ranked *const ranked = mem_calloc(n + 1, sizeof *ranked);
    for (u32 i = 0; i < n; i++)
        ranked[i] = (struct ranked){o->rules->rules[i]->id, i};
    qsort(ranked, n, sizeof *ranked, compare_ids);
    for (u32 i = 0; i < n; i++)
        o->ranks[ranked[i].rule] = i;
    mem_free(ranked);
}

struct overflow *overflow_new(const struct ruleset *rules)
{
    struct overflow *const o = mem_calloc(1, sizeof *o);
    o->rules = rules;
    o->ranks = mem_calloc(rules->n_rules + 1, sizeof *o->ranks);
    o->skip = mem_calloc(rules->n_rules + 1, sizeof *o->skip);
    o->kept = mem_calloc(rules->n_rules + 1, sizeof *o->kept);
    pthread_mutex_init(&o->lock, NULL);
    spill_init(&o->spill, NULL, SPILL_MEMORY, LIMIT_SPILL);
    tape_init(&o->texts, &o->spill);
    tape_init(&o->order, &o->spill);
    sorter_init(&o->keys, &o->spill, sizeof(struct key), compare_keys);
    rank_rules(o);
    corr_hidden(rules, o->skip);
    return o;
}

void overflow_free(struct overflow *o)
{
    if (!o)
        return;
    sorter_release(&o->keys);
    tape_release(&o->order);
    tape_release(&o->texts);
    spill_release(&o->spill);
    pthread_mutex_destroy(&o->lock);
    mem_free(o->ranks);
    mem_free(o->skip);
    mem_free(o->kept);
    mem_free(o);
}

/* ---- writing: a text stands with its length before it, whatever holds texts as it is in memory
 * ---- */

static void add_text(struct buf *out, str text)
{
    const u64 n = text.n;
    buf_add(out, (str){(const char *)&n, sizeof n});
    if (n)
        buf_add(out, text);
}

static void write_event(struct buf *out, const struct scan_event *event, bool brief)
{
    struct scan_event own = *event;
    const struct scan_event *const e = &own;
    own.n_fields = brief ? 0 : event->n_fields;
    own.raw = brief ? S("") : event->raw;
    buf_add(out, (str){(const char *)e, sizeof *e});
    add_text(out, e->host_text);
    add_text(out, e->kind);
    add_text(out, e->channel);
    add_text(out, e->provider);
    add_text(out, e->raw);
    for (u32 i = 0; i < e->n_fields; i++) {
        add_text(out, e->fields[i].name);
        add_text(out, e->fields[i].text);
    }
}

static void write_reasons(struct buf *out, const struct scan_hit *hit)
{
    const u64 n = hit->n_reasons;
    buf_add(out, (str){(const char *)&n, sizeof n});
    for (u32 i = 0; i < hit->n_reasons; i++) {
        add_text(out, hit->reasons[i].field);
        add_text(out, hit->reasons[i].value);
        add_text(out, hit->reasons[i].test);
    }
}

/* With its length before it, so that a reader takes it in one piece. */
static bool write_tape(struct overflow *o, struct buf *piece, u64 *at)
{
    const u64 n = piece->n;
    *at = o->texts.n;
    return tape_add(&o->texts, &n, sizeof n) && tape_add(&o->texts, piece->p, piece->n);
}

void overflow_add(struct overflow *o, const struct scan_event *event, const struct scan_hit *hits,
                  size_t n)
{
    struct key key = {.time = event->time, .off = event->off, .source = event->source};
    struct buf piece;
    buf_init(&piece, SIZE_MAX);
    write_event(&piece, event, o->brief);
    pthread_mutex_lock(&o->lock);
    bool ok = write_tape(o, &piece, &key.event);
    for (size_t i = 0; i < n && ok; i++) {
        buf_reset(&piece);
        write_reasons(&piece, &hits[i]);
        key.rule = hits[i].rule->index;
        key.rank = o->ranks[key.rule];
        ok = write_tape(o, &piece, &key.hit) && sorter_add(&o->keys, &key);
        o->kept[key.rule] += ok;
    }
    pthread_mutex_unlock(&o->lock);
    buf_release(&piece);
}

void overflow_sort(struct overflow *o)
{
    if (sorter_finish(&o->keys, &o->order) && !o->spill.unreadable)
        return;
    /* What is not on the tape is not shown, and must not count as shown. */
    struct tape_reader reader;
    struct key key;
    memset(o->kept, 0, o->rules->n_rules * sizeof *o->kept);
    tape_reader_init(&reader, &o->order, 0);
    while (tape_next(&reader, &key, sizeof key))
        o->kept[key.rule]++;
    tape_reader_release(&reader);
}

/* ---- reading ---- */

void overflow_reader_init(struct overflow_reader *reader, const struct overflow *overflow)
{
    *reader = (struct overflow_reader){.overflow = overflow};
    if (overflow)
        tape_reader_init(&reader->keys, &overflow->order, 0);
}

void overflow_reader_release(struct overflow_reader *reader)
{
    tape_reader_release(&reader->keys);
    arena_release(&reader->arena);
}

static u64 take_number(str *from)
{
    u64 n = 0;
    if (from->n >= sizeof n) {
        memcpy(&n, from->p, sizeof n);
        *from = str_sub(*from, sizeof n, from->n);
    }
    return n;
}

static str take_text(str *from)
{
    const u64 stated = take_number(from);
    const size_t n = (size_t)MIN(stated, (u64)from->n);
    const str out = n ? str_sub(*from, 0, n) : S("");
    *from = str_sub(*from, n, from->n);
    return out;
}

static str read_piece(struct overflow_reader *r, u64 at)
{
    const struct tape *const tape = &r->overflow->texts;
    u64 n;
    tape_read(tape, at, &n, sizeof n);
    n = MIN(n, tape->n - at - sizeof n); /* a file that fails gives zeros */
    char *const p = ARENA_ARRAY(&r->arena, char, n + 1);
    tape_read(tape, at + sizeof n, p, (size_t)n);
    return (str){p, (size_t)n};
}

static bool read_event(struct overflow_reader *r, u64 at)
{
    struct scan_event *const e = &r->event;
    str from = read_piece(r, at);
    if (from.n < sizeof *e)
        return false;
    memcpy(e, from.p, sizeof *e);
    from = str_sub(from, sizeof *e, from.n);
    e->host_text = take_text(&from);
    e->kind = take_text(&from);
    e->channel = take_text(&from);
    e->provider = take_text(&from);
    e->raw = take_text(&from);
    e->fields = ARENA_ARRAY(&r->arena, struct scan_field, e->n_fields);
    for (u32 i = 0; i < e->n_fields; i++) {
        e->fields[i].name = take_text(&from);
        e->fields[i].text = take_text(&from);
    }
    return true;
}

bool overflow_next(struct overflow_reader *r, struct scan_hit *out)
{
    struct key key;
    if (!r->keys.tape || !tape_next(&r->keys, &key, sizeof key))
        return false;
    arena_reset(&r->arena);
    if (key.rule >= r->overflow->rules->n_rules || !read_event(r, key.event))
        return false;
    str from = read_piece(r, key.hit);
    *out = (struct scan_hit){.rule = r->overflow->rules->rules[key.rule], .event = &r->event};
    const u64 n_reasons = take_number(&from);
    out->n_reasons = (u32)MIN(n_reasons, (u64)from.n / (3 * sizeof(u64)));
    out->reasons = ARENA_ARRAY(&r->arena, struct match_reason, out->n_reasons);
    for (u32 i = 0; i < out->n_reasons; i++) {
        out->reasons[i].field = take_text(&from);
        out->reasons[i].value = take_text(&from);
        out->reasons[i].test = take_text(&from);
    }
    return true;
}
