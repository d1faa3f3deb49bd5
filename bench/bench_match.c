/* bench_match [-p] [-x N] RULES EVIDENCE…: how long the rules take to load and to compile, and how
 * many events a second each matcher does, in CPU time of one thread. Events are read first and
 * copied; the matching alone is timed: "cold" with a new matcher, which also has to make its plans,
 * "warm" when it has seen every value before. The best of N turns is shown. -p: the plain matcher
 * too (once, cold). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evidence/evidence.h"
#include "parse/parse.h"
#include "rule/match/match.h"

/* All events of the evidence, with what they point to. */
struct store {
    struct schema schema;
    struct arena arena;
    VEC(struct event) events;
    struct buf bytes;
    u64 value_bytes;
};

static struct value copy_value(struct store *s, struct value v)
{
    if (v.type == VALUE_ARRAY) {
        struct value *const items = ARENA_ARRAY(&s->arena, struct value, v.n);
        for (u32 i = 0; i < v.n; i++)
            items[i] = copy_value(s, v.items[i]);
        v.items = items;
    } else if (value_is_text(v) || v.type == VALUE_SID || v.type == VALUE_BINARY) {
        v.p = arena_str(&s->arena, (str){v.p, v.n}).p;
        s->value_bytes += v.n;
    } else if (v.type == VALUE_GUID || v.type == VALUE_SYSTEMTIME) {
        v.p = arena_str(&s->arena, (str){v.p, 16}).p;
        s->value_bytes += 16;
    } else {
        s->value_bytes += 8;
    }
    return v;
}

static void keep_events(void *arg, const struct event *events, size_t n)
{
    struct store *const s = arg;
    for (size_t i = 0; i < n; i++) {
        struct value *const slots = ARENA_ARRAY(&s->arena, struct value, events[i].shape->n_slots);
        for (u32 k = 0; k < events[i].shape->n_slots; k++)
            slots[k] = copy_value(s, events[i].slots[k]);
        struct event *const event = VEC_PUSH(&s->events);
        *event = events[i];
        event->slots = slots;
        event->raw = STR_NONE;
    }
}

static void drop_damage(void *arg, const struct damage *damage)
{
}

static enum status open_source(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct store *const s = arg;
    buf_reset(&s->bytes);
    *cookie = (void *)parser_for(head, info->name);
    return *cookie ? OK : END;
}

static enum status take_bytes(void *arg, void *cookie, str bytes)
{
    buf_add(&((struct store *)arg)->bytes, bytes);
    return OK;
}

static enum status close_source(void *arg, void *cookie, const struct source_result *result)
{
    struct store *const s = arg;
    struct arena arena = {0};
    struct parse_env env = {
        .schema = &s->schema, .arena = &arena, .sink = {keep_events, drop_damage, s}};
    parse_memory(cookie, buf_str(&s->bytes), S("bench"), LIMIT_BLOCK, &env);
    parse_env_release(&env);
    arena_release(&arena);
    return OK;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static u64 pass(const struct matcher_ops *ops, void *matcher, const struct store *s, u32 *out)
{
    u64 hits = 0;
    for (size_t i = 0; i < s->events.n; i++)
        hits += ops->match(matcher, &s->events.p[i], out);
    return hits;
}

static void show(const char *name, const char *what, const struct store *s, double seconds,
                 u64 hits)
{
    printf("%-5s %-6s %9.0f events/s %8.1f MB/s of values %8.2f ms, hits %" PRIu64 "\n", name, what,
           (double)s->events.n / seconds, (double)s->value_bytes / seconds / 1e6, seconds * 1e3,
           hits);
}

static void run(const struct matcher_ops *ops, const struct ruleset *set, const struct store *s,
                int turns)
{
    u32 *const out = mem_calloc((size_t)set->n_rules + 1, sizeof *out);
    double start = cpu_seconds(), best[2] = {1e9, 1e9};
    u64 hits = 0;
    const void *const compiled = ops->compile(set);
    printf("%-5s compile_ms %.1f\n", ops->name, (cpu_seconds() - start) * 1e3);
    for (int i = 0; i < turns; i++) {
        void *const matcher = ops->open(compiled, &s->schema, 1);
        for (int warm = 0; warm < 2 && (turns > 1 || !warm); warm++) {
            start = cpu_seconds();
            hits = pass(ops, matcher, s, out);
            best[warm] = MIN(best[warm], cpu_seconds() - start);
        }
        ops->close(matcher);
    }
    show(ops->name, "cold", s, best[0], hits);
    if (turns > 1)
        show(ops->name, "warm", s, best[1], hits);
    ops->free(compiled);
    mem_free(out);
}

int main(int argc, char **argv)
{
    int at = 1, turns = 5;
    bool plain = false;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "-p") == 0)
            plain = true;
        else if (strcmp(argv[at], "-x") == 0 && at + 1 < argc)
            turns = (int)strtol(argv[++at], NULL, 10);
    }
    if (argc - at < 2)
        return fprintf(stderr, "usage: bench_match [-p] [-x N] RULES EVIDENCE…\n"), 2;
    const char *const rules = argv[at];
    const struct ruleset_source source = {.paths = &rules, .n_paths = 1};
    struct ruleset *set;
    struct err err = {0};
    const double start = cpu_seconds();
    if (ruleset_load(&source, &set, &err) != OK)
        return fprintf(stderr, "bench_match: %s\n", err.msg), 2;
    printf("load_ms %.1f\nrules %u\n", (cpu_seconds() - start) * 1e3, set->n_rules);
    struct store store = {0};
    const struct evidence_visitor visitor = {
        .open = open_source, .data = take_bytes, .close = close_source, .arg = &store};
    schema_init(&store.schema, &set->fields);
    buf_init(&store.bytes, (size_t)1 << 30);
    if (evidence_read((const char *const *)argv + at + 1, (size_t)(argc - at - 1), NULL, &visitor,
                      &err) != OK)
        return fprintf(stderr, "bench_match: %s\n", err.msg), 2;
    printf("events %zu, shapes %u, values %.1f MB\n", store.events.n, store.schema.n_shapes,
           (double)store.value_bytes / 1e6);
    run(&matcher_fast, set, &store, turns);
    if (plain)
        run(&matcher_plain, set, &store, 1);
    buf_release(&store.bytes);
    VEC_FREE(&store.events);
    schema_release(&store.schema);
    arena_release(&store.arena);
    ruleset_free(set);
    return 0;
}
