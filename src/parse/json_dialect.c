#include "parse/json_dialect.h"

/* One row. A `from` that ends in '.' stands for all names that begin so, and `to` takes its place ("": nothing does); LAST
 * keeps only what follows the last dot, DROP says that there is no field. Of two rows that claim one role, the upper wins. */
struct rename {
    const char *from, *to;
    enum json_role role;
};

#define LAST "."
#define DROP "-"

struct dialect {
    const char *markers[3]; /* names (or, ending in '.', beginnings) that must all be there */
    const struct rename *rows;
    bool xml; /* names carry #attributes and #text, and are joined by '_' as the EVTX reader does */
};

/* evtx_dump (the evtx crate): <Event> as it stands, with "#attributes" members or "X_attributes" ones. */
static const struct rename evtx_dump_rows[] = {
    {"Event.#attributes.", DROP, ROLE_NONE},
    {"Event_attributes.", DROP, ROLE_NONE},
    {"Event.System.Channel", "Channel", ROLE_CHANNEL},
    {"Event.System.EventID", "EventID", ROLE_EVENT_ID},
    {"Event.System.EventID.#text", "EventID", ROLE_EVENT_ID},
    {"Event.System.EventRecordID", "EventRecordID", ROLE_RECORD},
    {"Event.System.Provider.#attributes.Name", "Provider_Name", ROLE_PROVIDER},
    {"Event.System.Provider_attributes.Name", "Provider_Name", ROLE_PROVIDER},
    {"Event.System.TimeCreated.#attributes.SystemTime", "TimeCreated_SystemTime", ROLE_TIME},
    {"Event.System.TimeCreated_attributes.SystemTime", "TimeCreated_SystemTime", ROLE_TIME},
    {"Event.System.Correlation", DROP, ROLE_NONE}, /* elements that are there but empty */
    {"Event.System.Execution", DROP, ROLE_NONE},
    {"Event.System.Security", DROP, ROLE_NONE},
    {"Event.System.", "", ROLE_NONE},
    {"Event.EventData.#attributes.", "EventData_", ROLE_NONE},
    {"Event.EventData_attributes.", "EventData_", ROLE_NONE},
    {"Event.EventData.", "", ROLE_NONE},
    {"Event.EventData", DROP, ROLE_NONE},
    {"Event.UserData.", LAST, ROLE_NONE},
    {"Event.ProcessingErrorData.", "ProcessingErrorData_", ROLE_NONE},
    {"Event.RenderingInfo.Message", "Message", ROLE_NONE},
    {"Event.RenderingInfo.#attributes.", "RenderingInfo_", ROLE_NONE},
    {"Event.RenderingInfo.", "RenderingInfo_", ROLE_NONE},
    {0},
};

/* Velociraptor's parse_evtx: System and EventData side by side. */
static const struct rename velociraptor_rows[] = {
    {"System.Channel", "Channel", ROLE_CHANNEL},
    {"System.EventID.Value", "EventID", ROLE_EVENT_ID},
    {"System.EventID", "EventID", ROLE_EVENT_ID},
    {"System.EventRecordID", "EventRecordID", ROLE_RECORD},
    {"System.Provider.Name", "Provider_Name", ROLE_PROVIDER},
    {"System.TimeCreated.SystemTime", "TimeCreated_SystemTime", ROLE_TIME},
    {"System.", "", ROLE_NONE},
    {"EventData.", "", ROLE_NONE},
    {"UserData.", LAST, ROLE_NONE},
    {0},
};

static const struct rename winlogbeat_rows[] = {
    {"winlog.channel", "Channel", ROLE_CHANNEL},
    {"winlog.provider_name", "Provider_Name", ROLE_PROVIDER},
    {"winlog.event_id", "EventID", ROLE_EVENT_ID},
    {"winlog.record_id", "EventRecordID", ROLE_RECORD},
    {"@timestamp", "TimeCreated_SystemTime", ROLE_TIME},
    {"message", "Message", ROLE_NONE},
    {"winlog.event_data.", "", ROLE_NONE},
    {"winlog.user_data.xml_name", "winlog.user_data.xml_name", ROLE_NONE},
    {"winlog.user_data.", LAST, ROLE_NONE},
    {"winlog.computer_name", "Computer", ROLE_NONE},
    {"winlog.provider_guid", "Provider_Guid", ROLE_NONE},
    {"winlog.version", "Version", ROLE_NONE},
    {"winlog.process.pid", "Execution_ProcessID", ROLE_NONE},
    {"winlog.process.thread.id", "Execution_ThreadID", ROLE_NONE},
    {"winlog.activity_id", "Correlation_ActivityID", ROLE_NONE},
    {"winlog.related_activity_id", "Correlation_RelatedActivityID", ROLE_NONE},
    {"winlog.user.identifier", "Security_UserID", ROLE_NONE},
    {0},
};

/* Winlogbeat before 7.0 */
static const struct rename winlogbeat6_rows[] = {
    {"log_name", "Channel", ROLE_CHANNEL},
    {"source_name", "Provider_Name", ROLE_PROVIDER},
    {"event_id", "EventID", ROLE_EVENT_ID},
    {"record_number", "EventRecordID", ROLE_RECORD},
    {"@timestamp", "TimeCreated_SystemTime", ROLE_TIME},
    {"message", "Message", ROLE_NONE},
    {"event_data.", "", ROLE_NONE},
    {"user_data.xml_name", "user_data.xml_name", ROLE_NONE},
    {"user_data.", LAST, ROLE_NONE},
    {"computer_name", "Computer", ROLE_NONE},
    {"provider_guid", "Provider_Guid", ROLE_NONE},
    {"version", "Version", ROLE_NONE},
    {"process_id", "Execution_ProcessID", ROLE_NONE},
    {"thread_id", "Execution_ThreadID", ROLE_NONE},
    {"activity_id", "Correlation_ActivityID", ROLE_NONE},
    {"related_activity_id", "Correlation_RelatedActivityID", ROLE_NONE},
    {"user.identifier", "Security_UserID", ROLE_NONE},
    {0},
};

/* NXLog's im_msvistalog, which the OTRF data sets are made with. EventData lies flat among the rest. */
static const struct rename nxlog_rows[] = {
    {"Channel", "Channel", ROLE_CHANNEL},
    {"Provider_Name", "Provider_Name", ROLE_PROVIDER},
    {"SourceName", "Provider_Name", ROLE_PROVIDER},
    {"EventID", "EventID", ROLE_EVENT_ID},
    {"EventRecordID", "EventRecordID", ROLE_RECORD},
    {"RecordNumber", "EventRecordID", ROLE_RECORD},
    {"TimeCreated_SystemTime", "TimeCreated_SystemTime", ROLE_TIME},
    {"TimeCreated", "TimeCreated_SystemTime", ROLE_TIME},
    {"@timestamp", "@timestamp", ROLE_TIME},
    {"EventTime", "EventTime", ROLE_TIME},
    {"Hostname", "Computer", ROLE_NONE},
    {"host", "Computer", ROLE_NONE},
    {"ProviderGuid", "Provider_Guid", ROLE_NONE},
    {"ExecutionProcessID", "Execution_ProcessID", ROLE_NONE},
    {"ExecutionThreadID", "Execution_ThreadID", ROLE_NONE},
    {"ThreadID", "Execution_ThreadID", ROLE_NONE},
    {"ActivityID", "Correlation_ActivityID", ROLE_NONE},
    {"RelatedActivityID", "Correlation_RelatedActivityID", ROLE_NONE},
    {"UserID", "Security_UserID", ROLE_NONE},
    {"OpcodeValue", "Opcode", ROLE_NONE},
    {0},
};

/* PowerShell: Get-WinEvent | ConvertTo-Json */
static const struct rename get_winevent_rows[] = {
    {"LogName", "Channel", ROLE_CHANNEL},
    {"ProviderName", "Provider_Name", ROLE_PROVIDER},
    {"Id", "EventID", ROLE_EVENT_ID},
    {"RecordId", "EventRecordID", ROLE_RECORD},
    {"TimeCreated", "TimeCreated_SystemTime", ROLE_TIME},
    {"MachineName", "Computer", ROLE_NONE},
    {"ProviderId", "Provider_Guid", ROLE_NONE},
    {"ProcessId", "Execution_ProcessID", ROLE_NONE},
    {"ThreadId", "Execution_ThreadID", ROLE_NONE},
    {"ActivityId", "Correlation_ActivityID", ROLE_NONE},
    {"RelatedActivityId", "Correlation_RelatedActivityID", ROLE_NONE},
    {"Qualifiers", "EventID_Qualifiers", ROLE_NONE},
    {0},
};

/* Anything else: only where the time may stand. */
static const struct rename generic_rows[] = {
    {"@timestamp", "@timestamp", ROLE_TIME},
    {"timestamp", "timestamp", ROLE_TIME},
    {"Timestamp", "Timestamp", ROLE_TIME},
    {"TimeGenerated", "TimeGenerated", ROLE_TIME},
    {"TimeCreated", "TimeCreated", ROLE_TIME},
    {"CreationTime", "CreationTime", ROLE_TIME},
    {"eventTime", "eventTime", ROLE_TIME},
    {"time", "time", ROLE_TIME},
    {"ts", "ts", ROLE_TIME},
    {0},
};

static const struct dialect dialects[] = {
    {{"Event.System."}, evtx_dump_rows, true},
    {{"System.EventID", "System.Channel"}, velociraptor_rows, true},
    {{"System.EventID.Value", "System.Channel"}, velociraptor_rows, true},
    {{"winlog.event_id"}, winlogbeat_rows, false},
    {{"winlog.channel"}, winlogbeat_rows, false},
    {{"log_name", "event_id"}, winlogbeat6_rows, false},
    {{"EventID", "Channel"}, nxlog_rows, false},
    {{"EventID", "SourceName"}, nxlog_rows, false},
    {{"EventID", "Provider_Name"}, nxlog_rows, false},
    {{"LogName", "ProviderName", "Id"}, get_winevent_rows, false},
};

static bool matches(str name, str from)
{
    return str_ends(from, S(".")) ? str_starts(name, from) : str_eq(name, from);
}

static bool has_name(const str *names, u32 n, const char *marker)
{
    const str from = str_from(marker);
    for (u32 i = 0; i < n; i++)
        if (matches(names[i], from))
            return true;
    return false;
}

static const struct dialect *find_dialect(const str *names, u32 n)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        size_t found = 0;
        while (found < COUNT(dialects[i].markers) && dialects[i].markers[found] &&
               has_name(names, n, dialects[i].markers[found]))
            found++;
        if (found == COUNT(dialects[i].markers) || !dialects[i].markers[found])
            return &dialects[i];
    }
    return NULL;
}

static const struct rename *find_row(const struct rename *rows, str name)
{
    for (; rows->from; rows++)
        if (matches(name, str_from(rows->from)))
            return rows;
    return NULL;
}

/* Copy s without any `piece`, which is replaced by `with`. */
static str replace(str s, str piece, str with, struct arena *arena)
{
    if (str_find(s, piece) == SIZE_MAX)
        return s;
    assert(with.n <= piece.n);
    char *const out = arena_alloc(arena, s.n + 1, 1);
    size_t n = 0;
    for (size_t at; (at = str_find(s, piece)) != SIZE_MAX; s = str_sub(s, at + piece.n, s.n)) {
        memcpy(out + n, s.p, at);
        memcpy(out + n + at, with.p, with.n);
        n += at + with.n;
    }
    memcpy(out + n, s.p, s.n);
    return (str){out, n + s.n};
}

/* "Provider.#attributes.Name" and "Provider_attributes.Name" are "Provider_Name"; "Data.#text" is "Data"; name spaces are
 * no fields. */
static str xml_name(str name, struct arena *arena)
{
    name = replace(name, S("_attributes."), S("."), arena);
    name = replace(name, S("#attributes."), S(""), arena);
    name = replace(name, S(".#text"), S(""), arena);
    if (str_starts(name, S("xmlns")) || str_find(name, S(".xmlns")) != SIZE_MAX)
        return STR_NONE;
    return replace(name, S("."), S("_"), arena);
}

static str last_part(str name)
{
    size_t start = name.n;
    while (start > 0 && name.p[start - 1] != '.')
        start--;
    return str_sub(name, start, name.n);
}

/* What the name is called in events; empty when it is no field. */
static str field_name(const struct dialect *dialect, const struct rename *row, str name, struct arena *arena)
{
    if (!row)
        return name;
    const str from = str_from(row->from), to = str_from(row->to);
    if (str_eq(to, S(DROP)))
        return STR_NONE;
    if (!str_ends(from, S(".")))
        return to;
    str rest = str_sub(name, from.n, name.n);
    if (str_eq(to, S(LAST))) {
        rest = dialect->xml ? replace(rest, S(".#text"), S(""), arena) : rest;
        return dialect->xml ? xml_name(last_part(rest), arena) : last_part(rest);
    }
    rest = dialect->xml ? xml_name(rest, arena) : rest;
    return to.n && rest.n ? arena_join(arena, to, rest) : rest;
}

/* What is being worked out for one layout. */
struct maker {
    struct json_layout *layout;
    const struct dialect *dialect;
    const struct rename *rows;
    const str *names;
    struct intern *fields;
    struct arena *arena;
    const struct rename *role_rows[ROLE_COUNT];
    u32 *first; /* open addressing: 1 + index of the first name with a field */
    u32 mask;
};

/* The slot of `first` where the field is, or would be. */
static u32 *find_first(struct maker *m, u32 field)
{
    u32 h = field * 0x9E3779B1u & m->mask;
    while (m->first[h] && m->layout->fields[m->first[h] - 1] != field)
        h = (h + 1) & m->mask;
    return &m->first[h];
}

static void take_role(struct maker *m, u32 i, const struct rename *row)
{
    if (!row || row->role == ROLE_NONE)
        return;
    const struct rename *const known = m->role_rows[row->role];
    if (known && known <= row)
        return;
    m->role_rows[row->role] = row;
    m->layout->roles[row->role] = (i32)i;
}

static void add_name(struct maker *m, u32 i)
{
    struct json_layout *const layout = m->layout;
    const str name = m->names[i];
    const struct rename *const row = find_row(m->rows, name);
    const str to = field_name(m->dialect, row, name, m->arena);
    take_role(m, i, row);
    layout->fields[i] = INTERN_NONE;
    if (to.n == 0 && name.n != 0)
        return;
    u32 field = intern_add(m->fields, to);
    u32 *first = find_first(m, field);
    const bool is_alias = row && !str_ends(str_from(row->from), S(".")) && !str_eq(to, name);
    if (*first && is_alias) { /* two words for one thing, such as Hostname and host: the second keeps its own name */
        field = intern_add(m->fields, name);
        first = find_first(m, field);
    }
    layout->fields[i] = field;
    if (!*first) {
        *first = i + 1;
        layout->n_fields++;
        return;
    }
    const u32 other = *first - 1;
    if (!layout->groups[other])
        layout->groups[other] = ++layout->n_groups;
    layout->groups[i] = layout->groups[other];
}

const struct json_layout *json_layout_new(const str *names, u32 n, struct intern *fields, struct arena *arena)
{
    struct json_layout *const layout = ARENA_NEW(arena, struct json_layout);
    const struct dialect *const dialect = find_dialect(names, n);
    struct maker m = {
        .layout = layout,
        .dialect = dialect,
        .rows = dialect ? dialect->rows : generic_rows,
        .names = names,
        .fields = fields,
        .arena = arena,
        .mask = 7,
    };
    while (m.mask < 2 * n)
        m.mask = 2 * m.mask + 1;
    m.first = ARENA_ARRAY(arena, u32, m.mask + 1);
    layout->kind = dialect ? KIND_WINDOWS : KIND_JSON;
    layout->n = n;
    layout->fields = ARENA_ARRAY(arena, u32, n);
    layout->groups = ARENA_ARRAY(arena, u32, n);
    for (int role = 0; role < ROLE_COUNT; role++)
        layout->roles[role] = -1;
    for (u32 i = 0; i < n; i++)
        add_name(&m, i);
    return layout;
}
