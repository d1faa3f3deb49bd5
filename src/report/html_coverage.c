/* html_coverage.c: what this evidence could have shown, and what was damaged or refused. Half of
 * the answer. */
#include "report/page.h"

#include "report/axis.h"

/* ---- stages ---- */

static void add_stage(struct page *page, const struct json *stage)
{
    const str answer = view_str(stage, "could_be_seen");
    const char *const mark = str_eq(answer, S("yes"))      ? "●"
                             : str_eq(answer, S("partly")) ? "◐"
                                                           : "○";
    MARKUP(page->out, "<tr><th scope=\"row\">$<br><small>$</small></th>", view_str(stage, "stage"),
           words_stage(view_str(stage, "stage")));
    buf_printf(page->out, "<td><span aria-hidden=\"true\">%s</span> ", mark);
    MARKUP(page->out, "<b>$</b></td><td class=\"time\">", answer);
    page_time(page, stage, "from");
    i64 ns;
    if (view_time(stage, "to", &ns)) {
        markup(page->out, "<br>");
        page_time(page, stage, "to");
    }
    MARKUP(page->out, "</td><td>$</td></tr>\n", view_str(stage, "why"));
}

static void add_stages(struct page *page, const struct json *stages)
{
    size_t shown = 0;
    markup(page->out, "<h3>Which stages of an attack could be seen</h3>\n");
    if (view_count(stages) == 0) {
        page_nothing(page, "The document does not say.");
        return;
    }
    PAGE_TABLE(page, S("Stages of an attack and whether this evidence could show them"), "Stage",
               "Could be seen", "From and to (UTC)", "Why");
    VIEW_EACH (stages, stage)
        if (shown < PAGE_ROWS_MAX)
            add_stage(page, stage), shown++;
    page_table_end(page, view_count(stages), shown);
}

/* ---- sources ---- */

static str skew_text(struct page *page, const struct json *source)
{
    i64 seconds;
    if (!json_i64(json_get(source, "clock_skew_s"), &seconds) || seconds == 0 ||
        seconds == INT64_MIN)
        return S("");
    const i64 size = seconds < 0 ? -seconds : seconds;
    if (size > INT64_MAX / 1000000000)
        return view_text(source, "clock_skew_s");
    return arena_printf(page->arena, "%s%.*s", seconds < 0 ? "−" : "+",
                        STR_ARG(axis_length(page->arena, size * 1000000000)));
}

static void add_holes(struct page *page, const struct json *source)
{
    size_t n = 0;
    markup(page->out, "<td class=\"time\">");
    VIEW_EACH (json_get(source, "gaps"), gap) {
        if (n++ == PAGE_REFS_MAX)
            break;
        markup(page->out, "<p>gap ");
        page_time(page, gap, "from");
        markup(page->out, " to<br>");
        page_time(page, gap, "to");
        markup(page->out, "</p>");
    }
    VIEW_EACH (json_get(source, "cleared"), when) {
        if (n++ == PAGE_REFS_MAX)
            break;
        MARKUP(page->out, "<p><b>cleared</b> $</p>", view_scalar(when));
    }
    const size_t all =
        view_count(json_get(source, "gaps")) + view_count(json_get(source, "cleared"));
    if (all > PAGE_REFS_MAX)
        buf_printf(page->out, "<p class=\"quiet\">%zu in all</p>", all);
    markup(page->out, all ? "</td>" : "<span class=\"quiet\">none</span></td>");
}

static void add_source(struct page *page, const struct json *source)
{
    MARKUP(page->out, "<tr><th scope=\"row\">$<br><small>$</small></th>", view_str(source, "kind"),
           view_str(source, "host"));
    MARKUP(page->out, "<td class=\"n\">$</td><td class=\"n\">$</td><td class=\"time\">",
           view_grouped(page->view, source, "files"), view_grouped(page->view, source, "events"));
    page_time(page, source, "first");
    markup(page->out, "<br>");
    page_time(page, source, "last");
    markup(page->out, "</td>");
    add_holes(page, source);
    MARKUP(page->out, "<td class=\"n\">$</td>", view_grouped(page->view, source, "damage"));
    page_cell(page, skew_text(page, source));
    markup(page->out, "</tr>\n");
}

static void add_sources(struct page *page, const struct json *sources)
{
    size_t shown = 0;
    markup(page->out, "<h3>What each source covers</h3>\n");
    if (view_count(sources) == 0) {
        page_nothing(page, "The document names no sources.");
        return;
    }
    PAGE_TABLE(page, S("Sources of evidence"), "Source", "Files", "Events", "First and last (UTC)",
               "Gaps and clearings", "Damaged", "Clock: added to get UTC");
    VIEW_EACH (sources, source)
        if (shown < PAGE_ROWS_MAX)
            add_source(page, source), shown++;
    page_table_end(page, view_count(sources), shown);
}

/* ---- rules ---- */

static void add_rule_rows(struct page *page, const struct json *list, const char *caption)
{
    size_t shown = 0;
    if (view_count(list) == 0)
        return;
    buf_printf(page->out, "<details><summary>%s: %zu</summary>\n", caption, view_count(list));
    PAGE_TABLE(page, str_from(caption), "Rule", "Why");
    VIEW_EACH (list, item) {
        if (shown == PAGE_ROWS_MAX)
            break;
        shown++;
        MARKUP(page->out, "<tr><th scope=\"row\"><code>$</code>", view_str(item, "rule"));
        if (view_str(item, "file").n)
            MARKUP(page->out, "<br><small>$</small>", view_str(item, "file"));
        MARKUP(page->out, "</th><td>$</td></tr>\n", view_str(item, "why"));
    }
    page_table_end(page, view_count(list), shown);
    markup(page->out, "</details>\n");
}

static void add_rules(struct page *page, const struct json *rules)
{
    markup(page->out, "<h3>Rules</h3>\n");
    MARKUP(page->out, "<p>$ rules were loaded; ", view_grouped(page->view, rules, "loaded"));
    buf_printf(page->out, "%zu were rejected, %zu could not have fired on this evidence.</p>\n",
               view_count(json_get(rules, "rejected")),
               view_count(json_get(rules, "could_not_fire")));
    add_rule_rows(page, json_get(rules, "could_not_fire"), "Rules that could not have fired");
    add_rule_rows(page, json_get(rules, "rejected"), "Rejected rules");
}

void page_coverage(struct page *page)
{
    const struct json *const coverage = json_get(page->view->doc, "coverage");
    page_section(page, "coverage", "What this evidence could show");
    markup(page->out, "<p>Nothing found means nothing where nothing could have been seen.</p>\n");
    page_draw_coverage(page, coverage);
    add_stages(page, json_get(coverage, "stages"));
    add_sources(page, json_get(coverage, "sources"));
    add_rules(page, json_get(coverage, "rules"));
    page_section_end(page);
}

/* ---- damage and refusals ---- */

static void add_damage(struct page *page, const struct json *list)
{
    size_t shown = 0;
    PAGE_TABLE(page, S("Damage: skipped, and reading went on behind it"), "File", "Offset", "What",
               "Lost");
    VIEW_EACH (list, item) {
        if (shown == PAGE_ROWS_MAX)
            break;
        shown++;
        MARKUP(page->out, "<tr><th scope=\"row\"><code>$</code></th><td class=\"n\">$</td>",
               view_str(item, "source"), view_text(item, "offset"));
        page_cell(page, view_text(item, "what"));
        page_cell(page, view_text(item, "lost"));
        markup(page->out, "</tr>\n");
    }
    page_table_end(page, view_count(list), shown);
}

static void add_refused(struct page *page, const struct json *list)
{
    size_t shown = 0;
    PAGE_TABLE(page, S("Refused: not read at all"), "File", "Limit", "Why");
    VIEW_EACH (list, item) {
        if (shown == PAGE_ROWS_MAX)
            break;
        shown++;
        MARKUP(page->out, "<tr><th scope=\"row\"><code>$</code></th>", view_str(item, "source"));
        page_cell(page, view_text(item, "limit"));
        page_cell(page, view_text(item, "why"));
        markup(page->out, "</tr>\n");
    }
    page_table_end(page, view_count(list), shown);
}

void page_damage(struct page *page)
{
    const struct json *const damage = json_get(page->view->doc, "damage");
    const struct json *const refused = json_get(page->view->doc, "refused");
    page_section(page, "damage", "What could not be read");
    if (view_count(damage) + view_count(refused) == 0)
        page_nothing(page, "Everything given was read, and nothing in it was damaged.");
    if (view_count(damage))
        add_damage(page, damage);
    if (view_count(refused))
        add_refused(page, refused);
    page_section_end(page);
}
