#include "parse/screen.h"

#include <stdlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_AVX2 1
#include <immintrin.h>
#else
#define HAS_AVX2 0
#endif

#define WORD     64 /* bytes that one word of a mask stands for */
#define WORDS    512
#define PIECE    (WORDS * WORD) /* bytes worked on at once: they stay in the nearest cache */
#define HOUR     (3600 * TIME_SECOND)
#define MINUTE_N 17 /* "2021-03-03 06:49:" */
#define TOLD_MAX 64

/* Compiled twice, into functions with and without the machine's newer instructions. */
#define INLINE inline __attribute__((always_inline))

bool screen_plain;

/* A bit for each byte of a piece. */
struct masks {
    u64 feed[WORDS], separator[WORDS], quote[WORDS];
    u64 wide[WORDS / 64]; /* a bit for each word: one of its bytes is no ASCII */
    u64 zero[WORDS / 64]; /* likewise: one of its bytes is zero */
};

struct screen {
    struct line_events *out;
    struct lines *lines;
    str data;
    struct line_form form;
    bool on;
    const struct shape *shape;
    const struct line_screen *rules; /* that `places` were found for */
    struct told {                    /* as it stood in the line of the event before */
        char text[TOLD_MAX];
        size_t n;
    } host, part;
    bool has_event;
    size_t start, end; /* of the piece in the block */
    struct masks masks;
    atom_places places; /* in the piece */
    bool stopped;       /* at a line that does not pass */
    size_t place;       /* the next of them */
    char minute[MINUTE_N];
    i64 minute_time; /* TIME_NONE: none yet */
    struct passed passed;
};

/* ------------------------------------------------------------------ masks */

static void mask_plain(struct masks *m, str text, char separator)
{
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < text.n; i++) {
        const u64 bit = (u64)1 << i % WORD;
        if (text.p[i] == '\n')
            m->feed[i / WORD] |= bit;
        if (text.p[i] == separator)
            m->separator[i / WORD] |= bit;
        if (text.p[i] == '"')
            m->quote[i / WORD] |= bit;
        if (text.p[i] & 0x80)
            m->wide[i / WORD / 64] |= (u64)1 << i / WORD % 64;
        if (text.p[i] == 0)
            m->zero[i / WORD / 64] |= (u64)1 << i / WORD % 64;
    }
}

#if HAS_AVX2
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define EQUAL(a, b, c)                                                                             \
    ((u64)(u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, c)) |                                     \
     (u64)(u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, c)) << 32)

AVX2 static void mask_word(struct masks *m, size_t w, const char *p, char separator)
{
    const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    const u64 wide = _mm256_movemask_epi8(_mm256_or_si256(a, b)) != 0;
    const __m256i none = _mm256_cmpeq_epi8(_mm256_min_epu8(a, b), _mm256_setzero_si256());
    const u64 zero = _mm256_movemask_epi8(none) != 0;
    m->feed[w] = EQUAL(a, b, _mm256_set1_epi8('\n'));
    m->separator[w] = EQUAL(a, b, _mm256_set1_epi8(separator));
    m->quote[w] = EQUAL(a, b, _mm256_set1_epi8('"'));
    m->wide[w / 64] |= wide << w % 64;
    m->zero[w / 64] |= zero << w % 64;
}

AVX2 static void mask_avx2(struct masks *m, str text, char separator)
{
    char rest[WORD];
    const size_t whole = text.n / WORD;
    memset(rest, 'x', sizeof rest);
    memset(m->wide, 0, sizeof m->wide);
    memset(m->zero, 0, sizeof m->zero);
    for (size_t w = 0; w < whole; w++)
        mask_word(m, w, text.p + w * WORD, separator);
    if (text.n % WORD) {
        memcpy(rest, text.p + whole * WORD, text.n % WORD);
        mask_word(m, whole, rest, separator);
    }
}
#endif

static bool has_avx2(void)
{
#if HAS_AVX2
    return !screen_plain && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

/* ------------------------------------------------------------------ one line */

/* A line on its way through the words of the piece. */
struct walk {
    size_t at; /* its first byte in the piece */
    u64 separators;
    bool in_quotes, odd;
};

static inline u64 below(u64 bit)
{
    return bit - 1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bit i: is byte i in quotes? The quote that opens is, the one that closes is not. */
static u64 quoted(u64 quotes, bool in_quotes)
{
    for (u32 n = 1; n < 64; n *= 2)
        quotes ^= quotes << n;
    return in_quotes ? ~quotes : quotes;
}

static bool ends_line(str piece, size_t at)
{
    return piece.p[at] == '\n' ||
           (piece.p[at] == '\r' && at + 1 < piece.n && piece.p[at + 1] == '\n');
}

/* A quote opens behind a separator or a quote, and closes before a separator, the line's end or a
 * quote; anything else is for the reader. Separators in quotes are taken out. */
static u64 walk_quotes(struct screen *s, struct walk *walk, size_t w, u64 mask)
{
    const str piece = str_sub(s->data, s->start, s->end);
    const u64 quotes = s->masks.quote[w] & mask;
    const u64 in = quoted(quotes, walk->in_quotes);
    for (u64 rest = quotes; rest; rest &= rest - 1) {
        const u32 i = (u32)__builtin_ctzll(rest);
        const size_t at = w * WORD + i;
        walk->in_quotes = in >> i & 1;
        if (walk->in_quotes ? at == walk->at : at + 1 == piece.n) {
            walk->odd = true;
            continue;
        }
        const char next = piece.p[walk->in_quotes ? at - 1 : at + 1];
        walk->odd |= next != s->form.separator && next != '"' &&
                     (walk->in_quotes || !ends_line(piece, at + 1));
    }
    s->masks.separator[w] &= ~(mask & in);
    return s->masks.separator[w] & mask;
}

/* The bytes of the line in one word. */
static INLINE void walk_word(struct screen *s, struct walk *walk, size_t w, u64 mask)
{
    u64 separators = s->masks.separator[w] & mask;
    if (s->form.quotes != QUOTES_PLAIN && ((s->masks.quote[w] & mask) | walk->in_quotes)) {
        walk->odd |= s->form.quotes == QUOTES_ODD;
        separators = walk_quotes(s, walk, w, mask);
    }
    walk->separators += (u64)__builtin_popcountll(separators);
}

/* What stands in a column of the line, which has that many. */
static INLINE str column_text(const struct screen *s, size_t at, str line, u32 column)
{
    size_t w = at / WORD;
    u64 bits = s->masks.separator[w] & ~(u64)0 << at % WORD;
    size_t start = at;
    for (u32 left = column; left;) {
        const u32 n = (u32)__builtin_popcountll(bits);
        if (n < left) {
            left -= n;
            bits = s->masks.separator[++w];
            continue;
        }
        for (; left > 1; left--)
            bits &= bits - 1;
        start = w * WORD + (u32)__builtin_ctzll(bits) + 1;
        bits &= bits - 1;
        break;
    }
    const size_t end = at + line.n;
    while (!bits && (w + 1) * WORD < end)
        bits = s->masks.separator[++w];
    const size_t stop = bits ? w * WORD + (u32)__builtin_ctzll(bits) : end;
    return str_sub(line, start - at, MIN(stop, end) - at);
}

static INLINE bool is_as_told(const struct screen *s, size_t at, str line, i32 column,
                              const struct told *told)
{
    return column < 0 || str_eq(column_text(s, at, line, (u32)column), (str){told->text, told->n});
}

static INLINE bool wants_columns(const struct screen *s, size_t at, str line)
{
    for (u32 i = 0; i < s->rules->n_columns; i++) {
        const u32 column = s->rules->columns[i];
        const str text = column_text(s, at, line, column);
        struct value v = value_utf8(text);
        if (s->form.plus && s->form.plus[column] && memchr(text.p, '+', text.n))
            v.type = VALUE_PLUS;
        if ((s->form.quotes == QUOTES_CSV && text.n && text.p[0] == '"') ||
            s->rules->wants_value(s->rules->arg, i, v))
            return true;
    }
    return false;
}

/* The minute of a line is not that of the line before it. False when it is none. */
static bool read_minute(struct screen *s, str line)
{
    char text[MINUTE_N + 2];
    i64 time;
    memcpy(text, line.p, MINUTE_N);
    memcpy(text + MINUTE_N, "00", 2);
    text[10] = 'T';
    if (text[0] != '2' || text[1] != '0' || text[4] != '-' || text[16] != ':' ||
        line.p[10] != (s->form.time == LINE_TIME_W3C ? s->form.separator : 'T') ||
        !time_parse((str){text, sizeof text}, &time))
        return false; /* other centuries are for the reader */
    memcpy(s->minute, line.p, MINUTE_N);
    s->minute_time = time;
    return true;
}

/* The time that a plain line begins with, or TIME_NONE. */
static i64 read_time(struct screen *s, str line)
{
    const bool iso = s->form.time == LINE_TIME_ISO;
    const size_t n = MINUTE_N + 2 + (iso ? 5 : 0);
    if (line.n <= n || line.p[n] != s->form.separator)
        return TIME_NONE;
    if ((s->minute_time == TIME_NONE || memcmp(line.p, s->minute, MINUTE_N) != 0) &&
        !read_minute(s, line))
        return TIME_NONE;
    const char *const p = line.p + MINUTE_N;
    if (!is_digit(p[0]) || !is_digit(p[1]) || p[0] > '5')
        return TIME_NONE;
    const i64 time = s->minute_time + ((p[0] - '0') * 10 + p[1] - '0') * TIME_SECOND;
    if (!iso)
        return time;
    if (p[2] != '.' || !is_digit(p[3]) || !is_digit(p[4]) || !is_digit(p[5]) || p[6] != 'Z')
        return TIME_NONE;
    return time + ((p[3] - '0') * 100 + (p[4] - '0') * 10 + p[5] - '0') * (TIME_SECOND / 1000);
}

static void flush(struct screen *s)
{
    const struct screener *const screener = s->out->env->screener;
    if (s->passed.lines)
        screener->passed(screener->arg, s->shape, &s->passed);
    s->passed = (struct passed){0};
}

static void count(struct screen *s, i64 time)
{
    struct passed *const p = &s->passed;
    if (p->lines && time / HOUR != p->first / HOUR)
        flush(s);
    p->first = p->lines ? MIN(p->first, time) : time;
    p->last = p->lines ? MAX(p->last, time) : time;
    p->lines++;
}

static bool has_place(struct screen *s, size_t from, size_t to)
{
    while (s->place < s->places.n && s->places.p[s->place] < from)
        s->place++;
    return s->place < s->places.n && s->places.p[s->place] < to;
}

/* Has a word of the line its bit in `words`? */
static bool has_bit(const u64 *words, size_t from, size_t to)
{
    for (size_t w = from / WORD; w <= to / WORD; w++)
        if (words[w / 64] >> w % 64 & 1)
            return true;
    return false;
}

/* Is there nothing odd about the line that ends at `end` of the piece, and does it interest nobody?
 * Then it is counted. */
static INLINE bool passes(struct screen *s, const struct walk *walk, size_t end)
{
    str line = str_sub(s->data, s->start + walk->at, s->start + end);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    if (walk->separators + 1 != s->form.columns || walk->odd || walk->in_quotes || line.n == 0)
        return false;
    const char last = line.p[line.n - 1];
    if (has_bit(s->masks.zero, walk->at, end) || last == '\r' ||
        (s->form.time == LINE_TIME_W3C && last == s->form.separator) ||
        !is_as_told(s, walk->at, line, s->form.host, &s->host) ||
        !is_as_told(s, walk->at, line, s->form.part, &s->part))
        return false;
    const i64 time = read_time(s, line);
    if (time == TIME_NONE)
        return false;
    if (wants_columns(s, walk->at, line) ||
        ((has_place(s, walk->at, end) || has_bit(s->masks.wide, walk->at, end)) &&
         s->rules->wants(s->rules->arg, line)))
        return false;
    count(s, time);
    return true;
}

/* ------------------------------------------------------------------ a piece */

/* Lines from `at` of the piece on, until one does not pass or does not end here: gives its place.
 */
static INLINE size_t walk_lines(struct screen *s, size_t at)
{
    const size_t n = s->end - s->start, words = (n + WORD - 1) / WORD;
    struct walk walk = {.at = at};
    size_t w = at / WORD;
    s->stopped = false;
    u64 rest = ~(u64)0 << at % WORD; /* bytes of the word that are not dealt with */
    while (w < words) {
        const u64 feeds = s->masks.feed[w] & rest;
        if (!feeds) {
            walk_word(s, &walk, w, rest);
            rest = ~(u64)0;
            w++;
            continue;
        }
        const u32 i = (u32)__builtin_ctzll(feeds);
        walk_word(s, &walk, w, rest & below((u64)1 << i));
        s->stopped = !passes(s, &walk, w * WORD + i);
        if (s->stopped)
            return walk.at;
        s->lines->number++;
        walk = (struct walk){.at = w * WORD + i + 1};
        rest = i == WORD - 1 ? 0 : ~(u64)0 << (i + 1);
        if (!rest) {
            rest = ~(u64)0;
            w++;
        }
    }
    return walk.at;
}

static size_t walk_plain(struct screen *s, size_t at)
{
    return walk_lines(s, at);
}

#if HAS_AVX2
AVX2 static size_t walk_avx2(struct screen *s, size_t at)
{
    return walk_lines(s, at);
}
#else
#define mask_avx2 mask_plain
#define walk_avx2 walk_plain
#endif

static void take_piece(struct screen *s, size_t start)
{
    s->start = start;
    s->end = MIN(start + PIECE, s->data.n);
    const str text = str_sub(s->data, s->start, s->end);
    if (has_avx2())
        mask_avx2(&s->masks, text, s->form.separator);
    else
        mask_plain(&s->masks, text, s->form.separator);
    s->rules = NULL;
}

static void find_places(struct screen *s, const struct line_screen *rules)
{
    const str text = str_sub(s->data, s->start, s->end);
    s->rules = rules;
    s->places.n = 0;
    s->place = 0;
    if (!rules->atoms)
        return;
    if (screen_plain)
        atoms_find_plain(rules->atoms, text, &s->places);
    else
        atoms_find(rules->atoms, text, &s->places);
}

/* Pass over lines of the block. False when the one that comes next is for the reader. */
static bool pass_piece(struct screen *s, const struct line_screen *rules)
{
    if (s->lines->at < s->start || s->lines->at >= s->end)
        take_piece(s, s->lines->at);
    if (s->rules != rules)
        find_places(s, rules);
    const size_t at = s->lines->at - s->start;
    const size_t next = has_avx2() ? walk_avx2(s, at) : walk_plain(s, at);
    s->lines->at = s->start + next;
    if (s->stopped || next == 0 || s->end == s->data.n)
        return false;
    s->end = s->start; /* a line that is cut off goes on in the next piece */
    return true;
}

void screen_pass(struct screen *s)
{
    if (!s || !s->on || !s->has_event || s->lines->at >= s->data.n)
        return;
    const struct screener *const screener = s->out->env->screener;
    const struct line_screen *const rules = screener->screen(screener->arg, s->shape);
    if (!rules)
        return;
    line_events_flush(s->out); /* what is passed over is counted with the event before it */
    while (pass_piece(s, rules))
        continue;
    flush(s);
}

/* ------------------------------------------------------------------ between lines */

struct screen *screen_new(struct line_events *out, struct lines *lines)
{
    if (!out->env->screener)
        return NULL;
    struct screen *const s = ARENA_NEW(out->env->arena, struct screen);
    s->out = out;
    s->lines = lines;
    s->data = out->block->data;
    s->minute_time = TIME_NONE;
    return s;
}

void screen_free(struct screen *s)
{
    if (s)
        VEC_FREE(&s->places);
}

void screen_columns(struct screen *s, const struct line_form *form, const struct shape *shape)
{
    if (!s)
        return;
    s->on = form && shape && s->lines->ends == ENDS_FEED;
    s->has_event = false;
    s->shape = shape;
    s->start = s->end = 0;
    s->minute_time = TIME_NONE;
    if (s->on)
        s->form = *form;
}

/* False when it is too long to be remembered. */
static bool remember(struct told *told, const struct value *slots, i32 column)
{
    const struct value none = {.type = VALUE_NONE}, v = column < 0 ? none : slots[column];
    if (v.n > TOLD_MAX)
        return false;
    told->n = v.n;
    if (v.n)
        memcpy(told->text, v.p, v.n);
    return true;
}

void screen_seen(struct screen *s, const struct value *slots)
{
    if (s && s->on)
        s->has_event =
            remember(&s->host, slots, s->form.host) && remember(&s->part, slots, s->form.part);
}
