#define PCRE2_CODE_UNIT_WIDTH 8
#include "rule/sigma/check.h"

#include <arpa/inet.h>
#include <pcre2.h>
#include <stdio.h>

enum modifier_class {
    M_KIND = 1 << 0, /* how to compare: at most one of them */
    M_FIELDREF = 1 << 1,
    M_NUMERIC = 1 << 2, /* a comparison of numbers */
    M_TIME = 1 << 3,    /* a part of a time */
    M_RE_FLAG = 1 << 4, /* only behind `re` */
    M_ENCODE = 1 << 5,  /* makes bytes of the value */
    M_DASH = 1 << 6,
    M_CASED = 1 << 7,
    M_ALL = 1 << 8,
    M_NEQ = 1 << 9,
    M_EXPAND = 1 << 10,
    M_PATTERN = 1 << 11, /* a kind that compares texts with wildcards */
    M_RE = 1 << 12,
    M_OTHER = 1 << 13, /* cidr, exists */
};

/* `with`: classes of other modifiers that it can stand beside. */
static const struct modifier {
    const char *name;
    u32 class, with;
    bool keyword; /* makes sense without a field */
} modifiers[] = {
    {"contains", M_KIND | M_PATTERN, M_FIELDREF | M_ENCODE | M_DASH | M_CASED, true},
    {"startswith", M_KIND | M_PATTERN, M_FIELDREF | M_ENCODE | M_DASH | M_CASED, false},
    {"endswith", M_KIND | M_PATTERN, M_FIELDREF | M_ENCODE | M_DASH | M_CASED, false},
    {"re", M_KIND | M_RE, M_RE_FLAG, true},
    {"cidr", M_KIND | M_OTHER, 0, false},
    {"exists", M_KIND | M_OTHER, 0, false},
    {"lt", M_KIND | M_NUMERIC, M_TIME, false},
    {"lte", M_KIND | M_NUMERIC, M_TIME, false},
    {"gt", M_KIND | M_NUMERIC, M_TIME, false},
    {"gte", M_KIND | M_NUMERIC, M_TIME, false},
    {"fieldref", M_FIELDREF, M_PATTERN | M_CASED, false},
    {"i", M_RE_FLAG, M_RE | M_RE_FLAG, true},
    {"m", M_RE_FLAG, M_RE | M_RE_FLAG, true},
    {"s", M_RE_FLAG, M_RE | M_RE_FLAG, true},
    {"minute", M_TIME, M_NUMERIC, false},
    {"hour", M_TIME, M_NUMERIC, false},
    {"day", M_TIME, M_NUMERIC, false},
    {"week", M_TIME, M_NUMERIC, false},
    {"month", M_TIME, M_NUMERIC, false},
    {"year", M_TIME, M_NUMERIC, false},
    {"base64", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"base64offset", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"wide", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"utf16le", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"utf16be", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"utf16", M_ENCODE, M_PATTERN | M_ENCODE | M_CASED | M_DASH, true},
    {"windash", M_DASH, M_PATTERN | M_CASED | M_ENCODE, true},
    {"cased", M_CASED, M_PATTERN | M_FIELDREF | M_ENCODE | M_DASH, true},
    {"all", M_ALL, ~0u, true},
    {"neq", M_NEQ, ~0u, false},
    {"expand", M_EXPAND, ~0u, true},
};

static enum status fail(struct err *err, u32 line, u32 col)
{
    if (err) {
        err->line = line;
        err->col = col;
    }
    return ERR_SYNTAX;
}

#define FAIL_ITEM(item, err, ...)                                                                  \
    (err_set((err), ERR_SYNTAX, __VA_ARGS__), fail((err), (item)->line, (item)->col))
#define FAIL_VALUE(value, err, ...)                                                                \
    (err_set((err), ERR_SYNTAX, __VA_ARGS__), fail((err), (value)->line, (value)->col))

static const struct modifier *find_modifier(str name)
{
    for (size_t i = 0; i < COUNT(modifiers); i++)
        if (str_eq(name, str_from(modifiers[i].name)))
            return &modifiers[i];
    return NULL;
}

bool sigma_has_modifier(const struct sigma_item *item, const char *name)
{
    for (u32 i = 0; i < item->n_modifiers; i++)
        if (str_eq(item->modifiers[i], str_from(name)))
            return true;
    return false;
}

static bool may_combine(const struct modifier *a, const struct modifier *b)
{
    const u32 always = M_ALL | M_NEQ | M_EXPAND;
    return (a->class & always) || (b->class & always) ||
           ((a->with & b->class) && (b->with & a->class));
}

/* base64 of `*value*` has no meaning: contains, startswith and endswith must come last. UTF-16
 * leaves wildcards alone. What is encoded has no dashes any more. */
static bool wrong_order(const struct modifier *before, const struct modifier *after)
{
    return ((before->class & M_PATTERN) && str_starts(str_from(after->name), S("base64"))) ||
           ((before->class & M_ENCODE) && (after->class & M_DASH));
}

static enum status check_pairs(const struct sigma_item *item, u32 k, struct err *err)
{
    const struct modifier *const m = find_modifier(item->modifiers[k]);
    bool after_re = false;
    for (u32 i = 0; i < k; i++) {
        const struct modifier *const before = find_modifier(item->modifiers[i]);
        after_re |= before->class & M_RE;
        if ((before == m && !(m->class & M_ENCODE)) || !may_combine(before, m))
            return FAIL_ITEM(item, err, "modifiers '%s' and '%s' cannot be combined", before->name,
                             m->name);
        if (wrong_order(before, m))
            return FAIL_ITEM(item, err, "modifier '%s' must come before '%s'", m->name,
                             before->name);
    }
    if ((m->class & M_RE_FLAG) && !after_re)
        return FAIL_ITEM(item, err, "modifier '%s' needs 're' before it", m->name);
    return OK;
}

/* Returns the classes of all modifiers through `out`. */
static enum status check_modifiers(const struct sigma_item *item, u32 *out, struct err *err)
{
    u32 classes = 0;
    for (u32 k = 0; k < item->n_modifiers; k++) {
        const struct modifier *const m = find_modifier(item->modifiers[k]);
        if (!m)
            return FAIL_ITEM(item, err, "unknown modifier '%.*s'",
                             STR_ARG(str_sub(item->modifiers[k], 0, 80)));
        if (item->field.n == 0 && !m->keyword)
            return FAIL_ITEM(item, err, "modifier '%s' needs a field", m->name);
        TRY(check_pairs(item, k, err));
        classes |= m->class;
    }
    *out = classes;
    return OK;
}

static enum status check_regex(const struct sigma_item *item, const struct sigma_value *value,
                               struct err *err)
{
    u32 options = SIGMA_RE_OPTIONS;
    options |= sigma_has_modifier(item, "i") ? PCRE2_CASELESS : 0;
    options |= sigma_has_modifier(item, "m") ? PCRE2_MULTILINE : 0;
    options |= sigma_has_modifier(item, "s") ? PCRE2_DOTALL : 0;
    int code;
    PCRE2_SIZE at;
    pcre2_code *const re =
        pcre2_compile((PCRE2_SPTR)value->text.p, value->text.n, options, &code, &at, NULL);
    if (re) {
        pcre2_code_free(re);
        return OK;
    }
    char why[120];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
    return FAIL_VALUE(value, err, "bad regular expression: %s at offset %zu of '%.*s'", why,
                      (size_t)at, STR_ARG(str_sub(value->text, 0, 80)));
}

static enum status check_cidr(const struct sigma_value *value, struct err *err)
{
    const size_t slash = str_find_char(value->text, '/');
    const str address = slash == SIZE_MAX ? value->text : str_sub(value->text, 0, slash);
    char z[64];
    u8 bytes[16];
    u64 bits = 0;
    snprintf(z, sizeof z, "%.*s", STR_ARG(str_sub(address, 0, sizeof z - 1)));
    const bool v4 = address.n < sizeof z && inet_pton(AF_INET, z, bytes) == 1;
    const bool v6 = address.n < sizeof z && inet_pton(AF_INET6, z, bytes) == 1;
    const str suffix = slash == SIZE_MAX ? S("0") : str_sub(value->text, slash + 1, value->text.n);
    if ((v4 || v6) && suffix.n <= 3 && str_find_char(suffix, 'x') == SIZE_MAX &&
        str_u64(suffix, &bits) && bits <= (v4 ? 32u : 128u))
        return OK;
    return FAIL_VALUE(value, err, "bad network '%.*s'", STR_ARG(str_sub(value->text, 0, 80)));
}

/* Length in bytes of the value behind its escapes; -1 when it holds a wildcard. */
static i64 plain_length(str s)
{
    i64 n = 0;
    for (size_t i = 0; i < s.n; i++, n++) {
        if (s.p[i] == '*' || s.p[i] == '?')
            return -1;
        if (s.p[i] == '\\' && i + 1 < s.n && memchr("\\*?", s.p[i + 1], 3))
            i++;
    }
    return n;
}

static enum status check_encoded(const struct sigma_item *item, const struct sigma_value *value,
                                 struct err *err)
{
    const i64 n = plain_length(value->text);
    if (n < 0)
        return FAIL_VALUE(value, err, "bad value: '%.*s' holds a wildcard and cannot be encoded",
                          STR_ARG(str_sub(value->text, 0, 80)));
    if (n < 2 && sigma_has_modifier(item, "base64offset"))
        return FAIL_VALUE(value, err, "bad value: 'base64offset' needs at least 2 bytes");
    return OK;
}

bool sigma_is_number(str s)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    u64 whole;
    if (str_u64(str_sub(s, i, s.n), &whole))
        return true;
    const size_t dot = str_find_char(s, '.');
    if (dot == SIZE_MAX || dot == i || dot + 1 == s.n || s.n > 40 ||
        !str_u64(str_sub(s, i, dot), &whole))
        return false;
    for (; i < s.n; i++)
        if (i != dot && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return true;
}

static enum status check_null(const struct sigma_item *item, const struct sigma_value *value,
                              u32 classes, struct err *err)
{
    if (item->field.n == 0)
        return FAIL_VALUE(value, err, "bad value: null cannot be a keyword");
    if (classes & ~(u32)(M_ALL | M_NEQ))
        return FAIL_VALUE(value, err, "bad value: null with modifier '%.*s'",
                          STR_ARG(item->modifiers[0]));
    return OK;
}

static enum status check_value(const struct sigma_item *item, const struct sigma_value *value,
                               u32 classes, struct err *err)
{
    const str shown = str_sub(value->text, 0, 80);
    if (value->type == SIGMA_NULL)
        return check_null(item, value, classes, err);
    if (classes & M_RE)
        return check_regex(item, value, err);
    if (classes & M_ENCODE)
        return check_encoded(item, value, err);
    if ((classes & (M_NUMERIC | M_TIME)) && !sigma_is_number(value->text))
        return FAIL_VALUE(value, err, "bad value: a number is needed, not '%.*s'", STR_ARG(shown));
    if ((classes & M_FIELDREF) && value->text.n == 0)
        return FAIL_VALUE(value, err, "bad value: 'fieldref' needs the name of a field");
    if (sigma_has_modifier(item, "cidr"))
        return check_cidr(value, err);
    if (sigma_has_modifier(item, "exists") && !str_ieq(value->text, S("true")) &&
        !str_ieq(value->text, S("false")))
        return FAIL_VALUE(value, err, "bad value: 'exists' needs true or false, not '%.*s'",
                          STR_ARG(shown));
    if (item->field.n == 0 && value->text.n == 0)
        return FAIL_VALUE(value, err, "bad value: an empty keyword");
    return OK;
}

static const char *lint_of(const struct sigma_item *item, u32 classes)
{
    if ((classes & M_ALL) && item->n_values == 1)
        return "'all' with a single value has no effect";
    if ((classes & M_ENCODE) && !(classes & M_PATTERN))
        return "an encoded value without 'contains' must be the whole field";
    for (u32 i = 0; i < item->n_values && item->n_values > 1; i++)
        if (item->values[i].type == SIGMA_NULL)
            return "null in a list is read as one more value";
    return NULL;
}

enum status sigma_check_item(const struct sigma_item *item, const char **out_lint, struct err *err)
{
    u32 classes = 0;
    TRY(check_modifiers(item, &classes, err));
    if (item->n_values > 1 && sigma_has_modifier(item, "exists"))
        return FAIL_ITEM(item, err, "bad value: 'exists' takes one truth value, not a list");
    for (u32 i = 0; i < item->n_values; i++)
        TRY(check_value(item, &item->values[i], classes, err));
    *out_lint = lint_of(item, classes);
    return OK;
}
