/* event_text.h: what a parser gives, as text that a test can compare and a fuzzer can hold against itself. Each event is a
 * line "kind channel|provider|id time #record @off+len field=value field=value …", each damage "damage @off lost what",
 * with "(unfinished)" behind it where it is. */
#ifndef TESTS_EVENT_TEXT_H
#define TESTS_EVENT_TEXT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "parse/parse.h"

struct event_text {
    struct buf events;
    struct buf damage; /* without its words, which may depend on the size of blocks */
    struct buf words;
    struct schema *schema;
    str input;
    u64 last_off;
    u32 n_events, n_damage;
};

static inline void event_text_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "event_text: %s\n", what);
    abort();
}

static inline void event_text_one(struct event_text *text, const struct event *event)
{
    struct arena arena = {0};
    const struct shape *const shape = event->shape;
    event_text_must(text->n_events == 0 || event->off > text->last_off, "offsets must grow");
    event_text_must(event->off <= text->input.n && event->raw.n <= text->input.n - event->off,
                    "raw leaves the input");
    event_text_must(event->raw.p == text->input.p + event->off && event->raw.n == event->len,
                    "raw is not at off");
    text->last_off = event->off;
    text->n_events++;
    buf_printf(&text->events, "%s %.*s|%.*s|%lld %.*s #%llu @%llu+%u", kind_text(shape->kind),
               STR_ARG(shape->channel), STR_ARG(shape->provider), (long long)shape->event_id,
               STR_ARG(time_text(&arena, event->time)), (unsigned long long)event->record,
               (unsigned long long)event->off, event->len);
    for (u32 i = 0; i < shape->n_fields; i++) {
        const u32 field = shape->fields[i].field;
        event_text_must(shape_find(shape, field) == (i32)i, "a field stands twice in a shape");
        const struct value v = event_at(event, i);
        const str name = intern_text(&text->schema->fields, field);
        if (v.type != VALUE_NONE)
            buf_printf(&text->events, " %.*s=%.*s", STR_ARG(name), STR_ARG(value_text(v, &arena)));
    }
    buf_char(&text->events, '\n');
    arena_release(&arena);
}

static inline void event_text_events(void *arg, const struct event *events, size_t n)
{
    event_text_must(n > 0, "a batch without events");
    for (size_t i = 0; i < n; i++)
        event_text_one(arg, &events[i]);
}

static inline void event_text_damage(void *arg, const struct damage *damage)
{
    struct event_text *const text = arg;
    event_text_must(damage->off <= text->input.n && damage->lost <= text->input.n,
                    "damage outside the input");
    text->n_damage++;
    buf_printf(&text->damage, "@%llu %llu\n", (unsigned long long)damage->off,
               (unsigned long long)damage->lost);
    buf_printf(&text->words, "damage @%llu %llu %s%s\n", (unsigned long long)damage->off,
               (unsigned long long)damage->lost, damage->what, damage->unfinished ? " (unfinished)" : "");
    if (damage->unfinished && damage->unfinished != TIME_NONE) {
        struct arena arena = {0};
        text->words.n--;
        buf_printf(&text->words, " at %.*s\n", STR_ARG(time_text(&arena, damage->unfinished)));
        arena_release(&arena);
    }
}

/* Parse all of `input`, of a source of that name; give it to event_text_release. */
static inline struct event_text event_text_named(const struct parser *parser, str input, str name,
                                                 size_t block_size)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    struct event_text text = {.schema = &schema, .input = input};
    buf_init(&text.events, (size_t)1 << 30);
    buf_init(&text.damage, (size_t)1 << 26);
    buf_init(&text.words, (size_t)1 << 26);
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct parse_env env = {.schema = &schema, .arena = &arena, .sink = {event_text_events, event_text_damage, &text}};
    parse_memory(parser, input, name, block_size, &env);
    schema_release(&schema);
    intern_release(&fields);
    arena_release(&arena);
    text.schema = NULL;
    return text;
}

static inline struct event_text event_text_parse(const struct parser *parser, str input,
                                                 size_t block_size)
{
    return event_text_named(parser, input, S("test"), block_size);
}

static inline void event_text_release(struct event_text *text)
{
    buf_release(&text->events);
    buf_release(&text->damage);
    buf_release(&text->words);
}

/* For fuzzers: the same events and damage whatever the size of blocks. */
static inline void event_text_same(const struct parser *parser, str input)
{
    static const size_t sizes[] = {1024, 65536, 64, 7};
    struct event_text whole = event_text_parse(parser, input, input.n + 1);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct event_text part = event_text_parse(parser, input, sizes[i]);
        event_text_must(str_eq(buf_str(&whole.events), buf_str(&part.events)),
                        "events depend on the size of blocks");
        event_text_must(str_eq(buf_str(&whole.damage), buf_str(&part.damage)),
                        "damage depends on the size of blocks");
        event_text_release(&part);
    }
    event_text_release(&whole);
}

#endif
