#include "evtx/write.h"

#include "base/crc32.h"

void writer_init(struct writer *w, struct pool *pool, u64 seed, double seen_needed,
                 double seen_other)
{
    *w = (struct writer){.pool = pool, .dice = {mix(seed)}};
    w->needed = (struct novelty){.target = 1 - seen_needed, .chance = 0.1};
    w->other = (struct novelty){.target = 1 - seen_other, .chance = 0.1};
    w->now = (struct vary_now){.record = 1, .filetime = 133485408000000001}; /* 2024-01-01 */
    w->name_at = mem_calloc(pool->names.n + 1, sizeof *w->name_at);
    w->template_at = mem_calloc(pool->templates.n + 1, sizeof *w->template_at);
    buf_init(&w->value, EVTX_CHUNK);
}

void writer_release(struct writer *w)
{
    mem_free(w->name_at);
    mem_free(w->template_at);
    VEC_FREE(&w->names);
    VEC_FREE(&w->templates);
    buf_release(&w->value);
}

static void store_u16(u8 *p, u32 v)
{
    p[0] = (u8)v;
    p[1] = (u8)(v >> 8);
}

static void store_u32(u8 *p, u32 v)
{
    store_u16(p, v);
    store_u16(p + 2, v >> 16);
}

static void store_u64(u8 *p, u64 v)
{
    store_u32(p, (u32)v);
    store_u32(p + 4, (u32)(v >> 32));
}

/* ---- bytes; what does not fit is dropped, and the record taken back ---- */

static bool is_over(const struct writer *w)
{
    return w->n > EVTX_CHUNK;
}

static void put(struct writer *w, const void *p, size_t n)
{
    if (w->n + n > sizeof w->chunk)
        w->n = sizeof w->chunk;
    else {
        memcpy(w->chunk + w->n, p, n);
        w->n += (u32)n;
    }
}

static void put_u16(struct writer *w, u32 v)
{
    put(w, (u8[]){(u8)v, (u8)(v >> 8)}, 2);
}

static void put_u32(struct writer *w, u32 v)
{
    u8 bytes[4];
    store_u32(bytes, v);
    put(w, bytes, 4);
}

/* An offset; what it points to follows when it is new to the chunk, linked into the chain of its
 * bucket. */
static u32 chain(struct writer *w, u32 bucket_at)
{
    const u32 next = load_u32(w->chunk + bucket_at);
    store_u32(w->chunk + bucket_at, w->n);
    return next;
}

static void put_name(struct writer *w, u32 id)
{
    if (w->name_at[id]) {
        put_u32(w, w->name_at[id]);
        return;
    }
    const struct pool_name *const name = &w->pool->names.p[id];
    put_u32(w, w->n + 4);
    if (is_over(w))
        return;
    w->name_at[id] = w->n;
    *VEC_PUSH(&w->names) = id;
    put_u32(w, chain(w, 128 + 4 * (name->hash % 64)));
    put_u16(w, name->hash);
    put_u16(w, (u32)(name->text.n / 2));
    put(w, name->text.p, name->text.n);
    put_u16(w, 0);
}

static void put_run(struct writer *w, struct pool_run run, bool as_it_was);

static void put_template(struct writer *w, u32 id)
{
    if (w->template_at[id]) {
        put_u32(w, w->template_at[id]);
        return;
    }
    const struct pool_template *const template = &w->pool->templates.p[id];
    put_u32(w, w->n + 4);
    if (is_over(w))
        return;
    w->template_at[id] = w->n;
    *VEC_PUSH(&w->templates) = id;
    put_u32(w, chain(w, 384 + 4 * (load_u32(template->guid) % 32)));
    put(w, template->guid, 16);
    const u32 size_at = w->n;
    put_u32(w, 0);
    put_run(w, template->run, true);
    if (!is_over(w))
        store_u32(w->chunk + size_at, w->n - size_at - 4);
}

/* ---- values ---- */

static bool is_fresh(struct writer *w, struct novelty *novelty)
{
    if (novelty->turn_values > 4000) {
        const double share = (double)novelty->fresh / (double)novelty->values;
        const double lately = (double)novelty->turn_fresh / (double)novelty->turn_values;
        const double want =
            MAX(2 * novelty->target - share, 0); /* makes up for what went wrong so far */
        novelty->chance =
            MIN(MAX(novelty->chance * (want + 0.001) / (lately + 0.001), novelty->chance / 2),
                novelty->chance * 2);
        novelty->chance = MIN(MAX(novelty->chance, 0.0005), 1);
        novelty->turn_values = novelty->turn_fresh = 0;
    }
    return roll_unit(&w->dice) < novelty->chance;
}

/* Which of the family's values: a new one, or one handed out before, the likelier the later that
 * was. */
static u64 choose(struct writer *w, struct family *family, struct novelty *novelty)
{
    const bool fresh = is_fresh(w, novelty);
    if (family->made == 0 || (fresh && family->made < family->limit)) {
        novelty->fresh++;
        novelty->turn_fresh++;
        return family->made++;
    }
    const double back = roll_unit(&w->dice);
    const u64 distance = (u64)((double)family->made * back * back * back);
    return family->made - 1 - MIN(distance, family->made - 1);
}

static bool is_of_record(const struct family *family)
{
    return family->kind == FAMILY_RECORD || family->kind == FAMILY_FILETIME ||
           family->kind == FAMILY_TIME;
}

static u32 put_value(struct writer *w, const struct pool_value *value, bool as_it_was)
{
    const u32 start = w->n;
    if (value->nested) {
        put_run(w, (struct pool_run){value->at, value->n}, as_it_was);
        return w->n - start;
    }
    struct family *const family =
        value->family == FAMILY_NONE ? NULL : &w->pool->families.list.p[value->family];
    struct novelty *const novelty = family && family->needed ? &w->needed : &w->other;
    if (family && !family->of_form) {
        novelty->values++;
        novelty->turn_values++;
    }
    if (family && is_of_record(family)) {
        novelty->fresh++;
        novelty->turn_fresh++;
    }
    if (!family || family->kind == FAMILY_FIXED || (as_it_was && !is_of_record(family))) {
        put(w, w->pool->bytes.p + value->at, value->n);
        return w->n - start;
    }
    buf_reset(&w->value);
    family_value(&w->pool->families, value->family,
                 is_of_record(family) ? 0 : choose(w, family, novelty), &w->now, &w->value);
    put(w, w->value.p, w->value.n);
    return w->n - start;
}

static void put_values(struct writer *w, const struct pool_value *values, u32 n, bool as_it_was)
{
    put_u32(w, n);
    const u32 sizes_at = w->n;
    for (u32 i = 0; i < n; i++)
        put(w, (u8[]){0, 0, values[i].type, 0}, 4);
    for (u32 i = 0; i < n && !is_over(w); i++) {
        const u32 size = put_value(w, &values[i], as_it_was);
        if (!is_over(w))
            store_u16(w->chunk + sizes_at + 4 * i, size);
    }
}

static void put_text(struct writer *w, const struct pool_value *value, bool as_it_was)
{
    const u32 chars_at = w->n;
    put_u16(w, 0);
    const u32 size = put_value(w, value, as_it_was);
    if (!is_over(w))
        store_u16(w->chunk + chars_at, size / 2);
}

static void put_run(struct writer *w, struct pool_run run, bool as_it_was)
{
    u32 open[256], n_open = 0;
    for (u32 i = 0; i < run.n && !is_over(w); i++) {
        const struct step step = w->pool->steps.p[run.from + i];
        switch ((enum step_kind)step.kind) {
        case STEP_RAW:
            put(w, w->pool->bytes.p + step.at, step.n);
            break;
        case STEP_NAME:
            put_name(w, step.at);
            break;
        case STEP_SIZE:
            open[n_open++ % COUNT(open)] = w->n;
            put_u32(w, 0);
            break;
        case STEP_SIZE_END:
            if (n_open--)
                store_u32(w->chunk + open[n_open % COUNT(open)],
                          w->n - open[n_open % COUNT(open)] - 4);
            break;
        case STEP_TEMPLATE:
            put_template(w, step.at);
            break;
        case STEP_VALUES:
            put_values(w, &w->pool->values.p[step.at], step.n, as_it_was);
            break;
        case STEP_TEXT:
            put_text(w, &w->pool->values.p[step.at], as_it_was);
            break;
        }
    }
}

/* ---- chunks ---- */

void writer_begin_chunk(struct writer *w)
{
    memset(w->chunk, 0, sizeof w->chunk);
    w->n = EVTX_CHUNK_HEADER;
    w->first_record = w->now.record;
    VEC_EACH (&w->names, id)
        w->name_at[*id] = 0;
    VEC_EACH (&w->templates, id)
        w->template_at[*id] = 0;
    w->names.n = w->templates.n = 0;
}

bool writer_record(struct writer *w, const struct pool_record *record, bool as_it_was)
{
    const u32 start = w->n;
    const size_t names = w->names.n, templates = w->templates.n;
    u8 tables[EVTX_CHUNK_HEADER];
    memcpy(tables, w->chunk, sizeof tables);
    u8 header[EVTX_RECORD_HEADER] = {0x2a, 0x2a};
    store_u64(header + 8, w->now.record);
    store_u64(header + 16, w->now.filetime);
    put(w, header, sizeof header);
    put_run(w, record->run, as_it_was);
    put(w, "\0\0\0\0\0\0\0", 8 - (w->n - start + 4) % 8);
    const u32 size = w->n + 4 - start;
    put_u32(w, size);
    if (is_over(w)) {
        for (size_t i = names; i < w->names.n; i++)
            w->name_at[w->names.p[i]] = 0;
        for (size_t i = templates; i < w->templates.n; i++)
            w->template_at[w->templates.p[i]] = 0;
        w->names.n = names;
        w->templates.n = templates;
        memcpy(w->chunk, tables, sizeof tables);
        memset(w->chunk + start, 0, EVTX_CHUNK - start);
        w->n = start;
        return false;
    }
    store_u32(w->chunk + start + 4, size);
    w->last_at = start;
    w->now.record++;
    w->now.filetime += 2 * (roll(&w->dice) % 4000000);
    return true;
}

void writer_end_chunk(struct writer *w)
{
    u8 *const p = w->chunk;
    memcpy(p, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE);
    store_u64(p + 8, w->first_record);
    store_u64(p + 16, w->now.record - 1);
    store_u64(p + 24, w->first_record);
    store_u64(p + 32, w->now.record - 1);
    store_u32(p + 40, 128);
    store_u32(p + 44, w->last_at);
    store_u32(p + EVTX_CHUNK_FREE_AT, w->n);
    store_u32(p + EVTX_CHUNK_DATA_CRC_AT,
              crc32_add(0, p + EVTX_CHUNK_HEADER, w->n - EVTX_CHUNK_HEADER));
    const u32 crc = crc32_add(0, p, EVTX_FLAGS_AT);
    store_u32(p + EVTX_CRC_AT,
              crc32_add(crc, p + EVTX_CHUNK_STRINGS_AT, EVTX_CHUNK_HEADER - EVTX_CHUNK_STRINGS_AT));
}

void write_file_header(u8 header[EVTX_FILE_HEADER], u64 chunks, u64 next_record)
{
    memset(header, 0, EVTX_FILE_HEADER);
    memcpy(header, EVTX_FILE_SIGNATURE, EVTX_SIGNATURE_SIZE);
    store_u64(header + 16, chunks - 1);
    store_u64(header + 24, next_record);
    store_u32(header + 32, EVTX_FILE_HEADER_USED);
    store_u16(header + 36, 1);
    store_u16(header + 38, 3);
    store_u16(header + EVTX_FILE_HEADER_SIZE_AT, EVTX_FILE_HEADER);
    store_u16(header + 42, (u32)MIN(chunks, 0xffff));
    store_u32(header + EVTX_CRC_AT, crc32_add(0, header, EVTX_FLAGS_AT));
}
