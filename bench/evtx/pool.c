#include "evtx/pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "parse/evtx/evtx.h"

/* ---- what rules look at ---- */

void judge_open(struct judge *j, const char *const *rules, u32 n_rules)
{
    *j = (struct judge){0};
    struct err err = {0};
    const struct ruleset_source source = {.paths = rules, .n_paths = n_rules};
    if (ruleset_load(&source, &j->set, &err) != OK) {
        fprintf(stderr, "rules: %s\n", err.msg);
        exit(2);
    }
    j->rules = matcher_fast.compile(j->set);
    schema_init(&j->schema, &j->set->fields);
    j->matcher = matcher_fast.open(j->rules, &j->schema, 1);
    j->matched = mem_calloc((size_t)j->set->n_rules + 1, sizeof *j->matched);
    fast_asker_init(&j->asker, j->rules->tests);
    fast_planner_init(&j->planner, j->rules, &j->asker);
}

void judge_close(struct judge *j)
{
    fast_planner_release(&j->planner);
    fast_asker_release(&j->asker);
    matcher_fast.close(j->matcher);
    schema_release(&j->schema);
    matcher_fast.free(j->rules);
    ruleset_free(j->set);
    arena_release(&j->plans);
    mem_free(j->matched);
    VEC_FREE(&j->shapes);
}

const bool *judge_asked(struct judge *j, const struct shape *shape)
{
    while (j->shapes.n <= shape->id)
        *VEC_PUSH(&j->shapes) = (struct judge_shape){0};
    struct judge_shape *const s = &j->shapes.p[shape->id];
    if (s->known)
        return s->asked;
    const struct fast_plan *const plan = fast_plan_new(&j->planner, shape, &j->plans);
    *s = (struct judge_shape){true, ARENA_ARRAY(&j->plans, bool, shape->n_fields + 1)};
    memset(s->asked, 0, shape->n_fields + 1);
    for (u32 i = 0; i < shape->n_fields; i++) {
        const i32 slot = shape->fields[i].slot;
        for (u32 k = 0; slot >= 0 && k < plan->n_slots; k++)
            s->asked[i] |= plan->slots[k].slot == (u32)slot;
    }
    return s->asked;
}

/* ---- the pool ---- */

void pool_init(struct pool *pool)
{
    *pool = (struct pool){0};
    buf_init(&pool->bytes, (size_t)1 << 30);
    intern_init(&pool->texts, NULL);
    intern_init(&pool->name_ids, NULL);
    intern_init(&pool->template_ids, NULL);
    families_init(&pool->families);
}

void pool_release(struct pool *pool)
{
    VEC_EACH (&pool->channels, channel) {
        VEC_FREE(&channel->quiet);
        VEC_FREE(&channel->hits);
    }
    VEC_FREE(&pool->channels);
    VEC_FREE(&pool->steps);
    VEC_FREE(&pool->values);
    VEC_FREE(&pool->names);
    VEC_FREE(&pool->templates);
    VEC_FREE(&pool->records);
    VEC_FREE(&pool->fields);
    buf_release(&pool->bytes);
    intern_release(&pool->texts);
    intern_release(&pool->name_ids);
    intern_release(&pool->template_ids);
    families_release(&pool->families);
    arena_release(&pool->arena);
}

/* ---- a record's binary XML to steps ---- */

struct taking {
    struct pool *pool;
    struct judge *judge;
    const struct evtx_chunk *chunk;
    const struct event *event;
    const bool *asked;
    struct buf key; /* what tells this definition from others */
    bool bad;
    u32 depth;
    /* Where the walk is, for names of fields. */
    char element[64][64];
    u32 level;
    char attribute[64]; /* empty: in the element's content */
    char data_name[64]; /* of Data Name="…" */
    bool in_definition, made_up;
    VEC(u32) by_index; /* of a definition: names of fields by substitution */
    VEC(struct step) out;
};

static void step(struct taking *t, enum step_kind kind, u32 at, u32 n)
{
    *VEC_PUSH(&t->out) = (struct step){kind, at, n};
}

static void raw(struct taking *t, const u8 *p, u32 n)
{
    buf_add(&t->key, (str){(const char *)p, n});
    const u32 at = (u32)t->pool->bytes.n;
    struct step *const last = t->out.n ? &t->out.p[t->out.n - 1] : NULL;
    buf_add(&t->pool->bytes, (str){(const char *)p, n});
    if (last && last->kind == STEP_RAW && last->at + last->n == at)
        last->n += n;
    else
        step(t, STEP_RAW, at, n);
}

static u32 name_of(struct taking *t, u32 name)
{
    const str text = binxml_name(t->chunk, name);
    const u16 hash = load_u16(t->chunk->data + name + 4);
    struct buf key;
    buf_init(&key, 1 << 16);
    buf_add(&key, (str){(const char *)&hash, 2});
    buf_add(&key, text);
    buf_add(&t->key, buf_str(&key));
    const u32 before = intern_count(&t->pool->name_ids),
              id = intern_add(&t->pool->name_ids, buf_str(&key));
    buf_release(&key);
    if (id == before)
        *VEC_PUSH(&t->pool->names) = (struct pool_name){arena_str(&t->pool->arena, text), hash};
    return id;
}

static void latin(str utf16, char out[64])
{
    u32 n = 0;
    for (size_t i = 0; i + 1 < utf16.n && n < 63; i += 2)
        out[n++] = utf16.p[i];
    out[n] = 0;
}

/* The field that a value here belongs to. */
static str field_here(const struct taking *t, char out[160])
{
    const char *const element = t->level && t->level <= 64 ? t->element[t->level - 1] : "";
    if (t->attribute[0])
        snprintf(out, 160, "%s_%s", element, t->attribute);
    else
        snprintf(out, 160, "%s",
                 strcmp(element, "Data") == 0 && t->data_name[0] ? t->data_name : element);
    return str_from(out);
}

static bool is_asked(const struct taking *t, str field)
{
    const u32 id = intern_find(&t->judge->schema.fields, field);
    const i32 at = id == INTERN_NONE ? -1 : shape_find(t->event->shape, id);
    return at >= 0 && t->asked[at];
}

static void take_run(struct taking *t, struct binxml *x);

/* Another run, in a value or a definition. */
static struct taking *taking_new(const struct taking *of, bool in_definition)
{
    struct taking *const t = mem_calloc(1, sizeof *t);
    *t = (struct taking){.pool = of->pool,
                         .judge = of->judge,
                         .chunk = of->chunk,
                         .event = of->event,
                         .asked = of->asked,
                         .depth = of->depth + 1,
                         .in_definition = in_definition,
                         .bad = of->depth > 16};
    buf_init(&t->key, (size_t)1 << 20);
    return t;
}

/* Its steps to the pool. */
static struct pool_run taking_end(struct taking *t)
{
    struct pool *const pool = t->pool;
    const struct pool_run run = {(u32)pool->steps.n, (u32)t->out.n};
    for (size_t i = 0; i < t->out.n; i++)
        *VEC_PUSH(&pool->steps) = t->out.p[i];
    buf_release(&t->key);
    VEC_FREE(&t->out);
    VEC_FREE(&t->by_index);
    mem_free(t);
    return run;
}

static u32 take_bytes(struct taking *t, const u8 *p, u32 n)
{
    const u32 at = (u32)t->pool->bytes.n;
    buf_add(&t->pool->bytes, (str){(const char *)p, n});
    return at;
}

static u32 take_definition(struct taking *t, u32 definition)
{
    struct pool *const pool = t->pool;
    struct binxml x = binxml_definition(t->chunk, definition);
    if (x.bad) {
        t->bad = true;
        return 0;
    }
    struct taking *const inner = taking_new(t, true);
    struct pool_template template = {.first_field = (u32)pool->fields.n};
    memcpy(template.guid, t->chunk->data + definition + EVTX_TEMPLATE_GUID_AT,
           sizeof template.guid);
    buf_add(&inner->key, (str){(const char *)template.guid, sizeof template.guid});
    take_run(inner, &x);
    t->bad |= inner->bad;
    const u32 before = intern_count(&pool->template_ids),
              id = intern_add(&pool->template_ids, buf_str(&inner->key));
    template.n_fields = (u32)inner->by_index.n;
    for (size_t i = 0; id == before && i < inner->by_index.n; i++)
        *VEC_PUSH(&pool->fields) = inner->by_index.p[i];
    template.run = taking_end(inner);
    if (id == before)
        *VEC_PUSH(&pool->templates) = template;
    else
        pool->steps.n = template.run.from;
    return id;
}

static struct pool_value take_value(struct taking *t, u8 type, u32 at, u32 n, str field)
{
    struct pool_value value = {.type = type, .n = n, .family = FAMILY_NONE};
    if (type == TYPE_BINXML && n) {
        struct binxml x = binxml_of(t->chunk, at, at + n, false);
        struct taking *const inner = taking_new(t, false);
        take_run(inner, &x);
        t->bad |= inner->bad;
        t->made_up |= inner->made_up;
        const struct pool_run run = taking_end(inner);
        value.nested = true;
        value.at = run.from;
        value.n = run.n;
        return value;
    }
    const u8 *const p = t->chunk->data + at;
    value.at = take_bytes(t, p, n);
    if (field.n &&
        (n || is_asked(t, field))) /* an empty one that nobody asks for is a part of the form */
        value.family = family_of(&t->pool->families, field, type, is_asked(t, field), p, n);
    t->made_up |=
        value.family != FAMILY_NONE && t->pool->families.list.p[value.family].kind == FAMILY_SCRIPT;
    return value;
}

static void take_instance(struct taking *t, struct binxml *x)
{
    struct pool *const pool = t->pool;
    raw(t, t->chunk->data + x->cur.at, 5); /* version, id */
    const struct instance instance = binxml_instance(x);
    const u32 id = x->bad || t->in_definition ? 0 : take_definition(t, instance.definition);
    if (x->bad || t->bad || t->in_definition || instance.n > 1024) {
        t->bad = true;
        return;
    }
    VEC(struct pool_value) values = {0};
    for (u32 i = 0; i < instance.n && !t->bad; i++) {
        const u32 n = load_u16(instance.sizes + 4 * i), at = (u32)x->cur.at;
        const u8 type = instance.sizes[4 * i + 2];
        const struct pool_template *const template = &pool->templates.p[id];
        const str field = i < template->n_fields
                              ? intern_text(&pool->texts, pool->fields.p[template->first_field + i])
                              : STR_NONE;
        t->bad |= !cur_take(&x->cur, n) || type == (TYPE_BINXML | TYPE_ARRAY);
        if (!t->bad) {
            const struct pool_value value = take_value(t, type, at, n, field);
            *VEC_PUSH(&values) = value;
        }
    }
    step(t, STEP_TEMPLATE, id, 0);
    step(t, STEP_VALUES, (u32)pool->values.n, instance.n);
    for (u32 i = 0; i < values.n; i++)
        *VEC_PUSH(&pool->values) = values.p[i];
    VEC_FREE(&values);
}

static void take_token(struct taking *t, struct binxml *x, const struct token *token, u32 start)
{
    const u8 *const p = t->chunk->data + start;
    const bool more = p[0] & TOKEN_MORE;
    char text[160];
    switch (token->kind) {
    case TOKEN_OPEN: {
        const u32 depends = x->has_depends ? 2 : 0;
        raw(t, p, 1 + depends);
        step(t, STEP_SIZE, 0, 0);
        step(t, STEP_NAME, name_of(t, token->name), 0);
        if (more)
            step(t, STEP_SIZE, 0, 0);
        if (t->level < 64)
            latin(binxml_name(t->chunk, token->name), t->element[t->level]);
        t->level++;
        t->attribute[0] = t->data_name[0] = 0;
        if (more)
            t->attribute[0] = '?', t->attribute[1] = 0;
        return;
    }
    case TOKEN_CLOSE_START:
    case TOKEN_CLOSE_EMPTY:
        if (t->attribute[0])
            step(t, STEP_SIZE_END, 0, 0);
        t->attribute[0] = 0;
        raw(t, p, 1);
        if (token->kind == TOKEN_CLOSE_EMPTY) {
            step(t, STEP_SIZE_END, 0, 0);
            t->level -= t->level > 0;
        }
        return;
    case TOKEN_END:
        raw(t, p, 1);
        step(t, STEP_SIZE_END, 0, 0);
        t->level -= t->level > 0;
        t->data_name[0] = 0;
        return;
    case TOKEN_ATTRIBUTE:
    case TOKEN_ENTITY_REF:
    case TOKEN_PI_TARGET:
        raw(t, p, 1);
        step(t, STEP_NAME, name_of(t, token->name), 0);
        if (token->kind == TOKEN_ATTRIBUTE)
            latin(binxml_name(t->chunk, token->name), t->attribute);
        return;
    case TOKEN_VALUE:
        if (token->type == TYPE_STRING && strcmp(t->attribute, "Name") == 0)
            latin((str){(const char *)token->p, token->n}, t->data_name);
        if (token->type == TYPE_STRING && !t->in_definition && token->n &&
            !(t->attribute[0] == 'N' && t->data_name[0])) {
            const str field = field_here(t, text);
            raw(t, p, 2);
            const u32 at = take_bytes(t, token->p, token->n);
            *VEC_PUSH(&t->pool->values) =
                (struct pool_value){.type = TYPE_STRING,
                                    .at = at,
                                    .n = token->n,
                                    .family = family_of(&t->pool->families, field, TYPE_STRING,
                                                        is_asked(t, field), token->p, token->n)};
            step(t, STEP_TEXT, (u32)t->pool->values.n - 1, 1);
            return;
        }
        break;
    case TOKEN_NORMAL_SUB:
    case TOKEN_OPTIONAL_SUB:
        while (t->by_index.n <= token->index && token->index < 1024)
            *VEC_PUSH(&t->by_index) = intern_add(&t->pool->texts, S(""));
        if (token->index < 1024)
            t->by_index.p[token->index] = intern_add(&t->pool->texts, field_here(t, text));
        break;
    default:
        break;
    }
    raw(t, p, (u32)x->cur.at - start);
}

static void take_run(struct taking *t, struct binxml *x)
{
    while (!t->bad) {
        const u32 start = (u32)x->cur.at;
        if (cur_left(&x->cur) == 0)
            break;
        const struct token token = binxml_next(x);
        if (x->bad) {
            t->bad = true;
            break;
        }
        if (token.kind == TOKEN_TEMPLATE) {
            raw(t, t->chunk->data + start, 1);
            take_instance(t, x);
            t->bad |= x->bad != NULL;
            continue;
        }
        if (token.kind == TOKEN_EOF) {
            static const u8 eof = 0;
            raw(t, &eof, 1);
            break;
        }
        take_token(t, x, &token, start);
    }
}

static u32 channel_of(struct pool *pool, str name)
{
    for (u32 i = 0; i < pool->channels.n; i++)
        if (str_eq(pool->channels.p[i].name, name))
            return i;
    *VEC_PUSH(&pool->channels) = (struct pool_channel){.name = arena_str(&pool->arena, name)};
    return (u32)pool->channels.n - 1;
}

struct file {
    struct pool *pool;
    struct judge *judge;
    str data;
};

static void on_event(struct file *file, const struct event *event)
{
    struct pool *const pool = file->pool;
    const u64 in_chunk = (event->off - EVTX_FILE_HEADER) % EVTX_CHUNK;
    const u64 off = event->off - in_chunk;
    if (event->off < EVTX_FILE_HEADER || off + EVTX_CHUNK > file->data.n ||
        memcmp(file->data.p + off, EVTX_CHUNK_SIGNATURE, 8) != 0 || !event->shape->channel.n)
        return;
    const struct evtx_chunk chunk = {
        .data = (const u8 *)file->data.p + off, .n = EVTX_CHUNK, .off = off};
    const u32 from = (u32)in_chunk + EVTX_RECORD_HEADER;
    struct binxml x = binxml_of(&chunk, from, (u32)in_chunk + event->len - 4, false);
    const struct taking base = {.pool = pool,
                                .judge = file->judge,
                                .chunk = &chunk,
                                .event = event,
                                .asked = judge_asked(file->judge, event->shape)};
    struct taking *const t = taking_new(&base, false);
    take_run(t, &x);
    const bool bad = t->bad, made_up = t->made_up;
    const struct pool_run run = taking_end(t);
    if (bad)
        return;
    const u32 channel = channel_of(pool, event->shape->channel);
    pool->channels.p[channel].bytes += event->len;
    *VEC_PUSH(&pool->records) = (struct pool_record){
        .run = run,
        .channel = channel,
        .made_up = made_up,
        .hits = matcher_fast.match(file->judge->matcher, event, file->judge->matched) > 0,
    };
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        on_event(arg, &events[i]);
}

static void on_damage(void *arg, const struct damage *damage)
{
}

void pool_add_file(struct pool *pool, struct judge *judge, str data)
{
    struct arena arena = {0};
    struct file file = {pool, judge, data};
    struct parse_env env = {
        .schema = &judge->schema, .arena = &arena, .sink = {on_events, on_damage, &file}};
    parse_memory(&evtx_parser, data, S("sample"), (size_t)1 << 20, &env);
    parse_env_release(&env);
    arena_release(&arena);
}

void pool_group(struct pool *pool)
{
    for (u32 i = 0; i < pool->records.n; i++) {
        struct pool_channel *const channel = &pool->channels.p[pool->records.p[i].channel];
        if (pool->records.p[i].hits)
            *VEC_PUSH(&channel->hits) = i;
        else
            *VEC_PUSH(&channel->quiet) = i;
    }
}
