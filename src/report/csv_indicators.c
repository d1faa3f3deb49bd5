/* csv_indicators.c: what to look for on other machines: addresses and user agents of the threads,
 * web shells, files, accounts, mailboxes and hosts of the scope, each once a host. Loopback is no
 * indicator, and neither is what the document states in words (credentials, data). */
#include <stdlib.h>

#include "base/timex.h"
#include "report/csv.h"

struct indicator {
    const char *type;
    str value, host, certainty;
    i64 first, last; /* TIME_NONE: not known */
    struct view_ids findings;
    size_t cap;
};

struct indicators {
    const struct view *view;
    struct indicator *p;
    size_t n, cap;
};

/* In a case of one host statements may leave it out. */
static str host_of(const struct view *view, const struct json *of)
{
    const str host = view_str(of, "host");
    return host.n || view_has_hosts(view)
               ? host
               : view_str(view_first(json_get(view->doc, "hosts")), "name");
}

static void add_id(struct arena *arena, struct indicator *to, str id)
{
    for (size_t i = 0; i < to->findings.n; i++)
        if (str_eq(to->findings.p[i], id))
            return;
    if (to->findings.n == to->cap) {
        str *const old = to->findings.p;
        to->cap = to->cap ? to->cap * 2 : 8;
        to->findings.p = ARENA_ARRAY(arena, str, to->cap);
        if (to->findings.n)
            memcpy(to->findings.p, old, to->findings.n * sizeof *old);
    }
    to->findings.p[to->findings.n++] = id;
}

static void widen(struct indicator *it, i64 first, i64 last)
{
    if (first != TIME_NONE)
        it->first = it->first == TIME_NONE ? first : MIN(it->first, first);
    if (last != TIME_NONE)
        it->last = it->last == TIME_NONE ? last : MAX(it->last, last);
}

/* The one that is known already, or a new one. */
static struct indicator *take(struct indicators *all, const char *type, str value, str host)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->p[i].type == type && str_ieq(all->p[i].value, value) &&
            str_eq(all->p[i].host, host))
            return &all->p[i];
    if (all->n == all->cap) {
        struct indicator *const old = all->p;
        all->cap = all->cap ? all->cap * 2 : 64;
        all->p = ARENA_ARRAY(all->view->arena, struct indicator, all->cap);
        if (all->n)
            memcpy(all->p, old, all->n * sizeof *old);
    }
    all->p[all->n] = (struct indicator){
        .type = type, .value = value, .host = host, .first = TIME_NONE, .last = TIME_NONE};
    return &all->p[all->n++];
}

static const char *type_of_file(str path)
{
    return str_starts(path, S("/")) || str_istarts(path, S("http:")) ||
                   str_istarts(path, S("https:"))
               ? "url"
               : "path";
}

/* ---- of the scope ---- */

/* Its own times, else those of its findings. */
static void add_times(const struct view *view, struct indicator *it, const struct json *entry)
{
    i64 first, last;
    if (view_time(entry, "first", &first) && view_time(entry, "last", &last)) {
        widen(it, first, last);
        return;
    }
    VIEW_EACH (json_get(entry, "findings"), id)
        if (view_time(view_finding(view, view_scalar(id)), "time", &first))
            widen(it, first, first);
}

static void add_entry(struct indicators *all, const char *type, str value, const struct json *entry)
{
    if (value.n == 0)
        return;
    struct indicator *const it = take(all, type, value, host_of(all->view, entry));
    add_times(all->view, it, entry);
    if (it->certainty.n == 0 || str_eq(view_str(entry, "certainty"), S("seen")))
        it->certainty = view_str(entry, "certainty");
    VIEW_EACH (json_get(entry, "findings"), id)
        add_id(all->view->arena, it, view_scalar(id));
}

static void add_scope(struct indicators *all)
{
    const struct json *const scope = json_get(all->view->doc, "scope");
    VIEW_EACH (json_get(scope, "files"), file) {
        add_entry(all, type_of_file(view_str(file, "path")), view_str(file, "path"), file);
        add_entry(all, "sha256", view_str(file, "sha256"), file);
    }
    VIEW_EACH (json_get(scope, "accounts"), account)
        add_entry(all, "account", view_str(account, "name"), account);
    VIEW_EACH (json_get(scope, "mailboxes"), mailbox)
        add_entry(all, "mailbox", view_str(mailbox, "address"), mailbox);
    VIEW_EACH (json_get(scope, "hosts"), host)
        add_entry(all, "host", view_str(host, "name"), host);
}

/* ---- of the threads ---- */

static bool is_loopback(str address)
{
    return str_starts(address, S("127.")) || str_eq(address, S("::1")) ||
           str_istarts(address, S("::ffff:127."));
}

/* Does a field of the record hold just this? */
static bool holds(const struct json *finding, str value)
{
    const struct json *const fields = json_get(json_get(finding, "event"), "fields");
    if (fields && fields->type == JSON_OBJECT)
        JSON_EACH (fields, field)
            if (str_ieq(view_scalar(field), value))
                return true;
    return false;
}

/* Of a thread's findings those that hold the value say when and where; where none does, and the
 * scope does not say either, the thread as a whole. */
static void add_of_thread(struct indicators *all, const char *type, str value,
                          const struct json *thread)
{
    i64 time;
    bool any = false;
    if (value.n == 0)
        return;
    struct indicator *const it = take(all, type, value, host_of(all->view, thread));
    if (it->certainty.n == 0)
        it->certainty = S("seen");
    VIEW_EACH (json_get(thread, "findings"), id) {
        const struct json *const finding = view_finding(all->view, view_scalar(id));
        if (!holds(finding, value))
            continue;
        any = true;
        add_id(all->view->arena, it, view_scalar(id));
        if (view_time(finding, "time", &time))
            widen(it, time, time);
    }
    if (any || it->findings.n)
        return;
    VIEW_EACH (json_get(thread, "findings"), id)
        add_id(all->view->arena, it, view_scalar(id));
    add_times(all->view, it, thread);
}

static void add_threads(struct indicators *all)
{
    VIEW_EACH (json_get(all->view->doc, "threads"), thread) {
        VIEW_EACH (json_get(thread, "clients"), client)
            if (!is_loopback(view_scalar(client)))
                add_of_thread(all, "ip", view_scalar(client), thread);
        VIEW_EACH (json_get(thread, "user_agents"), agent)
            add_of_thread(all, "user-agent", view_scalar(agent), thread);
        VIEW_EACH (json_get(thread, "webshells"), shell)
            add_of_thread(all, type_of_file(view_scalar(shell)), view_scalar(shell), thread);
    }
}

static str time_or_empty(const struct view *view, i64 ns)
{
    char text[TIME_MAX];
    return ns == TIME_NONE ? S("") : arena_str(view->arena, str_from(time_format(ns, text)));
}

static void add_row(const struct view *view, const struct indicator *it, struct buf *out)
{
    struct csv_row row = {.out = out};
    struct buf ids;
    buf_init(&ids, (size_t)1 << 16);
    for (size_t i = 0; i < it->findings.n; i++)
        buf_printf(&ids, "%s%.*s", i ? " " : "", STR_ARG(it->findings.p[i]));
    csv_str(&row, str_from(it->type));
    csv_str(&row, it->value);
    csv_str(&row, time_or_empty(view, it->first));
    csv_str(&row, time_or_empty(view, it->last));
    csv_str(&row, it->host);
    csv_str(&row, it->certainty);
    csv_str(&row, buf_str(&ids));
    csv_end(&row);
    buf_release(&ids);
}

void csv_indicators(const struct view *view, struct buf *out)
{
    struct indicators all = {.view = view};
    add_scope(&all); /* it says best how sure a file is */
    add_threads(&all);
    buf_add(out, S("type,value,first,last,host,certainty,findings\r\n"));
    static const char *const order[] = {"ip",     "user-agent", "url",     "path",
                                        "sha256", "account",    "mailbox", "host"};
    for (size_t k = 0; k < COUNT(order); k++)
        for (size_t i = 0; i < all.n; i++)
            if (strcmp(all.p[i].type, order[k]) == 0)
                add_row(view, &all.p[i], out);
}
