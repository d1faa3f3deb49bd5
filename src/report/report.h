/* report.h: an assessment document (docs/contract.md) in a form for people or programs. A report is
 * a pure function of the document: the same document gives the same bytes, nothing else is read,
 * nothing is printed.
 *
 * To add a format: one file that defines <name>_report, and one line in reports.def. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/jsonw.h"
#include "base/status.h"
#include "report/view.h"

struct report_format {
    const char *name;   /* as --format takes it */
    const char *suffix; /* of the file: "html", "md" */
    const char *media;  /* MIME type, for a web server */
    enum status (*write)(const struct view *view, struct buf *out);
};

/* All formats, in the order of reports.def; ends with a NULL name. */
extern const struct report_format report_formats[];
const struct report_format *report_find(const char *format); /* or NULL */

/* Write the whole report behind what is in `out`. `assessment` is the parsed document and may be
 * odd or NULL. ERR_USAGE: no such format; ERR_LIMIT: `out` is too small. */
enum status report_write(const char *format, const struct json *assessment,
                         struct buf *out) MUST_USE;

/* One table of tables.def as CSV; `csv` as a format is the first of them. ERR_USAGE: no such table. */
extern const char *const report_tables[]; /* their names; ends with NULL */
enum status report_table(const char *table, const struct json *assessment,
                         struct buf *out) MUST_USE;

/* A JSON value written again. */
void report_json_value(struct buf *out, const struct json *value, enum jsonw_style style);

#define REPORT(name, suffix, media)                                                                \
    enum status name##_report(const struct view *view, struct buf *out) MUST_USE;
#include "report/reports.def"
#undef REPORT

#endif
