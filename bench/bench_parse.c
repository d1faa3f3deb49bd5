/* bench_parse.c: how fast a reader turns evidence into events.
 *
 *   bench_parse [--materialise] [--rounds N] FILE…
 *
 * The files are read into memory first and then parsed N times, one line of figures a format.
 * --materialise does in addition what a model of owned name and value strings would do: every
 * field's name and text copied to the heap, and freed with its record
 * (docs/design/0001-event-model.md). */
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

static void run(const struct parser *parser, const struct input *inputs, size_t n, int rounds,
                bool make)
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
        printf("%s%s: %.0f MB/s, %.0f ns/record, %llu records, %.1f fields and %.0f bytes of text "
               "a record, %u shapes, "
               "%llu damages, %.3f s\n",
               parser->name, make ? " --materialise" : "", (double)bytes / took / 1e6,
               took * 1e9 / (double)c.records, (unsigned long long)c.records,
               (double)c.fields / (double)c.records, (double)c.bytes_made / (double)c.records,
               schema.n_shapes, (unsigned long long)c.damages, took);
    parse_env_release(&env);
    arena_release(&c.text);
    arena_release(&arena);
    schema_release(&schema);
    intern_release(&fields);
}

int main(int argc, char **argv)
{
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
}
