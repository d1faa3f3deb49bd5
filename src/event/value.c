#include "event/value.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cur.h"
#include "base/json.h"
#include "base/timex.h"
#include "base/utf.h"

/* Windows-1252, 0x80 to 0x9F (the five bytes it leaves open map to themselves, as WHATWG's index
 * does). */
static const u16 ansi_high[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static str text_of_ansi(const u8 *p, size_t n, struct arena *arena)
{
    char *const out = arena_alloc(arena, n * 3 + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += utf8_put(p[i] >= 0x80 && p[i] < 0xA0 ? ansi_high[p[i] - 0x80] : p[i], out + len);
    return (str){out, len};
}

static str text_of_csv(str s, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < s.n; i++) {
        out[len++] = s.p[i];
        if (s.p[i] == '"' && i + 1 < s.n && s.p[i + 1] == '"')
            i++;
    }
    return utf8_clean(arena, (str){out, len});
}

static str text_of_plus(str s, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n + 1, 1);
    for (size_t i = 0; i < s.n; i++)
        out[i] = s.p[i] == '+' ? ' ' : s.p[i];
    return utf8_clean(arena, (str){out, s.n});
}

static str text_of_f64(double f, struct arena *arena)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    return arena_str(arena, str_from(text));
}

/* Decimal digits, with zeros before them up to a width: the end of the text. printf is ten times
 * slower, and numbers are most of what event logs hold. */
static char *put_number(char *p, u64 v, u32 width)
{
    char digits[20];
    u32 n = 0;
    do
        digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) || n < width);
    while (n)
        *p++ = digits[--n];
    return p;
}

static char *put_hex(char *p, u64 v, u32 width, const char *digits)
{
    u32 n = 1;
    while (n < 16 && v >> 4 * n)
        n++;
    for (n = MAX(n, width); n;)
        *p++ = digits[v >> 4 * --n & 15];
    return p;
}

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

static str text_of_i64(i64 i, struct arena *arena)
{
    char *const out = arena_alloc(arena, 21, 1);
    char *p = out;
    if (i < 0)
        *p++ = '-';
    p = put_number(p, i < 0 ? -(u64)i : (u64)i, 1);
    return (str){out, (size_t)(p - out)};
}

static str text_of_u64(u64 u, struct arena *arena)
{
    char *const out = arena_alloc(arena, 20, 1);
    return (str){out, (size_t)(put_number(out, u, 1) - out)};
}

static str text_of_hex(u64 u, struct arena *arena)
{
    char *const out = arena_alloc(arena, 18, 1);
    out[0] = '0';
    out[1] = 'x';
    return (str){out, (size_t)(put_hex(out + 2, u, 1, lower) - out)};
}

/* Each of the first six in two digits at least, the first in four; then the fraction and Z. */
static str text_of_date(const u64 parts[6], u64 fraction, u32 decimals, struct arena *arena)
{
    char *const out = arena_alloc(arena, 64, 1);
    char *p = put_number(out, parts[0], 4);
    for (u32 i = 1; i < 6; i++) {
        *p++ = "--T::"[i - 1];
        p = put_number(p, parts[i], 2);
    }
    *p++ = '.';
    p = put_number(p, fraction, decimals);
    *p++ = 'Z';
    return (str){out, (size_t)(p - out)};
}

/* FILETIMEs reach from 1601 to 60056: what does not fit the program's times (0, "never") still
 * shows as what it says. */
static str text_of_filetime(u64 filetime, struct arena *arena)
{
    const u64 second = 10000000, day = 86400 * second;
    int year, month, date;
    time_civil_from_days((i64)(filetime / day) - 134774, &year, &month,
                         &date); /* days from 1601 to 1970 */
    const u64 rest = filetime % day, s = rest / second;
    const u64 parts[] = {(u64)year, (u64)month, (u64)date, s / 3600, s / 60 % 60, s % 60};
    return text_of_date(parts, rest % second, 7, arena);
}

static str text_of_systemtime(const u8 *p, struct arena *arena)
{
    const u64 parts[] = {load_u16(p),     load_u16(p + 2),  load_u16(p + 6),
                         load_u16(p + 8), load_u16(p + 10), load_u16(p + 12)};
    return text_of_date(parts, load_u16(p + 14), 3, arena);
}

static str text_of_guid(const u8 *p, struct arena *arena)
{
    char *const out = arena_alloc(arena, 36, 1);
    char *at = put_hex(out, load_u32(p), 8, upper);
    *at++ = '-';
    at = put_hex(at, load_u16(p + 4), 4, upper);
    *at++ = '-';
    at = put_hex(at, load_u16(p + 6), 4, upper);
    for (u32 i = 8; i < 16; i++) {
        if (i == 8 || i == 10)
            *at++ = '-';
        at = put_hex(at, p[i], 2, upper);
    }
    return (str){out, 36};
}

static str text_of_hex_bytes(const u8 *p, size_t n, struct arena *arena)
{
    char *const out = arena_alloc(arena, n * 2 + 1, 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = upper[p[i] >> 4];
        out[2 * i + 1] = upper[p[i] & 15];
    }
    return (str){out, n * 2};
}

/* [MS-DTYP] 2.4.2: revision, count, 48-bit authority (big-endian), then count sub-authorities. */
static str text_of_sid(const u8 *p, size_t n, struct arena *arena)
{
    if (n < 8 || p[1] > 15 || n < 8 + 4u * p[1])
        return text_of_hex_bytes(p, n, arena);
    u64 authority = 0;
    for (int i = 2; i < 8; i++)
        authority = authority << 8 | p[i];
    char *const out = arena_alloc(arena, 24 + 15 * 12 + 16, 1), *at = out;
    *at++ = 'S';
    *at++ = '-';
    at = put_number(at, p[0], 1);
    *at++ = '-';
    at = put_number(at, authority, 1);
    for (u32 i = 0; i < p[1]; i++) {
        *at++ = '-';
        at = put_number(at, load_u32(p + 8 + 4 * i), 1);
    }
    return (str){out, (size_t)(at - out)};
}

static str text_of_array(struct value v, struct arena *arena)
{
    size_t n = 0;
    str *const parts = ARENA_ARRAY(arena, str, v.n);
    for (u32 i = 0; i < v.n; i++) {
        parts[i] = value_text(v.items[i], arena);
        n += parts[i].n + 1;
    }
    char *const out = arena_alloc(arena, n + 1, 1);
    n = 0;
    for (u32 i = 0; i < v.n; i++) {
        if (i)
            out[n++] = ' ';
        if (parts[i].n)
            memcpy(out + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    return (str){out, n};
}

str value_text(struct value v, struct arena *arena)
{
    const str s = {v.p, v.n};
    switch ((enum value_type)v.type) {
    case VALUE_NONE:
    case VALUE_NULL:
        break;
    case VALUE_UTF8:
        return utf8_clean(arena, s);
    case VALUE_JSON:
        return json_unescape(s, arena);
    case VALUE_CSV:
        return text_of_csv(s, arena);
    case VALUE_PLUS:
        return text_of_plus(s, arena);
    case VALUE_UTF16:
        return utf16_text(arena, v.p, v.n);
    case VALUE_ANSI:
        return text_of_ansi(v.p, v.n, arena);
    case VALUE_I64:
        return text_of_i64(v.i, arena);
    case VALUE_U64:
        return text_of_u64(v.u, arena);
    case VALUE_HEX:
        return text_of_hex(v.u, arena);
    case VALUE_F64:
        return text_of_f64(v.f, arena);
    case VALUE_BOOL:
        return v.u ? S("true") : S("false");
    case VALUE_FILETIME:
        return text_of_filetime(v.u, arena);
    case VALUE_SYSTEMTIME:
        return text_of_systemtime(v.p, arena);
    case VALUE_GUID:
        return text_of_guid(v.p, arena);
    case VALUE_SID:
        return text_of_sid(v.p, v.n, arena);
    case VALUE_BINARY:
        return text_of_hex_bytes(v.p, v.n, arena);
    case VALUE_ARRAY:
        return text_of_array(v, arena);
    }
    return S("");
}

bool value_is_text(struct value v)
{
    return v.type >= VALUE_UTF8 && v.type <= VALUE_ANSI;
}

bool value_int(struct value v, i64 *out)
{
    switch ((enum value_type)v.type) {
    case VALUE_I64:
        *out = v.i;
        return true;
    case VALUE_U64:
    case VALUE_HEX:
        if (v.u > INT64_MAX)
            return false;
        *out = (i64)v.u;
        return true;
    case VALUE_UTF8:
    case VALUE_CSV:
        return str_i64((str){v.p, v.n}, out);
    case VALUE_UTF16: {
        char text[24];
        if (v.n / 2 > sizeof text)
            return false;
        for (u32 i = 0; i < v.n / 2; i++) {
            const u16 unit = load_u16((const u8 *)v.p + 2 * i);
            if (unit >= 0x80)
                return false;
            text[i] = (char)unit;
        }
        return str_i64((str){text, v.n / 2}, out);
    }
    default:
        return false;
    }
}
