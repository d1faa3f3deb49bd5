/* exchange_csv.c: the comma-separated logs of Exchange Server, each a header and lines.
 * docs/formats/exchange_csv.md.
 *
 *     DateTime,RequestId,…                        (some builds repeat the columns as a plain line;
 * it is passed over) #Software: Microsoft Exchange Server #Version: 15.01.2375.007 #Log-type:
 * HttpProxy Logs #Date: 2023-01-09T19:00:00.130Z #Fields: DateTime,RequestId,MajorVersion,…
 *     2023-01-09T19:00:00.130Z,5e58f5e5-…,15,…
 *
 * Columns differ between builds and are known by name only. Logs that were collected through
 * PowerShell have no '#' lines: then the first line is the columns. */
#include "parse/screen.h"

#include "base/limits.h"

/* Which log it is: by what its header says, else by columns that no other log has, else, for logs
 * of which no columns are published, by where it lay. The first that fits; a new one is a line. */
static const struct {
    const char *log_type;   /* how #Log-type begins, without case */
    const char *columns[4]; /* all of them, or none given */
    const char *folder;     /* a folder around it that is called so, or how its own name begins */
    enum kind kind;
    enum {
        EVENT_DATA = 1, /* the last column holds pairs that Exchange does not quote */
        NO_HOST_COLUMN =
            2, /* server-hostname is the server that is spoken to, which may be anybody's */
    } flags;
} logs[] = {
    {"HttpProxy", {"AnchorMailbox", "RoutingHint"}, NULL, KIND_HTTPPROXY, 0},
    {"ECP Activity", {NULL}, NULL, KIND_ECP_ACTIVITY, EVENT_DATA},
    {"ECP Server",
     {"TimeStamp", "ServerName", "EventId", "EventData"},
     NULL,
     KIND_ECP_SERVER,
     EVENT_DATA},
    {"EWS", {"SoapAction", "AuthenticatedUser"}, NULL, KIND_EWS, 0},
    {"Rps Cmdlet", {"Cmdlet", "Parameters"}, NULL, KIND_RPS_CMDLET, 0},
    {"Rps Http", {"CommandName", "ShellId"}, NULL, KIND_RPS_HTTP, 0},
    {"Message Tracking",
     {"event-id", "message-id", "source-context"},
     NULL,
     KIND_MESSAGE_TRACKING,
     NO_HOST_COLUMN},
    {"SMTP Receive",
     {"connector-id", "session-id", "remote-endpoint"},
     NULL,
     KIND_SMTP_PROTOCOL,
     0},
    {"SMTP Send", {NULL}, NULL, KIND_SMTP_PROTOCOL, 0},
    {"Agent Log", {"EnteredOrgFromIP", "Agent", "Action"}, NULL, KIND_AGENT, 0},
    {"Http Request Filtering", {"ScanResult", "HttpMethod"}, NULL, KIND_REQUEST_FILTERING, 0},
    {"MapiHttp", {"MapiRequestId"}, "MapiHttp", KIND_MAPIHTTP, 0},
    {"RpcHttp", {NULL}, "RpcHttp", KIND_RPCHTTP, 0},
    {"Autodiscover", {NULL}, "Autodiscover", KIND_AUTODISCOVER, 0},
    {"OWA", {NULL}, "OWA", KIND_OWA, 0},
    {"ActiveSync", {NULL}, "ActiveSync", KIND_ACTIVESYNC, 0},
    {"OAB", {NULL}, "OABGeneratorLog", KIND_OAB_GENERATOR, 0},
    {NULL, {NULL}, "OABGeneratorSimpleLog", KIND_OAB_GENERATOR, 0},
    {"Mitigation", {NULL}, "MitigationService", KIND_MITIGATION, 0},
};
#define OTHER_LOG COUNT(logs)

static const char *const time_columns[] = {"DateTime",      "TimeStamp", "date-time",
                                           "date-time-utc", "Timestamp", "StartTime"};
static const char *const computer_columns[] = {"ServerHostName", "ServerName", "server-hostname",
                                               "MachineName"};

/* Pairs in the EventData of ECP's logs ("S:CMD=…;S:URL=…") that are worth a field of their own; the
 * names differ in case. */
static const struct {
    const char *key, *field;
    bool is_word; /* it holds no ';': the pair behind it may be of another type ("Dbl:…") */
} event_data_pairs[] = {
    {"CMD", "Cmd", false},
    {"URL", "Url", false},
    {"BLD", "Bld", true},
};

/* framing.state: the first line is in a block before; others belong to lines.c */
enum { STATE_BEGUN = 1 };

struct columns {
    const struct shape *shape; /* NULL: there are none yet */
    str first; /* name of the first column: a line that begins with it is a header again */
    u32 n;
    i32 time, event_data; /* index of the column, or -1 */
    bool rest_is_last;
};

struct cell {
    struct value value;
    size_t end;      /* of the cell in the line: a comma, or the end of the line */
    const char *why; /* damage, or NULL */
};

/* The cell that begins at s.p[at]. */
static struct cell read_cell(str s, size_t at)
{
    const str rest = str_sub(s, at, s.n);
    const size_t comma = MIN(str_find_char(rest, ','), rest.n);
    struct cell cell = {.value = value_utf8(str_sub(rest, 0, comma)), .end = at + comma};
    if (rest.n == 0 || rest.p[0] != '"')
        return cell;
    bool doubled = false;
    size_t i = 1;
    for (; i < rest.n; i++) {
        if (rest.p[i] != '"')
            continue;
        if (i + 1 == rest.n || rest.p[i + 1] != '"')
            break;
        doubled = true;
        i++;
    }
    if (i >= rest.n) {
        cell.why = "a quote is not closed";
        return cell;
    }
    if (i + 1 < rest.n && rest.p[i + 1] != ',') {
        cell.why = "text behind a closing quote";
        return cell;
    }
    cell.end = at + i + 1;
    cell.value = (struct value){
        .type = doubled ? VALUE_CSV : VALUE_UTF8, .n = (u32)(i - 1), .p = rest.p + 1};
    return cell;
}

/* The next column name of a header line; false behind the last. */
static bool next_name(str fields, size_t *at, str *out)
{
    if (*at > fields.n)
        return false;
    const struct cell cell = read_cell(fields, *at);
    *out = str_trim((str){cell.value.p, cell.value.n});
    *at = cell.end + 1;
    return true;
}

static bool has_column(str fields, const char *name)
{
    str column;
    for (size_t at = 0; next_name(fields, &at, &column);)
        if (str_ieq(column, str_from(name)))
            return true;
    return false;
}

static bool has_columns(str fields, size_t log)
{
    size_t n = 0;
    while (n < COUNT(logs[log].columns) && logs[log].columns[n] &&
           has_column(fields, logs[log].columns[n]))
        n++;
    return n > 0 && (n == COUNT(logs[log].columns) || !logs[log].columns[n]);
}

/* "a.zip!Logging/OWA/x.log" lies in OWA; "MapiHttp_2023010619-1.LOG" begins with MapiHttp. */
static bool lies_in(str name, const char *folder)
{
    size_t start = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || name.p[i] == '\\' || name.p[i] == '!') {
            if (str_ieq(str_sub(name, start, i), str_from(folder)))
                return true;
            start = i + 1;
        }
    return str_istarts(str_sub(name, start, name.n), str_from(folder));
}

/* The line of the table, or OTHER_LOG. */
static size_t find_log(const struct log_header *header, str name)
{
    for (size_t i = 0; i < COUNT(logs); i++)
        if (logs[i].log_type && str_istarts(header->log_type, str_from(logs[i].log_type)))
            return i;
    for (size_t i = 0; i < COUNT(logs); i++)
        if (has_columns(header->fields, i))
            return i;
    for (size_t i = 0; i < COUNT(logs); i++)
        if (logs[i].folder && lies_in(name, logs[i].folder))
            return i;
    return OTHER_LOG;
}

static enum kind log_kind(size_t log)
{
    return log == OTHER_LOG ? KIND_EXCHANGE : logs[log].kind;
}

static bool log_has(size_t log, u32 flag)
{
    return log != OTHER_LOG && (logs[log].flags & flag);
}

/* Is this line, without '#', a list of columns with a time among them? */
static bool is_plain_header(str line)
{
    u32 n = 0;
    str column;
    line = log_header_value(line);
    if (str_find_char(line, 0) != SIZE_MAX || str_find_char(line, '\r') != SIZE_MAX)
        return false; /* damaged: it would not read back from a context either */
    for (size_t at = 0; next_name(line, &at, &column); n++)
        if (column.n == 0 || column.n > 80)
            return false;
    bool has_time = false;
    for (size_t i = 0; i < COUNT(time_columns) && !has_time && n >= 3; i++)
        has_time = has_column(line, time_columns[i]);
    return has_time;
}

/* The first line of the source that is no '#' line, if `text`, which is its beginning, reaches so
 * far; empty when #Fields comes before it. ends: how lines end, as far as it is known. */
static bool first_line(str text, u64 ends, str *out)
{
    const struct block block = {.data = text, .state = {[LINES_ENDS] = ends}, .last = true};
    const struct sink sink = {0}; /* nothing can be damaged in whole lines */
    struct lines lines;
    struct line line;
    lines_start(&lines, &block, &sink);
    while (lines_next(&lines, &sink, &line)) {
        const bool fields = str_istarts(line.text, S("#Fields:"));
        if (line.text.p[0] == '#' && !fields)
            continue;
        *out = fields ? STR_NONE : line.text;
        return true;
    }
    return false;
}

/* Where no #Fields line has been yet, a plain first line may be the columns. */
static void take_plain_header(struct log_header *header, str text, u64 ends)
{
    str line;
    if (header->fields.n == 0 && first_line(text, ends, &line) && line.n && is_plain_header(line))
        header->fields = log_header_value(line);
}

static bool is_one_of(str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_ieq(name, str_from(names[i])))
            return true;
    return false;
}

/* The shape being made. */
struct maker {
    struct parse_env *env;
    struct shape_field *fields;
    u32 n_fields;
};

static void add_field(struct maker *m, u32 field, i32 slot)
{
    for (u32 i = 0; i < m->n_fields; i++)
        if (m->fields[i].field == field)
            return; /* the first column of a name is the one */
    m->fields[m->n_fields++] = (struct shape_field){field, slot};
}

static const struct shape *new_shape(struct parse_env *env, str key, size_t log,
                                     const struct log_header *header, const struct columns *columns)
{
    struct maker m = {.env = env};
    struct intern *const names = &env->schema->fields;
    const struct value version = value_utf8(header->version);
    i32 computer = -1, slot = 0;
    str name;
    m.fields =
        ARENA_ARRAY(env->arena, struct shape_field, columns->n + COUNT(event_data_pairs) + 2);
    for (size_t at = 0; slot < (i32)columns->n && next_name(header->fields, &at, &name); slot++) {
        add_field(&m, intern_add(names, name), slot);
        if (computer < 0 && !log_has(log, NO_HOST_COLUMN) &&
            is_one_of(name, computer_columns, COUNT(computer_columns)))
            computer = slot;
    }
    for (size_t i = 0; i < COUNT(event_data_pairs) && columns->event_data >= 0; i++, slot++)
        add_field(&m, intern_add(names, str_from(event_data_pairs[i].field)), slot);
    if (computer >= 0)
        add_field(&m, FIELD_COMPUTER, computer);
    if (version.n)
        add_field(&m, intern_add(names, S("LogVersion")), -1);
    const struct shape_def def = {
        .kind = log_kind(log),
        .event_id = -1,
        .fields = m.fields,
        .n_fields = m.n_fields,
        .consts = &version,
        .n_consts = 1,
        .n_slots = (u32)slot,
    };
    return schema_add(env->schema, key, &def);
}

static void columns_make(struct columns *columns, const struct log_header *header, str source,
                         struct parse_env *env)
{
    *columns = (struct columns){.time = -1, .event_data = -1};
    if (header->fields.n == 0)
        return;
    const size_t log = find_log(header, source);
    size_t best = COUNT(time_columns);
    str name;
    for (size_t at = 0; columns->n < LIMIT_FIELDS && next_name(header->fields, &at, &name);
         columns->n++) {
        if (columns->n == 0)
            columns->first = name;
        for (size_t i = 0; i < best; i++)
            if (str_ieq(name, str_from(time_columns[i]))) {
                columns->time = (i32)columns->n;
                best = i;
            }
        if (log_has(log, EVENT_DATA) && str_ieq(name, S("EventData")))
            columns->event_data = (i32)columns->n;
    }
    columns->rest_is_last = log_has(log, EVENT_DATA);
    const str start = arena_printf(env->arena, "csv %zu %zu ", log, header->version.n);
    const str key =
        arena_join(env->arena, start, arena_join(env->arena, header->version, header->fields));
    columns->shape = schema_find(env->schema, key);
    if (!columns->shape && env->schema->arena.used + env->schema->keys.arena.used < LIMIT_SCHEMA)
        columns->shape = new_shape(env, key, log, header, columns);
}

/* "S:TIME=13;S:CMD=Get-InboxRule;…": the values of the pairs that have fields of their own. */
static void split_event_data(struct value data, struct value *slots)
{
    str rest = {data.p, data.n};
    if (rest.n >= 2 && rest.p[0] == '\'' && rest.p[rest.n - 1] == '\'')
        rest = str_sub(rest, 1, rest.n - 1);
    while (str_starts(rest, S("S:"))) {
        const size_t end = MIN(str_find(rest, S(";S:")), rest.n);
        const str pair = str_sub(rest, 2, end);
        const size_t equals = MIN(str_find_char(pair, '='), pair.n);
        for (size_t i = 0; i < COUNT(event_data_pairs); i++)
            if (str_ieq(str_sub(pair, 0, equals), str_from(event_data_pairs[i].key)) &&
                slots[i].type == VALUE_NONE) {
                str value = str_sub(pair, equals + 1, pair.n);
                if (event_data_pairs[i].is_word)
                    value = str_sub(value, 0, str_find_char(value, ';'));
                slots[i] = (struct value){.type = data.type, .n = (u32)value.n, .p = value.p};
            }
        rest = str_sub(rest, end + 1, rest.n);
    }
}

/* The cell of a column that begins at s.p[at] and needs a closer look: in quotes, or the rest of
 * the line. Gives its end. */
static size_t odd_cell(const struct columns *columns, str s, size_t at, u32 column,
                       struct value *out, const char **ret_why)
{
    struct cell cell = read_cell(s, at);
    if (cell.why)
        *ret_why = cell.why;
    if (columns->rest_is_last && column + 1 == columns->n && cell.end < s.n) {
        cell.value = value_utf8(str_sub(s, at, s.n));
        cell.end = s.n;
    }
    *out = cell.value;
    return cell.end;
}

/* Split a line. The number of cells on it, which may be more than there are columns. */
static u32 split(const struct columns *columns, str s, struct value *slots, const char **ret_why)
{
    const u32 odd_from = columns->rest_is_last ? columns->n - 1 : UINT32_MAX;
    u32 n = 0;
    for (size_t at = 0; at <= s.n; n++) {
        struct value value;
        size_t end;
        if (n >= odd_from || (at < s.n && s.p[at] == '"')) {
            end = odd_cell(columns, s, at, n, &value, ret_why);
        } else {
            const char *const comma = memchr(s.p + at, ',', s.n - at);
            end = comma ? (size_t)(comma - s.p) : s.n;
            value = value_utf8((str){s.p + at, end - at});
        }
        if (n < columns->n)
            slots[n] = value;
        at = end + 1;
    }
    return n;
}

/* What a line of these columns looks like, for the screen; false when it cannot say. */
static bool line_form(const struct columns *columns, struct line_form *form)
{
    if (!columns->shape || columns->time != 0 || columns->rest_is_last || columns->event_data >= 0)
        return false;
    const struct shape *const shape = columns->shape;
    const i32 at = shape_find(shape, FIELD_COMPUTER), part = shape_part(shape);
    *form = (struct line_form){
        .separator = ',',
        .quotes = QUOTES_CSV,
        .time = LINE_TIME_ISO,
        .columns = columns->n,
        .host = at < 0 ? -1 : shape->fields[at].slot,
        .part = part < 0 ? -1 : shape->fields[part].slot,
    };
    return form->host != 0 && form->part != 0;
}

/* "6/30/2021 10:03:57 AM" is of the log of request filtering; the others write RFC 3339. */
static i64 time_of(str text)
{
    i64 time;
    return time_parse(text, &time) || time_parse_us(text, &time) ? time : TIME_NONE;
}

static void read_line(struct line_events *out, const struct columns *columns,
                      const struct line *line, struct screen *screen)
{
    struct value *const slots = ARENA_ARRAY(out->env->arena, struct value, columns->shape->n_slots);
    const char *why = NULL;
    const u32 n = split(columns, line->text, slots, &why);
    i64 time = TIME_NONE;
    if (slots[0].type == VALUE_UTF8 && str_eq((str){slots[0].p, slots[0].n}, columns->first) &&
        columns->n > 1) { /* the columns again */
        if (line->unfinished)
            line_damage(out, line, TIME_NONE, "a header within which the log ends");
        return;
    }
    if (columns->time >= 0 && slots[columns->time].type == VALUE_UTF8)
        time = time_of((str){slots[columns->time].p, slots[columns->time].n});
    if (why || n != columns->n || line_has_zeros(line)) {
        /* Which cells are wrong cannot be known, and a shifted one would name another host, build
         * or client: none is told. */
        line_damage(out, line, time,
                    line_has_zeros(line)                   ? "zeros in the middle of a line"
                    : n != columns->n && time == TIME_NONE ? "not a line of this log"
                    : why                                  ? why
                                                           : "columns do not fit #Fields");
        return;
    }
    if (time == TIME_NONE && columns->time >= 0)
        line_damage(out, line, TIME_NONE, "not a time");
    if (columns->event_data >= 0)
        split_event_data(slots[columns->event_data], slots + columns->n);
    line_events_add(out, columns->shape, slots, time, line);
    screen_seen(screen, slots);
}

static void exchange_csv_parse(const struct block *block, struct parse_env *env)
{
    struct line_events out = {.block = block, .env = env};
    struct log_header header = {0};
    struct columns columns;
    struct lines lines;
    struct line line;
    struct line_form form;
    bool changed = true;
    log_header_read(&header, block->context);
    if (!block->state[STATE_BEGUN])
        take_plain_header(&header, block->data, block->state[LINES_ENDS]);
    lines_start(&lines, block, &env->sink);
    struct screen *const screen = screen_new(&out, &lines);
    for (; screen_pass(screen), lines_next(&lines, &env->sink, &line);) {
        if (log_header_line(&header, line.text)) {
            changed = true;
            screen_columns(screen, NULL, NULL);
            continue;
        }
        if (changed) {
            columns_make(&columns, &header, block->name, env);
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

static size_t exchange_csv_cut(struct framing *framing, str in, bool eof, bool force)
{
    const size_t n = lines_cut(framing, in, eof, force);
    str unused;
    if (!framing->state[STATE_BEGUN])
        framing->state[STATE_BEGUN] =
            first_line(str_sub(in, 0, n), framing->state[LINES_ENDS], &unused);
    return n;
}

static void exchange_csv_look(const struct block *block, struct framing *own)
{
    lines_look(block, own);
    if (block->state[STATE_BEGUN])
        return;
    struct log_header header = {0}; /* no #Fields line came before the block */
    struct buf found = own->context;
    buf_init(&own->context, found.max);
    log_header_read(&header, buf_str(&found));
    take_plain_header(&header, block->data, block->state[LINES_ENDS]);
    log_header_write(&header, &own->context);
    buf_release(&found);
}

static int exchange_csv_bid(str head, str name)
{
    (void)name;
    struct log_header header = {0};
    log_header_read(&header, head);
    if (str_ifind(header.software, S("Microsoft Exchange")) != SIZE_MAX)
        return SURE_YES;
    const bool plain = header.fields.n == 0;
    take_plain_header(&header, head, ENDS_UNKNOWN);
    if (header.fields.n == 0 || str_find_char(header.fields, ',') == SIZE_MAX)
        return SURE_NO;
    if (find_log(&header, STR_NONE) != OTHER_LOG)
        return SURE_YES - 1;
    return plain ? SURE_MAYBE : SURE_LIKELY;
}

const struct parser exchange_csv_parser = {
    .name = "exchange_csv",
    .bid = exchange_csv_bid,
    .cut = exchange_csv_cut,
    .look = exchange_csv_look,
    .carry = lines_carry,
    .parse = exchange_csv_parse,
};
