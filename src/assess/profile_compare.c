/* profile_compare.c: the points in which a thread agrees with published profiles, what they weigh,
 * and what follows. */
#include <stdlib.h>

#include "assess/profile_part.h"

#define DAY          (24 * 3600 * TIME_SECOND)
#define EARLY_NS     (30 * DAY) /* publishers date what they saw, not the beginning */
#define LATE_NS      (365 * DAY)
#define TEXT_MAX     8192 /* bytes of one field that are looked through */
#define WHY_MAX      20
#define COMPARED_MAX 8
#define SHARED_MAX   3 /* what more have is everybody's */
#define WEAK_MAX     6 /* told of a thread with which nothing agrees */

struct point {
    u32 profile;
    enum indicator_what what;
    enum weight weight;
    bool whole_path;
    str text, why;
};

struct comparing {
    const struct profiles *profiles;
    const struct findings *findings;
    const struct activity *activity;
    struct arena *arena; /* of what is said */
    struct arena scratch;
    struct intern seen; /* what was looked up already */
    VEC(struct point) points;
    size_t n_hashes, n_commands, n_addresses;
};

static const char *const what_texts[IND_KINDS] = {"address",   "domain",     "hash",
                                                  "file name", "user agent", "artefact"};

/* ---- what a point weighs ---- */

/* An address changes hands: long before and long after it says little. */
static str late_or_early(const struct comparing *c, const struct profile *p)
{
    const struct activity *const a = c->activity;
    const i64 known = p->last_seen != TIME_NONE ? p->last_seen : p->first_seen;
    if (p->first_seen == TIME_NONE || a->first == TIME_NONE)
        return STR_NONE;
    if (a->last < p->first_seen - EARLY_NS)
        return S("it was used here more than a month before the profile begins");
    if (a->first > known + LATE_NS)
        return S(
            "it was used here more than a year after it was published, and addresses change hands");
    return STR_NONE;
}

static enum weight weigh(const struct comparing *c, u32 first, const struct indicator *i,
                         bool whole_path, str *ret_why)
{
    const struct profile *const p = &c->profiles->all.p[i->profile];
    const bool groups = i->what == IND_HASH || i->what == IND_DOMAIN;
    const u32 n = profiles_count(c->profiles, first, groups && !p->list);
    enum weight weight = n <= 1 ? WEIGHT_STRONG : n <= SHARED_MAX ? WEIGHT_MEDIUM : WEIGHT_WEAK;
    str why = n <= 1 ? STR_NONE : arena_printf(c->arena, "%u published entries have it", n);
    if (i->what == IND_NAME) {
        weight = n <= 1 && whole_path ? WEIGHT_MEDIUM : WEIGHT_WEAK;
        why = n > 1 ? why : S("names of pages recur");
    }
    if (i->what == IND_AGENT) {
        weight = WEIGHT_WEAK;
        why = n > 1 ? why : S("anybody may send it");
    }
    if (i->most < weight || i->why.n) {
        weight = MIN(weight, i->most);
        why = i->why;
    }
    const str when = i->what == IND_ADDRESS ? late_or_early(c, p) : STR_NONE;
    if (when.n) {
        weight = WEIGHT_WEAK;
        why = when;
    }
    if (i->recalled) {
        weight = WEIGHT_WEAK;
        why = S("recalled from memory of the publication, unverified");
    }
    if (p->low) {
        weight = WEIGHT_WEAK;
        why =
            arena_printf(c->arena, "the list is of low confidence (%.*s)", STR_ARG(p->confidence));
    }
    *ret_why = why;
    return weight;
}

static bool has_point(const struct comparing *c, u32 profile, enum indicator_what what, str text)
{
    VEC_EACH (&c->points, p)
        if (p->profile == profile && p->what == what && str_eq(p->text, text))
            return true;
    return false;
}

static void add_point(struct comparing *c, u32 first, u32 i, bool whole_path, str text)
{
    const struct indicator *const indicator = &c->profiles->indicators.p[i];
    struct point point = {.profile = indicator->profile,
                          .what = indicator->what,
                          .whole_path = whole_path,
                          .text = text};
    if (has_point(c, point.profile, point.what, text))
        return;
    point.weight = weigh(c, first, indicator, whole_path, &point.why);
    *VEC_PUSH(&c->points) = point;
}

/* Texts come again and again: each is looked up once a thread. */
static bool is_new(struct comparing *c, enum indicator_what what, str text)
{
    const u32 before = intern_count(&c->seen);
    return intern_add(&c->seen, arena_printf(&c->scratch, "%c%.*s", 'a' + (int)what,
                                             STR_ARG(text))) == before;
}

static void look_up(struct comparing *c, enum indicator_what what, str text)
{
    const u32 first = profiles_find(c->profiles, what, text);
    for (u32 i = first; i != NO_INDICATOR; i = c->profiles->indicators.p[i].next)
        add_point(c, first, i, false, arena_str(c->arena, text));
}

/* ---- what is looked at ---- */

static bool is_hex(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char x = ascii_lower(s.p[i]);
        if (!((x >= '0' && x <= '9') || (x >= 'a' && x <= 'f')))
            return false;
    }
    return s.n == 32 || s.n == 40 || s.n == 64;
}

/* "cdn.example.net" is asked for, and "example.net". */
static void look_up_name(struct comparing *c, str name)
{
    look_up(c, IND_ADDRESS, name);
    for (size_t dot; (dot = str_find_char(name, '.')) != SIZE_MAX;
         name = str_sub(name, dot + 1, name.n))
        look_up(c, IND_DOMAIN, name);
}

static bool is_word(char x)
{
    x = ascii_lower(x);
    return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || x == '.' || x == '-';
}

static void look_at_words(struct comparing *c, str text)
{
    char word[256];
    for (size_t i = 0, n; i < text.n; i += n + 1) {
        for (n = 0; i + n < text.n && is_word(text.p[i + n]); n++)
            if (n < sizeof word)
                word[n] = ascii_lower(text.p[i + n]);
        const str name = {word, MIN(n, sizeof word)};
        if (n < 7 || n > sizeof word)
            continue;
        if (is_hex(name))
            look_up(c, IND_HASH, name);
        else if (str_find_char(name, '.') != SIZE_MAX)
            look_up_name(c, name);
    }
}

static bool has_all(str text, const struct json *parts)
{
    JSON_EACH (parts, part)
        if (str_ifind(text, json_text(part)) == SIZE_MAX)
            return false;
    return parts != NULL;
}

static void look_for_marks(struct comparing *c, str text)
{
    VEC_EACH (&c->profiles->marks, mark) {
        if (!has_all(text, mark->texts))
            continue;
        JSON_EACH (mark->clusters, cluster)
            for (u32 p = 0; p < c->profiles->all.n; p++)
                if (str_eq(c->profiles->all.p[p].id, json_text(cluster)) &&
                    !has_point(c, p, IND_MARK, mark->says))
                    *VEC_PUSH(&c->points) = (struct point){
                        .profile = p,
                        .what = IND_MARK,
                        .weight = mark->clusters->n == 1 ? WEIGHT_MEDIUM : WEIGHT_WEAK,
                        .text = mark->says,
                        .why = mark->clusters->n == 1
                                   ? STR_NONE
                                   : arena_printf(c->arena, "%u published entries have it",
                                                  mark->clusters->n)};
    }
}

static bool is_field_of_file(str name)
{
    static const char *const names[] = {"CommandLine",     "ParentCommandLine",
                                        "Image",           "NewProcessName",
                                        "TargetFilename",  "ImagePath",
                                        "ServiceFileName", "RelativeTargetName",
                                        "TaskName",        "TaskContent",
                                        "ScriptBlockText", "EventData",
                                        "Message",         "Hashes"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_eq(name, str_from(names[i])))
            return true;
    return false;
}

static void look_at_event(struct comparing *c, const struct scan_event *event)
{
    for (u32 i = 0; i < event->n_fields; i++) {
        const str name = event->fields[i].name;
        const str text = str_sub(event->fields[i].text, 0, TEXT_MAX);
        if (text.n < 7 || !is_new(c, IND_MARK, text))
            continue;
        c->n_commands += str_eq(name, S("CommandLine"));
        c->n_hashes += str_eq(name, S("Hashes")) || str_eq(name, S("Hash"));
        look_at_words(c, text);
        if (is_field_of_file(name))
            look_for_marks(c, text);
    }
}

/* Is `tail` the end of `path`, whole names of it? Both in lower case, with backslashes. */
static bool ends_path(str path, str tail)
{
    return str_ends(path, tail) &&
           (path.n == tail.n || tail.p[0] == '\\' || path.p[path.n - tail.n - 1] == '\\');
}

static void look_at_page(struct comparing *c, str page)
{
    str path = profile_lower(c->arena, page);
    const str name = str_file_name(path);
    const u32 first = profiles_find(c->profiles, IND_NAME, name);
    for (u32 i = first; i != NO_INDICATOR; i = c->profiles->indicators.p[i].next) {
        const struct indicator *const known = &c->profiles->indicators.p[i];
        /* A URL has the last folders alone. */
        const bool whole = known->is_path && path.n > name.n + 1 &&
                           (ends_path(path, known->text) || ends_path(known->text, path));
        add_point(c, first, i, whole, whole ? known->text : name);
    }
}

static void look_at_all(struct comparing *c)
{
    const struct activity *const a = c->activity;
    for (size_t i = 0; i < a->n_clients; i++) {
        c->n_addresses += !thread_is_private(a->clients[i]);
        look_up(c, IND_ADDRESS, a->clients[i]);
    }
    for (size_t i = 0; i < a->n_agents; i++)
        look_up(c, IND_AGENT, a->agents[i]);
    for (size_t i = 0; i < a->n_webshells; i++)
        look_at_page(c, a->webshells[i]);
    for (size_t i = 0; i < a->n_findings; i++)
        look_at_event(c, c->findings->all.p[a->findings[i]].hit->event);
}

/* ---- what follows ---- */

static bool judge(const struct comparing *c, u32 profile, enum profile_statement *out)
{
    const bool list = c->profiles->all.p[profile].list;
    bool strong = false, enough = false;
    VEC_EACH (&c->points, p) {
        if (p->profile != profile || p->weight == WEIGHT_WEAK)
            continue;
        strong |= p->weight == WEIGHT_STRONG;
        enough |= p->what != IND_NAME;
    }
    *out = strong && !list ? PROFILE_MATCHES : PROFILE_RESEMBLES;
    return strong || enough; /* a path alone is a name, and names recur */
}

static str point_text(const struct comparing *c, const struct point *p)
{
    const char *const what = p->whole_path ? "path" : what_texts[p->what];
    static const char *const weights[] = {"says little", "speaks for it", "speaks strongly for it"};
    return arena_printf(c->arena, "The %s %.*s agrees; that %s%s%.*s.", what, STR_ARG(p->text),
                        weights[p->weight], p->why.n ? ": " : "", STR_ARG(p->why));
}

static int compare_points(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    if (x->profile != y->profile)
        return x->profile < y->profile ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    return str_cmp(x->text, y->text);
}

static void say(struct compared *out, str text)
{
    *VEC_PUSH(&out->why) = text;
}

static void say_times(const struct comparing *c, const struct profile *p, struct compared *out)
{
    const struct activity *const a = c->activity;
    if (p->first_seen == TIME_NONE || a->first == TIME_NONE)
        return;
    const i64 known = p->last_seen != TIME_NONE ? p->last_seen : p->first_seen;
    if (a->last < p->first_seen)
        say(out, arena_printf(c->arena,
                              "The activity ended before the profile begins (%.*s): that "
                              "speaks against it.",
                              STR_ARG(p->first_text)));
    else if (a->first > known + LATE_NS)
        say(out, arena_printf(c->arena,
                              "The activity began %lld years or more after the profile was "
                              "first seen (%.*s): tools and places may have other owners.",
                              (long long)((a->first - known) / LATE_NS), STR_ARG(p->first_text)));
}

/* Techniques that our rules name and the profile has: told beside other points, and never enough.
 */
static void say_techniques(const struct comparing *c, const struct profile *p, struct compared *out)
{
    u32 n = 0;
    JSON_EACH (p->techniques, technique) {
        const str tag = arena_printf(c->arena, "attack.%.*s", STR_ARG(json_text(technique)));
        n += intern_find(&c->seen, profile_lower(c->arena, tag)) != INTERN_NONE;
    }
    if (n)
        say(out, arena_printf(c->arena,
                              "%u technique%s agree%s, which says little: most intrusions "
                              "of Exchange share them.",
                              n, n == 1 ? "" : "s", n == 1 ? "s" : ""));
}

static void add_tags(struct comparing *c)
{
    for (size_t i = 0; i < c->activity->n_findings; i++) {
        const struct sigma_rule *const rule =
            c->findings->all.p[c->activity->findings[i]].hit->rule;
        for (u32 k = 0; rule && k < rule->n_tags; k++)
            intern_add(&c->seen, profile_lower(c->arena, rule->tags[k]));
    }
}

static void say_profile(struct comparing *c, u32 profile, struct compared *out)
{
    const struct profile *const p = &c->profiles->all.p[profile];
    VEC_EACH (&c->points, point)
        if (point->profile == profile && out->why.n < WHY_MAX)
            say(out, point_text(c, point));
    say_techniques(c, p, out);
    say_times(c, p, out);
    if (p->list)
        say(out, S("This is a list of what many hands used, and no group."));
    if (p->confidence.n)
        say(out, arena_printf(c->arena, "Confidence of the published entry: %.*s.",
                              STR_ARG(p->confidence)));
}

static str counted(const struct comparing *c, size_t n, const char *one, const char *many)
{
    return arena_printf(c->arena, "%zu %s", n, n == 1 ? one : many);
}

static int compare_texts(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    const int order = str_cmp(x->text, y->text);
    return order ? order : (x->profile > y->profile) - (x->profile < y->profile);
}

/* What agrees and counts for nothing, each thing once with all who have it. */
static void say_coincidences(struct comparing *c, struct compared *out)
{
    size_t told = 0, left = 0;
    if (c->points.n)
        qsort(c->points.p, c->points.n, sizeof *c->points.p, compare_texts);
    for (size_t i = 0, end; i < c->points.n; i = end) {
        const struct point *const p = &c->points.p[i];
        str names = STR_NONE;
        for (end = i; end < c->points.n && c->points.p[end].what == p->what &&
                      str_eq(c->points.p[end].text, p->text);
             end++)
            names = arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(names), end == i ? "" : ", ",
                                 STR_ARG(c->profiles->all.p[c->points.p[end].profile].name));
        if (told++ < WEAK_MAX)
            say(out, arena_printf(c->arena,
                                  "The %s %.*s is published too, and says little%s%.*s. It "
                                  "stands under: %.*s.",
                                  p->whole_path ? "path" : what_texts[p->what], STR_ARG(p->text),
                                  p->why.n ? ": " : "", STR_ARG(p->why), STR_ARG(names)));
        else
            left++;
    }
    if (left)
        say(out, arena_printf(c->arena, "%zu more such coincidences.", left));
}

/* Nothing agrees that counts. What was there to compare? */
static void say_none(struct comparing *c, struct compared *out)
{
    const struct activity *const a = c->activity;
    const size_t kinds =
        (c->n_addresses > 0) + (a->n_webshells > 0) + (c->n_hashes > 0) + (c->n_commands > 0);
    out->name = arena_printf(c->arena, "%zu published profiles", c->profiles->all.n);
    out->statement = a->one && kinds >= 2 ? PROFILE_NEW : PROFILE_CANNOT_SAY;
    if (!a->one)
        say(out, S("These findings are not of one thread."));
    else
        say(out,
            arena_printf(c->arena, "What could have agreed: %.*s, %.*s, %.*s, %.*s.",
                         STR_ARG(counted(c, c->n_addresses, "public address", "public addresses")),
                         STR_ARG(counted(c, a->n_webshells, "page", "pages")),
                         STR_ARG(counted(c, c->n_hashes, "field of hashes", "fields of hashes")),
                         STR_ARG(counted(c, c->n_commands, "command line", "command lines"))));
    say_coincidences(c, out);
    if (out->statement == PROFILE_NEW)
        say(out, S("Addresses and names change with each campaign, so a group that is known may "
                   "stand behind it all the same."));
}

static int compare_compared(const void *a, const void *b)
{
    const struct compared *const x = a, *const y = b;
    if (x->statement != y->statement)
        return x->statement < y->statement ? -1 : 1;
    return str_cmp(x->name, y->name);
}

void profiles_compare(const struct profiles *profiles, const struct findings *findings,
                      const struct activity *activity, struct arena *arena, compared_list *out)
{
    struct comparing c = {
        .profiles = profiles, .findings = findings, .activity = activity, .arena = arena};
    intern_init(&c.seen, NULL);
    if (activity->one) {
        look_at_all(&c);
        add_tags(&c);
    }
    if (c.points.n)
        qsort(c.points.p, c.points.n, sizeof *c.points.p, compare_points);
    for (u32 p = 0; p < profiles->all.n && activity->one; p++) {
        enum profile_statement statement;
        if (!judge(&c, p, &statement))
            continue;
        struct compared *const one = VEC_PUSH(out);
        *one = (struct compared){.name = profiles->all.p[p].name, .statement = statement};
        say_profile(&c, p, one);
    }
    if (out->n)
        qsort(out->p, out->n, sizeof *out->p, compare_compared);
    for (; out->n > COMPARED_MAX; out->n--)
        VEC_FREE(&out->p[out->n - 1].why);
    if (out->n == 0) {
        struct compared *const none = VEC_PUSH(out);
        *none = (struct compared){0};
        say_none(&c, none);
    }
    intern_release(&c.seen);
    arena_release(&c.scratch);
    VEC_FREE(&c.points);
}

void compared_release(compared_list *list)
{
    VEC_EACH (list, one)
        VEC_FREE(&one->why);
    VEC_FREE(list);
}
