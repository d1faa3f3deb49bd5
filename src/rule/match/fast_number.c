#include "rule/match/fast_number.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#include "base/timex.h"

/* ------------------------------------------------------------------ numbers */

static bool set_digits(struct fast_number *out, bool negative, str whole, str frac)
{
    while (whole.n && whole.p[0] == '0')
        whole = str_sub(whole, 1, whole.n);
    while (frac.n && frac.p[frac.n - 1] == '0')
        frac.n--;
    out->negative = negative && whole.n + frac.n > 0;
    out->n_whole = (u8)whole.n;
    out->n_frac = (u8)frac.n;
    if (whole.n)
        memcpy(out->digits, whole.p, whole.n);
    if (frac.n)
        memcpy(out->digits + whole.n, frac.p, frac.n);
    return true;
}

static bool all_digits(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

bool fast_number_read(str text, struct fast_number *out)
{
    if (text.n == 0 || (u8)text.p[0] > '9') /* most texts are none, and show it at once */
        return false;
    const bool sign = text.p[0] == '-' || text.p[0] == '+';
    u64 whole;
    if (str_u64(str_sub(text, sign, text.n), &whole)) {
        char z[24];
        snprintf(z, sizeof z, "%llu", (unsigned long long)whole);
        return set_digits(out, text.p[0] == '-', str_from(z), S(""));
    }
    if (text.n > 40)
        return false;
    const size_t dot = str_find_char(text, '.');
    const str left = str_sub(text, sign, dot), right = str_sub(text, dot == SIZE_MAX ? text.n : dot + 1, text.n);
    return all_digits(left) && all_digits(right) && set_digits(out, text.p[0] == '-', left, right);
}

static int cmp_magnitude(const struct fast_number *a, const struct fast_number *b)
{
    if (a->n_whole != b->n_whole)
        return a->n_whole < b->n_whole ? -1 : 1;
    const int whole = memcmp(a->digits, b->digits, a->n_whole);
    return whole ? whole
                 : str_cmp((str){a->digits + a->n_whole, a->n_frac}, (str){b->digits + b->n_whole, b->n_frac});
}

int fast_number_cmp(const struct fast_number *a, const struct fast_number *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? -cmp_magnitude(a, b) : cmp_magnitude(a, b);
}

str fast_number_key(const struct fast_number *number, char out[FAST_NUMBER_MAX + 2])
{
    out[0] = number->negative ? '-' : '+';
    out[1] = (char)number->n_whole;
    memcpy(out + 2, number->digits, (size_t)number->n_whole + number->n_frac);
    return (str){out, (size_t)number->n_whole + number->n_frac + 2};
}

/* ------------------------------------------------------------------ addresses */

static bool read_ip(str text, struct fast_net *out)
{
    char z[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof z)
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    if (strlen(z) != text.n)
        return false;
    *out = (struct fast_net){.n_bytes = 4, .bits = 32};
    if (inet_pton(AF_INET, z, out->bytes) == 1)
        return true;
    *out = (struct fast_net){.n_bytes = 16, .bits = 128};
    return inet_pton(AF_INET6, z, out->bytes) == 1;
}

/* ::ffff:a.b.c.d is a.b.c.d, and a network of at least 96 bits in there is one of IPv4. */
static void unmap(struct fast_net *net)
{
    static const u8 head[12] = {[10] = 0xFF, [11] = 0xFF};
    if (net->n_bytes != 16 || net->bits < 96 || memcmp(net->bytes, head, sizeof head) != 0)
        return;
    memmove(net->bytes, net->bytes + 12, 4);
    net->n_bytes = 4;
    net->bits -= 96;
}

bool fast_net_read(str text, struct fast_net *out)
{
    const size_t slash = str_find_char(text, '/');
    u64 bits;
    if (!read_ip(str_sub(text, 0, slash), out))
        return false;
    if (slash != SIZE_MAX) {
        if (!str_u64(str_sub(text, slash + 1, text.n), &bits) || bits > out->bits)
            return false;
        out->bits = (u8)bits;
    }
    unmap(out);
    return true;
}

static bool is_port(str text)
{
    return text.n > 1 && text.n <= 6 && text.p[0] == ':' && all_digits(str_sub(text, 1, text.n));
}

bool fast_address_read(str text, struct fast_net *out)
{
    if (text.n == 0 || text.n > 128)
        return false;
    if (text.p[0] == '[') {
        const size_t close = str_find_char(text, ']');
        const str behind = str_sub(text, close == SIZE_MAX ? text.n : close + 1, text.n);
        if (close == SIZE_MAX || (behind.n && !is_port(behind)))
            return false;
        text = str_sub(text, 1, close);
    } else {
        const size_t colon = str_find_char(text, ':');
        if (colon != SIZE_MAX && memchr(text.p, '.', colon) && is_port(str_sub(text, colon, text.n)))
            text.n = colon;
    }
    text = str_sub(text, 0, str_find_char(text, '%'));
    if (!read_ip(text, out))
        return false;
    unmap(out);
    return true;
}

bool fast_net_has(const struct fast_net *net, const struct fast_net *address)
{
    if (net->n_bytes != address->n_bytes)
        return false;
    const u32 whole = net->bits / 8, rest = net->bits % 8;
    return memcmp(net->bytes, address->bytes, whole) == 0 &&
           (rest == 0 || ((net->bytes[whole] ^ address->bytes[whole]) & (0xFF00 >> rest & 0xFF)) == 0);
}

/* ------------------------------------------------------------------ times */

bool fast_part_read(str text, enum fast_part part, i64 *out)
{
    i64 ns;
    if (!time_parse(text, &ns) || ns == TIME_NONE)
        return false;
    const time_t seconds = (time_t)(ns / TIME_SECOND - (ns % TIME_SECOND < 0));
    struct tm tm;
    char week[8];
    gmtime_r(&seconds, &tm);
    strftime(week, sizeof week, "%V", &tm);
    const i64 parts[] = {
        tm.tm_min, tm.tm_hour, tm.tm_mday, (week[0] - '0') * 10 + week[1] - '0', tm.tm_mon + 1, tm.tm_year + 1900,
    };
    *out = parts[part];
    return true;
}
