#include "agree.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evidence/evidence.h"
#include "parse/parse.h"

#define SHOWN 10 /* differences printed */

static const struct matcher_ops *const sides[2] = {&matcher_plain, &matcher_fast};

void agree_init(struct agree *agree, const struct ruleset *set)
{
    *agree = (struct agree){.set = set, .every = 1};
    schema_init(&agree->schema, &set->fields);
    for (int s = 0; s < 2; s++) {
        agree->compiled[s] = sides[s]->compile(set);
        agree->matchers[s] = sides[s]->open(agree->compiled[s], &agree->schema, 1);
        agree->out[s] = mem_calloc((size_t)set->n_rules + 1, sizeof(u32));
    }
    agree->seen = mem_calloc((size_t)set->n_rules + 1, sizeof *agree->seen);
}

void agree_release(struct agree *agree)
{
    for (int s = 0; s < 2; s++) {
        sides[s]->close(agree->matchers[s]);
        sides[s]->free(agree->compiled[s]);
        mem_free(agree->out[s]);
    }
    mem_free(agree->seen);
    schema_release(&agree->schema);
}

bool agree_holds(const struct agree *agree)
{
    return agree->differences == 0 && agree->events[0] == agree->events[1];
}

u32 agree_rules_seen(const struct agree *agree)
{
    u32 n = 0;
    for (u32 i = 0; i < agree->set->n_rules; i++)
        n += agree->seen[i];
    return n;
}

static void print_value(struct value v, struct arena *arena)
{
    if (v.type == VALUE_ARRAY) {
        fputs("[", stderr);
        for (u32 i = 0; i < v.n; i++)
            print_value(v.items[i], arena);
        fputs("]", stderr);
        return;
    }
    fprintf(stderr, "%d:\"%.*s\"", v.type, STR_ARG(value_text(v, arena)));
}

static void print_difference(const struct agree *agree, const struct event *event, u32 rule,
                             bool plain)
{
    struct arena arena = {0};
    const struct sigma_rule *const r = agree->set->rules[rule];
    fprintf(stderr, "agree: %s says yes alone: rule %.*s (%.*s), event of shape %u",
            plain ? "plain" : "fast", STR_ARG(r->id), STR_ARG(r->file), event->shape->id);
    for (u32 i = 0; i < event->shape->n_fields; i++) {
        fprintf(stderr, " %.*s=",
                STR_ARG(intern_text(&agree->schema.fields, event->shape->fields[i].field)));
        print_value(event_at(event, i), &arena);
    }
    fputs("\n", stderr);
    arena_release(&arena);
}

/* Both lists ascend; what is in one alone is a difference. */
static void compare(struct agree *agree, const struct event *event, const u32 n[2])
{
    u32 i[2] = {0};
    while (i[0] < n[0] || i[1] < n[1]) {
        const u32 plain = i[0] < n[0] ? agree->out[0][i[0]] : UINT32_MAX;
        const u32 fast = i[1] < n[1] ? agree->out[1][i[1]] : UINT32_MAX;
        if (plain != fast && agree->differences == 0)
            agree->differing = MIN(plain, fast);
        if (plain != fast && agree->differences++ < SHOWN)
            print_difference(agree, event, MIN(plain, fast), plain < fast);
        i[0] += plain <= fast;
        i[1] += fast <= plain;
    }
}

static bool is_dropped(size_t i, size_t n)
{
#ifdef FAST_DROP_LAST /* a mistake made on purpose: the comparison must see it */
    return i + 1 == n;
#else
    (void)i, (void)n;
    return false;
#endif
}

void agree_batch(struct agree *agree, const struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        u32 found[2] = {0};
        if (++agree->turn % agree->every)
            continue;
        found[0] = matcher_plain.match(agree->matchers[0], &events[i], agree->out[0]);
        agree->events[0]++;
        if (!is_dropped(i, n)) {
            found[1] = matcher_fast.match(agree->matchers[1], &events[i], agree->out[1]);
            agree->events[1]++;
        }
        agree->hits += found[0];
        agree->matching_events += found[0] > 0;
        for (u32 k = 0; k < found[0]; k++)
            agree->seen[agree->out[0][k]] = true;
        compare(agree, &events[i], found);
    }
}

/* ------------------------------------------------------------------ evidence */

struct reading {
    struct agree *agree;
    VEC(struct ruleset_text) texts; /* of rules */
    struct arena arena;
    struct buf bytes;
    bool rules;
};

static enum status open_source(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct reading *const r = arg;
    if (r->rules ? !str_ends(info->name, S(".yml")) : !parser_for(head, info->name))
        return END;
    *cookie = (void *)arena_str(&r->arena, info->name).p;
    buf_reset(&r->bytes);
    return OK;
}

static enum status take_bytes(void *arg, void *cookie, str bytes)
{
    struct reading *const r = arg;
    buf_add(&r->bytes, bytes);
    return r->bytes.full ? END : OK;
}

static void take_events(void *arg, const struct event *events, size_t n)
{
    agree_batch(arg, events, n);
}

static void take_damage(void *arg, const struct damage *damage)
{
}

static enum status close_source(void *arg, void *cookie, const struct source_result *result)
{
    struct reading *const r = arg;
    const str name = str_from(cookie), data = buf_str(&r->bytes);
    if (r->rules) {
        *VEC_PUSH(&r->texts) = (struct ruleset_text){name, arena_str(&r->arena, data)};
        return OK;
    }
    struct arena arena = {0};
    struct parse_env env = {
        .schema = &r->agree->schema, .arena = &arena, .sink = {take_events, take_damage, r->agree}};
    parse_memory(parser_for(str_sub(data, 0, PARSE_HEAD), name), data, name, LIMIT_BLOCK, &env);
    parse_env_release(&env);
    arena_release(&arena);
    return OK;
}

static void read_all(struct reading *r, const char *path)
{
    const struct evidence_visitor visitor = {
        .open = open_source, .data = take_bytes, .close = close_source, .arg = r};
    struct err err = {0};
    buf_init(&r->bytes, (size_t)1 << 30);
    if (evidence_read(&path, 1, NULL, &visitor, &err) != OK) {
        fprintf(stderr, "agree: %s: %s\n", path, err.msg);
        exit(2);
    }
    buf_release(&r->bytes);
}

struct ruleset *agree_load_rules(const char *path, bool in_region)
{
    struct reading r = {.rules = true};
    struct ruleset *set;
    struct err err = {0};
    read_all(&r, path);
    const struct ruleset_source source = {
        .texts = r.texts.p, .n_texts = (u32)r.texts.n, .in_region = in_region};
    if (ruleset_load(&source, &set, &err) != OK) {
        fprintf(stderr, "agree: %s: %s\n", path, err.msg);
        exit(2);
    }
    VEC_FREE(&r.texts);
    arena_release(&r.arena);
    return set;
}

void agree_evidence(struct agree *agree, const char *path, u32 every)
{
    struct reading r = {.agree = agree};
    agree->every = every;
    read_all(&r, path);
    arena_release(&r.arena);
}
