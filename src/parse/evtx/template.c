#include "parse/evtx/template.h"

#include "base/limits.h"

void templates_init(struct templates *templates)
{
    intern_init(&templates->names, NULL);
    intern_init(&templates->tokens, NULL);
    intern_init(&templates->guids, NULL);
    buf_init(&templates->key, LIMIT_RECORD);
    memset(templates->seen, 0, sizeof templates->seen);
    memset(templates->names_seen, 0, sizeof templates->names_seen);
    templates->generation = 0;
    templates_begin_chunk(templates);
}

void templates_release(struct templates *templates)
{
    intern_release(&templates->names);
    intern_release(&templates->tokens);
    intern_release(&templates->guids);
    VEC_FREE(&templates->copies);
    VEC_FREE(&templates->refs);
    arena_release(&templates->arena);
    buf_release(&templates->key);
}

/* Definitions do not overlap in a chunk, so they cannot sum up to more than it has. Hostile ones
 * could overlap in thousands of ways; twice the chunk is what is read before the rest is refused.
 */
void templates_begin_chunk(struct templates *templates)
{
    templates->generation++;
    templates->budget = 2 * EVTX_CHUNK;
}

static struct name_seen *name_seen(struct templates *templates, u32 name)
{
    return &templates->names_seen[name * 0x9E3779B1u >> 24 & (NAME_TABLE - 1)];
}

u32 template_name(struct templates *templates, const struct evtx_chunk *chunk, u32 name)
{
    struct name_seen *const seen = name_seen(templates, name);
    if (seen->generation != templates->generation || seen->offset != name)
        *seen = (struct name_seen){templates->generation, name,
                                   intern_add(&templates->names, binxml_name(chunk, name))};
    return seen->id;
}

static void add_u32(struct buf *buf, u32 u)
{
    buf_add(buf, (str){(const char *)&u, sizeof u});
}

void token_key(struct templates *templates, const struct evtx_chunk *chunk,
               const struct token *token, bool with_text, struct buf *key)
{
    buf_char(key, (char)token->kind);
    switch (token->kind) {
    case TOKEN_OPEN:
    case TOKEN_ATTRIBUTE:
    case TOKEN_ENTITY_REF:
        add_u32(key, template_name(templates, chunk, token->name));
        break;
    case TOKEN_VALUE:
    case TOKEN_CDATA:
    case TOKEN_CHAR_REF:
        buf_char(key, (char)token->type);
        if (!with_text)
            break;
        add_u32(key, token->n);
        buf_add(key, (str){(const char *)token->p, token->n});
        break;
    case TOKEN_NORMAL_SUB:
    case TOKEN_OPTIONAL_SUB:
        add_u32(key, token->index);
        break;
    default:
        break;
    }
}

/* ---- definitions that differ from one met before in nothing but the places of names ---- */

/* A definition in its chunk, from its GUID on. */
struct place {
    const struct evtx_chunk *chunk;
    const u8 *raw;
    u32 off, n;
};

/* A name that cannot be read has no id. */
static bool is_name(struct templates *templates, const struct evtx_chunk *chunk, u32 name, u32 id)
{
    const struct name_seen *const seen = name_seen(templates, name);
    if (seen->generation == templates->generation && seen->offset == name)
        return seen->id == id;
    const str text = intern_text(&templates->names, id);
    return name <= chunk->n - EVTX_NAME_HEADER && text.n <= chunk->n - EVTX_NAME_HEADER - name &&
           str_eq(binxml_name(chunk, name), text) && template_name(templates, chunk, name) == id;
}

static bool is_same_but_names(const struct template_copy *copy, const struct place *at)
{
    u8 differs = 0;
    for (u32 i = 0; i < at->n; i++)
        differs |= (u8)((at->raw[i] ^ copy->raw[i]) & copy->mask[i]);
    return differs == 0;
}

static bool is_copy(struct templates *templates, const struct template_copy *copy,
                    const struct place *at)
{
    if (!is_same_but_names(copy, at))
        return false;
    for (u32 i = 0; i < copy->n_refs; i++) {
        const struct template_ref *const ref = &copy->refs[i];
        const u32 name = load_u32(at->raw + ref->at);
        if ((name == at->off + ref->at + 4) != ref->here ||
            (!ref->here && !is_name(templates, at->chunk, name, ref->name)))
            return false;
    }
    return true;
}

static u32 copies_of(struct templates *templates, const struct place *at)
{
    const u32 n = EVTX_TEMPLATE_HEADER - EVTX_TEMPLATE_GUID_AT;
    const u32 id = intern_add(&templates->guids, (str){(const char *)at->raw, n});
    if (id == templates->copies.n)
        *VEC_PUSH(&templates->copies) = NULL;
    return id;
}

static void keep_copy(struct templates *templates, const struct place *at, u32 id,
                      struct template template)
{
    u32 n = 0;
    for (const struct template_copy *c = templates->copies.p[id]; c; c = c->next)
        n++;
    if (n == TEMPLATE_COPIES)
        return;
    const size_t n_refs = templates->refs.n;
    struct template_copy *const copy = ARENA_NEW(&templates->arena, struct template_copy);
    struct template_ref *const refs = ARENA_ARRAY(&templates->arena, struct template_ref, n_refs);
    u8 *const raw = ARENA_ARRAY(&templates->arena, u8, at->n);
    u8 *const mask = ARENA_ARRAY(&templates->arena, u8, at->n);
    memcpy(raw, at->raw, at->n);
    memset(mask, 0xFF, at->n);
    for (size_t i = 0; i < n_refs; i++) {
        refs[i] = templates->refs.p[i];
        /* the reference, and of a name that stands there its place in a chain */
        memset(mask + refs[i].at, 0, refs[i].here ? 8 : 4);
    }
    *copy = (struct template_copy){
        .template = template,
        .raw = raw,
        .mask = mask,
        .refs = refs,
        .n_refs = (u32)n_refs,
        .next = templates->copies.p[id],
    };
    templates->copies.p[id] = copy;
}

/* Where the name of the token that started at `start` is referred to. */
static void keep_ref(struct templates *templates, const struct place *at, const struct token *token,
                     u32 start)
{
    u32 field = start + 1;
    switch (token->kind) {
    case TOKEN_OPEN:
        field += 2 + 4; /* dependency, size */
        break;
    case TOKEN_ATTRIBUTE:
    case TOKEN_ENTITY_REF:
    case TOKEN_PI_TARGET:
        break;
    default:
        return;
    }
    *VEC_PUSH(&templates->refs) = (struct template_ref){
        .at = field - at->off,
        .name = template_name(templates, at->chunk, token->name),
        .here = token->name == field + 4,
    };
}

/* ---- definitions by their tokens ---- */

static bool read_tokens(struct templates *templates, const struct place *at, struct binxml *x,
                        struct template *out)
{
    struct template template = {0};
    buf_reset(&templates->key);
    templates->refs.n = 0;
    for (;;) {
        const u32 start = (u32)x->cur.at;
        const struct token token = binxml_next(x);
        if (token.kind == TOKEN_EOF)
            break;
        token_key(templates, at->chunk, &token, true, &templates->key);
        if (token.kind == TOKEN_TEMPLATE) {
            template.nests =
                true; /* what follows is read anew for every record, so need not be in the key */
            break;
        }
        keep_ref(templates, at, &token, start);
    }
    template.id = x->bad ? 0 : intern_add(&templates->tokens, buf_str(&templates->key));
    *out = template;
    return !x->bad;
}

static bool identify(struct templates *templates, const struct evtx_chunk *chunk, u32 definition,
                     struct template *out, const char **bad)
{
    struct binxml x = binxml_definition(chunk, definition);
    if (!x.bad && x.cur.n - x.cur.at > templates->budget)
        binxml_bad(&x, "template definitions overlap");
    *bad = x.bad;
    if (x.bad)
        return false;
    templates->budget -= x.cur.n - x.cur.at;
    const u32 off = definition + EVTX_TEMPLATE_GUID_AT;
    const struct place at = {chunk, chunk->data + off, off, (u32)x.cur.n - off};
    const u32 id = copies_of(templates, &at);
    /* In doubt each token is looked at: what was met before must not decide. */
    for (const struct template_copy *c = chunk->doubted ? NULL : templates->copies.p[id]; c;
         c = c->next)
        if (is_copy(templates, c, &at)) {
            *out = c->template;
            return true;
        }
    if (read_tokens(templates, &at, &x, out) && !out->nests)
        keep_copy(templates, &at, id, *out);
    *bad = x.bad;
    return !x.bad;
}

const struct template *template_at(struct templates *templates, const struct evtx_chunk *chunk,
                                   u32 definition, const char **bad)
{
    u32 h = definition * 0x9E3779B1u >> 20 & (TEMPLATE_TABLE - 1);
    for (; templates->seen[h].generation == templates->generation;
         h = (h + 1) & (TEMPLATE_TABLE - 1))
        if (templates->seen[h].offset == definition)
            return &templates->seen[h].template;
    struct template template;
    if (!identify(templates, chunk, definition, &template, bad))
        return NULL;
    templates->seen[h] = (struct template_seen){templates->generation, definition, template};
    return &templates->seen[h].template;
}
