#include "assess/profile.h"

#include "assess/profile_part.h"

#define PLAIN_MAX 4 /* a name of so few characters is soon tried */

const char *profile_statement_text(enum profile_statement statement)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PROFILE_STATEMENTS(X)
#undef X
    };
    return texts[statement];
}

str profile_lower(struct arena *arena, str text)
{
    char *const out = arena_alloc(arena, text.n + 1, 1);
    for (size_t i = 0; i < text.n; i++)
        out[i] = text.p[i] == '/' ? '\\' : ascii_lower(text.p[i]);
    return (str){out, text.n};
}

/* ---- reading ---- */

static str key_text(struct arena *arena, enum indicator_what what, str text)
{
    return arena_printf(arena, "%c%.*s", 'a' + (int)what, STR_ARG(text));
}

static struct indicator *add(struct profiles *x, u32 profile, enum indicator_what what, str key,
                             str text)
{
    const u32 id = intern_add(&x->keys, key_text(&x->arena, what, key));
    if (id == x->first.n)
        *VEC_PUSH(&x->first) = NO_INDICATOR;
    struct indicator *const out = VEC_PUSH(&x->indicators);
    *out = (struct indicator){.what = what,
                              .profile = profile,
                              .next = x->first.p[id],
                              .text = text,
                              .most = WEIGHT_STRONG};
    x->first.p[id] = (u32)x->indicators.n - 1;
    return out;
}

static struct indicator *add_lower(struct profiles *x, u32 profile, enum indicator_what what,
                                   str text)
{
    const str key = profile_lower(&x->arena, str_trim(text));
    return add(x, profile, what, key, key);
}

/* "%ExchangeInstallPath%FrontEnd\…" and "C:\inetpub\…" without what differs from server to server.
 */
static void add_page(struct profiles *x, u32 profile, str path, bool recalled)
{
    str tail = path;
    if (str_starts(path, S("%")))
        tail = str_sub(path, str_find_char(str_sub(path, 1, path.n), '%') + 2, path.n);
    else if (path.n > 3 && path.p[1] == ':')
        tail = str_sub(path, 3, path.n);
    if (str_find_char(tail, ' ') != SIZE_MAX && str_find_char(tail, '[') != SIZE_MAX)
        return; /* a description */
    const str text = profile_lower(&x->arena, tail), name = str_file_name(text);
    struct indicator *const out = add(x, profile, IND_NAME, name, text);
    out->is_path = name.n != text.n;
    out->recalled = recalled;
}

/* "139.162.123.108 (possibly unrelated)": the first word. */
static str first_word(str text)
{
    text = str_trim(text);
    return str_sub(text, 0, str_find_char(text, ' '));
}

static void add_recalled(struct profiles *x, u32 profile, const struct json *recalled)
{
    JSON_EACH (json_get(recalled, "ips"), ip)
        add_lower(x, profile, IND_ADDRESS, first_word(json_text(ip)))->recalled = true;
    JSON_EACH (json_get(recalled, "files"), file)
        if (str_find_char(json_text(file), '.') != SIZE_MAX)
            add_page(x, profile, json_text(file), true);
}

static void add_hashes(struct profiles *x, u32 profile, const struct json *hash,
                       const struct json *tools)
{
    static const char *const kinds[] = {"md5", "sha1", "sha256"};
    const str label = json_text(json_get(hash, "label"));
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const str text = json_text(json_get(hash, kinds[i]));
        if (!text.n)
            continue;
        struct indicator *const out = add_lower(x, profile, IND_HASH, text);
        JSON_EACH (tools, tool)
            if (str_ifind(label, json_text(tool)) != SIZE_MAX) {
                out->most = WEIGHT_WEAK;
                out->why = S("it is of a tool that many use");
            }
    }
}

static bool noted_recalled(const struct json *cluster, str text)
{
    JSON_EACH (json_get(cluster, "notes"), note)
        if (str_eq(note->key, text) && str_ifind(json_text(note), S("recalled")) != SIZE_MAX)
            return true;
    return false;
}

static void add_indicators(struct profiles *x, u32 profile, const struct json *cluster,
                           const struct json *tools)
{
    JSON_EACH (json_get(cluster, "ips"), ip)
        if (str_find_char(json_text(ip), '/') == SIZE_MAX)
            add_lower(x, profile, IND_ADDRESS, json_text(ip));
    JSON_EACH (json_get(cluster, "domains"), domain)
        add_lower(x, profile, IND_DOMAIN, json_text(domain));
    JSON_EACH (json_get(cluster, "hashes"), hash)
        add_hashes(x, profile, hash, tools);
    JSON_EACH (json_get(cluster, "webshell_paths"), path)
        add_page(x, profile, json_text(path), noted_recalled(cluster, json_text(path)));
    JSON_EACH (json_get(cluster, "filenames"), name)
        add_page(x, profile, json_text(name), noted_recalled(cluster, json_text(name)));
    JSON_EACH (json_get(cluster, "user_agents"), agent) {
        const str text = thread_agent_clean(json_text(agent), &x->arena);
        add(x, profile, IND_AGENT, text, text);
    }
    add_recalled(x, profile, json_get(cluster, "recalled"));
}

/* "2021-01" and "2021-01-03" and a time. */
static i64 date_of(const struct json *value, struct arena *arena)
{
    const str text = json_text(value);
    i64 ns;
    if (text.n == 7 && time_parse(arena_printf(arena, "%.*s-01", STR_ARG(text)), &ns))
        return ns;
    return text.n && time_parse(text, &ns) ? ns : TIME_NONE;
}

static bool is_listed(const struct json *list, str text)
{
    JSON_EACH (list, item)
        if (str_eq(json_text(item), text))
            return true;
    return false;
}

static void add_profile(struct profiles *x, const struct json *cluster, const struct json *marks)
{
    const str confidence = json_text(json_get(cluster, "confidence"));
    *VEC_PUSH(&x->all) = (struct profile){
        .id = json_text(json_get(cluster, "id")),
        .name = json_text(json_get(cluster, "name")),
        .confidence = confidence,
        .first_text = json_text(json_get(cluster, "first_seen")),
        .first_seen = date_of(json_get(cluster, "first_seen"), &x->arena),
        .last_seen = date_of(json_get(cluster, "last_seen"), &x->arena),
        .list = is_listed(json_get(marks, "lists"), json_text(json_get(cluster, "id"))),
        .low = str_starts(confidence, S("low")) || str_starts(confidence, S("names only")),
        .techniques = json_get(cluster, "techniques"),
    };
    add_indicators(x, (u32)x->all.n - 1, cluster, json_get(marks, "common_tools"));
}

/* What publishers say not to rely on. */
static void qualify(struct profiles *x, const struct json *row)
{
    VEC_EACH (&x->indicators, i)
        if (i->what == IND_ADDRESS &&
            str_eq(x->all.p[i->profile].id, json_text(json_get(row, "cluster")))) {
            i->most = str_eq(json_text(json_get(row, "weight")), S("medium")) ? WEIGHT_MEDIUM
                                                                              : WEIGHT_WEAK;
            i->why = json_text(json_get(row, "why"));
        }
}

enum status profiles_load(str clusters, str marks, struct profiles *out, struct err *err)
{
    const struct json *published = NULL, *ours = NULL;
    *out = (struct profiles){0};
    intern_init(&out->keys, NULL);
    enum status status = json_parse(clusters, &out->arena, &published, err);
    if (status == OK)
        status = json_parse(marks, &out->arena, &ours, err);
    if (status != OK) {
        profiles_release(out);
        return status;
    }
    out->as_of = json_text(json_get(published, "as_of"));
    out->plain_names = json_get(ours, "plain_names");
    JSON_EACH (json_get(published, "caveats"), caveat)
        *VEC_PUSH(&out->caveats) = json_text(caveat);
    JSON_EACH (json_get(published, "clusters"), cluster)
        add_profile(out, cluster, ours);
    JSON_EACH (json_get(ours, "qualified"), row)
        qualify(out, row);
    JSON_EACH (json_get(ours, "marks"), mark)
        *VEC_PUSH(&out->marks) = (struct mark){.texts = json_get(mark, "text"),
                                               .clusters = json_get(mark, "clusters"),
                                               .says = json_text(json_get(mark, "says"))};
    return OK;
}

void profiles_release(struct profiles *profiles)
{
    VEC_FREE(&profiles->all);
    VEC_FREE(&profiles->indicators);
    VEC_FREE(&profiles->marks);
    VEC_FREE(&profiles->first);
    VEC_FREE(&profiles->caveats);
    intern_release(&profiles->keys);
    arena_release(&profiles->arena);
}

/* ---- asking ---- */

u32 profiles_find(const struct profiles *profiles, enum indicator_what what, str text)
{
    char key[512];
    if (text.n == 0 || text.n >= sizeof key)
        return NO_INDICATOR;
    key[0] = (char)('a' + (int)what);
    memcpy(key + 1, text.p, text.n);
    const u32 id = intern_find(&profiles->keys, (str){key, text.n + 1});
    return id == INTERN_NONE ? NO_INDICATOR : profiles->first.p[id];
}

u32 profiles_count(const struct profiles *profiles, u32 first, bool groups_only)
{
    u32 n = 0, last = UINT32_MAX; /* those of one profile stand together */
    for (u32 i = first; i != NO_INDICATOR; i = profiles->indicators.p[i].next) {
        const u32 profile = profiles->indicators.p[i].profile;
        n += profile != last && !(groups_only && profiles->all.p[profile].list);
        last = profile;
    }
    return n;
}

bool profiles_guessable(const struct profiles *profiles, str path)
{
    struct arena scratch = {0};
    const str name = profile_lower(&scratch, str_file_name(path));
    const str stem = str_sub(name, 0, str_find_char(name, '.'));
    bool known = stem.n <= PLAIN_MAX;
    if (profiles && !known)
        known = profiles_find(profiles, IND_NAME, name) != NO_INDICATOR ||
                is_listed(profiles->plain_names, stem);
    arena_release(&scratch);
    return known;
}

bool profiles_has_agent(const struct profiles *profiles, str agent)
{
    return profiles && profiles_find(profiles, IND_AGENT, agent) != NO_INDICATOR;
}
