/* ruleset.h: all rules of a run, read and checked once, then const and shared by all threads without locks.
 *
 * A rule that cannot be honoured is rejected with file, line and reason and kept in `rejected`; it never fires in part. */
#ifndef RULE_RULESET_H
#define RULE_RULESET_H

#include "base/intern.h"
#include "rule/logsource.h"
#include "rule/sigma/sigma.h"

struct ruleset_reject {
    str file, rule; /* rule: id, else title, else empty */
    u32 line, col;
    str why;        /* starts with a fixed phrase for its class: "unknown modifier 'x'", "needs a value for %x%", … */
};

struct ruleset {
    struct arena arena;
    const struct sigma_rule **rules; /* ordinary and correlation rules, in order of loading; ids are unique */
    u32 n_rules;
    struct ruleset_reject *rejected;
    u32 n_rejected;
    struct ruleset_lint { str file; u32 line, col; str text; } *lints;
    u32 n_lints;
    struct logsource_map logsources;
    char sha256[65];       /* over the rule texts in order of loading, for the manifest */
    struct intern fields;  /* fields.def, then every field that a rule, an alias, a group-by or the log sources name: the
                            * frozen base of all schemas */
    const void *fast;      /* what the fast matcher made of it (fast_compile), when that came with it (image.h); else NULL */
};

struct ruleset_text { /* a rule file in memory, for tests and fuzzers */
    str file, text;
};

struct ruleset_source { /* where rules come from, in this order */
    bool builtin;             /* the rules inside the program */
    const char *const *paths; /* files and folders (walked in byte order, *.yml and *.yaml) */
    u32 n_paths;
    const struct ruleset_text *texts;
    u32 n_texts;
    const char *logsources;   /* a file in the place of the built-in rules/logsources.yml, or NULL */
    str logsource_text;       /* the same as a text; nothing: not given */
    const char *placeholders; /* a file with values for `expand` (sigma/expand.h), or NULL */
    str placeholder_text;     /* the same as a text; nothing: not given */
    bool in_region;           /* build it in the region (base/region.h), which the caller has opened */
};

/* Reads all of it. Fails only when a path cannot be opened or is neither file nor folder, or the log sources or placeholders
 * cannot be read; what is wrong in a rule rejects that rule. Two rules with one id: the later replaces the earlier, in its place, with a lint. A correlation whose referred
 * rule is missing is rejected; chains of correlations are allowed, cycles are rejected. */
enum status ruleset_load(const struct ruleset_source *source, struct ruleset **out, struct err *err);

/* Only these texts, with the built-in map. */
enum status ruleset_load_texts(const struct ruleset_text *texts, u32 n, struct ruleset **out, struct err *err);

/* What ruleset_load would read, without making anything of it: the sum of the texts (the set's sha256), or of the paths, sizes, inodes
 * and times of the files that `paths` and the others lead to, which is much less work; n_files: files that the paths led to; newest: the latest of their times. */
enum ruleset_sum_of { RULESET_TEXTS, RULESET_STAMPS };
struct ruleset_sum {
    char sha256[65];
    u32 n_files;
    i64 newest;
};
enum status ruleset_sum(const struct ruleset_source *source, enum ruleset_sum_of of, struct ruleset_sum *out, struct err *err);

void ruleset_free(struct ruleset *set); /* NULL allowed; one in the region takes the region with it */

#endif
