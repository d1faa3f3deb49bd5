/* evtx_print.c: evtx-print FILE… writes each event as one line of JSON, {"record":n,"fields":{…}},
 * and each damage on stderr. For tools/evtx_compare.py. With --afresh, by the slow path that keeps
 * no plans. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf.h"
#include "parse/evtx/evtx.h"

struct printer {
    const struct schema *schema;
    struct arena arena;
    struct buf out;
};

static void print_string(struct buf *out, str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if ((u8)c < 0x20)
            buf_printf(out, "\\u%04x", (u8)c);
        else
            buf_char(out, c);
    }
    buf_char(out, '"');
}

static void print_value(struct printer *p, struct value v)
{
    if (v.type == VALUE_NULL) {
        buf_add(&p->out, S("null"));
    } else if (v.type == VALUE_ARRAY) {
        buf_char(&p->out, '[');
        for (u32 i = 0; i < v.n; i++) {
            if (i)
                buf_char(&p->out, ',');
            print_value(p, v.items[i]);
        }
        buf_char(&p->out, ']');
    } else {
        print_string(&p->out, value_text(v, &p->arena));
    }
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct printer *const p = arg;
    for (size_t i = 0; i < n; i++) {
        buf_reset(&p->out);
        arena_reset(&p->arena);
        buf_printf(&p->out, "{\"record\":%llu,\"off\":%llu,\"time\":%lld,\"fields\":{",
                   (unsigned long long)events[i].record, (unsigned long long)events[i].off,
                   (long long)events[i].time);
        for (u32 k = 0; k < events[i].shape->n_fields; k++) {
            if (k)
                buf_char(&p->out, ',');
            const str name = intern_text(&p->schema->fields, events[i].shape->fields[k].field);
            print_string(&p->out, utf8_clean(&p->arena, name));
            buf_char(&p->out, ':');
            print_value(p, event_at(&events[i], k));
        }
        buf_add(&p->out, S("}}\n"));
        fwrite(p->out.p, 1, p->out.n, stdout);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    fprintf(stderr, "damage at %llu, %llu lost: %s\n", (unsigned long long)damage->off,
            (unsigned long long)damage->lost, damage->what);
}

static str read_file(const char *path)
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
    const size_t n = fread(p, 1, (size_t)size, f);
    fclose(f);
    return (str){p, n};
}

int main(int argc, char **argv)
{
    const bool afresh = argc > 1 && str_eq(str_from(argv[1]), S("--afresh"));
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct printer printer = {.schema = &schema};
    buf_init(&printer.out, SIZE_MAX / 2);
    struct parse_env env = {
        .schema = &schema, .arena = &arena, .sink = {on_events, on_damage, &printer}};
    for (int i = 1 + afresh; i < argc; i++) {
        const str file = read_file(argv[i]);
        parse_memory(afresh ? &evtx_parser_afresh : &evtx_parser, file, str_from(argv[i]), 1 << 20,
                     &env);
        arena_reset(&arena);
        mem_free((void *)file.p);
    }
    parse_env_release(&env);
    buf_release(&printer.out);
    arena_release(&printer.arena);
    arena_release(&arena);
    schema_release(&schema);
    intern_release(&fields);
}
