/* cmd_report.c: the report of a case again, from case.db alone. */
#include "base/json.h"
#include "cli/run.h"
#include "report/report.h"
#include "store/case.h"

static const char *const formats[] = {"html", "json", "markdown", "checklist", "csv", NULL};

static enum status check_table(const char *table, const char *format, struct err *err)
{
    if (!table)
        return OK;
    if (strcmp(format, "csv") != 0)
        return err_set(err, ERR_USAGE, "--table goes with --format csv");
    return option_word("table", table, report_tables, err);
}

static enum status report(const struct options *options, const char *format, struct err *err)
{
    struct arena arena = {0};
    struct buf out;
    struct err detail = {0};
    str text;
    const struct json *tree;
    const char *const table = options->values[OPT_TABLE];
    if (options->operands.n != 1)
        return err_set(err, ERR_USAGE,
                       options->operands.n
                           ? "'report' takes one case, not %zu"
                           : "'report' takes a case: the folder that 'leadline assess' left",
                       options->operands.n);
    TRY(option_word("format", format, formats, err));
    TRY(check_table(table, format, err));
    buf_init(&out, (size_t)4 << 30);
    enum status status = case_read_document(options->operands.p[0], &arena, &text, err);
    if (status == OK)
        status = json_parse(text, &arena, &tree, &detail);
    if (status != OK && detail.status != OK)
        (void)err_set(err, status, "%s: the assessment in it is damaged at offset %llu: %s",
                      options->operands.p[0], (unsigned long long)detail.off, detail.msg);
    if (status == OK) {
        status = table ? report_table(table, tree, &out) : report_write(format, tree, &out);
        if (status != OK)
            (void)err_set(err, status, "%s: the report as %s cannot be made: %s",
                          options->operands.p[0], format, status_text(status));
    }
    if (status == OK)
        status = run_write(options->values[OPT_OUTPUT], buf_str(&out), err);
    buf_release(&out);
    arena_release(&arena);
    return status;
}

int cmd_report(const struct options *options)
{
    struct err err = {0};
    const enum status status =
        report(options, options->values[OPT_FORMAT] ? options->values[OPT_FORMAT] : "html", &err);
    return status == OK ? 0 : run_failed(&err);
}
