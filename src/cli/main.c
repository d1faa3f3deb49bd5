/* main.c: the table of commands, help and version. Each command is one file, cmd_<name>.c, and one
 * line in commands.def. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/run.h"

#define EVIDENCE_OPTIONS                                                                           \
    OPT_RULES, OPT_NO_BUILTIN, OPT_LOGSOURCES, OPT_PLACEHOLDERS, OPT_NO_CACHE, OPT_VERIFY_RULES,   \
        OPT_CARVE, OPT_THREADS, OPT_PASSWORD, OPT_NO_PROGRESS, OPT_MATCHER, OPT_HELP, OPT_COUNT

const struct command commands[] = {
    {"assess", "EVIDENCE…", "Read the evidence and say whether the server was broken into.",
     "EVIDENCE is any mix of files, folders and archives; - is standard input. Writes a case "
     "(case.db, assessment.json,\n"
     "findings.jsonl, report.html) and prints the verdict; of a case that exists, the evidence is "
     "added to it, and\n"
     "what changed is said. FORMAT is text (default), json or none.\n"
     "Exit status: 0 no evidence of compromise, 3 cannot tell, 4 exposed, 5 attacked, 6 likely "
     "compromised, 7 compromised;\n"
     "1 failed, 2 wrong usage.",
     (const enum option_id[]){OPT_OUTPUT, OPT_FORCE, OPT_FORMAT, OPT_CONTEXT, OPT_SINCE, OPT_UNTIL,
                              OPT_HOST, EVIDENCE_OPTIONS},
     cmd_assess},
    {"hunt", "EVIDENCE…", "Print what Sigma rules match, and nothing else.",
     "FORMAT is text (default), jsonl or csv. Times are as recorded: clocks are judged by assess "
     "only.",
     (const enum option_id[]){OPT_FORMAT, OPT_LEVEL, EVIDENCE_OPTIONS}, cmd_hunt},
    {"dump", "EVIDENCE…", "Print every event, normalised.", "FORMAT is jsonl (default) or csv.",
     (const enum option_id[]){OPT_FORMAT, OPT_CARVE, OPT_THREADS, OPT_PASSWORD, OPT_NO_PROGRESS,
                              OPT_HELP, OPT_COUNT},
     cmd_dump},
    {"report", "CASE", "Write the report of a case again, without the evidence.",
     "FORMAT is html (default), json, markdown, checklist (what to do, to tick off) or csv.\n"
     "TABLE, of csv, is findings (default), timeline (loads in Timesketch), indicators or "
     "coverage.",
     (const enum option_id[]){OPT_FORMAT, OPT_TABLE, OPT_OUTPUT, OPT_HELP, OPT_COUNT}, cmd_report},
    {"rules", "check PATH… | list | explain RULE EVENT | test DIR",
     "Look at rules: what is wrong with them, which are loaded, why one matches, whether they do.",
     "check PATH…          read the rules and list what was rejected and what looks wrong\n"
     "list                 which rules are loaded, which are not and why, which no evidence can "
     "meet\n"
     "explain RULE EVENT   RULE: id or name; EVENT: a log, or - for JSON on standard input\n"
     "test DIR             regression cases as SigmaHQ keeps them; status 1 when one fails\n"
     "FORMAT is text (default) or json, of check, list and test; --rules and --no-builtin are of "
     "list, "
     "explain and test,\n"
     "--strict is of check, --record of explain, --matcher of test.",
     (const enum option_id[]){OPT_RULES, OPT_NO_BUILTIN, OPT_LOGSOURCES, OPT_PLACEHOLDERS,
                              OPT_FORMAT, OPT_STRICT, OPT_RECORD, OPT_MATCHER, OPT_HELP, OPT_COUNT},
     cmd_rules},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static void add_help(struct buf *out)
{
    buf_printf(out,
               "leadline %s: has this mail server been broken into?\n\nusage: leadline COMMAND "
               "[options] …\n\n",
               LEADLINE_VERSION);
    for (const struct command *c = commands; c->name; c++)
        buf_printf(out, "  %-8s %s\n", c->name, c->about);
    buf_printf(out,
               "\n'leadline COMMAND --help' tells more. Start with: leadline assess EVIDENCE…\n");
}

static const struct command *find_command(const char *name)
{
    const struct command *c = commands;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    return c->name ? c : NULL;
}

/* Help, of one command or of all, and the version are output like any other: a full disk is a
 * failure. */
static int print_text(const struct command *command, bool version)
{
    struct buf out;
    struct err err = {0};
    buf_init(&out, 1 << 16);
    if (version)
        buf_printf(&out, "leadline %s\n", LEADLINE_VERSION);
    else if (command)
        options_help(command, &out);
    else
        add_help(&out);
    const enum status status = run_write(NULL, buf_str(&out), &err);
    buf_release(&out);
    return status == OK ? 0 : run_failed(&err);
}

static int wrong_command(const char *name)
{
    struct buf out;
    struct err err = {0};
    buf_init(&out, 1 << 16);
    add_help(&out);
    if (*name) {
        (void)err_set(&err, ERR_USAGE,
                      name[0] == '-'
                          ? "there is no option '%.40s' here: options stand behind the command"
                          : "there is no command '%.40s'",
                      name);
        (void)run_failed(&err);
        fputc('\n', stderr);
    }
    fprintf(stderr, "%.*s", (int)out.n, out.p);
    buf_release(&out);
    return EXIT_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct options options;
    struct err err = {0};
    if (options_read(command, argc, argv, &options, &err) != OK)
        return run_failed(&err);
    const int status =
        options.values[OPT_HELP] ? print_text(command, false) : command->run(&options);
    options_release(&options);
    return status;
}

/* A program that was started with one of these closed would get its own file under that number, and
 * write its messages into it. What is opened instead can be neither read nor written to any effect.
 */
static void hold_standard_files(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    (void)setlocale(LC_CTYPE,
                    "C.UTF-8"); /* archives hold names in UTF-8; nothing else looks at it */
    signal(SIGPIPE, SIG_IGN);   /* a closed pipe is a write error like any other */
    const char *const name = argc > 1 ? argv[1] : "";
    const struct command *const command = find_command(name);
    if (command)
        return run_command(command, argc - 2, argv + 2);
    const bool help =
        strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    const bool version = strcmp(name, "--version") == 0;
    if (argc == 2 && (help || version))
        return print_text(NULL, version);
    if (argc == 3 && help && find_command(argv[2]))
        return print_text(find_command(argv[2]), false);
    return wrong_command(argc > 2 && (help || version) ? argv[2] : name);
}
