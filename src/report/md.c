#include "report/md.h"

#include "report/escape.h"

void md_fill(struct buf *out, const char *template, const str *args, size_t n)
{
    size_t used = 0;
    for (const char *c = template; *c; c++) {
        if (*c != '$') {
            buf_char(out, *c);
            continue;
        }
        assert(used < n);
        escape_cut(out, args[used++], MD_TEXT_MAX, ESCAPE_MARKDOWN);
    }
    assert(used == n);
    (void)n;
}

void md_ids(const struct view *view, const char *lead, struct view_ids ids, struct buf *out)
{
    if (ids.n == 0)
        return;
    buf_add(out, str_from(lead));
    MD(out, "$", view_ranges(view, ids, 60));
}

void md_line(const struct view *view, const char *bullet, const struct line *line, struct buf *out)
{
    buf_add(out, str_from(bullet));
    MD(out, line->sure.n ? "*$:* $" : "$$", line->sure, line->text);
    MD(out, line->more.n ? " $" : "$", line->more);
    md_ids(view, " ", line->ids, out);
    buf_char(out, '\n');
}

void md_target(const struct view *view, const struct json *guide, struct buf *out)
{
    const str target = view_str(guide, "target");
    if (target.n == 0)
        return;
    MD(out, "$: $", str_from(guidance_target(view, target)), target);
    md_ids(view, ", because of ", view_ids(view, json_get(guide, "findings")), out);
}
