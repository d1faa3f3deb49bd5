/* measure_evtx.c: what kind of log is this? Counts in an EVTX file what make_evtx was asked for.
 *
 *   measure_evtx [--rules PATH]… FILE…      one line a file: records, damage, records that a rule
 * matches, and of the values that vary (slots) how many stood in the file before: those that rules
 * look at, and others */
#include <stdio.h>
#include <stdlib.h>

#include "evtx/pool.h"
#include "parse/evtx/evtx.h"
#include "xxhash.h"

struct seen { /* hashes of values */
    u64 *rows;
    size_t n, size;
};

static bool see(struct seen *seen, u64 hash)
{
    hash |= 1;
    if (2 * seen->n >= seen->size) {
        const struct seen old = *seen;
        seen->size = MAX((size_t)1 << 20, old.size * 2);
        seen->rows = mem_calloc(seen->size, sizeof *seen->rows);
        seen->n = 0;
        for (size_t i = 0; i < old.size; i++)
            if (old.rows[i])
                see(seen, old.rows[i]);
        mem_free(old.rows);
    }
    size_t at = (hash >> 1) & (seen->size - 1);
    while (seen->rows[at] && seen->rows[at] != hash)
        at = (at + 1) & (seen->size - 1);
    const bool was = seen->rows[at] == hash;
    seen->n += !was;
    seen->rows[at] = hash;
    return was;
}

struct share {
    u64 values, again, bytes, bytes_again;
};

struct count {
    struct judge *judge;
    struct arena text;
    struct seen seen;
    u64 records, hits, damages, gaps, last;
    struct share share[2];
};

static void count_events(void *arg, const struct event *events, size_t n)
{
    struct count *const c = arg;
    for (size_t i = 0; i < n; i++) {
        const struct event *const e = &events[i];
        c->records++;
        c->gaps += e->record != c->last + 1;
        c->last = e->record;
        c->hits += matcher_fast.match(c->judge->matcher, e, c->judge->matched) > 0;
        const bool *const asked = judge_asked(c->judge, e->shape);
        for (u32 k = 0; k < e->shape->n_fields; k++) {
            if (e->shape->fields[k].slot < 0)
                continue;
            const struct value v = e->slots[e->shape->fields[k].slot];
            arena_reset(&c->text);
            const str text = value_is_text(v) || v.type == VALUE_BINARY || v.type == VALUE_SID
                                 ? (str){v.p, v.n}
                                 : value_text(v, &c->text);
            const bool again =
                see(&c->seen, XXH3_64bits_withSeed(text.n ? text.p : "", text.n,
                                                   (u64)e->shape->fields[k].field << 8 | v.type));
            struct share *const s = &c->share[!asked[k]];
            s->values++;
            s->bytes += text.n;
            s->again += again;
            s->bytes_again += again ? text.n : 0;
        }
    }
}

static void count_damage(void *arg, const struct damage *damage)
{
    ((struct count *)arg)->damages++;
}

static double percent(u64 part, u64 all)
{
    return all ? 100.0 * (double)part / (double)all : 0;
}

static void measure(struct judge *judge, const char *path)
{
    struct count *const c = mem_calloc(1, sizeof *c);
    struct arena arena = {0};
    c->judge = judge;
    FILE *const f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    struct parse_env env = {
        .schema = &judge->schema, .arena = &arena, .sink = {count_events, count_damage, c}};
    enum { PIECE = 256 * EVTX_CHUNK };
    char *const p = mem_alloc(PIECE);
    struct block block = {.name = S("measured")};
    for (size_t n, want = EVTX_FILE_HEADER + 16 * EVTX_CHUNK; (n = fread(p, 1, want, f)) > 0;
         want = PIECE) {
        block.data = (str){p, n};
        evtx_parser.parse(&block, &env);
        arena_reset(&arena);
        block.off += n;
        block.state[0] = 1;
    }
    const struct share *const s = c->share;
    printf("%s: %.0f MB, %llu records (%.0f bytes each), damage %llu, gaps in their numbers %llu, "
           "records that hit %.2f %%\n",
           path, (double)block.off / 1e6, (unsigned long long)c->records,
           (double)block.off / (double)MAX(c->records, 1), (unsigned long long)c->damages,
           (unsigned long long)c->gaps, percent(c->hits, c->records));
    printf("  needed values: %.1f a record, %.0f bytes, seen before %.2f %% (of their bytes %.1f "
           "%%); others: %.1f a record, %.0f bytes, seen before %.2f %% (%.1f %%)\n",
           (double)s[0].values / (double)MAX(c->records, 1),
           (double)s[0].bytes / (double)MAX(s[0].values, 1), percent(s[0].again, s[0].values),
           percent(s[0].bytes_again, s[0].bytes), (double)s[1].values / (double)MAX(c->records, 1),
           (double)s[1].bytes / (double)MAX(s[1].values, 1), percent(s[1].again, s[1].values),
           percent(s[1].bytes_again, s[1].bytes));
    fclose(f);
    mem_free(p);
    mem_free(c->seen.rows);
    parse_env_release(&env);
    arena_release(&arena);
    arena_release(&c->text);
    mem_free(c);
}

int main(int argc, char **argv)
{
    VEC(const char *) rules = {0};
    struct judge judge;
    int at = 1;
    for (; at + 1 < argc && str_eq(str_from(argv[at]), S("--rules")); at += 2)
        *VEC_PUSH(&rules) = argv[at + 1];
    judge_open(&judge, rules.p, (u32)rules.n);
    for (; at < argc; at++)
        measure(&judge, argv[at]);
    judge_close(&judge);
    VEC_FREE(&rules);
}
