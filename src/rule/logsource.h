/* logsource.h: where the events of a Sigma log source are found in evidence. A rule says "category process_creation"; the map
 * (rules/logsources.yml, embedded) says that those are Sysmon's event 1 and the security log's 4688 and how fields are
 * called there.
 *
 * The map is a list of entries; an entry applies to a rule when each of its category, product and service equals the
 * rule's. A rule gets the combinations of one alternative of each entry that applies; each key of the rule must be spoken
 * for by an entry. What is left is the list of places where the rule can fire; when none is left, `why_not` says why. */
#ifndef RULE_LOGSOURCE_H
#define RULE_LOGSOURCE_H

#include "event/event.h"
#include "rule/sigma/sigma.h"

struct logsource_rename {
    str from, to; /* the rule's name, the evidence's name */
};

/* One place: all that is given must hold. Channels and providers are compared without ASCII case. */
struct logsource_place {
    bool any_kind;
    enum kind kind;
    const str *channels; /* one of; n 0: any */
    u32 n_channels;
    const str *providers;
    u32 n_providers;
    const i64 *event_ids;
    u32 n_event_ids;
    const struct sigma_item *where; /* more tests on fields of the evidence, linked by AND; plain texts, never renamed */
    u32 n_where;
    const struct logsource_rename *renames;
    u32 n_renames;
    const str *has; /* all fields that such events have beside those of every event; n 0: not known. For lints only */
    u32 n_has;
};

struct logsource_places {
    const struct logsource_place *places;
    u32 n;
    str why_not; /* when n is 0 */
};

struct logsource_map {
    const struct yaml *data; /* the document as read: the list of entries, for who wants to read it himself */
    struct logsource_entry *entries;
    u32 n_entries;
};

/* Both live in the arena, as does everything they return. */
enum status logsource_load(str text, struct arena *arena, struct logsource_map *out, struct err *err);
void logsource_resolve(const struct logsource_map *map, const struct sigma_logsource *source, struct arena *arena,
                       struct logsource_places *out);

/* Adds every field of the evidence that the map names, and the names that rules know them by. */
void logsource_intern(const struct logsource_map *map, struct intern *fields);

/* The evidence's name of a rule's field there. */
str logsource_rename(const struct logsource_place *place, str field);

/* Whether events of this shape can be of that place (`where` is not asked). */
bool logsource_fits(const struct logsource_place *place, const struct shape *shape);

#endif
