#include "base/jsonw.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timex.h"
#include "base/utf.h"

struct jsonw jsonw_start(struct buf *out, enum jsonw_style style)
{
    return (struct jsonw){.out = out, .style = style};
}

static void new_line(struct jsonw *w)
{
    static const char spaces[2 * JSONW_DEPTH + 1] =
        "                                                                "
        "                                                                ";
    if (w->style != JSONW_PRETTY)
        return;
    buf_char(w->out, '\n');
    buf_add(w->out, (str){spaces, (size_t)2 * w->depth});
}

/* What stands before a value or a key: a comma if it is not the first, and the new line. */
static void before_item(struct jsonw *w)
{
    if (w->depth == 0)
        return;
    const u64 bit = (u64)1 << (w->depth - 1);
    if (w->has_items & bit)
        buf_char(w->out, ',');
    w->has_items |= bit;
    new_line(w);
}

static bool in_object(const struct jsonw *w)
{
    return w->depth && (w->objects >> (w->depth - 1) & 1);
}

static void before_value(struct jsonw *w)
{
    assert(w->after_key == in_object(w));
    if (!w->after_key)
        before_item(w);
    w->after_key = false;
}

static void open_container(struct jsonw *w, bool object)
{
    before_value(w);
    assert(w->depth < JSONW_DEPTH);
    const u64 bit = (u64)1 << w->depth++;
    w->objects = object ? w->objects | bit : w->objects & ~bit;
    w->has_items &= ~bit;
    buf_char(w->out, object ? '{' : '[');
}

static void close_container(struct jsonw *w, bool object)
{
    assert(w->depth > 0 && in_object(w) == object && !w->after_key);
    const bool had_items = w->has_items >> (w->depth - 1) & 1;
    w->depth--;
    if (had_items)
        new_line(w);
    buf_char(w->out, object ? '}' : ']');
}

void jsonw_object(struct jsonw *w)
{
    open_container(w, true);
}

void jsonw_object_end(struct jsonw *w)
{
    close_container(w, true);
}

void jsonw_array(struct jsonw *w)
{
    open_container(w, false);
}

void jsonw_array_end(struct jsonw *w)
{
    close_container(w, false);
}

/* Nothing that could steer whoever shows the text: control characters, line separators, marks of
 * direction. */
static bool must_escape(u32 c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static void escape(struct buf *out, u32 c)
{
    static const char from[] = "\n\r\t\"\\", to[] = "nrt\"\\";
    const char *const hit = c < 0x80 && c ? strchr(from, (int)c) : NULL;
    if (hit)
        buf_add(out, (str){(const char[]){'\\', to[hit - from]}, 2});
    else
        buf_printf(out, "\\u%04x", c);
}

void jsonw_quote(struct buf *out, str s)
{
    buf_char(out, '"');
    for (size_t i = 0, done = 0;;) {
        size_t next = i;
        while (next < s.n && (u8)s.p[next] >= 0x20 && (u8)s.p[next] < 0x7F && s.p[next] != '"' &&
               s.p[next] != '\\')
            next++;
        buf_add(out, str_sub(s, done, next));
        if (next == s.n)
            break;
        const u32 c = utf8_next(s, &next);
        char text[4];
        if (must_escape(c) || c == '"' || c == '\\')
            escape(out, c);
        else
            buf_add(out, (str){text, utf8_put(c, text)});
        i = done = next;
    }
    buf_char(out, '"');
}

void jsonw_key_str(struct jsonw *w, str key)
{
    assert(in_object(w) && !w->after_key);
    before_item(w);
    jsonw_quote(w->out, key);
    buf_add(w->out, w->style == JSONW_PRETTY ? S(": ") : S(":"));
    w->after_key = true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
    jsonw_key_str(w, str_from(key));
}

void jsonw_str(struct jsonw *w, str s)
{
    before_value(w);
    jsonw_quote(w->out, s);
}

void jsonw_i64(struct jsonw *w, i64 i)
{
    before_value(w);
    buf_printf(w->out, "%lld", (long long)i);
}

void jsonw_u64(struct jsonw *w, u64 u)
{
    before_value(w);
    buf_printf(w->out, "%llu", (unsigned long long)u);
}

void jsonw_f64(struct jsonw *w, double f)
{
    char text[40];
    if (!isfinite(f)) {
        jsonw_null(w);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    jsonw_raw(w, str_from(text));
}

void jsonw_bool(struct jsonw *w, bool b)
{
    jsonw_raw(w, b ? S("true") : S("false"));
}

void jsonw_null(struct jsonw *w)
{
    jsonw_raw(w, S("null"));
}

void jsonw_raw(struct jsonw *w, str json)
{
    before_value(w);
    buf_add(w->out, json);
}

void jsonw_member_str(struct jsonw *w, const char *key, str s)
{
    jsonw_key(w, key);
    jsonw_str(w, s);
}

void jsonw_member_z(struct jsonw *w, const char *key, const char *z)
{
    jsonw_key(w, key);
    if (z)
        jsonw_str(w, str_from(z));
    else
        jsonw_null(w);
}

void jsonw_member_i64(struct jsonw *w, const char *key, i64 i)
{
    jsonw_key(w, key);
    jsonw_i64(w, i);
}

void jsonw_member_u64(struct jsonw *w, const char *key, u64 u)
{
    jsonw_key(w, key);
    jsonw_u64(w, u);
}

void jsonw_member_f64(struct jsonw *w, const char *key, double f)
{
    jsonw_key(w, key);
    jsonw_f64(w, f);
}

void jsonw_member_bool(struct jsonw *w, const char *key, bool b)
{
    jsonw_key(w, key);
    jsonw_bool(w, b);
}

void jsonw_member_null(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_null(w);
}

void jsonw_member_time(struct jsonw *w, const char *key, i64 ns)
{
    char text[TIME_MAX];
    jsonw_member_z(w, key, ns == TIME_NONE ? NULL : time_format(ns, text));
}

void jsonw_value(struct jsonw *w, const struct json *value)
{
    switch (value->type) {
    case JSON_OBJECT:
        jsonw_object(w);
        JSON_EACH (value, member) {
            jsonw_key_str(w, member->key);
            jsonw_value(w, member); /* the reader stops at LIMIT_NESTING */
        }
        jsonw_object_end(w);
        break;
    case JSON_ARRAY:
        jsonw_array(w);
        JSON_EACH (value, item)
            jsonw_value(w, item);
        jsonw_array_end(w);
        break;
    case JSON_STRING:
        jsonw_str(w, value->text);
        break;
    case JSON_NUMBER:
        jsonw_raw(w, value->text);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        jsonw_bool(w, value->type == JSON_TRUE);
        break;
    default:
        jsonw_null(w);
    }
}
