#include "rule/sigma/expand.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf.h"
#include "rule/sigma/check.h"

typedef VEC(str) texts;

struct expansion {
    struct sigma_reading *r;
    const struct sigma_value *value; /* the one that is expanded */
    texts done;
};

/* `fmt` holds one %.*s. */
__attribute__((format(printf, 2, 0))) static enum status fail_value(struct expansion *e,
                                                                    const char *fmt, str what)
{
    const struct yaml at = {.line = e->value->line, .col = e->value->col};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return read_fail(e->r, &at, fmt, STR_ARG(str_sub(what, 0, 80)));
#pragma GCC diagnostic pop
}

static enum status add_text(struct expansion *e, str text)
{
    if (e->done.n == LIMIT_EXPANDED)
        return fail_value(e, "too many values: '%.*s' becomes more than can be asked for", text);
    *VEC_PUSH(&e->done) = text;
    return OK;
}

/* ---- placeholders ---- */

/* All but what means something in a value: where `expand` stands, two percent signs with a text
 * between are taken for a name too often rather than too seldom. */
static bool is_name_byte(char c)
{
    return (u8)c >= ' ' && !strchr("%*?\\", c);
}

/* Where the first %name% begins, from `at` on, and the place behind it; false: there is none. */
static bool find_placeholder(str s, size_t at, size_t *from, size_t *to)
{
    for (size_t i = at; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '%' || s.p[i + 1] == '\\')) {
            i++; /* behind two backslashes a percent sign is no plain one */
            continue;
        }
        size_t end = i + 1;
        while (s.p[i] == '%' && end < s.n && is_name_byte(s.p[end]))
            end++;
        if (s.p[i] != '%' || end == i + 1 || end == s.n || s.p[end] != '%')
            continue;
        *from = i;
        *to = end + 1;
        return true;
    }
    return false;
}

static str plain_percents(str s, struct arena *arena)
{
    char *const out = arena_alloc(arena, s.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char next = s.p[i] == '\\' && i + 1 < s.n ? s.p[i + 1] : 0;
        if (next == '\\')
            out[n++] = s.p[i];
        i += next == '%' || next == '\\';
        out[n++] = s.p[i];
    }
    return (str){out, n};
}

static const struct yaml *values_of(const struct sigma_reading *r, str name)
{
    const struct yaml *const map = r->sink->placeholders;
    for (u32 i = 0; map && i < map->n; i++)
        if (str_eq(map->keys[i]->text, name))
            return map->items[i];
    return NULL;
}

/* `head` is finished; in `s` what stands from `at` on is not. */
static enum status fill_in(struct expansion *e, str head, str s)
{
    struct arena *const arena = e->r->arena;
    size_t from, to;
    if (!find_placeholder(s, 0, &from, &to))
        return add_text(e, arena_join(arena, head, plain_percents(s, arena)));
    const str name = str_sub(s, from + 1, to - 1), rest = str_sub(s, to, s.n);
    const struct yaml *const given = values_of(e->r, name);
    if (!given)
        return fail_value(e, "needs a value for %.*s", str_sub(s, from, to));
    head = arena_join(arena, head, plain_percents(str_sub(s, 0, from), arena));
    const bool list = given->type == YAML_LIST;
    for (u32 i = 0; i < (list ? given->n : 1); i++)
        TRY(fill_in(e, arena_join(arena, head, list ? given->items[i]->text : given->text), rest));
    return OK;
}

/* ---- dashes that are going to be encoded ---- */

static bool is_dash(u32 code)
{
    return code == '-' || code == '/' || code == 0x2013 || code == 0x2014 || code == 0x2015;
}

static bool is_word(u32 code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
           (code >= '0' && code <= '9') || code == '_' || (code >= 0x80 && !is_dash(code));
}

/* The next dash that begins a word: as match/plain_value.c has it. */
static bool find_dash(str s, size_t at, size_t *from, size_t *to)
{
    bool after_word = false;
    for (size_t i = 0, next; i < s.n; i = next) {
        next = i;
        const u32 code = utf8_next(s, &next);
        size_t behind = next;
        if (i >= at && is_dash(code) && !after_word && next < s.n &&
            is_word(utf8_next(s, &behind))) {
            *from = i;
            *to = next;
            return true;
        }
        after_word = is_word(code);
    }
    return false;
}

static enum status turn_dashes(struct expansion *e, str s, size_t at)
{
    static const char *const dashes[] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};
    struct arena *const arena = e->r->arena;
    size_t from, to;
    if (!find_dash(s, at, &from, &to))
        return add_text(e, s);
    for (size_t i = 0; i < COUNT(dashes); i++) {
        const str head = arena_join(arena, str_sub(s, 0, from), str_from(dashes[i]));
        TRY(turn_dashes(e, arena_join(arena, head, str_sub(s, to, s.n)), head.n));
    }
    return OK;
}

static bool encodes_dashes(const struct sigma_item *item)
{
    bool dash = false;
    for (u32 i = 0; i < item->n_modifiers; i++) {
        const str m = item->modifiers[i];
        if (dash &&
            (str_starts(m, S("base64")) || str_starts(m, S("utf16")) || str_eq(m, S("wide"))))
            return true;
        dash |= str_eq(m, S("windash"));
    }
    return false;
}

/* ---- items ---- */

static enum status expand_value(struct sigma_reading *r, const struct sigma_item *item,
                                const struct sigma_value *value, texts *out)
{
    struct expansion e = {.r = r, .value = value};
    enum status status = sigma_has_modifier(item, "expand") ? fill_in(&e, S(""), value->text)
                                                            : add_text(&e, value->text);
    if (status == OK && encodes_dashes(item)) {
        texts filled = e.done;
        e.done = (texts){0};
        for (size_t i = 0; i < filled.n && status == OK; i++)
            status = turn_dashes(&e, filled.p[i], 0);
        VEC_FREE(&filled);
    }
    *out = e.done;
    return status;
}

typedef VEC(struct sigma_value) values;

static void add_values(values *to, const struct sigma_value *from, const texts *list)
{
    VEC_EACH (list, text) {
        struct sigma_value *const value = VEC_PUSH(to);
        *value = *from;
        value->text = *text;
    }
}

static struct sigma_item item_with(const struct sigma_item *item, const struct sigma_value *p,
                                   size_t n, struct arena *arena)
{
    struct sigma_item out = *item;
    out.values = ARENA_ARRAY(arena, struct sigma_value, n);
    out.n_values = (u32)n;
    if (n)
        memcpy(out.values, p, n * sizeof *p);
    return out;
}

static void drop_all(struct sigma_item *item, struct arena *arena)
{
    str *const left = ARENA_ARRAY(arena, str, item->n_modifiers);
    u32 n = 0;
    for (u32 i = 0; i < item->n_modifiers; i++)
        if (!str_eq(item->modifiers[i], S("all")))
            left[n++] = item->modifiers[i];
    item->modifiers = left;
    item->n_modifiers = n;
}

enum status sigma_expand(struct sigma_reading *r, struct sigma_item *item, struct sigma_item **out,
                         u32 *out_n)
{
    *out = item;
    *out_n = 1;
    if (!sigma_has_modifier(item, "expand") && !encodes_dashes(item))
        return OK;
    const bool all = sigma_has_modifier(item, "all") && item->n_values > 1;
    struct sigma_item *const split = ARENA_ARRAY(r->arena, struct sigma_item, item->n_values);
    values flat = {0};
    bool several = false;
    enum status status = OK;
    for (u32 i = 0; i < item->n_values && status == OK; i++) {
        const struct sigma_value *const value = &item->values[i];
        texts list = {0};
        const size_t before = flat.n;
        if (value->type == SIGMA_NULL)
            *VEC_PUSH(&flat) = *value;
        else
            status = expand_value(r, item, value, &list);
        add_values(&flat, value, &list);
        several |= list.n > 1;
        VEC_FREE(&list);
        if (status == OK)
            split[i] = item_with(item, flat.p + before, flat.n - before, r->arena);
    }
    if (status == OK && all && several && sigma_has_modifier(item, "neq")) {
        const struct yaml at = {.line = item->line, .col = item->col};
        status = read_fail(r, &at,
                           "modifiers 'all' and 'neq' cannot be combined with values that become "
                           "several");
    }
    if (status == OK && all && several) {
        for (u32 i = 0; i < item->n_values; i++)
            drop_all(&split[i], r->arena);
        *out = split;
        *out_n = item->n_values;
    } else if (status == OK) {
        *item = item_with(item, flat.p, flat.n, r->arena);
    }
    VEC_FREE(&flat);
    return status;
}

/* ---- the file ---- */

static enum status bad_file(const struct yaml *at, struct err *err, const char *what)
{
    (void)err_set(err, ERR_SYNTAX, "%s", what);
    if (err) {
        err->line = at->line;
        err->col = at->col;
    }
    return ERR_SYNTAX;
}

static enum status check_values(const struct yaml *given, struct err *err)
{
    const bool list = given->type == YAML_LIST;
    if (given->type == YAML_MAP || (list && given->n == 0))
        return bad_file(given, err, "a placeholder needs a value or a list of values");
    for (u32 i = 0; i < (list ? given->n : 1); i++) {
        const struct yaml *const value = list ? given->items[i] : given;
        if (value->type != YAML_SCALAR || yaml_is_null(value))
            return bad_file(value, err, "the value of a placeholder must be a text or a number");
    }
    return OK;
}

enum status sigma_placeholders_read(str text, struct arena *arena, const struct yaml **out,
                                    struct err *err)
{
    const struct yaml **docs = NULL;
    u32 n = 0;
    TRY(yaml_read(text, arena, &docs, &n, err));
    if (n != 1 || docs[0]->type != YAML_MAP) {
        const struct yaml at = {.line = 1, .col = 1};
        return bad_file(n ? docs[0] : &at, err, "placeholders must be one map of names to values");
    }
    for (u32 i = 0; i < docs[0]->n; i++) {
        const str name = docs[0]->keys[i]->text;
        for (size_t k = 0; k < name.n; k++)
            if (!is_name_byte(name.p[k]))
                return bad_file(docs[0]->keys[i], err,
                                "the name of a placeholder has no percent sign, backslash or "
                                "wildcard");
        TRY(check_values(docs[0]->items[i], err));
    }
    *out = docs[0];
    return OK;
}
