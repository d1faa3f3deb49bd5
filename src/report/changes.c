#include "report/changes.h"

#include <stdlib.h>

#define GONE_MAX 1000 /* findings that are no longer there, named one by one */

/* ---- findings ---- */

struct keyed {
    str key;
    size_t at;
    const struct json *finding;
};

struct keys {
    struct keyed *p;
    size_t n;
};

static int compare(const void *a, const void *b)
{
    const struct keyed *const x = a, *const y = b;
    const int order = str_cmp(x->key, y->key);
    return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

static struct keys keys_of(struct arena *arena, const struct json *doc)
{
    const struct json *const list = json_get(doc, "findings");
    struct keys keys = {.p = ARENA_ARRAY(arena, struct keyed, view_count(list) + 1)};
    VIEW_EACH (list, finding) {
        const struct json *const source = json_get(finding, "source"), *const rule = json_get(
                                                                           finding, "rule");
        const str key = arena_printf(
            arena, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", STR_ARG(view_str(rule, "id")),
            STR_ARG(view_str(rule, "title")), STR_ARG(view_text(finding, "time_recorded")),
            STR_ARG(view_text(source, "offset")), STR_ARG(view_text(source, "record")),
            STR_ARG(view_text(finding, "raw")));
        keys.p[keys.n] = (struct keyed){key, keys.n, finding};
        keys.n++;
    }
    if (keys.n)
        qsort(keys.p, keys.n, sizeof *keys.p, compare);
    return keys;
}

/* Marks in `only` those of `a` that `b` has no fellow for. */
static size_t only_in(const struct keys *a, const struct keys *b, const struct json **only)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < a->n; i++) {
        while (k < b->n && str_cmp(b->p[k].key, a->p[i].key) < 0)
            k++;
        if (k < b->n && str_eq(b->p[k].key, a->p[i].key))
            k++;
        else
            only[a->p[i].at] = a->p[i].finding, n++;
    }
    return n;
}

static void write_findings(const struct json *before, const struct json *after, struct jsonw *w)
{
    struct arena arena = {0};
    const struct keys old = keys_of(&arena, before), new = keys_of(&arena, after);
    const struct json **const come = ARENA_ARRAY(&arena, const struct json *, new.n + 1);
    const struct json **const gone = ARENA_ARRAY(&arena, const struct json *, old.n + 1);
    (void)only_in(&new, &old, come);
    size_t left = only_in(&old, &new, gone);
    jsonw_key(w, "findings");
    jsonw_object(w);
    jsonw_member_u64(w, "before", old.n);
    jsonw_member_u64(w, "after", new.n);
    jsonw_key(w, "new");
    jsonw_array(w);
    for (size_t i = 0; i < new.n; i++)
        if (come[i])
            jsonw_str(w, view_text(come[i], "id"));
    jsonw_array_end(w);
    jsonw_member_u64(w, "gone_count", left);
    jsonw_key(w, "gone");
    jsonw_array(w);
    left = 0;
    for (size_t i = 0; i < old.n; i++)
        if (gone[i] && left++ < GONE_MAX) {
            jsonw_object(w);
            jsonw_member_str(w, "id", view_text(gone[i], "id"));
            jsonw_member_str(w, "text", view_str(gone[i], "text"));
            jsonw_object_end(w);
        }
    jsonw_array_end(w);
    jsonw_object_end(w);
    arena_release(&arena);
}

/* ---- files, hosts, coverage ---- */

static const struct json *find(const struct json *list, const char *key, str text,
                               const char *second, str other)
{
    VIEW_EACH (list, item)
        if (str_eq(view_str(item, key), text) && (!second || str_eq(view_str(item, second), other)))
            return item;
    return NULL;
}

static void write_added(const struct json *before, const struct json *after, struct jsonw *w)
{
    const struct json *const old = json_get(json_get(before, "manifest"), "inputs");
    jsonw_key(w, "added");
    jsonw_array(w);
    VIEW_EACH (json_get(json_get(after, "manifest"), "inputs"), input) {
        if (find(old, "sha256", view_str(input, "sha256"), NULL, STR_NONE))
            continue; /* known, whatever it is called from here */
        jsonw_object(w);
        jsonw_member_str(w, "path", view_str(input, "path"));
        jsonw_member_str(w, "sha256", view_str(input, "sha256"));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_pair(const struct json *before, const struct json *after, const char *member,
                       struct jsonw *w)
{
    jsonw_object(w);
    for (int i = 0; i < 2; i++) {
        const str text = view_text(i ? after : before, member);
        jsonw_key(w, i ? "to" : "from");
        if (text.n)
            jsonw_str(w, text);
        else
            jsonw_null(w);
    }
    jsonw_object_end(w);
}

static void write_hosts(const struct json *before, const struct json *after, struct jsonw *w)
{
    jsonw_key(w, "hosts");
    jsonw_array(w);
    VIEW_EACH (json_get(after, "hosts"), host) {
        const struct json *const old =
            find(json_get(before, "hosts"), "name", view_str(host, "name"), NULL, STR_NONE);
        if (old && str_eq(view_str(old, "verdict"), view_str(host, "verdict")))
            continue;
        jsonw_object(w);
        jsonw_member_str(w, "name", view_str(host, "name"));
        jsonw_key(w, "verdict");
        write_pair(old, host, "verdict", w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static bool differs(const struct json *a, const struct json *b, const char *const *members,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!str_eq(view_text(a, members[i]), view_text(b, members[i])))
            return true;
    return false;
}

/* One row a source or stage that differs: members from and to of each that is compared. */
static void write_rows(const struct json *before, const struct json *after, const char *list,
                       const char *key, const char *const *members, size_t n, struct jsonw *w)
{
    const struct json *const olds = json_get(json_get(before, "coverage"), list);
    jsonw_key(w, list);
    jsonw_array(w);
    VIEW_EACH (json_get(json_get(after, "coverage"), list), row) {
        const struct json *const old =
            find(olds, key, view_str(row, key), "host", view_str(row, "host"));
        if (old && !differs(old, row, members, n))
            continue;
        jsonw_object(w);
        jsonw_member_str(w, key, view_str(row, key));
        jsonw_member_str(w, "host", view_str(row, "host"));
        for (size_t i = 0; i < n; i++) {
            jsonw_key(w, members[i]);
            write_pair(old, row, members[i], w);
        }
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_coverage(const struct json *before, const struct json *after, struct jsonw *w)
{
    static const char *const of_source[] = {"first", "last", "events"};
    static const char *const of_stage[] = {"could_be_seen", "from", "to"};
    jsonw_key(w, "coverage");
    jsonw_object(w);
    write_rows(before, after, "sources", "kind", of_source, COUNT(of_source), w);
    write_rows(before, after, "stages", "stage", of_stage, COUNT(of_stage), w);
    jsonw_object_end(w);
}

/* What else differed between the runs, and may have changed the answer. */
static void write_also(const struct json *before, const struct json *after, struct jsonw *w)
{
    const struct json *const a = json_get(before, "manifest"), *const b =
                                                                   json_get(after, "manifest");
    jsonw_key(w, "also");
    jsonw_array(w);
    if (!str_eq(view_str(a, "version"), view_str(b, "version")))
        jsonw_str(w, S("program"));
    if (!str_eq(view_str(a, "rules_sha256"), view_str(b, "rules_sha256")))
        jsonw_str(w, S("rules"));
    if (!str_eq(view_str(json_get(a, "options"), "arguments"),
                view_str(json_get(b, "options"), "arguments")))
        jsonw_str(w, S("options"));
    if (!str_eq(view_str(json_get(a, "context"), "sha256"),
                view_str(json_get(b, "context"), "sha256")))
        jsonw_str(w, S("context"));
    jsonw_array_end(w);
}

void changes_make(const struct json *before, const struct json *after, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_member_str(w, "since", view_str(json_get(before, "manifest"), "started"));
    write_added(before, after, w);
    jsonw_key(w, "verdict");
    write_pair(before, after, "verdict", w);
    write_hosts(before, after, w);
    write_findings(before, after, w);
    write_coverage(before, after, w);
    write_also(before, after, w);
    jsonw_object_end(w);
}

/* ---- in sentences ---- */

static void say_verdict(const struct view *view, const struct json *changes, struct lines *out)
{
    const struct json *const verdict = json_get(changes, "verdict");
    const str from = view_str(verdict, "from"), to = view_str(verdict, "to");
    lines_text(
        view, out,
        str_eq(from, to)
            ? arena_printf(view->arena, "The verdict stays: %.*s", STR_ARG(words_verdict(to)->text))
            : arena_printf(view->arena, "The verdict was: %.*s. It is now: %.*s",
                           STR_ARG(words_verdict(from)->text), STR_ARG(words_verdict(to)->text)));
}

static void say_findings(const struct view *view, const struct json *changes, struct lines *out)
{
    const struct json *const findings = json_get(changes, "findings");
    const struct view_ids ids = view_ids(view, json_get(findings, "new"));
    const str gone = view_text(findings, "gone_count");
    lines_add(view, out,
              (struct line){.text = arena_printf(view->arena, "%zu new finding%s", ids.n,
                                                 ids.n == 1 ? "" : "s"),
                            .ids = ids});
    if (gone.n && !str_eq(gone, S("0")))
        lines_text(view, out,
                   arena_printf(view->arena, "%.*s earlier finding%s no longer there",
                                STR_ARG(gone), str_eq(gone, S("1")) ? " is" : "s are"));
}

static void say_sources(const struct view *view, const struct json *changes, struct lines *out)
{
    VIEW_EACH (json_get(json_get(changes, "coverage"), "sources"), source) {
        const struct json *const first = json_get(source, "first"), *const last =
                                                                        json_get(source, "last");
        const bool is_new = view_text(json_get(source, "events"), "from").n == 0;
        lines_text(view, out,
                   arena_printf(view->arena, "%.*s: %s %.*s – %.*s",
                                STR_ARG(words_kind(view_str(source, "kind"))),
                                is_new ? "new, covers" : "covers now",
                                STR_ARG(view_day(view, first, "to")),
                                STR_ARG(view_day(view, last, "to"))));
    }
}

static void say_also(const struct view *view, const struct json *changes, struct lines *out)
{
    VIEW_EACH (json_get(changes, "also"), what)
        lines_text(view, out,
                   arena_printf(view->arena, "Not the evidence alone: the %.*s differ%s too",
                                STR_ARG(view_scalar(what)),
                                str_ends(view_scalar(what), S("s")) ? "" : "s"));
}

void changes_lines(const struct view *view, struct lines *out)
{
    const struct json *const changes = json_get(view->doc, "changes");
    const size_t added = view_count(json_get(changes, "added"));
    if (!changes || changes->type != JSON_OBJECT)
        return;
    say_verdict(view, changes, out);
    lines_text(view, out,
               arena_printf(view->arena, "%zu file%s of evidence added since %.*s", added,
                            added == 1 ? "" : "s", STR_ARG(view_day(view, changes, "since"))));
    say_findings(view, changes, out);
    say_sources(view, changes, out);
    say_also(view, changes, out);
}
