/* escape.h: text from evidence on its way into a page, a table or a terminal. Log text is hostile
 * everywhere: it may hold markup, terminal control codes, formulas, and characters that reorder or
 * hide what stands around them.
 *
 * One rule holds for every form: what cannot be seen is written out. C0 and C1 controls become
 * \x1b, characters that reorder text, have no width or break lines become \u{202e}, bytes that are
 * no UTF-8 become U+FFFD. The result of every form is valid UTF-8 without control bytes
 * (ESCAPE_BLOCK keeps line feeds and tabs). */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include "base/buf.h"

enum escape {
    ESCAPE_PLAIN,  /* terminals: only what cannot be seen is changed; white space becomes one space
                    */
    ESCAPE_HTML,   /* text and quoted attribute values, one line */
    ESCAPE_BREAKS, /* the same for text only: a line may break behind a backslash, so that long
                      paths fit */
    ESCAPE_BLOCK,  /* text inside <pre>: lines and tabs are kept */
    ESCAPE_MARKDOWN, /* one line of CommonMark or GitHub Markdown without any meaning of its own,
                        table cells included */
    ESCAPE_FENCE,    /* lines inside a fenced code block: as PLAIN, with lines and tabs kept */
    ESCAPE_CSV,      /* one field, quoted, formulas made text (RFC 4180) */
};

void escape(struct buf *out, str s, enum escape how);

/* The same for at most `max` characters of it; what was cut is replaced by "…" and said in words
 * when it is long. */
void escape_cut(struct buf *out, str s, size_t max, enum escape how);

/* A character that a reader cannot see or that changes how others are shown. */
bool escape_is_hidden(u32 code);

#endif
