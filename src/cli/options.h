/* options.h: what stands on the command line, by a table that also writes --help, so that the two cannot drift.
 *
 * Long options take their value as "--name VALUE" or "--name=VALUE", short ones as "-o VALUE"; "--" ends options; "-" alone is
 * an operand (standard input). An unknown option, a missing value and a value out of its list are errors with a sentence. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/status.h"

#define OPTION_ID_MAX 24

enum option_id {
    OPT_HELP, OPT_OUTPUT, OPT_FORMAT, OPT_RULES, OPT_NO_BUILTIN, OPT_THREADS, OPT_SINCE, OPT_UNTIL, OPT_HOST, OPT_NO_PROGRESS,
    OPT_FORCE, OPT_PASSWORD, OPT_LEVEL, OPT_MATCHER, OPT_STRICT, OPT_LOGSOURCES, OPT_PLACEHOLDERS, OPT_RECORD,
    OPT_NO_CACHE, OPT_VERIFY_RULES, OPT_CARVE, OPT_TABLE, OPT_CONTEXT,
    OPT_COUNT
};

struct option {
    enum option_id id;
    const char *name;  /* without "--" */
    char letter;       /* 0: none */
    const char *value; /* name of its value in --help, NULL: takes none */
    const char *help;
};

struct options {
    const char *values[OPT_COUNT];  /* the last one given; "" for an option without a value; NULL: not given */
    VEC(const char *) rules, passwords, operands;
};

struct command {
    const char *name;
    const char *operands; /* "EVIDENCE…" */
    const char *about;    /* one line */
    const char *more;     /* further paragraphs of its --help, or NULL */
    const enum option_id *options; /* ends with OPT_COUNT */
    int (*run)(const struct options *options); /* the exit status */
};

extern const struct option all_options[OPT_COUNT];

enum status options_read(const struct command *command, int argc, char **argv, struct options *out, struct err *err) MUST_USE;
void options_release(struct options *options);
void options_help(const struct command *command, struct buf *out);
/* One of the words, else an error that lists them. */
enum status option_word(const char *name, const char *value, const char *const *words, struct err *err) MUST_USE;

#endif
