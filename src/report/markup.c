#include "report/markup.h"

#include "report/escape.h"

void markup(struct buf *out, const char *constant)
{
    buf_add(out, str_from(constant));
}

void markup_fill(struct buf *out, const char *template, const str *args, size_t n)
{
    size_t used = 0;
    for (str rest = str_from(template); rest.n;) {
        const size_t at = MIN(MIN(str_find_char(rest, '$'), str_find_char(rest, '@')), rest.n);
        buf_add(out, str_sub(rest, 0, at));
        if (at < rest.n) {
            assert(used < n);
            escape_cut(out, args[used++], MARKUP_TEXT_MAX,
                       rest.p[at] == '@' ? ESCAPE_BREAKS : ESCAPE_HTML);
        }
        rest = str_sub(rest, at + 1, rest.n);
    }
    assert(used == n);
    (void)n;
}
