/* The plain matcher: each event against each rule whose log source it can be of, as the rule tree
 * stands, with nothing remembered from one event to the next but which shapes fit which log source.
 * It is the oracle of the fast matcher, so it shares no code with it beyond the tree, the event
 * model and value_text. */
#include "base/buf.h"
#include "base/mem.h"
#include "rule/match/match.h"
#include "rule/match/plain_source.h"
#include "rule/match/plain_value.h"

struct plain_rule {
    const struct sigma_rule *rule;
    struct plain_item *items; /* of all selections and groups, in their order */
    u32 n_items;
    u32 **first; /* [selection][group]: index of the group's first item */
};

struct shape_ways {
    bool known;
    struct plain_way *ways; /* by rule, ascending */
    u32 n;
};

struct plain {
    const struct ruleset *set;
    const struct schema *schema;
    struct arena arena;  /* rules and ways */
    struct arena memory; /* one event */
    struct plain_rule *rules;
    u32 n_rules;
    bool *limited; /* by rule */
    VEC(struct shape_ways) shapes;
};

/* A field of the event with the texts of its values, arrays laid flat. */
struct field_texts {
    bool known;
    struct plain_text *texts;
    bool *is_null;
    u32 n;
};

/* One event while it is looked at. */
struct look {
    const struct event *event;
    const struct schema *schema;
    struct arena *arena;
    const struct plain_way *way;
    struct field_texts *fields; /* one for each field of the shape */
    struct plain_text message;  /* text.p NULL: not made yet */
    bool limited;               /* a regular expression met its limits */
};

/* ---- the event ---- */

static u32 count_values(struct value v)
{
    if (v.type != VALUE_ARRAY)
        return 1;
    u32 n = 0;
    for (u32 i = 0; i < v.n; i++)
        n += count_values(v.items[i]);
    return n;
}

static void add_texts(struct field_texts *out, struct value v, struct arena *arena)
{
    for (u32 i = 0; v.type == VALUE_ARRAY && i < v.n; i++)
        add_texts(out, v.items[i], arena);
    if (v.type == VALUE_ARRAY)
        return;
    const str text = value_text(v, arena);
    out->is_null[out->n] = v.type == VALUE_NULL || v.type == VALUE_NONE;
    out->texts[out->n++] = (struct plain_text){.text = text.n ? text : S("")};
}

static void fill_texts(struct field_texts *field, struct value v, struct arena *arena)
{
    const u32 n = count_values(v);
    field->known = true;
    field->texts = ARENA_ARRAY(arena, struct plain_text, n);
    field->is_null = ARENA_ARRAY(arena, bool, n);
    add_texts(field, v, arena);
}

static struct field_texts *texts_at(struct look *look, u32 i)
{
    struct field_texts *const field = &look->fields[i];
    if (!field->known)
        fill_texts(field, event_at(look->event, i), look->arena);
    return field;
}

/* One of the unnamed Data by its number, as a field; NULL when there is none. */
static struct field_texts *find_data(struct look *look, str name)
{
    const u32 number = field_data_number(name);
    const struct value v =
        number ? event_data(look->event, number) : (struct value){.type = VALUE_NONE};
    if (v.type == VALUE_NONE)
        return NULL;
    struct field_texts *const field = ARENA_NEW(look->arena, struct field_texts);
    fill_texts(field, v, look->arena);
    return field;
}

/* NULL: the event has no such field. */
static struct field_texts *find_texts(struct look *look, str name)
{
    const u32 id = intern_find(&look->schema->fields, name);
    const i32 at = id == INTERN_NONE ? -1 : shape_find(look->event->shape, id);
    if (at < 0 || event_at(look->event, (u32)at).type == VALUE_NONE)
        return find_data(look, name);
    return texts_at(look, (u32)at);
}

/* The full log message: every value that has a text, in the order of the evidence, a space before,
 * between and behind. */
static struct plain_text *message(struct look *look)
{
    if (look->message.text.p)
        return &look->message;
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_char(&buf, ' ');
    for (u32 i = 0; i < look->event->shape->n_fields; i++) {
        const struct field_texts *const field = texts_at(look, i);
        for (u32 k = 0; k < field->n; k++) {
            if (!field->texts[k].text.n)
                continue;
            buf_add(&buf, field->texts[k].text);
            buf_char(&buf, ' ');
        }
    }
    look->message.text = arena_str(look->arena, buf_str(&buf));
    buf_release(&buf);
    return &look->message;
}

static void look_at(struct look *look, const struct event *event, const struct schema *schema,
                    struct arena *arena)
{
    *look = (struct look){.event = event, .schema = schema, .arena = arena};
    look->fields = ARENA_ARRAY(arena, struct field_texts, event->shape->n_fields);
}

/* ---- the rule ---- */

/* The text of the event for which value i holds, or NULL. */
static struct plain_text *find_match(struct look *look, const struct plain_item *item, u32 i)
{
    if (!item->item->field.n)
        return plain_value_matches(item, i, message(look), look->arena, &look->limited)
                   ? message(look)
                   : NULL;
    struct field_texts *const field = find_texts(look, plain_rename(look->way, item->item->field));
    struct field_texts *const other =
        item->fieldref ? find_texts(look, plain_rename(look->way, item->item->values[i].text))
                       : NULL;
    for (u32 k = 0; field && k < field->n; k++) {
        if (field->is_null[k])
            continue; /* null is no text, not even an empty one */
        if (!item->fieldref &&
            plain_value_matches(item, i, &field->texts[k], look->arena, &look->limited))
            return &field->texts[k];
        for (u32 o = 0; other && o < other->n; o++)
            if (!other->is_null[o] &&
                plain_texts_match(item, &field->texts[k], &other->texts[o], look->arena))
                return &field->texts[k];
    }
    return NULL;
}

static bool is_null(struct look *look, str name)
{
    const struct field_texts *const field = find_texts(look, plain_rename(look->way, name));
    for (u32 k = 0; field && k < field->n; k++)
        if (field->is_null[k])
            return true;
    return !field;
}

static bool value_holds(struct look *look, const struct plain_item *item, u32 i)
{
    const struct sigma_value *const value = &item->item->values[i];
    if (item->kind == P_EXISTS)
        return (find_texts(look, plain_rename(look->way, item->item->field)) != NULL) ==
               str_ieq(value->text, S("true"));
    if (value->type == SIGMA_NULL)
        return is_null(look, item->item->field);
    return find_match(look, item, i) != NULL;
}

static bool item_holds(struct look *look, const struct plain_item *item)
{
    bool any = false, all = true;
    for (u32 i = 0; i < item->item->n_values; i++) {
        const bool holds = value_holds(look, item, i);
        any |= holds;
        all &= holds;
    }
    return (item->all ? all : any) != item->neq;
}

static bool group_holds(struct look *look, const struct plain_rule *rule, u32 selection, u32 group)
{
    const struct sigma_group *const g = &rule->rule->selections[selection].groups[group];
    for (u32 i = 0; i < g->n_items; i++)
        if (!item_holds(look, &rule->items[rule->first[selection][group] + i]))
            return false;
    return true;
}

static bool selection_holds(struct look *look, const struct plain_rule *rule, u32 selection)
{
    for (u32 g = 0; g < rule->rule->selections[selection].n_groups; g++)
        if (group_holds(look, rule, selection, g))
            return true;
    return false;
}

static bool node_holds(struct look *look, const struct plain_rule *rule,
                       const struct sigma_node *node)
{
    switch (node->op) {
    case SIGMA_SELECTION:
        return selection_holds(look, rule, node->selection);
    case SIGMA_NOT:
        return !node_holds(look, rule, node->kids[0]);
    case SIGMA_AND:
        for (u32 i = 0; i < node->n_kids; i++)
            if (!node_holds(look, rule, node->kids[i]))
                return false;
        return true;
    case SIGMA_OR:
        for (u32 i = 0; i < node->n_kids; i++)
            if (node_holds(look, rule, node->kids[i]))
                return true;
        return false;
    }
    return false;
}

static bool where_item_holds(struct look *look, const struct yaml *key, const struct yaml *wanted)
{
    struct field_texts *const field = find_texts(look, key->text);
    const u32 n = wanted->type == YAML_LIST ? wanted->n : 1;
    for (u32 k = 0; field && k < field->n; k++) {
        for (u32 i = 0; i < n; i++) {
            struct plain_text want = {
                .text = yaml_text(wanted->type == YAML_LIST ? wanted->items[i] : wanted)};
            if (plain_texts_equal(&field->texts[k], &want, look->arena))
                return true;
        }
    }
    return false;
}

static bool where_holds(struct look *look)
{
    for (u32 p = 0; p < look->way->n_places; p++) {
        const struct yaml *const where = yaml_get(look->way->places[p], "where");
        for (u32 i = 0; where && i < where->n; i++)
            if (!where_item_holds(look, where->keys[i], where->items[i]))
                return false;
    }
    return true;
}

/* The first condition that holds, or NULL. */
static const struct sigma_node *find_condition(struct look *look, const struct plain_rule *rule)
{
    for (u32 i = 0; i < rule->rule->n_conditions && where_holds(look); i++)
        if (node_holds(look, rule, rule->rule->conditions[i]))
            return rule->rule->conditions[i];
    return NULL;
}

static void init_rule(struct plain_rule *out, const struct sigma_rule *rule, bool native,
                      struct arena *arena)
{
    *out = (struct plain_rule){.rule = rule};
    out->first = ARENA_ARRAY(arena, u32 *, rule->n_selections);
    for (u32 s = 0; s < rule->n_selections; s++) {
        out->first[s] = ARENA_ARRAY(arena, u32, rule->selections[s].n_groups);
        for (u32 g = 0; g < rule->selections[s].n_groups; g++) {
            out->first[s][g] = out->n_items;
            out->n_items += rule->selections[s].groups[g].n_items;
        }
    }
    out->items = ARENA_ARRAY(arena, struct plain_item, out->n_items);
    for (u32 s = 0; s < rule->n_selections; s++)
        for (u32 g = 0; g < rule->selections[s].n_groups; g++)
            for (u32 i = 0; i < rule->selections[s].groups[g].n_items; i++)
                plain_item_init(&out->items[out->first[s][g] + i],
                                &rule->selections[s].groups[g].items[i], native, arena);
}

static void release_rule(struct plain_rule *rule)
{
    for (u32 i = 0; i < rule->n_items; i++)
        plain_item_release(&rule->items[i]);
}

/* ---- the matcher ---- */

/* Evaluates the tree as it stands: there is nothing to compile. */
static const void *plain_compile(const struct ruleset *set)
{
    return set;
}

static void plain_free(const void *compiled)
{
    (void)compiled;
}

static void *plain_open(const void *compiled, const struct schema *schema, u32 workers)
{
    (void)workers;
    const struct ruleset *const set = compiled;
    struct plain *const plain = mem_calloc(1, sizeof *plain);
    plain->set = set;
    plain->schema = schema;
    plain->n_rules = set->n_rules;
    plain->limited = ARENA_ARRAY(&plain->arena, bool, set->n_rules);
    plain->rules = ARENA_ARRAY(&plain->arena, struct plain_rule, set->n_rules);
    for (u32 i = 0; i < set->n_rules; i++)
        init_rule(&plain->rules[i], set->rules[i], false, &plain->arena);
    return plain;
}

static void plain_close(void *matcher)
{
    struct plain *const plain = matcher;
    for (u32 i = 0; i < plain->n_rules; i++)
        release_rule(&plain->rules[i]);
    VEC_FREE(&plain->shapes);
    arena_release(&plain->arena);
    arena_release(&plain->memory);
    mem_free(plain);
}

/* The ways of all rules for a shape, found when the shape is first seen. */
static const struct shape_ways *ways_of(struct plain *plain, const struct shape *shape)
{
    while (plain->shapes.n <= shape->id)
        *VEC_PUSH(&plain->shapes) = (struct shape_ways){0};
    struct shape_ways *const out = &plain->shapes.p[shape->id];
    if (out->known)
        return out;
    VEC(struct plain_way) all = {0};
    for (u32 i = 0; i < plain->n_rules; i++) {
        struct plain_way *ways;
        const u32 n =
            plain->set->rules[i]->correlation
                ? 0
                : plain_ways(plain->set, plain->set->rules[i], shape, &plain->memory, &ways);
        for (u32 w = 0; w < n; w++) {
            struct plain_way way = ways[w];
            way.places = ARENA_ARRAY(&plain->arena, const struct yaml *, way.n_places);
            memcpy(way.places, ways[w].places, way.n_places * sizeof *way.places);
            *VEC_PUSH(&all) = way;
        }
    }
    *out =
        (struct shape_ways){true, ARENA_ARRAY(&plain->arena, struct plain_way, all.n), (u32)all.n};
    if (all.n)
        memcpy(out->ways, all.p, all.n * sizeof *out->ways);
    VEC_FREE(&all);
    return out;
}

static u32 plain_match(void *matcher, const struct event *event, u32 *out)
{
    struct plain *const plain = matcher;
    const struct shape_ways *const ways = ways_of(plain, event->shape);
    struct look look;
    look_at(&look, event, plain->schema, &plain->memory);
    u32 n = 0;
    for (u32 i = 0; i < ways->n; i++) {
        const u32 rule = ways->ways[i].rule;
        look.way = &ways->ways[i];
        look.limited = false;
        if ((n == 0 || out[n - 1] != rule) && find_condition(&look, &plain->rules[rule]))
            out[n++] = rule;
        plain->limited[rule] |= look.limited;
    }
    arena_reset(&plain->memory);
    return n;
}

static const bool *plain_limited(const void *matcher)
{
    return ((const struct plain *)matcher)->limited;
}

const struct matcher_ops matcher_plain = {
    .name = "plain",
    .compile = plain_compile,
    .free = plain_free,
    .open = plain_open,
    .match = plain_match,
    .limited = plain_limited,
    .close = plain_close,
};

/* ---- why ---- */

struct explain {
    struct look look;
    const struct plain_rule *rule;
    VEC(struct match_reason) reasons;
};

static str test_text(const struct plain_item *item, u32 i, struct arena *arena)
{
    const struct sigma_item *const raw = item->item;
    str text = raw->field;
    for (u32 m = 0; m < raw->n_modifiers; m++)
        text = arena_printf(arena, "%.*s|%.*s", STR_ARG(text), STR_ARG(raw->modifiers[m]));
    const struct sigma_value *const value = &raw->values[i];
    const str shown = value->type == SIGMA_NULL ? S("null") : value->text;
    if (!text.n)
        return arena_printf(arena, "keyword: %.*s", STR_ARG(shown));
    return arena_printf(arena, "%.*s: %.*s", STR_ARG(text), STR_ARG(shown));
}

/* A keyword is found in the message; people want the field that it stands in, if it is one. */
static void place_keyword(struct explain *e, const struct plain_item *item, u32 i,
                          struct match_reason *out)
{
    const struct shape *const shape = e->look.event->shape;
    for (u32 f = 0; f < shape->n_fields; f++) {
        struct field_texts *const field = texts_at(&e->look, f);
        for (u32 k = 0; k < field->n; k++) {
            if (field->is_null[k] ||
                !plain_value_matches(item, i, &field->texts[k], e->look.arena, &e->look.limited))
                continue;
            /* A copy: a name that no rule knows lives with the worker, and a hit outlives it. */
            out->field = arena_str(e->look.arena,
                                   intern_text(&e->look.schema->fields, shape->fields[f].field));
            out->value = field->texts[k].text;
            return;
        }
    }
    out->value = message(&e->look)->text;
}

static void explain_value(struct explain *e, const struct plain_item *item, u32 i)
{
    struct match_reason reason = {
        .field = S(""), .value = S(""), .test = test_text(item, i, e->look.arena)};
    if (!item->item->field.n) {
        place_keyword(e, item, i, &reason);
    } else {
        reason.field = plain_rename(e->look.way, item->item->field);
        struct field_texts *const field = find_texts(&e->look, reason.field);
        const bool plain =
            item->item->values[i].type != SIGMA_NULL && item->kind != P_EXISTS && !item->neq;
        const struct plain_text *const hit = plain ? find_match(&e->look, item, i) : NULL;
        reason.value = hit ? hit->text : field && field->n ? field->texts[0].text : S("");
    }
    *VEC_PUSH(&e->reasons) = reason;
}

/* The value that was met, or each of them under `all`; the first stands for a `neq`. */
static void explain_item(struct explain *e, const struct plain_item *item)
{
    for (u32 i = 0; i < item->item->n_values; i++) {
        if (!item->neq && !value_holds(&e->look, item, i))
            continue;
        explain_value(e, item, i);
        if (!item->all)
            return;
    }
}

static void explain_selection(struct explain *e, u32 selection)
{
    const struct sigma_selection *const s = &e->rule->rule->selections[selection];
    for (u32 g = 0; g < s->n_groups; g++) {
        if (!group_holds(&e->look, e->rule, selection, g))
            continue;
        for (u32 i = 0; i < s->groups[g].n_items; i++)
            explain_item(e, &e->rule->items[e->rule->first[selection][g] + i]);
        return;
    }
}

/* Selections that made a node true. What is under `not` was absent, and absence has no value to
 * show. */
static void explain_node(struct explain *e, const struct sigma_node *node)
{
    if (node->op == SIGMA_NOT || !node_holds(&e->look, e->rule, node))
        return;
    if (node->op == SIGMA_SELECTION)
        explain_selection(e, node->selection);
    for (u32 i = 0; i < node->n_kids; i++)
        explain_node(e, node->kids[i]);
}

struct explainer {
    const struct ruleset *set;
    struct arena arena;       /* of the rules met so far */
    struct plain_rule *rules; /* by index; .rule NULL: not yet */
};

struct explainer *explainer_new(const struct ruleset *set)
{
    struct explainer *const x = mem_calloc(1, sizeof *x);
    x->set = set;
    x->rules = mem_calloc((size_t)set->n_rules + 1, sizeof *x->rules);
    return x;
}

void explainer_free(struct explainer *x)
{
    for (u32 i = 0; x && i < x->set->n_rules; i++)
        release_rule(&x->rules[i]);
    if (x) {
        arena_release(&x->arena);
        mem_free(x->rules);
    }
    mem_free(x);
}

u32 match_explain(struct explainer *x, const struct sigma_rule *rule, const struct event *event,
                  const struct schema *schema, struct arena *arena, struct match_reason **out)
{
    struct plain_way *ways = NULL;
    struct plain_rule *const plain = &x->rules[rule->index];
    if (!plain->rule)
        init_rule(plain, rule, true, &x->arena);
    struct explain e = {.rule = plain};
    look_at(&e.look, event, schema, arena);
    const u32 n_ways = rule->correlation ? 0 : plain_ways(x->set, rule, event->shape, arena, &ways);
    for (u32 w = 0; w < n_ways && e.reasons.n == 0; w++) {
        e.look.way = &ways[w];
        const struct sigma_node *const condition = find_condition(&e.look, plain);
        if (condition)
            explain_node(&e, condition);
    }
    const u32 n = (u32)e.reasons.n;
    *out = ARENA_ARRAY(arena, struct match_reason, n);
    if (n)
        memcpy(*out, e.reasons.p, n * sizeof **out);
    VEC_FREE(&e.reasons);
    return n;
}

/* ---- the whole tree ---- */

struct tree {
    struct look look;
    const struct plain_rule *rule;
    VEC(struct match_line) lines;
};

static void add_line(struct tree *t, u32 depth, enum match_state state, str text, str value)
{
    *VEC_PUSH(&t->lines) = (struct match_line){depth, state, text, value};
}

static enum match_state state_of(bool holds)
{
    return holds ? MATCH_TRUE : MATCH_FALSE;
}

/* What the event has in the field: the one text, or all of an array. */
static str value_shown(struct look *look, const struct field_texts *field)
{
    str out = field->n ? field->texts[0].text : S("");
    for (u32 k = 1; k < field->n; k++)
        out = arena_join(look->arena, arena_join(look->arena, out, S(" | ")), field->texts[k].text);
    return out.n ? out : S("");
}

static str item_name(struct tree *t, const struct plain_item *item)
{
    struct arena *const arena = t->look.arena;
    str text = item->item->field.n ? item->item->field : S("keyword");
    for (u32 m = 0; m < item->item->n_modifiers; m++)
        text = arena_printf(arena, "%.*s|%.*s", STR_ARG(text), STR_ARG(item->item->modifiers[m]));
    const str here = plain_rename(t->look.way, item->item->field);
    if (str_eq(here, item->item->field))
        return text;
    return arena_printf(arena, "%.*s (here %.*s)", STR_ARG(text), STR_ARG(here));
}

static str value_text_of(const struct plain_item *item, u32 i)
{
    const struct sigma_value *const value = &item->item->values[i];
    return value->type == SIGMA_NULL ? S("null") : value->text.n ? value->text : S("''");
}

/* The value that a keyword stands in, when it is found. */
static str keyword_value(struct tree *t, const struct plain_item *item, u32 i)
{
    if (!value_holds(&t->look, item, i))
        return STR_NONE;
    struct explain e = {.look = t->look, .rule = t->rule};
    struct match_reason reason = {.value = S("")};
    place_keyword(&e, item, i, &reason);
    return reason.value;
}

static void tree_item(struct tree *t, const struct plain_item *item, u32 depth)
{
    struct arena *const arena = t->look.arena;
    const struct sigma_item *const raw = item->item;
    const bool holds = item_holds(&t->look, item);
    const struct field_texts *const field =
        raw->field.n ? find_texts(&t->look, plain_rename(t->look.way, raw->field)) : NULL;
    const bool missing = raw->field.n && !field;
    const enum match_state no = missing ? MATCH_MISSING : MATCH_FALSE;
    const str name = item_name(t, item);
    const str value = field ? value_shown(&t->look, field) : STR_NONE;
    if (raw->n_values == 1) {
        add_line(t, depth, holds ? MATCH_TRUE : no,
                 arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(value_text_of(item, 0))),
                 raw->field.n ? value : keyword_value(t, item, 0));
        return;
    }
    add_line(t, depth, holds ? MATCH_TRUE : no,
             arena_printf(arena, "%.*s: %s of %u", STR_ARG(name), item->all ? "all" : "any",
                          raw->n_values),
             value);
    for (u32 i = 0; i < raw->n_values; i++)
        add_line(t, depth + 1, value_holds(&t->look, item, i) ? MATCH_TRUE : no,
                 value_text_of(item, i), raw->field.n ? STR_NONE : keyword_value(t, item, i));
}

static void tree_selection(struct tree *t, u32 selection, u32 depth)
{
    const struct sigma_selection *const s = &t->rule->rule->selections[selection];
    add_line(t, depth, state_of(selection_holds(&t->look, t->rule, selection)), s->name, STR_NONE);
    for (u32 g = 0; g < s->n_groups; g++) {
        const bool several = s->n_groups > 1;
        if (several)
            add_line(t, depth + 1, state_of(group_holds(&t->look, t->rule, selection, g)),
                     arena_printf(t->look.arena, "map %u", g + 1), STR_NONE);
        for (u32 i = 0; i < s->groups[g].n_items; i++)
            tree_item(t, &t->rule->items[t->rule->first[selection][g] + i], depth + 1 + several);
    }
}

static void tree_node(struct tree *t, const struct sigma_node *node, u32 depth)
{
    if (node->op == SIGMA_SELECTION) {
        tree_selection(t, node->selection, depth);
        return;
    }
    const str word = node->op == SIGMA_NOT ? S("not") : node->op == SIGMA_AND ? S("and") : S("or");
    add_line(t, depth, state_of(node_holds(&t->look, t->rule, node)), word, STR_NONE);
    for (u32 i = 0; i < node->n_kids; i++)
        tree_node(t, node->kids[i], depth + 1);
}

/* "kind evtx, channel Security, event_id 4688": what the places of the way ask. */
static str way_text(struct tree *t)
{
    static const char *const keys[] = {"kind", "channel", "provider", "event_id"};
    struct arena *const arena = t->look.arena;
    str text = S("");
    for (u32 p = 0; p < t->look.way->n_places; p++)
        for (size_t k = 0; k < COUNT(keys); k++) {
            const struct yaml *const asked = yaml_get(t->look.way->places[p], keys[k]);
            const bool list = asked && asked->type == YAML_LIST;
            const str shown = list ? S("one of several") : yaml_text(asked);
            if (asked && str_find(text, shown) == SIZE_MAX)
                text = arena_printf(arena, "%.*s%s%s %.*s", STR_ARG(text), text.n ? ", " : "",
                                    keys[k], STR_ARG(shown));
        }
    return text;
}

static void tree_where(struct tree *t)
{
    for (u32 p = 0; p < t->look.way->n_places; p++) {
        const struct yaml *const where = yaml_get(t->look.way->places[p], "where");
        for (u32 i = 0; where && i < where->n; i++) {
            const struct field_texts *const field = find_texts(&t->look, where->keys[i]->text);
            add_line(t, 1,
                     where_item_holds(&t->look, where->keys[i], where->items[i]) ? MATCH_TRUE
                     : field                                                     ? MATCH_FALSE
                                                                                 : MATCH_MISSING,
                     arena_join(t->look.arena, S("log source asks for "), where->keys[i]->text),
                     field ? value_shown(&t->look, field) : STR_NONE);
        }
    }
}

u32 match_tree(struct explainer *x, const struct sigma_rule *rule, const struct event *event,
               const struct schema *schema, struct arena *arena, struct match_line **out)
{
    struct plain_way *ways = NULL;
    struct plain_rule *const plain = &x->rules[rule->index];
    if (!plain->rule)
        init_rule(plain, rule, true, &x->arena);
    struct tree t = {.rule = plain};
    look_at(&t.look, event, schema, arena);
    const u32 n_ways = rule->correlation ? 0 : plain_ways(x->set, rule, event->shape, arena, &ways);
    for (u32 w = 0; w < n_ways; w++) {
        t.look.way = &ways[w];
        add_line(&t, 0, MATCH_NOTE, way_text(&t), STR_NONE);
        tree_where(&t);
        for (u32 i = 0; i < rule->n_conditions; i++) {
            const bool holds =
                where_holds(&t.look) && node_holds(&t.look, plain, rule->conditions[i]);
            add_line(&t, 1, state_of(holds), S("condition"), STR_NONE);
            tree_node(&t, rule->conditions[i], 2);
        }
    }
    const u32 n = (u32)t.lines.n;
    *out = ARENA_ARRAY(arena, struct match_line, n);
    if (n)
        memcpy(*out, t.lines.p, n * sizeof **out);
    VEC_FREE(&t.lines);
    return n;
}
