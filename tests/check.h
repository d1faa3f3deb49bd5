/* check.h: what every test file includes. A test file tests/unit/test_<file>.c ends in `int suite_<file>(void)`, which runs
 * its group, and is one line in suites.def. Assertions are cmocka's; assert_str compares a str with a literal. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        const str actual_ = (actual);                                                              \
        const str expected_ = str_from(expected);                                                  \
        if (!str_eq(actual_, expected_))                                                           \
            fail_msg("%s: got \"%.*s\", expected \"%s\"", #actual, STR_ARG(actual_), expected);    \
    } while (0)

/* The folder of outside data (LEADLINE_DATA), or NULL: then the test calls skip(). */
const char *test_data_dir(void);
/* A path below the repository's tests folder, in a static buffer. */
const char *test_path(const char *relative);
/* A whole file as a str owned by the caller (mem_free the pointer); fails the test when it cannot be read. */
str test_file(const char *path);
/* Fails unless the file below tests/ holds just that; with GOLDEN_UPDATE=1 it is written instead, and git diff is the review. */
void test_same_as(str have, const char *relative);

/* Every suite, so that a file's own definition has a prototype. */
#define SUITE(name) int suite_##name(void);
#include "suites.def"
#undef SUITE

#endif
