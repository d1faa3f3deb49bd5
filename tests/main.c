/* main.c: runs every suite and ends with one line that any tool can count. With arguments, only the
 * suites named. cmocka prints each suite's own result; the totals come from its return values
 * (number of failed tests). */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const struct {
    const char *name;
    int (*run)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
};

const char *test_data_dir(void)
{
    const char *const dir = getenv("LEADLINE_DATA");
    return dir && *dir ? dir : NULL;
}

const char *test_path(const char *relative)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", TESTS_DIR, relative);
    return path;
}

str test_file(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    size_t n = 0, cap = 1 << 16;
    char *p = mem_alloc(cap);
    for (size_t got; (got = fread(p + n, 1, cap - n, f)) > 0;) {
        n += got;
        if (n == cap)
            p = mem_grow(p, cap *= 2, 1);
    }
    fclose(f);
    return (str){p, n};
}

void test_same_as(str have, const char *relative)
{
    const bool update = getenv("GOLDEN_UPDATE") != NULL;
    if (!update) {
        const str want = test_file(test_path(relative));
        const bool same = str_eq(have, want);
        mem_free((char *)want.p);
        if (same)
            return;
    }
    FILE *const f = fopen(update ? test_path(relative) : "golden.out", "w");
    if (f)
        fwrite(have.n ? have.p : "", 1, have.n, f);
    if (f)
        fclose(f);
    if (!update)
        fail_msg("%s differs; what came is in golden.out", relative);
}

/* Names that are no suite's are told, and none is run: a typing error must not look like a pass. */
static bool names_are_known(int argc, char **argv)
{
    bool all = true;
    for (int a = 1; a < argc; a++) {
        bool known = false;
        for (size_t i = 0; i < COUNT(suites); i++)
            known |= strcmp(argv[a], suites[i].name) == 0;
        if (!known)
            fprintf(stderr, "there is no unit suite '%s'; tests/suites.def lists them\n", argv[a]);
        all &= known;
    }
    return all;
}

int main(int argc, char **argv)
{
    int failed_suites = 0, run = 0;
    if (!names_are_known(argc, argv))
        return 2;
    for (size_t i = 0; i < COUNT(suites); i++) {
        bool wanted = argc < 2;
        for (int a = 1; a < argc; a++)
            wanted |= strcmp(argv[a], suites[i].name) == 0;
        if (!wanted)
            continue;
        run++;
        if (suites[i].run() != 0) {
            failed_suites++;
            fprintf(stderr, "suite %s FAILED\n", suites[i].name);
        }
    }
    printf("%d passed, %d failed\n", run - failed_suites, failed_suites);
    return failed_suites != 0 || run == 0;
}
