#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_text(enum status status)
{
    switch (status) {
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

enum status status_from_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_PERMISSION;
    case EEXIST:
        return ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

enum status err_set(struct err *err, enum status status, const char *fmt, ...)
{
    if (err) {
        char text[8192]; /* a path may be long, and what is wrong with it stands behind it: the
                            middle is what can go */
        va_list args;
        va_start(args, fmt);
        err->status = status;
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        const size_t n = strlen(text), tail = sizeof err->msg / 2;
        if (n < sizeof err->msg)
            memcpy(err->msg, text, n + 1);
        else
            snprintf(err->msg, sizeof err->msg, "%.*s...%s", (int)(sizeof err->msg - tail - 4),
                     text, text + n - tail);
    }
    return status;
}
