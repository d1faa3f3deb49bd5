#include "rule_rows.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check.h"
#include "event_make.h"

struct block {
    str name, source;
    struct buf yaml;
    bool has_condition;
};

struct rows {
    const struct matcher_ops *ops;
    struct block block;
    struct ruleset *set;
    struct schema schema;
    const void *compiled;
    void *matcher;
    struct buf said[2], wanted[2]; /* of the last event: reasons and tree, as lines */
    u32 n, n_wrong, line;
};

static void wrong(struct rows *rows, str row, const char *what, str detail)
{
    rows->n_wrong++;
    fprintf(stderr, "%s: line %u, block \"%.*s\": \"%.*s\" %s %.*s\n", rows->ops->name, rows->line,
            STR_ARG(rows->block.name), STR_ARG(row), what, STR_ARG(detail));
}

/* Reasons and trees are compared where a row asks for them. */
static void check_said(struct rows *rows)
{
    for (u32 i = 0; i < COUNT(rows->said); i++) {
        const str said = buf_str(&rows->said[i]), wanted = buf_str(&rows->wanted[i]);
        if (wanted.n && !str_eq(said, wanted))
            wrong(rows, wanted, "was expected, not", said);
        rows->n += wanted.n > 0;
        buf_release(&rows->said[i]);
        buf_release(&rows->wanted[i]);
        buf_init(&rows->said[i], 1 << 20);
        buf_init(&rows->wanted[i], 1 << 20);
    }
}

static void close_rule(struct rows *rows)
{
    check_said(rows);
    if (!rows->set)
        return;
    rows->ops->close(rows->matcher);
    rows->ops->free(rows->compiled);
    schema_release(&rows->schema);
    ruleset_free(rows->set);
    rows->set = NULL;
}

static void load_rule(struct rows *rows)
{
    if (rows->set)
        return;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_printf(&text, "title: t\nid: 1\nlogsource: %.*s\ndetection:\n%s",
               STR_ARG(rows->block.source), rows->block.has_condition ? "" : "  condition: sel\n");
    buf_add(&text, buf_str(&rows->block.yaml));
    const struct ruleset_text file = {S("row.yml"), buf_str(&text)};
    struct err err = {0};
    if (ruleset_load_texts(&file, 1, &rows->set, &err) != OK)
        fail_msg("%s", err.msg);
    buf_release(&text);
    schema_init(&rows->schema, &rows->set->fields);
    rows->compiled = rows->ops->compile(rows->set);
    rows->matcher = rows->ops->open(rows->compiled, &rows->schema, 1);
}

static bool has_kind(str row)
{
    const str first = str_sub(row, 0, str_find_char(row, ' '));
    return first.n && str_find_char(first, '=') == SIZE_MAX;
}

static void say_reasons(struct buf *out, const struct match_reason *reasons, u32 n)
{
    for (u32 i = 0; i < n; i++)
        buf_printf(out, ": %.*s | %.*s | %.*s\n", STR_ARG(reasons[i].field),
                   STR_ARG(reasons[i].value), STR_ARG(reasons[i].test));
}

static void say_tree(struct buf *out, const struct match_line *lines, u32 n)
{
    static const char *const states[] = {"note", "false", "true", "missing"};
    for (u32 i = 0; i < n; i++) {
        buf_printf(out, "> %u %s %.*s", lines[i].depth, states[lines[i].state],
                   STR_ARG(lines[i].text));
        if (lines[i].value.p)
            buf_printf(out, " [%.*s]", STR_ARG(lines[i].value));
        buf_char(out, '\n');
    }
}

static void run_event(struct rows *rows, str row, bool want)
{
    check_said(rows);
    load_rule(rows);
    rows->n++;
    if (rows->set->n_rules != 1) {
        wrong(rows, row, "rule was rejected:",
              rows->set->n_rejected ? rows->set->rejected[0].why : S("nothing read"));
        return;
    }
    struct arena arena = {0};
    const str text = has_kind(row) ? arena_str(&arena, row)
                                   : arena_printf(&arena, "evtx Security/P#1 %.*s", STR_ARG(row));
    const struct event event = event_make(&rows->schema, &arena, text.p);
    u32 out[1];
    const bool have = rows->ops->match(rows->matcher, &event, out) == 1;
    if (have != want)
        wrong(rows, row, have ? "matches" : "does not match", S(""));
    struct match_reason *reasons;
    struct match_line *lines;
    const struct sigma_rule *const rule = rows->set->rules[0];
    struct explainer *const explainer = explainer_new(rows->set);
    const u32 n = match_explain(explainer, rule, &event, &rows->schema, &arena, &reasons);
    if (have && n && !reasons[0].test.n)
        wrong(rows, row, "has a reason without a test", S(""));
    say_reasons(&rows->said[0], reasons, n);
    const u32 n_lines = match_tree(explainer, rule, &event, &rows->schema, &arena, &lines);
    say_tree(&rows->said[1], lines, n_lines);
    explainer_free(explainer);
    arena_release(&arena);
}

static void run_reject(struct rows *rows, str phrase)
{
    load_rule(rows);
    rows->n++;
    if (rows->set->n_rejected != 1)
        wrong(rows, phrase, "was expected, but the rule was read", S(""));
    else if (!str_starts(rows->set->rejected[0].why, phrase))
        wrong(rows, phrase, "was expected, not", rows->set->rejected[0].why);
}

static void start_block(struct rows *rows, str name)
{
    close_rule(rows);
    buf_release(&rows->block.yaml);
    rows->block =
        (struct block){.name = name, .source = S("{product: windows, service: security}")};
    buf_init(&rows->block.yaml, 1 << 20);
}

static void run_line(struct rows *rows, str line)
{
    const str rest = str_sub(line, 2, line.n);
    switch (line.n ? line.p[0] : '#') {
    case '#':
        break;
    case '=':
        start_block(rows, rest);
        break;
    case '@':
        rows->block.source = rest;
        break;
    case '+':
    case '-':
        run_event(rows, rest, line.p[0] == '+');
        break;
    case ':':
    case '>':
        buf_printf(&rows->wanted[line.p[0] == '>'], "%.*s\n", STR_ARG(line));
        break;
    case '!':
        run_reject(rows, rest);
        break;
    default:
        rows->block.has_condition |= str_starts(line, S("  condition:"));
        buf_add(&rows->block.yaml, line);
        buf_char(&rows->block.yaml, '\n');
    }
}

u32 rule_rows_run(const char *relative, const struct matcher_ops *ops)
{
    const str text = test_file(test_path(relative));
    struct rows rows = {.ops = ops};
    start_block(&rows, S("before the first block"));
    str rest = text, line;
    while (str_next(&rest, '\n', &line)) {
        rows.line++;
        run_line(&rows, line);
    }
    close_rule(&rows);
    buf_release(&rows.block.yaml);
    mem_free((char *)text.p);
    if (rows.n_wrong)
        fail_msg("%u of %u rows of %s are wrong", rows.n_wrong, rows.n, relative);
    return rows.n;
}
