#include "rule/match/fast_literal.h"

#include "base/intern.h"

void fast_found_init(struct fast_found *found, u32 n_ids)
{
    *found = (struct fast_found){
        .mark = mem_calloc(n_ids + 1, sizeof *found->mark), .n_marks = n_ids + 1, .now = 1};
}

void fast_found_release(struct fast_found *found)
{
    VEC_FREE(&found->ids);
    mem_free(found->mark);
}

void fast_found_start(struct fast_found *found)
{
    found->ids.n = 0;
    if (++found->now == 0) { /* once in 2^32 searches */
        memset(found->mark, 0, found->n_marks * sizeof *found->mark);
        found->now = 1;
    }
}

/* ------------------------------------------------------------------ buckets */

/* A multimap from a 64-bit key to literals: slots of a hash table point to runs of `entries`. */
struct buckets {
    struct slot {
        u64 key;
        u32 first, n; /* n 0: a free slot */
    } * slots;
    u32 mask;
    struct entry {
        str text;
        u64 key;
        u32 id;
        u32 off; /* of the bytes that the key was made of */
    } * entries;
};

static inline u64 spread(u64 key)
{
    return (key ^ key >> 32) * 0x9E3779B97F4A7C15u;
}

static inline const struct slot *find_slot(const struct buckets *b, u64 key)
{
    for (u32 i = (u32)(spread(key) >> 32) & b->mask;; i = (i + 1) & b->mask) {
        const struct slot *const slot = &b->slots[i];
        if (slot->n == 0 || slot->key == key)
            return slot;
    }
}

/* Entries in the order of their slots, counted first and then put where they belong. */
static void buckets_build(struct buckets *b, const struct entry *entries, size_t n,
                          struct arena *arena)
{
    u32 size = 16, first = 0;
    while (size < n * 2)
        size *= 2;
    b->mask = size - 1;
    b->slots = ARENA_ARRAY(arena, struct slot, size);
    b->entries = ARENA_ARRAY(arena, struct entry, n);
    for (size_t i = 0; i < n; i++) {
        struct slot *const slot = (struct slot *)find_slot(b, entries[i].key);
        slot->key = entries[i].key;
        slot->n++;
    }
    for (u32 i = 0; i < size; i++) {
        b->slots[i].first = first; /* for now: where its next entry goes */
        first += b->slots[i].n;
    }
    for (size_t i = 0; i < n; i++) {
        struct slot *const slot = (struct slot *)find_slot(b, entries[i].key);
        b->entries[slot->first++] = entries[i];
    }
    for (u32 i = 0; i < size; i++)
        b->slots[i].first -= b->slots[i].n;
}

/* ------------------------------------------------------------------ a filter before the buckets */

/* Two bits of one word for each key: one look into a few KiB that says of most keys that they are
 * in no bucket. */
struct filter {
    u64 *words; /* NULL: no keys */
    u32 shift;  /* spread key → word */
};

static inline u64 filter_bits(u64 hash)
{
    return (u64)1 << (hash >> 32 & 63) | (u64)1 << (hash >> 38 & 63);
}

static inline bool filter_has(const struct filter *filter, u64 hash)
{
    return (~filter->words[hash >> filter->shift] & filter_bits(hash)) == 0;
}

/* 32 bits a key leave one place in 250 to the buckets; 2^18 bits are what stays in the first cache.
 */
static void filter_build(struct filter *filter, const struct entry *entries, size_t n,
                         struct arena *arena)
{
    u32 bits = 1;
    while (bits < 12 && ((size_t)64 << bits) < n * 32)
        bits++;
    filter->shift = 64 - bits;
    filter->words = ARENA_ARRAY(arena, u64, (size_t)1 << bits);
    for (size_t i = 0; i < n; i++) {
        const u64 hash = spread(entries[i].key);
        filter->words[hash >> filter->shift] |= filter_bits(hash);
    }
}

/* ------------------------------------------------------------------ affixes */

/* A literal is filed under its first (last) k bytes, for the largest of these k that it has; a text
 * is looked up once for each k in use. A whole text is one key. */
static const u8 lengths[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

struct fast_affixes {
    enum fast_end end;
    bool used[COUNT(lengths)];
    struct filter filter; /* of keys: most are in no bucket, and the buckets are not in the cache */
    struct buckets buckets;
};

static u64 affix_key(const char *p, size_t n)
{
    return hash_bytes(p, n) ^ n;
}

static size_t length_class(size_t n)
{
    size_t c = 0;
    while (c + 1 < COUNT(lengths) && lengths[c + 1] <= n)
        c++;
    return c;
}

const struct fast_affixes *fast_affixes_new(const struct fast_literal *literals, size_t n,
                                            enum fast_end end, struct arena *arena)
{
    if (n == 0)
        return NULL;
    struct fast_affixes *const set = ARENA_NEW(arena, struct fast_affixes);
    struct entry *const entries = mem_calloc(n, sizeof *entries);
    set->end = end;
    for (size_t i = 0; i < n; i++) {
        const str text = literals[i].text;
        assert(text.n || end == END_BOTH);
        const size_t class = length_class(text.n), k = end == END_BOTH ? text.n : lengths[class];
        const size_t off = end == END_STOP ? text.n - k : 0;
        set->used[class] = true;
        entries[i] =
            (struct entry){.text = text, .id = literals[i].id, .key = affix_key(text.p + off, k)};
    }
    filter_build(&set->filter, entries, n, arena);
    buckets_build(&set->buckets, entries, n, arena);
    mem_free(entries);
    return set;
}

static void affix_probe(const struct fast_affixes *set, str text, const char *p, size_t k,
                        struct fast_found *found)
{
    const u64 key = affix_key(p, k);
    if (!filter_has(&set->filter, spread(key)))
        return;
    const struct slot *const slot = find_slot(&set->buckets, key);
    const struct entry *const e = set->buckets.entries + slot->first;
    for (u32 i = 0; i < slot->n; i++) {
        const str s = e[i].text;
        if (s.n > text.n || (set->end == END_BOTH && s.n != text.n))
            continue;
        const char *const at = set->end == END_STOP ? text.p + text.n - s.n : text.p;
        if (s.n == 0 || memcmp(at, s.p, s.n) == 0)
            fast_found_add(found, e[i].id);
    }
}

void fast_affixes_find(const struct fast_affixes *set, str text, struct fast_found *found)
{
    if (!set)
        return;
    if (set->end == END_BOTH) {
        affix_probe(set, text, text.p, text.n, found);
        return;
    }
    for (size_t c = 0; c < COUNT(lengths) && lengths[c] <= text.n; c++)
        if (set->used[c])
            affix_probe(set, text, set->end == END_STOP ? text.p + text.n - lengths[c] : text.p,
                        lengths[c], found);
}

/* ------------------------------------------------------------------ needles */

#define GRAM       4
#define SHORT_BITS (1u << 16)

/* Needles of GRAM bytes or more are known by the longest of these numbers of bytes that they have:
 * the longer, the seldomer a text has them by chance. */
static const u8 windows[] = {8, 6, GRAM};

struct windows {
    struct filter filter;
    struct buckets buckets;
};

struct fast_needles {
    u64 *filter; /* a bit for the hashed first gram of each window; NULL: there are none */
    u32 shift;   /* hash → bit number */
    struct windows of[COUNT(windows)];
    u64 *starts; /* a bit for each pair of bytes that a needle below GRAM bytes may begin with;
                    NULL: there are none */
    bool has[GRAM];
    struct buckets shorts;
};

/* Text that logs are full of: grams out of it make bad anchors. */
static const char *const background[] = {
    "c:\\windows\\system32\\",
    "c:\\windows\\syswow64\\",
    "c:\\program files (x86)\\",
    "c:\\users\\public\\",
    "\\appdata\\local\\temp\\",
    "\\appdata\\roaming\\",
    "microsoft windows",
    "powershell.exe",
    "cmd.exe /c ",
    ".dll",
    ".ps1",
    "hklm\\software\\microsoft\\windows\\currentversion\\",
    "\\registry\\machine\\system\\currentcontrolset\\services\\",
    "hkey_local_machine",
    "nt authority\\system",
    "https://www.",
    "http://",
    " -command ",
    "    ",
    "====",
    "----",
    "0000",
    "write-",
    "new-object ",
    "system.",
    "-noprofile",
    "\\\\",
    "mscorlib",
    "version=",
    "name=",
    "string",
    "value",
    "true",
    "false",
    "process",
    "service",
    "server",
    "client",
    "user",
    "admin",
    "security",
    "network",
    "version",
    "install",
    "program",
};

static inline u32 gram_at(const char *p)
{
    u32 gram;
    memcpy(&gram, p, sizeof gram);
    return gram;
}

static inline u32 gram_bit(u32 gram, u32 shift)
{
    return gram * 0x9E3779B1u >> shift;
}

/* The first n of 8, 6 or 4 bytes. */
static inline u64 window_at(const char *p, u32 n)
{
    u64 all = 0;
    u16 end;
    if (n == 8) {
        memcpy(&all, p, 8);
        return all;
    }
    if (n == 4)
        return gram_at(p);
    memcpy(&end, p + 4, sizeof end);
    return gram_at(p) | (u64)end << 32;
}

static u64 short_key(const char *p, size_t n)
{
    u64 key = n << 32;
    for (size_t i = 0; i < n; i++)
        key |= (u64)(u8)p[i] << 8 * i;
    return key;
}

/* How often each (hashed) gram is met: in the needles themselves, and in the background with a
 * weight. */
struct counts {
    u32 *of;
    u32 shift; /* hash → place */
};

static void count_grams(struct counts *counts, str text, u32 weight)
{
    for (size_t i = 0; i + GRAM <= text.n; i++)
        counts->of[gram_bit(gram_at(text.p + i), counts->shift)] += weight;
}

static struct counts count_all(const struct fast_literal *literals, size_t n)
{
    const u32 bits = n < 64 ? 12 : 16;
    struct counts counts = {mem_calloc((size_t)1 << bits, sizeof *counts.of), 32 - bits};
    for (size_t i = 0; i < n; i++)
        count_grams(&counts, literals[i].text, 1);
    for (size_t i = 0; i < COUNT(background); i++)
        count_grams(&counts, str_from(background[i]), 1000);
    return counts;
}

static size_t rarest_gram(str text, const struct counts *counts)
{
    size_t best = 0;
    u32 least = UINT32_MAX;
    for (size_t i = 0; i + GRAM <= text.n; i++) {
        const u32 count = counts->of[gram_bit(gram_at(text.p + i), counts->shift)];
        if (count < least) {
            least = count;
            best = i;
        }
    }
    return best;
}

static inline void set_bit(u64 *bits, u32 i)
{
    bits[i / 64] |= (u64)1 << i % 64;
}

static inline bool has_bit(const u64 *bits, u32 i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* A needle of one byte may begin with any pair that starts with it. */
static void add_short(struct fast_needles *set, str text)
{
    const u32 first = (u8)text.p[0];
    set->has[text.n] = true;
    for (u32 second = text.n == 1 ? 0 : (u8)text.p[1];
         second <= (text.n == 1 ? 255u : (u8)text.p[1]); second++)
        set_bit(set->starts, first | second << 8);
}

/* The window that begins with the rarest gram, or ends behind it at the end of the text. */
static u32 best_window(str text, u32 n, const struct counts *counts)
{
    return (u32)MIN(rarest_gram(text, counts), text.n - n);
}

static size_t window_class(str text)
{
    size_t c = 0;
    while (windows[c] > text.n)
        c++;
    return c;
}

/* Sixteen bits a needle leave one place in sixteen or fewer to the windows; 2^18 bits are what
 * stays in the first cache. */
static void build_grams(struct fast_needles *set, size_t n, struct arena *arena)
{
    u32 bits = 10;
    while (bits < 18 && ((size_t)1 << bits) < n * 16)
        bits++;
    set->shift = 32 - bits;
    set->filter = ARENA_ARRAY(arena, u64, ((size_t)1 << bits) / 64);
}

static void build_windows(struct fast_needles *set, const struct fast_literal *literals, size_t n,
                          const struct counts *counts, struct arena *arena)
{
    size_t sizes[COUNT(windows)] = {0};
    struct entry *entries[COUNT(windows)];
    for (size_t i = 0; i < n; i++)
        if (literals[i].text.n >= GRAM)
            sizes[window_class(literals[i].text)]++;
    for (size_t c = 0; c < COUNT(windows); c++) {
        entries[c] = mem_calloc(sizes[c], sizeof *entries[c]);
        sizes[c] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        const str text = literals[i].text;
        if (text.n < GRAM)
            continue;
        const size_t c = window_class(text);
        const u32 off = best_window(text, windows[c], counts);
        if (!set->filter)
            build_grams(set, n, arena);
        set_bit(set->filter, gram_bit(gram_at(text.p + off), set->shift));
        entries[c][sizes[c]++] = (struct entry){.text = text,
                                                .id = literals[i].id,
                                                .off = off,
                                                .key = window_at(text.p + off, windows[c])};
    }
    for (size_t c = 0; c < COUNT(windows); c++) {
        if (sizes[c]) {
            filter_build(&set->of[c].filter, entries[c], sizes[c], arena);
            buckets_build(&set->of[c].buckets, entries[c], sizes[c], arena);
        }
        mem_free(entries[c]);
    }
}

static void build_shorts(struct fast_needles *set, const struct fast_literal *literals, size_t n,
                         struct arena *arena)
{
    size_t n_shorts = 0;
    for (size_t i = 0; i < n; i++)
        n_shorts += literals[i].text.n < GRAM;
    if (!n_shorts)
        return;
    struct entry *const entries = mem_calloc(n_shorts, sizeof *entries);
    set->starts = ARENA_ARRAY(arena, u64, SHORT_BITS / 64);
    n_shorts = 0;
    for (size_t i = 0; i < n; i++) {
        const str text = literals[i].text;
        if (text.n >= GRAM)
            continue;
        add_short(set, text);
        entries[n_shorts++] =
            (struct entry){.text = text, .id = literals[i].id, .key = short_key(text.p, text.n)};
    }
    buckets_build(&set->shorts, entries, n_shorts, arena);
    mem_free(entries);
}

const struct fast_needles *fast_needles_new(const struct fast_literal *literals, size_t n,
                                            struct arena *arena)
{
    if (n == 0)
        return NULL;
    struct fast_needles *const set = ARENA_NEW(arena, struct fast_needles);
    const struct counts counts = count_all(literals, n);
    build_windows(set, literals, n, &counts, arena);
    build_shorts(set, literals, n, arena);
    mem_free(counts.of);
    return set;
}

/* The window at text.p + at is one of ours, or a hash that looks so. */
static void check_window(const struct buckets *buckets, u64 key, str text, size_t at,
                         struct fast_found *found)
{
    const struct slot *const slot = find_slot(buckets, key);
    const struct entry *const e = buckets->entries + slot->first;
    for (u32 i = 0; i < slot->n; i++) {
        if (fast_found_has(found, e[i].id) || at < e[i].off ||
            text.n - (at - e[i].off) < e[i].text.n)
            continue;
        if (memcmp(text.p + at - e[i].off, e[i].text.p, e[i].text.n) == 0)
            fast_found_add(found, e[i].id);
    }
}

/* n is one of `windows`, and known to the compiler. */
static inline void check_windows(const struct windows *set, u32 n, str text, size_t at,
                                 struct fast_found *found)
{
    if (!set->filter.words || text.n - at < n)
        return;
    const u64 key = window_at(text.p + at, n);
    if (filter_has(&set->filter, spread(key)))
        check_window(&set->buckets, key, text, at, found);
}

/* The gram at text.p + at begins a window, or a hash looks so. */
static void check_long(const struct fast_needles *set, str text, size_t at,
                       struct fast_found *found)
{
    check_windows(&set->of[0], 8, text, at, found);
    check_windows(&set->of[1], 6, text, at, found);
    check_windows(&set->of[2], GRAM, text, at, found);
}

static void check_short(const struct fast_needles *set, str text, size_t at,
                        struct fast_found *found)
{
    for (size_t k = 1; k < GRAM && k <= text.n - at; k++) {
        if (!set->has[k])
            continue;
        const struct slot *const slot = find_slot(&set->shorts, short_key(text.p + at, k));
        for (u32 i = 0; i < slot->n; i++)
            fast_found_add(found, set->shorts.entries[slot->first + i].id);
    }
}

void fast_needles_find(const struct fast_needles *set, str text, struct fast_found *found)
{
    if (!set || text.n == 0)
        return;
    if (set->filter)
        for (size_t i = 0; i + GRAM <= text.n; i++)
            if (has_bit(set->filter, gram_bit(gram_at(text.p + i), set->shift)))
                check_long(set, text, i, found);
    if (set->starts) {
        for (size_t i = 0; i + 1 < text.n; i++)
            if (has_bit(set->starts, (u32)(u8)text.p[i] | (u32)(u8)text.p[i + 1] << 8))
                check_short(set, text, i, found);
        check_short(set, text, text.n - 1, found);
    }
}
