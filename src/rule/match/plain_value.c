#define PCRE2_CODE_UNIT_WIDTH 8
#include "rule/match/plain_value.h"

#include <arpa/inet.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/timex.h"
#include "base/utf.h"

struct number { /* ± whole.fraction */
    bool negative;
    u64 whole;
    str fraction; /* digits without zeros at the end */
};

struct network {
    bool v6;
    u8 address[16];
    u32 bits;
};

struct plain_value {
    const struct sigma_value *value;
    struct runes pattern;
    bool is_number;
    struct number number;
    struct network network;
    pcre2_code *re;
    str *bytes; /* encoded forms, any of them */
    u32 n_bytes;
};

/* ---- texts and patterns ---- */

static struct runes runes_of(str s, bool fold, struct arena *arena)
{
    struct runes out = {ARENA_ARRAY(arena, u32, s.n + 1), 0};
    for (size_t at = 0; at < s.n;) {
        const u32 code = utf8_next(s, &at);
        out.p[out.n++] = fold ? utf_fold(code) : code;
    }
    return out;
}

static struct runes text_runes(struct plain_text *text, bool cased, struct arena *arena)
{
    struct runes *const runes = cased ? &text->exact : &text->folded;
    if (!runes->p)
        *runes = runes_of(text->text, !cased, arena);
    return *runes;
}

static bool is_dash(u32 rune)
{
    return rune == '-' || rune == '/' || rune == 0x2013 || rune == 0x2014 || rune == 0x2015;
}

static bool is_word(u32 rune)
{
    return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
           (rune >= '0' && rune <= '9') || rune == '_' ||
           (rune >= 0x80 && rune < RUNE_ANY && !is_dash(rune));
}

/* A dash that starts a word and stands behind none: "-enc", " /c", but not "a-b" and not " - ". */
static void open_dashes(struct runes *pattern)
{
    bool after_word = false;
    for (u32 i = 0; i < pattern->n; i++) {
        const bool word = is_word(pattern->p[i]);
        if (is_dash(pattern->p[i]) && !after_word && i + 1 < pattern->n &&
            is_word(pattern->p[i + 1]))
            pattern->p[i] = RUNE_DASH;
        after_word = word;
    }
}

/* `\\` is a backslash, `\*` and `\?` are plain characters, any other backslash is itself. */
static struct runes unescape(const struct runes *raw, struct arena *arena)
{
    struct runes out = {ARENA_ARRAY(arena, u32, raw->n + 1), 0};
    for (u32 i = 0; i < raw->n; i++) {
        const u32 rune = raw->p[i];
        const u32 next = i + 1 < raw->n ? raw->p[i + 1] : 0;
        if (rune == '\\' && (next == '\\' || next == '*' || next == '?'))
            out.p[out.n++] = raw->p[++i];
        else
            out.p[out.n++] = rune == '*' ? (u32)RUNE_ANY : rune == '?' ? (u32)RUNE_ONE : rune;
    }
    return out;
}

/* contains, startswith and endswith are wildcards at the open ends. */
static struct runes open_ends(const struct runes *pattern, enum plain_kind kind,
                              struct arena *arena)
{
    struct runes out = {ARENA_ARRAY(arena, u32, pattern->n + 2), 0};
    if (kind == P_CONTAINS || kind == P_ENDS)
        out.p[out.n++] = RUNE_ANY;
    if (pattern->n)
        memcpy(out.p + out.n, pattern->p, pattern->n * sizeof *out.p);
    out.n += pattern->n;
    if (kind == P_CONTAINS || kind == P_STARTS)
        out.p[out.n++] = RUNE_ANY;
    return out;
}

static bool fits(u32 want, u32 rune)
{
    return want == RUNE_ONE || want == rune || (want == RUNE_DASH && is_dash(rune));
}

/* From `at` on, the first place where a match of a pattern that begins with `want` can start. */
static u32 next_start(const struct runes *text, u32 at, u32 want)
{
    while (want < RUNE_ANY && at < text->n && text->p[at] != want)
        at++;
    return at;
}

/* Walks along both; after a mismatch the last '*' takes one character more. */
static bool pattern_matches(const struct runes *pattern, const struct runes *text)
{
    u32 i = 0, k = 0, star = UINT32_MAX, mark = 0;
    while (k < text->n) {
        if (i < pattern->n && pattern->p[i] == RUNE_ANY) {
            star = i++;
            mark = k;
        } else if (i < pattern->n && fits(pattern->p[i], text->p[k])) {
            i++;
            k++;
        } else if (star != UINT32_MAX) {
            i = star + 1;
            k = mark = next_start(text, mark + 1, i < pattern->n ? pattern->p[i] : RUNE_ANY);
        } else {
            return false;
        }
    }
    while (i < pattern->n && pattern->p[i] == RUNE_ANY)
        i++;
    return i == pattern->n;
}

static struct runes value_pattern(const struct plain_item *item, str value, struct arena *arena)
{
    const struct runes raw = runes_of(value, !item->cased, arena);
    struct runes pattern = unescape(&raw, arena);
    if (item->windash)
        open_dashes(&pattern);
    return open_ends(&pattern, item->kind, arena);
}

/* ---- numbers ---- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* At least one digit from *at on, to the first that is none; false also when 64 bits do not hold
 * it. */
static bool parse_whole(str s, size_t *at, int base, u64 *out)
{
    const size_t start = *at;
    *out = 0;
    for (; *at < s.n && digit_value(s.p[*at]) < base; ++*at)
        if (__builtin_mul_overflow(*out, (u64)base, out) ||
            __builtin_add_overflow(*out, (u64)digit_value(s.p[*at]), out))
            return false;
    return *at > start;
}

static bool parse_number(str s, struct number *out)
{
    *out = (struct number){.fraction = S("")};
    size_t at = 0;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        out->negative = s.p[at++] == '-';
    if (at + 1 < s.n && s.p[at] == '0' && (s.p[at + 1] == 'x' || s.p[at + 1] == 'X')) {
        at += 2;
        return parse_whole(s, &at, 16, &out->whole) && at == s.n;
    }
    if (!parse_whole(s, &at, 10, &out->whole))
        return false;
    if (at < s.n && s.p[at] == '.') {
        const size_t start = ++at;
        while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
            at++;
        if (at == start)
            return false;
        out->fraction = str_sub(s, start, at);
        while (out->fraction.n && out->fraction.p[out->fraction.n - 1] == '0')
            out->fraction.n--;
    }
    return at == s.n;
}

static int compare_numbers(const struct number *a, const struct number *b)
{
    const bool zero_a = a->whole == 0 && a->fraction.n == 0,
               zero_b = b->whole == 0 && b->fraction.n == 0;
    const bool negative_a = a->negative && !zero_a, negative_b = b->negative && !zero_b;
    if (negative_a != negative_b)
        return negative_a ? -1 : 1;
    int order = a->whole < b->whole ? -1 : a->whole > b->whole;
    if (order == 0)
        order = str_cmp(a->fraction, b->fraction);
    return negative_a ? -order : order;
}

static bool number_holds(enum plain_kind kind, const struct number *have, const struct number *want)
{
    const int order = compare_numbers(have, want);
    switch (kind) {
    case P_EQUALS:
        return order == 0;
    case P_LT:
        return order < 0;
    case P_LTE:
        return order <= 0;
    case P_GT:
        return order > 0;
    case P_GTE:
        return order >= 0;
    default:
        return false;
    }
}

/* ---- parts of a time, in UTC ---- */

static bool time_part(str text, enum plain_part part, struct number *out)
{
    i64 ns;
    if (!time_parse(text, &ns))
        return false;
    const i64 day_ns = ns % TIME_SECOND;
    const time_t seconds = (time_t)(ns / TIME_SECOND - (day_ns < 0));
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char week[8];
    strftime(week, sizeof week, "%V",
             &tm); /* ISO 8601: weeks start on Monday, the first holds 4 January */
    const int parts[] = {
        [PART_MINUTE] = tm.tm_min,    [PART_HOUR] = tm.tm_hour,
        [PART_DAY] = tm.tm_mday,      [PART_WEEK] = (int)strtol(week, NULL, 10),
        [PART_MONTH] = tm.tm_mon + 1, [PART_YEAR] = tm.tm_year + 1900,
    };
    *out = (struct number){.whole = (u64)parts[part], .fraction = S("")};
    return true;
}

/* ---- networks ---- */

static bool parse_address(str s, struct network *out)
{
    char z[INET6_ADDRSTRLEN + 1];
    static const u8 mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (s.n == 0 || s.n >= sizeof z || memchr(s.p, 0, s.n))
        return false;
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    *out = (struct network){.bits = 32};
    if (inet_pton(AF_INET, z, out->address) == 1)
        return true;
    if (inet_pton(AF_INET6, z, out->address) != 1)
        return false;
    out->v6 = true;
    out->bits = 128;
    if (memcmp(out->address, mapped, sizeof mapped) == 0) {
        memmove(out->address, out->address + 12, 4);
        out->v6 = false;
        out->bits = 32;
    }
    return true;
}

static bool is_port(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0 && s.n <= 5;
}

/* "10.0.0.1", "10.0.0.1:443", "fe80::1", "fe80::1%eth0", "[fe80::1]", "[fe80::1%3]:443". */
static bool address_of_text(str s, struct network *out)
{
    if (s.n && s.p[0] == '[') {
        const size_t close = str_find_char(s, ']');
        const str rest = close == SIZE_MAX ? STR_NONE : str_sub(s, close + 1, s.n);
        if (close == SIZE_MAX ||
            (rest.n && (rest.p[0] != ':' || !is_port(str_sub(rest, 1, rest.n)))))
            return false;
        s = str_sub(s, 1, close);
    } else {
        const size_t colon = str_find_char(s, ':');
        if (colon != SIZE_MAX && str_find_char(s, '.') < colon &&
            is_port(str_sub(s, colon + 1, s.n)))
            s = str_sub(s, 0, colon);
    }
    const size_t zone = str_find_char(s, '%');
    return parse_address(zone == SIZE_MAX ? s : str_sub(s, 0, zone), out);
}

/* A v6 network inside ::ffff:0:0/96 is the v4 network it stands for. */
static void parse_network(str s, struct network *out)
{
    const size_t slash = str_find_char(s, '/');
    u64 bits = 0;
    const str address = slash == SIZE_MAX ? s : str_sub(s, 0, slash);
    const bool colon = str_find_char(address, ':') != SIZE_MAX;
    if (!parse_address(address, out))
        *out = (struct network){.bits = UINT32_MAX};
    if (slash == SIZE_MAX || !str_u64(str_sub(s, slash + 1, s.n), &bits))
        return;
    const bool mapped = colon && !out->v6;
    if (mapped && bits < 96) { /* wider than the v4 addresses: a v6 network */
        memmove(out->address + 12, out->address, 4);
        memset(out->address, 0, 10);
        memset(out->address + 10, 0xFF, 2);
        out->v6 = true;
    }
    out->bits = mapped && bits >= 96 ? (u32)bits - 96 : (u32)bits;
}

static bool in_network(const struct network *net, const struct network *address)
{
    if (net->v6 != address->v6 || net->bits > 128)
        return false;
    for (u32 i = 0; i < net->bits; i++) {
        const u8 mask = (u8)(0x80 >> (i % 8));
        if ((net->address[i / 8] & mask) != (address->address[i / 8] & mask))
            return false;
    }
    return true;
}

/* ---- encodings ---- */

static str unescape_bytes(str s, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n &&
            (s.p[i + 1] == '\\' || s.p[i + 1] == '*' || s.p[i + 1] == '?'))
            i++;
        out[n++] = s.p[i];
    }
    return (str){out, n};
}

static void put_unit(char *out, size_t *n, u32 unit, bool big)
{
    out[(*n)++] = (char)(big ? unit >> 8 : unit);
    out[(*n)++] = (char)(big ? unit : unit >> 8);
}

static str utf16_bytes(str s, bool big, bool mark, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n * 2 + 4, 1);
    size_t n = 0;
    if (mark)
        put_unit(out, &n, 0xFEFF, big);
    for (size_t at = 0; at < s.n;) {
        const u32 code = utf8_next(s, &at);
        if (code >= 0x10000) {
            put_unit(out, &n, 0xD800 + ((code - 0x10000) >> 10), big);
            put_unit(out, &n, 0xDC00 + ((code - 0x10000) & 0x3FF), big);
        } else {
            put_unit(out, &n, code, big);
        }
    }
    return (str){out, n};
}

/* base64 of `shift` bytes nobody knows and then s: what is the same whatever stands before and
 * behind s, or with shift 0 and `whole` everything. */
static str base64_bytes(str s, u32 shift, bool whole, struct arena *arena)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const size_t head[] = {0, 2, 3}, tail[] = {0, 3, 2};
    const size_t total = s.n + shift;
    u8 *const in = arena_alloc(arena, total + 3, 1);
    char *const out = arena_alloc(arena, total / 3 * 4 + 5, 1);
    memset(in, 0, total + 3);
    if (s.n)
        memcpy(in + shift, s.p, s.n);
    size_t n = 0;
    for (size_t i = 0; i < total; i += 3) {
        const u32 three = (u32)in[i] << 16 | (u32)in[i + 1] << 8 | in[i + 2];
        out[n++] = digits[three >> 18];
        out[n++] = digits[three >> 12 & 63];
        out[n++] = i + 1 < total ? digits[three >> 6 & 63] : '=';
        out[n++] = i + 2 < total ? digits[three & 63] : '=';
    }
    return whole ? (str){out, n} : str_sub((str){out, n}, head[shift], n - tail[total % 3]);
}

/* What one modifier makes of one string of bytes: one string, or three. */
static void encode_one(str modifier, str bytes, str *out, u32 *n, struct arena *arena)
{
    if (str_eq(modifier, S("base64"))) {
        out[(*n)++] = base64_bytes(bytes, 0, true, arena);
    } else if (str_eq(modifier, S("base64offset"))) {
        for (u32 shift = 0; shift < 3; shift++)
            out[(*n)++] = base64_bytes(bytes, shift, false, arena);
    } else {
        const bool big = str_eq(modifier, S("utf16be")), mark = str_eq(modifier, S("utf16"));
        out[(*n)++] = utf16_bytes(bytes, big, mark, arena);
    }
}

static bool is_encoding(str modifier)
{
    return str_starts(modifier, S("base64")) || str_starts(modifier, S("utf16")) ||
           str_eq(modifier, S("wide"));
}

/* Each byte as the character of its number. */
static str bytes_as_characters(str bytes, struct arena *arena)
{
    char *const out = arena_alloc(arena, bytes.n * 2 + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++)
        n += utf8_put((u8)bytes.p[i], out + n);
    return (str){out, n};
}

static void encode(const struct sigma_item *item, struct plain_value *value, struct arena *arena)
{
    value->bytes = ARENA_NEW(arena, str);
    value->bytes[0] = unescape_bytes(value->value->text, arena);
    value->n_bytes = 1;
    bool base64 = false;
    for (u32 m = 0; m < item->n_modifiers; m++) {
        if (!is_encoding(item->modifiers[m]))
            continue;
        base64 = str_starts(item->modifiers[m], S("base64"));
        str *const next = ARENA_ARRAY(arena, str, (size_t)value->n_bytes * 3);
        u32 n = 0;
        for (u32 i = 0; i < value->n_bytes; i++)
            encode_one(item->modifiers[m], value->bytes[i], next, &n, arena);
        value->bytes = next;
        value->n_bytes = n;
    }
    for (u32 i = 0; i < value->n_bytes && !base64; i++)
        value->bytes[i] = bytes_as_characters(value->bytes[i], arena);
}

static bool bytes_match(enum plain_kind kind, str text, str bytes)
{
    switch (kind) {
    case P_CONTAINS:
        return str_find(text, bytes) != SIZE_MAX;
    case P_STARTS:
        return str_starts(text, bytes);
    case P_ENDS:
        return str_ends(text, bytes);
    default:
        return str_eq(text, bytes);
    }
}

/* ---- items ---- */

static void read_modifier(struct plain_item *out, str modifier)
{
    static const struct {
        const char *name;
        enum plain_kind kind;
    } kinds[] = {
        {"contains", P_CONTAINS},
        {"startswith", P_STARTS},
        {"endswith", P_ENDS},
        {"re", P_RE},
        {"cidr", P_CIDR},
        {"exists", P_EXISTS},
        {"lt", P_LT},
        {"lte", P_LTE},
        {"gt", P_GT},
        {"gte", P_GTE},
    };
    static const char *const parts[] = {"", "minute", "hour", "day", "week", "month", "year"};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_eq(modifier, str_from(kinds[i].name)))
            out->kind = kinds[i].kind;
    for (size_t i = 1; i < COUNT(parts); i++)
        if (str_eq(modifier, str_from(parts[i])))
            out->part = (enum plain_part)i;
    out->cased |= str_eq(modifier, S("cased"));
    out->all |= str_eq(modifier, S("all"));
    out->neq |= str_eq(modifier, S("neq"));
    out->windash |= str_eq(modifier, S("windash"));
    out->fieldref |= str_eq(modifier, S("fieldref"));
    out->encoded |= is_encoding(modifier);
}

static pcre2_code *compile_re(const struct sigma_item *item, str text, bool native)
{
    u32 options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    for (u32 i = 0; i < item->n_modifiers; i++) {
        options |= str_eq(item->modifiers[i], S("i")) ? PCRE2_CASELESS : 0;
        options |= str_eq(item->modifiers[i], S("m")) ? PCRE2_MULTILINE : 0;
        options |= str_eq(item->modifiers[i], S("s")) ? PCRE2_DOTALL : 0;
    }
    int code;
    PCRE2_SIZE at;
    pcre2_code *const re = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &code, &at, NULL);
    if (re && native)
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE); /* where it cannot, the interpreter is used */
    return re;
}

static void init_value(const struct plain_item *item, struct plain_value *out, struct arena *arena)
{
    const str text = out->value->text;
    if (out->value->type == SIGMA_NULL || item->kind == P_EXISTS || item->fieldref)
        return;
    if (item->encoded)
        encode(item->item, out, arena);
    else if (item->kind == P_RE)
        out->re = compile_re(item->item, text, item->native);
    else if (item->kind == P_CIDR)
        parse_network(text, &out->network);
    else
        out->pattern = value_pattern(item, text, arena);
    out->is_number = parse_number(text, &out->number);
}

void plain_item_init(struct plain_item *out, const struct sigma_item *item, bool native,
                     struct arena *arena)
{
    *out = (struct plain_item){
        .item = item, .kind = item->field.n ? P_EQUALS : P_CONTAINS, .native = native};
    for (u32 i = 0; i < item->n_modifiers; i++)
        read_modifier(out, item->modifiers[i]);
    out->values = ARENA_ARRAY(arena, struct plain_value, item->n_values);
    for (u32 i = 0; i < item->n_values; i++) {
        out->values[i].value = &item->values[i];
        init_value(out, &out->values[i], arena);
    }
}

void plain_item_release(struct plain_item *item)
{
    for (u32 i = 0; i < item->item->n_values; i++)
        pcre2_code_free(item->values[i].re);
}

static int run_re(const pcre2_code *re, str text, u32 options, u32 limit)
{
    pcre2_match_context *const context = pcre2_match_context_create(NULL);
    pcre2_match_data *const data = pcre2_match_data_create(1, NULL);
    pcre2_jit_stack *stack = NULL;
    const PCRE2_SPTR p = (PCRE2_SPTR)(text.n ? text.p : "");
    int n = PCRE2_ERROR_NOMEMORY;
    if (context && data) {
        pcre2_set_match_limit(context, limit);
        pcre2_set_depth_limit(context, SIGMA_RE_DEPTH_LIMIT);
        n = pcre2_match(re, p, text.n, 0, options, data, context);
    }
    /* The thread's own stack is enough for nearly all. One to be unmapped again stops every thread
     * of the process for a moment. */
    if (n == PCRE2_ERROR_JIT_STACKLIMIT)
        stack = pcre2_jit_stack_create(4096, SIGMA_RE_JIT_STACK, NULL);
    if (stack) {
        pcre2_jit_stack_assign(context, NULL, stack);
        n = pcre2_match(re, p, text.n, 0, options, data, context);
    }
    pcre2_jit_stack_free(stack);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return n;
}

/* The interpreter first; the just-in-time code is made when that has met a limit. */
static bool re_matches(pcre2_code *re, bool native, str text, bool *limited)
{
    if (!re)
        return false;
    int n = native ? run_re(re, text, 0, SIGMA_RE_JIT_LIMIT)
                   : run_re(re, text, PCRE2_NO_JIT, SIGMA_RE_MATCH_LIMIT);
    if (!native && n < 0 && n != PCRE2_ERROR_NOMATCH) {
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
        n = run_re(re, text, 0, SIGMA_RE_JIT_LIMIT);
    }
    *limited |= n < 0 && n != PCRE2_ERROR_NOMATCH;
    return n >= 0;
}

static bool numbers_match(const struct plain_item *item, const struct plain_value *value, str text)
{
    struct number have;
    return value->is_number && parse_number(text, &have) &&
           number_holds(item->kind, &have, &value->number);
}

bool plain_value_matches(const struct plain_item *item, u32 i, struct plain_text *text,
                         struct arena *arena, bool *limited)
{
    const struct plain_value *const value = &item->values[i];
    struct number part;
    struct network address;
    if (item->part != PART_NONE)
        return value->is_number && time_part(text->text, item->part, &part) &&
               number_holds(item->kind, &part, &value->number);
    if (item->encoded) {
        bool any = false;
        for (u32 k = 0; k < value->n_bytes; k++)
            any |= bytes_match(item->kind, text->text, value->bytes[k]);
        return any;
    }
    switch (item->kind) {
    case P_RE:
        return re_matches(value->re, item->native, text->text, limited);
    case P_CIDR:
        return address_of_text(text->text, &address) && in_network(&value->network, &address);
    case P_LT:
    case P_LTE:
    case P_GT:
    case P_GTE:
        return numbers_match(item, value, text->text);
    default:
        break;
    }
    const struct runes runes = text_runes(text, item->cased, arena);
    return pattern_matches(&value->pattern, &runes) || numbers_match(item, value, text->text);
}

bool plain_texts_match(const struct plain_item *item, struct plain_text *text,
                       struct plain_text *other, struct arena *arena)
{
    const struct runes want = text_runes(other, item->cased, arena);
    const struct runes pattern = open_ends(&want, item->kind, arena);
    const struct runes have = text_runes(text, item->cased, arena);
    struct number a, b;
    if (pattern_matches(&pattern, &have))
        return true;
    return item->kind == P_EQUALS && parse_number(text->text, &a) &&
           parse_number(other->text, &b) && compare_numbers(&a, &b) == 0;
}

bool plain_texts_equal(struct plain_text *a, struct plain_text *b, struct arena *arena)
{
    const struct runes x = text_runes(a, false, arena), y = text_runes(b, false, arena);
    return x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n * sizeof *x.p) == 0);
}
