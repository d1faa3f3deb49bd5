/* terminal.h: the ten lines that end an assessment: the verdict in one sentence, why, since when,
 * how, what was reached, what could not be known, the first three things to do, where the case is.
 * Never more than ten lines. On a screen of `columns` the verdict's sentence and the things to do
 * are whole and may run over its edge, the others are cut there; elsewhere all are whole. Nothing
 * from evidence can steer the terminal. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include "base/buf.h"
#include "base/json.h"

#define TERMINAL_LINE_MAX 4000 /* bytes of a whole line: evidence may hold a name of any length */

struct terminal {
    bool color;  /* ANSI colours; see terminal_of */
    u32 columns; /* 0: no screen, nothing is cut to its width */
};

/* What the stream with that file number wants: plain when it is no terminal, without colour when
 * NO_COLOR is set or TERM is "dumb", as wide as it says, without columns where it is none. */
struct terminal terminal_of(int fd);

/* `case_path` may be empty: then the last line is left out. */
void terminal_summary(const struct json *assessment, str case_path, struct terminal terminal,
                      struct buf *out);

#endif
