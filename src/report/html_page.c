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
        MARKUP(page->out, "<td>@</td>", text);
    else
        markup(page->out, "<td class=\"quiet\"><span aria-hidden=\"true\">–</span></td>");
}

static void add_time(struct page *page, const struct json *of, const char *key, str text)
{
    i64 ns;
    char machine[TIME_MAX];
    if (view_time(of, key, &ns))
        MARKUP(page->out, "<time datetime=\"$\">$</time>", str_from(time_format(ns, machine)),
               text);
    else if (text.n)
        MARKUP(page->out, "$", text);
    else
        markup(page->out, "<span class=\"quiet\">–</span>");
}

void page_time(struct page *page, const struct json *of, const char *key)
{
    add_time(page, of, key, view_day(page->view, of, key));
}

void page_clock(struct page *page, const struct json *of, const char *key)
{
    add_time(page, of, key, view_clock(page->view, of, key));
}

void page_span(struct page *page, const struct json *of)
{
    i64 ns;
    markup(page->out, "<td class=\"time\">");
    page_time(page, of, "first");
    if (view_time(of, "last", &ns) &&
        !str_eq(view_day(page->view, of, "first"), view_day(page->view, of, "last"))) {
        markup(page->out, "<br>");
        page_time(page, of, "last");
    }
    markup(page->out, "</td>");
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

static void add_links(struct page *page, struct view_ids ids, size_t max)
{
    for (size_t i = 0; i < MIN(ids.n, max); i++) {
        markup(page->out, i ? ", " : "");
        page_ref(page, ids.p[i]);
    }
    if (ids.n > max)
        buf_printf(page->out, ", and %zu more in assessment.json", ids.n - max);
}

void page_ids(struct page *page, struct view_ids ids)
{
    if (ids.n == 0)
        markup(page->out, "<span class=\"quiet\">–</span>");
    else if (ids.n <= PAGE_REFS_PLAIN)
        add_links(page, ids, PAGE_REFS_PLAIN);
    else {
        MARKUP(page->out, "<details class=\"refs\"><summary>$",
               view_ranges(page->view, ids, PAGE_REFS_PLAIN));
        buf_printf(page->out, " <span class=\"quiet\">(%zu)</span></summary>", ids.n);
        add_links(page, ids, PAGE_REFS_MAX);
        markup(page->out, "</details>");
    }
}

void page_refs(struct page *page, const struct json *ids)
{
    page_ids(page, view_ids(page->view, ids));
}

static void add_line(struct page *page, const struct line *line)
{
    markup(page->out, "<div class=\"line\">");
    if (line->sure.n)
        MARKUP(page->out, "<span class=\"sure $\">$</span> ",
               str_eq(line->sure, S("certain")) ? S("certain") : S("possible"), line->sure);
    MARKUP(page->out, "@", line->text);
    if (line->more.n)
        MARKUP(page->out, " <span class=\"quiet\">@</span>", line->more);
    if (line->ids.n) {
        markup(page->out, " ");
        page_ids(page, line->ids);
    }
    markup(page->out, "</div>\n");
}

void page_lines(struct page *page, const struct lines *lines, size_t max)
{
    const size_t shown = lines->n > max + 1 ? max : lines->n; /* a single one is not folded */
    for (size_t i = 0; i < shown; i++)
        add_line(page, &lines->p[i]);
    if (lines->n == shown)
        return;
    buf_printf(page->out, "<details class=\"rest\"><summary>%zu more</summary>\n",
               lines->n - shown);
    for (size_t i = shown; i < MIN(lines->n, (size_t)PAGE_ROWS_MAX); i++)
        add_line(page, &lines->p[i]);
    markup(page->out, "</details>\n");
}
