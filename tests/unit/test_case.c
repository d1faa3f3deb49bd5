/* Cases: nothing under the case's name until it is whole; what is there stays unless it is replaced
 * on purpose. */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/case.h"

struct place {
    char root[64], path[96];
    struct err err;
};

static int set_up(void **state)
{
    struct place *const p = mem_calloc(1, sizeof *p);
    snprintf(p->root, sizeof p->root, "/tmp/leadline-case-XXXXXX");
    if (!mkdtemp(p->root))
        return -1;
    snprintf(p->path, sizeof p->path, "%s/case", p->root);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *const p = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", p->root);
    const int failed = system(command);
    mem_free(p);
    return failed;
}

static bool exists(const struct place *p, const char *suffix)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", p->path, suffix);
    return lstat(path, &st) == 0;
}

/* A whole case that holds `document`, begun with or without force. */
static enum status make_case(struct place *p, const char *document, bool force)
{
    static const struct case_finding findings[] = {{.id = {"F0001", 5},
                                                    .time = {"2021-03-03T06:00:00Z", 20},
                                                    .host = {"EX01", 4},
                                                    .rule = {"r", 1},
                                                    .level = {"high", 4},
                                                    .json = {"{}", 2}}};
    struct case_writer *w;
    enum status status = case_create(p->path, force, &w, &p->err);
    if (status != OK)
        return status;
    assert_int_equal(case_add_file(w, "assessment.json", str_from(document), &p->err), OK);
    assert_int_equal(case_add_database(w, str_from(document), findings, 1, &p->err), OK);
    return case_commit(w, &p->err);
}

static void expect_document(struct place *p, const char *expected)
{
    struct arena arena = {0};
    str text;
    assert_int_equal(case_read_document(p->path, &arena, &text, &p->err), OK);
    assert_str(text, expected);
    arena_release(&arena);
}

static void expect_unreadable(struct place *p, enum status expected)
{
    struct arena arena = {0};
    str text;
    assert_int_equal(case_read_document(p->path, &arena, &text, &p->err), expected);
    assert_true(p->err.msg[0] != 0);
    arena_release(&arena);
}

static void test_made(void **state)
{
    struct place *const p = *state;
    assert_int_equal(make_case(p, "{\"a\":1}", false), OK);
    assert_true(exists(p, "/assessment.json"));
    assert_false(exists(p, ".incomplete"));
    expect_document(p, "{\"a\":1}");
}

static void test_exists(void **state)
{
    struct place *const p = *state;
    struct case_writer *w = NULL;
    assert_int_equal(make_case(p, "{\"first\":1}", false), OK);
    assert_int_equal(case_create(p->path, false, &w, &p->err), ERR_EXISTS);
    assert_null(w);
    assert_non_null(strstr(p->err.msg, "--force"));
    expect_document(p, "{\"first\":1}");
}

static void test_replaced(void **state)
{
    struct place *const p = *state;
    assert_int_equal(make_case(p, "{\"first\":1}", false), OK);
    assert_int_equal(make_case(p, "{\"second\":2}", true), OK);
    expect_document(p, "{\"second\":2}");
    assert_false(exists(p, ".incomplete"));
}

/* Until it is committed nothing has the case's name, and what had it keeps it. */
static void test_aborted(void **state)
{
    struct place *const p = *state;
    struct case_writer *w;
    assert_int_equal(case_create(p->path, false, &w, &p->err), OK);
    assert_int_equal(case_add_file(w, "findings.jsonl", S("{}\n"), &p->err), OK);
    assert_false(exists(p, ""));
    case_abort(w);
    assert_false(exists(p, "") || exists(p, ".incomplete"));

    assert_int_equal(make_case(p, "{\"first\":1}", false), OK);
    assert_int_equal(case_create(p->path, true, &w, &p->err), OK);
    assert_int_equal(case_add_file(w, "assessment.json", S("{\"second\":2}"), &p->err), OK);
    case_abort(w);
    expect_document(p, "{\"first\":1}");
    assert_false(exists(p, ".incomplete"));
    case_abort(NULL);
}

static void test_same_file_twice(void **state)
{
    struct place *const p = *state;
    struct case_writer *w;
    assert_int_equal(case_create(p->path, false, &w, &p->err), OK);
    assert_int_equal(case_add_file(w, "assessment.json", S("1"), &p->err), OK);
    assert_int_not_equal(case_add_file(w, "assessment.json", S("2"), &p->err), OK);
    case_abort(w);
    assert_false(exists(p, ""));
}

/* A folder of that name that is no case is nobody's to replace silently: without force never, as a
 * file not even with it. */
static void test_in_the_way(void **state)
{
    struct place *const p = *state;
    struct case_writer *w = NULL;
    assert_int_equal(mkdir(p->path, 0777), 0);
    assert_int_equal(case_create(p->path, false, &w, &p->err), ERR_EXISTS);
    assert_int_equal(rmdir(p->path), 0);
    FILE *const f = fopen(p->path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(case_create(p->path, true, &w, &p->err), ERR_EXISTS);
    assert_true(exists(p, ""));
    assert_null(w);
}

static void test_bad_names(void **state)
{
    struct place *const p = *state;
    struct case_writer *w = NULL;
    char path[5000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_int_not_equal(case_create("", false, &w, &p->err), OK);
    assert_int_not_equal(case_create(path, false, &w, &p->err), OK);
    snprintf(path, sizeof path, "%s/none/case", p->root);
    assert_int_not_equal(case_create(path, false, &w, &p->err), OK);
    assert_null(w);
}

static void test_slash_at_the_end(void **state)
{
    struct place *const p = *state;
    struct case_writer *w;
    char path[128];
    snprintf(path, sizeof path, "%s//", p->path);
    assert_int_equal(case_create(path, false, &w, &p->err), OK);
    assert_int_equal(case_add_database(w, S("{}"), NULL, 0, &p->err), OK);
    assert_int_equal(case_commit(w, &p->err), OK);
    expect_document(p, "{}");
}

static void overwrite(const struct place *p, const char *name, long at, const char *bytes, size_t n,
                      bool cut)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", p->path, name);
    FILE *const f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    if (cut)
        assert_int_equal(truncate(path, at), 0);
}

static void test_no_case(void **state)
{
    struct place *const p = *state;
    expect_unreadable(p, ERR_NOT_FOUND);
    assert_int_equal(mkdir(p->path, 0777), 0);
    expect_unreadable(p, ERR_NOT_FOUND);
}

static void test_damaged(void **state)
{
    struct place *const p = *state;
    assert_int_equal(make_case(p, "{\"a\":1}", false), OK);
    overwrite(p, "case.db", 0, "no database at all", 18, false);
    expect_unreadable(p, ERR_DAMAGED);
    overwrite(p, "case.db", 100, "x", 1, true);
    expect_unreadable(p, ERR_DAMAGED);
    overwrite(p, "case.db", 0, "x", 1, true);
    expect_unreadable(p, ERR_DAMAGED);
}

int suite_case(void)
{
    const struct CMUnitTest tests[] = {
#define CASE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE_TEST(test_made),      CASE_TEST(test_exists),           CASE_TEST(test_replaced),
        CASE_TEST(test_aborted),   CASE_TEST(test_same_file_twice),  CASE_TEST(test_in_the_way),
        CASE_TEST(test_bad_names), CASE_TEST(test_slash_at_the_end), CASE_TEST(test_no_case),
        CASE_TEST(test_damaged),
    };
    return cmocka_run_group_tests_name("case", tests, NULL, NULL);
}
