/* fast_regex.h: a rule's regular expression: PCRE2 with its just-in-time compiler, and what must stand in a text before it
 * is worth asking.
 *
 * The gate is a list of ASCII literals, in lower case, of which every matching text contains at least one when folded:
 * `(?i)\\(cmd|powershell)\.exe` gives {"\powershell.exe", "\cmd.exe"} or shorter pieces of them. It is found by a reader
 * that knows the common part of the syntax and gives up (no gate: always ask) at everything else, so a gate may be missing
 * but never wrong. ASCII alone, because PCRE2's idea of case and simple folding agree there: 'k' in a caseless expression
 * also matches U+212A, and that folds to 'k'. */
#ifndef RULE_MATCH_FAST_REGEX_H
#define RULE_MATCH_FAST_REGEX_H

#include "base/arena.h"

enum { RE_CASELESS = 1, RE_MULTILINE = 2, RE_DOTALL = 4 };

struct fast_regex {
    str pattern; /* one that PCRE2 takes: the reader of rules has seen to that */
    u32 flags;
    u32 id;      /* 0, 1, 2, … among those that one scratch is used for */
};

/* What one thread needs to run any of them. Each is compiled when it is first asked: most never are. */
struct fast_regex_scratch;
struct fast_regex_scratch *fast_regex_scratch_new(void);
void fast_regex_scratch_free(struct fast_regex_scratch *scratch);

/* A text that is undecided (sigma.h) counts as no match, and is counted. */
bool fast_regex_match(const struct fast_regex *regex, str text, struct fast_regex_scratch *scratch);
u64 fast_regex_limits_hit(const struct fast_regex_scratch *scratch);

/* One of out[0..*out_n) is in every folded text that matches; false when no such list was found. */
bool fast_regex_gate(str pattern, u32 flags, struct arena *arena, const str **out, u32 *out_n);

#endif
