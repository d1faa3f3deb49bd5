/* markdown.c: the report for a ticket or a wiki: the summary, what to do, the steps, what was
 * reached, coverage, and each finding with its raw record. Evidence has no markup of its own here:
 * it is escaped, or fenced by more backticks than it holds. */
#include "report/escape.h"
#include "report/md.h"
#include "report/notify.h"
#include "report/place.h"
#include "report/report.h"

#define RAW_MAX      16384 /* characters of one raw record */
#define FINDINGS_MAX 1000
#define ROWS_MAX     MD_ROWS_MAX
#define THREADS_MAX  50

static void add_list(const struct view *view, struct buf *out, const char *title,
                     const struct lines *lines)
{
    if (lines->n == 0)
        return;
    buf_printf(out, "**%s**\n\n", title);
    for (size_t i = 0; i < MIN(lines->n, (size_t)ROWS_MAX); i++)
        md_line(view, "- ", &lines->p[i], out);
    buf_char(out, '\n');
}

static void add_summary(const struct view *view, const struct summary *s, struct buf *out)
{
    MD(out, "# $: $\n\n$\n\n", s->verdict->text, s->hosts, s->sentence);
    add_list(view, out, "Also", &s->also);
    add_list(view, out, "What changed", &s->changed);
    add_list(view, out, "Since when", &s->since);
    add_list(view, out, "How", &s->how);
    add_list(view, out, "How we know", &s->why);
    add_list(view, out, "What was reached", &s->reached);
    add_list(view, out, "What could not be seen", &s->unknown);
}

static void add_target(const struct view *view, const struct json *item, struct buf *out)
{
    if (view_str(item, "target").n == 0)
        return;
    buf_char(out, ' ');
    md_target(view, item, out);
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

static void add_notices(const struct view *view, struct buf *out)
{
    struct notices all;
    notify_make(view, &all);
    buf_printf(out, "## Whom to tell\n\n%s\n\n", all.n ? NOTIFY_PREFACE : NOTIFY_NOBODY);
    for (size_t i = 0; i < all.n; i++) {
        const struct notice *const notice = &all.p[i];
        buf_printf(out, "### %s\n\n", notice->who);
        add_list(view, out, "Seen", &notice->seen);
        add_list(view, out, "Could have been", &notice->possible);
        buf_printf(out, "%s%s%s\n\n", notice->ask, notice->hint ? " " : "",
                   notice->hint ? notice->hint : "");
    }
}

static void add_step(const struct view *view, const struct json *step, size_t number,
                     struct buf *out)
{
    const str id = view_text(step, "finding");
    const struct json *const finding = view_finding(view, id);
    buf_printf(out, "| %zu ", number);
    MD(out, "| $ | $ | $ | $ | $", view_day(view, step, "time"), view_str(step, "stage"),
       place_step_text(view, step), words_outcome(view_str(finding, "outcome")), id);
    md_ids(view, ", also ", place_step_ids(view, step), out);
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

/* A list of texts, or of objects that have one and say how sure it is. */
static void add_sentences(struct buf *out, const char *term, const struct json *list)
{
    size_t n = 0;
    VIEW_EACH (list, item) {
        const str text = item->type == JSON_OBJECT ? view_str(item, "text") : view_scalar(item);
        const str strength = view_str(item, "strength");
        if (!text.n || n++ >= ROWS_MAX)
            continue;
        if (n == 1)
            buf_printf(out, "- %s:\n", term);
        MD(out, strength.n ? "  - *$:* $\n" : "  - $$\n", strength, text);
    }
}

static void add_items(struct buf *out, const char *term, const struct json *list)
{
    size_t n = 0;
    VIEW_EACH (list, item) {
        const str text = view_scalar(item);
        if (!text.n || n++ >= ROWS_MAX)
            continue;
        buf_printf(out, n == 1 ? "- %s: " : "; ", term);
        MD(out, "$", text);
    }
    if (n)
        buf_char(out, '\n');
}

static void add_profile(const struct json *profile, struct buf *out)
{
    size_t n = 0;
    MD(out, "- Compared with $: **$**\n", view_str(profile, "name"),
       view_str(profile, "statement"));
    VIEW_EACH (json_get(profile, "why"), why)
        if (n++ < ROWS_MAX)
            MD(out, "  - $\n", view_scalar(why));
}

static void add_thread(const struct view *view, const struct json *thread, struct buf *out)
{
    const str kind = words_thread(view_str(thread, "kind"));
    size_t n = 0;
    MD(out, "### Thread $$$\n\n- Seen: $ to $\n", view_str(thread, "id"),
       kind.n ? S(": ") : STR_NONE, kind, view_day(view, thread, "first"),
       view_day(view, thread, "last"));
    add_items(out, "Client addresses", json_get(thread, "clients"));
    add_items(out, "User agents", json_get(thread, "user_agents"));
    add_items(out, "Web shells", json_get(thread, "webshells"));
    add_sentences(out, "What links it", json_get(thread, "links"));
    add_sentences(out, "What cannot be said", json_get(thread, "doubts"));
    VIEW_EACH (json_get(thread, "related"), other)
        if (n++ < ROWS_MAX)
            MD(out, "- Perhaps the same as $: $\n", view_str(other, "thread"),
               view_str(other, "text"));
    VIEW_EACH (json_get(thread, "profiles"), profile)
        add_profile(profile, out);
    md_ids(view, "- Findings: ", view_ids(view, json_get(thread, "findings")), out);
    n = 0;
    buf_add(out, S("\n\n| Time | Stage | What was seen | Finding |\n|---|---|---|---|\n"));
    VIEW_EACH (json_get(thread, "steps"), step)
        if (n++ < ROWS_MAX)
            MD(out, "| $ | $ | $ | $ |\n", view_day(view, step, "time"), view_str(step, "stage"),
               place_step_text(view, step), view_text(step, "finding"));
    buf_char(out, '\n');
}

static void add_threads(const struct view *view, struct buf *out)
{
    const struct json *const compared = json_get(view->doc, "profiles_compared");
    size_t n = 0;
    if (!view_count(json_get(view->doc, "threads")))
        return;
    buf_add(out, S("## Who was at work\n\nWhat belongs together by client, session, page, process "
                   "and time. Two behind one address look like one.\n\n"));
    VIEW_EACH (json_get(view->doc, "threads"), thread)
        if (thread->type == JSON_OBJECT && n++ < THREADS_MAX)
            add_thread(view, thread, out);
    if (n > THREADS_MAX)
        buf_printf(out, "%d of %zu threads are shown.\n\n", THREADS_MAX, n);
    if (view_count(json_get(compared, "caveats")))
        buf_add(out,
                S("A profile is what publishers saw in other intrusions: tools and places, not "
                  "people. The caveats of the collection:\n\n"));
    VIEW_EACH (json_get(compared, "caveats"), caveat)
        MD(out, "- $\n", view_scalar(caveat));
    buf_char(out, '\n');
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
    if (view_str(finding, "context").n)
        MD(out, "Declared: $.\n\n", place_context(view, finding));
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
    add_notices(view, out);
    add_chains(view, out);
    add_threads(view, out);
    add_coverage(view, out);
    add_unread(view, out);
    add_findings(view, true, "Findings: what the verdict rests on", out);
    add_findings(view, false, "Leads: review these", out);
    const struct json *const manifest = json_get(view->doc, "manifest");
    MD(out, "Made by leadline $, rules SHA-256 $.\n", view_text(manifest, "version"),
       view_str(manifest, "rules_sha256"));
    return out->full ? ERR_LIMIT : OK;
}
