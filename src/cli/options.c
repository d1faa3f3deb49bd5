#include "cli/options.h"

#include <stdio.h>

#include "base/str.h"

const struct option all_options[OPT_COUNT] = {
    [OPT_HELP] = {OPT_HELP, "help", 'h', NULL, "show this help"},
    [OPT_OUTPUT] =
        {OPT_OUTPUT, "output", 'o', "PATH",
         "where the result goes (assess: the case folder, default ./leadline-<UTC start>)"},
    [OPT_FORMAT] = {OPT_FORMAT, "format", 0, "FORMAT", "form of the output"},
    [OPT_RULES] = {OPT_RULES, "rules", 0, "PATH",
                   "add the Sigma rules of a file or folder; may be given again"},
    [OPT_NO_BUILTIN] = {OPT_NO_BUILTIN, "no-builtin", 0, NULL,
                        "leave out the rules that ship with the program"},
    [OPT_PLACEHOLDERS] = {OPT_PLACEHOLDERS, "placeholders", 0, "FILE",
                          "values for %names% in rules (expand): YAML, a map of names to lists"},
    [OPT_THREADS] =
        {OPT_THREADS, "threads", 0, "N",
         "worker threads (default: the cores there are); the result does not depend on it"},
    [OPT_SINCE] = {OPT_SINCE, "since", 0, "TIME", "leave out what happened before (RFC 3339, UTC)"},
    [OPT_UNTIL] = {OPT_UNTIL, "until", 0, "TIME", "leave out what happened after"},
    [OPT_HOST] = {OPT_HOST, "host", 0, "NAME", "only this host"},
    [OPT_NO_PROGRESS] = {OPT_NO_PROGRESS, "no-progress", 0, NULL, "no progress line"},
    [OPT_FORCE] = {OPT_FORCE, "force", 0, NULL,
                   "replace a case that exists, instead of adding to it"},
    [OPT_PASSWORD] = {OPT_PASSWORD, "password", 0, "TEXT",
                      "try this password on encrypted archives; may be given again"},
    [OPT_LEVEL] =
        {OPT_LEVEL, "level", 0, "LEVEL",
         "only rules of this level and above: informational, low, medium, high, critical"},
    [OPT_MATCHER] = {OPT_MATCHER, "matcher", 0, "NAME", "fast (default) or plain, the slow oracle"},
    [OPT_STRICT] = {OPT_STRICT, "strict", 0, NULL, "a rejected rule is a failure"},
    [OPT_LOGSOURCES] = {OPT_LOGSOURCES, "logsources", 0, "FILE",
                        "a log source map in the place of the one that ships"},
    [OPT_NO_CACHE] = {OPT_NO_CACHE, "no-cache", 0, NULL,
                      "neither use nor keep compiled rules in the user's cache folder"},
    [OPT_VERIFY_RULES] = {OPT_VERIFY_RULES, "verify-rules", 0, NULL,
                          "read every rule file, also when compiled rules are kept of them"},
    [OPT_CARVE] = {OPT_CARVE, "carve", 0, NULL,
                   "also find records in slack, damaged chunks and raw bytes, marked as carved"},
    [OPT_TABLE] = {OPT_TABLE, "table", 0, "TABLE", "which table --format csv writes"},
    [OPT_CONTEXT] = {OPT_CONTEXT, "context", 0, "FILE",
                     "what is your own: scanners, administrators, maintenance, time zone"},
    [OPT_RECORD] = {OPT_RECORD, "record", 0, "N",
                    "only the record with this number (event log: record id, text: line)"},
};

static const struct option *find_option(const struct command *command, str name, char letter)
{
    for (const enum option_id *id = command->options; *id != OPT_COUNT; id++) {
        const struct option *const option = &all_options[*id];
        if (letter ? option->letter == letter : str_eq(name, str_from(option->name)))
            return option;
    }
    return NULL;
}

static void take(struct options *out, const struct option *option, const char *value)
{
    out->values[option->id] = value ? value : "";
    if (option->id == OPT_RULES)
        *VEC_PUSH(&out->rules) = value;
    if (option->id == OPT_PASSWORD)
        *VEC_PUSH(&out->passwords) = value;
}

/* One argument that begins with '-'. *at may move on to the option's value. */
static enum status read_option(const struct command *command, int argc, char **argv, int *at,
                               struct options *out, struct err *err)
{
    const str arg = str_from(argv[*at]);
    const bool is_long = str_starts(arg, S("--"));
    const size_t equals = is_long ? str_find_char(arg, '=') : SIZE_MAX;
    const struct option *const option = is_long ? find_option(command, str_sub(arg, 2, equals), 0)
                                        : arg.n == 2 ? find_option(command, STR_NONE, arg.p[1])
                                                     : NULL;
    if (!option)
        return err_set(err, ERR_USAGE, "'%s' has no option '%.*s'; 'leadline %s --help' lists them",
                       command->name, STR_ARG(str_sub(arg, 0, equals)), command->name);
    if (!option->value) {
        if (equals != SIZE_MAX)
            return err_set(err, ERR_USAGE, "--%s takes no value", option->name);
        take(out, option, NULL);
        return OK;
    }
    const char *value = equals != SIZE_MAX ? arg.p + equals + 1 : NULL;
    if (!value) {
        if (*at + 1 >= argc)
            return err_set(err, ERR_USAGE, "--%s needs a value (%s)", option->name, option->value);
        value = argv[++*at];
    }
    if (!*value)
        return err_set(err, ERR_USAGE, "--%s was given an empty value", option->name);
    take(out, option, value);
    return OK;
}

enum status options_read(const struct command *command, int argc, char **argv, struct options *out,
                         struct err *err)
{
    *out = (struct options){0};
    bool operands_only = false;
    for (int at = 0; at < argc; at++) {
        enum status status = OK;
        if (!operands_only && strcmp(argv[at], "--") == 0)
            operands_only = true;
        else if (!operands_only && argv[at][0] == '-' && argv[at][1])
            status = read_option(command, argc, argv, &at, out, err);
        else
            *VEC_PUSH(&out->operands) = argv[at];
        if (status != OK) {
            options_release(out);
            return status;
        }
    }
    return OK;
}

void options_release(struct options *options)
{
    VEC_FREE(&options->rules);
    VEC_FREE(&options->passwords);
    VEC_FREE(&options->operands);
}

void options_help(const struct command *command, struct buf *out)
{
    buf_printf(out, "usage: leadline %s [options] %s\n\n%s\n", command->name, command->operands,
               command->about);
    if (command->more)
        buf_printf(out, "\n%s\n", command->more);
    buf_printf(out, "\noptions:\n");
    for (const enum option_id *id = command->options; *id != OPT_COUNT; id++) {
        const struct option *const o = &all_options[*id];
        char left[64];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        buf_printf(out, "  %-24s %s\n", left, o->help);
    }
}

enum status option_word(const char *name, const char *value, const char *const *words,
                        struct err *err)
{
    char list[200] = "";
    size_t n = 0;
    for (; *words; words++) {
        if (strcmp(value, *words) == 0)
            return OK;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", *words);
    }
    return err_set(err, ERR_USAGE, "--%s is one of %s, not '%s'", name, list, value);
}
