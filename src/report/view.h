/* view.h: an assessment document as the reports read it. The document comes from a file and may be
 * anything: a member that is missing, null or of another type reads as "nothing there", never as an
 * error. Texts are borrowed from the document or live in the view's arena; both end with the call
 * that writes the report. */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "base/arena.h"
#include "base/json.h"

struct view_id {
    str id;
    size_t at;
};

struct view {
    const struct json *doc;
    struct arena *arena;
    const struct json **findings; /* the objects of "findings", in their order */
    size_t n_findings;
    struct view_id *ids; /* sorted by id, for view_find */
    bool *is_cited; /* has a stage, or a statement of the document names it: evidence, not a lead */
};

#define VIEW_NOT_FOUND SIZE_MAX

void view_init(struct view *view, const struct json *doc, struct arena *arena);
size_t view_find(const struct view *view, str id); /* index of a finding, or VIEW_NOT_FOUND */

/* Members. `of` may be NULL or no object: then there is nothing. */
str view_str(const struct json *of, const char *key);  /* text only, else empty */
str view_text(const struct json *of, const char *key); /* any scalar as text, else empty */
str view_scalar(const struct json *value);             /* the same of a value itself */
bool view_time(const struct json *of, const char *key, i64 *out);
size_t view_count(const struct json *list); /* 0 when it is no list */

/* Times as people read them: "2021-03-14 06:40:10.775"; "14 March 2021, 06:40:10 UTC". What is no
 * time is shown as it stands, nothing as empty text. */
str view_clock(const struct view *view, const struct json *of, const char *key);
str view_day(const struct view *view, const struct json *of, const char *key);
str view_clock_ns(const struct view *view, i64 ns);
str view_day_ns(const struct view *view, i64 ns);

str view_grouped(const struct view *view, const struct json *of,
                 const char *key); /* 10,487; other scalars as they are */

/* For each item of a list, nothing for what is no list: VIEW_EACH (json_get(doc, "hosts"), host)
 * {…} */
#define VIEW_EACH(list, it) for (const struct json *it = view_first(list); it; it = it->next)
const struct json *view_first(const struct json *list);

#endif
