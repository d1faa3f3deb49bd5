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

/* FILETIMEs reach from 1601 to 60056: what does not fit the program's times (0, "never") still
 * shows as what it says. */
static str text_of_filetime(u64 filetime, struct arena *arena)
{
    const u64 second = 10000000, day = 86400 * second;
    int year, month, date;
    time_civil_from_days((i64)(filetime / day) - 134774, &year, &month,
                         &date); /* days from 1601 to 1970 */
    const u64 rest = filetime % day, s = rest / second;
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%07dZ", year, month, date,
                        (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (int)(rest % second));
}

static str text_of_systemtime(const u8 *p, struct arena *arena)
{
    return arena_printf(arena, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", load_u16(p), load_u16(p + 2),
                        load_u16(p + 6), load_u16(p + 8), load_u16(p + 10), load_u16(p + 12),
                        load_u16(p + 14));
}

static str text_of_guid(const u8 *p, struct arena *arena)
{
    return arena_printf(arena, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", load_u32(p),
                        load_u16(p + 4), load_u16(p + 6), p[8], p[9], p[10], p[11], p[12], p[13],
                        p[14], p[15]);
}

static str text_of_hex_bytes(const u8 *p, size_t n, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    char *const out = arena_alloc(arena, n * 2 + 1, 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
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
    char text[24 + 15 * 12 + 16];
    int len = snprintf(text, sizeof text, "S-%u-%llu", p[0], (unsigned long long)authority);
    for (u32 i = 0; i < p[1]; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, "-%u", load_u32(p + 8 + 4 * i));
    return arena_str(arena, (str){text, (size_t)len});
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
        return arena_printf(arena, "%lld", (long long)v.i);
    case VALUE_U64:
        return arena_printf(arena, "%llu", (unsigned long long)v.u);
    case VALUE_HEX:
        return arena_printf(arena, "0x%llx", (unsigned long long)v.u);
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
