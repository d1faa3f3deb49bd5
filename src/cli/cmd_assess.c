/* cmd_assess.c: evidence in, verdict out. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assess/assess.h"
#include "assess/context.h"
#include "cli/adding.h"
#include "cli/interrupt.h"
#include "cli/run.h"
#include "report/changes.h"
#include "report/report.h"
#include "report/terminal.h"
#include "store/case.h"

#define DOCUMENT_MAX ((size_t)4 << 30)

struct work {
    const struct options *options;
    struct options given; /* with the evidence of the case that is added to */
    struct adding adding;
    struct ruleset *rules;
    struct scan scan;
    struct context context;
    struct assessment assessment;
    struct document document;
    struct case_writer *writer;
    struct buf json; /* the document */
    struct arena arena;
    const struct json *tree; /* of it */
    char path[4096];         /* of the case */
    char options_text[1024];
    i64 since, until;
    bool assessed;
    enum verdict worst; /* once the document is read back */
    bool kept;          /* the case is in its place */
};

static void release_assessed(struct work *w)
{
    if (w->assessed)
        assessment_release(&w->assessment);
    w->assessed = false;
    if (w->rules) {
        scan_release(&w->scan);
        ruleset_free(w->rules);
    }
    w->rules = NULL;
}

static void default_path(char out[4096], i64 now)
{
    char text[TIME_MAX];
    struct stat st;
    time_format(now - now % TIME_SECOND, text);
    size_t n = (size_t)snprintf(out, 4096, "leadline-");
    for (const char *p = text; *p; p++)
        if (*p != ':' && *p != '-')
            out[n++] = *p;
    out[n] = 0;
    for (int again = 2; again < 1000 && lstat(out, &st) == 0; again++) /* two runs in one second */
        snprintf(out + n, 4096 - n, "-%d", again);
}

static bool lies_in(const char *path, const char *folder)
{
    const str inner = str_from(path), outer = str_from(folder);
    return str_starts(inner, outer) &&
           (inner.n == outer.n || outer.n == 1 || inner.p[outer.n] == '/');
}

/* A case inside the evidence would change it, and be read as evidence the next time; evidence
 * inside a case that is replaced would be gone. */
static enum status check_outside(const char *path, const struct options *options, struct err *err)
{
    char parent[4096], real[4096], own[4096], given[4096];
    snprintf(parent, sizeof parent, "%s", path);
    for (size_t n = strlen(parent); n > 1 && parent[n - 1] == '/'; n--)
        parent[n - 1] = 0;
    char *const slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = 0;
    const bool has_parent = realpath(slash ? parent : ".", real) !=
                            NULL; /* where not, making the case says what is wrong */
    const bool has_own = realpath(path, own) != NULL;
    VEC_EACH (&options->operands, operand) {
        struct stat st;
        if (strcmp(*operand, "-") == 0 || stat(*operand, &st) != 0 || !realpath(*operand, given))
            continue;
        if (has_own && lies_in(given, own))
            return err_set(err, ERR_USAGE,
                           "the evidence %s lies in the case %s: choose another place with -o",
                           *operand, path);
        if (has_parent && S_ISDIR(st.st_mode) && lies_in(real, given))
            return err_set(
                err, ERR_USAGE,
                "the case %s would lie inside the evidence %s: choose another place with -o", path,
                *operand);
    }
    return OK;
}

static void describe_options(const struct options *options, char out[1024])
{
    static const enum option_id ids[] = {OPT_SINCE,        OPT_UNTIL, OPT_HOST,   OPT_NO_BUILTIN,
                                         OPT_PLACEHOLDERS, OPT_CARVE, OPT_CONTEXT};
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < COUNT(ids) && n < 900; i++)
        if (options->values[ids[i]])
            n += (size_t)snprintf(out + n, 1024 - n, "%s--%s%s%.200s", n ? " " : "",
                                  all_options[ids[i]].name, *options->values[ids[i]] ? " " : "",
                                  options->values[ids[i]]);
    VEC_EACH (&options->rules, path)
        if (n < 900)
            n += (size_t)snprintf(out + n, 1024 - n, "%s--rules %.100s", n ? " " : "", *path);
}

/* Not of other people's rules that correlations only build on: those saw all hits, and none is
 * shown. */
static void tell_not_kept(const struct scan *scan)
{
    bool *const hidden = mem_calloc(scan->rules->n_rules + 1, sizeof *hidden);
    corr_hidden(scan->rules, hidden);
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const struct sigma_rule *const rule = scan->rules->rules[i];
        const str title = str_sub(rule->title, 0, 100);
        if (scan->counts[i].hits == scan->counts[i].kept || (hidden[i] && !rule->leadline))
            continue;
        run_warn("rule %.*s%s%.*s%s: %llu hits, of which the first %llu are kept",
                 STR_ARG(rule->id), rule->id.n ? " (" : "", STR_ARG(title), rule->id.n ? ")" : "",
                 (unsigned long long)scan->counts[i].hits,
                 (unsigned long long)scan->counts[i].kept);
    }
    mem_free(hidden);
}

static enum status read_evidence(struct work *w, struct err *err)
{
    w->scan.since = w->since;
    w->scan.until = w->until;
    w->scan.only_host = str_from(w->options->values[OPT_HOST]);
    TRY(run_scan(&w->given, false, case_draft(w->writer), &w->scan, err));
    run_tell_losses(&w->scan);
    tell_not_kept(&w->scan);
    if (w->scan.n_events == 0)
        return run_scan_read_nothing(&w->scan, err);
    if (w->adding.before)
        TRY(adding_check(w->path, &w->adding, &w->scan, err));
    case_set_meta(w->writer, ADDING_META, adding_meta(&w->adding, &w->scan));
    w->assessed = true;
    TRY(assess(&w->scan, &w->assessment, err));
    VEC_EACH (&w->scan.refusals, r)
        if (str_eq(r->limit, S(SCAN_CORRELATED)))
            run_warn_refused(r->name, SCAN_CORRELATED, r->why);
    return OK;
}

static enum status write_document(struct work *w, struct err *err)
{
    struct jsonw json = jsonw_start(&w->json, JSONW_PRETTY);
    document_write(&w->document, &json);
    buf_char(&w->json, '\n');
    return w->json.full
               ? err_set(err, ERR_LIMIT, "the assessment is larger than %zu bytes", w->json.max)
               : OK;
}

/* Of evidence that is added: the document once more, with what changed. */
static enum status tell_changes(struct work *w, struct err *err)
{
    struct buf text;
    const struct json *tree;
    buf_init(&text, DOCUMENT_MAX);
    struct jsonw changes = jsonw_start(&text, JSONW_COMPACT);
    enum status status = json_parse(buf_str(&w->json), &w->arena, &tree, err);
    if (status == OK)
        changes_make(w->adding.before, tree, &changes);
    if (status == OK)
        status = json_parse(buf_str(&text), &w->arena, &w->document.changes, err);
    if (status == OK) {
        buf_reset(&w->json);
        status = write_document(w, err);
    }
    buf_release(&text);
    return status;
}

static enum status make_document(struct work *w, i64 started, struct err *err)
{
    w->document = assessment_document(&w->scan, &w->assessment);
    w->document.started = started;
    w->document.seconds = (double)((time_now() - started) / 1000000) / 1000;
    w->document.options = str_from(w->options_text);
    TRY(write_document(w, err));
    return w->adding.before ? tell_changes(w, err) : OK;
}

static enum status add_findings(struct work *w, struct err *err)
{
    struct findings *const all = &w->assessment.findings;
    struct case_finding *const rows = ARENA_ARRAY(&w->arena, struct case_finding, all->all.n);
    size_t *const ends = ARENA_ARRAY(&w->arena, size_t, all->all.n);
    struct buf lines;
    buf_init(&lines, DOCUMENT_MAX);
    for (size_t i = 0; i < all->all.n; i++) {
        struct jsonw json = jsonw_start(&lines, JSONW_COMPACT);
        document_finding(&w->document, &all->all.p[i], &json);
        ends[i] = lines.n;
        buf_char(&lines, '\n');
    }
    for (size_t i = 0; i < all->all.n; i++) {
        const struct finding *const f = &all->all.p[i];
        rows[i] = (struct case_finding){
            .id = arena_printf(&w->arena, "F%04u", f->id),
            .time = time_text(&w->arena, finding_time(f)),
            .host = w->assessment.hosts.names.p[f->hit->event->host],
            .rule = f->hit->rule->id,
            .level = f->hit->rule->level,
            .stage = f->lead ? str_from(stage_text(f->lead->stage)) : STR_NONE,
            .outcome = f->lead ? str_from(outcome_text(f->lead->outcome)) : STR_NONE,
            .json = str_sub(buf_str(&lines), i ? ends[i - 1] + 1 : 0, ends[i]),
        };
    }
    enum status status = lines.full
                             ? err_set(err, ERR_LIMIT, "the findings are too large")
                             : case_add_file(w->writer, "findings.jsonl", buf_str(&lines), err);
    if (status == OK)
        status = case_add_database(w->writer, buf_str(&w->json), rows, all->all.n, err);
    buf_release(&lines);
    arena_release(&w->arena);
    return status;
}

/* From here on the document is all that there is: its tree takes the place of what it was made of.
 */
static enum status read_document(struct work *w, struct err *err)
{
    w->worst = w->assessment.verdicts.hosts[w->assessment.verdicts.worst].verdict;
    release_assessed(w);
    return json_parse(buf_str(&w->json), &w->arena, &w->tree, err);
}

static enum status write_case(struct work *w, struct err *err)
{
    struct buf html;
    buf_init(&html, DOCUMENT_MAX);
    enum status status = case_add_file(w->writer, "assessment.json", buf_str(&w->json), err);
    if (status == OK && w->adding.before)
        status = case_add_file(w->writer, "assessment.previous.json", w->adding.text, err);
    if (status == OK)
        status = add_findings(w, err);
    if (status == OK)
        status = read_document(w, err);
    if (status == OK) {
        status = report_write("html", w->tree, &html);
        if (status != OK)
            (void)err_set(err, status, "the report is too large");
    }
    if (status == OK)
        status = case_add_file(w->writer, "report.html", buf_str(&html), err);
    buf_release(&html);
    if (status == OK) {
        interrupt_unwatch(); /* from here to the end is a moment, which one may not stop half-way */
        status = case_commit(w->writer, err);
        w->writer = NULL;
        w->kept = status == OK;
    }
    return status;
}

static enum status print_result(struct work *w, const char *format, struct err *err)
{
    if (strcmp(format, "none") == 0)
        return OK;
    if (strcmp(format, "json") == 0)
        return run_write(NULL, buf_str(&w->json), err);
    struct buf text;
    buf_init(&text, 1 << 20);
    terminal_summary(w->tree, str_from(w->path), terminal_of(STDOUT_FILENO), &text);
    const enum status status = run_write(NULL, buf_str(&text), err);
    buf_release(&text);
    return status;
}

/* The evidence, and what the case was made of that it is added to. */
static enum status take_evidence(struct work *w, bool adds, struct scan_options *checked,
                                 struct err *err)
{
    TRY(adding_begin(adds ? w->path : NULL, w->options, &w->adding, err));
    VEC_EACH (&w->adding.roots, root)
        *VEC_PUSH(&w->given.operands) = root->given;
    return run_scan_options(&w->given, checked, err);
}

static enum status assess_all(struct work *w, const char *format, struct err *err)
{
    const i64 started = time_now();
    const char *const given = w->options->values[OPT_OUTPUT];
    if (given && strlen(given) >= sizeof w->path)
        return err_set(err, ERR_USAGE, "the name of the case is too long");
    if (given)
        snprintf(w->path, sizeof w->path, "%s", given);
    else
        default_path(w->path, started);
    struct scan_options checked;
    TRY(run_scan_options(w->options, &checked, err));
    TRY(run_time(w->options, OPT_SINCE, &w->since, err));
    TRY(run_time(w->options, OPT_UNTIL, &w->until, err));
    if (w->since != TIME_NONE && w->until != TIME_NONE && w->since > w->until)
        return err_set(err, ERR_USAGE, "--since is later than --until: nothing would be left");
    TRY(check_outside(w->path, w->options, err));
    if (w->options->values[OPT_CONTEXT])
        TRY(context_load(w->options->values[OPT_CONTEXT], &w->context, err));
    TRY(run_load_rules(w->options, run_image_use(w->options), &w->rules, err));
    scan_init(&w->scan, w->rules);
    if (w->options->values[OPT_CONTEXT])
        w->scan.context = &w->context;
    describe_options(w->options, w->options_text);
    const bool adds = !w->options->values[OPT_FORCE] && adding_is_case(w->path);
    if (adds) { /* nobody else changes it from here on */
        TRY(case_create(w->path, true, &w->writer, err));
        interrupt_watch(case_draft(w->writer));
    }
    TRY(take_evidence(w, adds, &checked, err));
    u64 size;
    TRY(evidence_size(checked.pipeline.paths, checked.pipeline.n_paths, &size,
                      err)); /* what is not there is said before a case is begun */
    if (!adds) {
        TRY(case_create(w->path, w->options->values[OPT_FORCE] != NULL, &w->writer, err));
        interrupt_watch(case_draft(w->writer));
    }
    TRY(read_evidence(w, err));
    TRY(make_document(w, started, err));
    TRY(write_case(w, err));
    return print_result(w, format, err);
}

int cmd_assess(const struct options *options)
{
    static const char *const formats[] = {"text", "json", "none", NULL};
    const char *const format = options->values[OPT_FORMAT] ? options->values[OPT_FORMAT] : "text";
    struct work w = {.options = options, .given = *options};
    w.given.operands.p = NULL; /* its own: take_evidence */
    w.given.operands.n = w.given.operands.cap = 0;
    struct err err = {0};
    buf_init(&w.json, DOCUMENT_MAX);
    enum status status = option_word("format", format, formats, &err);
    if (status == OK)
        status = assess_all(&w, format, &err);
    const int exit_status = status == OK ? verdict_exit_status(w.worst) : run_failed(&err);
    if (status != OK && w.kept)
        run_warn("the case is whole all the same, in %s", w.path);
    interrupt_unwatch();
    case_abort(w.writer);
    release_assessed(&w);
    context_release(&w.context);
    adding_release(&w.adding);
    VEC_FREE(&w.given.operands);
    buf_release(&w.json);
    arena_release(&w.arena);
    return exit_status;
}
