/* part.h: the parts of a log that sights.def tells apart, and the columns that it asks for. A log may be in the evidence, and
 * not the part of it that shows an attack: requests to one folder of HttpProxy, the back end of IIS, a Security log of logons.
 *
 * Sets of parts and of columns are masks: 1 << PART_X, 1 << COLUMN_X. */
#ifndef ASSESS_PART_H
#define ASSESS_PART_H

#include "event/event.h"

enum part {
    PART_NONE, /* of no part that matters */
#define PART(name, kind, id, values, words) PART_##name,
#include "assess/sights.def"
#undef PART
    PART_COUNT
};

enum column {
#define COLUMN(name, field) COLUMN_##name,
#include "assess/sights.def"
#undef COLUMN
    COLUMN_COUNT
};

/* The part that an event of this log is of: by its event id, or by what stands in its column of shape_part (nothing: it has
 * none). An address ("/owa/auth/x.js") is of the part that bears the name of its first folder. */
enum part part_of(str kind, i64 event_id, str told);
/* The columns that events of the shape have. */
u32 part_columns(const struct shape *shape);
/* What people call it: "Ecp", "event 4688"; the name of a column. */
const char *part_text(enum part part);
const char *column_text(enum column column);

#endif
