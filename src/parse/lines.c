#include "parse/lines.h"

#include "base/limits.h"

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

static void tell(const struct block *block, const struct sink *sink, size_t at, size_t lost,
                 const char *what)
{
    const struct damage damage = {.off = block->off + at, .lost = lost, .what = what};
    sink->damage(sink->arg, &damage);
}

void lines_start(struct lines *lines, const struct block *block, const struct sink *sink)
{
    *lines = (struct lines){.block = block, .number = block->line};
    if (!block->state[STATE_MIDDLE])
        return;
    const size_t feed = str_find_char(block->data, '\n');
    lines->at = feed == SIZE_MAX ? block->data.n : feed + 1;
    lines->number += feed != SIZE_MAX;
    tell(block, sink, 0, lines->at, "the rest of a line that is too long");
}

/* IIS reserves space ahead and fills it with zeros; after a crash they stay, and the next header
 * follows them. */
static str trim_padding(str s, size_t *at)
{
    size_t start = 0;
    while (s.n > 0 && (s.p[s.n - 1] == 0 || s.p[s.n - 1] == '\r'))
        s.n--;
    while (start < s.n && s.p[start] == 0)
        start++;
    if (str_starts(str_sub(s, start, s.n), S(BOM)))
        start += 3;
    *at += start;
    return str_sub(s, start, s.n);
}

bool lines_next(struct lines *lines, const struct sink *sink, struct line *out)
{
    const str in = lines->block->data;
    while (lines->at < in.n) {
        const size_t start = lines->at;
        const size_t n = str_find_char(str_sub(in, start, in.n), '\n');
        lines->at = n == SIZE_MAX ? in.n : start + n + 1;
        if (n == SIZE_MAX && !lines->block->last) {
            tell(lines->block, sink, start, in.n - start, "a line that is too long");
            return false;
        }
        lines->number++;
        *out = (struct line){.at = start, .number = lines->number};
        out->text = trim_padding(str_sub(in, start, n == SIZE_MAX ? in.n : start + n), &out->at);
        if (out->text.n)
            return true;
    }
    return false;
}

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

/* Is text.p[at] the first byte of a line, as trim_padding sees it? */
static bool starts_line(str text, size_t at)
{
    if (at >= 3 && memcmp(text.p + at - 3, BOM, 3) == 0)
        at -= 3;
    while (at > 0 && text.p[at - 1] == 0)
        at--;
    return at == 0 || text.p[at - 1] == '\n';
}

/* The lines that begin with '#' are found by that byte: it is rare inside lines. */
void log_header_read(struct log_header *header, str text)
{
    for (size_t at = 0; at < text.n; at++) {
        const size_t hash = str_find_char(str_sub(text, at, text.n), '#');
        if (hash == SIZE_MAX)
            return;
        at += hash;
        if (!starts_line(text, at))
            continue;
        const str rest = str_sub(text, at, text.n);
        const size_t n = MIN(str_find_char(rest, '\n'), rest.n);
        size_t unused = 0;
        log_header_line(header, trim_padding(str_sub(rest, 0, n), &unused));
        at += n;
    }
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
    size_t n = in.n;
    if (!eof) {
        const char *const feed = memrchr(in.p, '\n', in.n);
        n = feed ? (size_t)(feed + 1 - in.p) : force ? in.n : 0;
    }
    if (n == 0)
        return 0;
    const str cut = str_sub(in, 0, n);
    framing->state[STATE_MIDDLE] = cut.p[n - 1] != '\n' && !eof;
    framing->line += lines_count(cut);
    if (memchr(cut.p, '#', n)) {
        struct log_header header = {0};
        struct buf old = framing->context;
        buf_init(&framing->context, old.max);
        log_header_read(&header, buf_str(&old));
        log_header_read(&header, cut);
        log_header_write(&header, &framing->context);
        buf_release(&old);
    }
    return n;
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
        .off = out->block->off + line->at,
        .len = (u32)line->text.n,
        .raw = line->text,
    };
    if (out->n == COUNT(out->events))
        line_events_flush(out);
}

void line_damage(const struct line_events *out, const struct line *line, const char *what,
                 bool lost)
{
    tell(out->block, &out->env->sink, line->at, lost ? line->text.n : 0, what);
}
