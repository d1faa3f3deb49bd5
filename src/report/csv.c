/* csv.c: the findings, one a line (RFC 4180: CR LF, quotes doubled). A field that a spreadsheet
 * would take for a formula gets a ' in front, and line ends inside a field are written out, so that
 * a record is one line for every tool. */
#include "report/escape.h"
#include "report/place.h"
#include "report/report.h"

#define LIST_MAX ((size_t)1 << 16)

static void add_field(struct buf *out, str text)
{
    buf_char(out, ',');
    escape(out, text, ESCAPE_CSV);
}

/* A field of several values, cut at LIST_MAX bytes: the document has them all. */
static void add_values(struct buf *out, const struct json *list)
{
    struct buf all;
    buf_init(&all, LIST_MAX);
    VIEW_EACH (list, item) {
        const str one = view_scalar(item);
        if (one.n == 0)
            continue;
        if (all.n)
            buf_char(&all, ' ');
        buf_add(&all, one);
    }
    add_field(out, buf_str(&all));
    buf_release(&all);
}

static void add_matched(struct buf *out, const struct json *list)
{
    struct buf all;
    buf_init(&all, LIST_MAX);
    VIEW_EACH (list, match) {
        if (view_str(match, "field").n == 0)
            continue;
        if (all.n)
            buf_add(&all, S("; "));
        buf_add(&all, view_str(match, "field"));
        buf_char(&all, '=');
        buf_add(&all, view_text(match, "value"));
    }
    add_field(out, buf_str(&all));
    buf_release(&all);
}

static void add_finding(const struct json *finding, struct buf *out)
{
    const struct json *const rule = json_get(finding, "rule"), *const source =
                                                                   json_get(finding, "source");
    escape(out, view_text(finding, "id"), ESCAPE_CSV);
    add_field(out, view_text(finding, "time"));
    add_field(out, view_text(finding, "time_recorded"));
    add_field(out, view_str(finding, "host"));
    add_field(out, view_str(finding, "stage"));
    add_field(out, view_str(finding, "outcome"));
    add_field(out, view_str(rule, "level"));
    add_field(out, view_str(rule, "title"));
    add_field(out, view_str(rule, "id"));
    add_values(out, json_get(finding, "cve"));
    add_field(out, view_str(source, "path"));
    add_field(out, view_str(source, "kind"));
    add_field(out, view_text(source, "offset"));
    add_field(out, view_text(source, "length"));
    add_field(out, view_text(source, "record"));
    add_matched(out, json_get(finding, "matched"));
    add_field(out, view_text(finding, "raw"));
    add_field(out, place_is_carved(finding) ? S("carved") : S(""));
    buf_add(out, S("\r\n"));
}

enum status csv_report(const struct view *view, struct buf *out)
{
    buf_add(out, S("id,time,time_recorded,host,stage,outcome,level,title,rule,cve,path,kind,offset,"
                   "length,record,matched,raw,carved\r\n"));
    for (size_t i = 0; i < view->n_findings; i++)
        add_finding(view->findings[i], out);
    return out->full ? ERR_LIMIT : OK;
}
