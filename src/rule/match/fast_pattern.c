#include "rule/match/fast_pattern.h"

#include "base/utf.h"

/* ------------------------------------------------------------------ tokens */

/* `\` takes the meaning from `\`, `*` and `?` behind it, and is itself before anything else:
 * `\*` is an asterisk, `\\*` a backslash and a wildcard, `\\\*` a backslash and an asterisk, `\a`
 * and `\\a` the same. */
struct fast_tokens fast_tokens_read(str text, struct arena *arena)
{
    struct fast_tokens out = {.p = ARENA_ARRAY(arena, u32, text.n + 1)};
    for (size_t at = 0; at < text.n;) {
        u32 code = utf8_next(text, &at);
        if (code == '\\' && at < text.n && memchr("\\*?", text.p[at], 3))
            code = (u8)text.p[at++];
        else if (code == '*')
            code = TOKEN_MANY;
        else if (code == '?')
            code = TOKEN_ONE;
        out.p[out.n++] = code;
    }
    return out;
}

static void put_many(struct fast_tokens *tokens, bool before, bool behind, struct arena *arena)
{
    u32 *const p = ARENA_ARRAY(arena, u32, tokens->n + 2);
    u32 n = 0;
    if (before)
        p[n++] = TOKEN_MANY;
    for (u32 i = 0; i < tokens->n; i++)
        p[n++] = tokens->p[i];
    if (behind)
        p[n++] = TOKEN_MANY;
    tokens->p = p;
    tokens->n = n;
}

void fast_tokens_contains(struct fast_tokens *tokens, struct arena *arena)
{
    put_many(tokens, true, true, arena);
}

void fast_tokens_startswith(struct fast_tokens *tokens, struct arena *arena)
{
    put_many(tokens, false, true, arena);
}

void fast_tokens_endswith(struct fast_tokens *tokens, struct arena *arena)
{
    put_many(tokens, true, false, arena);
}

static bool is_dash(u32 code)
{
    return code == '-' || code == '/' || (code >= 0x2013 && code <= 0x2015);
}

/* A letter, a digit, '_', and whatever is beyond ASCII and no dash. */
static bool is_word(u32 code)
{
    if (code >= 0x80)
        return code < TOKEN_ONE && !is_dash(code);
    return code == '_' || (code >= '0' && code <= '9') ||
           ((code | 32) >= 'a' && (code | 32) <= 'z');
}

/* A dash at a word start: no word character before it, one behind it. "a-b -c" has one. */
void fast_tokens_windash(struct fast_tokens *tokens)
{
    for (u32 i = 0; i + 1 < tokens->n; i++)
        if (is_dash(tokens->p[i]) && is_word(tokens->p[i + 1]) &&
            (i == 0 || !is_word(tokens->p[i - 1])))
            tokens->p[i] = TOKEN_DASH;
}

/* ------------------------------------------------------------------ encodings */

/* Characters become UTF-16 code units, each byte of which is a character of the result ("wide" data
 * seen through a byte lens); wildcards stay. */
void fast_tokens_utf16(struct fast_tokens *tokens, enum fast_utf16 form, struct arena *arena)
{
    u32 *const p = ARENA_ARRAY(arena, u32, tokens->n * 4 + 2);
    u32 n = 0;
    if (form == UTF16_BOM) {
        p[n++] = 0xFF;
        p[n++] = 0xFE;
    }
    for (u32 i = 0; i < tokens->n; i++) {
        const u32 code = tokens->p[i];
        if (code >= TOKEN_ONE) {
            p[n++] = code;
            continue;
        }
        const bool pair = code >= 0x10000;
        const u32 units[2] = {pair ? 0xD800 + ((code - 0x10000) >> 10) : code,
                              0xDC00 + ((code - 0x10000) & 0x3FF)};
        for (u32 k = 0; k < (pair ? 2u : 1u); k++) {
            p[n++] = form == UTF16_BE ? units[k] >> 8 : units[k] & 0xFF;
            p[n++] = form == UTF16_BE ? units[k] & 0xFF : units[k] >> 8;
        }
    }
    tokens->p = p;
    tokens->n = n;
    tokens->is_bytes = tokens->exact_case = true;
}

/* What an encoder sees: the bytes that utf16 made, else UTF-8. */
static str bytes_of(const struct fast_tokens *tokens, u32 lead, struct arena *arena)
{
    char *const out = arena_alloc(arena, lead + tokens->n * 4 + 4, 1);
    size_t n = lead;
    memset(out, 0, lead);
    for (u32 i = 0; i < tokens->n; i++) {
        assert(tokens->p[i] < TOKEN_ONE);
        if (tokens->is_bytes)
            out[n++] = (char)tokens->p[i];
        else
            n += utf8_put(tokens->p[i], out + n);
    }
    return (str){out, n};
}

static struct fast_tokens encode(str bytes, struct arena *arena)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct fast_tokens out = {.p = ARENA_ARRAY(arena, u32, bytes.n * 2 + 4), .exact_case = true};
    for (size_t i = 0; i < bytes.n; i += 3) {
        u32 group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < bytes.n ? (u8)bytes.p[i + k] : 0);
        for (u32 k = 0; k < 4; k++)
            out.p[out.n++] = i + k <= bytes.n ? (u8)digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

void fast_tokens_base64(struct fast_tokens *tokens, struct arena *arena)
{
    *tokens = encode(bytes_of(tokens, 0, arena), arena);
}

/* Behind `shift` unknown bytes the first 0, 2 or 3 characters hold unknown bits, and with (shift +
 * n) % 3 bytes in the last group its last 0, 3 or 2 characters do. "foo" behind one byte: AGZvbw==
 * → cut 2 and 2 (…= are two of them, w a third) → Zvb. */
bool fast_tokens_base64offset(const struct fast_tokens *tokens, u32 shift, struct arena *arena,
                              struct fast_tokens *out)
{
    static const u32 head[] = {0, 2, 3}, tail[] = {0, 3, 2};
    const str bytes = bytes_of(tokens, shift, arena);
    *out = encode(bytes, arena);
    const u32 cut = head[shift] + tail[bytes.n % 3];
    if (out->n <= cut)
        return false;
    out->p += head[shift];
    out->n -= cut;
    return true;
}

/* ------------------------------------------------------------------ patterns */

static str literal_text(const u32 *p, u32 n, const struct fast_fold *fold, bool exact_case,
                        struct arena *arena)
{
    char *const out = arena_alloc(arena, n * 4 + 4, 1);
    size_t len = 0;
    for (u32 i = 0; i < n; i++)
        len += utf8_put(p[i], out + len);
    return exact_case ? (str){out, len} : fast_fold_text(fold, (str){out, len}, arena);
}

/* Runs of code points become one element each, MANY MANY becomes MANY. */
static void make_elements(struct fast_pattern *pattern, const struct fast_tokens *tokens,
                          const struct fast_fold *fold, struct arena *arena)
{
    struct fast_element *const out = ARENA_ARRAY(arena, struct fast_element, tokens->n + 1);
    u32 n = 0;
    for (u32 i = 0; i < tokens->n;) {
        const u32 start = i;
        while (i < tokens->n && tokens->p[i] < TOKEN_ONE)
            i++;
        if (i > start)
            out[n++].text =
                literal_text(tokens->p + start, i - start, fold, pattern->exact_case, arena);
        else if (tokens->p[i++] != TOKEN_MANY || n == 0 || out[n - 1].token != TOKEN_MANY)
            out[n++].token = tokens->p[start];
    }
    pattern->elements = out;
    pattern->n = n;
}

static enum fast_shape find_shape(const struct fast_pattern *pattern, str *out_literal)
{
    const struct fast_element *e = pattern->elements;
    u32 n = pattern->n;
    *out_literal = S("");
    const bool before = n && e[0].token == TOKEN_MANY;
    if (n == 1 && before)
        return SHAPE_ANY;
    const bool behind = n && e[n - 1].token == TOKEN_MANY;
    e += before;
    n -= (u32)before + (u32)behind;
    if (n > 1 || (n == 1 && e[0].token))
        return SHAPE_GENERAL;
    if (n == 1)
        *out_literal = e[0].text;
    return before && behind ? SHAPE_CONTAINS
           : before         ? SHAPE_SUFFIX
           : behind         ? SHAPE_PREFIX
                            : SHAPE_EQUAL;
}

static str find_needle(const struct fast_pattern *pattern)
{
    str best = S("");
    for (u32 i = 0; i < pattern->n; i++)
        if (!pattern->elements[i].token && pattern->elements[i].text.n > best.n)
            best = pattern->elements[i].text;
    return best;
}

/* Tokens as UTF-8-like text in which 0xFF cannot occur otherwise. */
static str make_key(const struct fast_pattern *pattern, struct arena *arena)
{
    size_t n = 1;
    for (u32 i = 0; i < pattern->n; i++)
        n += pattern->elements[i].token ? 2 : pattern->elements[i].text.n;
    char *const out = arena_alloc(arena, n, 1);
    out[0] = pattern->exact_case ? 'c' : 'i';
    n = 1;
    for (u32 i = 0; i < pattern->n; i++) {
        const struct fast_element *const e = &pattern->elements[i];
        if (e->token) {
            out[n++] = (char)0xFF;
            out[n++] = (char)('0' + (e->token - TOKEN_ONE));
        } else {
            memcpy(out + n, e->text.p, e->text.n);
            n += e->text.n;
        }
    }
    return (str){out, n};
}

struct fast_pattern fast_pattern_make(const struct fast_tokens *tokens,
                                      const struct fast_fold *fold, struct arena *arena)
{
    struct fast_pattern pattern = {.exact_case = tokens->exact_case};
    make_elements(&pattern, tokens, fold, arena);
    pattern.shape = find_shape(&pattern, &pattern.literal);
    pattern.needle = find_needle(&pattern);
    pattern.exact_case &=
        pattern.needle.n > 0; /* without a literal there is no case, and one test less */
    if (pattern.exact_case)
        pattern.needle = fast_fold_text(fold, pattern.needle, arena);
    pattern.key = make_key(&pattern, arena);
    return pattern;
}

/* The same bytes, at the same place. */
static bool str_same(str a, str b)
{
    return a.p == b.p && a.n == b.n;
}

struct fast_pattern fast_pattern_keep(const struct fast_pattern *pattern, struct arena *arena)
{
    struct fast_pattern out = *pattern;
    struct fast_element *const elements = ARENA_ARRAY(arena, struct fast_element, pattern->n);
    out.literal = arena_str(arena, pattern->literal);
    out.needle = str_same(pattern->literal, pattern->needle) ? out.literal
                                                             : arena_str(arena, pattern->needle);
    for (u32 i = 0; i < pattern->n; i++) {
        const str text = pattern->elements[i].text;
        elements[i] = pattern->elements[i];
        if (!elements[i].token)
            elements[i].text = str_same(text, pattern->literal)  ? out.literal
                               : str_same(text, pattern->needle) ? out.needle
                                                                 : arena_str(arena, text);
    }
    out.elements = elements;
    out.key = STR_NONE;
    return out;
}

/* ------------------------------------------------------------------ matching */

/* Length of what the element takes at the start of p[0..n), or SIZE_MAX. Not for MANY. */
static size_t take_front(const struct fast_element *e, const char *p, size_t n)
{
    if (!e->token)
        return n >= e->text.n && memcmp(p, e->text.p, e->text.n) == 0 ? e->text.n : SIZE_MAX;
    if (n == 0)
        return SIZE_MAX;
    size_t len = 0;
    const u32 code = utf8_next((str){p, n}, &len);
    return e->token == TOKEN_ONE || is_dash(code) ? len : SIZE_MAX;
}

/* The same at the end of p[0..n). */
static size_t take_back(const struct fast_element *e, const char *p, size_t n)
{
    if (!e->token)
        return n >= e->text.n ? take_front(e, p + n - e->text.n, e->text.n) : SIZE_MAX;
    size_t start = n;
    while (start > 0 && ((u8)p[--start] & 0xC0) == 0x80)
        ;
    return take_front(e, p + start, n - start);
}

/* A chunk is what stands between two MANY. Length taken at p, or SIZE_MAX. */
static size_t chunk_at(const struct fast_element *e, u32 n_elements, const char *p, size_t n)
{
    size_t at = 0;
    for (u32 i = 0; i < n_elements; i++) {
        const size_t len = take_front(&e[i], p + at, n - at);
        if (len == SIZE_MAX)
            return SIZE_MAX;
        at += len;
    }
    return at;
}

/* Leftmost place of the chunk in p[0..n): offset behind it, or SIZE_MAX. */
static size_t chunk_find(const struct fast_element *e, u32 n_elements, const char *p, size_t n)
{
    for (size_t at = 0; at <= n; at++) {
        if (at < n && ((u8)p[at] & 0xC0) == 0x80)
            continue; /* inside a character */
        if (!e[0].token) {
            const char *const hit = memmem(p + at, n - at, e[0].text.p, e[0].text.n);
            if (!hit)
                return SIZE_MAX;
            at = (size_t)(hit - p);
        }
        const size_t len = chunk_at(e, n_elements, p + at, n - at);
        if (len != SIZE_MAX)
            return at + len;
    }
    return SIZE_MAX;
}

static u32 chunk_length(const struct fast_element *e, u32 n)
{
    u32 i = 0;
    while (i < n && e[i].token != TOKEN_MANY)
        i++;
    return i;
}

/* The first chunk stands at the start, the last at the end, those between at the leftmost place
 * behind the one before: a later place never helps, since MANY takes whatever lies between. */
static bool match_elements(const struct fast_element *e, u32 n, str text)
{
    const char *p = text.p;
    size_t left = text.n;
    const u32 first = chunk_length(e, n);
    const size_t len = chunk_at(e, first, p, left);
    if (len == SIZE_MAX || first == n)
        return len == left && len != SIZE_MAX;
    p += len;
    left -= len;
    e += first + 1;
    n -= first + 1;
    for (; n && e[n - 1].token != TOKEN_MANY; n--) {
        const size_t back = take_back(&e[n - 1], p, left);
        if (back == SIZE_MAX)
            return false;
        left -= back;
    }
    while (n) {
        const u32 chunk = chunk_length(e, n);
        const size_t end = chunk_find(e, chunk, p, left);
        if (end == SIZE_MAX)
            return false;
        p += end;
        left -= end;
        e += chunk + 1;
        n -= chunk + 1;
    }
    return true;
}

bool fast_pattern_match(const struct fast_pattern *pattern, const struct fast_text *text)
{
    return match_elements(pattern->elements, pattern->n,
                          pattern->exact_case ? text->exact : text->folded);
}
