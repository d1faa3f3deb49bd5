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
};

struct worker {
    struct run *run;
    struct observer *observer;
    void *matcher;
    struct explainer *explainer;
    struct schema schema;
    struct parse_env env;
    struct screener screener;
    struct arena arena, scratch;
    u32 *matched;
    struct result *result;
};

struct result {
    struct arena arena;
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

static void keep_hits(struct worker *w, const struct event *event, u32 n)
{
    struct scan_event *copy = NULL;
    for (u32 i = 0; i < n; i++) {
        const u32 rule = w->matched[i];
        count_hit(w->result, rule);
        if (atomic_load_explicit(&w->run->full[rule], memory_order_relaxed))
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

static const struct line_screen *on_screen(void *arg, const struct shape *shape)
{
    struct worker *const w = arg;
    const str *also;
    const u32 n = observer_atoms(w->observer, shape, &also);
    return w->run->options->matcher->screen(w->matcher, shape, also, n);
}

static void on_passed(void *arg, const struct shape *shape, const struct passed *passed)
{
    observer_passed(((struct worker *)arg)->observer, shape, passed);
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
    w->screener = (struct screener){on_screen, on_passed, w};
    if (run->options->matcher->screen)
        w->env.screener = &w->screener;
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
    w->result = result;
    observer_block(w->observer, job->source);
    job->parser->parse(&job->block, &w->env);
    arena_reset(&w->arena);
    return result;
}

/* All of a result but its arena, which outlives it where hits are kept. */
static void result_free(struct result *result)
{
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
            continue;
        }
        count->kept++;
        count->bytes += hit->event->size;
        scan->kept_bytes += hit->event->size;
        *VEC_PUSH(&scan->hits) = *hit;
        keep = true;
    }
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
            S("regex match limit"),
            arena_printf(&scan->arena,
                         "values could not be judged by its regular expression: \"%.*s\" may have "
                         "missed events",
                         STR_ARG(rule->title))};
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
    mem_free(run.limited);
    mem_free(run.observers);
    mem_free(run.full);
    return status;
}
