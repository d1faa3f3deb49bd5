/* csv_coverage.c: what the evidence could show: one row a source, one a gap in it and one a time at
 * which it was cleared; one row a stage of an attack. */
#include "report/csv.h"

static void add_span(const char *what, const struct json *source, str from, str to, struct buf *out)
{
    struct csv_row row = {.out = out};
    csv_str(&row, str_from(what));
    csv_str(&row, view_str(source, "kind"));
    csv_str(&row, view_str(source, "host"));
    csv_str(&row, S(""));
    csv_str(&row, from);
    csv_str(&row, to);
    for (int i = 0; i < 7; i++)
        csv_str(&row, S(""));
    csv_end(&row);
}

static void add_source(const struct json *source, struct buf *out)
{
    struct csv_row row = {.out = out};
    csv_str(&row, S("source"));
    csv_str(&row, view_str(source, "kind"));
    csv_str(&row, view_str(source, "host"));
    csv_str(&row, S(""));
    csv_str(&row, view_text(source, "first"));
    csv_str(&row, view_text(source, "last"));
    csv_str(&row, view_text(source, "files"));
    csv_str(&row, view_text(source, "events"));
    csv_number(&row, view_count(json_get(source, "gaps")));
    csv_number(&row, view_count(json_get(source, "cleared")));
    csv_str(&row, view_text(source, "damage"));
    csv_str(&row, view_text(source, "clock_skew_s"));
    csv_str(&row, S(""));
    csv_end(&row);
    VIEW_EACH (json_get(source, "gaps"), gap)
        add_span("gap", source, view_text(gap, "from"), view_text(gap, "to"), out);
    VIEW_EACH (json_get(source, "cleared"), time)
        add_span("cleared", source, view_scalar(time), view_scalar(time), out);
}

static void add_stage(const struct json *stage, struct buf *out)
{
    struct csv_row row = {.out = out};
    csv_str(&row, S("stage"));
    csv_str(&row, view_str(stage, "stage"));
    csv_str(&row, view_str(stage, "host"));
    csv_str(&row, view_str(stage, "could_be_seen"));
    csv_str(&row, view_text(stage, "from"));
    csv_str(&row, view_text(stage, "to"));
    for (int i = 0; i < 6; i++)
        csv_str(&row, S(""));
    csv_str(&row, view_str(stage, "why"));
    csv_end(&row);
}

void csv_coverage(const struct view *view, struct buf *out)
{
    const struct json *const coverage = json_get(view->doc, "coverage");
    buf_add(out, S("what,name,host,could_be_seen,from,to,files,events,gaps,cleared,damage,"
                   "clock_skew_s,why\r\n"));
    VIEW_EACH (json_get(coverage, "sources"), source)
        add_source(source, out);
    VIEW_EACH (json_get(coverage, "stages"), stage)
        add_stage(stage, out);
}
