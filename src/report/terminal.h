/* terminal.h: the ten lines that end an assessment: the verdict in one sentence, why, since when,
 * how, what was reached, what could not be known, the first three things to do, where the case is.
 * Never more than ten lines, each one line on a screen of `columns`; nothing from evidence can
 * steer the terminal. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include "base/buf.h"
#include "base/json.h"

#define TERMINAL_COLUMNS_MAX 200

struct terminal {
    bool color;  /* ANSI colours; see terminal_of */
    u32 columns; /* 0: TERMINAL_COLUMNS_MAX, which is also the most */
};

/* What the stream with that file number wants: plain when it is no terminal, without colour when
 * NO_COLOR is set or TERM is "dumb", as wide as it says. */
struct terminal terminal_of(int fd);

/* `case_path` may be empty: then the last line is left out. */
void terminal_summary(const struct json *assessment, str case_path, struct terminal terminal,
                      struct buf *out);

#endif
