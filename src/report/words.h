/* words.h: the words of the contract as people read them. A word that is not in a table is shown as
 * it stands. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/arena.h"

struct verdict_word {
    str key;           /* as in the document */
    str text;          /* as on paper */
    str name;          /* of the CSS class */
    str meaning;       /* one sentence */
    const char *shape; /* inside <svg viewBox="0 0 24 24">: so that colour is never the only sign */
};

const struct verdict_word *
words_verdict(str key);  /* never NULL: an unknown one is shown like CANNOT_TELL */
str words_also(str key); /* as on paper, or the key itself */
str words_stage(
    str key); /* what could or could not be seen at that stage: "who looked for a way in" */
str words_phase(str key);   /* "Contain" */
str words_level(str key);   /* "The whole server" */
str words_outcome(str key); /* "succeeded" … "outcome not recorded" */
str words_access(str key);  /* of a mailbox: "opened" … "named in the attack (no access seen)" */
str words_blocked(str key); /* "a URL Rewrite rule" */
str words_thread(str key);  /* what a thread did: "something of it worked" */
str words_kind(str key);    /* of a source, without the word log: "Windows Security" */

/* The same for whole texts of the document; the results live in the arena. */
str words_sources(struct arena *arena, str list, const char *between); /* kinds in a list */
str words_why(struct arena *arena, str why); /* why a stage could be seen or not, a rule not fire */
str words_missing(str why); /* the kinds that such a text says are missing, or nothing */
str words_sentence(struct arena *arena, str text); /* with a capital and a full stop */

extern const char *const words_phases[5]; /* keys, in the order of work */

#endif
