#include "assess/light.h"

#include <stdlib.h>

#include "base/order.h"

/* The names of sights.def, as masks. */
enum {
    ANY = 0,
#define PART(name, kind, id, values, words) name = 1 << PART_##name,
#include "assess/sights.def"
#undef PART
#define COLUMN(name, field) name = 1 << COLUMN_##name,
#include "assess/sights.def"
#undef COLUMN
};

const struct sight_row sight_rows[SIGHT_ROWS] = {
#define SIGHT(stage, kind, parts, paced_by, columns, sure, what)                                   \
    {STAGE_##stage, kind, parts, paced_by, columns, SIGHT_##sure, what},
#include "assess/sights.def"
#undef SIGHT
};

void gaps_find(hour_list *all, gap_list *out)
{
    const i64 *const p = all->p;
    if (all->n)
        qsort(all->p, all->n, sizeof *p, order_i64);
    for (size_t i = 1; i < all->n; i++)
        if (p[i] - p[i - 1] > GAP_HOURS)
            *VEC_PUSH(out) =
                (struct gap){(p[i - 1] + 1) * 3600 * TIME_SECOND, p[i] * 3600 * TIME_SECOND};
}

static bool fits(const struct lot *lot, const struct sight_row *row, u32 parts)
{
    return lot->events && str_eq(lot->kind, str_from(row->kind)) &&
           (lot->columns & row->columns) == row->columns && (!parts || parts >> lot->part & 1);
}

/* The time of these parts of the log together. */
static struct light sum_parts(const struct lot *lots, size_t n, const struct sight_row *row,
                              u32 parts)
{
    struct light sum = {.row = row, .first = TIME_NONE, .last = TIME_NONE};
    hour_list all = {0};
    for (size_t i = 0; i < n; i++) {
        if (!fits(&lots[i], row, parts) || lots[i].first == TIME_NONE)
            continue;
        sum.first = sum.first == TIME_NONE ? lots[i].first : MIN(sum.first, lots[i].first);
        sum.last = MAX(sum.last, lots[i].last);
        VEC_EACH (&lots[i].hours, h)
            *VEC_PUSH(&all) = *h;
    }
    gaps_find(&all, &sum.gaps);
    VEC_FREE(&all);
    return sum;
}

static int compare_gaps(const void *a, const void *b)
{
    const struct gap *const x = a, *const y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* What both have: the later beginning, the earlier end, the gaps of either. */
static void cross(struct light *light, struct light *other)
{
    light->first = MAX(light->first, other->first);
    light->last = MIN(light->last, other->last);
    VEC_EACH (&other->gaps, gap)
        *VEC_PUSH(&light->gaps) = *gap;
    VEC_FREE(&other->gaps);
    if (light->gaps.n)
        qsort(light->gaps.p, light->gaps.n, sizeof *light->gaps.p, compare_gaps);
    size_t n = 0;
    VEC_EACH (&light->gaps, gap)
        if (n && gap->from <= light->gaps.p[n - 1].to)
            light->gaps.p[n - 1].to = MAX(light->gaps.p[n - 1].to, gap->to);
        else
            light->gaps.p[n++] = *gap;
    light->gaps.n = n;
}

static bool is_there(const struct lot *lots, size_t n, const struct sight_row *row, u32 parts)
{
    for (size_t i = 0; i < n; i++)
        if (fits(&lots[i], row, parts))
            return true;
    return false;
}

bool light_make(const struct lot *lots, size_t n, const struct sight_row *row, struct light *out)
{
    bool lit = false;
    *out = (struct light){.row = row};
    for (u32 part = 0; part < PART_COUNT; part++) {
        const u32 own = row->parts & 1u << part;
        if (!own && !(part == 0 && !row->parts))
            continue;
        if (!is_there(lots, n, row, own)) {
            VEC_FREE(&out->gaps);
            return false;
        }
        struct light one = sum_parts(lots, n, row, own ? own | row->paced_by : 0);
        if (lit)
            cross(out, &one);
        else
            *out = one;
        lit = true;
    }
    const bool dated = out->first != TIME_NONE && out->first <= out->last;
    if (!dated)
        VEC_FREE(&out->gaps);
    return dated;
}
