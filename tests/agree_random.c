/* agree_random.c: rules and events by dice. Words are few and related (one is a piece of another,
 * or the same in another case, dash, encoding or number base), so that tests are often nearly true;
 * everything else is drawn from the grammar. */
#include "agree.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf.h"

struct dice {
    u64 state;
};

static u32 roll(struct dice *d, u32 n)
{
    u64 z = d->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (u32)((z ^ z >> 31) >> 33) % n;
}

static const char *const words[] = {
    "cmd",
    "cmd.exe",
    "C:\\Windows\\System32\\cmd.exe",
    "\\cmd.exe",
    "C:\\Windows",
    "system32",
    "a",
    "ab",
    "abc",
    "b",
    "-",
    "",
    " ",
    "foo",
    "foobar",
    "barfoo",
    "foo bar",
    " -enc ",
    "-enc",
    "/enc",
    "\xE2\x80\x93"
    "enc",
    "\xE2\x80\x95"
    "enc x",
    "x-enc",
    "\xC3\xA9",
    "caf\xC3\xA9",
    "CAF\xC3\x89",
    "stra\xC3\x9F"
    "e",
    "\xE1\xBA\x9E",
    "\xE2\x84\xAA",
    "k",
    "K\xE2\x84\xAA",
    "\xC4\xB0",
    "i",
    "\xC4\xB1",
    "\xC5\xBF",
    "s",
    "\xC8\xBA",
    "\xE2\xB1\xA5",
    "\xF0\x90\x90\x80",
    "\xF0\x90\x90\xA8",
    "\xCE\xA3\xCF\x82",
    "\xCF\x83\xCF\x83",
    "a*b",
    "a?b",
    "*",
    "?",
    "\\",
    "\\\\",
    "foo\\",
    "a\\*b",
    "10.0.0.1",
    "10.255.1.2",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "[fe80::1]:443",
    "10.0.0.1:80",
    "2001:db8::1",
    "0",
    "7",
    "-7",
    "4688",
    "0x1250",
    "04688",
    "+4688",
    "4688.0",
    "1.5",
    "1.50",
    "-0.5",
    "9223372036854775807",
    "9223372036854775808",
    "0xffffffffffffffff",
    "true",
    "TRUE",
    "false",
    "null",
    "2021-03-14T06:40:10Z",
    "-\xC3\xA9",
    "\xC3\xA9-a",
    "/\xE2\x80\x94"
    "b",
    "0.333333333333333333333333333333333333333333333333",
    "2021-12-31 23:59:59",
    "2021-01-01",
    "Y21k",
    "Zm9v",
    "Y21kLmV4ZQ==",
    "\"q\"",
    "it's",
    "abcabcabcabcabcabcabcabcabcabcabcabcabc",
    "powershell -nop -w hidden -enc SQBFAFgA",
    "SQBFAFgA",
    "whoami",
    "net user /add",
    "net\tuser",
    "l1\nl2",
};

static const char *const networks[] = {
    "10.0.0.0/8", "10.0.0.1",      "10.0.0.1/32",         "0.0.0.0/0",  "fe80::/10",
    "::/0",       "2001:db8::/32", "::ffff:10.0.0.0/104", "10.0.0.0/31"};
static const char *const regexes[] = {
    "cmd",
    "^cmd",
    "cmd$",
    "c.d",
    "(cmd|foo)",
    "(?:cmd|foo)\\.exe",
    "foo ?bar",
    "[a-c]+",
    "a{2,3}",
    "(abc){2,}",
    "\\d+",
    "\\bfoo\\b",
    "\\\\cmd\\.exe$",
    "(?i)CMD",
    "k",
    "(?i)k",
    "s+",
    "f(o)+bar",
    "x*",
    "fo{2}b",
    "(a|)b",
    "caf.",
    "^.$",
    "a.b",
    "l1.l2",
    "^l2",
    "(?=foo)f",
    "(?!foo)b",
    "[[:alpha:]]c",
    "[]]",
    "\\x63md",
    "enc\\s",
    "-enc|/enc",
    "((cmd)|(foo|bar))x?",
    "a?",
    "[^a]b",
    "foo\\s*bar",
    "(b|ar)fo+",
};
static const char *const fields[] = {"A",       "B",    "C",      "CommandLine", "Image",
                                     "EventID", "Data", "param1", "param2"};

static const char *pick(struct dice *d, const char *const *list, size_t n)
{
    return list[roll(d, (u32)n)];
}

#define PICK(d, list) pick((d), (list), COUNT(list))

/* ------------------------------------------------------------------ rules */

/* A value between double quotes: the word, or a piece of it, perhaps in another case, with escapes
 * and wildcards thrown in. */
static void put_text(struct dice *d, struct buf *out)
{
    const str word = str_from(PICK(d, words));
    const bool upper = roll(d, 4) == 0, piece = roll(d, 4) == 0;
    const u32 wild = roll(d, 8);
    buf_char(out, '"');
    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];
        if (piece && ((u8)c & 0x80) == 0 && roll(d, 6) == 0)
            continue;
        if (wild == 0 && ((u8)c & 0xC0) != 0x80 && roll(d, 4) == 0)
            buf_add(out, str_from((const char *[]){"*", "?", "\\\\*", "\\\\?", "**", "\\\\\\\\",
                                                   "\\\\\\\\*"}[roll(d, 7)]));
        if ((c == '*' || c == '?' || c == '\\') && roll(d, 2))
            buf_add(out, S("\\\\"));
        if (c == '\\' || c == '"')
            buf_char(out, '\\');
        if (c == '\n' || c == '\t')
            buf_add(out, c == '\n' ? S("\\n") : S("\\t"));
        else
            buf_char(out, upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
    buf_add(out, wild == 1 ? S("*\"") : S("\""));
}

static void put_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_char(out, '\'');
        buf_char(out, *text);
    }
    buf_char(out, '\'');
}

enum form { FORM_TEXT, FORM_REGEX, FORM_NET, FORM_NUMBER, FORM_BOOL, FORM_FIELD };

static void put_value(struct dice *d, struct buf *out, enum form form)
{
    static const char *const numbers[] = {
        "0", "7",  "-7",  "4688", "1.5", "-0.5", "0x10", "100", "9223372036854775807",
        "6", "23", "2021"};
    switch (form) {
    case FORM_TEXT:
        if (roll(d, 8) == 0)
            buf_add(out, str_from(PICK(d, numbers)));
        else if (roll(d, 24) == 0)
            buf_add(out, roll(d, 2) ? S("null") : S("true"));
        else
            put_text(d, out);
        break;
    case FORM_REGEX:
        put_quoted(out, PICK(d, regexes));
        break;
    case FORM_NET:
        put_quoted(out, PICK(d, networks));
        break;
    case FORM_NUMBER:
        buf_add(out, str_from(PICK(d, numbers)));
        break;
    case FORM_BOOL:
        buf_add(out, roll(d, 2) ? S("true") : S("false"));
        break;
    case FORM_FIELD:
        put_quoted(out, PICK(d, fields));
        break;
    }
}

static const struct {
    const char *text;
    enum form form;
} modifiers[] = {
    {"", FORM_TEXT},
    {"", FORM_TEXT},
    {"", FORM_TEXT},
    {"|contains", FORM_TEXT},
    {"|contains", FORM_TEXT},
    {"|startswith", FORM_TEXT},
    {"|endswith", FORM_TEXT},
    {"|endswith", FORM_TEXT},
    {"|cased", FORM_TEXT},
    {"|contains|cased", FORM_TEXT},
    {"|startswith|cased", FORM_TEXT},
    {"|endswith|cased", FORM_TEXT},
    {"|windash", FORM_TEXT},
    {"|windash|contains", FORM_TEXT},
    {"|contains|windash", FORM_TEXT},
    {"|endswith|windash|cased", FORM_TEXT},
    {"|base64", FORM_TEXT},
    {"|base64|contains", FORM_TEXT},
    {"|base64offset|contains", FORM_TEXT},
    {"|wide|base64offset|contains", FORM_TEXT},
    {"|utf16|base64|contains", FORM_TEXT},
    {"|utf16be|base64offset|contains", FORM_TEXT},
    {"|wide", FORM_TEXT},
    {"|utf16le|contains", FORM_TEXT},
    {"|utf16|contains", FORM_TEXT},
    {"|utf16be|endswith", FORM_TEXT},
    {"|re", FORM_REGEX},
    {"|re", FORM_REGEX},
    {"|re|i", FORM_REGEX},
    {"|re|m", FORM_REGEX},
    {"|re|s|i", FORM_REGEX},
    {"|re|i|m|s", FORM_REGEX},
    {"|cidr", FORM_NET},
    {"|lt", FORM_NUMBER},
    {"|lte", FORM_NUMBER},
    {"|gt", FORM_NUMBER},
    {"|gte", FORM_NUMBER},
    {"|exists", FORM_BOOL},
    {"|fieldref", FORM_FIELD},
    {"|fieldref|contains", FORM_FIELD},
    {"|fieldref|startswith", FORM_FIELD},
    {"|fieldref|endswith|cased", FORM_FIELD},
    {"|hour", FORM_NUMBER},
    {"|minute|gte", FORM_NUMBER},
    {"|day|lt", FORM_NUMBER},
    {"|week", FORM_NUMBER},
    {"|month|lte", FORM_NUMBER},
    {"|year", FORM_NUMBER},
};
static const struct {
    const char *text;
    enum form form;
} keyword_modifiers[] = {
    {"|contains", FORM_TEXT}, {"|re", FORM_REGEX},     {"|re|i", FORM_REGEX},
    {"|cased", FORM_TEXT},    {"|windash", FORM_TEXT}, {"|base64offset", FORM_TEXT},
};

static void put_values(struct dice *d, struct buf *out, enum form form, bool list,
                       const char *indent)
{
    if (!list) {
        put_value(d, out, form);
        buf_char(out, '\n');
        return;
    }
    buf_char(out, '\n');
    for (u32 n = 1 + roll(d, 3); n > 0; n--) {
        buf_printf(out, "%s- ", indent);
        put_value(d, out, form);
        buf_char(out, '\n');
    }
}

static void put_item(struct dice *d, struct buf *out, const char *indent)
{
    const u32 m = roll(d, COUNT(modifiers));
    const bool all = roll(d, 6) == 0;
    buf_printf(out, "%s%s%s%s: ", PICK(d, fields), modifiers[m].text, all ? "|all" : "",
               roll(d, 10) == 0 ? "|neq" : "");
    put_values(d, out, modifiers[m].form, all || roll(d, 3) == 0, indent);
}

static void put_map(struct dice *d, struct buf *out, const char *first, const char *indent)
{
    for (u32 n = 1 + roll(d, 3), i = 0; i < n; i++) {
        buf_add(out, str_from(i ? indent : first));
        put_item(d, out, "          ");
    }
}

static void put_selection(struct dice *d, struct buf *out, u32 number)
{
    buf_printf(out, "  s%u:", number);
    switch (roll(d, 8)) {
    case 0: /* keywords */
        put_values(d, out, FORM_TEXT, true, "    ");
        break;
    case 1: {
        const u32 m = roll(d, COUNT(keyword_modifiers));
        buf_printf(out, "\n    '%s%s': ", keyword_modifiers[m].text, roll(d, 2) ? "|all" : "");
        put_values(d, out, keyword_modifiers[m].form, true, "      ");
        break;
    }
    case 2: /* a list of maps */
        buf_char(out, '\n');
        for (u32 n = 1 + roll(d, 2); n > 0; n--)
            put_map(d, out, "    - ", "      ");
        break;
    default:
        buf_char(out, '\n');
        put_map(d, out, "    ", "    ");
    }
}

static void put_condition(struct dice *d, struct buf *out, u32 n_selections, u32 depth)
{
    switch (roll(d, depth ? 7 : 1)) {
    case 1:
        buf_add(out, S("not "));
        put_condition(d, out, n_selections, depth - 1);
        break;
    case 2:
    case 3:
        buf_char(out, '(');
        put_condition(d, out, n_selections, depth - 1);
        buf_add(out, roll(d, 2) ? S(" and ") : S(" or "));
        put_condition(d, out, n_selections, depth - 1);
        buf_char(out, ')');
        break;
    case 4:
        buf_add(out, roll(d, 2) ? S("1 of s*") : S("all of them"));
        break;
    default:
        buf_printf(out, "s%u", roll(d, n_selections));
    }
}

static const char *const logsources[] = {
    "product: windows",
    "product: windows, service: security",
    "product: windows, category: process_creation",
    "product: windows, category: registry_set",
    "category: webserver",
    "product: windows, service: sysmon",
};

static str random_rule(struct dice *d, u32 id, struct arena *arena)
{
    struct buf out;
    const u32 n = 1 + roll(d, 3);
    buf_init(&out, 1 << 20);
    buf_printf(&out, "title: t\nid: rule-%u\nlogsource: {%s}\ndetection:\n", id,
               PICK(d, logsources));
    for (u32 i = 0; i < n; i++)
        put_selection(d, &out, i);
    buf_add(&out, S("  condition: "));
    put_condition(d, &out, n, 3);
    buf_char(&out, '\n');
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ------------------------------------------------------------------ events */

static str random_text(struct dice *d, struct arena *arena)
{
    const char *const a = PICK(d, words), *const b = PICK(d, words), *const c = PICK(d, words);
    const u32 form = roll(d, 6);
    const str text = form < 3   ? arena_str(arena, str_from(a))
                     : form < 5 ? arena_printf(arena, "%s%s", a, b)
                                : arena_printf(arena, "%s %s %s", a, b, c);
    if (roll(d, 4) == 0)
        for (size_t i = 0; i < text.n; i++)
            if (text.p[i] >= 'a' && text.p[i] <= 'z')
                ((char *)text.p)[i] = (char)(text.p[i] - 32);
    if (text.n && roll(d, 40) == 0)
        ((char *)text.p)[roll(d, (u32)text.n)] = (char)0xFF; /* not UTF-8 */
    return text;
}

static struct value utf16_of(str text, struct arena *arena)
{
    u8 *const out = arena_alloc(arena, text.n * 2 + 4, 1);
    u32 n = 0;
    for (size_t at = 0; at < text.n;) {
        u32 code = utf8_next(text, &at);
        if (code >= 0x10000) {
            const u32 high = 0xD800 + ((code - 0x10000) >> 10);
            out[n++] = (u8)high;
            out[n++] = (u8)(high >> 8);
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        out[n++] = (u8)code;
        out[n++] = (u8)(code >> 8);
    }
    return (struct value){.type = VALUE_UTF16, .n = n, .p = out};
}

/* The text as what a rule's UTF-16 looks for: each byte as the character of its number. */
static str wide_text(struct dice *d, str text, struct arena *arena)
{
    const struct value units = utf16_of(text, arena);
    const bool big = roll(d, 3) == 0;
    char *const out = arena_alloc(arena, units.n * 2 + 8, 1);
    size_t n = 0;
    if (!big && roll(d, 2))
        for (u32 mark = 0xFF; mark >= 0xFE; mark--)
            n += utf8_put(mark, out + n);
    for (u32 i = 0; i < units.n; i++)
        n += utf8_put(((const u8 *)units.p)[big ? i ^ 1 : i], out + n);
    return (str){out, n};
}

/* The body of a JSON string: every other ASCII character as an escape. */
static struct value json_of(str text, struct arena *arena)
{
    char *const out = arena_alloc(arena, text.n * 6 + 1, 1);
    u32 n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if ((u8)text.p[i] < 0x80 &&
            (i % 2 || text.p[i] == '\\' || text.p[i] == '"' || (u8)text.p[i] < 0x20))
            n += (u32)snprintf(out + n, 7, "\\u%04X", (unsigned)(u8)text.p[i]);
        else
            out[n++] = text.p[i];
    }
    return (struct value){.type = VALUE_JSON, .n = n, .p = out};
}

static struct value random_value(struct dice *d, struct arena *arena, u32 depth)
{
    static const u8 guid[16] = {0x5F, 0x38, 0x70, 0x57, 0x2A, 0xC2, 0xE0, 0x43,
                                0xBF, 0x4C, 6,    0xF5, 0x69, 0x8F, 0xFB, 0xD9};
    static const u8 sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    static const u8 systime[] = {0xE5, 7, 3, 0, 0, 0, 14, 0, 6, 0, 40, 0, 10, 0, 7, 3};
    static const i64 numbers[] = {0, 1, 7, -7, 4688, 16, 100, 2021, INT64_MAX, -1, 23};
    static const double reals[] = {1.5, -0.5, 7, 1e300, 0.1, 4688};
    const str said = random_text(d, arena);
    const str text = roll(d, 12) ? said : wide_text(d, said, arena);
    switch (roll(d, depth ? 22 : 20)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return utf16_of(text, arena);
    case 4:
        return json_of(text, arena);
    case 5:
        return (struct value){.type = VALUE_CSV, .n = (u32)text.n, .p = text.p};
    case 6:
        return (struct value){.type = VALUE_PLUS, .n = (u32)text.n, .p = text.p};
    case 7:
        return (struct value){.type = VALUE_ANSI, .n = (u32)text.n, .p = text.p};
    case 8:
        return (struct value){.type = VALUE_I64, .i = numbers[roll(d, COUNT(numbers))]};
    case 9:
        return (struct value){.type = VALUE_U64, .u = (u64)numbers[roll(d, COUNT(numbers))]};
    case 10:
        return (struct value){.type = VALUE_HEX, .u = (u64)numbers[roll(d, COUNT(numbers))]};
    case 11:
        return (struct value){.type = VALUE_F64, .f = reals[roll(d, COUNT(reals))]};
    case 12:
        return (struct value){.type = VALUE_BOOL, .u = roll(d, 2)};
    case 13:
        return (struct value){.type = roll(d, 2) ? VALUE_NULL : VALUE_NONE};
    case 14:
        return (struct value){.type = VALUE_FILETIME,
                              .u = 132601776107750000u + roll(d, 3) * 36000000000u};
    case 15:
        return roll(d, 2) ? (struct value){.type = VALUE_GUID, .p = guid}
                          : (struct value){.type = VALUE_SYSTEMTIME, .p = systime};
    case 16:
        return (struct value){
            .type = roll(d, 2) ? VALUE_SID : VALUE_BINARY, .n = sizeof sid, .p = sid};
    case 20:
    case 21: {
        struct value *const items = ARENA_ARRAY(arena, struct value, 3);
        const u32 n = roll(d, 4);
        for (u32 i = 0; i < n; i++)
            items[i] = random_value(d, arena, depth - 1);
        return (struct value){.type = VALUE_ARRAY, .n = n, .items = items};
    }
    default:
        return (struct value){.type = VALUE_UTF8, .n = (u32)text.n, .p = text.p};
    }
}

/* What an array may hold: anything that is there. */
static void make_present(struct value *v)
{
    for (u32 i = 0; v->type == VALUE_ARRAY && i < v->n; i++) {
        struct value *const item = (struct value *)&v->items[i];
        if (item->type == VALUE_NONE)
            item->type = VALUE_NULL;
        make_present(item);
    }
}

static struct value present_value(struct dice *d, struct arena *arena, u32 depth)
{
    struct value v = random_value(d, arena, depth);
    make_present(&v);
    return v;
}

#define N_SHAPES 6

static const struct shape *random_shape(struct dice *d, struct schema *schema, struct arena *arena,
                                        u32 number)
{
    static const struct {
        enum kind kind;
        const char *channel, *provider;
        i64 id;
    } heads[] = {
        {KIND_WINDOWS, "Security", "Microsoft-Windows-Security-Auditing", 4688},
        {KIND_WINDOWS, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1},
        {KIND_WINDOWS, "microsoft-windows-sysmon/operational", "Microsoft-Windows-Sysmon", 13},
        {KIND_WINDOWS, "Security", "P", 4624},
        {KIND_IIS, "", "", -1},
    };
    static const char *const more[] = {"NewProcessName", "EventType", "cs(User-Agent)"};
    struct shape_field map[COUNT(fields) + COUNT(more)];
    struct value consts[COUNT(fields) + COUNT(more)];
    const u32 head = roll(d, COUNT(heads));
    struct shape_def def = {.kind = heads[head].kind,
                            .channel = str_from(heads[head].channel),
                            .provider = str_from(heads[head].provider),
                            .event_id = heads[head].id,
                            .fields = map,
                            .consts = consts};
    for (u32 i = 0; i < COUNT(map); i++) {
        const u32 field = intern_add(
            &schema->fields, str_from(i < COUNT(fields) ? fields[i] : more[i - COUNT(fields)]));
        const u32 how = roll(d, 4);
        if (how == 0) {
            continue;
        } else if (how == 1) {
            consts[def.n_consts] = present_value(d, arena, 1);
            map[def.n_fields++] = (struct shape_field){field, -1 - (i32)def.n_consts++};
        } else {
            map[def.n_fields++] = (struct shape_field){field, (i32)def.n_slots++};
        }
    }
    const str key = arena_printf(arena, "%u", number);
    return schema_add(schema, key, &def);
}

static void random_events(struct dice *d, struct agree *agree, u32 n, struct arena *arena)
{
    const struct shape *shapes[N_SHAPES];
    struct event *const events = ARENA_ARRAY(arena, struct event, n);
    for (u32 i = 0; i < N_SHAPES; i++)
        shapes[i] = random_shape(d, &agree->schema, arena, i);
    for (u32 i = 0; i < n; i++) {
        const struct shape *const shape = shapes[roll(d, N_SHAPES)];
        struct value *const slots = ARENA_ARRAY(arena, struct value, shape->n_slots);
        for (u32 s = 0; s < shape->n_slots; s++)
            slots[s] = present_value(d, arena, 2);
        events[i] = (struct event){.shape = shape, .slots = slots};
    }
    agree_batch(agree, events, n);
}

/* ------------------------------------------------------------------ rounds */

#define RULES_A_ROUND  40
#define EVENTS_A_ROUND 60

static bool run_round(struct dice *d, struct agree_totals *totals)
{
    struct arena arena = {0};
    struct ruleset_text texts[RULES_A_ROUND];
    struct ruleset *set;
    struct agree agree;
    struct err err;
    for (u32 i = 0; i < RULES_A_ROUND; i++)
        texts[i] =
            (struct ruleset_text){arena_printf(&arena, "%u.yml", i), random_rule(d, i, &arena)};
    if (ruleset_load_texts(texts, RULES_A_ROUND, &set, &err) != OK)
        return false;
    agree_init(&agree, set);
    random_events(d, &agree, EVENTS_A_ROUND, &arena);
    const bool holds = agree_holds(&agree);
    for (u32 i = 0; i < RULES_A_ROUND && agree.differences; i++)
        if (str_eq(texts[i].file, set->rules[agree.differing]->file))
            fprintf(stderr, "%.*s", STR_ARG(texts[i].text));
    totals->rules += set->n_rules;
    totals->rejected += set->n_rejected;
    totals->events += agree.events[0];
    totals->hits += agree.hits;
    totals->differences += agree.differences + (agree.events[0] != agree.events[1]);
    agree_release(&agree);
    ruleset_free(set);
    arena_release(&arena);
    return holds;
}

bool agree_random(u64 seed, u32 rounds, struct agree_totals *totals)
{
    struct dice d = {seed * 0x9E3779B97F4A7C15u + 1};
    for (u32 i = 0; i < rounds; i++)
        if (!run_round(&d, totals))
            return false;
    return true;
}
