/* progress.h: one line on standard error while evidence is read: bytes of all, rate, time left. Only on a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/base.h"

struct progress {
    bool on;
    u64 total; /* bytes on disk; 0: unknown */
    i64 started, shown;
};

void progress_start(struct progress *progress, u64 total, bool wanted);
void progress_show(void *progress, u64 bytes); /* shaped as the engine's callback */
void progress_end(struct progress *progress);  /* clears the line */

#endif
