/* document_thread.c: threads of activity, each beside the published profiles, and what to know of
 * these. */
#include <stdio.h>

#include "assess/document_part.h"

static void write_id(struct jsonw *w, char letter, size_t index)
{
    char id[32];
    snprintf(id, sizeof id, "%c%03zu", letter, index + 1);
    jsonw_str(w, str_from(id));
}

static void write_chains(struct jsonw *w, const struct document *doc, const struct thread *thread)
{
    u32 last = NO_CHAIN; /* chains of one host follow each other, so this is enough */
    jsonw_key(w, "chains");
    jsonw_array(w);
    VEC_EACH (&thread->findings, i) {
        const u32 chain = doc->in.findings->all.p[*i].chain;
        if (chain != NO_CHAIN && chain != last && thread->kind != THREAD_REST)
            write_id(w, 'C', chain);
        last = chain != NO_CHAIN ? chain : last;
    }
    jsonw_array_end(w);
}

static void write_links(struct jsonw *w, const struct thread *thread)
{
    jsonw_key(w, "links");
    jsonw_array(w);
    VEC_EACH (&thread->links, link) {
        jsonw_object(w);
        jsonw_member_str(w, "text", link->text);
        jsonw_member_z(w, "strength", link->sure ? "sure" : "likely");
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    document_texts(w, "doubts", thread->doubts.p, (u32)thread->doubts.n);
    jsonw_key(w, "related");
    jsonw_array(w);
    VEC_EACH (&thread->related, related) {
        jsonw_object(w);
        jsonw_key(w, "thread");
        write_id(w, 'T', related->thread);
        jsonw_member_str(w, "text", related->text);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_profiles(struct jsonw *w, const struct document *doc, const struct thread *thread)
{
    struct arena arena = {0};
    compared_list all = {0};
    const struct activity activity = {
        .findings = thread->findings.p,
        .n_findings = thread->findings.n,
        .clients = thread->clients.p,
        .n_clients = thread->clients.n,
        .agents = thread->agents.p,
        .n_agents = thread->agents.n,
        .webshells = thread->webshells.p,
        .n_webshells = thread->webshells.n,
        .first = thread->first,
        .last = thread->last,
        .one = thread->kind < THREAD_UNPLACED,
    };
    if (doc->profiles)
        profiles_compare(doc->profiles, doc->in.findings, &activity, &arena, &all);
    jsonw_key(w, "profiles");
    jsonw_array(w);
    VEC_EACH (&all, one) {
        jsonw_object(w);
        jsonw_member_str(w, "name", one->name);
        jsonw_member_z(w, "statement", profile_statement_text(one->statement));
        document_texts(w, "why", one->why.p, (u32)one->why.n);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    compared_release(&all);
    arena_release(&arena);
}

static void write_thread(struct jsonw *w, const struct document *doc, const struct thread *thread,
                         size_t index)
{
    jsonw_object(w);
    jsonw_key(w, "id");
    write_id(w, 'T', index);
    jsonw_member_z(w, "kind", thread_kind_text(thread->kind));
    if (thread->host == NO_HOST)
        jsonw_member_null(w, "host");
    else
        jsonw_member_str(w, "host", document_host(doc, thread->host));
    jsonw_member_time(w, "first", thread->first);
    jsonw_member_time(w, "last", thread->last);
    document_texts(w, "clients", thread->clients.p, (u32)thread->clients.n);
    document_texts(w, "user_agents", thread->agents.p, (u32)thread->agents.n);
    document_texts(w, "webshells", thread->webshells.p, (u32)thread->webshells.n);
    write_chains(w, doc, thread);
    jsonw_key(w, "steps");
    jsonw_array(w);
    VEC_EACH (&thread->steps, step)
        document_step(w, doc, step);
    jsonw_array_end(w);
    document_finding_ids(w, doc, thread->findings.p, thread->findings.n);
    write_links(w, thread);
    write_profiles(w, doc, thread);
    jsonw_object_end(w);
}

void document_threads(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "threads");
    jsonw_array(w);
    for (size_t i = 0; doc->threads && i < doc->threads->all.n; i++)
        write_thread(w, doc, &doc->threads->all.p[i], i);
    jsonw_array_end(w);
    if (!doc->profiles)
        return;
    jsonw_key(w, "profiles_compared");
    jsonw_object(w);
    jsonw_member_u64(w, "profiles", doc->profiles->all.n);
    jsonw_member_str(w, "as_of", doc->profiles->as_of);
    document_texts(w, "caveats", doc->profiles->caveats.p, (u32)doc->profiles->caveats.n);
    jsonw_object_end(w);
}
