#include "parse/evtx/template.h"

#include "base/limits.h"

void templates_init(struct templates *templates)
{
    intern_init(&templates->names, NULL);
    intern_init(&templates->tokens, NULL);
    buf_init(&templates->key, LIMIT_RECORD);
    memset(templates->seen, 0, sizeof templates->seen);
    templates->generation = 0;
    templates_begin_chunk(templates);
}

void templates_release(struct templates *templates)
{
    intern_release(&templates->names);
    intern_release(&templates->tokens);
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

u32 template_name(struct templates *templates, const struct evtx_chunk *chunk, u32 name)
{
    return intern_add(&templates->names, binxml_name(chunk, name));
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

/* Reads the whole definition into an id. */
static bool identify(struct templates *templates, const struct evtx_chunk *chunk, u32 definition,
                     struct template *out, const char **bad)
{
    struct binxml x = binxml_definition(chunk, definition);
    if (!x.bad && x.cur.n - x.cur.at > templates->budget)
        binxml_bad(&x, "template definitions overlap");
    else
        templates->budget -= x.cur.n - x.cur.at;
    struct template template = {0};
    buf_reset(&templates->key);
    for (struct token token; (token = binxml_next(&x)).kind != TOKEN_EOF;) {
        token_key(templates, chunk, &token, true, &templates->key);
        if (token.kind == TOKEN_TEMPLATE) {
            template.nests =
                true; /* what follows is read anew for every record, so need not be in the key */
            break;
        }
    }
    *bad = x.bad;
    if (x.bad)
        return false;
    template.id = intern_add(&templates->tokens, buf_str(&templates->key));
    *out = template;
    return true;
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
