/* scope.h: what was reached: mailboxes, accounts, credentials, files, hosts, data and clients, taken from the findings by the
 * `scope` lists of their rules. Each entry is there once a host, with the findings it comes from. */
#ifndef ASSESS_SCOPE_H
#define ASSESS_SCOPE_H

#include "assess/finding.h"

enum scope_what { SCOPE_MAILBOX, SCOPE_ACCOUNT, SCOPE_CREDENTIAL, SCOPE_FILE, SCOPE_HOST, SCOPE_DATA, SCOPE_CLIENT, SCOPE_COUNT };

struct scope_entry {
    enum scope_what what;
    u32 host, chain; /* chain: of its first finding, or NO_CHAIN */
    str text, access, note;
    bool possible;   /* certainty: possible; otherwise seen */
    i64 first, last;
    VEC(u32) findings;
};

struct scope {
    struct arena arena;
    VEC(struct scope_entry) entries; /* by what, host, first */
};

void scope_make(const struct findings *findings, struct scope *out);
void scope_release(struct scope *scope);

#endif
