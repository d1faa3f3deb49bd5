#include "rule/match/fast_number.h"

#include <arpa/inet.h>
#include <time.h>

#include "base/timex.h"

/* ------------------------------------------------------------------ numbers */

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
    const bool negative = text.p[0] == '-', sign = negative || text.p[0] == '+';
    const size_t dot = str_find_char(text, '.');
    const str whole = str_sub(text, sign, dot);
    str frac = STR_NONE;
    if (dot != SIZE_MAX) {
        frac = str_sub(text, dot + 1, text.n);
        if (!all_digits(whole) || !all_digits(frac))
            return false;
        while (frac.n && frac.p[frac.n - 1] == '0')
            frac.n--;
    }
    u64 value;
    if (!str_u64(whole, &value))
        return false;
    *out = (struct fast_number){negative && (value || frac.n), value, frac};
    return true;
}

static int cmp_magnitude(const struct fast_number *a, const struct fast_number *b)
{
    if (a->whole != b->whole)
        return a->whole < b->whole ? -1 : 1;
    return str_cmp(a->frac, b->frac);
}

int fast_number_cmp(const struct fast_number *a, const struct fast_number *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? -cmp_magnitude(a, b) : cmp_magnitude(a, b);
}

str fast_number_key(const struct fast_number *number, struct arena *arena)
{
    char *const out = arena_alloc(arena, 1 + sizeof number->whole + number->frac.n, 1);
    out[0] = number->negative ? '-' : '+';
    memcpy(out + 1, &number->whole, sizeof number->whole);
    if (number->frac.n)
        memcpy(out + 1 + sizeof number->whole, number->frac.p, number->frac.n);
    return (str){out, 1 + sizeof number->whole + number->frac.n};
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
    if (text.n && text.p[0] == '[') {
        const size_t close = str_find_char(text, ']');
        const str behind = str_sub(text, close == SIZE_MAX ? text.n : close + 1, text.n);
        if (close == SIZE_MAX || (behind.n && !is_port(behind)))
            return false;
        text = str_sub(text, 1, close);
    } else {
        const size_t colon = str_find_char(text, ':');
        if (colon != SIZE_MAX && memchr(text.p, '.', colon) &&
            is_port(str_sub(text, colon, text.n)))
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
           (rest == 0 ||
            ((net->bytes[whole] ^ address->bytes[whole]) & (0xFF00 >> rest & 0xFF)) == 0);
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
        tm.tm_min,     tm.tm_hour,        tm.tm_mday, (week[0] - '0') * 10 + week[1] - '0',
        tm.tm_mon + 1, tm.tm_year + 1900,
    };
    *out = parts[part];
    return true;
}
