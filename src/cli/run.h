/* run.h: what commands share: rules and evidence from options, messages on standard error, and whole outputs. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "base/buf.h"
#include "cli/options.h"
#include "engine/scan_run.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

/* "leadline: …" on standard error, with the text made safe for a terminal. Returns the exit status that fits. */
int run_failed(const struct err *err);
void run_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

enum status run_load_rules(const struct options *options, struct ruleset **out, struct err *err) MUST_USE;
enum status run_pipeline_options(const struct options *options, struct pipeline_options *out, struct err *err) MUST_USE;
enum status run_time(const struct options *options, enum option_id id, i64 *out, struct err *err) MUST_USE;
/* Read the evidence, with a progress line when standard error is a terminal. */
enum status run_scan(const struct options *options, struct scan *scan, struct err *err) MUST_USE;

/* All of `bytes` to a file or, with path NULL, to standard output. */
enum status run_write(const char *path, str bytes, struct err *err) MUST_USE;

extern const struct command commands[]; /* ends with a NULL name */
#define COMMAND(name) int cmd_##name(const struct options *options);
#include "cli/commands.def"
#undef COMMAND

#endif
