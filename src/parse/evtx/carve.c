#include "parse/evtx/carve.h"

#include "base/mem.h"
#include "base/timex.h"

#define RECORD_MAGIC "\x2a\x2a\0\0"
#define LEAST        (EVTX_RECORD_LEAST + 4) /* with a fragment's header */
#define MOST         (EVTX_CHUNK - EVTX_CHUNK_HEADER)
#define MOST_ID      ((u64)1 << 48)
#define FIRST_TIME                                                                                 \
    (631152000 * TIME_SECOND)                /* 1990: clocks are wrong, but not as wrong as that   \
                                              */
#define LAST_TIME (4102444800 * TIME_SECOND) /* 2100 */
#define BATCH     1024

/* A chunk has at most EVTX_CHUNK / EVTX_RECORD_LEAST records, so the table never fills up. */
#define KNOWN_TABLE 4096
static_assert(EVTX_CHUNK / EVTX_RECORD_LEAST < KNOWN_TABLE * 3 / 4, "a table with free entries");

struct carver {
    VEC(struct event) events; /* found and not yet handed out */
    /* A chunk that began before the bytes: what there is of it, and zeros. */
    u8 window[EVTX_CHUNK];
    i64 window_base, window_end;
    str known[KNOWN_TABLE]; /* records of the present chunk that were given, by their bytes */
    bool knows;             /* the table is filled */
};

void carver_free(struct carver *carver)
{
    if (carver)
        VEC_FREE(&carver->events);
    mem_free(carver);
}

/* ---- is it a record? ---- */

/* Whether these at least LEAST bytes are those of a record, its sizes apart. The time is filled in
 * last: a record that was given up before has none. */
static bool is_likely(const u8 *p)
{
    const u64 id = load_u64(p + 8), written = load_u64(p + 16);
    const i64 time = time_from_filetime(written);
    const bool timed = written == 0 || (time >= FIRST_TIME && time < LAST_TIME);
    const u8 *const fragment = p + EVTX_RECORD_HEADER;
    return id > 0 && id < MOST_ID && timed && fragment[0] == TOKEN_FRAGMENT && fragment[1] == 1;
}

u32 carve_size(str bytes, size_t at)
{
    const u8 *const p = (const u8 *)bytes.p + at;
    const size_t left = bytes.n - at;
    if (left < LEAST || memcmp(p, RECORD_MAGIC, 4) != 0 || !is_likely(p))
        return 0;
    const u32 size = load_u32(p + 4);
    return size >= LEAST && size <= MOST && size <= left && load_u32(p + size - 4) == size ? size
                                                                                           : 0;
}

/* A gap begins where the record before ends, so a record stood there. It may have lost its
 * signature, or one of its sizes. */
static u32 size_without_head(str bytes, size_t at)
{
    const u8 *const p = (const u8 *)bytes.p + at;
    const size_t left = bytes.n - at;
    if (left < LEAST || !is_likely(p))
        return 0;
    const u32 first = load_u32(p + 4);
    if (first >= LEAST && first <= left && load_u32(p + first - 4) == first)
        return first;
    return load_u32(p + left - 4) == left ? (u32)left : 0;
}

/* ---- where its chunk began ---- */

/* A record, and where it stands in its source. */
struct found {
    const u8 *p;
    u32 n;
    i64 off;
};

static bool can_hold(i64 base, const struct found *r)
{
    return base != CARVE_NO_BASE && r->off - base >= EVTX_CHUNK_HEADER &&
           r->off - base <= EVTX_CHUNK - (i64)r->n;
}

/* What stands at `at` of the record says that it is at `place` of its chunk. */
static i64 base_by(const struct found *r, u32 at, u32 place)
{
    const i64 base = r->off + at - place;
    return can_hold(base, r) ? base : CARVE_NO_BASE;
}

static i64 fragment_base(const struct found *r, u32 at, u32 to, u32 depth);

/* Of the values of an instance: u32 n, n × (u16 size, u8 type, u8 0), the values. */
static i64 values_base(const struct found *r, u32 at, u32 to, u32 depth)
{
    const u32 n = to - at < 4 ? 0 : load_u32(r->p + at);
    const u32 sizes = at + 4;
    if (n > (to - at) / 4 || 4 * n > to - at - 4)
        return CARVE_NO_BASE;
    at = sizes + 4 * n;
    for (u32 i = 0; i < n; i++) {
        const u32 size = load_u16(r->p + sizes + 4 * i);
        if (size > to - at)
            break;
        if (r->p[sizes + 4 * i + 2] == TYPE_BINXML) {
            const i64 base = fragment_base(r, at, at + size, depth + 1);
            if (base != CARVE_NO_BASE)
                return base;
        }
        at += size;
    }
    return CARVE_NO_BASE;
}

/* u8 version, u32 id, u32 definition, [definition], values. */
static i64 instance_base(const struct found *r, u32 at, u32 to, u32 depth)
{
    if (to - at < 9)
        return CARVE_NO_BASE;
    const u32 id = load_u32(r->p + at + 1), definition = load_u32(r->p + at + 5);
    at += 9;
    if (to - at < EVTX_TEMPLATE_HEADER || load_u32(r->p + at + EVTX_TEMPLATE_GUID_AT) != id)
        return values_base(r, at, to, depth);
    return base_by(r, at, definition);
}

/* [u16 dependency: not in records], u32 size, u32 name, [the name]. */
static i64 element_base(const struct found *r, u32 at, u32 to)
{
    const u32 text = at + 8 + EVTX_NAME_HEADER;
    if (to - at < 8 + EVTX_NAME_HEADER)
        return CARVE_NO_BASE;
    const u32 n = 2u * load_u16(r->p + at + 8 + EVTX_NAME_CHARS_AT);
    if (n == 0 || n > 2 * EVTX_NAME_MOST || n > to - text ||
        binxml_hash((str){(const char *)r->p + text, n}) !=
            load_u16(r->p + at + 8 + EVTX_NAME_HASH_AT))
        return CARVE_NO_BASE;
    return base_by(r, at + 8, load_u32(r->p + at + 4));
}

static i64 fragment_base(const struct found *r, u32 at, u32 to, u32 depth)
{
    if (to - at > 4 && r->p[at] == TOKEN_FRAGMENT)
        at += 4;
    if (at == to || depth > 2)
        return CARVE_NO_BASE;
    switch (r->p[at] & ~TOKEN_MORE) {
    case TOKEN_TEMPLATE:
        return instance_base(r, at + 1, to, depth);
    case TOKEN_OPEN:
        return element_base(r, at + 1, to);
    default:
        return CARVE_NO_BASE;
    }
}

/* What the record itself tells. */
static i64 own_base(const struct found *r)
{
    return fragment_base(r, EVTX_RECORD_HEADER, r->n - 4, 0);
}

i64 carve_base(str record, u64 off, i64 base)
{
    const struct found r = {(const u8 *)record.p, (u32)record.n, (i64)off};
    const i64 own = own_base(&r);
    return own != CARVE_NO_BASE ? own : can_hold(base, &r) ? base : CARVE_NO_BASE;
}

/* ---- reading it ---- */

static void flush(struct carving *c)
{
    struct carver *const carver = c->reader->carver;
    if (carver->events.n)
        c->env->sink.events(c->env->sink.arg, carver->events.p, carver->events.n);
    carver->events.n = 0;
    arena_reset(&c->reader->arena);
}

void carving_leave(struct carving *c)
{
    flush(c);
    if (c->current != CARVE_NO_BASE)
        c->credit = c->reader->planner.templates.budget;
    c->current = CARVE_NO_BASE;
    c->reader->carver->window_base = CARVE_NO_BASE;
}

static void enter(struct carving *c, i64 base)
{
    if (c->current == base)
        return;
    carving_leave(c);
    planner_begin_chunk(&c->reader->planner);
    c->reader->planner.templates.budget = c->credit;
    c->current = base;
}

/* Bytes that are there to be copied: from `from` of the source to `to`. */
static void fill(struct carver *carver, str bytes, i64 off, i64 from, i64 to)
{
    from = MAX(from, off);
    to = MIN(to, off + (i64)bytes.n);
    if (from < to)
        memcpy(carver->window + (from - carver->window_base), bytes.p + (from - off),
               (size_t)(to - from));
}

/* The chunk that began at `base`, up to the end of the record. */
static struct evtx_chunk window(struct carving *c, i64 base, i64 end)
{
    struct carver *const carver = c->reader->carver;
    struct evtx_chunk chunk = {.n = (u32)(end - base), .off = (u64)base, .doubted = true};
    const i64 off = (i64)c->off;
    if (base >= off) {
        chunk.data = (const u8 *)c->bytes.p + (base - off);
        return chunk;
    }
    if (carver->window_base != base) {
        memset(carver->window, 0, sizeof carver->window);
        carver->window_base = carver->window_end = base;
    }
    fill(carver, c->before, off - (i64)c->before.n, carver->window_end, end);
    fill(carver, c->bytes, off, carver->window_end, end);
    carver->window_end = MAX(carver->window_end, end);
    chunk.data = carver->window;
    return chunk;
}

/* Where these bytes stand in the table, or would. */
static str *find_known(struct carver *carver, str raw)
{
    u32 h = (u32)(hash_bytes(raw.p, raw.n) & (KNOWN_TABLE - 1));
    while (carver->known[h].n && !str_eq(carver->known[h], raw))
        h = (h + 1) & (KNOWN_TABLE - 1);
    return &carver->known[h];
}

static bool was_given(struct carving *c, str raw)
{
    struct carver *const carver = c->reader->carver;
    if (!carver->knows) {
        memset(carver->known, 0, sizeof carver->known);
        VEC_EACH (&c->reader->events, event)
            *find_known(carver, event->raw) = event->raw;
        carver->knows = true;
    }
    str *const known = find_known(carver, raw);
    const bool yes = known->n != 0;
    *known = raw;
    return yes;
}

/* With the chunk at `base`. */
static bool read_record(struct carving *c, const struct found *r, i64 base, const char **bad)
{
    struct planner *const planner = &c->reader->planner;
    *bad = "nothing tells where its chunk began";
    if (base == CARVE_NO_BASE)
        return false;
    enter(c, base);
    planner->templates.budget =
        MIN(planner->templates.budget + (size_t)CARVE_DEFINITIONS * r->n, (size_t)2 * EVTX_CHUNK);
    const struct evtx_chunk chunk = window(c, base, r->off + r->n);
    const u32 at = (u32)(r->off - base);
    struct event event = {
        .record = load_u64(r->p + 8),
        .off = (u64)r->off,
        .len = r->n,
        .carved = true,
        .raw = {(const char *)r->p, r->n},
    };
    if (!planner_event(planner, &chunk, at + EVTX_RECORD_HEADER, at + r->n - 4, load_u64(r->p + 16),
                       &c->reader->arena, &event, bad))
        return false;
    if (c->once && was_given(c, event.raw))
        return true;
    *VEC_PUSH(&c->reader->carver->events) = event;
    if (c->reader->carver->events.n == BATCH)
        flush(c);
    return true;
}

static bool read_any_way(struct carving *c, const struct found *r, const char **bad)
{
    const i64 own = own_base(r);
    const i64 base = own == CARVE_NO_BASE && can_hold(c->base, r) ? c->base : own;
    if (read_record(c, r, base, bad))
        return true;
    return own == CARVE_NO_BASE && base != c->home && can_hold(c->home, r) &&
           read_record(c, r, c->home, bad);
}

static struct found found_at(const struct carving *c, size_t at, u32 size)
{
    return (struct found){(const u8 *)c->bytes.p + at, size, (i64)(c->off + at)};
}

/* The next signature of a record at or behind `at`, or the end. */
static size_t find_magic(str bytes, size_t at)
{
    const char *const p = at < bytes.n ? memmem(bytes.p + at, bytes.n - at, RECORD_MAGIC, 4) : NULL;
    return p ? (size_t)(p - bytes.p) : bytes.n;
}

/* A record that cannot be read may be a forged head before others. */
static void look_inside(struct carving *c, size_t at, u32 size)
{
    const str bytes = str_sub(c->bytes, 0, at + size);
    size_t left = (size_t)CARVE_INSIDE * size;
    const char *bad;
    for (at = find_magic(bytes, at + 4); at < bytes.n; at = find_magic(bytes, at)) {
        const u32 n = carve_size(bytes, at);
        if (n > left)
            return;
        left -= n;
        const struct found r = found_at(c, at, n);
        at += n && read_any_way(c, &r, &bad) ? n : 1;
    }
}

/* Does the chunk before hold the same bytes at the same place? Then it was given there, or told. */
static bool stood_before(const struct carving *c, const struct found *r)
{
    const struct block *const block = c->reader->block;
    const u64 off = (u64)r->off;
    str from = block->data;
    u64 start = block->off;
    if (off < start + EVTX_CHUNK) {
        from = block->context;
        start -= MIN(start, (u64)from.n);
    }
    if (off < start + EVTX_CHUNK)
        return false;
    const str there = str_sub(from, (size_t)(off - EVTX_CHUNK - start),
                              (size_t)(off - EVTX_CHUNK - start) + r->n);
    return str_eq(there, (str){(const char *)r->p, r->n});
}

void carving_record(struct carving *c, size_t at, u32 size, bool told)
{
    const struct found r = found_at(c, at, size);
    const char *bad;
    if (c->once && stood_before(c, &r))
        return;
    const bool read = read_any_way(c, &r, &bad);
    if (!read && !told)
        c->env->sink.damage(c->env->sink.arg,
                            &(struct damage){.off = (u64)r.off,
                                             .lost = size,
                                             .what = bad,
                                             .carved = true,
                                             .found = true,
                                             .record = load_u64(r.p + 8),
                                             .time = time_from_filetime(load_u64(r.p + 16))});
    if (!read)
        look_inside(c, at, size);
    c->base = carve_base((str){(const char *)r.p, r.n}, (u64)r.off, c->base);
}

void carving_begin(struct carving *c, struct chunk_reader *reader, const struct parse_env *env,
                   str bytes, u64 off)
{
    if (!reader->carver)
        reader->carver = mem_calloc(1, sizeof *reader->carver);
    reader->carver->window_base = CARVE_NO_BASE;
    reader->carver->knows = false;
    *c = (struct carving){
        .reader = reader,
        .env = env,
        .bytes = bytes,
        .off = off,
        .home = CARVE_NO_BASE,
        .base = CARVE_NO_BASE,
        .current = CARVE_NO_BASE,
        .credit = 2 * EVTX_CHUNK,
    };
}

/* ---- the gaps of a chunk ---- */

void carve_keep_before(struct buf *context, str cut)
{
    const size_t own = MIN(cut.n, (size_t)EVTX_CHUNK),
                 old = MIN(context->n, (size_t)EVTX_CHUNK - own);
    if (old)
        memmove(context->p, context->p + context->n - old, old);
    context->n = old;
    buf_add(context, str_sub(cut, cut.n - own, cut.n));
}

static void carve_gap(struct carving *c, const struct chunk_gap *gap)
{
    const str bytes = str_sub(c->bytes, 0, gap->to);
    size_t at = gap->from;
    if (gap->told) {
        carving_record(c, at, gap->to - gap->from, true);
        return;
    }
    u32 size = size_without_head(bytes, at);
    while (at < bytes.n) {
        if (size)
            carving_record(c, at, size, false);
        at = find_magic(bytes, at + MAX(size, 1u));
        size = at < bytes.n ? carve_size(bytes, at) : 0;
    }
}

void carve_gaps(struct chunk_reader *reader, const struct evtx_chunk *chunk,
                const struct parse_env *env)
{
    struct carving c;
    if (reader->gaps.n == 0)
        return;
    carving_begin(&c, reader, env, (str){(const char *)chunk->data, chunk->n}, chunk->off);
    c.home = c.base = c.current = (i64)chunk->off;
    c.once = true;
    VEC_EACH (&reader->gaps, gap)
        carve_gap(&c, gap);
    carving_leave(&c);
}
