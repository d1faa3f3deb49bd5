#include "check.h"

#include <pthread.h>
#include <stdio.h>

#include "agree.h"
#include "base/mem.h"
#include "base/utf.h"
#include "rule/match/fast_cache.h"
#include "rule/match/fast_literal.h"
#include "rule/match/fast_number.h"
#include "rule/match/fast_pattern.h"
#include "rule/match/fast_regex.h"
#include "rule/match/fast_skip.h"
#include "event_make.h"
#include "rule_rows.h"

/* ------------------------------------------------------------------ rows */

static void test_rows(void **state)
{
    assert_true(rule_rows_run("rules/matching.txt", &matcher_fast) >= 150);
}

static void test_exchange_rows(void **state)
{
    assert_true(rule_rows_run("rules/exchange.txt", &matcher_fast) >= 16);
}

/* ------------------------------------------------------------------ pieces */

static void test_folding_agrees_with_the_table(void **state)
{
    struct arena arena = {0};
    const struct fast_fold *const fold = fast_fold_new(&arena);
    for (u32 code = 0; code < 0x110000; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue;
        char in[4], want[4];
        const size_t n = utf8_put(code, in), n_want = utf8_put(utf_fold(code), want);
        const str have = fast_fold_text(fold, (str){in, n}, &arena);
        assert_int_equal(have.n, n_want);
        assert_memory_equal(have.p, want, n_want);
        if (code % 4096 == 0 && code)
            assert_true(arena.used > 0);
    }
    assert_str(fast_fold_text(fold, S("ABCDEFGHIJ \xC3\x89x\xE2\x84\xAAY\xC8\xBA"), &arena),
               "abcdefghij \xC3\xA9xky\xE2\xB1\xA5");
    arena_release(&arena);
}

static struct fast_pattern make(const char *text, bool contains, bool windash,
                                const struct fast_fold *fold, struct arena *arena)
{
    struct fast_tokens tokens = fast_tokens_read(str_from(text), arena);
    if (windash)
        fast_tokens_windash(&tokens);
    if (contains)
        fast_tokens_contains(&tokens, arena);
    return fast_pattern_make(&tokens, fold, arena);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern;
        bool contains, windash;
        enum fast_shape shape;
        const char *yes, *no;
    } rows[] = {
        {"Abc", false, false, SHAPE_EQUAL, "aBC", "abcd"},
        {"", false, false, SHAPE_EQUAL, "", "x"},
        {"*\\cmd.exe", false, false, SHAPE_SUFFIX, "C:\\CMD.exe", "C:\\cmd.exe "},
        {"c:\\\\*", false, false, SHAPE_PREFIX, "C:\\x", "C:"},
        {"**a**", false, false, SHAPE_CONTAINS, "bab", "b"},
        {"*", true, false, SHAPE_ANY, "", NULL},
        {"a*b*c", false, false, SHAPE_GENERAL, "axbxbxc", "axcb"},
        {"a*a", false, false, SHAPE_GENERAL, "aa", "a"},
        {"?", false, false, SHAPE_GENERAL, "\xF0\x9F\x98\x80", "ab"},
        {"a?c", true, false, SHAPE_GENERAL, "xxaac\xC3\xA9", "ac"},
        {"*?x", false, false, SHAPE_GENERAL, "xx", "x"},
        {"-a", true, true, SHAPE_GENERAL,
         "x \xE2\x80\x94"
         "A",
         "x _a"},
        {"*ab*ab", false, false, SHAPE_GENERAL, "abab", "aab"},
    };
    struct arena arena = {0};
    const struct fast_fold *const fold = fast_fold_new(&arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fast_pattern p =
            make(rows[i].pattern, rows[i].contains, rows[i].windash, fold, &arena);
        assert_int_equal(p.shape, rows[i].shape);
        for (int side = 0; side < 2; side++) {
            const str text = str_from(side ? rows[i].no : rows[i].yes);
            const struct fast_text both = {text, fast_fold_text(fold, text, &arena)};
            if (text.p && fast_pattern_match(&p, &both) != !side)
                fail_msg("pattern \"%s\" and \"%.*s\"", rows[i].pattern, STR_ARG(text));
        }
    }
    arena_release(&arena);
}

/* Every literal over a two-letter alphabet up to six bytes, found in random texts, against memmem.
 */
static void test_literals_against_search(void **state)
{
    VEC(struct fast_literal) literals = {0};
    struct arena arena = {0};
    struct fast_found found;
    u64 dice = 1;
    for (u32 n = 1; n <= 6; n++)
        for (u32 bits = 0; bits < 1u << n; bits += 1 + n / 4) {
            char text[8];
            for (u32 i = 0; i < n; i++)
                text[i] = bits >> i & 1 ? 'b' : 'a';
            const u32 id = (u32)literals.n;
            *VEC_PUSH(&literals) = (struct fast_literal){arena_str(&arena, (str){text, n}), id};
        }
    const u32 n = (u32)literals.n;
    const struct fast_needles *const needles = fast_needles_new(literals.p, n, &arena);
    const struct fast_affixes *const ends[] = {fast_affixes_new(literals.p, n, END_BOTH, &arena),
                                               fast_affixes_new(literals.p, n, END_START, &arena),
                                               fast_affixes_new(literals.p, n, END_STOP, &arena)};
    fast_found_init(&found, n);
    for (u32 turn = 0; turn < 400; turn++) {
        char text[16];
        const size_t len = turn % sizeof text;
        for (size_t i = 0; i < len; i++) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            text[i] = "abc"[(dice >> 60) % 3];
        }
        const str s = {text, len};
        for (int kind = 0; kind < 4; kind++) {
            fast_found_start(&found);
            if (kind == 3)
                fast_needles_find(needles, s, &found);
            else
                fast_affixes_find(ends[kind], s, &found);
            for (u32 i = 0; i < n; i++) {
                const str l = literals.p[i].text;
                const bool want = kind == 3   ? str_find(s, l) != SIZE_MAX
                                  : kind == 2 ? str_ends(s, l)
                                  : kind == 1 ? str_starts(s, l)
                                              : str_eq(s, l);
                if (fast_found_has(&found, i) != want)
                    fail_msg("kind %d, literal \"%.*s\" in \"%.*s\"", kind, STR_ARG(l), STR_ARG(s));
            }
        }
    }
    fast_found_release(&found);
    VEC_FREE(&literals);
    arena_release(&arena);
}

/* Random texts over few letters, some of them foreign ones that fold to ASCII, in both encodings:
 * what is there is never passed over, and what is not is seldom asked for. */
static void test_skipping_misses_nothing(void **state)
{
    static const struct fast_skip_literal literals[] = {
        {STR_INIT("kask:s"), false}, {STR_INIT("sask"), false},  {STR_INIT(" a:k "), false},
        {STR_INIT("kkka::"), false}, {STR_INIT("as: k "), true},
    };
    static const u16 letters[] = {'a', 'k', 's', 'A',   'K',    'S', ':',
                                  ':', ' ', 'x', 0x17F, 0x212A, 0xE9};
    struct arena arena = {0};
    const struct fast_fold *const fold = fast_fold_new(&arena);
    const struct fast_skip *const skip = fast_skip_new(literals, COUNT(literals), &arena);
    struct arena scratch = {0};
    u64 dice = 1;
    u32 n_there = 0, n_perhaps = 0;
    assert_non_null(skip);
    for (u32 round = 0; round < 200000; round++) {
        char wide[64], text[100] = " ";
        const u32 n = (u32)(dice >> 60) + 1, n_letters = round % 4 ? 9 : (u32)COUNT(letters);
        size_t len = 1;
        for (u32 i = 0; i < n; i++) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            const u16 c = letters[(dice >> 33) % n_letters];
            wide[2 * i] = (char)c;
            wide[2 * i + 1] = (char)(c >> 8);
            len += utf8_put(c, text + len);
        }
        text[len] = ' ';
        const str folded = fast_fold_text(fold, (str){text, len + 1}, &scratch);
        bool there = false;
        for (size_t i = 0; i < COUNT(literals); i++)
            there |= literals[i].at_end ? str_ends(folded, literals[i].text)
                                        : str_find(folded, literals[i].text) != SIZE_MAX;
        const struct value values[] = {{.type = VALUE_UTF16, .n = 2 * n, .p = wide},
                                       value_utf8((str){text + 1, len - 1})};
        const bool ascii = len == n + 1;
        for (size_t i = 0; i < COUNT(values); i++) {
            const bool perhaps = fast_skip_may(skip, values[i]);
            assert_true(perhaps || !there);
            n_perhaps += ascii && perhaps;
            n_there += there;
        }
        arena_reset(&scratch);
    }
    assert_true(n_there > 1000 && n_perhaps <= n_there);
    for (u32 code = 0x80; code < 0x110000; code++)
        if (utf_fold(code) < 0x80)
            assert_true(code == 0x17F || code == 0x212A);
    assert_null(fast_skip_new(&(struct fast_skip_literal){S("abc"), false}, 1, &arena));
    assert_null(fast_skip_new(&(struct fast_skip_literal){S("caf\xC3\xA9"), false}, 1, &arena));
    arena_release(&scratch);
    arena_release(&arena);
}

static void test_gates(void **state)
{
    static const struct {
        const char *regex, *gate; /* pieces joined by '|'; NULL: none */
    } rows[] = {
        {"abc", "abc"},
        {"(?i)ABC", "abc"},
        {"a.bcd", "bcd"},
        {"ab?cde", "cde"},
        {"abc+d", "abc"},
        {"(foo|bar)", "foo|bar"},
        {"(foo|b*)", NULL},
        {"(foo|bar)?longer", "longer"},
        {"[abc]{3}xyz", "xyz"},
        {"foo{0,3}", "fo"},
        {"a|b", "a|b"},
        {"(?=foo)b", "b"},
        {"(?!foo)bar", "bar"},
        {"(?<=x)yz", "yz"},
        {"\\Qab\\E", NULL},
        {"\\x41bcd", NULL},
        {"(?x)a b", NULL},
        {"\\\\cmd\\.exe$", "\\cmd.exe"},
        {"(?<n>abc)", NULL},
        {"\\d+\\s*", NULL},
        {"", NULL},
        {"(ab(cd|ef)ghi)", "ghi"},
        {"a{,3}", NULL},
        {"(*UTF)abc", NULL},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const str *gate;
        u32 n;
        str have = S("");
        const bool got = fast_regex_gate(str_from(rows[i].regex), 0, &arena, &gate, &n);
        for (u32 k = 0; got && k < n; k++)
            have =
                arena_printf(&arena, "%.*s%s%.*s", STR_ARG(have), k ? "|" : "", STR_ARG(gate[k]));
        if (got != (rows[i].gate != NULL) || (got && !str_eq(have, str_from(rows[i].gate))))
            fail_msg("gate of \"%s\": \"%.*s\"", rows[i].regex, STR_ARG(have));
    }
    arena_release(&arena);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *a, *b;
        int order; /* 9: a is no number */
    } rows[] = {
        {"4688", "0x1250", 0},
        {"007", "7", 0},
        {"-0", "0", 0},
        {"1.50", "1.5", 0},
        {"-1.5", "-1.25", -1},
        {"10", "9", 1},
        {"0.10", "0.09", 1},
        {"18446744073709551615", "1", 1},
        {"18446744073709551616", "1", 9},
        {"1.", "1", 9},
        {".5", "1", 9},
        {"0x", "1", 9},
        {"1e5", "1", 9},
        {"", "1", 9},
        {"-", "1", 9},
        {" 1", "1", 9},
        {"92233720368547758071.50", "1", 9},
        {"0x1.5", "1", 9},
        {"1.00000000000000000000000000000000000000000000000001", "1", 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fast_number a, b;
        const bool number = fast_number_read(str_from(rows[i].a), &a);
        assert_true(fast_number_read(str_from(rows[i].b), &b));
        assert_int_equal(number, rows[i].order != 9);
        if (!number)
            continue;
        const int order = fast_number_cmp(&a, &b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal(fast_number_cmp(&b, &a) > 0, rows[i].order < 0);
    }
}

static void test_table_is_bounded(void **state)
{
    struct fast_table table;
    struct fast_lists lists;
    const struct fast_seed seed = fast_seed_new();
    fast_table_init(&table, 4096 * 2);
    fast_lists_init(&lists);
    for (u32 i = 0; i < 100000; i++) {
        u32 ids[] = {i % 1000 + 1, i % 7};
        const u32 list = fast_lists_add(&lists, ids, 2);
        const struct fast_key key = fast_key_of(seed, &i, sizeof i);
        assert_int_equal(fast_table_find(&table, key, i % 3), FAST_TABLE_FREE);
        fast_table_add(&table, key, i % 3, list);
        assert_int_equal(fast_table_find(&table, key, i % 3), list);
        assert_int_equal(fast_table_find(&table, key, i % 3 + 1), FAST_TABLE_FREE);
        assert_int_equal(lists.lists[list].n, 2);
        assert_int_equal(lists.lists[list].ids[0], MIN(i % 1000 + 1, i % 7));
    }
    assert_true(table.size <= 4096 * 2);
    assert_int_equal(lists.n, 1 + 7000 - 15); /* the empty one; {1, 2} and {2, 1} are one list */
    fast_table_release(&table);
    fast_lists_release(&lists);
}

/* ------------------------------------------------------------------ threads */

static const char shared_rule[] =
    "title: t\nid: 1\nlogsource: {product: windows}\ndetection:\n"
    "  s: {F|re: 'a.c', G|contains|windash: ' -x'}\n  k: ['one two']\n  condition: s or k\n";

struct worker {
    const struct ruleset *set;
    const void *compiled;
    u32 hits;
};

/* One worker: its own schema and matcher, the compiled rules shared. */
static void *run_worker(void *arg)
{
    static const char *const texts[] = {"evtx Security/P#1 F='xabc' G='y /x'",
                                        "evtx Security/P#1 F='one' G='two'",
                                        "evtx Security/P#2 F='ac' H=['a', 7]"};
    struct worker *const w = arg;
    struct schema schema;
    struct arena arena = {0};
    u32 out[1];
    schema_init(&schema, &w->set->fields);
    void *const matcher = matcher_fast.open(w->compiled, &schema, 1);
    for (u32 i = 0; i < 300; i++) {
        const struct event event = event_make(&schema, &arena, texts[i % COUNT(texts)]);
        w->hits += matcher_fast.match(matcher, &event, out);
    }
    matcher_fast.close(matcher);
    schema_release(&schema);
    arena_release(&arena);
    return NULL;
}

static void test_workers_share_the_compiled_rules(void **state)
{
    const struct ruleset_text text = {S("r.yml"), str_from(shared_rule)};
    struct ruleset *set;
    struct err err;
    assert_int_equal(ruleset_load_texts(&text, 1, &set, &err), OK);
    const void *const compiled = matcher_fast.compile(set);
    struct worker workers[3] = {{set, compiled, 0}, {set, compiled, 0}, {set, compiled, 0}};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_worker, &workers[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].hits, 200);
    }
    matcher_fast.free(compiled);
    ruleset_free(set);
}

/* ------------------------------------------------------------------ against the plain matcher */

static void test_agrees_by_dice(void **state)
{
    struct agree_totals totals = {0};
    assert_true(agree_random(1, 60, &totals));
    assert_true(totals.events == 3600 && totals.hits > 5000);
    assert_true(totals.rejected < totals.rules / 2);
}

static void test_agrees_on_evidence(void **state)
{
    const char *const data = test_data_dir();
    char rules[4096], evidence[4096];
    if (!data)
        skip();
    snprintf(rules, sizeof rules, "%s/sigmahq-rules-8eaafff1f.tar.zst", data);
    snprintf(evidence, sizeof evidence, "%s/otrf-proxylogon-2021-03-14.zip", data);
    struct ruleset *const set = agree_load_rules(rules, false);
    struct agree agree;
    agree_init(&agree, set);
    agree_evidence(&agree, evidence, 50);
    snprintf(evidence, sizeof evidence, "%s/evtx-attack-samples.tar.zst", data);
    agree_evidence(&agree, evidence, 50);
    assert_true(agree_holds(&agree));
    assert_true(agree.events[1] > 300 && agree.hits > 10);
    agree_release(&agree);
    ruleset_free(set);
}

int suite_fast(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_exchange_rows),
        cmocka_unit_test(test_folding_agrees_with_the_table),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_literals_against_search),
        cmocka_unit_test(test_skipping_misses_nothing),
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_table_is_bounded),
        cmocka_unit_test(test_workers_share_the_compiled_rules),
        cmocka_unit_test(test_agrees_by_dice),
        cmocka_unit_test(test_agrees_on_evidence),
    };
    return cmocka_run_group_tests_name("fast", tests, NULL, NULL);
}
