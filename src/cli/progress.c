#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/timex.h"

#define EVERY (TIME_SECOND / 5)

void progress_start(struct progress *p, u64 total, bool wanted)
{
    *p = (struct progress){
        .on = wanted && isatty(STDERR_FILENO), .total = total, .started = time_now()};
}

static void print_size(char *out, size_t n, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < COUNT(units); unit++)
        bytes /= 1000;
    snprintf(out, n, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

void progress_show(void *arg, u64 bytes)
{
    struct progress *const p = arg;
    const i64 now = time_now();
    if (!p->on || now - p->shown < EVERY)
        return;
    p->shown = now;
    const double seconds = (double)(now - p->started) / 1e9;
    const double rate = seconds > 0 ? (double)bytes / seconds : 0;
    char done[32], total[32], per_second[32];
    print_size(done, sizeof done, (double)bytes);
    print_size(total, sizeof total, (double)p->total);
    print_size(per_second, sizeof per_second, rate);
    fprintf(stderr, "\r\033[K%s of %s, %s/s", done, total, per_second);
    if (rate > 0 && p->total > bytes) {
        const unsigned left = (unsigned)((double)(p->total - bytes) / rate);
        fprintf(stderr, ", %u:%02u left", left / 60, left % 60);
    }
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->on && p->shown)
        fprintf(stderr, "\r\033[K");
}
