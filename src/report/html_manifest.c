/* html_manifest.c: what was run on what, so that anyone can run it again. */
#include "base/jsonw.h"
#include "report/page.h"
#include "report/report.h"

static void add_inputs(struct page *page, const struct json *inputs)
{
    size_t shown = 0;
    if (view_count(inputs) == 0) {
        page_nothing(page, "The document names no inputs.");
        return;
    }
    PAGE_TABLE(page, S("Inputs"), "Path", "Bytes", "SHA-256");
    VIEW_EACH (inputs, input) {
        if (shown == PAGE_ROWS_MAX)
            break;
        shown++;
        MARKUP(page->out,
               "<tr><th scope=\"row\"><code>@</code></th><td class=\"n\">$</td><td><code "
               "class=\"hash\">$</code></td></tr>\n",
               view_str(input, "path"), view_grouped(page->view, input, "size"),
               view_str(input, "sha256"));
    }
    page_table_end(page, view_count(inputs), shown);
}

void page_manifest(struct page *page)
{
    const struct json *const manifest = json_get(page->view->doc, "manifest");
    struct buf options;
    buf_init(&options, 65536);
    page_section(page, "manifest", "How this was made");
    MARKUP(page->out, "<dl class=\"pairs\">\n<div><dt>Program</dt><dd>leadline $</dd></div>\n",
           view_text(manifest, "version"));
    MARKUP(page->out, "<div><dt>Rules, SHA-256</dt><dd><code class=\"hash\">$</code></dd></div>\n",
           view_str(manifest, "rules_sha256"));
    markup(page->out, "<div><dt>Started</dt><dd>");
    page_time(page, manifest, "started");
    MARKUP(page->out, "</dd></div>\n<div><dt>Took</dt><dd>$ s</dd></div>\n",
           view_text(manifest, "seconds"));
    const struct json *const given = json_get(manifest, "options");
    if (given && (given->first || view_scalar(given).n)) {
        report_json_value(&options, given, JSONW_COMPACT);
        MARKUP(page->out, "<div><dt>Options</dt><dd><code>@</code></dd></div>\n",
               buf_str(&options));
    } else
        markup(page->out, "<div><dt>Options</dt><dd>none</dd></div>\n");
    const struct json *const context = json_get(manifest, "context");
    if (context)
        MARKUP(page->out,
               "<div><dt>Declared by the owner</dt><dd><code>@</code>, SHA-256 <code "
               "class=\"hash\">$</code></dd></div>\n",
               view_str(context, "path"), view_str(context, "sha256"));
    markup(page->out, "</dl>\n");
    buf_release(&options);
    add_inputs(page, json_get(manifest, "inputs"));
    page_section_end(page);
}
