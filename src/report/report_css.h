/* report_css.h: ui/report.css, embedded by the build (tools/embed_text.py). */
#ifndef REPORT_REPORT_CSS_H
#define REPORT_REPORT_CSS_H

#include <stddef.h>

extern const char report_css[];
extern const size_t report_css_size;

#endif
