/* profile_part.h: the tables as profile.c reads them and profile_compare.c asks them. Private to profile*.c. */
#ifndef ASSESS_PROFILE_PART_H
#define ASSESS_PROFILE_PART_H

#include "assess/profile.h"
#include "assess/thread_key.h"

enum indicator_what { IND_ADDRESS, IND_DOMAIN, IND_HASH, IND_NAME, IND_AGENT, IND_MARK, IND_KINDS };
enum weight { WEIGHT_WEAK, WEIGHT_MEDIUM, WEIGHT_STRONG };

struct indicator {
    enum indicator_what what;
    u32 profile;
    u32 next;         /* further indicator of the same key, or NO_INDICATOR */
    str text;         /* of a page: its path, without what stands before the web folder; else the name alone */
    bool is_path, recalled;
    enum weight most; /* what it can weigh at most */
    str why;          /* … and why, or empty */
};

#define NO_INDICATOR UINT32_MAX

struct mark {
    const struct json *texts, *clusters;
    str says;
};

/* The newest indicator of that kind and text (in lower case), or NO_INDICATOR. */
u32 profiles_find(const struct profiles *profiles, enum indicator_what what, str text);
/* How many entries have the key; with `groups_only`, mere lists left out. */
u32 profiles_count(const struct profiles *profiles, u32 first, bool groups_only);
str profile_lower(struct arena *arena, str text);

#endif
