#include "assess/observe.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/order.h"

#define HOUR           (3600 * TIME_SECOND)
#define OBSERVE_ID_MAX 65536
#define HOURS_TOGETHER 12 /* no gap: at most GAP_HOURS of coverage.h */

#define NO_OBSERVATION UINT32_MAX

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
    arena_release(&observer->scratch);
}

static u32 observation_at(struct observer *ob, str kind, enum kind shape_kind, str channel,
                          str host, enum part part, u32 columns)
{
    const str key = arena_printf(&ob->scratch, "%d|%zu|%d|%u|%.*s|%.*s", ob->carved, kind.n,
                                 (int)part, columns, STR_ARG(kind), STR_ARG(host));
    const u32 id = intern_add(&ob->keys, key);
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

static u32 observation_for(struct observer *ob, const struct shape *shape, u32 columns, str host,
                           str told)
{
    const str kind = shape_kind_text(shape, &ob->scratch);
    return observation_at(ob, kind, shape->kind, shape->channel, host,
                          part_of(kind, shape->event_id, told), columns);
}

static int compare_hours(const void *a, const void *b)
{
    const struct observed_hour *const x = a, *const y = b;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

/* Sort the hours, add up equal ones, and leave out each whose neighbours are no gap apart: the gaps
 * stay what they are, alone and together with those of other files. */
static void settle_hours(struct observation *o)
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
        settle_hours(o);
        o->hours_settle = (u32)MAX(4096, 2 * o->hours.n);
    }
    *VEC_PUSH(&o->hours) = (struct observed_hour){hour, n};
}

/* The entry of the id, made if new; with `known_only`, NULL if new. Sorted by id. */
static struct observed_id *find_id(struct observation *o, i64 id, bool known_only)
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
    find_id(o, id < 0 || id > OBSERVE_ID_MAX ? OBSERVE_ID_MAX : id, false)->n += n;
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

/* Where `build` stands among those of the observation; made if new and there is an arena. 0 when
 * there are too many to be true. */
static u32 build_slot(struct observation *o, str build, struct arena *arena)
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
    if (!known || part[2] == 0)
        return STR_NONE;
    return arena_printf(&ob->scratch, "%u.%u.%u.%u", (unsigned)part[0], (unsigned)part[1],
                        (unsigned)part[2], (unsigned)part[3]);
}

static bool speaks_of_exchange(const struct shape *shape)
{
    if (shape->kind != KIND_WINDOWS)
        return shape->kind == KIND_HTTPPROXY || shape->kind == KIND_ECP_SERVER ||
               shape->kind == KIND_EXCHANGE;
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
    s->event_id = shape->event_id;
    s->computer = shape_find(shape, FIELD_COMPUTER);
    s->told = shape_part(shape);
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
    s->current = observation_for(ob, event->shape, s->columns, value_text(computer, &ob->scratch),
                                 value_text(told, &ob->scratch));
    remember(&s->host, computer);
    remember(&s->part, told);
    struct observation *const o = &ob->seen.observations.p[s->current];
    o->exchange |= speaks_of_exchange(event->shape);
    const str build = s->kind == KIND_WINDOWS ? STR_NONE : build_of(ob, event, schema);
    s->build = build.n ? build_slot(o, build, &ob->seen.arena) : 0;
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
    if (s->build || s->kind == KIND_IIS || s->is_start || s->is_sysmon || s->is_clearing)
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

static int compare_lags(const void *a, const void *b)
{
    const struct observed_lag *const x = a, *const y = b;
    return (x->off > y->off) - (x->off < y->off);
}

static int compare_starts(const void *a, const void *b)
{
    const struct observed_start *const x = a, *const y = b;
    return (x->off > y->off) - (x->off < y->off);
}

static int compare_builds(const void *a, const void *b)
{
    const struct observed_build *const x = a, *const y = b;
    return str_cmp(x->build, y->build);
}

static int compare_observations(const void *a, const void *b)
{
    const struct observation *const x = a, *const y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    const int kind = str_cmp(x->kind, y->kind);
    const int host = kind ? kind : str_cmp(x->host_text, y->host_text);
    const int carved = host ? host : x->carved - y->carved;
    const int part = carved ? carved : (x->part > y->part) - (x->part < y->part);
    return part ? part : (x->columns > y->columns) - (x->columns < y->columns);
}

#define SORT(vec, compare)                                                                         \
    do {                                                                                           \
        if ((vec)->n)                                                                              \
            qsort((vec)->p, (vec)->n, sizeof *(vec)->p, compare);                                  \
    } while (0)

static void sort_arrays(struct observation *o)
{
    settle_hours(o);
    SORT(&o->builds, compare_builds);
    SORT(&o->lags, compare_lags);
    SORT(&o->starts, compare_starts);
    SORT(&o->cleared, order_i64);
}

/* ------------------------------------------------------------------ all blocks together */

void observing_init(struct observing *all)
{
    *all = (struct observing){0};
    intern_init(&all->keys, NULL);
    intern_init(&all->folders, NULL);
}

/* As many as fit stay at both ends, so that no hour is left out but inside: silences look longer,
 * never shorter. */
static void bound_hours(struct observing *all, struct observation *o)
{
    const size_t most = all->hours < LIMIT_ALL_HOURS ? LIMIT_HOURS : LIMIT_FEW_HOURS;
    if (o->hours.n <= most)
        return;
    memmove(&o->hours.p[most / 2], &o->hours.p[o->hours.n - most / 2],
            most / 2 * sizeof *o->hours.p);
    o->hours.n = most / 2 * 2;
    all->less_hours = true;
}

static void add_hours(struct observing *all, struct observation *to, const struct observation *from)
{
    const size_t before = to->hours.n;
    VEC_EACH (&from->hours, h)
        *VEC_PUSH(&to->hours) = *h;
    settle_hours(to);
    bound_hours(all, to);
    all->hours += to->hours.n - before; /* modulo 2^64: less is fine */
}

/* An id that there is no room for counts as one beyond those that Windows has. */
static void add_ids(struct observing *all, struct observation *to, const struct observation *from)
{
    const size_t before = to->ids.n;
    VEC_EACH (&from->ids, id) {
        const bool full = to->ids.n >= LIMIT_IDS || all->ids + to->ids.n - before >= LIMIT_ALL_IDS;
        struct observed_id *const slot = find_id(to, id->id, full);
        if (slot) {
            slot->n += id->n;
            continue;
        }
        all->less_ids = true;
        find_id(to, OBSERVE_ID_MAX, false)->n += id->n;
    }
    all->ids += to->ids.n - before;
}

static void add_cleared(struct observing *all, struct observation *to,
                        const struct observation *from)
{
    VEC_EACH (&from->cleared, t) {
        if (to->cleared.n >= LIMIT_CLEARED || all->cleared >= LIMIT_ALL_CLEARED) {
            all->less_cleared = true;
            return;
        }
        *VEC_PUSH(&to->cleared) = *t;
        all->cleared++;
    }
}

static void add_samples(struct observing *all, struct observation *to,
                        const struct observation *from)
{
    VEC_EACH (&from->lags, lag)
        if (all->samples < LIMIT_SAMPLES) {
            *VEC_PUSH(&to->lags) = *lag;
            all->samples++;
        }
    VEC_EACH (&from->starts, start)
        if (all->samples < LIMIT_SAMPLES) {
            *VEC_PUSH(&to->starts) = *start;
            all->samples++;
        }
}

static void add_builds(struct observing *all, struct observation *to,
                       const struct observation *from, struct arena *arena)
{
    VEC_EACH (&from->builds, b) {
        const size_t before = to->builds.n;
        const u32 slot = build_slot(to, b->build, all->builds < LIMIT_ALL_BUILDS ? arena : NULL);
        all->builds += to->builds.n - before;
        if (!slot) {
            all->less_builds = true;
            continue;
        }
        struct observed_build *const own = &to->builds.p[slot - 1];
        own->first = own->first == TIME_NONE ? b->first : MIN(own->first, b->first);
        own->last = MAX(own->last, b->last);
        own->n += b->n;
    }
}

static void add_up(struct observing *all, struct observation *to, const struct observation *from,
                   struct arena *arena)
{
    to->events += from->events;
    to->exchange |= from->exchange;
    if (from->first != TIME_NONE) {
        to->first = to->first == TIME_NONE ? from->first : MIN(to->first, from->first);
        to->last = MAX(to->last, from->last);
    }
    add_hours(all, to, from);
    add_ids(all, to, from);
    add_cleared(all, to, from);
    add_samples(all, to, from);
    add_builds(all, to, from, arena);
}

/* Where `from` is added up: its own observation, made if there is room; else the first of its
 * folder, kind and host, since files of one folder are parts of one log as a rule; else nowhere. */
static u32 place_for(struct observing *all, const struct observed *seen,
                     const struct observation *from, struct scan *scan, struct arena *scratch)
{
    const str log =
        arena_printf(scratch, "%d|%zu|%d|%u|%.*s|%.*s", from->carved, from->kind.n, (int)from->part,
                     from->columns, STR_ARG(from->kind), STR_ARG(from->host_text));
    const str own = arena_printf(scratch, "%u|%.*s", from->source, STR_ARG(log));
    const str folder =
        arena_printf(scratch, "%zu|%.*s|%.*s", seen->folder.n, STR_ARG(seen->folder), STR_ARG(log));
    const u32 known = intern_find(&all->keys, own);
    if (known != INTERN_NONE)
        return all->own.p[known];
    const u32 beside = intern_find(&all->folders, folder);
    const size_t size = own.n + (beside == INTERN_NONE ? folder.n : 0) + from->kind.n +
                        from->channel.n + from->host_text.n;
    if (scan->observations.n >= LIMIT_OBSERVATIONS || all->text + size > LIMIT_OBSERVED) {
        *(beside == INTERN_NONE ? &all->lost : &all->shared) += from->events;
        return beside == INTERN_NONE ? NO_OBSERVATION : all->first.p[beside];
    }
    all->text += size;
    (void)intern_add(&all->keys, own);
    *VEC_PUSH(&all->own) = (u32)scan->observations.n;
    if (beside == INTERN_NONE) {
        (void)intern_add(&all->folders, folder);
        *VEC_PUSH(&all->first) = (u32)scan->observations.n;
    }
    *VEC_PUSH(&scan->observations) = (struct observation){
        .source = from->source,
        .part = from->part,
        .columns = from->columns,
        .kind = arena_str(&scan->found, from->kind),
        .shape_kind = from->shape_kind,
        .channel = arena_str(&scan->found, from->channel),
        .host_text = arena_str(&scan->found, from->host_text),
        .host = NO_HOST,
        .carved = from->carved,
        .first = TIME_NONE,
        .last = TIME_NONE,
    };
    return (u32)scan->observations.n - 1;
}

/* Names that no rule asks for have ids of their own in each worker, and are left out. */
static void add_columns(const struct observed *seen, struct scan *scan)
{
    const u32 n = intern_count(&scan->rules->fields);
    if (seen->columns.n && !scan->columns)
        scan->columns = ARENA_ARRAY(&scan->found, u32, n + 1);
    VEC_EACH (&seen->columns, column)
        if (column->field < n)
            scan->columns[column->field] |= 1u << column->kind;
}

void observing_add(struct observing *all, struct observed *seen, struct scan *scan)
{
    struct arena scratch = {0};
    add_columns(seen, scan);
    VEC_EACH (&seen->observations, from) {
        arena_reset(&scratch);
        settle_hours(from);
        scan->n_events += from->events;
        const u32 at = place_for(all, seen, from, scan, &scratch);
        if (at != NO_OBSERVATION)
            add_up(all, &scan->observations.p[at], from, &scan->found);
    }
    arena_release(&scratch);
    observed_release(seen);
}

/* What one part of a log says of Exchange is said of all of it. */
static void share_exchange(struct scan *scan)
{
    struct observation *const p = scan->observations.p;
    for (size_t from = 0, to; from < scan->observations.n; from = to) {
        bool exchange = false;
        for (to = from;
             to < scan->observations.n && p[to].source == p[from].source &&
             str_eq(p[to].kind, p[from].kind) && str_eq(p[to].host_text, p[from].host_text);
             to++)
            exchange |= p[to].exchange;
        for (size_t i = from; i < to; i++)
            p[i].exchange = exchange;
    }
}

static void tell(struct scan *scan, bool met, const char *limit, str why)
{
    if (met) /* these few are told whatever was refused before */
        *VEC_PUSH(&scan->refusals) = (struct scan_refusal){S("all evidence"), str_from(limit), why};
}

void observing_end(struct observing *all, struct scan *scan)
{
    struct arena *const arena = &scan->arena;
    VEC_EACH (&scan->observations, o)
        sort_arrays(o);
    SORT(&scan->observations, compare_observations);
    share_exchange(scan);
    tell(scan, all->shared || all->lost, "observations",
         arena_printf(arena,
                      "it holds more than %d pairs of log and computer, or more than %zu MiB of "
                      "their names: of further ones %llu events stand with others of their folder, "
                      "and %llu in no line of what the evidence covers; rules were asked of all",
                      LIMIT_OBSERVATIONS, LIMIT_OBSERVED / MIB, (unsigned long long)all->shared,
                      (unsigned long long)all->lost));
    tell(scan, all->less_hours, "hours",
         S("its records are of more different times than are kept: silences are shown longer than "
           "they are"));
    tell(scan, all->less_ids, "event ids",
         S("its records have more different event ids than are kept: stages and rules that need "
           "the later ones are shown as not to be seen"));
    tell(scan, all->less_cleared, "cleared logs",
         arena_printf(arena,
                      "logs say that they were cleared more often than the %d times a log, %d in "
                      "all, that are kept",
                      LIMIT_CLEARED, LIMIT_ALL_CLEARED));
    tell(scan, all->less_builds, "builds",
         arena_printf(arena, "logs name more builds than the %d a log, %d in all, that are kept",
                      LIMIT_BUILDS, LIMIT_ALL_BUILDS));
    VEC_FREE(&all->own);
    VEC_FREE(&all->first);
    intern_release(&all->keys);
    intern_release(&all->folders);
}
