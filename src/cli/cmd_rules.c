/* cmd_rules.c: rules without evidence. Each verb has its file: rules_<verb>.c. */
#include <string.h>

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

static enum status list(const struct options *options, struct buf *out, bool *bad, struct err *err)
{
    (void)bad;
    return rules_list(options, out, err);
}

static enum status explain(const struct options *options, struct buf *out, bool *bad,
                           struct err *err)
{
    (void)bad;
    return rules_explain(options, out, err);
}

#define SET OPT_RULES, OPT_NO_BUILTIN, OPT_LOGSOURCES, OPT_PLACEHOLDERS

/* The verbs, and the options that each takes of those that the command has. */
static const struct verb {
    const char *name;
    enum status (*run)(const struct options *options, struct buf *out, bool *bad, struct err *err);
    enum option_id takes[8]; /* ends with OPT_HELP, which all take */
} verbs[] = {
    {"check", rules_check, {OPT_FORMAT, OPT_STRICT, OPT_LOGSOURCES, OPT_PLACEHOLDERS, OPT_HELP}},
    {"list", list, {OPT_FORMAT, SET, OPT_HELP}},
    {"explain", explain, {OPT_RECORD, SET, OPT_HELP}},
    {"test", rules_test, {OPT_FORMAT, OPT_MATCHER, SET, OPT_HELP}},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* An option that the verb would ignore is a mistake of whoever gave it. */
static enum status check_options(const struct verb *verb, const struct options *options,
                                 struct err *err)
{
    for (enum option_id id = 0; id < OPT_COUNT; id++) {
        const enum option_id *takes = verb->takes;
        while (*takes != OPT_HELP && *takes != id)
            takes++;
        if (options->values[id] && *takes != id)
            return err_set(err, ERR_USAGE,
                           "'rules %s' has no option '--%s'; 'leadline rules --help' lists them",
                           verb->name, all_options[id].name);
    }
    return OK;
}

int cmd_rules(const struct options *options)
{
    const char *const what = options->operands.n ? options->operands.p[0] : "";
    const struct verb *const verb = find_verb(what);
    struct err err = {0};
    struct buf out;
    bool bad = false;
    if (!verb) {
        (void)err_set(&err, ERR_USAGE,
                      *what ? "'rules' takes check, list, explain or test, not '%s'"
                            : "'rules' takes check, list, explain or test",
                      what);
        return run_failed(&err);
    }
    buf_init(&out, (size_t)1 << 30);
    enum status status = check_options(verb, options, &err);
    if (status == OK)
        status = verb->run(options, &out, &bad, &err);
    if (status == OK)
        status = run_write(NULL, buf_str(&out), &err);
    buf_release(&out);
    if (status != OK)
        return run_failed(&err);
    return bad && (verb->run != rules_check || options->values[OPT_STRICT]) ? EXIT_FAILED : 0;
}
