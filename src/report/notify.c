#include "report/notify.h"

#define LINES_MAX 200 /* of one kind; the table of what was reached has more */

static const struct json *scope_list(const struct view *view, const char *key)
{
    return json_get(json_get(view->doc, "scope"), key);
}

static bool is_broken_into(const struct view *view)
{
    const str verdict = view_str(view->doc, "verdict");
    return str_eq(verdict, S("COMPROMISED")) || str_eq(verdict, S("LIKELY_COMPROMISED"));
}

static bool is_seen(const struct json *thing)
{
    return str_eq(view_str(thing, "certainty"), S("seen"));
}

/* To be named in an attack is not to be read. */
static bool is_only_named(const struct json *mailbox)
{
    const str access = view_str(mailbox, "access");
    return access.n == 0 || str_eq(access, S("targeted"));
}

static void add_line(const struct view *view, struct notice *to, bool seen, str text,
                     const struct json *thing)
{
    struct lines *const lines = seen ? &to->seen : &to->possible;
    if (text.n && lines->n < LINES_MAX && !lines_has(lines, text))
        lines_add(view, lines,
                  (struct line){.text = text, .ids = view_ids(view, json_get(thing, "findings"))});
}

static struct notice *add_notice(struct notices *all, const char *who, const char *ask,
                                 const char *hint)
{
    assert(all->n < NOTICES_MAX);
    all->p[all->n] = (struct notice){.who = who, .ask = ask, .hint = hint};
    return &all->p[all->n++];
}

/* "Mailbox a@b: opened": seen, or only within reach. */
static void add_mailboxes(const struct view *view, struct notice *to)
{
    VIEW_EACH (scope_list(view, "mailboxes"), mailbox) {
        const str text =
            arena_printf(view->arena, "Mailbox %.*s: %.*s", STR_ARG(view_str(mailbox, "address")),
                         STR_ARG(words_access(view_str(mailbox, "access"))));
        if (view_str(mailbox, "address").n)
            add_line(view, to, is_seen(mailbox) && !is_only_named(mailbox), text, mailbox);
    }
}

static void add_things(const struct view *view, struct notice *to, const char *key,
                       const char *before)
{
    VIEW_EACH (scope_list(view, key), thing) {
        const str name =
            view_str(thing, "name").n ? view_str(thing, "name") : view_str(thing, "what");
        if (name.n)
            add_line(view, to, is_seen(thing),
                     arena_printf(view->arena, "%s%.*s", before, STR_ARG(name)), thing);
    }
}

/* Where code ran, everything on the server was within reach, and reading it that way leaves no
 * record. */
static void add_servers(const struct view *view, struct notice *to)
{
    const str level = view_str(view->doc, "level");
    if (!str_eq(level, S("server")) && !str_eq(level, S("domain")))
        return;
    VIEW_EACH (scope_list(view, "hosts"), host)
        if (view_str(host, "name").n)
            add_line(view, to, false,
                     arena_printf(view->arena, "Every mailbox on %.*s, and what else is kept there",
                                  STR_ARG(view_str(host, "name"))),
                     host);
}

static void add_owner(const struct view *view, struct notices *all)
{
    struct notice *const owner = add_notice(
        all, "The owner and the management of the organisation",
        is_broken_into(view)
            ? "Ask who decides on outside help, on switching off and on what is said outside, and "
              "whether an insurer or a customer must be told by contract."
            : "Ask who has it put right, and by when.",
        NULL);
    add_line(view, owner, true, view_str(view->doc, "sentence"), NULL);
    if (is_broken_into(view))
        add_servers(view, owner);
}

static void add_protection(const struct view *view, struct notices *all)
{
    struct notice *const officer = add_notice(
        all, "The data protection officer",
        "Ask whether personal data lay in what was reached, whether an authority must be told, and "
        "whether those concerned must be.",
        "Where the GDPR applies: to the authority without undue delay and, where feasible, within "
        "72 hours of becoming aware, unless a risk to people is unlikely (Regulation (EU) "
        "2016/679, Art. 33(1)).");
    add_mailboxes(view, officer);
    add_things(view, officer, "data", "Data: ");
    add_servers(view, officer);
}

static void add_mailbox_owners(const struct view *view, struct notices *all)
{
    if (view_count(scope_list(view, "mailboxes")) == 0)
        return;
    struct notice *const owners = add_notice(
        all, "The owners of these mailboxes",
        "Tell them by telephone or in person, not by mail of this server. Ask what lay in the "
        "mailbox that is of use to others: passwords, contracts, health, pay.",
        NULL);
    add_mailboxes(view, owners);
}

static void add_accounts(const struct view *view, struct notices *all)
{
    if (view_count(scope_list(view, "accounts")) + view_count(scope_list(view, "credentials")) == 0)
        return;
    struct notice *const keepers =
        add_notice(all, "Whoever looks after accounts, the domain and the cloud tenant",
                   "Ask which of these accounts are used elsewhere with the same password.", NULL);
    add_things(view, keepers, "accounts", "Account ");
    add_things(view, keepers, "credentials", "Credential: ");
}

static void add_cert(const struct view *view, struct notices *all)
{
    struct notice *const cert =
        add_notice(all, "The national CERT",
                   "Ask whether a report is a duty for you. They can tell whether others are hit "
                   "in the same way: "
                   "send what to look for (leadline report CASE --format csv --table indicators).",
                   "Where NIS 2 applies, for essential and important entities: an early warning "
                   "within 24 hours "
                   "of becoming aware (Directive (EU) 2022/2555, Art. 23(4)).");
    VIEW_EACH (json_get(view->doc, "exploits"), exploit) {
        const str name = view_str(exploit, "name"), cve = view_str(exploit, "cve");
        const str outcome = view_str(exploit, "outcome");
        if (str_eq(outcome, S("attempted")))
            continue;
        add_line(view, cert, str_eq(outcome, S("succeeded")),
                 arena_printf(view->arena, "%.*s%s%.*s: %.*s", STR_ARG(name), name.n ? ", " : "",
                              STR_ARG(cve), STR_ARG(words_outcome(outcome))),
                 NULL);
    }
    add_things(view, cert, "hosts", "Server ");
}

/* Those who wrote to a mailbox that was read, and those who may get answers to what was stolen. */
static void add_partners(const struct view *view, struct notices *all)
{
    struct notice partners = {0};
    VIEW_EACH (scope_list(view, "mailboxes"), mailbox) {
        const str address = view_str(mailbox, "address");
        if (address.n && !is_only_named(mailbox))
            add_line(view, &partners, is_seen(mailbox),
                     arena_printf(view->arena, "What they wrote to %.*s, and had from it",
                                  STR_ARG(address)),
                     mailbox);
    }
    add_things(view, &partners, "data", "Data: ");
    if (partners.seen.n + partners.possible.n == 0)
        return;
    struct notice *const notice =
        add_notice(all, "Partners and customers whose mail lay in these mailboxes",
                   "Tell them another way than by mail, and that messages may come which answer "
                   "stolen ones, with "
                   "new account numbers or attachments.",
                   NULL);
    notice->seen = partners.seen;
    notice->possible = partners.possible;
}

void notify_make(const struct view *view, struct notices *out)
{
    out->n = 0;
    const str verdict = view_str(view->doc, "verdict");
    if (verdict.n == 0 || str_eq(verdict, S("NO_EVIDENCE")))
        return;
    add_owner(view, out);
    if (!is_broken_into(view))
        return;
    add_protection(view, out);
    add_mailbox_owners(view, out);
    add_accounts(view, out);
    add_cert(view, out);
    add_partners(view, out);
}
