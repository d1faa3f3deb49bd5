/* Sigma 1's aggregations, "selection | count(Field) by Group > 5" with a `timeframe`, as the
 * correlation that they mean: the rule becomes a base rule, which never reports by itself, and a
 * correlation that carries its title, id and level. `near` becomes a base rule for each of its
 * parts. What has no correlation (min, max, near … not, no timeframe) stays refused. */
#include <stdio.h>

#include "base/mem.h"
#include "rule/sigma/read_part.h"

#define NEEDS "needs translation: "

struct words {
    struct sigma_reading *r;
    const struct yaml *at;
    str rest; /* of the aggregation */
    str word; /* the one to look at; empty at the end */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_sign(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '!';
}

/* Words are comparison signs, brackets, commas, and what stands between them and blanks. */
static void advance(struct words *w)
{
    size_t from = 0, to;
    while (from < w->rest.n && is_blank(w->rest.p[from]))
        from++;
    to = from;
    if (to < w->rest.n && memchr("(),", w->rest.p[to], 3))
        to++;
    else if (to < w->rest.n && is_sign(w->rest.p[to]))
        while (to < w->rest.n && is_sign(w->rest.p[to]))
            to++;
    else
        while (to < w->rest.n && !is_blank(w->rest.p[to]) && !is_sign(w->rest.p[to]) &&
               !memchr("(),", w->rest.p[to], 3))
            to++;
    w->word = str_sub(w->rest, from, to);
    w->rest = str_sub(w->rest, to, w->rest.n);
}

static bool take(struct words *w, const char *word)
{
    const bool is = str_ieq(w->word, str_from(word));
    if (is)
        advance(w);
    return is;
}

static bool is_name(str word)
{
    return word.n && !memchr("(),", word.p[0], 3) && !is_sign(word.p[0]);
}

static enum status fail_word(struct words *w, const char *expected)
{
    return read_fail(w->r, w->at, NEEDS "%s expected in the aggregation, not '%.*s'", expected,
                     STR_ARG(str_sub(w->word, 0, 80)));
}

static enum status read_list(struct words *w, str **out, u32 *out_n)
{
    VEC(str) list = {0};
    enum status status = OK;
    do {
        if (!is_name(w->word))
            status = fail_word(w, "the name of a field");
        else
            *VEC_PUSH(&list) = read_field(w->r, w->word);
        if (status == OK)
            advance(w);
    } while (status == OK && take(w, ","));
    *out = ARENA_ARRAY(w->r->arena, str, list.n);
    *out_n = (u32)list.n;
    for (u32 i = 0; i < list.n; i++)
        (*out)[i] = list.p[i];
    VEC_FREE(&list);
    return status;
}

static enum status read_comparison(struct words *w, struct sigma_correlation *out)
{
    static const struct {
        const char *sign;
        enum sigma_cmp cmp;
    } signs[] = {{">", CMP_GT}, {">=", CMP_GTE}, {"<", CMP_LT},  {"<=", CMP_LTE},
                 {"=", CMP_EQ}, {"==", CMP_EQ},  {"!=", CMP_NEQ}};
    for (size_t i = 0; i < COUNT(signs); i++) {
        if (!str_eq(w->word, str_from(signs[i].sign)))
            continue;
        out->bounds[0].cmp = signs[i].cmp;
        out->n_bounds = 1;
        advance(w);
        struct yaml number = *w->at;
        number.text = w->word;
        TRY(read_bound_number(w->r, &number, &out->bounds[0].limit));
        advance(w);
        return w->word.n ? fail_word(w, "nothing more") : OK;
    }
    return fail_word(w, "a comparison");
}

/* count() is a count of events, count(Field) of values; sum and avg are themselves. */
static enum status read_function(struct words *w, struct sigma_correlation *out)
{
    const str name = w->word;
    const bool count = take(w, "count");
    const bool sum = !count && take(w, "sum");
    if (!count && !sum && !take(w, "avg"))
        return read_fail(w->r, w->at, NEEDS "no correlation does what '%.*s' does",
                         STR_ARG(str_sub(name, 0, 80)));
    if (!take(w, "("))
        return fail_word(w, "'('");
    if (is_name(w->word))
        TRY(read_list(w, &out->value_fields, &out->n_value_fields));
    if (!take(w, ")"))
        return fail_word(w, "')'");
    if (!count && out->n_value_fields != 1)
        return read_fail(w->r, w->at, NEEDS "'%.*s' takes one field", STR_ARG(name));
    out->type = sum                   ? CORR_VALUE_SUM
                : !count              ? CORR_VALUE_AVG
                : out->n_value_fields ? CORR_VALUE_COUNT
                                      : CORR_EVENT_COUNT;
    if (take(w, "by"))
        TRY(read_list(w, &out->group_by, &out->n_group_by));
    return read_comparison(w, out);
}

typedef VEC(str) texts;

/* near a and b: each of them a condition of its own. */
static enum status read_near(struct words *w, struct sigma_correlation *out, texts *conditions)
{
    out->type = CORR_TEMPORAL;
    do {
        if (!is_name(w->word) || str_ieq(w->word, S("not")))
            return read_fail(w->r, w->at,
                             NEEDS "only 'near' with selections and 'and' is a correlation");
        *VEC_PUSH(conditions) = w->word;
        advance(w);
    } while (take(w, "and"));
    return w->word.n ? fail_word(w, "'and'") : OK;
}

/* The detection without its timeframe, and with another condition. */
static const struct yaml *detection_with(struct arena *arena, const struct yaml *detection,
                                         str condition)
{
    struct yaml *const out = ARENA_NEW(arena, struct yaml);
    *out = *detection;
    out->keys = ARENA_ARRAY(arena, const struct yaml *, detection->n);
    out->items = ARENA_ARRAY(arena, const struct yaml *, detection->n);
    out->n = 0;
    for (u32 i = 0; i < detection->n; i++) {
        if (str_eq(detection->keys[i]->text, S("timeframe")))
            continue;
        struct yaml *const item = ARENA_NEW(arena, struct yaml);
        *item = *detection->items[i];
        if (str_eq(detection->keys[i]->text, S("condition")))
            item->text = condition;
        out->keys[out->n] = detection->keys[i];
        out->items[out->n++] = item;
    }
    return out;
}

static enum status read_base(struct sigma_reading *r, const struct yaml *doc, str condition,
                             u32 number, bool tell, str *out_name)
{
    struct sigma_rule *const base = ARENA_NEW(r->arena, struct sigma_rule);
    *base = *r->rule; /* the head; what is read below is its own */
    base->id = STR_NONE;
    base->leadline = NULL;
    base->correlation = NULL;
    base->alert = r->rule;
    base->name =
        arena_printf(r->arena, "%.*s:%u, part %u", STR_ARG(base->file), base->line, number);
    struct sigma_sink quiet = *r->sink;
    struct sigma_reading own = *r;
    own.rule = base;
    own.sink = tell ? r->sink : &quiet;
    if (!tell)
        quiet.lint = NULL;
    TRY(read_detection(&own, detection_with(r->arena, yaml_get(doc, "detection"), condition),
                       NULL));
    *out_name = base->name;
    r->sink->rule(r->sink->arg, base);
    return OK;
}

static enum status read_bases(struct sigma_reading *r, const struct yaml *doc,
                              const texts *conditions, struct sigma_correlation *out)
{
    out->refs = ARENA_ARRAY(r->arena, str, conditions->n);
    for (u32 i = 0; i < conditions->n; i++)
        TRY(read_base(r, doc, conditions->p[i], i + 1, conditions->n == 1,
                      &out->refs[out->n_refs++]));
    return OK;
}

bool is_legacy(const struct yaml *detection)
{
    const struct yaml *const condition = yaml_get(detection, "condition");
    return condition && condition->type == YAML_SCALAR &&
           str_find_char(condition->text, '|') != SIZE_MAX;
}

enum status read_legacy(struct sigma_reading *r, const struct yaml *doc)
{
    struct sigma_correlation *const c = ARENA_NEW(r->arena, struct sigma_correlation);
    const struct yaml *const detection = yaml_get(doc, "detection");
    const struct yaml *const condition = yaml_get(detection, "condition");
    const struct yaml *const timeframe = yaml_get(detection, "timeframe");
    const size_t pipe = str_find_char(condition->text, '|');
    struct words w = {
        .r = r, .at = condition, .rest = str_sub(condition->text, pipe + 1, condition->text.n)};
    texts conditions = {0};
    c->percentile = 50 * EXACT_ONE;
    if (!timeframe)
        return read_fail(r, condition, NEEDS "an aggregation without a 'timeframe'");
    TRY(read_timespan(r, timeframe, "timeframe", c));
    *VEC_PUSH(&conditions) = str_sub(condition->text, 0, pipe);
    advance(&w);
    enum status status = take(&w, "near") ? read_near(&w, c, &conditions) : read_function(&w, c);
    if (status == OK)
        status = read_bases(r, doc, &conditions, c);
    VEC_FREE(&conditions);
    if (status != OK)
        return status;
    r->rule->correlation = c;
    read_lint(r, condition, "an aggregation is Sigma 1: read as the correlation that it means");
    return OK;
}
