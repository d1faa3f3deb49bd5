/* summary.h: what a manager reads first, in plain words: made once from the document, used by the
 * page, the Markdown and the terminal alike, so that all three say the same. The texts are not
 * escaped; they live in the view's arena. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/view.h"
#include "report/words.h"

struct line {
    str text, more; /* what counts, and the sentence behind it, often empty */
};

struct lines {
    struct line *p;
    size_t n, cap;
};

struct summary {
    const struct verdict_word *verdict;
    str hosts;         /* "EX01.contoso.example", "3 servers: a, b, c" */
    str sentence;      /* the document's, or the verdict's meaning when it has none */
    struct lines also; /* other words that hold, as on paper */
    struct lines why;  /* reasons */
    struct lines
        since; /* since when, and whether it goes on; what is not known is said, so never empty */
    struct lines how;     /* one an exploit name, with CVEs and outcome */
    struct lines reached; /* one a kind of thing */
    struct lines unknown; /* what the evidence could not show and why, the blind stages first */
    struct lines first;   /* actions in their order, all of them */
};

void summary_make(const struct view *view, struct summary *out);

/* Guidance that has an action, in its order; in the arena. */
const struct json **summary_guidance(const struct view *view, size_t *n);

#endif
