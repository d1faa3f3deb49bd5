/* screen.h: lines of a text log that nobody needs to see. Most lines of a large log hold nothing that a rule looks for: taking
 * them apart would be all of the work. A screen passes over them, a block at a time, and gives every other line to the reader:
 *
 *   a line is passed over when it has as many columns as #Fields, begins with a time like the lines before it, comes from the
 *   host and the part of the log (shape_part) of the event before it, and holds nothing that the rules for its shape need (struct line_screen): literals that are
 *   looked for in the bytes of a whole block, and values of few columns, which are found by counting separators;
 *   the rest is read as ever: hits, header lines, damage, times of another form, bytes that are no ASCII but might fold to it.
 *
 * So what is odd about a line is found and told by one piece of code, the reader's; a screen only says that there is nothing
 * odd. Lines passed over are counted (struct passed), so that coverage and line numbers are what they would have been. */
#ifndef PARSE_SCREEN_H
#define PARSE_SCREEN_H

#include "parse/atoms.h"
#include "parse/lines.h"

/* What rules need of a line: made by who knows them (rule/match/fast_screen.h). Const, shared by all blocks of one worker. */
struct line_screen {
    const struct atoms *atoms; /* one of these is in the line, or it is of no interest; NULL: no line is */
    bool (*wants)(void *arg, str line); /* asked of lines with an atom in them, and of those that are not all ASCII */
    const u32 *columns; /* asked of every line: what stands in these columns may be of interest by itself */
    u32 n_columns;
    bool (*wants_value)(void *arg, u32 i, struct value value); /* of columns[i] */
    void *arg;
};

/* What a line of these columns looks like when there is nothing odd about it. */
struct line_form {
    char separator;
    enum line_quotes {
        QUOTES_PLAIN, /* a quote is a character */
        QUOTES_ODD,   /* lines with quotes are for the reader */
        QUOTES_CSV,   /* separators in quotes are none; "" is a quote */
    } quotes;
    enum line_time {
        LINE_TIME_W3C, /* date and time are the first two columns: "2021-03-03 06:49:42 " */
        LINE_TIME_ISO, /* the first: "2023-01-09T19:00:00.130Z," */
    } time;
    u32 columns;
    i32 host, part;    /* the columns that name the host and the part of the log, or -1; not the first */
    const bool *plus;  /* by column: '+' stands for a space; NULL: nowhere */
};

struct screen; /* of one block; in the arena of the environment */

/* NULL when the environment has no screener. */
struct screen *screen_new(struct line_events *out, struct lines *lines);
void screen_free(struct screen *screen); /* NULL allowed */
/* The lines from here on are of this form and shape; form NULL: there is nothing to pass over. */
void screen_columns(struct screen *screen, const struct line_form *form, const struct shape *shape);
/* An event of the shape was made of a line, with these slots. Until then none is passed over. */
void screen_seen(struct screen *screen, const struct value *slots);
/* Pass over what can be passed over: the next line of `lines` is one to read, or there is none. screen may be NULL. */
void screen_pass(struct screen *screen);

/* For the tests: without the machine's wide instructions. */
extern bool screen_plain;

#endif
