/* Items: modifiers and values that do nothing, and tests that exclude each other. */
#include <stdlib.h>

#include "rule/lint_part.h"
#include "rule/sigma/check.h"

/* ------------------------------------------------------------------ a value as what it asks */

enum side_kind { SIDE_OPEN, SIDE_EQUAL, SIDE_STARTS, SIDE_ENDS, SIDE_CONTAINS };

/* What a value asks of a text, as far as it can be reasoned about: no wildcard inside, ASCII. */
struct side {
    enum side_kind kind;
    str text; /* without escapes, in lower case */
};

static bool has_letter(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (ascii_lower(s.p[i]) != s.p[i] || (s.p[i] >= 'a' && s.p[i] <= 'z') || (u8)s.p[i] > 127)
            return true;
    return false;
}

static bool is_escaped(str s, size_t at)
{
    size_t n = 0;
    while (n < at && s.p[at - 1 - n] == '\\')
        n++;
    return n % 2 == 1;
}

static bool ends_in_star(str s)
{
    return s.n > 0 && s.p[s.n - 1] == '*' && !is_escaped(s, s.n - 1);
}

static bool begins_with_star(str s)
{
    return s.n > 0 && s.p[0] == '*';
}

/* The text behind the escapes, or nothing when it holds a wildcard or is more than ASCII. */
static bool unescape(str s, struct arena *arena, str *out)
{
    char *const p = arena_alloc(arena, s.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '*' || s.p[i] == '?' || (u8)s.p[i] > 127)
            return false;
        if (s.p[i] == '\\' && i + 1 < s.n && memchr("\\*?", s.p[i + 1], 3))
            i++;
        p[n++] = ascii_lower(s.p[i]);
    }
    *out = (str){p, n};
    return true;
}

static enum side_kind kind_of(const struct sigma_item *item)
{
    enum side_kind kind = SIDE_EQUAL;
    for (u32 i = 0; i < item->n_modifiers; i++) {
        const str m = item->modifiers[i];
        if (str_eq(m, S("contains")))
            kind = SIDE_CONTAINS;
        else if (str_eq(m, S("startswith")))
            kind = SIDE_STARTS;
        else if (str_eq(m, S("endswith")))
            kind = SIDE_ENDS;
        else if (!str_eq(m, S("all")) && !str_eq(m, S("cased")))
            return SIDE_OPEN;
    }
    return kind;
}

static struct side side_of(const struct sigma_item *item, const struct sigma_value *value,
                           struct arena *arena)
{
    struct side side = {kind_of(item), STR_NONE};
    str text = value->text;
    if (value->type == SIGMA_NULL || side.kind == SIDE_OPEN)
        return (struct side){0};
    const bool start = begins_with_star(text) && side.kind != SIDE_OPEN;
    if (start)
        text = str_sub(text, 1, text.n);
    const bool end = ends_in_star(text);
    if (end)
        text = str_sub(text, 0, text.n - 1);
    if (start)
        side.kind = side.kind == SIDE_EQUAL || side.kind == SIDE_ENDS ? SIDE_ENDS : SIDE_CONTAINS;
    if (end)
        side.kind =
            side.kind == SIDE_EQUAL || side.kind == SIDE_STARTS ? SIDE_STARTS : SIDE_CONTAINS;
    if (!unescape(text, arena, &side.text))
        side.kind = SIDE_OPEN;
    return side;
}

static bool meets(str text, const struct side *side)
{
    return side->kind == SIDE_STARTS     ? str_starts(text, side->text)
           : side->kind == SIDE_ENDS     ? str_ends(text, side->text)
           : side->kind == SIDE_CONTAINS ? str_find(text, side->text) != SIZE_MAX
                                         : true;
}

/* Can one text meet both? */
static bool fit(const struct side *a, const struct side *b)
{
    i64 x, y;
    if (a->kind == SIDE_EQUAL && b->kind == SIDE_EQUAL)
        return str_eq(a->text, b->text) ||
               (str_i64(a->text, &x) && str_i64(b->text, &y) && x == y) ||
               (sigma_is_number(a->text) && sigma_is_number(b->text) && !str_i64(a->text, &x));
    if (a->kind == SIDE_EQUAL)
        return meets(a->text, b);
    if (b->kind == SIDE_EQUAL)
        return meets(b->text, a);
    if (a->kind == SIDE_STARTS && b->kind == SIDE_STARTS)
        return str_starts(a->text, b->text) || str_starts(b->text, a->text);
    if (a->kind == SIDE_ENDS && b->kind == SIDE_ENDS)
        return str_ends(a->text, b->text) || str_ends(b->text, a->text);
    return true;
}

/* ------------------------------------------------------------------ tests that exclude each other
 */

#define MANY_VALUES 300 /* above, pairs are not looked at */

/* An array meets each value by another element: unnamed data, and what is numbered like it. */
static bool may_be_array(str field)
{
    return str_eq(field, S("Data"));
}

static void lint_all(struct linter *l, const struct sigma_item *item)
{
    for (u32 i = 0; i < item->n_values; i++)
        for (u32 k = 0; k < i; k++) {
            const struct side a = side_of(item, &item->values[k], l->arena),
                              b = side_of(item, &item->values[i], l->arena);
            if (a.kind == SIDE_OPEN || b.kind == SIDE_OPEN || fit(&a, &b))
                continue;
            lint_add(l, "never-true", item->values[i].line, item->values[i].col,
                     S("leave out all, or use contains"),
                     "no text is at once '%.*s' and '%.*s' here",
                     STR_ARG(str_sub(item->values[k].text, 0, 80)),
                     STR_ARG(str_sub(item->values[i].text, 0, 80)));
            return;
        }
}

static bool any_fits(struct linter *l, const struct sigma_item *item, const struct side *side)
{
    for (u32 i = 0; i < item->n_values; i++) {
        const struct side other = side_of(item, &item->values[i], l->arena);
        if (item->values[i].type == SIGMA_NULL || side->kind == SIDE_OPEN ||
            other.kind == SIDE_OPEN || fit(side, &other))
            return true;
    }
    return false;
}

/* Two items of one field in one map: is there a pair of values that one text can meet? */
static bool items_fit(struct linter *l, const struct sigma_item *a, const struct sigma_item *b)
{
    if (a->n_values > MANY_VALUES || b->n_values > MANY_VALUES)
        return true;
    for (u32 i = 0; i < a->n_values; i++) {
        const struct side side = side_of(a, &a->values[i], l->arena);
        if (a->values[i].type == SIGMA_NULL || any_fits(l, b, &side))
            return true;
    }
    return false;
}

static bool is_open(const struct sigma_item *item)
{
    return kind_of(item) == SIDE_OPEN || may_be_array(item->field) || !item->field.n;
}

static void lint_pairs(struct linter *l, const struct sigma_group *group)
{
    for (u32 i = 0; i < group->n_items; i++)
        for (u32 k = 0; k < i; k++) {
            const struct sigma_item *const a = &group->items[k], *const b = &group->items[i];
            if (!str_eq(a->field, b->field) || is_open(a) || is_open(b) || items_fit(l, a, b))
                continue;
            lint_add(l, "never-true", b->line, b->col,
                     S("make them alternatives: a list of two maps"),
                     "no text of %.*s meets this and the test in line %u",
                     STR_ARG(str_sub(b->field, 0, 80)), a->line);
        }
}

static double bound(const struct sigma_item *item, const char *name, double none)
{
    if (!sigma_has_modifier(item, name) || item->n_values != 1 || item->n_modifiers != 1)
        return none;
    char z[64];
    const str text = str_sub(item->values[0].text, 0, sizeof z - 1);
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    return strtod(z, NULL);
}

/* gt and lt of one field in one map. */
static void lint_range(struct linter *l, const struct sigma_group *group, u32 at)
{
    const double far = 1e300;
    const str field = group->items[at].field;
    double low = -far, high = far;
    for (u32 i = 0; i <= at; i++) {
        const struct sigma_item *const item = &group->items[i];
        if (!str_eq(item->field, field))
            continue;
        const double gt = bound(item, "gt", -far), gte = bound(item, "gte", -far);
        const double lt = bound(item, "lt", far), lte = bound(item, "lte", far);
        low = gt > low ? gt : gte > low ? gte : low;
        high = lt < high ? lt : lte < high ? lte : high;
    }
    if (low > high)
        lint_add(l, "never-true", group->items[at].line, group->items[at].col, STR_NONE,
                 "no number is above %g and below %g", low, high);
}

/* ------------------------------------------------------------------ regular expressions */

static const char *slow_part(str re)
{
    bool in_class = false;
    for (size_t i = 0; i + 1 < re.n; i++) {
        const char c = re.p[i], next = re.p[i + 1];
        if (c == '\\') {
            if (!in_class && ((next >= '1' && next <= '9') || next == 'k' || next == 'g'))
                return "a back reference";
            i++;
        } else if (c == '[' && !in_class) {
            in_class = true;
            i += next == ']' || next == '^';
        } else if (c == ']') {
            in_class = false;
        } else if (c == '(' && next == '?' && !in_class) {
            const str rest = str_sub(re, i + 2, re.n);
            if (str_starts(rest, S("=")) || str_starts(rest, S("!")) || str_starts(rest, S("<=")) ||
                str_starts(rest, S("<!")))
                return "a look-around";
            if (str_starts(rest, S(">")) || str_starts(rest, S("R")) || str_starts(rest, S("|")) ||
                str_starts(rest, S("&")) || str_starts(rest, S("(")))
                return "an atomic group, a recursion or a conditional";
        }
    }
    return NULL;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_';
}

/* `abc*.exe`, `\\*.dll`: a star where a wildcard was meant. */
static bool looks_like_wildcard(str re)
{
    for (size_t i = 1; i + 1 < re.n; i++) {
        const bool literal = (is_word(re.p[i - 1]) && (i < 2 || re.p[i - 2] != '\\')) ||
                             (re.p[i - 1] == '\\' && !is_escaped(re, i));
        if (re.p[i] != '*' || is_escaped(re, i) || !literal)
            continue;
        size_t end = i + 1 + (re.p[i + 1] == '\\');
        if (end >= re.n || re.p[end] != '.')
            continue;
        size_t n = 0;
        while (end + 1 + n < re.n && is_word(re.p[end + 1 + n]))
            n++;
        if (n >= 2 && n <= 4 && (end + 1 + n == re.n || re.p[end + 1 + n] == '$'))
            return true;
    }
    return false;
}

static void lint_regex(struct linter *l, const struct sigma_item *item,
                       const struct sigma_value *value)
{
    const char *const slow = slow_part(value->text);
    if (slow)
        lint_add(l, "regex-subset", value->line, value->col,
                 S("outside Sigma's subset: other tools refuse it, and it is slow; use a second "
                   "selection with not"),
                 "%s in a regular expression", slow);
    if (looks_like_wildcard(value->text))
        lint_add(l, "regex-wildcard", value->line, value->col,
                 S("in re any text is .*; leave re out to use wildcards"),
                 "the * repeats the character before it");
    if (sigma_has_modifier(item, "i") && !has_letter(value->text))
        lint_add(l, "no-effect", value->line, value->col, S("leave it out"),
                 "modifier 'i' on an expression without letters");
}

/* ------------------------------------------------------------------ modifiers without effect */

static bool has_dash(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (memchr("-/", s.p[i], 2) || (u8)s.p[i] > 127)
            return true;
    return false;
}

static void lint_stars(struct linter *l, const struct sigma_item *item,
                       const struct sigma_value *value)
{
    const bool contains = sigma_has_modifier(item, "contains"),
               starts = sigma_has_modifier(item, "startswith"),
               ends = sigma_has_modifier(item, "endswith");
    const bool front = (contains || ends) && begins_with_star(value->text),
               back = (contains || starts) && ends_in_star(value->text);
    if (front || back)
        lint_add(l, "redundant-wildcard", value->line, value->col,
                 S("leave the * out; a plain star is \\*"), "'%s' has the * at the %s already",
                 contains ? "contains"
                 : starts ? "startswith"
                          : "endswith",
                 front ? "start" : "end");
    else if ((contains || starts || ends) && value->type != SIGMA_NULL && value->text.n == 0)
        lint_add(l, "always-true", value->line, value->col, S("to ask for a field: exists: true"),
                 "every text has the empty one in it");
}

static void lint_value(struct linter *l, const struct sigma_item *item,
                       const struct sigma_value *value)
{
    if (sigma_has_modifier(item, "re")) {
        lint_regex(l, item, value);
        return;
    }
    if (sigma_has_modifier(item, "fieldref"))
        return;
    lint_stars(l, item, value);
    if (sigma_has_modifier(item, "cased") && !has_letter(value->text))
        lint_add(l, "no-effect", value->line, value->col, S("leave it out"),
                 "modifier 'cased' on a value without letters");
}

/* A value that stands twice in a list, case not counted. */
static void lint_twice(struct linter *l, const struct sigma_item *item)
{
    const bool with_case = sigma_has_modifier(item, "cased") || sigma_has_modifier(item, "re") ||
                           sigma_has_modifier(item, "base64") ||
                           sigma_has_modifier(item, "base64offset");
    for (u32 i = 0; i < item->n_values && item->n_values <= MANY_VALUES; i++)
        for (u32 k = 0; k < i; k++) {
            const struct sigma_value *const a = &item->values[k], *const b = &item->values[i];
            if (a->type == SIGMA_NULL || b->type == SIGMA_NULL ||
                !(with_case ? str_eq(a->text, b->text) : str_ieq(a->text, b->text)))
                continue;
            lint_add(l, "duplicate-value", b->line, b->col, S("leave one of them out"),
                     "the value of line %u again", a->line);
            break;
        }
}

/* `windash` is said once for a list: it is idle only when no value has a dash. */
static void lint_windash(struct linter *l, const struct sigma_item *item)
{
    bool any = !sigma_has_modifier(item, "windash");
    for (u32 i = 0; i < item->n_values; i++)
        any |= has_dash(item->values[i].text);
    if (!any)
        lint_add(l, "no-effect", item->line, item->col, S("leave it out"),
                 "modifier 'windash' on values without a dash");
}

void lint_group(struct linter *l, const struct sigma_group *group)
{
    for (u32 i = 0; i < group->n_items; i++) {
        const struct sigma_item *const item = &group->items[i];
        for (u32 v = 0; v < item->n_values; v++)
            lint_value(l, item, &item->values[v]);
        lint_twice(l, item);
        lint_windash(l, item);
        if (sigma_has_modifier(item, "all") && !is_open(item) && item->n_values <= MANY_VALUES)
            lint_all(l, item);
        if (item->field.n)
            lint_range(l, group, i);
    }
    lint_pairs(l, group);
}
