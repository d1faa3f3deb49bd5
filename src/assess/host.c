#include "assess/host.h"

#include <stdlib.h>

str host_short(str name)
{
    name = str_trim(name);
    bool digits_only = true;
    for (size_t i = 0; i < name.n; i++)
        digits_only &= name.p[i] == '.' || name.p[i] == ':' || (name.p[i] >= '0' && name.p[i] <= '9');
    return digits_only ? name : str_sub(name, 0, str_find_char(name, '.'));
}

static u32 find_host(const struct hosts *hosts, str name)
{
    for (size_t i = 0; i < hosts->names.n; i++)
        if (str_ieq(hosts->names.p[i], name))
            return (u32)i;
    return NO_HOST;
}

static u32 add_host(struct hosts *hosts, str name)
{
    const u32 found = find_host(hosts, name);
    if (found != NO_HOST || name.n == 0)
        return found;
    *VEC_PUSH(&hosts->names) = name;
    return (u32)hosts->names.n - 1;
}

static int compare_names(const void *a, const void *b)
{
    const str *const x = a, *const y = b;
    for (size_t i = 0; i < MIN(x->n, y->n); i++) {
        const int d = ascii_lower(x->p[i]) - ascii_lower(y->p[i]);
        if (d)
            return d;
    }
    return (x->n > y->n) - (x->n < y->n);
}

/* How many folders (or archives) two names have in common from the start. */
static u32 shared_folders(str a, str b)
{
    u32 shared = 0;
    for (size_t i = 0; i < MIN(a.n, b.n) && a.p[i] == b.p[i]; i++)
        shared += a.p[i] == '/' || a.p[i] == '!';
    return shared;
}

/* The host for a source whose log names none. */
static u32 host_by_place(const struct scan *scan, u32 source, const struct hosts *hosts)
{
    const struct scan_source *const own = &scan->sources.p[source];
    u32 best = NO_HOST, best_shared = 0;
    u64 best_events = 0;
    VEC_EACH(&scan->observations, o) {
        const struct scan_source *const other = &scan->sources.p[o->source];
        if (o->host == NO_HOST || o->host_text.n == 0 || other->root != own->root)
            continue;
        const u32 shared = 1 + shared_folders(own->name, other->name);
        if (shared > best_shared || (shared == best_shared && o->events > best_events)) {
            best = o->host;
            best_shared = shared;
            best_events = o->events;
        }
    }
    return best == NO_HOST && hosts->names.n == 1 ? 0 : best;
}

/* The name of a collection that no source in it names: the last part of the argument. */
static str root_name(const char *root)
{
    str name = str_from(root), piece, last = S("unnamed");
    while (str_next(&name, '/', &piece))
        if (piece.n && !str_eq(piece, S(".")) && !str_eq(piece, S("..")))
            last = piece;
    return last;
}

static void resolve_events(struct scan *scan, const struct hosts *hosts, const u32 *by_source)
{
    VEC_EACH(&scan->hits, hit) {
        const str name = host_short(hit->event->host_text);
        hit->event->host = name.n ? find_host(hosts, name) : by_source[hit->event->source];
    }
}

void hosts_resolve(struct scan *scan, struct hosts *hosts)
{
    *hosts = (struct hosts){0};
    VEC_EACH(&scan->observations, o)
        (void)add_host(hosts, host_short(o->host_text));
    VEC_EACH(&scan->hits, hit)
        (void)add_host(hosts, host_short(hit->event->host_text));
    if (hosts->names.n)
        qsort(hosts->names.p, hosts->names.n, sizeof *hosts->names.p, compare_names);
    VEC_EACH(&scan->observations, o)
        o->host = find_host(hosts, host_short(o->host_text));
    u32 *const by_source = ARENA_ARRAY(&scan->arena, u32, scan->sources.n + 1);
    const size_t named = hosts->names.n;
    for (u32 i = 0; i < scan->sources.n; i++) {
        by_source[i] = host_by_place(scan, i, hosts);
        if (by_source[i] == NO_HOST || by_source[i] >= named)
            by_source[i] = add_host(hosts, root_name(scan->roots[scan->sources.p[i].root]));
    }
    VEC_EACH(&scan->observations, o)
        if (o->host == NO_HOST)
            o->host = by_source[o->source];
    resolve_events(scan, hosts, by_source);
}

enum status hosts_keep(struct scan *scan, struct hosts *hosts, str name, struct err *err)
{
    const u32 host = find_host(hosts, name);
    if (host == NO_HOST)
        return err_set(err, ERR_NOT_FOUND, "the evidence does not speak of a host called %.*s", STR_ARG(name));
    size_t n = 0;
    for (size_t i = 0; i < scan->hits.n; i++)
        if (scan->hits.p[i].event->host == host)
            scan->hits.p[n++] = scan->hits.p[i];
    scan->hits.n = n;
    n = 0;
    for (size_t i = 0; i < scan->observations.n; i++)
        if (scan->observations.p[i].host == host)
            scan->observations.p[n++] = scan->observations.p[i];
        else
            observation_release(&scan->observations.p[i]);
    scan->observations.n = n;
    hosts->names.p[0] = hosts->names.p[host];
    hosts->names.n = 1;
    VEC_EACH(&scan->hits, hit)
        hit->event->host = 0;
    VEC_EACH(&scan->observations, o)
        o->host = 0;
    return OK;
}

void hosts_release(struct hosts *hosts)
{
    VEC_FREE(&hosts->names);
}
