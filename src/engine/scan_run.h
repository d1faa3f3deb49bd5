/* scan_run.h: evidence and rules to a scan: every event observed, every rule asked, what matched copied out. */
#ifndef ENGINE_SCAN_RUN_H
#define ENGINE_SCAN_RUN_H

#include "assess/scan.h"
#include "engine/pipeline.h"

struct scan_options {
    struct pipeline_options pipeline;
    const struct matcher_ops *matcher;
    bool hits_only; /* nothing will be assessed: of what was observed, only which host a source speaks of */
    const struct time_zone *zone; /* of times that name none (parse.h), or NULL */
    const char *spill_folder; /* for what memory does not hold (base/spill.h), or NULL */
    void (*progress)(void *arg, u64 bytes); /* NULL: none */
    void *progress_arg;
};

/* scan must be initialised; its roots are set from the options. */
enum status scan_run(const struct scan_options *options, struct scan *scan, struct err *err) MUST_USE;

#endif
