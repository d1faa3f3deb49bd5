/* sigma.h: a Sigma rule as it was written, after reading and checking, before compiling.
 *
 * This is the tree that both matchers start from: the plain one evaluates it as it stands (match/plain.h, the oracle), the
 * fast one compiles it (match/fast.h). So it keeps what the author wrote: modifiers in order, values unescaped by nobody.
 * Everything lives in the arena of the ruleset and is const from the end of loading.
 *
 * The norm is Sigma 2.1 (specification/sigma-rules-specification.md and its appendices); where it is silent, what we chose
 * stands in docs/rules.md. */
#ifndef RULE_SIGMA_SIGMA_H
#define RULE_SIGMA_SIGMA_H

#include "rule/exact.h"
#include "rule/sigma/yaml.h"

/* One scalar to compare with. */
struct sigma_value {
    enum sigma_type { SIGMA_STRING, SIGMA_NUMBER, SIGMA_BOOL, SIGMA_NULL } type;
    str text; /* as written, escapes and all; for NUMBER and BOOL too */
    u32 line, col;
};

/* `field|mod|mod: value` or a list of values. A keyword item has an empty field. */
struct sigma_item {
    str field;         /* empty: the full log message */
    str *modifiers;    /* in the order written, each a known one */
    u32 n_modifiers;
    struct sigma_value *values; /* at least one; linked by OR, by AND with the modifier `all` */
    u32 n_values;
    u32 line, col;
};

/* A named search identifier: a list of maps (OR) of items (AND), or keywords. */
struct sigma_selection {
    str name;
    struct sigma_group {
        struct sigma_item *items;
        u32 n_items;
    } *groups; /* n_groups of them, linked by OR; items within by AND */
    u32 n_groups;
    u32 line, col;
};

/* The condition as a tree: `1 of x*` and `all of them` are already spelt out as OR and AND over selections. */
struct sigma_node {
    enum sigma_op { SIGMA_SELECTION, SIGMA_AND, SIGMA_OR, SIGMA_NOT } op;
    u32 selection;             /* SIGMA_SELECTION: index into the rule's selections */
    struct sigma_node **kids;  /* AND, OR: n_kids ≥ 1; NOT: one */
    u32 n_kids;
};

/* How `re` is read, for whoever compiles it: PCRE2 over UTF-8 text (PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C; \\w and \\d mean
 * ASCII), plus CASELESS, MULTILINE, DOTALL for i, m, s; unanchored. Two engines may answer, the interpreter and just-in-time
 * code, each within its own limits, and they count differently: a text is undecided only when both give up. Whoever matches
 * asks one first and the other when that meets a limit, in whichever order. An undecided text counts as no match, and the
 * rule whose answer hangs on it is told by `limited` (match.h). */
#define SIGMA_RE_OPTIONS     (0x00080000u | 0x00100000u)
#define SIGMA_RE_MATCH_LIMIT 10000000 /* PCRE2's default: a public rule needs over a million on real script lines */
#define SIGMA_RE_JIT_LIMIT   1000000  /* the same for just-in-time code, which counts less often: 1.5 ms at worst */
#define SIGMA_RE_JIT_STACK   ((size_t)1 << 20)
#define SIGMA_RE_DEPTH_LIMIT 2000

/* Whether a text is a number: [+-] then decimal digits that fit 64 bits, 0x and hex digits, or decimal digits '.' digits. */
bool sigma_is_number(str text);

struct sigma_logsource {
    str category, product, service; /* empty where not given */
};

/* A correlation rule's own part. */
struct sigma_correlation {
    enum sigma_ctype {
        CORR_EVENT_COUNT, CORR_VALUE_COUNT, CORR_TEMPORAL, CORR_TEMPORAL_ORDERED,
        CORR_VALUE_SUM, CORR_VALUE_AVG, CORR_VALUE_PERCENTILE
    } type;
    str *refs;  /* ids or names of rules, as written */
    u32 *rules; /* the same as indexes into the ruleset, filled by ruleset_load */
    u32 n_refs;
    str *group_by;
    u32 n_group_by;
    i64 timespan_ns;
    struct sigma_bound { enum sigma_cmp { CMP_GT, CMP_GTE, CMP_LT, CMP_LTE, CMP_EQ, CMP_NEQ } cmp; exact_number limit; } bounds[2];
    u32 n_bounds;          /* linked by AND */
    str *value_fields;     /* condition's `field` */
    u32 n_value_fields;
    exact_number percentile;
    struct sigma_alias { str alias, rule, field; } *aliases;
    u32 n_aliases;
    bool generate;         /* the referred rules report their own hits too */
};

struct sigma_rule {
    u32 index;             /* in the ruleset */
    str id, name, title, level, status, author, description; /* empty where not given */
    str *tags;
    u32 n_tags;
    str *references;
    u32 n_references;
    str file;              /* path as loaded, or "builtin:rules/…" */
    u32 line;              /* of the document in its file */
    struct sigma_logsource logsource;
    struct sigma_selection *selections;
    u32 n_selections;
    struct sigma_node **conditions; /* one, or a list of queries linked with OR */
    u32 n_conditions;
    const struct sigma_correlation *correlation; /* NULL: an ordinary rule */
    const struct sigma_rule *alert; /* a base rule of a Sigma 1 aggregation: the correlation that speaks for it. It has no id,
                                     * and never reports by itself */
    const struct yaml *leadline;   /* our `leadline:` map, or NULL */
    const struct yaml *doc;        /* all of it as written, for whoever asks where something stands */
};

#endif
