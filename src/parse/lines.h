/* lines.h: what the readers of text logs share: cutting at line ends, walking lines with their offsets and numbers, and the
 * header lines that begin with '#' and say what the columns are.
 *
 * Lines end with LF or CR LF, as the first line does. If that ends with a lone CR, then all do, with LF and CR LF beside it.
 *
 * Zeros are padding, and no damage, at the end of a source and before a header, up to LINES_PADDING_MAX: IIS reserves space
 * ahead. Anywhere else they stand in place of what was there.
 *
 * A header holds from where it stands to the next one, so lines_carry hands it from block to block in framing.context, as
 * header lines, and a block can be parsed without those before it. */
#ifndef PARSE_LINES_H
#define PARSE_LINES_H

#include "parse/parse.h"

#define LINES_PADDING_MAX ((size_t)64 << 10)

#define LINES_ENDS 2 /* in framing.state and block.state: an enum line_ends */
enum line_ends { ENDS_UNKNOWN, ENDS_FEED, ENDS_RETURN };

struct line {
    str text;        /* without its end, a BOM, and NULs around it; of a header line what stands before a NUL or a CR in it */
    u64 off, len;    /* of text in the source */
    u64 number;      /* from 1, in the source */
    bool unfinished; /* the source ends without a line end behind it */
};

struct lines {
    const struct block *block;
    enum line_ends ends;
    size_t at;
    u64 number;
    struct place known;
};

u64 lines_count(str in); /* line feeds */

/* Walk the lines of a block that are not empty. A line longer than LIMIT_RECORD is told to the sink as damage and left out,
 * and so are zeros that are no padding, what follows a header on its line, and a header within which the source ends. A header
 * with bytes that are no text is told as well, and given: nobody knows which columns it named. */
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

/* For parser.cut: at the last line end, which is looked for from behind. framing.state: 0 and 2 are of lines.c, the others the
 * parser's own. */
size_t lines_cut(struct framing *framing, str in, bool eof, bool force);
/* For parser.look and parser.carry: how many lines there are, and the header that holds behind them. */
void lines_look(const struct block *block, struct framing *own);
void lines_carry(struct framing *framing, const struct framing *own);

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
/* All of the line is lost. time: its own, as far as it can be read. */
void line_damage(const struct line_events *out, const struct line *line, i64 time, const char *what);
/* Zeros in the middle of a line: it cannot be known which columns they took the place of. */
bool line_has_zeros(const struct line *line);

#endif
