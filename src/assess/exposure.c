#include "assess/exposure.h"

#include <stdlib.h>

#define BUILDS_MAX 512 /* of one host: more than there ever were */

enum status exposure_load(str builds, str cves, str exploited, struct exposure *out,
                          struct err *err)
{
    *out = (struct exposure){0};
    enum status status = json_parse(builds, &out->arena, &out->builds, err);
    if (status == OK)
        status = json_parse(cves, &out->arena, &out->cves, err);
    if (status == OK)
        status = json_parse(exploited, &out->arena, &out->exploited, err);
    if (status != OK) {
        arena_release(&out->arena);
        return status;
    }
    out->as_of = json_text(json_get(out->cves, "as_of"));
    return OK;
}

typedef struct build {
    u64 part[4];
} build;

static bool parse_build(str text, build *out)
{
    str piece;
    for (int i = 0; i < 4; i++)
        if (!str_next(&text, '.', &piece) || !str_u64(piece, &out->part[i]))
            return false;
    return true;
}

static int compare_build(build a, build b)
{
    for (int i = 0; i < 4; i++)
        if (a.part[i] != b.part[i])
            return a.part[i] < b.part[i] ? -1 : 1;
    return 0;
}

/* Key of the tables and name for people (facts: product by the first parts; 15.2.2562 and up is the
 * Subscription Edition). */
static const char *product_key(build b)
{
    if (b.part[0] == 15 && b.part[1] == 0)
        return "Exchange2013";
    if (b.part[0] == 15 && b.part[1] == 1)
        return "Exchange2016";
    if (b.part[0] == 15 && b.part[1] == 2)
        return b.part[2] >= 2562 ? "ExchangeSE" : "Exchange2019";
    return b.part[0] == 14 ? "Exchange2010" : "";
}

static const char *product_name(build b)
{
    static const char *const names[][2] = {{"Exchange2010", "Exchange Server 2010"},
                                           {"Exchange2013", "Exchange Server 2013"},
                                           {"Exchange2016", "Exchange Server 2016"},
                                           {"Exchange2019", "Exchange Server 2019"},
                                           {"ExchangeSE", "Exchange Server Subscription Edition"}};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i][0], product_key(b)) == 0)
            return names[i][1];
    return "";
}

static bool same_cu(build a, build b)
{
    return a.part[0] == b.part[0] && a.part[1] == b.part[1] && a.part[2] == b.part[2];
}

static i64 date_of(const struct json *text)
{
    i64 ns;
    return time_parse(json_text(text), &ns) ? ns : TIME_NONE;
}

static enum build_state state_of(const struct json *cve, build b)
{
    const struct json *const product = json_get(json_get(cve, "first_fixed"), product_key(b));
    build fixed;
    if (!*product_key(b))
        return BUILD_UNKNOWN; /* a version that the tables do not know */
    if (!product)
        return BUILD_FIXED; /* not affected, or fixed before its first release */
    JSON_EACH (json_get(product, "fixed_from_cu"), base)
        if (parse_build(json_text(base), &fixed) && compare_build(b, fixed) >= 0)
            return BUILD_FIXED;
    build newest = {{0}};
    JSON_EACH (json_get(product, "by_cu"), own) {
        if (!parse_build(json_text(own), &fixed))
            continue;
        if (same_cu(b, fixed))
            return compare_build(b, fixed) >= 0 ? BUILD_FIXED : BUILD_VULNERABLE;
        newest = compare_build(fixed, newest) > 0 ? fixed : newest;
    }
    /* A CU newer than every one that needed the update of its own was made after the fix. */
    return compare_build(b, newest) > 0 ? BUILD_FIXED : BUILD_VULNERABLE;
}

static const struct json *find_cve(const struct exposure *x, str id)
{
    JSON_EACH (json_get(x->cves, "cves"), cve)
        if (str_eq(json_text(json_get(cve, "id")), id))
            return cve;
    return NULL;
}

str exposure_flaw_name(const struct exposure *exposure, str cve)
{
    const struct json *const entry = find_cve(exposure, cve);
    const str chain = json_text(json_get(entry, "chain"));
    return chain.n ? chain : json_text(json_get(entry, "name"));
}

static i64 window_of(const struct exposure *x, const struct json *cve)
{
    JSON_EACH (json_get(x->exploited, "flaws"), flaw)
        if (str_eq(json_text(json_get(flaw, "cve")), json_text(json_get(cve, "id"))) &&
            date_of(json_get(flaw, "mass")) != TIME_NONE)
            return date_of(json_get(flaw, "mass"));
    const i64 fix = date_of(json_get(cve, "fix_date"));
    const i64 kev = date_of(json_get(json_get(cve, "kev"), "date_added"));
    return fix == TIME_NONE || (kev != TIME_NONE && kev < fix) ? kev : fix;
}

static void describe_build(const struct exposure *x, struct host_build *b)
{
    build own;
    b->released = TIME_NONE;
    if (!parse_build(b->build, &own))
        return;
    b->product = str_from(product_name(own));
    JSON_EACH (json_get(x->builds, "builds"), row)
        if (str_eq(json_text(json_get(row, "build")), b->build)) {
            b->update = json_text(json_get(row, "name"));
            b->released = date_of(json_get(row, "release_date"));
            return;
        }
}

static int compare_host_builds(const void *a, const void *b)
{
    const struct host_build *const x = a, *const y = b;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : str_cmp(x->build, y->build);
}

static void add_build(const struct exposure *x, build_list *list, const struct observed_build *seen,
                      str source)
{
    struct host_build *known = NULL;
    VEC_EACH (list, b)
        if (str_eq(b->build, seen->build))
            known = b;
    if (!known && list->n == BUILDS_MAX)
        return;
    if (!known) {
        known = VEC_PUSH(list);
        *known = (struct host_build){
            .build = seen->build, .from = seen->first, .to = seen->last, .source = source};
        describe_build(x, known);
    }
    known->from = MIN(known->from, seen->first);
    known->to = MAX(known->to, seen->last);
}

static void collect_builds(const struct scan *scan, struct exposure *x)
{
    VEC_EACH (&scan->observations, o)
        VEC_EACH (&o->builds, seen) {
            struct exposure_host *const host = &x->hosts[o->host];
            add_build(x, o->shape_kind == KIND_EXCHANGE_SETUP ? &host->setups : &host->builds, seen,
                      o->kind);
        }
}

static void sort_builds(build_list *list)
{
    if (list->n)
        qsort(list->p, list->n, sizeof *list->p, compare_host_builds);
}

/* The exposure of one host to one flaw, from its builds in order. */
static void expose(const struct exposure *x, struct exposure_host *host, const struct json *cve)
{
    const i64 window = window_of(x, cve);
    struct host_exposure e = {
        .cve = json_text(json_get(cve, "id")),
        .window = window,
        .from = TIME_NONE,
        .fixed = date_of(json_get(cve, "fix_date")),
        .conditional = json_get(cve, "additional_requirement") != NULL,
    };
    e.name = exposure_flaw_name(x, e.cve);
    for (size_t i = 0; i < host->builds.n; i++) {
        const struct host_build *const b = &host->builds.p[i];
        build own;
        if (!parse_build(b->build, &own) || b->to < window)
            continue;
        const bool open = state_of(cve, own) == BUILD_VULNERABLE;
        const i64 since = i == 0 ? MAX(window, b->released) : MAX(window, b->from);
        if (open && e.from == TIME_NONE)
            e.from = since;
        if (open)
            e.to = i + 1 < host->builds.n ? host->builds.p[i + 1].from : b->to;
        e.at_end = open;
    }
    if (e.from != TIME_NONE)
        *VEC_PUSH(&host->flaws) = e;
}

void exposure_make(const struct scan *scan, const struct hosts *hosts, struct exposure *x)
{
    x->n_hosts = (u32)hosts->names.n;
    x->hosts = mem_calloc(x->n_hosts, sizeof *x->hosts);
    collect_builds(scan, x);
    for (u32 h = 0; h < x->n_hosts; h++) {
        struct exposure_host *const host = &x->hosts[h];
        sort_builds(&host->builds);
        sort_builds(&host->setups);
        JSON_EACH (json_get(x->cves, "cves"), cve)
            if (json_get(cve, "kev") && host->builds.n)
                expose(x, host, cve);
    }
}

enum build_state exposure_at(const struct exposure *x, u32 host, str id, i64 time)
{
    const struct json *const cve = find_cve(x, id);
    const struct host_build *seen = NULL;
    VEC_EACH (&x->hosts[host].builds, b)
        if (!seen || b->from <= time)
            seen = b;
    build own;
    if (!cve || !seen || !parse_build(seen->build, &own))
        return BUILD_UNKNOWN;
    const enum build_state state = state_of(cve, own);
    /* Builds only rise: what was open later was open before, but a fix seen later may have come in
     * between. */
    const bool later =
        time == TIME_NONE || (seen->from > time && seen->from - time > BUILD_NEAR_NS);
    return later && state == BUILD_FIXED ? BUILD_UNKNOWN : state;
}

i64 exposure_recent_fix(const struct exposure *x, u32 host, i64 from, i64 to)
{
    i64 newest = TIME_NONE;
    const struct exposure_host *const h = &x->hosts[host];
    build own;
    const char *const key =
        h->builds.n && parse_build(h->builds.p[0].build, &own) ? product_key(own) : "";
    JSON_EACH (json_get(x->cves, "cves"), cve) {
        const i64 fixed = date_of(json_get(cve, "fix_date"));
        if (*key && !json_get(json_get(cve, "first_fixed"), key))
            continue;
        if (json_get(cve, "kev") && fixed != TIME_NONE && fixed >= from && fixed <= to)
            newest = MAX(newest, fixed);
    }
    return newest;
}

void exposure_release(struct exposure *x)
{
    for (u32 i = 0; i < x->n_hosts; i++) {
        VEC_FREE(&x->hosts[i].builds);
        VEC_FREE(&x->hosts[i].setups);
        VEC_FREE(&x->hosts[i].flaws);
    }
    mem_free(x->hosts);
    arena_release(&x->arena);
}
