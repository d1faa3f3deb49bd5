/* bench_parse FILE…: how fast the reader of each file makes events of it, on one thread, in blocks of LIMIT_BLOCK. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/timex.h"
#include "parse/parse.h"

struct count {
    u64 events, damage;
};

static void count_events(void *arg, const struct event *events, size_t n)
{
    ((struct count *)arg)->events += n;
}

static void count_damage(void *arg, const struct damage *damage)
{
    ((struct count *)arg)->damage++;
}

static str read_whole(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        exit(2);
    const size_t n = (size_t)ftell(f);
    rewind(f);
    char *const p = mem_alloc(n);
    if (fread(p, 1, n, f) != n)
        exit(2);
    fclose(f);
    return (str){p, n};
}

/* As parse_memory, with the arena reset after each block as the engine does. */
static void run(const struct parser *parser, str data, struct parse_env *env)
{
    struct framing framing = {0};
    struct buf context;
    size_t want = MAX(LIMIT_BLOCK, parser->min_block);
    buf_init(&framing.context, LIMIT_RECORD);
    buf_init(&context, LIMIT_RECORD);
    for (size_t at = 0; at < data.n;) {
        const bool eof = want >= data.n - at;
        struct block block = {.off = at, .line = framing.line};
        buf_reset(&context);
        buf_add(&context, buf_str(&framing.context));
        block.context = buf_str(&context);
        memcpy(block.state, framing.state, sizeof block.state);
        const size_t n = parser->cut(&framing, str_sub(data, at, at + want), eof, want >= LIMIT_RECORD);
        want = n ? MAX(LIMIT_BLOCK, parser->min_block) : want * 2;
        if (n == 0)
            continue;
        block.data = str_sub(data, at, at + n);
        at += n;
        block.last = at == data.n;
        parser->parse(&block, env);
        arena_reset(env->arena);
    }
    buf_release(&framing.context);
    buf_release(&context);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const str data = read_whole(argv[i]);
        const struct parser *const parser = parser_for(data, str_from(argv[i]));
        if (!parser) {
            printf("%s: no reader\n", argv[i]);
            continue;
        }
        i64 best = INT64_MAX;
        struct count count = {0};
        for (int turn = 0; turn < 7; turn++) {
            struct intern fields;
            struct schema schema;
            struct arena arena = {0};
            count = (struct count){0};
            fields_init(&fields);
            schema_init(&schema, &fields);
            struct parse_env env = {&schema, &arena, {count_events, count_damage, &count}};
            const i64 start = time_now();
            run(parser, data, &env);
            best = MIN(best, time_now() - start);
            schema_release(&schema);
            intern_release(&fields);
            arena_release(&arena);
        }
        printf("%s: %s, %llu events, %llu damaged, %.1f MB in %.1f ms: %.0f MB/s\n", argv[i], parser->name,
               (unsigned long long)count.events, (unsigned long long)count.damage, (double)data.n / 1e6,
               (double)best / 1e6, (double)data.n * 1e3 / (double)best);
        mem_free((char *)data.p);
    }
    return 0;
}
