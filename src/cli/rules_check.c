/* rules_check.c: `leadline rules check PATH…`: what is wrong with rules, a line each:
 *
 *   FILE:LINE:COLUMN: rejected: REASON (HINT)
 *   FILE:LINE:COLUMN: lint KIND: TEXT (HINT) */
#include <stdio.h>
#include <time.h>

#include "assess/lead.h"
#include "base/jsonw.h"
#include "base/timex.h"
#include "cli/rules.h"
#include "report/escape.h"
#include "rule/lint.h"

/* Rules come from strangers as evidence does. */
static void add_note(struct buf *out, const struct lint *note, bool rejected)
{
    escape(out, note->file, ESCAPE_PLAIN);
    buf_printf(out, ":%u:%u: %s%s: ", note->line, note->col, rejected ? "rejected" : "lint ",
               rejected ? "" : note->kind);
    escape(out, note->text, ESCAPE_PLAIN);
    if (note->hint.n) {
        buf_add(out, S(" ("));
        escape(out, note->hint, ESCAPE_PLAIN);
        buf_char(out, ')');
    }
    buf_char(out, '\n');
}

static void add_json(struct jsonw *w, const struct lint *note, bool rejected)
{
    jsonw_object(w);
    jsonw_member_str(w, "file", note->file);
    jsonw_member_u64(w, "line", note->line);
    jsonw_member_u64(w, "column", note->col);
    jsonw_member_str(w, "rule", note->rule);
    if (!rejected)
        jsonw_member_z(w, "kind", note->kind);
    jsonw_member_str(w, rejected ? "why" : "text", note->text);
    jsonw_member_str(w, "hint", note->hint);
    jsonw_object_end(w);
}

typedef VEC(struct lint) notes;

static void collect(const struct ruleset *rules, struct arena *arena, notes *rejected, notes *found)
{
    struct lints lints;
    for (u32 i = 0; i < rules->n_rejected; i++) {
        const struct ruleset_reject *const r = &rules->rejected[i];
        *VEC_PUSH(rejected) = (struct lint){.file = r->file,
                                            .rule = r->rule,
                                            .line = r->line,
                                            .col = r->col,
                                            .text = r->why,
                                            .hint = lint_reject_hint(r->why)};
    }
    lint_rules(rules, (i64)time(NULL) * 1000000000, arena, &lints);
    for (u32 i = 0; i < lints.n; i++)
        *VEC_PUSH(found) = lints.all[i];
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        const str wrong = rule->leadline ? lead_check(rule->leadline, arena) : STR_NONE;
        if (wrong.n)
            *VEC_PUSH(found) = (struct lint){.kind = "leadline",
                                             .file = rule->file,
                                             .rule = rule->id,
                                             .line = rule->leadline->line,
                                             .col = rule->leadline->col,
                                             .text = wrong};
    }
}

static void print_json(const struct ruleset *rules, const notes *rejected, const notes *found,
                       struct buf *out)
{
    struct jsonw w = jsonw_start(out, JSONW_PRETTY);
    jsonw_object(&w);
    jsonw_member_z(&w, "schema", "leadline/rules-check/1");
    jsonw_member_u64(&w, "loaded", rules_written(rules));
    jsonw_key(&w, "rejected");
    jsonw_array(&w);
    VEC_EACH (rejected, r)
        add_json(&w, r, true);
    jsonw_array_end(&w);
    jsonw_key(&w, "lints");
    jsonw_array(&w);
    VEC_EACH (found, f)
        add_json(&w, f, false);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_char(out, '\n');
}

static void print_text(const struct ruleset *rules, const notes *rejected, const notes *found,
                       struct buf *out)
{
    VEC_EACH (rejected, r)
        add_note(out, r, true);
    VEC_EACH (found, f)
        add_note(out, f, false);
    buf_printf(out, "%u rules loaded, %zu rejected, %zu lints\n", rules_written(rules), rejected->n,
               found->n);
}

enum status rules_check(const struct options *options, struct buf *out, bool *bad, struct err *err)
{
    struct options only = *options;
    struct ruleset *rules;
    struct arena arena = {0};
    notes rejected = {0}, found = {0};
    bool json;
    TRY(rules_format(options, &json, err));
    if (options->operands.n < 2)
        return err_set(err, ERR_USAGE, "'rules check' needs files or folders with rules");
    const struct ruleset_source source = {.paths = only.operands.p + 1,
                                          .n_paths = (u32)only.operands.n - 1,
                                          .logsources = options->values[OPT_LOGSOURCES],
                                          .placeholders = options->values[OPT_PLACEHOLDERS]};
    TRY(ruleset_load(&source, &rules, err));
    collect(rules, &arena, &rejected, &found);
    if (json)
        print_json(rules, &rejected, &found, out);
    else
        print_text(rules, &rejected, &found, out);
    *bad = rules->n_rejected > 0;
    VEC_FREE(&rejected);
    VEC_FREE(&found);
    ruleset_free(rules);
    arena_release(&arena);
    return OK;
}
