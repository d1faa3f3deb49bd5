#include "report/report.h"

#include <string.h>

const struct report_format report_formats[] = {
#define REPORT(name, suffix, media) {#name, suffix, media, name##_report},
#include "report/reports.def"
#undef REPORT
    {0},
};

const struct report_format *report_find(const char *format)
{
    for (const struct report_format *it = report_formats; it->name; it++)
        if (strcmp(it->name, format) == 0)
            return it;
    return NULL;
}

enum status report_write(const char *format, const struct json *assessment, struct buf *out)
{
    const struct report_format *const found = report_find(format);
    if (!found)
        return ERR_USAGE;
    struct arena arena = {0};
    struct view view;
    view_init(&view, assessment, &arena);
    const enum status status = found->write(&view, out);
    arena_release(&arena);
    return status;
}
