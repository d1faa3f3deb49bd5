/* The `correlation` section. What it refers to is resolved by ruleset_load, when all rules are
 * known. */
#include "base/limits.h"
#include "base/timex.h"
#include "rule/sigma/check.h"
#include "rule/sigma/read_part.h"

static const char *const type_names[] = {
    [CORR_EVENT_COUNT] = "event_count",
    [CORR_VALUE_COUNT] = "value_count",
    [CORR_TEMPORAL] = "temporal",
    [CORR_TEMPORAL_ORDERED] = "temporal_ordered",
    [CORR_VALUE_SUM] = "value_sum",
    [CORR_VALUE_AVG] = "value_avg",
    [CORR_VALUE_PERCENTILE] = "value_percentile",
};

static const char *const cmp_names[] = {
    [CMP_GT] = "gt",   [CMP_GTE] = "gte", [CMP_LT] = "lt",
    [CMP_LTE] = "lte", [CMP_EQ] = "eq",   [CMP_NEQ] = "neq",
};

static int find_name(const char *const *names, size_t n, str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, str_from(names[i])))
            return (int)i;
    return -1;
}

static enum status read_type(struct sigma_reading *r, const struct yaml *node,
                             struct sigma_correlation *out)
{
    const int type = find_name(type_names, COUNT(type_names), yaml_text(node));
    if (type < 0)
        return read_fail(r, node, "correlation: unknown type '%.*s'",
                         STR_ARG(str_sub(node ? yaml_text(node) : S(""), 0, 80)));
    out->type = (enum sigma_ctype)type;
    return OK;
}

/* A whole number and one of s, m, h, d. */
enum status read_timespan(struct sigma_reading *r, const struct yaml *node, const char *what,
                          struct sigma_correlation *out)
{
    static const char units[] = "smhd";
    static const i64 seconds[] = {1, 60, 3600, 86400};
    const str s = node ? yaml_text(node) : STR_NONE;
    const char *const unit = s.n > 1 ? memchr(units, s.p[s.n - 1], 4) : NULL;
    u64 n = 0;
    i64 ns = 0;
    if (!unit || str_istarts(s, S("0x")) || !str_u64(str_sub(s, 0, s.n - 1), &n) || n == 0 ||
        n > INT64_MAX || __builtin_mul_overflow((i64)n, seconds[unit - units] * TIME_SECOND, &ns))
        return read_fail(r, node, "correlation: '%s' must be a number and one of s, m, h, d", what);
    out->timespan_ns = ns;
    return OK;
}

enum status read_bound_number(struct sigma_reading *r, const struct yaml *node, exact_number *out)
{
    const str s = yaml_text(node);
    if (!sigma_is_number(s))
        return read_fail(r, node, "correlation: a number is needed in 'condition'");
    if (!exact_parse(s, out))
        return read_fail(r, node, "correlation: more than %d decimals in 'condition'",
                         EXACT_DECIMALS);
    return OK;
}

static enum status read_fields(struct sigma_reading *r, const struct yaml *node, const char *what,
                               str **out, u32 *out_n)
{
    TRY(read_texts(r, node, what, out, out_n));
    for (u32 i = 0; i < *out_n; i++)
        (*out)[i] = read_field(r, (*out)[i]);
    return OK;
}

static enum status read_bound(struct sigma_reading *r, const struct yaml *key,
                              const struct yaml *value, struct sigma_correlation *out)
{
    if (str_eq(key->text, S("field")))
        return read_fields(r, value, "field", &out->value_fields, &out->n_value_fields);
    if (str_eq(key->text, S("percentile")))
        return read_bound_number(r, value, &out->percentile);
    const int cmp = find_name(cmp_names, COUNT(cmp_names), key->text);
    if (cmp < 0)
        return read_fail(r, key, "correlation: unknown key '%.*s' in 'condition'",
                         STR_ARG(str_sub(key->text, 0, 80)));
    if (out->n_bounds == COUNT(out->bounds))
        return read_fail(r, key, "correlation: more than two bounds in 'condition'");
    struct sigma_bound *const bound = &out->bounds[out->n_bounds++];
    bound->cmp = (enum sigma_cmp)cmp;
    return read_bound_number(r, value, &bound->limit);
}

static enum status check_condition(struct sigma_reading *r, const struct yaml *node,
                                   const struct sigma_correlation *c)
{
    const bool temporal = c->type == CORR_TEMPORAL || c->type == CORR_TEMPORAL_ORDERED;
    const bool values = !temporal && c->type != CORR_EVENT_COUNT;
    if (!temporal && c->n_bounds == 0)
        return read_fail(r, node, "correlation: 'condition' must hold a bound");
    if (values && c->n_value_fields == 0)
        return read_fail(r, node, "correlation: 'condition' must name a field");
    if (values && c->type != CORR_VALUE_COUNT && c->n_value_fields > 1)
        return read_fail(r, node, "correlation: '%s' takes one field", type_names[c->type]);
    if (c->percentile < 0 || c->percentile > 100 * EXACT_ONE)
        return read_fail(r, node, "correlation: 'percentile' must be from 0 to 100");
    return OK;
}

static enum status read_condition(struct sigma_reading *r, const struct yaml *node,
                                  struct sigma_correlation *out)
{
    out->percentile = 50 * EXACT_ONE;
    if (node && node->type != YAML_MAP)
        return read_fail(r, node, "correlation: 'condition' must be a map");
    for (u32 i = 0; node && i < node->n; i++)
        TRY(read_bound(r, node->keys[i], node->items[i], out));
    if (out->type == CORR_VALUE_PERCENTILE && !yaml_get(node, "percentile"))
        read_lint(r, node, "no 'percentile': the median is taken");
    return check_condition(r, node, out);
}

/* aliases: {alias: {rule: field, …}, …}, laid flat. */
static enum status read_aliases(struct sigma_reading *r, const struct yaml *node,
                                struct sigma_correlation *out)
{
    u32 n = 0;
    if (!node || yaml_is_null(node))
        return OK;
    if (node->type != YAML_MAP)
        return read_fail(r, node, "correlation: 'aliases' must be a map of maps");
    for (u32 i = 0; i < node->n; i++)
        n += node->items[i]->n;
    out->aliases = ARENA_ARRAY(r->arena, struct sigma_alias, n);
    for (u32 i = 0; i < node->n; i++) {
        const struct yaml *const map = node->items[i];
        if (map->type != YAML_MAP)
            return read_fail(r, map, "correlation: 'aliases' must be a map of maps");
        for (u32 k = 0; k < map->n; k++) {
            if (map->items[k]->type != YAML_SCALAR)
                return read_fail(r, map->items[k], "correlation: an alias must name a field");
            out->aliases[out->n_aliases++] =
                (struct sigma_alias){read_field(r, node->keys[i]->text), map->keys[k]->text,
                                     read_field(r, map->items[k]->text)};
        }
    }
    return OK;
}

static enum status check_refs(struct sigma_reading *r, const struct yaml *node,
                              const struct sigma_correlation *c)
{
    const bool temporal = c->type == CORR_TEMPORAL || c->type == CORR_TEMPORAL_ORDERED;
    if (c->n_refs == 0)
        return read_fail(r, node, "correlation: 'rules' must name a rule");
    if (temporal && c->n_refs > LIMIT_TEMPORAL_RULES)
        return read_fail(r, node, "correlation: more than %d rules in one temporal correlation",
                         LIMIT_TEMPORAL_RULES);
    return OK;
}

static bool is_true(const struct yaml *node)
{
    return node && str_ieq(yaml_text(node), S("true"));
}

enum status read_correlation(struct sigma_reading *r, const struct yaml *doc)
{
    const struct yaml *const node = yaml_get(doc, "correlation");
    struct sigma_correlation *const c = ARENA_NEW(r->arena, struct sigma_correlation);
    if (node->type != YAML_MAP)
        return read_fail(r, node, "correlation: must be a map");
    TRY(read_type(r, yaml_get(node, "type"), c));
    TRY(read_texts(r, yaml_get(node, "rules"), "rules", &c->refs, &c->n_refs));
    TRY(check_refs(r, yaml_get(node, "rules"), c));
    TRY(read_fields(r, yaml_get(node, "group-by"), "group-by", &c->group_by, &c->n_group_by));
    TRY(read_timespan(r, yaml_get(node, "timespan"), "timespan", c));
    TRY(read_condition(r, yaml_get(node, "condition"), c));
    TRY(read_aliases(r, yaml_get(node, "aliases"), c));
    c->generate = is_true(yaml_get(node, "generate")) || is_true(yaml_get(doc, "generate"));
    r->rule->correlation = c;
    return OK;
}
