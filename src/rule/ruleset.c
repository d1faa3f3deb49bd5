#include "rule/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/region.h"
#include "event/event.h"
#include "rule/builtin.h"
#include "rule/sigma/check.h"
#include "rule/sigma/expand.h"
#include "rule/sigma/filter.h"
#include "rule/sigma/read.h"

#define LOGSOURCES "rules/logsources.yml"

struct filter_use {
    const struct sigma_rule *filter;
    const str *refs;
    u32 n_refs;
};

struct loader {
    enum { READING, SUMMING_TEXTS, SUMMING_STAMPS } work;
    struct ruleset *set; /* when reading */
    u32 n_files;
    i64 newest; /* time of a file */
    EVP_MD_CTX *sha;
    VEC(struct sigma_rule *) rules;
    VEC(u32) at_of_id; /* id's number in `ids` → place in rules */
    struct intern ids;
    VEC(struct filter_use) filters;
    VEC(struct ruleset_reject) rejected;
    VEC(struct ruleset_lint) lints;
    VEC(struct folder {
        dev_t dev;
        ino_t ino;
    })
    folders;                         /* read below the path that was given */
    str file;                        /* the one being read */
    const struct yaml *placeholders; /* or NULL */
    struct err *err;
};

static void add_reject(void *arg, const struct sigma_note *note)
{
    struct loader *const l = arg;
    *VEC_PUSH(&l->rejected) = (struct ruleset_reject){l->file, note->rule, note->line, note->col,
                                                      arena_str(&l->set->arena, note->text)};
}

static void add_lint(void *arg, const struct sigma_note *note)
{
    struct loader *const l = arg;
    *VEC_PUSH(&l->lints) = (struct ruleset_lint){l->file, note->line, note->col,
                                                 arena_str(&l->set->arena, note->text)};
}

static void replace(struct loader *l, u32 at, struct sigma_rule *rule)
{
    const struct sigma_rule *const old = l->rules.p[at];
    const struct sigma_note lint = {rule->id, rule->line, 1,
                                    arena_printf(&l->set->arena,
                                                 "id %.*s again: replaces the rule of %.*s line %u",
                                                 STR_ARG(rule->id), STR_ARG(old->file), old->line)};
    add_lint(l, &lint);
    l->rules.p[at] = rule;
}

static void add_rule(void *arg, struct sigma_rule *rule)
{
    struct loader *const l = arg;
    if (l->rules.n == LIMIT_RULES) {
        const struct sigma_note note = {rule->id, rule->line, 1, S("too many rules")};
        add_reject(l, &note);
        return;
    }
    if (rule->id.n) {
        const u32 id = intern_add(&l->ids, rule->id);
        if (id < l->at_of_id.n) {
            replace(l, l->at_of_id.p[id], rule);
            return;
        }
        *VEC_PUSH(&l->at_of_id) = (u32)l->rules.n;
    }
    *VEC_PUSH(&l->rules) = rule;
}

static void add_filter(void *arg, const struct sigma_rule *filter, const str *refs, u32 n_refs)
{
    struct loader *const l = arg;
    if (l->filters.n == LIMIT_FILTERS) {
        const struct sigma_note note = {filter->id, filter->line, 1, S("too many filters")};
        add_reject(l, &note);
        return;
    }
    *VEC_PUSH(&l->filters) = (struct filter_use){filter, refs, n_refs};
}

/* Length, then bytes, so that moving a line from one file to the next is seen. */
static void hash_text(struct loader *l, str text)
{
    u8 length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (u8)((u64)text.n >> (8 * i));
    EVP_DigestUpdate(l->sha, length, sizeof length);
    EVP_DigestUpdate(l->sha, text.p, text.n);
}

static void read_text(struct loader *l, str file, str text)
{
    hash_text(l, text);
    if (l->work != READING)
        return;
    const struct sigma_sink sink = {add_rule, add_filter, add_reject, add_lint, l, l->placeholders};
    l->file = arena_str(&l->set->arena, file);
    sigma_read(text, l->file, &l->set->arena, &sink);
}

/* The file's bytes; one more than LIMIT_RULE_FILE at most, which the reader of YAML then refuses.
 */
static enum status read_file(const char *path, struct buf *out)
{
    FILE *const f = fopen(path, "rb");
    if (!f)
        return status_from_errno(errno);
    buf_init(out, LIMIT_RULE_FILE + 1 + 65536);
    enum status status = OK;
    size_t got = 65536;
    while (got == 65536 && out->n <= LIMIT_RULE_FILE) { /* nearly every file is one piece */
        char *const p = buf_reserve(out, 65536);
        got = p ? fread(p, 1, 65536, f) : 0;
        out->n += got;
    }
    if (ferror(f))
        status = ERR_IO;
    fclose(f);
    if (status != OK)
        buf_release(out);
    return status;
}

/* What changes when a file does. */
static void hash_stamp(struct loader *l, const char *path, const struct stat *st)
{
    const i64 second = 1000000000, written = (i64)st->st_mtim.tv_sec * second + st->st_mtim.tv_nsec,
              changed = (i64)st->st_ctim.tv_sec * second + st->st_ctim.tv_nsec;
    const u64 stamp[] = {(u64)st->st_dev, (u64)st->st_ino, (u64)st->st_size, (u64)written,
                         (u64)changed};
    hash_text(l, str_from(path));
    hash_text(l, (str){(const char *)stamp, sizeof stamp});
    l->newest = MAX(l->newest, MAX(written, changed));
}

static enum status load_file(struct loader *l, const char *path, const struct stat *st, bool given)
{
    struct buf text;
    l->n_files++;
    if (l->work == SUMMING_STAMPS) {
        hash_stamp(l, path, st);
        return OK;
    }
    const enum status status = read_file(path, &text);
    if (status != OK && given)
        return err_set(l->err, status, "%s: %s", path, status_text(status));
    if (status != OK) {
        if (l->work != READING)
            return OK;
        l->file = arena_str(&l->set->arena, str_from(path));
        const struct sigma_note note = {
            STR_NONE, 0, 0,
            arena_printf(&l->set->arena, "cannot be read: %s", status_text(status))};
        add_reject(l, &note);
        return OK;
    }
    read_text(l, str_from(path), buf_str(&text));
    buf_release(&text);
    return OK;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_yaml_name(const char *name)
{
    return str_iends(str_from(name), S(".yml")) || str_iends(str_from(name), S(".yaml"));
}

static enum status load_path(struct loader *l, const char *path, u32 depth);

/* Something below a folder that is given, and that is not read. */
static void pass_over(struct loader *l, const char *path, const char *why)
{
    if (l->work != READING)
        return;
    l->file = arena_str(&l->set->arena, str_from(path));
    const struct sigma_note note = {STR_NONE, 0, 0, str_from(why)};
    add_reject(l, &note);
}

/* A link to a folder that is read anyway, from one above it or from beside it, would have it read
 * again and again. */
static bool is_new_folder(struct loader *l, const struct stat *st)
{
    VEC_EACH (&l->folders, f)
        if (f->dev == st->st_dev && f->ino == st->st_ino)
            return false;
    *VEC_PUSH(&l->folders) = (struct folder){st->st_dev, st->st_ino};
    return true;
}

static enum status load_folder(struct loader *l, const char *path, const struct stat *st, u32 depth)
{
    struct dirent **names = NULL;
    if (depth >= LIMIT_DIR_DEPTH) {
        pass_over(l, path, "folders in folders too deep: not read");
        return OK;
    }
    if (depth == 0)
        l->folders.n = 0;
    if (!is_new_folder(l, st)) {
        pass_over(l, path, "a folder that is read already, by another name");
        return OK;
    }
    const int n = scandir(path, &names, is_visible, by_bytes);
    if (n < 0)
        return err_set(l->err, status_from_errno(errno), "%s: cannot list the folder", path);
    enum status status = OK;
    for (int i = 0; i < n; i++) {
        char child[4096];
        const int len = snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
        if (status == OK && len > 0 && (size_t)len < sizeof child)
            status = load_path(l, child, depth + 1);
        mem_free(names[i]);
    }
    mem_free(names);
    return status;
}

static enum status load_path(struct loader *l, const char *path, u32 depth)
{
    struct stat st;
    const bool given = depth == 0;
    if (stat(path, &st) != 0) {
        if (given)
            return err_set(l->err, status_from_errno(errno), "%s: cannot read rules: %s", path,
                           strerror(errno));
        if (is_yaml_name(path))
            pass_over(l, path, "cannot be read: a link that leads nowhere");
        return OK;
    }
    if (S_ISDIR(st.st_mode))
        return load_folder(l, path, &st, depth);
    if (!given && !is_yaml_name(path))
        return OK;
    if (S_ISREG(st.st_mode))
        return load_file(l, path, &st, given);
    if (given)
        return err_set(l->err, ERR_UNSUPPORTED, "%s: neither a file nor a folder", path);
    pass_over(l, path, "neither a file nor a folder: not read");
    return OK;
}

static void load_builtin(struct loader *l)
{
    for (size_t i = 0; i < n_builtin_files; i++) {
        const struct builtin_file *const file = &builtin_files[i];
        const str path = str_from(file->path);
        if (!str_starts(path, S("rules/")) || str_eq(path, S(LOGSOURCES)))
            continue;
        char name[512];
        snprintf(name, sizeof name, "builtin:%s", file->path);
        read_text(l, str_from(name), (str){file->data, file->n});
    }
}

/* ---- after reading: what depends on all rules ---- */

struct names { /* ids and names of rules → place in loader.rules */
    struct intern table;
    VEC(u32) at;
};

static void add_name(struct names *names, str name, u32 at)
{
    if (!name.n)
        return;
    const u32 id = intern_add(&names->table, name);
    if (id == names->at.n)
        *VEC_PUSH(&names->at) = at;
}

static bool is_done(const struct names *names, const bool *done, str ref)
{
    const u32 id = intern_find(&names->table, ref);
    return id != INTERN_NONE && done[names->at.p[id]];
}

static bool refs_done(const struct names *names, const bool *done, const struct sigma_rule *rule)
{
    for (u32 i = 0; rule->correlation && i < rule->correlation->n_refs; i++)
        if (!is_done(names, done, rule->correlation->refs[i]))
            return false;
    return true;
}

/* Rules whose references are all done are done; what is never reached refers to nothing, or to
 * itself in the end. */
static void mark_done(const struct loader *l, const struct names *names, const bool *dropped,
                      bool *done)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < l->rules.n; i++) {
            if (!done[i] && !dropped[i] && refs_done(names, done, l->rules.p[i]))
                done[i] = more = true;
        }
    }
}

static void reject_unresolved(struct loader *l, const struct names *names, const bool *done,
                              struct sigma_rule *rule)
{
    const struct sigma_correlation *const c = rule->correlation;
    u32 i = 0;
    while (is_done(names, done, c->refs[i]))
        i++;
    const bool known = intern_find(&names->table, c->refs[i]) != INTERN_NONE;
    const struct sigma_note note = {
        rule->id.n ? rule->id : rule->title, rule->line, 1,
        arena_printf(&l->set->arena, "correlation: rule '%.*s' %s",
                     STR_ARG(str_sub(c->refs[i], 0, 80)),
                     known ? "cannot be used: its own references lead nowhere or in a circle"
                           : "is not there")};
    l->file = rule->file;
    add_reject(l, &note);
}

/* Drops what is not done; *moved says where the others went. */
static void keep_done(struct loader *l, const struct names *names, const bool *done,
                      const bool *dropped, u32 *moved)
{
    u32 n = 0;
    for (size_t i = 0; i < l->rules.n; i++)
        moved[i] = done[i] ? n++ : UINT32_MAX;
    for (size_t i = 0; i < l->rules.n; i++) {
        struct sigma_rule *const rule = l->rules.p[i];
        if (!done[i]) {
            if (!dropped[i])
                reject_unresolved(l, names, done, rule);
            continue;
        }
        rule->index = moved[i];
        l->rules.p[moved[i]] = rule;
    }
    l->rules.n = n;
}

static void resolve_refs(struct loader *l, const struct names *names, const u32 *moved)
{
    for (size_t i = 0; i < l->rules.n; i++) {
        struct sigma_correlation *const c = (struct sigma_correlation *)l->rules.p[i]->correlation;
        if (!c)
            continue;
        c->rules = ARENA_ARRAY(&l->set->arena, u32, c->n_refs);
        for (u32 k = 0; k < c->n_refs; k++)
            c->rules[k] = moved[names->at.p[intern_find(&names->table, c->refs[k])]];
    }
}

static bool names_rule(const struct sigma_rule *rule, str name)
{
    return (rule->id.n && str_eq(rule->id, name)) || (rule->name.n && str_eq(rule->name, name));
}

/* The first alias for a rule that the correlation does not refer to, or NULL. */
static const struct sigma_alias *stray_alias(const struct loader *l, const struct names *names,
                                             const struct sigma_correlation *c)
{
    for (u32 a = 0; c && a < c->n_aliases; a++) {
        bool known = false;
        for (u32 i = 0; i < c->n_refs && !known; i++) {
            const u32 id = intern_find(&names->table, c->refs[i]);
            known = id == INTERN_NONE || /* that is told by itself */
                    names_rule(l->rules.p[names->at.p[id]], c->aliases[a].rule);
        }
        if (!known)
            return &c->aliases[a];
    }
    return NULL;
}

/* A correlation that cannot be honoured is taken out before references are followed, so that what
 * refers to it goes with it. */
static void reject_stray_aliases(struct loader *l, const struct names *names, bool *dropped)
{
    for (size_t i = 0; i < l->rules.n; i++) {
        const struct sigma_rule *const rule = l->rules.p[i];
        const struct sigma_alias *const alias = stray_alias(l, names, rule->correlation);
        if (!alias)
            continue;
        const struct sigma_note note = {
            rule->id.n ? rule->id : rule->title, rule->line, 1,
            arena_printf(&l->set->arena,
                         "correlation: alias '%.*s' is for the rule '%.*s', which 'rules' does not "
                         "name",
                         STR_ARG(str_sub(alias->alias, 0, 80)),
                         STR_ARG(str_sub(alias->rule, 0, 80)))};
        l->file = rule->file;
        add_reject(l, &note);
        dropped[i] = true;
    }
}

static void resolve(struct loader *l)
{
    struct names names = {0};
    intern_init(&names.table, NULL);
    for (u32 i = 0; i < l->rules.n; i++)
        add_name(&names, l->rules.p[i]->id, i);
    for (u32 i = 0; i < l->rules.n; i++)
        add_name(&names, l->rules.p[i]->name, i);
    bool *const done = mem_calloc(l->rules.n + 1, sizeof *done);
    bool *const dropped = mem_calloc(l->rules.n + 1, sizeof *dropped);
    u32 *const moved = mem_calloc(l->rules.n + 1, sizeof *moved);
    reject_stray_aliases(l, &names, dropped);
    mark_done(l, &names, dropped, done);
    keep_done(l, &names, done, dropped, moved);
    resolve_refs(l, &names, moved);
    mem_free(done);
    mem_free(dropped);
    mem_free(moved);
    VEC_FREE(&names.at);
    intern_release(&names.table);
}

/* ---- filters ---- */

static bool same_part(str filter, str rule)
{
    return !filter.n || str_eq(filter, rule);
}

static bool is_target(const struct filter_use *use, const struct sigma_rule *rule)
{
    const struct sigma_logsource *const want = &use->filter->logsource, *const have =
                                                                            &rule->logsource;
    if (rule->correlation || !same_part(want->category, have->category) ||
        !same_part(want->product, have->product) || !same_part(want->service, have->service))
        return false;
    const struct sigma_rule *const named = rule->alert ? rule->alert : rule;
    for (u32 i = 0; i < use->n_refs; i++)
        if ((use->n_refs == 1 && str_eq(use->refs[i], S("any"))) ||
            str_eq(use->refs[i], named->id) || str_eq(use->refs[i], named->name))
            return true;
    return false;
}

static void apply_filters(struct loader *l)
{
    for (size_t f = 0; f < l->filters.n; f++) {
        const struct filter_use *const use = &l->filters.p[f];
        u32 n = 0;
        for (size_t i = 0; i < l->rules.n; i++) {
            if (!is_target(use, l->rules.p[i]))
                continue;
            sigma_join_filter(l->rules.p[i], use->filter, &l->set->arena);
            n++;
        }
        const struct sigma_note lint = {use->filter->id, use->filter->line, 1,
                                        S("filter: it is for no rule that is loaded")};
        l->file = use->filter->file;
        if (n == 0)
            add_lint(l, &lint);
    }
}

static void intern_item(struct intern *fields, const struct sigma_item *item)
{
    if (item->field.n)
        intern_add(fields, item->field);
    for (u32 i = 0; i < item->n_values && sigma_has_modifier(item, "fieldref"); i++)
        intern_add(fields, item->values[i].text);
}

static void intern_rule(struct intern *fields, const struct sigma_rule *rule)
{
    for (u32 s = 0; s < rule->n_selections; s++)
        for (u32 g = 0; g < rule->selections[s].n_groups; g++)
            for (u32 i = 0; i < rule->selections[s].groups[g].n_items; i++)
                intern_item(fields, &rule->selections[s].groups[g].items[i]);
    const struct sigma_correlation *const c = rule->correlation;
    for (u32 i = 0; c && i < c->n_group_by; i++)
        intern_add(fields, c->group_by[i]);
    for (u32 i = 0; c && i < c->n_value_fields; i++)
        intern_add(fields, c->value_fields[i]);
    for (u32 i = 0; c && i < c->n_aliases; i++)
        intern_add(fields, c->aliases[i].field);
}

static void digest_text(struct loader *l, char *out)
{
    u8 digest[32];
    EVP_DigestFinal_ex(l->sha, digest, NULL);
    for (int i = 0; i < 32; i++)
        snprintf(out + (size_t)2 * i, 3, "%02x", digest[i]);
}

static void finish(struct loader *l)
{
    struct ruleset *const set = l->set;
    apply_filters(l);
    resolve(l);
    set->n_rules = (u32)l->rules.n;
    const struct sigma_rule **const rules =
        ARENA_ARRAY(&set->arena, const struct sigma_rule *, set->n_rules);
    for (u32 i = 0; i < set->n_rules; i++) {
        rules[i] = l->rules.p[i];
        intern_rule(&set->fields, rules[i]);
    }
    set->rules = rules;
    set->n_rejected = (u32)l->rejected.n;
    set->rejected = ARENA_ARRAY(&set->arena, struct ruleset_reject, set->n_rejected);
    for (u32 i = 0; i < set->n_rejected; i++)
        set->rejected[i] = l->rejected.p[i];
    set->n_lints = (u32)l->lints.n;
    set->lints = ARENA_ARRAY(&set->arena, struct ruleset_lint, set->n_lints);
    for (u32 i = 0; i < set->n_lints; i++)
        set->lints[i] = l->lints.p[i];
    digest_text(l, set->sha256);
    intern_settle(&set->fields, &set->arena);
}

/* The text of a file that belongs to the rules but holds none. Of a sum of stamps: nothing. */
static enum status read_side(struct loader *l, const char *path, struct buf *out)
{
    struct stat st;
    *out = (struct buf){0};
    if (l->work == SUMMING_STAMPS && stat(path, &st) == 0) {
        hash_stamp(l, path, &st);
        return OK;
    }
    const enum status status = read_file(path, out);
    return status == OK ? OK : err_set(l->err, status, "%s: %s", path, status_text(status));
}

static enum status load_logsources(struct loader *l, const char *path, str given)
{
    struct buf text = {0};
    if (path)
        TRY(read_side(l, path, &text));
    const str map = path ? buf_str(&text) : given.n ? given : builtin_find(LOGSOURCES);
    hash_text(l, map);
    if (l->work != READING) {
        buf_release(&text);
        return OK;
    }
    const enum status status = logsource_load(map, &l->set->arena, &l->set->logsources, l->err);
    buf_release(&text);
    if (status != OK && path && l->err) {
        const struct err why = *l->err;
        (void)err_set(l->err, status, "%s:%u:%u: %.800s", path, why.line, why.col, why.msg);
        l->err->line = why.line;
        l->err->col = why.col;
    }
    if (status == OK)
        logsource_intern(&l->set->logsources, &l->set->fields);
    return status;
}

static enum status load_placeholders(struct loader *l, const char *path, str given)
{
    struct buf file = {0};
    if (!path && !given.p)
        return OK;
    if (path)
        TRY(read_side(l, path, &file));
    const str text = path ? buf_str(&file) : given;
    hash_text(l, text);
    if (l->work != READING) {
        buf_release(&file);
        return OK;
    }
    struct err why = {0};
    const enum status status =
        sigma_placeholders_read(text, &l->set->arena, &l->placeholders, &why);
    buf_release(&file);
    return status == OK ? OK
                        : err_set(l->err, status, "%s:%u:%u: %s", path ? path : "placeholders",
                                  why.line, why.col, why.msg);
}

static void loader_init(struct loader *l, struct err *err)
{
    *l = (struct loader){.sha = EVP_MD_CTX_new(), .err = err};
    EVP_DigestInit_ex(l->sha, EVP_sha256(), NULL);
    intern_init(&l->ids, NULL);
}

static void loader_release(struct loader *l)
{
    VEC_FREE(&l->rules);
    VEC_FREE(&l->at_of_id);
    VEC_FREE(&l->filters);
    VEC_FREE(&l->rejected);
    VEC_FREE(&l->lints);
    VEC_FREE(&l->folders);
    intern_release(&l->ids);
    EVP_MD_CTX_free(l->sha);
}

static enum status load_all(struct loader *l, const struct ruleset_source *source)
{
    TRY(load_logsources(l, source->logsources, source->logsource_text));
    TRY(load_placeholders(l, source->placeholders, source->placeholder_text));
    if (source->builtin && l->work != SUMMING_STAMPS)
        load_builtin(l);
    for (u32 i = 0; i < source->n_paths; i++)
        TRY(load_path(l, source->paths[i], 0));
    for (u32 i = 0; i < source->n_texts; i++)
        read_text(l, source->texts[i].file, source->texts[i].text);
    return OK;
}

enum status ruleset_sum(const struct ruleset_source *source, enum ruleset_sum_of of,
                        struct ruleset_sum *out, struct err *err)
{
    struct loader l;
    loader_init(&l, err);
    l.work = of == RULESET_TEXTS ? SUMMING_TEXTS : SUMMING_STAMPS;
    const enum status status = load_all(&l, source);
    *out = (struct ruleset_sum){.n_files = l.n_files, .newest = l.newest};
    digest_text(&l, out->sha256);
    loader_release(&l);
    return status;
}

enum status ruleset_load(const struct ruleset_source *source, struct ruleset **out, struct err *err)
{
    struct loader l;
    struct arena arena = {.in_region = source->in_region};
    loader_init(&l, err);
    l.set = ARENA_NEW(&arena, struct ruleset);
    l.set->arena = arena;
    fields_init(&l.set->fields);
    const enum status status = load_all(&l, source);
    if (status == OK) {
        finish(&l);
        *out = l.set;
    } else {
        intern_release(&l.set->fields);
        ruleset_free(l.set);
    }
    loader_release(&l);
    return status;
}

enum status ruleset_load_texts(const struct ruleset_text *texts, u32 n, struct ruleset **out,
                               struct err *err)
{
    const struct ruleset_source source = {.texts = texts, .n_texts = n};
    return ruleset_load(&source, out, err);
}

void ruleset_free(struct ruleset *set)
{
    if (!set)
        return;
    struct arena arena = set->arena; /* which holds the set too */
    const bool in_region = arena.in_region;
    arena_release(&arena);
    if (in_region)
        region_close();
}
