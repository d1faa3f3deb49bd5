/* status.h: how functions say what happened.
 *
 * Three things are kept apart everywhere:
 *   damage    something in the evidence is not as its format says: noted with file and offset, skipped, reading goes on;
 *   refusal   a limit was met or a kind is not supported: this piece is given up, named in the report, the run goes on;
 *   failure   the run cannot go on (no such file, disk full).
 * A function that can fail returns enum status. OK is 0, END is 1 (an iterator has no more), failures are negative.
 * Out-parameters are written only on OK. Broken invariants of ours are assert(), never a status. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/base.h"

#define STATUS_LIST(X)                                                                             \
    X(OK, 0, "ok")                                                                                 \
    X(END, 1, "end")                                                                               \
    X(ERR_IO, -1, "read or write failed")                                                          \
    X(ERR_NOT_FOUND, -2, "not found")                                                              \
    X(ERR_PERMISSION, -3, "permission denied")                                                     \
    X(ERR_EXISTS, -4, "exists already")                                                            \
    X(ERR_FULL, -5, "no space left")                                                               \
    X(ERR_DAMAGED, -6, "damaged")                                                                  \
    X(ERR_LIMIT, -7, "limit reached")                                                              \
    X(ERR_UNSUPPORTED, -8, "not supported")                                                        \
    X(ERR_SYNTAX, -9, "syntax error")                                                              \
    X(ERR_USAGE, -10, "wrong usage")

enum status {
#define X(name, value, text) name = value,
    STATUS_LIST(X)
#undef X
};

/* Detail of a failure, filled at boundaries (opening a file, compiling a rule). `off` is a byte offset, or for texts that
 * people write, `line` and `col` from 1; 0 where there is none. */
struct err {
    enum status status;
    u64 off;
    u32 line, col;
    char msg[1024];
};

const char *status_text(enum status status);
enum status status_from_errno(int errnum);

/* Fill `err` (NULL allowed) and return `status`, so that a function can `return err_set(err, …)`. */
enum status err_set(struct err *err, enum status status, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define TRY(call)                                                                                  \
    do {                                                                                           \
        const enum status try_status_ = (call);                                                    \
        if (try_status_ != OK)                                                                     \
            return try_status_;                                                                    \
    } while (0)

#endif
