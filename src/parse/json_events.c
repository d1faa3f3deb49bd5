/* json_events.c: events as JSON: one object a line, objects one after the other, or an array of
 * objects. docs/formats/json.md describes the shapes; json_dialect.c holds their names.
 *
 * Where a record may begin, by two rules that cut and parse share, so that the size of blocks
 * changes nothing:
 *   1. behind a whole valid value;
 *   2. at a boundary: a line that begins with '{', as far in as the first object of the source,
 * where the byte before (white space aside) could not be followed by '{' inside a value. In valid
 * JSON no boundary lies inside an object, so a bad record ends at the first boundary behind its
 * beginning, at the latest. Files of one object a line are cut by rule 2 alone, without looking at
 * more than the last line of a block. */
#include "parse/parse.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/json_dialect.h"
#include "parse/lines.h"

/* framing.state */
enum {
    STATE_FORM,   /* enum form */
    STATE_INDENT, /* blanks before the first '{' on its line */
    STATE_RESYNC, /* the block begins inside a record that was too long */
};

enum form { FORM_UNKNOWN, FORM_OBJECTS, FORM_ARRAY, FORM_UTF16 };

#define BOM "\xEF\xBB\xBF"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What may stand between records. Brackets and commas are not checked against each other: they lose
 * nothing. */
static bool is_between(char c)
{
    return is_space(c) || c == ',' || c == '[' || c == ']';
}

/* A byte order mark may stand between records too, where files were put together. */
static size_t skip_between(str in, size_t at)
{
    for (; at < in.n; at++) {
        if (in.n - at >= 3 && memcmp(in.p + at, BOM, 3) == 0)
            at += 2;
        else if (!is_between(in.p[at]))
            break;
    }
    return at;
}

static bool is_utf16(str head)
{
    return head.n >= 4 && head.p[0] == '\xFF' && head.p[1] == '\xFE' && head.p[3] == 0 &&
           (head.p[2] == '{' || is_between(head.p[2]));
}

/* Look at the beginning of a source. False when its first object is not in sight yet. */
static bool find_form(str in, u64 state[4])
{
    size_t first = skip_between(in, 0);
    while (first < in.n && in.p[first] == 0) /* the beginning was written over */
        first = skip_between(in, first + 1);
    const bool array = memchr(in.p, '[', first) != NULL;
    size_t line = first;
    while (line > 0 && (in.p[line - 1] == ' ' || in.p[line - 1] == '\t'))
        line--;
    if (is_utf16(in)) {
        state[STATE_FORM] = FORM_UTF16;
        return true;
    }
    if (first == in.n)
        return false;
    if (in.n - first < 4 && (u8)in.p[first] >= 0x80) /* a mark that is not whole yet */
        return false;
    state[STATE_FORM] = array ? FORM_ARRAY : FORM_OBJECTS;
    const bool is_alone = line == 0 || in.p[line - 1] == '\n';
    state[STATE_INDENT] = is_alone && (array || in.p[first] == '{') ? first - line : 0;
    return true;
}

/* Is the line that follows the line feed at in.p[feed] a boundary? Then *ret is the place of its
 * '{'. */
static bool is_boundary(str in, size_t feed, const u64 state[4], size_t *ret)
{
    const u64 indent = state[STATE_INDENT];
    size_t at = feed + 1;
    if (in.n - at <= indent || in.p[at + indent] != '{')
        return false;
    for (const size_t brace = at + (size_t)indent; at < brace; at++)
        if (in.p[at] != ' ' && in.p[at] != '\t')
            return false;
    size_t before = feed;
    while (before > 0 && is_space(in.p[before - 1]))
        before--;
    const char c = before ? in.p[before - 1] : 0;
    const bool inside = state[STATE_FORM] == FORM_ARRAY ? c != ',' && c != '[' && c != 0
                                                        : c == ',' || c == '[' || c == ':';
    *ret = at;
    return !inside;
}

/* The first boundary behind `from`, or in.n. */
static size_t next_boundary(str in, size_t from, const u64 state[4])
{
    for (size_t at = from; at < in.n; at++) {
        const char *const feed = memchr(in.p + at, '\n', in.n - at);
        size_t brace;
        if (!feed)
            break;
        at = (size_t)(feed - in.p);
        if (is_boundary(in, at, state, &brace) && brace > from)
            return brace;
    }
    return in.n;
}

/* The last boundary, or 0. */
static size_t last_boundary(str in, const u64 state[4])
{
    for (size_t n = in.n; n > 0;) {
        const char *const feed = memrchr(in.p, '\n', n);
        size_t brace;
        if (!feed)
            break;
        n = (size_t)(feed - in.p);
        if (is_boundary(in, n, state, &brace))
            return brace;
    }
    return 0;
}

/* Go from record to record: the end of the last one that is whole, or the last boundary behind a
 * bad one. */
static size_t last_record_end(str in, const u64 state[4])
{
    size_t at = state[STATE_RESYNC] ? next_boundary(in, 0, state) : 0;
    size_t end = at < in.n ? at : 0;
    struct json_reader reader;
    for (;;) {
        at = skip_between(in, at);
        if (at == in.n)
            return end;
        json_start(&reader, in, at);
        if (json_skip(&reader) == JSON_OBJECT) {
            at = end = reader.at;
            continue;
        }
        if (reader.cut_short)
            return end;
        at = next_boundary(in, at, state);
        if (at == in.n)
            return end;
        end = at;
    }
}

static size_t json_cut(struct framing *framing, str in, bool eof, bool force)
{
    u64 *const state = framing->state;
    size_t n = 0;
    if (!state[STATE_FORM] && !find_form(in, state) && !eof && !force)
        return 0;
    if (eof || force)
        n = in.n;
    else if (state[STATE_FORM] == FORM_OBJECTS)
        n = last_boundary(in, state);
    if (n == 0 && state[STATE_FORM] != FORM_UTF16)
        n = last_record_end(in, state);
    if (n == 0)
        return 0;
    state[STATE_RESYNC] = force && !eof;
    framing->line += lines_count(str_sub(in, 0, n));
    return n;
}

/* --- one block --- */

enum {
    BATCH = 128,
    NAMES_MAX = 256 << 10, /* bytes of joined names of one record: LIMIT_FIELDS of some 60 each */
};

struct job {
    const struct block *block;
    struct parse_env *env;
    u64 state[4];
    struct json_reader reader;
    struct place known;

    /* the record being read: its joined names, each a u32 length and the bytes, and their values */
    struct buf names;
    VEC(struct value) values;
    struct buf prefix; /* "winlog.event_data." of the objects that are open */
    bool too_many;

    struct intern layout_keys; /* names → index into layouts */
    VEC(const struct json_layout *) layouts;

    size_t counted; /* lines are counted up to here */
    u64 line;

    struct event events[BATCH];
    size_t n_events;
};

static void flush(struct job *job)
{
    if (job->n_events)
        job->env->sink.events(job->env->sink.arg, job->events, job->n_events);
    job->n_events = 0;
}

static void tell_damage_of(struct job *job, size_t at, size_t lost, const char *what,
                           bool unfinished)
{
    const u64 off = block_place(job->block, &job->known, at);
    const struct damage damage = {.off = off,
                                  .lost = block_place(job->block, &job->known, at + lost) - off,
                                  .what = what,
                                  .unfinished = unfinished ? TIME_NONE : 0};
    job->env->sink.damage(job->env->sink.arg, &damage);
}

static void tell_damage(struct job *job, size_t at, size_t lost, const char *what)
{
    tell_damage_of(job, at, lost, what, false);
}

static struct value string_value(const struct json_reader *reader)
{
    const enum value_type type = reader->escaped ? VALUE_JSON : VALUE_UTF8;
    return (struct value){.type = type, .n = (u32)reader->text.n, .p = reader->text.p};
}

/* A number as such where its text comes back from it, else the text: 1.0, 1e3 and -0 stay as they
 * were written. */
static struct value number_value(str text, struct arena *arena)
{
    struct value v = {0};
    char copy[32];
    i64 i;
    u64 u;
    if (str_i64(text, &i) && !str_eq(text, S("-0")))
        return (struct value){.type = VALUE_I64, .i = i};
    if (str_u64(text, &u))
        return value_u64(u);
    if (text.n < sizeof copy) {
        memcpy(copy, text.p, text.n);
        copy[text.n] = 0;
        v = (struct value){.type = VALUE_F64, .f = strtod(copy, NULL)};
        if (str_eq(value_text(v, arena), text))
            return v;
    }
    return value_utf8(text);
}

/* The value of a token that is neither object nor array. */
static struct value scalar_value(struct job *job, enum json_type type)
{
    switch (type) {
    case JSON_STRING:
        return string_value(&job->reader);
    case JSON_NUMBER:
        return number_value(job->reader.text, job->env->arena);
    case JSON_TRUE:
    case JSON_FALSE:
        return (struct value){.type = VALUE_BOOL, .u = type == JSON_TRUE};
    default:
        return (struct value){.type = VALUE_NULL};
    }
}

/* The array whose '[' was read: strings and numbers as values, arrays in it laid flat, objects as
 * their JSON text. False on an error. */
static bool read_array(struct job *job, struct value *out)
{
    VEC(struct value) items = {0};
    struct json_reader *const reader = &job->reader;
    enum json_type type;
    for (u32 open = 1; open && (type = json_next(reader)) != JSON_ERROR;) {
        const size_t start = reader->text_at;
        struct value v;
        if (type == JSON_ARRAY || type == JSON_ARRAY_END) {
            open = type == JSON_ARRAY ? open + 1 : open - 1;
            continue;
        }
        if (type == JSON_OBJECT) {
            const u32 depth = reader->depth;
            while (type != JSON_ERROR && reader->depth >= depth)
                type = json_next(reader);
            if (type == JSON_ERROR)
                break;
            v = value_utf8((str){reader->start + start, reader->at - start});
        } else {
            v = scalar_value(job, type);
        }
        *VEC_PUSH(&items) = v;
    }
    struct value *const copy = ARENA_ARRAY(job->env->arena, struct value, items.n);
    if (items.n)
        memcpy(copy, items.p, items.n * sizeof *copy);
    *out = (struct value){.type = VALUE_ARRAY, .n = (u32)items.n, .items = copy};
    VEC_FREE(&items);
    return type != JSON_ERROR;
}

static str key_text(struct job *job)
{
    return job->reader.escaped ? json_unescape(job->reader.text, job->env->arena)
                               : job->reader.text;
}

static void add_value(struct job *job, str key, struct value v)
{
    if (job->values.n == LIMIT_FIELDS) {
        job->too_many = true;
        return;
    }
    const u32 n = (u32)(job->prefix.n + key.n);
    char *const p = buf_reserve(&job->names, sizeof n + n);
    if (!p) {
        job->too_many = true;
        return;
    }
    memcpy(p, &n, sizeof n);
    if (job->prefix.n)
        memcpy(p + sizeof n, job->prefix.p, job->prefix.n);
    if (key.n)
        memcpy(p + sizeof n + job->prefix.n, key.p, key.n);
    job->names.n += sizeof n + n;
    *VEC_PUSH(&job->values) = v;
}

/* The object whose '{' was read, as joined names and values. False on an error. */
static bool read_object(struct job *job)
{
    size_t outer[LIMIT_NESTING]; /* length of the prefix around each open object */
    u32 depth = 0;
    str key = STR_NONE;
    for (;;) {
        const enum json_type type = json_next(&job->reader);
        struct value v;
        switch (type) {
        case JSON_ERROR:
            return false;
        case JSON_KEY:
            key = key_text(job);
            break;
        case JSON_OBJECT:
            outer[depth++] = job->prefix.n;
            buf_add(&job->prefix, key);
            buf_char(&job->prefix, '.');
            break;
        case JSON_OBJECT_END:
            if (depth == 0)
                return true;
            job->prefix.n = outer[--depth];
            break;
        case JSON_ARRAY:
            if (!read_array(job, &v))
                return false;
            add_value(job, key, v);
            break;
        default:
            add_value(job, key, scalar_value(job, type));
            break;
        }
    }
}

/* The joined names of the record, of which there are as many as values. */
static str *split_names(const struct job *job, struct arena *arena)
{
    str *const names = ARENA_ARRAY(arena, str, job->values.n);
    size_t at = 0;
    for (size_t i = 0; i < job->values.n; i++) {
        u32 len;
        memcpy(&len, job->names.p + at, sizeof len);
        names[i] = (str){job->names.p + at + sizeof len, len};
        at += sizeof len + len;
    }
    return names;
}

static const struct json_layout *new_layout(struct job *job)
{
    struct arena *const arena = job->env->arena;
    return json_layout_new(split_names(job, arena), (u32)job->values.n, &job->env->schema->fields,
                           arena);
}

static bool schema_is_full(const struct schema *schema)
{
    return schema->arena.used + schema->keys.arena.used + schema->fields.arena.used > LIMIT_SCHEMA;
}

/* NULL when the worker has seen too many different ones. */
static const struct json_layout *find_layout(struct job *job)
{
    const str key = buf_str(&job->names);
    const u32 id = intern_find(&job->layout_keys, key);
    if (id != INTERN_NONE)
        return job->layouts.p[id];
    if (schema_is_full(job->env->schema))
        return NULL;
    intern_add(&job->layout_keys, key);
    return *VEC_PUSH(&job->layouts) = new_layout(job);
}

static const struct value *role_value(const struct job *job, const struct json_layout *layout,
                                      enum json_role role)
{
    return layout->roles[role] < 0 ? NULL : &job->values.p[layout->roles[role]];
}

/* A number since 1970, in the unit (seconds to nanoseconds) that makes it a date after 1973. */
static i64 time_of_int(i64 i)
{
    for (i64 unit = TIME_SECOND; unit > 0; unit /= 1000) {
        i64 ns;
        if (!__builtin_mul_overflow(i, unit, &ns) && ns > 100000000 * TIME_SECOND)
            return ns;
    }
    return TIME_NONE;
}

/* Seconds with a fraction, which a double holds to the microsecond. */
static i64 time_of_seconds(double f)
{
    if (!(f > 1e8 && f < 9e9))
        return TIME_NONE;
    const i64 whole = (i64)f;
    return whole * TIME_SECOND + (i64)((f - (double)whole) * 1e6 + 0.5) * 1000;
}

/* 1704067200.0 is a text, since no double is shown so. */
static i64 time_of_decimal(str text)
{
    char copy[48];
    const size_t dot = str_find_char(text, '.');
    if (dot == 0 || dot >= text.n || text.n >= sizeof copy)
        return TIME_NONE;
    for (size_t i = 0; i < text.n; i++)
        if (i != dot && (text.p[i] < '0' || text.p[i] > '9'))
            return TIME_NONE;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return time_of_seconds(strtod(copy, NULL));
}

static i64 time_of(const struct value *v, const struct time_zone *zone, struct arena *arena)
{
    i64 time, ms;
    if (!v)
        return TIME_NONE;
    if (v->type == VALUE_I64)
        return time_of_int(v->i);
    if (v->type == VALUE_F64)
        return time_of_seconds(v->f);
    str text = v->type == VALUE_UTF8 ? (str){v->p, v->n} : value_text(*v, arena);
    if (time_parse_in(text, zone, &time))
        return time;
    if (str_starts(text, S("/Date(")) && str_ends(text, S(")/"))) { /* PowerShell 5 */
        text = str_sub(text, 6, text.n - 2);
        if (str_i64(text, &ms) && !__builtin_mul_overflow(ms, (i64)1000000, &time))
            return time;
    }
    return time_of_decimal(text);
}

/* The values that are the same for all events of a shape. */
static const struct {
    enum json_role role;
    u32 field;
} fixed[] = {
    {ROLE_CHANNEL, FIELD_CHANNEL},
    {ROLE_PROVIDER, FIELD_PROVIDER},
    {ROLE_EVENT_ID, FIELD_EVENT_ID},
};

/* Field → slot: names in order, then a slot for each field that occurs more than once, after all of
 * them. */
static const struct shape *new_shape(struct job *job, const struct json_layout *layout, str key)
{
    struct arena *const arena = job->env->arena;
    struct shape_field *const fields =
        ARENA_ARRAY(arena, struct shape_field, layout->n_fields + COUNT(fixed));
    struct value consts[COUNT(fixed)] = {{0}};
    struct shape_def def = {
        .kind = layout->kind, .event_id = -1, .fields = fields, .consts = consts};
    bool *const seen = ARENA_ARRAY(arena, bool, layout->n_groups + 1);
    for (size_t i = 0; i < COUNT(fixed); i++) {
        const struct value *const v = role_value(job, layout, fixed[i].role);
        consts[i] = v ? *v : (struct value){.type = VALUE_NONE};
    }
    for (u32 i = 0; i < layout->n; i++) {
        const u32 group = layout->groups[i];
        if (layout->fields[i] == INTERN_NONE || (group && seen[group]))
            continue;
        seen[group] = true;
        i32 slot = group ? (i32)(layout->n + group - 1) : (i32)i;
        for (size_t k = 0; k < COUNT(fixed) && !group; k++)
            if (layout->roles[fixed[k].role] == (i32)i)
                slot = -1 - (i32)k;
        fields[def.n_fields++] = (struct shape_field){layout->fields[i], slot};
    }
    def.channel = value_text(consts[0], arena);
    def.provider = value_text(consts[1], arena);
    i64 id;
    if (value_int(consts[2], &id))
        def.event_id = id;
    def.n_consts = COUNT(fixed);
    def.n_slots = layout->n + layout->n_groups;
    return schema_add(job->env->schema, key, &def);
}

/* The shape: same names, same channel, provider and event id. NULL when there have been too many
 * different ones. */
static const struct shape *find_shape(struct job *job, const struct json_layout *layout)
{
    const size_t n = job->names.n;
    for (size_t i = 0; i < COUNT(fixed); i++) {
        const struct value *const v = role_value(job, layout, fixed[i].role);
        const str text = v ? value_text(*v, job->env->arena) : STR_NONE;
        const u32 len = (u32)text.n;
        buf_add(&job->names, (str){v ? (const char *)&v->type : "", 1});
        buf_add(&job->names, (str){(const char *)&len, sizeof len});
        buf_add(&job->names, text);
    }
    const str key = buf_str(&job->names);
    const struct shape *shape = job->names.full ? NULL : schema_find(job->env->schema, key);
    if (!shape && !job->names.full && !schema_is_full(job->env->schema))
        shape = new_shape(job, layout, key);
    job->names.n = n;
    job->names.full = false;
    return shape;
}

/* The values as slots, and those of repeated fields gathered behind them. */
static const struct value *make_slots(struct job *job, const struct json_layout *layout)
{
    struct arena *const arena = job->env->arena;
    const u32 n = layout->n;
    struct value *const slots =
        arena_alloc(arena, (n + layout->n_groups + 1) * sizeof *slots, _Alignof(struct value));
    if (n)
        memcpy(slots, job->values.p, n * sizeof *slots);
    if (!layout->n_groups)
        return slots;
    struct value *const groups = slots + n;
    memset(groups, 0, layout->n_groups * sizeof *groups);
    for (u32 i = 0; i < n; i++)
        if (layout->groups[i])
            groups[layout->groups[i] - 1].n++;
    for (u32 g = 0; g < layout->n_groups; g++)
        groups[g] = (struct value){.type = VALUE_ARRAY,
                                   .items = ARENA_ARRAY(arena, struct value, groups[g].n)};
    for (u32 i = 0; i < n; i++)
        if (layout->groups[i]) {
            struct value *const group = &groups[layout->groups[i] - 1];
            ((struct value *)group->items)[group->n++] = slots[i];
        }
    return slots;
}

/* The number of the line, from 1, on which the byte at `at` stands. Called in order. */
static u64 line_at(struct job *job, size_t at)
{
    job->line += lines_count(str_sub(job->block->data, job->counted, at));
    job->counted = at;
    return job->line + 1;
}

static void add_event(struct job *job, size_t start, size_t end)
{
    const struct json_layout *const layout = find_layout(job);
    const struct shape *const shape = layout ? find_shape(job, layout) : NULL;
    i64 id;
    if (!shape) {
        tell_damage(job, start, end - start, "too many different forms of records");
        return;
    }
    const struct value *const record = role_value(job, layout, ROLE_RECORD);
    const struct value *const utc = role_value(job, layout, ROLE_UTC);
    const struct value *const told = utc ? utc : role_value(job, layout, ROLE_TIME);
    const i64 time = time_of(told, utc ? NULL : job->env->zone, job->env->arena);
    if (time == TIME_NONE && shape->kind == KIND_WINDOWS) /* of other records it is not asked */
        tell_damage(job, start, end - start, told ? "not a time" : "an event without a time");
    const u64 off = block_place(job->block, &job->known, start);
    job->events[job->n_events++] = (struct event){
        .shape = shape,
        .slots = make_slots(job, layout),
        .time = time,
        .record = record && value_int(*record, &id) && id >= 0 ? (u64)id : line_at(job, start),
        .off = off,
        .len = (u32)(block_place(job->block, &job->known, end) - off),
        .raw = str_sub(job->block->data, start, end),
    };
    if (job->n_events == BATCH)
        flush(job);
}

/* Read the record at `at`. Where to go on: behind it, or, after damage, at the next boundary. */
static size_t read_record(struct job *job, size_t at)
{
    const str in = job->block->data;
    struct json_reader *const reader = &job->reader;
    buf_reset(&job->names);
    buf_reset(&job->prefix);
    job->values.n = 0;
    job->too_many = false;
    json_start(reader, in, at);
    const enum json_type type = json_next(reader);
    if (type == JSON_OBJECT && read_object(job)) {
        if (job->too_many || job->prefix.full)
            tell_damage(job, at, 0, "a record with too many fields: the rest of them is left out");
        add_event(job, at, reader->at);
        return reader->at;
    }
    /* In an array the boundary may come before the error: the record was given up there. */
    const size_t next = next_boundary(in, at, job->state);
    const bool bad = type == JSON_ERROR || type == JSON_OBJECT;
    tell_damage_of(
        job, bad ? MIN(reader->at, next) : at, next - at, bad ? reader->why : "not a JSON object",
        bad && reader->cut_short && job->block->last && next == in.n && in.p[in.n - 1] != '\n');
    return next;
}

static void read_block(struct job *job)
{
    const str in = job->block->data;
    size_t at = 0;
    if (job->state[STATE_RESYNC]) {
        at = next_boundary(in, 0, job->state);
        tell_damage(job, 0, at, "the rest of a record that is too long");
    }
    while ((at = skip_between(in, at)) < in.n)
        at = read_record(job, at);
    size_t end = in.n;
    while (end > 0 && is_space(in.p[end - 1]))
        end--;
    if (job->block->last && job->state[STATE_FORM] == FORM_ARRAY &&
        (end == 0 || in.p[end - 1] != ']'))
        tell_damage(job, in.n, 0, "the array is not closed");
}

static void json_parse_block(const struct block *block, struct parse_env *env)
{
    struct job job = {.block = block, .env = env, .line = block->line};
    memcpy(job.state, block->state, sizeof job.state);
    if (!job.state[STATE_FORM])
        (void)find_form(block->data, job.state);
    if (job.state[STATE_FORM] == FORM_UTF16) {
        const struct damage damage = {
            .off = block->off, .lost = block->data.n, .what = "JSON in UTF-16 is not supported"};
        env->sink.damage(env->sink.arg, &damage);
        return;
    }
    buf_init(&job.names, NAMES_MAX);
    buf_init(&job.prefix, LIMIT_NAME);
    intern_init(&job.layout_keys, NULL);
    read_block(&job);
    flush(&job);
    intern_release(&job.layout_keys);
    VEC_FREE(&job.layouts);
    VEC_FREE(&job.values);
    buf_release(&job.names);
    buf_release(&job.prefix);
}

/* Is the record at `at`, as far as it is in sight, an event of a dialect that we know? */
static bool is_known(str head, size_t at)
{
    struct arena arena = {0};
    struct parse_env env = {.arena = &arena};
    struct job job = {.env = &env};
    buf_init(&job.names, NAMES_MAX);
    buf_init(&job.prefix, LIMIT_NAME);
    json_start(&job.reader, head, at);
    const bool known = json_next(&job.reader) == JSON_OBJECT &&
                       (read_object(&job) || job.reader.cut_short) && !job.names.full &&
                       json_is_dialect(split_names(&job, &arena), (u32)job.values.n);
    VEC_FREE(&job.values);
    buf_release(&job.names);
    buf_release(&job.prefix);
    arena_release(&arena);
    return known;
}

/* No record at the beginning, then one event a line: that is a log whose first lines were damaged.
 * A text that shows an event among its lines is none. */
static bool begins_damaged(str head)
{
    bool known = false;
    for (size_t at = 0, end; at < head.n; at = end + 1) {
        end = at + MIN(str_find_char(str_sub(head, at, head.n), '\n'), head.n - at);
        if (known && head.p[at] != '{')
            return false;
        known = known || (head.p[at] == '{' && is_known(head, at));
    }
    return known;
}

static int json_bid(str head, str name)
{
    (void)name;
    if (is_utf16(head))
        return SURE_LIKELY;
    size_t at = str_starts(head, S(BOM)) ? 3 : 0;
    while (at < head.n && (is_space(head.p[at]) || head.p[at] == '[' || head.p[at] == 0))
        at++;
    if (at == head.n || head.p[at] != '{')
        return begins_damaged(head) ? SURE_MAYBE - 10 : SURE_NO;
    struct json_reader reader;
    json_start(&reader, head, at);
    if (json_skip(&reader) == JSON_OBJECT || (reader.cut_short && reader.at > at + 1))
        return SURE_LIKELY + 20;
    json_start(&reader, head, at); /* the first record may be the damaged one */
    (void)json_next(&reader);
    return json_next(&reader) == JSON_KEY ? SURE_MAYBE
           : begins_damaged(head)         ? SURE_MAYBE - 10
                                          : SURE_NO;
}

const struct parser json_parser = {
    .name = "json",
    .bid = json_bid,
    .cut = json_cut,
    .parse = json_parse_block,
};
