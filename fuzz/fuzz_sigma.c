/* A rule file, and behind a NUL values for its placeholders; its reading, and what is sure of
 * whatever came of it: every rule can be evaluated by the plain matcher, every reject says why,
 * indexes and references stay inside the set. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rule/match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_rule(const struct ruleset *set, const struct sigma_rule *rule)
{
    CHECK(set->rules[rule->index] == rule);
    CHECK((rule->correlation != NULL) == (rule->n_conditions == 0));
    for (u32 s = 0; s < rule->n_selections; s++)
        CHECK(rule->selections[s].n_groups > 0 && rule->selections[s].groups[0].n_items > 0);
    for (u32 i = 0; rule->correlation && i < rule->correlation->n_refs; i++)
        CHECK(rule->correlation->rules[i] < set->n_rules);
}

static void match_one(const struct ruleset *set)
{
    struct schema schema;
    struct arena arena = {0};
    schema_init(&schema, &set->fields);
    const struct value values[] = {value_utf8(S("Security")), value_utf8(S("a-b /c 10.0.0.1")),
                                   value_u64(4688)};
    const struct shape_field fields[] = {
        {FIELD_CHANNEL, 0}, {FIELD_COMMAND_LINE, 1}, {FIELD_EVENT_ID, 2}};
    const struct shape_def def = {.kind = KIND_WINDOWS,
                                  .channel = S("Security"),
                                  .event_id = 4688,
                                  .fields = fields,
                                  .n_fields = 3,
                                  .n_slots = 3};
    const struct event event = {.shape = schema_add(&schema, S("k"), &def), .slots = values};
    u32 *const out = mem_calloc(set->n_rules + 1, sizeof *out);
    void *const matcher = matcher_plain.open(set, &schema, 1);
    const u32 n = matcher_plain.match(matcher, &event, out);
    struct explainer *const explainer = explainer_new(set);
    for (u32 i = 0; i < n; i++) {
        struct match_reason *reasons;
        CHECK(out[i] < set->n_rules && (i == 0 || out[i - 1] < out[i]));
        (void)match_explain(explainer, set->rules[out[i]], &event, &schema, &arena, &reasons);
    }
    explainer_free(explainer);
    matcher_plain.close(matcher);
    mem_free(out);
    arena_release(&arena);
    schema_release(&schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str rest = {(const char *)data, size}, rules = STR_NONE;
    (void)str_next(&rest, 0, &rules);
    const struct ruleset_text file = {S("fuzz.yml"), rules};
    const struct ruleset_source source = {
        .texts = &file,
        .n_texts = 1,
        .logsource_text = S("logsources: [{product: windows, any: [{kind: evtx}]}, {category: "
                            "process_creation, any: "
                            "[{event_id: 1}, {event_id: 4688, where: {Channel: security}, fields: "
                            "{A: CommandLine}}]}]"),
        .placeholder_text = rest.n ? rest : STR_NONE,
    };
    struct ruleset *set;
    struct err err = {0};
    if (ruleset_load(&source, &set, &err) != OK) {
        CHECK(rest.n && err.msg[0]); /* the values are no map of names to values */
        return 0;
    }
    for (u32 i = 0; i < set->n_rules; i++)
        check_rule(set, set->rules[i]);
    for (u32 i = 0; i < set->n_rejected; i++)
        CHECK(set->rejected[i].why.n > 0);
    if (set->n_rules < 50)
        match_one(set);
    ruleset_free(set);
    return 0;
}
