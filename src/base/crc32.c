/* crc32.c: bytes by table, and on x86 long runs by carry-less multiplication, many times as fast: a
 * log is checked chunk by chunk while it is read, and the check must not cost more than the
 * reading.
 *
 * The fast way is the one of V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ Instruction" (Intel, 2009), for reflected bits: four registers of 128 bits are folded
 * forward 64 bytes at a time, then into one, then reduced to 32 bits (Barrett). The constants are
 * powers of x modulo the polynomial. */
#include "base/crc32.h"

#include "base/cur.h"

static const u32 crc_of_byte[256] = {
#include "base/crc32_table.h"
};

static u32 add_bytes(u32 state, const u8 *p, size_t n)
{
    for (; n; p++, n--)
        state = crc_of_byte[(state ^ *p) & 255] ^ state >> 8;
    return state;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define LEAST 64
#define CLMUL __attribute__((target("pclmul,sse4.1")))

CLMUL static inline __m128i load(const u8 *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* `acc` moved forward by the distance that `k` stands for, plus what is there. */
CLMUL static inline __m128i fold(__m128i acc, __m128i k, __m128i there)
{
    const __m128i low = _mm_clmulepi64_si128(acc, k, 0x00),
                  high = _mm_clmulepi64_si128(acc, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

CLMUL static u32 reduce(__m128i acc, __m128i by16)
{
    const __m128i low32 = _mm_set_epi32(0, -1, 0, -1);
    const __m128i x64 = _mm_set_epi64x(0, 0x163CD6124);
    const __m128i barrett = _mm_set_epi64x(0x1F7011641, 0x1DB710641);
    acc = _mm_xor_si128(_mm_srli_si128(acc, 8), _mm_clmulepi64_si128(acc, by16, 0x10));
    acc = _mm_xor_si128(_mm_srli_si128(acc, 4),
                        _mm_clmulepi64_si128(_mm_and_si128(acc, low32), x64, 0x00));
    __m128i q = _mm_clmulepi64_si128(_mm_and_si128(acc, low32), barrett, 0x10);
    q = _mm_clmulepi64_si128(_mm_and_si128(q, low32), barrett, 0x00);
    return (u32)_mm_extract_epi32(_mm_xor_si128(acc, q), 1);
}

/* n ≥ LEAST; what is left over (n % 16) is the caller's. */
CLMUL static u32 add_blocks(u32 state, const u8 *p, size_t n)
{
    const __m128i by64 = _mm_set_epi64x(0x1C6E41596, 0x154442BD4);
    const __m128i by16 = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
    __m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)state));
    __m128i b = load(p + 16), c = load(p + 32), d = load(p + 48);
    for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
        a = fold(a, by64, load(p));
        b = fold(b, by64, load(p + 16));
        c = fold(c, by64, load(p + 32));
        d = fold(d, by64, load(p + 48));
    }
    a = fold(fold(fold(a, by16, b), by16, c), by16, d);
    for (; n >= 16; p += 16, n -= 16)
        a = fold(a, by16, load(p));
    return reduce(a, by16);
}

static bool has_clmul(void)
{
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}
#else
#define LEAST SIZE_MAX
static u32 add_blocks(u32 state, const u8 *p, size_t n)
{
    return add_bytes(state, p, n - n % 16);
}
static bool has_clmul(void)
{
    return false;
}
#endif

u32 crc32_add(u32 crc, const void *data, size_t n)
{
    const u8 *p = data;
    u32 state = ~crc;
    if (n >= LEAST && has_clmul()) {
        state = add_blocks(state, p, n);
        p += n - n % 16;
        n %= 16;
    }
    return ~add_bytes(state, p, n);
}
