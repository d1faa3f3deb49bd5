/* fast_show.h: what the fast matcher made of a rule, in words, for `leadline rules explain`. */
#ifndef RULE_MATCH_FAST_SHOW_H
#define RULE_MATCH_FAST_SHOW_H

#include "event/event.h"
#include "rule/ruleset.h"

/* One compiled form of the rule: there is one for each set of names that its fields go by. */
struct fast_shown {
    bool candidate;    /* events of the shape can be of its places */
    const str *needs;  /* "Image ends with \\cmd.exe": a match has at least one of them; n 0: looked at always */
    u32 n_needs;
    /* Of a text log: how lines of a large one are passed over that cannot match. */
    enum fast_lines {
        LINES_NOT,    /* it is no text log */
        LINES_NEVER,  /* none can match: a column is not there, or a constant is another */
        LINES_TEXTS,  /* without one of `texts` */
        LINES_COLUMN, /* by what stands in `column` */
        LINES_ALL,    /* every one is read: neither a text nor a column tells */
    } lines;
    const str *texts;
    u32 n_texts;
    str column;
};

/* `compiled`: of matcher_fast. Everything lives in the arena. */
u32 fast_show(const void *compiled, u32 rule, const struct shape *shape, struct arena *arena, struct fast_shown **out);

#endif
