/* report_json.c: the document itself, in the one layout that scripts may compare. */
#include "report/report.h"

static void write_value(struct jsonw *w, const struct json *value)
{
    switch (value->type) {
    case JSON_OBJECT:
        jsonw_object(w);
        JSON_EACH (value, member) {
            jsonw_key_str(w, member->key);
            write_value(w, member); /* the reader stops at LIMIT_NESTING */
        }
        jsonw_object_end(w);
        break;
    case JSON_ARRAY:
        jsonw_array(w);
        JSON_EACH (value, item)
            write_value(w, item);
        jsonw_array_end(w);
        break;
    case JSON_STRING:
        jsonw_str(w, value->text);
        break;
    case JSON_NUMBER:
        jsonw_raw(w, value->text);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        jsonw_bool(w, value->type == JSON_TRUE);
        break;
    default:
        jsonw_null(w);
    }
}

void report_json_value(struct buf *out, const struct json *value, enum jsonw_style style)
{
    struct jsonw w = jsonw_start(out, style);
    if (value)
        write_value(&w, value);
    else
        jsonw_null(&w);
}

enum status json_report(const struct view *view, struct buf *out)
{
    report_json_value(out, view->doc, JSONW_PRETTY);
    buf_char(out, '\n');
    return out->full ? ERR_LIMIT : OK;
}
