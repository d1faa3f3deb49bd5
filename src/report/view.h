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

/* Ids of findings, in the view's arena. */
struct view_ids {
    str *p;
    size_t n;
};

void view_init(struct view *view, const struct json *doc, struct arena *arena);
size_t view_find(const struct view *view, str id); /* index of a finding, or VIEW_NOT_FOUND */
const struct json *view_finding(const struct view *view, str id); /* or NULL */
bool view_has_hosts(
    const struct view *view); /* more than one: statements then say whose they are */

/* Members. `of` may be NULL or no object: then there is nothing. */
str view_str(const struct json *of, const char *key);  /* text only, else empty */
str view_text(const struct json *of, const char *key); /* any scalar as text, else empty */
str view_unverified(const struct json *source);         /* " (unverified)" of a log that is known from what is said of it, else empty */
str view_scalar(const struct json *value);             /* the same of a value itself */
bool view_time(const struct json *of, const char *key, i64 *out);
size_t view_count(const struct json *list); /* 0 when it is no list */

/* Times as people read them: "2021-03-14 06:40:10.775", where records are compared, and "14 March
 * 2021, 06:40:10 UTC" everywhere else. What is no time is shown as it stands, nothing as empty
 * text. */
str view_clock(const struct view *view, const struct json *of, const char *key);
str view_day(const struct view *view, const struct json *of, const char *key);
str view_clock_ns(const struct view *view, i64 ns);
str view_day_ns(const struct view *view, i64 ns);
str view_length(const struct view *view, i64 ns); /* "87 seconds", "1 hour 29 minutes" */
bool view_covered(const struct view *view, i64 *from,
                  i64 *to); /* the time of all sources together */

str view_grouped(const struct view *view, const struct json *of,
                 const char *key); /* 10,487; other scalars as they are */

struct view_ids view_ids(const struct view *view, const struct json *list);
struct view_ids view_one_id(const struct view *view, str id);
/* "F0001–F0009, F0014": runs of three and more drawn together; "…" behind the first `max` of them.
 */
str view_ranges(const struct view *view, struct view_ids ids, size_t max);

/* For each item of a list, nothing for what is no list: VIEW_EACH (json_get(doc, "hosts"), host)
 * {…} */
#define VIEW_EACH(list, it) for (const struct json *it = view_first(list); it; it = it->next)
const struct json *view_first(const struct json *list);

#endif
