/* adding.h: `assess -o CASE` on a case that is there: what it was made of is read again, together with what is new, and the new
 * assessment says what changed.
 *
 * Where the evidence of a case lies stands in its database: absolute paths, and the SHA-256 of each file. A file that is
 * gone is told before anything is read, one that differs when it has been: then nothing is written. Evidence that is
 * given again, or lies in a folder of the case's, is read once. */
#ifndef CLI_ADDING_H
#define CLI_ADDING_H

#include "assess/scan.h"
#include "base/json.h"
#include "cli/options.h"

struct adding_root {
    const char *given; /* as it was named, and as names of sources begin */
    str real;          /* where it lies; empty: standard input */
};

struct adding {
    struct arena arena;
    const struct json *before;      /* the earlier document; NULL: nothing is added */
    str text;                       /* it */
    const struct json *files;       /* what it was made of */
    VEC(struct adding_root) roots;  /* earlier and new, each once, in the order in which they are read */
};

/* Is there something at the path that could be added to? */
bool adding_is_case(const char *path);
/* Read the case at `path` (NULL: there is none) and look whether all it was made of is there; put the arguments behind it. */
enum status adding_begin(const char *path, const struct options *options, struct adding *out, struct err *err) MUST_USE;
/* After reading: everything that the case was made of is the same, and there is more. */
enum status adding_check(const char *path, struct adding *adding, const struct scan *scan, struct err *err) MUST_USE;
/* What the case keeps of where its evidence lies, after reading; in the arena. JSON; of paths, which may be any bytes, those that
 * are not printable stand as %xx. */
str adding_meta(struct adding *adding, const struct scan *scan);
#define ADDING_META "evidence"
void adding_release(struct adding *adding);

#endif
