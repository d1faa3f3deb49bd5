/* context.h: what the owner declares of his own doings (--context FILE, docs/context.md): scanners, administrators, maintenance,
 * pages of other makers. Findings that match are marked; they stay where they are.
 *
 *   explained   a finding that the declaration of a scanner or an administrator accounts for: of a scanner a request that got no
 *               further than an attempt, or another rule's hit on one; of an administrator what only asks to be looked at. Nothing
 *               that rules 1 and 2 of the verdict go by is ever explained. Rules 3 to 5 pass over what is.
 *   void        an address or an account from which anything came that rules 1 and 2 could go by, anywhere in the evidence: its
 *               declaration explains nothing any more, because whoever did that may have done the rest.
 * Maintenance and pages only mark. */
#ifndef ASSESS_CONTEXT_H
#define ASSESS_CONTEXT_H

#include "assess/finding.h"
#include "base/timex.h"

enum context_kind { CONTEXT_SCANNER, CONTEXT_ADMINISTRATOR, CONTEXT_MAINTENANCE, CONTEXT_PAGE };

struct context_net {
    u8 bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    u32 bits;
};

struct context_entry {
    enum context_kind kind;
    str name;
    struct context_net *nets; /* scanners: addresses; administrators: workstations that are addresses */
    u32 n_nets;
    str *accounts, *workstations, *hosts, *paths;
    u32 n_accounts, n_workstations, n_hosts, n_paths;
    i64 from, to; /* maintenance */
};

struct context {
    struct arena arena;
    struct time_zone zone;
    VEC(struct context_entry) entries;
    str path;
    char sha256[65];
};

/* On failure err's message names file, line, column and what is wrong. A named time zone becomes that of the process. */
enum status context_read(const char *path, str text, struct context *out, struct err *err) MUST_USE;
enum status context_load(const char *path, struct context *out, struct err *err) MUST_USE; /* reads the file */
void context_release(struct context *context);

/* Sets `context` and `explained` of the findings; before they are put together to chains. */
void context_mark(const struct context *context, struct findings *findings);
/* "own scanner", … */
const char *context_kind_text(enum context_kind kind);
/* Does the text hold an address of one of the networks? */
bool context_covers(const struct context_net *nets, u32 n, str address);

#endif
