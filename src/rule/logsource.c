#include "rule/logsource.h"

#include "base/mem.h"

struct logsource_entry {
    struct sigma_logsource key; /* empty: not asked */
    struct logsource_place *places;
    u32 n_places;
    str none; /* why there are no places */
};

#define MAX_PLACES 1024 /* combinations for one rule; the map that ships makes at most a dozen */

static enum status fail(const struct yaml *at, struct err *err, const char *fmt, const char *what)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)err_set(err, ERR_SYNTAX, fmt, what);
#pragma GCC diagnostic pop
    if (err && at) {
        err->line = at->line;
        err->col = at->col;
    }
    return ERR_SYNTAX;
}

static u32 list_length(const struct yaml *node)
{
    return !node ? 0 : node->type == YAML_LIST ? node->n : 1;
}

static const struct yaml *list_at(const struct yaml *node, u32 i)
{
    return node->type == YAML_LIST ? node->items[i] : node;
}

static enum status load_kind(const struct yaml *node, struct logsource_place *out, struct err *err)
{
    out->any_kind = !node;
    for (int kind = 0; node && kind < KIND_COUNT; kind++) {
        if (!str_eq(yaml_text(node), str_from(kind_text((enum kind)kind))))
            continue;
        out->kind = (enum kind)kind;
        return OK;
    }
    return node ? fail(node, err, "%s", "unknown kind of log") : OK;
}

static enum status load_texts(const struct yaml *node, struct arena *arena, const str **out,
                              u32 *out_n, struct err *err)
{
    const u32 n = list_length(node);
    str *const texts = ARENA_ARRAY(arena, str, n);
    for (u32 i = 0; i < n; i++) {
        texts[i] = yaml_text(list_at(node, i));
        if (!texts[i].n)
            return fail(node, err, "%s", "a text or a list of texts is needed");
    }
    *out = texts;
    *out_n = n;
    return OK;
}

static enum status load_ids(const struct yaml *node, struct arena *arena,
                            struct logsource_place *out, struct err *err)
{
    const u32 n = list_length(node);
    i64 *const ids = ARENA_ARRAY(arena, i64, n);
    for (u32 i = 0; i < n; i++)
        if (!str_i64(yaml_text(list_at(node, i)), &ids[i]))
            return fail(node, err, "%s", "an event id is a number");
    out->event_ids = ids;
    out->n_event_ids = n;
    return OK;
}

static enum status load_where_item(const struct yaml *key, const struct yaml *values,
                                   struct arena *arena, struct sigma_item *out, struct err *err)
{
    const u32 n = list_length(values);
    *out =
        (struct sigma_item){.field = key->text, .line = key->line, .col = key->col, .n_values = n};
    out->values = ARENA_ARRAY(arena, struct sigma_value, n);
    if (str_find_char(key->text, '|') != SIZE_MAX)
        return fail(key, err, "%s", "'where' takes no modifiers");
    for (u32 i = 0; i < n; i++) {
        const str text = yaml_text(list_at(values, i));
        for (size_t k = 0; k < text.n; k++)
            if (memchr("*?\\", text.p[k], 3))
                return fail(values, err, "%s", "'where' takes plain texts");
        if (!text.n)
            return fail(values, err, "%s", "'where' takes plain texts");
        out->values[i] = (struct sigma_value){SIGMA_STRING, text, values->line, values->col};
    }
    return n ? OK : fail(values, err, "%s", "'where' needs a value");
}

static enum status load_where(const struct yaml *node, struct arena *arena,
                              struct logsource_place *out, struct err *err)
{
    if (!node)
        return OK;
    if (node->type != YAML_MAP)
        return fail(node, err, "%s", "'where' must be a map");
    struct sigma_item *const items = ARENA_ARRAY(arena, struct sigma_item, node->n);
    for (u32 i = 0; i < node->n; i++)
        TRY(load_where_item(node->keys[i], node->items[i], arena, &items[i], err));
    out->where = items;
    out->n_where = node->n;
    return OK;
}

static enum status load_renames(const struct yaml *node, struct arena *arena,
                                struct logsource_place *out, struct err *err)
{
    if (!node)
        return OK;
    if (node->type != YAML_MAP)
        return fail(node, err, "%s", "'fields' must be a map");
    struct logsource_rename *const renames = ARENA_ARRAY(arena, struct logsource_rename, node->n);
    for (u32 i = 0; i < node->n; i++) {
        renames[i] = (struct logsource_rename){node->keys[i]->text, yaml_text(node->items[i])};
        if (!renames[i].to.n)
            return fail(node->items[i], err, "%s", "'fields' maps a name to a name");
    }
    out->renames = renames;
    out->n_renames = node->n;
    return OK;
}

static enum status check_keys(const struct yaml *map, const char *const *known, size_t n,
                              struct err *err)
{
    if (map->type != YAML_MAP)
        return fail(map, err, "%s", "a map is needed");
    for (u32 i = 0; i < map->n; i++) {
        bool ok = false;
        for (size_t k = 0; k < n; k++)
            ok |= str_eq(map->keys[i]->text, str_from(known[k]));
        if (!ok)
            return fail(map->keys[i], err, "unknown key '%.80s'", map->keys[i]->text.p);
    }
    return OK;
}

static enum status load_place(const struct yaml *node, struct arena *arena,
                              struct logsource_place *out, struct err *err)
{
    static const char *const keys[] = {"kind",  "channel", "provider", "event_id",
                                       "where", "fields",  "has"};
    *out = (struct logsource_place){0};
    TRY(check_keys(node, keys, COUNT(keys), err));
    TRY(load_kind(yaml_get(node, "kind"), out, err));
    TRY(load_texts(yaml_get(node, "channel"), arena, &out->channels, &out->n_channels, err));
    TRY(load_texts(yaml_get(node, "provider"), arena, &out->providers, &out->n_providers, err));
    TRY(load_ids(yaml_get(node, "event_id"), arena, out, err));
    TRY(load_where(yaml_get(node, "where"), arena, out, err));
    TRY(load_texts(yaml_get(node, "has"), arena, &out->has, &out->n_has, err));
    return load_renames(yaml_get(node, "fields"), arena, out, err);
}

static enum status load_entry(const struct yaml *node, struct arena *arena,
                              struct logsource_entry *out, struct err *err)
{
    static const char *const keys[] = {"category", "product", "service", "any", "none"};
    *out = (struct logsource_entry){0};
    TRY(check_keys(node, keys, COUNT(keys), err));
    out->key = (struct sigma_logsource){yaml_text(yaml_get(node, "category")),
                                        yaml_text(yaml_get(node, "product")),
                                        yaml_text(yaml_get(node, "service"))};
    if (!out->key.category.n && !out->key.product.n && !out->key.service.n)
        return fail(node, err, "%s", "an entry needs category, product or service");
    const struct yaml *const any = yaml_get(node, "any");
    out->none = yaml_text(yaml_get(node, "none"));
    if (!any == !out->none.n || (any && (any->type != YAML_LIST || any->n == 0)))
        return fail(node, err, "%s",
                    "an entry needs either 'any', a list of places, or 'none', a reason");
    out->n_places = any ? any->n : 0;
    out->places = ARENA_ARRAY(arena, struct logsource_place, out->n_places);
    for (u32 i = 0; i < out->n_places; i++)
        TRY(load_place(any->items[i], arena, &out->places[i], err));
    return OK;
}

enum status logsource_load(str text, struct arena *arena, struct logsource_map *out,
                           struct err *err)
{
    const struct yaml **docs;
    u32 n_docs;
    TRY(yaml_read(text, arena, &docs, &n_docs, err));
    const struct yaml *const list = n_docs == 1 ? yaml_get(docs[0], "logsources") : NULL;
    if (!list || list->type != YAML_LIST)
        return fail(list, err, "%s", "a list under 'logsources' is needed");
    struct logsource_map map = {.data = list, .n_entries = list->n};
    map.entries = ARENA_ARRAY(arena, struct logsource_entry, list->n);
    for (u32 i = 0; i < list->n; i++)
        TRY(load_entry(list->items[i], arena, &map.entries[i], err));
    *out = map;
    return OK;
}

static bool applies(const struct sigma_logsource *key, const struct sigma_logsource *source)
{
    return (!key->category.n || str_eq(key->category, source->category)) &&
           (!key->product.n || str_eq(key->product, source->product)) &&
           (!key->service.n || str_eq(key->service, source->service));
}

/* What is in both lists, where an empty list stands for everything. False when that is nothing. */
static bool both_texts(const str *a, u32 n_a, const str **list, u32 *n, struct arena *arena)
{
    if (n_a == 0)
        return true;
    if (*n == 0) {
        *list = a;
        *n = n_a;
        return true;
    }
    str *const out = ARENA_ARRAY(arena, str, n_a);
    u32 count = 0;
    for (u32 i = 0; i < n_a; i++)
        for (u32 k = 0; k < *n; k++)
            if (str_ieq(a[i], (*list)[k])) {
                out[count++] = a[i];
                break;
            }
    *list = out;
    *n = count;
    return count > 0;
}

static bool both_ids(const struct logsource_place *a, struct logsource_place *place,
                     struct arena *arena)
{
    if (a->n_event_ids == 0)
        return true;
    i64 *const out = ARENA_ARRAY(arena, i64, a->n_event_ids);
    u32 count = 0;
    for (u32 i = 0; i < a->n_event_ids; i++) {
        bool in = place->n_event_ids == 0;
        for (u32 k = 0; k < place->n_event_ids; k++)
            in |= place->event_ids[k] == a->event_ids[i];
        if (in)
            out[count++] = a->event_ids[i];
    }
    place->event_ids = out;
    place->n_event_ids = count;
    return count > 0;
}

static void join_extras(const struct logsource_place *a, struct logsource_place *place,
                        struct arena *arena)
{
    struct sigma_item *const where =
        ARENA_ARRAY(arena, struct sigma_item, a->n_where + place->n_where);
    struct logsource_rename *const renames =
        ARENA_ARRAY(arena, struct logsource_rename, a->n_renames + place->n_renames);
    for (u32 i = 0; i < place->n_where + a->n_where; i++)
        where[i] = i < place->n_where ? place->where[i] : a->where[i - place->n_where];
    for (u32 i = 0; i < place->n_renames + a->n_renames; i++)
        renames[i] = i < place->n_renames ? place->renames[i] : a->renames[i - place->n_renames];
    place->where = where;
    place->n_where += a->n_where;
    place->renames = renames;
    place->n_renames += a->n_renames;
    if (place->n_has == 0) {
        place->has = a->has;
        place->n_has = a->n_has;
    }
}

/* Narrows `place` by `a`; false when nothing can be in both. */
static bool intersect(const struct logsource_place *a, struct logsource_place *place,
                      struct arena *arena)
{
    if (!a->any_kind && !place->any_kind && a->kind != place->kind)
        return false;
    if (!a->any_kind) {
        place->any_kind = false;
        place->kind = a->kind;
    }
    if (!both_texts(a->channels, a->n_channels, &place->channels, &place->n_channels, arena) ||
        !both_texts(a->providers, a->n_providers, &place->providers, &place->n_providers, arena) ||
        !both_ids(a, place, arena))
        return false;
    join_extras(a, place, arena);
    return true;
}

typedef VEC(struct logsource_place) places;

static void narrow(places *list, const struct logsource_entry *entry, struct arena *arena)
{
    places next = {0};
    for (size_t i = 0; i < list->n; i++) {
        for (u32 k = 0; k < entry->n_places && next.n < MAX_PLACES; k++) {
            struct logsource_place place = list->p[i];
            if (intersect(&entry->places[k], &place, arena))
                *VEC_PUSH(&next) = place;
        }
    }
    VEC_FREE(list);
    *list = next;
}

/* The first part of the source that no entry speaks of. */
static str unknown_part(const struct sigma_logsource *source, const struct sigma_logsource *seen,
                        struct arena *arena)
{
    if (source->product.n && !seen->product.n)
        return arena_printf(arena, "unknown product '%.*s'", STR_ARG(source->product));
    if (source->category.n && !seen->category.n)
        return arena_printf(arena, "unknown category '%.*s'", STR_ARG(source->category));
    if (source->service.n && !seen->service.n)
        return arena_printf(arena, "unknown service '%.*s'", STR_ARG(source->service));
    return STR_NONE;
}

void logsource_resolve(const struct logsource_map *map, const struct sigma_logsource *source,
                       struct arena *arena, struct logsource_places *out)
{
    places list = {0};
    *VEC_PUSH(&list) = (struct logsource_place){.any_kind = true};
    struct sigma_logsource seen = {0};
    str none = STR_NONE;
    for (u32 i = 0; i < map->n_entries; i++) {
        const struct logsource_entry *const entry = &map->entries[i];
        if (!applies(&entry->key, source))
            continue;
        seen.category = entry->key.category.n ? entry->key.category : seen.category;
        seen.product = entry->key.product.n ? entry->key.product : seen.product;
        seen.service = entry->key.service.n ? entry->key.service : seen.service;
        if (entry->none.n && !none.n)
            none = entry->none;
        narrow(&list, entry, arena);
    }
    const str unknown = unknown_part(source, &seen, arena);
    *out = (struct logsource_places){0};
    if (none.n || unknown.n) {
        out->why_not = none.n ? none : unknown;
    } else if (list.n == 0) {
        out->why_not = S("category, product and service exclude each other");
    } else {
        struct logsource_place *const copy = ARENA_ARRAY(arena, struct logsource_place, list.n);
        memcpy(copy, list.p, list.n * sizeof *copy);
        out->places = copy;
        out->n = (u32)list.n;
    }
    VEC_FREE(&list);
}

void logsource_intern(const struct logsource_map *map, struct intern *fields)
{
    for (u32 e = 0; e < map->n_entries; e++) {
        for (u32 p = 0; p < map->entries[e].n_places; p++) {
            const struct logsource_place *const place = &map->entries[e].places[p];
            for (u32 i = 0; i < place->n_where; i++)
                intern_add(fields, place->where[i].field);
            for (u32 i = 0; i < place->n_renames; i++) {
                intern_add(fields, place->renames[i].from);
                intern_add(fields, place->renames[i].to);
            }
        }
    }
}

str logsource_rename(const struct logsource_place *place, str field)
{
    for (u32 i = 0; i < place->n_renames; i++)
        if (str_eq(place->renames[i].from, field))
            return place->renames[i].to;
    return field;
}

static bool in_texts(str s, const str *list, u32 n)
{
    bool in = n == 0;
    for (u32 i = 0; i < n && !in; i++)
        in = str_ieq(s, list[i]);
    return in;
}

bool logsource_fits(const struct logsource_place *place, const struct shape *shape)
{
    bool id = place->n_event_ids == 0;
    for (u32 i = 0; i < place->n_event_ids && !id; i++)
        id = place->event_ids[i] == shape->event_id;
    return id && (place->any_kind || place->kind == shape->kind) &&
           in_texts(shape->channel, place->channels, place->n_channels) &&
           in_texts(shape->provider, place->providers, place->n_providers);
}
