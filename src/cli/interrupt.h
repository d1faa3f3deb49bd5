/* interrupt.h: Ctrl-C and its like during a run: one sentence that says what is left, and death by that signal, so that a shell sees
 * status 130. Nothing is saved: a case is either whole or not there, and the next run sweeps away what this one began. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From here on. `draft`: the folder that is being made, removed if nothing is in it yet, else named; it is copied. */
void interrupt_watch(const char *draft);
void interrupt_unwatch(void);

#endif
