/* html_summary.c: the first screen, for someone with twenty seconds, and what to do now. */
#include "report/page.h"

#include "report/escape.h"

#define FIRST_ACTIONS 3
#define FIRST_UNKNOWN 3
#define FIRST_REASONS 5

static void add_verdict(struct page *page)
{
    const struct summary *const s = page->summary;
    buf_printf(page->out,
               "<div class=\"verdict\"><svg class=\"shape\" viewBox=\"0 0 24 24\" "
               "aria-hidden=\"true\">%s</svg>\n<div>",
               s->verdict->shape);
    MARKUP(page->out, "<h1><span class=\"word\">$</span></h1>", s->verdict->text);
    for (size_t i = 0; i < s->also.n; i++)
        MARKUP(page->out, "<span class=\"also\">also: $</span>", s->also.p[i].text);
    MARKUP(page->out, "\n<p class=\"sentence\">$</p>\n", s->sentence);
    MARKUP(page->out, "<p class=\"meaning\">$</p></div></div>\n", s->verdict->meaning);
}

static void add_fact(struct page *page, const char *term, const struct lines *lines, size_t max)
{
    buf_printf(page->out, "<div><dt>%s</dt><dd>", term);
    for (size_t i = 0; i < MIN(lines->n, max); i++)
        MARKUP(page->out, "<p>$ <span class=\"quiet\">$</span></p>", lines->p[i].text,
               lines->p[i].more);
    if (lines->n > max)
        buf_printf(page->out, "<p class=\"quiet\">and %zu more, below</p>", lines->n - max);
    markup(page->out, "</dd></div>\n");
}

/* The reasons of the verdict, with their findings. */
static void add_reasons(struct page *page)
{
    size_t n = 0;
    markup(page->out, "<div><dt>How we know</dt><dd>");
    VIEW_EACH (json_get(page->view->doc, "reasons"), reason) {
        const str text =
            view_str(reason, "text").n ? view_str(reason, "text") : view_scalar(reason);
        if (text.n == 0 || n++ >= FIRST_REASONS)
            continue;
        MARKUP(page->out, "<p>$ ", text);
        if (view_count(json_get(reason, "findings")))
            page_refs(page, json_get(reason, "findings"));
        markup(page->out, "</p>");
    }
    markup(page->out, "</dd></div>\n");
}

static void add_first_actions(struct page *page)
{
    const struct lines *const first = &page->summary->first;
    markup(page->out, "<div class=\"first\"><h2>Do first</h2>\n");
    if (first->n == 0)
        markup(page->out, "<p class=\"quiet\">The assessment gives no guidance.</p>");
    else {
        markup(page->out, "<ol>");
        for (size_t i = 0; i < MIN(first->n, FIRST_ACTIONS); i++)
            MARKUP(page->out, "<li>$</li>\n", first->p[i].text);
        markup(page->out, "</ol>");
    }
    if (first->n > FIRST_ACTIONS)
        buf_printf(page->out, "<p><a href=\"#do\">All %zu steps, with reasons</a></p>", first->n);
    markup(page->out, "</div>\n");
}

void page_summary(struct page *page)
{
    const struct summary *const s = page->summary;
    markup(page->out, "<section id=\"summary\" aria-label=\"Summary\">\n");
    add_verdict(page);
    markup(page->out, "<div class=\"facts\">\n");
    add_first_actions(page);
    markup(page->out, "<dl>\n");
    add_fact(page, "Since when", &s->since, 2);
    add_fact(page, "How", &s->how, 4);
    add_fact(page, "What was reached", &s->reached, 7);
    add_fact(page, "What could not be seen", &s->unknown, FIRST_UNKNOWN);
    if (s->why.n)
        add_reasons(page);
    markup(page->out, "</dl>\n</div>\n");
    page_section_end(page);
}

/* ---- what to do now ---- */

static void add_action(struct page *page, const struct json *item, size_t number)
{
    buf_printf(page->out, "<li value=\"%zu\">", number);
    MARKUP(page->out, "<strong>$</strong>", view_str(item, "action"));
    const str target = view_str(item, "target"), why = view_str(item, "why"),
              source = view_str(item, "source");
    if (target.n)
        MARKUP(page->out, "<p>On: <code>$</code></p>", target);
    if (why.n)
        MARKUP(page->out, "<p>$</p>", why);
    markup(page->out, "<p class=\"quiet\">");
    if (source.n)
        MARKUP(page->out, "Source: $. ", source);
    if (view_count(json_get(item, "findings"))) {
        markup(page->out, "Because of ");
        page_refs(page, json_get(item, "findings"));
    }
    markup(page->out, "</p></li>\n");
}

static bool has_phase(str phase)
{
    for (size_t i = 0; i < COUNT(words_phases); i++)
        if (str_eq(phase, str_from(words_phases[i])))
            return true;
    return false;
}

/* The actions of one phase, under its heading; `phase` NULL: those of no known phase. */
static void add_phase(struct page *page, const struct json **guidance, size_t n, const char *phase)
{
    bool is_open = false;
    for (size_t i = 0; i < MIN(n, PAGE_ROWS_MAX); i++) {
        const str own = view_str(guidance[i], "phase");
        if (phase ? !str_eq(own, str_from(phase)) : has_phase(own))
            continue;
        if (!is_open)
            MARKUP(page->out, "<h3>$</h3>\n<ol class=\"actions\">\n",
                   phase ? words_phase(own) : S("Other"));
        is_open = true;
        add_action(page, guidance[i], i + 1);
    }
    markup(page->out, is_open ? "</ol>\n" : "");
}

void page_guidance(struct page *page)
{
    size_t n;
    const struct json **const guidance = summary_guidance(page->view, &n);
    page_section(page, "do", "What to do now");
    if (n == 0)
        page_nothing(page, "The assessment gives no guidance.");
    else
        markup(page->out,
               "<p>In this order: what is preserved first cannot be recovered later.</p>\n");
    for (size_t i = 0; i < COUNT(words_phases); i++)
        add_phase(page, guidance, n, words_phases[i]);
    add_phase(page, guidance, n, NULL);
    page_section_end(page);
}
