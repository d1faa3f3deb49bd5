/* report_json.c: the document itself, in the one layout that scripts may compare. */
#include "report/report.h"

void report_json_value(struct buf *out, const struct json *value, enum jsonw_style style)
{
    struct jsonw w = jsonw_start(out, style);
    if (value)
        jsonw_value(&w, value);
    else
        jsonw_null(&w);
}

enum status json_report(const struct view *view, struct buf *out)
{
    report_json_value(out, view->doc, JSONW_PRETTY);
    buf_char(out, '\n');
    return out->full ? ERR_LIMIT : OK;
}
