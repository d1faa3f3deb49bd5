/* html_coverage.c: what this evidence could have shown, and what was damaged or refused. Half of
 * the answer. */
#include "report/page.h"

#include <stdlib.h>

#include "base/timex.h"
#include "report/axis.h"

#define HOLES_MAX  12
#define CLOCKS_MAX 8

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
    MARKUP(page->out, "</td><td>@</td></tr>\n", words_why(page->arena, view_str(stage, "why")));
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
               "Could be seen", "From and to", "Why");
    VIEW_EACH (stages, stage)
        if (shown < PAGE_ROWS_MAX)
            add_stage(page, stage), shown++;
    page_table_end(page, view_count(stages), shown);
}

/* ---- sources ---- */

/* Seconds added to the recorded time, 0 when none or when the number is odd. */
static i64 skew_of(const struct json *source)
{
    i64 seconds;
    if (!json_i64(json_get(source, "clock_skew_s"), &seconds) ||
        seconds > INT64_MAX / TIME_SECOND || seconds < -(INT64_MAX / TIME_SECOND))
        return 0;
    return seconds;
}

static str skew_length(struct page *page, const struct json *source)
{
    return view_length(page->view, llabs(skew_of(source)) * TIME_SECOND);
}

static str skew_text(struct page *page, const struct json *source)
{
    if (skew_of(source) == 0)
        return S("");
    return arena_printf(page->arena, "%s%.*s", skew_of(source) < 0 ? "−" : "+",
                        STR_ARG(skew_length(page, source)));
}

static void add_cleared_time(struct page *page, const struct json *when)
{
    i64 ns;
    const str text = view_scalar(when);
    MARKUP(page->out, "<p><b>cleared</b> $</p>",
           time_parse(text, &ns) ? view_day_ns(page->view, ns) : text);
}

static void add_holes(struct page *page, const struct json *source)
{
    size_t n = 0;
    markup(page->out, "<td class=\"time\">");
    VIEW_EACH (json_get(source, "gaps"), gap) {
        if (n++ == HOLES_MAX)
            break;
        markup(page->out, "<p>gap ");
        page_time(page, gap, "from");
        markup(page->out, " to<br>");
        page_time(page, gap, "to");
        markup(page->out, "</p>");
    }
    VIEW_EACH (json_get(source, "cleared"), when)
        if (n++ < HOLES_MAX)
            add_cleared_time(page, when);
    const size_t all =
        view_count(json_get(source, "gaps")) + view_count(json_get(source, "cleared"));
    if (all > HOLES_MAX)
        buf_printf(page->out, "<p class=\"quiet\">%zu in all</p>", all);
    markup(page->out, all ? "</td>" : "<span class=\"quiet\">none</span></td>");
}

/* Columns in which some source has something. */
struct columns {
    bool holes, damage, clock;
};

static struct columns find_columns(const struct json *sources)
{
    struct columns columns = {0};
    VIEW_EACH (sources, source) {
        const str damage = view_text(source, "damage");
        columns.holes |=
            view_count(json_get(source, "gaps")) || view_count(json_get(source, "cleared"));
        columns.damage |= damage.n && !str_eq(damage, S("0"));
        columns.clock |= skew_of(source) != 0;
    }
    return columns;
}

static void add_source(struct page *page, const struct json *source, struct columns columns)
{
    MARKUP(page->out, "<tr><th scope=\"row\">@$<br><small>$</small></th>",
           words_kind(view_str(source, "kind")), view_unverified(source), view_str(source, "host"));
    MARKUP(page->out, "<td class=\"n\">$</td><td class=\"n\">$</td>",
           view_grouped(page->view, source, "files"), view_grouped(page->view, source, "events"));
    page_span(page, source);
    if (columns.holes)
        add_holes(page, source);
    if (columns.damage)
        MARKUP(page->out, "<td class=\"n\">$</td>", view_grouped(page->view, source, "damage"));
    if (columns.clock)
        page_cell(page, skew_text(page, source));
    markup(page->out, "</tr>\n");
}

/* ---- clocks ---- */

/* "Recorded 14 March 2021, 01:40:10, for example", from the first finding of that source. */
static void add_clock_example(struct page *page, const struct json *source)
{
    for (size_t i = 0; i < page->view->n_findings; i++) {
        const struct json *const finding = page->view->findings[i];
        i64 recorded;
        if (!str_eq(view_str(json_get(finding, "source"), "kind"), view_str(source, "kind")) ||
            !view_time(finding, "time_recorded", &recorded))
            continue;
        const str clock = view_clock_ns(page->view, recorded);
        MARKUP(page->out, "$ was recorded as $, marked UTC. ", view_text(finding, "id"),
               str_sub(clock, 11, 19));
        return;
    }
}

static void add_clock(struct page *page, const struct json *source)
{
    const struct json *const clock = json_get(source, "clock");
    const bool is_behind = skew_of(source) > 0;
    MARKUP(page->out, "<p><b>The clock of $.</b> ", view_str(source, "host"));
    add_clock_example(page, source);
    MARKUP(page->out, "The records of this computer are $ $", skew_length(page, source),
           is_behind ? S("behind") : S("ahead of"));
    markup(page->out, clock ? " Sysmon's own UTC time, which the records hold beside it, so that "
                              "much was "
                            : " UTC, so that much was ");
    markup(page->out, is_behind ? "added. " : "taken away. ");
    if (clock)
        MARKUP(page->out,
               "$ samples show it; $ of $ process starts that two logs saw agree with it.",
               view_grouped(page->view, clock, "samples"), view_text(clock, "pairs_met"),
               view_text(clock, "pairs"));
    markup(page->out, "</p>\n");
}

static bool is_same_clock(const struct json *a, const struct json *b)
{
    return skew_of(a) == skew_of(b) && str_eq(view_str(a, "host"), view_str(b, "host")) &&
           str_eq(view_text(json_get(a, "clock"), "samples"),
                  view_text(json_get(b, "clock"), "samples"));
}

/* Each clock that was set right, once. */
static void add_clocks(struct page *page, const struct json *sources)
{
    size_t n = 0;
    VIEW_EACH (sources, source) {
        bool is_known = skew_of(source) == 0 || n == CLOCKS_MAX;
        for (const struct json *before = view_first(sources); before != source && !is_known;
             before = before->next)
            is_known = is_same_clock(before, source);
        if (!is_known)
            add_clock(page, source), n++;
    }
}

static void add_sources(struct page *page, const struct json *sources)
{
    const struct columns columns = find_columns(sources);
    const char *heads[7] = {"Source", "Files", "Events", "First and last"};
    size_t n = 4, shown = 0;
    markup(page->out, "<h3>What each source covers</h3>\n");
    if (view_count(sources) == 0) {
        page_nothing(page, "The document names no sources.");
        return;
    }
    if (columns.holes)
        heads[n++] = "Gaps and clearings";
    if (columns.damage)
        heads[n++] = "Damaged";
    if (columns.clock)
        heads[n++] = "Clock: added to get UTC";
    page_table(page, S("Sources of evidence"), heads, n);
    VIEW_EACH (sources, source)
        if (shown < PAGE_ROWS_MAX)
            add_source(page, source, columns), shown++;
    page_table_end(page, view_count(sources), shown);
    add_clocks(page, sources);
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
        const str title = view_str(item, "title"), id = view_str(item, "rule");
        MARKUP(page->out, "<tr><th scope=\"row\">@", title.n ? title : id);
        if (title.n && id.n)
            MARKUP(page->out, "<br><small><code>$</code></small>", id);
        if (view_str(item, "file").n)
            MARKUP(page->out, "<br><small>$</small>", view_str(item, "file"));
        MARKUP(page->out, "</th><td>@</td></tr>\n", words_why(page->arena, view_str(item, "why")));
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
        MARKUP(page->out, "<tr><th scope=\"row\"><code>@</code></th><td class=\"n\">$</td>",
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
        MARKUP(page->out, "<tr><th scope=\"row\"><code>@</code></th>", view_str(item, "source"));
        page_cell(page, view_text(item, "limit"));
        page_cell(page, view_text(item, "why"));
        markup(page->out, "</tr>\n");
    }
    page_table_end(page, view_count(list), shown);
}

static void add_unread(struct page *page, const struct json *list)
{
    size_t shown = 0;
    PAGE_TABLE(page, S("Not read: nothing below was looked at by any rule"), "File", "Bytes",
               "Why");
    VIEW_EACH (list, item) {
        if (shown == PAGE_ROWS_MAX)
            break;
        shown++;
        MARKUP(page->out, "<tr><th scope=\"row\"><code>@</code></th><td class=\"n\">$</td>",
               view_str(item, "source"), view_grouped(page->view, item, "size"));
        page_cell(page, view_text(item, "why"));
        markup(page->out, "</tr>\n");
    }
    page_table_end(page, view_count(list), shown);
}

void page_damage(struct page *page)
{
    const struct json *const damage = json_get(page->view->doc, "damage");
    const struct json *const refused = json_get(page->view->doc, "refused");
    const struct json *const unread = json_get(page->view->doc, "unread");
    page_section(page, "damage", "What could not be read");
    if (view_count(damage) + view_count(refused) + view_count(unread) == 0)
        page_nothing(page, "Everything given was read, and nothing in it was damaged.");
    if (view_count(damage))
        add_damage(page, damage);
    if (view_count(refused))
        add_refused(page, refused);
    if (view_count(unread))
        add_unread(page, unread);
    page_section_end(page);
}
