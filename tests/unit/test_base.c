#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/crc32.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/timex.h"
#include "base/utf.h"

static void test_numbers_in_text(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        i64 value;
    } rows[] = {
        {"0", true, 0},
        {"4688", true, 4688},
        {"0x3e7", true, 999},
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"", false, 0},
        {"0x", false, 0},
        {"12a", false, 0},
        {" 1", false, 0},
        {"1.5", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        i64 value = 77;
        assert_int_equal(str_i64(str_from(rows[i].text), &value), rows[i].ok);
        assert_true(value == (rows[i].ok ? rows[i].value : 77));
    }
}

static void test_find_and_cut(void **state)
{
    assert_int_equal(str_find(S("abcabc"), S("ca")), 2);
    assert_true(str_find(S("abc"), S("abcd")) == SIZE_MAX);
    assert_int_equal(str_ifind(S("FooBAR"), S("bar")), 3);
    assert_true(str_iends(S("x.ASPX"), S(".aspx")));
    assert_false(str_iends(S("aspx"), S(".aspx")));
    str rest = S("a,,b"), part;
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "");
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "b");
    assert_false(str_next(&rest, ',', &part));
}

static void test_cursor_is_sticky(void **state)
{
    static const u8 bytes[] = {1, 2, 3, 4, 5};
    struct cur c = cur_of(bytes, sizeof bytes);
    assert_int_equal(cur_u16(&c), 0x0201);
    assert_int_equal(cur_u32(&c), 0);
    assert_true(c.bad);
    assert_int_equal(cur_u8(&c), 0);
    assert_int_equal(c.at, 2);
}

static void test_time(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"2021-03-14T06:40:10.775Z", "2021-03-14T06:40:10.775Z"},
        {"2021-03-14 06:40:10", "2021-03-14T06:40:10Z"},
        {"2021-03-14T01:40:10.775-05:00", "2021-03-14T06:40:10.775Z"},
        {"2021-03-14T12:10:10.1234567+05:30", "2021-03-14T06:40:10.123456700Z"},
        {"2000-02-29", "2000-02-29T00:00:00Z"},
        {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"},
        {"2021-02-29", NULL},
        {"2021-03-14T25:00:00Z", NULL},
        {"2021-03-14T06:40:10Zx", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        i64 ns;
        char out[TIME_MAX];
        assert_int_equal(time_parse(str_from(rows[i].in), &ns), rows[i].out != NULL);
        if (rows[i].out)
            assert_string_equal(time_format(ns, out), rows[i].out);
    }
    static const struct {
        const char *in, *out;
    } american[] = {
        {"6/30/2021 10:03:57 AM", "2021-06-30T10:03:57Z"},
        {"06/03/2021 12:00:00 AM", "2021-06-03T00:00:00Z"},
        {"12/31/2021 12:59:59 PM", "2021-12-31T12:59:59Z"},
        {"30/6/2021 10:03:57 AM", NULL},
        {"6/30/2021 10:03:57", NULL},
        {"6.30.2021 10:03:57 AM", NULL},
        {"6/30/2021 13:03:57 PM", NULL},
        {"6/30/2021 10:03:57 AMx", NULL},
        {"6/30/21 10:03:57 AM", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(american); i++) {
        i64 at;
        char out[TIME_MAX];
        assert_int_equal(time_parse_us(str_from(american[i].in), &at), american[i].out != NULL);
        if (american[i].out)
            assert_string_equal(time_format(at, out), american[i].out);
    }
    struct arena arena = {0};
    i64 ns;
    assert_true(time_parse(S("2021-03-03T06:49:42.699Z"), &ns));
    assert_str(time_words(&arena, ns), "3 March 2021, 06:49:42 UTC");
    assert_true(time_parse(S("2021-12-31"), &ns));
    assert_str(time_words(&arena, ns), "31 December 2021");
    arena_release(&arena);
    assert_true(time_from_filetime(116444736000000000u) == 0);
    assert_true(time_from_filetime(0) == TIME_NONE);
    assert_true(time_from_filetime(UINT64_MAX) == TIME_NONE);
}

static void test_utf(void **state)
{
    struct arena arena = {0};
    assert_str(utf8_clean(&arena, S("a\xC3\xA9")), "a\xC3\xA9");
    assert_str(utf8_clean(&arena, S("a\xFFz")), "a\xEF\xBF\xBDz");
    assert_str(utf8_clean(&arena, S("\xC0\x80")), "\xEF\xBF\xBD\xEF\xBF\xBD"); /* overlong */
    assert_str(utf8_clean(&arena, S("\xED\xA0\x80")),
               "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* surrogate */
    static const u8 pair[] = {0x3D, 0xD8, 0x00, 0xDE, 'x', 0, 0x00, 0xD8};
    assert_str(utf16_text(&arena, pair, sizeof pair), "\xF0\x9F\x98\x80x\xEF\xBF\xBD");
    assert_int_equal(utf_fold('A'), 'a');
    assert_int_equal(utf_fold(0x212A), 'k');   /* Kelvin sign */
    assert_int_equal(utf_fold(0x1E9E), 0xDF);  /* capital sharp s */
    assert_int_equal(utf_fold(0x130), 0x130);  /* dotted I: full folding only */
    assert_int_equal(utf_fold(0x0391), 0x3B1); /* Alpha */
    assert_int_equal(utf_fold(0x100), 0x101);
    assert_int_equal(utf_fold(0x101), 0x101);
    arena_release(&arena);
}

static void test_intern_with_base(void **state)
{
    struct intern base, child;
    intern_init(&base, NULL);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(intern_add(&base, str_from(name)), i);
    }
    intern_init(&child, &base);
    assert_int_equal(intern_add(&child, S("n7")), 7);
    assert_int_equal(intern_add(&child, S("new")), 1000);
    assert_int_equal(intern_find(&child, S("new")), 1000);
    assert_true(intern_find(&base, S("new")) == INTERN_NONE);
    assert_str(intern_text(&child, 999), "n999");
    assert_str(intern_text(&child, 1000), "new");
    intern_release(&child);
    intern_release(&base);
}

static void test_buf_stops_at_its_maximum(void **state)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_add(&buf, S("12345"));
    buf_add(&buf, S("678901"));
    assert_true(buf.full);
    assert_str(buf_str(&buf), "12345");
    buf_add(&buf, S("x"));
    assert_str(buf_str(&buf), "12345");
    buf_release(&buf);
}

static void test_arena(void **state)
{
    struct arena arena = {0};
    for (size_t n = 0; n < 300000; n += 9973) {
        char *const p = arena_alloc(&arena, n, 8);
        assert_true(((uintptr_t)p & 7) == 0);
        memset(p, 0x5A, n);
    }
    arena_reset(&arena);
    assert_str(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    arena_release(&arena);
}

static void test_crc32_by_blocks_equals_bytes(void **state)
{
    u8 data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (u8)(i * 7 + i / 13);
    assert_int_equal(crc32_add(0, "123456789", 9), 0xCBF43926);
    for (size_t from = 0; from < 20; from++)
        for (size_t n = 0; n < sizeof data - from; n++) {
            u32 slow = 0;
            for (size_t i = 0; i < n; i++)
                slow = crc32_add(slow, data + from + i, 1);
            assert_int_equal(crc32_add(0, data + from, n), slow);
        }
}

static void test_order(void **state)
{
    i64 times[] = {3, INT64_MIN, -1, INT64_MAX, 0};
    u32 ids[] = {2, UINT32_MAX, 0, 1};
    qsort(times, COUNT(times), sizeof *times, order_i64);
    qsort(ids, COUNT(ids), sizeof *ids, order_u32);
    for (size_t i = 1; i < COUNT(times); i++)
        assert_true(times[i - 1] < times[i]);
    for (size_t i = 1; i < COUNT(ids); i++)
        assert_true(ids[i - 1] < ids[i]);
}

int suite_base(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32_by_blocks_equals_bytes),
        cmocka_unit_test(test_numbers_in_text),
        cmocka_unit_test(test_find_and_cut),
        cmocka_unit_test(test_cursor_is_sticky),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_utf),
        cmocka_unit_test(test_intern_with_base),
        cmocka_unit_test(test_buf_stops_at_its_maximum),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
