#include "rule/sigma/filter.h"

static struct sigma_node *new_node(struct arena *arena, enum sigma_op op, u32 n_kids)
{
    struct sigma_node *const node = ARENA_NEW(arena, struct sigma_node);
    node->op = op;
    node->n_kids = n_kids;
    node->kids = ARENA_ARRAY(arena, struct sigma_node *, n_kids);
    return node;
}

/* The filter's selections come behind the rule's own, so their numbers move up by `by`. */
static struct sigma_node *copy_moved(const struct sigma_node *from, u32 by, struct arena *arena)
{
    struct sigma_node *const node = new_node(arena, from->op, from->n_kids);
    node->selection = from->op == SIGMA_SELECTION ? from->selection + by : 0;
    for (u32 i = 0; i < from->n_kids; i++)
        node->kids[i] = copy_moved(from->kids[i], by, arena);
    return node;
}

static void join_selections(struct sigma_rule *rule, const struct sigma_rule *filter,
                            struct arena *arena)
{
    const u32 n = rule->n_selections + filter->n_selections;
    struct sigma_selection *const out = ARENA_ARRAY(arena, struct sigma_selection, n);
    for (u32 i = 0; i < n; i++)
        out[i] = i < rule->n_selections ? rule->selections[i]
                                        : filter->selections[i - rule->n_selections];
    rule->selections = out;
    rule->n_selections = n;
}

void sigma_join_filter(struct sigma_rule *rule, const struct sigma_rule *filter,
                       struct arena *arena)
{
    struct sigma_node *const any = new_node(arena, SIGMA_OR, filter->n_conditions);
    for (u32 i = 0; i < filter->n_conditions; i++)
        any->kids[i] = copy_moved(filter->conditions[i], rule->n_selections, arena);
    join_selections(rule, filter, arena);
    struct sigma_node **const conditions =
        ARENA_ARRAY(arena, struct sigma_node *, rule->n_conditions);
    for (u32 i = 0; i < rule->n_conditions; i++) {
        conditions[i] = new_node(arena, SIGMA_AND, 2);
        conditions[i]->kids[0] = rule->conditions[i];
        conditions[i]->kids[1] = any;
    }
    rule->conditions = conditions;
}
