#include "base/timex.h"

#include <stdio.h>
#include <time.h>

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar (March-based years, eras of
 * 400). */
static i64 days_from_civil(i64 year, int month, int day)
{
    year -= month <= 2;
    const i64 era = (year >= 0 ? year : year - 399) / 400;
    const i64 yoe = year - era * 400;
    const i64 doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const i64 doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void time_civil_from_days(i64 days, int *year, int *month, int *day)
{
    days += 719468;
    const i64 era = (days >= 0 ? days : days - 146096) / 146097;
    const i64 doe = days - era * 146097;
    const i64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const i64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const i64 mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

i64 time_from_filetime(u64 filetime)
{
    const u64 epoch = 116444736000000000u;
    i64 ns;
    if (filetime == 0 || filetime > INT64_MAX ||
        __builtin_mul_overflow((i64)filetime - (i64)epoch, (i64)100, &ns))
        return TIME_NONE;
    return ns;
}

i64 time_from_civil(int year, int month, int day, int hour, int minute, int second, i64 ns)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (month == 2 && leap) ||
        hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return TIME_NONE;
    const i64 seconds =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    i64 out;
    if (__builtin_mul_overflow(seconds, TIME_SECOND, &out) || __builtin_add_overflow(out, ns, &out))
        return TIME_NONE;
    return out;
}

/* n decimal digits at s[*at]; -1 when they are not there. */
static int digits(str s, size_t *at, size_t n)
{
    int value = 0;
    if (*at + n > s.n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char c = s.p[*at + i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += n;
    return value;
}

static bool skip(str s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    *at += 1;
    return true;
}

/* "Z", "+hh:mm", "+hhmm", "-hh:mm" or nothing: seconds east of UTC. */
static bool parse_zone(str s, size_t *at, int *out)
{
    *out = 0;
    if (*at == s.n || skip(s, at, 'Z') || skip(s, at, 'z'))
        return *at == s.n;
    const int sign = s.p[*at] == '+' ? 1 : s.p[*at] == '-' ? -1 : 0;
    *at += 1;
    const int hour = sign ? digits(s, at, 2) : -1;
    (void)skip(s, at, ':');
    const int minute = hour >= 0 ? digits(s, at, 2) : -1;
    if (minute < 0 || hour > 23 || minute > 59)
        return false;
    *out = sign * (hour * 3600 + minute * 60);
    return *at == s.n;
}

bool time_parse(str s, i64 *out)
{
    size_t at = 0;
    const int year = digits(s, &at, 4);
    const bool dash1 = skip(s, &at, '-');
    const int month = digits(s, &at, 2);
    const bool dash2 = skip(s, &at, '-');
    const int day = digits(s, &at, 2);
    if (year < 0 || !dash1 || month < 0 || !dash2 || day < 0)
        return false;
    int hour = 0, minute = 0, second = 0, zone = 0;
    i64 ns = 0;
    if (at < s.n) {
        if (!skip(s, &at, 'T') && !skip(s, &at, ' ') && !skip(s, &at, 't'))
            return false;
        hour = digits(s, &at, 2);
        const bool colon = skip(s, &at, ':');
        minute = digits(s, &at, 2);
        if (hour < 0 || !colon || minute < 0)
            return false;
        if (skip(s, &at, ':') && (second = digits(s, &at, 2)) < 0)
            return false;
        if (skip(s, &at, '.') || skip(s, &at, ',')) {
            i64 unit = 100000000;
            int digit;
            while ((digit = digits(s, &at, 1)) >= 0) {
                ns += digit * unit;
                unit /= 10;
            }
        }
        if (!parse_zone(s, &at, &zone))
            return false;
    }
    const i64 local = time_from_civil(year, month, day, hour, minute, second, ns);
    if (local == TIME_NONE)
        return false;
    return !__builtin_sub_overflow(local, zone * TIME_SECOND, out);
}

/* One digit or two, then the end of the number. */
static int short_number(str s, size_t *at)
{
    const int first = digits(s, at, 1);
    const int second = first < 0 ? -1 : digits(s, at, 1);
    return second < 0 ? first : first * 10 + second;
}

bool time_parse_us(str s, i64 *out)
{
    size_t at = 0;
    const int month = short_number(s, &at);
    const bool slash1 = skip(s, &at, '/');
    const int day = short_number(s, &at);
    const bool slash2 = skip(s, &at, '/');
    const int year = digits(s, &at, 4);
    const bool space = skip(s, &at, ' ');
    const int hour = short_number(s, &at);
    const bool colon1 = skip(s, &at, ':');
    const int minute = digits(s, &at, 2);
    const bool colon2 = skip(s, &at, ':');
    const int second = digits(s, &at, 2);
    const str half = str_sub(s, at, s.n);
    const bool is_am = str_eq(half, S(" AM")), is_pm = str_eq(half, S(" PM"));
    if (month < 0 || !slash1 || day < 0 || !slash2 || year < 0 || !space || hour < 1 || hour > 12 ||
        !colon1 || minute < 0 || !colon2 || second < 0 || !(is_am || is_pm))
        return false;
    const i64 ns =
        time_from_civil(year, month, day, hour % 12 + (is_pm ? 12 : 0), minute, second, 0);
    if (ns != TIME_NONE)
        *out = ns;
    return ns != TIME_NONE;
}

const char *time_format(i64 ns, char out[TIME_MAX])
{
    if (ns == TIME_NONE) {
        out[0] = 0;
        return out;
    }
    i64 seconds = ns / TIME_SECOND, rest = ns % TIME_SECOND;
    if (rest < 0) {
        seconds--;
        rest += TIME_SECOND;
    }
    const time_t t = (time_t)seconds;
    struct tm tm;
    gmtime_r(&t, &tm);
    const size_t n = strftime(out, TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest == 0)
        snprintf(out + n, TIME_MAX - n, "Z");
    else if (rest % 1000000 == 0)
        snprintf(out + n, TIME_MAX - n, ".%03dZ", (int)(rest / 1000000));
    else if (rest % 1000 == 0)
        snprintf(out + n, TIME_MAX - n, ".%06dZ", (int)(rest / 1000));
    else
        snprintf(out + n, TIME_MAX - n, ".%09dZ", (int)rest);
    return out;
}

str time_text(struct arena *arena, i64 ns)
{
    char text[TIME_MAX];
    return arena_str(arena, str_from(time_format(ns, text)));
}

str time_words(struct arena *arena, i64 ns)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    char text[TIME_MAX];
    time_format(ns, text); /* "2021-03-03T06:49:42…Z" */
    const str iso = str_from(text);
    i64 month = 0, day = 0;
    if (iso.n < 19 || !str_i64(str_sub(iso, 5, 7), &month) || !str_i64(str_sub(iso, 8, 10), &day))
        return arena_str(arena, iso);
    const str date = arena_printf(arena, "%d %s %.4s", (int)day, months[month - 1], text);
    if (ns % (86400 * TIME_SECOND) == 0)
        return date;
    return arena_printf(arena, "%.*s, %.8s UTC", STR_ARG(date), text + 11);
}

i64 time_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (i64)ts.tv_sec * TIME_SECOND + ts.tv_nsec;
}
