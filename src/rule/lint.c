/* The rule as a whole: its head, its selections, correlations, and rules among each other. */
#include "rule/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timex.h"
#include "event/event.h"
#include "rule/lint_part.h"

void lint_add(struct linter *l, const char *kind, u32 line, u32 col, str hint, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const struct sigma_rule *const rule = l->rule;
    *VEC_PUSH(&l->all) = (struct lint){.kind = kind,
                                       .file = rule->file,
                                       .rule = rule->id.n ? rule->id : rule->title,
                                       .line = line,
                                       .col = col,
                                       .text = arena_str(l->arena, str_from(text)),
                                       .hint = hint};
}

/* ------------------------------------------------------------------ what the reader said */

/* By how the text begins. */
struct words {
    const char *begin, *kind, *hint;
};

static const struct words *find_words(const struct words *rows, size_t n, str text)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(text, str_from(rows[i].begin)))
            return &rows[i];
    return NULL;
}

static const struct words reader_words[] = {
    {"no title", "no-title", "a title is what a finding is called"},
    {"no id", "no-id", "a UUID makes the rule one that others can refer to"},
    {"unknown level", "level", "informational, low, medium, high or critical"},
    {"'tags'", "texts", ""},
    {"'references'", "texts", ""},
    {"'all' with a single value", "all-single", "leave it out, or give the other values"},
    {"null in a list", "null-in-list", "a selection of its own says it better"},
    {"an encoded value", "encoded-whole", "add contains"},
    {"selection '", "unused-selection", "use it in the condition, or remove it"},
    {"id ", "duplicate-id", "the later rule counts alone; give one of them another id"},
    {"'action'", "deprecated", "write each rule in full"},
    {"the filter keeps only", "filter-polarity", "condition: not selection"},
    {"filter: it is for no rule", "filter-idle",
     "check the ids and names, and that the log sources fit"},
    {"no 'percentile'", "percentile", "say percentile: 50"},
};

/* The rule of the file that the line is in, by its id or title. */
static str rule_at(const struct ruleset *set, str file, u32 line)
{
    const struct sigma_rule *best = NULL;
    for (u32 i = 0; i < set->n_rules; i++) {
        const struct sigma_rule *const rule = set->rules[i];
        if (str_eq(rule->file, file) && rule->line <= line && (!best || rule->line > best->line))
            best = rule;
    }
    return !best ? STR_NONE : best->id.n ? best->id : best->title;
}

static void add_known(struct linter *l)
{
    for (u32 i = 0; i < l->set->n_lints; i++) {
        const struct ruleset_lint *const from = &l->set->lints[i];
        const struct words *const words = find_words(reader_words, COUNT(reader_words), from->text);
        *VEC_PUSH(&l->all) = (struct lint){.kind = words ? words->kind : "other",
                                           .file = from->file,
                                           .rule = rule_at(l->set, from->file, from->line),
                                           .line = from->line,
                                           .col = from->col,
                                           .text = from->text,
                                           .hint = words ? str_from(words->hint) : STR_NONE};
    }
}

str lint_reject_hint(str why)
{
    static const struct words rows[] = {
        {"unknown modifier", "", "modifiers are lower case: contains, startswith, endswith, re, …"},
        {"needs a value for", "", "give its values with --placeholders FILE"},
        {"needs translation: 'timeframe'", "",
         "write a correlation rule: type: event_count, timespan, condition"},
        {"needs translation:", "",
         "write a correlation rule: type: event_count or value_count, group-by, timespan"},
        {"no log source", "", "logsource: {category: …, product: …} or {product: …, service: …}"},
        {"no condition", "", "condition: selection"},
        {"bad regular expression", "", "quote the value in single quotes; it is PCRE2"},
        {"condition: unknown selection", "", "names are compared with case"},
        {"condition: no selection fits", "", "patterns take *, and names are compared with case"},
        {"key '", "", "YAML keeps one of them only: make a list of two maps, or all"},
        {"not YAML", "", "indent with spaces; quote values with backslashes in single quotes"},
        {"modifier '", "", ""},
        {"correlation: rule", "", "load the rules that it names as well, by id or name"},
    };
    const struct words *const words = find_words(rows, COUNT(rows), why);
    return words ? str_from(words->hint) : STR_NONE;
}

/* ------------------------------------------------------------------ the head */

/* The key's own node, for its place; the document's when there is none. */
static const struct yaml *key_node(const struct yaml *map, str key)
{
    for (u32 i = 0; map && map->type == YAML_MAP && i < map->n; i++)
        if (str_eq(map->keys[i]->text, key))
            return map->keys[i];
    return map;
}

static bool digits(str s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* YYYY-MM-DD. Years go further than times do. */
static bool is_date(str s)
{
    char leap[] = "2000-00-00";
    i64 time;
    if (s.n != 10 || !digits(s, 0, 4) || !digits(s, 5, 7) || !digits(s, 8, 10) || s.p[4] != '-' ||
        s.p[7] != '-')
        return false;
    memcpy(leap + 4, s.p + 4, 6);
    return time_parse(str_from(leap), &time);
}

static void lint_date(struct linter *l, const char *key)
{
    const struct yaml *const value = yaml_get(l->rule->doc, key);
    char today[TIME_MAX];
    if (!value)
        return;
    const str text = yaml_text(value);
    if (!is_date(text))
        lint_add(l, "date", value->line, value->col, S("YYYY-MM-DD"), "'%s' is no date: '%.*s'",
                 key, STR_ARG(str_sub(text, 0, 40)));
    else if (str_cmp(text, str_sub(str_from(time_format(l->today, today)), 0, 10)) > 0)
        lint_add(l, "date", value->line, value->col, S("the day on which it was written"),
                 "'%s' lies ahead: %.*s", key, STR_ARG(text));
}

static void lint_head(struct linter *l)
{
    static const char *const known[] = {"stable", "test", "experimental", "deprecated",
                                        "unsupported"};
    const struct yaml *const doc = l->rule->doc, *const status = yaml_get(doc, "status"),
                             *const date = yaml_get(doc, "date"),
                             *const modified = yaml_get(doc, "modified");
    bool is_known = !status;
    for (size_t i = 0; i < COUNT(known); i++)
        is_known |= str_eq(yaml_text(status), str_from(known[i]));
    if (!is_known)
        lint_add(l, "status", status->line, status->col,
                 S("stable, test, experimental, deprecated or unsupported"),
                 "unknown status '%.*s'", STR_ARG(str_sub(yaml_text(status), 0, 40)));
    lint_date(l, "date");
    lint_date(l, "modified");
    if (is_date(yaml_text(date)) && is_date(yaml_text(modified)) &&
        str_cmp(yaml_text(modified), yaml_text(date)) < 0)
        lint_add(l, "date", modified->line, modified->col, STR_NONE, "modified before it was made");
}

/* ------------------------------------------------------------------ the condition */

/* Is the selection used where its being true makes the condition true? */
static bool is_positive(const struct sigma_node *node, u32 selection, bool negated)
{
    if (node->op == SIGMA_SELECTION)
        return node->selection == selection && !negated;
    for (u32 i = 0; i < node->n_kids; i++)
        if (is_positive(node->kids[i], selection, negated != (node->op == SIGMA_NOT)))
            return true;
    return false;
}

/* What filters have brought stands behind the rule's own. */
static u32 own_selections(const struct sigma_rule *rule)
{
    const struct yaml *const detection = yaml_get(rule->doc, "detection");
    const u32 n = detection && yaml_get(detection, "condition") ? detection->n - 1 : 0;
    return MIN(n, rule->n_selections);
}

static void lint_polarity(struct linter *l)
{
    const struct sigma_rule *const rule = l->rule;
    for (u32 s = 0; s < own_selections(rule); s++) {
        const struct sigma_selection *const selection = &rule->selections[s];
        bool positive = false;
        for (u32 i = 0; i < rule->n_conditions; i++)
            positive |= is_positive(rule->conditions[i], s, false);
        if (positive && str_istarts(selection->name, S("filter")))
            lint_add(l, "filter-polarity", selection->line, selection->col,
                     S("say not, or give it a name that does not promise to exclude"),
                     "'%.*s' is asked for, not excluded", STR_ARG(str_sub(selection->name, 0, 80)));
    }
}

/* ------------------------------------------------------------------ correlations */

static void set_source(struct linter *l, const struct sigma_logsource *source)
{
    l->source = source;
    logsource_resolve(&l->set->logsources, source, l->arena, &l->places);
}

static bool is_alias(const struct sigma_correlation *c, str name)
{
    for (u32 i = 0; i < c->n_aliases; i++)
        if (str_eq(c->aliases[i].alias, name))
            return true;
    return false;
}

static void lint_correlation(struct linter *l)
{
    const struct sigma_correlation *const c = l->rule->correlation;
    const struct yaml *const map = yaml_get(l->rule->doc, "correlation"), *const at = key_node(
                                                                              map, S("group-by"));
    if (c->n_group_by == 0)
        lint_add(l, "group-by", at->line, at->col,
                 S("group-by: the fields that the events must share"),
                 "no group-by: all events of a host count together");
    for (u32 r = 0; r < c->n_refs; r++) {
        const struct sigma_rule *const rule = l->set->rules[c->rules[r]];
        if (rule->correlation)
            continue;
        set_source(l, &rule->logsource);
        for (u32 i = 0; i < c->n_group_by; i++)
            if (!is_alias(c, c->group_by[i]))
                lint_field_name(l, c->group_by[i], at->line, at->col);
    }
}

/* ------------------------------------------------------------------ log sources */

/* A name that no map knows is a slip of the pen as a rule, and the rule never fires. */
static void lint_source(struct linter *l)
{
    const struct yaml *const at = yaml_get(l->rule->doc, "logsource");
    if (l->places.n == 0 && at &&
        (str_starts(l->places.why_not, S("unknown ")) ||
         str_starts(l->places.why_not, S("category, product"))))
        lint_add(
            l, "log-source", at->line, at->col,
            S("the names are those of the taxonomy; a map of your own is given by --logsources"),
            "the rule can never fire: %.*s", STR_ARG(str_sub(l->places.why_not, 0, 200)));
}

/* ------------------------------------------------------------------ all of it */

static void lint_rule(struct linter *l, const struct sigma_rule *rule)
{
    l->rule = rule;
    lint_head(l);
    if (rule->correlation) { /* what a Sigma 1 aggregation means has no map of its own */
        if (yaml_get(rule->doc, "correlation"))
            lint_correlation(l);
        return;
    }
    set_source(l, &rule->logsource);
    lint_source(l);
    lint_polarity(l);
    for (u32 s = 0; s < own_selections(rule); s++)
        for (u32 g = 0; g < rule->selections[s].n_groups; g++) {
            lint_group(l, &rule->selections[s].groups[g]);
            lint_fields(l, &rule->selections[s].groups[g]);
        }
}

static void lint_titles(struct linter *l)
{
    struct intern titles;
    VEC(const struct sigma_rule *) first = {0};
    intern_init(&titles, NULL);
    for (u32 i = 0; i < l->set->n_rules; i++) {
        const struct sigma_rule *const rule = l->set->rules[i];
        const u32 at = rule->title.n ? intern_add(&titles, rule->title) : INTERN_NONE;
        const struct yaml *const title = yaml_get(rule->doc, "title");
        if (at == first.n)
            *VEC_PUSH(&first) = rule;
        else if (at != INTERN_NONE && title) {
            l->rule = rule;
            lint_add(l, "duplicate-title", title->line, title->col,
                     S("findings are told apart by their titles"), "the title of %.*s, too",
                     STR_ARG(str_sub(first.p[at]->file, 0, 200)));
        }
    }
    VEC_FREE(&first);
    intern_release(&titles);
}

static int by_place(const void *a, const void *b)
{
    const struct lint *const x = a, *const y = b;
    const int file = str_cmp(x->file, y->file);
    if (file || x->line != y->line)
        return file ? file : (x->line > y->line) - (x->line < y->line);
    if (x->col != y->col)
        return (x->col > y->col) - (x->col < y->col);
    const int kind = strcmp(x->kind, y->kind);
    return kind ? kind : str_cmp(x->text, y->text);
}

static bool is_same(const struct lint *a, const struct lint *b)
{
    return by_place(a, b) == 0;
}

void lint_rules(const struct ruleset *set, i64 today, struct arena *arena, struct lints *out)
{
    struct linter l = {.set = set, .arena = arena, .today = today};
    fields_init(&l.names);
    add_known(&l);
    for (u32 i = 0; i < set->n_rules; i++)
        lint_rule(&l, set->rules[i]);
    lint_titles(&l);
    if (l.all.n)
        qsort(l.all.p, l.all.n, sizeof *l.all.p, by_place);
    *out = (struct lints){.all = ARENA_ARRAY(arena, struct lint, l.all.n)};
    for (size_t i = 0; i < l.all.n; i++)
        if (i == 0 || !is_same(&l.all.p[i - 1], &l.all.p[i]))
            out->all[out->n++] = l.all.p[i];
    VEC_FREE(&l.all);
    intern_release(&l.names);
}
