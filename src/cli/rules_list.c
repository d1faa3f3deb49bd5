/* rules_list.c: `leadline rules list` */
#include "cli/rules.h"
#include "report/escape.h"

enum status rules_list(const struct options *options, struct buf *out, struct err *err)
{
    struct ruleset *rules;
    if (options->operands.n > 1)
        return err_set(err, ERR_USAGE, "'rules list' takes no operands: name rules with --rules");
    TRY(run_load_rules(options, &rules, err));
    for (u32 i = 0; i < rules->n_rules; i++) {
        const struct sigma_rule *const rule = rules->rules[i];
        escape(out, rule->id, ESCAPE_PLAIN);
        buf_printf(out, "  %-13.*s  ", STR_ARG(rule->level));
        escape(out, rule->title, ESCAPE_PLAIN);
        buf_add(out, S("  "));
        escape(out, rule->file, ESCAPE_PLAIN);
        buf_char(out, '\n');
    }
    buf_printf(out, "%u rules\n", rules->n_rules);
    ruleset_free(rules);
    return OK;
}
