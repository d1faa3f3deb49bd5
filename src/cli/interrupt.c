#include "cli/interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static char draft_path[4096 + 16], left_text[4096 + 256]; /* written before the handler is there */
static const char gone_text[] = "\nleadline: interrupted; no case was written\n";

/* Only what a handler may do: write, rmdir, raise. rmdir takes nothing that has something in it. */
static void on_signal(int number)
{
    const bool gone = rmdir(draft_path) == 0;
    const char *const text = gone ? gone_text : left_text;
    (void)!write(STDERR_FILENO, text, strlen(text));
    signal(number, SIG_DFL);
    raise(number); /* takes effect when the handler returns */
}

static void set(void (*handler)(int), void (*only_where)(int))
{
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct sigaction old, action = {.sa_handler = handler};
        sigfillset(&action.sa_mask);
        if (sigaction(signals[i], NULL, &old) == 0 &&
            old.sa_handler == only_where) /* what nohup ignores stays ignored */
            sigaction(signals[i], &action, NULL);
    }
}

void interrupt_watch(const char *draft)
{
    snprintf(draft_path, sizeof draft_path, "%s", draft);
    size_t n = (size_t)snprintf(left_text, sizeof left_text,
                                "\nleadline: interrupted; what was begun is left in ");
    for (const char *p = draft; *p && n + 160 < sizeof left_text; p++)
        left_text[n++] = (unsigned char)*p < 0x20 || *p == 0x7F ? '?' : *p;
    snprintf(left_text + n, sizeof left_text - n,
             " and is no case; the same command again removes it\n");
    set(on_signal, SIG_DFL);
}

void interrupt_unwatch(void)
{
    set(SIG_DFL, on_signal);
}
