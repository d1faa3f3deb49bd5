/* run.h: what commands share: rules and evidence from options, messages on standard error, and whole outputs. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "base/buf.h"
#include "cli/options.h"
#include "engine/scan_run.h"
#include "rule/image.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

/* "leadline: …" on standard error, with the text made safe for a terminal. Returns the exit status that fits. */
int run_failed(const struct err *err);
void run_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* What could not be read, in the same words everywhere. Names are shortened in the middle when they are very long. */
void run_warn_refused(str name, const char *limit, str why);
void run_warn_damage(str name, u64 off, str what, bool carved);
void run_warn_unknown(str name, u64 size);
void run_tell_losses(const struct scan *scan);
/* The failure that it is when no log at all was found. */
/* The failure when no source was a log; it names the evidence where that is one path. `counts` may be empty. */
enum status run_nothing_read(const char *const *paths, u32 n_paths, const char *counts, struct err *err) MUST_USE;
enum status run_scan_read_nothing(const struct scan *scan, struct err *err) MUST_USE;

/* Rejected rules are told on standard error. */
enum status run_load_rules(const struct options *options, enum image_use use, struct ruleset **out, struct err *err) MUST_USE;
enum image_use run_image_use(const struct options *options);
enum status run_pipeline_options(const struct options *options, struct pipeline_options *out, struct err *err) MUST_USE;
enum status run_time(const struct options *options, enum option_id id, i64 *out, struct err *err) MUST_USE;
/* What run_scan will take from the options: asked first by whoever has something to lose before it comes to that. */
enum status run_scan_options(const struct options *options, struct scan_options *out, struct err *err) MUST_USE;
/* Read the evidence, with a progress line when standard error is a terminal. hits_only: as in scan_run.h; spill_folder: for what
 * memory does not hold, or NULL. */
enum status run_scan(const struct options *options, bool hits_only, const char *spill_folder, struct scan *scan,
                     struct err *err) MUST_USE;

/* All of `bytes` to a file (whole or not at all) or, with path NULL or "-", to standard output. */
enum status run_write(const char *path, str bytes, struct err *err) MUST_USE;

extern const struct command commands[]; /* ends with a NULL name */
#define COMMAND(name) int cmd_##name(const struct options *options);
#include "cli/commands.def"
#undef COMMAND

#endif
