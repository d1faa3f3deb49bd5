/* fast_message.h: keywords, without writing out the message of every event.
 *
 * The message is all values with a space before, between and behind: " v1 v2 v3 ". A literal with no space inside it that is
 * in the message is in one " v " of it: whatever crosses from one value to the next holds the space between them and
 * something on either side. So most keyword tests are asked of the values, one by one, through the value cache (FAST_WORDS).
 * The rest (a space inside, a wildcard, an expression) is asked of the message itself (FAST_MESSAGE), which is made only
 * when a gate is open: a literal that must be in the message is in one " v ", or one of its own spaces is the first that
 * stands between two values, and then some " v " ends with what is before that.
 *
 *     "whoami", " -User "            asked of each value
 *     "net user", "a*bcd", re        gates: "net user" or "net " at the end; "bcd"; what fast_regex_gate finds
 *
 * A shape's living rules ask few of all keywords, and nearly no value holds one: fast_words_may says so from the bytes. */
#ifndef RULE_MATCH_FAST_MESSAGE_H
#define RULE_MATCH_FAST_MESSAGE_H

#include "rule/match/fast_skip.h"
#include "rule/match/fast_test.h"

/* Adds a keyword test and its gates. */
u32 fast_message_add(struct fast_tests *tests, const struct fast_test *test, struct arena *arena);

/* What is asked of the values of a shape: the keyword tests of its living rules, told by the bytes of a value. */
struct fast_words {
    const u32 *gates;             /* of its tests of FAST_MESSAGE */
    u32 n_gates;
    bool always;                  /* one of these has no gate: the message is made for every event */
    u32 passes_over;              /* a bit for each type of value that shows as digits, of which no literal is made */
    const struct fast_skip *skip; /* NULL: every other value has to be asked */
};

/* From tests of FAST_WORDS and FAST_MESSAGE; in the arena. */
const struct fast_words *fast_words_new(const struct fast_tests *tests, const u32 *ids, u32 n, struct arena *arena);
/* False: neither a word nor a gate is in the value. */
bool fast_words_may(const struct fast_words *words, struct value v);

/* Adds the tests of FAST_WORDS (by number) that are true of the value. */
void fast_message_ask(struct fast_asker *asker, u32 words, struct value v, struct fast_found *found);

#endif
