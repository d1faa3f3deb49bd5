/* document_part.h: the parts that document.c puts together, and what they share. Private to document*.c.
 *
 * Each writes one or more members of the document's top object. */
#ifndef ASSESS_DOCUMENT_PART_H
#define ASSESS_DOCUMENT_PART_H

#include "assess/document.h"

void document_texts(struct jsonw *w, const char *key, const str *texts, u32 n);
void document_finding_id(struct jsonw *w, const struct document *doc, u32 index);
void document_finding_ids(struct jsonw *w, const struct document *doc, const u32 *indexes, size_t n); /* member "findings" */
str document_host(const struct document *doc, u32 host); /* its name, or empty for NO_HOST */

void document_exploits(struct jsonw *w, const struct document *doc);
void document_chains(struct jsonw *w, const struct document *doc);
void document_step(struct jsonw *w, const struct document *doc, const struct step *step);
void document_threads(struct jsonw *w, const struct document *doc); /* and "profiles_compared" */
void document_scope(struct jsonw *w, const struct document *doc);
void document_guidance(struct jsonw *w, const struct document *doc);
void document_coverage(struct jsonw *w, const struct document *doc);
void document_damage(struct jsonw *w, const struct document *doc); /* and "refused" */
void document_unread(struct jsonw *w, const struct document *doc);
void document_manifest(struct jsonw *w, const struct document *doc);

#endif
