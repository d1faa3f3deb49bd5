/* rules_check.c: `leadline rules check PATH…` */
#include "assess/lead.h"
#include "cli/rules.h"
#include "report/escape.h"

/* Rules come from strangers as evidence does. */
static void add_note(struct buf *out, str file, u32 line, u32 col, const char *what, str text)
{
    escape(out, file, ESCAPE_PLAIN);
    buf_printf(out, ":%u:%u: %s: ", line, col, what);
    escape(out, text, ESCAPE_PLAIN);
    buf_char(out, '\n');
}

enum status rules_check(const struct options *options, struct buf *out, bool *bad, struct err *err)
{
    struct options only = *options;
    struct ruleset *rules;
    struct arena arena = {0};
    if (options->operands.n < 2)
        return err_set(err, ERR_USAGE, "'rules check' needs files or folders with rules");
    const struct ruleset_source source = {.paths = only.operands.p + 1,
                                          .n_paths = (u32)only.operands.n - 1,
                                          .logsources = options->values[OPT_LOGSOURCES]};
    TRY(ruleset_load(&source, &rules, err));
    for (u32 i = 0; i < rules->n_rejected; i++)
        add_note(out, rules->rejected[i].file, rules->rejected[i].line, rules->rejected[i].col,
                 "rejected", rules->rejected[i].why);
    u32 lints = rules->n_lints;
    for (u32 i = 0; i < rules->n_lints; i++)
        add_note(out, rules->lints[i].file, rules->lints[i].line, rules->lints[i].col, "lint",
                 rules->lints[i].text);
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        const str wrong = rule->leadline ? lead_check(rule->leadline, &arena) : STR_NONE;
        if (wrong.n)
            add_note(out, rule->file, rule->line, 1, "lint", wrong);
        lints += wrong.n > 0;
    }
    buf_printf(out, "%u rules loaded, %u rejected, %u lints\n", rules->n_rules, rules->n_rejected,
               lints);
    *bad = rules->n_rejected > 0;
    ruleset_free(rules);
    arena_release(&arena);
    return OK;
}
