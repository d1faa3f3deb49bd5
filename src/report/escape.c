#include "report/escape.h"

#include "base/utf.h"

bool escape_is_hidden(u32 code)
{
    if (code >= 0x20 && code < 0x7F)
        return false;
    static const struct {
        u32 first, last;
    } hidden[] = {
        {0x00, 0x1F},       {0x7F, 0x9F},
        {0xAD, 0xAD}, /* controls, soft hyphen */
        {0x34F, 0x34F},     {0x61C, 0x61C},
        {0x115F, 0x1160}, /* joiner, Arabic mark, Hangul fillers */
        {0x17B4, 0x17B5},   {0x180B, 0x180F},
        {0x200B, 0x200F}, /* zero width, direction marks */
        {0x2028, 0x202E},   {0x2060, 0x206F},
        {0x3164, 0x3164}, /* separators, embeddings, isolates */
        {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0}, /* variation selectors, byte order mark */
        {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
        {0x1BCA0, 0x1BCA3},                     /* annotations, noncharacters */
        {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, /* musical controls, tags */
    };
    for (size_t i = 0; i < COUNT(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}

static void add_hidden(struct buf *out, u32 code)
{
    if (code < 0x100)
        buf_printf(out, "\\x%02x", code);
    else
        buf_printf(out, "\\u{%x}", code);
}

static void add_html(struct buf *out, u32 code, str bytes)
{
    switch (code) {
    case '&':
        buf_add(out, S("&amp;"));
        break;
    case '<':
        buf_add(out, S("&lt;"));
        break;
    case '>':
        buf_add(out, S("&gt;"));
        break;
    case '"':
        buf_add(out, S("&quot;"));
        break;
    case '\'':
        buf_add(out, S("&#39;"));
        break;
    default:
        buf_add(out, bytes);
    }
}

/* Punctuation that means something anywhere in a line; ':' and '@' and the '.' of "www." because
 * GitHub makes links of bare addresses. At the start of the text also what would begin a list or a
 * heading. */
static void add_markdown(struct buf *out, u32 code, str bytes, bool at_start, bool before_dot)
{
    if (code == '&')
        buf_add(out, S("&amp;"));
    else if (code == '<')
        buf_add(out, S("&lt;"));
    else if (code == '>')
        buf_add(out, S("&gt;"));
    else {
        if (code < 0x80 && (strchr("\\`*_[]#|~@:$", (int)code) ||
                            (at_start && strchr("+-=", (int)code)) || (code == '.' && before_dot)))
            buf_char(out, '\\');
        buf_add(out, bytes);
    }
}

/* A spreadsheet takes a cell that begins so for a formula; the wide forms count in some languages.
 */
static bool starts_formula(u32 code)
{
    return code == '=' || code == '+' || code == '-' || code == '@' || code == '\t' ||
           code == '\r' || code == 0xFF1D || code == 0xFF0B || code == 0xFF0D || code == 0xFF20;
}

/* Line feeds and tabs: kept in blocks; a space in lines; in CSV written out, since a record there
 * is one line. */
static bool add_space(struct buf *out, u32 code, str rest, enum escape how)
{
    if (how == ESCAPE_CSV || (code != '\n' && code != '\t' && code != '\r'))
        return false;
    const bool is_block = how == ESCAPE_BLOCK || how == ESCAPE_FENCE;
    if (code == '\r') {
        if (rest.n == 0 || rest.p[0] != '\n')
            return false;
        return true; /* CR LF is one end of line */
    }
    buf_char(out, is_block ? (char)code : ' ');
    return true;
}

/* Bytes that mean nothing in any form are copied as runs: most of every record. */
static size_t plain_run(str s, size_t at)
{
    while (at < s.n) {
        const u8 c = (u8)s.p[at];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == ' ' || c == '/' || c == ','))
            break;
        at++;
    }
    return at;
}

static void add_visible(struct buf *out, u32 code, str bytes, enum escape how)
{
    if (how == ESCAPE_HTML || how == ESCAPE_BREAKS || how == ESCAPE_BLOCK) {
        add_html(out, code, bytes);
        buf_add(out, how == ESCAPE_BREAKS && code == '\\' ? S("<wbr>") : S(""));
        return;
    }
    if (how == ESCAPE_CSV && code == '"')
        buf_char(out, '"');
    buf_add(out, bytes);
}

static void add_code(struct buf *out, str s, size_t from, size_t at, u32 code, enum escape how)
{
    const str bytes = code == UTF_BAD ? S("\xEF\xBF\xBD") : str_sub(s, from, at);
    const char last = from ? s.p[from - 1] : '\0';
    if (how == ESCAPE_CSV && from == 0 && starts_formula(code))
        buf_char(out, '\'');
    if (add_space(out, code, str_sub(s, at, s.n), how))
        return;
    if (escape_is_hidden(code)) {
        if (how == ESCAPE_MARKDOWN)
            buf_char(out, '\\');
        add_hidden(out, code);
    } else if (how == ESCAPE_MARKDOWN) {
        const bool is_link = last == 'w' || last == 'W',
                   is_list = last >= '0' && last <= '9' && from < 10;
        add_markdown(out, code, bytes, from == 0, is_link || is_list);
    } else
        add_visible(out, code, bytes, how);
}

void escape(struct buf *out, str s, enum escape how)
{
    if (how == ESCAPE_CSV)
        buf_char(out, '"');
    for (size_t at = 0; at < s.n;) {
        const size_t from = at;
        at = plain_run(s, at);
        if (at > from) {
            buf_add(out, str_sub(s, from, at));
            continue;
        }
        const u32 code = utf8_next(s, &at);
        add_code(out, s, from, at, code, how);
    }
    if (how == ESCAPE_CSV)
        buf_char(out, '"');
}

/* The offset behind the first `max` characters. */
static size_t cut_at(str s, size_t max)
{
    size_t at = 0;
    for (size_t i = 0; i < max && at < s.n; i++)
        utf8_next(s, &at);
    return at;
}

void escape_cut(struct buf *out, str s, size_t max, enum escape how)
{
    assert(how != ESCAPE_CSV); /* the cut would be outside the quotes */
    if (s.n == 0)
        return;
    const size_t at = s.n <= max ? s.n : cut_at(s, max);
    escape(out, str_sub(s, 0, at), how);
    if (at == s.n)
        return;
    buf_add(out, S("…"));
    if (s.n - at > 200)
        buf_printf(out, " (%zu bytes more)", s.n - at);
}
