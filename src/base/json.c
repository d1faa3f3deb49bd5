#include "base/json.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/limits.h"
#include "base/utf.h"

enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* after '[' */
    EXPECT_KEY_OR_END,   /* after '{' */
    EXPECT_COMMA_OR_END,
    EXPECT_NOTHING, /* the value is whole */
    EXPECT_FAILED,
};

static_assert(LIMIT_NESTING <= 64, "one bit a level");

void json_start(struct json_reader *reader, str input, size_t at)
{
    *reader = (struct json_reader){.start = input.p,
                                   .end = input.n ? input.p + input.n : input.p,
                                   .at = at,
                                   .expect = EXPECT_VALUE};
}

static enum json_type fail(struct json_reader *reader, const char *p, const char *why)
{
    reader->at = (size_t)(p - reader->start);
    reader->cut_short = p == reader->end;
    reader->why = reader->cut_short ? "JSON ends in the middle of a value" : why;
    reader->expect = EXPECT_FAILED;
    return JSON_ERROR;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* The first byte from p on that ends a run of plain string bytes: a quote, a backslash, a control
 * character; or end. */
static const char *plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'),
                  control = _mm_set1_epi8(0x1F);
    for (; end - p >= 16; p += 16) {
        const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        const __m128i hit =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
        const int mask = _mm_movemask_epi8(hit);
        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (u8)*p >= 0x20)
        p++;
    return p;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* p stands at a backslash. Behind the escape, or NULL with *at_bad where it goes wrong. */
static const char *escape_end(const char *p, const char *end, const char **at_bad)
{
    p++;
    if (p < end && *p == 'u') {
        for (int i = 0; i < 4; i++)
            if (++p == end || !is_hex(*p)) {
                *at_bad = p;
                return NULL;
            }
        return p + 1;
    }
    *at_bad = p;
    return p < end && strchr("\"\\/bfnrt", *p) && *p ? p + 1 : NULL;
}

/* p stands at the opening quote. False after fail. */
static bool read_string(struct json_reader *reader, const char *p)
{
    const char *const body = p + 1;
    reader->escaped = false;
    for (p = body;;) {
        p = plain_end(p, reader->end);
        if (p < reader->end && *p == '"')
            break;
        if (p == reader->end || *p != '\\') {
            fail(reader, p, "control character in a string");
            return false;
        }
        const char *bad = NULL;
        reader->escaped = true;
        p = escape_end(p, reader->end, &bad);
        if (!p) {
            fail(reader, bad, "invalid escape in a string");
            return false;
        }
    }
    reader->text = (str){body, (size_t)(p - body)};
    reader->at = (size_t)(p + 1 - reader->start);
    return true;
}

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* What stands behind a whole value: a comma and so on, or the end. */
static void value_done(struct json_reader *reader)
{
    reader->expect = reader->depth ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

/* -? (0 | [1-9][0-9]*) (\. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static enum json_type read_number(struct json_reader *reader, const char *p)
{
    const char *const start = p, *const end = reader->end;
    if (*p == '-')
        p++;
    const char *q = p < end && *p == '0' ? p + 1 : digits_end(p, end);
    if (q == p)
        return fail(reader, p, "a digit is missing in a number");
    if (q < end && *q == '.') {
        p = q + 1;
        q = digits_end(p, end);
        if (q == p)
            return fail(reader, p, "a digit is missing after the point");
    }
    if (q < end && (*q == 'e' || *q == 'E')) {
        p = q + 1;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        q = digits_end(p, end);
        if (q == p)
            return fail(reader, p, "a digit is missing in the exponent");
    }
    reader->text = (str){start, (size_t)(q - start)};
    reader->at = (size_t)(q - reader->start);
    value_done(reader);
    return JSON_NUMBER;
}

static enum json_type read_word(struct json_reader *reader, const char *p)
{
    static const struct {
        str word;
        enum json_type type;
    } words[] = {
        {{"null", 4}, JSON_NULL},
        {{"true", 4}, JSON_TRUE},
        {{"false", 5}, JSON_FALSE},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        const str word = words[i].word;
        size_t n = 0;
        while (n < word.n && p + n < reader->end && p[n] == word.p[n])
            n++;
        if (n == word.n) {
            reader->at = (size_t)(p + n - reader->start);
            value_done(reader);
            return words[i].type;
        }
        if (n > 0)
            return fail(reader, p + n, "not a JSON value");
    }
    return fail(reader, p, "not a JSON value");
}

static enum json_type open_container(struct json_reader *reader, const char *p)
{
    const bool object = *p == '{';
    if (reader->depth == LIMIT_NESTING)
        return fail(reader, p, "nested too deep");
    const u64 bit = (u64)1 << reader->depth++;
    reader->objects = object ? reader->objects | bit : reader->objects & ~bit;
    reader->at = (size_t)(p + 1 - reader->start);
    reader->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_type close_container(struct json_reader *reader, const char *p)
{
    reader->depth--;
    reader->at = (size_t)(p + 1 - reader->start);
    value_done(reader);
    return *p == '}' ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_type read_key(struct json_reader *reader, const char *p)
{
    if (p == reader->end || *p != '"')
        return fail(reader, p, "a key is missing");
    reader->text_at = (size_t)(p - reader->start);
    if (!read_string(reader, p))
        return JSON_ERROR;
    p = skip_space(reader->start + reader->at, reader->end);
    if (p == reader->end || *p != ':')
        return fail(reader, p, "a colon is missing after a key");
    reader->at = (size_t)(p + 1 - reader->start);
    reader->expect = EXPECT_VALUE;
    return JSON_KEY;
}

static enum json_type read_value(struct json_reader *reader, const char *p)
{
    reader->text_at = (size_t)(p - reader->start);
    if (p == reader->end)
        return fail(reader, p, "a value is missing");
    switch (*p) {
    case '"':
        if (!read_string(reader, p))
            return JSON_ERROR;
        value_done(reader);
        return JSON_STRING;
    case '{':
    case '[':
        return open_container(reader, p);
    default:
        if (*p == '-' || (*p >= '0' && *p <= '9'))
            return read_number(reader, p);
        return read_word(reader, p);
    }
}

enum json_type json_next(struct json_reader *reader)
{
    if (reader->expect >= EXPECT_NOTHING)
        return reader->expect == EXPECT_NOTHING ? JSON_END : JSON_ERROR;
    const char *p = skip_space(reader->start + reader->at, reader->end);
    reader->text_at = (size_t)(p - reader->start);
    const bool in_object = reader->depth && (reader->objects >> (reader->depth - 1) & 1);
    const char closer = in_object ? '}' : ']';
    if (reader->expect == EXPECT_VALUE)
        return read_value(reader, p);
    if (p < reader->end && *p == closer)
        return close_container(reader, p);
    if (reader->expect == EXPECT_COMMA_OR_END) {
        if (p == reader->end || *p != ',')
            return fail(reader, p,
                        in_object ? "a comma or } is missing" : "a comma or ] is missing");
        p = skip_space(p + 1, reader->end);
        reader->text_at = (size_t)(p - reader->start);
    }
    return in_object ? read_key(reader, p) : read_value(reader, p);
}

enum json_type json_skip(struct json_reader *reader)
{
    const u32 depth = reader->depth;
    const enum json_type first = json_next(reader);
    enum json_type type = first;
    while (type != JSON_ERROR && reader->depth > depth)
        type = json_next(reader);
    return type == JSON_ERROR ? JSON_ERROR : first;
}

static u32 hex4(const char *p)
{
    u32 code = 0;
    for (int i = 0; i < 4; i++) {
        const char c = p[i];
        code = code << 4 | (u32)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return code;
}

/* The code point of the \u escape whose digits begin at s.p[*at]; *at is moved behind it, or behind
 * both of a pair. */
static u32 unescape_unicode(str s, size_t *at)
{
    u32 code = hex4(s.p + *at);
    *at += 4;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    u32 low = 0;
    if (code < 0xDC00 && *at + 6 <= s.n && s.p[*at] == '\\' && s.p[*at + 1] == 'u')
        low = hex4(s.p + *at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return UTF_BAD;
    *at += 6;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

str json_unescape(str body, struct arena *arena)
{
    /* three for each byte that is no UTF-8 */
    char *const out = arena_alloc(arena, body.n * 3 + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < body.n;) {
        if (body.p[i] != '\\') {
            len += utf8_put(utf8_next(body, &i), out + len);
            continue;
        }
        const char c = body.p[i + 1];
        i += 2;
        if (c == 'u') {
            len += utf8_put(unescape_unicode(body, &i), out + len);
            continue;
        }
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        const char *const hit = strchr(from, c);
        out[len++] = hit ? to[hit - from] : c;
    }
    return (str){out, len};
}

void text_position(str text, size_t off, u32 *ret_line, u32 *ret_col)
{
    u32 line = 1;
    size_t start = 0;
    for (size_t i = 0; i < MIN(off, text.n); i++)
        if (text.p[i] == '\n') {
            line++;
            start = i + 1;
        }
    *ret_line = line;
    *ret_col = (u32)(off - start) + 1;
}

static str token_text(const struct json_reader *reader, struct arena *arena)
{
    return reader->escaped ? json_unescape(reader->text, arena) : utf8_clean(arena, reader->text);
}

/* Containers that are open, and where the next child of each is to be hung. */
struct builder {
    struct json_reader reader;
    struct arena *arena;
    struct json *open[LIMIT_NESTING];
    struct json **tail[LIMIT_NESTING];
    u32 depth;
};

static struct json *add_node(struct builder *b, enum json_type type, str key)
{
    struct json *const node = ARENA_NEW(b->arena, struct json);
    node->type = type;
    node->key = key;
    node->off = b->reader.text_at;
    if (type == JSON_STRING)
        node->text = token_text(&b->reader, b->arena);
    else if (type == JSON_NUMBER)
        node->text = b->reader.text;
    if (b->depth) {
        *b->tail[b->depth - 1] = node;
        b->tail[b->depth - 1] = &node->next;
        b->open[b->depth - 1]->n++;
    }
    if (type == JSON_OBJECT || type == JSON_ARRAY) {
        b->open[b->depth] = node;
        b->tail[b->depth++] = &node->first;
    }
    return node;
}

static struct json *build(struct builder *b)
{
    struct json *root = NULL;
    str key = STR_NONE;
    for (;;) {
        const enum json_type type = json_next(&b->reader);
        if (type == JSON_ERROR || type == JSON_END)
            return type == JSON_END ? root : NULL;
        if (type == JSON_KEY) {
            key = token_text(&b->reader, b->arena);
            continue;
        }
        if (type == JSON_OBJECT_END || type == JSON_ARRAY_END) {
            b->depth--;
            continue;
        }
        struct json *const node = add_node(b, type, key);
        root = root ? root : node;
        key = STR_NONE;
    }
}

enum status json_parse(str text, struct arena *arena, const struct json **out, struct err *err)
{
    struct builder b = {.arena = arena};
    json_start(&b.reader, text, str_starts(text, S("\xEF\xBB\xBF")) ? 3 : 0);
    const struct json *const root = build(&b);
    const char *why = b.reader.why;
    if (root) {
        const char *const rest = skip_space(b.reader.start + b.reader.at, b.reader.end);
        b.reader.at = (size_t)(rest - b.reader.start);
        why = rest < b.reader.end ? "something follows the value" : NULL;
    }
    if (!why) {
        *out = root;
        return OK;
    }
    if (err) {
        err->off = b.reader.at;
        text_position(text, b.reader.at, &err->line, &err->col);
    }
    return err_set(err, ERR_SYNTAX, "%s", why);
}

const struct json *json_get(const struct json *object, const char *key)
{
    const str name = str_from(key);
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    JSON_EACH (object, it) {
        if (str_eq(it->key, name))
            return it;
    }
    return NULL;
}

const struct json *json_at(const struct json *array, u32 i)
{
    if (!array || array->type != JSON_ARRAY)
        return NULL;
    JSON_EACH (array, it) {
        if (i-- == 0)
            return it;
    }
    return NULL;
}

str json_text(const struct json *value)
{
    return value ? value->text : STR_NONE;
}

bool json_i64(const struct json *value, i64 *out)
{
    return value && value->type == JSON_NUMBER && str_i64(value->text, out);
}

bool json_f64(const struct json *value, double *out)
{
    char text[64];
    if (!value || value->type != JSON_NUMBER || value->text.n >= sizeof text)
        return false;
    memcpy(text, value->text.p, value->text.n);
    text[value->text.n] = 0;
    *out = strtod(text, NULL);
    return true;
}

bool json_bool(const struct json *value, bool *out)
{
    if (!value || (value->type != JSON_TRUE && value->type != JSON_FALSE))
        return false;
    *out = value->type == JSON_TRUE;
    return true;
}
