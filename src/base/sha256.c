#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* Every EVP call can say no; for SHA-256 that means a broken installation, and a wrong hash must
 * never be printed. */
static void must(int ok)
{
    if (ok == 1)
        return;
    fprintf(stderr, "leadline: libcrypto cannot compute SHA-256\n");
    abort();
}

void sha256_init(struct sha256 *hash)
{
    hash->ctx = EVP_MD_CTX_new();
    must(hash->ctx != NULL);
    must(EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL));
}

void sha256_add(struct sha256 *hash, str bytes)
{
    if (bytes.n)
        must(EVP_DigestUpdate(hash->ctx, bytes.p, bytes.n));
}

void sha256_final(struct sha256 *hash, u8 out[SHA256_SIZE])
{
    must(EVP_DigestFinal_ex(hash->ctx, out, NULL));
    sha256_release(hash);
}

void sha256_release(struct sha256 *hash)
{
    EVP_MD_CTX_free(hash->ctx);
    hash->ctx = NULL;
}

const char *sha256_text(const u8 digest[SHA256_SIZE], char out[SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SHA256_HEX - 1] = 0;
    return out;
}
