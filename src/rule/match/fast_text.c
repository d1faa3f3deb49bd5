#include "rule/match/fast_text.h"

#include "base/utf.h"

#define PAGE_BITS 8
#define PAGE      (1u << PAGE_BITS)

static const struct {
    u32 first, last;
    i32 delta;
    u32 step;
} ranges[] = {
#include "base/fold_table.h"
};

/* delta[page[code >> 8]][code & 255] is what folding adds to a code point. Page 0 of delta is all
 * zero and serves every stretch of 256 code points that has no case. */
struct fast_fold {
    u32 n_pages; /* stretches that `page` covers; code points behind them have no case */
    u8 *page;
    i32 (*delta)[PAGE];
};

static u32 last_folded(void)
{
    u32 last = 0;
    for (size_t i = 0; i < COUNT(ranges); i++)
        last = MAX(last, ranges[i].last);
    return last;
}

const struct fast_fold *fast_fold_new(struct arena *arena)
{
    struct fast_fold *const fold = ARENA_NEW(arena, struct fast_fold);
    fold->n_pages = (last_folded() >> PAGE_BITS) + 1;
    fold->page = ARENA_ARRAY(arena, u8, fold->n_pages);
    u32 used = 1;
    for (size_t i = 0; i < COUNT(ranges); i++)
        for (u32 p = ranges[i].first >> PAGE_BITS; p <= ranges[i].last >> PAGE_BITS; p++)
            if (!fold->page[p])
                fold->page[p] = (u8)used++;
    if (!fold->page[0])
        fold->page[0] = (u8)used++;
    assert(used <= 256);
    fold->delta = arena_array_(arena, used, sizeof *fold->delta, _Alignof(i32));
    for (u32 c = 'A'; c <= 'Z'; c++)
        fold->delta[fold->page[0]][c] = 'a' - 'A';
    for (size_t i = 0; i < COUNT(ranges); i++)
        for (u32 c = ranges[i].first; c <= ranges[i].last; c += ranges[i].step)
            fold->delta[fold->page[c >> PAGE_BITS]][c & (PAGE - 1)] = ranges[i].delta;
    return fold;
}

static u32 fold_code(const struct fast_fold *fold, u32 code)
{
    const u32 page = code >> PAGE_BITS;
    return page < fold->n_pages
               ? (u32)((i32)code + fold->delta[fold->page[page]][code & (PAGE - 1)])
               : code;
}

static inline char fold_ascii(u8 c)
{
    return (char)(c + ((u8)(c - 'A') < 26) * 32);
}

/* Folds the ASCII head of text into out and returns its length. Eight bytes a step: evidence is
 * nearly all ASCII. */
static size_t fold_ascii_head(str text, char *out)
{
    size_t i = 0;
    for (u64 word; i + 8 <= text.n; i += 8) {
        memcpy(&word, text.p + i, 8);
        if (word & 0x8080808080808080u)
            break;
        for (size_t k = 0; k < 8; k++)
            out[i + k] = fold_ascii((u8)text.p[i + k]);
    }
    for (; i < text.n && (u8)text.p[i] < 0x80; i++)
        out[i] = fold_ascii((u8)text.p[i]);
    return i;
}

str fast_fold_text(const struct fast_fold *fold, str text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.n + 1, 1);
    size_t at = fold_ascii_head(text, out), n = at;
    if (at == text.n)
        return (str){out, n};
    const char *const head = out;
    out = arena_alloc(arena, n + (text.n - at) * 2 + 4, 1); /* two bytes become three at worst */
    if (n)
        memcpy(out, head, n);
    while (at < text.n)
        n += utf8_put(fold_code(fold, utf8_next(text, &at)), out + n);
    return (str){out, n};
}

/* UTF-16 that is all ASCII, the common case of event logs, is narrowed here; the rest goes the
 * general way. */
static str text_of_utf16(struct value v, struct arena *arena)
{
    const u8 *const p = v.p;
    const size_t units = v.n / 2;
    char *const out = arena_alloc(arena, units + 1, 1);
    u8 high = 0;
    for (size_t i = 0; i < units; i++) {
        high |= p[2 * i + 1] | (p[2 * i] & 0x80);
        out[i] = (char)p[2 * i];
    }
    return high ? value_text(v, arena) : (str){out, units};
}

struct fast_text fast_text_of(const struct fast_fold *fold, struct value v, struct arena *arena)
{
    assert(v.type != VALUE_ARRAY);
    const str exact = v.type == VALUE_UTF16 ? text_of_utf16(v, arena) : value_text(v, arena);
    return (struct fast_text){exact, fast_fold_text(fold, exact, arena)};
}
