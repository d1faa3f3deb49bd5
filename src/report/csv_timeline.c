/* csv_timeline.c: what happened, in order, for timeline tools: one row a step of a chain, one for
 * each finding that is in none. Timesketch asks for message, datetime and timestamp_desc; all its
 * times must have one form, since it guesses that from the first and drops the rows that differ. So
 * each has six digits of a second, and what has no time that can be read is left out (the findings
 * table has it). It takes columns called "tag" and "timestamp" for its own: none has such a name.
 */
#include <stdlib.h>

#include "base/timex.h"
#include "report/csv.h"
#include "report/place.h"

struct moment {
    i64 time;
    size_t at; /* what stands first in the document goes first */
    const struct json *finding, *step,
        *chain; /* a step may lack its finding, a finding has no step */
};

struct moments {
    struct moment *p;
    size_t n;
};

static int compare(const void *a, const void *b)
{
    const struct moment *const x = a, *const y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void add_moment(struct moments *all, const struct json *timed, struct moment moment)
{
    moment.at = all->n;
    if (view_time(timed, "time", &moment.time))
        all->p[all->n++] = moment;
}

static void mark(const struct view *view, bool *in_step, str id)
{
    const size_t at = view_find(view, id);
    if (at != VIEW_NOT_FOUND)
        in_step[at] = true;
}

static void mark_all(const struct view *view, bool *in_step, const struct json *ids)
{
    VIEW_EACH (ids, id)
        mark(view, in_step, view_scalar(id));
}

static size_t count_steps(const struct view *view)
{
    size_t n = 0;
    VIEW_EACH (json_get(view->doc, "chains"), chain)
        n += view_count(json_get(chain, "steps"));
    return n;
}

static struct moments collect(const struct view *view)
{
    struct moments all = {
        .p = ARENA_ARRAY(view->arena, struct moment, count_steps(view) + view->n_findings + 1)};
    bool *const in_step = ARENA_ARRAY(view->arena, bool, view->n_findings + 1);
    VIEW_EACH (json_get(view->doc, "chains"), chain)
        VIEW_EACH (json_get(chain, "steps"), step) {
            const str id = view_text(step, "finding");
            i64 time;
            if (!view_time(step, "time", &time))
                continue; /* then its findings stand for themselves */
            add_moment(
                &all, step,
                (struct moment){.finding = view_finding(view, id), .step = step, .chain = chain});
            mark(view, in_step, id);
            mark_all(view, in_step, json_get(step, "findings"));
            mark_all(view, in_step, json_get(step, "also"));
        }
    for (size_t i = 0; i < view->n_findings; i++)
        if (!in_step[i])
            add_moment(&all, view->findings[i], (struct moment){.finding = view->findings[i]});
    if (all.n)
        qsort(all.p, all.n, sizeof *all.p, compare);
    return all;
}

/* "2021-03-02T06:40:10.775000+00:00": six digits, whatever was recorded. */
static str stamp(const struct view *view, i64 time)
{
    char text[TIME_MAX];
    const i64 below = time % TIME_SECOND;
    const i64 micros = (below < 0 ? below + TIME_SECOND : below) / 1000;
    const str full = str_from(time_format(time, text));
    return arena_printf(view->arena, "%.*s.%06lld+00:00", (int)MIN(full.n, (size_t)19), full.p,
                        (long long)micros);
}

static str describe_time(const struct json *finding)
{
    i64 time, recorded;
    const bool moved = view_time(finding, "time", &time) &&
                       view_time(finding, "time_recorded", &recorded) && time != recorded;
    return moved ? S("Event Recorded, clock corrected") : S("Event Recorded");
}

/* The findings of a step, its leading one first; of a finding its own id. */
static str ids_of(const struct view *view, const struct moment *m)
{
    if (!m->step)
        return view_text(m->finding, "id");
    str all = view_text(m->step, "finding");
    const struct view_ids more = place_step_ids(view, m->step);
    for (size_t i = 0; i < more.n; i++)
        all = arena_printf(view->arena, "%.*s %.*s", STR_ARG(all), STR_ARG(more.p[i]));
    return all;
}

static void add_row(const struct view *view, const struct moment *m, struct buf *out)
{
    const struct json *const rule = json_get(m->finding, "rule"), *const source = json_get(
                                                                      m->finding, "source");
    struct csv_row row = {.out = out};
    csv_str(&row, m->step ? place_step_text(view, m->step) : place_text(m->finding));
    csv_str(&row, stamp(view, m->time));
    csv_str(&row, describe_time(m->finding));
    csv_str(&row, m->step ? view_str(m->chain, "host").n ? view_str(m->chain, "host")
                                                         : view_str(m->finding, "host")
                          : view_str(m->finding, "host"));
    csv_str(&row, m->step ? view_str(m->step, "stage") : view_str(m->finding, "stage"));
    csv_str(&row, view_str(m->finding, "outcome"));
    csv_str(&row, view_str(rule, "level"));
    csv_str(&row, view_str(rule, "title"));
    csv_str(&row, view_str(rule, "id"));
    csv_values(&row, json_get(m->finding, "cve"), " ");
    csv_str(&row, view_text(m->chain, "id"));
    csv_str(&row, ids_of(view, m));
    csv_str(&row, view_str(source, "kind"));
    csv_str(&row, view_str(source, "path"));
    csv_str(&row, view_text(source, "offset"));
    csv_str(&row, view_text(source, "record"));
    csv_str(&row, place_is_carved(m->finding) ? S("carved") : S(""));
    csv_str(&row, place_context(view, m->finding));
    csv_end(&row);
}

void csv_timeline(const struct view *view, struct buf *out)
{
    const struct moments all = collect(view);
    buf_add(out, S("message,datetime,timestamp_desc,host,stage,outcome,level,title,rule,cve,chain,"
                   "findings,kind,path,offset,record,carved,context\r\n"));
    for (size_t i = 0; i < all.n; i++)
        add_row(view, &all.p[i], out);
}
