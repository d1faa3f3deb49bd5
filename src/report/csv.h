/* csv.h: tables of an assessment as CSV (RFC 4180: CR LF, quotes doubled). A field that a spreadsheet would take for a formula gets
 * a ' in front, and line ends inside a field are written out, so that a record is one line for every tool.
 *
 * To add a table: one file that defines csv_<name>, and one line in tables.def. */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include "base/buf.h"
#include "report/view.h"

/* The fields of a row, one call each; csv_end ends it. */
struct csv_row {
    struct buf *out;
    bool begun;
};

void csv_str(struct csv_row *row, str text);
void csv_number(struct csv_row *row, size_t n);
void csv_values(struct csv_row *row, const struct json *list, const char *between); /* scalars, cut at 64 KiB: the document has them all */
void csv_end(struct csv_row *row);

#define TABLE(name) void csv_##name(const struct view *view, struct buf *out);
#include "report/tables.def"
#undef TABLE

#endif
