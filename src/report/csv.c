/* csv.c: the findings, one a line (RFC 4180: CR LF, quotes doubled). A field that a spreadsheet would take for a formula
 * gets a ' in front, and line ends inside a field are written out, so that a record is one line for every tool. */
#include "report/escape.h"
#include "report/report.h"

static void add_field(struct buf *out, str text)
{
    buf_char(out, ',');
    escape(out, text, ESCAPE_CSV);
}

static str join_list(const struct view *view, const struct json *list)
{
    str text = S("");
    VIEW_EACH (list, item) {
        const str one = view_scalar(item);
        if (one.n && text.n < 4096)
            text = text.n ? arena_printf(view->arena, "%.*s %.*s", STR_ARG(text), STR_ARG(one)) : one;
    }
    return text;
}

static str join_matched(const struct view *view, const struct json *list)
{
    str text = S("");
    VIEW_EACH (list, match) {
        const str field = view_str(match, "field"), value = view_text(match, "value");
        if (field.n && text.n < 65536)
            text = arena_printf(view->arena, "%.*s%s%.*s=%.*s", STR_ARG(text), text.n ? "; " : "", STR_ARG(field), STR_ARG(value));
    }
    return text;
}

static void add_finding(const struct view *view, const struct json *finding, struct buf *out)
{
    const struct json *const rule = json_get(finding, "rule"), *const source = json_get(finding, "source");
    escape(out, view_text(finding, "id"), ESCAPE_CSV);
    add_field(out, view_text(finding, "time"));
    add_field(out, view_text(finding, "time_recorded"));
    add_field(out, view_str(finding, "host"));
    add_field(out, view_str(finding, "stage"));
    add_field(out, view_str(finding, "outcome"));
    add_field(out, view_str(rule, "level"));
    add_field(out, view_str(rule, "title"));
    add_field(out, view_str(rule, "id"));
    add_field(out, join_list(view, json_get(finding, "cve")));
    add_field(out, view_str(source, "path"));
    add_field(out, view_str(source, "kind"));
    add_field(out, view_text(source, "offset"));
    add_field(out, view_text(source, "length"));
    add_field(out, view_text(source, "record"));
    add_field(out, join_matched(view, json_get(finding, "matched")));
    add_field(out, view_text(finding, "raw"));
    buf_add(out, S("\r\n"));
}

enum status csv_report(const struct view *view, struct buf *out)
{
    buf_add(out, S("id,time,time_recorded,host,stage,outcome,level,title,rule,cve,path,kind,offset,length,record,matched,raw\r\n"));
    for (size_t i = 0; i < view->n_findings; i++)
        add_finding(view, view->findings[i], out);
    return out->full ? ERR_LIMIT : OK;
}
