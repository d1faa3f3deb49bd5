/* read.h: the text of a rule file to rules. A file may hold several documents ("---"), each a rule, a correlation rule,
 * a filter, or one of Sigma 1's `action: global | repeat | reset` parts, which are merged with a lint.
 *
 * Nothing fails as a whole: a document that cannot be honoured goes to `reject`, the others are read. Rules and the texts in
 * rejects and lints live in the arena. */
#ifndef RULE_SIGMA_READ_H
#define RULE_SIGMA_READ_H

#include "base/arena.h"
#include "rule/sigma/sigma.h"

struct sigma_note {
    str rule; /* id, else title, else empty */
    u32 line, col;
    str text;
};

struct sigma_sink {
    void (*rule)(void *arg, struct sigma_rule *rule); /* index, correlation->rules and so on are not set yet */
    /* A filter's selections and conditions come as a rule without a place in the set; refs: the ids or names it is for, or
     * just "any". */
    void (*filter)(void *arg, const struct sigma_rule *filter, const str *refs, u32 n_refs);
    void (*reject)(void *arg, const struct sigma_note *why);
    void (*lint)(void *arg, const struct sigma_note *lint);
    void *arg;
    const struct yaml *placeholders; /* for `expand`: sigma_placeholders_read, or NULL */
};

void sigma_read(str text, str file, struct arena *arena, const struct sigma_sink *sink);

#endif
