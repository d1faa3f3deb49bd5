/* fuzz_report.c: any bytes that are JSON, as an assessment document, through every report. What
 * comes out is valid UTF-8 without control characters, the page stays a page, and the summary stays
 * ten lines. */
#include <stdlib.h>

#include "base/utf.h"
#include "report/changes.h"
#include "report/escape.h"
#include "report/report.h"
#include "report/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(str text)
{
    for (size_t at = 0; at < text.n;) {
        const u32 code = utf8_next(text, &at);
        if (code < 0x20 ? !strchr("\n\t\r", (int)code) || code == 0 : code >= 0x7F && code < 0xA0)
            abort();
        if (code >= 0x202A && code <= 0x202E)
            abort();
    }
    if (!utf8_valid(text))
        abort();
}

static void check_page(str text)
{
    if (!str_ends(text, S("</html>\n")) || str_ifind(text, S("<script")) != SIZE_MAX ||
        str_ifind(text, S("<img")) != SIZE_MAX)
        abort();
}

static void check_lines(str text)
{
    str line;
    size_t n = 0;
    while (str_next(&text, '\n', &line))
        n += line.n > 0;
    if (n > 10)
        abort();
}

/* Against itself, whatever it is, nothing is new and nothing is gone. */
static void check_changes(const struct json *root, struct buf *out)
{
    buf_reset(out);
    struct jsonw w = jsonw_start(out, JSONW_COMPACT);
    changes_make(root, root, &w);
    check_text(buf_str(out));
    if (str_find(buf_str(out), S("\"new\":[],\"gone_count\":0,\"gone\":[]")) == SIZE_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    const struct json *root = NULL;
    struct buf out;
    if (json_parse((str){(const char *)data, size}, &arena, &root, NULL) != OK) {
        arena_release(&arena);
        return 0;
    }
    buf_init(&out, (size_t)1 << 26);
    for (const struct report_format *format = report_formats; format->name; format++) {
        buf_reset(&out);
        if (format->write == NULL || report_write(format->name, root, &out) != OK)
            continue;
        check_text(buf_str(&out));
        if (strcmp(format->name, "html") == 0)
            check_page(buf_str(&out));
    }
    for (size_t i = 0; report_tables[i]; i++) {
        buf_reset(&out);
        if (report_table(report_tables[i], root, &out) == OK)
            check_text(buf_str(&out));
    }
    check_changes(root, &out);
    buf_reset(&out);
    terminal_summary(root, S("case"), (struct terminal){.columns = size ? data[0] : 0}, &out);
    check_text(buf_str(&out));
    check_lines(buf_str(&out));
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
