/* markup.h: HTML written from constant templates. MARKUP(out, "<td>$</td><td>$</td>", a, b) puts
 * each str, escaped, where a
 * '$' stands; the template is ours and is copied as it is. A '@' stands for text, never for an
 * attribute, in which lines may break behind backslashes. So evidence cannot get into a page
 * unescaped: there is no other way to write a str into one. Attribute values in templates are
 * always quoted. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "base/buf.h"

#define MARKUP(out, template, ...)                                                                 \
    markup_fill((out), (template), (const str[]){__VA_ARGS__}, COUNT(((const str[]){__VA_ARGS__})))

void markup(struct buf *out, const char *constant); /* no places */
void markup_fill(struct buf *out, const char *template, const str *args, size_t n);

/* Longest text shown for one '$' or '@', in characters; what is longer is cut, with the number of
 * bytes left out. Whole records go through escape() instead. */
#define MARKUP_TEXT_MAX 600

#endif
