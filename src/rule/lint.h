/* lint.h: what is honoured in a rule but looks like a mistake: a test that can never be true, a field that no event of the
 * log source has, a filter that does not exclude. `leadline rules check` shows it; a run does not ask.
 *
 * Each kind is a word, a row of docs/rules.md, and a row of tests/unit/test_lint.c. A lint must be worth reading: what a
 * large public rule set does on purpose is none. What the reader of rules saw itself (ruleset.h) is among them. */
#ifndef RULE_LINT_H
#define RULE_LINT_H

#include "rule/ruleset.h"

struct lint {
    const char *kind; /* "unknown-field", … */
    str file, rule;   /* rule: id, else title, else empty */
    u32 line, col;
    str text, hint;   /* hint: what to do, may be empty */
};

struct lints {
    struct lint *all; /* by file, line, column, kind */
    u32 n;
};

/* Everything lives in the arena and in the set. `today`: a time of this day, for dates that lie ahead. */
void lint_rules(const struct ruleset *set, i64 today, struct arena *arena, struct lints *out);

/* What helps against a rejection, by how its reason begins; may be empty. */
str lint_reject_hint(str why);

#endif
