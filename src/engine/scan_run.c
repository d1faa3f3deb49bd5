#include "engine/scan_run.h"

#include <stdatomic.h>

#include "assess/observe.h"

struct run {
    const struct scan_options *options;
    struct scan *scan;
    const void *compiled; /* the matcher's form of the rules */
    _Atomic bool *full;   /* per rule: no more hits are kept; merge sets it, workers look */
    _Atomic bool
        *limited; /* per rule: a regular expression met its limits; set when a worker ends */
    struct observer *observers; /* one a worker */
    _Atomic u32 n_observers;
    struct arena arena;
    const struct asked_field *
        *asked;  /* by rule: the fields that go into its notes, as many as the log's */
    u64 n_noted; /* events that the log knows of */
};

/* What a field is called in the evidence: the first of these that an event has. */
struct asked_field {
    u32 *ids;
    u32 n;
    u32 number; /* of the unnamed Data that the name stands for, or 0 */
};

struct worker {
    struct run *run;
    struct observer *observer;
    void *matcher;
    struct explainer *explainer;
    struct schema schema;
    struct parse_env env;
    struct arena arena, scratch;
    u32 *matched;
    struct result *result;
};

struct result {
    struct arena arena;
    struct buf notes; /* hits of the rules that correlations refer to: all of them */
    u64 n_noted;
    VEC(struct scan_hit) hits;
    VEC(struct scan_damage) damages;
    VEC(struct rule_hits {
        u32 rule;
        u64 n;
    })
    counts;
    u32 source;
};

static void count_hit(struct result *result, u32 rule)
{
    VEC_EACH (&result->counts, c)
        if (c->rule == rule) {
            c->n++;
            return;
        }
    *VEC_PUSH(&result->counts) = (struct rule_hits){rule, 1};
}

static struct value asked_value(const struct event *event, const struct asked_field *field)
{
    struct value v = {.type = VALUE_NONE};
    for (u32 i = 0; i < field->n && v.type == VALUE_NONE; i++)
        v = event_get(event, field->ids[i]);
    return v.type == VALUE_NONE && field->number ? event_data(event, field->number) : v;
}

/* For correlations, whether or not the event itself is kept: `hit` is 1 + where, or 0. */
static void note_hit(struct worker *w, const struct event *event, u32 rule, u64 hit)
{
    const struct corr_fields *const fields = &w->run->scan->log.fields[rule];
    struct hitnote note = {
        .rule = rule,
        .source = w->result->source,
        .len = event->len,
        .recorded = event->time,
        .stated = scan_stated_time(event, &w->scratch),
        .event_id = event->shape->event_id,
        .off = event->off,
        .record = event->record,
        .order = w->result->n_noted,
        .hit = hit,
        .kind = event->shape->kind,
        .host = value_text(event_get(event, FIELD_COMPUTER), &w->scratch),
        .channel = event->shape->channel,
        .provider = event->shape->provider,
        .values = ARENA_ARRAY(&w->scratch, str, fields->n),
        .n_values = fields->n,
    };
    for (u32 i = 0; i < fields->n; i++) {
        const struct value v = asked_value(event, &w->run->asked[rule][i]);
        const str text = v.type == VALUE_NONE ? STR_NONE : value_text(v, &w->scratch);
        note.values[i] = v.type == VALUE_NONE || text.n ? text : S("");
    }
    hitnote_write(&note, &w->result->notes);
}

static void keep_hits(struct worker *w, const struct event *event, u32 n)
{
    struct scan_event *copy = NULL;
    bool noted = false;
    for (u32 i = 0; i < n; i++) {
        const u32 rule = w->matched[i];
        const bool full = atomic_load_explicit(&w->run->full[rule], memory_order_relaxed);
        count_hit(w->result, rule);
        if (hitlog_wants(&w->run->scan->log, rule)) {
            note_hit(w, event, rule, full ? 0 : w->result->hits.n + 1);
            noted = true;
        }
        if (full)
            continue; /* it was full before this block, which comes later: merge would drop it */
        if (!copy)
            copy = scan_event_copy(&w->result->arena, event, &w->schema, w->result->source,
                                   &w->scratch);
        struct scan_hit *const hit = VEC_PUSH(&w->result->hits);
        *hit = (struct scan_hit){.rule = w->run->scan->rules->rules[rule], .event = copy};
        hit->n_reasons = match_explain(w->explainer, hit->rule, event, &w->schema,
                                       &w->result->arena, &hit->reasons);
        for (u32 k = 0; k < hit->n_reasons; k++) /* a value may point into the block, which ends */
            hit->reasons[k].value = arena_str(&w->result->arena, hit->reasons[k].value);
    }
    w->result->n_noted += noted;
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct worker *const w = arg;
    for (size_t i = 0; i < n; i++) {
        arena_reset(&w->scratch);
        observer_event(w->observer, &events[i], &w->schema);
        const u32 matched = w->run->options->matcher->match(w->matcher, &events[i], w->matched);
        if (matched)
            keep_hits(w, &events[i], matched);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    struct worker *const w = arg;
    *VEC_PUSH(&w->result->damages) = (struct scan_damage){w->result->source, STR_NONE, damage->off,
                                                          damage->lost, str_from(damage->what)};
}

static void *worker_open(void *arg)
{
    struct run *const run = arg;
    struct worker *const w = mem_calloc(1, sizeof *w);
    w->run = run;
    w->observer = &run->observers[atomic_fetch_add(&run->n_observers, 1)];
    observer_init(w->observer);
    schema_init(&w->schema, &run->scan->rules->fields);
    w->matched = mem_calloc(run->scan->rules->n_rules, sizeof *w->matched);
    w->matcher = run->options->matcher->open(run->compiled, &w->schema);
    w->explainer = explainer_new(run->scan->rules);
    w->env = (struct parse_env){
        .schema = &w->schema, .arena = &w->arena, .sink = {on_events, on_damage, w}};
    return w;
}

static void worker_close(void *arg, void *worker)
{
    struct run *const run = arg;
    struct worker *const w = worker;
    const bool *const limited = run->options->matcher->limited(w->matcher);
    for (u32 i = 0; i < run->scan->rules->n_rules; i++)
        if (limited[i])
            atomic_store(&run->limited[i], true);
    run->options->matcher->close(w->matcher);
    explainer_free(w->explainer);
    parse_env_release(&w->env);
    schema_release(&w->schema);
    arena_release(&w->arena);
    arena_release(&w->scratch);
    mem_free(w->matched);
    mem_free(w);
}

static void *work(void *worker, const struct pipeline_job *job)
{
    struct worker *const w = worker;
    struct result *const result = mem_calloc(1, sizeof *result);
    result->source = job->source;
    buf_init(&result->notes, SIZE_MAX);
    w->result = result;
    observer_block(w->observer, job->source);
    job->parser->parse(&job->block, &w->env);
    arena_reset(&w->arena);
    return result;
}

/* All of a result but its arena, which outlives it where hits are kept. */
static void result_free(struct result *result)
{
    buf_release(&result->notes);
    VEC_FREE(&result->hits);
    VEC_FREE(&result->damages);
    VEC_FREE(&result->counts);
    mem_free(result);
}

static void drop(void *arg, void *given)
{
    struct result *const result = given;
    arena_release(&result->arena);
    result_free(result);
    (void)arg;
}

/* After the hits: those that were not kept have no event. */
static void log_notes(struct run *run, const struct result *result)
{
    struct arena arena = {0};
    struct hitnote note;
    for (size_t at = 0; hitnote_read(buf_str(&result->notes), &at, &note, &arena);) {
        note.order += run->n_noted;
        note.event = note.hit ? result->hits.p[note.hit - 1].event : NULL;
        hitlog_add(&run->scan->log, &note);
        arena_reset(&arena);
    }
    run->n_noted += result->n_noted;
    arena_release(&arena);
}

static enum status merge(void *arg, void *given, struct err *err)
{
    struct run *const run = arg;
    struct result *const result = given;
    struct scan *const scan = run->scan;
    bool keep = false;
    VEC_EACH (&result->counts, c)
        scan->counts[c->rule].hits += c->n;
    VEC_EACH (&result->hits, hit) {
        struct scan_rule_count *const count = &scan->counts[hit->rule->index];
        if (!scan_keeps(scan, hit->rule->index)) {
            atomic_store_explicit(&run->full[hit->rule->index], true, memory_order_relaxed);
            hit->event = NULL;
            continue;
        }
        count->kept++;
        count->bytes += hit->event->size;
        scan->kept_bytes += hit->event->size;
        *VEC_PUSH(&scan->hits) = *hit;
        keep = true;
    }
    log_notes(run, result);
    VEC_EACH (&result->damages, damage)
        *VEC_PUSH(&scan->damages) = *damage;
    if (keep)
        *VEC_PUSH(&scan->result_arenas) = result->arena;
    else
        arena_release(&result->arena);
    result_free(result);
    (void)err;
    return OK;
}

static u32 source_begin(void *arg, const struct source_info *info, const struct parser *parser)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    *VEC_PUSH(&scan->sources) = (struct scan_source){
        .name = arena_str(&scan->arena, info->name),
        .root = info->root,
        .format = parser ? str_from(parser->name) : STR_NONE,
    };
    return (u32)scan->sources.n - 1;
}

static void source_end(void *arg, u32 source, const struct source_result *result)
{
    struct scan_source *const s = &((struct run *)arg)->scan->sources.p[source];
    s->size = result->size;
    s->whole = result->whole;
    sha256_text(result->sha256, s->sha256);
}

static void on_input(void *arg, const struct evidence_input *input)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    struct scan_input *const out = VEC_PUSH(&scan->inputs);
    *out = (struct scan_input){.path = arena_str(&scan->arena, input->path), .size = input->size};
    sha256_text(input->sha256, out->sha256);
}

static void on_refused(void *arg, str name, const char *limit, const char *why)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    *VEC_PUSH(&scan->refusals) = (struct scan_refusal){arena_str(&scan->arena, name),
                                                       arena_str(&scan->arena, str_from(limit)),
                                                       arena_str(&scan->arena, str_from(why))};
}

static void on_container_damage(void *arg, str name, u64 off, const char *what)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    *VEC_PUSH(&scan->container_damages) = (struct scan_damage){
        UINT32_MAX, arena_str(&scan->arena, name), off, 1, arena_str(&scan->arena, str_from(what))};
}

static void on_progress(void *arg, u64 bytes)
{
    const struct scan_options *const options = ((struct run *)arg)->options;
    if (options->progress)
        options->progress(options->progress_arg, bytes);
}

/* Names of the damaged sources, then what containers lost: their order does not depend on the
 * workers. */
static void finish_damages(struct scan *scan)
{
    VEC_EACH (&scan->damages, damage)
        damage->name = scan->sources.p[damage->source].name;
    VEC_EACH (&scan->container_damages, damage)
        *VEC_PUSH(&scan->damages) = *damage;
    VEC_FREE(&scan->container_damages);
}

/* One line a rule: how many values met the limit would depend on what the workers had cached, that
 * some did does not. */
static void tell_limited(struct scan *scan, const _Atomic bool *limited)
{
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct sigma_rule *const rule = scan->rules->rules[i];
        if (!limited[i])
            continue;
        scan->regex_limits++;
        *VEC_PUSH(&scan->refusals) = (struct scan_refusal){
            arena_printf(&scan->arena, "rule %.*s", STR_ARG(rule->id.n ? rule->id : rule->title)),
            S(SCAN_REGEX_LIMIT),
            arena_printf(&scan->arena,
                         "values could not be judged by its regular expression: \"%.*s\" may have "
                         "missed events",
                         STR_ARG(rule->title))};
    }
}

/* The names that a field of a rule has in the evidence, by the log source of the rule. */
static struct asked_field ask_field(struct run *run, const struct sigma_rule *rule, str name)
{
    const struct ruleset *const rules = run->scan->rules;
    struct logsource_places places;
    struct asked_field out = {.number = field_data_number(name)};
    u32 room = 1;
    logsource_resolve(&rules->logsources, &rule->logsource, &run->arena, &places);
    for (u32 p = 0; p < places.n; p++)
        room += places.places[p].n_renames;
    out.ids = ARENA_ARRAY(&run->arena, u32, room);
    out.ids[out.n++] = intern_find(&rules->fields, name);
    for (u32 p = 0; p < places.n; p++)
        for (u32 r = 0; r < places.places[p].n_renames; r++)
            if (str_eq(places.places[p].renames[r].from, name))
                out.ids[out.n++] = intern_find(&rules->fields, places.places[p].renames[r].to);
    return out;
}

static void ask_fields(struct run *run)
{
    const struct scan *const scan = run->scan;
    run->asked = ARENA_ARRAY(&run->arena, const struct asked_field *, scan->rules->n_rules);
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct corr_fields *const fields = &scan->log.fields[i];
        struct asked_field *const asked = ARENA_ARRAY(&run->arena, struct asked_field, fields->n);
        for (u32 f = 0; f < fields->n; f++)
            asked[f] = ask_field(run, scan->rules->rules[i], fields->names[f]);
        run->asked[i] = asked;
    }
}

enum status scan_run(const struct scan_options *options, struct scan *scan, struct err *err)
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
    struct run run = {.options = options, .scan = scan};
    run.full = mem_calloc(scan->rules->n_rules, sizeof *run.full);
    run.limited = mem_calloc(scan->rules->n_rules, sizeof *run.limited);
    run.observers = mem_calloc(options->pipeline.threads, sizeof *run.observers);
    scan->log.spill.folder = options->spill_folder;
    ask_fields(&run);
    scan->roots = options->pipeline.paths;
    scan->n_roots = options->pipeline.n_paths;
    run.compiled = options->matcher->compile(scan->rules);
    const enum status status = pipeline_run(&options->pipeline, &ops, &run, err);
    options->matcher->free(run.compiled);
    observers_merge(run.observers, run.n_observers, scan);
    for (u32 i = 0; i < run.n_observers; i++)
        observer_release(&run.observers[i]);
    finish_damages(scan);
    tell_limited(scan, run.limited);
    arena_release(&run.arena);
    mem_free(run.limited);
    mem_free(run.observers);
    mem_free(run.full);
    return status;
}
