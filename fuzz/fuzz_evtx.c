/* fuzz_evtx.c: the EVTX reader. An input is read as it stands, and once more padded to whole chunks
 * with its checksums put right, so that what lies behind them is reached. Each time: records lie
 * inside the input, one behind the other; small blocks, large blocks and the way without plans give
 * the same events and the same damage, value for value. */
#include <stdlib.h>

#include "base/crc32.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/evtx/evtx.h"
#include "parse/evtx/evtx_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_INPUT (4 * EVTX_CHUNK)

struct run {
    str file;
    u64 hash; /* of everything that was given */
    u64 events, damages;
    u64 next; /* where the next record may start */
    const struct schema *schema;
    struct arena scratch;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void mix(struct run *run, const void *p, size_t n)
{
    const u64 both[2] = {run->hash, hash_bytes(p, n)};
    run->hash = hash_bytes(both, sizeof both);
}

static void mix_value(struct run *run, struct value v)
{
    mix(run, &v.type, 1);
    if (v.type == VALUE_ARRAY) {
        mix(run, &v.n, sizeof v.n);
        for (u32 i = 0; i < v.n; i++)
            mix_value(run, v.items[i]);
        return;
    }
    const str text = value_text(v, &run->scratch);
    mix(run, text.p, text.n);
}

static void mix_event(struct run *run, const struct event *event)
{
    mix(run, &event->record, sizeof event->record);
    mix(run, &event->time, sizeof event->time);
    for (u32 i = 0; i < event->shape->n_fields; i++) {
        const str name = intern_text(&run->schema->fields, event->shape->fields[i].field);
        mix(run, name.p, name.n);
        mix_value(run, event_at(event, i));
    }
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct run *const run = arg;
    for (size_t i = 0; i < n; i++) {
        const struct event *const event = &events[i];
        require(event->off >= run->next && event->len <= run->file.n - event->off);
        require(event->raw.p == run->file.p + event->off && event->raw.n == event->len);
        run->next = event->off + event->len;
        run->events++;
        arena_reset(&run->scratch);
        mix_event(run, event);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    struct run *const run = arg;
    require(damage->off <= run->file.n && damage->lost <= run->file.n - damage->off);
    const u64 where[2] = {damage->off,
                          damage->lost}; /* of two faults in a record, either may be named */
    require(damage->what[0] != 0);
    run->damages += hash_bytes(where, sizeof where);
}

static struct run read_file(const struct parser *parser, str file, size_t block)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    struct run run = {.file = file, .schema = &schema};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct parse_env env = {
        .schema = &schema, .arena = &arena, .sink = {on_events, on_damage, &run}};
    parse_memory(parser, file, S("fuzz.evtx"), block, &env);
    parse_env_release(&env);
    arena_release(&arena);
    arena_release(&run.scratch);
    schema_release(&schema);
    intern_release(&fields);
    return run;
}

static void read_all_ways(str file)
{
    const struct run run = read_file(&evtx_parser, file, LIMIT_BLOCK);
    const struct run others[] = {
        read_file(&evtx_parser, file, 1),
        read_file(&evtx_parser_afresh, file, LIMIT_BLOCK),
    };
    for (size_t i = 0; i < COUNT(others); i++)
        require(others[i].events == run.events && others[i].hash == run.hash &&
                others[i].damages == run.damages);
}

static void store(u8 *p, u32 u)
{
    for (int i = 0; i < 4; i++)
        p[i] = (u8)(u >> 8 * i);
}

static void fix_chunk(u8 *p)
{
    const u32 end = load_u32(p + EVTX_CHUNK_FREE_AT);
    memcpy(p, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE);
    if (end >= EVTX_CHUNK_HEADER && end <= EVTX_CHUNK)
        store(p + EVTX_CHUNK_DATA_CRC_AT,
              crc32_add(0, p + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER));
    const u32 crc = crc32_add(0, p, EVTX_FLAGS_AT);
    store(p + EVTX_CRC_AT,
          crc32_add(crc, p + EVTX_CHUNK_STRINGS_AT, EVTX_CHUNK_HEADER - EVTX_CHUNK_STRINGS_AT));
}

/* The input behind a sound file header, in whole chunks with sound headers. */
static void read_mended(const u8 *data, size_t size)
{
    const size_t body = size < EVTX_FILE_HEADER ? 0 : size - EVTX_FILE_HEADER;
    const size_t n = EVTX_FILE_HEADER + (body + EVTX_CHUNK - 1) / EVTX_CHUNK * EVTX_CHUNK;
    u8 *const p = mem_calloc(n, 1);
    memcpy(p, data, size);
    memcpy(p, EVTX_FILE_SIGNATURE, EVTX_SIGNATURE_SIZE);
    store(p + EVTX_CRC_AT, crc32_add(0, p, EVTX_FLAGS_AT));
    for (size_t at = EVTX_FILE_HEADER; at < n; at += EVTX_CHUNK)
        fix_chunk(p + at);
    read_all_ways((str){(const char *)p, n});
    mem_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MOST_INPUT)
        return 0;
    read_all_ways((str){(const char *)data, size});
    read_mended(data, size);
    return 0;
}
