/* lines.h: what the readers of text logs share: cutting at line ends, walking lines with their offsets and numbers, and the
 * header lines that begin with '#' and say what the columns are.
 *
 * A header holds from where it stands to the next one, so lines_cut carries it from block to block in framing.context, as
 * header lines, and a block can be parsed without those before it. */
#ifndef PARSE_LINES_H
#define PARSE_LINES_H

#include "parse/parse.h"

struct line {
    str text;   /* without its end (LF or CR LF), a BOM, and NULs around it */
    size_t at;  /* of text in the block */
    u64 number; /* from 1, in the source */
};

struct lines {
    const struct block *block;
    size_t at;
    u64 number;
};

u64 lines_count(str in); /* line feeds */

/* Walk the lines of a block that are not empty. A line longer than LIMIT_RECORD is told to the sink as damage and left out. */
void lines_start(struct lines *lines, const struct block *block, const struct sink *sink);
bool lines_next(struct lines *lines, const struct sink *sink, struct line *out);

/* The last word of each directive; slices of wherever they were read. */
struct log_header {
    str software, version, log_type, date, fields;
};

/* White space and padding off both ends, so that a value reads back from a context as it was. */
str log_header_value(str s);
/* Take a line in. False, and nothing is changed, when it does not begin with '#'. */
bool log_header_line(struct log_header *header, str line);
/* Take all lines of text in: the head of a file, a context. */
void log_header_read(struct log_header *header, str text);
void log_header_write(const struct log_header *header, struct buf *context);

/* For parser.cut: at the last line end, keeping framing.line and the header in framing.context. */
size_t lines_cut(struct framing *framing, str in, bool eof, bool force);

/* Events of one block on their way to the sink, in batches. */
struct line_events {
    const struct block *block;
    struct parse_env *env;
    struct event events[128];
    size_t n;
};
void line_events_add(struct line_events *out, const struct shape *shape, const struct value *slots, i64 time,
                     const struct line *line);
void line_events_flush(struct line_events *out);
void line_damage(const struct line_events *out, const struct line *line, const char *what, bool lost);

#endif
