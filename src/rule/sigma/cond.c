/* Recursive descent, a function for each line of the grammar in cond.h. */
#include "rule/sigma/cond.h"

#include "base/limits.h"
#include "base/mem.h"

struct word {
    enum word_type { W_END, W_OPEN, W_CLOSE, W_PIPE, W_NAME } type;
    str text;
    size_t at; /* offset in the condition */
};

typedef VEC(struct sigma_node *) kids;

struct parser {
    str text;
    struct word word; /* the one to look at */
    const struct sigma_selection *selections;
    u32 n_selections;
    u32 depth, n_nodes;
    struct arena *arena;
    struct err *err;
};

static enum status parse_or(struct parser *p, struct sigma_node **out);

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void advance(struct parser *p)
{
    size_t at = p->word.at + p->word.text.n;
    while (at < p->text.n && is_blank(p->text.p[at]))
        at++;
    size_t end = at;
    enum word_type type = W_END;
    if (at < p->text.n) {
        const char c = p->text.p[at];
        type = c == '(' ? W_OPEN : c == ')' ? W_CLOSE : c == '|' ? W_PIPE : W_NAME;
        end++;
        while (type == W_NAME && end < p->text.n && !is_blank(p->text.p[end]) &&
               !memchr("()|", p->text.p[end], 3))
            end++;
    }
    p->word = (struct word){type, str_sub(p->text, at, end), at};
}

static bool is_word(const struct parser *p, const char *keyword)
{
    return p->word.type == W_NAME && str_ieq(p->word.text, str_from(keyword));
}

/* `what` holds one %.*s for the word at which it went wrong. */
__attribute__((format(printf, 2, 0))) static enum status fail_word(struct parser *p,
                                                                   const char *what)
{
    const str shown = str_sub(p->word.text, 0, 80);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)err_set(p->err, ERR_SYNTAX, what, STR_ARG(shown));
#pragma GCC diagnostic pop
    if (p->err)
        p->err->col = (u32)p->word.at + 1;
    return ERR_SYNTAX;
}

static enum status new_node(struct parser *p, enum sigma_op op, struct sigma_node *const *list,
                            size_t n, struct sigma_node **out)
{
    p->n_nodes += 1 + (u32)n;
    if (p->n_nodes > LIMIT_CONDITION)
        return fail_word(p, "condition: too large at '%.*s'");
    struct sigma_node *const node = ARENA_NEW(p->arena, struct sigma_node);
    node->op = op;
    node->n_kids = (u32)n;
    if (n) {
        node->kids = ARENA_ARRAY(p->arena, struct sigma_node *, n);
        memcpy(node->kids, list, n * sizeof *list);
    }
    *out = node;
    return OK;
}

static enum status selection_node(struct parser *p, u32 selection, struct sigma_node **out)
{
    TRY(new_node(p, SIGMA_SELECTION, NULL, 0, out));
    (*out)->selection = selection;
    return OK;
}

/* '*' stands for any run of bytes. After a mismatch the last '*' swallows one byte more. */
static bool pattern_fits(str pattern, str name)
{
    size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;
    while (k < name.n) {
        if (i < pattern.n && pattern.p[i] == '*') {
            star = i++;
            mark = k;
        } else if (i < pattern.n && pattern.p[i] == name.p[k]) {
            i++;
            k++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            k = ++mark;
        } else {
            return false;
        }
    }
    while (i < pattern.n && pattern.p[i] == '*')
        i++;
    return i == pattern.n;
}

/* Behind "1 of" or "all of". */
static enum status parse_group(struct parser *p, enum sigma_op op, struct sigma_node **out)
{
    if (p->word.type != W_NAME)
        return fail_word(p, "condition: 'of' needs 'them' or a pattern, not '%.*s'");
    const bool them = is_word(p, "them");
    kids list = {0};
    enum status status = OK;
    for (u32 i = 0; i < p->n_selections && status == OK; i++) {
        const str name = p->selections[i].name;
        if (them ? str_starts(name, S("_")) : !pattern_fits(p->word.text, name))
            continue;
        struct sigma_node *node = NULL;
        status = selection_node(p, i, &node);
        if (status == OK)
            *VEC_PUSH(&list) = node;
    }
    if (status == OK && list.n == 0)
        status = fail_word(p, "condition: no selection fits '%.*s'");
    if (status == OK)
        status = new_node(p, op, list.p, list.n, out);
    VEC_FREE(&list);
    if (status == OK)
        advance(p);
    return status;
}

static enum status parse_name(struct parser *p, struct sigma_node **out)
{
    for (u32 i = 0; i < p->n_selections; i++) {
        if (!str_eq(p->selections[i].name, p->word.text))
            continue;
        advance(p);
        return selection_node(p, i, out);
    }
    return fail_word(p, "condition: unknown selection '%.*s'");
}

static enum status parse_primary(struct parser *p, struct sigma_node **out)
{
    if (p->word.type == W_OPEN) {
        advance(p);
        TRY(parse_or(p, out));
        if (p->word.type != W_CLOSE)
            return fail_word(p, "condition: ')' expected, not '%.*s'");
        advance(p);
        return OK;
    }
    if (p->word.type != W_NAME)
        return fail_word(p, "condition: a selection expected, not '%.*s'");
    const struct word first = p->word;
    const bool any = is_word(p, "1") || is_word(p, "any");
    const bool all = is_word(p, "all");
    advance(p);
    if (is_word(p, "of")) {
        if (!any && !all) {
            p->word = first;
            return fail_word(p, "condition: '%.*s of' is not supported, only '1 of' and 'all of'");
        }
        advance(p);
        return parse_group(p, any ? SIGMA_OR : SIGMA_AND, out);
    }
    p->word = first;
    return parse_name(p, out);
}

static enum status parse_not(struct parser *p, struct sigma_node **out)
{
    if (p->depth == LIMIT_NESTING)
        return fail_word(p, "condition: nested too deep at '%.*s'");
    p->depth++;
    enum status status;
    if (is_word(p, "not")) {
        advance(p);
        struct sigma_node *kid = NULL;
        status = parse_not(p, &kid);
        if (status == OK)
            status = new_node(p, SIGMA_NOT, &kid, 1, out);
    } else {
        status = parse_primary(p, out);
    }
    p->depth--;
    return status;
}

/* One level of "part { keyword part }". */
static enum status parse_chain(struct parser *p, const char *keyword, enum sigma_op op,
                               enum status (*part)(struct parser *, struct sigma_node **),
                               struct sigma_node **out)
{
    kids list = {0};
    enum status status;
    for (;;) {
        struct sigma_node *node = NULL;
        status = part(p, &node);
        if (status != OK)
            break;
        *VEC_PUSH(&list) = node;
        if (!is_word(p, keyword))
            break;
        advance(p);
    }
    if (status == OK && list.n == 1)
        *out = list.p[0];
    else if (status == OK)
        status = new_node(p, op, list.p, list.n, out);
    VEC_FREE(&list);
    return status;
}

static enum status parse_and(struct parser *p, struct sigma_node **out)
{
    return parse_chain(p, "and", SIGMA_AND, parse_not, out);
}

static enum status parse_or(struct parser *p, struct sigma_node **out)
{
    return parse_chain(p, "or", SIGMA_OR, parse_and, out);
}

enum status cond_parse(str text, const struct sigma_selection *selections, u32 n_selections,
                       struct arena *arena, struct sigma_node **out, struct err *err)
{
    struct parser p = {
        .text = text,
        .selections = selections,
        .n_selections = n_selections,
        .arena = arena,
        .err = err,
    };
    advance(&p);
    struct sigma_node *node = NULL;
    TRY(parse_or(&p, &node));
    if (p.word.type == W_PIPE)
        return fail_word(
            &p,
            "needs translation: an aggregation behind '%.*s' is a correlation rule since Sigma 2");
    if (p.word.type != W_END)
        return fail_word(&p, "condition: 'and' or 'or' expected, not '%.*s'");
    *out = node;
    return OK;
}
