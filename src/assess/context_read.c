/* context_read.c: the file of --context, as docs/context.md describes it. What it does not describe
 * is an error: a word that is misspelt must not be passed over. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "assess/context.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "rule/sigma/yaml.h"

struct reading {
    const char *path;
    struct context *out;
    struct err *err;
};

__attribute__((format(printf, 3, 4))) static enum status
fail(const struct reading *r, const struct yaml *at, const char *fmt, ...)
{
    char why[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    return err_set(r->err, ERR_DAMAGED, "%s:%u:%u: %s", r->path, at->line, at->col, why);
}

/* ---- addresses ---- */

static bool parse_address(str text, u8 out[16])
{
    char copy[64];
    if (text.n >= sizeof copy)
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    memset(out, 0, 16);
    if (inet_pton(AF_INET6, copy, out) == 1)
        return true;
    memset(out + 10, 0xFF, 2);
    return inet_pton(AF_INET, copy, out + 12) == 1;
}

static bool is_v4(const u8 address[16])
{
    static const u8 mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

/* "192.0.2.10", "192.0.2.0/28": true; `why` of what is not. */
static bool parse_net(str text, struct context_net *out, const char **why)
{
    const size_t slash = str_find_char(text, '/');
    u64 bits;
    *why = "is no address and no network";
    if (!parse_address(str_sub(text, 0, slash), out->bytes))
        return false;
    const u32 all = is_v4(out->bytes) ? 32 : 128;
    bits = all;
    if (slash != SIZE_MAX && (!str_u64(str_sub(text, slash + 1, text.n), &bits) || bits > all))
        return false;
    *why = "covers more than a network of one's own";
    out->bits = (u32)bits + 128 - all;
    return bits >= (all == 32 ? 8 : 32);
}

/* "[192.0.2.1]:443", "192.0.2.1%3": the address alone. */
static str bare_address(str text)
{
    if (str_starts(text, S("[")))
        text = str_sub(text, 1, str_find_char(text, ']'));
    return str_sub(text, 0, str_find_char(text, '%'));
}

bool context_covers(const struct context_net *nets, u32 n, str text)
{
    u8 address[16];
    if (!parse_address(bare_address(text), address))
        return false;
    for (u32 i = 0; i < n; i++) {
        const u32 whole = nets[i].bits / 8, rest = nets[i].bits % 8;
        if (memcmp(address, nets[i].bytes, whole) == 0 &&
            (rest == 0 || (u8)(address[whole] ^ nets[i].bytes[whole]) >> (8 - rest) == 0))
            return true;
    }
    return false;
}

/* ---- members of an entry ---- */

static enum status read_text(const struct reading *r, const struct yaml *node, str *out)
{
    if (node->type != YAML_SCALAR || yaml_text(node).n == 0)
        return fail(r, node, "a text is expected here");
    *out = yaml_text(node);
    return OK;
}

/* A text or a list of texts. */
static enum status read_texts(const struct reading *r, const struct yaml *node, str **out, u32 *n)
{
    if (node->type == YAML_MAP || (node->type == YAML_LIST && node->n == 0))
        return fail(r, node, "a text or a list of texts is expected here");
    *n = node->type == YAML_LIST ? node->n : 1;
    *out = ARENA_ARRAY(&r->out->arena, str, *n);
    for (u32 i = 0; i < *n; i++)
        TRY(read_text(r, node->type == YAML_LIST ? node->items[i] : node, &(*out)[i]));
    return OK;
}

/* Addresses and networks; with `named`, names of machines among them, which stand apart. */
static enum status read_places(const struct reading *r, const struct yaml *node,
                               struct context_entry *entry, bool named)
{
    str *texts;
    u32 n;
    const char *why;
    TRY(read_texts(r, node, &texts, &n));
    entry->nets = ARENA_ARRAY(&r->out->arena, struct context_net, n);
    entry->workstations = ARENA_ARRAY(&r->out->arena, str, n);
    for (u32 i = 0; i < n; i++)
        if (parse_net(texts[i], &entry->nets[entry->n_nets], &why))
            entry->n_nets++;
        else if (named)
            entry->workstations[entry->n_workstations++] = texts[i];
        else
            return fail(r, node->type == YAML_LIST ? node->items[i] : node, "'%.*s' %s",
                        STR_ARG(str_sub(texts[i], 0, 80)), why);
    return OK;
}

static enum status read_time(const struct reading *r, const struct yaml *node, i64 *out)
{
    str text;
    TRY(read_text(r, node, &text));
    if (!time_parse_in(text, &r->out->zone, out) || *out == TIME_NONE)
        return fail(r, node, "'%.*s' is no time such as 2021-03-02T20:00:00Z",
                    STR_ARG(str_sub(text, 0, 80)));
    return OK;
}

static enum status read_paths(const struct reading *r, const struct yaml *node,
                              struct context_entry *entry)
{
    TRY(read_texts(r, node, &entry->paths, &entry->n_paths));
    for (u32 i = 0; i < entry->n_paths; i++)
        if (!str_starts(entry->paths[i], S("/")) || entry->paths[i].n < 3)
            return fail(r, node->type == YAML_LIST ? node->items[i] : node,
                        "'%.*s' is no path of a site, such as /acme/* or /owa/auth/acme.aspx",
                        STR_ARG(str_sub(entry->paths[i], 0, 80)));
    return OK;
}

/* ---- entries ---- */

#define MEMBER_NAME         1u
#define MEMBER_ADDRESSES    2u
#define MEMBER_ACCOUNTS     4u
#define MEMBER_WORKSTATIONS 8u
#define MEMBER_FROM         16u
#define MEMBER_TO           32u
#define MEMBER_HOSTS        64u
#define MEMBER_PATHS        128u

static const struct member {
    const char *key;
    u32 bit;
} members[] = {
    {"name", MEMBER_NAME},         {"addresses", MEMBER_ADDRESSES},
    {"accounts", MEMBER_ACCOUNTS}, {"workstations", MEMBER_WORKSTATIONS},
    {"from", MEMBER_FROM},         {"to", MEMBER_TO},
    {"hosts", MEMBER_HOSTS},       {"paths", MEMBER_PATHS},
};

static const struct section {
    const char *key;
    enum context_kind kind;
    u32 needed, allowed;
    const char *words; /* those members */
} sections[] = {
    {"scanners", CONTEXT_SCANNER, MEMBER_NAME | MEMBER_ADDRESSES, MEMBER_NAME | MEMBER_ADDRESSES,
     "name and addresses"},
    {"administrators", CONTEXT_ADMINISTRATOR, MEMBER_NAME | MEMBER_ACCOUNTS,
     MEMBER_NAME | MEMBER_ACCOUNTS | MEMBER_WORKSTATIONS, "name, accounts and workstations"},
    {"maintenance", CONTEXT_MAINTENANCE, MEMBER_NAME | MEMBER_FROM | MEMBER_TO,
     MEMBER_NAME | MEMBER_FROM | MEMBER_TO | MEMBER_HOSTS, "name, from, to and hosts"},
    {"pages", CONTEXT_PAGE, MEMBER_NAME | MEMBER_PATHS, MEMBER_NAME | MEMBER_PATHS,
     "name and paths"},
};

static enum status read_member(const struct reading *r, u32 bit, const struct yaml *value,
                               struct context_entry *entry)
{
    switch (bit) {
    case MEMBER_NAME:
        return read_text(r, value, &entry->name);
    case MEMBER_ADDRESSES:
        return read_places(r, value, entry, false);
    case MEMBER_ACCOUNTS:
        return read_texts(r, value, &entry->accounts, &entry->n_accounts);
    case MEMBER_WORKSTATIONS:
        return read_places(r, value, entry, true);
    case MEMBER_FROM:
        return read_time(r, value, &entry->from);
    case MEMBER_TO:
        return read_time(r, value, &entry->to);
    case MEMBER_HOSTS:
        return read_texts(r, value, &entry->hosts, &entry->n_hosts);
    default:
        return read_paths(r, value, entry);
    }
}

static const struct member *find_member(str key)
{
    for (size_t i = 0; i < COUNT(members); i++)
        if (str_eq(key, str_from(members[i].key)))
            return &members[i];
    return NULL;
}

static enum status read_entry(const struct reading *r, const struct section *section,
                              const struct yaml *map)
{
    struct context_entry entry = {.kind = section->kind};
    u32 given = 0;
    if (map->type != YAML_MAP)
        return fail(r, map, "an entry of %s is a map with %s", section->key, section->words);
    for (u32 i = 0; i < map->n; i++) {
        const struct member *const member = find_member(yaml_text(map->keys[i]));
        if (!member || !(member->bit & section->allowed))
            return fail(r, map->keys[i], "'%.*s' is no member of %s: they are %s",
                        STR_ARG(str_sub(yaml_text(map->keys[i]), 0, 80)), section->key,
                        section->words);
        TRY(read_member(r, member->bit, map->items[i], &entry));
        given |= member->bit;
    }
    for (size_t i = 0; i < COUNT(members); i++)
        if (section->needed & ~given & members[i].bit)
            return fail(r, map, "an entry of %s needs '%s'", section->key, members[i].key);
    if (entry.kind == CONTEXT_MAINTENANCE && entry.from > entry.to)
        return fail(r, map, "the maintenance ends before it begins");
    *VEC_PUSH(&r->out->entries) = entry;
    return OK;
}

static enum status read_section(const struct reading *r, const struct section *section,
                                const struct yaml *list)
{
    if (list->type != YAML_LIST)
        return fail(r, list, "%s is a list of entries with %s", section->key, section->words);
    for (u32 i = 0; i < list->n; i++)
        TRY(read_entry(r, section, list->items[i]));
    return OK;
}

/* ---- the file ---- */

static enum status read_zone(const struct reading *r, const struct yaml *node)
{
    str text;
    TRY(read_text(r, node, &text));
    if (!time_zone_read(text, &r->out->zone))
        return fail(r, node, "'%.*s' is no time zone such as +01:00 or Europe/Oslo",
                    STR_ARG(str_sub(text, 0, 80)));
    return OK;
}

static const struct section *find_section(str key)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (str_eq(key, str_from(sections[i].key)))
            return &sections[i];
    return NULL;
}

static enum status read_map(const struct reading *r, const struct yaml *map)
{
    if (map->type != YAML_MAP || map->n == 0)
        return fail(r, map,
                    "a map is expected: time_zone, scanners, administrators, maintenance, pages");
    if (yaml_get(map, "time_zone"))
        TRY(read_zone(r, yaml_get(map, "time_zone"))); /* first: times of the file may need it */
    for (u32 i = 0; i < map->n; i++) {
        const str key = yaml_text(map->keys[i]);
        const struct section *const section = find_section(key);
        if (str_eq(key, S("time_zone")))
            continue;
        if (!section)
            return fail(r, map->keys[i],
                        "'%.*s' is not known: there are time_zone, scanners, administrators, "
                        "maintenance and pages",
                        STR_ARG(str_sub(key, 0, 80)));
        TRY(read_section(r, section, map->items[i]));
    }
    return OK;
}

static void take_hash(str text, char out[65])
{
    struct sha256 hash;
    u8 digest[SHA256_SIZE];
    sha256_init(&hash);
    sha256_add(&hash, text);
    sha256_final(&hash, digest);
    sha256_release(&hash);
    (void)sha256_text(digest, out);
}

enum status context_read(const char *path, str text, struct context *out, struct err *err)
{
    const struct yaml **docs;
    u32 n = 0;
    struct err why = {0};
    *out = (struct context){0};
    const struct reading r = {path, out, err};
    const enum status status = yaml_read(text, &out->arena, &docs, &n, &why);
    if (status != OK)
        return err_set(err, status, "%s:%u:%u: %s", path, why.line, why.col, why.msg);
    if (n != 1)
        return err_set(err, ERR_DAMAGED, "%s:1:1: %s", path,
                       n ? "one document is expected" : "the file is empty");
    out->path = arena_str(&out->arena, str_from(path));
    take_hash(text, out->sha256);
    return read_map(&r, docs[0]);
}

enum status context_load(const char *path, struct context *out, struct err *err)
{
    struct buf text;
    FILE *const f = fopen(path, "rb");
    if (!f)
        return err_set(err, status_from_errno(errno), "%s: cannot read: %s", path, strerror(errno));
    buf_init(&text, LIMIT_RULE_FILE + 65536);
    char block[4096];
    for (size_t n; text.n <= LIMIT_RULE_FILE && (n = fread(block, 1, sizeof block, f)) > 0;)
        buf_add(&text, (str){block, n});
    enum status status = OK;
    if (ferror(f))
        status = err_set(err, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    fclose(f);
    if (status == OK && text.n > LIMIT_RULE_FILE)
        status = err_set(err, ERR_LIMIT, "%s: larger than a context file may be", path);
    if (status == OK)
        status = context_read(path, buf_str(&text), out, err);
    buf_release(&text);
    return status;
}

void context_release(struct context *context)
{
    VEC_FREE(&context->entries);
    arena_release(&context->arena);
}
