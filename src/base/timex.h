/* timex.h: time is i64 nanoseconds since 1970-01-01T00:00:00Z, everywhere, converted at the parser.
 * TIME_NONE means that there is none. The range is 1677 to 2262; what lies outside becomes TIME_NONE. */
#ifndef BASE_TIMEX_H
#define BASE_TIMEX_H

#include "base/arena.h"

#define TIME_NONE   INT64_MIN
#define TIME_SECOND ((i64)1000000000)

i64 time_from_filetime(u64 filetime); /* 100 ns since 1601-01-01 UTC; 0 and out of range give TIME_NONE */
i64 time_from_civil(int year, int month, int day, int hour, int minute, int second, i64 ns); /* UTC */

/* The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. */
void time_civil_from_days(i64 days, int *year, int *month, int *day);

/* RFC 3339 and its common relatives: "2021-03-02T06:40:10.775Z", a space for the T, 0 to 9 decimals, 'Z' or ±hh:mm or
 * nothing (taken as UTC), date alone. The whole of s must be it. */
bool time_parse(str s, i64 *out);

/* As programs of Windows write it where its language is American English: "6/30/2021 10:03:57 AM". Taken as UTC. Without AM or PM it
 * may be of a language that has the day first, and is no time. The whole of s must be it. */
bool time_parse_us(str s, i64 *out);

/* RFC 3339 in UTC with the decimals it needs: none, 3, 6 or 9. TIME_MAX bytes, NUL at the end. */
#define TIME_MAX 40
const char *time_format(i64 ns, char out[TIME_MAX]);
str time_text(struct arena *arena, i64 ns);

/* For sentences: "3 March 2021, 06:49:42 UTC"; midnight to the second is the date alone. */
str time_words(struct arena *arena, i64 ns);

i64 time_now(void);

#endif
