/* main.c: the table of commands, help and version. Each command is one file, cmd_<name>.c, and one line in commands.def. */
#include <signal.h>
#include <stdio.h>

#include "cli/run.h"

#define EVIDENCE_OPTIONS OPT_RULES, OPT_NO_BUILTIN, OPT_THREADS, OPT_PASSWORD, OPT_NO_PROGRESS, OPT_MATCHER, OPT_HELP, OPT_COUNT

const struct command commands[] = {
    {"assess", "EVIDENCE…", "Read the evidence and say whether the server was broken into.",
     "EVIDENCE is any mix of files, folders and archives; - is standard input. Writes a case (case.db, assessment.json,\n"
     "findings.jsonl, report.html) and prints the verdict. FORMAT is text (default), json or none.\n"
     "Exit status: 0 no evidence of compromise, 3 cannot tell, 4 exposed, 5 attacked, 6 likely compromised, 7 compromised;\n"
     "1 failed, 2 wrong usage.",
     (const enum option_id[]){OPT_OUTPUT, OPT_FORCE, OPT_FORMAT, OPT_SINCE, OPT_UNTIL, OPT_HOST, EVIDENCE_OPTIONS}, cmd_assess},
    {"hunt", "EVIDENCE…", "Print what Sigma rules match, and nothing else.",
     "FORMAT is text (default), jsonl or csv. Times are as recorded: clocks are judged by assess only.",
     (const enum option_id[]){OPT_FORMAT, OPT_LEVEL, EVIDENCE_OPTIONS}, cmd_hunt},
    {"dump", "EVIDENCE…", "Print every event, normalised.", "FORMAT is jsonl (default) or csv.",
     (const enum option_id[]){OPT_FORMAT, OPT_THREADS, OPT_PASSWORD, OPT_NO_PROGRESS, OPT_HELP, OPT_COUNT}, cmd_dump},
    {"report", "CASE", "Write the report of a case again, without the evidence.", "FORMAT is html (default), json, markdown or csv.",
     (const enum option_id[]){OPT_FORMAT, OPT_OUTPUT, OPT_HELP, OPT_COUNT}, cmd_report},
    {"rules", "check PATH… | list | explain RULE EVENT", "Look at rules: what is wrong with them, which are loaded, why one matches.",
     "check PATH…          read the rules and list what was rejected and what looks wrong\n"
     "list                 one line a rule that is loaded\n"
     "explain RULE EVENT   RULE: id or name; EVENT: a file with one event",
     (const enum option_id[]){OPT_RULES, OPT_NO_BUILTIN, OPT_STRICT, OPT_HELP, OPT_COUNT}, cmd_rules},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static void print_help(FILE *to)
{
    fprintf(to, "leadline %s: has this mail server been broken into?\n\nusage: leadline COMMAND [options] …\n\n", LEADLINE_VERSION);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  %-8s %s\n", c->name, c->about);
    fprintf(to, "\n'leadline COMMAND --help' tells more. Start with: leadline assess EVIDENCE…\n");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like any other */
    const char *const name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        printf("leadline %s\n", LEADLINE_VERSION);
        return 0;
    }
    for (const struct command *c = commands; c->name; c++) {
        struct options options;
        struct err err = {0};
        if (strcmp(c->name, name) != 0)
            continue;
        if (options_read(c, argc - 2, argv + 2, &options, &err) != OK)
            return run_failed(&err);
        int status = 0;
        if (options.values[OPT_HELP])
            options_help(c);
        else
            status = c->run(&options);
        options_release(&options);
        return status;
    }
    if (*name)
        fprintf(stderr, "leadline: no command '%.40s'\n", name);
    print_help(stderr);
    return EXIT_USAGE;
}
