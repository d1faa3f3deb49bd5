#include "rule/match/fast_skip.h"

#include "base/cur.h"

#define BLOCK      3 /* characters that decide how far to jump */
#define LEAST      4 /* characters of the window: eight bytes of UTF-16 are read at its end */
#define MOST       64
#define TABLE_BITS 12

struct fast_skip {
    u32 window;
    const struct fast_skip_literal *literals;
    u32 *next;  /* literal → another one whose window ends alike, + 1 */
    u32 *edges; /* literals that begin or end with a space */
    u32 n_edges;
    u32 first[1 << TABLE_BITS]; /* hash of a window's end → literal + 1 */
    u8 jump[1 << TABLE_BITS];   /* hash of three characters → how far; 0: compare */
};

/* Three characters, 16 bits each, with the bit that makes letters lower case: other characters fall
 * together by it, which costs a comparison at worst. */
static inline u32 hash_block(u64 block)
{
    return (u32)((block | 0x002000200020u) * 0x9E3779B97F4A7C15u >> (64 - TABLE_BITS));
}

static inline u64 narrow_block(u32 bytes)
{
    return (u64)(bytes & 0xFF) | (u64)(bytes & 0xFF00) << 8 | (u64)(bytes & 0xFF0000) << 16;
}

static u64 block_of(const char *p)
{
    return narrow_block((u32)(u8)p[0] | (u32)(u8)p[1] << 8 | (u32)(u8)p[2] << 16);
}

static bool is_ascii(const char *p, size_t n)
{
    u8 high = 0;
    for (size_t i = 0; i < n; i++)
        high |= (u8)p[i];
    return high < 0x80;
}

static bool is_usable(const struct fast_skip_literal *literal)
{
    const str s = literal->text;
    return is_ascii(s.p, s.n) && (literal->at_end ? s.n > 1 && s.p[s.n - 1] == ' ' : s.n >= LEAST);
}

static void file_literal(struct fast_skip *skip, u32 i)
{
    const char *const p = skip->literals[i].text.p;
    for (u32 end = BLOCK; end <= skip->window; end++) {
        const u32 hash = hash_block(block_of(p + end - BLOCK));
        skip->jump[hash] = MIN(skip->jump[hash], (u8)(skip->window - end));
        if (end == skip->window) {
            skip->next[i] = skip->first[hash];
            skip->first[hash] = i + 1;
        }
    }
}

const struct fast_skip *fast_skip_new(const struct fast_skip_literal *literals, u32 n,
                                      struct arena *arena)
{
    size_t window = MOST;
    for (u32 i = 0; i < n; i++) {
        if (!is_usable(&literals[i]))
            return NULL;
        if (!literals[i].at_end)
            window = MIN(window, literals[i].text.n);
    }
    struct fast_skip *const skip = ARENA_NEW(arena, struct fast_skip);
    skip->window = (u32)window;
    skip->literals = literals;
    skip->next = ARENA_ARRAY(arena, u32, n);
    skip->edges = ARENA_ARRAY(arena, u32, n);
    memset(skip->jump, (int)(window - BLOCK + 1), sizeof skip->jump);
    for (u32 i = 0; i < n; i++) {
        const str text = literals[i].text;
        if (!literals[i].at_end)
            file_literal(skip, i);
        if (text.p[0] == ' ' || text.p[text.n - 1] == ' ')
            skip->edges[skip->n_edges++] = i;
    }
    return skip;
}

/* ------------------------------------------------------------------ asking */

/* Characters of a text: bytes of ASCII, or units of UTF-16. */
struct units {
    const u8 *p;
    size_t n;
    bool wide;
};

static inline u32 unit_at(const struct units *t, size_t i)
{
    return t->wide ? load_u16(t->p + 2 * i) : t->p[i];
}

/* What folds to ASCII: its letters, the long s, the Kelvin sign. */
static inline u32 fold_unit(u32 unit)
{
    if (unit < 0x80)
        return (u32)(u8)ascii_lower((char)unit);
    return unit == 0x17F ? 's' : unit == 0x212A ? 'k' : 0;
}

/* In the text with a space before and behind it: at 0 stands the one before. */
static bool stands_at(str literal, const struct units *t, size_t at)
{
    if (at > t->n + 2 || t->n + 2 - at < literal.n)
        return false;
    for (size_t i = 0; i < literal.n; i++) {
        const size_t k = at + i;
        const u32 unit = k == 0 || k > t->n ? ' ' : fold_unit(unit_at(t, k - 1));
        if (unit != (u8)literal.p[i])
            return false;
    }
    return true;
}

static bool at_edges(const struct fast_skip *skip, const struct units *t)
{
    for (u32 i = 0; i < skip->n_edges; i++) {
        const struct fast_skip_literal *const literal = &skip->literals[skip->edges[i]];
        const size_t n = literal->text.n;
        if ((!literal->at_end && stands_at(literal->text, t, 0)) ||
            (n <= t->n + 2 && stands_at(literal->text, t, t->n + 2 - n)))
            return true;
    }
    return false;
}

static bool ends_here(const struct fast_skip *skip, const struct units *t, size_t last, u32 hash)
{
    for (u32 i = skip->first[hash]; i; i = skip->next[i - 1])
        if (stands_at(skip->literals[i - 1].text, t, last + 2 - skip->window))
            return true;
    return false;
}

static bool in_bytes(const struct fast_skip *skip, const struct units *t)
{
    for (size_t last = skip->window - 1; last < t->n;) {
        const u32 hash = hash_block(narrow_block(load_u32(t->p + last - 3) >> 8));
        if (skip->jump[hash] == 0 && ends_here(skip, t, last, hash))
            return true;
        last += MAX(skip->jump[hash], 1);
    }
    return false;
}

/* A character that is in no literal: the last one in the block, its place; SIZE_MAX when one of
 * them folds to a letter. */
static size_t last_foreign(const struct units *t, size_t last)
{
    size_t out = 0;
    for (size_t i = last - 2; i <= last; i++) {
        const u32 unit = unit_at(t, i);
        if (unit >= 0x80 && fold_unit(unit))
            return SIZE_MAX;
        if (unit >= 0x80)
            out = i;
    }
    return out;
}

static bool in_units(const struct fast_skip *skip, const struct units *t)
{
    for (size_t last = skip->window - 1; last < t->n;) {
        const u64 block = load_u64(t->p + 2 * (last - 3)) >> 16;
        if (block & 0xFF80FF80FF80u) {
            const size_t foreign = last_foreign(t, last);
            if (foreign == SIZE_MAX)
                return true;
            last = foreign + skip->window;
            continue;
        }
        const u32 hash = hash_block(block);
        if (skip->jump[hash] == 0 && ends_here(skip, t, last, hash))
            return true;
        last += MAX(skip->jump[hash], 1);
    }
    return false;
}

static bool in_ascii(const struct fast_skip *skip, const struct units *t)
{
    return !is_ascii((const char *)t->p, t->n) || in_bytes(skip, t) || at_edges(skip, t);
}

bool fast_skip_may(const struct fast_skip *skip, struct value v)
{
    struct units t = {v.p, v.n, false};
    switch ((enum value_type)v.type) {
    case VALUE_UTF16:
        t.n /= 2;
        t.wide = true;
        return in_units(skip, &t) || at_edges(skip, &t);
    case VALUE_PLUS:
        return (v.n && memchr(v.p, '+', v.n)) || in_ascii(skip, &t);
    case VALUE_UTF8:
    case VALUE_ANSI:
        return in_ascii(skip, &t);
    case VALUE_BOOL:
        return fast_skip_may(skip, value_utf8(v.u ? S("true") : S("false")));
    case VALUE_NONE:
    case VALUE_NULL:
        return false;
    case VALUE_JSON:
    case VALUE_CSV:
    case VALUE_I64:
    case VALUE_U64:
    case VALUE_HEX:
    case VALUE_F64:
    case VALUE_FILETIME:
    case VALUE_SYSTEMTIME:
    case VALUE_GUID:
    case VALUE_SID:
    case VALUE_BINARY:
    case VALUE_ARRAY:
        break;
    }
    return true;
}
