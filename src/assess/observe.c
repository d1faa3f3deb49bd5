#include "assess/observe.h"

#include <stdlib.h>

#define HOUR           (3600 * TIME_SECOND)
#define OBSERVE_ID_MAX 65536

void observer_init(struct observer *observer)
{
    *observer = (struct observer){0};
    intern_init(&observer->keys, NULL);
}

void observer_release(struct observer *observer)
{
    VEC_FREE(&observer->observations); /* their own arrays have moved to the scan */
    VEC_FREE(&observer->shapes);
    intern_release(&observer->keys);
    arena_release(&observer->arena);
    arena_release(&observer->scratch);
}

void observer_block(struct observer *observer, u32 source)
{
    observer->source = source;
    observer->block_lags = observer->block_starts = 0;
    VEC_EACH (&observer->shapes, shape)
        shape->current = NO_HOST;
}

static u32 observation_for(struct observer *ob, const struct shape *shape, str host)
{
    const str kind = shape_kind_text(shape, &ob->scratch);
    const str key =
        arena_printf(&ob->scratch, "%u|%.*s|%.*s", ob->source, STR_ARG(kind), STR_ARG(host));
    const u32 id = intern_add(&ob->keys, key);
    if (id == ob->observations.n) {
        *VEC_PUSH(&ob->observations) = (struct observation){
            .source = ob->source,
            .kind = arena_str(&ob->arena, kind),
            .shape_kind = shape->kind,
            .channel = arena_str(&ob->arena, shape->channel),
            .host_text = arena_str(&ob->arena, host),
            .host = NO_HOST,
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

/* Sort and add up equal hours. */
static void settle_hours(struct observation *o)
{
    if (o->hours.n)
        qsort(o->hours.p, o->hours.n, sizeof *o->hours.p, compare_hours);
    size_t n = 0;
    for (size_t i = 0; i < o->hours.n; i++)
        if (n && o->hours.p[n - 1].hour == o->hours.p[i].hour)
            o->hours.p[n - 1].n += o->hours.p[i].n;
        else
            o->hours.p[n++] = o->hours.p[i];
    o->hours.n = n;
}

static void count_hour(struct observation *o, i64 time, u64 n)
{
    const i64 hour = time / HOUR - (time % HOUR < 0);
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

/* Sorted by id. Windows has 16 bits for it; what a text states beyond them counts as one, so that a
 * hostile log cannot fill the table. */
static void count_id(struct observation *o, i64 id)
{
    if (id < 0 || id > OBSERVE_ID_MAX)
        id = OBSERVE_ID_MAX;
    size_t from = 0, to = o->ids.n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (o->ids.p[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    if (from < o->ids.n && o->ids.p[from].id == id) {
        o->ids.p[from].n++;
        return;
    }
    (void)VEC_PUSH(&o->ids);
    memmove(&o->ids.p[from + 1], &o->ids.p[from], (o->ids.n - 1 - from) * sizeof *o->ids.p);
    o->ids.p[from] = (struct observed_id){id, 1};
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
    if (ob->block_starts >= OBSERVE_SAMPLES || time == TIME_NONE ||
        !value_int(event_get(event, sysmon ? FIELD_PROCESS_ID : FIELD_NEW_PROCESS_ID), &pid))
        return;
    *VEC_PUSH(&o->starts) =
        (struct observed_start){event->off, (u64)pid, image_hash(image), time, sysmon};
    ob->block_starts++;
}

static void sample_clock(struct observer *ob, struct observation *o, const struct event *event)
{
    const i64 id = event->shape->event_id;
    if (id == 4688 && str_eq(event->shape->channel, S("Security"))) {
        sample_start(ob, o, event, false, event->time);
        return;
    }
    if (str_find(event->shape->channel, S("Sysmon")) == SIZE_MAX)
        return;
    i64 stated;
    if ((ob->block_lags >= OBSERVE_SAMPLES && id != 1) ||
        !time_parse(value_text(event_get(event, FIELD_UTC_TIME), &ob->scratch), &stated) ||
        event->time == TIME_NONE)
        return;
    if (ob->block_lags < OBSERVE_SAMPLES) {
        ob->block_lags++;
        *VEC_PUSH(&o->lags) = (struct observed_lag){event->off, id, event->time - stated};
    }
    if (id == 1)
        sample_start(ob, o, event, true, stated);
}

/* Where `build` stands among those of the observation; made if new. 0 when there are too many to be
 * true. */
static u32 build_slot(struct observation *o, str build, struct arena *arena)
{
    for (size_t i = 0; i < o->builds.n; i++)
        if (str_eq(o->builds.p[i].build, build))
            return (u32)i + 1;
    if (o->builds.n == 64)
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

/* A virtual directory of Exchange gave an answer: content, or the demand to log in. Scanners ask
 * every web server for them, so the question alone says nothing. */
static bool answers_as_exchange(struct observer *ob, const struct event *event)
{
    static const char *const statuses[] = {"200", "241", "401"};
    const str status = value_text(event_get(event, FIELD_SC_STATUS), &ob->scratch);
    const str stem = value_text(event_get(event, FIELD_CS_URI_STEM), &ob->scratch);
    bool answered = false;
    for (size_t i = 0; i < COUNT(statuses); i++)
        answered |= str_eq(status, str_from(statuses[i]));
    for (size_t i = 0; i < COUNT(folders) && answered; i++)
        if (str_istarts(stem, folders[i]))
            return true;
    return false;
}

/* Events of one shape come in runs from one host: compare the bytes of the name before asking the
 * table. */
static struct observation *find_observation(struct observer *ob, const struct event *event,
                                            const struct schema *schema)
{
    while (ob->shapes.n <= event->shape->id)
        *VEC_PUSH(&ob->shapes) = (struct observed_shape){.current = NO_HOST};
    struct observed_shape *const shape = &ob->shapes.p[event->shape->id];
    const struct value computer = event_get(event, FIELD_COMPUTER);
    const str host = value_text(computer, &ob->scratch);
    if (shape->current == NO_HOST || !str_eq(shape->host, host)) {
        shape->current = observation_for(ob, event->shape, host);
        shape->host = ob->observations.p[shape->current].host_text;
        ob->observations.p[shape->current].exchange |= speaks_of_exchange(event->shape);
        const str build =
            event->shape->kind == KIND_WINDOWS ? STR_NONE : build_of(ob, event, schema);
        shape->build =
            build.n ? build_slot(&ob->observations.p[shape->current], build, &ob->arena) : 0;
    }
    if (shape->build)
        see_build(&ob->observations.p[shape->current].builds.p[shape->build - 1], event->time);
    return &ob->observations.p[shape->current];
}

void observer_event(struct observer *ob, const struct event *event, const struct schema *schema)
{
    arena_reset(&ob->scratch);
    struct observation *const o = find_observation(ob, event, schema);
    o->events++;
    if (event->time != TIME_NONE) {
        o->first = o->first == TIME_NONE ? event->time : MIN(o->first, event->time);
        o->last = MAX(o->last, event->time);
        count_hour(o, event->time, 1);
    }
    if (event->shape->kind == KIND_IIS)
        o->exchange = o->exchange || answers_as_exchange(ob, event);
    if (event->shape->kind == KIND_WINDOWS) {
        const i64 id = event->shape->event_id;
        count_id(o, id);
        sample_clock(ob, o, event);
        if ((id == 1102 && str_eq(o->channel, S("Security"))) ||
            (id == 104 && str_eq(o->channel, S("System"))))
            *VEC_PUSH(&o->cleared) = event->time;
    }
}

void observer_passed(struct observer *ob, const struct shape *shape, const struct passed *passed)
{
    const struct observed_shape *const seen = &ob->shapes.p[shape->id];
    struct observation *const o = &ob->observations.p[seen->current];
    assert(seen->current != NO_HOST && passed->lines);
    o->events += passed->lines;
    o->first = o->first == TIME_NONE ? passed->first : MIN(o->first, passed->first);
    o->last = o->last == TIME_NONE ? passed->last : MAX(o->last, passed->last);
    count_hour(o, passed->first, passed->lines);
    if (seen->build) {
        struct observed_build *const build = &o->builds.p[seen->build - 1];
        see_build(build, passed->first);
        see_build(build, passed->last);
        build->n += passed->lines - 2; /* as add_up: it counted two */
    }
}

u32 observer_atoms(const struct observer *ob, const struct shape *shape, const str **out)
{
    const u32 current = shape->id < ob->shapes.n ? ob->shapes.p[shape->id].current : NO_HOST;
    *out = folders;
    return shape->kind != KIND_IIS || (current != NO_HOST && ob->observations.p[current].exchange)
               ? 0
               : COUNT(folders);
}

static int compare_ids(const void *a, const void *b)
{
    const struct observed_id *const x = a, *const y = b;
    return (x->id > y->id) - (x->id < y->id);
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

static int compare_times(const void *a, const void *b)
{
    const i64 x = *(const i64 *)a, y = *(const i64 *)b;
    return (x > y) - (x < y);
}

static int compare_observations(const void *a, const void *b)
{
    const struct observation *const x = a, *const y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    const int kind = str_cmp(x->kind, y->kind);
    return kind ? kind : str_cmp(x->host_text, y->host_text);
}

#define SORT(vec, compare)                                                                         \
    do {                                                                                           \
        if ((vec)->n)                                                                              \
            qsort((vec)->p, (vec)->n, sizeof *(vec)->p, compare);                                  \
    } while (0)

/* Sort an observation's arrays and add up equal entries, so that its form does not depend on the
 * order of arrival. */
static void normalise(struct observation *o)
{
    settle_hours(o);
    size_t n = 0;
    SORT(&o->ids, compare_ids);
    for (size_t i = 0; i < o->ids.n; i++)
        if (n && o->ids.p[n - 1].id == o->ids.p[i].id)
            o->ids.p[n - 1].n += o->ids.p[i].n;
        else
            o->ids.p[n++] = o->ids.p[i];
    o->ids.n = n;
    SORT(&o->builds, compare_builds);
    SORT(&o->lags, compare_lags);
    SORT(&o->starts, compare_starts);
    SORT(&o->cleared, compare_times);
}

static void move_texts(struct observation *o, struct arena *to)
{
    o->kind = arena_str(to, o->kind);
    o->channel = arena_str(to, o->channel);
    o->host_text = arena_str(to, o->host_text);
    VEC_EACH (&o->builds, b)
        b->build = arena_str(to, b->build);
}

#define APPEND(to, from)                                                                           \
    do {                                                                                           \
        VEC_EACH (from, item_)                                                                     \
            *VEC_PUSH(to) = *item_;                                                                \
        VEC_FREE(from);                                                                            \
    } while (0)

static void add_up(struct observation *to, struct observation *from, struct arena *arena)
{
    to->events += from->events;
    to->exchange |= from->exchange;
    if (from->first != TIME_NONE) {
        to->first = to->first == TIME_NONE ? from->first : MIN(to->first, from->first);
        to->last = MAX(to->last, from->last);
    }
    APPEND(&to->hours, &from->hours);
    APPEND(&to->ids, &from->ids);
    APPEND(&to->lags, &from->lags);
    APPEND(&to->starts, &from->starts);
    APPEND(&to->cleared, &from->cleared);
    VEC_EACH (&from->builds, b) {
        const u32 slot = build_slot(to, b->build, arena);
        if (slot) {
            see_build(&to->builds.p[slot - 1], b->first);
            see_build(&to->builds.p[slot - 1], b->last);
            to->builds.p[slot - 1].n += b->n - 2;
        }
    }
    VEC_FREE(&from->builds);
}

void observers_merge(struct observer *observers, u32 n, struct scan *scan)
{
    for (u32 i = 0; i < n; i++) {
        VEC_EACH (&observers[i].observations, o) {
            move_texts(o, &scan->arena);
            *VEC_PUSH(&scan->observations) = *o;
        }
        observers[i].observations.n = 0;
    }
    SORT(&scan->observations, compare_observations);
    size_t kept = 0;
    for (size_t i = 0; i < scan->observations.n; i++) {
        struct observation *const o = &scan->observations.p[i];
        if (kept && compare_observations(&scan->observations.p[kept - 1], o) == 0)
            add_up(&scan->observations.p[kept - 1], o, &scan->arena);
        else
            scan->observations.p[kept++] = *o;
    }
    scan->observations.n = kept;
    VEC_EACH (&scan->observations, o) {
        normalise(o);
        scan->n_events += o->events;
    }
}
