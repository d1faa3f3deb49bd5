/* The `detection` section: selections, items, values, conditions. */
#include "base/limits.h"
#include "base/mem.h"
#include "rule/sigma/check.h"
#include "rule/sigma/cond.h"
#include "rule/sigma/expand.h"
#include "rule/sigma/read_part.h"

static bool is_plain_word(const struct yaml *node, const char *lower)
{
    return !node->quoted && str_ieq(node->text, str_from(lower));
}

static struct sigma_value value_of(const struct yaml *node)
{
    enum sigma_type type = SIGMA_STRING;
    if (yaml_is_null(node))
        type = SIGMA_NULL;
    else if (is_plain_word(node, "true") || is_plain_word(node, "false"))
        type = SIGMA_BOOL;
    else if (!node->quoted && sigma_is_number(node->text))
        type = SIGMA_NUMBER;
    return (struct sigma_value){type, type == SIGMA_NULL ? str_sub(node->text, 0, 0) : node->text,
                                node->line, node->col};
}

static enum status read_values(struct sigma_reading *r, const struct yaml *node,
                               struct sigma_item *item)
{
    if (node->type == YAML_MAP)
        return read_fail(r, node, "bad selection: a map where values are expected");
    const bool list = node->type == YAML_LIST;
    item->n_values = list ? node->n : 1;
    item->values = ARENA_ARRAY(r->arena, struct sigma_value, item->n_values);
    if (item->n_values == 0)
        return read_fail(r, node, "bad selection: an empty list of values");
    for (u32 i = 0; i < item->n_values; i++) {
        const struct yaml *const value = list ? node->items[i] : node;
        if (value->type != YAML_SCALAR)
            return read_fail(r, value, "bad selection: a list or map in a list of values");
        item->values[i] = value_of(value);
    }
    return OK;
}

/* Names of fields stand without spaces, in rules and in events. */
str read_field(struct sigma_reading *r, str name)
{
    if (str_find_char(name, ' ') == SIZE_MAX)
        return name;
    char *const out = arena_alloc(r->arena, name.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != ' ')
            out[n++] = name.p[i];
    return (str){out, n};
}

/* "field|mod|mod" into its parts. */
static void read_key(struct sigma_reading *r, const struct yaml *key, struct sigma_item *item)
{
    str rest = key->text, part = STR_NONE;
    u32 n = 0;
    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == '|';
    item->line = key->line;
    item->col = key->col;
    item->modifiers = ARENA_ARRAY(r->arena, str, n);
    (void)str_next(&rest, '|', &item->field);
    item->field = read_field(r, item->field);
    while (item->n_modifiers < n && str_next(&rest, '|', &part))
        item->modifiers[item->n_modifiers++] = part;
}

static enum status check_item(struct sigma_reading *r, const struct yaml *at,
                              const struct sigma_item *item)
{
    const char *lint = NULL;
    TRY(sigma_check_item(item, &lint, r->err));
    if (lint)
        read_lint(r, at, lint);
    return OK;
}

/* What `fieldref` names is a field as well. */
static void refer_to_fields(struct sigma_reading *r, struct sigma_item *item)
{
    for (u32 i = 0; sigma_has_modifier(item, "fieldref") && i < item->n_values; i++)
        item->values[i].text = read_field(r, item->values[i].text);
}

typedef VEC(struct sigma_item) items;

static enum status read_item(struct sigma_reading *r, const struct yaml *key,
                             const struct yaml *value, items *out)
{
    struct sigma_item item = {0}, *list;
    u32 n;
    read_key(r, key, &item);
    if (!item.field.n && !item.n_modifiers)
        return read_fail(r, key, "bad selection: an empty field name");
    TRY(read_values(r, value, &item));
    TRY(sigma_expand(r, &item, &list, &n));
    for (u32 i = 0; i < n; i++) {
        TRY(check_item(r, key, &list[i]));
        refer_to_fields(r, &list[i]);
        *VEC_PUSH(out) = list[i];
    }
    return OK;
}

static enum status read_map(struct sigma_reading *r, const struct yaml *map,
                            struct sigma_group *group)
{
    if (map->n == 0)
        return read_fail(r, map, "bad selection: an empty map");
    items list = {0};
    enum status status = OK;
    for (u32 i = 0; i < map->n && status == OK; i++)
        status = read_item(r, map->keys[i], map->items[i], &list);
    group->n_items = (u32)list.n;
    group->items = ARENA_ARRAY(r->arena, struct sigma_item, list.n);
    if (list.n)
        memcpy(group->items, list.p, list.n * sizeof *list.p);
    VEC_FREE(&list);
    return status;
}

/* `values` is a scalar or a list of scalars. */
static enum status read_keywords(struct sigma_reading *r, const struct yaml *values,
                                 struct sigma_group *group)
{
    group->items = ARENA_NEW(r->arena, struct sigma_item);
    group->n_items = 1;
    group->items->line = values->line;
    group->items->col = values->col;
    TRY(read_values(r, values, group->items));
    return check_item(r, values, group->items);
}

static bool has_map(const struct yaml *list)
{
    for (u32 i = 0; i < list->n; i++)
        if (list->items[i]->type == YAML_MAP)
            return true;
    return false;
}

/* A list that holds a map: each element is an alternative, a scalar among them a keyword. */
static enum status read_alternatives(struct sigma_reading *r, const struct yaml *list,
                                     struct sigma_selection *out)
{
    out->n_groups = list->n;
    out->groups = ARENA_ARRAY(r->arena, struct sigma_group, list->n);
    for (u32 i = 0; i < list->n; i++) {
        const struct yaml *const element = list->items[i];
        if (element->type == YAML_LIST)
            return read_fail(r, element, "bad selection: a list in a list");
        TRY(element->type == YAML_MAP ? read_map(r, element, &out->groups[i])
                                      : read_keywords(r, element, &out->groups[i]));
    }
    return OK;
}

static enum status read_selection(struct sigma_reading *r, const struct yaml *key,
                                  const struct yaml *node, struct sigma_selection *out)
{
    out->name = key->text;
    out->line = key->line;
    out->col = key->col;
    if (node->type == YAML_LIST && has_map(node))
        return read_alternatives(r, node, out);
    out->n_groups = 1;
    out->groups = ARENA_NEW(r->arena, struct sigma_group);
    return node->type == YAML_MAP ? read_map(r, node, out->groups)
                                  : read_keywords(r, node, out->groups);
}

static enum status read_condition(struct sigma_reading *r, const struct yaml *node,
                                  struct sigma_node **out)
{
    struct sigma_rule *const rule = r->rule;
    if (node->type != YAML_SCALAR)
        return read_fail(r, node, "condition: must be a text or a list of texts");
    const enum status status =
        cond_parse(node->text, rule->selections, rule->n_selections, r->arena, out, r->err);
    if (status == OK)
        return OK;
    r->err->line = node->line;
    r->err->col = node->col + node->quoted + r->err->col -
                  1; /* of a text in one line; a block tells only its start */
    return status;
}

static void mark_used(const struct sigma_node *node, bool *used)
{
    if (node->op == SIGMA_SELECTION)
        used[node->selection] = true;
    for (u32 i = 0; i < node->n_kids; i++)
        mark_used(node->kids[i], used);
}

static void lint_unused(struct sigma_reading *r)
{
    const struct sigma_rule *const rule = r->rule;
    bool *const used = mem_calloc(rule->n_selections, sizeof *used);
    for (u32 i = 0; i < rule->n_conditions; i++)
        mark_used(rule->conditions[i], used);
    for (u32 i = 0; i < rule->n_selections; i++) {
        if (used[i])
            continue;
        const struct yaml at = {.line = rule->selections[i].line, .col = rule->selections[i].col};
        read_lint(r, &at,
                  arena_printf(r->arena, "selection '%.*s' is not used",
                               STR_ARG(rule->selections[i].name))
                      .p);
    }
    mem_free(used);
}

static enum status read_conditions(struct sigma_reading *r, const struct yaml *detection)
{
    struct sigma_rule *const rule = r->rule;
    const struct yaml *const node = yaml_get(detection, "condition");
    const bool list = node && node->type == YAML_LIST;
    const u32 n = list ? node->n : 1;
    if (!node || yaml_is_null(node) || n == 0)
        return read_fail(r, detection, "no condition");
    rule->conditions = ARENA_ARRAY(r->arena, struct sigma_node *, n);
    rule->n_conditions = n;
    for (u32 i = 0; i < n; i++)
        TRY(read_condition(r, list ? node->items[i] : node, &rule->conditions[i]));
    lint_unused(r);
    return OK;
}

enum status read_detection(struct sigma_reading *r, const struct yaml *detection, const char *extra)
{
    struct sigma_rule *const rule = r->rule;
    if (detection->type != YAML_MAP)
        return read_fail(r, detection, "no detection: it must be a map");
    rule->selections = ARENA_ARRAY(r->arena, struct sigma_selection, detection->n);
    for (u32 i = 0; i < detection->n; i++) {
        const struct yaml *const key = detection->keys[i];
        if (str_eq(key->text, S("condition")) || (extra && str_eq(key->text, str_from(extra))))
            continue;
        if (str_eq(key->text, S("timeframe")))
            return read_fail(
                r, key,
                "needs translation: 'timeframe' belongs to a correlation rule since Sigma 2");
        TRY(read_selection(r, key, detection->items[i], &rule->selections[rule->n_selections++]));
    }
    return read_conditions(r, detection);
}
