#include "engine/scan_run.h"

#include <stdatomic.h>

#include "assess/observing.h"
#include "assess/overflow.h"
#include "base/limits.h"
#include "parse/unread.h"

#define REASONS_SIZE 300 /* of a hit, about */

struct run {
    const struct scan_options *options;
    struct scan *scan;
    const void *compiled; /* the matcher's form of the rules */
    _Atomic bool *full;   /* per rule: no more hits are kept; merge sets it, workers look */
    _Atomic bool
        *limited; /* per rule: a regular expression met its limits; set when a worker ends */
    struct observing observing; /* only merge uses it */
    VEC(bool) carved;           /* by source: something was found in it; likewise */
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
    struct observer observer;
    void *matcher;
    struct explainer *explainer;
    struct schema schema;
    struct parse_env env;
    struct screener screener;
    struct arena arena, scratch;
    u32 *matched;
    u32 *in_block; /* by rule: 1 + its place in the result's counts */
    u64 brought;   /* about the bytes of all hits of this block */
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
    struct observed observed;
    u32 source;
    bool found; /* by raw_parser: an event, or what is left of one */
};

/* How many hits of the rule are in this block, with this one. */
static u64 count_hit(struct worker *w, u32 rule)
{
    if (w->in_block[rule] == 0) {
        *VEC_PUSH(&w->result->counts) = (struct rule_hits){rule, 0};
        w->in_block[rule] = (u32)w->result->counts.n;
    }
    return ++w->result->counts.p[w->in_block[rule] - 1].n;
}

/* Of a block in which nearly every record matches many rules, only the first hits of each rule are
 * brought on. That depends on the block alone, so the threads do not show in what is left. */
static bool brings_on(struct worker *w, const struct event *event, u64 n)
{
    w->brought += event->len + REASONS_SIZE;
    return n <= LIMIT_BLOCK_FEW || (n <= LIMIT_HITS && w->brought <= LIMIT_BLOCK_BYTES);
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
        .carved = event->carved,
        .host = value_text(event_get(event, FIELD_COMPUTER), &w->scratch),
        .channel = event->shape->channel,
        .provider = event->shape->provider,
        .values = ARENA_ARRAY(&w->scratch, struct corr_value, fields->n),
        .n_values = fields->n,
    };
    for (u32 i = 0; i < fields->n; i++)
        note.values[i] = hitnote_value(asked_value(event, &w->run->asked[rule][i]), &w->scratch);
    hitnote_write(&note, &w->result->notes);
}

/* A hit with why its rule matched: a value may point into the block, which ends. */
static struct scan_hit explained(struct worker *w, const struct event *event, u32 rule,
                                 struct arena *arena)
{
    struct scan_hit hit = {.rule = w->run->scan->rules->rules[rule]};
    hit.n_reasons = match_explain(w->explainer, hit.rule, event, &w->schema, arena, &hit.reasons);
    for (u32 k = 0; k < hit.n_reasons; k++)
        hit.reasons[k].value = arena_str(arena, hit.reasons[k].value);
    return hit;
}

/* The hits that are not kept, of the rules w->matched[0…n). */
static void overflow_hits(struct worker *w, const struct event *event,
                          const struct scan_event *copy, u32 n)
{
    struct overflow *const overflow = w->run->scan->overflow;
    struct scan_hit *const hits = ARENA_ARRAY(&w->scratch, struct scan_hit, n);
    u32 wanted = 0;
    for (u32 i = 0; i < n; i++)
        if (!overflow->skip[w->matched[i]])
            hits[wanted++] =
                overflow->brief
                    ? (struct scan_hit){.rule = w->run->scan->rules->rules[w->matched[i]]}
                    : explained(w, event, w->matched[i], &w->scratch);
    if (!wanted)
        return;
    if (!copy)
        copy = scan_event_copy(&w->scratch, event, &w->schema, w->result->source, &w->scratch);
    overflow_add(overflow, copy, hits, wanted);
}

static void keep_hits(struct worker *w, const struct event *event, u32 n)
{
    struct scan_event *copy = NULL;
    bool noted = false;
    u32 n_over = 0;
    for (u32 i = 0; i < n; i++) {
        const u32 rule = w->matched[i];
        const bool brought = brings_on(w, event, count_hit(w, rule));
        /* full before this block, which comes later: merge would drop it */
        const bool full =
            !brought || atomic_load_explicit(&w->run->full[rule], memory_order_relaxed);
        if (hitlog_wants(&w->run->scan->log, rule)) {
            note_hit(w, event, rule, full ? 0 : w->result->hits.n + 1);
            noted = true;
        }
        if (full) {
            w->matched[n_over++] = rule;
            continue;
        }
        if (!copy)
            copy = scan_event_copy(&w->result->arena, event, &w->schema, w->result->source,
                                   &w->scratch);
        struct scan_hit *const hit = VEC_PUSH(&w->result->hits);
        *hit = explained(w, event, rule, &w->result->arena);
        hit->event = copy;
    }
    if (n_over && w->run->scan->overflow)
        overflow_hits(w, event, copy, n_over);
    w->result->n_noted += noted;
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct worker *const w = arg;
    w->result->found = true;
    observer_carved(&w->observer, n && events[0].carved);
    for (size_t i = 0; i < n; i++) {
        arena_reset(&w->scratch);
        observer_event(&w->observer, &events[i], &w->schema);
        const u32 matched = w->run->options->matcher->match(w->matcher, &events[i], w->matched);
        if (matched)
            keep_hits(w, &events[i], matched);
    }
}

static void on_damage(void *arg, const struct damage *damage)
{
    struct result *const result = ((struct worker *)arg)->result;
    if (result->damages.n == LIMIT_BLOCK_DAMAGES) {
        struct scan_damage *const last = &result->damages.p[result->damages.n - 1];
        last->lost += damage->lost;
        last->more++;
        last->carved &= damage->carved;
        last->unfinished = 0;
        return;
    }
    result->found = true;
    *VEC_PUSH(&result->damages) = (struct scan_damage){
        .source = result->source,
        .off = damage->off,
        .lost = damage->lost,
        .what = damage_text(damage, &result->arena),
        .carved = damage->carved,
        .found = damage->found,
        .record = damage->record,
        .time = damage->time,
        .unfinished = damage->unfinished,
    };
}

static const struct line_screen *on_screen(void *arg, const struct shape *shape)
{
    struct worker *const w = arg;
    const str *also;
    const u32 n = observer_atoms(&w->observer, shape, &also);
    return w->run->options->matcher->screen(w->matcher, shape, also, n);
}

static void on_passed(void *arg, const struct shape *shape, const struct passed *passed)
{
    observer_passed(&((struct worker *)arg)->observer, shape, passed);
}

/* What a worker remembers of the evidence: forms of records, and all that hangs on them. */
static void remember(struct worker *w)
{
    schema_init(&w->schema, &w->run->scan->rules->fields);
    w->matcher = w->run->options->matcher->open(w->run->compiled, &w->schema,
                                                w->run->options->pipeline.threads);
    w->env = (struct parse_env){
        .schema = &w->schema,
        .arena = &w->arena,
        .sink = {on_events, on_damage, w},
        .carve = w->run->options->pipeline.carve,
        .zone = w->run->options->zone,
    };
    w->screener = (struct screener){on_screen, on_passed, w};
    if (w->run->options->matcher->screen)
        w->env.screener = &w->screener;
}

static void forget(struct worker *w)
{
    const struct matcher_ops *const matcher = w->run->options->matcher;
    const bool *const limited = matcher->limited(w->matcher);
    for (u32 i = 0; i < w->run->scan->rules->n_rules; i++)
        if (limited[i])
            atomic_store(&w->run->limited[i], true);
    matcher->close(w->matcher);
    observer_forget(&w->observer);
    parse_env_release(&w->env);
    schema_release(&w->schema);
}

static void *worker_open(void *arg)
{
    struct run *const run = arg;
    struct worker *const w = mem_calloc(1, sizeof *w);
    w->run = run;
    observer_init(&w->observer, run->options->hits_only);
    w->matched = mem_calloc(run->scan->rules->n_rules, sizeof *w->matched);
    w->explainer = explainer_new(run->scan->rules);
    w->in_block = mem_calloc(run->scan->rules->n_rules, sizeof *w->in_block);
    remember(w);
    return w;
}

static void worker_close(void *arg, void *worker)
{
    struct worker *const w = worker;
    forget(w);
    explainer_free(w->explainer);
    observer_release(&w->observer);
    arena_release(&w->arena);
    arena_release(&w->scratch);
    mem_free(w->matched);
    mem_free(w->in_block);
    mem_free(w);
    (void)arg;
}

/* A block finds little remembered or, if it is a giant, nothing: what it can add is bounded, so no
 * limit of the schema is met that depends on which blocks came to this worker before. */
static void *work(void *worker, const struct pipeline_job *job)
{
    struct worker *const w = worker;
    struct result *const result = mem_calloc(1, sizeof *result);
    if (schema_bytes(&w->schema) > (job->block.data.n > LIMIT_GIANT ? 0 : LIMIT_FORMS)) {
        forget(w);
        remember(w);
    }
    result->source = job->source;
    buf_init(&result->notes, SIZE_MAX);
    w->result = result;
    w->brought = 0;
    observer_block(&w->observer, job->source, job->block.name);
    pipeline_parse(job, &w->env);
    result->observed = observer_take(&w->observer);
    VEC_EACH (&result->counts, c)
        w->in_block[c->rule] = 0;
    arena_reset(&w->arena);
    return result;
}

static void result_free(struct result *result)
{
    buf_release(&result->notes);
    VEC_FREE(&result->hits);
    VEC_FREE(&result->damages);
    VEC_FREE(&result->counts);
    observed_release(&result->observed);
    arena_release(&result->arena);
    mem_free(result);
}

static void drop(void *arg, void *result)
{
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

static void merge_damages(struct run *run, const struct result *result)
{
    VEC_EACH (&result->damages, damage)
        scan_damaged(run->scan, damage);
    while (run->carved.n <= result->source)
        *VEC_PUSH(&run->carved) = false;
    run->carved.p[result->source] |= result->found;
}

static enum status merge(void *arg, void *given, struct err *err)
{
    struct run *const run = arg;
    struct result *const result = given;
    struct scan *const scan = run->scan;
    const struct scan_event *last = NULL;
    struct scan_event *kept = NULL; /* the scan's copy of it; hits of one event stand together */
    VEC_EACH (&result->counts, c)
        scan->counts[c->rule].hits += c->n;
    VEC_EACH (&result->hits, hit) {
        if (!scan_keeps(scan, hit->rule->index)) {
            atomic_store_explicit(&run->full[hit->rule->index], true, memory_order_relaxed);
            if (scan->overflow && !scan->overflow->skip[hit->rule->index])
                overflow_add(scan->overflow, hit->event, hit, 1);
            hit->event = NULL;
            continue;
        }
        scan_keep(scan, hit, hit->event == last ? kept : NULL);
        kept = scan->hits.p[scan->hits.n - 1].event;
        last = hit->event;
        hit->event = kept; /* for the notes */
    }
    log_notes(run, result);
    merge_damages(run, result);
    observing_add(&run->observing, &result->observed, scan);
    result_free(result);
    (void)err;
    return OK;
}

static u32 source_begin(void *arg, const struct source_info *info, str head,
                        const struct parser *parser)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    const bool known = parser && parser != &raw_parser;
    *VEC_PUSH(&scan->sources) = (struct scan_source){
        .name = arena_str(&scan->arena, info->name),
        .root = info->root,
        .format = known ? str_from(parser->name) : STR_NONE,
        .should_be = known ? NULL : unread_log(info->name, head),
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
    scan_refused(((struct run *)arg)->scan, name, str_from(limit), str_from(why));
}

static void on_container_damage(void *arg, str name, u64 off, const char *what)
{
    struct scan *const scan = ((struct run *)arg)->scan;
    if (scan->container_damages.n >= LIMIT_DAMAGES) {
        struct scan_damage *const last = &scan->container_damages.p[scan->container_damages.n - 1];
        last->lost++;
        last->more++;
        return;
    }
    *VEC_PUSH(&scan->container_damages) =
        (struct scan_damage){.source = UINT32_MAX,
                             .name = arena_str(&scan->arena, name),
                             .off = off,
                             .lost = 1,
                             .what = arena_str(&scan->arena, str_from(what))};
}

static void on_progress(void *arg, u64 bytes)
{
    const struct scan_options *const options = ((struct run *)arg)->options;
    if (options->progress)
        options->progress(options->progress_arg, bytes);
}

/* Logs in which no reader saw a log are lost from their first byte to the last. */
static void lose_unread(struct scan *scan)
{
    size_t n = 0;
    for (u32 i = 0; i < scan->sources.n; i++) {
        const struct scan_source *const s = &scan->sources.p[i];
        if (!s->should_be || !s->size)
            continue;
        if (n++ >= LIMIT_DAMAGES) {
            scan->damages.p[scan->damages.n - 1].lost += s->size;
            scan->damages.p[scan->damages.n - 1].more++;
        } else
            *VEC_PUSH(&scan->damages) = (struct scan_damage){
                .source = i, .name = s->name, .lost = s->size, .what = str_from(s->should_be)};
    }
}

/* Names of the damaged sources, the sources that are lost as a whole, then what containers lost:
 * their order does not depend on the workers. What stands for further places, and further pieces,
 * says so. */
static void finish_losses(struct scan *scan)
{
    VEC_EACH (&scan->damages, damage)
        damage->name = scan->sources.p[damage->source].name;
    lose_unread(scan);
    VEC_EACH (&scan->container_damages, damage)
        *VEC_PUSH(&scan->damages) = *damage;
    VEC_FREE(&scan->container_damages);
    VEC_EACH (&scan->damages, damage)
        if (damage->more)
            damage->what = arena_printf(&scan->arena,
                                        "%.*s; and %llu more places, which are not told one by one",
                                        STR_ARG(damage->what), (unsigned long long)damage->more);
    VEC_EACH (&scan->more_refused, more)
        *VEC_PUSH(&scan->refusals) = (struct scan_refusal){
            more->name, more->limit,
            arena_printf(&scan->arena,
                         "and %llu more pieces for this reason, of which this is the first",
                         (unsigned long long)more->n)};
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
    observing_init(&run.observing);
    scan->log.spill.folder = options->spill_folder;
    ask_fields(&run);
    scan->roots = options->pipeline.paths;
    scan->n_roots = options->pipeline.n_paths;
    run.compiled = options->matcher->compile(scan->rules);
    const enum status status = pipeline_run(&options->pipeline, &ops, &run, err);
    options->matcher->free(run.compiled);
    for (size_t i = 0; i < run.carved.n; i++)
        if (run.carved.p[i] && scan->sources.p[i].format.n == 0)
            scan->sources.p[i].format = str_from(raw_parser.name);
    VEC_FREE(&run.carved);
    finish_losses(scan);
    observing_end(&run.observing, scan);
    tell_limited(scan, run.limited);
    arena_release(&run.arena);
    mem_free(run.limited);
    mem_free(run.full);
    return status;
}
