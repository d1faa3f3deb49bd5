/* html_scope.c: what was reached, by which exploits, on which hosts. */
#include "report/page.h"

/* ---- what was reached ---- */

/* Columns in which some entry of a list has something: the others are left out. */
struct columns {
    bool host, what, certainty, by, time;
};

static str thing_name(const struct json *thing)
{
    static const char *const names[] = {"address", "name", "account", "path"};
    str name = view_scalar(thing);
    for (size_t i = 0; i < COUNT(names) && name.n == 0; i++)
        name = view_str(thing, names[i]);
    return name;
}

static str thing_what(const struct json *thing)
{
    return view_str(thing, "access").n ? words_access(view_str(thing, "access"))
                                       : view_str(thing, "what");
}

static str certainty_text(const struct json *thing)
{
    const str certainty = view_str(thing, "certainty");
    return str_eq(certainty, S("seen")) ? S("certain") : certainty;
}

/* An entry without a name has what it is in its place. */
static bool is_only_what(const struct json *thing)
{
    return thing_name(thing).n == 0 && thing_what(thing).n > 0;
}

static void add_name(struct page *page, const struct json *thing, bool is_prose)
{
    const str name = is_only_what(thing) ? thing_what(thing) : thing_name(thing);
    MARKUP(page->out, is_prose ? "<tr><th scope=\"row\">@" : "<tr><th scope=\"row\"><code>@</code>",
           name);
    if (view_has_hosts(page->view) && view_str(thing, "host").n &&
        !str_eq(view_str(thing, "host"), name))
        MARKUP(page->out, "<br><small>on $</small>", view_str(thing, "host"));
    if (view_str(thing, "sha256").n)
        MARKUP(page->out, "<br><small>SHA-256 <code>$</code></small>", view_str(thing, "sha256"));
    markup(page->out, "</th>");
}

static void add_thing(struct page *page, const struct json *thing, struct columns columns,
                      bool is_prose)
{
    add_name(page, thing, is_prose || is_only_what(thing));
    if (columns.what)
        page_cell(page, is_only_what(thing) ? S("") : thing_what(thing));
    if (columns.certainty)
        page_cell(page, certainty_text(thing));
    if (columns.by)
        page_cell(page, view_str(thing, "by"));
    if (columns.time)
        page_span(page, thing);
    markup(page->out, "<td>");
    page_refs(page, json_get(thing, "findings"));
    markup(page->out, "</td></tr>\n");
}

static struct columns find_columns(const struct json *list)
{
    struct columns columns = {0};
    VIEW_EACH (list, thing) {
        columns.what |= thing_what(thing).n && !is_only_what(thing);
        columns.certainty |= view_str(thing, "certainty").n > 0;
        columns.by |= view_str(thing, "by").n > 0;
        columns.time |= view_text(thing, "first").n || view_text(thing, "last").n;
    }
    return columns;
}

static void add_things(struct page *page, const char *title, const struct json *list, bool is_prose)
{
    const struct columns columns = find_columns(list);
    const char *heads[6] = {"Name"};
    size_t n = 1, shown = 0;
    if (columns.what)
        heads[n++] = "What";
    if (columns.certainty)
        heads[n++] = "Certain or possible";
    if (columns.by)
        heads[n++] = "By";
    if (columns.time)
        heads[n++] = "First and last";
    heads[n++] = "Findings";
    buf_printf(page->out, "<h3>%s</h3>\n", title);
    page_table(page, str_from(title), heads, n);
    VIEW_EACH (list, thing)
        if (shown < PAGE_ROWS_MAX)
            add_thing(page, thing, columns, is_prose), shown++;
    page_table_end(page, view_count(list), shown);
}

void page_scope(struct page *page)
{
    static const struct {
        const char *key, *title;
        bool is_prose; /* described rather than named */
    } kinds[] = {
        {"mailboxes", "Mailboxes", false},
        {"accounts", "Accounts", false},
        {"credentials", "Credentials", true},
        {"files", "Files", false},
        {"hosts", "Hosts", false},
        {"data", "Data", true},
    };
    const struct json *const scope = json_get(page->view->doc, "scope");
    size_t kinds_shown = 0;
    page_section(page, "reached", "What was reached");
    for (size_t k = 0; k < COUNT(kinds); k++) {
        const struct json *const list = json_get(scope, kinds[k].key);
        if (view_count(list) == 0)
            continue;
        kinds_shown++;
        add_things(page, kinds[k].title, list, kinds[k].is_prose);
    }
    if (kinds_shown == 0)
        page_nothing(page, "No mailbox, account, credential, file, host or data was seen to be "
                           "reached. The section on "
                           "coverage says what this evidence could have shown.");
    page_section_end(page);
}

/* ---- exploits ---- */

static void add_exploit(struct page *page, const struct json *exploit, struct columns columns)
{
    MARKUP(page->out, "<tr><th scope=\"row\">$<br><small>$</small></th>", view_str(exploit, "name"),
           view_str(exploit, "cve"));
    if (columns.host)
        page_cell(page, view_str(exploit, "host"));
    page_cell(page, words_outcome(view_str(exploit, "outcome")));
    if (columns.by)
        page_cell(page, words_blocked(view_str(exploit, "blocked_by")));
    page_span(page, exploit);
    markup(page->out, "<td>");
    page_refs(page, json_get(exploit, "proof"));
    markup(page->out, "</td></tr>\n");
}

static void add_exploits(struct page *page, const struct json *exploits)
{
    const char *heads[6] = {"Exploit"};
    size_t n = 1, shown = 0;
    struct columns columns = {.host = view_has_hosts(page->view)};
    VIEW_EACH (exploits, exploit)
        columns.by |= view_str(exploit, "blocked_by").n > 0;
    if (columns.host)
        heads[n++] = "Host";
    heads[n++] = "Outcome";
    if (columns.by)
        heads[n++] = "Stopped by";
    heads[n++] = "First and last";
    heads[n++] = "Proof";
    page_table(page, S("Exploits"), heads, n);
    VIEW_EACH (exploits, exploit)
        if (shown < PAGE_ROWS_MAX)
            add_exploit(page, exploit, columns), shown++;
    page_table_end(page, view_count(exploits), shown);
}

/* ---- hosts ---- */

#define NO_BUILD "cannot be told: no log in the evidence names the build"

static void add_build_times(struct page *page, const struct json *build)
{
    MARKUP(page->out, "$ $<br><small>", view_str(build, "build"), view_str(build, "update"));
    page_time(page, build, "from");
    markup(page->out, " to ");
    page_time(page, build, "to");
}

static void add_builds(struct page *page, const struct json *builds, const struct json *setups)
{
    markup(page->out, "<td>");
    VIEW_EACH (builds, build) {
        markup(page->out, "<p>");
        add_build_times(page, build);
        MARKUP(page->out, ", named by the $ log</small></p>",
               words_kind(view_str(build, "source")));
    }
    if (view_count(builds) == 0)
        markup(page->out, NO_BUILD);
    VIEW_EACH (setups, build) {
        markup(page->out, "<p>Setup ran: ");
        add_build_times(page, build);
        markup(page->out, ", which does not say that it ended well</small></p>");
    }
    markup(page->out, "</td>");
}

static void add_exposure(struct page *page, const struct json *list, bool is_built)
{
    markup(page->out, "<td>");
    VIEW_EACH (list, item) {
        const bool is_met = str_eq(view_str(item, "condition"), S("met"));
        MARKUP(page->out, "<p>$ <small>$<br>", view_str(item, "cve"),
               is_met ? S("open to it")
                      : S("open to it if its condition is met, which is not known"));
        page_time(page, item, "from");
        markup(page->out, " to ");
        page_time(page, item, "to");
        markup(page->out, "</small></p>");
    }
    markup(page->out, view_count(list) ? "</td>"
                      : is_built       ? "none of those known to be exploited</td>"
                                       : NO_BUILD "</td>");
}

static void add_host(struct page *page, const struct json *host)
{
    MARKUP(page->out, "<tr><th scope=\"row\">$<br><small>$</small></th><td><b>$</b>",
           view_str(host, "name"), view_str(host, "product"),
           words_verdict(view_str(host, "verdict"))->text);
    VIEW_EACH (json_get(host, "also"), word)
        MARKUP(page->out, "<br><small>also: $</small>", words_also(view_scalar(word)));
    MARKUP(page->out, "</td><td>@</td>", view_str(host, "sentence"));
    add_builds(page, json_get(host, "builds"), json_get(host, "setups"));
    add_exposure(page, json_get(host, "exposed_to"), view_count(json_get(host, "builds")) > 0);
    markup(page->out, "</tr>\n");
}

void page_exploits(struct page *page)
{
    const struct json *const exploits = json_get(page->view->doc, "exploits");
    const struct json *const hosts = json_get(page->view->doc, "hosts");
    size_t shown = 0;
    page_section(page, "exploits", "Exploits and servers");
    if (view_count(exploits) == 0)
        page_nothing(page, "No exploit was seen.");
    else
        add_exploits(page, exploits);
    if (view_count(hosts)) {
        PAGE_TABLE(page, S("Servers"), "Server", "Verdict", "In a sentence", "Builds seen",
                   "Known-exploited flaws it was open to");
        VIEW_EACH (hosts, host)
            if (shown < PAGE_ROWS_MAX)
                add_host(page, host), shown++;
        page_table_end(page, view_count(hosts), shown);
    }
    page_section_end(page);
}
