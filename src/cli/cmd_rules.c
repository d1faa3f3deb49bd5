/* cmd_rules.c: rules without evidence. Each verb has its file: rules_<verb>.c. */
#include "cli/rules.h"

enum status rules_format(const struct options *options, bool *out_json, struct err *err)
{
    static const char *const formats[] = {"text", "json", NULL};
    const char *const format = options->values[OPT_FORMAT];
    if (format)
        TRY(option_word("format", format, formats, err));
    *out_json = format && strcmp(format, "json") == 0;
    return OK;
}

int cmd_rules(const struct options *options)
{
    const char *const what = options->operands.n ? options->operands.p[0] : "";
    struct err err = {0};
    struct buf out;
    bool bad = false, strict = true;
    buf_init(&out, (size_t)1 << 30);
    enum status status;
    if (strcmp(what, "check") == 0) {
        strict = options->values[OPT_STRICT] != NULL;
        status = rules_check(options, &out, &bad, &err);
    } else if (strcmp(what, "list") == 0) {
        status = rules_list(options, &out, &err);
    } else if (strcmp(what, "explain") == 0) {
        status = rules_explain(options, &out, &err);
    } else if (strcmp(what, "test") == 0) {
        status = rules_test(options, &out, &bad, &err);
    } else {
        status = err_set(&err, ERR_USAGE,
                         *what ? "'rules' takes check, list, explain or test, not '%s'"
                               : "'rules' takes check, list, explain or test",
                         what);
    }
    if (status == OK)
        status = run_write(NULL, buf_str(&out), &err);
    buf_release(&out);
    if (status != OK)
        return run_failed(&err);
    return bad && strict ? EXIT_FAILED : 0;
}
