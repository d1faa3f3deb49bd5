/* fast_screen.h: what a line of a text log must hold before any rule for its shape can match: the screen that readers pass
 * lines over by (parse/screen.h).
 *
 * Each living unit of the shape's plan gives its *atoms*: literals of which one stands in the line whenever the unit matches.
 * They come from its tree: of tests linked by AND the best, of those linked by OR all; a test gives the pieces of its literals
 * that look in the line as they do in the value (ASCII, no space and no double quote: these are where formats differ), a regular
 * expression those of its gate. Case is folded; characters beyond ASCII that fold to ASCII are left to `wants`, which folds the
 * whole line.
 *
 * A unit that has no atoms, or only such as logs are full of, is watched in one column, if there is one whose value can rule it
 * out: the tests of that column are asked of each new value, and the unit's tree is folded with them. `sc-status: 500` costs a
 * comparison with the value before it. A unit with neither (keywords that are no text, a negation) means that every line is of
 * interest: there is no screen. */
#ifndef RULE_MATCH_FAST_SCREEN_H
#define RULE_MATCH_FAST_SCREEN_H

#include "parse/screen.h"
#include "rule/match/fast_plan.h"

struct fast_screen;

/* What the screen is made of. The asker is used as long as the screen lives, and its arena reset. */
struct fast_screen_for {
    const struct fast_rules *rules;
    const struct fast_plan *plan; /* of the shape */
    const struct shape *shape;
    struct fast_asker *asker;
    struct fast_seed seed;
    const str *also; /* lines with one of these literals are of interest too */
    u32 n_also;
};

/* NULL when every line is of interest. It lives until fast_screen_free. */
struct fast_screen *fast_screen_new(const struct fast_screen_for *from);
void fast_screen_free(struct fast_screen *screen); /* NULL allowed */
const struct line_screen *fast_screen_lines(const struct fast_screen *screen);
/* The literals that are looked for in the bytes of a block. They live as long as the screen. */
u32 fast_screen_texts(const struct fast_screen *screen, const str **ret_texts);

#endif
