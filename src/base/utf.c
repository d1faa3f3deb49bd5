#include "base/utf.h"

#include "base/cur.h"

u32 utf8_next(str s, size_t *at)
{
    const u8 *const p = (const u8 *)s.p + *at;
    const size_t left = s.n - *at;
    u32 code, least;
    size_t n;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    } else if ((p[0] & 0xE0) == 0xC0) {
        n = 2, code = p[0] & 0x1F, least = 0x80;
    } else if ((p[0] & 0xF0) == 0xE0) {
        n = 3, code = p[0] & 0x0F, least = 0x800;
    } else if ((p[0] & 0xF8) == 0xF0) {
        n = 4, code = p[0] & 0x07, least = 0x10000;
    } else {
        n = 1, code = UTF_BAD, least = 0;
    }
    for (size_t i = 1; i < n; i++) {
        if (i >= left || (p[i] & 0xC0) != 0x80) {
            *at += 1;
            return UTF_BAD;
        }
        code = code << 6 | (p[i] & 0x3F);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        *at += 1;
        return UTF_BAD;
    }
    *at += n;
    return code;
}

size_t utf8_put(u32 code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

bool utf8_valid(str s)
{
    for (size_t at = 0; at < s.n;) {
        const size_t start = at;
        if (utf8_next(s, &at) == UTF_BAD && at - start == 1)
            return false;
    }
    return true;
}

str utf8_clean(struct arena *arena, str s)
{
    if (utf8_valid(s))
        return s;
    char *const out = arena_alloc(arena, s.n * 3 + 1, 1);
    size_t n = 0;
    for (size_t at = 0; at < s.n;)
        n += utf8_put(utf8_next(s, &at), out + n);
    return (str){out, n};
}

enum utf16_order utf16_order(str head)
{
    return str_starts(head, S("\xFF\xFE"))   ? UTF16_LITTLE
           : str_starts(head, S("\xFE\xFF")) ? UTF16_BIG
                                             : UTF16_NONE;
}

size_t utf16_append(struct buf *out, str in, enum utf16_order order, bool end)
{
    const u8 *const p = (const u8 *)in.p;
    const size_t low_byte = order == UTF16_BIG, units = in.n / 2;
    size_t i = 0;
    for (; i < units; i++) {
        u32 code = p[2 * i + low_byte] | (u32)p[2 * i + !low_byte] << 8;
        if (code >= 0xD800 && code < 0xDC00 && i + 1 == units && !end)
            break;
        if (code >= 0xD800 && code < 0xE000) {
            const size_t next = 2 * i + 2;
            const u32 low = code < 0xDC00 && i + 1 < units
                                ? p[next + low_byte] | (u32)p[next + !low_byte] << 8
                                : 0;
            const bool is_pair = low >= 0xDC00 && low < 0xE000;
            code = is_pair ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : UTF_BAD;
            i += is_pair;
        }
        char text[4];
        buf_add(out, (str){text, utf8_put(code, text)});
    }
    return end ? in.n : 2 * i;
}

str utf16_text(struct arena *arena, const u8 *p, size_t n)
{
    const size_t units = n / 2;
    char *const out = arena_alloc(arena, units * 3 + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < units; i++) {
        u32 code = load_u16(p + 2 * i);
        if (code < 0x80) {
            out[len++] = (char)code;
            continue;
        }
        if (code >= 0xD800 && code < 0xE000) {
            const u32 low = code < 0xDC00 && i + 1 < units ? load_u16(p + 2 * i + 2) : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i++;
            } else {
                code = UTF_BAD;
            }
        }
        len += utf8_put(code, out + len);
    }
    return (str){out, len};
}

static const struct {
    u32 first, last;
    i32 delta;
    u32 step;
} fold_ranges[] = {
#include "base/fold_table.h"
};

u32 utf_fold(u32 code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    size_t low = 0, high = COUNT(fold_ranges);
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (code > fold_ranges[mid].last)
            low = mid + 1;
        else if (code < fold_ranges[mid].first)
            high = mid;
        else if ((code - fold_ranges[mid].first) % fold_ranges[mid].step == 0)
            return (u32)((i32)code + fold_ranges[mid].delta);
        else
            return code;
    }
    return code;
}
