<<<<<<< HEAD
/* bench_parse FILE…: how fast the reader of each file makes events of it, on one thread, in blocks of LIMIT_BLOCK. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/timex.h"
#include "parse/parse.h"

struct count {
    u64 events, damage;
};

static void count_events(void *arg, const struct event *events, size_t n)
{
    ((struct count *)arg)->events += n;
}

static void count_damage(void *arg, const struct damage *damage)
{
    ((struct count *)arg)->damage++;
}

static str read_whole(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        exit(2);
    const size_t n = (size_t)ftell(f);
    rewind(f);
    char *const p = mem_alloc(n);
    if (fread(p, 1, n, f) != n)
        exit(2);
    fclose(f);
    return (str){p, n};
}

/* As parse_memory, with the arena reset after each block as the engine does. */
static void run(const struct parser *parser, str data, struct parse_env *env)
{
    struct framing framing = {0};
    struct buf context;
    size_t want = MAX(LIMIT_BLOCK, parser->min_block);
    buf_init(&framing.context, LIMIT_RECORD);
    buf_init(&context, LIMIT_RECORD);
    for (size_t at = 0; at < data.n;) {
        const bool eof = want >= data.n - at;
        struct block block = {.off = at, .line = framing.line};
        buf_reset(&context);
        buf_add(&context, buf_str(&framing.context));
        block.context = buf_str(&context);
        memcpy(block.state, framing.state, sizeof block.state);
        const size_t n = parser->cut(&framing, str_sub(data, at, at + want), eof, want >= LIMIT_RECORD);
        want = n ? MAX(LIMIT_BLOCK, parser->min_block) : want * 2;
        if (n == 0)
            continue;
        block.data = str_sub(data, at, at + n);
        at += n;
        block.last = at == data.n;
        parser->parse(&block, env);
        arena_reset(env->arena);
    }
    buf_release(&framing.context);
    buf_release(&context);
=======
/* bench_parse.c: how fast a reader turns evidence into events.
 *
 *   bench_parse [--materialise] [--rounds N] FILE…
 *
 * The files are read into memory first and then parsed N times, one line of figures a format. --materialise does in
 * addition what a model of owned name and value strings would do: every field's name and text copied to the heap, and freed
 * with its record (docs/design/0001-event-model.md). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "parse/parse.h"

struct input {
    const char *path;
    str data;
    const struct parser *parser;
};

struct pair {
    char *name, *value;
};

struct counts {
    const struct schema *schema;
    struct arena text;
    bool materialise;
    u64 records, fields, damages, bytes_made;
    u64 sum; /* keeps the work from being optimised away */
};

static char *owned(str s)
{
    char *const p = mem_alloc(s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return p;
}

static void materialise(struct counts *c, const struct event *event)
{
    const u32 n = event->shape->n_fields;
    struct pair *const pairs = mem_calloc(n, sizeof *pairs);
    arena_reset(&c->text);
    for (u32 i = 0; i < n; i++) {
        const str name = intern_text(&c->schema->fields, event->shape->fields[i].field);
        const str value = value_text(event_at(event, i), &c->text);
        pairs[i] = (struct pair){owned(name), owned(value)};
        c->bytes_made += name.n + value.n;
    }
    for (u32 i = 0; i < n; i++) {
        c->sum += (u8)*pairs[i].name;
        mem_free(pairs[i].name);
        mem_free(pairs[i].value);
    }
    mem_free(pairs);
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct counts *const c = arg;
    for (size_t i = 0; i < n; i++) {
        c->records++;
        c->fields += events[i].shape->n_fields;
        c->sum += (u64)events[i].time + events[i].shape->id;
        if (c->materialise)
            materialise(c, &events[i]);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    ((struct counts *)arg)->damages++;
}

static double seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct input read_input(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    char *const p = mem_alloc((size_t)size);
    const str data = {p, fread(p, 1, (size_t)size, f)};
    fclose(f);
    return (struct input){path, data, parser_for(data, str_from(path))};
}

static void run(const struct parser *parser, const struct input *inputs, size_t n, int rounds, bool make)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct counts c = {.schema = &schema, .materialise = make};
    struct parse_env env = {.schema = &schema, .arena = &arena, .sink = {on_events, on_damage, &c}};
    size_t bytes = 0;
    const double start = seconds();
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i++) {
            if (inputs[i].parser != parser)
                continue;
            parse_memory(parser, inputs[i].data, str_from(inputs[i].path), LIMIT_BLOCK, &env);
            arena_reset(&arena);
            bytes += inputs[i].data.n;
        }
    const double took = seconds() - start;
    if (c.records)
        printf("%s%s: %.0f MB/s, %.0f ns/record, %llu records, %.1f fields and %.0f bytes of text a record, %u shapes, "
               "%llu damages, %.3f s\n",
               parser->name, make ? " --materialise" : "", (double)bytes / took / 1e6,
               took * 1e9 / (double)c.records, (unsigned long long)c.records,
               (double)c.fields / (double)c.records, (double)c.bytes_made / (double)c.records, schema.n_shapes,
               (unsigned long long)c.damages, took);
    parse_env_release(&env);
    arena_release(&c.text);
    arena_release(&arena);
    schema_release(&schema);
    intern_release(&fields);
>>>>>>> evtx
}

int main(int argc, char **argv)
{
<<<<<<< HEAD
    for (int i = 1; i < argc; i++) {
        const str data = read_whole(argv[i]);
        const struct parser *const parser = parser_for(data, str_from(argv[i]));
        if (!parser) {
            printf("%s: no reader\n", argv[i]);
            continue;
        }
        i64 best = INT64_MAX;
        struct count count = {0};
        for (int turn = 0; turn < 7; turn++) {
            struct intern fields;
            struct schema schema;
            struct arena arena = {0};
            count = (struct count){0};
            fields_init(&fields);
            schema_init(&schema, &fields);
            struct parse_env env = {&schema, &arena, {count_events, count_damage, &count}};
            const i64 start = time_now();
            run(parser, data, &env);
            best = MIN(best, time_now() - start);
            schema_release(&schema);
            intern_release(&fields);
            arena_release(&arena);
        }
        printf("%s: %s, %llu events, %llu damaged, %.1f MB in %.1f ms: %.0f MB/s\n", argv[i], parser->name,
               (unsigned long long)count.events, (unsigned long long)count.damage, (double)data.n / 1e6,
               (double)best / 1e6, (double)data.n * 1e3 / (double)best);
        mem_free((char *)data.p);
    }
    return 0;
=======
    bool make = false;
    int rounds = 1;
    VEC(struct input) inputs = {0};
    for (int i = 1; i < argc; i++) {
        const str arg = str_from(argv[i]);
        u64 n;
        if (str_eq(arg, S("--materialise")))
            make = true;
        else if (str_eq(arg, S("--rounds")) && i + 1 < argc && str_u64(str_from(argv[i + 1]), &n))
            rounds = (int)n, i++;
        else
            *VEC_PUSH(&inputs) = read_input(argv[i]);
    }
    for (size_t i = 0; parsers[i]; i++)
        run(parsers[i], inputs.p, inputs.n, rounds, make);
    for (size_t i = 0; i < inputs.n; i++)
        mem_free((void *)inputs.p[i].data.p);
    VEC_FREE(&inputs);
>>>>>>> evtx
}
