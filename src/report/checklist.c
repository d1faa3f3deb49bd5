/* checklist.c: what to do and whom to tell, as a list to tick off: Markdown with check boxes, for a
 * ticket or on paper. It holds nothing else, and is a format of its own so that it can be pasted as
 * it is: a section of the report would drag its tables along, and the other formats have none. */
#include "report/md.h"
#include "report/notify.h"
#include "report/report.h"

static void add_action(const struct view *view, const struct action *action, struct buf *out)
{
    const struct json *const first = action->items[0];
    MD(out, "- [ ] **$** $", action->number,
       words_sentence(view->arena, view_str(first, "action")));
    const bool is_one = action->n == 1;
    if (is_one && view_str(first, "target").n) {
        buf_char(out, ' ');
        md_target(view, first, out);
    }
    buf_char(out, '\n');
    for (size_t i = 0; i < MIN(action->n, (size_t)MD_ROWS_MAX) && !is_one; i++) {
        buf_add(out, S("  - [ ] "));
        md_target(view, action->items[i], out);
        buf_char(out, '\n');
    }
    if (action->n > MD_ROWS_MAX)
        buf_printf(out, "  - [ ] and %zu more\n", action->n - MD_ROWS_MAX);
    if (view_str(first, "why").n)
        MD(out, "  - Why: $\n", words_sentence(view->arena, view_str(first, "why")));
    if (view_str(first, "source").n)
        MD(out, "  - Source: $\n", view_str(first, "source"));
}

/* The order is the document's; a phase has its heading where it begins. */
static void add_actions(const struct view *view, const struct actions *actions, struct buf *out)
{
    str phase = S("");
    if (actions->n == 0)
        buf_add(out, S("The assessment gives no guidance.\n\n"));
    for (size_t i = 0; i < MIN(actions->n, (size_t)MD_ROWS_MAX); i++) {
        const str own = view_str(actions->p[i].items[0], "phase");
        if (i == 0 || !str_eq(own, phase))
            MD(out, i ? "\n## $\n\n" : "## $\n\n", own.n ? words_phase(own) : S("Other"));
        phase = own;
        add_action(view, &actions->p[i], out);
    }
    buf_char(out, '\n');
}

static void add_lines(const struct view *view, const char *what, const struct lines *lines,
                      struct buf *out)
{
    if (lines->n == 0)
        return;
    buf_printf(out, "  - %s:\n", what);
    for (size_t i = 0; i < lines->n; i++)
        md_line(view, "    - ", &lines->p[i], out);
}

static void add_notices(const struct view *view, struct buf *out)
{
    struct notices all;
    notify_make(view, &all);
    buf_add(out, S("## Tell\n\n"));
    buf_printf(out, "%s\n\n", all.n ? NOTIFY_PREFACE : NOTIFY_NOBODY);
    for (size_t i = 0; i < all.n; i++) {
        const struct notice *const notice = &all.p[i];
        buf_printf(out, "- [ ] **%s**\n", notice->who);
        add_lines(view, "Seen", &notice->seen, out);
        add_lines(view, "Could have been", &notice->possible, out);
        buf_printf(out, "  - %s\n", notice->ask);
        if (notice->hint)
            buf_printf(out, "  - %s\n", notice->hint);
    }
    if (all.n)
        buf_char(out, '\n');
}

enum status checklist_report(const struct view *view, struct buf *out)
{
    struct summary summary;
    summary_make(view, &summary);
    const struct json *const manifest = json_get(view->doc, "manifest");
    MD(out, "# What to do: $\n\n**$.** $\n\n", summary.hosts, summary.verdict->text,
       summary.sentence);
    if (summary.actions.n)
        buf_add(out, S("In this order: what is not saved before you change things is lost.\n\n"));
    add_actions(view, &summary.actions, out);
    add_notices(view, out);
    MD(out, "Made $ by leadline $.\n", view_day(view, manifest, "started"),
       view_text(manifest, "version"));
    return out->full ? ERR_LIMIT : OK;
}
