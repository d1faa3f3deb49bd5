#include "parse/json_dialect.h"

/* One row. A `from` that ends in '.' stands for all names that begin so, and `to` takes its place
 * ("": nothing does). A `to` that ends in '.' keeps only the last part of what follows; DROP says
 * that there is no field. Of two rows that claim one role, the upper wins. A name that is taken by
 * another section of the event gets its own section before it, as the EVTX reader does it:
 * "EventData_Version". */
struct rename {
    const char *from, *to;
    enum json_role role;
    const char *section;
};

#define LAST "."
#define DROP "-"
#define ECS                                                                                        \
    "ECS" /* a section whose names are copies: they stand for a field that nothing else has taken  \
           */

struct dialect {
    const char *markers[3]; /* names (or, ending in '.', beginnings) that must all be there */
    const struct rename *rows;
    bool xml; /* names carry #attributes and #text, and are joined by '_' as the EVTX reader does */
};

/* evtx_dump (the evtx crate): <Event> as it stands, with "#attributes" members or "X_attributes"
 * ones. */
static const struct rename evtx_dump_rows[] = {
    {"Event.#attributes.", DROP, ROLE_NONE, NULL},
    {"Event_attributes.", DROP, ROLE_NONE, NULL},
    {"Event.System.Channel", "Channel", ROLE_CHANNEL, NULL},
    {"Event.System.EventID", "EventID", ROLE_EVENT_ID, NULL},
    {"Event.System.EventID.#text", "EventID", ROLE_EVENT_ID, NULL},
    {"Event.System.EventRecordID", "EventRecordID", ROLE_RECORD, NULL},
    {"Event.System.Provider.#attributes.Name", "Provider_Name", ROLE_PROVIDER, NULL},
    {"Event.System.Provider_attributes.Name", "Provider_Name", ROLE_PROVIDER, NULL},
    {"Event.System.TimeCreated.#attributes.SystemTime", "TimeCreated_SystemTime", ROLE_UTC, NULL},
    {"Event.System.TimeCreated_attributes.SystemTime", "TimeCreated_SystemTime", ROLE_UTC, NULL},
    {"Event.System.Correlation", DROP, ROLE_NONE, NULL}, /* elements that are there but empty */
    {"Event.System.Execution", DROP, ROLE_NONE, NULL},
    {"Event.System.Security", DROP, ROLE_NONE, NULL},
    {"Event.System.", "", ROLE_NONE, NULL},
    {"Event.EventData.#attributes.", "EventData_", ROLE_NONE, "EventData"},
    {"Event.EventData_attributes.", "EventData_", ROLE_NONE, "EventData"},
    {"Event.EventData.", "", ROLE_NONE, "EventData"},
    {"Event.EventData", DROP, ROLE_NONE, NULL},
    {"Event.UserData.", LAST, ROLE_NONE, "UserData"},
    {"Event.RenderingInfo.Message", "Message", ROLE_NONE, "RenderingInfo"},
    {"Event.RenderingInfo.#attributes.", "RenderingInfo_", ROLE_NONE, "RenderingInfo"},
    {"Event.RenderingInfo_attributes.", "RenderingInfo_", ROLE_NONE, "RenderingInfo"},
    {"Event.RenderingInfo.", "RenderingInfo_.", ROLE_NONE, "RenderingInfo"},
    {"Event.ProcessingErrorData.", LAST, ROLE_NONE, "ProcessingErrorData"},
    {"Event.DebugData.", LAST, ROLE_NONE, "DebugData"},
    {0},
};

/* Velociraptor's parse_evtx: System and EventData side by side. */
static const struct rename velociraptor_rows[] = {
    {"System.Channel", "Channel", ROLE_CHANNEL, NULL},
    {"System.EventID.Value", "EventID", ROLE_EVENT_ID, NULL},
    {"System.EventID", "EventID", ROLE_EVENT_ID, NULL},
    {"System.EventRecordID", "EventRecordID", ROLE_RECORD, NULL},
    {"System.Provider.Name", "Provider_Name", ROLE_PROVIDER, NULL},
    {"System.TimeCreated.SystemTime", "TimeCreated_SystemTime", ROLE_UTC, NULL},
    {"System.", "", ROLE_NONE, NULL},
    {"EventData.", "", ROLE_NONE, "EventData"},
    {"UserData.", LAST, ROLE_NONE, "UserData"},
    {0},
};

/* Winlogbeat 7 and 8, Elastic Agent. The modules for Sysmon and the security log move members of
 * event_data to names of the Elastic Common Schema: process.executable was Image, SourceImage,
 * NewProcessName or ProcessName, which other names tell. */
#define WINLOG_ROWS                                                                                \
    {"winlog.channel", "Channel", ROLE_CHANNEL, NULL},                                             \
        {"winlog.provider_name", "Provider_Name", ROLE_PROVIDER, NULL},                            \
        {"winlog.event_id", "EventID", ROLE_EVENT_ID, NULL},                                       \
        {"winlog.record_id", "EventRecordID", ROLE_RECORD, NULL},                                  \
        {"@timestamp", "TimeCreated_SystemTime", ROLE_TIME, NULL},                                 \
        {"message", "Message", ROLE_NONE, NULL},                                                   \
        {"winlog.event_data.", "", ROLE_NONE, "EventData"},                                        \
        {"winlog.user_data.xml_name", "winlog.user_data.xml_name", ROLE_NONE, NULL},               \
        {"winlog.user_data.", LAST, ROLE_NONE, "UserData"},                                        \
        {"winlog.computer_name", "Computer", ROLE_NONE, NULL},                                     \
        {"winlog.provider_guid", "Provider_Guid", ROLE_NONE, NULL},                                \
        {"winlog.version", "Version", ROLE_NONE, NULL},                                            \
        {"winlog.process.pid", "Execution_ProcessID", ROLE_NONE, NULL},                            \
        {"winlog.process.thread.id", "Execution_ThreadID", ROLE_NONE, NULL},                       \
        {"winlog.activity_id", "Correlation_ActivityID", ROLE_NONE, NULL},                         \
        {"winlog.related_activity_id", "Correlation_RelatedActivityID", ROLE_NONE, NULL},          \
        {"winlog.user.identifier", "Security_UserID", ROLE_NONE, NULL},

#define ECS_ROWS                                                                                   \
    {"process.command_line", "CommandLine", ROLE_NONE, ECS},                                       \
        {"process.working_directory", "CurrentDirectory", ROLE_NONE, ECS},                         \
        {"process.parent.command_line", "ParentCommandLine", ROLE_NONE, ECS},                      \
        {"process.parent.entity_id", "ParentProcessGuid", ROLE_NONE, ECS},                         \
        {"process.pe.original_file_name", "OriginalFileName", ROLE_NONE, ECS},                     \
        {"file.pe.original_file_name", "OriginalFileName", ROLE_NONE, ECS},                        \
        {"rule.name", "RuleName", ROLE_NONE, ECS},

#define ECS_IMAGE_ROWS                                                                             \
    {"process.executable", "Image", ROLE_NONE, ECS}, {"process.pid", "ProcessId", ROLE_NONE, ECS}, \
        {"process.entity_id", "ProcessGuid", ROLE_NONE, ECS},                                      \
        {"process.parent.executable", "ParentImage", ROLE_NONE, ECS},                              \
        {"process.parent.pid", "ParentProcessId", ROLE_NONE, ECS},                                 \
        {"registry.path", "TargetObject", ROLE_NONE, ECS},                                         \
        {"dns.question.name", "QueryName", ROLE_NONE, ECS},                                        \
        {"sysmon.dns.status", "QueryStatus", ROLE_NONE, ECS},                                      \
        {"network.transport", "Protocol", ROLE_NONE, ECS},                                         \
        {"source.ip", "SourceIp", ROLE_NONE, ECS}, {"source.port", "SourcePort", ROLE_NONE, ECS},  \
        {"source.domain", "SourceHostname", ROLE_NONE, ECS},                                       \
        {"destination.ip", "DestinationIp", ROLE_NONE, ECS},                                       \
        {"destination.port", "DestinationPort", ROLE_NONE, ECS},                                   \
        {"destination.domain", "DestinationHostname", ROLE_NONE, ECS},

static const struct rename winlogbeat_rows[] = {
    WINLOG_ROWS ECS_ROWS ECS_IMAGE_ROWS{"file.path", "TargetFilename", ROLE_NONE, ECS},
    {0},
};

/* Sysmon 7: the file is the image that was loaded. */
static const struct rename winlogbeat_load_rows[] = {
    WINLOG_ROWS ECS_ROWS ECS_IMAGE_ROWS{"file.path", "ImageLoaded", ROLE_NONE, ECS},
    {0},
};

/* Sysmon 8 and 10: the process is the one that reaches for another. */
static const struct rename winlogbeat_access_rows[] = {
    WINLOG_ROWS ECS_ROWS{"process.executable", "SourceImage", ROLE_NONE, ECS},
    {"process.pid", "SourceProcessId", ROLE_NONE, ECS},
    {"process.entity_id", "SourceProcessGUID", ROLE_NONE, ECS},
    {"process.thread.id", "SourceThreadId", ROLE_NONE, ECS},
    {0},
};

/* Security 4688, and the others. */
static const struct rename winlogbeat_start_rows[] = {
    WINLOG_ROWS ECS_ROWS{"process.executable", "NewProcessName", ROLE_NONE, ECS},
    {"process.pid", "NewProcessId", ROLE_NONE, ECS},
    {"process.parent.executable", "ParentProcessName", ROLE_NONE, ECS},
    {"process.parent.pid", "ProcessId", ROLE_NONE, ECS},
    {0},
};

static const struct rename winlogbeat_security_rows[] = {
    WINLOG_ROWS ECS_ROWS{"process.executable", "ProcessName", ROLE_NONE, ECS},
    {"process.pid", "ProcessId", ROLE_NONE, ECS},
    {"source.ip", "IpAddress", ROLE_NONE, ECS},
    {"source.port", "IpPort", ROLE_NONE, ECS},
    {"source.domain", "WorkstationName", ROLE_NONE, ECS},
    {0},
};

/* Winlogbeat before 7.0 */
static const struct rename winlogbeat6_rows[] = {
    {"log_name", "Channel", ROLE_CHANNEL, NULL},
    {"source_name", "Provider_Name", ROLE_PROVIDER, NULL},
    {"event_id", "EventID", ROLE_EVENT_ID, NULL},
    {"record_number", "EventRecordID", ROLE_RECORD, NULL},
    {"@timestamp", "TimeCreated_SystemTime", ROLE_TIME, NULL},
    {"message", "Message", ROLE_NONE, NULL},
    {"event_data.", "", ROLE_NONE, "EventData"},
    {"user_data.xml_name", "user_data.xml_name", ROLE_NONE, NULL},
    {"user_data.", LAST, ROLE_NONE, "UserData"},
    {"computer_name", "Computer", ROLE_NONE, NULL},
    {"provider_guid", "Provider_Guid", ROLE_NONE, NULL},
    {"version", "Version", ROLE_NONE, NULL},
    {"process_id", "Execution_ProcessID", ROLE_NONE, NULL},
    {"thread_id", "Execution_ThreadID", ROLE_NONE, NULL},
    {"activity_id", "Correlation_ActivityID", ROLE_NONE, NULL},
    {"related_activity_id", "Correlation_RelatedActivityID", ROLE_NONE, NULL},
    {"user.identifier", "Security_UserID", ROLE_NONE, NULL},
    {0},
};

/* Velociraptor's artifact Windows.EventLogs.Evtx and its like: columns beside EventData. */
static const struct rename velociraptor_artifact_rows[] = {
    {"Channel", "Channel", ROLE_CHANNEL, NULL},
    {"Provider", "Provider_Name", ROLE_PROVIDER, NULL},
    {"EventID", "EventID", ROLE_EVENT_ID, NULL},
    {"EventRecordID", "EventRecordID", ROLE_RECORD, NULL},
    {"EventTime", "TimeCreated_SystemTime", ROLE_TIME, NULL},
    {"TimeCreated", "TimeCreated_SystemTime", ROLE_TIME, NULL},
    {"UserSID", "Security_UserID", ROLE_NONE, NULL},
    {"EventData.", "", ROLE_NONE, "EventData"},
    {"UserData.", LAST, ROLE_NONE, "UserData"},
    {0},
};

/* NXLog's im_msvistalog, which the OTRF data sets are made with. EventData lies flat among the
 * rest. */
static const struct rename nxlog_rows[] = {
    {"Channel", "Channel", ROLE_CHANNEL, NULL},
    {"Provider_Name", "Provider_Name", ROLE_PROVIDER, NULL},
    {"SourceName", "Provider_Name", ROLE_PROVIDER, NULL},
    {"EventID", "EventID", ROLE_EVENT_ID, NULL},
    {"EventRecordID", "EventRecordID", ROLE_RECORD, NULL},
    {"RecordNumber", "EventRecordID", ROLE_RECORD, NULL},
    {"TimeCreated_SystemTime", "TimeCreated_SystemTime", ROLE_UTC, NULL},
    {"TimeCreated", "TimeCreated_SystemTime", ROLE_TIME, NULL},
    {"@timestamp", "@timestamp", ROLE_TIME, NULL},
    {"EventTime", "EventTime", ROLE_TIME, NULL},
    {"Hostname", "Computer", ROLE_NONE, NULL},
    {"host", "Computer", ROLE_NONE, NULL},
    {"ProviderGuid", "Provider_Guid", ROLE_NONE, NULL},
    {"ExecutionProcessID", "Execution_ProcessID", ROLE_NONE, NULL},
    {"ExecutionThreadID", "Execution_ThreadID", ROLE_NONE, NULL},
    {"ThreadID", "Execution_ThreadID", ROLE_NONE, NULL},
    {"ActivityID", "Correlation_ActivityID", ROLE_NONE, NULL},
    {"RelatedActivityID", "Correlation_RelatedActivityID", ROLE_NONE, NULL},
    {"UserID", "Security_UserID", ROLE_NONE, NULL},
    {"OpcodeValue", "Opcode", ROLE_NONE, NULL},
    {0},
};

/* PowerShell: Get-WinEvent | ConvertTo-Json */
static const struct rename get_winevent_rows[] = {
    {"LogName", "Channel", ROLE_CHANNEL, NULL},
    {"ProviderName", "Provider_Name", ROLE_PROVIDER, NULL},
    {"Id", "EventID", ROLE_EVENT_ID, NULL},
    {"RecordId", "EventRecordID", ROLE_RECORD, NULL},
    {"TimeCreated", "TimeCreated_SystemTime", ROLE_TIME, NULL},
    {"MachineName", "Computer", ROLE_NONE, NULL},
    {"ProviderId", "Provider_Guid", ROLE_NONE, NULL},
    {"ProcessId", "Execution_ProcessID", ROLE_NONE, NULL},
    {"ThreadId", "Execution_ThreadID", ROLE_NONE, NULL},
    {"ActivityId", "Correlation_ActivityID", ROLE_NONE, NULL},
    {"RelatedActivityId", "Correlation_RelatedActivityID", ROLE_NONE, NULL},
    {"Qualifiers", "EventID_Qualifiers", ROLE_NONE, NULL},
    {0},
};

/* Anything else: only where the time may stand. */
static const struct rename generic_rows[] = {
    {"@timestamp", "@timestamp", ROLE_TIME, NULL},
    {"timestamp", "timestamp", ROLE_TIME, NULL},
    {"Timestamp", "Timestamp", ROLE_TIME, NULL},
    {"TimeGenerated", "TimeGenerated", ROLE_TIME, NULL},
    {"TimeCreated", "TimeCreated", ROLE_TIME, NULL},
    {"CreationTime", "CreationTime", ROLE_TIME, NULL},
    {"eventTime", "eventTime", ROLE_TIME, NULL},
    {"time", "time", ROLE_TIME, NULL},
    {"ts", "ts", ROLE_TIME, NULL},
    {0},
};

static const struct dialect dialects[] = {
    {{"Event.System."}, evtx_dump_rows, true},
    {{"System.EventID", "System.Channel"}, velociraptor_rows, true},
    {{"System.EventID.Value", "System.Channel"}, velociraptor_rows, true},
    {{"winlog.event_data.TargetImage", "winlog.event_id"}, winlogbeat_access_rows, false},
    {{"file.code_signature.status", "file.path", "winlog.event_id"}, winlogbeat_load_rows, false},
    {{"winlog.event_data.SignatureStatus", "winlog.event_id"}, winlogbeat_load_rows, false},
    {{"winlog.event_data.TokenElevationType", "winlog.event_id"}, winlogbeat_start_rows, false},
    {{"winlog.event_data.SubjectUserSid", "winlog.event_id"}, winlogbeat_security_rows, false},
    {{"winlog.event_data.SubjectLogonId", "winlog.event_id"}, winlogbeat_security_rows, false},
    {{"winlog.event_data.TargetUserName", "winlog.event_id"}, winlogbeat_security_rows, false},
    {{"winlog.event_id"}, winlogbeat_rows, false},
    {{"winlog.channel"}, winlogbeat_rows, false},
    {{"log_name", "event_id"}, winlogbeat6_rows, false},
    {{"EventData.", "EventID", "Channel"}, velociraptor_artifact_rows, true},
    {{"UserData.", "EventID", "Channel"}, velociraptor_artifact_rows, true},
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

bool json_is_dialect(const str *names, u32 n)
{
    return find_dialect(names, n) != NULL;
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

static str last_part(str name, char separator)
{
    size_t start = name.n;
    while (start > 0 && name.p[start - 1] != separator)
        start--;
    return str_sub(name, start, name.n);
}

/* "Provider.#attributes.Name" and "Provider_attributes.Name" are "Provider_Name"; "Data.#text" is
 * "Data"; name spaces are no fields, and names of fields have no spaces. */
static str xml_name(str name, struct arena *arena)
{
    name = replace(name, S("_attributes."), S("."), arena);
    name = replace(name, S("#attributes."), S(""), arena);
    name = replace(name, S(".#text"), S(""), arena);
    name = replace(name, S(" "), S(""), arena);
    if (str_starts(name, S("xmlns")) || str_find(name, S(".xmlns")) != SIZE_MAX)
        return STR_NONE;
    return replace(name, S("."), S("_"), arena);
}

/* The last element of a path, with its attribute if the path ends in one: "A.n:B.#attributes.c" is
 * "B_c". */
static str xml_last(str path, struct arena *arena)
{
    const size_t marked = str_find(path, S(".#attributes."));
    const size_t at = marked != SIZE_MAX ? marked : str_find(path, S("_attributes."));
    const size_t text = str_find(path, S(".#text"));
    const str element = last_part(str_sub(path, 0, MIN(at, text)), '.');
    return xml_name(
        arena_join(arena, last_part(element, ':'), str_sub(path, MIN(at, path.n), path.n)), arena);
}

/* What the name is called in events before spaces are taken out of it; empty when it is no field.
 */
static str spaced_name(const struct dialect *dialect, const struct rename *row, str name,
                       struct arena *arena)
{
    if (!row)
        return name;
    const str from = str_from(row->from), to = str_from(row->to);
    if (str_eq(to, S(DROP)))
        return STR_NONE;
    if (!str_ends(from, S(".")))
        return to;
    str rest = str_sub(name, from.n, name.n);
    const bool only_last = str_ends(to, S(LAST));
    if (dialect->xml)
        rest = only_last ? xml_last(rest, arena) : xml_name(rest, arena);
    else if (only_last)
        rest = last_part(rest, '.');
    return rest.n ? arena_join(arena, str_sub(to, 0, to.n - only_last), rest) : rest;
}

static str field_name(const struct dialect *dialect, const struct rename *row, str name,
                      struct arena *arena)
{
    const str spaced = spaced_name(dialect, row, name, arena);
    const str out = replace(spaced, S(" "), S(""), arena);
    return out.n ? out : spaced;
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
    const struct rename **name_rows; /* of each name: its row, or NULL */
    u32 *first;                      /* open addressing: 1 + index of the first name with a field */
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

static str section_of(const struct rename *row)
{
    return row && row->section ? str_from(row->section) : STR_NONE;
}

static bool is_copy(const struct rename *row)
{
    return str_eq(section_of(row), S(ECS));
}

static bool is_alias(const struct rename *row, str name)
{
    return row && !row->section && !str_ends(str_from(row->from), S(".")) &&
           !str_eq(str_from(row->to), name);
}

/* Is a name whose field is taken by that of `first` not simply the same name once more? */
static bool is_other_thing(const struct rename *row, str name, const struct rename *first)
{
    return is_alias(row, name) || is_copy(row) || !str_eq(section_of(row), section_of(first));
}

/* Of two words for one thing, such as Hostname and host, the second keeps its own; of two sections
 * that have one name, the second puts its own before it. */
static str second_name(const struct rename *row, str name, str to, struct arena *arena)
{
    const str section = section_of(row);
    if (section.n == 0 || str_eq(section, S(ECS)))
        return name;
    return arena_join(arena, arena_join(arena, section, S("_")), to);
}

static void add_name(struct maker *m, u32 i)
{
    struct json_layout *const layout = m->layout;
    const str name = m->names[i];
    const struct rename *const row = m->name_rows[i];
    const str to = field_name(m->dialect, row, name, m->arena);
    take_role(m, i, row);
    layout->fields[i] = INTERN_NONE;
    if (to.n == 0 && name.n != 0)
        return;
    u32 field = intern_add(m->fields, to);
    u32 *first = find_first(m, field);
    if (*first && is_other_thing(row, name, m->name_rows[*first - 1])) {
        field = intern_add(m->fields, second_name(row, name, to, m->arena));
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

const struct json_layout *json_layout_new(const str *names, u32 n, struct intern *fields,
                                          struct arena *arena)
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
    m.name_rows = ARENA_ARRAY(arena, const struct rename *, n);
    layout->kind = dialect ? KIND_WINDOWS : KIND_JSON;
    layout->n = n;
    layout->fields = ARENA_ARRAY(arena, u32, n);
    layout->groups = ARENA_ARRAY(arena, u32, n);
    for (int role = 0; role < ROLE_COUNT; role++)
        layout->roles[role] = -1;
    /* What is of no section, System above all, takes its names first, wherever it stands; copies
     * come last. */
    for (u32 i = 0; i < n; i++)
        m.name_rows[i] = find_row(m.rows, names[i]);
    for (u32 i = 0; i < n; i++)
        if (section_of(m.name_rows[i]).n == 0)
            add_name(&m, i);
    for (u32 i = 0; i < n; i++)
        if (section_of(m.name_rows[i]).n > 0 && !is_copy(m.name_rows[i]))
            add_name(&m, i);
    for (u32 i = 0; i < n; i++)
        if (is_copy(m.name_rows[i]))
            add_name(&m, i);
    return layout;
}
