/* leadline-agree: do the two matchers agree? Status 0 when they do, 1 when not.
 *   leadline-agree random SEED ROUNDS
 *   leadline-agree data                              all rules and event logs of the folder
 * LEADLINE_DATA; 77 without one leadline-agree files EVERY RULES EVIDENCE…      one event in EVERY;
 * rules and evidence are folders, files or archives */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agree.h"

static int run_random(u64 seed, u32 rounds)
{
    struct agree_totals t = {0};
    const bool holds = agree_random(seed, rounds, &t);
    printf("rules %" PRIu64 ", rejected %" PRIu64 ", events %" PRIu64 ", hits %" PRIu64
           ", differences %" PRIu64 "\n",
           t.rules, t.rejected, t.events, t.hits, t.differences);
    return holds ? 0 : 1;
}

static int run_files(u32 every, const char *rules, char **paths, int n)
{
    struct ruleset *const set = agree_load_rules(rules, false);
    struct agree agree;
    agree_init(&agree, set);
    for (int i = 0; i < n; i++)
        agree_evidence(&agree, paths[i], every);
    printf("rules %u, rejected %u, events %" PRIu64 ", events with hits %" PRIu64 ", hits %" PRIu64
           ", rules that fired %u, "
           "differences %" PRIu64 "\n",
           set->n_rules, set->n_rejected, agree.events[0], agree.matching_events, agree.hits,
           agree_rules_seen(&agree), agree.differences);
    const bool holds = agree_holds(&agree) && agree.hits > 0;
    agree_release(&agree);
    ruleset_free(set);
    return holds ? 0 : 1;
}

static int run_data(void)
{
    static const char *const names[] = {"sigmahq-rules-8eaafff1f.tar.zst",
                                        "otrf-proxylogon-2021-03-14.zip",
                                        "evtx-attack-samples.tar.zst", "evtx-crate-samples.tar.zst",
                                        "sigmahq-regression-half.tar.zst"};
    static char paths[COUNT(names)][4096];
    char *evidence[COUNT(names)];
    const char *const dir = getenv("LEADLINE_DATA");
    if (!dir || !*dir)
        return 77; /* skipped, as Meson counts it */
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", dir, names[i]);
        evidence[i] = paths[i];
    }
    return run_files(1, paths[0], evidence + 1, COUNT(names) - 1);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "random") == 0)
        return run_random(strtoull(argv[2], NULL, 10), (u32)strtoul(argv[3], NULL, 10));
    if (argc == 2 && strcmp(argv[1], "data") == 0)
        return run_data();
    if (argc > 4 && strcmp(argv[1], "files") == 0)
        return run_files((u32)strtoul(argv[2], NULL, 10), argv[3], argv + 4, argc - 4);
    fprintf(stderr,
            "usage: leadline-agree random SEED ROUNDS | data | files EVERY RULES EVIDENCE…\n");
    return 2;
}
