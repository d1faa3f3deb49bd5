/* make_evtx.c: a large event log for benchmarks, of records like those in sample logs but with
 * other values, the same for the same seed, samples and rules.
 *
 *   make_evtx [options] -o FILE SAMPLE…      samples are EVTX files and folders of them
 *     --kind mixed|security|sysmon|powershell   which channels (mixed: all, by their share of the
 * samples' bytes, a chunk each)
 *     --size MB                                 (1000)
 *     --seed N                                  (1)
 *     --rules PATH                              Sigma rules; may be given again: which fields are
 * needed, which records hit
 *     --seen SHARE   --seen-other SHARE         of needed and of other values that stood in the log
 * before (0.94, 0.80)
 *     --hits SHARE|native                       of records that a rule matches; native: as often as
 * in the samples (0.005)
 *
 * Prints what it wrote; measure_evtx counts it again in the file. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/write.h"
#include "parse/evtx/evtx.h"

struct wanted {
    const char *kind, *out;
    double megabytes, seen, seen_other, hits; /* hits < 0: native */
    u64 seed;
    VEC(const char *) rules, samples;
};

static NORETURN void fail(const char *what, const char *about)
{
    fprintf(stderr, "make_evtx: %s%s%s\n", what, about ? ": " : "", about ? about : "");
    exit(2);
}

/* ---- samples ---- */

static VEC(char *) files;

static int see_file(const char *path, const struct stat *stat, int type, struct FTW *at)
{
    if (type == FTW_F && str_iends(str_from(path), S(".evtx")))
        *VEC_PUSH(&files) = strdup(path);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static str read_file(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (!f)
        fail(strerror(errno), path);
    fseek(f, 0, SEEK_END);
    const size_t n = (size_t)ftell(f);
    rewind(f);
    char *const p = mem_alloc(n);
    const str data = {p, fread(p, 1, n, f)};
    fclose(f);
    return data;
}

static void read_samples(const struct wanted *wanted, struct pool *pool, struct judge *judge)
{
    for (size_t i = 0; i < wanted->samples.n; i++)
        if (nftw(wanted->samples.p[i], see_file, 16, FTW_PHYS) != 0)
            fail(strerror(errno), wanted->samples.p[i]);
    if (!files.n)
        fail("no samples", NULL);
    qsort(files.p, files.n, sizeof *files.p, by_text);
    VEC_EACH (&files, path) {
        const str data = read_file(*path);
        pool_add_file(pool, judge, data);
        mem_free((void *)data.p);
        mem_free(*path);
    }
    VEC_FREE(&files);
}

/* ---- trial: each record is written some times with other values, and must be read and judged as
 * hoped ---- */

enum { TRIALS = 12 };

struct trial {
    struct judge *judge;
    u32 events, hits, damages;
};

static void trial_events(void *arg, const struct event *events, size_t n)
{
    struct trial *const t = arg;
    for (size_t i = 0; i < n; i++) {
        t->events++;
        t->hits += matcher_fast.match(t->judge->matcher, &events[i], t->judge->matched) > 0;
    }
}

static void trial_damage(void *arg, const struct damage *damage)
{
    ((struct trial *)arg)->damages++;
}

static bool takes_part(const struct wanted *wanted, str channel)
{
    if (strcmp(wanted->kind, "security") == 0)
        return str_eq(channel, S("Security"));
    if (strcmp(wanted->kind, "sysmon") == 0)
        return str_eq(channel, S("Microsoft-Windows-Sysmon/Operational"));
    if (strcmp(wanted->kind, "powershell") == 0)
        return str_eq(channel, S("Microsoft-Windows-PowerShell/Operational"));
    return true;
}

static void try_records(const struct wanted *wanted, struct pool *pool, struct judge *judge)
{
    struct writer *const w = mem_calloc(1, sizeof *w);
    struct arena arena = {0};
    struct trial t = {.judge = judge};
    struct parse_env env = {
        .schema = &judge->schema, .arena = &arena, .sink = {trial_events, trial_damage, &t}};
    u32 unusable = 0, loud = 0;
    size_t kept = 0;
    writer_init(w, pool, wanted->seed ^ 1, 0.0, 0.0);
    for (size_t i = 0; i < pool->records.n; i++) {
        struct pool_record *const record = &pool->records.p[i];
        u32 wrote = 0;
        if (!takes_part(wanted, pool->channels.p[record->channel].name))
            continue;
        w->needed.chance = w->other.chance = 1;
        w->needed.turn_values = w->other.turn_values = 0;
        writer_begin_chunk(w);
        while (wrote < TRIALS && writer_record(w, record, false))
            wrote++;
        writer_end_chunk(w);
        t.events = t.hits = t.damages = 0;
        parse_memory(&evtx_parser, (str){(const char *)w->chunk, EVTX_CHUNK}, S("trial"),
                     EVTX_CHUNK, &env);
        arena_reset(&arena);
        if (t.damages || t.events != wrote || !wrote) {
            unusable++;
            continue;
        }
        if (t.hits && !record->hits)
            loud++, record->hits = true;
        else if (record->made_up)
            record->hits = t.hits > 0;
        pool->records.p[kept++] = *record;
    }
    pool->records.n = kept;
    printf("samples: %zu records, %u left out as unusable, %u that hit with other values\n", kept,
           unusable, loud);
    VEC_EACH (&pool->families.list, family)
        family->made = 0;
    parse_env_release(&env);
    arena_release(&arena);
    writer_release(w);
    mem_free(w);
}

/* ---- the log ---- */

static const struct pool_channel *choose_channel(const struct pool *pool, struct dice *dice)
{
    u64 all = 0;
    VEC_EACH (&pool->channels, c)
        all += c->quiet.n ? c->bytes : 0;
    if (!all)
        fail("no records of this kind among the samples that no rule matches", NULL);
    u64 at = roll(dice) % all;
    VEC_EACH (&pool->channels, c) {
        const u64 n = c->quiet.n ? c->bytes : 0;
        if (at < n)
            return c;
        at -= n;
    }
    return NULL;
}

static bool write_one(struct writer *w, const struct pool_channel *channel, double hits)
{
    const struct pool *const pool = w->pool;
    const size_t n = channel->quiet.n + channel->hits.n;
    const double share = hits < 0 ? (double)channel->hits.n / (double)n : hits;
    if (channel->hits.n && roll_unit(&w->dice) < share)
        return writer_record(w, &pool->records.p[channel->hits.p[roll(&w->dice) % channel->hits.n]],
                             true);
    return writer_record(w, &pool->records.p[channel->quiet.p[roll(&w->dice) % channel->quiet.n]],
                         false);
}

static void write_log(const struct wanted *wanted, struct pool *pool)
{
    struct writer *const w = mem_calloc(1, sizeof *w);
    FILE *const out = fopen(wanted->out, "wb");
    u8 header[EVTX_FILE_HEADER] = {0};
    const u64 chunks = (u64)MAX(wanted->megabytes * 1e6 / EVTX_CHUNK, 1);
    u64 used = 0;
    if (!out || fwrite(header, sizeof header, 1, out) != 1)
        fail(strerror(errno), wanted->out);
    writer_init(w, pool, wanted->seed, wanted->seen, wanted->seen_other);
    for (u64 i = 0; i < chunks; i++) {
        const struct pool_channel *const channel = choose_channel(pool, &w->dice);
        writer_begin_chunk(w);
        for (u32 failed = 0; failed < 6;) /* the last ones are small enough, as in a real log */
            failed = write_one(w, channel, wanted->hits) ? 0 : failed + 1;
        writer_end_chunk(w);
        used += w->n;
        if (fwrite(w->chunk, EVTX_CHUNK, 1, out) != 1)
            fail(strerror(errno), wanted->out);
    }
    write_file_header(header, chunks, w->now.record);
    rewind(out);
    if (fwrite(header, sizeof header, 1, out) != 1 || fclose(out) != 0)
        fail(strerror(errno), wanted->out);
    printf("wrote: %llu chunks, %.1f %% full, %llu records; new values: needed %.2f %%, other %.2f "
           "%%\n",
           (unsigned long long)chunks, 100.0 * (double)used / (double)(chunks * EVTX_CHUNK),
           (unsigned long long)w->now.record - 1,
           100.0 * (double)w->needed.fresh / (double)MAX(w->needed.values, 1),
           100.0 * (double)w->other.fresh / (double)MAX(w->other.values, 1));
    writer_release(w);
    mem_free(w);
}

static double share(const char *text)
{
    char *end;
    const double d = strtod(text, &end);
    if (*end || end == text || d < 0)
        fail("not a number", text);
    return d;
}

int main(int argc, char **argv)
{
    struct wanted wanted = {.kind = "mixed",
                            .megabytes = 1000,
                            .seen = 0.94,
                            .seen_other = 0.80,
                            .hits = 0.005,
                            .seed = 1};
    for (int i = 1; i < argc; i++) {
        const char *const arg = argv[i], *const next = i + 1 < argc ? argv[i + 1] : NULL;
        if (arg[0] != '-') {
            *VEC_PUSH(&wanted.samples) = arg;
            continue;
        }
        if (!next)
            fail("this option needs a value", arg);
        i++;
        if (strcmp(arg, "-o") == 0)
            wanted.out = next;
        else if (strcmp(arg, "--kind") == 0)
            wanted.kind = next;
        else if (strcmp(arg, "--size") == 0)
            wanted.megabytes = share(next);
        else if (strcmp(arg, "--seed") == 0)
            wanted.seed = (u64)share(next);
        else if (strcmp(arg, "--rules") == 0)
            *VEC_PUSH(&wanted.rules) = next;
        else if (strcmp(arg, "--seen") == 0)
            wanted.seen = share(next);
        else if (strcmp(arg, "--seen-other") == 0)
            wanted.seen_other = share(next);
        else if (strcmp(arg, "--hits") == 0)
            wanted.hits = strcmp(next, "native") == 0 ? -1 : share(next);
        else
            fail("unknown option", arg);
    }
    if (!wanted.out || !wanted.samples.n)
        fail("usage: make_evtx [options] -o FILE SAMPLE… (the options are told in the source)",
             NULL);
    struct judge judge;
    struct pool pool;
    judge_open(&judge, wanted.rules.p, (u32)wanted.rules.n);
    pool_init(&pool);
    read_samples(&wanted, &pool, &judge);
    try_records(&wanted, &pool, &judge);
    pool_group(&pool);
    write_log(&wanted, &pool);
    pool_release(&pool);
    judge_close(&judge);
    VEC_FREE(&wanted.rules);
    VEC_FREE(&wanted.samples);
}
