/* case.h: the case, a folder that an assessment leaves: case.db (SQLite, all that other commands need), assessment.json,
 * findings.jsonl, report.html; where evidence was added, assessment.previous.json: the assessment before that.
 *
 * Written so that a kill or a full disk at any moment leaves either what was there before or nothing under the case's name:
 * everything goes into "<case>.incomplete" beside it, is synced, and is moved into place in one step (an exchange of names where
 * a case is replaced). An "<case>.incomplete" that is found is what its name says: it is removed and the work done again. */
#ifndef STORE_CASE_H
#define STORE_CASE_H

#include "base/arena.h"
#include "base/status.h"

struct case_writer; /* private */

/* Begin a case at `path`. ERR_EXISTS when something is there already and `force` is not set, when what is there is no case or holds
 * something that is not of a case, and when another run is at work on it. */
enum status case_create(const char *path, bool force, struct case_writer **out, struct err *err) MUST_USE;
/* A file of the case. */
enum status case_add_file(struct case_writer *writer, const char *name, str bytes, struct err *err) MUST_USE;
/* case.db: the document, and one row a finding (its members as columns, and all of it as JSON). */
struct case_finding {
    str id, time, host, rule, level, stage, outcome, json;
};
enum status case_add_database(struct case_writer *writer, str document, const struct case_finding *findings, size_t n, struct err *err) MUST_USE;
/* A text that case.db keeps beside it; before case_add_database. Both live until the writer ends. */
void case_set_meta(struct case_writer *writer, const char *key, str value);
/* Move it into place. The writer is freed, on failure too, and what was begun is removed. */
enum status case_commit(struct case_writer *writer, struct err *err) MUST_USE;
void case_abort(struct case_writer *writer); /* NULL allowed */
const char *case_draft(const struct case_writer *writer); /* "<case>.incomplete" */

/* The document of a case, in the arena. ERR_NOT_FOUND: no case there; ERR_DAMAGED: it is none, is
 * damaged or was not finished. */
enum status case_read_document(const char *path, struct arena *arena, str *out, struct err *err) MUST_USE;

/* A text of case_set_meta, in the arena; empty where there is none. */
enum status case_read_meta(const char *path, const char *key, struct arena *arena, str *out, struct err *err) MUST_USE;

#endif
