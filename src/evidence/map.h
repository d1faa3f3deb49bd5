/* map.h: a file on disk as memory, read-only, for as long as somebody needs a part of it. Reading from a mapping saves copying:
 * twice as fast as read() where the file is in the page cache, and a block is where its bytes are.
 *
 * A file may become shorter, or a disk fail, after it was mapped: the system then sends SIGBUS to whoever touches the missing
 * part. Here it finds zeros in its place, and the map says from then on that it is torn and where first. The handler is set
 * with each map and stays; a SIGBUS that is about no map ends the program as ever.
 *
 * References are counted, on any thread. Memory that was touched counts as the program's until map_done gives it back. */
#ifndef EVIDENCE_MAP_H
#define EVIDENCE_MAP_H

#include "base/str.h"

struct map;

struct map *map_open(int fd, u64 size); /* one reference; NULL: read it instead */
struct map *map_ref(struct map *map);
void map_unref(struct map *map);               /* NULL allowed */
str map_bytes(const struct map *map);
void map_done(struct map *map, str piece);     /* nobody will look at it again; pieces in their order, one at a time */
bool map_torn(const struct map *map, u64 *at); /* some of what was seen so far was not there */

#endif
