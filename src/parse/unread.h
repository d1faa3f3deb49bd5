/* unread.h: a file that no reader knew: was it a log of a kind that we read? Then it is damaged or was overwritten, and all of
 * it is lost; anything else (programs, pages, one of the many logs that we do not read) is only named. */
#ifndef PARSE_UNREAD_H
#define PARSE_UNREAD_H

#include "base/str.h"

/* What it should have been, as a text for a person; NULL when nothing says that it was a log of ours. head: its first bytes.
 *
 *   by its name          *.evtx, *.jsonl, u_ex*.log, httperr*.log, HttpProxy_*.log, ECPServer*.log
 *   by name and content  *.json that begins like a record or is no text; *.log and *.csv that are text with zeros in it, or
 *                        zeros alone (transaction logs of databases are called *.log too, and are no text) *   by content           text in UTF-16 without a byte order mark that begins as a log of ours does
 */
const char *unread_log(str name, str head);

#endif
