/* summary_unknown.c: the time that the evidence covers, and what could not be seen even within it.
 * Outside that time nothing is known, and that is always said. */
#include "base/timex.h"
#include "base/utf.h"
#include "report/axis.h"
#include "report/summary.h"

#define NAMES_MAX 40
#define SHOWN     ((size_t)200) /* bytes of a file's name, its end */

/* "3 March 2021, 06:00:03 – 07:29:53 UTC", or both days in full. */
static str span_text(const struct view *view, i64 from, i64 to)
{
    const str first = view_day_ns(view, from), last = view_day_ns(view, to);
    const size_t day = MIN(str_find(first, S(", ")), first.n);
    if (day + 2 < last.n && str_eq(str_sub(first, 0, day + 2), str_sub(last, 0, day + 2)))
        return arena_printf(view->arena, "%.*s – %.*s", STR_ARG(str_sub(first, 0, first.n - 4)),
                            STR_ARG(str_sub(last, day + 2, last.n)));
    return arena_printf(view->arena, "%.*s – %.*s", STR_ARG(first), STR_ARG(last));
}

static void add_span(const struct view *view, struct lines *unknown)
{
    i64 from, to;
    struct line line = {.text = S("The document does not say what time the evidence covers."),
                        .more = S("Nothing is known outside it.")};
    if (view_covered(view, &from, &to) && from == to) {
        const str when = view_day_ns(view, from);
        line.text =
            arena_printf(view->arena, "The evidence holds a single moment: %.*s.", STR_ARG(when));
        line.more = S("What happened before and after is not known.");
    } else if (view_covered(view, &from, &to)) {
        line.text = arena_printf(view->arena, "The evidence covers %.*s: %.*s.",
                                 STR_ARG(view_length(view, axis_distance(from, to))),
                                 STR_ARG(span_text(view, from, to)));
        line.more = S("What happened before and after is not known.");
    }
    lines_add(view, unknown, line);
}

static const struct json *stages_of(const struct view *view)
{
    return json_get(json_get(view->doc, "coverage"), "stages");
}

/* The logs that the blind stages miss, each once. */
static void add_missing(const struct view *view, struct lines *unknown)
{
    struct lines names = {0};
    VIEW_EACH (stages_of(view), stage) {
        str rest = words_missing(view_str(stage, "why"));
        while (rest.n && names.n < NAMES_MAX) {
            const size_t end = MIN(str_find(rest, S(", ")), rest.n);
            const str name = words_sources(view->arena, str_sub(rest, 0, end), ", ");
            if (!lines_has(&names, name))
                lines_text(view, &names, name);
            rest = str_sub(rest, end + 2, rest.n);
        }
    }
    if (names.n)
        lines_text(view, unknown,
                   arena_printf(view->arena, "Missing logs: %.*s.",
                                STR_ARG(lines_join(view, &names, ", ", NAMES_MAX))));
}

/* The stages with that answer in one line: "Not visible: a; b." */
static void add_stages(const struct view *view, str answer, const char *lead, struct lines *unknown)
{
    struct lines names = {0};
    VIEW_EACH (stages_of(view), stage) {
        const str host = view_has_hosts(view) ? view_str(stage, "host") : S("");
        const str what = words_stage(view_str(stage, "stage"));
        if (str_eq(view_str(stage, "could_be_seen"), answer) && what.n)
            lines_text(view, &names,
                       arena_printf(view->arena, "%.*s%s%.*s", STR_ARG(what), host.n ? " on " : "",
                                    STR_ARG(host)));
    }
    if (names.n)
        lines_text(view, unknown,
                   arena_printf(view->arena, "%s: %.*s.", lead,
                                STR_ARG(lines_join(view, &names, "; ", NAMES_MAX))));
}

/* Logs with a list of that name which is not empty: gaps, clearings. */
static void add_holes(const struct view *view, const char *key, const char *lead, const char *more,
                      struct lines *unknown)
{
    struct lines names = {0};
    VIEW_EACH (json_get(json_get(view->doc, "coverage"), "sources"), source)
        if (view_count(json_get(source, key)))
            lines_text(view, &names,
                       arena_printf(view->arena, "%.*s of %.*s",
                                    STR_ARG(words_kind(view_str(source, "kind"))),
                                    STR_ARG(view_str(source, "host"))));
    if (names.n)
        lines_add(
            view, unknown,
            (struct line){.text = arena_printf(view->arena, "%s: %.*s.", lead,
                                               STR_ARG(lines_join(view, &names, "; ", NAMES_MAX))),
                          .more = str_from(more)});
}

static void add_unread(const struct view *view, struct lines *unknown)
{
    const size_t damaged = view_count(json_get(view->doc, "damage")),
                 refused = view_count(json_get(view->doc, "refused"));
    if (damaged + refused)
        lines_text(
            view, unknown,
            arena_printf(view->arena, "Could not be read: %zu damaged place%s, %zu file%s refused.",
                         damaged, damaged == 1 ? "" : "s", refused, refused == 1 ? "" : "s"));
}

/* Files that no reader knew: not of any stage, for all that is known, but given and not read. */
static void add_unknown_files(const struct view *view, struct lines *unknown)
{
    const struct json *const unread = json_get(view->doc, "unread");
    const size_t n = view_count(unread);
    str name = n ? view_str(view_first(unread), "source") : S("");
    name = str_sub(name, name.n - MIN(name.n, SHOWN), name.n);
    if (n)
        lines_text(view, unknown,
                   arena_printf(view->arena,
                                "%zu file%s of the evidence %s not read, for no reader knew what "
                                "is in %s: %.*s%s.",
                                n, n == 1 ? "" : "s", n == 1 ? "was" : "were",
                                n == 1 ? "it" : "them", STR_ARG(utf8_clean(view->arena, name)),
                                n == 1 ? "" : " and others"));
}

/* Stages that were in sight, and not for all of the time. */
static void add_short_stages(const struct view *view, struct lines *unknown)
{
    const i64 slack = 12 * 3600 * TIME_SECOND; /* logs of one collection never begin together */
    struct lines names = {0};
    i64 from, to, first, last;
    if (!view_covered(view, &from, &to))
        return;
    VIEW_EACH (stages_of(view), stage)
        if (str_eq(view_str(stage, "could_be_seen"), S("yes")) &&
            view_time(stage, "from", &first) && view_time(stage, "to", &last) &&
            (first > from + slack || last < to - slack))
            lines_text(view, &names,
                       arena_printf(view->arena, "%.*s (%.*s)", STR_ARG(view_str(stage, "stage")),
                                    STR_ARG(span_text(view, first, last))));
    if (names.n)
        lines_text(view, unknown,
                   arena_printf(view->arena, "In sight for a part of that time only: %.*s.",
                                STR_ARG(lines_join(view, &names, "; ", NAMES_MAX))));
}

void summary_unknown(const struct view *view, struct lines *unknown)
{
    add_span(view, unknown);
    const size_t before = unknown->n;
    add_holes(view, "cleared", "Cleared logs", "What they held is lost.", unknown);
    add_missing(view, unknown);
    add_stages(view, S("no"), "Not visible", unknown);
    add_stages(view, S("partly"), "Only partly visible", unknown);
    add_holes(view, "gaps", "Logs with gaps", "", unknown);
    add_unread(view, unknown);
    add_short_stages(view, unknown);
    if (unknown->n == before && view_count(stages_of(view)))
        lines_text(view, unknown, S("Within that time every stage of an attack could be seen."));
    else if (view_count(stages_of(view)) == 0)
        lines_text(view, unknown, S("The document does not say what the evidence could show."));
    add_unknown_files(view, unknown);
}
