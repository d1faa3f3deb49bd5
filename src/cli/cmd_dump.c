/* cmd_dump.c: every event, normalised: one JSON object a line, or CSV with the fields as JSON in
 * the last column. Streams in the order of the evidence. */
#include <pthread.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "base/limits.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "report/escape.h"

#define TEXT_MAX    ((size_t)1 << 31)
#define CSV_COLUMNS "time,kind,provider,event_id,host,source,offset,record,fields"

/* What the reader of the evidence has to say of a piece of it. Workers are behind it by a moment or
 * by many sources, so it is kept until their results come to the same place: the order of what is
 * told does not depend on who was faster. */
struct notice {
    u32 after; /* so many sources had begun */
    u32 source;
    enum { NOTICE_UNKNOWN, NOTICE_REFUSED, NOTICE_DAMAGE } what;
    str name, why;
    u64 number; /* size of what is unknown, offset of damage */
    const char *limit;
};

struct dump {
    struct pipeline_options pipeline;
    bool csv;
    VEC(str) names; /* of sources; texts live in `arena` */
    VEC(struct notice) notices;
    size_t told; /* of the notices */
    bool known;  /* a parser knew the source that is being read */
    VEC(bool)
    found; /* by source: something was; merge fills it, and what is told of the source comes later
            */
    struct arena arena;
    struct intern fields;
    u64 events;
    struct progress progress;
    pthread_mutex_t lock; /* of names and notices: workers read what the reader adds to */
};

struct worker {
    struct dump *dump;
    struct schema schema;
    struct parse_env env;
    struct arena arena, scratch;
    struct buf json;
    struct output *out;
};

struct output {
    struct buf text;
    u64 events;
    str source;
    u32 number;                 /* of the source */
    VEC(struct damage) damages; /* at most LIMIT_BLOCK_DAMAGES */
    u64 more;                   /* beyond them */
};

static void write_value(struct jsonw *w, struct value v, struct arena *scratch)
{
    i64 number;
    switch ((enum value_type)v.type) {
    case VALUE_NONE:
    case VALUE_NULL:
        jsonw_null(w);
        break;
    case VALUE_I64:
    case VALUE_U64:
    case VALUE_F64:
        jsonw_raw(w, value_text(v, scratch));
        break;
    case VALUE_BOOL:
        jsonw_bool(w, v.u != 0);
        break;
    case VALUE_ARRAY:
        jsonw_array(w);
        for (u32 i = 0; i < v.n; i++)
            if (value_int(v.items[i], &number) && !value_is_text(v.items[i]))
                jsonw_str(w, value_text(v.items[i], scratch));
            else if (v.items[i].type == VALUE_NULL)
                jsonw_null(w);
            else
                jsonw_str(w, value_text(v.items[i], scratch));
        jsonw_array_end(w);
        break;
    default:
        jsonw_str(w, value_text(v, scratch));
    }
}

static void write_fields(struct worker *w, struct jsonw *json, const struct event *event)
{
    jsonw_object(json);
    for (u32 i = 0; i < event->shape->n_fields; i++) {
        const struct value v = event_at(event, i);
        if (v.type == VALUE_NONE)
            continue;
        jsonw_key_str(json, intern_text(&w->schema.fields, event->shape->fields[i].field));
        write_value(json, v, &w->scratch);
    }
    jsonw_object_end(json);
}

static void write_json(struct worker *w, const struct event *event)
{
    struct jsonw json = jsonw_start(&w->out->text, JSONW_COMPACT);
    jsonw_object(&json);
    jsonw_member_time(&json, "time", event->time);
    jsonw_member_str(&json, "kind", shape_kind_text(event->shape, &w->scratch));
    jsonw_member_str(&json, "channel", event->shape->channel);
    jsonw_member_str(&json, "provider", event->shape->provider);
    jsonw_key(&json, "event_id");
    if (event->shape->event_id < 0)
        jsonw_null(&json);
    else
        jsonw_i64(&json, event->shape->event_id);
    jsonw_member_str(&json, "host", value_text(event_get(event, FIELD_COMPUTER), &w->scratch));
    jsonw_member_str(&json, "source", w->out->source);
    jsonw_member_u64(&json, "offset", event->off);
    jsonw_member_u64(&json, "length", event->len);
    jsonw_member_u64(&json, "record", event->record);
    if (event->carved)
        jsonw_member_bool(&json, "carved", true);
    jsonw_key(&json, "fields");
    write_fields(w, &json, event);
    jsonw_object_end(&json);
    buf_char(&w->out->text, '\n');
}

static void write_csv(struct worker *w, const struct event *event)
{
    char time[TIME_MAX], id[24] = "", off[24], record[24];
    if (event->shape->event_id >= 0)
        snprintf(id, sizeof id, "%lld", (long long)event->shape->event_id);
    snprintf(off, sizeof off, "%llu", (unsigned long long)event->off);
    snprintf(record, sizeof record, "%llu", (unsigned long long)event->record);
    buf_reset(&w->json);
    struct jsonw json = jsonw_start(&w->json, JSONW_COMPACT);
    write_fields(w, &json, event);
    const str cells[] = {str_from(time_format(event->time, time)),
                         shape_kind_text(event->shape, &w->scratch),
                         event->shape->provider,
                         str_from(id),
                         value_text(event_get(event, FIELD_COMPUTER), &w->scratch),
                         w->out->source,
                         str_from(off),
                         str_from(record),
                         buf_str(&w->json),
                         event->carved ? S("carved") : S("")};
    for (size_t i = 0; i < COUNT(cells) - !w->dump->pipeline.carve; i++) {
        if (i)
            buf_char(&w->out->text, ',');
        escape(&w->out->text, cells[i], ESCAPE_CSV);
    }
    buf_add(&w->out->text, S("\r\n"));
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct worker *const w = arg;
    for (size_t i = 0; i < n; i++) {
        arena_reset(&w->scratch);
        if (w->dump->csv)
            write_csv(w, &events[i]);
        else
            write_json(w, &events[i]);
    }
    w->out->events += n;
}

static void on_damage(void *arg, const struct damage *damage)
{
    struct output *const out = ((struct worker *)arg)->out;
    if (out->damages.n == LIMIT_BLOCK_DAMAGES)
        out->more++;
    else
        *VEC_PUSH(&out->damages) = *damage;
}

/* Forms of records that a worker remembers from block to block. */
static void remember(struct worker *w)
{
    schema_init(&w->schema, &w->dump->fields);
    w->env = (struct parse_env){
        .schema = &w->schema,
        .arena = &w->arena,
        .sink = {on_events, on_damage, w},
        .carve = w->dump->pipeline.carve,
    };
}

static void forget(struct worker *w)
{
    parse_env_release(&w->env);
    schema_release(&w->schema);
}

static void *worker_open(void *arg)
{
    struct dump *const dump = arg;
    struct worker *const w = mem_calloc(1, sizeof *w);
    w->dump = dump;
    buf_init(&w->json, TEXT_MAX);
    remember(w);
    return w;
}

static void worker_close(void *arg, void *worker)
{
    struct worker *const w = worker;
    forget(w);
    arena_release(&w->arena);
    arena_release(&w->scratch);
    buf_release(&w->json);
    mem_free(w);
    (void)arg;
}

static void *work(void *worker, const struct pipeline_job *job)
{
    struct worker *const w = worker;
    struct output *const out = w->out = mem_calloc(1, sizeof *out);
    buf_init(&out->text, TEXT_MAX);
    out->number = job->source;
    pthread_mutex_lock(&w->dump->lock);
    out->source = w->dump->names.p[job->source];
    pthread_mutex_unlock(&w->dump->lock);
    if (schema_bytes(&w->schema) > (job->block.data.n > LIMIT_GIANT ? 0 : LIMIT_FORMS)) {
        forget(w);
        remember(w);
    }
    pipeline_parse(job, &w->env);
    arena_reset(&w->arena);
    return out;
}

static void note(struct dump *dump, struct notice notice)
{
    pthread_mutex_lock(&dump->lock);
    notice.after = (u32)dump->names.n;
    notice.name = arena_str(&dump->arena, notice.name);
    notice.why = arena_str(&dump->arena, notice.why);
    *VEC_PUSH(&dump->notices) = notice;
    pthread_mutex_unlock(&dump->lock);
}

/* Tell what was noted before the source of that number began. All of it is there once a block of
 * the source is. */
static void tell_notices(struct dump *dump, u32 source)
{
    pthread_mutex_lock(&dump->lock);
    while (dump->told < dump->notices.n && dump->notices.p[dump->told].after <= source) {
        const struct notice n = dump->notices.p[dump->told++];
        if (n.what == NOTICE_UNKNOWN && n.source < dump->found.n && dump->found.p[n.source])
            continue;
        if (n.what == NOTICE_UNKNOWN)
            run_warn_unknown(n.name, n.number);
        else if (n.what == NOTICE_REFUSED)
            run_warn_refused(n.name, n.limit, n.why);
        else
            run_warn_damage(n.name, n.number, n.why, false);
    }
    pthread_mutex_unlock(&dump->lock);
}

static void drop(void *arg, void *result)
{
    struct output *const out = result;
    buf_release(&out->text);
    VEC_FREE(&out->damages);
    mem_free(out);
    (void)arg;
}

static void tell_damages(const struct output *out)
{
    struct arena arena = {0};
    VEC_EACH (&out->damages, damage) {
        run_warn_damage(out->source, damage->off, damage_text(damage, &arena), damage->carved);
        arena_reset(&arena);
    }
    arena_release(&arena);
    if (out->more)
        run_warn("%.*s: and %llu more places behind offset %llu", STR_ARG(out->source),
                 (unsigned long long)out->more,
                 (unsigned long long)out->damages.p[out->damages.n - 1].off);
}

static enum status merge(void *arg, void *result, struct err *err)
{
    struct dump *const dump = arg;
    struct output *const out = result;
    enum status status =
        out->text.full ? err_set(err, ERR_LIMIT, "%.*s: a block of events is larger than %zu bytes",
                                 STR_ARG(out->source), TEXT_MAX)
                       : run_write(NULL, buf_str(&out->text), err);
    tell_notices(dump, out->number);
    tell_damages(out);
    while (dump->found.n <= out->number)
        *VEC_PUSH(&dump->found) = false;
    dump->found.p[out->number] |= out->events || out->damages.n;
    dump->events += out->events;
    drop(arg, out);
    return status;
}

static u32 source_begin(void *arg, const struct source_info *info, str head,
                        const struct parser *parser)
{
    (void)head;
    struct dump *const dump = arg;
    pthread_mutex_lock(&dump->lock);
    *VEC_PUSH(&dump->names) = arena_str(&dump->arena, info->name);
    const u32 number = (u32)dump->names.n - 1;
    pthread_mutex_unlock(&dump->lock);
    dump->known = parser && parser != &raw_parser;
    return number;
}

static void source_end(void *arg, u32 source, const struct source_result *result)
{
    struct dump *const dump = arg;
    if (!dump->known)
        note(dump, (struct notice){.what = NOTICE_UNKNOWN,
                                   .source = source,
                                   .name = dump->names.p[source],
                                   .number = result->size});
}

static void on_input(void *arg, const struct evidence_input *input)
{
    (void)arg;
    (void)input;
}

static void on_refused(void *arg, str name, const char *limit, const char *why)
{
    note(arg, (struct notice){
                  .what = NOTICE_REFUSED, .name = name, .limit = limit, .why = str_from(why)});
}

static void on_container_damage(void *arg, str name, u64 off, const char *what)
{
    note(arg, (struct notice){
                  .what = NOTICE_DAMAGE, .name = name, .number = off, .why = str_from(what)});
}

static void on_progress(void *arg, u64 bytes)
{
    progress_show(&((struct dump *)arg)->progress, bytes);
}

static enum status dump_all(struct dump *dump, const struct options *options, struct err *err)
{
    static const struct pipeline_ops ops = {
        .source_begin = source_begin,
        .source_end = source_end,
        .input = on_input,
        .refused = on_refused,
        .damage = on_container_damage,
        .progress = on_progress,
        .worker_open = worker_open,
        .work = work,
        .worker_close = worker_close,
        .merge = merge,
        .drop = drop,
    };
    u64 total;
    TRY(run_pipeline_options(options, &dump->pipeline, err));
    dump->pipeline.unhashed = true;
    TRY(evidence_size(dump->pipeline.paths, dump->pipeline.n_paths, &total, err));
    progress_start(&dump->progress, total, !options->values[OPT_NO_PROGRESS]);
    if (dump->csv)
        TRY(run_write(NULL,
                      dump->pipeline.carve ? S(CSV_COLUMNS ",carved\r\n") : S(CSV_COLUMNS "\r\n"),
                      err));
    const enum status status = pipeline_run(&dump->pipeline, &ops, dump, err);
    progress_end(&dump->progress);
    tell_notices(dump, UINT32_MAX);
    if (status == OK && dump->events == 0)
        return run_nothing_read(dump->pipeline.paths, dump->pipeline.n_paths, "", err);
    return status;
}

int cmd_dump(const struct options *options)
{
    static const char *const formats[] = {"jsonl", "csv", NULL};
    const char *const format = options->values[OPT_FORMAT] ? options->values[OPT_FORMAT] : "jsonl";
    struct dump dump = {.csv = strcmp(format, "csv") == 0};
    struct err err = {0};
    fields_init(&dump.fields);
    pthread_mutex_init(&dump.lock, NULL);
    enum status status = option_word("format", format, formats, &err);
    if (status == OK)
        status = dump_all(&dump, options, &err);
    pthread_mutex_destroy(&dump.lock);
    intern_release(&dump.fields);
    arena_release(&dump.arena);
    VEC_FREE(&dump.names);
    VEC_FREE(&dump.found);
    VEC_FREE(&dump.notices);
    return status == OK ? 0 : run_failed(&err);
}
