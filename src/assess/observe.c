#include "assess/observe.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/order.h"

#define HOUR           (3600 * TIME_SECOND)
#define HOURS_TOGETHER 12 /* no gap: at most GAP_HOURS of coverage.h */

void observer_init(struct observer *observer, bool hits_only)
{
    *observer = (struct observer){.hits_only = hits_only};
    intern_init(&observer->keys, NULL);
}

void observed_release(struct observed *observed)
{
    VEC_EACH (&observed->observations, o)
        observation_release(o);
    VEC_FREE(&observed->observations);
    VEC_FREE(&observed->columns);
    arena_release(&observed->arena);
}

void observer_release(struct observer *observer)
{
    observed_release(&observer->seen);
    VEC_FREE(&observer->shapes);
    VEC_FREE(&observer->current);
    intern_release(&observer->keys);
    arena_release(&observer->texts);
    arena_release(&observer->scratch);
}

static u32 observation_at(struct observer *ob, str kind, enum kind shape_kind, str channel,
                          str host, enum part part, u32 columns)
{
    const u32 head[] = {ob->carved, (u32)part, columns, (u32)kind.n};
    const str log = arena_join(&ob->scratch, (str){(const char *)head, sizeof head}, kind);
    const u32 id = intern_add(&ob->keys, arena_join(&ob->scratch, log, host));
    struct arena *const arena = &ob->seen.arena;
    if (id == ob->seen.observations.n) {
        *VEC_PUSH(&ob->seen.observations) = (struct observation){
            .source = ob->source,
            .part = part,
            .columns = columns,
            .kind = arena_str(arena, kind),
            .shape_kind = shape_kind,
            .channel = arena_str(arena, channel),
            .host_text = arena_str(arena, host),
            .host = NO_HOST,
            .carved = ob->carved,
            .first = TIME_NONE,
            .last = TIME_NONE,
        };
    }
    return id;
}

static int compare_hours(const void *a, const void *b)
{
    const struct observed_hour *const x = a, *const y = b;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

void observation_settle(struct observation *o)
{
    struct observed_hour *const p = o->hours.p;
    size_t n = 0;
    if (o->hours.n)
        qsort(p, o->hours.n, sizeof *p, compare_hours);
    for (size_t i = 0; i < o->hours.n; i++) {
        if (n && p[n - 1].hour == p[i].hour) {
            p[n - 1].n += p[i].n;
            continue;
        }
        if (n >= 2 && p[i].hour - p[n - 2].hour <= HOURS_TOGETHER)
            n--;
        p[n++] = p[i];
    }
    o->hours.n = n;
}

static void count_hour(struct observation *o, i64 hour, u64 n)
{
    for (size_t i = o->hours.n; i-- > 0 && o->hours.n - i < 4;)
        if (o->hours.p[i].hour == hour) {
            o->hours.p[i].n += n;
            return;
        }
    if (o->hours.n >= o->hours_settle) { /* events in no order: one entry an event otherwise */
        observation_settle(o);
        o->hours_settle = (u32)MAX(4096, 2 * o->hours.n);
    }
    *VEC_PUSH(&o->hours) = (struct observed_hour){hour, n};
}

struct observed_id *observation_id(struct observation *o, i64 id, bool known_only)
{
    size_t from = 0, to = o->ids.n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (o->ids.p[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    if (from < o->ids.n && o->ids.p[from].id == id)
        return &o->ids.p[from];
    if (known_only)
        return NULL;
    (void)VEC_PUSH(&o->ids);
    memmove(&o->ids.p[from + 1], &o->ids.p[from], (o->ids.n - 1 - from) * sizeof *o->ids.p);
    o->ids.p[from] = (struct observed_id){id, 0};
    return &o->ids.p[from];
}

/* Windows has 16 bits for it; what a text states beyond them counts as one. */
static void count_id(struct observation *o, i64 id, u64 n)
{
    observation_id(o, id < 0 || id > OBSERVE_ID_MAX ? OBSERVE_ID_MAX : id, false)->n += n;
}

/* Hash of the last part of a path without case: process names of two logs are compared by it. */
static u64 image_hash(str path)
{
    char name[128];
    size_t n = 0, from = 0;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '\\')
            from = i + 1;
    for (size_t i = from; i < path.n && n < sizeof name; i++)
        name[n++] = ascii_lower(path.p[i]);
    return hash_bytes(name, n);
}

/* Processes of Exchange, and those of its application pools. */
static bool process_of_exchange(struct observer *ob, const struct event *event, str image)
{
    return str_ifind(image, S("\\Exchange Server\\")) != SIZE_MAX ||
           str_ifind(value_text(event_get(event, FIELD_PARENT_COMMAND_LINE), &ob->scratch),
                     S("MSExchange")) != SIZE_MAX;
}

static void sample_start(struct observer *ob, struct observation *o, const struct event *event,
                         bool sysmon, i64 time)
{
    i64 pid;
    const str image =
        value_text(event_get(event, sysmon ? FIELD_IMAGE : FIELD_NEW_PROCESS_NAME), &ob->scratch);
    o->exchange = o->exchange || process_of_exchange(ob, event, image);
    if (ob->hits_only || ob->carved || ob->block_starts >= OBSERVE_SAMPLES || time == TIME_NONE ||
        !value_int(event_get(event, sysmon ? FIELD_PROCESS_ID : FIELD_NEW_PROCESS_ID), &pid))
        return;
    *VEC_PUSH(&o->starts) =
        (struct observed_start){event->off, (u64)pid, image_hash(image), time, sysmon};
    ob->block_starts++;
}

static void sample_sysmon(struct observer *ob, struct observation *o, const struct event *event)
{
    const i64 id = event->shape->event_id;
    i64 stated;
    if (ob->hits_only && (id != 1 || o->exchange))
        return;
    if ((ob->block_lags >= OBSERVE_SAMPLES && id != 1) ||
        !time_parse(value_text(event_get(event, FIELD_UTC_TIME), &ob->scratch), &stated) ||
        event->time == TIME_NONE)
        return;
    if (ob->block_lags < OBSERVE_SAMPLES && !ob->hits_only && !ob->carved) {
        ob->block_lags++;
        *VEC_PUSH(&o->lags) = (struct observed_lag){event->off, id, event->time - stated};
    }
    if (id == 1)
        sample_start(ob, o, event, true, stated);
}

u32 observation_build(struct observation *o, str build, struct arena *arena)
{
    for (size_t i = 0; i < o->builds.n; i++)
        if (str_eq(o->builds.p[i].build, build))
            return (u32)i + 1;
    if (o->builds.n == LIMIT_BUILDS || !arena)
        return 0;
    *VEC_PUSH(&o->builds) =
        (struct observed_build){arena_str(arena, build), TIME_NONE, TIME_NONE, 0};
    return (u32)o->builds.n;
}

static void see_build(struct observed_build *b, i64 time)
{
    b->n++;
    if (time == TIME_NONE)
        return;
    b->first = b->first == TIME_NONE ? time : MIN(b->first, time);
    b->last = MAX(b->last, time);
}

static bool four_parts(str text, u64 part[4])
{
    str piece;
    u32 n = 0;
    while (n < 4 && str_next(&text, '.', &piece) && str_u64(piece, &part[n]))
        n++;
    return n == 4;
}

static str build_text(struct observer *ob, const u64 part[4])
{
    if (part[2] == 0)
        return STR_NONE;
    return arena_printf(&ob->scratch, "%u.%u.%u.%u", (unsigned)part[0], (unsigned)part[1],
                        (unsigned)part[2], (unsigned)part[3]);
}

/* The build that an Exchange log names: "15.01.2375.007" of its header or its four columns, as
 * "15.1.2375.7". The constant 15.0.0.0 of some headers says nothing. Asked once a block and shape:
 * a log that changes its build writes a new header. */
static str build_of(struct observer *ob, const struct event *event, const struct schema *schema)
{
    static const char *const columns[] = {"MajorVersion", "MinorVersion", "BuildVersion",
                                          "RevisionVersion"};
    u64 part[4] = {0};
    bool known = true;
    for (u32 n = 0; n < 4 && known; n++) {
        const u32 id = intern_find(&schema->fields, str_from(columns[n]));
        known =
            id != INTERN_NONE && str_u64(value_text(event_get(event, id), &ob->scratch), &part[n]);
    }
    const u32 version = intern_find(&schema->fields, S("LogVersion"));
    if (!known && version != INTERN_NONE)
        known = four_parts(value_text(event_get(event, version), &ob->scratch), part);
    return known ? build_text(ob, part) : STR_NONE;
}

/* Of logs whose header says nothing of it (ECP's, that of setup) each line may name the build. */
static void see_own_build(struct observer *ob, struct observation *o,
                          const struct observed_shape *s, const struct event *event)
{
    u64 part[4];
    if (!four_parts(value_text(event_at(event, (u32)s->bld), &ob->scratch), part))
        return;
    const str build = build_text(ob, part);
    const u32 at = build.n ? observation_build(o, build, &ob->seen.arena) : 0;
    if (at)
        see_build(&o->builds.p[at - 1], event->time);
}

static bool speaks_of_exchange(const struct shape *shape)
{
    if (shape->kind != KIND_WINDOWS)
        return kind_is(shape->kind, KIND_OF_EXCHANGE);
    return str_find(shape->channel, S("Exchange")) != SIZE_MAX ||
           str_find(shape->provider, S("MSExchange")) != SIZE_MAX;
}

static const str folders[] = {
    STR_INIT("/owa/"),          STR_INIT("/ecp/"),       STR_INIT("/ews/"),
    STR_INIT("/mapi/"),         STR_INIT("/oab/"),       STR_INIT("/rpc/"),
    STR_INIT("/autodiscover/"), STR_INIT("/powershell"), STR_INIT("/microsoft-server-activesync"),
};

/* A virtual directory of Exchange served somebody who had logged in, or its front end noted its own
 * ids in the query. Scanners ask every web server for these folders, and one that answers all, or
 * demands a login for all, is not Exchange for it. */
static bool serves_as_exchange(struct observer *ob, const struct event *event)
{
    const str status = value_text(event_get(event, FIELD_SC_STATUS), &ob->scratch);
    const str stem = value_text(event_get(event, FIELD_CS_URI_STEM), &ob->scratch);
    bool ours = false;
    for (size_t i = 0; i < COUNT(folders) && !ours; i++)
        ours = str_istarts(stem, folders[i]);
    if (!ours || !(str_eq(status, S("200")) || str_eq(status, S("241"))))
        return false;
    const str user = value_text(event_get(event, FIELD_CS_USERNAME), &ob->scratch);
    const str query = value_text(event_get(event, FIELD_CS_URI_QUERY), &ob->scratch);
    return (user.n && !str_eq(user, S("-"))) || str_find(query, S("CorrelationID=")) != SIZE_MAX ||
           str_find(query, S("cafeReqId=")) != SIZE_MAX;
}

/* What was counted of the shape goes to its observation. */
static void flush(struct observer *ob, struct observed_shape *s)
{
    struct observation *const o = &ob->seen.observations.p[s->current];
    o->events += s->events;
    if (s->first != TIME_NONE && !ob->hits_only) {
        o->first = o->first == TIME_NONE ? s->first : MIN(o->first, s->first);
        o->last = MAX(o->last, s->last);
        count_hour(o, s->hour, s->hour_events);
    }
    if (s->kind == KIND_WINDOWS && s->events && !ob->hits_only)
        count_id(o, s->event_id, s->events);
    s->events = s->hour_events = 0;
    s->first = s->last = TIME_NONE;
}

/* All sums go to the observations. */
static void flush_all(struct observer *ob)
{
    VEC_EACH (&ob->current, shape) {
        flush(ob, &ob->shapes.p[*shape]);
        ob->shapes.p[*shape].current = NO_HOST;
    }
    ob->current.n = 0;
}

/* The path, the first `folder` bytes of which stay, with one '#' in the place of each run of four
 * digits or more. */
static str without_dates(str name, size_t folder, struct arena *arena)
{
    char *const out = arena_alloc(arena, name.n + 1, 1);
    size_t n = folder, digits = 0;
    if (folder)
        memcpy(out, name.p, folder);
    for (size_t i = folder; i < name.n; i++) {
        const bool is_digit = name.p[i] >= '0' && name.p[i] <= '9';
        digits = is_digit ? digits + 1 : 0;
        if (digits == 4) {
            n -= 3;
            out[n++] = '#';
        } else if (digits < 4) {
            out[n++] = name.p[i];
        }
    }
    return (str){out, n};
}

void observer_block(struct observer *ob, u32 source, str name)
{
    size_t end = name.n;
    while (end > 0 && name.p[end - 1] != '/' && name.p[end - 1] != '!')
        end--;
    ob->source = source;
    ob->block_lags = ob->block_starts = 0;
    intern_release(&ob->keys);
    intern_init(&ob->keys, NULL);
    ob->seen.folder = arena_str(&ob->seen.arena, str_sub(name, 0, end));
    ob->seen.log = without_dates(name, end, &ob->seen.arena);
}

void observer_carved(struct observer *ob, bool carved)
{
    if (ob->carved != carved)
        flush_all(ob);
    ob->carved = carved;
}

struct observed observer_take(struct observer *ob)
{
    observer_carved(ob, false);
    flush_all(ob);
    const struct observed seen = ob->seen;
    ob->seen = (struct observed){0};
    return seen;
}

void observer_forget(struct observer *ob)
{
    ob->shapes.n = 0;
    arena_reset(&ob->texts);
}

static struct observed_shape *shape_of(struct observer *ob, const struct shape *shape)
{
    while (ob->shapes.n <= shape->id)
        *VEC_PUSH(&ob->shapes) = (struct observed_shape){.current = NO_HOST};
    struct observed_shape *const s = &ob->shapes.p[shape->id];
    if (s->known)
        return s;
    const bool windows = shape->kind == KIND_WINDOWS;
    const bool security = windows && str_eq(shape->channel, S("Security"));
    s->known = true;
    s->kind = shape->kind;
    s->kind_text = shape_kind_text(shape, &ob->texts);
    s->event_id = shape->event_id;
    s->computer = shape_find(shape, FIELD_COMPUTER);
    s->told = shape_part(shape);
    s->bld = kind_is(shape->kind, KIND_OF_EXCHANGE) ? shape_find(shape, FIELD_BLD) : -1;
    s->columns = part_columns(shape);
    s->is_start = security && shape->event_id == 4688;
    s->is_sysmon = windows && str_find(shape->channel, S("Sysmon")) != SIZE_MAX;
    s->is_clearing = (security && shape->event_id == 1102) ||
                     (windows && shape->event_id == 104 && str_eq(shape->channel, S("System")));
    s->first = s->last = TIME_NONE;
    return s;
}

static bool is_same(const struct observed_text *before, struct value v)
{
    return v.type == before->type && v.n == before->n &&
           memcmp(v.p ? v.p : "", before->bytes, v.n) == 0;
}

/* The bytes tell only texts apart; what is no text, or too long, is looked up for every event. */
static void remember(struct observed_text *out, struct value v)
{
    const bool comparable = v.type == VALUE_NONE || v.type == VALUE_NULL ||
                            (value_is_text(v) && v.n <= sizeof out->bytes);
    out->type = comparable ? v.type : UINT8_MAX;
    out->n = comparable ? v.n : 0;
    if (out->n)
        memcpy(out->bytes, v.p, v.n);
}

/* Which columns a text log is written with; whoever writes Windows events has no say in that. */
static void note_columns(struct observer *ob, const struct shape *shape)
{
    if (shape->kind == KIND_WINDOWS || shape->kind == KIND_JSON || ob->hits_only)
        return;
    for (u32 i = 0; i < shape->n_fields; i++)
        *VEC_PUSH(&ob->seen.columns) =
            (struct observed_column){shape->kind, shape->fields[i].field};
}

static void find_observation(struct observer *ob, struct observed_shape *s, struct value computer,
                             struct value told, const struct event *event,
                             const struct schema *schema)
{
    if (s->current == NO_HOST) {
        *VEC_PUSH(&ob->current) = event->shape->id;
        note_columns(ob, event->shape);
    } else {
        flush(ob, s);
    }
    const str told_text = value_text(told, &ob->scratch);
    s->current = observation_at(ob, s->kind_text, s->kind, event->shape->channel,
                                value_text(computer, &ob->scratch),
                                part_of(s->kind_text, s->event_id, told_text), s->columns);
    remember(&s->host, computer);
    remember(&s->part, told);
    struct observation *const o = &ob->seen.observations.p[s->current];
    o->exchange |= speaks_of_exchange(event->shape);
    const str build = s->kind == KIND_WINDOWS ? STR_NONE : build_of(ob, event, schema);
    s->build = build.n ? observation_build(o, build, &ob->seen.arena) : 0;
}

static void count_time(struct observer *ob, struct observed_shape *s, i64 time)
{
    const i64 hour = time / HOUR - (time % HOUR < 0);
    if (s->first == TIME_NONE) {
        s->first = s->last = time;
        s->hour = hour;
    }
    if (hour != s->hour) {
        count_hour(&ob->seen.observations.p[s->current], s->hour, s->hour_events);
        s->hour = hour;
        s->hour_events = 0;
    }
    s->hour_events++;
    s->first = MIN(s->first, time);
    s->last = MAX(s->last, time);
}

/* The log that a System 104 names: in its UserData, or where a recorder kept the text alone, in
 * that: "The MSExchange Management log file was cleared." */
static str cleared_log(struct observer *ob, const struct event *event)
{
    const str channel = value_text(event_get(event, FIELD_USERDATA_CHANNEL), &ob->scratch);
    const str text = value_text(event_get(event, FIELD_MESSAGE), &ob->scratch);
    const size_t end = str_find(text, S(" log file was cleared"));
    if (channel.n || end == SIZE_MAX || !str_starts(text, S("The ")))
        return channel;
    return str_sub(text, 4, end);
}

/* Security 1102 speaks of its own log; System 104 of the one that it names. */
static void see_clearing(struct observer *ob, u32 own, const struct event *event)
{
    const str named = cleared_log(ob, event);
    const struct observation *const o = &ob->seen.observations.p[own];
    const u32 at = named.n && !str_eq(named, o->channel)
                       ? observation_at(ob, arena_printf(&ob->scratch, "evtx:%.*s", STR_ARG(named)),
                                        KIND_WINDOWS, named, o->host_text, PART_NONE, 0)
                       : own;
    *VEC_PUSH(&ob->seen.observations.p[at].cleared) = event->time;
}

/* What the event says besides when and where it was. */
static void look_inside(struct observer *ob, const struct observed_shape *s,
                        const struct event *event)
{
    struct observation *const o = &ob->seen.observations.p[s->current];
    if (s->build)
        see_build(&o->builds.p[s->build - 1], event->time);
    else if (s->bld >= 0)
        see_own_build(ob, o, s, event);
    if (s->kind == KIND_IIS)
        o->exchange = o->exchange || serves_as_exchange(ob, event);
    if (s->kind == KIND_IIS && o->exchange)
        ob->exchange = ob->source + 1;
    if (s->is_start && !(ob->hits_only && o->exchange))
        sample_start(ob, o, event, false, event->time);
    if (s->is_sysmon)
        sample_sysmon(ob, o, event);
    if (s->is_clearing)
        see_clearing(ob, s->current, event);
}

void observer_event(struct observer *ob, const struct event *event, const struct schema *schema)
{
    struct observed_shape *const s = shape_of(ob, event->shape);
    const struct value none = {.type = VALUE_NONE};
    const struct value computer = s->computer < 0 ? none : event_at(event, (u32)s->computer);
    const struct value told = s->told < 0 ? none : event_at(event, (u32)s->told);
    if (s->current == NO_HOST || !is_same(&s->host, computer) || !is_same(&s->part, told))
        find_observation(ob, s, computer, told, event, schema);
    s->events++;
    if (event->time != TIME_NONE && !ob->hits_only)
        count_time(ob, s, event->time);
    if (s->build || s->bld >= 0 || s->kind == KIND_IIS || s->is_start || s->is_sysmon ||
        s->is_clearing)
        look_inside(ob, s, event);
    if (ob->scratch.used)
        arena_reset(&ob->scratch);
}

void observer_passed(struct observer *ob, const struct shape *shape, const struct passed *passed)
{
    const struct observed_shape *const seen = &ob->shapes.p[shape->id];
    struct observation *const o = &ob->seen.observations.p[seen->current];
    assert(seen->current != NO_HOST && passed->lines);
    o->events += passed->lines;
    if (ob->hits_only)
        return;
    o->first = o->first == TIME_NONE ? passed->first : MIN(o->first, passed->first);
    o->last = MAX(o->last, passed->last);
    count_hour(o, passed->first / HOUR - (passed->first % HOUR < 0), passed->lines);
    if (seen->build) {
        struct observed_build *const build = &o->builds.p[seen->build - 1];
        see_build(build, passed->first);
        see_build(build, passed->last);
        build->n += passed->lines - 2; /* it counted two */
    }
}

u32 observer_atoms(const struct observer *ob, const struct shape *shape, const str **out)
{
    *out = folders;
    return shape->kind != KIND_IIS || ob->exchange == ob->source + 1 ? 0 : COUNT(folders);
}
