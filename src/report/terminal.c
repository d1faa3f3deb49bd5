#include "report/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf.h"
#include "report/escape.h"
#include "report/summary.h"

#define LABEL_WIDTH   9 /* "Reached  " */
#define FIRST_ACTIONS 3
#define WHOLE         UINT32_MAX /* room for everything */

struct terminal terminal_of(int fd)
{
    const char *const no_color = getenv("NO_COLOR"), *const term = getenv("TERM");
    struct terminal terminal = {0};
    struct winsize size = {0};
    if (!isatty(fd))
        return terminal;
    terminal.color = !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
    terminal.columns = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    return terminal;
}

/* Columns on a screen, near enough: wide are the East Asian blocks and pictures, without width the
 * combining marks. */
static u32 width_of(u32 code)
{
    if ((code >= 0x300 && code <= 0x36F) || (code >= 0x483 && code <= 0x489) ||
        (code >= 0x591 && code <= 0x5BD) || (code >= 0x610 && code <= 0x61A) ||
        (code >= 0x64B && code <= 0x65F) || (code >= 0x1AB0 && code <= 0x1AFF) ||
        (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE20 && code <= 0xFE2F))
        return 0;
    return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                   (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                   (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                   (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) ||
                   (code >= 0x20000 && code <= 0x3FFFD)
               ? 2
               : 1;
}

/* Escaped text cut to `room` columns, with "…" for what was cut; returns the columns used. No
 * character takes more than a few marks without width, so that a line of them is cut too. */
static u32 add_cut(struct buf *out, str text, u32 room)
{
    if (text.n == 0)
        return 0;
    struct buf safe;
    buf_init(&safe, 8 * TERMINAL_LINE_MAX);
    escape(&safe, str_sub(text, 0, TERMINAL_LINE_MAX), ESCAPE_PLAIN);
    const str all = buf_str(&safe);
    size_t end = 0, marks = 0;
    u32 used = 0, used_at_end = 0;
    size_t at = 0;
    while (at < all.n) {
        const u32 width = width_of(utf8_next(all, &at));
        marks = width ? 0 : marks + 1;
        used += width;
        if (used > room || marks > 4)
            break;
        if (used < room)
            end = at, used_at_end = used;
    }
    const bool fits = used <= room && marks <= 4 && text.n <= TERMINAL_LINE_MAX;
    buf_add(out, fits ? all : str_sub(all, 0, end));
    if (!fits && room)
        buf_add(out, S("…")), used = used_at_end + 1;
    buf_release(&safe);
    return used;
}

static const char *paint(struct terminal terminal, const char *code)
{
    return terminal.color ? code : "";
}

/* Columns for what stands behind a label. */
static u32 room_for_text(struct terminal terminal)
{
    if (terminal.columns == 0)
        return WHOLE;
    return terminal.columns > LABEL_WIDTH ? terminal.columns - LABEL_WIDTH : 0;
}

static void add_line(struct buf *out, struct terminal terminal, const char *label, str text,
                     u32 room)
{
    if (text.n == 0)
        return;
    buf_printf(out, "%s%-*s%s", paint(terminal, "\x1b[1m"), LABEL_WIDTH, label,
               paint(terminal, "\x1b[0m"));
    add_cut(out, text, room);
    buf_char(out, '\n');
}

static const char *verdict_color(const struct verdict_word *verdict)
{
    if (str_eq(verdict->name, S("compromised")) || str_eq(verdict->name, S("likely")))
        return "\x1b[1;31m";
    if (str_eq(verdict->name, S("attacked")) || str_eq(verdict->name, S("exposed")))
        return "\x1b[1;33m";
    return "\x1b[1;36m";
}

/* "COMPROMISED: " and the sentence; other words that hold behind it. */
static void add_verdict(const struct view *view, const struct summary *summary,
                        struct terminal terminal, struct buf *out)
{
    char word[32] = {0};
    const str text = summary->verdict->text;
    for (size_t i = 0; i < MIN(text.n, sizeof word - 1); i++)
        word[i] = (char)(text.p[i] >= 'a' && text.p[i] <= 'z' ? text.p[i] - 32 : text.p[i]);
    buf_printf(out, "%s%s%s", paint(terminal, verdict_color(summary->verdict)), word,
               paint(terminal, "\x1b[0m"));
    str rest = arena_printf(view->arena, ": %.*s", STR_ARG(summary->sentence));
    for (size_t i = 0; i < MIN(summary->also.n, (size_t)3); i++)
        rest = arena_printf(view->arena, "%.*s Also: %.*s.", STR_ARG(rest),
                            STR_ARG(summary->also.p[i].text));
    add_cut(out, rest, WHOLE);
    buf_char(out, '\n');
}

static str join(const struct view *view, str a, str b)
{
    if (a.n == 0 || b.n == 0)
        return a.n ? a : b;
    return arena_printf(view->arena, "%.*s%s %.*s", STR_ARG(a), str_ends(a, S(".")) ? "" : ";",
                        STR_ARG(b));
}

/* Lines joined into one, as far as a line can go, and how many are not in it; the sentences behind
 * them only where there is room for a few. */
static str join_lines(const struct view *view, const struct lines *lines, bool with_more)
{
    str text = S("");
    size_t i = 0;
    for (; i < lines->n && text.n < TERMINAL_LINE_MAX / 4; i++) {
        text = join(view, text, lines->p[i].text);
        if (str_eq(lines->p[i].sure, S("possible")))
            text = arena_printf(view->arena, "%.*s (possible)", STR_ARG(text));
        if (with_more)
            text = join(view, text, lines->p[i].more);
    }
    return i == lines->n
               ? text
               : arena_printf(view->arena, "%.*s; and %zu more", STR_ARG(text), lines->n - i);
}

/* The first things to do, by their numbers in the report, the first that contains among them. */
static void add_actions(const struct view *view, const struct actions *actions, size_t room,
                        struct terminal terminal, struct buf *out)
{
    size_t first[GUIDANCE_FIRST_MAX];
    const size_t n = guidance_first(actions, room, first);
    for (size_t i = 0; i < n; i++) {
        const struct action *const action = &actions->p[first[i]];
        const str number = str_sub(action->number, 0, str_find(action->number, S("–")));
        char label[LABEL_WIDTH + 1];
        snprintf(label, sizeof label, "%-7s%.*s", i ? "" : "Do now",
                 STR_ARG(str_sub(number, 0, 2)));
        add_line(out, terminal, label, view_str(action->items[0], "action"), WHOLE);
    }
}

void terminal_summary(const struct json *assessment, str case_path, struct terminal terminal,
                      struct buf *out)
{
    struct arena arena = {0};
    struct view view;
    struct summary summary;
    const u32 room = room_for_text(terminal);
    view_init(&view, assessment, &arena);
    summary_make(&view, &summary);
    add_verdict(&view, &summary, terminal, out);
    add_line(out, terminal, "Changed", join_lines(&view, &summary.changed, false), room);
    add_line(out, terminal, "Why", join_lines(&view, &summary.why, false), room);
    add_line(out, terminal, "Since", join_lines(&view, &summary.since, true), room);
    add_line(out, terminal, "How", join_lines(&view, &summary.how, false), room);
    add_line(out, terminal, "Reached", join_lines(&view, &summary.reached, false), room);
    add_line(out, terminal, "Unknown", join_lines(&view, &summary.unknown, true), room);
    add_actions(&view, &summary.actions, summary.changed.n ? FIRST_ACTIONS - 1 : FIRST_ACTIONS,
                terminal, out); /* ten lines in all */
    add_line(out, terminal, "Case", case_path, room);
    arena_release(&arena);
}
