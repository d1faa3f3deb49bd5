/* w3c.c: W3C extended logs: IIS, HTTPERR and others of the family. docs/formats/w3c.md.
 *
 *     #Software: Microsoft Internet Information Services 10.0
 *     #Version: 1.0
 *     #Date: 2021-03-03 06:00:00
 *     #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip
 * cs(User-Agent) … time-taken 2021-03-03 06:49:42 10.0.0.5 POST /ecp/y.js - 443 - 192.0.2.7
 * python-requests/2.25.1 … 203
 *
 * #Fields may come again anywhere, with other columns. '-' stands for no value and is kept as it
 * is: rules test for it. */
#include "parse/screen.h"

#include "base/limits.h"

/* What tells the logs of the family apart. */
static const struct {
    const char *software;
    enum kind kind;
} programs[] = {
    {"Microsoft Internet Information Services", KIND_IIS},
    {"Microsoft HTTP API", KIND_HTTPERR},
    {"Microsoft HTTP Server API", KIND_HTTPERR},
};

static enum kind kind_of(str software)
{
    for (size_t i = 0; i < COUNT(programs); i++)
        if (str_istarts(software, str_from(programs[i].software)))
            return programs[i].kind;
    return KIND_W3C;
}

/* The columns that hold from one #Fields line to the next. */
struct columns {
    const struct shape *shape; /* NULL: there is no #Fields line yet */
    char separator;
    bool quotes; /* values may stand in quotes: not in IIS, where a quote is only a character */
    bool *plus;  /* of each column: '+' stands for a space */
    u32 n;
    i32 date, time;  /* index of the column, or -1 */
    str header_date; /* of #Date, where there is no date column */
};

/* "cs(User-Agent)" is "cs-user-agent" in the taxonomy of rules. Others are called what they are
 * called. */
static str field_name(str column, bool *ret_plus, struct arena *arena)
{
    *ret_plus = column.n > 4 && (str_istarts(column, S("cs(")) || str_istarts(column, S("sc("))) &&
                column.p[column.n - 1] == ')';
    if (!*ret_plus)
        return column;
    char *const out = arena_alloc(arena, column.n, 1);
    for (size_t i = 0; i < column.n - 1; i++)
        out[i] = column.p[i] == '(' ? '-' : ascii_lower(column.p[i]);
    return (str){out, column.n - 1};
}

static const struct shape *new_shape(struct parse_env *env, str key, enum kind kind,
                                     const u32 *fields, u32 n)
{
    struct shape_field *const map = ARENA_ARRAY(env->arena, struct shape_field, n + 1);
    struct shape_def def = {.kind = kind, .event_id = -1, .fields = map, .n_slots = n};
    i32 computer = -1;
    bool has_computer = false;
    for (u32 i = 0; i < n; i++) {
        bool seen = false;
        for (u32 k = 0; k < i && !seen; k++)
            seen = fields[k] == fields[i];
        if (seen)
            continue; /* the first column of a name is the one */
        map[def.n_fields++] = (struct shape_field){fields[i], (i32)i};
        has_computer |= fields[i] == FIELD_COMPUTER;
        if (str_eq(intern_text(&env->schema->fields, fields[i]), S("s-computername")))
            computer = (i32)i;
    }
    if (computer >= 0 && !has_computer)
        map[def.n_fields++] = (struct shape_field){FIELD_COMPUTER, computer};
    return schema_add(env->schema, key, &def);
}

/* Work out the columns of a header. */
static void columns_make(struct columns *columns, const struct log_header *header,
                         struct parse_env *env)
{
    const enum kind kind = kind_of(header->software);
    const size_t tab = str_find_char(header->fields, '\t');
    *columns = (struct columns){
        .separator = tab == SIZE_MAX ? ' ' : '\t',
        .quotes = kind == KIND_W3C,
        .date = -1,
        .time = -1,
        .header_date = str_sub(header->date, 0, 10),
    };
    if (header->fields.n == 0)
        return;
    size_t n = 1; /* columns at most: a header a record must not cost more than its length */
    for (size_t i = 0; i < header->fields.n && n < LIMIT_FIELDS; i++)
        n += header->fields.p[i] == columns->separator;
    u32 *const fields = ARENA_ARRAY(env->arena, u32, n);
    columns->plus = ARENA_ARRAY(env->arena, bool, n);
    str rest = header->fields, column;
    while (columns->n < n && str_next(&rest, columns->separator, &column)) {
        if (column.n == 0)
            continue;
        const u32 i = columns->n++;
        if (str_ieq(column, S("date")) && columns->date < 0)
            columns->date = (i32)i;
        if (str_ieq(column, S("time")) && columns->time < 0)
            columns->time = (i32)i;
        const str name = field_name(column, &columns->plus[i], env->arena);
        fields[i] = intern_add(&env->schema->fields, name);
    }
    const str key = arena_join(env->arena, str_from(kind_text(kind)), header->fields);
    columns->shape = schema_find(env->schema, key);
    if (!columns->shape && env->schema->arena.used + env->schema->keys.arena.used < LIMIT_SCHEMA)
        columns->shape = new_shape(env, key, kind, fields, columns->n);
}

/* The length of a value in quotes at the start of s, quotes included, or 0 when it is none. */
static size_t quoted_length(str s, char separator, bool *ret_doubled)
{
    *ret_doubled = false;
    if (s.n < 2 || s.p[0] != '"')
        return 0;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] != '"')
            continue;
        if (i + 1 == s.n || s.p[i + 1] == separator)
            return i + 1;
        if (s.p[i + 1] != '"')
            return 0;
        *ret_doubled = true;
        i++;
    }
    return 0;
}

static struct value text_value(const struct columns *columns, u32 i, str s)
{
    struct value v = value_utf8(s);
    if (columns->plus[i] && s.n && memchr(s.p, '+', s.n))
        v.type = VALUE_PLUS;
    return v;
}

/* Split a line. The number of values on it, which may be more than there are columns. */
static u32 split(const struct columns *columns, str s, struct value *slots)
{
    u32 n = 0;
    for (;;) {
        bool doubled = false;
        const size_t quoted = columns->quotes ? quoted_length(s, columns->separator, &doubled) : 0;
        const size_t found = quoted ? quoted : str_find_char(s, columns->separator);
        const size_t end = MIN(found, s.n);
        if (n < columns->n && quoted)
            slots[n] = (struct value){
                .type = doubled ? VALUE_CSV : VALUE_UTF8, .n = (u32)(end - 2), .p = s.p + 1};
        else if (n < columns->n)
            slots[n] = text_value(columns, n, str_sub(s, 0, end));
        n++;
        if (end >= s.n)
            return n;
        s = str_sub(s, end + 1, s.n);
        if (s.n == 0) /* a separator at the end is no value more */
            return n;
    }
}

static i64 time_of(const struct columns *columns, const struct value *slots)
{
    char text[64];
    str date = columns->header_date, time = S("00:00:00");
    i64 ns;
    if (columns->date >= 0 && slots[columns->date].type != VALUE_NONE)
        date = (str){slots[columns->date].p, slots[columns->date].n};
    if (columns->time >= 0 && slots[columns->time].type != VALUE_NONE)
        time = (str){slots[columns->time].p, slots[columns->time].n};
    if (date.n + time.n + 1 > sizeof text || date.n == 0 || time.n == 0)
        return TIME_NONE;
    memcpy(text, date.p, date.n);
    text[date.n] = 'T';
    memcpy(text + date.n + 1, time.p, time.n);
    return time_parse((str){text, date.n + 1 + time.n}, &ns) ? ns : TIME_NONE;
}

/* What a line of these columns looks like, for the screen; false when it cannot say. */
static bool line_form(const struct columns *columns, struct line_form *form)
{
    if (!columns->shape || columns->date != 0 || columns->time != 1)
        return false;
    const struct shape *const shape = columns->shape;
    const i32 at = shape_find(shape, FIELD_COMPUTER), part = shape_part(shape);
    *form = (struct line_form){
        .separator = columns->separator,
        .quotes = columns->quotes ? QUOTES_ODD : QUOTES_PLAIN,
        .time = LINE_TIME_W3C,
        .columns = columns->n,
        .host = at < 0 ? -1 : shape->fields[at].slot,
        .part = part < 0 ? -1 : shape->fields[part].slot,
        .plus = columns->plus,
    };
    return form->host != 0 && !(form->host > 0 && columns->plus[form->host]) && form->part != 0 &&
           !(form->part > 0 && columns->plus[form->part]);
}

static void read_line(struct line_events *out, const struct columns *columns,
                      const struct line *line, struct screen *screen)
{
    struct value *const slots = ARENA_ARRAY(out->env->arena, struct value, columns->n);
    const u32 n = split(columns, line->text, slots);
    const i64 time = time_of(columns, slots);
    const bool fits = n == columns->n, has_zeros = line_has_zeros(line);
    if (!fits || has_zeros) { /* which columns are wrong cannot be known: none is told */
        line_damage(out, line, time,
                    has_zeros           ? "zeros in the middle of a line"
                    : time == TIME_NONE ? "not a line of this log"
                                        : "columns do not fit #Fields");
        return;
    }
    if (time == TIME_NONE && (columns->date >= 0 || columns->time >= 0))
        line_damage(out, line, TIME_NONE, "not a time");
    line_events_add(out, columns->shape, slots, time, line);
    screen_seen(screen, slots);
}

static void w3c_parse(const struct block *block, struct parse_env *env)
{
    struct line_events out = {.block = block, .env = env};
    struct log_header header = {0};
    struct columns columns;
    struct lines lines;
    struct line line;
    struct line_form form;
    bool changed = true;
    log_header_read(&header, block->context);
    lines_start(&lines, block, &env->sink);
    struct screen *const screen = screen_new(&out, &lines);
    for (; screen_pass(screen), lines_next(&lines, &env->sink, &line);) {
        if (log_header_line(&header, line.text)) {
            changed = true;
            screen_columns(screen, NULL, NULL);
            continue;
        }
        if (changed) {
            columns_make(&columns, &header, env);
            screen_columns(screen, line_form(&columns, &form) ? &form : NULL, columns.shape);
        }
        changed = false;
        if (columns.shape)
            read_line(&out, &columns, &line, screen);
        else
            line_damage(&out, &line, TIME_NONE, "a line without #Fields before it");
    }
    line_events_flush(&out);
    screen_free(screen);
}

static int w3c_bid(str head, str name)
{
    (void)name;
    struct log_header header = {0};
    log_header_read(&header, head);
    if (kind_of(header.software) != KIND_W3C)
        return SURE_YES;
    if (header.fields.n == 0 || str_find_char(header.fields, ',') != SIZE_MAX)
        return SURE_NO;
    return head.p[0] == '#' ? SURE_LIKELY : SURE_MAYBE;
}

const struct parser w3c_parser = {
    .name = "w3c",
    .bid = w3c_bid,
    .cut = lines_cut,
    .look = lines_look,
    .carry = lines_carry,
    .parse = w3c_parse,
};
