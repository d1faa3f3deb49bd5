/* html_chains.c: what happened, in order: each chain drawn and as a table. */
#include "report/page.h"

#include "report/place.h"

#define CHAINS_DRAWN 10
#define CHAINS_SHOWN 50

#define OTHERS_SHOWN 20 /* other statements within one act */

/* The finding of that id among those of an act, if it says something that was not said before it.
 */
static const struct json *other_text(const struct view *view, str said, struct view_ids ids,
                                     size_t i)
{
    const struct json *const finding = view_finding(view, ids.p[i]);
    const str text = place_text(finding);
    if (text.n == 0 || str_eq(text, said))
        return NULL;
    for (size_t k = 0; k < i; k++)
        if (str_eq(place_text(view_finding(view, ids.p[k])), text))
            return NULL;
    return finding;
}

/* What the other records of the act say in other words. */
static void add_others(struct page *page, str said, struct view_ids ids)
{
    size_t n = 0;
    for (size_t i = 0; i < MIN(ids.n, (size_t)PAGE_REFS_MAX) && n < OTHERS_SHOWN; i++) {
        const struct json *const finding = other_text(page->view, said, ids, i);
        if (!finding)
            continue;
        if (n++ == 0)
            markup(page->out, "<details class=\"others\"><summary>Other records of this act "
                              "say</summary><ul>");
        MARKUP(page->out, "<li>@ ", place_text(finding));
        page_ref(page, ids.p[i]);
        markup(page->out, "</li>");
    }
    if (n)
        markup(page->out, "</ul></details>");
}

static void add_step_time(struct page *page, const struct json *step, const struct json *finding)
{
    markup(page->out, "<td class=\"time\">");
    page_time(page, step, "time");
    const str recorded = view_day(page->view, finding, "time_recorded");
    if (recorded.n && !str_eq(recorded, view_day(page->view, finding, "time")))
        MARKUP(page->out, "<br><small class=\"nowrap\">recorded as $</small>", recorded);
    markup(page->out, "</td>");
}

static void add_step(struct page *page, const struct json *step, size_t number)
{
    const str id = view_text(step, "finding"), text = place_step_text(page->view, step);
    const struct json *const finding = view_finding(page->view, id);
    const struct view_ids others = place_step_ids(page->view, step);
    buf_printf(page->out, "<tr><th scope=\"row\" class=\"num\">%zu</th>", number);
    add_step_time(page, step, finding);
    MARKUP(page->out, "<td>@<br><small>$", text, view_str(step, "stage"));
    if (finding)
        MARKUP(page->out, ", $", words_outcome(view_str(finding, "outcome")));
    markup(page->out, "</small>");
    add_others(page, text, others);
    MARKUP(page->out, "</td><td class=\"place\">@<br><small>@</small></td><td>",
           place_log(page->view, finding), place_record(page->view, finding));
    page_ref(page, id);
    if (others.n) {
        markup(page->out, "<div class=\"line\"><small>also</small> ");
        page_ids(page, others);
        markup(page->out, "</div>");
    }
    markup(page->out, "</td></tr>\n");
}

static void add_steps(struct page *page, const struct json *steps, str caption)
{
    const size_t n = view_count(steps);
    size_t number = 0;
    PAGE_TABLE(page, caption, "Step", "Time", "What was seen", "Record", "Finding");
    VIEW_EACH (steps, step)
        if (number < PAGE_ROWS_MAX)
            add_step(page, step, ++number);
    page_table_end(page, n, number);
}

static void add_chain(struct page *page, const struct json *chain, size_t number)
{
    const str title =
        view_str(chain, "title").n ? view_str(chain, "title") : S("Chain without a title");
    const str host = view_str(chain, "host"), complete = view_text(chain, "complete");
    MARKUP(page->out, "<h3>$</h3>\n<p>", title);
    if (host.n)
        MARKUP(page->out, "On <b>$</b>. ", host);
    markup(page->out, str_eq(complete, S("true"))    ? "Every step of this chain was seen."
                      : str_eq(complete, S("false")) ? "Some steps of this chain were not seen."
                                                     : "Whether a step is missing is not known.");
    MARKUP(page->out, " <span class=\"quiet\">Rule <code>$</code></span></p>\n",
           view_str(chain, "rule"));
    if (number < CHAINS_DRAWN)
        page_draw_steps(page, json_get(chain, "steps"), title);
    add_steps(page, json_get(chain, "steps"), S("The steps in order"));
}

void page_chains(struct page *page)
{
    const struct json *const chains = json_get(page->view->doc, "chains");
    size_t n = 0;
    page_section(page, "happened", "What happened, in order");
    VIEW_EACH (chains, chain)
        if (chain->type == JSON_OBJECT && n < CHAINS_SHOWN)
            add_chain(page, chain, n++);
    if (n == 0) {
        page_nothing(
            page,
            "No chain of an attack was found in this evidence. Single findings are listed below.");
        page_draw_findings(page);
    } else if (view_count(chains) > n)
        buf_printf(page->out, "<p class=\"quiet\">%zu of %zu chains are shown.</p>\n", n,
                   view_count(chains));
    page_section_end(page);
}
