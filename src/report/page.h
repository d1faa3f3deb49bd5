/* page.h: the parts of report.html, one file each, in the order of the page. Every part writes one
 * <section> and copes with a document in which its input is missing: it then says that there is
 * nothing. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/markup.h"
#include "report/summary.h"

/* The page shows this many findings and no more, so that it opens in any browser; the rest are
 * counted and are in findings.jsonl. The same holds for rows of other tables. */
#define PAGE_EVIDENCE_MAX 1000
#define PAGE_LEADS_MAX    500
#define PAGE_ROWS_MAX     500
#define PAGE_RAW_MAX      16384 /* characters of one raw record */
#define PAGE_REFS_PLAIN   4     /* links in one place; more are folded into ranges that open */
#define PAGE_REFS_MAX     1000

struct page {
    struct buf *out;
    struct arena *arena;
    const struct view *view;
    const struct summary *summary;
    bool *is_shown;  /* for each finding: it is on the page, so a link to it leads somewhere */
    size_t drawings; /* drawn so far: gives ids to titles */
};

void page_summary(struct page *page); /* the first screen */
void page_guidance(struct page *page);
void page_notify(struct page *page); /* whom to tell */
void page_chains(struct page *page); /* what happened, in order */
void page_threads(struct page *page); /* who was at work, as far as it can be told */
void page_scope(struct page *page);
void page_exploits(struct page *page); /* and hosts, builds */
void page_coverage(struct page *page);
void page_damage(struct page *page);
void page_findings(struct page *page);
void page_words(struct page *page); /* what the words mean */
void page_manifest(struct page *page);

/* Drawings: html_timeline.c. `steps` is a list of chain steps. */
void page_draw_steps(struct page *page, const struct json *steps, str title);
void page_draw_findings(struct page *page); /* those with a stage, where there is no chain */
void page_draw_coverage(struct page *page,
                        const struct json *coverage); /* stages and sources over time */

/* Pieces that all parts use. */
void page_section(struct page *page, const char *id, const char *heading);
void page_section_end(struct page *page);
void page_nothing(struct page *page, const char *sentence);
void page_table(struct page *page, str caption, const char *const *columns,
                size_t n); /* opens, with its head */
void page_table_end(struct page *page, size_t rows,
                    size_t shown); /* says how many rows were left out */
void page_refs(struct page *page,
               const struct json *ids); /* "F0001, F0002": links where the finding is on the page */
void page_ids(struct page *page, struct view_ids ids);
void page_ref(struct page *page, str id);
/* <time>, or a dash: "14 March 2021, 06:40:10 UTC"; page_clock with milliseconds, for comparing
 * records. */
void page_time(struct page *page, const struct json *of, const char *key);
void page_clock(struct page *page, const struct json *of, const char *key);
void page_span(struct page *page, const struct json *of); /* <td> with "first" and "last" */
void page_cell(struct page *page, str text);              /* <td>, a dash when empty */
/* Statements with their certainty and findings; those behind `max` open. */
void page_lines(struct page *page, const struct lines *lines, size_t max);
#define PAGE_TABLE(page, caption, ...)                                                             \
    page_table((page), (caption), (const char *const[]){__VA_ARGS__},                              \
               COUNT(((const char *const[]){__VA_ARGS__})))

#endif
