/* sha256.h: SHA-256 of bytes that come in pieces (OpenSSL behind it). Init allocates; final gives the digest and releases,
 * release alone gives up. It cannot fail: a library without SHA-256 ends the program, as being out of memory does. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

#define SHA256_SIZE 32
#define SHA256_HEX  (2 * SHA256_SIZE + 1)

struct sha256 {
    void *ctx; /* private to sha256.c */
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, str bytes);
void sha256_final(struct sha256 *hash, u8 out[SHA256_SIZE]);
void sha256_release(struct sha256 *hash); /* NULL context allowed */

/* Lower-case hex with NUL. Returns out. */
const char *sha256_text(const u8 digest[SHA256_SIZE], char out[SHA256_HEX]);

#endif
