#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/progress.h"

/* Names of files are evidence too: no control byte of theirs reaches the terminal. */
static void print_safe(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            fprintf(stderr, "\\x%02x", (unsigned char)*p);
        else
            fputc(*p, stderr);
}

int run_failed(const struct err *err)
{
    fputs("leadline: ", stderr);
    print_safe(err->msg[0] ? err->msg : status_text(err->status));
    fputc('\n', stderr);
    return err->status == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

void run_warn(const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fputs("leadline: ", stderr);
    print_safe(text);
    fputc('\n', stderr);
}

enum status run_load_rules(const struct options *options, struct ruleset **out, struct err *err)
{
    const struct ruleset_source source = {
        .paths = options->rules.p,
        .n_paths = (u32)options->rules.n,
        .builtin = !options->values[OPT_NO_BUILTIN],
    };
    return ruleset_load(&source, out, err);
}

enum status run_pipeline_options(const struct options *options, struct pipeline_options *out, struct err *err)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    u64 threads = cores > 0 ? (u64)cores : 1;
    const char *const given = options->values[OPT_THREADS];
    if (given && (!str_u64(str_from(given), &threads) || threads < 1 || threads > 256))
        return err_set(err, ERR_USAGE, "--threads is a number from 1 to 256, not '%s'", given);
    if (options->operands.n == 0)
        return err_set(err, ERR_USAGE, "no evidence given: name files, folders or archives");
    *out = (struct pipeline_options){
        .paths = options->operands.p,
        .n_paths = (u32)options->operands.n,
        .threads = (u32)threads,
        .passwords = options->passwords.p,
        .n_passwords = (u32)options->passwords.n,
    };
    return OK;
}

enum status run_time(const struct options *options, enum option_id id, i64 *out, struct err *err)
{
    const char *const value = options->values[id];
    *out = TIME_NONE;
    if (value && !time_parse(str_from(value), out))
        return err_set(err, ERR_USAGE, "--%s is a time such as 2021-03-02T00:00:00Z, not '%s'", all_options[id].name, value);
    return OK;
}

enum status run_scan(const struct options *options, struct scan *scan, struct err *err)
{
    static const char *const matchers[] = {"fast", "plain", NULL};
    struct scan_options run = {.matcher = &matcher_fast};
    const char *const matcher = options->values[OPT_MATCHER];
    struct progress progress;
    u64 total = 0;
    TRY(run_pipeline_options(options, &run.pipeline, err));
    if (matcher) {
        TRY(option_word("matcher", matcher, matchers, err));
        run.matcher = strcmp(matcher, "plain") == 0 ? &matcher_plain : &matcher_fast;
    }
    TRY(evidence_size(run.pipeline.paths, run.pipeline.n_paths, &total, err));
    progress_start(&progress, total, !options->values[OPT_NO_PROGRESS]);
    run.progress = progress_show;
    run.progress_arg = &progress;
    const enum status status = scan_run(&run, scan, err);
    progress_end(&progress);
    return status;
}

enum status run_write(const char *path, str bytes, struct err *err)
{
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : STDOUT_FILENO;
    const char *const name = path ? path : "standard output";
    enum status status = OK;
    if (fd < 0)
        return err_set(err, status_from_errno(errno), "%s: cannot open: %s", name, strerror(errno));
    while (bytes.n && status == OK) {
        const ssize_t n = write(fd, bytes.p, MIN(bytes.n, (size_t)1 << 30));
        if (n > 0)
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        else if (n == 0 || errno != EINTR)
            status = err_set(err, status_from_errno(errno), "%s: cannot write: %s", name, strerror(errno));
    }
    if (path && close(fd) != 0 && status == OK)
        status = err_set(err, status_from_errno(errno), "%s: cannot close: %s", name, strerror(errno));
    return status;
}
