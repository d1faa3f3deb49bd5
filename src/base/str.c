#include "base/str.h"

bool str_ieq(str a, str b)
{
    return a.n == b.n && str_istarts(a, b);
}

bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(str s, str suffix)
{
    return s.n >= suffix.n && str_starts(str_sub(s, s.n - suffix.n, s.n), suffix);
}

bool str_istarts(str s, str prefix)
{
    if (s.n < prefix.n)
        return false;
    for (size_t i = 0; i < prefix.n; i++)
        if (ascii_lower(s.p[i]) != ascii_lower(prefix.p[i]))
            return false;
    return true;
}

bool str_iends(str s, str suffix)
{
    return s.n >= suffix.n && str_istarts(str_sub(s, s.n - suffix.n, s.n), suffix);
}

size_t str_find(str s, str needle)
{
    if (needle.n == 0)
        return 0;
    if (s.n < needle.n)
        return SIZE_MAX;
    const char *const hit = memmem(s.p, s.n, needle.p, needle.n);
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t str_ifind(str s, str needle)
{
    for (size_t i = 0; i + needle.n <= s.n; i++)
        if (str_istarts(str_sub(s, i, s.n), needle))
            return i;
    return SIZE_MAX;
}

size_t str_find_char(str s, char c)
{
    const char *const hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

str str_file_name(str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != '\\')
        at--;
    return str_sub(path, at, path.n);
}

int str_cmp(str a, str b)
{
    const size_t n = MIN(a.n, b.n);
    const int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    while (s.n && is_space(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_next(str *rest, char sep, str *out)
{
    if (!rest->p)
        return false;
    const size_t at = str_find_char(*rest, sep);
    *out = str_sub(*rest, 0, at);
    *rest = at == SIZE_MAX ? STR_NONE : str_sub(*rest, at + 1, rest->n);
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

bool str_u64(str s, u64 *out)
{
    unsigned base = 10;
    if (str_istarts(s, S("0x"))) {
        base = 16;
        s = str_sub(s, 2, s.n);
    }
    if (s.n == 0)
        return false;
    u64 value = 0;
    for (size_t i = 0; i < s.n; i++) {
        const int digit = digit_of(s.p[i]);
        if (digit >= (int)base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (u64)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool str_i64(str s, i64 *out)
{
    const bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    u64 value;
    if (!str_u64(s, &value) || value > (u64)INT64_MAX + negative)
        return false;
    *out = negative ? (i64)(0 - value) : (i64)value;
    return true;
}
