#include "report/view.h"

#include <stdlib.h>

#include "base/timex.h"

const struct json *view_first(const struct json *list)
{
    return list && list->type == JSON_ARRAY ? list->first : NULL;
}

size_t view_count(const struct json *list)
{
    return list && list->type == JSON_ARRAY ? list->n : 0;
}

str view_str(const struct json *of, const char *key)
{
    const struct json *const value = json_get(of, key);
    return value && value->type == JSON_STRING ? value->text : S("");
}

str view_scalar(const struct json *value)
{
    if (!value)
        return S("");
    switch (value->type) {
    case JSON_STRING:
    case JSON_NUMBER:
        return value->text;
    case JSON_TRUE:
        return S("true");
    case JSON_FALSE:
        return S("false");
    default:
        return S("");
    }
}

str view_text(const struct json *of, const char *key)
{
    return view_scalar(json_get(of, key));
}

str view_unverified(const struct json *source)
{
    bool unverified;
    return json_bool(json_get(source, "unverified"), &unverified) && unverified ? S(" (unverified)")
                                                                                : S("");
}

bool view_time(const struct json *of, const char *key, i64 *out)
{
    return time_parse(view_str(of, key), out);
}

/* ---- times and numbers for people ---- */

str view_clock_ns(const struct view *view, i64 ns)
{
    char text[TIME_MAX];
    const str full = str_from(time_format(ns, text)); /* 2021-03-02T06:40:10.775Z */
    if (full.n < 20)
        return S("");
    const int clock = (int)MIN(full.n - 12, (size_t)12); /* milliseconds at most */
    return arena_printf(view->arena, "%.10s %.*s", full.p, clock, full.p + 11);
}

str view_day_ns(const struct view *view, i64 ns)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    char text[TIME_MAX];
    const str full = str_from(time_format(ns, text));
    u64 month = 0, day = 0;
    if (full.n < 20 || !str_u64(str_sub(full, 5, 7), &month) ||
        !str_u64(str_sub(full, 8, 10), &day) || month < 1 || month > 12)
        return S("");
    return arena_printf(view->arena, "%llu %s %.4s, %.8s UTC", (unsigned long long)day,
                        months[month - 1], full.p, full.p + 11);
}

str view_clock(const struct view *view, const struct json *of, const char *key)
{
    i64 ns;
    return view_time(of, key, &ns) ? view_clock_ns(view, ns) : view_text(of, key);
}

str view_day(const struct view *view, const struct json *of, const char *key)
{
    i64 ns;
    return view_time(of, key, &ns) ? view_day_ns(view, ns) : view_text(of, key);
}

static str add_unit(const struct view *view, str before, i64 n, const char *unit)
{
    if (n == 0 && before.n)
        return before;
    return arena_printf(view->arena, "%.*s%s%lld %s%s", STR_ARG(before), before.n ? " " : "",
                        (long long)n, unit, n == 1 ? "" : "s");
}

str view_length(const struct view *view, i64 ns)
{
    const i64 whole = MAX(ns, 0) / TIME_SECOND, half = MAX(ns, 0) % TIME_SECOND >= TIME_SECOND / 2;
    const i64 seconds = whole < 120 ? whole + half : whole;
    if (seconds < 120)
        return add_unit(view, S(""), seconds, "second");
    if (seconds < 3600)
        return add_unit(view, S(""), seconds / 60, "minute");
    if (seconds < 86400)
        return add_unit(view, add_unit(view, S(""), seconds / 3600, "hour"), seconds % 3600 / 60,
                        "minute");
    return add_unit(view, add_unit(view, S(""), seconds / 86400, "day"), seconds % 86400 / 3600,
                    "hour");
}

bool view_covered(const struct view *view, i64 *from, i64 *to)
{
    bool any = false;
    VIEW_EACH (json_get(json_get(view->doc, "coverage"), "sources"), source) {
        i64 first, last;
        if (!view_time(source, "first", &first) || !view_time(source, "last", &last) ||
            last < first)
            continue;
        *from = any ? MIN(*from, first) : first;
        *to = any ? MAX(*to, last) : last;
        any = true;
    }
    return any;
}

str view_grouped(const struct view *view, const struct json *of, const char *key)
{
    const str text = view_text(of, key);
    u64 number;
    if (!str_u64(text, &number) || text.n > 20)
        return text;
    char out[32];
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (i && (text.n - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = text.p[i];
    }
    return arena_str(view->arena, (str){out, n});
}

/* ---- findings ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct view_id *const x = a, *const y = b;
    const int order = str_cmp(x->id, y->id);
    return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

size_t view_find(const struct view *view, str id)
{
    size_t low = 0, high = view->n_findings;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (str_cmp(view->ids[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return id.n && low < view->n_findings && str_eq(view->ids[low].id, id) ? view->ids[low].at
                                                                           : VIEW_NOT_FOUND;
}

const struct json *view_finding(const struct view *view, str id)
{
    const size_t at = view_find(view, id);
    return at == VIEW_NOT_FOUND ? NULL : view->findings[at];
}

bool view_has_hosts(const struct view *view)
{
    return view_count(json_get(view->doc, "hosts")) > 1;
}

struct view_ids view_ids(const struct view *view, const struct json *list)
{
    struct view_ids ids = {.p = ARENA_ARRAY(view->arena, str, view_count(list) + 1)};
    VIEW_EACH (list, id)
        if (view_scalar(id).n)
            ids.p[ids.n++] = view_scalar(id);
    return ids;
}

struct view_ids view_one_id(const struct view *view, str id)
{
    struct view_ids ids = {.p = ARENA_ARRAY(view->arena, str, 1)};
    if (id.n)
        ids.p[ids.n++] = id;
    return ids;
}

static bool follows(str a, str b)
{
    u64 x, y;
    return str_starts(a, S("F")) && str_starts(b, S("F")) && str_u64(str_sub(a, 1, a.n), &x) &&
           str_u64(str_sub(b, 1, b.n), &y) && x < UINT64_MAX && x + 1 == y;
}

str view_ranges(const struct view *view, struct view_ids ids, size_t max)
{
    str text = S("");
    size_t pieces = 0;
    for (size_t from = 0, to; from < ids.n; from = to) {
        for (to = from + 1; to < ids.n && follows(ids.p[to - 1], ids.p[to]);)
            to++;
        const bool is_run = to - from > 2;
        if (!is_run)
            to = from + 1;
        const char *const between = pieces ? ", " : "";
        if (pieces++ == max)
            return arena_printf(view->arena, "%.*s …", STR_ARG(text));
        text = is_run ? arena_printf(view->arena, "%.*s%s%.*s–%.*s", STR_ARG(text), between,
                                     STR_ARG(ids.p[from]), STR_ARG(ids.p[to - 1]))
                      : arena_printf(view->arena, "%.*s%s%.*s", STR_ARG(text), between,
                                     STR_ARG(ids.p[from]));
    }
    return text;
}

static void cite(struct view *view, const struct json *id)
{
    const size_t at = view_find(view, view_scalar(id));
    if (at != VIEW_NOT_FOUND)
        view->is_cited[at] = true;
}

static void cite_all(struct view *view, const struct json *list, const char *key)
{
    VIEW_EACH (list, item)
        VIEW_EACH (json_get(item, key), id)
            cite(view, id);
}

/* Everything in the document that names findings, guidance apart: advice is no statement about what
 * happened. */
static void mark_cited(struct view *view)
{
    static const char *const scopes[] = {"mailboxes", "accounts", "credentials",
                                         "files",     "hosts",    "data"};
    for (size_t i = 0; i < view->n_findings; i++)
        view->is_cited[i] = view_str(view->findings[i], "stage").n > 0;
    cite_all(view, json_get(view->doc, "reasons"), "findings");
    cite_all(view, json_get(view->doc, "exploits"), "proof");
    cite_all(view, json_get(view->doc, "threads"), "findings");
    for (size_t i = 0; i < COUNT(scopes); i++)
        cite_all(view, json_get(json_get(view->doc, "scope"), scopes[i]), "findings");
    VIEW_EACH (json_get(view->doc, "chains"), chain)
        VIEW_EACH (json_get(chain, "steps"), step)
            cite(view, json_get(step, "finding"));
    VIEW_EACH (json_get(view->doc, "chains"), chain) {
        cite_all(view, json_get(chain, "steps"), "findings");
        cite_all(view, json_get(chain, "steps"), "also");
    }
}

void view_init(struct view *view, const struct json *doc, struct arena *arena)
{
    const struct json *const list = json_get(doc, "findings");
    const size_t n = view_count(list);
    *view = (struct view){.doc = doc, .arena = arena};
    view->findings = ARENA_ARRAY(arena, const struct json *, n + 1);
    view->ids = ARENA_ARRAY(arena, struct view_id, n + 1);
    view->is_cited = ARENA_ARRAY(arena, bool, n + 1);
    VIEW_EACH (list, finding) {
        if (finding->type != JSON_OBJECT)
            continue;
        view->ids[view->n_findings] = (struct view_id){view_str(finding, "id"), view->n_findings};
        view->findings[view->n_findings++] = finding;
    }
    qsort(view->ids, view->n_findings, sizeof *view->ids, compare_ids);
    mark_cited(view);
}
