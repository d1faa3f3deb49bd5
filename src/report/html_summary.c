/* html_summary.c: the first screen, for someone with twenty seconds, and what to do now. */
#include "report/page.h"

#define COVER_ACTIONS 4
#define COVER_LINES   6
#define COVER_REACHED 8
#define COVER_REASONS 5

static void add_verdict(struct page *page)
{
    const struct summary *const s = page->summary;
    buf_printf(page->out,
               "<div class=\"verdict\"><svg class=\"shape\" viewBox=\"0 0 24 24\" "
               "aria-hidden=\"true\">%s</svg>\n<div>",
               s->verdict->shape);
    MARKUP(page->out, "<h1><span class=\"word\">$</span></h1>", s->verdict->text);
    for (size_t i = 0; i < s->also.n; i++)
        MARKUP(page->out, "<span class=\"also\">also: $$$</span>", s->also.p[i].text,
               s->also.p[i].more.n ? S(", ") : S(""), s->also.p[i].more);
    MARKUP(page->out, "\n<p class=\"sentence\">@</p>\n", s->sentence);
    MARKUP(page->out, "<p class=\"meaning\">$</p></div></div>\n", s->verdict->meaning);
}

static void add_fact(struct page *page, const char *term, const struct lines *lines, size_t max)
{
    buf_printf(page->out, "<div><dt>%s</dt><dd>", term);
    page_lines(page, lines, max);
    markup(page->out, "</dd></div>\n");
}

/* An action on the cover names its targets when the words alone do not say where. */
static void add_first_action(struct page *page, const struct action *action)
{
    MARKUP(page->out, "<li><span class=\"num\">$</span> @", action->number,
           view_str(action->items[0], "action"));
    for (size_t i = 0; i < MIN(action->n, (size_t)3); i++) {
        const str target = view_str(action->items[i], "target");
        if (target.n && strcmp(guidance_target(page->view, target), "Server") != 0)
            MARKUP(page->out, " <code>@</code>", target);
    }
    if (action->n > 3)
        buf_printf(page->out, " and %zu more", action->n - 3);
    markup(page->out, "</li>\n");
}

static void add_first_actions(struct page *page)
{
    const struct actions *const actions = &page->summary->actions;
    size_t first[GUIDANCE_FIRST_MAX];
    const size_t n = guidance_first(actions, COVER_ACTIONS, first);
    markup(page->out, "<div class=\"first\"><h2>Do first</h2>\n");
    if (n == 0)
        markup(page->out, "<p class=\"quiet\">The assessment gives no guidance.</p>");
    else {
        markup(page->out, "<ol>");
        for (size_t i = 0; i < n; i++)
            add_first_action(page, &actions->p[first[i]]);
        markup(page->out, "</ol>");
    }
    size_t all = 0;
    for (size_t i = 0; i < actions->n; i++)
        all += actions->p[i].n;
    if (actions->n > n)
        buf_printf(page->out, "<p><a href=\"#do\">All %zu steps, with reasons</a></p>", all);
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
    if (s->changed.n)
        add_fact(page, "What changed", &s->changed, COVER_LINES);
    add_fact(page, "Since when", &s->since, 2);
    add_fact(page, "How", &s->how, COVER_LINES);
    add_fact(page, "What was reached", &s->reached, COVER_REACHED);
    add_fact(page, "What could not be seen", &s->unknown, COVER_LINES);
    if (s->why.n)
        add_fact(page, "How we know", &s->why, COVER_REASONS);
    markup(page->out, "</dl>\n</div>\n");
    page_section_end(page);
}

/* ---- what to do now ---- */

static void add_target(struct page *page, const struct json *item)
{
    const str target = view_str(item, "target");
    if (target.n == 0)
        return;
    buf_printf(page->out, "<div class=\"target\">%s: ", guidance_target(page->view, target));
    MARKUP(page->out, "<code>@</code>", target);
    if (view_count(json_get(item, "findings"))) {
        markup(page->out, " <span class=\"quiet\">because of</span> ");
        page_refs(page, json_get(item, "findings"));
    }
    markup(page->out, "</div>\n");
}

static void add_action(struct page *page, const struct action *action)
{
    const struct json *const first = action->items[0];
    const str why = words_sentence(page->arena, view_str(first, "why")),
              source = view_str(first, "source");
    MARKUP(page->out, "<li><span class=\"num\">$</span><strong>@</strong>\n", action->number,
           view_str(first, "action"));
    for (size_t i = 0; i < MIN(action->n, (size_t)PAGE_ROWS_MAX); i++)
        add_target(page, action->items[i]);
    markup(page->out, "<p>");
    if (why.n)
        MARKUP(page->out, "Why: @ ", why);
    if (source.n)
        MARKUP(page->out, "<span class=\"quiet\">Source: @.</span>", source);
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
static void add_phase(struct page *page, const struct actions *actions, const char *phase)
{
    bool is_open = false;
    for (size_t i = 0; i < MIN(actions->n, (size_t)PAGE_ROWS_MAX); i++) {
        const str own = view_str(actions->p[i].items[0], "phase");
        if (phase ? !str_eq(own, str_from(phase)) : has_phase(own))
            continue;
        if (!is_open)
            MARKUP(page->out, "<h3>$</h3>\n<ol class=\"actions\">\n",
                   phase ? words_phase(own) : S("Other"));
        is_open = true;
        add_action(page, &actions->p[i]);
    }
    markup(page->out, is_open ? "</ol>\n" : "");
}

void page_guidance(struct page *page)
{
    const struct actions *const actions = &page->summary->actions;
    page_section(page, "do", "What to do now");
    if (actions->n == 0)
        page_nothing(page, "The assessment gives no guidance.");
    else
        markup(page->out,
               "<p>In this order: what is not saved before you change things is lost.</p>\n");
    for (size_t i = 0; i < COUNT(words_phases); i++)
        add_phase(page, actions, words_phases[i]);
    add_phase(page, actions, NULL);
    page_section_end(page);
}
