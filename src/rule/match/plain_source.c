#include "rule/match/plain_source.h"

#include "base/mem.h"

static const struct yaml *get(const struct yaml *map, str key)
{
    for (u32 i = 0; map && map->type == YAML_MAP && i < map->n; i++)
        if (str_eq(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

/* Nothing asked, or one of the texts asked for. */
static bool asked(const struct yaml *wanted, str have)
{
    if (!wanted)
        return true;
    if (wanted->type == YAML_SCALAR)
        return str_ieq(wanted->text, have);
    for (u32 i = 0; i < wanted->n; i++)
        if (str_ieq(yaml_text(wanted->items[i]), have))
            return true;
    return false;
}

static bool place_fits(const struct yaml *place, const struct shape *shape, struct arena *arena)
{
    const str id = arena_printf(arena, "%lld", (long long)shape->event_id);
    return asked(get(place, S("kind")), str_from(kind_text(shape->kind))) &&
           asked(get(place, S("channel")), shape->channel) &&
           asked(get(place, S("provider")), shape->provider) &&
           asked(get(place, S("event_id")), id);
}

static bool speaks_of(const struct yaml *entry, const struct sigma_logsource *source)
{
    const struct yaml *const category = get(entry, S("category")),
                             *const product = get(entry, S("product")),
                             *const service = get(entry, S("service"));
    return (!category || str_eq(category->text, source->category)) &&
           (!product || str_eq(product->text, source->product)) &&
           (!service || str_eq(service->text, source->service));
}

struct search {
    const struct yaml *const *entries; /* those that speak of the rule */
    u32 n_entries, rule;
    const struct shape *shape;
    struct arena *arena;
    VEC(struct plain_way) found;
};

/* Every choice of one fitting place from each entry, `chosen` made so far. */
static void choose(struct search *s, const struct yaml **chosen, u32 n)
{
    if (n == s->n_entries) {
        const struct yaml **const places = ARENA_ARRAY(s->arena, const struct yaml *, n);
        memcpy(places, chosen, n * sizeof *places);
        *VEC_PUSH(&s->found) = (struct plain_way){s->rule, places, n};
        return;
    }
    const struct yaml *const any = get(s->entries[n], S("any"));
    for (u32 i = 0; any && i < any->n; i++) {
        if (!place_fits(any->items[i], s->shape, s->arena))
            continue;
        chosen[n] = any->items[i];
        choose(s, chosen, n + 1);
    }
}

u32 plain_ways(const struct ruleset *set, const struct sigma_rule *rule, const struct shape *shape,
               struct arena *arena, struct plain_way **out)
{
    const struct yaml *const list = set->logsources.data;
    const struct sigma_logsource *const source = &rule->logsource;
    const struct yaml **const entries = ARENA_ARRAY(arena, const struct yaml *, list->n + 1);
    const struct yaml **const chosen = ARENA_ARRAY(arena, const struct yaml *, list->n + 1);
    bool category = !source->category.n, product = !source->product.n, service = !source->service.n;
    struct search s = {.entries = entries, .rule = rule->index, .shape = shape, .arena = arena};
    for (u32 i = 0; i < list->n; i++) {
        if (!speaks_of(list->items[i], source))
            continue;
        entries[s.n_entries++] = list->items[i];
        category |= get(list->items[i], S("category")) != NULL;
        product |= get(list->items[i], S("product")) != NULL;
        service |= get(list->items[i], S("service")) != NULL;
    }
    if (category && product && service)
        choose(&s, chosen, 0);
    const u32 n = (u32)s.found.n;
    *out = ARENA_ARRAY(arena, struct plain_way, n);
    if (n)
        memcpy(*out, s.found.p, n * sizeof **out);
    VEC_FREE(&s.found);
    return n;
}

str plain_rename(const struct plain_way *way, str field)
{
    for (u32 i = 0; i < way->n_places; i++) {
        const struct yaml *const to = get(get(way->places[i], S("fields")), field);
        if (to)
            return to->text;
    }
    return field;
}
