#include "event_make.h"

#include "check.h"

#define MAX_FIELDS 64

struct maker {
    struct schema *schema;
    struct arena *arena;
    const char *at, *start;
    struct shape_field fields[MAX_FIELDS];
    struct value values[MAX_FIELDS];
    u32 n;
};

static void expect(struct maker *m, char c)
{
    if (*m->at != c)
        fail_msg("event text: '%c' expected at \"%s\" of \"%s\"", c, m->at, m->start);
    m->at++;
}

/* 'raw, with '' for a quote' or "with \\n, \\t, \\r and \\ before any other character". */
static str quoted(struct maker *m)
{
    const char quote = *m->at++;
    char *const out = arena_alloc(m->arena, strlen(m->at) + 1, 1);
    size_t n = 0;
    for (; *m->at; m->at++) {
        char c = *m->at;
        if (c == quote && !(quote == '\'' && m->at[1] == quote))
            break;
        if (c == '\'' && quote == c)
            m->at++;
        if (c == '\\' && quote == '"') {
            c = *++m->at;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        out[n++] = c;
    }
    expect(m, quote);
    return (str){out, n};
}

/* Up to one of the characters of `stop`, or a text in quotes. */
static str word(struct maker *m, const char *stop)
{
    if (*m->at == '\'' || *m->at == '"')
        return quoted(m);
    const size_t n = strcspn(m->at, stop);
    const str s = {m->at, n};
    m->at += n;
    return s;
}

static struct value bytes_of_hex(struct maker *m, str hex)
{
    u8 *const out = arena_alloc(m->arena, hex.n / 2 + 1, 1);
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        const char two[] = {hex.p[i], hex.p[i + 1], 0};
        out[i / 2] = (u8)strtoul(two, NULL, 16);
    }
    return (struct value){.type = VALUE_BINARY, .n = (u32)(hex.n / 2), .p = out};
}

static struct value value(struct maker *m);

static struct value array(struct maker *m)
{
    struct value *const items = ARENA_ARRAY(m->arena, struct value, MAX_FIELDS);
    u32 n = 0;
    expect(m, '[');
    while (*m->at != ']') {
        items[n++] = value(m);
        while (*m->at == ',' || *m->at == ' ')
            m->at++;
    }
    expect(m, ']');
    return (struct value){.type = VALUE_ARRAY, .n = n, .items = items};
}

static struct value value(struct maker *m)
{
    if (*m->at == '\'' || *m->at == '"')
        return value_utf8(quoted(m));
    if (*m->at == '[')
        return array(m);
    const str s = word(m, " ,]");
    i64 i;
    u64 u;
    if (str_eq(s, S("null")))
        return (struct value){.type = VALUE_NULL};
    if (str_eq(s, S("true")) || str_eq(s, S("false")))
        return (struct value){.type = VALUE_BOOL, .u = s.n == 4};
    if (str_starts(s, S("hex:")) &&
        str_u64(arena_printf(m->arena, "0x%.*s", (int)s.n - 4, s.p + 4), &u))
        return (struct value){.type = VALUE_HEX, .u = u};
    if (str_starts(s, S("time:")) && str_u64(str_sub(s, 5, s.n), &u))
        return (struct value){.type = VALUE_FILETIME, .u = u};
    if (str_starts(s, S("data:")))
        return bytes_of_hex(m, str_sub(s, 5, s.n));
    if (str_find_char(s, '.') != SIZE_MAX)
        return (struct value){.type = VALUE_F64, .f = strtod(s.p, NULL)};
    if (!str_i64(s, &i))
        fail_msg("event text: \"%.*s\" is no value in \"%s\"", STR_ARG(s), m->start);
    return (struct value){.type = VALUE_I64, .i = i};
}

static void add_field(struct maker *m, u32 field, struct value v)
{
    assert_true(m->n < MAX_FIELDS);
    m->fields[m->n] = (struct shape_field){field, (i32)m->n};
    m->values[m->n++] = v;
}

static void read_evtx(struct maker *m, struct shape_def *def)
{
    expect(m, ' ');
    const str name = word(m, "#");
    size_t slash = name.n;
    while (slash > 0 && name.p[slash] != '/')
        slash--;
    def->channel = str_sub(name, 0, slash);
    def->provider = str_sub(name, slash + 1, name.n);
    expect(m, '#');
    if (!str_i64(word(m, " "), &def->event_id))
        fail_msg("event text: no event id in \"%s\"", m->start);
    add_field(m, FIELD_PROVIDER, value_utf8(def->provider));
    add_field(m, FIELD_EVENT_ID, (struct value){.type = VALUE_U64, .u = (u64)def->event_id});
    add_field(m, FIELD_CHANNEL, value_utf8(def->channel));
}

static enum kind read_kind(struct maker *m)
{
    const str name = word(m, " ");
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (str_eq(name, str_from(kind_text((enum kind)kind))))
            return (enum kind)kind;
    fail_msg("event text: no kind \"%.*s\"", STR_ARG(name));
    return KIND_NONE;
}

/* A shape is the kind, channel, provider, id and the list of its fields. */
static const struct shape *shape_of(struct maker *m, struct shape_def *def)
{
    str key = arena_printf(m->arena, "%d|%.*s|%.*s|%lld", def->kind, STR_ARG(def->channel),
                           STR_ARG(def->provider), (long long)def->event_id);
    for (u32 i = 0; i < m->n; i++)
        key = arena_printf(m->arena, "%.*s|%u", STR_ARG(key), m->fields[i].field);
    def->fields = m->fields;
    def->n_fields = def->n_slots = m->n;
    const struct shape *const known = schema_find(m->schema, key);
    return known ? known : schema_add(m->schema, key, def);
}

struct event event_make(struct schema *schema, struct arena *arena, const char *text)
{
    struct maker m = {.schema = schema, .arena = arena, .at = text, .start = text};
    struct shape_def def = {.event_id = -1};
    def.kind = read_kind(&m);
    if (def.kind == KIND_WINDOWS)
        read_evtx(&m, &def);
    while (*m.at) {
        expect(&m, ' ');
        const str name = word(&m, "=");
        expect(&m, '=');
        add_field(&m, intern_add(&schema->fields, name), value(&m));
    }
    struct value *const slots = ARENA_ARRAY(arena, struct value, m.n);
    for (u32 i = 0; i < m.n; i++)
        slots[i] = m.values[i];
    return (struct event){.shape = shape_of(&m, &def), .slots = slots, .time = TIME_NONE};
}
