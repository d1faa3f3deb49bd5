#include "parse/evtx/binxml.h"

#include "parse/evtx/slot.h"

struct binxml binxml_of(const struct evtx_chunk *chunk, u32 from, u32 to, bool has_depends)
{
    assert(from <= to && to <= chunk->n);
    return (struct binxml){
        .cur = {.data = chunk->data, .n = to, .at = from},
        .chunk_n = chunk->n,
        .doubted = chunk->doubted,
        .has_depends = has_depends,
    };
}

struct binxml binxml_definition(const struct evtx_chunk *chunk, u32 definition)
{
    struct cur c = cur_of(chunk->data, chunk->n);
    cur_seek(&c, definition);
    const u8 *const header = cur_take(&c, EVTX_TEMPLATE_HEADER);
    const u32 size = header ? load_u32(header + EVTX_TEMPLATE_SIZE_AT) : 0;
    if (!header || size > cur_left(&c)) {
        struct binxml x = binxml_of(chunk, 0, 0, true);
        binxml_bad(&x, "template definition outside its chunk");
        return x;
    }
    return binxml_of(chunk, (u32)c.at, (u32)c.at + size, true);
}

str binxml_name(const struct evtx_chunk *chunk, u32 name)
{
    const u8 *const p = chunk->data + name;
    return (str){(const char *)p + EVTX_NAME_HEADER, 2u * load_u16(p + EVTX_NAME_CHARS_AT)};
}

u16 binxml_hash(str name)
{
    u32 hash = 0;
    for (size_t i = 0; i + 1 < name.n; i += 2)
        hash = hash * 65599 + load_u16((const u8 *)name.p + i);
    return (u16)hash;
}

/* Reads the offset of a name, checks the name, and passes over it when it stands right here. */
static u32 read_name(struct binxml *x)
{
    const u32 name = cur_u32(&x->cur);
    struct cur c = cur_of(x->cur.data, x->chunk_n);
    cur_seek(&c, name);
    const u8 *const header = cur_take(&c, EVTX_NAME_HEADER);
    const u32 chars = header ? load_u16(header + EVTX_NAME_CHARS_AT) : 0;
    const u8 *const text = chars > EVTX_NAME_MOST ? NULL : cur_take(&c, 2 * chars);
    if (!text) {
        binxml_bad(x, "name outside its chunk or too long");
        return 0;
    }
    if (x->doubted &&
        binxml_hash((str){(const char *)text, 2 * chars}) != load_u16(header + EVTX_NAME_HASH_AT)) {
        binxml_bad(x, "a name is gone that stood elsewhere in its chunk");
        return 0;
    }
    if (name == x->cur.at)
        cur_take(&x->cur, EVTX_NAME_HEADER + 2 * chars + 2);
    return name;
}

static void read_open(struct binxml *x, struct token *token, bool has_attributes)
{
    if (x->has_depends)
        cur_u16(&x->cur);
    cur_u32(&x->cur); /* size of the element: its end token says the same */
    token->name = read_name(x);
    if (has_attributes)
        cur_u32(&x->cur); /* size of the attributes: likewise */
}

/* A text with its length in characters before it. */
static void read_text(struct binxml *x, struct token *token)
{
    token->type = TYPE_STRING;
    token->n = 2u * cur_u16(&x->cur);
    token->p = cur_take(&x->cur, token->n);
}

static void read_value(struct binxml *x, struct token *token)
{
    token->type = cur_u8(&x->cur);
    if (token->type == TYPE_STRING) {
        read_text(x, token);
        return;
    }
    if (token->type == TYPE_ANSI || token->type == TYPE_BINARY)
        token->n = cur_u16(&x->cur);
    else
        token->n = type_size(token->type);
    if (token->n == 0 && token->type > TYPE_BINARY)
        binxml_bad(x, "value of an unknown type");
    token->p = cur_take(&x->cur, token->n);
}

static void read_substitution(struct binxml *x, struct token *token)
{
    token->index = cur_u16(&x->cur);
    token->type = cur_u8(&x->cur);
}

/* What comes behind the kind of a token. */
static void read_rest(struct binxml *x, struct token *token, bool more)
{
    switch (token->kind) {
    case TOKEN_OPEN:
        read_open(x, token, more);
        break;
    case TOKEN_VALUE:
        read_value(x, token);
        break;
    case TOKEN_CDATA:
    case TOKEN_PI_DATA:
        read_text(x, token);
        break;
    case TOKEN_ATTRIBUTE:
    case TOKEN_ENTITY_REF:
    case TOKEN_PI_TARGET:
        token->name = read_name(x);
        break;
    case TOKEN_CHAR_REF:
        token->type = TYPE_STRING;
        token->n = 2;
        token->p = cur_take(&x->cur, 2);
        break;
    case TOKEN_NORMAL_SUB:
    case TOKEN_OPTIONAL_SUB:
        read_substitution(x, token);
        break;
    case TOKEN_FRAGMENT:
        cur_take(&x->cur, 3);
        break;
    case TOKEN_EOF:
    case TOKEN_CLOSE_START:
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_END:
    case TOKEN_TEMPLATE:
        break;
    default:
        binxml_bad(x, "unknown token in binary XML");
    }
}

struct token binxml_next(struct binxml *x)
{
    if (x->bad || cur_left(&x->cur) == 0)
        return (struct token){.kind = TOKEN_EOF};
    const u8 first = cur_u8(&x->cur);
    struct token token = {.kind = first & ~TOKEN_MORE};
    read_rest(x, &token, first & TOKEN_MORE);
    if (x->cur.bad)
        binxml_bad(x, "binary XML ends inside a token");
    return x->bad ? (struct token){.kind = TOKEN_EOF} : token;
}

/* An instance repeats the first four bytes of its template's GUID. In a damaged chunk another
 * template may stand where the instance's one was: then every name would be wrong. */
static bool is_definition_of(const struct binxml *x, u32 definition, u32 id)
{
    struct cur c = cur_of(x->cur.data, x->chunk_n);
    cur_seek(&c, definition);
    const u8 *const header = cur_take(&c, EVTX_TEMPLATE_HEADER);
    return header && load_u32(header + EVTX_TEMPLATE_GUID_AT) == id;
}

struct instance binxml_instance(struct binxml *x)
{
    struct cur *const c = &x->cur;
    struct instance instance = {0};
    cur_u8(c); /* version */
    const u32 id = cur_u32(c);
    instance.definition = cur_u32(c);
    if (!is_definition_of(x, instance.definition, id))
        binxml_bad(x, "no definition of this template");
    if (instance.definition == c->at && !c->bad) {
        const struct evtx_chunk chunk = {.data = c->data, .n = (u32)c->n};
        const struct binxml inside = binxml_definition(&chunk, instance.definition);
        if (inside.bad)
            binxml_bad(x, inside.bad);
        else
            cur_seek(c, inside.cur.n);
    }
    instance.n = cur_u32(c);
    instance.sizes = instance.n <= cur_left(c) / 4 ? cur_take(c, 4 * (size_t)instance.n) : NULL;
    if (!instance.sizes)
        binxml_bad(x, "template values outside the record");
    return instance;
}
