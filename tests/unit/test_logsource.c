#include "check.h"

#include "base/mem.h"
#include "rule/builtin.h"
#include "rule/logsource.h"
#include "rule/ruleset.h"

static const char small_map[] =
    "logsources:\n"
    "  - {product: p, any: [{kind: evtx}, {kind: iis}]}\n"
    "  - {category: c, any: [{channel: [A, B], event_id: [1, 2], fields: {X: Y}}, {kind: iis}, "
    "{kind: json}]}\n"
    "  - {service: s, any: [{channel: [b, C], event_id: 2, where: {T: [u, v]}, fields: {X: Z}}]}\n"
    "  - {service: other, any: [{channel: D}]}\n"
    "  - {service: none, none: nobody writes it}\n";

static struct sigma_logsource source_of(const char *product, const char *category,
                                        const char *service)
{
    return (struct sigma_logsource){str_from(category), str_from(product), str_from(service)};
}

static void test_places_are_intersections(void **state)
{
    struct arena arena = {0};
    struct logsource_map map;
    struct logsource_places places;
    struct err err = {0};
    assert_int_equal(logsource_load(str_from(small_map), &arena, &map, &err), OK);
    struct sigma_logsource source = source_of("p", "c", NULL);
    logsource_resolve(&map, &source, &arena, &places);
    assert_int_equal(places.n, 3); /* evtx with channels; iis with channels; iis */
    assert_int_equal(places.places[0].kind, KIND_WINDOWS);
    assert_int_equal(places.places[0].n_channels, 2);
    source = source_of("p", "c", "s");
    logsource_resolve(&map, &source, &arena, &places);
    assert_int_equal(places.n, 3);
    const struct logsource_place *const place = &places.places[0];
    assert_int_equal(place->n_channels, 1);
    assert_str(place->channels[0], "b");
    assert_int_equal(place->n_event_ids, 1);
    assert_int_equal(place->event_ids[0], 2);
    assert_int_equal(place->n_where, 1);
    assert_int_equal(place->where[0].n_values, 2);
    assert_int_equal(place->n_renames, 2); /* the first one of a name counts */
    assert_str(place->renames[0].to, "Y");
    arena_release(&arena);
}

static void test_why_not(void **state)
{
    static const struct {
        const char *product, *category, *service, *why;
    } rows[] = {
        {"p", NULL, "none", "nobody writes it"},  {"q", NULL, NULL, "unknown product 'q'"},
        {"p", "d", NULL, "unknown category 'd'"}, {"p", "c", "t", "unknown service 't'"},
        {NULL, NULL, "t", "unknown service 't'"},
    };
    struct arena arena = {0};
    struct logsource_map map;
    struct logsource_places places;
    struct err err = {0};
    assert_int_equal(logsource_load(str_from(small_map), &arena, &map, &err), OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct sigma_logsource source =
            source_of(rows[i].product, rows[i].category, rows[i].service);
        logsource_resolve(&map, &source, &arena, &places);
        assert_int_equal(places.n, 0);
        assert_str(places.why_not, rows[i].why);
    }
    arena_release(&arena);
}

static bool has_kind(const struct logsource_map *map, const char *service, enum kind kind,
                     struct arena *arena)
{
    const struct sigma_logsource source = source_of("exchange", NULL, service);
    struct logsource_places places;
    logsource_resolve(map, &source, arena, &places);
    for (u32 i = 0; i < places.n; i++)
        if (places.places[i].kind == kind)
            return true;
    return false;
}

/* Each log of Exchange that has a kind can be asked for by its name, and is one of Exchange's. */
static void test_shipped_kinds_of_exchange(void **state)
{
    struct arena arena = {0};
    struct logsource_map map;
    struct err err = {0};
    assert_int_equal(logsource_load(builtin_find("rules/logsources.yml"), &arena, &map, &err), OK);
    for (int i = 0; i < KIND_COUNT; i++) {
        const enum kind kind = (enum kind)i;
        if (!kind_is(kind, KIND_OF_EXCHANGE))
            continue;
        assert_true(has_kind(&map, NULL, kind, &arena));
        assert_int_equal(has_kind(&map, "log", kind, &arena),
                         kind != KIND_HTTPPROXY && kind != KIND_ECP_SERVER);
        if (kind != KIND_EXCHANGE)
            assert_true(has_kind(&map, kind_text(kind), kind, &arena));
    }
    arena_release(&arena);
}

static void test_exclusion(void **state)
{
    static const char map_text[] =
        "logsources: [{category: c, any: [{channel: A}]}, {service: s, any: [{channel: B}]}]";
    struct arena arena = {0};
    struct logsource_map map;
    struct logsource_places places;
    struct err err = {0};
    assert_int_equal(logsource_load(str_from(map_text), &arena, &map, &err), OK);
    const struct sigma_logsource source = source_of(NULL, "c", "s");
    logsource_resolve(&map, &source, &arena, &places);
    assert_int_equal(places.n, 0);
    assert_str(places.why_not, "category, product and service exclude each other");
    arena_release(&arena);
}

static void test_bad_maps(void **state)
{
    static const char *const rows[][2] = {
        {"", "a list under 'logsources' is needed"},
        {"[a]", "a list under 'logsources' is needed"},
        {"logsources: {a: b}", "a list under 'logsources' is needed"},
        {"logsources: [a]", "a map is needed"},
        {"logsources: [{any: [{kind: evtx}]}]", "an entry needs category, product or service"},
        {"logsources: [{product: p}]",
         "an entry needs either 'any', a list of places, or 'none', a reason"},
        {"logsources: [{product: p, any: []}]",
         "an entry needs either 'any', a list of places, or 'none', a reason"},
        {"logsources: [{product: p, any: [{}], none: x}]",
         "an entry needs either 'any', a list of places, or 'none', a reason"},
        {"logsources: [{product: p, foo: x}]", "unknown key 'foo'"},
        {"logsources: [{product: p, any: [{kind: foo}]}]", "unknown kind of log"},
        {"logsources: [{product: p, any: [{kind: [iis]}]}]", "unknown kind of log"},
        {"logsources: [{product: p, any: [{channel: [[a]]}]}]",
         "a text or a list of texts is needed"},
        {"logsources: [{product: p, any: [{event_id: x}]}]", "an event id is a number"},
        {"logsources: [{product: p, any: [{where: x}]}]", "'where' must be a map"},
        {"logsources: [{product: p, any: [{where: {a: []}}]}]", "'where' needs a value"},
        {"logsources: [{product: p, any: [{where: {a: 'x*'}}]}]", "'where' takes plain texts"},
        {"logsources: [{product: p, any: [{where: {a|contains: x}}]}]",
         "'where' takes no modifiers"},
        {"logsources: [{product: p, any: [{fields: [a]}]}]", "'fields' must be a map"},
        {"logsources: [{product: p, any: [{fields: {a: [b]}}]}]", "'fields' maps a name to a name"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct logsource_map map;
        struct err err = {0};
        assert_int_equal(logsource_load(str_from(rows[i][0]), &arena, &map, &err), ERR_SYNTAX);
        assert_string_equal(err.msg, rows[i][1]);
        arena_release(&arena);
    }
}

static void test_fits_shapes(void **state)
{
    static const i64 ids[] = {1, 4688};
    static const str channels[] = {{"Security", 8}}, providers[] = {{"P", 1}};
    const struct logsource_place place = {.kind = KIND_WINDOWS,
                                          .channels = channels,
                                          .n_channels = 1,
                                          .providers = providers,
                                          .n_providers = 1,
                                          .event_ids = ids,
                                          .n_event_ids = 2};
    struct shape shape = {
        .kind = KIND_WINDOWS, .channel = S("SECURITY"), .provider = S("p"), .event_id = 4688};
    assert_true(logsource_fits(&place, &shape));
    shape.event_id = 2;
    assert_false(logsource_fits(&place, &shape));
    shape.event_id = 1;
    shape.kind = KIND_JSON;
    assert_false(logsource_fits(&place, &shape));
    shape.kind = KIND_WINDOWS;
    shape.provider = S("q");
    assert_false(logsource_fits(&place, &shape));
}

static void test_own_map(void **state)
{
    static const struct ruleset_source source = {.builtin = true};
    struct ruleset *set;
    struct err err = {0};
    if (ruleset_load(&source, &set, &err) != OK)
        fail_msg("rules/logsources.yml line %u: %s", err.line, err.msg);
    struct arena arena = {0};
    struct logsource_places places;
    const struct sigma_logsource creation = source_of("windows", "process_creation", NULL);
    logsource_resolve(&set->logsources, &creation, &arena, &places);
    assert_int_equal(places.n, 2);
    assert_int_equal(places.places[1].event_ids[0], 4688);
    assert_str(places.places[1].renames[0].to, "NewProcessName");
    assert_int_not_equal(intern_find(&set->fields, S("ParentProcessName")), INTERN_NONE);
    assert_int_equal(set->n_rejected, 0); /* every rule that ships is good */
    arena_release(&arena);
    ruleset_free(set);
}

int suite_logsource(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_are_intersections),
        cmocka_unit_test(test_why_not),
        cmocka_unit_test(test_shipped_kinds_of_exchange),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_bad_maps),
        cmocka_unit_test(test_fits_shapes),
        cmocka_unit_test(test_own_map),
    };
    return cmocka_run_group_tests_name("logsource", tests, NULL, NULL);
}
