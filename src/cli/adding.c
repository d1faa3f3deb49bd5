#include "cli/adding.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/intern.h"
#include "base/jsonw.h"
#include "store/case.h"

#define TAIL "bring it back, or make the case anew of all its evidence with --force"

bool adding_is_case(const char *path)
{
    char file[PATH_MAX + 64];
    struct stat st;
    const int n = snprintf(file, sizeof file, "%.*s/case.db", PATH_MAX, path);
    return n > 0 && (size_t)n < sizeof file && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           stat(file, &st) == 0;
}

/* ---- paths ---- */

static str trimmed(str path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

static bool lies_in(str inner, str outer)
{
    return outer.n && str_starts(inner, outer) &&
           (inner.n == outer.n || outer.n == 1 || inner.p[outer.n] == '/');
}

/* Where a file of the evidence lies: its name begins with the root as it was given. */
static str real_of(struct arena *arena, const struct adding_root *roots, size_t n, str name)
{
    const struct adding_root *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (lies_in(name, trimmed(str_from(roots[i].given))) &&
            (!best || strlen(roots[i].given) > strlen(best->given)))
            best = &roots[i];
    if (!best)
        return name;
    str rest = str_sub(name, trimmed(str_from(best->given)).n, name.n);
    while (str_starts(rest, S("/")))
        rest = str_sub(rest, 1, rest.n);
    return rest.n ? arena_printf(arena, "%.*s%s%.*s", STR_ARG(best->real),
                                 str_ends(best->real, S("/")) ? "" : "/", STR_ARG(rest))
                  : best->real;
}

static str real_path(struct arena *arena, const char *path)
{
    char real[PATH_MAX];
    if (strcmp(path, "-") == 0)
        return STR_NONE;
    return arena_str(arena, str_from(realpath(path, real) ? real : path));
}

/* As it was named where that still leads there, so that names of findings stay the same. */
static const char *name_of(struct arena *arena, str given, str real)
{
    const str named = arena_printf(arena, "%.*s", STR_ARG(given));
    return str_eq(real_path(arena, named.p), real) ? named.p
                                                   : arena_printf(arena, "%.*s", STR_ARG(real)).p;
}

/* ---- what the case keeps ---- */

static str encoded(struct arena *arena, str path)
{
    struct buf out;
    buf_init(&out, 3 * path.n + 1);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] > ' ' && path.p[i] < 0x7F && path.p[i] != '%')
            buf_char(&out, path.p[i]);
        else
            buf_printf(&out, "%%%02x", (u8)path.p[i]);
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static str decoded(struct arena *arena, str text)
{
    char *const out = arena_alloc(arena, text.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const bool is_code = text.p[i] == '%' && i + 2 < text.n && nibble(text.p[i + 1]) >= 0 &&
                             nibble(text.p[i + 2]) >= 0;
        out[n++] = is_code ? (char)(nibble(text.p[i + 1]) * 16 + nibble(text.p[i + 2])) : text.p[i];
        i += is_code ? 2 : 0;
    }
    out[n] = 0;
    return (str){out, n};
}

str adding_meta(struct adding *a, const struct scan *scan)
{
    struct buf out;
    buf_init(&out, (size_t)1 << 30);
    struct jsonw w = jsonw_start(&out, JSONW_COMPACT);
    jsonw_object(&w);
    jsonw_key(&w, "roots");
    jsonw_array(&w);
    VEC_EACH (&a->roots, root) {
        jsonw_object(&w);
        jsonw_member_str(&w, "given", encoded(&a->arena, str_from(root->given)));
        jsonw_member_str(&w, "real", encoded(&a->arena, root->real));
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_key(&w, "files");
    jsonw_array(&w);
    VEC_EACH (&scan->inputs, input) {
        jsonw_object(&w);
        jsonw_member_str(
            &w, "path",
            encoded(&a->arena, real_of(&a->arena, a->roots.p, a->roots.n, input->path)));
        jsonw_member_z(&w, "sha256", input->sha256);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    const str text = arena_str(&a->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ---- the roots ---- */

static void add_root(struct adding *a, struct adding_root root)
{
    size_t kept = 0;
    VEC_EACH (&a->roots, known)
        if (root.real.n && lies_in(root.real, known->real))
            return;
    for (size_t i = 0; i < a->roots.n; i++) /* what lies in the new one comes with it */
        if (!root.real.n || !lies_in(a->roots.p[i].real, root.real))
            a->roots.p[kept++] = a->roots.p[i];
    a->roots.n = kept;
    *VEC_PUSH(&a->roots) = root;
}

static enum status read_roots(const char *path, struct adding *a, struct err *err)
{
    str text;
    const struct json *meta;
    TRY(case_read_meta(path, ADDING_META, &a->arena, &text, err));
    if (!text.n || json_parse(text, &a->arena, &meta, NULL) != OK ||
        !json_at(json_get(meta, "roots"), 0))
        return err_set(err, ERR_DAMAGED,
                       "%s does not say where its evidence lies: make it anew with --force", path);
    a->files = json_get(meta, "files");
    JSON_EACH (json_get(meta, "roots"), item) {
        const str real = decoded(&a->arena, json_text(json_get(item, "real")));
        if (!real.n)
            return err_set(err, ERR_NOT_FOUND,
                           "%s was made from standard input, which cannot be read again: make it "
                           "anew of all its evidence with --force",
                           path);
        *VEC_PUSH(&a->roots) = (struct adding_root){
            name_of(&a->arena, decoded(&a->arena, json_text(json_get(item, "given"))), real), real};
    }
    return OK;
}

static enum status check_there(const char *path, struct adding *a, struct err *err)
{
    JSON_EACH (a->files, file) {
        const str real = decoded(&a->arena, json_text(json_get(file, "path")));
        struct stat st;
        if (stat(real.p, &st) != 0)
            return err_set(err, ERR_NOT_FOUND, "%s was made from %.*s, which is gone: " TAIL, path,
                           STR_ARG(real));
    }
    return OK;
}

enum status adding_begin(const char *path, const struct options *options, struct adding *out,
                         struct err *err)
{
    if (path) {
        TRY(case_read_document(path, &out->arena, &out->text, err));
        if (json_parse(out->text, &out->arena, &out->before, NULL) != OK)
            return err_set(err, ERR_DAMAGED, "%s: the assessment in it is damaged", path);
        TRY(read_roots(path, out, err));
        TRY(check_there(path, out, err));
    }
    VEC_EACH (&options->operands, operand) {
        const struct adding_root root = {*operand, real_path(&out->arena, *operand)};
        if (path)
            add_root(out, root);
        else
            *VEC_PUSH(&out->roots) = root;
    }
    return OK;
}

enum status adding_check(const char *path, struct adding *a, const struct scan *scan,
                         struct err *err)
{
    struct intern names;
    enum status status = OK;
    size_t n = 0;
    intern_init(&names, NULL);
    for (size_t i = 0; i < scan->inputs.n; i++)
        (void)intern_add(&names,
                         real_of(&a->arena, a->roots.p, a->roots.n, scan->inputs.p[i].path));
    VEC(const struct scan_input *) inputs = {0};
    for (u32 i = 0; i < intern_count(&names); i++)
        *VEC_PUSH(&inputs) = NULL;
    VEC_EACH (&scan->inputs, input)
        inputs.p[intern_find(&names, real_of(&a->arena, a->roots.p, a->roots.n, input->path))] =
            input;
    JSON_EACH (a->files, file) {
        const str real = decoded(&a->arena, json_text(json_get(file, "path")));
        const u32 at = intern_find(&names, real);
        n++;
        if (status != OK)
            continue;
        if (at == INTERN_NONE)
            status =
                err_set(err, ERR_NOT_FOUND, "%s was made from %.*s, which could not be read: " TAIL,
                        path, STR_ARG(real));
        else if (!str_eq(str_from(inputs.p[at]->sha256), json_text(json_get(file, "sha256"))))
            status =
                err_set(err, ERR_DAMAGED, "%s was made from %.*s, which has changed since: " TAIL,
                        path, STR_ARG(real));
    }
    if (status == OK && n == intern_count(&names))
        status = err_set(err, ERR_EXISTS,
                         "%s holds all of this evidence already: --force makes it anew", path);
    VEC_FREE(&inputs);
    intern_release(&names);
    return status;
}

void adding_release(struct adding *adding)
{
    VEC_FREE(&adding->roots);
    arena_release(&adding->arena);
}
