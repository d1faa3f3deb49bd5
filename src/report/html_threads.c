/* html_threads.c: who was at work: each thread of activity with what links it, what cannot be said
 * of it, its timeline and the published profiles beside it. */
#include "report/page.h"

#include "report/place.h"

#define THREADS_SHOWN 50
#define STEPS_SHOWN   100 /* of one thread: the chains above have them all */

static void add_lines(struct page *page, const char *term, struct lines *lines)
{
    if (lines->n == 0)
        return;
    buf_printf(page->out, "<div><dt>%s</dt><dd>", term);
    page_lines(page, lines, 12);
    markup(page->out, "</dd></div>\n");
}

static void add_texts(struct page *page, const char *term, const struct json *list)
{
    struct lines lines = {0};
    VIEW_EACH (list, item)
        if (view_scalar(item).n && lines.n < PAGE_ROWS_MAX)
            lines_text(page->view, &lines, view_scalar(item));
    add_lines(page, term, &lines);
}

static void add_links(struct page *page, const struct json *links)
{
    struct lines lines = {0};
    VIEW_EACH (links, link)
        if (view_str(link, "text").n && lines.n < PAGE_ROWS_MAX)
            lines_add(page->view, &lines,
                      (struct line){.text = view_str(link, "text"),
                                    .sure = str_eq(view_str(link, "strength"), S("sure"))
                                                ? S("certain")
                                                : S("possible")});
    add_lines(page, "What links it", &lines);
}

/* From 1, among the threads that are shown; 0: it is none of them. */
static size_t number_of(const struct page *page, str id)
{
    size_t n = 0;
    VIEW_EACH (json_get(page->view->doc, "threads"), thread)
        if (thread->type == JSON_OBJECT && n++ < THREADS_SHOWN &&
            str_eq(view_str(thread, "id"), id))
            return n;
    return 0;
}

static void add_related(struct page *page, const struct json *related)
{
    size_t n = 0;
    VIEW_EACH (related, other) {
        const str id = view_str(other, "thread");
        const size_t number = number_of(page, id);
        if (n++ == PAGE_ROWS_MAX)
            break;
        markup(page->out, n == 1 ? "<div><dt>Perhaps the same as</dt><dd>" : "");
        markup(page->out, "<div class=\"line\">");
        if (number)
            buf_printf(page->out, "<a href=\"#thread-%zu\">", number);
        MARKUP(page->out, number ? "$</a>: @</div>\n" : "$: @</div>\n", id,
               view_str(other, "text"));
    }
    markup(page->out, n ? "</dd></div>\n" : "");
}

static void add_profiles(struct page *page, const struct json *profiles)
{
    VIEW_EACH (profiles, profile) {
        size_t n = 0;
        MARKUP(page->out, "<div><dt>Compared with $</dt><dd><div class=\"line\"><b>$</b></div>\n",
               view_str(profile, "name"), view_str(profile, "statement"));
        VIEW_EACH (json_get(profile, "why"), why)
            if (n++ < PAGE_ROWS_MAX)
                MARKUP(page->out, "<div class=\"line quiet\">@</div>\n", view_scalar(why));
        markup(page->out, "</dd></div>\n");
    }
}

static void add_timeline(struct page *page, const struct json *steps)
{
    const size_t n = view_count(steps);
    size_t number = 0;
    if (n == 0)
        return;
    buf_printf(page->out, "<details><summary>Its timeline: %zu step%s</summary>\n", n,
               n == 1 ? "" : "s");
    PAGE_TABLE(page, S("The steps of this thread"), "Time", "What was seen", "Finding");
    VIEW_EACH (steps, step) {
        if (number == STEPS_SHOWN)
            break;
        number++;
        const struct view_ids others = place_step_ids(page->view, step);
        markup(page->out, "<tr><td class=\"time\">");
        page_time(page, step, "time");
        MARKUP(page->out, "</td><td>@<br><small>$</small></td><td>",
               place_step_text(page->view, step), view_str(step, "stage"));
        page_ref(page, view_text(step, "finding"));
        if (others.n) {
            markup(page->out, "<div class=\"line\"><small>also</small> ");
            page_ids(page, others);
            markup(page->out, "</div>");
        }
        markup(page->out, "</td></tr>\n");
    }
    page_table_end(page, n, number);
    markup(page->out, "</details>\n");
}

static void add_thread(struct page *page, const struct json *thread, size_t number)
{
    const str kind = words_thread(view_str(thread, "kind"));
    buf_printf(page->out, "<h3 id=\"thread-%zu\">", number);
    MARKUP(page->out, "Thread $", view_str(thread, "id"));
    MARKUP(page->out, kind.n ? ": $</h3>\n" : "$</h3>\n", kind);
    markup(page->out, "<dl class=\"pairs\">\n<div><dt>Seen</dt><dd>");
    page_time(page, thread, "first");
    markup(page->out, " to ");
    page_time(page, thread, "last");
    markup(page->out, "</dd></div>\n");
    if (view_str(thread, "host").n)
        MARKUP(page->out, "<div><dt>Host</dt><dd>$</dd></div>\n", view_str(thread, "host"));
    add_texts(page, "Client addresses", json_get(thread, "clients"));
    add_texts(page, "User agents", json_get(thread, "user_agents"));
    add_texts(page, "Web shells", json_get(thread, "webshells"));
    add_links(page, json_get(thread, "links"));
    add_texts(page, "What cannot be said", json_get(thread, "doubts"));
    add_related(page, json_get(thread, "related"));
    add_profiles(page, json_get(thread, "profiles"));
    markup(page->out, "<div><dt>Findings</dt><dd>");
    page_refs(page, json_get(thread, "findings"));
    markup(page->out, "</dd></div>\n</dl>\n");
    add_timeline(page, json_get(thread, "steps"));
}

static void add_caveats(struct page *page)
{
    const struct json *const compared = json_get(page->view->doc, "profiles_compared");
    if (!view_count(json_get(compared, "caveats")))
        return;
    MARKUP(
        page->out,
        "<h3>What to know of the published profiles</h3>\n<p>A profile is what publishers saw in "
        "other intrusions: tools and places, not people, and no name of one is a finding about "
        "anybody. Compared were $ of them, $. The caveats of the collection:</p>\n<ul>\n",
        view_text(compared, "profiles"), view_str(compared, "as_of"));
    VIEW_EACH (json_get(compared, "caveats"), caveat)
        MARKUP(page->out, "<li>@</li>\n", view_scalar(caveat));
    markup(page->out, "</ul>\n");
}

void page_threads(struct page *page)
{
    const struct json *const threads = json_get(page->view->doc, "threads");
    size_t n = 0;
    page_section(page, "threads", "Who was at work");
    if (!view_count(threads))
        page_nothing(page, "No finding belongs to an intruder, so there is nobody to tell apart.");
    else
        markup(page->out, "<p>What belongs together by client, session, page, process and time. ");
    if (view_count(threads) > 1)
        markup(page->out, "Several threads may be several intruders, or one whose traces nothing "
                          "links. ");
    if (view_count(threads))
        markup(page->out, "Two behind one address look like one.</p>\n");
    VIEW_EACH (threads, thread)
        if (thread->type == JSON_OBJECT && n++ < THREADS_SHOWN)
            add_thread(page, thread, n);
    if (n > THREADS_SHOWN)
        buf_printf(page->out, "<p class=\"quiet\">%d of %zu threads are shown.</p>\n",
                   THREADS_SHOWN, n);
    if (n)
        add_caveats(page);
    page_section_end(page);
}
