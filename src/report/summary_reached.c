/* summary_reached.c: what the intruder got at, one line each, the widest first. */
#include "report/place.h"
#include "report/summary.h"

#define THINGS_MAX 200 /* of one kind; the table has more */

static str sure_of(const struct json *thing)
{
    const str certainty = view_str(thing, "certainty");
    return str_eq(certainty, S("seen")) ? S("certain") : certainty;
}

static str thing_name(const struct json *thing)
{
    static const char *const keys[] = {"address", "name", "account", "path", "what", "host"};
    str name = view_scalar(thing);
    for (size_t i = 0; i < COUNT(keys) && name.n == 0; i++)
        name = view_str(thing, keys[i]);
    return name;
}

/* ---- the level ---- */

static bool has_tag(const struct json *finding, const char *tag)
{
    VIEW_EACH (json_get(json_get(finding, "rule"), "tags"), own)
        if (str_starts(view_scalar(own), str_from(tag)))
            return true;
    return false;
}

/* Findings of stolen credentials (ATT&CK T1003); is_proof: the directory itself was copied, and it
 * worked. */
static struct view_ids domain_ids(const struct view *view, bool *is_proof)
{
    struct view_ids ids = {.p = ARENA_ARRAY(view->arena, str, view->n_findings + 1)};
    *is_proof = false;
    for (size_t i = 0; i < view->n_findings; i++) {
        const struct json *const finding = view->findings[i];
        if (!has_tag(finding, "attack.t1003"))
            continue;
        ids.p[ids.n++] = view_text(finding, "id");
        *is_proof |= str_eq(view_str(finding, "outcome"), S("succeeded")) &&
                     (has_tag(finding, "attack.t1003.003") || has_tag(finding, "attack.t1003.006"));
    }
    return ids;
}

static void add_domain(const struct view *view, struct lines *reached)
{
    bool is_proof;
    const struct view_ids ids = domain_ids(view, &is_proof);
    if (is_proof)
        lines_add(view, reached, (struct line){S("The domain"), S(""), S("certain"), ids});
    else
        lines_add(view, reached,
                  (struct line){S("The domain: treat as lost"), S(""), S("possible"), ids});
}

static void add_servers(const struct view *view, struct lines *reached)
{
    size_t n = 0;
    VIEW_EACH (json_get(json_get(view->doc, "scope"), "hosts"), host) {
        const str name = thing_name(host);
        if (name.n && n++ < THINGS_MAX)
            lines_add(view, reached,
                      (struct line){arena_printf(view->arena, "The server %.*s", STR_ARG(name)),
                                    S(""), sure_of(host),
                                    view_ids(view, json_get(host, "findings"))});
    }
}

static void add_level(const struct view *view, struct lines *reached)
{
    const str level = view_str(view->doc, "level");
    add_servers(view, reached);
    if (str_eq(level, S("domain")))
        add_domain(view, reached);
    else if (level.n && reached->n == 0)
        lines_text(view, reached, words_level(level));
}

/* ---- things ---- */

static struct line mailbox_line(const struct view *view, const struct json *mailbox)
{
    const str access = view_str(mailbox, "access"), name = thing_name(mailbox);
    const bool is_named = str_eq(access, S("targeted"));
    return (struct line){arena_printf(view->arena, "Mailbox %.*s%s%.*s", STR_ARG(name),
                                      access.n ? ": " : "", STR_ARG(words_access(access))),
                         .sure = is_named ? S("") : sure_of(mailbox)};
}

/* "Credential: NAME", with its note when it has one. */
static struct line named_line(const struct view *view, const char *kind, const struct json *thing)
{
    const str name = thing_name(thing), what = view_str(thing, "what");
    const bool is_noted = what.n && !str_eq(what, name);
    return (struct line){arena_printf(view->arena, "%s%.*s%s%.*s%s", kind, STR_ARG(name),
                                      is_noted ? " (" : "", STR_ARG(is_noted ? what : S("")),
                                      is_noted ? ")" : ""),
                         .sure = sure_of(thing)};
}

/* The note of an account says what it did: "started the script". */
static struct line account_line(const struct view *view, const struct json *account)
{
    const str what = view_str(account, "what"), name = thing_name(account);
    if (str_istarts(what, S("started")))
        return (struct line){
            arena_printf(view->arena, "Account the attack was run from: %.*s", STR_ARG(name)),
            .sure = sure_of(account)};
    return named_line(view, "Account ", account);
}

static struct line credential_line(const struct view *view, const struct json *thing)
{
    return named_line(view, "Credential: ", thing);
}

static struct line data_line(const struct view *view, const struct json *thing)
{
    return named_line(view, "Data: ", thing);
}

static struct line file_line(const struct view *view, const struct json *file)
{
    const str name = place_last_part(thing_name(file)), what = view_str(file, "what");
    return (struct line){arena_printf(view->arena, "File %.*s%s%.*s", STR_ARG(name),
                                      what.n ? ": " : "", STR_ARG(what)),
                         .sure = sure_of(file)};
}

static void add_things(const struct view *view, const char *key,
                       struct line (*make)(const struct view *, const struct json *),
                       struct lines *reached)
{
    size_t n = 0;
    VIEW_EACH (json_get(json_get(view->doc, "scope"), key), thing) {
        if (thing_name(thing).n == 0 || n++ >= THINGS_MAX)
            continue;
        struct line line = make(view, thing);
        if (view_has_hosts(view) && view_str(thing, "host").n)
            line.more = arena_printf(view->arena, "on %.*s", STR_ARG(view_str(thing, "host")));
        line.ids = view_ids(view, json_get(thing, "findings"));
        lines_add(view, reached, line);
    }
}

void summary_reached(const struct view *view, struct lines *reached)
{
    add_level(view, reached);
    add_things(view, "mailboxes", mailbox_line, reached);
    add_things(view, "data", data_line, reached);
    add_things(view, "accounts", account_line, reached);
    add_things(view, "credentials", credential_line, reached);
    add_things(view, "files", file_line, reached);
    if (reached->n == 0)
        lines_text(view, reached, S("Nothing was seen to be reached."));
}
