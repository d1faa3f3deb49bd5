#include "rule/match/fast_rules.h"

#include "rule/match/fast_compile_item.h"

/* ------------------------------------------------------------------ rules to trees */

static u32 compile_selection(struct fast_compiler *c, const struct sigma_selection *selection)
{
    VEC(u32) groups = {0}, items = {0};
    for (u32 g = 0; g < selection->n_groups; g++) {
        items.n = 0;
        for (u32 i = 0; i < selection->groups[g].n_items; i++) {
            const u32 item = fast_compile_item(c, &selection->groups[g].items[i]);
            *VEC_PUSH(&items) = item;
        }
        const u32 group = fast_node_list(c, NODE_AND, items.p, (u32)items.n);
        *VEC_PUSH(&groups) = group;
    }
    const u32 node = fast_node_list(c, NODE_OR, groups.p, (u32)groups.n);
    VEC_FREE(&groups);
    VEC_FREE(&items);
    return node;
}

/* The depth of a condition is bounded by its reader. */
static u32 compile_condition(struct fast_compiler *c, const struct sigma_node *node,
                             const u32 *selections)
{
    if (node->op == SIGMA_SELECTION)
        return selections[node->selection];
    if (node->op == SIGMA_NOT)
        return fast_node_not(c, compile_condition(c, node->kids[0], selections));
    u32 *const kids = mem_alloc(node->n_kids * sizeof *kids);
    for (u32 i = 0; i < node->n_kids; i++)
        kids[i] = compile_condition(c, node->kids[i], selections);
    const u32 out =
        fast_node_list(c, node->op == SIGMA_AND ? NODE_AND : NODE_OR, kids, node->n_kids);
    mem_free(kids);
    return out;
}

/* The conditions of the place, and one of the rule's queries. */
static u32 compile_rule(struct fast_compiler *c, const struct sigma_rule *rule,
                        const struct logsource_place *place)
{
    u32 *const selections = mem_alloc((rule->n_selections + 1) * sizeof *selections);
    VEC(u32) parts = {0}, queries = {0};
    c->renames = NULL;
    c->n_renames = 0;
    for (u32 i = 0; i < place->n_where; i++) {
        const u32 where = fast_compile_item(c, &place->where[i]);
        *VEC_PUSH(&parts) = where;
    }
    c->renames = place->renames;
    c->n_renames = place->n_renames;
    for (u32 i = 0; i < rule->n_selections; i++)
        selections[i] = compile_selection(c, &rule->selections[i]);
    for (u32 i = 0; i < rule->n_conditions; i++) {
        const u32 query = compile_condition(c, rule->conditions[i], selections);
        *VEC_PUSH(&queries) = query;
    }
    const u32 query = fast_node_list(c, NODE_OR, queries.p, (u32)queries.n);
    *VEC_PUSH(&parts) = query;
    const u32 root = fast_node_list(c, NODE_AND, parts.p, (u32)parts.n);
    VEC_FREE(&parts);
    VEC_FREE(&queries);
    mem_free(selections);
    return root;
}

/* ------------------------------------------------------------------ log sources to groups */

/* The rules of one log source, and its places in groups that differ in names or extra conditions.
 */
struct source {
    struct sigma_logsource key;
    struct fast_group *groups;
    u32 n_groups;
    VEC(u32) rules;
};

typedef VEC(struct source) sources;

static bool same_items(const struct sigma_item *a, u32 n_a, const struct sigma_item *b, u32 n_b)
{
    if (n_a != n_b)
        return false;
    for (u32 i = 0; i < n_a; i++) {
        if (!str_eq(a[i].field, b[i].field) || a[i].n_values != b[i].n_values)
            return false;
        for (u32 k = 0; k < a[i].n_values; k++)
            if (!str_eq(a[i].values[k].text, b[i].values[k].text))
                return false;
    }
    return true;
}

static bool same_renames(const struct logsource_place *a, const struct logsource_place *b)
{
    if (a->n_renames != b->n_renames)
        return false;
    for (u32 i = 0; i < a->n_renames; i++)
        if (!str_eq(a->renames[i].from, b->renames[i].from) ||
            !str_eq(a->renames[i].to, b->renames[i].to))
            return false;
    return true;
}

static void resolve_source(const struct ruleset *set, struct source *source, struct arena *arena)
{
    struct logsource_places places;
    logsource_resolve(&set->logsources, &source->key, arena, &places);
    source->groups = ARENA_ARRAY(arena, struct fast_group, places.n);
    for (u32 i = 0; i < places.n; i++) {
        const struct logsource_place *const place = &places.places[i];
        u32 g = 0;
        while (g < source->n_groups &&
               !(same_renames(source->groups[g].places[0], place) &&
                 same_items(source->groups[g].places[0]->where,
                            source->groups[g].places[0]->n_where, place->where, place->n_where)))
            g++;
        struct fast_group *const group = &source->groups[g];
        if (g == source->n_groups) {
            source->n_groups++;
            group->places = ARENA_ARRAY(arena, const struct logsource_place *, places.n);
        }
        group->places[group->n_places++] = place;
    }
}

static void collect_sources(const struct ruleset *set, struct arena *arena, sources *out)
{
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_logsource *const key = &set->rules[i]->logsource;
        size_t s = 0;
        if (set->rules[i]->correlation)
            continue;
        while (s < out->n && !(str_eq(out->p[s].key.category, key->category) &&
                               str_eq(out->p[s].key.product, key->product) &&
                               str_eq(out->p[s].key.service, key->service)))
            s++;
        if (s == out->n) {
            struct source *const added = VEC_PUSH(out);
            *added = (struct source){.key = *key};
            resolve_source(set, added, arena);
        }
        *VEC_PUSH(&out->p[s].rules) = i;
    }
}

/* ------------------------------------------------------------------ what a unit needs */

/* How many events a test may be expected to be true of, as a rough weight: what is chosen decides
 * speed, never results. */
static u32 commonness(const struct fast_tests *tests, u32 id)
{
    const struct fast_test *const test = fast_tests_at(tests, id);
    const u32 field = fast_field_id(tests, test->field);
    const u32 header =
        field == FIELD_CHANNEL || field == FIELD_PROVIDER || field == FIELD_EVENT_ID ? 500 : 0;
    switch (test->kind) {
    case TEST_NULL:
    case TEST_EXISTS:
        return 5000;
    case TEST_PATTERN: {
        const size_t n = MAX(test->pattern.literal.n, test->pattern.needle.n);
        return header + (test->pattern.shape == SHAPE_ANY ? 5000 : n < 3 ? 500 : n < 6 ? 20 : 4);
    }
    case TEST_REGEX:
        return header + 20;
    case TEST_NUMBER:
    case TEST_PART:
        return header + (test->cmp == CMP_EQ ? 100 : 1000);
    case TEST_NET:
        return header + 200;
    case TEST_REF:
    case TEST_DATA:
        return 1000;
    }
    return 1000;
}

/* A list of tests, one of which must be true; n 0: nothing known; weight: the sum of what they are
 * worth. */
struct needs {
    u32 *tests;
    u32 n;
    u64 weight;
};

static struct needs node_needs(const struct fast_compiler *c, u32 id, struct arena *arena);

static struct needs needs_of_any(const struct fast_compiler *c, const struct fast_node *node,
                                 struct arena *arena)
{
    struct needs out = {0};
    struct needs *const kids = ARENA_ARRAY(arena, struct needs, node->n);
    u32 n = 0;
    for (u32 i = 0; i < node->n; i++) {
        kids[i] = node_needs(c, c->kids.p[node->first + i], arena);
        if (kids[i].n == 0 && c->nodes.p[c->kids.p[node->first + i]].op != NODE_FALSE)
            return out;
        n += kids[i].n;
        out.weight += kids[i].weight;
    }
    out.tests = ARENA_ARRAY(arena, u32, n);
    for (u32 i = 0; i < node->n; i++)
        for (u32 k = 0; k < kids[i].n; k++)
            out.tests[out.n++] = kids[i].tests[k];
    return out;
}

static struct needs node_needs(const struct fast_compiler *c, u32 id, struct arena *arena)
{
    const struct fast_node *const node = &c->nodes.p[id];
    struct needs best = {0};
    switch (node->op) {
    case NODE_TEST:
        best = (struct needs){ARENA_ARRAY(arena, u32, 1), 1, commonness(c->tests, node->first)};
        best.tests[0] = node->first;
        return best;
    case NODE_AND:
        for (u32 i = 0; i < node->n; i++) {
            const struct needs kid = node_needs(c, c->kids.p[node->first + i], arena);
            if (kid.n && (best.n == 0 || kid.weight < best.weight))
                best = kid;
        }
        return best;
    case NODE_OR:
        return needs_of_any(c, node, arena);
    case NODE_FALSE:
    case NODE_TRUE:
    case NODE_NOT:
        break;
    }
    return best;
}

/* ------------------------------------------------------------------ fields of a unit */

struct walk {
    struct fast_found tests, fields;
};

static void walk_tests(const struct fast_compiler *c, u32 id, struct walk *walk)
{
    const struct fast_node *const node = &c->nodes.p[id];
    if (node->op == NODE_TEST)
        fast_found_add(&walk->tests, node->first);
    else if (node->op == NODE_NOT)
        walk_tests(c, node->first, walk);
    else if (node->op == NODE_AND || node->op == NODE_OR)
        for (u32 i = 0; i < node->n; i++)
            walk_tests(c, c->kids.p[node->first + i], walk);
}

static void finish_unit(const struct fast_compiler *c, struct fast_unit *unit, struct walk *walk)
{
    struct arena scratch = {0};
    VEC(u32) refs = {0}, words = {0};
    const struct needs needs = node_needs(c, unit->root, &scratch);
    fast_found_start(&walk->tests);
    fast_found_start(&walk->fields);
    walk_tests(c, unit->root, walk);
    for (size_t i = 0; i < walk->tests.ids.n; i++) {
        const struct fast_test *const test = fast_tests_at(c->tests, walk->tests.ids.p[i]);
        fast_found_add(&walk->fields, test->field);
        const u32 field = fast_field_id(c->tests, test->field);
        if (test->kind == TEST_REF || test->kind == TEST_DATA)
            *VEC_PUSH(&refs) = walk->tests.ids.p[i];
        if (field == FAST_WORDS || field == FAST_MESSAGE)
            *VEC_PUSH(&words) = walk->tests.ids.p[i];
    }
    unit->needs = ARENA_COPY(c->arena, needs.tests, needs.n);
    unit->n_needs = needs.n;
    unit->fields = ARENA_COPY(c->arena, walk->fields.ids.p, walk->fields.ids.n);
    unit->n_fields = (u32)walk->fields.ids.n;
    unit->refs = ARENA_COPY(c->arena, refs.p, refs.n);
    unit->n_refs = (u32)refs.n;
    unit->words = ARENA_COPY(c->arena, words.p, words.n);
    unit->n_words = (u32)words.n;
    VEC_FREE(&refs);
    VEC_FREE(&words);
    arena_release(&scratch);
}

/* Turns "unit needs tests" round. */
static void index_needs(struct fast_rules *rules)
{
    const u32 n_tests = fast_tests_count(rules->tests);
    u32 *const first = ARENA_ARRAY(&rules->arena, u32, (size_t)n_tests + 2);
    u32 n = 0;
    for (u32 i = 0; i < rules->n_units; i++) {
        n += rules->units[i].n_needs;
        for (u32 k = 0; k < rules->units[i].n_needs; k++)
            first[rules->units[i].needs[k] + 2]++;
    }
    for (u32 i = 2; i < n_tests + 2; i++)
        first[i] += first[i - 1];
    u32 *const units = ARENA_ARRAY(&rules->arena, u32, n);
    for (u32 i = 0; i < rules->n_units; i++)
        for (u32 k = 0; k < rules->units[i].n_needs; k++)
            units[first[rules->units[i].needs[k] + 1]++] = i;
    rules->needed_by = units;
    rules->needed_by_first = first;
}

/* ------------------------------------------------------------------ the whole */

static void compile_units(struct fast_compiler *c, struct fast_rules *rules, sources *all)
{
    VEC(struct fast_unit) units = {0};
    VEC(struct fast_group) groups = {0};
    VEC_EACH (all, source) {
        for (u32 g = 0; g < source->n_groups; g++) {
            struct fast_group *const group = VEC_PUSH(&groups);
            *group = source->groups[g];
            group->first = (u32)units.n;
            group->n = (u32)source->rules.n;
            VEC_EACH (&source->rules, rule) {
                const u32 root = compile_rule(c, c->set->rules[*rule], group->places[0]);
                *VEC_PUSH(&units) = (struct fast_unit){.rule = *rule, .root = root};
            }
        }
    }
    rules->n_units = (u32)units.n;
    rules->units = ARENA_ARRAY(&rules->arena, struct fast_unit, units.n);
    if (units.n)
        memcpy(rules->units, units.p, units.n * sizeof *units.p);
    rules->n_groups = (u32)groups.n;
    rules->groups = ARENA_ARRAY(&rules->arena, struct fast_group, groups.n);
    if (groups.n)
        memcpy(rules->groups, groups.p, groups.n * sizeof *groups.p);
    VEC_FREE(&units);
    VEC_FREE(&groups);
}

static void finish_units(const struct fast_compiler *c, struct fast_rules *rules)
{
    struct walk walk;
    fast_found_init(&walk.tests, fast_tests_count(c->tests));
    fast_found_init(&walk.fields, fast_fields_count(c->tests));
    for (u32 i = 0; i < rules->n_units; i++)
        finish_unit(c, &rules->units[i], &walk);
    fast_found_release(&walk.tests);
    fast_found_release(&walk.fields);
    index_needs(rules);
}

const struct fast_rules *fast_compile(const struct ruleset *set)
{
    struct arena arena = {.in_region = set->arena.in_region};
    struct fast_rules *const rules = ARENA_NEW(&arena, struct fast_rules);
    rules->arena = arena;
    struct fast_compiler c = {.set = set, .arena = &rules->arena};
    sources all = {0};
    rules->set = set;
    c.tests = fast_tests_new(&rules->arena);
    rules->tests = c.tests;
    collect_sources(set, &rules->arena, &all);
    compile_units(&c, rules, &all);
    finish_units(&c, rules);
    fast_tests_finish(c.tests);
    ARENA_SETTLE(&rules->arena, &c.nodes);
    ARENA_SETTLE(&rules->arena, &c.kids);
    rules->nodes = c.nodes.p;
    rules->n_nodes = (u32)c.nodes.n;
    rules->kids = c.kids.p;
    VEC_EACH (&all, source)
        VEC_FREE(&source->rules);
    VEC_FREE(&all);
    arena_release(&c.scratch);
    return rules;
}

void fast_rules_free(const struct fast_rules *rules)
{
    if (!rules || rules->set->fast == rules) /* which goes with its set */
        return;
    struct arena arena = rules->arena; /* which holds the rules too */
    arena_release(&arena);
}
