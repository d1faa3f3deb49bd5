#include "rule/image.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/region.h"
#include "base/timex.h"
#include "rule/match/fast_rules.h"

#define SUFFIX ".rules"

static const char magic[8] = "LEADRUL1";

/* ------------------------------------------------------------------ the folder and the name */

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Made where it is missing, its parent too; -1: there is none that can be trusted. */
static int open_folder(void)
{
    char path[4096], parent[4096];
    const char *const given = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    struct stat st;
    int n = -1;
    if (given && given[0] == '/')
        n = snprintf(parent, sizeof parent, "%s", given);
    else if (home && home[0] == '/')
        n = snprintf(parent, sizeof parent, "%s/.cache", home);
    if (n < 0 || (size_t)n >= sizeof parent - sizeof "/leadline")
        return -1;
    snprintf(path, sizeof path, "%.4000s/leadline", parent);
    if (mkdir(path, 0700) != 0) {
        (void)mkdir(parent, 0700);
        (void)mkdir(path, 0700);
    }
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0 && (fstat(folder, &st) != 0 || !is_ours(&st))) {
        close(folder);
        return -1;
    }
    return folder;
}

/* Of the program, the source's options, and the files' stamps. False: the program does not know
 * itself. */
static bool image_key(const struct ruleset_source *source, const struct ruleset_sum *stamps,
                      char key[IMAGE_KEY])
{
    struct stat st;
    u8 digest[32];
    if (stat("/proc/self/exe", &st) != 0)
        return false;
    const u64 program[] = {(u64)st.st_dev,          (u64)st.st_ino,
                           (u64)st.st_size,         (u64)st.st_mtim.tv_sec,
                           (u64)st.st_mtim.tv_nsec, (u64)st.st_ctim.tv_sec,
                           (u64)st.st_ctim.tv_nsec, source->builtin,
                           source->logsources != 0, source->placeholders != 0,
                           source->n_paths};
    EVP_MD_CTX *const sha = EVP_MD_CTX_new();
    EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
    EVP_DigestUpdate(sha, LEADLINE_VERSION, sizeof LEADLINE_VERSION);
    EVP_DigestUpdate(sha, program, sizeof program);
    EVP_DigestUpdate(sha, stamps->sha256, sizeof stamps->sha256);
    EVP_DigestFinal_ex(sha, digest, NULL);
    EVP_MD_CTX_free(sha);
    for (int i = 0; i < 32; i++)
        snprintf(key + (size_t)2 * i, 3, "%02x", digest[i]);
    return true;
}

/* ------------------------------------------------------------------ reading */

static bool read_all(int fd, void *out, size_t n)
{
    char *p = out;
    while (n) {
        const ssize_t got = read(fd, p, MIN(n, (size_t)1 << 30));
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

struct hash128 image_sum(const struct image_head *head, const void *bytes)
{
    return hash_seeded(bytes, head->bytes, hash_bytes(head, offsetof(struct image_head, sum)));
}

/* Into the region, which is open and empty. NULL: it is not what it should be. */
static struct ruleset *read_image(int fd, const char *key)
{
    struct image_head head;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_ours(&st) ||
        !read_all(fd, &head, sizeof head))
        return NULL;
    if (memcmp(head.magic, magic, sizeof magic) != 0 ||
        memcmp(head.key, key, sizeof head.key) != 0 || head.bytes > REGION_SIZE ||
        (u64)st.st_size != sizeof head + head.bytes)
        return NULL;
    if (!read_all(fd, region_alloc(head.bytes), head.bytes))
        return NULL;
    const struct hash128 sum = image_sum(&head, (const void *)REGION_BASE);
    return sum.a == head.sum.a && sum.b == head.sum.b
               ? (struct ruleset *)(uintptr_t)head.set /* NOLINT: that is what an image is */
               : NULL;
}

static struct ruleset *load_image(int folder, const char *name, const char *key)
{
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct ruleset *const set = region_open() ? read_image(fd, key) : NULL;
    if (!set)
        region_close();
    close(fd);
    return set;
}

/* Whether the files still hold what the set was made of. */
static bool is_same_text(const struct ruleset_source *source, const struct ruleset *set)
{
    struct ruleset_sum texts;
    return ruleset_sum(source, RULESET_TEXTS, &texts, NULL) == OK &&
           memcmp(texts.sha256, set->sha256, sizeof texts.sha256) == 0;
}

/* ------------------------------------------------------------------ writing */

static bool write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        const ssize_t put = write(fd, p, MIN(n, (size_t)1 << 30));
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

struct kept {
    char name[80];
    i64 written;
};

static int newest_first(const void *a, const void *b)
{
    const struct kept *const x = a, *const y = b;
    return x->written == y->written ? strcmp(x->name, y->name) : x->written < y->written ? 1 : -1;
}

/* Images that are not among the newest go, and drafts of runs that were stopped. */
static void prune(int folder)
{
    VEC(struct kept) images = {0};
    const int fd = dup(folder);
    DIR *const dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat st;
    if (!dir)
        return;
    rewinddir(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct kept kept;
        if (!str_ends(str_from(entry->d_name), S(SUFFIX)) ||
            (size_t)snprintf(kept.name, sizeof kept.name, "%s", entry->d_name) >=
                sizeof kept.name ||
            fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        kept.written = (i64)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        *VEC_PUSH(&images) = kept;
    }
    closedir(dir);
    if (images.n)
        qsort(images.p, images.n, sizeof *images.p, newest_first);
    for (size_t i = IMAGES_KEPT; i < images.n; i++)
        (void)unlinkat(folder, images.p[i].name, 0);
    VEC_FREE(&images);
}

static void write_image(int folder, const char *name, const char *key, const struct ruleset *set)
{
    struct image_head head = {.bytes = region_used(), .set = (uintptr_t)set};
    char draft[96];
    size_t at;
    if (head.bytes == SIZE_MAX || region_stray(&at))
        return;
    memcpy(head.magic, magic, sizeof magic);
    memcpy(head.key, key, sizeof head.key);
    head.sum = image_sum(&head, (const void *)REGION_BASE);
    snprintf(draft, sizeof draft, "%d-%.70s", (int)getpid(), name);
    (void)unlinkat(folder, draft, 0);
    const int fd =
        openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    const bool ok =
        write_all(fd, &head, sizeof head) && write_all(fd, (const void *)REGION_BASE, head.bytes);
    if (close(fd) != 0 || !ok || renameat(folder, draft, folder, name) != 0)
        (void)unlinkat(folder, draft, 0);
    prune(folder);
}

/* ------------------------------------------------------------------ either */

/* In the region, compiled; written when it may be. */
static enum status make_image(const struct ruleset_source *source, const struct ruleset_sum *stamps,
                              int folder, const char *name, const char *key, struct ruleset **out,
                              struct err *err)
{
    struct ruleset_source in_region = *source;
    struct ruleset_sum now;
    in_region.in_region = region_open();
    TRY(ruleset_load(&in_region, out, err));
    if (!in_region.in_region)
        return OK;
    (*out)->fast = fast_compile(*out);
    if (ruleset_sum(source, RULESET_STAMPS, &now, NULL) == OK &&
        memcmp(now.sha256, stamps->sha256, sizeof now.sha256) == 0 &&
        now.newest < time_now() - IMAGE_SETTLED)
        write_image(folder, name, key, *out);
    return OK;
}

enum status image_load(const struct ruleset_source *source, enum image_use use,
                       struct ruleset **out, struct err *err)
{
    struct ruleset_sum stamps;
    char key[IMAGE_KEY] = {0}, name[80];
    if (use == IMAGE_NONE || source->n_paths == 0)
        return ruleset_load(source, out, err);
    TRY(ruleset_sum(source, RULESET_STAMPS, &stamps, err));
    const int folder =
        stamps.n_files >= IMAGE_LEAST_FILES && image_key(source, &stamps, key) ? open_folder() : -1;
    if (folder < 0)
        return ruleset_load(source, out, err);
    snprintf(name, sizeof name, "%s" SUFFIX, key);
    enum status status = OK;
    *out = load_image(folder, name, key);
    if (*out && use == IMAGE_VERIFY && !is_same_text(source, *out)) {
        region_close();
        *out = NULL;
    }
    if (!*out)
        status = make_image(source, &stamps, folder, name, key, out, err);
    close(folder);
    (void)region_seal();
    return status;
}
