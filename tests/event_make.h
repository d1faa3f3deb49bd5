/* event_make.h: events for tests, from one line of text.
 *
 *   "evtx Security/Provider#4688 Name='text' Count=42 LogonId=hex:3e7 Gone=null List=['a', 7, null]"
 *
 * First the kind (kinds.def), then for evtx the channel, '/', the provider, '#', the event id, each in quotes where it holds
 * a blank; then fields: 'text as it stands, '' for a quote', "text with \n and \\", numbers, hex:…, true, false, null, [arrays], data:<hex bytes>,
 * time:<filetime>. Channel, Provider_Name and EventID become fields of evtx events as the reader makes them. */
#ifndef TESTS_EVENT_MAKE_H
#define TESTS_EVENT_MAKE_H

#include "event/event.h"

/* The event lives in the arena, its shape in the schema. Fails the test on bad text. */
struct event event_make(struct schema *schema, struct arena *arena, const char *text);

#endif
