#include "parse/evtx/fragment.h"

#include "base/limits.h"
#include "base/mem.h"

/* Nodes of one record's tree: real ones stay under 300; substitutions used many times over could
 * ask for any number. */
#define MOST_NODES (4 * LIMIT_FIELDS)

/* The values that substitutions of a definition stand for. */
struct values {
    u32 base; /* first slot */
    u32 n;
};

/* Where in the tree the next token belongs. Without a tree (scan) only level counts. */
struct place {
    struct xml *element; /* the open one */
    struct xml *target;  /* takes texts: the element, or its last attribute */
    u32 level;           /* elements open in this run of tokens */
};

static void read_fragment(struct reading *r, u32 from, u32 to, u32 depth, struct xml *parent);

static void bad(struct reading *r, const char *what)
{
    if (!r->bad)
        r->bad = what;
}

static struct xml *add(struct reading *r, struct xml *parent, enum xml_kind kind)
{
    if (++r->nodes > MOST_NODES)
        bad(r, "record too large once its templates are filled in");
    struct xml *const node = ARENA_NEW(r->arena, struct xml);
    node->kind = (u8)kind;
    node->parent = parent;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    return node;
}

static struct slot *slots_reserve(struct slots *slots, u32 n)
{
    while (slots->cap - slots->n < n)
        slots->p = vec_grow_(slots->p, &slots->cap, sizeof *slots->p);
    return slots->p + slots->n;
}

static u32 add_slot(struct reading *r, u8 type, const u8 *p, u32 n)
{
    struct slot *const slot = VEC_PUSH(r->slots);
    *slot = (struct slot){.p = p, .n = n, .type = type};
    return (u32)r->slots->n - 1;
}

static void open_element(struct reading *r, struct place *at, const struct token *token, u32 depth)
{
    if (depth + ++at->level > LIMIT_NESTING)
        bad(r, "elements nested too deep");
    if (!at->element)
        return;
    at->element = add(r, at->element, XML_ELEMENT);
    at->element->name = token->name;
    at->target = at->element;
}

static void close_element(struct reading *r, struct place *at)
{
    if (at->level == 0) {
        bad(r, "end of an element that was not open");
        return;
    }
    at->level--;
    if (at->element)
        at->element = at->target = at->element->parent;
}

static void open_attribute(struct reading *r, struct place *at, const struct token *token)
{
    if (at->level == 0)
        bad(r, "attribute outside an element");
    if (!at->element)
        return;
    at->target = add(r, at->element, XML_ATTRIBUTE);
    at->target->name = token->name;
}

static void add_text(struct reading *r, const struct place *at, struct value value)
{
    if (at->target)
        add(r, at->target, XML_TEXT)->value = value;
}

/* The five entities that XML has by itself; there is no place for others in a log. */
static struct value entity(const struct evtx_chunk *chunk, u32 name)
{
    static const struct {
        str name, text;
    } known[] = {
        {{"l\0t", 4}, {"<", 1}},        {{"g\0t", 4}, {">", 1}},       {{"a\0m\0p", 6}, {"&", 1}},
        {{"q\0u\0o\0t", 8}, {"\"", 1}}, {{"a\0p\0o\0s", 8}, {"'", 1}},
    };
    const str text = binxml_name(chunk, name);
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_eq(text, known[i].name))
            return value_utf8(known[i].text);
    return value_utf8(STR_NONE);
}

static void substitute(struct reading *r, const struct place *at, const struct token *token,
                       const struct values *values)
{
    if (!values || token->index >= values->n) {
        bad(r, values ? "substitution without a value" : "substitution outside a template");
        return;
    }
    const u32 slot = values->base + token->index;
    struct xml *const doc = r->slots->p[slot].doc;
    struct xml *const node = add(r, at->target, doc ? XML_DOCUMENT : XML_SLOT);
    node->slot = slot;
    node->optional = token->kind == TOKEN_OPTIONAL_SUB;
    if (doc)
        node->first = doc->first;
}

/* A null value says so by its type; of other types an empty one is null, unless empty is a value of
 * it. */
static u8 effective_type(u8 type, u32 size)
{
    static const bool may_be_empty[TYPE_ARRAY] = {
        [TYPE_STRING] = true, [TYPE_ANSI] = true, [TYPE_BINARY] = true, [TYPE_XML] = true};
    const bool null = !size & !(type & TYPE_ARRAY) & !may_be_empty[type & ~TYPE_ARRAY & 0xFF];
    return null ? TYPE_NULL : type;
}

/* The values of an instance become slots, their types part of the key. True if one is a nested
 * fragment. */
static bool take_values(struct reading *r, struct binxml *x, const struct instance *instance)
{
    bool nested = false;
    char *const key = buf_reserve(r->key, instance->n);
    if (!key) {
        bad(r, "too many values in one record");
        return false;
    }
    for (u32 i = 0; i < instance->n; i++) {
        const u32 n = load_u16(instance->sizes + 4 * (size_t)i);
        const u8 type = effective_type(instance->sizes[4 * (size_t)i + 2], n);
        const u8 *const p = cur_take(&x->cur, n);
        if (!p) {
            bad(r, "template values outside the record");
            return false;
        }
        add_slot(r, type, p, n);
        key[i] = (char)type;
        nested |= type == TYPE_BINXML;
    }
    r->key->n += instance->n;
    return nested;
}

static void read_nested(struct reading *r, u32 base, u32 n, u32 depth, bool build)
{
    for (u32 i = base; i < base + n && !r->bad; i++) {
        const struct slot slot = r->slots->p[i];
        if (slot.type != TYPE_BINXML)
            continue;
        struct xml *const doc = build ? ARENA_NEW(r->arena, struct xml) : NULL;
        const u32 from = (u32)(slot.p - r->chunk->data);
        read_fragment(r, from, from + slot.n, depth + 1, doc);
        r->slots->p[i].doc = doc;
    }
}

static void walk(struct reading *r, struct binxml *x, u32 depth, struct xml *parent,
                 const struct values *values);

static void read_instance(struct reading *r, struct binxml *x, u32 depth, struct xml *parent)
{
    const struct instance instance = binxml_instance(x);
    if (x->bad) {
        bad(r, x->bad);
        return;
    }
    const struct template *const template =
        template_at(r->templates, r->chunk, instance.definition, &r->bad);
    if (!template || r->bad)
        return;
    r->unplanned |= template->nests;
    r->last_template = template->id;
    buf_char(r->key, TOKEN_TEMPLATE);
    buf_add(r->key, (str){(const char *)&template->id, sizeof template->id});
    buf_add(r->key, (str){(const char *)&instance.n, sizeof instance.n});
    const struct values values = {(u32)r->slots->n, instance.n};
    if (take_values(r, x, &instance))
        read_nested(r, values.base, values.n, depth, parent != NULL);
    if (parent && !r->bad) {
        struct binxml definition = binxml_definition(r->chunk, instance.definition);
        walk(r, &definition, depth, parent, &values);
    }
}

/* In a definition texts are constant; elsewhere they are the values of the record. */
static void read_text(struct reading *r, const struct place *at, const struct token *token,
                      bool constant)
{
    const struct slot text = {.p = token->p, .n = token->n, .type = token->type};
    if (constant) {
        add_text(r, at, slot_value(&text, r->arena));
        return;
    }
    const u32 slot = add_slot(r, token->type, token->p, token->n);
    if (at->target)
        add(r, at->target, XML_SLOT)->slot = slot;
}

static void read_token(struct reading *r, struct place *at, const struct token *token, u32 depth,
                       const struct values *values)
{
    switch (token->kind) {
    case TOKEN_OPEN:
        open_element(r, at, token, depth);
        break;
    case TOKEN_ATTRIBUTE:
        open_attribute(r, at, token);
        break;
    case TOKEN_CLOSE_START:
        at->target = at->element;
        break;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_END:
        close_element(r, at);
        break;
    case TOKEN_VALUE:
    case TOKEN_CDATA:
        read_text(r, at, token, values != NULL);
        break;
    case TOKEN_CHAR_REF:
        add_text(r, at, (struct value){.type = VALUE_UTF16, .n = token->n, .p = token->p});
        break;
    case TOKEN_ENTITY_REF:
        add_text(r, at, entity(r->chunk, token->name));
        break;
    case TOKEN_NORMAL_SUB:
    case TOKEN_OPTIONAL_SUB:
        substitute(r, at, token, values);
        break;
    default: /* TOKEN_FRAGMENT and processing instructions say nothing about the event */
        break;
    }
}

/* Behind an instance there may be another (EventData, then RenderingInfo), or padding that is no
 * token. */
static bool more_follows(const struct binxml *x)
{
    if (cur_left(&x->cur) == 0)
        return false;
    const u8 next = x->cur.data[x->cur.at] & ~TOKEN_MORE;
    return next == TOKEN_FRAGMENT || next == TOKEN_TEMPLATE || next == TOKEN_OPEN;
}

/* Follow a run of tokens; `values` are given when it is a definition, and then there is a tree to
 * build. */
static void walk(struct reading *r, struct binxml *x, u32 depth, struct xml *parent,
                 const struct values *values)
{
    struct place at = {.element = parent, .target = parent};
    if (depth > LIMIT_NESTING)
        bad(r, "templates nested too deep");
    while (!r->bad) {
        const struct token token = binxml_next(x);
        if (token.kind == TOKEN_EOF)
            break;
        if (token.kind == TOKEN_TEMPLATE) {
            read_instance(r, x, depth + at.level + 1, at.target);
            if (at.level == 0 && !more_follows(x))
                return;
            continue;
        }
        if (!values)
            token_key(r->templates, r->chunk, &token, token.kind == TOKEN_CHAR_REF, r->key);
        read_token(r, &at, &token, depth, values);
    }
    if (x->bad)
        bad(r, x->bad);
    if (at.level)
        bad(r, "binary XML ends inside an element");
}

static void read_fragment(struct reading *r, u32 from, u32 to, u32 depth, struct xml *parent)
{
    struct binxml x = binxml_of(r->chunk, from, to, false);
    walk(r, &x, depth, parent, NULL);
    buf_char(r->key, TOKEN_EOF);
}

/* ---- the common record: an instance of a template, and in its values the same ---- */

#define QUICK_NESTING 4

/* As take_values, from `at` on. Where the values end; 0 when they do not fit. */
static u32 quick_values(struct reading *r, const u8 *sizes, u32 n, u32 at, u32 to, bool *nested)
{
    char *const key = buf_reserve(r->key, n);
    struct slot *const slots = slots_reserve(r->slots, n);
    const u8 *const data = r->chunk->data;
    bool any = false;
    if (!key)
        return 0;
    for (u32 i = 0; i < n; i++) {
        const u32 size = load_u16(sizes + 4 * (size_t)i);
        const u8 type = effective_type(sizes[4 * (size_t)i + 2], size);
        if (size > to - at)
            return 0;
        slots[i].p = data + at;
        slots[i].n = size;
        slots[i].type = type;
        key[i] = (char)type;
        any |= type == TYPE_BINXML;
        at += size;
    }
    r->slots->n += n;
    r->key->n += n;
    *nested = any;
    return at;
}

static bool quick_fragment(struct reading *r, u32 from, u32 to, u32 depth);

static bool quick_nested(struct reading *r, u32 base, u32 n, u32 depth)
{
    for (u32 i = base; i < base + n; i++) {
        const struct slot slot = r->slots->p[i];
        const u32 from = (u32)(slot.p - r->chunk->data);
        if (slot.type == TYPE_BINXML && !quick_fragment(r, from, from + slot.n, depth + 1))
            return false;
    }
    return true;
}

/* 0C, u8 version, u32 id, u32 definition, [definition], u32 n, sizes: where the sizes stand, or 0.
 */
static u32 quick_head(const struct evtx_chunk *chunk, u32 at, u32 to, u32 *definition, u32 *n)
{
    const u8 *const data = chunk->data;
    if (to - at < 14)
        return 0;
    *definition = load_u32(data + at + 6);
    if (*definition > chunk->n - EVTX_TEMPLATE_HEADER ||
        load_u32(data + *definition + EVTX_TEMPLATE_GUID_AT) != load_u32(data + at + 2))
        return 0;
    at += 10;
    if (*definition == at) {
        const u32 left = to - at;
        const u32 size = load_u32(data + at + EVTX_TEMPLATE_SIZE_AT);
        if (left < EVTX_TEMPLATE_HEADER + 4 || size > left - EVTX_TEMPLATE_HEADER - 4)
            return 0;
        at += EVTX_TEMPLATE_HEADER + size;
    }
    *n = load_u32(data + at);
    at += 4;
    return *n <= (to - at) / 4 ? at : 0;
}

/* Where the instance at `at` ends, or 0. */
static u32 quick_instance(struct reading *r, u32 at, u32 to, u32 depth)
{
    u32 definition, n;
    at = quick_head(r->chunk, at, to, &definition, &n);
    char *const key = buf_reserve(r->key, 9);
    if (at == 0 || !key)
        return 0;
    const struct template *const template =
        template_at(r->templates, r->chunk, definition, &r->bad);
    if (!template || template->nests)
        return 0;
    key[0] = TOKEN_TEMPLATE;
    memcpy(key + 1, &template->id, 4);
    memcpy(key + 5, &n, 4);
    r->key->n += 9;
    r->last_template = template->id;
    const u32 base = (u32)r->slots->n;
    bool nested;
    const u32 end = quick_values(r, r->chunk->data + at, n, at + 4 * n, to, &nested);
    return end && nested && !quick_nested(r, base, n, depth) ? 0 : end;
}

/* [0F, u8 major, u8 minor, u8 flags], an instance, and so on as long as there are more. */
static bool quick_fragment(struct reading *r, u32 from, u32 to, u32 depth)
{
    const u8 *const data = r->chunk->data;
    u32 at = from;
    u8 next;
    if (depth > QUICK_NESTING)
        return false;
    do {
        if (to - at > 4 && data[at] == TOKEN_FRAGMENT) {
            buf_char(r->key, TOKEN_FRAGMENT);
            at += 4;
        }
        if (at == to || data[at] != TOKEN_TEMPLATE)
            return false;
        at = quick_instance(r, at, to, depth);
        if (at == 0)
            return false;
        next = at < to ? data[at] & ~TOKEN_MORE : TOKEN_EOF;
    } while (next == TOKEN_FRAGMENT || next == TOKEN_TEMPLATE);
    buf_char(r->key, TOKEN_EOF);
    return next != TOKEN_OPEN;
}

static void start(struct reading *r)
{
    r->slots->n = 0;
    buf_reset(r->key);
}

bool fragment_scan(struct reading *r, u32 from, u32 to)
{
    start(r);
    if (quick_fragment(r, from, to, 0) || r->bad)
        return !r->bad;
    start(r);
    read_fragment(r, from, to, 0, NULL);
    return !r->bad;
}

const struct xml *fragment_build(struct reading *r, u32 from, u32 to)
{
    struct xml *const root = ARENA_NEW(r->arena, struct xml);
    root->kind = XML_DOCUMENT;
    start(r);
    read_fragment(r, from, to, 0, root);
    return r->bad ? NULL : root;
}
