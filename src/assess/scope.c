#include "assess/scope.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static const char *const words[] = {"mailbox", "account", "credential", "file",
                                    "host",    "data",    "client"};

static bool which(str word, enum scope_what *out)
{
    for (int i = 0; i < SCOPE_COUNT; i++)
        if (str_eq(word, str_from(words[i]))) {
            *out = (enum scope_what)i;
            return true;
        }
    return false;
}

/* The first group of the regex in the text, or its whole match; empty when it does not match.
 * Limits keep hostile text from holding us up. */
static str regex_part(str regex, str text, struct arena *arena)
{
    int error;
    PCRE2_SIZE at;
    str out = STR_NONE;
    pcre2_code *const code =
        pcre2_compile((PCRE2_SPTR)regex.p, regex.n, PCRE2_UTF, &error, &at, NULL);
    if (!code)
        return out;
    pcre2_match_data *const data = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *const context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, 100000);
    const int n = pcre2_match(code, (PCRE2_SPTR)text.p, text.n, 0, 0, data, context);
    if (n > 0) {
        const PCRE2_SIZE *const v = pcre2_get_ovector_pointer(data) + (n > 1 ? 2 : 0);
        out = arena_str(arena, str_sub(text, v[0], v[1]));
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return out;
}

static str entry_text(const struct lead_scope *scope, const struct scan_event *event,
                      struct arena *arena)
{
    if (scope->text.n)
        return scope->text;
    str text = scan_field(event, scope->field);
    if (text.n && scope->regex.n)
        text = regex_part(scope->regex, text, arena);
    if (str_eq(text, S("-")))
        return STR_NONE;
    return text.n && scope->prefix.n
               ? arena_printf(arena, "%.*s%.*s", STR_ARG(scope->prefix), STR_ARG(text))
               : text;
}

static char folded(char c)
{
    return c == '/' ? '\\' : ascii_lower(c);
}

/* Is `tail` the end of `path`, whole names of it, whichever way the slashes lean? */
static bool ends_path(str path, str tail)
{
    if (tail.n > path.n || (tail.n < path.n && folded(path.p[path.n - tail.n - 1]) != '\\' &&
                            folded(tail.p[0]) != '\\'))
        return false;
    for (size_t i = 0; i < tail.n; i++)
        if (folded(path.p[path.n - tail.n + i]) != folded(tail.p[i]))
            return false;
    return true;
}

/* One file has many names: its path where it was written, its URL where it was asked for, its bare
 * name in a compile trace. */
static bool same_text(enum scope_what what, str known, str text)
{
    return str_ieq(known, text) ||
           (what == SCOPE_FILE && (ends_path(known, text) || ends_path(text, known)));
}

static void add(struct scope *out, const struct finding *f, u32 index,
                const struct lead_scope *scope)
{
    enum scope_what what;
    const str text = entry_text(scope, f->hit->event, &out->arena);
    if (!text.n || !which(scope->what, &what))
        return;
    const u32 host = f->hit->event->host;
    const i64 time = finding_time(f);
    struct scope_entry *entry = NULL;
    VEC_EACH (&out->entries, e)
        if (e->what == what && e->host == host && same_text(what, e->text, text))
            entry = e;
    if (!entry) {
        entry = VEC_PUSH(&out->entries);
        *entry = (struct scope_entry){
            .what = what,
            .host = host,
            .chain = f->chain,
            .text = text,
            .access = scope->access,
            .note = scope->note,
            .possible = str_eq(scope->certainty, S("possible")),
            .first = time,
            .last = time,
        };
    }
    entry->possible &= str_eq(scope->certainty, S("possible"));
    entry->text = text.n > entry->text.n ? text : entry->text; /* the longest name says most */
    entry->chain = entry->chain == NO_CHAIN ? f->chain : entry->chain;
    entry->last = MAX(entry->last, time);
    *VEC_PUSH(&entry->findings) = index;
}

static int compare(const void *a, const void *b)
{
    const struct scope_entry *const x = a, *const y = b;
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return str_cmp(x->text, y->text);
}

/* The host itself is reached as soon as something worked on it. */
static void add_hosts(struct scope *out, const struct findings *findings)
{
    static const struct lead_scope self = {
        .what = {"host", 4}, .field = {NULL, 0}, .certainty = {"seen", 4}};
    for (u32 i = 0; i < findings->all.n; i++) {
        const struct finding *const f = &findings->all.p[i];
        if (!f->lead || f->lead->effect == EFFECT_NONE || f->lead->outcome != OUTCOME_SUCCEEDED)
            continue;
        struct lead_scope scope = self;
        scope.text = host_short(f->hit->event->host_text);
        if (scope.text.n)
            add(out, f, i, &scope);
    }
}

void scope_make(const struct findings *findings, struct scope *out)
{
    *out = (struct scope){0};
    for (u32 i = 0; i < findings->all.n; i++) {
        const struct finding *const f = &findings->all.p[i];
        if (!f->lead || f->explained || (f->lead->supports && f->chain == NO_CHAIN))
            continue; /* what only supports, and has nothing to support, reached nothing */
        for (u32 k = 0; k < f->lead->n_scopes; k++)
            add(out, f, i, &f->lead->scopes[k]);
    }
    add_hosts(out, findings);
    if (out->entries.n)
        qsort(out->entries.p, out->entries.n, sizeof *out->entries.p, compare);
}

void scope_release(struct scope *scope)
{
    VEC_EACH (&scope->entries, e)
        VEC_FREE(&e->findings);
    VEC_FREE(&scope->entries);
    arena_release(&scope->arena);
}
