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

/* How near a host's named sources stand to a source that names none. */
struct claim {
    u32 shared;    /* folders, of its nearest source */
    bool exchange; /* one of its nearest sources speaks of Exchange: so do the logs without a name, as a rule */
    u64 events;    /* of its nearest sources */
};

static void add_claim(struct claim *claim, u32 shared, const struct observation *o)
{
    if (shared < claim->shared)
        return;
    if (shared > claim->shared)
        *claim = (struct claim){.shared = shared};
    claim->exchange |= o->exchange;
    claim->events += o->events;
}

static bool is_nearer(const struct claim *a, const struct claim *b)
{
    if (a->shared != b->shared)
        return a->shared > b->shared;
    return a->exchange != b->exchange ? a->exchange : a->events > b->events;
}

/* The host for a source whose log names none: within its own argument; else, where the arguments are parts of one collection,
 * the one host whose sources share the most folders with it. */
static u32 host_by_place(const struct scan *scan, u32 source, const struct hosts *hosts, bool own_root)
{
    const struct scan_source *const own = &scan->sources.p[source];
    struct claim *const claims = mem_calloc(hosts->names.n + 1, sizeof *claims);
    u32 best = NO_HOST, equals = 0;
    VEC_EACH(&scan->observations, o) {
        const struct scan_source *const other = &scan->sources.p[o->source];
        if (o->host != NO_HOST && o->host_text.n && (other->root == own->root) == own_root)
            add_claim(&claims[o->host], 1 + shared_folders(own->name, other->name), o);
    }
    for (u32 h = 0; h < hosts->names.n; h++)
        if (claims[h].shared && (best == NO_HOST || is_nearer(&claims[h], &claims[best])))
            best = h;
    for (u32 h = 0; h < hosts->names.n && best != NO_HOST; h++)
        equals += claims[h].shared == claims[best].shared;
    mem_free(claims);
    if (own_root)
        return best == NO_HOST && hosts->names.n == 1 ? 0 : best;
    return equals == 1 ? best : NO_HOST;
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
    for (u32 i = 0; i < scan->sources.n; i++) {
        by_source[i] = host_by_place(scan, i, hosts, true);
        if (by_source[i] == NO_HOST)
            by_source[i] = host_by_place(scan, i, hosts, false);
    }
    VEC_EACH(&scan->observations, o) /* a name is only lent where a log without one was read */
        if (o->host == NO_HOST && by_source[o->source] == NO_HOST)
            by_source[o->source] = add_host(hosts, root_name(scan->roots[scan->sources.p[o->source].root]));
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
