/* html_page.c: the pieces that every part of the page uses. */
#include "report/page.h"

#include "base/timex.h"
#include "report/escape.h"

void page_section(struct page *page, const char *id, const char *heading)
{
    buf_printf(page->out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n",
               id, id, id, heading);
}

void page_section_end(struct page *page)
{
    markup(page->out, "</section>\n");
}

void page_nothing(struct page *page, const char *sentence)
{
    buf_printf(page->out, "<p class=\"quiet\">%s</p>\n", sentence);
}

void page_table(struct page *page, str caption, const char *const *columns, size_t n)
{
    MARKUP(page->out,
           "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"$\"><table>\n",
           caption);
    MARKUP(page->out, "<caption>$</caption>\n<thead><tr>", caption);
    for (size_t i = 0; i < n; i++)
        buf_printf(page->out, "<th scope=\"col\">%s</th>", columns[i]);
    markup(page->out, "</tr></thead>\n<tbody>\n");
}

void page_table_end(struct page *page, size_t rows, size_t shown)
{
    markup(page->out, "</tbody></table></div>\n");
    if (rows > shown)
        buf_printf(page->out,
                   "<p class=\"quiet\">%zu of %zu are shown; all are in assessment.json.</p>\n",
                   shown, rows);
}

void page_cell(struct page *page, str text)
{
    if (text.n)
        MARKUP(page->out, "<td>$</td>", text);
    else
        markup(page->out, "<td class=\"quiet\"><span aria-hidden=\"true\">–</span></td>");
}

void page_time(struct page *page, const struct json *of, const char *key)
{
    i64 ns;
    const str text = view_clock(page->view, of, key);
    char machine[TIME_MAX];
    if (view_time(of, key, &ns))
        MARKUP(page->out, "<time datetime=\"$\">$</time>", str_from(time_format(ns, machine)),
               text);
    else if (text.n)
        MARKUP(page->out, "$", text);
    else
        markup(page->out, "<span class=\"quiet\">–</span>");
}

void page_ref(struct page *page, str id)
{
    const size_t at = view_find(page->view, id);
    if (at == VIEW_NOT_FOUND || !page->is_shown[at]) {
        MARKUP(page->out, "$", id);
        return;
    }
    buf_printf(page->out, "<a class=\"ref\" href=\"#finding-%zu\">", at + 1);
    MARKUP(page->out, "$</a>", id);
}

void page_refs(struct page *page, const struct json *ids)
{
    size_t n = 0;
    VIEW_EACH (ids, id) {
        const str text = view_scalar(id);
        if (text.n == 0)
            continue;
        if (n == PAGE_REFS_MAX) {
            buf_printf(page->out, " and %zu more", view_count(ids) - n);
            return;
        }
        markup(page->out, n++ ? ", " : "");
        page_ref(page, text);
    }
    if (n == 0)
        markup(page->out, "<span class=\"quiet\">–</span>");
}
