/* exchange_setup.c: the log of Exchange's setup, free text with a time.
 * docs/formats/exchange_setup.md.
 *
 *     [11/14/2022 17:13:08.0081] [0] Setup version: 15.2.1118.7.
 *     [11/14/2022 17:13:09.0102] [2] Executing:
 *               $command = …                   (belongs to the line above, and has its time)
 *
 * The month comes first; what stands between its parts is the language's. The four decimals are
 * milliseconds with a zero before them. */
#include "parse/lines.h"

#include "base/limits.h"

#define STAMP      26 /* "[11/14/2022 17:13:08.0081]" */
#define LOOK_LINES 5  /* the first lines of a file, one of which must begin with a time */

enum { SLOT_TIME, SLOT_LEVEL, SLOT_TEXT, SLOT_BUILD, SLOTS };

static i64 number(str s, size_t from, size_t to)
{
    u64 value;
    return str_u64(str_sub(s, from, to), &value) ? (i64)value : -1;
}

/* The time with which the line begins, or TIME_NONE. */
static i64 stamp_of(str line)
{
    static const char form[STAMP + 1] = "[00?00?0000 00:00:00.0000]";
    if (line.n < STAMP)
        return TIME_NONE;
    for (size_t i = 0; i < STAMP; i++) {
        const char c = line.p[i];
        const bool is_digit = c >= '0' && c <= '9';
        const bool ok = form[i] == '0'   ? is_digit
                        : form[i] == '?' ? c == '/' || c == '.' || c == '-'
                                         : c == form[i];
        if (!ok)
            return TIME_NONE;
    }
    const i64 decimals = number(line, 21, 25);
    const i64 ns = decimals < 1000 ? decimals * 1000000 : decimals * 100000;
    return time_from_civil((int)number(line, 7, 11), (int)number(line, 1, 3),
                           (int)number(line, 4, 6), (int)number(line, 12, 14),
                           (int)number(line, 15, 17), (int)number(line, 18, 20), ns);
}

static const struct shape *shape_for(struct parse_env *env)
{
    const str key = S("exchange_setup");
    const struct shape *const known = schema_find(env->schema, key);
    const struct shape_field fields[SLOTS] = {
        {intern_add(&env->schema->fields, S("DateTime")), SLOT_TIME},
        {FIELD_LEVEL, SLOT_LEVEL},
        {FIELD_MESSAGE, SLOT_TEXT},
        {FIELD_BLD, SLOT_BUILD},
    };
    const struct shape_def def = {.kind = KIND_EXCHANGE_SETUP,
                                  .event_id = -1,
                                  .fields = fields,
                                  .n_fields = SLOTS,
                                  .n_slots = SLOTS};
    return known ? known : schema_add(env->schema, key, &def);
}

/* "Setup version: 15.2.1118.7." */
static str build_in(str text)
{
    const str words = S("Setup version: ");
    if (!str_istarts(text, words))
        return STR_NONE;
    str build = str_trim(str_sub(text, words.n, text.n));
    while (build.n && build.p[build.n - 1] == '.')
        build.n--;
    return build;
}

static void set(struct value *slot, str text)
{
    if (text.n)
        *slot = value_utf8(text);
}

/* "[time] [level] text" */
static void split(str line, struct value *slots)
{
    str rest = str_trim(str_sub(line, STAMP, line.n));
    set(&slots[SLOT_TIME], str_sub(line, 1, STAMP - 1));
    const size_t end = str_find_char(rest, ']');
    if (str_starts(rest, S("[")) && end != SIZE_MAX) {
        set(&slots[SLOT_LEVEL], str_sub(rest, 1, end));
        rest = str_trim(str_sub(rest, end + 1, rest.n));
    }
    set(&slots[SLOT_TEXT], rest);
    set(&slots[SLOT_BUILD], build_in(rest));
}

static void exchange_setup_parse(const struct block *block, struct parse_env *env)
{
    struct line_events out = {.block = block, .env = env};
    const struct shape *const shape = shape_for(env);
    struct lines lines;
    struct line line;
    i64 time = TIME_NONE; /* of the last line that had one; a block begins with such a line */
    lines_start(&lines, block, &env->sink);
    while (lines_next(&lines, &env->sink, &line)) {
        const i64 own = stamp_of(line.text);
        time = own == TIME_NONE ? time : own;
        if (line_has_zeros(&line)) {
            line_damage(&out, &line, own, "zeros in the middle of a line");
            continue;
        }
        if (time == TIME_NONE) {
            line_damage(&out, &line, TIME_NONE, "a line without a time before it");
            continue;
        }
        struct value *const slots = ARENA_ARRAY(env->arena, struct value, SLOTS);
        if (own == TIME_NONE)
            set(&slots[SLOT_TEXT], line.text);
        else
            split(line.text, slots);
        line_events_add(&out, shape, slots, time, &line);
    }
    line_events_flush(&out);
}

/* At a line that begins with a time, so that no line is parted from the time that it has. */
static size_t exchange_setup_cut(struct framing *framing, str in, bool eof, bool force)
{
    const size_t n = lines_cut(framing, in, eof, force);
    if (eof)
        return n;
    for (size_t at = n; at-- > 1;) {
        const bool starts = in.p[at - 1] == '\n' ||
                            (in.p[at - 1] == '\r' && framing->state[LINES_ENDS] == ENDS_RETURN);
        if (starts && in.p[at] == '[' && stamp_of(str_sub(in, at, n)) != TIME_NONE)
            return at;
    }
    return force ? n : 0;
}

static int exchange_setup_bid(str head, str name)
{
    (void)name;
    const struct block block = {.data = head, .last = true};
    const struct sink sink = {0};
    struct lines lines;
    struct line line;
    lines_start(&lines, &block, &sink);
    for (u32 i = 0; i < LOOK_LINES && lines_next(&lines, &sink, &line); i++)
        if (stamp_of(line.text) != TIME_NONE &&
            str_starts(str_sub(line.text, STAMP, line.text.n), S(" [")))
            return SURE_YES - 1;
    return SURE_NO;
}

const struct parser exchange_setup_parser = {
    .name = "exchange_setup",
    .bid = exchange_setup_bid,
    .cut = exchange_setup_cut,
    .look = lines_look,
    .carry = lines_carry,
    .parse = exchange_setup_parse,
};
