/* fast.c: the fast matcher. Per event: one look at each slot that a living rule asks, through the
 * value cache; the lists of true tests together are a key to the outcome; only a combination that
 * is new is evaluated.
 *
 * Memory is bounded whatever the evidence: the tables have a maximum, and when the lists they point
 * to outgrow theirs, both are emptied and a new round begins. Plans are dropped together when they
 * outgrow theirs, and made again as they are met. */
#include "rule/match/match.h"

#include "base/buf.h"
#include "base/limits.h"
#include "rule/match/fast_message.h"
#include "rule/match/fast_plan.h"
#include "rule/match/fast_screen.h"

#ifdef FAST_TINY /* tests walk through every bound with small evidence */
#define MAX_VALUES   (1u << 5)
#define MAX_OUTCOMES (1u << 4)
#define MAX_LISTS    (4u << 10)
#define MAX_PLANS    (1u << 10)
#else
#define MAX_VALUES   (1u << 19) /* rows of the value cache: 16 MiB */
#define MAX_OUTCOMES (1u << 16)
#define MAX_LISTS    (16u << 20) /* bytes of interned lists */
#define MAX_PLANS    (16u << 20) /* bytes: some 4,000 shapes with all public rules */
#endif
#ifdef FAST_TINY
#define SCREEN_AFTER 3
#else
#define SCREEN_AFTER 500 /* lines of a shape before its screen is made */
#endif
#define MAX_SCREENS 64
#define MAX_MESSAGE (4 * LIMIT_RECORD) /* no record's text is longer, however it was encoded */
#define MAX_SCRATCH ((size_t)1 << 20)  /* of texts, before the arena is reset */

struct matcher {
    const struct fast_rules *rules;
    struct fast_asker asker;
    struct fast_planner planner;
    struct arena plan_arena;
    struct fast_plan **plans; /* by shape id; NULL: not yet made */
    u32 n_plans;
    struct fast_seed seed;
    struct fast_table values, outcomes;
    struct fast_lists lists;
    u32 max_lists, max_plans; /* bytes */
    u64 round;                /* how often everything was forgotten, from 1 */
    struct fast_found tests, units, matched, words;
    struct buf message; /* the joined message of the event */
    bool *limited;      /* by rule */
    VEC(struct kept_screen {
        u32 shape;
        bool also; /* with the caller's literals */
        u32 asked;
        bool made;
        struct fast_screen *screen; /* NULL: every line is of interest */
    })
    screens;
    VEC(u32) perhaps; /* of the plan's words: this event's value may hold a keyword */
    VEC(u32) key;     /* of the outcome: the list of each slot, of the message, of the references */
};

static const void *compile(const struct ruleset *set)
{
    return set->fast ? set->fast : fast_compile(set);
}

static void free_compiled(const void *compiled)
{
    fast_rules_free(compiled);
}

/* Of a bound what each of so many workers has: two have it whole. A power of two stays one. */
static u32 share(u32 most, u32 workers)
{
    for (; workers > 2 && most > 16; workers = (workers + 1) / 2)
        most /= 2;
    return most;
}

static void *open_matcher(const void *compiled, const struct schema *schema, u32 workers)
{
    const struct fast_rules *const rules = compiled;
    struct matcher *const m = mem_calloc(1, sizeof *m);
    (void)schema; /* shape ids are all that is needed of it */
    m->rules = rules;
    m->max_lists = share(MAX_LISTS, workers);
    m->max_plans = share(MAX_PLANS, workers);
    m->seed = fast_seed_new();
    m->round = 1;
    fast_asker_init(&m->asker, rules->tests);
    fast_planner_init(&m->planner, rules, &m->asker);
    fast_table_init(&m->values, share(MAX_VALUES, workers));
    fast_table_init(&m->outcomes, share(MAX_OUTCOMES, workers));
    fast_lists_init(&m->lists);
    buf_init(&m->message, MAX_MESSAGE);
    fast_found_init(&m->tests, fast_ids_count(rules->tests));
    fast_found_init(&m->words, fast_ids_count(rules->tests));
    fast_found_init(&m->units, rules->n_units);
    fast_found_init(&m->matched, rules->set->n_rules);
    m->limited = mem_calloc((size_t)rules->set->n_rules + 1, sizeof *m->limited);
    return m;
}

static void close_matcher(void *matcher)
{
    struct matcher *const m = matcher;
    if (!m)
        return;
    fast_asker_release(&m->asker);
    fast_planner_release(&m->planner);
    fast_table_release(&m->values);
    fast_table_release(&m->outcomes);
    fast_lists_release(&m->lists);
    fast_found_release(&m->tests);
    fast_found_release(&m->words);
    fast_found_release(&m->units);
    fast_found_release(&m->matched);
    VEC_FREE(&m->perhaps);
    VEC_FREE(&m->key);
    VEC_EACH (&m->screens, kept)
        fast_screen_free(kept->screen);
    VEC_FREE(&m->screens);
    buf_release(&m->message);
    arena_release(&m->plan_arena);
    mem_free(m->plans);
    mem_free(m->limited);
    mem_free(m);
}

static struct fast_plan *plan_of(struct matcher *m, const struct shape *shape)
{
    if (shape->id >= m->n_plans) {
        const u32 n = MAX(shape->id + 1, m->n_plans * 2);
        m->plans = mem_grow(m->plans, n, sizeof *m->plans);
        memset(m->plans + m->n_plans, 0, (n - m->n_plans) * sizeof *m->plans);
        m->n_plans = n;
    }
    if (!m->plans[shape->id] && m->plan_arena.used > m->max_plans) {
        arena_reset(&m->plan_arena);
        fast_planner_forget(&m->planner);
        memset(m->plans, 0, m->n_plans * sizeof *m->plans);
    }
    if (!m->plans[shape->id])
        m->plans[shape->id] = fast_plan_new(&m->planner, shape, &m->plan_arena);
    return m->plans[shape->id];
}

static void forget(struct matcher *m)
{
    fast_table_clear(&m->values);
    fast_table_clear(&m->outcomes);
    fast_lists_release(&m->lists);
    fast_lists_init(&m->lists);
    m->round++;
}

/* ------------------------------------------------------------------ values to lists */

/* The bytes that, with its type, make the value what it is; false for arrays. */
static bool value_bytes(const struct value *v, str *out)
{
    switch ((enum value_type)v->type) {
    case VALUE_ARRAY:
        return false;
    case VALUE_NONE:
    case VALUE_NULL:
        *out = S("");
        return true;
    case VALUE_GUID:
    case VALUE_SYSTEMTIME:
        *out = (str){v->p, 16};
        return true;
    case VALUE_I64:
    case VALUE_U64:
    case VALUE_HEX:
    case VALUE_F64:
    case VALUE_BOOL:
    case VALUE_FILETIME:
        *out = (str){(const char *)&v->u, sizeof v->u};
        return true;
    case VALUE_UTF8:
    case VALUE_JSON:
    case VALUE_CSV:
    case VALUE_PLUS:
    case VALUE_UTF16:
    case VALUE_ANSI:
    case VALUE_SID:
    case VALUE_BINARY:
        break;
    }
    *out = (str){v->p, v->n};
    return true;
}

static u32 ask_value(struct matcher *m, const struct fast_slot *slot, struct value v, bool words)
{
    fast_found_start(&m->tests);
    if (words)
        fast_message_ask(&m->asker, slot->field, v, &m->tests);
    else
        fast_ask(&m->asker, slot->field, v, &m->tests);
    if (m->asker.arena.used > MAX_SCRATCH)
        arena_reset(&m->asker.arena);
    return fast_lists_add(&m->lists, m->tests.ids.p, m->tests.ids.n);
}

static u32 slot_tag(const struct fast_slot *slot, const struct value *v)
{
    return slot->field << 5 | v->type;
}

/* All slots are hashed before the first is looked up, so that the rows are on their way from memory
 * meanwhile. */
static void hash_slots(struct matcher *m, struct fast_slot *slots, u32 n, const struct event *event)
{
    for (u32 i = 0; i < n; i++) {
        struct fast_slot *const slot = &slots[i];
        const struct value *const v = &event->slots[slot->slot];
        str bytes;
        slot->has_key = value_bytes(v, &bytes);
        if (!slot->has_key)
            continue;
        slot->key = fast_key_of(m->seed, bytes.n ? bytes.p : "", bytes.n);
        if (!fast_key_eq(slot->key, slot->last))
            fast_table_prefetch(&m->values, slot->key, slot_tag(slot, v));
    }
}

/* After hash_slots. words: the slot is asked as a part of the message. */
static u32 list_of_slot(struct matcher *m, struct fast_slot *slot, const struct value *v,
                        bool words)
{
    if (!slot->has_key)
        return ask_value(m, slot, *v, words);
    if (slot->last_round == m->round && slot->last_type == v->type &&
        fast_key_eq(slot->last, slot->key))
        return slot->last_list;
    u32 list = fast_table_find(&m->values, slot->key, slot_tag(slot, v));
    if (list == FAST_TABLE_FREE) {
        list = ask_value(m, slot, *v, words);
        fast_table_add(&m->values, slot->key, slot_tag(slot, v), list);
    }
    slot->last = slot->key;
    slot->last_type = v->type;
    slot->last_list = list;
    slot->last_round = m->round;
    return list;
}

/* ------------------------------------------------------------------ the message to a list */

/* All values as text, elements of arrays one by one, one space before each and one behind the last:
 * numbers too, names and empty texts not. */
static void put_message(struct buf *out, struct value v, struct arena *arena)
{
    if (v.type == VALUE_ARRAY) {
        for (u32 i = 0; i < v.n; i++)
            put_message(out, v.items[i], arena);
        return;
    }
    const str text = value_text(v, arena);
    if (!text.n)
        return;
    buf_char(out, ' ');
    buf_add(out, text);
}

static str join_message(struct matcher *m, const struct event *event)
{
    buf_reset(&m->message);
    for (u32 i = 0; i < event->shape->n_fields; i++)
        put_message(&m->message, event_at(event, i), &m->asker.arena);
    buf_char(&m->message, ' ');
    return buf_str(&m->message);
}

/* The tests of FAST_WORDS that are true of any value of the event, to m->words; whether one of them
 * is a gate. */
static bool find_words(struct matcher *m, struct fast_plan *plan, const struct event *event)
{
    fast_found_start(&m->words);
    for (u32 i = 0; i < plan->n_const_words; i++)
        fast_found_add(&m->words, plan->const_words[i]);
    m->perhaps.n = 0;
    for (u32 i = 0; i < plan->n_words; i++)
        if (fast_words_may(plan->asks, event->slots[plan->word_slots[i]])) {
            *VEC_PUSH(&m->perhaps) = i;
            hash_slots(m, &plan->words[i], 1, event);
        }
    for (size_t i = 0; i < m->perhaps.n; i++) {
        struct fast_slot *const slot = &plan->words[m->perhaps.p[i]];
        const u32 list = list_of_slot(m, slot, &event->slots[slot->slot], true);
        for (u32 k = 0; k < m->lists.lists[list].n; k++)
            fast_found_add(&m->words, m->lists.lists[list].ids[k]);
    }
    bool gate = plan->asks->always;
    for (u32 i = 0; m->words.ids.n && i < plan->asks->n_gates && !gate; i++)
        gate = fast_found_has(&m->words, plan->asks->gates[i]);
    return gate;
}

static u32 list_of_message(struct matcher *m, struct fast_plan *plan, const struct event *event)
{
    const bool gate = find_words(m, plan, event);
    if (plan->message != FAST_NONE && gate) {
        fast_ask_text(&m->asker, plan->message, join_message(m, event), &m->words);
        arena_reset(&m->asker.arena);
    }
    return fast_lists_add(&m->lists, m->words.ids.p, m->words.ids.n);
}

static u32 list_of_refs(struct matcher *m, const struct fast_plan *plan, const struct event *event)
{
    fast_found_start(&m->tests);
    for (u32 i = 0; i < plan->n_refs; i++)
        fast_ask_event(&m->asker, plan->refs[i], event, &m->tests);
    arena_reset(&m->asker.arena);
    return fast_lists_add(&m->lists, m->tests.ids.p, m->tests.ids.n);
}

/* ------------------------------------------------------------------ lists to rules */

static bool evaluate(const struct fast_rules *rules, u32 id, const struct fast_found *tests)
{
    const struct fast_node *const node = &rules->nodes[id];
    switch (node->op) {
    case NODE_FALSE:
        return false;
    case NODE_TRUE:
        return true;
    case NODE_TEST:
        return fast_found_has(tests, node->first);
    case NODE_NOT:
        return !evaluate(rules, node->first, tests);
    case NODE_AND:
    case NODE_OR:
        break;
    }
    const bool stop = node->op == NODE_OR;
    for (u32 i = 0; i < node->n; i++)
        if (evaluate(rules, rules->kids[node->first + i], tests) == stop)
            return stop;
    return !stop;
}

/* The same where some tests are open: a unit is undecided when its answer hangs on one of them. */
enum answer { ANSWER_NO, ANSWER_OPEN, ANSWER_YES };

static enum answer answer_of(const struct fast_rules *rules, u32 id, const struct fast_found *tests)
{
    const struct fast_node *const node = &rules->nodes[id];
    enum answer out = node->op == NODE_AND ? ANSWER_YES : ANSWER_NO;
    switch (node->op) {
    case NODE_FALSE:
        return ANSWER_NO;
    case NODE_TRUE:
        return ANSWER_YES;
    case NODE_TEST:
        if (fast_found_has(tests, node->first))
            return ANSWER_YES;
        return fast_found_has(tests, fast_open_test(rules->tests, node->first)) ? ANSWER_OPEN
                                                                                : ANSWER_NO;
    case NODE_NOT:
        return (enum answer)(ANSWER_YES - answer_of(rules, node->first, tests));
    case NODE_AND:
    case NODE_OR:
        break;
    }
    for (u32 i = 0; i < node->n; i++) {
        const enum answer kid = answer_of(rules, rules->kids[node->first + i], tests);
        out = node->op == NODE_AND ? MIN(out, kid) : MAX(out, kid);
    }
    return out;
}

/* Rare, so every living unit is looked at. */
static void find_limited(struct matcher *m, const struct fast_plan *plan)
{
    for (u32 u = 0; plan->alive && u < m->rules->n_units; u++) {
        const struct fast_unit *const unit = &m->rules->units[u];
        if (plan->alive[u] && !m->limited[unit->rule] &&
            answer_of(m->rules, unit->root, &m->tests) == ANSWER_OPEN)
            m->limited[unit->rule] = true;
    }
}

static void try_unit(struct matcher *m, u32 u)
{
    const struct fast_unit *const unit = &m->rules->units[u];
    if (fast_found_has(&m->units, u))
        return;
    fast_found_add(&m->units, u);
    if (evaluate(m->rules, unit->root, &m->tests))
        fast_found_add(&m->matched, unit->rule);
}

/* Evaluates the units that a true test speaks for, and those that are always evaluated. */
static u32 outcome(struct matcher *m, const struct fast_plan *plan)
{
    fast_found_start(&m->tests);
    fast_found_start(&m->units);
    fast_found_start(&m->matched);
    for (size_t i = 0; i < m->key.n; i++) {
        const struct fast_list *const list = &m->lists.lists[m->key.p[i]];
        for (u32 k = 0; k < list->n; k++)
            fast_found_add(&m->tests, list->ids[k]);
    }
    const size_t n_open = m->tests.ids.n;
    const u32 n_tests = fast_tests_count(m->rules->tests);
    for (u32 i = 0; i < plan->n_known; i++)
        fast_found_add(&m->tests, plan->known[i]);
    bool limited = false;
    for (size_t i = 0; i < m->tests.ids.n; i++)
        limited |= m->tests.ids.p[i] >= n_tests;
    for (size_t i = 0; i < n_open; i++) {
        if (m->tests.ids.p[i] >= n_tests)
            continue;
        const u32 *const first = &m->rules->needed_by_first[m->tests.ids.p[i]];
        for (u32 k = first[0]; k < first[1]; k++)
            if (plan->alive[m->rules->needed_by[k]])
                try_unit(m, m->rules->needed_by[k]);
    }
    for (u32 i = 0; i < plan->n_always; i++)
        try_unit(m, plan->always[i]);
    for (u32 i = 0; i < plan->n_certain; i++)
        fast_found_add(&m->matched, plan->certain[i]);
    if (limited)
        find_limited(m, plan);
    return fast_lists_add(&m->lists, m->matched.ids.p, m->matched.ids.n);
}

static u32 match(void *matcher, const struct event *event, u32 *out)
{
    struct matcher *const m = matcher;
    struct fast_plan *const plan = plan_of(m, event->shape);
    if (!plan->alive && plan->n_certain == 0)
        return 0;
    if (fast_lists_bytes(&m->lists) > m->max_lists)
        forget(m);
    m->key.n = 0;
    hash_slots(m, plan->slots, plan->n_slots, event);
    for (u32 i = 0; i < plan->n_slots; i++) {
        const u32 list =
            list_of_slot(m, &plan->slots[i], &event->slots[plan->slots[i].slot], false);
        *VEC_PUSH(&m->key) = list;
    }
    if (plan->asks) {
        const u32 list = list_of_message(m, plan, event);
        *VEC_PUSH(&m->key) = list;
    }
    if (plan->n_refs) {
        const u32 list = list_of_refs(m, plan, event);
        *VEC_PUSH(&m->key) = list;
    }
    const void *const lists = m->key.n ? (const void *)m->key.p : "";
    const struct fast_key key = fast_key_of(m->seed, lists, m->key.n * sizeof *m->key.p);
    u32 list = fast_table_find(&m->outcomes, key, plan->id);
    if (list == FAST_TABLE_FREE) {
        list = outcome(m, plan);
        fast_table_add(&m->outcomes, key, plan->id, list);
    }
    const struct fast_list *const rules = &m->lists.lists[list];
    if (rules->n)
        memcpy(out, rules->ids, rules->n * sizeof *out);
    return rules->n;
}

static const bool *limited_rules(const void *matcher)
{
    return ((const struct matcher *)matcher)->limited;
}

/* Headers of hostile logs may bring a new shape with every line: only so many get a screen. */
static struct kept_screen *find_screen(struct matcher *m, u32 shape, bool also)
{
    VEC_EACH (&m->screens, kept)
        if (kept->shape == shape && kept->also == also)
            return kept;
    if (m->screens.n == MAX_SCREENS)
        return NULL;
    struct kept_screen *const kept = VEC_PUSH(&m->screens);
    *kept = (struct kept_screen){.shape = shape, .also = also};
    return kept;
}

static const struct line_screen *screen(void *matcher, const struct shape *shape, const str *also,
                                        u32 n_also)
{
    struct matcher *const m = matcher;
    struct kept_screen *const kept = find_screen(m, shape->id, n_also > 0);
    if (!kept || (!kept->made && kept->asked++ < SCREEN_AFTER))
        return NULL;
    if (!kept->made) {
        const struct fast_screen_for from = {
            .rules = m->rules,
            .plan = plan_of(m, shape),
            .shape = shape,
            .asker = &m->asker,
            .seed = m->seed,
            .also = also,
            .n_also = n_also,
        };
        kept->screen = fast_screen_new(&from);
    }
    kept->made = true;
    return kept->screen ? fast_screen_lines(kept->screen) : NULL;
}

const struct matcher_ops matcher_fast = {
    .name = "fast",
    .compile = compile,
    .free = free_compiled,
    .open = open_matcher,
    .match = match,
    .limited = limited_rules,
    .screen = screen,
    .close = close_matcher,
};
