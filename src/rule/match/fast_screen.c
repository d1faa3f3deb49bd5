#include "rule/match/fast_screen.h"

/* A list of atoms, one of which is in the line when something is true; or what is known without. */
struct clause {
    enum { MAY_BE, NEVER, ATOMS } what;
    u32 *atoms; /* numbers */
    u32 n;
    u64 cost;
};

#define MAX_COLUMNS 4
#define COMMON      1000 /* of 100,000 lines: atoms that are met more often are worse than a column */
#define NO_COLUMN   UINT64_MAX
#define MAX_VALUES  (1u << 12)

/* Units that are watched in one column. */
struct watcher {
    u32 column, field; /* the field's number in the tests */
    u32 *units;
    u32 n_units;
    struct fast_table values; /* → 1: of interest */
    struct fast_key last;
    u32 last_type;
    bool has_last, last_wanted;
    bool has_none, none_wanted; /* for every value of which no test is true: nearly all new ones, a
                                   GUID in each */
};

struct fast_screen {
    struct line_screen lines;
    const struct fast_rules *rules;
    struct arena arena;
    struct intern atoms;   /* all that tests of the units ask for */
    struct clause **tests; /* by test, as far as asked */
    struct unit_clause {
        u32 unit;
        struct clause clause;
    } * units;
    u32 n_units;
    struct watcher watchers[MAX_COLUMNS];
    u32 columns[MAX_COLUMNS];
    u32 n_watchers;
    struct fast_asker *asker;
    struct fast_seed seed;
    struct fast_found true_tests;
    u32 n_also; /* atoms 0 … n_also - 1 make a line of interest by themselves */
    str *texts; /* the atoms that are looked for in blocks */
    u32 n_texts;
    const struct fast_needles *needles;
    struct fast_found found;
    struct arena scratch;
};

/* What only the making needs. */
struct maker {
    struct fast_screen *screen;
    const struct fast_plan *plan;
    const struct shape *shape;
    struct fast_found known;
    struct arena *arena;
};

/* ------------------------------------------------------------------ tests to atoms */

/* Looks the same in a line and in a value, whatever the format. */
static bool is_plain(char c)
{
    return c > ' ' && c < 0x7F && c != '"';
}

/* The piece of the literal that is least likely to be in a line. */
static str best_piece(str literal, struct arena *arena)
{
    str best = STR_NONE;
    u32 least = UINT32_MAX;
    for (size_t at = 0; at < literal.n;) {
        size_t n = 0;
        while (at + n < literal.n && is_plain(literal.p[at + n]))
            n++;
        const str piece = str_sub(literal, at, at + n);
        if (n >= ATOM_MIN && atoms_commonness(piece) < least) {
            least = atoms_commonness(piece);
            best = piece;
        }
        at += n + 1;
    }
    char *const out = arena_alloc(arena, best.n + 1, 1);
    for (size_t i = 0; i < best.n; i++)
        out[i] = ascii_lower(best.p[i]);
    return (str){out, best.n};
}

/* Constants are part of every message and of no line. */
static bool in_constants(const struct maker *m, str atom)
{
    struct arena scratch = {0};
    bool found = false;
    for (u32 i = 0; i < m->shape->n_consts && !found; i++) {
        const str text = value_text(m->shape->consts[i], &scratch);
        found = str_ifind(fast_fold_text(fast_tests_fold(m->screen->rules->tests), text, &scratch),
                          atom) != SIZE_MAX;
    }
    arena_release(&scratch);
    return found;
}

static bool is_message(const struct maker *m, const struct fast_test *test)
{
    const u32 id = fast_field_id(m->screen->rules->tests, test->field);
    return id == FAST_MESSAGE || id == FAST_WORDS;
}

/* Built with -DSCREEN_DROP_ATOM=n one atom in n is lost: a mistake made on purpose, which the
 * comparison of screened with unscreened lines has to find (tests/meson.build). */
static bool is_lost(str atom)
{
#ifdef SCREEN_DROP_ATOM
    return hash_bytes(atom.p, atom.n) % SCREEN_DROP_ATOM == 0;
#else
    (void)atom;
    return false;
#endif
}

static struct clause clause_of_literals(struct maker *m, const struct fast_test *test,
                                        const str *literals, u32 n)
{
    struct clause out = {.what = ATOMS, .atoms = ARENA_ARRAY(m->arena, u32, n)};
    for (u32 i = 0; i < n; i++) {
        const str piece = best_piece(literals[i], m->arena);
        if (piece.n == 0 || (is_message(m, test) && in_constants(m, piece)))
            return (struct clause){.what = MAY_BE};
        if (is_lost(piece))
            continue;
        out.atoms[out.n++] = intern_add(&m->screen->atoms, piece);
        out.cost += atoms_commonness(piece);
    }
    return out;
}

/* All literals of a pattern are in the value: the best will do. */
static struct clause clause_of_pattern(struct maker *m, const struct fast_test *test)
{
    struct clause best = {.what = MAY_BE};
    for (u32 i = 0; i < test->pattern.n; i++) {
        if (test->pattern.elements[i].token)
            continue;
        const struct clause c = clause_of_literals(m, test, &test->pattern.elements[i].text, 1);
        if (c.what == ATOMS && (best.what != ATOMS || c.cost < best.cost))
            best = c;
    }
    return best;
}

/* A line that is passed over has every column. */
static struct clause clause_of_varying(struct maker *m, const struct fast_test *test)
{
    const str *gate;
    u32 n;
    switch (test->kind) {
    case TEST_NULL:
        return (struct clause){.what = NEVER};
    case TEST_PATTERN:
        return clause_of_pattern(m, test);
    case TEST_REGEX:
        if (fast_regex_gate(test->regex.pattern, test->regex.flags, m->arena, &gate, &n))
            return clause_of_literals(m, test, gate, n);
        break;
    case TEST_EXISTS:
    case TEST_NUMBER:
    case TEST_NET:
    case TEST_PART:
    case TEST_REF:
    case TEST_DATA:
        break;
    }
    return (struct clause){.what = MAY_BE};
}

static struct clause clause_of_test(struct maker *m, u32 id)
{
    const struct fast_tests *const tests = m->screen->rules->tests;
    const struct fast_test *const test = fast_tests_at(tests, id);
    if (m->screen->tests[id])
        return *m->screen->tests[id];
    const i32 at =
        is_message(m, test) ? -1 : shape_find(m->shape, fast_field_id(tests, test->field));
    const bool varies = is_message(m, test) || (at >= 0 && m->shape->fields[at].slot >= 0) ||
                        test->kind == TEST_REF || test->kind == TEST_DATA;
    struct clause *const out = ARENA_NEW(m->arena, struct clause);
    if (varies)
        *out = clause_of_varying(m, test);
    else if (!fast_found_has(&m->known, id) &&
             !fast_found_has(&m->known, fast_open_test(tests, id)))
        out->what = NEVER;
    m->screen->tests[id] = out;
    return *out;
}

/* ------------------------------------------------------------------ units to atoms */

static struct clause clause_of(struct maker *m, u32 id);

static struct clause clause_of_any(struct maker *m, const struct fast_node *node)
{
    struct clause *const kids = ARENA_ARRAY(m->arena, struct clause, node->n);
    struct clause out = {.what = NEVER};
    u32 n = 0;
    bool open = false;
    for (u32 i = 0; i < node->n; i++) {
        kids[i] = clause_of(m, m->screen->rules->kids[node->first + i]);
        open |= kids[i].what == MAY_BE;
        n += kids[i].n;
    }
    if (open)
        return (struct clause){.what = MAY_BE};
    out.atoms = ARENA_ARRAY(m->arena, u32, n);
    for (u32 i = 0; i < node->n; i++) {
        if (kids[i].what == ATOMS)
            out.what = ATOMS;
        out.cost += kids[i].cost;
        for (u32 k = 0; k < kids[i].n; k++)
            out.atoms[out.n++] = kids[i].atoms[k];
    }
    return out;
}

static struct clause clause_of_all(struct maker *m, const struct fast_node *node)
{
    struct clause best = {.what = MAY_BE};
    for (u32 i = 0; i < node->n; i++) {
        const struct clause kid = clause_of(m, m->screen->rules->kids[node->first + i]);
        if (kid.what == NEVER)
            return kid;
        if (kid.what == ATOMS && (best.what != ATOMS || kid.cost < best.cost))
            best = kid;
    }
    return best;
}

static struct clause clause_of(struct maker *m, u32 id)
{
    const struct fast_node *const node = &m->screen->rules->nodes[id];
    switch (node->op) {
    case NODE_TEST:
        return clause_of_test(m, node->first);
    case NODE_AND:
        return clause_of_all(m, node);
    case NODE_OR:
        return clause_of_any(m, node);
    case NODE_FALSE:
        return (struct clause){.what = NEVER};
    case NODE_TRUE:
    case NODE_NOT:
        break;
    }
    return (struct clause){.what = MAY_BE};
}

/* ------------------------------------------------------------------ columns */

static bool is_null(const struct clause *clause)
{
    return clause && clause->what == NEVER;
}

/* In how many of 100,000 lines the node may be true as far as one field says, roughly; NO_COLUMN:
 * it says nothing. */
static u64 column_cost(struct maker *m, u32 id, u32 field);

static u64 test_cost(struct maker *m, u32 id, u32 field)
{
    const struct fast_test *const test = fast_tests_at(m->screen->rules->tests, id);
    const struct clause clause = clause_of_test(m, id);
    if (clause.what == NEVER)
        return 0;
    if (test->field != field)
        return NO_COLUMN;
    switch (test->kind) {
    case TEST_PATTERN:
        return clause.what == ATOMS ? clause.cost : 50000;
    case TEST_REGEX:
        return 500;
    case TEST_NUMBER:
    case TEST_PART:
        return test->cmp == CMP_EQ ? 5000 : 50000;
    case TEST_NET:
        return 20000;
    case TEST_NULL:
    case TEST_EXISTS:
    case TEST_REF:
    case TEST_DATA:
        break;
    }
    return NO_COLUMN;
}

static u64 column_cost(struct maker *m, u32 id, u32 field)
{
    const struct fast_node *const node = &m->screen->rules->nodes[id];
    u64 out = node->op == NODE_OR ? 0 : NO_COLUMN;
    switch (node->op) {
    case NODE_TEST:
        return test_cost(m, node->first, field);
    case NODE_FALSE:
        return 0;
    case NODE_TRUE:
    case NODE_NOT:
        return NO_COLUMN;
    case NODE_AND:
    case NODE_OR:
        break;
    }
    for (u32 i = 0; i < node->n; i++) {
        const u64 kid = column_cost(m, m->screen->rules->kids[node->first + i], field);
        if (node->op == NODE_AND)
            out = MIN(out, kid);
        else
            out = kid == NO_COLUMN || out == NO_COLUMN ? NO_COLUMN : out + kid;
    }
    return out;
}

/* The watcher of a field, made if new; NULL when it is in no column, or there are too many. */
static struct watcher *find_watcher(struct maker *m, u32 field)
{
    struct fast_screen *const s = m->screen;
    const u32 id = fast_field_id(s->rules->tests, field);
    for (u32 i = 0; i < s->n_watchers; i++)
        if (s->watchers[i].field == field)
            return &s->watchers[i];
    const i32 at = shape_find(m->shape, id);
    if (s->n_watchers == MAX_COLUMNS || at < 0 || m->shape->fields[at].slot < 0)
        return NULL;
    struct watcher *const w = &s->watchers[s->n_watchers];
    *w = (struct watcher){.column = (u32)m->shape->fields[at].slot,
                          .field = field,
                          .units = ARENA_ARRAY(m->arena, u32, s->rules->n_units)};
    s->columns[s->n_watchers++] = w->column;
    fast_table_init(&w->values, MAX_VALUES);
    return w;
}

/* Watch the unit in a column, if one is better than `cost`. */
static bool watch(struct maker *m, u32 u, u64 cost)
{
    const struct fast_unit *const unit = &m->screen->rules->units[u];
    u32 best = FAST_NONE;
    for (u32 i = 0; i < unit->n_fields; i++) {
        const u64 here = column_cost(m, unit->root, unit->fields[i]);
        const u32 id = fast_field_id(m->screen->rules->tests, unit->fields[i]);
        if (here < cost && id != FAST_MESSAGE && id != FAST_WORDS &&
            shape_find(m->shape, id) >= 0) {
            best = unit->fields[i];
            cost = here;
        }
    }
    struct watcher *const w = best == FAST_NONE ? NULL : find_watcher(m, best);
    if (w)
        w->units[w->n_units++] = u;
    return w;
}

/* Can the node be true of a line with the value that true_tests were found for? */
static enum answer {
    ANSWER_NO,
    ANSWER_OPEN,
    ANSWER_YES
} fold(const struct fast_screen *s, const struct watcher *w, u32 id)
{
    const struct fast_node *const node = &s->rules->nodes[id];
    const struct fast_tests *const tests = s->rules->tests;
    enum answer out = node->op == NODE_AND ? ANSWER_YES : ANSWER_NO;
    switch (node->op) {
    case NODE_FALSE:
        return ANSWER_NO;
    case NODE_TRUE:
        return ANSWER_YES;
    case NODE_NOT:
        return (enum answer)(ANSWER_YES - fold(s, w, node->first));
    case NODE_TEST:
        if (is_null(s->tests[node->first]))
            return ANSWER_NO;
        if (fast_tests_at(tests, node->first)->field != w->field ||
            fast_tests_at(tests, node->first)->kind == TEST_REF)
            return ANSWER_OPEN;
        if (fast_found_has(&s->true_tests, node->first))
            return ANSWER_YES;
        return fast_found_has(&s->true_tests, fast_open_test(tests, node->first)) ? ANSWER_OPEN
                                                                                  : ANSWER_NO;
    case NODE_AND:
    case NODE_OR:
        break;
    }
    for (u32 i = 0; i < node->n; i++) {
        const enum answer kid = fold(s, w, s->rules->kids[node->first + i]);
        out = node->op == NODE_AND ? MIN(out, kid) : MAX(out, kid);
    }
    return out;
}

static bool fold_units(const struct fast_screen *s, const struct watcher *w)
{
    for (u32 i = 0; i < w->n_units; i++)
        if (fold(s, w, s->rules->units[w->units[i]].root) != ANSWER_NO)
            return true;
    return false;
}

static bool ask_value(struct fast_screen *s, struct watcher *w, struct value v)
{
    fast_found_start(&s->true_tests);
    fast_ask(s->asker, w->field, v, &s->true_tests);
    arena_reset(&s->asker->arena);
    if (s->true_tests.ids.n > 0)
        return fold_units(s, w);
    if (!w->has_none)
        w->none_wanted = fold_units(s, w);
    w->has_none = true;
    return w->none_wanted;
}

static bool wants_value(void *arg, u32 i, struct value v)
{
    struct fast_screen *const s = arg;
    struct watcher *const w = &s->watchers[i];
    const struct fast_key key = fast_key_of(s->seed, v.n ? v.p : "", v.n);
    if (w->has_last && w->last_type == v.type && fast_key_eq(w->last, key))
        return w->last_wanted;
    u32 wanted = fast_table_find(&w->values, key, v.type);
    if (wanted == FAST_TABLE_FREE) {
        wanted = ask_value(s, w, v);
        fast_table_add(&w->values, key, v.type, wanted);
    }
    w->last = key;
    w->last_type = v.type;
    w->last_wanted = wanted;
    w->has_last = true;
    return wanted;
}

/* ------------------------------------------------------------------ a closer look */

static bool has_atom(const struct fast_screen *s, const struct clause *clause)
{
    for (u32 i = 0; i < clause->n; i++)
        if (fast_found_has(&s->found, clause->atoms[i]))
            return true;
    return false;
}

/* Could the node be true of a line with the atoms found? */
static bool may_be(const struct fast_screen *s, u32 id)
{
    const struct fast_node *const node = &s->rules->nodes[id];
    const struct clause *clause;
    switch (node->op) {
    case NODE_FALSE:
        return false;
    case NODE_TRUE:
    case NODE_NOT:
        return true;
    case NODE_TEST:
        clause = s->tests[node->first];
        return !clause || clause->what == MAY_BE || (clause->what == ATOMS && has_atom(s, clause));
    case NODE_AND:
    case NODE_OR:
        break;
    }
    const bool stop = node->op == NODE_OR;
    for (u32 i = 0; i < node->n; i++)
        if (may_be(s, s->rules->kids[node->first + i]) == stop)
            return stop;
    return !stop;
}

static bool wants(void *arg, str line)
{
    struct fast_screen *const s = arg;
    const str text = value_text(value_utf8(line), &s->scratch);
    fast_found_start(&s->found);
    fast_needles_find(
        s->needles, fast_fold_text(fast_tests_fold(s->rules->tests), text, &s->scratch), &s->found);
    arena_reset(&s->scratch);
    for (u32 i = 0; i < s->n_also; i++)
        if (fast_found_has(&s->found, i))
            return true;
    for (u32 i = 0; s->found.ids.n && i < s->n_units; i++)
        if (has_atom(s, &s->units[i].clause) && may_be(s, s->rules->units[s->units[i].unit].root))
            return true;
    return false;
}

/* ------------------------------------------------------------------ making */

static bool take_units(struct maker *m)
{
    struct fast_screen *const s = m->screen;
    s->units = ARENA_ARRAY(m->arena, struct unit_clause, s->rules->n_units);
    for (u32 u = 0; m->plan->alive && u < s->rules->n_units; u++) {
        if (!m->plan->alive[u])
            continue;
        const struct clause clause = clause_of(m, s->rules->units[u].root);
        const u64 cost = clause.what == ATOMS ? clause.cost : NO_COLUMN;
        if (clause.what == NEVER || (cost > COMMON && watch(m, u, cost)))
            continue;
        if (clause.what == MAY_BE)
            return false;
        s->units[s->n_units++] = (struct unit_clause){u, clause};
    }
    return true;
}

/* Every atom is looked for in the closer look; in the large text only those that units were chosen
 * to need. */
static void make_searches(struct fast_screen *s)
{
    const u32 n = intern_count(&s->atoms);
    bool *const used = ARENA_ARRAY(&s->arena, bool, n);
    struct fast_literal *const all = ARENA_ARRAY(&s->arena, struct fast_literal, n);
    s->texts = ARENA_ARRAY(&s->arena, str, n);
    for (u32 i = 0; i < s->n_units; i++)
        for (u32 k = 0; k < s->units[i].clause.n; k++)
            used[s->units[i].clause.atoms[k]] = true;
    for (u32 i = 0; i < n; i++) {
        all[i] = (struct fast_literal){intern_text(&s->atoms, i), i};
        if (used[i] || i < s->n_also)
            s->texts[s->n_texts++] = all[i].text;
    }
    fast_found_init(&s->found, n);
    s->needles = fast_needles_new(all, n, &s->arena);
    s->lines = (struct line_screen){.wants = wants,
                                    .columns = s->columns,
                                    .n_columns = s->n_watchers,
                                    .wants_value = wants_value,
                                    .arg = s};
    if (s->n_texts)
        s->lines.atoms = atoms_new(s->texts, s->n_texts, &s->arena);
}

struct fast_screen *fast_screen_new(const struct fast_screen_for *from)
{
    const u32 n_ids = fast_ids_count(from->rules->tests);
    struct fast_screen *const s = mem_calloc(1, sizeof *s);
    struct maker m = {.screen = s, .plan = from->plan, .shape = from->shape, .arena = &s->arena};
    s->rules = from->rules;
    s->asker = from->asker;
    s->seed = from->seed;
    s->n_also = from->n_also;
    intern_init(&s->atoms, NULL);
    for (u32 i = 0; i < from->n_also; i++)
        (void)intern_add(&s->atoms, from->also[i]);
    s->tests = ARENA_ARRAY(&s->arena, struct clause *, n_ids);
    fast_found_init(&s->true_tests, n_ids);
    fast_found_init(&m.known, n_ids);
    for (u32 i = 0; i < from->plan->n_known; i++)
        fast_found_add(&m.known, from->plan->known[i]);
    const bool can = from->plan->n_certain == 0 && take_units(&m);
    fast_found_release(&m.known);
    if (can) {
        make_searches(s);
        return s;
    }
    fast_found_init(&s->found, 0);
    fast_screen_free(s);
    return NULL;
}

void fast_screen_free(struct fast_screen *s)
{
    if (!s)
        return;
    intern_release(&s->atoms);
    fast_found_release(&s->found);
    fast_found_release(&s->true_tests);
    for (u32 i = 0; i < s->n_watchers; i++)
        fast_table_release(&s->watchers[i].values);
    arena_release(&s->arena);
    arena_release(&s->scratch);
    mem_free(s);
}

const struct line_screen *fast_screen_lines(const struct fast_screen *s)
{
    return &s->lines;
}

u32 fast_screen_texts(const struct fast_screen *s, const str **ret_texts)
{
    *ret_texts = s->texts;
    return s->n_texts;
}
