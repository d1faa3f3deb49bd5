/* yaml.h: a YAML file as a tree in an arena, each node with its place, by libyaml's events. Documents of one file ("---")
 * come as a list. Anchors and aliases are resolved (a bounded number of times, against alias bombs); a duplicate key in a
 * map is an error that names both places. Tags and comments are dropped. */
#ifndef RULE_SIGMA_YAML_H
#define RULE_SIGMA_YAML_H

#include "base/arena.h"
#include "base/status.h"

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_type type;
    bool quoted;  /* a scalar in quotes or a block: always a string */
    u32 line, col; /* from 1 */
    str text;     /* of a scalar */
    u32 n;        /* elements of a list, pairs of a map */
    const struct yaml **items; /* list: n elements; map: n values */
    const struct yaml **keys;  /* map: n keys, scalars, in the order of the file */
};

/* The documents of `text` (copied into the arena as needed). On failure err holds line, column and what is wrong. */
enum status yaml_read(str text, struct arena *arena, const struct yaml ***out_docs, u32 *out_n, struct err *err);
/* One piece of a file: the lines before it, and the nodes that the file has so far, to which its own are added. */
struct yaml_piece {
    str text;
    u32 lines_before, nodes;
};
enum status yaml_read_piece(struct yaml_piece *piece, struct arena *arena, const struct yaml ***out_docs, u32 *out_n, struct err *err);
/* The next document of a text by its mark alone, "---" at the start of a line, which stands in no text of YAML: its text, from
 * *at on; *at and *line (lines before) move behind it. False at the end. */
bool yaml_next_piece(str text, size_t *at, u32 *line, struct yaml_piece *out);

const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL if not a map or no such key */
str yaml_text(const struct yaml *node);                               /* text of a scalar, else STR_NONE; NULL allowed */
bool yaml_is_null(const struct yaml *node); /* plain ~, null, Null, NULL or empty */

#endif
