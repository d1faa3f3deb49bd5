#include "parse/atoms.h"

#include <math.h>
#include <stdlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_AVX2 1
#include <immintrin.h>
#else
#define HAS_AVX2 0
#endif

#define WINDOW      4     /* bytes of a literal that the filter looks at */
#define ENOUGH      0.002 /* of all places that sets may let through */
#define SETS        16    /* of windows; two tables of eight */
#define SEEN_BITS   13    /* of the bitmap of windows */
#define COMMON_BITS 14
#define STEP        4 /* of the other filter: one gram of WINDOW bytes in so many is looked at */
#define RUN         (WINDOW + STEP - 1) /* bytes of a literal that hold one of these, however it lies */
#define GRAM_BITS   16
#define GRAM_TAG    (WINDOW + 1) /* in the place of a window's length, in the table */

/* ------------------------------------------------------------------ what logs are full of */

/* Of 100,000 lines of the web and proxy logs of an Exchange server, how many hold the text,
 * roughly. */
static const struct {
    u32 share;
    const char *text;
} background[] = {
    {90000, "2024-01-01 00:00:00 10.20.0.21 443 ad\\ - 200 0 0 microsoft server exchange mail"},
    {90000, "&correlationid=<empty>;&cafereqid=5e58f5e5-71bb54d8-d101-45b9-934d-0bff90150280;"},
    {80000, "post"},
    {25000, "get"},
    {40000, "/mapi/emsmdb/ ?mailboxid=@.com"},
    {40000, "microsoft+office/16.0+(windows+nt+10.0;+microsoft+outlook+16.0.4266;+pro)"},
    {30000,
     "/microsoft-server-activesync/default.eas ?user=&deviceid=applc&devicetype=iphone&cmd=ping"},
    {30000,
     "&log=sc0:1_ldapc0_ldapl0_rpcc32_rpcl31_hb_rto_s1_as:alloweda_mbx:_throttle0_budget:(d)"},
    {20000,
     "apple-iphone12c1/1804.630 android-samsung-sm-g97289/101.9 ios/17.1 outlook-ios-android/1.0"},
    {10000, "&cmd=sync &cmd=getitemestimate &cmd=search"},
    {20000, "/ews/exchange.asmx macoutlook/16.46.0+(intelx64+mac+os+x+version+10.15.7)"},
    {20000, "exchangeservicesclient/15.00 exchangewebservicesproxy/crosssite/exch/"},
    {20000, "/owa/service.svc ?action=findconversation&app=mail&n=113 action=getitem createitem"},
    {30000, "mozilla/5.0+(windows+nt+10.0;+win64;+x64)+applewebkit/537.36+(khtml,+like+gecko)"},
    {30000, "chrome/120.0.0.0+safari/537.36 edg/119.0 gecko/20100101+firefox/121.0 trident/7.0"},
    {10000, "(macintosh;+intel+mac+os+x+10_15_7) (iphone;+cpu+iphone+os+17_1+like+mac+os+x) "
            "mobile/15e148"},
    {10000,
     "/owa/ev.owa2 ?ns=pendingrequest&ev=pendingnotificationrequest&ua=0&cid=&x-owa-canary="},
    {10000, "/mapi/healthcheck.htm amprobe/local/clientaccess /rpc/rpcproxy.dll healthmailbox"},
    {5000, "/owa/auth/logon.aspx ?url=https%3a%2f%2fmail.%2fowa%2f&reason=0 https://www. http://"},
    {3000, "/owa/prem/15.1/scripts/boot.js /owa/auth/15.1/themes/resources/ .css .png .gif .js"},
    {3000, "/owa/auth.owa /owa/languageselection.aspx /owa/keepalive.ashx /owa/default.aspx images "
           "fonts"},
    {3000, "/ecp/default.aspx /ecp/ /powershell ?serializationlevel=full;clientapplication="},
    {10000, "/autodiscover/autodiscover.xml"},
    {10000, "/oab/ /oab.xml .lzx microsoft+bits/7.8"},
    {5000, "/api/v1.0/ head options propfind rpc_in_data rpc_out_data put delete"},
    {2000, "index.html robots.txt localprobe/monitoring http://localhost request response error"},
    {2000, "message null true false version microsoft.com http/1.1 application json content"},
    {2000, "user admin login name value data session token status"},
    {30000, "123456789abcdef -4000-8000- 0000 1111"},
    {30000, "negotiate,true,sid~s-1-5-21-1004336348,proxy,intraforest,windowsidentity,,,"},
    {30000, "beginrequest=2024-01-01t00:00:00.015z;proxystate-run=none;newconnection=fe80::1&0;"},
    {30000,
     "begingetresponse= endrequest=;i32:ads.c[dc]=1;f:ads.al[]=1.2;i32:att=2;s:wlm.bal=4800;"},
    {20000, "onbeginrequest=0;tokenauth=;sharedcache= accountforestguard= liveidbasic= proxytime="},
};

u32 atoms_commonness(str text)
{
    u32 share = text.n <= 2 ? 5000 : text.n == 3 ? 300 : text.n == 4 ? 30 : text.n == 5 ? 10 : 4;
    for (size_t i = 0; i < COUNT(background); i++)
        if (str_ifind(str_from(background[i].text), text) != SIZE_MAX)
            share += background[i].share;
    return share;
}

/* ------------------------------------------------------------------ windows */

/* A literal behind a window: where the window is in it. */
struct entry {
    str text;
    u32 off;
    u32 next; /* of the same key: 1 + index, or 0 */
};

struct key_slot {
    u32 key;   /* of a window */
    u8 n;      /* its bytes; 0: a free slot */
    u32 first; /* 1 + index of an entry */
};

struct atoms {
    bool has_grams, has_windows;
    u8 grams[1 << GRAM_BITS]; /* 1: a gram with this hash is in a run */
    /* Of each place of a window and each half of its byte, which sets allow it; for sets 0 to 7 and
     * 8 to 15. */
    u8 low[2][WINDOW][16], high[2][WINDOW][16];
    u32 n_groups; /* of eight sets */
    u32 shortest; /* window */
    u64 seen[1 << (SEEN_BITS - 6)];
    struct key_slot *slots;
    u32 mask;
    struct entry *entries;
};

/* Letters lose their case, and some other characters meet: a key is for looking up, not for
 * deciding. */
static inline u32 window_key(const char *p, u32 n)
{
    u32 key = 0;
    memcpy(&key, p, n);
    return (key | 0x20202020u) & (u32)(0xFFFFFFFFu >> (WINDOW - n) * 8);
}

static inline u32 key_hash(u32 key, u32 n)
{
    return (key + n) * 0x9E3779B1u;
}

static struct key_slot *find_slot(const struct atoms *atoms, u32 key, u32 n)
{
    for (u32 i = key_hash(key, n) >> 8 & atoms->mask;; i = (i + 1) & atoms->mask) {
        struct key_slot *const slot = &atoms->slots[i];
        if (slot->n == 0 || (slot->key == key && slot->n == n))
            return slot;
    }
}

/* ------------------------------------------------------------------ the filter */

static bool is_letter(u8 c)
{
    return c >= 'a' && c <= 'z';
}

/* What a set of windows allows at each place, as half bytes, and how likely it is that a byte of a
 * log is allowed. */
struct set {
    u32 low[WINDOW], high[WINDOW]; /* bit i: the half i */
    double chance[WINDOW];
};

/* How likely bytes are by their halves, in the text as it stands. */
struct odds {
    double of[16][16]; /* high half, low half */
};

static struct odds count_halves(void)
{
    struct odds out = {0};
    double n = 0;
    for (u32 c = 0; c < 128; c++)
        out.of[c >> 4][c & 15] = c >= ' ' && c < 0x7F ? 0.5 : 0.02;
    for (size_t i = 0; i < COUNT(background); i++)
        for (const char *p = background[i].text; *p; p++) {
            const u8 c = (u8)*p;
            out.of[c >> 4][c & 15] += background[i].share / 1e5 * (is_letter(c) ? 0.7 : 1);
            if (is_letter(c))
                out.of[(c >> 4) - 2][c & 15] += background[i].share / 1e5 * 0.3;
        }
    for (u32 c = 0; c < 256; c++)
        n += out.of[c >> 4][c & 15];
    for (u32 c = 0; c < 256; c++)
        out.of[c >> 4][c & 15] /= n;
    return out;
}

static double chance_of(u32 low, u32 high, const struct odds *odds)
{
    double out = 0;
    for (u32 h = 0; h < 8; h++)
        for (u32 rest = high >> h & 1 ? low : 0; rest; rest &= rest - 1)
            out += odds->of[h][__builtin_ctz(rest)];
    return out;
}

static void allow(struct set *set, u32 place, u32 low, u32 high, const struct odds *odds)
{
    if ((set->low[place] | low) == set->low[place] && (set->high[place] | high) == set->high[place])
        return;
    set->low[place] |= low;
    set->high[place] |= high;
    set->chance[place] = chance_of(set->low[place], set->high[place], odds);
}

static struct set set_with(struct set set, str window, const struct odds *odds)
{
    for (u32 i = 0; i < WINDOW; i++) {
        const u8 c = i < window.n ? (u8)window.p[i] : 0;
        if (i >= window.n)
            allow(&set, i, 0xFFFF, 0xFFFF, odds);
        else
            allow(&set, i, 1u << (c & 15),
                  1u << (c >> 4) | (is_letter(c) ? 1u << (c >> 4 & 13) : 0), odds);
    }
    return set;
}

static double chance(const struct set *set)
{
    double out = 1;
    for (u32 i = 0; i < WINDOW; i++)
        out *= set->chance[i];
    return out;
}

/* Where the window of each literal is, and what the sets then allow. */
struct plan {
    const str *texts;
    size_t n;
    u32 *offs;     /* of the window, or of the run */
    bool *by_runs; /* found by grams */
    struct set sets[SETS];
    u32 n_sets;
    struct odds odds;
    bool common[1 << COMMON_BITS]; /* windows of the background */
};

static u32 window_length(str text)
{
    return (u32)MIN(text.n, (size_t)WINDOW);
}

static u32 common_bit(str window)
{
    return key_hash(window_key(window.p, (u32)window.n), (u32)window.n) >> (32 - COMMON_BITS);
}

static void learn_common(struct plan *p)
{
    for (size_t i = 0; i < COUNT(background); i++)
        for (str rest = str_from(background[i].text); rest.n >= WINDOW;
             rest = str_sub(rest, 1, rest.n))
            p->common[common_bit(str_sub(rest, 0, WINDOW))] = true;
}

/* Is the window in the background, or one with the same bit? */
static bool is_common(const struct plan *p, str window)
{
    return window.n < WINDOW || p->common[common_bit(window)];
}

/* The place in the literal, and the set, that let least more of a log through. */
static void place_window(struct plan *p, size_t atom)
{
    const str text = p->texts[atom];
    const u32 n = window_length(text);
    struct set best = {0};
    double least = INFINITY;
    u32 best_set = 0;
    for (u32 off = 0; off + n <= text.n && off < 24; off++) {
        const str window = str_sub(text, off, off + n);
        const double often = is_common(p, window) ? 0.0005 : 0;
        for (u32 s = 0; s < p->n_sets && often < least; s++) {
            const struct set with = set_with(p->sets[s], window, &p->odds);
            const double more = chance(&with) - chance(&p->sets[s]) + often;
            if (more < least) {
                least = more;
                best = with;
                best_set = s;
                p->offs[atom] = off;
            }
        }
    }
    p->sets[best_set] = best;
}

/* Short literals first: they have no choice. Sets beyond the first eight only if they are worth
 * their time. */
static double place_windows(struct plan *p, u32 n_sets)
{
    double all = 0;
    p->n_sets = n_sets;
    memset(p->sets, 0, sizeof p->sets);
    for (size_t length = ATOM_MIN; length <= 24; length++)
        for (size_t i = 0; i < p->n; i++)
            if (!p->by_runs[i] && MIN(p->texts[i].n, (size_t)24) == length)
                place_window(p, i);
    for (u32 s = 0; s < n_sets; s++)
        all += chance(&p->sets[s]);
    return all;
}

static void fill_tables(struct atoms *atoms, const struct set *sets)
{
    for (u32 s = 0; s < SETS; s++)
        for (u32 i = 0; i < WINDOW; i++)
            for (u32 half = 0; half < 16; half++) {
                atoms->low[s / 8][i][half] |= (u8)((sets[s].low[i] >> half & 1) << s % 8);
                atoms->high[s / 8][i][half] |= (u8)((sets[s].high[i] >> half & 1) << s % 8);
            }
}

/* ------------------------------------------------------------------ making */

static u32 gram_hash(u32 key)
{
    return key * 0x9E3779B1u >> (32 - GRAM_BITS);
}

/* The run that brings fewest new grams, and none that logs are full of if that can be. */
static void place_run(struct atoms *atoms, struct plan *p, size_t atom)
{
    const str text = p->texts[atom];
    u32 least = UINT32_MAX;
    for (u32 off = 0; off + RUN <= text.n; off++) {
        u32 cost = 0;
        for (u32 i = 0; i < STEP; i++) {
            const str gram = str_sub(text, off + i, off + i + WINDOW);
            cost += !atoms->grams[gram_hash(window_key(gram.p, WINDOW))];
            cost += is_common(p, gram) ? 10 : 0;
        }
        if (cost < least) {
            least = cost;
            p->offs[atom] = off;
        }
    }
    for (u32 i = 0; i < STEP; i++)
        atoms->grams[gram_hash(window_key(text.p + p->offs[atom] + i, WINDOW))] = 1;
    p->by_runs[atom] = atoms->has_grams = true;
}

static void add_entry(struct atoms *atoms, u32 *at, str text, u32 off, u32 key, u32 n)
{
    struct key_slot *const slot = find_slot(atoms, key, n);
    atoms->entries[*at] = (struct entry){.text = text, .off = off, .next = slot->first};
    *slot = (struct key_slot){.key = key, .n = (u8)n, .first = ++*at};
}

static void add_window(struct atoms *atoms, u32 *at, str text, u32 off)
{
    const u32 n = window_length(text), key = window_key(text.p + off, n);
    const u32 bit = key_hash(key, n) >> (32 - SEEN_BITS);
    add_entry(atoms, at, text, off, key, n);
    atoms->shortest = MIN(atoms->shortest, n);
    atoms->seen[bit / 64] |= (u64)1 << bit % 64;
    atoms->has_windows = true;
}

static void make_table(struct atoms *atoms, const struct plan *p, struct arena *arena)
{
    u32 size = 16, at = 0;
    while (size < p->n * STEP * 2)
        size *= 2;
    atoms->mask = size - 1;
    atoms->slots = ARENA_ARRAY(arena, struct key_slot, size);
    atoms->entries = ARENA_ARRAY(arena, struct entry, p->n * STEP);
    for (u32 i = 0; i < p->n; i++) {
        const str text = arena_str(arena, p->texts[i]);
        if (!p->by_runs[i])
            add_window(atoms, &at, text, p->offs[i]);
        for (u32 k = 0; p->by_runs[i] && k < STEP; k++)
            add_entry(atoms, &at, text, p->offs[i] + k, window_key(text.p + p->offs[i] + k, WINDOW),
                      GRAM_TAG);
    }
}

/* False when the sets let too much through. */
static bool place_sets(struct atoms *atoms, struct plan *p)
{
    atoms->n_groups = 1;
    if (place_windows(p, 8) < ENOUGH)
        return true;
    atoms->n_groups = 2;
    return place_windows(p, SETS) < ENOUGH;
}

struct atoms *atoms_new(const str *texts, size_t n, struct arena *arena)
{
    struct atoms *const atoms = ARENA_NEW(arena, struct atoms);
    struct plan *const plan = mem_calloc(1, sizeof *plan);
    *plan = (struct plan){.texts = texts, .n = n, .odds = count_halves()};
    plan->offs = mem_calloc(n + 1, sizeof *plan->offs);
    plan->by_runs = mem_calloc(n + 1, sizeof *plan->by_runs);
    learn_common(plan);
    atoms->shortest = WINDOW;
    if (!place_sets(atoms, plan)) {
        for (size_t i = 0; i < n; i++)
            if (texts[i].n >= RUN)
                place_run(atoms, plan, i);
        (void)place_sets(atoms, plan);
    }
    fill_tables(atoms, plan->sets);
    make_table(atoms, plan, arena);
    mem_free(plan->offs);
    mem_free(plan->by_runs);
    mem_free(plan);
    return atoms;
}

/* ------------------------------------------------------------------ finding */

static bool holds(str text, size_t at, str atom)
{
    for (size_t i = 0; i < atom.n; i++)
        if (ascii_lower(text.p[at + i]) != atom.p[i])
            return false;
    return true;
}

/* A window of n bytes, or one with the same bit, begins at `at`. */
static __attribute__((noinline)) void compare(const struct atoms *atoms, str text, size_t at, u32 n,
                                              atom_places *places)
{
    const u32 key = window_key(text.p + at, n == GRAM_TAG ? WINDOW : n);
    const struct key_slot *const slot = find_slot(atoms, key, n);
    for (u32 i = slot->first; i; i = atoms->entries[i - 1].next) {
        const struct entry *const e = &atoms->entries[i - 1];
        if (e->off <= at && e->text.n <= text.n - (at - e->off) &&
            holds(text, at - e->off, e->text))
            *VEC_PUSH(places) = (u32)at;
    }
}

/* A window may begin at `at`. */
static inline void check(const struct atoms *atoms, str text, size_t at, atom_places *places)
{
    for (u32 n = atoms->shortest; n <= WINDOW && n <= text.n - at; n++) {
        const u32 bit = key_hash(window_key(text.p + at, n), n) >> (32 - SEEN_BITS);
        if (atoms->seen[bit / 64] >> bit % 64 & 1)
            compare(atoms, text, at, n, places);
    }
}

static inline u32 is_gram(const struct atoms *atoms, const char *p)
{
    return atoms->grams[gram_hash(window_key(p, WINDOW))];
}

static void find_grams(const struct atoms *atoms, str text, atom_places *places)
{
    size_t at = 0;
    for (; at + 4 * STEP <= text.n; at += 4 * STEP) {
        const char *const p = text.p + at;
        if (!(is_gram(atoms, p) | is_gram(atoms, p + STEP) | is_gram(atoms, p + 2 * STEP) |
              is_gram(atoms, p + 3 * STEP)))
            continue;
        for (size_t i = at; i < at + 4 * STEP; i += STEP)
            if (is_gram(atoms, text.p + i))
                compare(atoms, text, i, GRAM_TAG, places);
    }
    for (; at + WINDOW <= text.n; at += STEP)
        if (is_gram(atoms, text.p + at))
            compare(atoms, text, at, GRAM_TAG, places);
}

static void find_from(const struct atoms *atoms, str text, size_t from, atom_places *places)
{
    for (size_t at = from; at < text.n; at++)
        check(atoms, text, at, places);
}

#if HAS_AVX2
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

struct tables {
    __m256i low[WINDOW], high[WINDOW];
};

AVX2 static inline struct tables load_tables(const struct atoms *atoms, u32 group)
{
    struct tables out;
    for (u32 i = 0; i < WINDOW; i++) {
        out.low[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)atoms->low[group][i]));
        out.high[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)atoms->high[group][i]));
    }
    return out;
}

/* Of 32 places, the sets of which a window may have its i-th byte there. A shuffle gives 0 for
 * bytes beyond ASCII, which are in no window: right for the first two places, which every window
 * has. */
#define PLACE(t, i, v, h)                                                                          \
    _mm256_and_si256(                                                                              \
        _mm256_shuffle_epi8((t).low[i], (i) < ATOM_MIN ? (v) : _mm256_and_si256(v, half)),         \
        _mm256_shuffle_epi8((t).high[i], h))
#define LOAD(i)  _mm256_loadu_si256((const __m256i *)(const void *)(text.p + at + (i)))
#define UPPER(v) _mm256_and_si256(_mm256_srli_epi16(v, 4), half)
#define ALL(t)                                                                                     \
    _mm256_and_si256(_mm256_and_si256(PLACE(t, 0, v0, h0), PLACE(t, 1, v1, h1)),                   \
                     _mm256_and_si256(PLACE(t, 2, v2, h2), PLACE(t, 3, v3, h3)))

AVX2 static inline __attribute__((always_inline)) size_t filter(const struct atoms *atoms, str text,
                                                                bool both, atom_places *places)
{
    const struct tables a = load_tables(atoms, 0), b = load_tables(atoms, 1);
    const __m256i half = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
    size_t at = 0;
    for (; at + 32 + WINDOW - 1 <= text.n; at += 32) {
        const __m256i v0 = LOAD(0), v1 = LOAD(1), v2 = LOAD(2), v3 = LOAD(3);
        const __m256i h0 = UPPER(v0), h1 = UPPER(v1), h2 = UPPER(v2), h3 = UPPER(v3);
        __m256i pass = ALL(a);
        if (both)
            pass = _mm256_or_si256(pass, ALL(b));
        u32 bits = ~(u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(pass, zero));
        for (; bits; bits &= bits - 1)
            check(atoms, text, at + (u32)__builtin_ctz(bits), places);
    }
    return at;
}

AVX2 static void find_avx2(const struct atoms *atoms, str text, atom_places *places)
{
    const size_t at = atoms->n_groups == 2 ? filter(atoms, text, true, places)
                                           : filter(atoms, text, false, places);
    find_from(atoms, text, at, places);
}
#endif

static int compare_places(const void *a, const void *b)
{
    const u32 *const x = a, *const y = b;
    return (*x > *y) - (*x < *y);
}

static void find(const struct atoms *atoms, str text, bool wide, atom_places *places)
{
    const size_t first = places->n;
    if (atoms->has_grams)
        find_grams(atoms, text, places);
    const size_t second = places->n;
#if HAS_AVX2
    if (wide && atoms->has_windows)
        find_avx2(atoms, text, places);
#endif
    if (!wide && atoms->has_windows)
        find_from(atoms, text, 0, places);
    if (first < second && second < places->n)
        qsort(places->p + first, places->n - first, sizeof *places->p, compare_places);
}

void atoms_find_plain(const struct atoms *atoms, str text, atom_places *places)
{
    find(atoms, text, false, places);
}

void atoms_find(const struct atoms *atoms, str text, atom_places *places)
{
#if HAS_AVX2
    find(atoms, text, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"), places);
#else
    find(atoms, text, false, places);
#endif
}
