#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX   100 /* exploits told apart by name: there are not that many */
#define SHOWN_NAMES 3   /* names of one kind before "and 4 more" */

/* ---- lists of sentences, joined text ---- */

static void add_line2(const struct view *view, struct lines *lines, str text, str more)
{
    if (lines->n == lines->cap) {
        lines->cap = MAX(8, lines->cap * 2);
        struct line *const grown = ARENA_ARRAY(view->arena, struct line, lines->cap);
        for (size_t i = 0; i < lines->n; i++)
            grown[i] = lines->p[i];
        lines->p = grown;
    }
    lines->p[lines->n++] = (struct line){text, more};
}

static void add_line(const struct view *view, struct lines *lines, str text)
{
    add_line2(view, lines, text, S(""));
}

static str join(const struct view *view, str a, const char *between, str b)
{
    if (a.n == 0 || b.n == 0)
        return a.n ? a : b;
    return arena_printf(view->arena, "%.*s%s%.*s", STR_ARG(a), between, STR_ARG(b));
}

static bool has_line(const struct lines *lines, str text)
{
    for (size_t i = 0; i < lines->n; i++)
        if (str_eq(lines->p[i].text, text))
            return true;
    return false;
}

/* The first names and how many more there are. */
static str some_names(const struct view *view, const struct lines *names, const char *between)
{
    str text = S("");
    for (size_t i = 0; i < MIN(names->n, SHOWN_NAMES); i++)
        text = join(view, text, between, names->p[i].text);
    if (names->n > SHOWN_NAMES)
        text =
            arena_printf(view->arena, "%.*s, and %zu more", STR_ARG(text), names->n - SHOWN_NAMES);
    return text;
}

/* ---- the parts ---- */

static str host_names(const struct view *view)
{
    struct lines names = {0};
    VIEW_EACH (json_get(view->doc, "hosts"), host)
        if (view_str(host, "name").n)
            add_line(view, &names, view_str(host, "name"));
    if (names.n == 0)
        return S("a server without a name");
    const str some = some_names(view, &names, ", ");
    return names.n == 1 ? some
                        : arena_printf(view->arena, "%zu servers: %.*s", names.n, STR_ARG(some));
}

static void make_since(const struct view *view, const struct verdict_word *verdict,
                       struct lines *since)
{
    const str first = view_day(view, view->doc, "since"), last = view_day(view, view->doc, "until");
    const str active = view_text(view->doc, "active_at_end");
    if (first.n == 0)
        add_line2(view, since, S("No malicious act was seen."),
                  str_eq(verdict->key, S("CANNOT_TELL"))
                      ? S("There may have been some: see what could not be seen.")
                      : S(""));
    else if (str_eq(view_str(view->doc, "since_bound"), S("not_after")))
        add_line2(view, since, arena_printf(view->arena, "Not later than %.*s.", STR_ARG(first)),
                  S("It may have begun before the evidence does."));
    else
        add_line(view, since, first);
    if (last.n)
        add_line2(view, since, arena_printf(view->arena, "Last act seen: %.*s.", STR_ARG(last)),
                  str_eq(active, S("true"))    ? S("It was still going on when the evidence ends.")
                  : str_eq(active, S("false")) ? S("Nothing more was seen after that.")
                                               : S("Whether it goes on cannot be told."));
}

/* The better known of two outcomes: succeeded, then attempted. */
static str best_outcome(str a, str b)
{
    if (str_eq(a, S("succeeded")) || str_eq(b, S("succeeded")))
        return S("succeeded");
    if (str_eq(a, S("attempted")) || str_eq(b, S("attempted")))
        return S("attempted");
    return a.n ? a : b;
}

/* One line for each exploit name: "ProxyLogon (CVE-…, CVE-…): succeeded". */
static void make_how(const struct view *view, struct lines *how)
{
    const struct json *const exploits = json_get(view->doc, "exploits");
    struct lines seen = {0};
    VIEW_EACH (exploits, exploit) {
        const str name = view_str(exploit, "name");
        const str key = name.n ? name : view_str(exploit, "cve");
        if (key.n == 0 || seen.n == NAMES_MAX || has_line(&seen, key))
            continue;
        add_line(view, &seen, key);
        struct lines cves = {0};
        str outcome = S("");
        VIEW_EACH (exploits, other) {
            if (!str_eq(view_str(other, "name"), name) || (name.n == 0 && other != exploit))
                continue;
            outcome = best_outcome(outcome, view_str(other, "outcome"));
            const str cve = view_str(other, "cve");
            if (cve.n && cves.n < NAMES_MAX && !str_eq(cve, key) && !has_line(&cves, cve))
                add_line(view, &cves, cve);
        }
        const str some = some_names(view, &cves, ", "), word = words_outcome(outcome);
        add_line(view, how,
                 arena_printf(view->arena, "%.*s%s%.*s%s: %.*s", STR_ARG(key), some.n ? " (" : "",
                              STR_ARG(some), some.n ? ")" : "", STR_ARG(word)));
    }
    if (how->n == 0)
        add_line(view, how,
                 view_day(view, view->doc, "since").n ? S("The way in is not known.")
                                                      : S("No exploit was seen."));
}

static str last_part(str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '\\' && path.p[at - 1] != '/')
        at--;
    return at == path.n ? path : str_sub(path, at, path.n);
}

/* The name of a thing in scope, whatever kind it is; of a path its last part. */
static str thing_name(const struct view *view, const struct json *thing)
{
    static const char *const keys[] = {"address", "name", "account", "path", "what", "host"};
    const str plain = view_scalar(thing);
    if (plain.n)
        return plain;
    for (size_t i = 0; i < COUNT(keys); i++)
        if (view_str(thing, keys[i]).n)
            return strcmp(keys[i], "path") == 0 ? last_part(view_str(thing, "path"))
                                                : view_str(thing, keys[i]);
    return S("");
}

static void make_reached(const struct view *view, struct lines *reached)
{
    static const struct {
        const char *key, *one, *many, *between;
    } kinds[] = {
        {"mailboxes", "mailbox", "mailboxes", ", "},
        {"accounts", "account", "accounts", ", "},
        {"credentials", "credential", "credentials",
         "; "}, /* described, with commas of their own */
        {"files", "file", "files", ", "},
        {"hosts", "host", "hosts", ", "},
        {"data", "item of data", "items of data", "; "},
    };
    const str level = view_str(view->doc, "level");
    if (level.n)
        add_line(view, reached, words_level(level));
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct lines names = {0};
        size_t n = 0, possible = 0;
        VIEW_EACH (json_get(json_get(view->doc, "scope"), kinds[k].key), thing) {
            const str name = thing_name(view, thing);
            n++;
            possible += str_eq(view_str(thing, "certainty"), S("possible"));
            if (name.n)
                add_line(view, &names, str_sub(name, 0, 400));
        }
        if (n == 0)
            continue;
        const str some = some_names(view, &names, kinds[k].between);
        const char *const sure = possible == n ? " (possibly)"
                                 : possible    ? " (some only possibly)"
                                               : "";
        add_line(view, reached,
                 arena_printf(view->arena, "%zu %s%s: %.*s", n,
                              n == 1 ? kinds[k].one : kinds[k].many, sure, STR_ARG(some)));
    }
    if (reached->n == 0)
        add_line(view, reached, S("Nothing was seen to be reached."));
}

static void add_stages(const struct view *view, struct lines *unknown, str answer, const char *lead)
{
    VIEW_EACH (json_get(json_get(view->doc, "coverage"), "stages"), stage) {
        if (!str_eq(view_str(stage, "could_be_seen"), answer))
            continue;
        const str what = words_stage(view_str(stage, "stage"));
        add_line2(view, unknown, arena_printf(view->arena, "%s%.*s.", lead, STR_ARG(what)),
                  view_str(stage, "why"));
    }
}

static void make_unknown(const struct view *view, struct lines *unknown)
{
    const struct json *const coverage = json_get(view->doc, "coverage");
    add_stages(view, unknown, S("no"), "Not at all: ");
    VIEW_EACH (json_get(coverage, "sources"), source)
        if (view_count(json_get(source, "cleared")))
            add_line2(view, unknown,
                      arena_printf(view->arena, "Cleared: %.*s of %.*s.",
                                   STR_ARG(view_str(source, "kind")),
                                   STR_ARG(view_str(source, "host"))),
                      S("What it held is lost."));
    add_stages(view, unknown, S("partly"), "In part: ");
    if (unknown->n)
        return;
    add_line(view, unknown,
             view_count(json_get(coverage, "stages"))
                 ? S("Each stage of an attack would have been seen in this evidence.")
                 : S("The document does not say what the evidence could show."));
}

/* ---- guidance ---- */

struct ordered {
    u64 order;
    size_t at;
    const struct json *item;
};

static int compare_order(const void *a, const void *b)
{
    const struct ordered *const x = a, *const y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

const struct json **summary_guidance(const struct view *view, size_t *n)
{
    const struct json *const list = json_get(view->doc, "guidance");
    const size_t count = view_count(list);
    struct ordered *const all = ARENA_ARRAY(view->arena, struct ordered, count + 1);
    size_t used = 0;
    VIEW_EACH (list, item) {
        u64 order = UINT64_MAX;
        if (!str_u64(view_text(item, "order"), &order))
            order = UINT64_MAX;
        if (view_str(item, "action").n)
            all[used] = (struct ordered){order, used, item}, used++;
    }
    qsort(all, used, sizeof *all, compare_order);
    const struct json **const out = ARENA_ARRAY(view->arena, const struct json *, used + 1);
    for (size_t i = 0; i < used; i++)
        out[i] = all[i].item;
    *n = used;
    return out;
}

void summary_make(const struct view *view, struct summary *out)
{
    *out = (struct summary){.verdict = words_verdict(view_str(view->doc, "verdict"))};
    out->hosts = host_names(view);
    out->sentence = view_str(view->doc, "sentence");
    if (out->sentence.n == 0)
        out->sentence = out->verdict->meaning;
    VIEW_EACH (json_get(view->doc, "also"), word) {
        if (view_scalar(word).n)
            add_line(view, &out->also, words_also(view_scalar(word)));
    }
    VIEW_EACH (json_get(view->doc, "reasons"), reason) {
        const str text =
            view_str(reason, "text").n ? view_str(reason, "text") : view_scalar(reason);
        if (text.n)
            add_line(view, &out->why, text);
    }
    make_since(view, out->verdict, &out->since);
    make_how(view, &out->how);
    make_reached(view, &out->reached);
    make_unknown(view, &out->unknown);
    size_t n;
    const struct json **const guidance = summary_guidance(view, &n);
    for (size_t i = 0; i < n; i++)
        add_line(view, &out->first, view_str(guidance[i], "action"));
}
