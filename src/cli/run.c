#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf.h"
#include "assess/context.h"
#include "cli/progress.h"
#include "report/escape.h"

/* Names of files are evidence too: what cannot be seen, or would move the cursor, is written out;
 * so are bytes that are no UTF-8. */
static void print_safe(str text)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t at = 0; at < text.n;) {
        const size_t from = at;
        const u32 code = utf8_next(text, &at);
        if (code == UTF_BAD && at - from == 1)
            buf_printf(&out, "\\x%02x", (u8)text.p[from]);
        else if (escape_is_hidden(code))
            buf_printf(&out, code < 0x100 ? "\\x%02x" : "\\u{%x}", code);
        else
            buf_add(&out, str_sub(text, from, at));
    }
    fwrite(out.p ? out.p : "", 1, out.n, stderr);
    buf_release(&out);
}

int run_failed(const struct err *err)
{
    fputs("leadline: ", stderr);
    print_safe(str_from(err->msg[0] ? err->msg : status_text(err->status)));
    fputc('\n', stderr);
    return err->status == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

void run_warn(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    const int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    flockfile(stderr); /* workers warn too: lines stay whole */
    fputs("leadline: ", stderr);
    print_safe((str){text, (size_t)n});
    fputc('\n', stderr);
    funlockfile(stderr);
    mem_free(text);
}

/* A name with its middle left out when it is very long: what is said of it must not drown. */
static str short_name(str name, char out[400])
{
    if (str_eq(name, S("-")))
        return S("standard input");
    if (name.n < 400)
        return name;
    const int n = snprintf(out, 400, "%.180s[%zu bytes]%.*s", name.p, name.n - 360, 180,
                           name.p + name.n - 180);
    return (str){out, (size_t)n};
}

void run_warn_refused(str name, const char *limit, str why)
{
    char cut[400];
    const bool password = strcmp(limit, refusal_text(REFUSED_ENCRYPTED)) == 0;
    const char *const what = strcmp(limit, SCAN_REGEX_LIMIT) == 0  ? "not asked of every value"
                             : strcmp(limit, SCAN_CORRELATED) == 0 ? "not complete"
                                                                   : "not read";
    run_warn("%.*s: %s (%s): %.*s%s", STR_ARG(short_name(name, cut)), what, limit, STR_ARG(why),
             password ? " (--password TEXT, more than once to try several)" : "");
}

void run_warn_damage(str name, u64 off, str what, bool carved)
{
    char cut[400];
    run_warn("%.*s: %soffset %llu: %.*s", STR_ARG(short_name(name, cut)),
             carved ? "" : "damaged at ", (unsigned long long)off, STR_ARG(what));
}

void run_warn_unknown(str name, u64 size)
{
    char cut[400];
    run_warn("%.*s: %s", STR_ARG(short_name(name, cut)),
             size ? "not read: no log that leadline knows" : "empty");
}

#define TELL_MAX                                                                                   \
    8 /* lines of one kind: a folder of ten thousand pictures must not push the verdict off the    \
         screen */

void run_tell_losses(const struct scan *scan)
{
    size_t unknown = 0;
    for (size_t i = 0; i < MIN(scan->refusals.n, (size_t)TELL_MAX); i++) {
        const struct scan_refusal *const r = &scan->refusals.p[i];
        char limit[64];
        snprintf(limit, sizeof limit, "%.*s", STR_ARG(r->limit));
        run_warn_refused(r->name, limit, r->why);
    }
    if (scan->refusals.n > TELL_MAX)
        run_warn("%zu more pieces of the evidence were not read", scan->refusals.n - TELL_MAX);
    for (size_t i = 0; i < MIN(scan->damages.n, (size_t)TELL_MAX); i++)
        run_warn_damage(scan->damages.p[i].name, scan->damages.p[i].off, scan->damages.p[i].what,
                        scan->damages.p[i].carved);
    if (scan->damages.n > TELL_MAX)
        run_warn("%zu more places in the evidence are damaged", scan->damages.n - TELL_MAX);
    VEC_EACH (&scan->sources, s)
        if (s->format.n == 0 && !(s->should_be && s->size) && unknown++ < TELL_MAX)
            run_warn_unknown(s->name, s->size);
    if (unknown > TELL_MAX)
        run_warn("%zu more files are no logs that leadline knows", unknown - TELL_MAX);
}

enum status run_nothing_read(const char *const *paths, u32 n_paths, const char *counts,
                             struct err *err)
{
    char cut[400];
    const str name = n_paths == 1 ? short_name(str_from(paths[0]), cut) : S("the evidence");
    return err_set(err, ERR_NOT_FOUND,
                   "nothing in %.*s could be read as a log%s; give Windows event logs (.evtx, or "
                   "as JSON lines), IIS logs or Exchange logs, or "
                   "folders and archives of them",
                   STR_ARG(name), counts);
}

enum status run_scan_read_nothing(const struct scan *scan, struct err *err)
{
    char counts[160];
    snprintf(counts, sizeof counts, " (%zu file%s looked at, %zu refused, %zu damaged place%s)",
             scan->sources.n, scan->sources.n == 1 ? "" : "s", scan->refusals.n, scan->damages.n,
             scan->damages.n == 1 ? "" : "s");
    return run_nothing_read(scan->roots, scan->n_roots, counts, err);
}

enum image_use run_image_use(const struct options *options)
{
    return options->values[OPT_NO_CACHE]       ? IMAGE_NONE
           : options->values[OPT_VERIFY_RULES] ? IMAGE_VERIFY
                                               : IMAGE_KEPT;
}

enum status run_load_rules(const struct options *options, enum image_use use, struct ruleset **out,
                           struct err *err)
{
    const struct ruleset_source source = {
        .paths = options->rules.p,
        .n_paths = (u32)options->rules.n,
        .builtin = !options->values[OPT_NO_BUILTIN],
        .logsources = options->values[OPT_LOGSOURCES],
        .placeholders = options->values[OPT_PLACEHOLDERS],
    };
    if (!source.builtin && source.n_paths == 0)
        return err_set(err, ERR_USAGE, "--no-builtin leaves no rules: name others with --rules");
    TRY(image_load(&source, use, out, err));
    const struct ruleset *const set = *out;
    for (u32 i = 0; i < MIN(set->n_rejected, 5u); i++)
        run_warn("%.*s:%u:%u: rule left out: %.*s", STR_ARG(set->rejected[i].file),
                 set->rejected[i].line, set->rejected[i].col, STR_ARG(set->rejected[i].why));
    if (set->n_rejected > 5)
        run_warn("%u more rules could not be honoured and were left out ('leadline rules check "
                 "PATH' lists them)",
                 set->n_rejected - 5);
    return OK;
}

enum status run_pipeline_options(const struct options *options, struct pipeline_options *out,
                                 struct err *err)
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
        .carve = options->values[OPT_CARVE] != NULL,
    };
    return OK;
}

enum status run_time(const struct options *options, enum option_id id, i64 *out, struct err *err)
{
    const char *const value = options->values[id];
    *out = TIME_NONE;
    if (value && !time_parse(str_from(value), out))
        return err_set(err, ERR_USAGE, "--%s is a time such as 2021-03-02T00:00:00Z, not '%s'",
                       all_options[id].name, value);
    return OK;
}

enum status run_scan_options(const struct options *options, struct scan_options *out,
                             struct err *err)
{
    static const char *const matchers[] = {"fast", "plain", NULL};
    const char *const matcher = options->values[OPT_MATCHER];
    *out = (struct scan_options){.matcher = &matcher_fast};
    TRY(run_pipeline_options(options, &out->pipeline, err));
    if (!matcher)
        return OK;
    TRY(option_word("matcher", matcher, matchers, err));
    out->matcher = strcmp(matcher, "plain") == 0 ? &matcher_plain : &matcher_fast;
    return OK;
}

enum status run_scan(const struct options *options, bool hits_only, const char *spill_folder,
                     struct scan *scan, struct err *err)
{
    struct scan_options run;
    struct progress progress;
    u64 total = 0;
    TRY(run_scan_options(options, &run, err));
    TRY(evidence_size(run.pipeline.paths, run.pipeline.n_paths, &total, err));
    progress_start(&progress, total, !options->values[OPT_NO_PROGRESS]);
    run.hits_only = hits_only;
    run.pipeline.unhashed = hits_only;
    run.progress = progress_show;
    run.progress_arg = &progress;
    run.spill_folder = spill_folder;
    run.zone = scan->context ? &scan->context->zone : NULL;
    const enum status status = scan_run(&run, scan, err);
    progress_end(&progress);
    return status;
}

static enum status write_all(int fd, const char *name, str bytes, struct err *err)
{
    while (bytes.n) {
        const ssize_t n = write(fd, bytes.p, MIN(bytes.n, (size_t)1 << 30));
        if (n > 0) {
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        } else if (n < 0 && errno == EAGAIN) { /* whoever started us left it so */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
        } else if (n == 0 || errno != EINTR) {
            return err_set(err, status_from_errno(errno), "%s: cannot write: %s", name,
                           strerror(errno));
        }
    }
    return OK;
}

/* Beside its place first, so that what stood there is whole until the new one is. */
static enum status replace_file(const char *path, str bytes, struct err *err)
{
    char draft[4096 + 32];
    snprintf(draft, sizeof draft, "%.4096s.incomplete", path);
    const int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return err_set(err, status_from_errno(errno), "%s: cannot open: %s", draft,
                       strerror(errno));
    enum status status = write_all(fd, draft, bytes, err);
    if (status == OK && fsync(fd) != 0)
        status =
            err_set(err, status_from_errno(errno), "%s: cannot write: %s", draft, strerror(errno));
    if (close(fd) != 0 && status == OK)
        status =
            err_set(err, status_from_errno(errno), "%s: cannot write: %s", draft, strerror(errno));
    if (status == OK && rename(draft, path) != 0)
        status = err_set(err, status_from_errno(errno), "%s: cannot put it in place: %s", path,
                         strerror(errno));
    if (status != OK)
        unlink(draft);
    return status;
}

enum status run_write(const char *path, str bytes, struct err *err)
{
    struct stat st;
    if (!path || strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, "standard output", bytes, err);
    if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
        return replace_file(path, bytes, err);
    const int fd = open(path, O_WRONLY | O_TRUNC |
                                  O_CLOEXEC); /* a link, a pipe, a device: it stays what it is */
    if (fd < 0)
        return err_set(err, status_from_errno(errno), "%s: cannot open: %s", path, strerror(errno));
    enum status status = write_all(fd, path, bytes, err);
    if (close(fd) != 0 && status == OK)
        status =
            err_set(err, status_from_errno(errno), "%s: cannot close: %s", path, strerror(errno));
    return status;
}
