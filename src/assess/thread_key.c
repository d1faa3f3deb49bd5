#include "assess/thread_key.h"

#define HOUR         (3600 * TIME_SECOND)
#define AGENT_MAX    300
#define DURATION_MAX 600000 /* milliseconds: what takes longer is no request */

/* ---- addresses ---- */

static bool is_ipv4(str s)
{
    str piece;
    u64 n;
    for (int i = 0; i < 4; i++)
        if (!str_next(&s, '.', &piece) || piece.n > 3 || !str_u64(piece, &n) || n > 255)
            return false;
    return s.n == 0;
}

static bool is_ipv6(str s)
{
    size_t colons = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char c = ascii_lower(s.p[i]);
        colons += c == ':';
        if (c != ':' && c != '.' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return colons >= 2 && s.n <= 45;
}

/* Of "a, b" the first; no brackets, no zone, and no port where one can be told from the address. */
static str bare_address(str text)
{
    str s = str_trim(str_sub(text, 0, str_find_char(text, ',')));
    if (str_starts(s, S("[")))
        s = str_sub(s, 1, str_find_char(s, ']'));
    s = str_sub(s, 0, str_find_char(s, '%'));
    if (str_istarts(s, S("::ffff:")) && str_find_char(s, '.') != SIZE_MAX)
        s = str_sub(s, 7, s.n);
    const size_t colon = str_find_char(s, ':');
    return colon != SIZE_MAX && is_ipv4(str_sub(s, 0, colon)) ? str_sub(s, 0, colon) : s;
}

static str lower(str s, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n + 1, 1);
    for (size_t i = 0; i < s.n; i++)
        out[i] = ascii_lower(s.p[i]);
    return (str){out, s.n};
}

static bool starts_with_any(str s, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_istarts(s, str_from(prefixes[i])))
            return true;
    return false;
}

str thread_address(str text, struct arena *arena)
{
    static const char *const nobody[] = {"127.", "169.254.", "0.", "fe8", "fe9", "fea", "feb"};
    const str s = bare_address(text);
    if (!(is_ipv4(s) || is_ipv6(s)) || starts_with_any(s, nobody, COUNT(nobody)) ||
        str_eq(s, S("::1")) || str_eq(s, S("::")))
        return STR_NONE;
    return lower(s, arena);
}

bool thread_is_private(str address)
{
    static const char *const local[] = {"10.", "192.168.", "fc", "fd"};
    str rest = address, piece;
    u64 first = 0, second = 0;
    if (starts_with_any(address, local, COUNT(local)))
        return true;
    return str_next(&rest, '.', &piece) && str_u64(piece, &first) && str_next(&rest, '.', &piece) &&
           str_u64(piece, &second) &&
           ((first == 172 && second >= 16 && second < 32) ||
            (first == 100 && second >= 64 && second < 128));
}

str thread_network(str address)
{
    const bool four = is_ipv4(address);
    size_t seen = 0;
    if (!four && str_find(address, S("::")) != SIZE_MAX &&
        str_find(address, S("::")) < address.n - 2 && str_find(address, S("::")) < 9)
        return STR_NONE; /* zeros within the first half: not worth spelling out */
    for (size_t i = 0; i < address.n; i++)
        if (address.p[i] == (four ? '.' : ':') && ++seen == (four ? 3u : 4u))
            return str_sub(address, 0, i);
    return STR_NONE;
}

/* Behind the front end everybody has the address of a front end. */
static bool is_back_end(const struct scan_event *event)
{
    const str port = scan_field(event, S("s-port"));
    return str_eq(port, S("444")) || str_eq(port, S("81"));
}

/* Where the rule says that the client stands, or nothing. */
static str client_of_rule(const struct finding *f, struct arena *arena)
{
    for (u32 i = 0; i < f->lead->n_scopes; i++) {
        const struct lead_scope *const scope = &f->lead->scopes[i];
        if (str_eq(scope->what, S("client")) && scope->field.n && !scope->regex.n)
            return thread_address(scan_field(f->hit->event, scope->field), arena);
    }
    return STR_NONE;
}

str thread_client(const struct finding *f, struct arena *arena)
{
    static const str fields[] = {
#define CLIENT(name) STR_INIT(name),
#include "assess/thread_keys.def"
#undef CLIENT
    };
    const struct scan_event *const event = f->hit->event;
    const str told = is_back_end(event) ? STR_NONE : client_of_rule(f, arena);
    if (is_back_end(event) || told.n)
        return told;
    for (size_t i = 0; i < COUNT(fields); i++) {
        const str text = scan_field(event, fields[i]);
        if (text.n)
            return thread_address(text, arena);
    }
    return STR_NONE;
}

/* ---- user agents ---- */

str thread_agent_clean(str text, struct arena *arena)
{
    text = str_trim(str_sub(text, 0, AGENT_MAX));
    char *const out = arena_alloc(arena, text.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i] == '+' ? ' ' : text.p[i];
        if (c != ',' && !(c == ' ' && (n == 0 || out[n - 1] == ' ')))
            out[n++] = c;
    }
    return str_trim((str){out, n});
}

static bool is_probe(str agent)
{
    static const str marks[] = {
#define PROBE(text) STR_INIT(text),
#include "assess/thread_keys.def"
#undef PROBE
    };
    for (size_t i = 0; i < COUNT(marks); i++)
        if (str_ifind(agent, marks[i]) != SIZE_MAX)
            return true;
    return false;
}

str thread_agent(const struct scan_event *event, struct arena *arena)
{
    static const str fields[] = {
#define AGENT(name) STR_INIT(name),
#include "assess/thread_keys.def"
#undef AGENT
    };
    for (size_t i = 0; i < COUNT(fields); i++) {
        const str text = scan_field(event, fields[i]);
        if (text.n && !str_eq(text, S("-")))
            return is_probe(text) ? STR_NONE : thread_agent_clean(text, arena);
    }
    return STR_NONE;
}

bool thread_agent_is_common(str agent)
{
    static const char *const known[] = {"Mozilla/", "Microsoft", "Outlook", "Apple", "MacOutlook",
                                        "Android",  "Dalvik",    "Opera/",  "iOS/"};
    return agent.n < 4 || starts_with_any(agent, known, COUNT(known));
}

/* ---- times ---- */

i64 thread_started(const struct scan_event *event)
{
    static const str fields[] = {STR_INIT("time-taken"), STR_INIT("TotalRequestTime")};
    u64 ms;
    for (size_t i = 0; i < COUNT(fields); i++)
        if (str_u64(scan_field(event, fields[i]), &ms))
            return MAX(event->time, INT64_MIN + DURATION_MAX * (TIME_SECOND / 1000)) -
                   (i64)MIN(ms, (u64)DURATION_MAX) * (TIME_SECOND / 1000);
    return event->time;
}

/* ---- what links ---- */

static bool is_guid(str s)
{
    size_t hex = 0, zeros = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char c = ascii_lower(s.p[i]);
        hex += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        zeros += c == '0';
        if (c == '-' && i != 8 && i != 13 && i != 18 && i != 23)
            return false;
    }
    return s.n == 36 && hex == 32 && zeros < 32;
}

static str text_behind(str text, str after)
{
    if (!after.n)
        return text;
    const size_t at = str_find(text, after);
    if (at == SIZE_MAX)
        return STR_NONE;
    text = str_sub(text, at + after.n, text.n);
    for (size_t i = 0; i < text.n; i++)
        if (memchr("&;#'\", \t\r\n", text.p[i], 10))
            return str_sub(text, 0, i);
    return text;
}

static bool is_nobodys_logon(const struct scan_event *event, str id)
{
    static const char *const system[] = {"0x0", "0x3e4", "0x3e5", "0x3e7"};
    for (size_t i = 0; i < COUNT(system); i++)
        if (str_ieq(id, str_from(system[i])))
            return true;
    return !str_istarts(id, S("0x")) ||
           str_starts(scan_field(event, S("SubjectUserSid")), S("S-1-5-82-")) ||
           str_ends(scan_field(event, S("SubjectUserName")), S("$")) ||
           str_istarts(scan_field(event, S("User")), S("IIS APPPOOL\\"));
}

static bool is_usable(enum thread_key_kind kind, const struct scan_event *event, str text)
{
    if (kind == KEY_LOGON)
        return text.n && !is_nobodys_logon(event, text);
    if (kind == KEY_REQUEST)
        return is_guid(text);
    return text.n >= 8 && !str_eq(text, S("00000000-0000-0000-0000-000000000000"));
}

static bool is_shared(str program)
{
    static const str all[] = {
#define SHARED(name) STR_INIT(name),
#include "assess/thread_keys.def"
#undef SHARED
    };
    for (size_t i = 0; i < COUNT(all); i++)
        if (str_ieq(program, all[i]))
            return true;
    return program.n == 0;
}

static void add(thread_keys *keys, const struct finding *f, u32 index, enum thread_key_kind kind,
                str text)
{
    *VEC_PUSH(keys) = (struct thread_key){
        .kind = kind,
        .host = f->hit->event->host,
        .finding = index,
        .text = text,
        .time = finding_time(f),
    };
}

static void add_processes(const struct finding *f, u32 index, struct arena *arena,
                          thread_keys *keys)
{
    static const struct {
        str id, image;
    } rows[] = {
#define PROCESS(id, image) {STR_INIT(id), STR_INIT(image)},
#include "assess/thread_keys.def"
#undef PROCESS
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const str id = scan_field(f->hit->event, rows[i].id);
        const str program = str_file_name(scan_field(f->hit->event, rows[i].image));
        u64 number;
        if (!id.n || is_shared(program))
            continue;
        if (!str_u64(id, &number))
            add(keys, f, index, KEY_PROCESS, lower(id, arena));
        else
            add(keys, f, index, KEY_PROCESS,
                arena_printf(arena, "%llu %.*s", (unsigned long long)number,
                             STR_ARG(lower(program, arena))));
    }
}

void thread_keys_add(const struct finding *f, u32 index, struct arena *arena, thread_keys *keys)
{
    static const struct {
        enum thread_key_kind kind;
        str field, after;
    } rows[] = {
#define LINK(kind, field, after) {KEY_##kind, STR_INIT(field), STR_INIT(after)},
#include "assess/thread_keys.def"
#undef LINK
    };
    const struct scan_event *const event = f->hit->event;
    add(keys, f, index, KEY_RECORD,
        arena_printf(arena, "%u:%llu", event->source, (unsigned long long)event->off));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const str text = text_behind(scan_field(event, rows[i].field), rows[i].after);
        if (is_usable(rows[i].kind, event, text))
            add(keys, f, index, rows[i].kind, lower(text, arena));
    }
    add_processes(f, index, arena, keys);
}

i64 thread_key_window(enum thread_key_kind kind, str text)
{
    switch (kind) {
    case KEY_RECORD:
        return TIME_SECOND;
    case KEY_REQUEST:
        return NEAR_NS;
    case KEY_PROCESS: /* ids come again, GUIDs do not */
        return str_starts(text, S("{")) ? CHAIN_NS : HOUR;
    default:
        return CHAIN_NS;
    }
}
