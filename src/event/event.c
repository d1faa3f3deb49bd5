#include "event/event.h"

#include "base/mem.h"

void fields_init(struct intern *fields)
{
    static const char *const names[] = {
#define FIELD(name, text) text,
#include "event/fields.def"
#undef FIELD
    };
    static_assert(COUNT(names) == FIELD_KNOWN, "fields.def");
    intern_init(fields, NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        const u32 id = intern_add(fields, str_from(names[i]));
        assert(id == i);
        (void)id;
    }
}

static const struct {
    const char *text, *words;
    u32 flags;
} kinds[KIND_COUNT] = {
#define OF_EXCHANGE                    KIND_OF_EXCHANGE
#define UNVERIFIED                     KIND_UNVERIFIED
#define UNDATED                        KIND_UNDATED
#define KIND(name, text, words, flags) {text, words, flags},
#include "event/kinds.def"
#undef KIND
#undef OF_EXCHANGE
#undef UNVERIFIED
#undef UNDATED
};

const char *kind_text(enum kind kind)
{
    return kinds[kind].text;
}

const char *kind_words(enum kind kind)
{
    return kinds[kind].words;
}

bool kind_is(enum kind kind, enum kind_flags flag)
{
    return (kinds[kind].flags & flag) != 0;
}

enum kind kind_named(str text)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (str_eq(text, str_from(kinds[kind].text)))
            return (enum kind)kind;
    return KIND_NONE;
}

void schema_init(struct schema *schema, const struct intern *frozen_fields)
{
    *schema = (struct schema){0};
    intern_init(&schema->fields, frozen_fields);
    intern_init(&schema->keys, NULL);
}

void schema_release(struct schema *schema)
{
    intern_release(&schema->fields);
    intern_release(&schema->keys);
    arena_release(&schema->arena);
    mem_free(schema->shapes);
    *schema = (struct schema){0};
}

static size_t intern_bytes(const struct intern *table)
{
    return table->arena.used + table->n_slots * sizeof *table->slots +
           table->cap * sizeof *table->entries;
}

size_t schema_bytes(const struct schema *schema)
{
    return schema->arena.used + intern_bytes(&schema->keys) + intern_bytes(&schema->fields) +
           schema->cap_shapes * sizeof *schema->shapes;
}

const struct shape *schema_find(const struct schema *schema, str key)
{
    const u32 id = intern_find(&schema->keys, key);
    return id == INTERN_NONE ? NULL : schema->shapes[id];
}

/* Constants are few and made once a shape, so they are copied as deep as they go. */
static struct value copy_value(struct arena *arena, struct value v)
{
    switch (v.type) {
    case VALUE_ARRAY: {
        struct value *const items = ARENA_ARRAY(arena, struct value, v.n);
        for (u32 i = 0; i < v.n; i++)
            items[i] = copy_value(arena, v.items[i]);
        v.items = items;
        break;
    }
    case VALUE_UTF8:
    case VALUE_JSON:
    case VALUE_CSV:
    case VALUE_PLUS:
    case VALUE_UTF16:
    case VALUE_ANSI:
    case VALUE_SID:
    case VALUE_BINARY:
        v.p = arena_str(arena, (str){v.p, v.n}).p;
        break;
    case VALUE_GUID:
    case VALUE_SYSTEMTIME:
        v.p = arena_str(arena, (str){v.p, 16}).p;
        break;
    default:
        break;
    }
    return v;
}

/* Open addressing over field ids: index[h] = position in fields + 1. */
static void build_index(struct schema *schema, struct shape *shape)
{
    u32 size = 8;
    while (size < shape->n_fields * 2)
        size *= 2;
    shape->index_mask = size - 1;
    shape->index = ARENA_ARRAY(&schema->arena, u32, size);
    for (u32 i = 0; i < shape->n_fields; i++) {
        u32 h = shape->fields[i].field * 0x9E3779B1u & shape->index_mask;
        while (shape->index[h])
            h = (h + 1) & shape->index_mask;
        shape->index[h] = i + 1;
    }
}

const struct shape *schema_add(struct schema *schema, str key, const struct shape_def *def)
{
    const u32 id = intern_add(&schema->keys, key);
    assert(id == schema->n_shapes);
    struct arena *const arena = &schema->arena;
    struct shape *const shape = ARENA_NEW(arena, struct shape);
    struct shape_field *const fields = ARENA_ARRAY(arena, struct shape_field, def->n_fields);
    struct value *const consts = ARENA_ARRAY(arena, struct value, def->n_consts);
    if (def->n_fields)
        memcpy(fields, def->fields, def->n_fields * sizeof *fields);
    for (u32 i = 0; i < def->n_consts; i++)
        consts[i] = copy_value(arena, def->consts[i]);
    *shape = (struct shape){
        .id = id,
        .kind = def->kind,
        .channel = arena_str(arena, def->channel),
        .provider = arena_str(arena, def->provider),
        .event_id = def->event_id,
        .n_fields = def->n_fields,
        .n_consts = def->n_consts,
        .n_slots = def->n_slots,
        .fields = fields,
        .consts = consts,
    };
    build_index(schema, shape);
    if (schema->n_shapes == schema->cap_shapes) {
        schema->cap_shapes = schema->cap_shapes ? schema->cap_shapes * 2 : 32;
        schema->shapes = mem_grow(schema->shapes, schema->cap_shapes, sizeof *schema->shapes);
    }
    schema->shapes[schema->n_shapes++] = shape;
    return shape;
}

i32 shape_find(const struct shape *shape, u32 field)
{
    for (u32 h = field * 0x9E3779B1u & shape->index_mask; shape->index[h];
         h = (h + 1) & shape->index_mask)
        if (shape->fields[shape->index[h] - 1].field == field)
            return (i32)shape->index[h] - 1;
    return -1;
}

i32 shape_part(const struct shape *shape)
{
    static const struct {
        enum kind kind;
        u32 field;
    } rows[] = {{KIND_HTTPPROXY, FIELD_PROTOCOL},
                {KIND_HTTPPROXY, FIELD_URL_STEM},
                {KIND_IIS, FIELD_S_PORT},
                {KIND_IIS, FIELD_S_SITENAME}};
    i32 at = -1;
    for (size_t i = 0; i < COUNT(rows) && at < 0; i++)
        if (rows[i].kind == shape->kind)
            at = shape_find(shape, rows[i].field);
    return at;
}

struct value event_at(const struct event *event, u32 i)
{
    const i32 slot = event->shape->fields[i].slot;
    return slot >= 0 ? event->slots[slot] : event->shape->consts[-1 - slot];
}

struct value event_get(const struct event *event, u32 field)
{
    const i32 i = shape_find(event->shape, field);
    return i < 0 ? (struct value){.type = VALUE_NONE} : event_at(event, (u32)i);
}

u32 field_data_number(str name)
{
    u64 number;
    if (!str_starts(name, S("param")) || name.n > 8 || str_find_char(name, 'x') != SIZE_MAX ||
        !str_u64(str_sub(name, 5, name.n), &number) || name.p[5] == '0')
        return 0;
    return (u32)number;
}

struct value event_data(const struct event *event, u32 number)
{
    const struct value data = event_get(event, FIELD_DATA);
    if (event->shape->kind != KIND_WINDOWS)
        return (struct value){.type = VALUE_NONE};
    if (data.type == VALUE_ARRAY)
        return number <= data.n ? data.items[number - 1] : (struct value){.type = VALUE_NONE};
    return number == 1 ? data : (struct value){.type = VALUE_NONE};
}

str shape_kind_text(const struct shape *shape, struct arena *arena)
{
    if (shape->kind == KIND_WINDOWS)
        return arena_printf(arena, "evtx:%.*s", STR_ARG(shape->channel));
    return str_from(kind_text(shape->kind));
}
