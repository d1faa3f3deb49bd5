/* md.h: Markdown written from constant templates, as markup.h does it for HTML: a '$' in the template stands for one text, escaped
 * and cut at MD_TEXT_MAX characters; the template is ours. */
#ifndef REPORT_MD_H
#define REPORT_MD_H

#include "base/buf.h"
#include "report/summary.h"

#define MD_TEXT_MAX 600
#define MD_ROWS_MAX 500 /* of one list or table */

#define MD(out, template, ...)                                                                     \
    md_fill((out), (template), (const str[]){__VA_ARGS__}, COUNT(((const str[]){__VA_ARGS__})))

void md_fill(struct buf *out, const char *template, const str *args, size_t n);
void md_ids(const struct view *view, const char *lead, struct view_ids ids, struct buf *out); /* LEAD"F0001–F0009, F0012", or nothing */
void md_line(const struct view *view, const char *bullet, const struct line *line, struct buf *out);
void md_target(const struct view *view, const struct json *guide, struct buf *out); /* "Server: EX01, because of F0001" */

#endif
