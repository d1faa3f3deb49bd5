/* markdown.c: the report for a ticket or a wiki: the summary, what to do, the steps, what was
 * reached, coverage, and each finding with its raw record. Evidence has no markup of its own here:
 * it is escaped, or fenced by more backticks than it holds. */
#include "report/escape.h"
#include "report/place.h"
#include "report/report.h"
#include "report/summary.h"

#define TEXT_MAX     600   /* characters of one text */
#define RAW_MAX      16384 /* characters of one raw record */
#define FINDINGS_MAX 1000
#define ROWS_MAX     500

/* A '$' in the template stands for one escaped text; see markup.h, whose manner this is. */
#define MD(out, template, ...)                                                                     \
    fill((out), (template), (const str[]){__VA_ARGS__}, COUNT(((const str[]){__VA_ARGS__})))

static void fill(struct buf *out, const char *template, const str *args, size_t n)
{
    size_t used = 0;
    for (const char *c = template; *c; c++) {
        if (*c != '$') {
            buf_char(out, *c);
            continue;
        }
        assert(used < n);
        escape_cut(out, args[used++], TEXT_MAX, ESCAPE_MARKDOWN);
    }
    assert(used == n);
    (void)n;
}

/* "F0001–F0009, F0012". */
static void add_ids(const struct view *view, const char *lead, struct view_ids ids, struct buf *out)
{
    if (ids.n == 0)
        return;
    buf_add(out, str_from(lead));
    MD(out, "$", view_ranges(view, ids, 60));
}

static void add_list(const struct view *view, struct buf *out, const char *title,
                     const struct lines *lines)
{
    if (lines->n == 0)
        return;
    buf_printf(out, "**%s**\n\n", title);
    for (size_t i = 0; i < MIN(lines->n, (size_t)ROWS_MAX); i++) {
        const struct line *const line = &lines->p[i];
        MD(out, line->sure.n ? "- *$:* $" : "- $$", line->sure, line->text);
        MD(out, line->more.n ? " $" : "$", line->more);
        add_ids(view, " ", line->ids, out);
        buf_char(out, '\n');
    }
    buf_char(out, '\n');
}

static void add_summary(const struct view *view, const struct summary *s, struct buf *out)
{
    MD(out, "# $: $\n\n$\n\n", s->verdict->text, s->hosts, s->sentence);
    add_list(view, out, "Also", &s->also);
    add_list(view, out, "Since when", &s->since);
    add_list(view, out, "How", &s->how);
    add_list(view, out, "How we know", &s->why);
    add_list(view, out, "What was reached", &s->reached);
    add_list(view, out, "What could not be seen", &s->unknown);
}

static void add_target(const struct view *view, const struct json *item, struct buf *out)
{
    const str target = view_str(item, "target");
    if (target.n == 0)
        return;
    MD(out, " $: $", str_from(guidance_target(view, target)), target);
    add_ids(view, ", because of ", view_ids(view, json_get(item, "findings")), out);
    buf_char(out, '.');
}

static void add_guidance(const struct view *view, const struct actions *actions, struct buf *out)
{
    buf_add(out, S("## What to do now\n\n"));
    buf_add(out, actions->n
                     ? S("In this order: what is not saved before you change things is lost.\n\n")
                     : S("The assessment gives no guidance.\n"));
    for (size_t i = 0; i < MIN(actions->n, (size_t)ROWS_MAX); i++) {
        const struct action *const action = &actions->p[i];
        const struct json *const item = action->items[0];
        MD(out, "- **$, $:** $.", action->number, view_str(item, "phase"),
           view_str(item, "action"));
        for (size_t k = 0; k < MIN(action->n, (size_t)ROWS_MAX); k++)
            add_target(view, action->items[k], out);
        if (view_str(item, "why").n)
            MD(out, " Why: $", words_sentence(view->arena, view_str(item, "why")));
        if (view_str(item, "source").n)
            MD(out, " Source: $.", view_str(item, "source"));
        buf_char(out, '\n');
    }
    buf_char(out, '\n');
}

static void add_step(const struct view *view, const struct json *step, size_t number,
                     struct buf *out)
{
    const str id = view_text(step, "finding");
    const struct json *const finding = view_finding(view, id);
    buf_printf(out, "| %zu ", number);
    MD(out, "| $ | $ | $ | $ | $", view_day(view, step, "time"), view_str(step, "stage"),
       place_step_text(view, step), words_outcome(view_str(finding, "outcome")), id);
    add_ids(view, ", also ", place_step_ids(view, step), out);
    buf_add(out, S(" |\n"));
}

static void add_chains(const struct view *view, struct buf *out)
{
    size_t chains = 0;
    buf_add(out, S("## What happened, in order\n\n"));
    VIEW_EACH (json_get(view->doc, "chains"), chain) {
        if (chain->type != JSON_OBJECT || chains++ >= ROWS_MAX)
            continue;
        MD(out,
           "### $\n\n| Step | Time | Stage | What was seen | Outcome | Finding "
           "|\n|---|---|---|---|---|---|\n",
           view_str(chain, "title").n ? view_str(chain, "title") : S("Chain without a title"));
        size_t n = 0;
        VIEW_EACH (json_get(chain, "steps"), step)
            if (n < ROWS_MAX)
                add_step(view, step, ++n, out);
        buf_char(out, '\n');
    }
    if (chains == 0)
        buf_add(out, S("No chain of an attack was found in this evidence.\n\n"));
}

static void add_coverage(const struct view *view, struct buf *out)
{
    const struct json *const coverage = json_get(view->doc, "coverage");
    size_t n = 0;
    buf_add(out, S("## What this evidence could show\n\n| Stage | Could be seen | From | To | Why "
                   "|\n|---|---|---|---|---|\n"));
    VIEW_EACH (json_get(coverage, "stages"), stage)
        if (n++ < ROWS_MAX)
            MD(out, "| $ | $ | $ | $ | $ |\n", view_str(stage, "stage"),
               view_str(stage, "could_be_seen"), view_day(view, stage, "from"),
               view_day(view, stage, "to"), words_why(view->arena, view_str(stage, "why")));
    buf_add(out, S("\n| Source | Host | Events | First | Last | Gaps | Cleared | "
                   "Damaged |\n|---|---|---|---|---|---|---|---|\n"));
    n = 0;
    VIEW_EACH (json_get(coverage, "sources"), source) {
        if (n++ >= ROWS_MAX)
            break;
        MD(out, "| $$ | $ | $ | $ | $ ", words_kind(view_str(source, "kind")),
           view_unverified(source), view_str(source, "host"), view_grouped(view, source, "events"),
           view_day(view, source, "first"), view_day(view, source, "last"));
        buf_printf(out, "| %zu | %zu ", view_count(json_get(source, "gaps")),
                   view_count(json_get(source, "cleared")));
        MD(out, "| $ |\n", view_grouped(view, source, "damage"));
    }
    buf_char(out, '\n');
}

static void add_unread(const struct view *view, struct buf *out)
{
    const struct json *const damage = json_get(view->doc, "damage");
    const struct json *const refused = json_get(view->doc, "refused");
    const struct json *const unread = json_get(view->doc, "unread");
    size_t n = 0;
    buf_add(out, S("## What could not be read\n\n"));
    if (view_count(damage) + view_count(refused) + view_count(unread) == 0)
        buf_add(out, S("Everything given was read, and nothing in it was damaged.\n"));
    VIEW_EACH (damage, item)
        if (n++ < ROWS_MAX)
            MD(out, "- $, offset $: $; lost: $\n", view_str(item, "source"),
               view_text(item, "offset"), view_text(item, "what"), view_text(item, "lost"));
    VIEW_EACH (refused, item)
        if (n++ < ROWS_MAX)
            MD(out, "- refused: $ ($): $\n", view_str(item, "source"), view_text(item, "limit"),
               view_text(item, "why"));
    VIEW_EACH (unread, item)
        if (n++ < ROWS_MAX)
            MD(out, "- not read: $ ($ bytes): $\n", view_str(item, "source"),
               view_text(item, "size"), view_text(item, "why"));
    buf_char(out, '\n');
}

/* A fence longer than any run of backticks in the text. */
static void add_fenced(struct buf *out, str text)
{
    size_t longest = 2, run = 0;
    for (size_t i = 0; i < text.n; i++) {
        run = text.p[i] == '`' ? run + 1 : 0;
        longest = MAX(longest, run);
    }
    for (size_t i = 0; i <= longest; i++)
        buf_char(out, '`');
    buf_char(out, '\n');
    escape_cut(out, text, RAW_MAX, ESCAPE_FENCE);
    buf_char(out, '\n');
    for (size_t i = 0; i <= longest; i++)
        buf_char(out, '`');
    buf_add(out, S("\n\n"));
}

static void add_finding(const struct view *view, const struct json *finding, struct buf *out)
{
    const struct json *const rule = json_get(finding, "rule"), *const source =
                                                                   json_get(finding, "source");
    MD(out, "### $: $\n\n$ UTC", view_text(finding, "id"), place_text(finding),
       view_clock(view, finding, "time"));
    const str recorded = view_clock(view, finding, "time_recorded");
    if (recorded.n && !str_eq(recorded, view_clock(view, finding, "time")))
        MD(out, " (recorded as $)", recorded);
    MD(out, ", host $, level $, rule $ ($). $, $: $, offset $, length $.\n\n",
       view_str(finding, "host"), view_str(rule, "level"), view_str(rule, "title"),
       view_str(rule, "id"), place_log(view, finding), place_record(view, finding),
       view_str(source, "path"), view_text(source, "offset"), view_text(source, "length"));
    VIEW_EACH (json_get(finding, "matched"), match)
        if (match->type == JSON_OBJECT)
            MD(out, "- $ = $ (test: $)\n", view_str(match, "field"), view_text(match, "value"),
               view_str(match, "test"));
    buf_char(out, '\n');
    if (view_text(finding, "raw").n)
        add_fenced(out, view_text(finding, "raw"));
}

static void add_findings(const struct view *view, bool is_cited, const char *title, struct buf *out)
{
    size_t n = 0, shown = 0;
    buf_printf(out, "## %s\n\n", title);
    for (size_t i = 0; i < view->n_findings; i++) {
        if (view->is_cited[i] != is_cited)
            continue;
        if (n++ < FINDINGS_MAX)
            add_finding(view, view->findings[i], out), shown++;
    }
    if (n == 0)
        buf_add(out, S("There are none.\n\n"));
    else if (n > shown)
        buf_printf(out, "%zu of %zu are shown here; all of them are in findings.jsonl.\n\n", shown,
                   n);
}

enum status markdown_report(const struct view *view, struct buf *out)
{
    struct summary summary;
    summary_make(view, &summary);
    add_summary(view, &summary, out);
    add_guidance(view, &summary.actions, out);
    add_chains(view, out);
    add_coverage(view, out);
    add_unread(view, out);
    add_findings(view, true, "Findings: what the verdict rests on", out);
    add_findings(view, false, "Leads: review these", out);
    const struct json *const manifest = json_get(view->doc, "manifest");
    MD(out, "Made by leadline $, rules SHA-256 $.\n", view_text(manifest, "version"),
       view_str(manifest, "rules_sha256"));
    return out->full ? ERR_LIMIT : OK;
}
