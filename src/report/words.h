/* words.h: the words of the contract as people read them. A word that is not in a table is shown as
 * it stands. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/str.h"

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
str words_outcome(str key); /* "succeeded" … "outcome unknown" */

extern const char *const words_phases[5]; /* keys, in the order of work */

#endif
