#include "assess/context.h"

#include "base/mem.h"

const char *context_kind_text(enum context_kind kind)
{
    static const char *const words[] = {"own scanner", "administrator", "maintenance",
                                        "declared page"};
    return words[kind];
}

/* ---- what a record says of who did it, and from where ---- */

static const char *const address_fields[] = {"c-ip",      "ClientIpAddress", "ClientIP",
                                             "IpAddress", "SourceIp",        "SourceAddress"};
static const char *const account_fields[] = {"User", "cs-username", "AuthenticatedUser",
                                             "SubjectUserName", "TargetUserName"};
static const char *const station_fields[] = {"WorkstationName", "Workstation"};

static str first_of(const struct scan_event *event, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const str text = scan_field(event, str_from(names[i]));
        if (text.n && !str_eq(text, S("-")))
            return text;
    }
    return STR_NONE;
}

/* The cmdlet log names who called third. */
static str account_of(const struct scan_event *event)
{
    if (str_eq(event->channel, S("MSExchange Management")))
        return scan_field(event, S("param3"));
    return first_of(event, account_fields, COUNT(account_fields));
}

/* "CONTOSO\adm-kim", where the record has domain and name in two fields. */
static bool is_account(str declared, const struct scan_event *event, str account)
{
    const str domain = scan_field(event, S("SubjectDomainName"));
    const size_t slash = str_find_char(declared, '\\');
    if (str_ieq(declared, account))
        return true;
    return slash != SIZE_MAX && domain.n &&
           str_eq(account, scan_field(event, S("SubjectUserName"))) &&
           str_ieq(str_sub(declared, 0, slash), domain) &&
           str_ieq(str_sub(declared, slash + 1, declared.n), account);
}

static bool is_among(str text, const str *all, u32 n)
{
    for (u32 i = 0; i < n; i++)
        if (str_ieq(all[i], text) || str_ieq(all[i], host_short(text)))
            return true;
    return false;
}

/* Scanners are known by the requests that they send; what else a record with their address tells is
 * not theirs to explain. */
static bool is_request(const struct scan_event *event)
{
    return !str_starts(event->kind, S("evtx"));
}

/* Where the record names where its client was, it must be one of the declared places. */
static bool is_at_work(const struct context_entry *entry, const struct scan_event *event)
{
    const str address = first_of(event, address_fields, COUNT(address_fields)),
              station = first_of(event, station_fields, COUNT(station_fields));
    if (entry->n_nets + entry->n_workstations == 0)
        return true;
    if (address.n && entry->n_nets && !context_covers(entry->nets, entry->n_nets, address))
        return false;
    return !(station.n && entry->n_workstations &&
             !is_among(station, entry->workstations, entry->n_workstations));
}

static bool is_path(str declared, str path)
{
    if (str_ends(declared, S("*")))
        return str_istarts(path, str_sub(declared, 0, declared.n - 1));
    return str_ieq(declared, path);
}

static bool is_page(const struct context_entry *entry, const struct scan_event *event)
{
    static const char *const fields[] = {"cs-uri-stem", "UrlStem"};
    const str path = first_of(event, fields, COUNT(fields));
    for (u32 i = 0; i < entry->n_paths && path.n; i++)
        if (is_path(entry->paths[i], path))
            return true;
    return false;
}

static bool is_maintenance(const struct context_entry *entry, const struct scan_event *event)
{
    return event->time != TIME_NONE && event->time >= entry->from && event->time <= entry->to &&
           (entry->n_hosts == 0 || is_among(event->host_text, entry->hosts, entry->n_hosts));
}

/* Who it is by this entry, as the record writes it: an address, an account. For entries that only
 * mark, the name of the entry. Empty: the entry says nothing of the record. */
static str match(const struct context_entry *entry, const struct scan_event *event)
{
    const str address = first_of(event, address_fields, COUNT(address_fields)),
              account = account_of(event);
    switch (entry->kind) {
    case CONTEXT_SCANNER:
        return is_request(event) && context_covers(entry->nets, entry->n_nets, address) ? address
                                                                                        : STR_NONE;
    case CONTEXT_ADMINISTRATOR:
        for (u32 i = 0; i < entry->n_accounts; i++)
            if (account.n && is_account(entry->accounts[i], event, account) &&
                is_at_work(entry, event))
                return entry->accounts[i];
        return STR_NONE;
    case CONTEXT_MAINTENANCE:
        return is_maintenance(entry, event) ? entry->name : STR_NONE;
    case CONTEXT_PAGE:
        return is_page(entry, event) ? entry->name : STR_NONE;
    }
    return STR_NONE;
}

/* ---- what may be explained ---- */

/* Rules 1 and 2 of the verdict may go by it, or it is on the way there. */
static bool is_more(const struct lead *lead)
{
    return lead && !lead->supports && !lead_asks(lead) &&
           (lead->stage > STAGE_ATTEMPT || lead->effect != EFFECT_NONE || lead->sign ||
            lead->artefact || lead->cleared || lead->outcome == OUTCOME_SUCCEEDED);
}

static bool may_explain(enum context_kind kind, const struct lead *lead)
{
    if (is_more(lead) || (lead && lead->supports))
        return false;
    return kind == CONTEXT_SCANNER         ? !lead || lead->stage <= STAGE_ATTEMPT
           : kind == CONTEXT_ADMINISTRATOR ? !lead || lead_asks(lead)
                                           : false;
}

/* Addresses and accounts whose declaration is void. */
typedef VEC(str) names;

static void find_void(const struct context *context, const struct findings *findings, names *out)
{
    VEC_EACH (&findings->all, f)
        VEC_EACH (&context->entries, entry) {
            const str who = is_more(f->lead) && entry->kind <= CONTEXT_ADMINISTRATOR
                                ? match(entry, f->hit->event)
                                : STR_NONE;
            if (who.n && !is_among(who, out->p, (u32)out->n))
                *VEC_PUSH(out) = who;
        }
}

static void mark(const struct context *context, struct arena *arena, const names *voided,
                 struct finding *f)
{
    VEC_EACH (&context->entries, entry) {
        const str who = match(entry, f->hit->event);
        if (!who.n)
            continue;
        const bool is_void =
            entry->kind <= CONTEXT_ADMINISTRATOR && is_among(who, voided->p, (u32)voided->n);
        f->explained |= !is_void && may_explain(entry->kind, f->lead);
        f->context =
            arena_printf(arena, "%.*s%s%s: %.*s%s", STR_ARG(f->context), f->context.n ? "; " : "",
                         context_kind_text(entry->kind), STR_ARG(entry->name),
                         is_void ? " (explains nothing: more than that came from there)" : "");
    }
}

void context_mark(const struct context *context, struct findings *findings)
{
    names voided = {0};
    if (!context)
        return;
    find_void(context, findings, &voided);
    VEC_EACH (&findings->all, f)
        mark(context, &findings->arena, &voided, f);
    VEC_FREE(&voided);
}
