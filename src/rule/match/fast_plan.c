#include "rule/match/fast_plan.h"

/* States of a field under a shape. */
enum { KNOWN, VARIES };

enum three { NO, YES, OPEN };

void fast_planner_init(struct fast_planner *planner, const struct fast_rules *rules,
                       struct fast_asker *asker)
{
    *planner = (struct fast_planner){.rules = rules, .asker = asker};
    fast_found_init(&planner->known, fast_ids_count(rules->tests));
    fast_found_init(&planner->refs, fast_ids_count(rules->tests));
    fast_found_init(&planner->words, fast_ids_count(rules->tests));
    fast_lists_init(&planner->known_words);
    fast_found_init(&planner->wanted, fast_fields_count(rules->tests));
    planner->states = mem_calloc((size_t)fast_fields_count(rules->tests) + 1, 1);
}

void fast_planner_release(struct fast_planner *planner)
{
    fast_found_release(&planner->known);
    fast_found_release(&planner->refs);
    fast_found_release(&planner->words);
    fast_lists_release(&planner->known_words);
    VEC_FREE(&planner->asks);
    fast_found_release(&planner->wanted);
    mem_free(planner->states);
}

void fast_planner_forget(struct fast_planner *planner)
{
    fast_lists_release(&planner->known_words);
    fast_lists_init(&planner->known_words);
    planner->asks.n = 0;
}

static bool is_message(u32 id)
{
    return id == FAST_MESSAGE || id == FAST_WORDS;
}

/* Asks each absent or constant field now: its true tests are known, all its others are false. */
static void learn_fields(struct fast_planner *p, const struct shape *shape)
{
    const struct fast_tests *const tests = p->rules->tests;
    fast_found_start(&p->known);
    p->has_data = shape_find(shape, FIELD_DATA) >= 0;
    for (u32 f = 0; f < fast_fields_count(tests); f++) {
        const u32 id = fast_field_id(tests, f);
        const i32 at = is_message(id) ? -1 : shape_find(shape, id);
        p->states[f] = is_message(id) || (at >= 0 && shape->fields[at].slot >= 0) ? VARIES : KNOWN;
        if (p->states[f] == KNOWN)
            fast_ask(p->asker, f,
                     at < 0 ? (struct value){.type = VALUE_NONE}
                            : shape->consts[-1 - shape->fields[at].slot],
                     &p->known);
    }
    arena_reset(&p->asker->arena);
}

static enum three fold_test(const struct fast_planner *p, u32 id)
{
    const struct fast_test *const test = fast_tests_at(p->rules->tests, id);
    if (test->kind == TEST_REF)
        return OPEN;
    if (test->kind == TEST_DATA)
        return p->has_data ? OPEN : NO;
    if (p->states[test->field] == VARIES)
        return OPEN;
    if (fast_found_has(&p->known, id))
        return YES;
    return fast_found_has(&p->known, fast_open_test(p->rules->tests, id)) ? OPEN : NO;
}

static enum three fold(const struct fast_planner *p, u32 id)
{
    const struct fast_node *const node = &p->rules->nodes[id];
    enum three out = node->op == NODE_AND ? YES : NO;
    switch (node->op) {
    case NODE_FALSE:
        return NO;
    case NODE_TRUE:
        return YES;
    case NODE_TEST:
        return fold_test(p, node->first);
    case NODE_NOT: {
        const enum three kid = fold(p, node->first);
        return kid == OPEN ? OPEN : kid == YES ? NO : YES;
    }
    case NODE_AND:
    case NODE_OR:
        break;
    }
    const enum three stop = node->op == NODE_AND ? NO : YES;
    for (u32 i = 0; i < node->n; i++) {
        const enum three kid = fold(p, p->rules->kids[node->first + i]);
        if (kid == stop)
            return stop;
        if (kid == OPEN)
            out = OPEN;
    }
    return out;
}

typedef VEC(u32) id_list;

static bool group_fits(const struct fast_group *group, const struct shape *shape)
{
    for (u32 i = 0; i < group->n_places; i++)
        if (logsource_fits(group->places[i], shape))
            return true;
    return false;
}

/* A need that is known to be true says nothing about an event: such a unit is evaluated always. */
static bool has_known_need(const struct fast_planner *p, const struct fast_unit *unit)
{
    bool known = unit->n_needs == 0;
    for (u32 i = 0; i < unit->n_needs && !known; i++)
        known = fast_found_has(&p->known, unit->needs[i]);
    return known;
}

static void take_unit(struct fast_planner *p, struct fast_plan *plan, u32 u, struct arena *arena,
                      id_list *always)
{
    const struct fast_unit *const unit = &p->rules->units[u];
    if (!plan->alive)
        plan->alive = ARENA_ARRAY(arena, bool, p->rules->n_units);
    plan->alive[u] = true;
    if (has_known_need(p, unit))
        *VEC_PUSH(always) = u;
    for (u32 i = 0; i < unit->n_fields; i++)
        if (p->states[unit->fields[i]] == VARIES)
            fast_found_add(&p->wanted, unit->fields[i]);
    for (u32 i = 0; i < unit->n_refs; i++)
        fast_found_add(&p->refs, unit->refs[i]);
    for (u32 i = 0; i < unit->n_words; i++)
        fast_found_add(&p->words, unit->words[i]);
}

static u32 *keep(struct arena *arena, const u32 *p, size_t n, u32 *out_n)
{
    u32 *const out = ARENA_ARRAY(arena, u32, n);
    if (n)
        memcpy(out, p, n * sizeof *p);
    *out_n = (u32)n;
    return out;
}

/* Shapes have few different lists of keywords between them. */
static const struct fast_words *share_words(struct fast_planner *p, struct arena *arena)
{
    const u32 list = fast_lists_add(&p->known_words, p->words.ids.p, p->words.ids.n);
    while (p->asks.n <= list)
        *VEC_PUSH(&p->asks) = NULL;
    if (!p->asks.p[list])
        p->asks.p[list] =
            fast_words_new(p->rules->tests, p->words.ids.p, (u32)p->words.ids.n, arena);
    return p->asks.p[list];
}

/* Every value is part of the message: those of the constants are asked now. */
static void take_words(struct fast_planner *p, struct fast_plan *plan, const struct shape *shape,
                       struct arena *arena)
{
    const u32 words = fast_field_find(p->rules->tests, FAST_WORDS);
    fast_found_start(&p->refs); /* its own list is taken already */
    plan->asks = share_words(p, arena);
    plan->words = ARENA_ARRAY(arena, struct fast_slot, shape->n_fields);
    plan->word_slots = ARENA_ARRAY(arena, u32, shape->n_fields);
    for (u32 i = 0; i < shape->n_fields && words != FAST_NONE; i++) {
        const i32 slot = shape->fields[i].slot;
        if (slot >= 0) {
            plan->word_slots[plan->n_words] = (u32)slot;
            plan->words[plan->n_words++] = (struct fast_slot){.slot = (u32)slot, .field = words};
        } else {
            fast_message_ask(p->asker, words, shape->consts[-1 - slot], &p->refs);
        }
    }
    plan->const_words = keep(arena, p->refs.ids.p, p->refs.ids.n, &plan->n_const_words);
    arena_reset(&p->asker->arena);
}

static void take_slots(struct fast_planner *p, struct fast_plan *plan, const struct shape *shape,
                       struct arena *arena)
{
    plan->message = FAST_NONE;
    plan->slots = ARENA_ARRAY(arena, struct fast_slot, p->wanted.ids.n);
    for (size_t i = 0; i < p->wanted.ids.n; i++) {
        const u32 field = p->wanted.ids.p[i], id = fast_field_id(p->rules->tests, field);
        if (id == FAST_MESSAGE)
            plan->message = field;
        else if (id != FAST_WORDS)
            plan->slots[plan->n_slots++] = (struct fast_slot){
                .slot = (u32)shape->fields[shape_find(shape, id)].slot,
                .field = field,
            };
    }
    if (p->words.ids.n)
        take_words(p, plan, shape, arena);
}

struct fast_plan *fast_plan_new(struct fast_planner *p, const struct shape *shape,
                                struct arena *arena)
{
    struct fast_plan *const plan = ARENA_NEW(arena, struct fast_plan);
    id_list always = {0}, certain = {0};
    plan->id = shape->id;
    learn_fields(p, shape);
    fast_found_start(&p->wanted);
    fast_found_start(&p->refs);
    fast_found_start(&p->words);
    for (u32 g = 0; g < p->rules->n_groups; g++) {
        const struct fast_group *const group = &p->rules->groups[g];
        if (!group_fits(group, shape))
            continue;
        for (u32 u = group->first; u < group->first + group->n; u++) {
            const enum three now = fold(p, p->rules->units[u].root);
            if (now == YES)
                *VEC_PUSH(&certain) = p->rules->units[u].rule;
            else if (now == OPEN)
                take_unit(p, plan, u, arena, &always);
        }
    }
    plan->refs = keep(arena, p->refs.ids.p, p->refs.ids.n, &plan->n_refs);
    take_slots(p, plan, shape, arena);
    plan->always = keep(arena, always.p, always.n, &plan->n_always);
    plan->certain = keep(arena, certain.p, certain.n, &plan->n_certain);
    plan->known = keep(arena, p->known.ids.p, p->known.ids.n, &plan->n_known);
    VEC_FREE(&always);
    VEC_FREE(&certain);
    return plan;
}
