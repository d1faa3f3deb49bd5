#include "rule/match/fast_show.h"

#include "rule/match/fast_screen.h"

static str field_name(const struct fast_rules *rules, const struct fast_test *test)
{
    const u32 id = fast_field_id(rules->tests, test->field);
    if (id == FAST_MESSAGE || id == FAST_WORDS)
        return S("the message");
    return intern_text(&rules->set->fields, id);
}

static str pattern_text(const struct fast_pattern *pattern, struct arena *arena)
{
    static const char *const words[] = {
        [SHAPE_EQUAL] = "is ",         [SHAPE_PREFIX] = "begins with ",
        [SHAPE_SUFFIX] = "ends with ", [SHAPE_CONTAINS] = "contains ",
        [SHAPE_ANY] = "is any text",   [SHAPE_GENERAL] = "fits "};
    str text = str_from(words[pattern->shape]);
    if (pattern->shape < SHAPE_ANY)
        return arena_join(arena, text, pattern->literal.n ? pattern->literal : S("''"));
    for (u32 i = 0; pattern->shape == SHAPE_GENERAL && i < pattern->n; i++) {
        const u32 token = pattern->elements[i].token;
        text = arena_join(arena, text,
                          token == TOKEN_ONE    ? S("?")
                          : token == TOKEN_MANY ? S("*")
                          : token == TOKEN_DASH ? S("[-]")
                                                : pattern->elements[i].text);
    }
    return text;
}

static str test_text(const struct fast_test *test, struct arena *arena)
{
    switch (test->kind == TEST_DATA ? test->inner : test->kind) {
    case TEST_NULL:
        return S("is missing or null");
    case TEST_EXISTS:
        return S("is there");
    case TEST_PATTERN:
        return pattern_text(&test->pattern, arena);
    case TEST_REGEX:
        return arena_join(arena, S("fits the regular expression "), test->regex.pattern);
    case TEST_NUMBER:
        return S("compares with a number");
    case TEST_NET:
        return S("is in a network");
    case TEST_PART:
        return S("has a part of a time");
    case TEST_DATA: /* never the inner kind */
    case TEST_REF:
        return S("compares with another field");
    }
    return S("");
}

static void show_unit(const struct fast_rules *rules, const struct fast_unit *unit,
                      struct arena *arena, struct fast_shown *out)
{
    str *const needs = ARENA_ARRAY(arena, str, unit->n_needs);
    for (u32 i = 0; i < unit->n_needs; i++) {
        const struct fast_test *const test = fast_tests_at(rules->tests, unit->needs[i]);
        needs[i] = arena_join(arena, arena_join(arena, field_name(rules, test), S(" ")),
                              test_text(test, arena));
    }
    out->needs = needs;
    out->n_needs = unit->n_needs;
}

static str column_name(const struct fast_rules *rules, const struct shape *shape, u32 slot)
{
    for (u32 i = 0; i < shape->n_fields; i++)
        if (shape->fields[i].slot == (i32)slot &&
            shape->fields[i].field < intern_count(&rules->set->fields))
            return intern_text(&rules->set->fields, shape->fields[i].field);
    return S("a column");
}

/* The screen that this unit would have alone. */
static void show_screen(const struct fast_rules *rules, const struct fast_plan *plan, u32 unit,
                        const struct shape *shape, struct fast_asker *asker, struct arena *arena,
                        struct fast_shown *out)
{
    struct fast_plan one = *plan;
    one.alive = ARENA_ARRAY(arena, bool, rules->n_units);
    one.alive[unit] = true;
    const struct fast_screen_for from = {
        .rules = rules, .plan = &one, .shape = shape, .asker = asker, .seed = fast_seed_new()};
    struct fast_screen *const screen = fast_screen_new(&from);
    out->lines = LINES_ALL;
    if (!screen)
        return;
    const struct line_screen *const lines = fast_screen_lines(screen);
    const str *texts;
    out->n_texts = fast_screen_texts(screen, &texts);
    str *const copies = ARENA_ARRAY(arena, str, out->n_texts);
    for (u32 i = 0; i < out->n_texts; i++)
        copies[i] = arena_str(arena, texts[i]);
    out->texts = copies;
    out->lines = lines->n_columns ? LINES_COLUMN : out->n_texts ? LINES_TEXTS : LINES_NEVER;
    if (lines->n_columns)
        out->column = column_name(rules, shape, lines->columns[0]);
    fast_screen_free(screen);
}

static void show_lines(const struct fast_rules *rules, u32 unit, const struct shape *shape,
                       struct arena *arena, struct fast_shown *out)
{
    struct fast_asker asker;
    struct fast_planner planner;
    if (shape->kind == KIND_WINDOWS || shape->kind == KIND_JSON)
        return;
    fast_asker_init(&asker, rules->tests);
    fast_planner_init(&planner, rules, &asker);
    const struct fast_plan *const plan = fast_plan_new(&planner, shape, arena);
    bool certain = false;
    for (u32 i = 0; i < plan->n_certain; i++)
        certain |= plan->certain[i] == rules->units[unit].rule;
    if (certain)
        out->lines = LINES_ALL;
    else if (!plan->alive || !plan->alive[unit])
        out->lines = LINES_NEVER;
    else
        show_screen(rules, plan, unit, shape, &asker, arena, out);
    fast_planner_release(&planner);
    fast_asker_release(&asker);
}

u32 fast_show(const void *compiled, u32 rule, const struct shape *shape, struct arena *arena,
              struct fast_shown **out)
{
    const struct fast_rules *const rules = compiled;
    VEC(struct fast_shown) all = {0};
    for (u32 g = 0; g < rules->n_groups; g++) {
        const struct fast_group *const group = &rules->groups[g];
        bool fits = false;
        for (u32 p = 0; p < group->n_places; p++)
            fits |= logsource_fits(group->places[p], shape);
        for (u32 u = group->first; u < group->first + group->n; u++) {
            if (rules->units[u].rule != rule)
                continue;
            struct fast_shown *const shown = VEC_PUSH(&all);
            *shown = (struct fast_shown){.candidate = fits};
            show_unit(rules, &rules->units[u], arena, shown);
            if (fits)
                show_lines(rules, u, shape, arena, shown);
        }
    }
    const u32 n = (u32)all.n;
    *out = ARENA_ARRAY(arena, struct fast_shown, n);
    if (n)
        memcpy(*out, all.p, n * sizeof **out);
    VEC_FREE(&all);
    return n;
}
