/* guidance.h: what to do, as people work it off: in the document's order, the same action for
 * several targets as one item. */
#ifndef REPORT_GUIDANCE_H
#define REPORT_GUIDANCE_H

#include "report/view.h"

struct action {
    const struct json *const *items; /* one a target; they differ in target and findings only */
    size_t n;
    str number; /* as the document counts: "5", or "6–8" */
};

struct actions {
    struct action *p;
    size_t n;
};

void guidance_make(const struct view *view, struct actions *out);

#define GUIDANCE_FIRST_MAX 4
/* What to show where there is room for `room` actions (2 to GUIDANCE_FIRST_MAX): the first ones,
 * and the first that contains, even if it comes later. Gives their number. */
size_t guidance_first(const struct actions *actions, size_t room, size_t out[GUIDANCE_FIRST_MAX]);

/* "Server", "File", "Address", "Mailbox", "Account", "Step" of closing a flaw, or "At" for what is none of them. */
const char *guidance_target(const struct view *view, str target);

#endif
