/* notify.h: who must be told what, from what was found: a list for the owner of the organisation to work off. What records show
 * ("seen") and what was within reach ("could have been") stand apart, because the two are told differently. It is no legal advice:
 * it says whom to ask, and names a deadline only with its source. Only the owner is told of what is no break-in. */
#ifndef REPORT_NOTIFY_H
#define REPORT_NOTIFY_H

#include "report/summary.h"

struct notice {
    const char *who;
    struct lines seen, possible;
    const char *ask;  /* what to ask, or to mind */
    const char *hint; /* of a deadline, with its source; or NULL */
};

#define NOTICES_MAX 8
struct notices {
    struct notice p[NOTICES_MAX];
    size_t n;
};

#define NOTIFY_PREFACE                                                                             \
    "What records show is \"seen\"; what was within reach, without a record of it, \"could have been\". This is no legal advice: ask those who know the law."
#define NOTIFY_NOBODY "Nothing was found that somebody would have to be told of."

void notify_make(const struct view *view, struct notices *out);

#endif
