/* event_make.h: events for tests, from one line of text.
 *
 *   "evtx Security/Provider#4688 Name='text' Count=42 LogonId=hex:3e7 Gone=null List=['a', 7, null]"
 *
 * First the kind (kinds.def), then for evtx the channel, '/', the provider, '#' and the event id; then fields: a text
 * 'as it stands, '' for a quote' or "with \n and \\", a number, hex:3e7, true, false, null, [an, array], data:<hex bytes>,
 * time:<filetime>. Provider_Name, EventID and Channel are fields of evtx events, as their reader makes them. */
#ifndef TESTS_EVENT_MAKE_H
#define TESTS_EVENT_MAKE_H

#include "event/event.h"

/* The event lives in the arena, its shape in the schema. Fails the test on bad text. */
struct event event_make(struct schema *schema, struct arena *arena, const char *text);

#endif
