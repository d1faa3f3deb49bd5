#include "parse/lines.h"

#include "base/limits.h"
#include "base/utf.h"

/* framing.state: the block begins in the middle of a line that was too long */
enum { STATE_MIDDLE };

#define BOM "\xEF\xBB\xBF"

u64 lines_count(str in)
{
    u64 n = 0;
    size_t i = 0;
    for (u8 sums[64] = {0};
         in.n - i >= sizeof sums;) { /* sums of bytes are what compilers make fast */
        const size_t end = i + MIN((in.n - i) / sizeof sums, 255) * sizeof sums;
        for (; i < end; i += sizeof sums)
            for (size_t k = 0; k < sizeof sums; k++)
                sums[k] += in.p[i + k] == '\n';
        for (size_t k = 0; k < sizeof sums; k++)
            n += sums[k];
        memset(sums, 0, sizeof sums);
    }
    for (; i < in.n; i++)
        n += in.p[i] == '\n';
    return n;
}

/* ------------------------------------------------------------------ line ends */

/* How lines end, by the first end in the text. all: nothing follows it that could change that. */
static enum line_ends find_ends(str text, bool all)
{
    const size_t feed = MIN(str_find_char(text, '\n'), text.n);
    const size_t start = str_find_char(str_sub(text, 0, feed), '\r');
    if (start == SIZE_MAX)
        return feed < text.n || all ? ENDS_FEED : ENDS_UNKNOWN;
    size_t at = start;
    while (at < text.n && text.p[at] == '\r')
        at++;
    if (at == text.n)
        return all ? ENDS_RETURN : ENDS_UNKNOWN;
    return text.p[at] == '\n' ? ENDS_FEED : ENDS_RETURN;
}

/* The length of the line at the start of text, and *next, where the one after it begins; SIZE_MAX
 * when it does not end. */
static size_t line_length(str text, enum line_ends ends, size_t *next)
{
    size_t n = 0;
    if (ends == ENDS_FEED)
        n = MIN(str_find_char(text, '\n'), text.n);
    else
        while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r')
            n++;
    if (n == text.n)
        return SIZE_MAX;
    *next = n + 1 + (text.p[n] == '\r' && n + 1 < text.n && text.p[n + 1] == '\n');
    return n;
}

static u64 count_ends(str in, enum line_ends ends)
{
    u64 n = lines_count(in);
    if (ends == ENDS_RETURN)
        for (size_t i = 0; i < in.n; i++)
            n += in.p[i] == '\r' && !(i + 1 < in.n && in.p[i + 1] == '\n');
    return n;
}

/* Where the line behind the last end begins; 0 when there is none. A CR is an end once it is known
 * that no LF follows. */
static size_t last_end(str in, enum line_ends ends)
{
    size_t n = in.n;
    while (n > 0 && in.p[n - 1] != '\n' &&
           !(ends == ENDS_RETURN && in.p[n - 1] == '\r' && n < in.n))
        n--;
    return n;
}

/* ------------------------------------------------------------------ lines of a block */

static void tell(struct lines *lines, const struct sink *sink, size_t at, size_t n,
                 const char *what)
{
    const u64 off = block_place(lines->block, &lines->known, at);
    const struct damage damage = {
        .off = off,
        .lost = block_place(lines->block, &lines->known, at + n) - off,
        .what = what,
    };
    if (sink->damage)
        sink->damage(sink->arg, &damage);
}

static enum line_ends ends_of(const struct block *block)
{
    const enum line_ends ends = (enum line_ends)block->state[LINES_ENDS];
    return ends == ENDS_UNKNOWN ? find_ends(block->data, true) : ends;
}

/* Where the first line begins: behind the rest of one that was too long. False when that does not
 * end here. */
static bool find_start(const struct block *block, enum line_ends ends, size_t *ret_at)
{
    *ret_at = 0;
    if (!block->state[STATE_MIDDLE] || line_length(block->data, ends, ret_at) != SIZE_MAX)
        return true;
    *ret_at = block->data.n;
    return false;
}

void lines_start(struct lines *lines, const struct block *block, const struct sink *sink)
{
    *lines = (struct lines){.block = block, .number = block->line, .ends = ends_of(block)};
    if (!block->state[STATE_MIDDLE])
        return;
    lines->number += find_start(block, lines->ends, &lines->at);
    tell(lines, sink, 0, lines->at, "the rest of a line that is too long");
}

static size_t zeros_before(str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == 0)
        n++;
    return n;
}

static size_t zeros_behind(str s)
{
    size_t n = 0;
    while (n < s.n && s.p[s.n - 1 - n] == 0)
        n++;
    return n;
}

/* What of a header line is the header: what was written over the rest of it is none. */
static size_t header_length(str line)
{
    size_t n = MIN(str_find_char(line, '\r'), line.n);
    n = MIN(str_find_char(str_sub(line, 0, n), 0), n);
    return n;
}

/* Names and values of headers are text, in whatever language; a remark may be in any encoding. */
static bool is_header_text(str line)
{
    for (size_t at = 0; at < line.n && !str_istarts(line, S("#Remark:"));) {
        const u32 code = utf8_next(line, &at);
        if (code == UTF_BAD || code == 0x7F || (code < ' ' && code != '\t'))
            return false;
    }
    return true;
}

/* The line without what is around it, and where that begins. */
static str trim_line(str s, size_t *ret_start)
{
    while (s.n > 0 && (s.p[s.n - 1] == 0 || s.p[s.n - 1] == '\r'))
        s.n--;
    const size_t zeros = zeros_before(s);
    *ret_start = zeros + (str_starts(str_sub(s, zeros, s.n), S(BOM)) ? 3 : 0);
    return str_sub(s, *ret_start, s.n);
}

/* Zeros around the line that are no padding. IIS reserves space ahead and fills it with zeros;
 * after a crash they stay, and the next header follows them. */
static void tell_zeros(struct lines *lines, const struct sink *sink, size_t start, str s,
                       bool is_ended)
{
    const char *const what = "zeros in place of what was written";
    size_t text_at;
    const str text = trim_line(s, &text_at);
    const size_t before = zeros_before(s);
    const bool is_padding = text.n ? text.p[0] == '#' : !is_ended;
    if (before && !(is_padding && before <= LINES_PADDING_MAX))
        tell(lines, sink, start, before, what);
    while (s.n > before && s.p[s.n - 1] == '\r')
        s.n--;
    const size_t behind = before < s.n ? zeros_behind(s) : 0;
    if (behind && (is_ended || behind > LINES_PADDING_MAX))
        tell(lines, sink, start + s.n - behind, behind, what);
}

/* The line s, which begins at `start`. False when nothing stands on it. */
static bool make_line(struct lines *lines, const struct sink *sink, size_t start, str s,
                      bool is_ended, struct line *out)
{
    size_t skip;
    str text = trim_line(s, &skip);
    if (s.n > 0 && (s.p[0] == 0 || memchr(s.p + skip + text.n, 0, s.n - skip - text.n)))
        tell_zeros(lines, sink, start, s, is_ended);
    if (text.n == 0)
        return false;
    const size_t n = text.p[0] == '#' ? header_length(text) : text.n;
    if (n < text.n)
        tell(lines, sink, start + skip + n, text.n - n, "what stands behind a header on its line");
    else if (text.p[0] == '#' && !is_ended)
        tell(lines, sink, start + skip, n, "a header within which the log ends");
    else if (text.p[0] == '#' && !is_header_text(text))
        tell(lines, sink, start + skip, n, "a header that is no text");
    text.n = n;
    *out = (struct line){.text = text, .number = lines->number, .unfinished = !is_ended};
    out->off = block_place(lines->block, &lines->known, start + skip);
    out->len = block_place(lines->block, &lines->known, start + skip + n) - out->off;
    return true;
}

bool lines_next(struct lines *lines, const struct sink *sink, struct line *out)
{
    const str in = lines->block->data;
    while (lines->at < in.n) {
        const size_t start = lines->at;
        const str rest = str_sub(in, start, in.n);
        size_t next = rest.n;
        const size_t n = line_length(rest, lines->ends, &next);
        lines->at = start + next;
        if (n == SIZE_MAX && !lines->block->last) {
            tell(lines, sink, start, rest.n, "a line that is too long");
            return false;
        }
        lines->number++;
        if (make_line(lines, sink, start, str_sub(rest, 0, n), n != SIZE_MAX, out))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ headers */

str log_header_value(str s)
{
    for (size_t n = s.n + 1; s.n < n;) {
        n = s.n;
        s = str_trim(s);
        while (s.n > 0 && s.p[s.n - 1] == 0)
            s.n--;
        while (s.n > 0 && s.p[0] == 0)
            s = str_sub(s, 1, s.n);
    }
    return s;
}

bool log_header_line(struct log_header *header, str line)
{
    const struct {
        str word;
        str *value;
    } words[] = {
        {S("#Software:"), &header->software}, {S("#Version:"), &header->version},
        {S("#Log-type:"), &header->log_type}, {S("#Date:"), &header->date},
        {S("#Fields:"), &header->fields},
    };
    if (line.n == 0 || line.p[0] != '#')
        return false;
    for (size_t i = 0; i < COUNT(words); i++) {
        const str value = log_header_value(str_sub(line, words[i].word.n, line.n));
        if (value.n &&
            str_istarts(line, words[i].word)) /* a directive without a value says nothing */
            *words[i].value = value;
    }
    return true;
}

/* Is text.p[at] the first byte of a line, as trim_line sees it? */
static bool starts_line(str text, size_t at, enum line_ends ends)
{
    if (at >= 3 && memcmp(text.p + at - 3, BOM, 3) == 0)
        at -= 3;
    while (at > 0 && text.p[at - 1] == 0)
        at--;
    return at == 0 || text.p[at - 1] == '\n' || (ends == ENDS_RETURN && text.p[at - 1] == '\r');
}

/* The lines that begin with '#' are found by that byte: it is rare inside lines. */
static void read_headers(struct log_header *header, str text, enum line_ends ends)
{
    for (size_t at = 0; at < text.n; at++) {
        const size_t hash = str_find_char(str_sub(text, at, text.n), '#');
        if (hash == SIZE_MAX)
            return;
        at += hash;
        if (!starts_line(text, at, ends))
            continue;
        const str rest = str_sub(text, at, text.n);
        size_t unused;
        const size_t n = MIN(line_length(rest, ends, &unused), rest.n);
        str line = str_sub(rest, 0, n);
        line.n = header_length(line);
        log_header_line(header, line);
        at += n;
    }
}

void log_header_read(struct log_header *header, str text)
{
    read_headers(header, text, find_ends(text, true));
}

void log_header_write(const struct log_header *header, struct buf *context)
{
    const struct {
        str word, value;
    } words[] = {
        {S("#Software: "), header->software}, {S("#Version: "), header->version},
        {S("#Log-type: "), header->log_type}, {S("#Date: "), header->date},
        {S("#Fields: "), header->fields},
    };
    buf_reset(context);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (words[i].value.n == 0)
            continue;
        buf_add(context, words[i].word);
        buf_add(context, words[i].value);
        buf_char(context, '\n');
    }
}

size_t lines_cut(struct framing *framing, str in, bool eof, bool force)
{
    if (framing->state[LINES_ENDS] == ENDS_UNKNOWN)
        framing->state[LINES_ENDS] = find_ends(in, eof || force);
    const enum line_ends ends = (enum line_ends)framing->state[LINES_ENDS];
    size_t n = eof ? in.n : ends == ENDS_UNKNOWN ? 0 : last_end(in, ends);
    if (n == 0 && force)
        n = in.n;
    if (n == 0)
        return 0;
    const char last = in.p[n - 1];
    framing->state[STATE_MIDDLE] = last != '\n' && !(last == '\r' && ends == ENDS_RETURN) && !eof;
    return n;
}

void lines_look(const struct block *block, struct framing *own)
{
    const enum line_ends ends = ends_of(block);
    struct log_header header = {0};
    size_t start;
    own->line = count_ends(block->data, ends);
    (void)find_start(block, ends, &start);
    read_headers(&header, str_sub(block->data, start, block->data.n), ends);
    log_header_write(&header, &own->context);
}

void lines_carry(struct framing *framing, const struct framing *own)
{
    framing->line += own->line;
    if (own->context.n == 0)
        return;
    struct log_header header = {0};
    struct buf old = framing->context;
    buf_init(&framing->context, old.max);
    read_headers(&header, buf_str(&old), ENDS_FEED);
    read_headers(&header, buf_str(&own->context), ENDS_FEED);
    log_header_write(&header, &framing->context);
    buf_release(&old);
}

void line_events_flush(struct line_events *out)
{
    if (out->n)
        out->env->sink.events(out->env->sink.arg, out->events, out->n);
    out->n = 0;
}

void line_events_add(struct line_events *out, const struct shape *shape, const struct value *slots,
                     i64 time, const struct line *line)
{
    out->events[out->n++] = (struct event){
        .shape = shape,
        .slots = slots,
        .time = time,
        .record = line->number,
        .off = line->off,
        .len = (u32)line->len,
        .raw = line->text,
    };
    if (out->n == COUNT(out->events))
        line_events_flush(out);
}

bool line_has_zeros(const struct line *line)
{
    return memchr(line->text.p, 0, line->text.n);
}

void line_damage(const struct line_events *out, const struct line *line, i64 time, const char *what)
{
    const struct damage damage = {.off = line->off,
                                  .lost = line->len,
                                  .what = what,
                                  .unfinished = !line->unfinished ? 0
                                                : time            ? time
                                                                  : TIME_NONE};
    out->env->sink.damage(out->env->sink.arg, &damage);
}
