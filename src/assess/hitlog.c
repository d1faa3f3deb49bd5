#include "assess/hitlog.h"

#include "base/limits.h"
#include "base/sha256.h"

/* How a note stands in bytes: this, then the texts: host, channel, provider, values. */
struct header {
    u32 size; /* of all of it */
    u32 rule, source, len;
    i64 recorded, stated, event_id;
    u64 off, record, order, hit;
    struct scan_event *event;
    u32 kind, n_host, n_channel, n_provider, n_values;
    u32 carved;
};

#define NO_VALUE UINT32_MAX
#define IS_LIST  ((u32)1 << 31)

static void add_text(struct buf *out, str text)
{
    if (text.n)
        buf_add(out, text);
}

static void add_quoted(struct buf *out, str text)
{
    buf_add(out, S("\""));
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_add(out, S("\\"));
        buf_add(out, str_sub(text, i, i + 1));
    }
    buf_add(out, S("\""));
}

/* Arrays in arrays lie flat. */
static void add_texts(struct value value, struct arena *arena, struct buf *list, u32 *n, str *first)
{
    if (value.type == VALUE_ARRAY) {
        for (u32 i = 0; i < value.n; i++)
            add_texts(value.items[i], arena, list, n, first);
        return;
    }
    if (value.type == VALUE_NONE || value.type == VALUE_NULL)
        return;
    const str text = value_text(value, arena);
    if ((*n)++ == 0)
        *first = text.n ? text : S("");
    else
        buf_add(list, S(","));
    add_quoted(list, text);
}

struct corr_value hitnote_value(struct value value, struct arena *arena)
{
    struct buf list;
    u32 n = 0;
    struct corr_value out = {0};
    if (value.type == VALUE_NONE || value.type == VALUE_NULL)
        return out;
    if (value.type != VALUE_ARRAY) {
        const str text = value_text(value, arena);
        out.text = text.n ? text : S("");
        return out;
    }
    buf_init(&list, SIZE_MAX);
    buf_add(&list, S("["));
    add_texts(value, arena, &list, &n, &out.text);
    buf_add(&list, S("]"));
    out.is_list = n > 1;
    if (out.is_list)
        out.text = arena_str(arena, buf_str(&list));
    buf_release(&list);
    return out;
}

/* A value stands with its length before it; a long one is cut, and what is cut off has a hash in
 * its place, so that different ones stay different. */
static void add_value(struct buf *out, const struct corr_value *of)
{
    const str value = of->text;
    char hex[SHA256_HEX];
    u8 digest[SHA256_SIZE];
    const bool is_long = value.n > HITNOTE_MAX;
    if (is_long) {
        struct sha256 hash;
        sha256_init(&hash);
        sha256_add(&hash, value);
        sha256_final(&hash, digest);
        sha256_text(digest, hex);
    }
    const str end = is_long ? str_from(hex) : STR_NONE;
    const str begin = is_long ? str_sub(value, 0, HITNOTE_MAX - end.n) : value;
    const u32 size = (u32)(begin.n + end.n) | (of->is_list ? IS_LIST : 0);
    const u32 n = value.p ? size : NO_VALUE;
    buf_add(out, (str){(const char *)&n, sizeof n});
    add_text(out, begin);
    add_text(out, end);
}

void hitnote_write(const struct hitnote *note, struct buf *out)
{
    struct header h;
    const size_t start = out->n;
    memset(&h, 0, sizeof h); /* it goes to a file, padding and all */
    h.rule = note->rule;
    h.source = note->source;
    h.len = note->len;
    h.recorded = note->recorded;
    h.stated = note->stated;
    h.event_id = note->event_id;
    h.off = note->off;
    h.record = note->record;
    h.order = note->order;
    h.hit = note->hit;
    h.event = note->event;
    h.kind = (u32)note->kind;
    h.carved = note->carved;
    const str host = str_sub(note->host, 0, HITNOTE_MAX),
              channel = str_sub(note->channel, 0, HITNOTE_MAX);
    const str provider = str_sub(note->provider, 0, HITNOTE_MAX);
    h.n_host = (u32)host.n;
    h.n_channel = (u32)channel.n;
    h.n_provider = (u32)provider.n;
    h.n_values = note->n_values;
    buf_add(out, (str){(const char *)&h, sizeof h});
    add_text(out, host);
    add_text(out, channel);
    add_text(out, provider);
    for (u32 i = 0; i < note->n_values; i++)
        add_value(out, &note->values[i]);
    h.size = (u32)(out->n - start);
    memcpy(out->p + start, &h.size, sizeof h.size);
}

static str take(str notes, size_t *at, size_t n)
{
    const str out = n ? str_sub(notes, *at, *at + n) : S("");
    *at += n;
    return out;
}

bool hitnote_read(str notes, size_t *at, struct hitnote *out, struct arena *arena)
{
    struct header h;
    if (notes.n - *at < sizeof h)
        return false;
    memcpy(&h, notes.p + *at, sizeof h);
    *at += sizeof h;
    *out = (struct hitnote){
        .rule = h.rule,
        .source = h.source,
        .len = h.len,
        .recorded = h.recorded,
        .stated = h.stated,
        .event_id = h.event_id,
        .off = h.off,
        .record = h.record,
        .order = h.order,
        .hit = h.hit,
        .event = h.event,
        .kind = (enum kind)h.kind,
        .carved = h.carved != 0,
        .host = take(notes, at, h.n_host),
        .channel = take(notes, at, h.n_channel),
        .provider = take(notes, at, h.n_provider),
        .values = ARENA_ARRAY(arena, struct corr_value, h.n_values),
        .n_values = h.n_values,
    };
    for (u32 i = 0; i < h.n_values; i++) {
        u32 n;
        memcpy(&n, notes.p + *at, sizeof n);
        *at += sizeof n;
        if (n != NO_VALUE)
            out->values[i] = (struct corr_value){take(notes, at, n & ~IS_LIST), (n & IS_LIST) != 0};
    }
    return true;
}

/* ---- the log ---- */

void hitlog_init(struct hitlog *log, const struct ruleset *rules)
{
    *log = (struct hitlog){.n_rules = rules->n_rules, .most = LIMIT_CORRELATED};
    spill_init(&log->spill, NULL, SPILL_MEMORY, LIMIT_SPILL);
    buf_init(&log->scratch, SIZE_MAX);
    log->fields = corr_fields(rules, &log->arena);
    log->tapes = ARENA_ARRAY(&log->arena, struct tape, rules->n_rules);
    log->seen = ARENA_ARRAY(&log->arena, u64, rules->n_rules);
    log->kept = ARENA_ARRAY(&log->arena, u64, rules->n_rules);
    for (u32 i = 0; i < rules->n_rules; i++)
        tape_init(&log->tapes[i], &log->spill);
}

void hitlog_release(struct hitlog *log)
{
    for (u32 i = 0; i < log->n_rules; i++)
        tape_release(&log->tapes[i]);
    spill_release(&log->spill);
    buf_release(&log->scratch);
    arena_release(&log->arena);
    *log = (struct hitlog){0};
}

void hitlog_add(struct hitlog *log, const struct hitnote *note)
{
    const u32 rule = note->rule;
    /* Those that are there are the first: once one is left out, all that follow are. */
    const bool whole = log->seen[rule]++ == log->kept[rule];
    buf_reset(&log->scratch);
    hitnote_write(note, &log->scratch);
    if (whole && log->kept[rule] < log->most &&
        tape_add(&log->tapes[rule], log->scratch.p, log->scratch.n))
        log->kept[rule]++;
}

/* ---- reading ---- */

void hitlog_reader_init(struct hitlog_reader *reader, const struct hitlog *log)
{
    *reader = (struct hitlog_reader){.log = log};
    buf_init(&reader->bytes, SIZE_MAX);
}

void hitlog_reader_release(struct hitlog_reader *reader)
{
    tape_reader_release(&reader->tape);
    buf_release(&reader->bytes);
    arena_release(&reader->arena);
}

void hitlog_start(struct hitlog_reader *reader, u32 rule)
{
    tape_reader_release(&reader->tape);
    tape_reader_init(&reader->tape, &reader->log->tapes[rule], 0);
    reader->rule = rule;
}

/* The rest of a note whose size was read. */
static bool read_note(struct hitlog_reader *r, struct hitnote *out)
{
    size_t at = 0;
    arena_reset(&r->arena);
    return hitnote_read(buf_str(&r->bytes), &at, out, &r->arena);
}

static char *room_for(struct hitlog_reader *r, u32 size)
{
    buf_reset(&r->bytes);
    buf_add(&r->bytes, (str){(const char *)&size, sizeof size});
    char *const p =
        size >= sizeof(struct header) ? buf_reserve(&r->bytes, size - sizeof size) : NULL;
    r->bytes.n += p ? size - sizeof size : 0;
    return p;
}

bool hitlog_next(struct hitlog_reader *r, struct hitnote *out, u64 *id)
{
    u32 size;
    *id = r->tape.at;
    if (!tape_next(&r->tape, &size, sizeof size))
        return false;
    char *const p = room_for(r, size); /* NULL: the file gave zeros */
    return p && tape_next(&r->tape, p, size - sizeof size) && read_note(r, out);
}

bool hitlog_find(struct hitlog_reader *r, u32 rule, u64 id, struct hitnote *out)
{
    const struct tape *const tape = &r->log->tapes[rule];
    u32 size;
    if (tape->n < sizeof size || id > tape->n - sizeof size)
        return false;
    tape_read(tape, id, &size, sizeof size);
    char *const p = room_for(r, size);
    if (!p || size > tape->n - id)
        return false;
    tape_read(tape, id + sizeof size, p, size - sizeof size);
    return read_note(r, out);
}
