#include "report/place.h"

#include "report/words.h"

const struct json *place_source(const struct view *view, const struct json *finding)
{
    const str path = view_str(json_get(finding, "source"), "path");
    VIEW_EACH (json_get(json_get(view->doc, "manifest"), "sources"), source)
        if (path.n && str_eq(view_str(source, "path"), path))
            return source;
    return NULL;
}

str place_last_part(str path)
{
    size_t at = path.n;
    while (at > 0 && !strchr("\\/!", path.p[at - 1]))
        at--;
    return at == path.n ? path : str_sub(path, at, path.n);
}

bool place_is_packed(const struct json *finding)
{
    const str path = view_str(json_get(finding, "source"), "path");
    return str_find_char(path, '!') < path.n;
}

bool place_is_carved(const struct json *finding)
{
    return str_eq(view_text(finding, "carved"), S("true"));
}

/* Does the raw record give its number itself, as EventRecordID, RecordNumber or record_id? */
static bool names_record(str raw, str record)
{
    for (size_t at; (at = str_ifind(raw, S("record"))) != SIZE_MAX;) {
        raw = str_sub(raw, at + 6, raw.n);
        const size_t colon = str_find_char(raw, ':');
        if (colon > 12)
            continue;
        str value = str_trim(str_sub(raw, colon + 1, colon + 32));
        value = str_starts(value, S("\"")) ? str_sub(value, 1, value.n) : value;
        const char next = value.n > record.n ? value.p[record.n] : ',';
        if (str_starts(value, record) && (next < '0' || next > '9'))
            return true;
    }
    return false;
}

bool place_is_line(const struct view *view, const struct json *finding)
{
    const struct json *const source = json_get(finding, "source");
    if (place_is_carved(finding) || str_iends(view_str(source, "path"), S(".evtx")) ||
        str_eq(view_str(place_source(view, finding), "format"), S("evtx")))
        return false;
    return !str_starts(view_str(source, "kind"), S("evtx:")) ||
           !names_record(view_text(finding, "raw"), view_text(source, "record"));
}

str place_log(const struct view *view, const struct json *finding)
{
    const str kind = view_str(json_get(finding, "source"), "kind");
    const bool is_json = str_eq(view_str(place_source(view, finding), "format"), S("json")) &&
                         str_starts(kind, S("evtx:"));
    const str name = words_kind(kind);
    if (kind.n == 0)
        return S("");
    return arena_printf(view->arena, "%.*s log%s", STR_ARG(name), is_json ? " (JSON export)" : "");
}

str place_record(const struct view *view, const struct json *finding)
{
    const struct json *const source = json_get(finding, "source");
    const str record = view_text(source, "record"), path = view_str(source, "path");
    if (record.n == 0)
        return S("");
    if (!place_is_line(view, finding))
        return arena_printf(view->arena, "%srecord %.*s", place_is_carved(finding) ? "carved " : "",
                            STR_ARG(record));
    if (path.n == 0)
        return arena_printf(view->arena, "line %.*s", STR_ARG(record));
    return arena_printf(view->arena, "line %.*s of %.*s", STR_ARG(record),
                        STR_ARG(place_last_part(path)));
}

str place_text(const struct json *finding)
{
    const str text = view_str(finding, "text");
    return text.n ? text : view_str(json_get(finding, "rule"), "title");
}

str place_step_text(const struct view *view, const struct json *step)
{
    const str text = view_str(step, "text");
    return text.n ? text : place_text(view_finding(view, view_text(step, "finding")));
}

struct view_ids place_step_ids(const struct view *view, const struct json *step)
{
    const str lead = view_text(step, "finding");
    const struct json *const all = json_get(step, "findings");
    struct view_ids ids = view_ids(view, view_count(all) ? all : json_get(step, "also"));
    size_t n = 0;
    for (size_t i = 0; i < ids.n; i++)
        if (!str_eq(ids.p[i], lead))
            ids.p[n++] = ids.p[i];
    ids.n = n;
    return ids;
}

str place_context(const struct view *view, const struct json *finding)
{
    const str context = view_str(finding, "context");
    return context.n && str_eq(view_text(finding, "explained"), S("true"))
               ? arena_printf(view->arena, "%.*s; explained", STR_ARG(context))
               : context;
}
