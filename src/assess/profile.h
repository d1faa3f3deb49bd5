/* profile.h: a thread of activity beside the published profiles of data/clusters.json, with data/profile_marks.json (ours: what of
 * their text a machine can look for, and what their publishers say not to rely on). Names tools and places, never people.
 *
 * Each point that agrees has a weight by how special it is, counted in the tables and not by opinion:
 *
 *   strong   a hash or a domain that no other group has, an address that no other entry has
 *   medium   the same shared by two or three; an address of a list whose publisher warns of it; an artefact or command line of one
 *            group alone; the whole path of a page of one alone
 *   weak     whatever stands in more; a file name, a user agent, techniques, always; what is recalled or of low confidence;
 *            an address before a group was first seen, or a year after it was last known
 *
 *   matches      a strong point
 *   resembles    a strong point of a mere list, or a medium address, hash, domain or artefact. A page's path is a name, so it
 *                never is enough
 *   new          none of these, and two kinds of things that could have agreed (addresses, pages, hashes, commands)
 *   cannot say   none of these, and less than that to compare */
#ifndef ASSESS_PROFILE_H
#define ASSESS_PROFILE_H

#include "assess/scope.h"
#include "base/intern.h"
#include "base/json.h"

#define PROFILE_STATEMENTS(X)                              \
    X(MATCHES, "matches")                                  \
    X(RESEMBLES, "resembles")                              \
    X(NEW, "nothing published matches: new")               \
    X(CANNOT_SAY, "cannot say: too little to compare")

enum profile_statement {
#define X(name, text) PROFILE_##name,
    PROFILE_STATEMENTS(X)
#undef X
};

struct profile {
    str id, name, confidence;
    i64 first_seen; /* TIME_NONE: not told */
    i64 last_seen;
    str first_text; /* as published */
    bool list;      /* indicators of many hands, and no group */
    bool low;       /* its publishers, or we, give it little confidence */
    const struct json *techniques;
};

struct profiles {
    struct arena arena;
    VEC(struct profile) all;
    VEC(struct indicator) indicators; /* private to profile.c */
    VEC(struct mark) marks;
    struct intern keys;
    VEC(u32) first; /* by key: its newest indicator */
    const struct json *plain_names;
    VEC(str) caveats;
    str as_of;
};

struct compared { /* with one profile, or with all where none agrees */
    str name;
    enum profile_statement statement;
    VEC(str) why;
};

typedef VEC(struct compared) compared_list;

struct activity { /* what is compared: a thread.h thread, as this lower module sees it */
    const u32 *findings;
    size_t n_findings;
    const str *clients, *agents, *webshells;
    size_t n_clients, n_agents, n_webshells;
    i64 first, last;
    bool one; /* false: of several, or of nobody; then nothing can be said */
};

enum status profiles_load(str clusters, str marks, struct profiles *out, struct err *err) MUST_USE;
void profiles_release(struct profiles *profiles);

/* Is a page of that name published, or its name so short or plain that anybody may try it? profiles may be NULL. */
bool profiles_guessable(const struct profiles *profiles, str path);
/* Is a user agent published, in the form of thread_agent_clean? Then it says little of who uses it. */
bool profiles_has_agent(const struct profiles *profiles, str agent);
/* Texts in the arena; the list is the caller's, freed by compared_release. */
void profiles_compare(const struct profiles *profiles, const struct findings *findings, const struct activity *activity,
                      struct arena *arena, compared_list *out);
void compared_release(compared_list *list);
const char *profile_statement_text(enum profile_statement statement);

#endif
