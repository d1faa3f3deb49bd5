/* bench_ruleset PATH…: how long it takes to load the rules, and what came of it. With -v every
 * reject and lint. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timex.h"
#include "rule/ruleset.h"

int main(int argc, char **argv)
{
    const bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    const struct ruleset_source source = {.paths = (const char *const *)argv + 1 + verbose,
                                          .n_paths = (u32)(argc - 1 - verbose),
                                          .builtin = true};
    struct ruleset *set;
    struct err err = {0};
    const i64 start = time_now();
    if (ruleset_load(&source, &set, &err) != OK) {
        fprintf(stderr, "bench_ruleset: %s (line %u)\n", err.msg, err.line);
        return 2;
    }
    const i64 end = time_now();
    for (u32 i = 0; verbose && i < set->n_rejected; i++)
        printf("reject\t%.*s:%u:%u\t%.*s\n", STR_ARG(set->rejected[i].file), set->rejected[i].line,
               set->rejected[i].col, STR_ARG(set->rejected[i].why));
    for (u32 i = 0; verbose && i < set->n_lints; i++)
        printf("lint\t%.*s:%u:%u\t%.*s\n", STR_ARG(set->lints[i].file), set->lints[i].line,
               set->lints[i].col, STR_ARG(set->lints[i].text));
    printf("ruleset_load_ms %.1f\nrules %u\nrejected %u\nlints %u\nfields %u\nmemory_mib %.1f\n",
           (double)(end - start) / 1e6, set->n_rules, set->n_rejected, set->n_lints,
           intern_count(&set->fields), (double)set->arena.used / (double)(1 << 20));
    ruleset_free(set);
    return 0;
}
