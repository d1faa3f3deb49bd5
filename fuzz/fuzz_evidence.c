/* Bytes as an archive: whatever comes out must be the sum of its pieces, and limits must hold. */
#include <stdlib.h>

#include "evidence/evidence.h"

struct sum {
    u64 size, total;
    u32 n_open;
};

static const struct evidence_limits limits = {
    .dir_depth = 4,
    .archive_depth = 2,
    .entries = 100,
    .expansion = 200,
    .expansion_after = 1 << 20,
    .archive_size = 8 << 20,
    .nested_size = 1 << 18,
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum status sum_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct sum *const sum = arg;
    must(head.n <= EVIDENCE_HEAD && info->depth <= limits.archive_depth);
    must(++sum->n_open <= limits.entries + 1);
    sum->size = 0;
    *cookie = sum;
    return OK;
}

static enum status sum_data(void *arg, void *cookie, str bytes)
{
    struct sum *const sum = cookie;
    must(bytes.n > 0);
    sum->size += bytes.n;
    sum->total += bytes.n;
    return OK;
}

static enum status sum_close(void *arg, void *cookie, const struct source_result *result)
{
    must(((struct sum *)cookie)->size == result->size);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum sum = {0};
    static const char *const passwords[] = {"infected"};
    const struct evidence_options options = {
        .passwords = passwords, .n_passwords = 1, .limits = &limits};
    const struct evidence_visitor visitor = {
        .open = sum_open, .data = sum_data, .close = sum_close, .arg = &sum};
    const str bytes = {(const char *)data, size};
    must(evidence_read_memory(bytes, S("f"), &options, &visitor) == OK);
    must(sum.total <= limits.archive_size || sum.total == size);
    return 0;
}
