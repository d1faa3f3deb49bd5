/* html.c: report.html, one file that asks nothing of anyone: no script, no font, no picture from
 * elsewhere, and a policy in its head that would stop a browser if there were one. Readable without
 * JavaScript, on paper, in the dark, by ear. */
#include "report/page.h"
#include "report/report.h"
#include "report/report_css.h"

static void add_head(struct page *page)
{
    const struct summary *const s = page->summary;
    markup(page->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; img-src data:; "
                      "base-uri 'none'; form-action 'none'\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n");
    MARKUP(page->out, "<title>$: $ - leadline</title>\n<style>\n", s->verdict->text, s->hosts);
    buf_add(page->out, (str){report_css, report_css_size});
    MARKUP(page->out, "</style>\n</head>\n<body class=\"$\">\n", s->verdict->name);
}

static void add_header(struct page *page)
{
    markup(page->out, "<a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n"
                      "<header><p><b>leadline</b> report on <b>");
    MARKUP(page->out, "$</b></p><p class=\"quiet\">made $</p></header>\n", page->summary->hosts,
           view_day(page->view, json_get(page->view->doc, "manifest"), "started"));
}

/* The first screen comes before the list of contents: it is what most readers want. */
static void add_nav(struct page *page)
{
    static const struct {
        const char *id, *text;
    } links[] = {
        {"do", "What to do"},
        {"tell", "Whom to tell"},
        {"happened", "What happened"},
        {"threads", "Who was at work"},
        {"reached", "What was reached"},
        {"exploits", "Exploits and servers"},
        {"coverage", "What could be seen"},
        {"damage", "What could not be read"},
        {"findings", "Findings"},
        {"leads", "Leads"},
        {"words", "Words explained"},
        {"manifest", "How this was made"},
    };
    markup(page->out, "<nav aria-label=\"Contents\"><ul>");
    for (size_t i = 0; i < COUNT(links); i++)
        buf_printf(page->out, "<li><a href=\"#%s\">%s</a></li>", links[i].id, links[i].text);
    markup(page->out, "</ul></nav>\n");
}

static void choose_shown(struct page *page)
{
    size_t room[2] = {PAGE_LEADS_MAX, PAGE_EVIDENCE_MAX};
    page->is_shown = ARENA_ARRAY(page->arena, bool, page->view->n_findings + 1);
    for (size_t i = 0; i < page->view->n_findings; i++) {
        size_t *const left = &room[page->view->is_cited[i]];
        page->is_shown[i] = *left > 0;
        *left -= *left > 0;
    }
}

enum status html_report(const struct view *view, struct buf *out)
{
    struct summary summary;
    summary_make(view, &summary);
    struct page page = {.out = out, .arena = view->arena, .view = view, .summary = &summary};
    choose_shown(&page);
    add_head(&page);
    add_header(&page);
    markup(out, "<main id=\"main\">\n");
    page_summary(&page);
    add_nav(&page);
    page_guidance(&page);
    page_notify(&page);
    page_chains(&page);
    page_threads(&page);
    page_scope(&page);
    page_exploits(&page);
    page_coverage(&page);
    page_damage(&page);
    page_findings(&page);
    page_words(&page);
    page_manifest(&page);
    markup(out, "</main>\n<footer><p>Findings are named where a record supports the statement, and "
                "every finding names its record. Patched is not clean, and nothing found is no "
                "proof of absence.</p></footer>\n</body>\n</html>\n");
    return out->full ? ERR_LIMIT : OK;
}
