/* thread_tell.c: what is said of each thread: its members in order, and why they belong together.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assess/thread_part.h"

#define SENTENCES_MAX 20 /* of one kind, of one thread */
#define RELATIONS_MAX 10
#define NO_THREAD     UINT32_MAX

static const char *const kind_texts[THREAD_KINDS] = {"intrusion", "attempts", "probes", "unplaced",
                                                     "rest"};

const char *thread_kind_text(enum thread_kind kind)
{
    return kind_texts[kind];
}

struct telling {
    struct grouping *g;
    struct threads *out;
    u32 *thread_of; /* by root; NO_THREAD */
};

/* ---- which threads there are ---- */

/* Something worked, or bears the sign of it; on a build that has the fix, an attempt is one,
 * whatever the answer was. */
static bool is_significant(const struct grouping *g, u32 i)
{
    const struct finding *const f = thread_finding(g, i);
    const struct lead *const lead = f->lead;
    if (!g->nodes[i].major || lead->outcome == OUTCOME_ATTEMPTED)
        return false;
    if (lead->outcome == OUTCOME_SUCCEEDED || lead->artefact)
        return true;
    bool fixed = lead->n_cves > 0 && g->exposure;
    for (u32 k = 0; k < lead->n_cves && fixed; k++)
        fixed = exposure_at(g->exposure, f->hit->event->host, lead->cves[k], finding_time(f)) ==
                BUILD_FIXED;
    return !fixed && (lead->sign || lead->stage >= STAGE_FOOTHOLD);
}

struct candidate {
    u32 root, n;
    enum thread_kind kind;
    i64 first;
    bool told; /* a thread of its own */
};

/* Which go first when there are too many; then the order in which they are shown. */
static int compare_weight(const void *a, const void *b)
{
    const struct candidate *const x = a, *const y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

static int compare_order(const void *a, const void *b)
{
    const struct candidate *const x = a, *const y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

typedef VEC(struct candidate) candidates;

/* Whoever asked for an intruder's page, or comes from his address, is worth a thread, though all he
 * did may be innocent. */
static void mark_related(struct grouping *g, bool *major)
{
    VEC_EACH (&g->related, told) {
        const bool both = g->nodes[told->finding].client.n && g->nodes[told->other].client.n;
        major[thread_root(g, told->finding)] |= both;
        major[thread_root(g, told->other)] |= both;
    }
}

/* Of two that may be one intruder, neither only looked if one did more. */
static void share_tried(struct grouping *g, bool *tried)
{
    bool *const alone = mem_calloc(g->n + 1, sizeof *alone);
    memcpy(alone, tried, g->n * sizeof *alone);
    VEC_EACH (&g->related, told) {
        const u32 one = thread_root(g, told->finding), other = thread_root(g, told->other);
        tried[one] |= alone[other];
        tried[other] |= alone[one];
    }
    mem_free(alone);
}

static candidates collect(struct grouping *g)
{
    candidates out = {0};
    bool *const major = mem_calloc(g->n + 1, sizeof *major);
    bool *const tried = mem_calloc(g->n + 1, sizeof *tried); /* more than a probe */
    mark_related(g, major);
    bool *const significant = mem_calloc(g->n + 1, sizeof *significant);
    u32 *const count = mem_calloc(g->n + 1, sizeof *count);
    for (u32 i = 0; i < g->n; i++) {
        const u32 root = thread_root(g, i);
        major[root] |= g->nodes[i].major;
        significant[root] |= is_significant(g, i);
        tried[root] |= g->nodes[i].major && thread_finding(g, i)->lead->stage != STAGE_PROBE;
        count[root]++;
    }
    share_tried(g, tried);
    for (u32 i = 0; i < g->n; i++)
        if (thread_root(g, i) == i && major[i] && !g->nodes[i].unsure)
            *VEC_PUSH(&out) = (struct candidate){.root = i,
                                                 .n = count[i],
                                                 .kind = significant[i] ? THREAD_INTRUSION
                                                         : tried[i]     ? THREAD_ATTEMPTS
                                                                        : THREAD_PROBES,
                                                 .first = thread_time(g, i)};
    mem_free(major);
    mem_free(tried);
    mem_free(significant);
    mem_free(count);
    if (out.n)
        qsort(out.p, out.n, sizeof *out.p, compare_weight);
    for (size_t i = 0; i < out.n; i++)
        out.p[i].told = i < THREADS_MAX;
    if (out.n)
        qsort(out.p, MIN(out.n, (size_t)THREADS_MAX), sizeof *out.p, compare_order);
    return out;
}

static u32 add_thread(struct telling *t, enum thread_kind kind, u32 host)
{
    *VEC_PUSH(&t->out->all) =
        (struct thread){.kind = kind, .host = host, .first = TIME_NONE, .last = TIME_NONE};
    return (u32)t->out->all.n - 1;
}

static u32 unplaced_of(struct telling *t, u32 host)
{
    for (size_t i = t->out->all.n; i-- > 0 && t->out->all.p[i].kind == THREAD_UNPLACED;)
        if (t->out->all.p[i].host == host)
            return (u32)i;
    return add_thread(t, THREAD_UNPLACED, host);
}

static void add_finding(struct telling *t, u32 at, u32 i)
{
    struct thread *const thread = &t->out->all.p[at];
    const i64 time = thread_time(t->g, i);
    thread->first = thread->first == TIME_NONE ? time : MIN(thread->first, time);
    thread->last = MAX(thread->last, time);
    *VEC_PUSH(&thread->findings) = i;
}

/* What nobody's thread holds and has to be shown: of what only supports or asks, what a chain has.
 */
static bool is_left(const struct grouping *g, u32 i)
{
    const struct finding *const f = thread_finding(g, i);
    return g->nodes[i].in && (g->nodes[i].major || f->lead->cleared || f->chain != NO_CHAIN);
}

static void make_all(struct telling *t)
{
    struct grouping *const g = t->g;
    candidates all = collect(g);
    for (u32 i = 0; i < g->n; i++)
        t->thread_of[i] = NO_THREAD;
    VEC_EACH (&all, c) {
        if (c->told)
            t->thread_of[c->root] = add_thread(t, c->kind, thread_host(g, c->root));
        else /* they come after those that are told, so the last one is theirs */
            t->thread_of[c->root] = t->out->all.p[t->out->all.n - 1].kind == THREAD_REST
                                        ? (u32)t->out->all.n - 1
                                        : add_thread(t, THREAD_REST, NO_HOST);
    }
    for (u32 i = 0; i < g->n; i++) {
        const u32 own = t->thread_of[thread_root(g, i)];
        if (own != NO_THREAD)
            add_finding(t, own, i);
        else if (is_left(g, i))
            add_finding(t, unplaced_of(t, thread_host(g, i)), i);
    }
    VEC_FREE(&all);
}

/* ---- its members ---- */

static void say(struct telling *t, u32 at, str text, bool sure)
{
    *VEC_PUSH(&t->out->all.p[at].links) = (struct thread_link){text, sure};
}

static void doubt(struct thread *thread, str text)
{
    *VEC_PUSH(&thread->doubts) = text;
}

/* Each address and agent once, and how many findings each address has. */
static void add_names(struct telling *t, u32 at)
{
    struct thread *const thread = &t->out->all.p[at];
    struct intern clients, agents;
    VEC(size_t) counts = {0};
    intern_init(&clients, NULL);
    intern_init(&agents, NULL);
    VEC_EACH (&thread->findings, i) {
        const struct node *const node = &t->g->nodes[*i];
        if (node->client.n) {
            const u32 id = intern_add(&clients, node->client);
            if (id == thread->clients.n) {
                *VEC_PUSH(&thread->clients) = node->client;
                *VEC_PUSH(&counts) = 0;
            }
            counts.p[id]++;
        }
        if (node->agent.n && intern_add(&agents, node->agent) == thread->agents.n)
            *VEC_PUSH(&thread->agents) = node->agent;
    }
    for (size_t i = 0; i < MIN(thread->clients.n, (size_t)SENTENCES_MAX); i++)
        say(t, at,
            arena_printf(t->g->arena, "%.*s: %zu finding%s", STR_ARG(thread->clients.p[i]),
                         counts.p[i],
                         counts.p[i] == 1 ? "." : "s, never more than 24 hours apart."),
            true);
    VEC_FREE(&counts);
    intern_release(&clients);
    intern_release(&agents);
}

static void add_webshells(struct telling *t)
{
    u32 *const last = mem_calloc(t->out->all.n + 1, sizeof *last);
    u32 number = 0;
    VEC_EACH (&t->g->scope->entries, entry) {
        number++;
        if (!thread_is_page(t->g, entry))
            continue;
        VEC_EACH (&entry->findings, i) {
            const u32 at = t->thread_of[thread_root(t->g, *i)];
            if (at == NO_THREAD || last[at] == number)
                continue;
            last[at] = number;
            *VEC_PUSH(&t->out->all.p[at].webshells) = entry->text;
        }
    }
    mem_free(last);
}

/* ---- its timeline ---- */

static void start_step(struct thread *thread, const struct finding *f, u32 i)
{
    *VEC_PUSH(&thread->steps) =
        (struct step){.act = f->lead->act, .time = finding_time(f), .lead = i};
}

/* As in a chain (finding.h): records of one act within a minute are one step. */
static void add_steps(struct telling *t, struct thread *thread)
{
    VEC(struct {
        str act;
        u32 step;
        i64 last;
    })
    acts = {0};
    VEC_EACH (&thread->findings, i) {
        const struct finding *const f = thread_finding(t->g, *i);
        size_t k = 0;
        while (k < acts.n && !str_eq(acts.p[k].act, f->lead->act))
            k++;
        if (k == acts.n) {
            VEC_PUSH(&acts)->act = f->lead->act;
            acts.p[k].last = TIME_NONE;
        }
        if (acts.p[k].last == TIME_NONE || time_between(acts.p[k].last, finding_time(f)) > ACT_NS) {
            acts.p[k].step = (u32)thread->steps.n;
            start_step(thread, f, *i);
        }
        struct step *const step = &thread->steps.p[acts.p[k].step];
        if (thread_finding(t->g, step->lead)->lead->supports && !f->lead->supports)
            step->lead = *i;
        *VEC_PUSH(&step->findings) = *i;
        acts.p[k].last = finding_time(f);
    }
    VEC_FREE(&acts);
}

/* ---- why they belong together, and what is not known ---- */

static void add_key_links(struct telling *t, u32 at)
{
    static const struct {
        enum thread_key_kind kind;
        const char *text;
    } rows[] = {
        {KEY_REQUEST, "%zu findings share a request id with another: logs of one request."},
        {KEY_SESSION, "%zu findings share a session or a canary of the control panel."},
        {KEY_LOGON, "%zu findings share a logon."},
        {KEY_PROCESS, "%zu findings share a process, or are of a process and its child."},
        {KEY_FILE, "%zu findings without an address are of one page: written, shared, compiled."},
    };
    size_t counts[KEY_KINDS] = {0}, nameless = 0;
    VEC_EACH (&t->out->all.p[at].findings, i) {
        for (int k = 0; k < KEY_KINDS; k++)
            counts[k] += t->g->nodes[*i].linked >> k & 1;
        nameless += !t->g->nodes[*i].client.n;
    }
    for (size_t k = 0; k < COUNT(rows); k++)
        if (counts[rows[k].kind]) {
            char text[160];
            snprintf(text, sizeof text, rows[k].text, counts[rows[k].kind]);
            say(t, at, arena_str(t->g->arena, str_from(text)), true);
        }
    const bool anchored = t->out->all.p[at].clients.n > 0;
    if (nameless && anchored)
        say(t, at,
            arena_printf(t->g->arena,
                         "%zu findings name no client. Where no key places them, they "
                         "follow a request of this thread, and nobody else was at "
                         "work near.",
                         nameless),
            false);
    else if (nameless)
        say(t, at, S("No record names a client; they follow each other within 24 hours."), false);
}

static void add_told(struct telling *t)
{
    VEC_EACH (&t->g->joined, told) {
        const u32 at = t->thread_of[thread_root(t->g, told->finding)];
        if (at != NO_THREAD && t->out->all.p[at].links.n < (size_t)SENTENCES_MAX * 2)
            say(t, at, told->text, false);
    }
}

static void relate(struct telling *t, u32 from, u32 to, str text)
{
    struct thread *const thread = &t->out->all.p[from];
    if (thread->related.n >= RELATIONS_MAX)
        return;
    VEC_EACH (&thread->related, r)
        if (r->thread == to && str_eq(r->text, text))
            return;
    *VEC_PUSH(&thread->related) = (struct thread_relation){to, text};
}

static void add_relations(struct telling *t)
{
    VEC_EACH (&t->g->related, told) {
        const u32 a = t->thread_of[thread_root(t->g, told->finding)];
        const u32 b = t->thread_of[thread_root(t->g, told->other)];
        if (a == b || a == NO_THREAD || b == NO_THREAD || t->out->all.p[a].kind == THREAD_REST ||
            t->out->all.p[b].kind == THREAD_REST)
            continue;
        relate(t, a, b, told->text);
        relate(t, b, a, told->text);
    }
}

static bool joined_by_conclusion(const struct thread *thread)
{
    VEC_EACH (&thread->links, link)
        if (!link->sure)
            return thread->clients.n > 1;
    return false;
}

static void add_address_doubts(struct telling *t, struct thread *thread)
{
    str proxy = STR_NONE, local = STR_NONE;
    bool forwarded = false;
    VEC_EACH (&thread->findings, i) {
        const struct node *const node = &t->g->nodes[*i];
        proxy = node->proxy.n ? node->proxy : proxy;
        local = node->client.n && thread_is_private(node->client) ? node->client : local;
        forwarded |= node->forwarded;
    }
    if (proxy.n)
        doubt(thread,
              arena_printf(t->g->arena,
                           "%.*s passes on requests of others (another log names who asked), so it "
                           "tells nobody apart.",
                           STR_ARG(proxy)));
    if (local.n)
        doubt(thread, arena_printf(t->g->arena,
                                   "%.*s is a private address: somebody inside, or a proxy or load "
                                   "balancer behind which there may be several. Cannot say.",
                                   STR_ARG(local)));
    if (forwarded)
        doubt(thread,
              S("Two logs name different public addresses for one request: a proxy, or a header "
                "that the client made up. Cannot say which."));
}

static void add_doubts(struct telling *t, struct thread *thread)
{
    if (thread->kind == THREAD_UNPLACED) {
        doubt(thread,
              S("Nobody can say whose these are: no key links them to a thread, and at the time "
                "several were at work or nobody was."));
        return;
    }
    if (thread->kind == THREAD_REST) {
        doubt(thread, S("Many threads, taken together because there are too many to show."));
        return;
    }
    add_address_doubts(t, thread);
    if (joined_by_conclusion(thread))
        doubt(thread,
              S("That one intruder used these addresses is concluded, not seen: access may have "
                "been handed on."));
    if (!thread->clients.n)
        doubt(thread,
              S("No address of a client is known, so several intruders could not be told apart."));
}

void thread_tell(struct grouping *g, struct threads *out)
{
    struct telling t = {.g = g, .out = out};
    t.thread_of = mem_calloc(g->n + 1, sizeof *t.thread_of);
    make_all(&t);
    add_webshells(&t);
    for (u32 at = 0; at < out->all.n; at++) {
        add_names(&t, at);
        if (out->all.p[at].kind < THREAD_UNPLACED)
            add_key_links(&t, at);
    }
    add_told(&t);
    add_relations(&t);
    VEC_EACH (&out->all, thread) {
        add_steps(&t, thread);
        add_doubts(&t, thread);
    }
    mem_free(t.thread_of);
}
