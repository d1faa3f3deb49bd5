#include "assess/host.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/limits.h"

str host_short(str name)
{
    name = str_trim(name);
    bool digits_only = true;
    for (size_t i = 0; i < name.n; i++)
        digits_only &=
            name.p[i] == '.' || name.p[i] == ':' || (name.p[i] >= '0' && name.p[i] <= '9');
    return digits_only ? name : str_sub(name, 0, str_find_char(name, '.'));
}

static u32 find_host(const struct hosts *hosts, str name)
{
    for (size_t i = 0; i < hosts->names.n; i++)
        if (str_ieq(hosts->names.p[i], name))
            return (u32)i;
    return NO_HOST;
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

/* Names without case → place in hosts.names. Evidence may hold a file for every hour of a year,
 * from many hosts. */
struct index {
    struct intern keys;
    VEC(u32) at;
};

struct host_index {
    struct index names;
    u32 *by_source; /* for logs that name none; in the scan's arena */
    u32 *by_name;   /* of each source: the host whose name a folder around it bears, or NO_HOST */
};

static str lower(str name, struct arena *scratch)
{
    char *const out = ARENA_ARRAY(scratch, char, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        out[i] = ascii_lower(name.p[i]);
    return (str){out, name.n};
}

static u32 look_up(const struct index *index, str name)
{
    struct arena scratch = {0};
    const u32 id = name.n ? intern_find(&index->keys, lower(name, &scratch)) : INTERN_NONE;
    arena_release(&scratch);
    return id == INTERN_NONE ? NO_HOST : index->at.p[id];
}

/* The place of the host, added at the end when it is new. */
static u32 add_host(struct index *index, struct hosts *hosts, str name)
{
    struct arena scratch = {0};
    if (name.n == 0)
        return NO_HOST;
    const u32 id = intern_add(&index->keys, lower(name, &scratch));
    arena_release(&scratch);
    if (id == index->at.n) {
        *VEC_PUSH(&index->at) = (u32)hosts->names.n;
        *VEC_PUSH(&hosts->names) = name;
    }
    return index->at.p[id];
}

#define OTHER_HOSTS "other hosts"

struct counted { /* a host, in the order of the index */
    str name;
    u32 id;
    u64 events;
};

static int compare_events(const void *a, const void *b)
{
    const struct counted *const x = a, *const y = b;
    if (x->events != y->events)
        return x->events > y->events ? -1 : 1;
    return compare_names(&x->name, &y->name);
}

static int compare_counted(const void *a, const void *b)
{
    const struct counted *const x = a, *const y = b;
    return compare_names(&x->name, &y->name);
}

/* Sort the names; where there are too many, those with few events stand together as one host:
 * nothing of them is lost, but they are not told apart. */
static void sort_hosts(struct scan *scan, struct index *index, struct hosts *hosts)
{
    const size_t n = hosts->names.n, kept = MIN(n, (size_t)LIMIT_HOSTS);
    struct counted *const all = mem_calloc(n + 1, sizeof *all);
    for (u32 i = 0; i < n; i++)
        all[i] = (struct counted){hosts->names.p[i], i, 0};
    VEC_EACH (&scan->observations, o)
        if (host_short(o->host_text).n)
            all[look_up(index, host_short(o->host_text))].events += o->events;
    qsort(all, n, sizeof *all, compare_events);
    qsort(all, kept, sizeof *all, compare_counted);
    for (u32 i = 0; i < n; i++)
        index->at.p[all[i].id] = (u32)MIN(i, kept);
    for (u32 i = 0; i < kept; i++)
        hosts->names.p[i] = all[i].name;
    hosts->names.n = kept;
    mem_free(all);
    if (n == kept)
        return;
    (void)add_host(index, hosts, S(OTHER_HOSTS));
    *VEC_PUSH(&scan->refusals) = (struct scan_refusal){
        S("all evidence"), S("hosts"),
        arena_printf(&scan->arena,
                     "it names %zu hosts: the %zu with most events are told apart, all others "
                     "stand together as \"" OTHER_HOSTS "\"",
                     n, kept)};
}

/* For every folder (or archive) that holds a source whose log names its host: that host. Of
 * several, one that speaks of Exchange (so do the logs without a name, as a rule), then the one
 * with most events there. Folders are kept twice: within their argument, and over all arguments,
 * since those may be parts of one collection. */
struct places {
    struct intern folders;
    VEC(struct place {
        VEC(struct share {
            u32 host;
            bool exchange;
            u64 events;
        })
        shares;
    })
    all; /* by folder id */
};

#define ANY_ROOT UINT32_MAX

static void add_place(struct places *places, str folder, const struct observation *o)
{
    const u32 id = intern_add(&places->folders, folder);
    if (id == places->all.n)
        *VEC_PUSH(&places->all) = (struct place){{NULL, 0, 0}};
    struct place *const place = &places->all.p[id];
    struct share *own = NULL;
    VEC_EACH (&place->shares, share)
        if (share->host == o->host)
            own = share;
    if (!own) {
        own = VEC_PUSH(&place->shares);
        *own = (struct share){.host = o->host};
    }
    own->exchange |= o->exchange;
    own->events += o->events;
}

static u32 best_host(const struct place *place)
{
    const struct share *best = place->shares.p;
    VEC_EACH (&place->shares, share)
        if (share->exchange != best->exchange ? share->exchange : share->events > best->events)
            best = share;
    return best->host;
}

/* The key of the folder that ends at `end` of a source's name: 0 is the argument itself, or all of
 * them. */
static str folder_key(u32 root, const struct scan_source *source, size_t end, struct arena *scratch)
{
    return arena_printf(scratch, "%u|%.*s", root, STR_ARG(str_sub(source->name, 0, end)));
}

static bool ends_folder(str name, size_t end)
{
    return end == 0 || name.p[end - 1] == '/' || name.p[end - 1] == '!';
}

static void collect_places(const struct scan *scan, struct places *places)
{
    struct arena scratch = {0};
    VEC_EACH (&scan->observations, o) {
        const struct scan_source *const source = &scan->sources.p[o->source];
        if (o->host == NO_HOST || o->host_text.n == 0)
            continue;
        for (size_t end = 0; end <= source->name.n; end++)
            if (ends_folder(source->name, end)) {
                add_place(places, folder_key(source->root, source, end, &scratch), o);
                add_place(places, folder_key(ANY_ROOT, source, end, &scratch), o);
            }
        arena_reset(&scratch);
    }
    arena_release(&scratch);
}

/* The innermost folder around the source of which a host is known, or NULL. */
static const struct place *place_of(const struct places *places, u32 root,
                                    const struct scan_source *source)
{
    struct arena scratch = {0};
    u32 id = INTERN_NONE;
    for (size_t end = source->name.n + 1; end-- > 0 && id == INTERN_NONE;)
        if (ends_folder(source->name, end))
            id = intern_find(&places->folders, folder_key(root, source, end, &scratch));
    arena_release(&scratch);
    return id == INTERN_NONE ? NULL : &places->all.p[id];
}

/* The innermost folder around the source that bears the name of a host that other logs know. */
static u32 host_by_name(const struct index *index, const struct scan_source *source)
{
    u32 host = NO_HOST;
    size_t start = 0;
    for (size_t end = 0; end < source->name.n; end++)
        if (source->name.p[end] == '/' || source->name.p[end] == '!') {
            const str folder = host_short(str_sub(source->name, start, end));
            const u32 named = folder.n ? look_up(index, folder) : NO_HOST;
            host = named == NO_HOST ? host : named;
            start = end + 1;
        }
    return host;
}

/* The host for a source whose log names none: by the name of its folder; by its own argument; else,
 * over all arguments, where there is no choice. */
static u32 host_by_place(const struct scan *scan, u32 source, u32 named,
                         const struct places *places)
{
    const struct scan_source *const own = &scan->sources.p[source];
    if (named != NO_HOST)
        return named;
    const struct place *const near = place_of(places, own->root, own);
    const struct place *const far = near ? NULL : place_of(places, ANY_ROOT, own);
    return near ? best_host(near) : far && far->shares.n == 1 ? best_host(far) : NO_HOST;
}

/* The name of a collection that no source in it names: the last part of the argument. */
static str root_name(const char *root)
{
    str name = str_from(root), piece, last = S("unnamed");
    while (str_next(&name, '/', &piece))
        if (piece.n && !str_eq(piece, S("-")) && !str_eq(piece, S(".")) && !str_eq(piece, S("..")))
            last = piece;
    return last;
}

static void name_sources(struct scan *scan, struct hosts *hosts, struct index *index,
                         u32 *by_source, u32 *by_name)
{
    struct places places = {0};
    intern_init(&places.folders, NULL);
    collect_places(scan, &places);
    for (u32 i = 0; i < scan->sources.n; i++)
        by_name[i] = host_by_name(index, &scan->sources.p[i]);
    for (u32 i = 0; i < scan->sources.n; i++)
        by_source[i] = host_by_place(scan, i, by_name[i], &places);
    VEC_EACH (&scan->observations, o) /* a name is only lent where a log without one was read */
        if (o->host == NO_HOST && by_source[o->source] == NO_HOST)
            by_source[o->source] =
                add_host(index, hosts, root_name(scan->roots[scan->sources.p[o->source].root]));
    intern_release(&places.folders);
    VEC_EACH (&places.all, place)
        VEC_FREE(&place->shares);
    VEC_FREE(&places.all);
}

void hosts_resolve(struct scan *scan, struct hosts *hosts)
{
    *hosts = (struct hosts){.only = NO_HOST, .index = mem_calloc(1, sizeof *hosts->index)};
    struct index *const index = &hosts->index->names;
    intern_init(&index->keys, NULL);
    VEC_EACH (&scan->observations, o)
        (void)add_host(index, hosts, host_short(o->host_text));
    VEC_EACH (&scan->hits, hit)
        (void)add_host(index, hosts, host_short(hit->event->host_text));
    sort_hosts(scan, index, hosts);
    VEC_EACH (&scan->observations, o)
        o->host = look_up(index, host_short(o->host_text));
    u32 *const by_source = ARENA_ARRAY(&scan->arena, u32, scan->sources.n + 1);
    u32 *const by_name = ARENA_ARRAY(&scan->arena, u32, scan->sources.n + 1);
    name_sources(scan, hosts, index, by_source, by_name);
    hosts->index->by_source = by_source;
    hosts->index->by_name = by_name;
    VEC_EACH (&scan->observations, o)
        if (o->host == NO_HOST)
            o->host = by_source[o->source];
    VEC_EACH (&scan->hits, hit)
        hit->event->host = hosts_find(hosts, hit->event->host_text, hit->event->source);
}

u32 hosts_find(const struct hosts *hosts, str host_text, u32 source)
{
    u32 host = look_up(&hosts->index->names, host_short(host_text));
    if (host == NO_HOST)
        host = hosts->index->by_source[source];
    if (hosts->only == NO_HOST)
        return host;
    return host == hosts->only ? 0 : NO_HOST;
}

bool hosts_is_others(const struct hosts *hosts, u32 source, u32 host)
{
    const u32 named = hosts->index->by_name[source];
    return named != NO_HOST && named != (hosts->only == NO_HOST ? host : hosts->only);
}

enum status hosts_keep(struct scan *scan, struct hosts *hosts, str name, struct err *err)
{
    const u32 host = find_host(hosts, name);
    if (host == NO_HOST)
        return err_set(err, ERR_NOT_FOUND, "the evidence does not speak of a host called %.*s",
                       STR_ARG(name));
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
    hosts->only = host;
    VEC_EACH (&scan->hits, hit)
        hit->event->host = 0;
    VEC_EACH (&scan->observations, o)
        o->host = 0;
    return OK;
}

void hosts_release(struct hosts *hosts)
{
    if (hosts->index) {
        VEC_FREE(&hosts->index->names.at);
        intern_release(&hosts->index->names.keys);
    }
    mem_free(hosts->index);
    hosts->index = NULL;
    VEC_FREE(&hosts->names);
}
