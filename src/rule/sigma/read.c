/* Documents and the head of a rule; detections and correlations have their own files. */
#include "rule/sigma/read.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "rule/sigma/read_part.h"

/* One file: its documents in turn, and what `action` carries from one to the next. */
struct file_reading {
    struct arena *arena;
    const struct sigma_sink *sink;
    str file;
    const struct yaml *global, *last;
    bool found; /* a document */
};

enum status read_fail(struct sigma_reading *r, const struct yaml *at, const char *fmt, ...)
{
    char msg[sizeof r->err->msg];
    va_list args;
    va_start(args, fmt);
    vsnprintf(msg, sizeof msg, fmt, args);
    va_end(args);
    (void)err_set(r->err, ERR_SYNTAX, "%s", msg);
    r->err->line = at ? at->line : r->rule->line;
    r->err->col = at ? at->col : 1;
    return ERR_SYNTAX;
}

static str rule_name(const struct sigma_rule *rule)
{
    return rule->id.n ? rule->id : rule->title;
}

void read_lint(struct sigma_reading *r, const struct yaml *at, const char *text)
{
    if (!r->sink->lint)
        return; /* said already */
    const struct sigma_note note = {rule_name(r->rule), at ? at->line : r->rule->line,
                                    at ? at->col : 1, arena_str(r->arena, str_from(text))};
    r->sink->lint(r->sink->arg, &note);
}

enum status read_texts(struct sigma_reading *r, const struct yaml *node, const char *what,
                       str **out, u32 *out_n)
{
    if (!node || yaml_is_null(node))
        return OK;
    if (node->type == YAML_MAP)
        return read_fail(r, node, "bad value: '%s' must be a text or a list of texts", what);
    const u32 n = node->type == YAML_LIST ? node->n : 1;
    str *const texts = ARENA_ARRAY(r->arena, str, n);
    for (u32 i = 0; i < n; i++) {
        const struct yaml *const item = node->type == YAML_LIST ? node->items[i] : node;
        if (item->type != YAML_SCALAR)
            return read_fail(r, item, "bad value: '%s' must be a list of texts", what);
        texts[i] = item->text;
    }
    *out = texts;
    *out_n = n;
    return OK;
}

/* Texts that only people read: a wrong type is no reason to reject a rule. */
static void read_head(struct sigma_reading *r, const struct yaml *doc)
{
    struct sigma_rule *const rule = r->rule;
    const struct {
        const char *key;
        str *to;
    } texts[] = {
        {"id", &rule->id},
        {"name", &rule->name},
        {"title", &rule->title},
        {"level", &rule->level},
        {"status", &rule->status},
        {"author", &rule->author},
        {"description", &rule->description},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i].to = yaml_text(yaml_get(doc, texts[i].key));
    const struct yaml *const tags = yaml_get(doc, "tags"), *const references =
                                                               yaml_get(doc, "references");
    if (read_texts(r, tags, "tags", &rule->tags, &rule->n_tags) != OK)
        read_lint(r, tags, "'tags' is not a list of texts");
    if (read_texts(r, references, "references", &rule->references, &rule->n_references) != OK)
        read_lint(r, references, "'references' is not a list of texts");
    rule->leadline = yaml_get(doc, "leadline");
}

static void lint_head(struct sigma_reading *r)
{
    static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
    const struct sigma_rule *const rule = r->rule;
    if (!rule->title.n)
        read_lint(r, NULL, "no title");
    if (!rule->id.n)
        read_lint(r, NULL, "no id");
    bool known = rule->level.n == 0;
    for (size_t i = 0; i < COUNT(levels); i++)
        known |= str_eq(rule->level, str_from(levels[i]));
    if (!known)
        read_lint(r, NULL, "unknown level");
}

static enum status read_logsource(struct sigma_reading *r, const struct yaml *node)
{
    struct sigma_logsource *const source = &r->rule->logsource;
    if (!node || node->type != YAML_MAP)
        return read_fail(r, node, "no log source");
    const struct {
        const char *key;
        str *to;
    } parts[] = {{"category", &source->category},
                 {"product", &source->product},
                 {"service", &source->service}};
    for (size_t i = 0; i < COUNT(parts); i++) {
        const struct yaml *const value = yaml_get(node, parts[i].key);
        if (value && value->type != YAML_SCALAR)
            return read_fail(r, value, "bad value: '%s' of the log source must be a text",
                             parts[i].key);
        *parts[i].to = yaml_is_null(value) ? STR_NONE : yaml_text(value);
    }
    if (!source->category.n && !source->product.n && !source->service.n)
        return read_fail(r, node, "no log source: category, product or service must be given");
    return OK;
}

static enum status read_rule(struct sigma_reading *r, const struct yaml *doc)
{
    if (doc->type != YAML_MAP)
        return read_fail(r, doc, "not a Sigma rule: the document is not a map");
    read_head(r, doc);
    const struct yaml *const detection = yaml_get(doc, "detection");
    const struct yaml *const correlation = yaml_get(doc, "correlation");
    if (!detection && !correlation)
        return read_fail(r, NULL, "not a Sigma rule: neither detection nor correlation");
    if (detection && correlation)
        return read_fail(r, correlation, "not a Sigma rule: both detection and correlation");
    if (correlation) {
        TRY(read_correlation(r, doc));
    } else {
        TRY(read_logsource(r, yaml_get(doc, "logsource")));
        TRY(is_legacy(detection) ? read_legacy(r, doc) : read_detection(r, detection, NULL));
    }
    lint_head(r);
    return OK;
}

static bool has_not(const struct sigma_node *node)
{
    bool found = node->op == SIGMA_NOT;
    for (u32 i = 0; i < node->n_kids && !found; i++)
        found = has_not(node->kids[i]);
    return found;
}

/* A filter is joined to rules with AND as it is written, so to exclude something it must say `not`.
 */
static enum status read_filter(struct sigma_reading *r, const struct yaml *doc, str **refs,
                               u32 *n_refs)
{
    const struct yaml *const filter = yaml_get(doc, "filter");
    const struct yaml *const rules = yaml_get(filter, "rules");
    read_head(r, doc);
    if (filter->type != YAML_MAP)
        return read_fail(r, filter, "filter: must be a map");
    TRY(read_logsource(r, yaml_get(doc, "logsource")));
    TRY(read_texts(r, rules, "rules", refs, n_refs));
    if (*n_refs == 0)
        return read_fail(r, filter, "filter: 'rules' must name rules, or say any");
    TRY(read_detection(r, filter, "rules"));
    bool excludes = false;
    for (u32 i = 0; i < r->rule->n_conditions; i++)
        excludes |= has_not(r->rule->conditions[i]);
    if (!excludes)
        read_lint(
            r, filter,
            "the filter keeps only what its condition names; to exclude that, it must say not");
    return OK;
}

static enum status read_any(struct sigma_reading *r, const struct yaml *doc)
{
    str *refs = NULL;
    u32 n_refs = 0;
    if (yaml_get(doc, "filter")) {
        TRY(read_filter(r, doc, &refs, &n_refs));
        r->sink->filter(r->sink->arg, r->rule, refs, n_refs);
        return OK;
    }
    TRY(read_rule(r, doc));
    r->sink->rule(r->sink->arg, r->rule);
    return OK;
}

static void read_document(struct file_reading *f, const struct yaml *doc)
{
    struct err err = {0};
    struct sigma_rule *const rule = ARENA_NEW(f->arena, struct sigma_rule);
    rule->file = f->file;
    rule->line = doc->line;
    rule->doc = doc;
    struct sigma_reading r = {f->arena, f->sink, rule, &err};
    if (read_any(&r, doc) == OK)
        return;
    const struct sigma_note note = {rule_name(rule), err.line, err.col,
                                    arena_str(f->arena, str_from(err.msg))};
    f->sink->reject(f->sink->arg, &note);
}

/* `over` laid on `base`: maps are merged, everything else is replaced. */
static const struct yaml *merge(struct arena *arena, const struct yaml *base,
                                const struct yaml *over)
{
    if (!base || base->type != YAML_MAP || over->type != YAML_MAP)
        return over;
    struct yaml *const out = ARENA_NEW(arena, struct yaml);
    *out = *over;
    out->keys = ARENA_ARRAY(arena, const struct yaml *, base->n + over->n);
    out->items = ARENA_ARRAY(arena, const struct yaml *, base->n + over->n);
    out->n = 0;
    for (u32 i = 0; i < base->n + over->n; i++) {
        const struct yaml *const from = i < base->n ? base : over;
        const u32 k = i < base->n ? i : i - base->n;
        u32 at = 0;
        while (at < out->n && !str_eq(out->keys[at]->text, from->keys[k]->text))
            at++;
        out->keys[at] = from->keys[k];
        out->items[at] =
            at < out->n ? merge(arena, out->items[at], from->items[k]) : from->items[k];
        out->n += at == out->n;
    }
    return out;
}

static void note_action(struct file_reading *f, const struct yaml *at)
{
    const struct sigma_note note = {STR_NONE, at->line, at->col,
                                    S("'action' is Sigma 1: the documents were merged as it says")};
    f->sink->lint(f->sink->arg, &note);
}

static void reject_action(struct file_reading *f, const struct yaml *doc, str action)
{
    const struct yaml *const at = yaml_get(doc, "action"), *const id = yaml_get(doc, "id");
    const struct sigma_note note = {yaml_text(id ? id : yaml_get(doc, "title")), at->line, at->col,
                                    arena_printf(f->arena,
                                                 "not a Sigma rule: unknown action '%.*s'",
                                                 STR_ARG(str_sub(action, 0, 80)))};
    f->sink->reject(f->sink->arg, &note);
}

static bool is_action(str action)
{
    return str_eq(action, S("global")) || str_eq(action, S("repeat")) || str_eq(action, S("reset"));
}

static void read_with_action(struct file_reading *f, const struct yaml *doc)
{
    const struct yaml *const at = yaml_get(doc, "action");
    const str action = yaml_text(at);
    if (at && !is_action(action)) {
        reject_action(f, doc, action);
        return;
    }
    if (at)
        note_action(f, at);
    if (str_eq(action, S("reset"))) {
        f->global = f->last = NULL;
        if (doc->n == 1)
            return; /* it says nothing else */
    } else if (str_eq(action, S("global"))) {
        f->global = merge(f->arena, f->global, doc);
        return;
    }
    const struct yaml *const base = str_eq(action, S("repeat")) && f->last ? f->last : f->global;
    f->last = merge(f->arena, base, doc);
    if (!yaml_get(doc, "logsources")) /* a log source map beside the rules is no rule */
        read_document(f, f->last);
}

/* A merge compares each key of two maps, so a file of thousands of wide parts is not worth its
 * time. */
#define MAX_MERGED 512

static bool too_many_parts(const struct yaml *const *docs, u32 n)
{
    bool action = false;
    for (u32 i = 0; i < n; i++)
        action |= yaml_get(docs[i], "action") != NULL;
    return action && n > MAX_MERGED;
}

static void reject_text(struct file_reading *f, const struct err *err)
{
    const struct sigma_note note = {STR_NONE, err->line, err->col,
                                    arena_str(f->arena, str_from(err->msg))};
    f->sink->reject(f->sink->arg, &note);
}

static void read_documents(struct file_reading *f, const struct yaml *const *docs, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        if (yaml_is_null(docs[i]))
            continue;
        f->found = true;
        read_with_action(f, docs[i]);
    }
}

static void note_empty(struct file_reading *f)
{
    const struct sigma_note note = {STR_NONE, 1, 1, S("no rule in this file")};
    f->sink->lint(f->sink->arg, &note);
}

/* A file that cannot be read as a whole: each document by itself, so that a broken one takes no
 * other with it; unless they are parts of one another. */
static void read_apart(struct file_reading *f, str text, const struct err *why)
{
    struct yaml_piece piece = {0};
    size_t at = 0;
    u32 line = 0;
    (void)yaml_next_piece(text, &at, &line, &piece);
    if (at == text.n || text.n > LIMIT_RULE_FILE || str_find(text, S("action")) != SIZE_MAX) {
        reject_text(f, why);
        return;
    }
    do {
        struct err err = {0};
        const struct yaml **docs = NULL;
        u32 n = 0;
        if (yaml_read_piece(&piece, f->arena, &docs, &n, &err) == OK)
            read_documents(f, docs, n);
        else
            reject_text(f, &err);
    } while (yaml_next_piece(text, &at, &line, &piece));
}

void sigma_read(str text, str file, struct arena *arena, const struct sigma_sink *sink)
{
    struct file_reading f = {.arena = arena, .sink = sink, .file = file};
    struct err err = {0};
    const struct yaml **docs = NULL;
    u32 n = 0;
    if (yaml_read(text, arena, &docs, &n, &err) != OK) {
        read_apart(&f, text, &err);
    } else if (too_many_parts(docs, n)) {
        (void)err_set(&err, ERR_LIMIT, "too many documents with 'action' in one file");
        reject_text(&f, &err);
    } else {
        read_documents(&f, docs, n);
        if (!f.found)
            note_empty(&f);
    }
}
