/* html_timeline.c: the two drawings, as inline SVG without a viewBox: places are per cent of the
 * width, heights are pixels, so that text keeps its size from a phone to paper. Each has a title
 * and a description, and a table beside it says the same in words; shapes carry what colour says.
 */
#include "report/page.h"

#include <stdlib.h>

#include "base/timex.h"
#include "report/axis.h"
#include "report/place.h"

#define ROWS_DRAWN 40
#define ROW_HEIGHT 30
#define LANE_LEFT  23.0 /* per cent: the stage names stand left of it */
#define LANE_RIGHT 98.5
#define LETTER                                                                                     \
    0.62 /* per cent of the width, at the narrowest screen on which report.css shows titles */
#define HEAD 26 /* px above the first row: the tick labels */

static void open_drawing(struct page *page, const char *name, size_t height, str title, str text)
{
    const size_t id = ++page->drawings;
    buf_printf(page->out,
               "<figure><svg class=\"%s\" role=\"img\" aria-labelledby=\"draw-%zu-t draw-%zu-d\" "
               "width=\"100%%\" "
               "height=\"%zu\">\n<title id=\"draw-%zu-t\">",
               name, id, id, height, id);
    MARKUP(page->out, "$</title>\n", title);
    buf_printf(page->out, "<desc id=\"draw-%zu-d\">", id);
    MARKUP(page->out, "$</desc>\n", text);
}

static void close_drawing(struct page *page, i64 from, const char *key)
{
    MARKUP(page->out, "</svg><figcaption>Begins $; times are UTC. ", view_day_ns(page->view, from));
    buf_printf(page->out, "%s</figcaption></figure>\n", key);
}

/* ---- the axis ---- */

/* Every second tick is named on wide screens only. */
static void add_tick(struct page *page, double x, size_t bottom, str label, int number)
{
    buf_printf(page->out, "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"18\" y2=\"%zu\"/>",
               x, x, bottom);
    buf_printf(page->out, "<text class=\"label%s\" x=\"%.2f%%\" y=\"13\" text-anchor=\"%s\">",
               number % 2 ? " odd" : "", x, x > 95 ? "end" : "middle");
    MARKUP(page->out, "$</text>\n", label);
}

static void add_piece_ticks(struct page *page, const struct axis_piece *piece, size_t bottom)
{
    const double width = piece->x1 - piece->x0;
    const i64 range = axis_distance(piece->from, piece->to);
    if (range == 0 || range == INT64_MAX || width < 12) {
        add_tick(page, piece->x0, bottom, axis_label(page->arena, piece->from, TIME_SECOND * 60),
                 0);
        return;
    }
    const i64 step = axis_step(range, MAX(1, (int)(width / 11)));
    i64 at = axis_tick(piece->from, step);
    for (int i = 0; at <= piece->to && i < 12; i++) {
        const double x = piece->x0 + width * (double)axis_distance(piece->from, at) / (double)range;
        add_tick(page, x, bottom, axis_label(page->arena, at, step), i);
        if (at == INT64_MAX)
            break;
        at = axis_tick(at + 1, step);
    }
}

static void add_axis(struct page *page, const struct axis *axis, size_t bottom)
{
    for (size_t i = 0; i < axis->n; i++) {
        add_piece_ticks(page, &axis->piece[i], bottom);
        if (i + 1 == axis->n)
            break;
        const double from = axis->piece[i].x1, to = axis->piece[i + 1].x0;
        buf_printf(page->out,
                   "<rect class=\"break\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"18\" height=\"%zu\"/>",
                   from + 1, to - from - 2, bottom - 18);
        buf_printf(page->out,
                   "<text class=\"label\" x=\"%.2f%%\" y=\"%zu\" text-anchor=\"middle\">",
                   (from + to) / 2, bottom + 12);
        MARKUP(page->out, "$ later</text>\n",
               axis_length(page->arena, axis_distance(axis->piece[i].to, axis->piece[i + 1].from)));
    }
}

/* ---- the intrusion ---- */

struct mark {
    i64 ns;
    const struct json *step, *finding;
};

/* Filled: it worked. Hollow: it was tried. A square: what came of it is not known. */
static void add_mark(struct page *page, const struct mark *mark, double x, size_t y)
{
    const str outcome = view_str(mark->finding, "outcome");
    if (str_eq(outcome, S("succeeded")))
        buf_printf(page->out, "<circle class=\"done\" cx=\"%.2f%%\" cy=\"%zu\" r=\"6\"/>", x, y);
    else if (str_eq(outcome, S("attempted")))
        buf_printf(page->out, "<circle class=\"tried\" cx=\"%.2f%%\" cy=\"%zu\" r=\"5\"/>", x, y);
    else
        buf_printf(page->out,
                   "<svg x=\"%.2f%%\" y=\"%zu\" overflow=\"visible\"><rect class=\"tried\" "
                   "x=\"-5\" y=\"-5\" width=\"10\" "
                   "height=\"10\"/></svg>",
                   x, y);
}

/* Web shell clients wrap each command in a change of folder and marks for its answer: cmd /c cd /d
 * "…"&net view&echo [S]&cd&echo [E]. The drawing has room for the command alone; the table has all.
 */
static str without_wrapper(struct arena *arena, str text)
{
    const size_t start = str_ifind(text, S("cmd /c cd /d \""));
    if (start == SIZE_MAX)
        return text;
    const str rest = str_sub(text, start + 14, text.n);
    const size_t command = str_find(rest, S("\"&"));
    if (command == SIZE_MAX)
        return text;
    const str body = str_sub(rest, command + 2, rest.n);
    return arena_join(arena, str_sub(text, 0, start),
                      str_sub(body, 0, str_find(body, S("&echo [S]"))));
}

static str short_title(const struct view *view, const struct mark *mark, size_t max)
{
    const str said =
        view_str(mark->step, "text").n ? view_str(mark->step, "text") : place_text(mark->finding);
    const str title = without_wrapper(view->arena, said);
    if (title.n <= max)
        return title;
    size_t end = max - 2;
    while (end > max / 2 && title.p[end] != ' ')
        end--;
    while (end > 0 && ((u8)title.p[end] & 0xC0) == 0x80)
        end--;
    return arena_join(view->arena, str_sub(title, 0, end), S("…"));
}

static void add_row(struct page *page, const struct axis *axis, const struct mark *mark, size_t i)
{
    const size_t y = HEAD + i * ROW_HEIGHT + ROW_HEIGHT / 2;
    const double x = axis_x(axis, mark->ns);
    const bool is_left = x > 62; /* the text stands where there is room */
    const double room = is_left ? x - LANE_LEFT : 100 - x;
    const str clock = view_clock_ns(page->view, mark->ns);
    buf_printf(page->out, "<text class=\"stage\" x=\"0\" y=\"%zu\">%zu ", y + 4, i + 1);
    MARKUP(page->out, "$</text>", str_sub(view_str(mark->step, "stage"), 0, 12));
    buf_printf(page->out,
               "<line class=\"lane\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%zu\" y2=\"%zu\"/>",
               LANE_LEFT - 1, LANE_RIGHT + 1, y, y);
    add_mark(page, mark, x, y);
    buf_printf(page->out,
               "<text class=\"what\" x=\"%.2f%%\" dx=\"%d\" y=\"%zu\" text-anchor=\"%s\">", x,
               is_left ? -12 : 12, y + 4, is_left ? "end" : "start");
    const bool is_first_day = str_eq(
        str_sub(clock, 0, 10), str_sub(view_clock_ns(page->view, axis->piece[0].from), 0, 10));
    MARKUP(page->out, "<tspan class=\"at\">$</tspan> <tspan class=\"title\">$</tspan></text>\n",
           str_sub(clock, is_first_day ? 11 : 5, 19),
           short_title(page->view, mark, (size_t)(room / LETTER) - 12)); /* the time takes 12 */
}

static int compare_marks(const void *a, const void *b)
{
    const struct mark *const x = a, *const y = b;
    return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* The steps that have a time, in their order; a chain's steps are in order of time, and are put so
 * if they are not. */
static size_t collect_marks(const struct view *view, const struct json *steps,
                            struct mark marks[ROWS_DRAWN])
{
    size_t n = 0;
    VIEW_EACH (steps, step) {
        i64 ns;
        if (n == ROWS_DRAWN || !view_time(step, "time", &ns))
            continue;
        const size_t at = view_find(view, view_text(step, "finding"));
        marks[n++] = (struct mark){ns, step, at == VIEW_NOT_FOUND ? NULL : view->findings[at]};
    }
    for (size_t i = 1; i < n; i++)
        if (marks[i].ns < marks[i - 1].ns) {
            qsort(marks, n, sizeof *marks, compare_marks);
            break;
        }
    return n;
}

static void draw_marks(struct page *page, const struct mark *marks, size_t n, size_t all, str title)
{
    i64 times[ROWS_DRAWN];
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        times[i] = marks[i].ns;
    struct axis axis;
    axis_make(&axis, times, n, LANE_LEFT, LANE_RIGHT);
    const size_t bottom = HEAD + n * ROW_HEIGHT;
    const str text = arena_printf(page->arena, "%zu acts from %.*s to %.*s, listed in words below.",
                                  n, STR_ARG(view_day_ns(page->view, times[0])),
                                  STR_ARG(view_day_ns(page->view, times[n - 1])));
    open_drawing(page, "steps", bottom + 18, title, text);
    add_axis(page, &axis, bottom);
    for (size_t i = 0; i < n; i++)
        add_row(page, &axis, &marks[i], i);
    close_drawing(page, times[0],
                  "Filled circle: it worked. Hollow circle: it was tried. Square: the record does "
                  "not say what "
                  "came of it.");
    if (all > n)
        buf_printf(page->out, "<p class=\"quiet\">%zu of %zu are drawn.</p>\n", n, all);
}

void page_draw_steps(struct page *page, const struct json *steps, str title)
{
    struct mark marks[ROWS_DRAWN];
    draw_marks(page, marks, collect_marks(page->view, steps, marks), view_count(steps), title);
}

void page_draw_findings(struct page *page)
{
    struct mark marks[ROWS_DRAWN];
    size_t n = 0, all = 0;
    for (size_t i = 0; i < page->view->n_findings; i++) {
        const struct json *const finding = page->view->findings[i];
        i64 ns;
        if (view_str(finding, "stage").n == 0 || !view_time(finding, "time", &ns))
            continue;
        all++;
        if (n < ROWS_DRAWN)
            marks[n++] = (struct mark){ns, finding, finding};
    }
    qsort(marks, n, sizeof *marks, compare_marks);
    draw_marks(page, marks, n, all, S("Findings in order of time"));
}

/* ---- the sources ---- */

#define SOURCE_HEIGHT 40

static void add_bar(struct page *page, const struct axis *axis, const char *name, i64 from, i64 to,
                    size_t y, size_t height)
{
    const double x0 = axis_x(axis, from), x1 = axis_x(axis, to);
    const double width = MAX(x1 - x0, 0.35); /* a moment is still to be seen */
    buf_printf(page->out,
               "<rect class=\"%s\" x=\"%.2f%%\" y=\"%zu\" width=\"%.2f%%\" height=\"%zu\"/>", name,
               MIN(x0, 100 - width), y, width, height);
}

/* A row: its name, a word at the right, and the empty bar. */
static size_t open_row(struct page *page, size_t i, str name, str word)
{
    const size_t y = HEAD + i * SOURCE_HEIGHT;
    buf_printf(page->out, "<text class=\"stage\" x=\"0\" y=\"%zu\">", y + 14);
    MARKUP(page->out, "$</text>", str_sub(name, 0, 64));
    buf_printf(page->out, "<text class=\"label\" x=\"100%%\" y=\"%zu\" text-anchor=\"end\">",
               y + 14);
    MARKUP(page->out, "$</text>", str_sub(word, 0, 30));
    buf_printf(page->out, "<rect class=\"empty\" x=\"0\" width=\"100%%\" y=\"%zu\" height=\"12\"/>",
               y + 20);
    return y;
}

static void add_stage_row(struct page *page, const struct axis *axis, const struct json *stage,
                          size_t i)
{
    const str answer = view_str(stage, "could_be_seen");
    const size_t y = open_row(page, i, view_str(stage, "stage"),
                              arena_printf(page->arena, "could be seen: %.*s", STR_ARG(answer)));
    i64 from = axis->piece[0].from, to = axis->piece[0].to;
    (void)view_time(stage, "from", &from); /* none: from the first record on */
    (void)view_time(stage, "to", &to);
    if (from <= to && (str_eq(answer, S("yes")) || str_eq(answer, S("partly"))))
        add_bar(page, axis, str_eq(answer, S("yes")) ? "seen" : "partly", from, to, y + 20, 12);
    else
        buf_printf(page->out, "<text class=\"label\" x=\"6\" y=\"%zu\">blind</text>", y + 30);
    markup(page->out, "\n");
}

static void add_source_row(struct page *page, const struct axis *axis, const struct json *source,
                           size_t i)
{
    i64 first, last;
    const bool has_time =
        view_time(source, "first", &first) && view_time(source, "last", &last) && last >= first;
    const str events = view_grouped(page->view, source, "events");
    const size_t y = open_row(page, i, words_kind(view_str(source, "kind")),
                              arena_printf(page->arena, "%.*s events", STR_ARG(events)));
    if (!has_time) {
        buf_printf(page->out, "<text class=\"label\" x=\"6\" y=\"%zu\">no records</text>\n",
                   y + 30);
        return;
    }
    add_bar(page, axis, "have", first, last, y + 20, 12);
    size_t n = 0;
    VIEW_EACH (json_get(source, "gaps"), gap) {
        i64 from, to;
        if (n++ < 200 && view_time(gap, "from", &from) && view_time(gap, "to", &to) && from <= to)
            add_bar(page, axis, "gap", from, to, y + 20, 12);
    }
    n = 0;
    VIEW_EACH (json_get(source, "cleared"), when) {
        i64 ns;
        if (n++ < 200 && time_parse(view_scalar(when), &ns))
            buf_printf(page->out,
                       "<svg x=\"%.2f%%\" y=\"%zu\" overflow=\"visible\"><path class=\"cleared\" "
                       "d=\"M-5-5L5 5M5-5L-5 5\"/></svg>",
                       axis_x(axis, ns), y + 26);
    }
    markup(page->out, "\n");
}

/* Both on one axis, that of the sources: a stage is seen when a source that shows it is there. */
void page_draw_coverage(struct page *page, const struct json *coverage)
{
    const struct json *const sources = json_get(coverage, "sources"), *const stages = json_get(
                                                                          coverage, "stages");
    i64 from = 0, to = 0, since, until;
    if (!view_covered(page->view, &from, &to))
        return;
    const size_t n_stages = MIN(view_count(stages), (size_t)ROWS_DRAWN),
                 n = MIN(view_count(sources), (size_t)ROWS_DRAWN);
    const size_t bottom = HEAD + (n_stages + n) * SOURCE_HEIGHT;
    const struct axis axis = {.piece = {{from, to, 0, 100}}, .n = 1};
    const str text = arena_printf(page->arena,
                                  "%zu stages of an attack and %zu sources between %.*s and %.*s; "
                                  "the tables below list them.",
                                  n_stages, n, STR_ARG(view_day_ns(page->view, from)),
                                  STR_ARG(view_day_ns(page->view, to)));
    open_drawing(page, "sources", bottom + 4,
                 S("What could be seen, and what time each source covers"), text);
    add_axis(page, &axis, bottom);
    if (view_time(page->view->doc, "since", &since) &&
        view_time(page->view->doc, "until", &until) && since <= until)
        add_bar(page, &axis, "acts", since, until, 18, bottom - 18);
    size_t i = 0;
    VIEW_EACH (stages, stage)
        if (i < n_stages)
            add_stage_row(page, &axis, stage, i++);
    VIEW_EACH (sources, source)
        if (i < n_stages + n)
            add_source_row(page, &axis, source, i++);
    close_drawing(page, from,
                  "Stages: solid, could be seen; dashed, in part. Sources: bar, records exist; "
                  "dashed, a gap; cross, the log "
                  "was cleared. Tinted column: from the first to the last malicious act seen.");
    if (view_count(sources) > n)
        buf_printf(page->out, "<p class=\"quiet\">%zu of %zu sources are drawn.</p>\n", n,
                   view_count(sources));
}
