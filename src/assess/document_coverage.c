/* document_coverage.c: what the evidence could have shown, what of it was lost, and what it was
 * made of. */
#include "assess/document_part.h"

#include "base/limits.h"

static void write_source(struct jsonw *w, const struct document *doc,
                         const struct coverage_source *s)
{
    jsonw_object(w);
    jsonw_member_str(w, "kind", s->kind);
    if (s->unverified)
        jsonw_member_bool(w, "unverified", true);
    jsonw_member_str(w, "host", document_host(doc, s->host));
    jsonw_member_u64(w, "files", s->files);
    jsonw_member_u64(w, "events", s->events);
    jsonw_member_time(w, "first", s->first);
    jsonw_member_time(w, "last", s->last);
    jsonw_key(w, "gaps");
    jsonw_array(w);
    VEC_EACH (&s->gaps, gap) {
        jsonw_object(w);
        jsonw_member_time(w, "from", gap->from);
        jsonw_member_time(w, "to", gap->to);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "cleared");
    jsonw_array(w);
    VEC_EACH (&s->cleared, t) {
        char text[TIME_MAX];
        jsonw_str(w, str_from(time_format(*t, text)));
    }
    jsonw_array_end(w);
    jsonw_member_u64(w, "damage", s->damage);
    if (s->skew) {
        jsonw_member_i64(w, "clock_skew_s", s->skew->add_ns / TIME_SECOND);
        jsonw_key(w, "clock");
        jsonw_object(w);
        jsonw_member_u64(w, "samples", s->skew->samples);
        jsonw_member_u64(w, "pairs", s->skew->pairs);
        jsonw_member_u64(w, "pairs_met", s->skew->pairs_met);
        jsonw_object_end(w);
    } else {
        jsonw_member_i64(w, "clock_skew_s", 0);
    }
    jsonw_object_end(w);
}

static void write_stages(struct jsonw *w, const struct document *doc)
{
    static const char *const sights[] = {
        [SIGHT_NO] = "no", [SIGHT_PARTLY] = "partly", [SIGHT_YES] = "yes"};
    jsonw_key(w, "stages");
    jsonw_array(w);
    for (u32 h = 0; h < doc->in.coverage->n_hosts; h++)
        for (int i = STAGE_EXPOSURE; i < STAGE_COUNT; i++) {
            const struct coverage_stage *const stage = &doc->in.coverage->stages[h][i];
            jsonw_object(w);
            jsonw_member_z(w, "stage", stage_text(stage->stage));
            jsonw_member_str(w, "host", document_host(doc, h));
            jsonw_member_z(w, "could_be_seen", sights[stage->sight]);
            jsonw_member_time(w, "from", stage->from);
            jsonw_member_time(w, "to", stage->to);
            jsonw_member_str(w, "why", stage->why);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
}

static void write_rules(struct jsonw *w, const struct document *doc)
{
    const struct scan *const scan = doc->in.scan;
    jsonw_key(w, "rules");
    jsonw_object(w);
    jsonw_member_u64(w, "loaded", scan->rules->n_rules);
    jsonw_key(w, "rejected");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rejected; i++) {
        const struct ruleset_reject *const r = &scan->rules->rejected[i];
        jsonw_object(w);
        jsonw_member_str(w, "rule", r->rule);
        jsonw_member_str(w, "file", r->file);
        jsonw_member_u64(w, "line", r->line);
        jsonw_member_str(w, "why", r->why);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "could_not_fire");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->could_not_fire && scan->could_not_fire[i].n) {
            jsonw_object(w);
            jsonw_member_str(w, "rule", scan->rules->rules[i]->id);
            jsonw_member_str(w, "title", scan->rules->rules[i]->title);
            jsonw_member_str(w, "why", scan->could_not_fire[i]);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
    jsonw_key(w, "not_kept");
    jsonw_array(w);
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->counts[i].hits > scan->counts[i].kept) {
            jsonw_object(w);
            jsonw_member_str(w, "rule", scan_rule_name(scan->rules->rules[i]));
            jsonw_member_u64(w, "hits", scan->counts[i].hits);
            jsonw_member_u64(w, "kept", scan->counts[i].kept);
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
    jsonw_member_u64(w, "regex_limit_hits", scan->regex_limits);
    jsonw_object_end(w);
}

/* Only where there is something: without --carve there is not. */
static void write_carved(struct jsonw *w, const struct document *doc)
{
    if (doc->in.coverage->carved.n == 0)
        return;
    jsonw_key(w, "carved");
    jsonw_array(w);
    VEC_EACH (&doc->in.coverage->carved, c) {
        jsonw_object(w);
        jsonw_member_str(w, "kind", c->kind);
        jsonw_member_str(w, "host", document_host(doc, c->host));
        jsonw_member_u64(w, "events", c->events);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

void document_coverage(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "coverage");
    jsonw_object(w);
    jsonw_key(w, "sources");
    jsonw_array(w);
    VEC_EACH (&doc->in.coverage->sources, s)
        write_source(w, doc, s);
    jsonw_array_end(w);
    write_carved(w, doc);
    write_stages(w, doc);
    write_rules(w, doc);
    jsonw_object_end(w);
}

/* ---- damage, refusals, manifest ---- */

void document_damage(struct jsonw *w, const struct document *doc)
{
    jsonw_key(w, "damage");
    jsonw_array(w);
    VEC_EACH (&doc->in.scan->damages, d) {
        jsonw_object(w);
        jsonw_member_str(w, "source", d->name);
        jsonw_member_u64(w, "offset", d->off);
        jsonw_member_str(w, "what", d->what);
        jsonw_member_u64(w, "lost", d->lost);
        if (d->carved)
            jsonw_member_bool(w, "carved", true);
        if (d->found) {
            jsonw_member_u64(w, "record", d->record);
            jsonw_member_time(w, "time", d->time);
        }
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "refused");
    jsonw_array(w);
    VEC_EACH (&doc->in.scan->refusals, r) {
        jsonw_object(w);
        jsonw_member_str(w, "source", r->name);
        jsonw_member_str(w, "limit", r->limit);
        jsonw_member_str(w, "why", r->why);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* Files that hold something and that no reader knew. Those that should have been logs are among the
 * damage as well. */
void document_unread(struct jsonw *w, const struct document *doc)
{
    u64 n = 0, more = 0;
    jsonw_key(w, "unread");
    jsonw_array(w);
    VEC_EACH (&doc->in.scan->sources, s) {
        if (s->format.n || !s->size)
            continue;
        if (n++ >= LIMIT_REFUSALS) {
            more += s->size;
            continue;
        }
        jsonw_object(w);
        jsonw_member_str(w, "source", s->name);
        jsonw_member_u64(w, "size", s->size);
        jsonw_member_z(w, "why", s->should_be ? s->should_be : "no log that leadline knows");
        jsonw_object_end(w);
    }
    if (n > LIMIT_REFUSALS) {
        struct arena arena = {0};
        jsonw_object(w);
        jsonw_member_z(w, "source", "all evidence");
        jsonw_member_u64(w, "size", more);
        jsonw_member_str(w, "why",
                         arena_printf(&arena, "%llu more files: manifest.sources has them",
                                      (unsigned long long)(n - LIMIT_REFUSALS)));
        jsonw_object_end(w);
        arena_release(&arena);
    }
    jsonw_array_end(w);
}

void document_manifest(struct jsonw *w, const struct document *doc)
{
    const struct scan *const scan = doc->in.scan;
    jsonw_key(w, "manifest");
    jsonw_object(w);
    jsonw_member_z(w, "version", LEADLINE_VERSION);
    jsonw_member_z(w, "rules_sha256", scan->rules->sha256);
    jsonw_member_str(w, "tables_as_of", doc->in.exposure->as_of);
    jsonw_key(w, "inputs");
    jsonw_array(w);
    VEC_EACH (&scan->inputs, input) {
        jsonw_object(w);
        jsonw_member_str(w, "path", input->path);
        jsonw_member_u64(w, "size", input->size);
        jsonw_member_z(w, "sha256", input->sha256);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "sources");
    jsonw_array(w);
    VEC_EACH (&scan->sources, s) {
        jsonw_object(w);
        jsonw_member_str(w, "path", s->name);
        jsonw_member_u64(w, "size", s->size);
        jsonw_member_z(w, "sha256", s->sha256);
        jsonw_member_str(w, "format", s->format);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "options");
    jsonw_object(w);
    if (doc->options.n)
        jsonw_member_str(w, "arguments", doc->options);
    jsonw_object_end(w);
    jsonw_member_time(w, "started", doc->started);
    jsonw_member_f64(w, "seconds", doc->seconds);
    jsonw_object_end(w);
}
