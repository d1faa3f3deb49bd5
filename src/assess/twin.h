/* twin.h: one process start, seen by two logs that tell unlike much of it. Security 4688 does not say which application pool a
 * web server process is of; Sysmon 1 of the same process does. A finding of a rule whose lead is `incomplete` takes the meaning of
 * one that is complete: adding evidence makes nobody guiltier, and nobody more innocent, than the fuller record does. */
#ifndef ASSESS_TWIN_H
#define ASSESS_TWIN_H

#include "assess/finding.h"

#define TWIN_NS (2 * TIME_SECOND) /* two logs see one process start within this */

/* The meaning that the finding at `index` takes from another of the same host, act, process id and program; NULL where there is none, or where
 * it is complete itself. `all` is in order of time. */
const struct lead *twin_lead(const struct findings *findings, size_t index);

#endif
