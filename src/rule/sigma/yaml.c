/* The tree is built by recursion over libyaml's events, one function for each kind of node. Nodes
 * are shared by aliases, so memory stays small; what an alias bomb would multiply is the work of
 * whoever walks the tree, so each node has a weight (nodes below it, aliases counted in full) and
 * the weight of one file is bounded. */
#include "rule/sigma/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/mem.h"

struct anchor {
    str name;
    const struct yaml *node;
    u32 weight;
};

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct err *err;
    VEC(struct anchor) anchors;
    u32 weight; /* of all nodes so far */
    u32 depth;
    u32 line; /* lines before the text */
};

typedef VEC(const struct yaml *) nodes;

static enum status build(struct builder *b, yaml_event_t *event, const struct yaml **out);

static enum status fail_at(struct builder *b, u32 line, u32 col, enum status status,
                           const char *what)
{
    (void)err_set(b->err, status, "%s", what);
    if (b->err) {
        b->err->line = line;
        b->err->col = col;
    }
    return status;
}

static enum status fail_here(struct builder *b, const yaml_event_t *event, enum status status,
                             const char *what)
{
    return fail_at(b, b->line + (u32)event->start_mark.line + 1, (u32)event->start_mark.column + 1,
                   status, what);
}

static enum status next_event(struct builder *b, yaml_event_t *event)
{
    if (yaml_parser_parse(&b->parser, event))
        return OK;
    const yaml_parser_t *const p = &b->parser;
    char what[200];
    snprintf(what, sizeof what, "not YAML: %s%s%s", p->problem ? p->problem : "cannot be read",
             p->context ? " " : "", p->context ? p->context : "");
    return fail_at(b, b->line + (u32)p->problem_mark.line + 1, (u32)p->problem_mark.column + 1,
                   ERR_SYNTAX, what);
}

static struct yaml *new_node(struct builder *b, enum yaml_type type, const yaml_event_t *event)
{
    struct yaml *const node = ARENA_NEW(b->arena, struct yaml);
    node->type = type;
    node->line = b->line + (u32)event->start_mark.line + 1;
    node->col = (u32)event->start_mark.column + 1;
    return node;
}

static const struct yaml **copy_nodes(struct arena *arena, const nodes *list, size_t first,
                                      size_t step, size_t n)
{
    const struct yaml **const out = ARENA_ARRAY(arena, const struct yaml *, n);
    for (size_t i = 0; i < n; i++)
        out[i] = list->p[first + i * step];
    return out;
}

static const struct yaml *build_scalar(struct builder *b, const yaml_event_t *event)
{
    struct yaml *const node = new_node(b, YAML_SCALAR, event);
    node->text = arena_str(
        b->arena, (str){(const char *)event->data.scalar.value, event->data.scalar.length});
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node;
}

static int by_text(const void *a, const void *b)
{
    const struct yaml *const x = *(const struct yaml *const *)a;
    const struct yaml *const y = *(const struct yaml *const *)b;
    const int order = str_cmp(x->text, y->text);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static enum status check_keys(struct builder *b, const struct yaml *map)
{
    if (map->n < 2)
        return OK;
    const struct yaml **const keys = mem_alloc(map->n * sizeof *keys);
    memcpy(keys, map->keys, map->n * sizeof *keys);
    qsort(keys, map->n, sizeof *keys, by_text);
    enum status status = OK;
    for (u32 i = 1; i < map->n && status == OK; i++) {
        if (!str_eq(keys[i - 1]->text, keys[i]->text))
            continue;
        char what[160];
        snprintf(what, sizeof what, "key '%.*s' twice in one map, first in line %u",
                 (int)MIN(keys[i]->text.n, (size_t)80), keys[i]->text.p, keys[i - 1]->line);
        status = fail_at(b, keys[i]->line, keys[i]->col, ERR_SYNTAX, what);
    }
    mem_free(keys);
    return status;
}

/* Children up to the event that ends the collection. */
static enum status build_children(struct builder *b, yaml_event_type_t end, nodes *list)
{
    for (;;) {
        yaml_event_t event;
        TRY(next_event(b, &event));
        const bool is_end = event.type == end;
        enum status status = OK;
        if (!is_end) {
            const struct yaml *node = NULL;
            status = build(b, &event, &node);
            if (status == OK)
                *VEC_PUSH(list) = node;
        }
        yaml_event_delete(&event);
        if (is_end || status != OK)
            return status;
    }
}

static enum status build_list(struct builder *b, const yaml_event_t *event, const struct yaml **out)
{
    nodes list = {0};
    const enum status status = build_children(b, YAML_SEQUENCE_END_EVENT, &list);
    if (status == OK) {
        struct yaml *const node = new_node(b, YAML_LIST, event);
        node->n = (u32)list.n;
        node->items = copy_nodes(b->arena, &list, 0, 1, list.n);
        *out = node;
    }
    VEC_FREE(&list);
    return status;
}

static enum status finish_map(struct builder *b, const yaml_event_t *event, const nodes *list,
                              const struct yaml **out)
{
    struct yaml *const node = new_node(b, YAML_MAP, event);
    node->n = (u32)(list->n / 2);
    node->keys = copy_nodes(b->arena, list, 0, 2, node->n);
    node->items = copy_nodes(b->arena, list, 1, 2, node->n);
    for (u32 i = 0; i < node->n; i++) {
        const struct yaml *const key = node->keys[i];
        if (key->type != YAML_SCALAR)
            return fail_at(b, key->line, key->col, ERR_UNSUPPORTED, "a key must be a scalar");
        if (!key->quoted && str_eq(key->text, S("<<")))
            return fail_at(b, key->line, key->col, ERR_UNSUPPORTED, "merge keys are not supported");
    }
    TRY(check_keys(b, node));
    *out = node;
    return OK;
}

static enum status build_map(struct builder *b, const yaml_event_t *event, const struct yaml **out)
{
    nodes list = {0};
    enum status status = build_children(b, YAML_MAPPING_END_EVENT, &list);
    if (status == OK)
        status = finish_map(b, event, &list, out);
    VEC_FREE(&list);
    return status;
}

/* The newest anchor of a name counts; one that is still being built is not known yet, so a tree has
 * no cycles. */
static enum status build_alias(struct builder *b, const yaml_event_t *event,
                               const struct yaml **out)
{
    const str name = str_from((const char *)event->data.alias.anchor);
    for (size_t i = b->anchors.n; i-- > 0;) {
        const struct anchor *const anchor = &b->anchors.p[i];
        if (!str_eq(anchor->name, name))
            continue;
        if (anchor->weight > LIMIT_YAML_NODES - b->weight)
            return fail_here(b, event, ERR_LIMIT, "aliases unfold to too many nodes");
        b->weight += anchor->weight;
        *out = anchor->node;
        return OK;
    }
    return fail_here(b, event, ERR_SYNTAX, "alias of an unknown anchor");
}

static str anchor_of(struct builder *b, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor;
    return anchor ? arena_str(b->arena, str_from((const char *)anchor)) : STR_NONE;
}

static enum status build_node(struct builder *b, const yaml_event_t *event, const struct yaml **out)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        *out = build_scalar(b, event);
        return OK;
    case YAML_SEQUENCE_START_EVENT:
        return build_list(b, event, out);
    case YAML_MAPPING_START_EVENT:
        return build_map(b, event, out);
    case YAML_ALIAS_EVENT:
        return build_alias(b, event, out);
    default:
        return fail_here(b, event, ERR_SYNTAX, "not YAML: a value is missing");
    }
}

static enum status build(struct builder *b, yaml_event_t *event, const struct yaml **out)
{
    if (b->depth == LIMIT_NESTING)
        return fail_here(b, event, ERR_LIMIT, "nested too deep");
    if (b->weight == LIMIT_YAML_NODES)
        return fail_here(b, event, ERR_LIMIT, "too many nodes");
    const u32 before = b->weight++;
    b->depth++;
    const enum status status = build_node(b, event, out);
    b->depth--;
    const str anchor = anchor_of(b, event);
    if (status == OK && anchor.p)
        *VEC_PUSH(&b->anchors) = (struct anchor){anchor, *out, b->weight - before};
    return status;
}

static enum status build_documents(struct builder *b, nodes *docs)
{
    for (;;) {
        yaml_event_t event;
        TRY(next_event(b, &event));
        enum status status = OK;
        const struct yaml *node = NULL;
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            status = END;
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            b->anchors.n = 0; /* anchors end with their document */
            break;
        default:
            status = build(b, &event, &node);
        }
        yaml_event_delete(&event);
        if (status != OK)
            return status == END ? OK : status;
        if (node)
            *VEC_PUSH(docs) = node;
    }
}

enum status yaml_read_piece(struct yaml_piece *piece, struct arena *arena,
                            const struct yaml ***out_docs, u32 *out_n, struct err *err)
{
    const str text = piece->text;
    if (text.n > LIMIT_RULE_FILE)
        return err_set(err, ERR_LIMIT, "larger than %zu MiB", LIMIT_RULE_FILE / MIB);
    struct builder b = {
        .arena = arena, .err = err, .weight = piece->nodes, .line = piece->lines_before};
    if (!yaml_parser_initialize(&b.parser))
        return err_set(err, ERR_UNSUPPORTED, "libyaml cannot be started");
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    nodes docs = {0};
    const enum status status = build_documents(&b, &docs);
    if (status == OK) {
        *out_docs = copy_nodes(arena, &docs, 0, 1, docs.n);
        *out_n = (u32)docs.n;
    }
    piece->nodes = b.weight;
    VEC_FREE(&docs);
    VEC_FREE(&b.anchors);
    yaml_parser_delete(&b.parser);
    return status;
}

enum status yaml_read(str text, struct arena *arena, const struct yaml ***out_docs, u32 *out_n,
                      struct err *err)
{
    struct yaml_piece all = {.text = text};
    return yaml_read_piece(&all, arena, out_docs, out_n, err);
}

static bool is_mark(str line)
{
    return str_starts(line, S("---")) && (line.n == 3 || memchr(" \t\r\n", line.p[3], 4));
}

bool yaml_next_piece(str text, size_t *at, u32 *line, struct yaml_piece *out)
{
    const size_t start = *at;
    if (start == text.n)
        return false;
    out->lines_before = *line;
    do { /* the first line may be the mark that begins it */
        const size_t length = str_find(str_sub(text, *at, text.n), S("\n"));
        *at = length == SIZE_MAX ? text.n : *at + length + 1;
        ++*line;
    } while (*at < text.n && !is_mark(str_sub(text, *at, text.n)));
    out->text = str_sub(text, start, *at);
    return true;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->type != YAML_MAP)
        return NULL;
    const str name = str_from(key);
    for (u32 i = 0; i < map->n; i++)
        if (str_eq(map->keys[i]->text, name))
            return map->items[i];
    return NULL;
}

str yaml_text(const struct yaml *node)
{
    return node && node->type == YAML_SCALAR ? node->text : STR_NONE;
}

bool yaml_is_null(const struct yaml *node)
{
    if (!node || node->type != YAML_SCALAR || node->quoted)
        return false;
    const str s = node->text;
    return s.n == 0 || str_eq(s, S("~")) || str_eq(s, S("null")) || str_eq(s, S("Null")) ||
           str_eq(s, S("NULL"));
}
