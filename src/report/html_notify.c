/* html_notify.c: whom to tell, and what. */
#include "report/notify.h"
#include "report/page.h"

#define SHOWN 8 /* lines before the rest is folded */

static void add_lines(struct page *page, const char *what, const struct lines *lines)
{
    if (lines->n == 0)
        return;
    buf_printf(page->out, "<p><strong>%s</strong></p>\n", what);
    page_lines(page, lines, SHOWN);
}

void page_notify(struct page *page)
{
    struct notices all;
    notify_make(page->view, &all);
    page_section(page, "tell", "Whom to tell");
    if (all.n == 0)
        page_nothing(page, NOTIFY_NOBODY);
    else
        MARKUP(page->out, "<p>$</p>\n", S(NOTIFY_PREFACE));
    for (size_t i = 0; i < all.n; i++) {
        const struct notice *const notice = &all.p[i];
        MARKUP(page->out, "<h3>$</h3>\n", str_from(notice->who));
        add_lines(page, "Seen", &notice->seen);
        add_lines(page, "Could have been", &notice->possible);
        MARKUP(page->out, "<p>$</p>\n", str_from(notice->ask));
        if (notice->hint)
            MARKUP(page->out, "<p class=\"quiet\">$</p>\n", str_from(notice->hint));
    }
    page_section_end(page);
}
