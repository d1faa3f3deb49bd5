#include "assess/part.h"

static const struct {
    const char *kind;
    i64 id;
    const char *values, *words;
} rows[PART_COUNT] = {
#define PART(name, kind, id, values, words) [PART_##name] = {kind, id, values, words},
#include "assess/sights.def"
#undef PART
};

static const u32 columns[COLUMN_COUNT] = {
#define COLUMN(name, field) [COLUMN_##name] = FIELD_##field,
#include "assess/sights.def"
#undef COLUMN
};

static const char *const fields[FIELD_KNOWN] = {
#define FIELD(name, text) [FIELD_##name] = text,
#include "event/fields.def"
#undef FIELD
};

static bool is_value(str told, const char *values)
{
    str rest = str_from(values), one;
    while (str_next(&rest, ' ', &one))
        if (str_eq(one, S("*")) || str_ieq(one, told))
            return true;
    return false;
}

enum part part_of(str kind, i64 event_id, str told)
{
    if (told.n && told.p[0] == '/')
        told = str_sub(told, 1, 1 + MIN(str_find_char(str_sub(told, 1, told.n), '/'), told.n - 1));
    for (u32 i = PART_NONE + 1; i < PART_COUNT; i++)
        if (str_eq(kind, str_from(rows[i].kind)) &&
            (rows[i].id ? rows[i].id == event_id : told.n && is_value(told, rows[i].values)))
            return (enum part)i;
    return PART_NONE;
}

u32 part_columns(const struct shape *shape)
{
    u32 set = 0;
    for (u32 i = 0; i < COLUMN_COUNT; i++)
        set |= shape_find(shape, columns[i]) >= 0 ? 1u << i : 0;
    return set;
}

const char *part_text(enum part part)
{
    return rows[part].words;
}

const char *column_text(enum column column)
{
    return fields[columns[column]];
}
