#include "rule/match/fast_compile_item.h"

#include "rule/match/fast_message.h"

/* ------------------------------------------------------------------ nodes */

u32 fast_node_leaf(struct fast_compiler *c, enum fast_op op, u32 test)
{
    *VEC_PUSH(&c->nodes) = (struct fast_node){.op = op, .first = test};
    return (u32)c->nodes.n - 1;
}

u32 fast_node_list(struct fast_compiler *c, enum fast_op op, const u32 *kids, u32 n)
{
    if (n == 1)
        return kids[0];
    if (n == 0)
        return fast_node_leaf(c, op == NODE_AND ? NODE_TRUE : NODE_FALSE, 0);
    const u32 first = (u32)c->kids.n;
    for (u32 i = 0; i < n; i++)
        *VEC_PUSH(&c->kids) = kids[i];
    *VEC_PUSH(&c->nodes) = (struct fast_node){.op = op, .first = first, .n = n};
    return (u32)c->nodes.n - 1;
}

u32 fast_node_not(struct fast_compiler *c, u32 node)
{
    *VEC_PUSH(&c->nodes) = (struct fast_node){.op = NODE_NOT, .first = node};
    return (u32)c->nodes.n - 1;
}

/* ------------------------------------------------------------------ modifiers */

/* clang-format never comes to rest on this list. */
/* clang-format off */
enum modifier {
#define MODIFIERS(X)                                                                               \
    X(contains) X(startswith) X(endswith) X(windash) X(base64) X(base64offset) X(wide) X(utf16le)  \
    X(utf16be) X(utf16) X(cased) X(all) X(neq) X(expand) X(re) X(i) X(m) X(s) X(cidr) X(exists)    \
    X(fieldref) X(lt) X(lte) X(gt) X(gte) X(minute) X(hour) X(day) X(week) X(month) X(year)
#define X(name) MOD_##name,
    MODIFIERS(X)
#undef X
    MOD_COUNT
};
/* clang-format on */

/* An item's modifiers: in order, and as a set. */
struct modifiers {
    enum modifier list[MOD_COUNT * 2];
    u32 n;
    u64 set;
};

static bool has(const struct modifiers *mods, enum modifier m)
{
    return mods->set >> m & 1;
}

static struct modifiers read_modifiers(const struct sigma_item *item)
{
    static const char *const names[] = {
#define X(name) #name,
        MODIFIERS(X)
#undef X
    };
    struct modifiers out = {0};
    for (u32 i = 0; i < item->n_modifiers; i++)
        for (u32 m = 0; m < MOD_COUNT; m++)
            if (str_eq(item->modifiers[i], str_from(names[m])) && out.n < COUNT(out.list)) {
                out.list[out.n++] = (enum modifier)m;
                out.set |= (u64)1 << m;
            }
    return out;
}

static bool any_of(const struct modifiers *mods, enum modifier first, enum modifier last)
{
    return mods->set & (((u64)2 << last) - ((u64)1 << first));
}

static enum sigma_cmp comparison(const struct modifiers *mods)
{
    return has(mods, MOD_lt)    ? CMP_LT
           : has(mods, MOD_lte) ? CMP_LTE
           : has(mods, MOD_gt)  ? CMP_GT
           : has(mods, MOD_gte) ? CMP_GTE
                                : CMP_EQ;
}

/* ------------------------------------------------------------------ values */

/* Field id of a rule's name under the renames in force. Every such name is in the set's table. */
static u32 field_id(struct fast_compiler *c, str name)
{
    if (name.n == 0)
        return FAST_MESSAGE;
    for (u32 i = 0; i < c->n_renames; i++)
        if (str_eq(c->renames[i].from, name)) {
            name = c->renames[i].to;
            break;
        }
    const u32 id = intern_find(&c->set->fields, name);
    assert(id != INTERN_NONE);
    return id;
}

/* The same test of the unnamed Data that the field's name stands for, by its number. */
static u32 data_test(struct fast_compiler *c, u32 field, u32 number, const struct fast_test *test,
                     enum fast_kind inner)
{
    struct fast_test data = *test;
    data.kind = TEST_DATA;
    data.inner = inner;
    data.number_of_data = number;
    data.other = field;
    return fast_node_leaf(c, NODE_TEST, fast_tests_add(c->tests, FIELD_DATA, &data));
}

static u32 number_of_data(const struct fast_compiler *c, u32 field)
{
    return field == FAST_MESSAGE ? 0 : field_data_number(intern_text(&c->set->fields, field));
}

/* "param1" is a field, or the first of the unnamed Data. It is null when neither is there, or it
 * is. */
static u32 add_test_of_data(struct fast_compiler *c, u32 field, u32 number,
                            const struct fast_test *test)
{
    const u32 own = fast_node_leaf(c, NODE_TEST, fast_tests_add(c->tests, field, test));
    const u32 data = data_test(c, field, number, test, test->kind);
    const u32 either[] = {own, data};
    if (test->kind != TEST_NULL)
        return fast_node_list(c, NODE_OR, either, COUNT(either));
    const u32 absent = fast_node_not(c, data_test(c, field, number, test, TEST_EXISTS));
    const u32 null[] = {absent, data};
    const u32 both[] = {own, fast_node_list(c, NODE_OR, null, COUNT(null))};
    return fast_node_list(c, NODE_AND, both, COUNT(both));
}

static u32 add_test(struct fast_compiler *c, u32 field, const struct fast_test *test)
{
    const u32 number = number_of_data(c, field);
    if (number && test->kind != TEST_REF)
        return add_test_of_data(c, field, number, test);
    const u32 id = field == FAST_MESSAGE ? fast_message_add(c->tests, test, &c->scratch)
                                         : fast_tests_add(c->tests, field, test);
    return fast_node_leaf(c, NODE_TEST, id);
}

static u32 pattern_node(struct fast_compiler *c, u32 field, const struct fast_tokens *tokens)
{
    const struct fast_test test = {
        .kind = TEST_PATTERN,
        .pattern = fast_pattern_make(tokens, fast_tests_fold(c->tests), &c->scratch),
    };
    return add_test(c, field, &test);
}

/* The three encodings that base64offset makes: any of them. What follows it in the list is applied
 * to each. */
typedef VEC(u32) node_ids;

static void apply(struct fast_compiler *c, const struct modifiers *mods, u32 from,
                  struct fast_tokens tokens, u32 field, node_ids *kids);

static void apply_offsets(struct fast_compiler *c, const struct modifiers *mods, u32 next,
                          const struct fast_tokens *tokens, u32 field, node_ids *kids)
{
    struct fast_tokens encoded;
    for (u32 shift = 0; shift < 3; shift++)
        if (fast_tokens_base64offset(tokens, shift, &c->scratch, &encoded))
            apply(c, mods, next, encoded, field, kids);
}

static void apply(struct fast_compiler *c, const struct modifiers *mods, u32 from,
                  struct fast_tokens tokens, u32 field, node_ids *kids)
{
    for (u32 i = from; i < mods->n; i++) {
        switch (mods->list[i]) {
        case MOD_contains:
            fast_tokens_contains(&tokens, &c->scratch);
            break;
        case MOD_startswith:
            fast_tokens_startswith(&tokens, &c->scratch);
            break;
        case MOD_endswith:
            fast_tokens_endswith(&tokens, &c->scratch);
            break;
        case MOD_windash:
            if (!any_of(mods, MOD_base64, MOD_utf16)) /* else the reader turned them */
                fast_tokens_windash(&tokens);
            break;
        case MOD_base64:
            fast_tokens_base64(&tokens, &c->scratch);
            break;
        case MOD_base64offset:
            apply_offsets(c, mods, i + 1, &tokens, field, kids);
            return;
        case MOD_wide:
        case MOD_utf16le:
            fast_tokens_utf16(&tokens, UTF16_LE, &c->scratch);
            break;
        case MOD_utf16be:
            fast_tokens_utf16(&tokens, UTF16_BE, &c->scratch);
            break;
        case MOD_utf16:
            fast_tokens_utf16(&tokens, UTF16_BOM, &c->scratch);
            break;
        default: /* says nothing about the value itself */
            break;
        }
    }
    if (field == FAST_MESSAGE)
        fast_tokens_contains(&tokens, &c->scratch);
    const u32 node = pattern_node(c, field, &tokens);
    *VEC_PUSH(kids) = node;
}

static u32 string_node(struct fast_compiler *c, const struct modifiers *mods,
                       const struct sigma_value *value, u32 field)
{
    node_ids kids = {0};
    struct fast_tokens tokens = fast_tokens_read(value->text, &c->scratch);
    tokens.exact_case = has(mods, MOD_cased);
    apply(c, mods, 0, tokens, field, &kids);
    const u32 node = fast_node_list(c, NODE_OR, kids.p, (u32)kids.n);
    VEC_FREE(&kids);
    return node;
}

static u32 regex_node(struct fast_compiler *c, const struct modifiers *mods,
                      const struct sigma_value *value, u32 field)
{
    const struct fast_test test = {
        .kind = TEST_REGEX,
        .regex.pattern = value->text,
        .regex.flags = (has(mods, MOD_i) ? RE_CASELESS : 0u) |
                       (has(mods, MOD_m) ? RE_MULTILINE : 0u) | (has(mods, MOD_s) ? RE_DOTALL : 0u),
    };
    return add_test(c, field, &test);
}

static u32 net_node(struct fast_compiler *c, const struct sigma_value *value, u32 field)
{
    struct fast_test test = {.kind = TEST_NET};
    return fast_net_read(value->text, &test.net) ? add_test(c, field, &test)
                                                 : fast_node_leaf(c, NODE_FALSE, 0);
}

static u32 exists_node(struct fast_compiler *c, const struct sigma_value *value, u32 field)
{
    const struct fast_test test = {.kind = TEST_EXISTS};
    const u32 node = add_test(c, field, &test);
    return str_ieq(value->text, S("true")) ? node : fast_node_not(c, node);
}

static u32 ref_node(struct fast_compiler *c, const struct modifiers *mods,
                    const struct sigma_value *value, u32 field)
{
    struct fast_test test = {
        .kind = TEST_REF,
        .other = field_id(c, value->text),
        .number_of_data = number_of_data(c, field),
        .exact_case = has(mods, MOD_cased),
        .relation = has(mods, MOD_contains)     ? SHAPE_CONTAINS
                    : has(mods, MOD_startswith) ? SHAPE_PREFIX
                    : has(mods, MOD_endswith)   ? SHAPE_SUFFIX
                                                : SHAPE_EQUAL,
    };
    test.other_data = number_of_data(c, test.other);
    return add_test(c, field, &test);
}

static u32 number_node(struct fast_compiler *c, const struct modifiers *mods,
                       const struct sigma_value *value, u32 field)
{
    struct fast_test test = {.kind = TEST_NUMBER, .cmp = comparison(mods)};
    return fast_number_read(value->text, &test.number) ? add_test(c, field, &test)
                                                       : fast_node_leaf(c, NODE_FALSE, 0);
}

/* A value without a string modifier. If it is a number, quoted or not, it equals texts that are
 * that number ("0x1250" is 4688); a text that looks the same is that number as well, unless dashes
 * come into it ("-7" and "/7"). */
static u32 equal_node(struct fast_compiler *c, const struct modifiers *mods,
                      const struct sigma_value *value, u32 field)
{
    struct fast_number number;
    if (!fast_number_read(value->text, &number))
        return string_node(c, mods, value, field);
    const u32 as_number = number_node(c, mods, value, field);
    if (!has(mods, MOD_windash))
        return as_number;
    const u32 kids[] = {as_number, string_node(c, mods, value, field)};
    return fast_node_list(c, NODE_OR, kids, COUNT(kids));
}

static u32 part_node(struct fast_compiler *c, const struct modifiers *mods,
                     const struct sigma_value *value, u32 field)
{
    struct fast_test test = {.kind = TEST_PART, .cmp = comparison(mods)};
    for (u32 m = MOD_minute; m <= MOD_year; m++)
        if (has(mods, (enum modifier)m))
            test.part = (enum fast_part)(PART_MINUTE + (m - MOD_minute));
    return fast_number_read(value->text, &test.number) ? add_test(c, field, &test)
                                                       : fast_node_leaf(c, NODE_FALSE, 0);
}

static u32 null_node(struct fast_compiler *c, u32 field)
{
    const struct fast_test test = {.kind = TEST_NULL};
    return add_test(c, field, &test);
}

static u32 value_node(struct fast_compiler *c, const struct modifiers *mods,
                      const struct sigma_value *value, u32 field)
{
    if (value->type == SIGMA_NULL)
        return null_node(c, field);
    if (has(mods, MOD_re))
        return regex_node(c, mods, value, field);
    if (has(mods, MOD_cidr))
        return net_node(c, value, field);
    if (has(mods, MOD_exists))
        return exists_node(c, value, field);
    if (has(mods, MOD_fieldref))
        return ref_node(c, mods, value, field);
    if (any_of(mods, MOD_minute, MOD_year))
        return part_node(c, mods, value, field);
    if (any_of(mods, MOD_lt, MOD_gte))
        return number_node(c, mods, value, field);
    if (field != FAST_MESSAGE && !any_of(mods, MOD_contains, MOD_endswith) &&
        !any_of(mods, MOD_base64, MOD_utf16))
        return equal_node(c, mods, value, field);
    return string_node(c, mods, value, field);
}

u32 fast_compile_item(struct fast_compiler *c, const struct sigma_item *item)
{
    const struct modifiers mods = read_modifiers(item);
    const u32 field = field_id(c, item->field);
    u32 *const kids = ARENA_ARRAY(&c->scratch, u32, item->n_values);
    for (u32 i = 0; i < item->n_values; i++)
        kids[i] = value_node(c, &mods, &item->values[i], field);
    const u32 node =
        fast_node_list(c, has(&mods, MOD_all) ? NODE_AND : NODE_OR, kids, item->n_values);
    arena_reset(&c->scratch);
    return has(&mods, MOD_neq) ? fast_node_not(c, node) : node;
}
