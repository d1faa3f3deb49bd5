/* fast_message.h: keywords, without writing out the message of every event.
 *
 * The message is all values with a space before, between and behind: " v1 v2 v3 ". A literal with no space inside it that is
 * in the message is in one " v " of it: whatever crosses from one value to the next holds the space between them and
 * something on either side. So most keyword tests are asked of the values, one by one, through the value cache (FAST_WORDS).
 * The rest (a space inside, a wildcard, an expression) is asked of the message itself (FAST_MESSAGE), which is made only
 * when a gate is open: a piece without spaces that must be in the message, and so in one of its values.
 *
 *     "whoami", " -User "            asked of each value
 *     "net user", "a*bcd", re        gates: "user", "bcd", what fast_regex_gate finds */
#ifndef RULE_MATCH_FAST_MESSAGE_H
#define RULE_MATCH_FAST_MESSAGE_H

#include "rule/match/fast_test.h"

/* Adds a keyword test and its gates. *out_always is set when the message is needed for every event. */
u32 fast_message_add(struct fast_tests *tests, const struct fast_test *test, struct arena *arena, bool *out_always);

/* Whether values of these types may be passed over: they show as digits, and no test in FAST_WORDS is made of such. */
bool fast_message_skips(const struct fast_tests *tests);
bool fast_message_is_digits(enum value_type type);

/* Adds the tests of FAST_WORDS (by number) that are true of the value. */
void fast_message_ask(struct fast_asker *asker, u32 words, struct value v, struct fast_found *found);

#endif
