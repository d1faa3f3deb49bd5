/* builtin.h: the files of rules/ and data/ inside the program. The table is written by tools/embed.py at build time. */
#ifndef RULE_BUILTIN_H
#define RULE_BUILTIN_H

#include "base/str.h"

struct builtin_file {
    const char *path; /* "rules/exchange/….yml", "data/….json" */
    const char *data;
    size_t n;
};

extern const struct builtin_file builtin_files[]; /* sorted by path */
extern const size_t n_builtin_files;

str builtin_find(const char *path); /* STR_NONE if there is none */

#endif
