/* Fields against the log source: does any event of it have them, and can it have these values? */
#include "rule/lint_part.h"
#include "rule/sigma/check.h"

/* Fields that every event of the kind has, from the System part of a Windows event, or by the
 * reader. */
static bool is_common(str name)
{
    static const char *const names[] = {
        "Channel",
        "Provider_Name",
        "EventID",
        "Computer",
        "Level",
        "Task",
        "Opcode",
        "Keywords",
        "Version",
        "EventRecordID",
        "TimeCreated_SystemTime",
        "Provider_Guid",
        "Provider_EventSourceName",
        "Execution_ProcessID",
        "Execution_ThreadID",
        "Security_UserID",
        "Correlation_ActivityID",
        "Correlation_RelatedActivityID",
        "EventID_Qualifiers",
        "Message",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_eq(name, str_from(names[i])))
            return true;
    return false;
}

static bool has(const struct logsource_place *place, str name)
{
    const str real = logsource_rename(place, name);
    for (u32 i = 0; i < place->n_has; i++)
        if (str_eq(place->has[i], real))
            return true;
    return is_common(real);
}

/* True when all places say what they have, and none has the field. */
static bool is_unknown(const struct linter *l, str name)
{
    for (u32 i = 0; i < l->places.n; i++)
        if (l->places.places[i].n_has == 0 || has(&l->places.places[i], name))
            return false;
    return l->places.n > 0;
}

/* Letters to change, add or leave out to make b of a, case not counted; more than 2 is 3. */
static u32 distance(str a, str b)
{
    u32 row[2][64];
    if (a.n >= 63 || b.n >= 63 || a.n > b.n + 2 || b.n > a.n + 2)
        return 3;
    for (size_t k = 0; k <= b.n; k++)
        row[0][k] = (u32)k;
    for (size_t i = 1; i <= a.n; i++) {
        u32 *const now = row[i & 1], *const before = row[1 - (i & 1)];
        now[0] = (u32)i;
        for (size_t k = 1; k <= b.n; k++) {
            const bool same = ascii_lower(a.p[i - 1]) == ascii_lower(b.p[k - 1]);
            const u32 change = before[k - 1] + !same;
            now[k] = MIN(change, MIN(before[k], now[k - 1]) + 1);
        }
    }
    return MIN(row[a.n & 1][b.n], 3u);
}

static void nearer(str name, str other, u32 *best, str *out)
{
    const u32 d = distance(name, other);
    if (d >= *best || name.n < 4)
        return;
    *best = d;
    *out = other;
}

/* The rule's name for a field that the log source has, which is most like this one. */
static str nearest(const struct linter *l, str name)
{
    str out = STR_NONE;
    u32 best = 3;
    for (u32 p = 0; p < l->places.n; p++) {
        const struct logsource_place *const place = &l->places.places[p];
        for (u32 i = 0; i < place->n_renames; i++)
            nearer(name, place->renames[i].from, &best, &out);
        for (u32 i = 0; i < place->n_has; i++)
            nearer(name, place->has[i], &best, &out);
    }
    return out;
}

/* A name that is known but for its case. */
static str other_case(const struct linter *l, str name)
{
    if (intern_find(&l->names, name) != INTERN_NONE)
        return STR_NONE;
    for (u32 i = 0; i < intern_count(&l->names); i++)
        if (str_ieq(intern_text(&l->names, i), name))
            return intern_text(&l->names, i);
    return STR_NONE;
}

static str source_text(const struct linter *l)
{
    const struct sigma_logsource *const s = l->source;
    return s->category.n ? s->category : s->service.n ? s->service : s->product;
}

void lint_field_name(struct linter *l, str field, u32 line, u32 col)
{
    const str shown = str_sub(field, 0, 80);
    if (is_unknown(l, field)) {
        const str near = nearest(l, field);
        const str hint =
            near.n ? arena_printf(l->arena, "did you mean %.*s?", STR_ARG(near))
                   : S("the test is always false, and true under not; other tools may add the "
                       "field, the logs do not have it");
        lint_add(l, "unknown-field", line, col, hint, "no event of %.*s has a field '%.*s'",
                 STR_ARG(source_text(l)), STR_ARG(shown));
        return;
    }
    const str other = l->places.n ? other_case(l, field) : STR_NONE;
    bool open = l->places.n > 0;
    for (u32 i = 0; i < l->places.n; i++)
        open &= l->places.places[i].n_has == 0;
    if (open && other.n)
        lint_add(l, "field-case", line, col,
                 arena_printf(l->arena, "did you mean %.*s? names are compared with case",
                              STR_ARG(other)),
                 "field '%.*s' differs from a known one in case alone", STR_ARG(shown));
}

/* ------------------------------------------------------------------ values that cannot be */

static bool is_plain(const struct sigma_item *item)
{
    for (u32 i = 0; i < item->n_modifiers; i++)
        if (!str_eq(item->modifiers[i], S("all")) && !str_eq(item->modifiers[i], S("cased")))
            return false;
    return true;
}

static bool can_have_id(const struct linter *l, i64 id)
{
    for (u32 i = 0; i < l->places.n; i++) {
        const struct logsource_place *const place = &l->places.places[i];
        if (place->n_event_ids == 0)
            return true;
        for (u32 k = 0; k < place->n_event_ids; k++)
            if (place->event_ids[k] == id)
                return true;
    }
    return l->places.n == 0;
}

static void lint_event_id(struct linter *l, const struct sigma_value *value)
{
    i64 id;
    if (value->type == SIGMA_NULL || str_find_char(value->text, '*') != SIZE_MAX ||
        str_find_char(value->text, '?') != SIZE_MAX)
        return;
    if (!str_i64(value->text, &id) || id < 0 || id > 65535)
        lint_add(l, "never-true", value->line, value->col, S("event ids go from 0 to 65535"),
                 "'%.*s' is no event id", STR_ARG(str_sub(value->text, 0, 40)));
    else if (!can_have_id(l, id))
        lint_add(l, "never-true", value->line, value->col,
                 S("another log source, or another event id"), "%.*s has no events %lld",
                 STR_ARG(source_text(l)), (long long)id);
}

/* The map itself asks for some of the values of this field, in every place. */
static bool can_be(const struct linter *l, const struct sigma_item *item,
                   const struct sigma_value *value)
{
    for (u32 p = 0; p < l->places.n; p++) {
        const struct logsource_place *const place = &l->places.places[p];
        bool possible = true;
        for (u32 w = 0; w < place->n_where; w++) {
            if (!str_eq(place->where[w].field, logsource_rename(place, item->field)))
                continue;
            possible = false;
            for (u32 i = 0; i < place->where[w].n_values; i++)
                possible |= str_ieq(place->where[w].values[i].text, value->text);
        }
        if (possible)
            return true;
    }
    return l->places.n == 0;
}

void lint_fields(struct linter *l, const struct sigma_group *group)
{
    for (u32 i = 0; i < group->n_items; i++) {
        const struct sigma_item *const item = &group->items[i];
        if (!item->field.n)
            continue;
        lint_field_name(l, item->field, item->line, item->col);
        for (u32 v = 0; v < item->n_values && sigma_has_modifier(item, "fieldref"); v++)
            lint_field_name(l, item->values[v].text, item->values[v].line, item->values[v].col);
        for (u32 v = 0; v < item->n_values && is_plain(item); v++) {
            const struct sigma_value *const value = &item->values[v];
            if (str_eq(item->field, S("EventID")))
                lint_event_id(l, value);
            else if (value->type == SIGMA_STRING && str_find_char(value->text, '*') == SIZE_MAX &&
                     str_find_char(value->text, '?') == SIZE_MAX && !can_be(l, item, value))
                lint_add(l, "never-true", value->line, value->col, STR_NONE,
                         "%.*s of %.*s is never '%.*s'", STR_ARG(str_sub(item->field, 0, 80)),
                         STR_ARG(source_text(l)), STR_ARG(str_sub(value->text, 0, 80)));
        }
    }
}
