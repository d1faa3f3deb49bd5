#include "rule/match/fast_test.h"

#include <stdio.h>

/* A needle of a field: the test that it is by itself, and those that it stands before. */
struct needle {
    u32 direct;   /* test, or FAST_NONE */
    u32 first, n; /* in `behind` */
};

struct field_tests {
    u32 id;
    u32 null_test, exists_test, any_test; /* FAST_NONE where nobody asks */
    bool asks_text;                       /* a test needs the text */
    const struct fast_affixes *equal, *prefix, *suffix, *numbers;
    const struct fast_needles *needles;
    u32 *each; /* tests asked of every value */
    u32 n_each;
};

struct fast_tests {
    struct arena *arena;
    const struct fast_fold *fold;
    struct intern keys; /* what a test asks → its number */
    VEC(struct fast_test) tests;
    VEC(struct field_tests) fields;
    VEC(u32) field_of_id;
    struct needle *needles; /* of all fields */
    u32 n_needles;
    u32 *behind;
    u32 n_regexes;
    u32 message, words; /* numbers of FAST_MESSAGE and FAST_WORDS */
};

struct fast_tests *fast_tests_new(struct arena *arena)
{
    struct fast_tests *const tests = ARENA_NEW(arena, struct fast_tests);
    tests->arena = arena;
    tests->fold = fast_fold_new(arena);
    tests->message = tests->words = FAST_NONE;
    intern_init(&tests->keys, NULL);
    return tests;
}

const struct fast_fold *fast_tests_fold(const struct fast_tests *tests)
{
    return tests->fold;
}

u32 fast_tests_count(const struct fast_tests *tests)
{
    return (u32)tests->tests.n;
}

const struct fast_test *fast_tests_at(const struct fast_tests *tests, u32 test)
{
    return &tests->tests.p[test];
}

u32 fast_fields_count(const struct fast_tests *tests)
{
    return (u32)tests->fields.n;
}

u32 fast_field_id(const struct fast_tests *tests, u32 field)
{
    return tests->fields.p[field].id;
}

u32 fast_field_find(const struct fast_tests *tests, u32 id)
{
    if (id == FAST_MESSAGE)
        return tests->message;
    if (id == FAST_WORDS)
        return tests->words;
    return id < tests->field_of_id.n ? tests->field_of_id.p[id] : FAST_NONE;
}

/* ------------------------------------------------------------------ adding */

static u32 field_number(struct fast_tests *tests, u32 id)
{
    u32 number = fast_field_find(tests, id);
    if (number != FAST_NONE)
        return number;
    number = (u32)tests->fields.n;
    *VEC_PUSH(&tests->fields) = (struct field_tests){
        .id = id, .null_test = FAST_NONE, .exists_test = FAST_NONE, .any_test = FAST_NONE};
    if (id == FAST_MESSAGE || id == FAST_WORDS) {
        *(id == FAST_WORDS ? &tests->words : &tests->message) = number;
        return number;
    }
    while (tests->field_of_id.n <= id)
        *VEC_PUSH(&tests->field_of_id) = FAST_NONE;
    tests->field_of_id.p[id] = number;
    return number;
}

static str key_of(const struct fast_test *test, u32 field, struct arena *arena)
{
    str rest = S("");
    u32 small = 0;
    const bool data = test->kind == TEST_DATA;
    switch (data ? test->inner : test->kind) {
    case TEST_NULL:
    case TEST_EXISTS:
        break;
    case TEST_PATTERN:
        rest = test->pattern.key;
        break;
    case TEST_REGEX:
        rest = test->regex.pattern;
        small = test->regex.flags;
        break;
    case TEST_PART:
    case TEST_NUMBER:
        rest = fast_number_key(&test->number, arena);
        small = (u32)test->cmp << 8 | (test->kind == TEST_PART ? (u32)test->part : 0);
        break;
    case TEST_NET:
        rest = (str){(const char *)test->net.bytes, sizeof test->net.bytes};
        small = (u32)test->net.n_bytes << 8 | test->net.bits;
        break;
    case TEST_REF:
        rest = arena_printf(arena, "%u", test->other);
        small = (u32)test->relation << 1 | test->exact_case;
        break;
    case TEST_DATA:
        break;
    }
    const u32 head[] = {(u32)test->kind, field, small, data ? (u32)test->inner : 0,
                        data ? test->other : 0};
    char *const out = arena_alloc(arena, sizeof head + rest.n, 1);
    memcpy(out, head, sizeof head);
    if (rest.n)
        memcpy(out + sizeof head, rest.p, rest.n);
    return (str){out, sizeof head + rest.n};
}

u32 fast_tests_add(struct fast_tests *tests, u32 field_id, const struct fast_test *test)
{
    const u32 field = field_number(tests, field_id);
    struct arena scratch = {0};
    const u32 id = intern_add(&tests->keys, key_of(test, field, &scratch));
    arena_release(&scratch);
    if (id < tests->tests.n)
        return id;
    struct fast_test *const own = VEC_PUSH(&tests->tests);
    *own = *test;
    own->field = field;
    if (own->kind == TEST_PATTERN || (own->kind == TEST_DATA && own->inner == TEST_PATTERN))
        own->pattern = fast_pattern_keep(&own->pattern, tests->arena);
    if (own->kind == TEST_REGEX || (own->kind == TEST_DATA && own->inner == TEST_REGEX))
        own->regex.id = tests->n_regexes++;
    return id;
}

void fast_tests_set_gates(struct fast_tests *tests, u32 test, const u32 *gates, u32 n)
{
    tests->tests.p[test].gates = ARENA_COPY(tests->arena, gates, n);
    tests->tests.p[test].n_gates = n;
}

/* ------------------------------------------------------------------ filing */

typedef VEC(struct fast_literal) literals;

/* A test and the needle that stands for it, or before it. */
struct behind {
    u32 needle, test;
    bool direct;
};

/* What one field's tests are sorted into. */
struct filing {
    literals equal, prefix, suffix, numbers, needles;
    VEC(u32) each;
    struct intern needle_ids; /* needle text → place in `found` */
    VEC(struct behind) found;
};

/* Built with -DFAST_DROP_LITERAL=n one literal in n is lost: a mistake made on purpose, which the
 * comparison with the plain matcher has to find (tests/meson.build). */
static bool is_lost(str literal, u32 test)
{
#ifdef FAST_DROP_LITERAL
    return (hash_bytes(literal.p, literal.n) + test) % FAST_DROP_LITERAL == 0;
#else
    (void)literal, (void)test;
    return false;
#endif
}

static void file_needle(struct filing *f, str text, u32 test, bool direct)
{
    if (is_lost(text, test))
        return;
    const u32 needle = intern_add(&f->needle_ids, text);
    if (needle == f->needles.n)
        *VEC_PUSH(&f->needles) = (struct fast_literal){text, needle};
    *VEC_PUSH(&f->found) = (struct behind){needle, test, direct};
}

/* A literal with its case goes behind its folded self, like any pattern that has to be compared. */
static void file_pattern(struct filing *f, struct field_tests *field, const struct fast_pattern *p,
                         u32 test)
{
    const struct fast_literal literal = {p->literal, test};
    if (p->literal.n && is_lost(p->literal, test))
        return;
    if (p->shape == SHAPE_ANY)
        field->any_test = test;
    else if (p->shape == SHAPE_EQUAL && (!p->exact_case || p->literal.n == 0))
        *VEC_PUSH(&f->equal) = literal;
    else if (p->shape == SHAPE_PREFIX && !p->exact_case)
        *VEC_PUSH(&f->prefix) = literal;
    else if (p->shape == SHAPE_SUFFIX && !p->exact_case)
        *VEC_PUSH(&f->suffix) = literal;
    else if (p->needle.n)
        file_needle(f, p->needle, test, p->shape == SHAPE_CONTAINS && !p->exact_case);
    else
        *VEC_PUSH(&f->each) = test;
}

static void file_regex(struct filing *f, const struct fast_test *test, u32 id, struct arena *arena)
{
    const str *gate;
    u32 n;
    if (fast_regex_gate(test->regex.pattern, test->regex.flags, arena, &gate, &n))
        for (u32 i = 0; i < n; i++)
            file_needle(f, gate[i], id, false);
    else
        *VEC_PUSH(&f->each) = id;
}

static void file_number(struct filing *f, const struct fast_test *test, u32 id, struct arena *arena)
{
    if (test->cmp == CMP_EQ)
        *VEC_PUSH(&f->numbers) = (struct fast_literal){fast_number_key(&test->number, arena), id};
    else
        *VEC_PUSH(&f->each) = id;
}

static void file_test(struct filing *f, struct fast_tests *tests, struct field_tests *field, u32 id)
{
    const struct fast_test *const test = &tests->tests.p[id];
    field->asks_text |= test->kind >= TEST_PATTERN && test->kind <= TEST_PART;
    switch (test->kind) {
    case TEST_NULL:
        field->null_test = id;
        break;
    case TEST_EXISTS:
        field->exists_test = id;
        break;
    case TEST_PATTERN:
        file_pattern(f, field, &test->pattern, id);
        break;
    case TEST_REGEX:
        file_regex(f, test, id, tests->arena);
        break;
    case TEST_NUMBER:
        file_number(f, test, id, tests->arena);
        break;
    case TEST_NET:
    case TEST_PART:
        *VEC_PUSH(&f->each) = id;
        break;
    case TEST_REF:
    case TEST_DATA:
        break;
    }
}

/* Needles get numbers of their own across all fields, so that one array of marks serves every
 * field. */
static void place_needles(struct fast_tests *tests, struct filing *f, struct needle *needles,
                          u32 *behind, u32 *n_behind)
{
    struct needle *const own = needles + tests->n_needles;
    for (size_t i = 0; i < f->needles.n; i++) {
        own[i] = (struct needle){.direct = FAST_NONE};
        f->needles.p[i].id += tests->n_needles;
    }
    VEC_EACH (&f->found, b)
        own[b->needle].n += !b->direct;
    for (size_t i = 0; i < f->needles.n; i++) {
        own[i].first = *n_behind;
        *n_behind += own[i].n;
        own[i].n = 0;
    }
    VEC_EACH (&f->found, b) {
        struct needle *const needle = &own[b->needle];
        if (b->direct)
            needle->direct = b->test;
        else
            behind[needle->first + needle->n++] = b->test;
    }
    tests->n_needles += (u32)f->needles.n;
}

static void file_field(struct fast_tests *tests, struct field_tests *field, struct filing *f)
{
    struct arena *const arena = tests->arena;
    field->equal = fast_affixes_new(f->equal.p, f->equal.n, END_BOTH, arena);
    field->prefix = fast_affixes_new(f->prefix.p, f->prefix.n, END_START, arena);
    field->suffix = fast_affixes_new(f->suffix.p, f->suffix.n, END_STOP, arena);
    field->numbers = fast_affixes_new(f->numbers.p, f->numbers.n, END_BOTH, arena);
    field->needles = fast_needles_new(f->needles.p, f->needles.n, arena);
    field->n_each = (u32)f->each.n;
    field->each = ARENA_ARRAY(arena, u32, f->each.n);
    if (f->each.n)
        memcpy(field->each, f->each.p, f->each.n * sizeof *f->each.p);
    VEC_FREE(&f->equal);
    VEC_FREE(&f->prefix);
    VEC_FREE(&f->suffix);
    VEC_FREE(&f->numbers);
    VEC_FREE(&f->needles);
    VEC_FREE(&f->each);
    VEC_FREE(&f->found);
    intern_release(&f->needle_ids);
}

void fast_tests_finish(struct fast_tests *tests)
{
    const size_t n_fields = tests->fields.n;
    struct filing *const filings = mem_calloc(n_fields + 1, sizeof *filings);
    for (size_t i = 0; i < n_fields; i++)
        intern_init(&filings[i].needle_ids, NULL);
    for (u32 id = 0; id < tests->tests.n; id++) {
        const u32 field = tests->tests.p[id].field;
        file_test(&filings[field], tests, &tests->fields.p[field], id);
    }
    size_t n_needles = 0, n_behind = 0;
    for (size_t i = 0; i < n_fields; i++) {
        n_needles += filings[i].needles.n;
        n_behind += filings[i].found.n;
    }
    tests->needles = ARENA_ARRAY(tests->arena, struct needle, n_needles);
    tests->behind = ARENA_ARRAY(tests->arena, u32, n_behind);
    u32 at = 0;
    for (size_t i = 0; i < n_fields; i++) {
        place_needles(tests, &filings[i], tests->needles, tests->behind, &at);
        file_field(tests, &tests->fields.p[i], &filings[i]);
    }
    mem_free(filings);
    intern_release(&tests->keys);
    ARENA_SETTLE(tests->arena, &tests->tests);
    ARENA_SETTLE(tests->arena, &tests->fields);
    ARENA_SETTLE(tests->arena, &tests->field_of_id);
}

/* ------------------------------------------------------------------ asking */

void fast_asker_init(struct fast_asker *asker, const struct fast_tests *tests)
{
    *asker = (struct fast_asker){.tests = tests, .regex = fast_regex_scratch_new()};
    fast_found_init(&asker->needles, tests->n_needles);
}

void fast_asker_release(struct fast_asker *asker)
{
    fast_found_release(&asker->needles);
    fast_regex_scratch_free(asker->regex);
    arena_release(&asker->arena);
}

static bool holds(enum sigma_cmp cmp, int order)
{
    switch (cmp) {
    case CMP_GT:
        return order > 0;
    case CMP_GTE:
        return order >= 0;
    case CMP_LT:
        return order < 0;
    case CMP_LTE:
        return order <= 0;
    case CMP_EQ:
        return order == 0;
    case CMP_NEQ:
        break;
    }
    return order != 0;
}

/* What a text is besides a text, worked out when first asked. */
struct view {
    const struct fast_text *text;
    bool number_known, is_number, address_known, is_address;
    struct fast_number number;
    struct fast_net address;
};

static const struct fast_number *number_of(struct view *v)
{
    if (!v->number_known)
        v->is_number = fast_number_read(v->text->exact, &v->number);
    v->number_known = true;
    return v->is_number ? &v->number : NULL;
}

static const struct fast_net *address_of(struct view *v)
{
    if (!v->address_known)
        v->is_address = fast_address_read(v->text->exact, &v->address);
    v->address_known = true;
    return v->is_address ? &v->address : NULL;
}

static bool ask_part(const struct fast_test *test, str text)
{
    i64 part;
    char z[24];
    struct fast_number number;
    if (!fast_part_read(text, test->part, &part))
        return false;
    snprintf(z, sizeof z, "%lld", (long long)part);
    return fast_number_read(str_from(z), &number) &&
           holds(test->cmp, fast_number_cmp(&number, &test->number));
}

static bool ask_one(struct fast_asker *asker, const struct fast_test *test, struct view *v)
{
    switch (test->kind == TEST_DATA ? test->inner : test->kind) {
    case TEST_PATTERN:
        return fast_pattern_match(&test->pattern, v->text);
    case TEST_REGEX:
        return fast_regex_match(&test->regex, v->text->exact, asker->regex);
    case TEST_NUMBER:
        return number_of(v) && holds(test->cmp, fast_number_cmp(number_of(v), &test->number));
    case TEST_NET:
        return address_of(v) && fast_net_has(&test->net, address_of(v));
    case TEST_PART:
        return ask_part(test, v->text->exact);
    case TEST_NULL:
    case TEST_EXISTS:
    case TEST_REF:
    case TEST_DATA:
        break;
    }
    return false;
}

/* One test of a value, told to `found`. */
static void ask_into(struct fast_asker *asker, u32 id, struct view *v, struct fast_found *found)
{
    const u64 before = fast_regex_limits_hit(asker->regex);
    if (ask_one(asker, &asker->tests->tests.p[id], v))
        fast_found_add(found, id);
    else if (fast_regex_limits_hit(asker->regex) != before)
        fast_found_add(found, fast_open_test(asker->tests, id));
}

static void ask_numbers(struct fast_asker *asker, const struct field_tests *field, struct view *v,
                        struct fast_found *found)
{
    if (field->numbers && number_of(v))
        fast_affixes_find(field->numbers, fast_number_key(&v->number, &asker->arena), found);
}

static void ask_needles(struct fast_asker *asker, const struct field_tests *field, struct view *v,
                        struct fast_found *found)
{
    const struct fast_tests *const tests = asker->tests;
    if (!field->needles)
        return;
    fast_found_start(&asker->needles);
    fast_needles_find(field->needles, v->text->folded, &asker->needles);
    for (size_t i = 0; i < asker->needles.ids.n; i++) {
        const struct needle *const needle = &tests->needles[asker->needles.ids.p[i]];
        if (needle->direct != FAST_NONE)
            fast_found_add(found, needle->direct);
        for (u32 k = 0; k < needle->n; k++) {
            const u32 id = tests->behind[needle->first + k];
            if (!fast_found_has(found, id) && !fast_found_has(found, fast_open_test(tests, id)))
                ask_into(asker, id, v, found);
        }
    }
}

static void ask_text(struct fast_asker *asker, const struct field_tests *field,
                     const struct fast_text *text, struct fast_found *found)
{
    struct view v = {.text = text};
    fast_affixes_find(field->equal, text->folded, found);
    fast_affixes_find(field->prefix, text->folded, found);
    fast_affixes_find(field->suffix, text->folded, found);
    ask_numbers(asker, field, &v, found);
    ask_needles(asker, field, &v, found);
    if (field->any_test != FAST_NONE)
        fast_found_add(found, field->any_test);
    for (u32 i = 0; i < field->n_each; i++)
        ask_into(asker, field->each[i], &v, found);
}

static void add_if(u32 test, struct fast_found *found)
{
    if (test != FAST_NONE)
        fast_found_add(found, test);
}

void fast_ask(struct fast_asker *asker, u32 number, struct value v, struct fast_found *found)
{
    const struct field_tests *const field = &asker->tests->fields.p[number];
    if (v.type == VALUE_NONE || v.type == VALUE_NULL)
        add_if(field->null_test, found);
    if (v.type == VALUE_NONE)
        return;
    add_if(field->exists_test, found);
    if (v.type == VALUE_ARRAY)
        for (u32 i = 0; i < v.n; i++)
            fast_ask(asker, number, v.items[i], found);
    if (v.type == VALUE_ARRAY || v.type == VALUE_NULL || !field->asks_text)
        return;
    const struct fast_text text = fast_text_of(asker->tests->fold, v, &asker->arena);
    ask_text(asker, field, &text, found);
}

void fast_ask_text(struct fast_asker *asker, u32 number, str exact, struct fast_found *found)
{
    const struct fast_text text = {exact, fast_fold_text(asker->tests->fold, exact, &asker->arena)};
    ask_text(asker, &asker->tests->fields.p[number], &text, found);
}

/* ------------------------------------------------------------------ field against field */

static bool equal_numbers(str a, str b)
{
    struct fast_number x, y;
    return fast_number_read(a, &x) && fast_number_read(b, &y) && fast_number_cmp(&x, &y) == 0;
}

static bool related(const struct fast_test *test, str a, str b)
{
    switch (test->relation) {
    case SHAPE_PREFIX:
        return str_starts(a, b);
    case SHAPE_SUFFIX:
        return str_ends(a, b);
    case SHAPE_CONTAINS:
        return str_find(a, b) != SIZE_MAX;
    default:
        return str_eq(a, b) || equal_numbers(a, b);
    }
}

/* Any element of one with any element of the other; what is missing has no text to compare. */
static bool ask_pair(struct fast_asker *asker, const struct fast_test *test, struct value a,
                     struct value b)
{
    if (a.type == VALUE_ARRAY || b.type == VALUE_ARRAY) {
        const struct value list = a.type == VALUE_ARRAY ? a : b;
        for (u32 i = 0; i < list.n; i++)
            if (a.type == VALUE_ARRAY ? ask_pair(asker, test, list.items[i], b)
                                      : ask_pair(asker, test, a, list.items[i]))
                return true;
        return false;
    }
    if (a.type == VALUE_NONE || b.type == VALUE_NONE || a.type == VALUE_NULL ||
        b.type == VALUE_NULL)
        return false;
    const struct fast_text x = fast_text_of(asker->tests->fold, a, &asker->arena);
    const struct fast_text y = fast_text_of(asker->tests->fold, b, &asker->arena);
    return test->exact_case ? related(test, x.exact, y.exact) : related(test, x.folded, y.folded);
}

static struct value value_of(const struct event *event, u32 id, u32 number)
{
    const struct value v = event_get(event, id);
    return v.type == VALUE_NONE && number ? event_data(event, number) : v;
}

static bool ask_ref(struct fast_asker *asker, const struct fast_test *test,
                    const struct event *event)
{
    const u32 id = asker->tests->fields.p[test->field].id;
    return ask_pair(asker, test, value_of(event, id, test->number_of_data),
                    value_of(event, test->other, test->other_data));
}

static void ask_data(struct fast_asker *asker, u32 id, struct value v, struct fast_found *found)
{
    const struct fast_test *const test = &asker->tests->tests.p[id];
    for (u32 i = 0; v.type == VALUE_ARRAY && i < v.n; i++)
        ask_data(asker, id, v.items[i], found);
    if (v.type == VALUE_NONE)
        return;
    if (test->inner == TEST_EXISTS || (test->inner == TEST_NULL && v.type == VALUE_NULL))
        fast_found_add(found, id);
    if (v.type == VALUE_ARRAY || v.type == VALUE_NULL)
        return;
    const struct fast_text text = fast_text_of(asker->tests->fold, v, &asker->arena);
    struct view view = {.text = &text};
    if (!fast_found_has(found, id))
        ask_into(asker, id, &view, found);
}

void fast_ask_event(struct fast_asker *asker, u32 id, const struct event *event,
                    struct fast_found *found)
{
    const struct fast_test *const test = &asker->tests->tests.p[id];
    if (test->kind == TEST_DATA) {
        if (event_get(event, test->other).type == VALUE_NONE)
            ask_data(asker, id, event_data(event, test->number_of_data), found);
    } else if (ask_ref(asker, test, event)) {
        fast_found_add(found, id);
    }
}
