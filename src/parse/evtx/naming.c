#include "parse/evtx/naming.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf.h"

/* Nested fragments may stand in many places of a template, so what is walked is counted, not only
 * what is stored. */
#define MOST_VISITS (16 * LIMIT_FIELDS)

typedef void visit_fn(struct naming *n, const struct xml *element, u32 depth);

static void leaf(struct naming *n, const struct xml *element, u32 depth);

static bool may_visit(struct naming *n, u32 depth)
{
    if (++n->visits > MOST_VISITS || depth > LIMIT_NESTING)
        n->bad = "record too large once its templates are filled in";
    return !n->bad;
}

/* ---- names ---- */

static str local_name(struct naming *n, const struct xml *node)
{
    const str wide = binxml_name(n->chunk, node->name);
    const str name = utf16_text(n->scratch, (const u8 *)wide.p, wide.n);
    const size_t colon = str_find_char(name, ':');
    return colon == SIZE_MAX ? name : str_sub(name, colon + 1, name.n);
}

static bool is_namespace(struct naming *n, const struct xml *attribute)
{
    static const char xmlns[] = {'x', 0, 'm', 0, 'l', 0, 'n', 0, 's', 0};
    return str_starts(binxml_name(n->chunk, attribute->name), (str){xmlns, sizeof xmlns});
}

static str joined(struct naming *n, str a, str b)
{
    return arena_printf(n->scratch, "%.*s_%.*s", STR_ARG(a), STR_ARG(b));
}

static str without_spaces(struct naming *n, str name)
{
    char *const out = arena_alloc(n->scratch, name.n + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != ' ')
            out[len++] = name.p[i];
    return (str){out, len};
}

/* ---- sources ---- */

static struct source *new_source(struct naming *n, enum source_kind kind)
{
    struct source *const source = ARENA_NEW(n->arena, struct source);
    source->kind = (u8)kind;
    return source;
}

static struct source *constant(struct naming *n, struct value value)
{
    const bool has_bytes = value_is_text(value) || value.type == VALUE_SYSTEMTIME ||
                           value.type == VALUE_GUID || value.type == VALUE_SID ||
                           value.type == VALUE_BINARY;
    struct source *const source = new_source(n, SOURCE_CONST);
    source->value = value;
    if (has_bytes)
        source->value.p = arena_str(n->arena, (str){value.p, value.n}).p;
    return source;
}

static struct source *slot_source(struct naming *n, u32 slot)
{
    struct source *const source = new_source(n, SOURCE_SLOT);
    source->slot = slot;
    return source;
}

static bool is_null(const struct naming *n, const struct source *source)
{
    return source->kind == SOURCE_SLOT && n->slots->p[source->slot].type == TYPE_NULL;
}

/* What stands in an element or attribute besides elements. */
struct pieces {
    VEC(struct source *) list;
    bool has_elements;
    bool dropped; /* an optional substitution was null */
};

static void gather(struct naming *n, const struct xml *node, struct pieces *out, u32 depth)
{
    if (!may_visit(n, depth))
        return;
    for (const struct xml *child = node->first; child && !n->bad; child = child->next) {
        switch (child->kind) {
        case XML_TEXT:
            *VEC_PUSH(&out->list) = constant(n, child->value);
            break;
        case XML_SLOT:
            *VEC_PUSH(&out->list) = slot_source(n, child->slot);
            out->dropped |= child->optional && is_null(n, slot_source(n, child->slot));
            break;
        case XML_DOCUMENT:
            gather(n, child, out, depth + 1);
            break;
        case XML_ELEMENT:
            out->has_elements = true;
            break;
        default:
            break;
        }
    }
}

static struct source *text_of_pieces(struct naming *n, const struct pieces *pieces)
{
    struct source *const text = new_source(n, SOURCE_TEXT);
    struct source **end = &text->parts;
    bool is_constant = true;
    for (size_t i = 0; i < pieces->list.n; i++) {
        struct source *const piece = pieces->list.p[i];
        if (is_null(n, piece))
            continue;
        is_constant &= piece->kind == SOURCE_CONST;
        *end = piece;
        end = &piece->next;
        text->n++;
    }
    if (text->n == 0)
        return pieces->list.p[0];
    if (text->n == 1)
        return text->parts;
    return is_constant ? constant(n, source_value(text, n->slots, n->scratch)) : text;
}

static void decide_by(struct naming *n, const struct source *source)
{
    if (source->kind == SOURCE_SLOT)
        *VEC_PUSH(&n->keys) = source->slot;
    for (const struct source *part = source->parts; part; part = part->next)
        decide_by(n, part);
}

/* The text of something whose value decides about the form of the event. */
static str deciding_text(struct naming *n, const struct source *source)
{
    decide_by(n, source);
    return value_text(source_value(source, n->slots, n->scratch), n->scratch);
}

static bool is_blank(struct naming *n, const struct source *source)
{
    return str_trim(deciding_text(n, source)).n == 0;
}

/* The content of an element as one source; NULL when it has none, or only white space between
 * elements. */
static struct source *content(struct naming *n, const struct xml *element, u32 depth,
                              bool *has_elements)
{
    struct pieces pieces = {0};
    gather(n, element, &pieces, depth);
    struct source *source = pieces.list.n ? text_of_pieces(n, &pieces) : NULL;
    if (source && pieces.has_elements && is_blank(n, source))
        source = NULL;
    *has_elements = pieces.has_elements;
    VEC_FREE(&pieces.list);
    return source;
}

/* The value of an attribute; NULL when there is no such attribute because its substitution is
 * optional and null. */
static struct source *attribute_value(struct naming *n, const struct xml *attribute, u32 depth)
{
    struct pieces pieces = {0};
    gather(n, attribute, &pieces, depth);
    struct source *source =
        pieces.list.n ? text_of_pieces(n, &pieces) : constant(n, value_utf8(S("")));
    if (pieces.dropped && is_null(n, source))
        source = NULL;
    VEC_FREE(&pieces.list);
    return source;
}

/* ---- fields ---- */

static struct naming_seen *seen(struct naming *n, u32 field)
{
    while (n->seen.n <= field)
        *VEC_PUSH(&n->seen) = (struct naming_seen){0};
    return &n->seen.p[field];
}

static struct named *find(struct naming *n, u32 field)
{
    const struct naming_seen *const entry = seen(n, field);
    return entry->record == n->record ? &n->fields.p[entry->at] : NULL;
}

static void append(struct naming *n, struct named *named, struct source *source)
{
    if (named->source->kind != SOURCE_ARRAY) {
        struct source *const array = new_source(n, SOURCE_ARRAY);
        array->parts = named->source;
        array->n = 1;
        named->source = array;
    }
    /* parts are kept newest first here; naming_run turns them round */
    source->next = named->source->parts;
    named->source->parts = source;
    named->source->n++;
}

static void add_field(struct naming *n, str name, struct source *source)
{
    u32 field = intern_add(&n->schema->fields, name);
    struct named *named = find(n, field);
    if (named && !str_eq(named->section, n->section)) {
        field = intern_add(&n->schema->fields, joined(n, n->section, name));
        named = find(n, field);
    }
    if (named) {
        append(n, named, source);
        return;
    }
    if (n->fields.n >= LIMIT_FIELDS) {
        n->bad = "more fields than the limit";
        return;
    }
    *seen(n, field) = (struct naming_seen){n->record, (u32)n->fields.n};
    *VEC_PUSH(&n->fields) = (struct named){field, n->section, source};
}

/* Every attribute of `element` but namespaces and `except` as <name>_<attribute>. True if there was
 * one. */
static bool add_attributes(struct naming *n, const struct xml *element, str name, str except,
                           u32 depth)
{
    bool any = false;
    for (const struct xml *a = element->first; a; a = a->next) {
        if (a->kind != XML_ATTRIBUTE || is_namespace(n, a))
            continue;
        const str attribute = local_name(n, a);
        if (str_eq(attribute, except))
            continue;
        any = true;
        struct source *const value = attribute_value(n, a, depth + 1);
        if (value)
            add_field(n, joined(n, name, attribute), value);
    }
    return any;
}

static void for_elements(struct naming *n, const struct xml *parent, visit_fn *visit, u32 depth)
{
    if (!may_visit(n, depth))
        return;
    for (const struct xml *child = parent->first; child && !n->bad; child = child->next) {
        if (child->kind == XML_DOCUMENT)
            for_elements(n, child, visit, depth + 1);
        else if (child->kind == XML_ELEMENT)
            visit(n, child, depth + 1);
    }
}

static str with_prefix(struct naming *n, str name)
{
    return n->prefix.n ? joined(n, n->prefix, name) : name;
}

/* UserData//E, and whatever has no rule of its own. */
static void leaf(struct naming *n, const struct xml *element, u32 depth)
{
    bool has_elements;
    const str name = with_prefix(n, local_name(n, element));
    const bool has_attributes = add_attributes(n, element, name, STR_NONE, depth);
    struct source *source = content(n, element, depth, &has_elements);
    if (!source && !has_elements && !has_attributes)
        source = constant(n, (struct value){.type = VALUE_NULL});
    if (source)
        add_field(n, name, source);
    if (has_elements)
        for_elements(n, element, leaf, depth);
}

/* System/E: as a leaf, but <Security/> without text is no field. */
static void system_element(struct naming *n, const struct xml *element, u32 depth)
{
    bool has_elements;
    const str name = local_name(n, element);
    struct source *const source = content(n, element, depth, &has_elements);
    if (source)
        add_field(n, name, source);
    add_attributes(n, element, name, STR_NONE, depth);
    if (has_elements)
        for_elements(n, element, leaf, depth);
}

/* EventData/Data: the field it names, or "Data". */
static str data_name(struct naming *n, const struct xml *element, u32 depth)
{
    for (const struct xml *a = element->first; a; a = a->next) {
        if (a->kind != XML_ATTRIBUTE || !str_eq(local_name(n, a), S("Name")))
            continue;
        const struct source *const value = attribute_value(n, a, depth + 1);
        const str name = value ? without_spaces(n, deciding_text(n, value)) : STR_NONE;
        return name.n ? name : S("Data");
    }
    return S("Data");
}

static void event_data_element(struct naming *n, const struct xml *element, u32 depth)
{
    if (!str_eq(local_name(n, element), S("Data"))) {
        leaf(n, element, depth);
        return;
    }
    bool has_elements;
    const str name = data_name(n, element, depth);
    struct source *source = content(n, element, depth, &has_elements);
    if (!source && !has_elements)
        source = constant(n, (struct value){.type = VALUE_NULL});
    if (source)
        add_field(n, name, source);
    add_attributes(n, element, name, S("Name"), depth);
    if (has_elements)
        for_elements(n, element, leaf, depth);
}

static void rendering_element(struct naming *n, const struct xml *element, u32 depth)
{
    n->prefix = str_eq(local_name(n, element), S("Message")) ? STR_NONE : S("RenderingInfo");
    leaf(n, element, depth);
    n->prefix = STR_NONE;
}

static bool is_system(struct naming *n, const struct xml *element)
{
    return str_eq(local_name(n, element), S("System"));
}

static void visit_system(struct naming *n, const struct xml *section, u32 depth)
{
    if (!is_system(n, section))
        return;
    n->section = S("System");
    for_elements(n, section, system_element, depth);
}

static void visit_other(struct naming *n, const struct xml *section, u32 depth)
{
    if (is_system(n, section))
        return;
    const str name = n->section = local_name(n, section);
    const bool is_rendering = str_eq(name, S("RenderingInfo"));
    const bool is_data = str_eq(name, S("EventData"));
    bool has_elements;
    add_attributes(n, section, name, STR_NONE, depth);
    struct source *const text = content(n, section, depth, &has_elements);
    if (text)
        add_field(n, name, text);
    for_elements(n, section,
                 is_rendering ? rendering_element
                 : is_data    ? event_data_element
                              : leaf,
                 depth);
}

/* System comes first, so that its names are the ones without a prefix whatever the order of the
 * evidence. */
static void visit_event(struct naming *n, const struct xml *event, u32 depth)
{
    const str name = n->section = local_name(n, event);
    if (!str_eq(name, S("Event"))) {
        leaf(n, event, depth);
        return;
    }
    add_attributes(n, event, name, STR_NONE, depth);
    for_elements(n, event, visit_system, depth);
    for_elements(n, event, visit_other, depth);
}

static void turn_round(struct source *array)
{
    struct source *turned = NULL;
    for (struct source *part = array->parts, *next; part; part = next) {
        next = part->next;
        part->next = turned;
        turned = part;
    }
    array->parts = turned;
}

/* The shape has these as text and number, so their values are part of what makes it. */
static bool decides_shape(u32 field)
{
    return field == FIELD_CHANNEL || field == FIELD_PROVIDER || field == FIELD_EVENT_ID;
}

bool naming_run(struct naming *n, const struct xml *root)
{
    n->fields.n = n->keys.n = 0;
    n->visits = 0;
    n->record++;
    n->bad = NULL;
    n->prefix = STR_NONE;
    for_elements(n, root, visit_event, 0);
    for (size_t i = 0; i < n->fields.n; i++) {
        struct named *const named = &n->fields.p[i];
        if (named->source->kind == SOURCE_ARRAY)
            turn_round(named->source);
        if (decides_shape(named->field))
            decide_by(n, named->source);
    }
    return !n->bad;
}

void naming_release(struct naming *n)
{
    VEC_FREE(&n->fields);
    VEC_FREE(&n->keys);
    VEC_FREE(&n->seen);
}

/* ---- values ---- */

static struct value text_value(const struct source *source, const struct slots *slots,
                               struct arena *arena)
{
    str *const texts = ARENA_ARRAY(arena, str, source->n);
    size_t n = 0;
    u32 count = 0;
    for (const struct source *part = source->parts; part; part = part->next) {
        texts[count] = value_text(source_value(part, slots, arena), arena);
        n += texts[count++].n;
    }
    char *const out = arena_alloc(arena, n + 1, 1);
    n = 0;
    for (u32 i = 0; i < count; i++) {
        if (texts[i].n)
            memcpy(out + n, texts[i].p, texts[i].n);
        n += texts[i].n;
    }
    return value_utf8((str){out, n});
}

struct value source_value(const struct source *source, const struct slots *slots,
                          struct arena *arena)
{
    switch ((enum source_kind)source->kind) {
    case SOURCE_CONST:
        break;
    case SOURCE_SLOT:
        return slot_value(&slots->p[source->slot], arena);
    case SOURCE_TEXT:
        return text_value(source, slots, arena);
    case SOURCE_ARRAY: {
        struct value *const items = ARENA_ARRAY(arena, struct value, source->n);
        u32 i = 0;
        for (const struct source *part = source->parts; part; part = part->next)
            items[i++] = source_value(part, slots, arena);
        return (struct value){.type = VALUE_ARRAY, .n = source->n, .items = items};
    }
    }
    return source->value;
}
