/* fuzz_carve.c: carving. An input is read as raw bytes, and as an event log with and without
 * carving. Whatever it is: records lie inside it and none overlaps another but a forged one that
 * was told; the size of blocks makes no difference to raw bytes; carving changes nothing of what
 * the log gives by itself. The input is read once more with its chunk headers made likely and its
 * records whole, so that what lies behind is reached. */
#include <stdlib.h>

#include "base/cur.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/evtx/evtx.h"
#include "parse/evtx/evtx_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_INPUT (4 * EVTX_CHUNK)

struct run {
    str file;
    u64 normal, carved; /* hashes of what was given */
    u64 n_carved, found, damages;
    u64 bytes; /* of carved records */
    bool
        bounded; /* more definitions than may be read: how many that are begins anew with a block */
    const struct schema *schema;
    struct arena scratch;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void mix(u64 *hash, const void *p, size_t n)
{
    const u64 both[2] = {*hash, hash_bytes(p, n)};
    *hash = hash_bytes(both, sizeof both);
}

static void mix_event(struct run *run, const struct event *event)
{
    u64 *const hash = event->carved ? &run->carved : &run->normal;
    mix(hash, &event->record, sizeof event->record);
    mix(hash, &event->off, sizeof event->off);
    mix(hash, &event->time, sizeof event->time);
    for (u32 i = 0; i < event->shape->n_fields; i++) {
        const struct value v = event_at(event, i);
        const str name = intern_text(&run->schema->fields, event->shape->fields[i].field);
        const str text = v.type == VALUE_ARRAY ? S("") : value_text(v, &run->scratch);
        mix(hash, name.p, name.n);
        mix(hash, text.p, text.n);
    }
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct run *const run = arg;
    u64 next = 0;
    for (size_t i = 0; i < n; i++) {
        const struct event *const event = &events[i];
        require(event->carved == events[0].carved);
        require(event->off >= next && event->len <= run->file.n - event->off);
        require(event->raw.p == run->file.p + event->off && event->raw.n == event->len);
        next = event->off + event->len;
        run->n_carved += event->carved;
        run->bytes += event->carved ? event->len : 0;
        arena_reset(&run->scratch);
        mix_event(run, event);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    struct run *const run = arg;
    require(damage->off <= run->file.n && damage->lost <= run->file.n - damage->off);
    require(damage->what[0] != 0 && (damage->carved || !damage->found));
    run->found += damage->found;
    run->bounded |= strcmp(damage->what, "template definitions overlap") == 0;
    run->damages += damage->found ? 0 : hash_bytes(&damage->off, sizeof damage->off);
}

static struct run read_file(const struct parser *parser, str file, size_t block, bool carve)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    struct run run = {.file = file, .schema = &schema};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct parse_env env = {
        .schema = &schema, .arena = &arena, .sink = {on_events, on_damage, &run}, .carve = carve};
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
    const struct run plain = read_file(&evtx_parser, file, LIMIT_BLOCK, false);
    const struct run carved = read_file(&evtx_parser, file, LIMIT_BLOCK, true);
    const struct run raw = read_file(&raw_parser, file, LIMIT_BLOCK, true);
    const struct run cut = read_file(&raw_parser, file, 1, true);
    require(plain.n_carved == 0 && plain.found == 0);
    require(carved.normal == plain.normal && carved.damages == plain.damages);
    require(raw.normal == 0 && raw.bytes <= file.n);
    require(raw.bounded || cut.bounded ||
            (cut.n_carved == raw.n_carved && cut.carved == raw.carved && cut.found == raw.found));
}

static void store(u8 *p, u32 u)
{
    for (int i = 0; i < 4; i++)
        p[i] = (u8)(u >> 8 * i);
}

/* Every signature of a chunk gets a likely header. Every signature of a record gets a size that
 * agrees with its end, where the first one is possible, and an id and a time. */
static void mend(u8 *p, size_t n)
{
    for (size_t at = 0; at + EVTX_CHUNK_HEADER <= n; at++)
        if (memcmp(p + at, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE) == 0)
            store(p + at + EVTX_CHUNK_USED_AT, EVTX_CHUNK_HEADER_USED);
    for (size_t at = 0; at + 32 <= n; at++) {
        if (memcmp(p + at, "\x2a\x2a\0\0", 4) != 0)
            continue;
        const u32 size = load_u32(p + at + 4) & 0xFFFF;
        if (size < 32 || size > n - at)
            continue;
        store(p + at + 4, size);
        store(p + at + 12, 0);
        store(p + at + 20, 0x01D71000);
        store(p + at + 24, 0x0001010F);
        store(p + at + size - 4, size);
        at += 27;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MOST_INPUT)
        return 0;
    read_all_ways((str){(const char *)data, size});
    u8 *const copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    mend(copy, size);
    read_all_ways((str){(const char *)copy, size});
    mem_free(copy);
    return 0;
}
