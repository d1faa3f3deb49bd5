/* summary.h: what a manager reads first, in plain words: made once from the document, used by the
 * page, the Markdown and the terminal alike, so that all three say the same. The texts are not
 * escaped; they live in the view's arena. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/guidance.h"
#include "report/view.h"
#include "report/words.h"

struct line {
    str text, more; /* what counts, and the sentence behind it, often empty */
    str sure;       /* "certain", "possible" or empty */
    struct view_ids ids;
};

struct lines {
    struct line *p;
    size_t n, cap;
};

struct summary {
    const struct verdict_word *verdict;
    str hosts;         /* "EX01.contoso.example", "3 servers: a, b, c" */
    str sentence;      /* the document's, or the verdict's meaning when it has none */
    struct lines also; /* other words that hold, as on paper, and what each means here */
    struct lines changed; /* since an earlier assessment of the case, if there is one */
    struct lines why;  /* reasons */
    struct lines
        since; /* since when, and whether it goes on; what is not known is said, so never empty */
    struct lines how;     /* one an exploit and outcome, the surest first */
    struct lines reached; /* one a thing, the widest first */
    struct lines unknown; /* the time covered, then what could not be seen within it */
    struct actions actions;
};

void summary_make(const struct view *view, struct summary *out);

/* The parts that have files of their own. */
void summary_reached(const struct view *view, struct lines *reached);
void summary_unknown(const struct view *view, struct lines *unknown);

void lines_add(const struct view *view, struct lines *lines, struct line line);
void lines_text(const struct view *view, struct lines *lines, str text);
bool lines_has(const struct lines *lines, str text);
/* Their texts in one line: "a, b, c"; "and 4 more" behind the first `max`. */
str lines_join(const struct view *view, const struct lines *lines, const char *between, size_t max);

#endif
