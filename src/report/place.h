/* place.h: where the record of a finding stands and what it says, in words. A record of an event
 * log is named by its record id, a line of a text by its number; an export of an event log may be
 * either. */
#ifndef REPORT_PLACE_H
#define REPORT_PLACE_H

#include "report/view.h"

str place_log(const struct view *view,
              const struct json *finding); /* "Windows Security log (JSON export)" */
str place_record(const struct view *view,
                 const struct json *finding); /* "record 17", "carved record 17", "line 4770 of a.json" */
bool place_is_line(const struct view *view, const struct json *finding);
bool place_is_packed(
    const struct json *finding); /* in an archive: offsets are in the unpacked file */
bool place_is_carved(const struct json *finding); /* what is left of a record, found where no log says that there is one */
/* The file as the manifest lists it, or NULL. */
const struct json *place_source(const struct view *view, const struct json *finding);
str place_last_part(str path); /* behind the last slash or '!' */

/* "own scanner: Nessus; explained": what the owner declared that it matches, or nothing. */
str place_context(const struct view *view, const struct json *finding);

/* What a finding or a step says: its own text, else the title of its rule. */
str place_text(const struct json *finding);
str place_step_text(const struct view *view, const struct json *step);
struct view_ids place_step_ids(const struct view *view,
                               const struct json *step); /* without the leading one */

#endif
