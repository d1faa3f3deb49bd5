#include "rule/exact.h"

#include "rule/sigma/check.h"

bool exact_parse(str text, exact_number *out)
{
    if (!sigma_is_number(text))
        return false;
    const size_t sign = text.p[0] == '-' || text.p[0] == '+';
    const size_t dot = MIN(str_find_char(text, '.'), text.n);
    u64 whole = 0;
    exact_number decimals = 0;
    u32 n = 0;
    (void)str_u64(str_sub(text, sign, dot), &whole);
    for (size_t i = dot + 1; i < text.n; i++) {
        const int digit = text.p[i] - '0';
        if (n == EXACT_DECIMALS && digit)
            return false;
        if (n == EXACT_DECIMALS)
            continue;
        decimals = decimals * 10 + digit;
        n++;
    }
    for (; n < EXACT_DECIMALS; n++)
        decimals *= 10;
    *out = (exact_number)whole * EXACT_ONE + decimals;
    if (text.p[0] == '-')
        *out = -*out;
    return true;
}

/* number = high × 2^64 + low, with 0 ≤ low < 2^64, also below zero. */
static exact_number high_of(exact_number number)
{
    return number >> 64;
}

static exact_number low_of(exact_number number)
{
    return (exact_number)(u64)number;
}

void exact_add(struct exact_sum *sum, exact_number number)
{
    sum->high += high_of(number);
    sum->low += low_of(number);
}

void exact_take(struct exact_sum *sum, exact_number number)
{
    sum->high -= high_of(number);
    sum->low -= low_of(number);
}

int exact_compare(const struct exact_sum *sum, exact_number number, u32 count)
{
    const exact_number low = low_of(number) * count;
    const exact_number high = high_of(number) * count + high_of(low);
    const exact_number have = sum->high + high_of(sum->low);
    if (have != high)
        return have < high ? -1 : 1;
    return (low_of(sum->low) > low_of(low)) - (low_of(sum->low) < low_of(low));
}
