/* thread_page.c: pages that were left on the server, and who is at either end of them: whoever
 * wrote one, and whoever asks for it. */
#include <stdlib.h>

#include "assess/thread_part.h"
#include "base/order.h"

#define SAME_NAME_MAX                                                                              \
    32 /* pages of one name on one host; beyond, a URL is not held against each                    \
        */

struct page {
    const struct scope_entry *entry;
    u32 next;         /* further page of the same name, or NO_FINDING */
    VEC(u32) members; /* findings that speak of it, in order of time */
};

struct pages {
    VEC(struct page) all;
    struct intern names; /* host and name */
    VEC(u32) first;
    struct arena scratch;
};

bool thread_is_page(const struct grouping *g, const struct scope_entry *entry)
{
    if (entry->what != SCOPE_FILE)
        return false;
    VEC_EACH (&entry->findings, i)
        if (thread_finding(g, *i)->lead->stage == STAGE_FOOTHOLD)
            return true;
    return false;
}

static str page_name(const struct page *page)
{
    return str_file_name(page->entry->text);
}

/* ---- which findings speak of which page ---- */

static char folded(char c)
{
    return c == '/' ? '\\' : ascii_lower(c);
}

static str name_key(struct pages *pages, u32 host, str name)
{
    str key = arena_printf(&pages->scratch, "%u %.*s", host, STR_ARG(name));
    char *const p = arena_alloc(&pages->scratch, key.n + 1, 1);
    for (size_t i = 0; i < key.n; i++)
        p[i] = folded(key.p[i]);
    return (str){p, key.n};
}

/* Does the path end in the URL, or is it a bare name of which no more is known? */
static bool is_path_of(str path, str url)
{
    const str name = str_file_name(path);
    if (name.n == path.n)
        return true;
    if (url.n > path.n)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (folded(path.p[path.n - url.n + i]) != folded(url.p[i]))
            return false;
    return true;
}

static void add_page(struct grouping *g, struct pages *pages, const struct scope_entry *entry)
{
    const u32 id =
        intern_add(&pages->names, name_key(pages, entry->host, str_file_name(entry->text)));
    if (id == pages->first.n)
        *VEC_PUSH(&pages->first) = NO_FINDING;
    struct page *const page = VEC_PUSH(&pages->all);
    *page = (struct page){.entry = entry, .next = pages->first.p[id]};
    pages->first.p[id] = (u32)pages->all.n - 1;
    VEC_EACH (&entry->findings, i)
        if (g->nodes[*i].in)
            *VEC_PUSH(&page->members) = *i;
}

/* Rules that do not say which page a request was for: its URL does. */
static void add_by_url(struct grouping *g, struct pages *pages, u32 i)
{
    const struct scan_event *const event = thread_finding(g, i)->hit->event;
    const str stem = scan_field(event, S("cs-uri-stem"));
    const str url = stem.n ? stem : scan_field(event, S("UrlStem"));
    if (!g->nodes[i].in || !url.n || !str_file_name(url).n)
        return;
    const u32 id = intern_find(&pages->names, name_key(pages, event->host, str_file_name(url)));
    u32 at = id == INTERN_NONE ? NO_FINDING : pages->first.p[id];
    for (int n = 0; at != NO_FINDING && n < SAME_NAME_MAX; n++, at = pages->all.p[at].next)
        if (is_path_of(pages->all.p[at].entry->text, url))
            *VEC_PUSH(&pages->all.p[at].members) = i;
}

static void settle(struct page *page)
{
    size_t n = 0;
    if (page->members.n)
        qsort(page->members.p, page->members.n, sizeof *page->members.p, order_u32);
    for (size_t i = 0; i < page->members.n; i++)
        if (n == 0 || page->members.p[n - 1] != page->members.p[i])
            page->members.p[n++] = page->members.p[i];
    page->members.n = n;
}

static void pages_make(struct grouping *g, struct pages *out)
{
    *out = (struct pages){0};
    intern_init(&out->names, NULL);
    VEC_EACH (&g->scope->entries, entry)
        if (thread_is_page(g, entry))
            add_page(g, out, entry);
    for (u32 i = 0; i < g->n && out->all.n; i++)
        add_by_url(g, out, i);
    VEC_EACH (&out->all, page)
        settle(page);
}

static void pages_release(struct pages *pages)
{
    VEC_EACH (&pages->all, page)
        VEC_FREE(&page->members);
    VEC_FREE(&pages->all);
    VEC_FREE(&pages->first);
    intern_release(&pages->names);
    arena_release(&pages->scratch);
}

/* ---- whoever wrote it ---- */

/* One page, seen by several logs that name no address: written, shared, compiled. */
static void link_traces(struct grouping *g, const struct page *page)
{
    u32 last = NO_FINDING;
    VEC_EACH (&page->members, i) {
        if (g->nodes[*i].client.n)
            continue;
        if (last != NO_FINDING &&
            time_between(thread_time(g, last), thread_time(g, *i)) <= CHAIN_NS) {
            thread_join(g, last, *i);
            g->nodes[last].linked |= 1u << KEY_FILE;
            g->nodes[*i].linked |= 1u << KEY_FILE;
        }
        last = *i;
    }
}

static bool is_only_one(struct near near)
{
    return near.ns <= NEAR_NS ? near.rival > NEAR_NS : near.ns <= CHAIN_NS && near.rival > CHAIN_NS;
}

/* Whoever was alone at work in the ten minutes before a page was written has written it. */
static void place_traces(struct grouping *g, const struct pages *pages)
{
    struct at_work at;
    root_pairs plan = {0};
    at_work_make(g, &at);
    VEC_EACH (&pages->all, page)
        VEC_EACH (&page->members, i) {
            const u32 root = thread_root(g, *i);
            if (at.anchored[root] || g->nodes[root].by_time)
                continue;
            const struct near near = at_work_near(&at, thread_host(g, root), thread_time(g, root));
            if (is_only_one(near))
                thread_plan(g, &plan, root, near.root);
        }
    thread_join_planned(g, &plan);
    at_work_release(&at);
}

/* ---- whoever asked for it ---- */

static void join_first_user(struct grouping *g, const struct page *page, u32 writer, u32 user)
{
    const i64 ns = time_between(thread_time(g, writer), thread_time(g, user));
    if (ns < -ROUNDED || ns > NEAR_NS)
        return;
    if (thread_root(g, writer) != thread_root(g, user))
        thread_say(g, true, user, writer,
                   arena_printf(g->arena,
                                "%.*s was the first to ask for %.*s, %s after its first trace.",
                                STR_ARG(g->nodes[user].client), STR_ARG(page_name(page)),
                                thread_span(g->arena, ns)));
    thread_join(g, writer, user);
}

static void link_users(struct grouping *g, const struct page *page, u32 a, u32 b, bool guessable)
{
    const i64 ns = time_between(thread_time(g, a), thread_time(g, b));
    const str who = g->nodes[b].client, name = page_name(page);
    if (thread_root(g, a) == thread_root(g, b))
        return;
    if (guessable)
        thread_say(g, false, a, b,
                   arena_printf(g->arena, "the page %.*s is of both, and anybody may try that name",
                                STR_ARG(name)));
    else if (ns > CHAIN_NS)
        thread_say(g, false, a, b,
                   arena_printf(g->arena, "the page %.*s is of both, %s apart", STR_ARG(name),
                                thread_span(g->arena, ns)));
    else {
        thread_say(g, true, b, a,
                   arena_printf(g->arena,
                                "%.*s knew %.*s, a name that is in no published list and "
                                "cannot be guessed.",
                                STR_ARG(who), STR_ARG(name)));
        thread_join(g, a, b);
    }
}

static void link_page_users(struct grouping *g, const struct page *page)
{
    const bool guessable = profiles_guessable(g->profiles, page->entry->text);
    u32 writer = NO_FINDING, user = NO_FINDING;
    VEC_EACH (&page->members, i) {
        const struct node *const node = &g->nodes[*i];
        if (node->rank == RANK_REFUSED)
            continue;
        if (!node->client.n) {
            if (writer == NO_FINDING && user != NO_FINDING)
                join_first_user(g, page, *i, user); /* times are rounded */
            writer = writer == NO_FINDING ? *i : writer;
            continue;
        }
        if (user == NO_FINDING && writer != NO_FINDING)
            join_first_user(g, page, writer, *i);
        if (user != NO_FINDING || writer != NO_FINDING)
            link_users(g, page, user != NO_FINDING ? user : writer, *i, guessable);
        user = *i;
    }
}

void thread_link_pages(struct grouping *g)
{
    struct pages pages;
    pages_make(g, &pages);
    VEC_EACH (&pages.all, page)
        link_traces(g, page);
    place_traces(g, &pages);
    VEC_EACH (&pages.all, page)
        link_page_users(g, page);
    pages_release(&pages);
}
