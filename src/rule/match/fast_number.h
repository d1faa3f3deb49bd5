/* fast_number.h: texts seen as numbers, as addresses, and as times.
 *
 * A number is an optional sign and a whole part of 64 bits, decimal or 0x, the decimal one perhaps with decimals, which are
 * kept and compared digit by digit, so that nothing is ever rounded: "0x1250" is "4688", "-0.50" is "-0.5", "007" is "7". */
#ifndef RULE_MATCH_FAST_NUMBER_H
#define RULE_MATCH_FAST_NUMBER_H

#include "base/arena.h"

struct fast_number {
    u64 negative; /* 0, or 1, never of zero; so wide because it stands in images (fast_test.h) */
    u64 whole;
    str frac; /* digits behind the point, in the text, without zeros at the end */
};

bool fast_number_read(str text, struct fast_number *out); /* lives as long as the text */
int fast_number_cmp(const struct fast_number *a, const struct fast_number *b);
str fast_number_key(const struct fast_number *number, struct arena *arena); /* equal keys: equal numbers */

/* An IP address or network; IPv4-mapped IPv6 counts as IPv4. */
struct fast_net {
    u8 n_bytes; /* 4 or 16 */
    u8 bits;    /* of a network */
    u8 bytes[16];
};

bool fast_net_read(str text, struct fast_net *out); /* "10.0.0.0/8", "fe80::/10", "10.1.2.3" */
/* An address as logs write it: "10.0.0.1", "10.0.0.1:443", "[fe80::1%3]:443", "fe80::1%eth0". */
bool fast_address_read(str text, struct fast_net *out);
bool fast_net_has(const struct fast_net *net, const struct fast_net *address);

enum fast_part { PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };
/* A part of the time that the text is (timex.h), in UTC; WEEK is the ISO 8601 week. False when it is no time. */
bool fast_part_read(str text, enum fast_part part, i64 *out);

#endif
