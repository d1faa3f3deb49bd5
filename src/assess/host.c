#include "assess/host.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/limits.h"

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

/* Names without case → place in hosts.names. Evidence may hold a file for every hour of a year, from many hosts. */
struct index {
    struct intern keys;
    VEC(u32) at;
};

static str lower(str name, struct arena *scratch)
{
    char *const out = ARENA_ARRAY(scratch, char, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        out[i] = ascii_lower(name.p[i]);
    return (str){out, name.n};
}

<<<<<<< HEAD
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
=======
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

/* Sort the names; where there are too many, those with few events stand together as one host: nothing of them is lost, but they
 * are not told apart. */
static void sort_hosts(struct scan *scan, struct index *index, struct hosts *hosts)
{
    const size_t n = hosts->names.n, kept = MIN(n, (size_t)LIMIT_HOSTS);
    struct counted *const all = mem_calloc(n + 1, sizeof *all);
    for (u32 i = 0; i < n; i++)
        all[i] = (struct counted){hosts->names.p[i], i, 0};
    VEC_EACH(&scan->observations, o)
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
        arena_printf(&scan->arena, "it names %zu hosts: the %zu with most events are told apart, all others stand together as \"" OTHER_HOSTS "\"", n, kept)};
}

/* For every folder (or archive) that holds a source whose log names its host: that host, the one with most events there. */
struct places {
    struct intern folders;
    VEC(struct place { u32 host; u64 events; }) best;
};

static void add_place(struct places *places, str folder, const struct observation *o)
{
    const u32 id = intern_add(&places->folders, folder);
    if (id == places->best.n)
        *VEC_PUSH(&places->best) = (struct place){o->host, o->events};
    else if (o->events > places->best.p[id].events)
        places->best.p[id] = (struct place){o->host, o->events};
}

/* The key of the folder that ends at `end` of a source's name: 0 is the argument itself. */
static str folder_key(const struct scan_source *source, size_t end, struct arena *scratch)
{
    return arena_printf(scratch, "%u|%.*s", source->root, STR_ARG(str_sub(source->name, 0, end)));
}

static void collect_places(const struct scan *scan, struct places *places)
{
    struct arena scratch = {0};
    VEC_EACH(&scan->observations, o) {
        const struct scan_source *const source = &scan->sources.p[o->source];
        if (o->host == NO_HOST || o->host_text.n == 0)
            continue;
        add_place(places, folder_key(source, 0, &scratch), o);
        for (size_t i = 0; i < source->name.n; i++)
            if (source->name.p[i] == '/' || source->name.p[i] == '!')
                add_place(places, folder_key(source, i + 1, &scratch), o);
        arena_reset(&scratch);
    }
    arena_release(&scratch);
}

/* The host for a source whose log names none: of the innermost folder of which one is known. */
static u32 host_by_place(const struct scan *scan, u32 source, const struct hosts *hosts, const struct places *places)
{
    const struct scan_source *const own = &scan->sources.p[source];
    struct arena scratch = {0};
    u32 id = INTERN_NONE;
    for (size_t end = own->name.n; id == INTERN_NONE; end--) {
        if (end == 0 || own->name.p[end - 1] == '/' || own->name.p[end - 1] == '!')
            id = intern_find(&places->folders, folder_key(own, end, &scratch));
        if (end == 0)
            break;
    }
    arena_release(&scratch);
    if (id != INTERN_NONE)
        return places->best.p[id].host;
    return hosts->names.n == 1 ? 0 : NO_HOST;
>>>>>>> cli
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

static void name_sources(struct scan *scan, struct hosts *hosts, struct index *index, u32 *by_source)
{
    struct places places = {0};
    intern_init(&places.folders, NULL);
    collect_places(scan, &places);
    const size_t named = hosts->names.n;
    for (u32 i = 0; i < scan->sources.n; i++) {
        by_source[i] = host_by_place(scan, i, hosts, &places);
        if (by_source[i] == NO_HOST || by_source[i] >= named)
            by_source[i] = add_host(index, hosts, root_name(scan->roots[scan->sources.p[i].root]));
    }
    intern_release(&places.folders);
    VEC_FREE(&places.best);
}

void hosts_resolve(struct scan *scan, struct hosts *hosts)
{
    struct index index = {0};
    *hosts = (struct hosts){0};
    intern_init(&index.keys, NULL);
    VEC_EACH(&scan->observations, o)
        (void)add_host(&index, hosts, host_short(o->host_text));
    VEC_EACH(&scan->hits, hit)
        (void)add_host(&index, hosts, host_short(hit->event->host_text));
    sort_hosts(scan, &index, hosts);
    VEC_EACH(&scan->observations, o)
        o->host = look_up(&index, host_short(o->host_text));
    u32 *const by_source = ARENA_ARRAY(&scan->arena, u32, scan->sources.n + 1);
<<<<<<< HEAD
    for (u32 i = 0; i < scan->sources.n; i++) {
        by_source[i] = host_by_place(scan, i, hosts, true);
        if (by_source[i] == NO_HOST)
            by_source[i] = host_by_place(scan, i, hosts, false);
    }
    VEC_EACH(&scan->observations, o) /* a name is only lent where a log without one was read */
        if (o->host == NO_HOST && by_source[o->source] == NO_HOST)
            by_source[o->source] = add_host(hosts, root_name(scan->roots[scan->sources.p[o->source].root]));
=======
    name_sources(scan, hosts, &index, by_source);
>>>>>>> cli
    VEC_EACH(&scan->observations, o)
        if (o->host == NO_HOST)
            o->host = by_source[o->source];
    VEC_EACH(&scan->hits, hit) {
        const u32 host = look_up(&index, host_short(hit->event->host_text));
        hit->event->host = host == NO_HOST ? by_source[hit->event->source] : host;
    }
    VEC_FREE(&index.at);
    intern_release(&index.keys);
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
