#include "parse/unread.h"

#include "base/utf.h"

static const struct {
    const char *start, *end;
    const char *what;
} names[] = {
    {"", ".evtx", "an event log by its name, and no event log can be recognised in it"},
    {"", ".jsonl", "a log of JSON lines by its name, and no records can be recognised in it"},
    {"u_ex", ".log", "an IIS log by its name, and none can be recognised in it"},
    {"httperr", ".log", "a log of HTTPERR by its name, and none can be recognised in it"},
    {"HttpProxy_", ".log", "an HttpProxy log by its name, and none can be recognised in it"},
    {"ECPServer", ".log", "an ECP log by its name, and none can be recognised in it"},
};

static str base_name(str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != '\\' && path.p[at - 1] != '!')
        at--;
    return str_sub(path, at, path.n);
}

/* Zeros, and beside them nothing that does not stand in text. */
static bool is_text_with_zeros(str head)
{
    bool has_zeros = false;
    if (utf16_order(head) != UTF16_NONE)
        return false;
    for (size_t i = 0; i < head.n; i++) {
        const u8 c = (u8)head.p[i];
        if (c && c < ' ' && c != '\t' && c != '\n' && c != '\r')
            return false;
        has_zeros |= c == 0;
    }
    return has_zeros;
}

/* What a text in UTF-16 without a mark begins with, in ASCII. */
static str wide_start(str head, char out[16])
{
    const size_t low = head.n > 1 && head.p[0] == 0; /* which of two bytes is the low one */
    size_t n = 0;
    for (size_t at = 0; head.n - at >= 2 && n < 16 && head.p[at + 1 - low] == 0; at += 2)
        out[n++] = head.p[at + low];
    return (str){out, n};
}

/* "{", then a name, on its line or the next. */
static bool is_object(str text)
{
    size_t at = 1;
    while (at < text.n && memchr(" \t\r\n", text.p[at], 4))
        at++;
    return str_starts(text, S("{")) && at < text.n && text.p[at] == '"';
}

const char *unread_log(str name, str head)
{
    char start[16];
    const str wide = wide_start(head, start);
    if (str_istarts(wide, S("#Software:")) || str_istarts(wide, S("#Fields:")))
        return "a text log in UTF-16 by its bytes, without the mark that says so";
    if (is_object(wide))
        return "JSON in UTF-16 by its bytes, without the mark that says so";
    name = base_name(name);
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_istarts(name, str_from(names[i].start)) && str_iends(name, str_from(names[i].end)))
            return names[i].what;
    if (str_iends(name, S(".json")) && (is_text_with_zeros(head) || str_starts(head, S("{"))))
        return "JSON by its name, and no records can be recognised in it";
    if ((str_iends(name, S(".log")) || str_iends(name, S(".csv"))) && is_text_with_zeros(head))
        return "a text log by its name, and there are zeros in place of its text";
    return NULL;
}
