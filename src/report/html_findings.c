/* html_findings.c: every finding with what proves it: file, offset, length, record, rule, the tests
 * that matched and the raw record. First what the verdict rests on, then the leads, which nothing
 * above rests on. */
#include "report/page.h"

#include "report/escape.h"
#include "report/place.h"

static void add_pair(struct page *page, const char *term, str text)
{
    if (text.n)
        MARKUP(page->out, "<div><dt>$</dt><dd><code>@</code></dd></div>\n", str_from(term), text);
}

/* Members of an object as pairs; what is no scalar is left to the raw record. */
static void add_event(struct page *page, const struct json *event)
{
    size_t n = 0;
    if (!event || event->type != JSON_OBJECT)
        return;
    JSON_EACH (event, member) {
        const str text = view_scalar(member);
        if (text.n && n++ < 40)
            MARKUP(page->out, "<div><dt>$</dt><dd><code>@</code></dd></div>\n", member->key, text);
    }
}

static void add_rule(struct page *page, const struct json *rule)
{
    add_pair(page, "Rule", view_str(rule, "id"));
    add_pair(page, "Level", view_str(rule, "level"));
    add_pair(page, "Status", view_str(rule, "status"));
    add_pair(page, "Rule file", view_str(rule, "file"));
    if (view_count(json_get(rule, "tags")) == 0)
        return;
    markup(page->out, "<div><dt>Tags</dt><dd>");
    VIEW_EACH (json_get(rule, "tags"), tag)
        MARKUP(page->out, "<code>$</code> ", view_scalar(tag));
    markup(page->out, "</dd></div>\n");
}

/* File and offset lead to the bytes; of a file in an archive they count in the file taken out of
 * it. */
static void add_source(struct page *page, const struct json *finding)
{
    const struct json *const source = json_get(finding, "source"), *const file = place_source(
                                                                       page->view, finding);
    const bool is_packed = place_is_packed(finding);
    add_pair(page, "File", view_str(source, "path"));
    add_pair(page, is_packed ? "SHA-256 of the unpacked file" : "SHA-256 of the file",
             view_str(file, "sha256"));
    add_pair(page, "Log", place_log(page->view, finding));
    add_pair(page, place_is_line(page->view, finding) ? "Line" : "Record",
             view_text(source, "record"));
    if (place_is_carved(finding))
        add_pair(page, "Carved", S("the log that this record was of does not hold it any more"));
    add_pair(page, is_packed ? "Byte offset in the unpacked file" : "Byte offset in the file",
             view_text(source, "offset"));
    add_pair(page, "Length in bytes", view_text(source, "length"));
}

static void add_matched(struct page *page, const struct json *matched)
{
    size_t shown = 0;
    if (view_count(matched) == 0)
        return;
    PAGE_TABLE(page, S("What matched"), "Field", "Value", "Test");
    VIEW_EACH (matched, match) {
        if (match->type != JSON_OBJECT || shown == PAGE_ROWS_MAX)
            continue;
        shown++;
        MARKUP(page->out,
               "<tr><th scope=\"row\">$</th><td><code>@</code></td><td><code>@</code></td></tr>\n",
               view_str(match, "field"), view_text(match, "value"), view_str(match, "test"));
    }
    page_table_end(page, shown, shown);
}

static void add_raw(struct page *page, const struct json *finding)
{
    const str raw = view_text(finding, "raw");
    if (raw.n == 0)
        return;
    markup(page->out, "<h3>Raw record</h3>\n<pre class=\"raw\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"Raw record\">");
    escape_cut(page->out, raw, PAGE_RAW_MAX, ESCAPE_BLOCK);
    markup(page->out, "</pre>\n");
}

/* What happened, and beneath it the rule that says so. */
static void add_heading(struct page *page, const struct json *finding)
{
    const struct json *const rule = json_get(finding, "rule");
    const str text = place_text(finding), title = view_str(rule, "title"),
              id = view_text(finding, "id"), stage = view_str(finding, "stage");
    MARKUP(page->out, "<summary><span class=\"id\">$</span> <span class=\"time\">",
           id.n ? id : S("no id"));
    page_clock(page, finding, "time");
    MARKUP(page->out, "</span> <b>@</b> <span class=\"tail\">",
           text.n ? text : S("Finding without a title"));
    if (title.n && !str_eq(title, text))
        MARKUP(page->out, "Rule: @; ", title);
    MARKUP(page->out, "$", view_str(rule, "level"));
    if (stage.n)
        MARKUP(page->out, ", $, $", stage, words_outcome(view_str(finding, "outcome")));
    VIEW_EACH (json_get(finding, "cve"), cve)
        MARKUP(page->out, ", $", view_scalar(cve));
    if (view_str(finding, "context").n)
        MARKUP(page->out, "; <strong>@</strong>", place_context(page->view, finding));
    MARKUP(page->out, "; $, @</span></summary>\n", place_log(page->view, finding),
           place_record(page->view, finding));
}

static void add_finding(struct page *page, size_t at)
{
    const struct json *const finding = page->view->findings[at];
    buf_printf(page->out, "<details class=\"finding\" id=\"finding-%zu\">\n", at + 1);
    add_heading(page, finding);
    markup(page->out, "<div class=\"body\"><dl class=\"pairs\">\n");
    const str recorded = view_clock(page->view, finding, "time_recorded");
    if (!str_eq(recorded, view_clock(page->view, finding, "time")))
        add_pair(page, "Time as recorded", recorded);
    add_pair(page, "Host", view_str(finding, "host"));
    add_source(page, finding);
    add_event(page, json_get(finding, "event"));
    add_rule(page, json_get(finding, "rule"));
    markup(page->out, "</dl>\n");
    add_matched(page, json_get(finding, "matched"));
    add_raw(page, finding);
    markup(page->out, "</div></details>\n");
}

/* The findings that are cited, or those that are not, as far as the page has room. */
static void add_findings(struct page *page, bool is_cited, const char *none)
{
    size_t n = 0, shown = 0;
    for (size_t i = 0; i < page->view->n_findings; i++) {
        if (page->view->is_cited[i] != is_cited)
            continue;
        n++;
        if (!page->is_shown[i])
            continue;
        shown++;
        add_finding(page, i);
    }
    if (n == 0)
        page_nothing(page, none);
    else if (n > shown)
        buf_printf(
            page->out,
            "<p class=\"more\">%zu of %zu are shown here; all of them are in findings.jsonl.</p>\n",
            shown, n);
}

void page_findings(struct page *page)
{
    page_section(page, "findings", "Findings: what the verdict rests on");
    markup(page->out, "<p>Each opens to its record. Characters that cannot be seen are written "
                      "out: <code>\\x1b</code> is an "
                      "escape code, <code>\\u{202e}</code> turns the direction of text. A test "
                      "<code>Field|contains|all: value</code> says that the field held the value "
                      "anywhere in it (<code>contains</code>; <code>startswith</code>, "
                      "<code>endswith</code>: at that end; <code>re</code>: a pattern), and all "
                      "values of its list (<code>all</code>; else one of them). The status "
                      "<code>experimental</code> of a rule means that it is not yet field-tested; "
                      "the verdict rests on the raw records.</p>\n");
    add_findings(page, true, "There are none.");
    page_section_end(page);
    page_section(page, "leads", "Leads: review these");
    markup(page->out, "<p>Rules that matched and on which no statement above rests. Many have an "
                      "innocent cause.</p>\n");
    add_findings(page, false, "There are none.");
    page_section_end(page);
}
