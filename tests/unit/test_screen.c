#include "check.h"

#include "parse/screen.h"
#include "rule/match/fast_screen.h"
#include "rule/match/match.h"
#include "rule/ruleset.h"

/* ------------------------------------------------------------------ atoms */

static u64 dice;

static u32 roll(u32 n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (u32)(dice >> 33) % n;
}

/* Few letters, so that literals meet, and share windows. */
static str make_text(char *p, size_t n, bool upper)
{
    static const char letters[] = "abcdek{}%/=.1";
    for (size_t i = 0; i < n; i++) {
        p[i] = letters[roll(sizeof letters - 1)];
        if (upper && roll(3) == 0 && p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 32);
        if (upper && roll(300) == 0)
            p[i] = (char)(0x80 + roll(128));
    }
    return (str){p, n};
}

/* Every place is inside an occurrence, and every occurrence has a place. */
static void expect_places(const str *atoms, size_t n, str text, const atom_places *places)
{
    static u8 inside[4096], hit[4096];
    memset(inside, 0, sizeof inside);
    memset(hit, 0, sizeof hit);
    for (size_t i = 0; i < places->n; i++) {
        hit[places->p[i]] = 1;
        assert_true(i == 0 || places->p[i - 1] <= places->p[i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at + atoms[i].n <= text.n; at++)
            if (str_ieq(str_sub(text, at, at + atoms[i].n), atoms[i])) {
                memset(inside + at, 1, atoms[i].n);
                assert_non_null(memchr(hit + at, 1, atoms[i].n));
            }
    for (size_t i = 0; i < places->n; i++)
        assert_true(inside[places->p[i]]);
}

static void run_atoms(u32 n_max, u32 length_max)
{
    struct arena arena = {0};
    static char text_bytes[4096], atom_bytes[300][24];
    str atoms[300];
    atom_places places = {0};
    const u32 n = 1 + roll(n_max);
    for (u32 i = 0; i < n; i++)
        atoms[i] = make_text(atom_bytes[i], ATOM_MIN + roll(length_max - ATOM_MIN), false);
    struct atoms *const set = atoms_new(atoms, n, &arena);
    str text = make_text(text_bytes, roll(sizeof text_bytes), true);
    for (u32 i = 0; i < 20 && text.n > 24; i++) { /* whole literals, also at the very end */
        const str atom = atoms[roll(n)];
        memcpy(text_bytes + (i ? roll((u32)(text.n - atom.n)) : text.n - atom.n), atom.p, atom.n);
    }
    atoms_find(set, text, &places);
    expect_places(atoms, n, text, &places);
    places.n = 0;
    atoms_find_plain(set, text, &places);
    expect_places(atoms, n, text, &places);
    VEC_FREE(&places);
    arena_release(&arena);
}

static void test_atoms_by_dice(void **state)
{
    for (u32 i = 0; i < 300; i++) {
        dice = i;
        run_atoms(10, 24);
        run_atoms(40, 8);
        run_atoms(300, 24);
    }
}

/* ------------------------------------------------------------------ what a screen is made of */

struct shape_found {
    const struct shape *shape;
};

static void keep_shape(void *arg, const struct event *events, size_t n)
{
    ((struct shape_found *)arg)->shape = events[n - 1].shape;
}

static void no_damage(void *arg, const struct damage *damage)
{
}

/* Does a line interest the rule? NULL: there is no screen, every line does. */
static void expect_screen(const char *detection, const char *const *lines, const char *answers)
{
    struct arena arena = {0}, plans = {0};
    struct err err;
    struct ruleset *set;
    struct shape_found found = {NULL};
    struct schema schema;
    struct fast_asker asker;
    struct fast_planner planner;
    const str rule = arena_printf(
        &arena, "title: t\nlogsource:\n  category: webserver\ndetection:\n%s", detection);
    const struct ruleset_text text = {S("r.yml"), rule};
    const str log =
        S("#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-uri-stem "
          "cs-username sc-status\n2021-03-03 06:49:42 / - 200\n");
    assert_int_equal(ruleset_load_texts(&text, 1, &set, &err), OK);
    assert_int_equal(set->n_rejected, 0);
    schema_init(&schema, &set->fields);
    struct parse_env env = {
        .schema = &schema, .arena = &arena, .sink = {keep_shape, no_damage, &found}};
    parse_memory(parser_for(log, S("x")), log, S("x"), log.n, &env);
    const struct fast_rules *const rules = matcher_fast.compile(set);
    fast_asker_init(&asker, rules->tests);
    fast_planner_init(&planner, rules, &asker);
    const struct fast_screen_for from = {.rules = rules,
                                         .plan = fast_plan_new(&planner, found.shape, &plans),
                                         .shape = found.shape,
                                         .asker = &asker,
                                         .seed = fast_seed_new()};
    struct fast_screen *const screen = fast_screen_new(&from);
    assert_int_equal(screen != NULL, answers != NULL);
    for (u32 i = 0; screen && lines[i]; i++) {
        const struct line_screen *const s = fast_screen_lines(screen);
        bool wanted = s->wants(s->arg, str_from(lines[i]));
        for (u32 k = 0; k < s->n_columns; k++) {
            str rest = str_from(lines[i]), value = STR_NONE;
            for (u32 c = 0; c <= s->columns[k]; c++)
                assert_true(str_next(&rest, ' ', &value));
            wanted |= s->wants_value(s->arg, k, value_utf8(value));
        }
        if (wanted != (answers[i] == '+'))
            fail_msg("%s: line %u", detection, i);
    }
    fast_screen_free(screen);
    fast_planner_release(&planner);
    fast_asker_release(&asker);
    matcher_fast.free(rules);
    parse_env_release(&env);
    schema_release(&schema);
    ruleset_free(set);
    arena_release(&plans);
    arena_release(&arena);
}

static const char *const lines[] = {
    "2021-03-03 06:49:42 /x/SHELL.aspx a 200",
    "2021-03-03 06:49:42 /x a+b 500",
    "2021-03-03 06:49:42 /x a 0x1f4",
    "2021-03-03 06:49:42 /\342\204\252ernel a 200",
    "2021-03-03 06:49:42 / a 200",
    NULL,
};

static void test_screens(void **state)
{
    expect_screen("  a:\n    cs-uri-stem|contains: shell\n  condition: a\n", lines, "+----");
    expect_screen("  a:\n    cs-uri-stem|contains: kernel\n  condition: a\n", lines, "---+-");
    expect_screen("  a:\n    sc-status: 500\n  condition: a\n", lines, "-++--");
    expect_screen("  a:\n    sc-status|gte: 400\n  condition: a\n", lines, "-++--");
    expect_screen(
        "  a:\n    cs-uri-stem|contains: shell\n  b:\n    sc-status: 500\n  condition: a or b\n",
        lines, NULL);
    expect_screen("  a:\n    cs-uri-stem|contains: shell\n    cs-username: a\n  b:\n    "
                  "sc-status: 200\n  condition: "
                  "a and not b\n",
                  lines, "+----");
    expect_screen("  a:\n    cs-uri-stem|contains: shell\n    nowhere: x\n  condition: a\n", lines,
                  "-----");
    expect_screen("  a:\n    cs-uri-stem|contains: shell\n  condition: not a\n", lines, NULL);
    expect_screen("  a:\n    cs-uri-stem: '/'\n  condition: a\n", lines, "----+");
    expect_screen("  a:\n    - 'x a'\n  condition: a\n", lines, NULL);
    expect_screen("  a:\n    - 'shell.'\n  condition: a\n", lines, "+----");
}

int suite_screen(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atoms_by_dice),
        cmocka_unit_test(test_screens),
    };
    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
