/* bench_literal RULES EVIDENCE…: two ways to find a field's literals in its values, on the literals
 * and values that real rules and evidence have: fast_literal.h's needles, and one Vectorscan
 * literal database a field. For each of the fields with the most literals: build time, and CPU time
 * over its distinct values, best of several turns. Both must find the same. */
#include <hs.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evidence/evidence.h"
#include "parse/parse.h"
#include "rule/match/fast_literal.h"
#include "rule/match/fast_pattern.h"
#include "rule/ruleset.h"

#define TURNS 7

struct field_data {
    str name;
    u32 id;
    struct intern literals, values; /* folded */
    u64 bytes;
};

struct bench {
    struct ruleset *set;
    struct arena arena;
    const struct fast_fold *fold;
    struct field_data *fields; /* by id of the rule set */
    struct schema schema;
    struct buf bytes;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void take_item(struct bench *b, const struct sigma_item *item)
{
    bool contains = false;
    for (u32 i = 0; i < item->n_modifiers; i++)
        contains |= str_eq(item->modifiers[i], S("contains"));
    const u32 id = intern_find(&b->set->fields, item->field);
    if (!contains || id == INTERN_NONE)
        return;
    for (u32 i = 0; i < item->n_values; i++) {
        struct fast_tokens tokens = fast_tokens_read(item->values[i].text, &b->arena);
        fast_tokens_contains(&tokens, &b->arena);
        const struct fast_pattern p = fast_pattern_make(&tokens, b->fold, &b->arena);
        if (p.shape == SHAPE_CONTAINS)
            intern_add(&b->fields[id].literals, p.literal);
    }
}

static void take_rules(struct bench *b)
{
    const u32 n = intern_count(&b->set->fields);
    b->fields = mem_calloc(n, sizeof *b->fields);
    for (u32 i = 0; i < n; i++) {
        b->fields[i] = (struct field_data){.name = intern_text(&b->set->fields, i), .id = i};
        intern_init(&b->fields[i].literals, NULL);
        intern_init(&b->fields[i].values, NULL);
    }
    for (u32 r = 0; r < b->set->n_rules; r++)
        for (u32 s = 0; s < b->set->rules[r]->n_selections; s++)
            for (u32 g = 0; g < b->set->rules[r]->selections[s].n_groups; g++)
                for (u32 i = 0; i < b->set->rules[r]->selections[s].groups[g].n_items; i++)
                    take_item(b, &b->set->rules[r]->selections[s].groups[g].items[i]);
}

static void take_events(void *arg, const struct event *events, size_t n)
{
    struct bench *const b = arg;
    for (size_t e = 0; e < n; e++)
        for (u32 i = 0; i < events[e].shape->n_fields; i++) {
            const u32 id = events[e].shape->fields[i].field;
            const struct value v = event_at(&events[e], i);
            if (id >= intern_count(&b->set->fields) || !value_is_text(v))
                continue;
            struct arena scratch = {0};
            const u32 before = intern_count(&b->fields[id].values);
            const str text = fast_text_of(b->fold, v, &scratch).folded;
            if (intern_add(&b->fields[id].values, text) == before)
                b->fields[id].bytes += text.n;
            arena_release(&scratch);
        }
}

static void drop_damage(void *arg, const struct damage *damage)
{
}

static enum status open_source(void *arg, const struct source_info *info, str head, void **cookie)
{
    buf_reset(&((struct bench *)arg)->bytes);
    *cookie = (void *)parser_for(head, info->name);
    return *cookie ? OK : END;
}

static enum status take_bytes(void *arg, void *cookie, str bytes)
{
    buf_add(&((struct bench *)arg)->bytes, bytes);
    return OK;
}

static enum status close_source(void *arg, void *cookie, const struct source_result *result)
{
    struct bench *const b = arg;
    struct arena arena = {0};
    struct parse_env env = {
        .schema = &b->schema, .arena = &arena, .sink = {take_events, drop_damage, b}};
    parse_memory(cookie, buf_str(&b->bytes), S("bench"), LIMIT_BLOCK, &env);
    parse_env_release(&env);
    arena_release(&arena);
    return OK;
}

static void bench_needles(const struct field_data *f)
{
    struct arena arena = {0};
    struct fast_found found;
    const u32 n = intern_count(&f->literals);
    struct fast_literal *const literals = mem_calloc(n, sizeof *literals);
    for (u32 i = 0; i < n; i++)
        literals[i] = (struct fast_literal){intern_text(&f->literals, i), i};
    const double start = cpu_seconds();
    const struct fast_needles *const set = fast_needles_new(literals, n, &arena);
    const double built = cpu_seconds() - start;
    double best = 1e9;
    u64 hits = 0;
    fast_found_init(&found, n);
    for (int turn = 0; turn < TURNS; turn++) {
        const double begin = cpu_seconds();
        hits = 0;
        for (u32 v = 0; v < intern_count(&f->values); v++) {
            fast_found_start(&found);
            fast_needles_find(set, intern_text(&f->values, v), &found);
            hits += found.ids.n;
        }
        best = MIN(best, cpu_seconds() - begin);
    }
    printf("  needles     build %7.1f ms  %8.1f MB/s  %7.0f ns/value  hits %" PRIu64 "\n",
           built * 1e3, (double)f->bytes / best / 1e6, best * 1e9 / intern_count(&f->values), hits);
    fast_found_release(&found);
    mem_free(literals);
    arena_release(&arena);
}

static int count_match(unsigned int id, unsigned long long from, unsigned long long to,
                       unsigned int flags, void *arg)
{
    fast_found_add(arg, id);
    return 0;
}

static void bench_vectorscan(const struct field_data *f)
{
    const u32 n = intern_count(&f->literals);
    const char **const texts = mem_calloc(n, sizeof *texts);
    size_t *const sizes = mem_calloc(n, sizeof *sizes);
    unsigned *const ids = mem_calloc(n, sizeof *ids), *const flags = mem_calloc(n, sizeof *flags);
    for (u32 i = 0; i < n; i++) {
        texts[i] = intern_text(&f->literals, i).p;
        sizes[i] = intern_text(&f->literals, i).n;
        ids[i] = i;
        flags[i] = HS_FLAG_SINGLEMATCH;
    }
    hs_database_t *db = NULL;
    hs_scratch_t *scratch = NULL;
    hs_compile_error_t *error = NULL;
    const double start = cpu_seconds();
    if (hs_compile_lit_multi(texts, flags, ids, sizes, n, HS_MODE_BLOCK, NULL, &db, &error) !=
            HS_SUCCESS ||
        hs_alloc_scratch(db, &scratch) != HS_SUCCESS) {
        printf("  vectorscan  %s\n", error ? error->message : "no scratch");
        return;
    }
    const double built = cpu_seconds() - start;
    struct fast_found found;
    double best = 1e9;
    u64 hits = 0;
    fast_found_init(&found, n);
    for (int turn = 0; turn < TURNS; turn++) {
        const double begin = cpu_seconds();
        hits = 0;
        for (u32 v = 0; v < intern_count(&f->values); v++) {
            const str text = intern_text(&f->values, v);
            fast_found_start(&found);
            hs_scan(db, text.p, (unsigned)text.n, 0, scratch, count_match, &found);
            hits += found.ids.n;
        }
        best = MIN(best, cpu_seconds() - begin);
    }
    printf("  vectorscan  build %7.1f ms  %8.1f MB/s  %7.0f ns/value  hits %" PRIu64 "\n",
           built * 1e3, (double)f->bytes / best / 1e6, best * 1e9 / intern_count(&f->values), hits);
    fast_found_release(&found);
    hs_free_scratch(scratch);
    hs_free_database(db);
    mem_free(texts);
    mem_free(sizes);
    mem_free(ids);
    mem_free(flags);
}

static int by_literals(const void *a, const void *b)
{
    const u32 x = intern_count(&((const struct field_data *)a)->literals),
              y = intern_count(&((const struct field_data *)b)->literals);
    return x > y ? -1 : x < y;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct err err = {0};
    const struct ruleset_source source = {.paths = (const char *const *)argv + 1, .n_paths = 1};
    if (argc < 3 || ruleset_load(&source, &b.set, &err) != OK)
        return fprintf(stderr, "bench_literal: %s\n", argc < 3 ? "RULES EVIDENCE…" : err.msg), 2;
    b.fold = fast_fold_new(&b.arena);
    schema_init(&b.schema, &b.set->fields);
    buf_init(&b.bytes, (size_t)1 << 30);
    take_rules(&b);
    const struct evidence_visitor visitor = {
        .open = open_source, .data = take_bytes, .close = close_source, .arg = &b};
    if (evidence_read((const char *const *)argv + 2, (size_t)(argc - 2), NULL, &visitor, &err) !=
        OK)
        return fprintf(stderr, "bench_literal: %s\n", err.msg), 2;
    qsort(b.fields, intern_count(&b.set->fields), sizeof *b.fields, by_literals);
    for (u32 i = 0, shown = 0; i < intern_count(&b.set->fields) && shown < 10; i++) {
        const struct field_data *const f = &b.fields[i];
        if (intern_count(&f->literals) == 0 || intern_count(&f->values) < 20)
            continue;
        shown++;
        printf("%.*s: %u literals, %u distinct values, %.0f KB\n", STR_ARG(f->name),
               intern_count(&f->literals), intern_count(&f->values), (double)f->bytes / 1e3);
        bench_needles(f);
        bench_vectorscan(f);
    }
    return 0; /* the process ends: nothing is given back */
}
