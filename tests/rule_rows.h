/* rule_rows.h: tables of rules, events and answers as text, for any matcher. A file is a run of blocks:
 *
 *   = name                         starts a block
 *   @ {product: windows}           the rule's log source, if not {product: windows, service: security}
 *     sel:                         indented: the rule's `detection`; `condition: sel` if it has none
 *       Image|endswith: '\a.exe'
 *   + Image='C:\a.exe'             an event that must match (event_make.h; "evtx Security/P#1" if no kind is given)
 *   - Image='C:\b.exe'             one that must not
 *   : Image | C:\a.exe | Image|…    behind an event: each reason why it matches, field, value and test (match_explain)
 *   > 0 true condition [value]     behind an event: each line of the rule held against it (match_tree), depth and state first
 *   ! bad network                  instead of events: the rule must be rejected, the reason starting so
 *
 * Lines that start with '#' and empty lines are passed over. */
#ifndef TESTS_RULE_ROWS_H
#define TESTS_RULE_ROWS_H

#include "rule/match/match.h"

/* Runs every row of a file below tests/; returns how many there were. Fails the test at the end, naming each wrong row. */
u32 rule_rows_run(const char *relative, const struct matcher_ops *ops);

#endif
