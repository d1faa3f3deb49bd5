#include "report/guidance.h"

#include <stdlib.h>

struct ordered {
    u64 order;
    size_t at;
    const struct json *item;
};

static int compare_order(const void *a, const void *b)
{
    const struct ordered *const x = a, *const y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Guidance that has an action, in its order. */
static size_t collect(const struct view *view, const struct json ***out)
{
    const struct json *const list = json_get(view->doc, "guidance");
    struct ordered *const all = ARENA_ARRAY(view->arena, struct ordered, view_count(list) + 1);
    size_t n = 0;
    VIEW_EACH (list, item) {
        u64 order = UINT64_MAX;
        if (!str_u64(view_text(item, "order"), &order))
            order = UINT64_MAX;
        if (view_str(item, "action").n)
            all[n] = (struct ordered){order, n, item}, n++;
    }
    qsort(all, n, sizeof *all, compare_order);
    *out = ARENA_ARRAY(view->arena, const struct json *, n + 1);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = all[i].item;
    return n;
}

static bool is_same(const struct json *a, const struct json *b)
{
    static const char *const keys[] = {"phase", "action", "why", "source"};
    for (size_t i = 0; i < COUNT(keys); i++)
        if (!str_eq(view_str(a, keys[i]), view_str(b, keys[i])))
            return false;
    return true;
}

void guidance_make(const struct view *view, struct actions *out)
{
    const struct json **items;
    const size_t n = collect(view, &items);
    *out = (struct actions){.p = ARENA_ARRAY(view->arena, struct action, n + 1)};
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && is_same(items[from], items[to]);)
            to++;
        const str number = to - from == 1 ? arena_printf(view->arena, "%zu", to)
                                          : arena_printf(view->arena, "%zu–%zu", from + 1, to);
        out->p[out->n++] = (struct action){items + from, to - from, number};
    }
}

size_t guidance_first(const struct actions *actions, size_t room, size_t out[GUIDANCE_FIRST_MAX])
{
    size_t contain = 0;
    while (contain < actions->n &&
           !str_eq(view_str(actions->p[contain].items[0], "phase"), S("contain")))
        contain++;
    const bool is_later = contain >= room && contain < actions->n;
    const size_t n = MIN(actions->n, room);
    for (size_t i = 0; i < n; i++)
        out[i] = is_later && i + 1 == n ? contain : i;
    return n;
}

static bool has(const struct json *list, const char *key, str text)
{
    VIEW_EACH (list, item)
        if (str_eq(view_str(item, key), text))
            return true;
    return false;
}

static bool is_address(str text)
{
    size_t digits = 0, marks = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = ascii_lower(text.p[i]);
        digits += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        marks += c == '.' || c == ':';
    }
    return marks >= 2 && digits && digits + marks == text.n;
}

const char *guidance_target(const struct view *view, str target)
{
    const struct json *const scope = json_get(view->doc, "scope");
    if (has(json_get(view->doc, "hosts"), "name", target))
        return "Server";
    if (has(json_get(scope, "accounts"), "name", target))
        return "Account";
    if (has(json_get(scope, "files"), "path", target))
        return "File";
    if (is_address(target))
        return "Address";
    if (str_find_char(target, '@') < target.n)
        return "Mailbox";
    if (str_find(target, S(":\\")) == 1 || str_starts(target, S("/")) ||
        str_starts(target, S("\\\\")))
        return "File";
    return str_find(target, S("CVE-")) != SIZE_MAX ? "Step" : "At";
}
