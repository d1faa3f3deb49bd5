/* Tapes and sorters, in memory, over the edge of it, and where the file can take no more. */
#include "check.h"

#include <stdlib.h>

#include "assess/hitlog.h"
#include "assess/overflow.h"
#include "base/limits.h"
#include "base/intern.h"
#include "base/spill.h"

static void test_tapes_share_memory(void **state)
{
    struct spill spill;
    struct tape tapes[3];
    spill_init(&spill, NULL, 2 * SPILL_CHUNK, UINT64_MAX);
    for (size_t i = 0; i < 3; i++)
        tape_init(&tapes[i], &spill);
    for (u64 n = 0; n < 30000; n++)
        for (size_t i = 0; i < 3; i++) {
            const u64 record[] = {n, i, n * 7 + i};
            assert_true(tape_add(&tapes[i], record, sizeof record));
        }
    assert_true(spill.fd >= 0 && spill.held <= 2 * SPILL_CHUNK);
    for (size_t i = 0; i < 3; i++) {
        struct tape_reader reader;
        u64 record[3], n = 0;
        tape_reader_init(&reader, &tapes[i], 0);
        for (; tape_next(&reader, record, sizeof record); n++)
            assert_true(record[0] == n && record[1] == i && record[2] == n * 7 + i);
        assert_int_equal(n, 30000);
        tape_reader_release(&reader);
        tape_read(&tapes[i], 12345 * sizeof record, record, sizeof record);
        assert_int_equal(record[0], 12345);
    }
    const u64 size = spill.size;
    tape_release(&tapes[0]);
    tape_init(&tapes[0], &spill);
    for (u64 n = 0; n < 10000; n++)
        assert_true(tape_add(&tapes[0], &n, sizeof n));
    assert_int_equal(spill.size, size); /* what was given up is used again */
    for (size_t i = 0; i < 3; i++)
        tape_release(&tapes[i]);
    spill_release(&spill);
}

static void test_full_file(void **state)
{
    struct spill spill;
    struct tape tape;
    u64 n = 0, back;
    spill_init(&spill, NULL, SPILL_CHUNK, 3 * SPILL_CHUNK);
    tape_init(&tape, &spill);
    while (tape_add(&tape, &n, sizeof n))
        n++;
    assert_true(spill.full);
    assert_true(n * sizeof n >= 4 * SPILL_CHUNK);
    for (u64 i = 0; i < n; i++) { /* all that was taken is there */
        tape_read(&tape, i * sizeof i, &back, sizeof back);
        assert_int_equal(back, i);
    }
    tape_release(&tape);
    spill_release(&spill);
}

static int by_number(const void *a, const void *b)
{
    const u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

static void test_sorter(void **state)
{
    static const u64 counts[] = {0, 1, 1000, 600000, 1500000}; /* a run has 524,288 */
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct spill spill;
        struct sorter sorter;
        struct tape out;
        struct tape_reader reader;
        u64 seed = 1, sum = 0, last = 0, n = 0, number;
        spill_init(&spill, NULL, 1 << 20, UINT64_MAX);
        sorter_init(&sorter, &spill, sizeof number, by_number);
        for (u64 k = 0; k < counts[i]; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            number = seed >> 20;
            sum += number;
            assert_true(sorter_add(&sorter, &number));
        }
        assert_true(sorter_finish(&sorter, &out));
        tape_reader_init(&reader, &out, 0);
        for (; tape_next(&reader, &number, sizeof number); n++) {
            assert_true(number >= last);
            last = number;
            sum -= number;
        }
        assert_true(n == counts[i] && sum == 0);
        tape_reader_release(&reader);
        tape_release(&out);
        spill_release(&spill);
    }
}

/* What is written of a hit is read again, wherever it stands; a long value keeps its difference. */
static void test_log_of_hits(void **state)
{
    static const char rules[] =
        "title: a\nid: a\nlogsource: {product: windows}\n"
        "detection: {sel: {F: a}, condition: sel}\n---\n"
        "title: c\ncorrelation: {type: event_count, rules: a, group-by: [U, V], "
        "timespan: 1m, condition: {gte: 2}}\n";
    const struct ruleset_text file = {S("t.yml"), {rules, sizeof rules - 1}};
    struct ruleset *set;
    struct hitlog log;
    struct hitlog_reader reader;
    struct hitnote note;
    struct err err = {0};
    char text[3000];
    u64 id, ids[2] = {0}, n = 0;
    memset(text, 'x', sizeof text);
    assert_int_equal(ruleset_load_texts(&file, 1, &set, &err), OK);
    hitlog_init(&log, set);
    log.spill.memory = SPILL_CHUNK;
    log.most = 20000;
    assert_true(hitlog_wants(&log, 0) && !hitlog_wants(&log, 1));
    for (u64 i = 0; i < 20005; i++) {
        text[2999] = (char)('0' + i % 10);
        struct corr_value values[] = {{{text, i % 3000 + 1}, false}, {STR_NONE, false}};
        const struct hitnote one = {
            .recorded = (i64)i, .host = S("h"), .values = values, .n_values = 2};
        hitlog_add(&log, &one);
    }
    assert_true(log.seen[0] == 20005 && log.kept[0] == 20000 && log.spill.fd >= 0);
    hitlog_reader_init(&reader, &log);
    hitlog_start(&reader, 0);
    for (; hitlog_next(&reader, &note, &id); n++) {
        assert_int_equal(note.recorded, n);
        assert_str(note.host, "h");
        assert_int_equal(note.values[0].text.n, MIN(n % 3000 + 1, (u64)HITNOTE_MAX));
        assert_null(note.values[1].text.p);
        if (n == 2999 || n == 5999)
            ids[n > 3000] = hash_bytes(note.values[0].text.p, note.values[0].text.n);
        if (n == 15000)
            assert_true(hitlog_find(&reader, 0, id, &note) && note.recorded == 15000);
    }
    assert_int_equal(n, 20000);
    assert_true(ids[0] == ids[1]);
    hitlog_reader_release(&reader);
    hitlog_release(&log);
    ruleset_free(set);
}

/* Hits beyond those in memory come back whole and in order, also when the file could not take all:
 * then what is counted as kept is what comes. */
static void overflow_case(u64 most, bool brief)
{
    static const char rules[] = "title: b\nid: b\nlogsource: {product: windows}\n"
                                "detection: {sel: {F: a}, condition: sel}\n---\n"
                                "title: a\nid: a\nlogsource: {product: windows}\n"
                                "detection: {sel: {F: a}, condition: sel}\n";
    const struct ruleset_text file = {S("t.yml"), {rules, sizeof rules - 1}};
    enum { EVENTS = 30000 };
    struct ruleset *set;
    struct overflow_reader reader;
    struct scan_hit hit;
    struct err err = {0};
    u64 n = 0, last = 0;
    assert_int_equal(ruleset_load_texts(&file, 1, &set, &err), OK);
    struct overflow *const overflow = overflow_new(set);
    overflow->spill.memory = SPILL_CHUNK;
    overflow->spill.max = most;
    overflow->brief = brief;
    for (u64 i = 0; i < EVENTS; i++) {
        const u64 place = i * 7919 % EVENTS; /* in no order */
        struct match_reason reason = {S("F"), S("a"), S("F: a")};
        struct scan_field field = {S("F"), S("a")};
        const struct scan_event event = {.time = (i64)(place / 3),
                                         .source = (u32)(place % 3),
                                         .off = place,
                                         .host_text = S("h"),
                                         .kind = S("k"),
                                         .channel = S("c"),
                                         .provider = S("p"),
                                         .raw = S("raw"),
                                         .fields = &field,
                                         .n_fields = 1};
        const struct scan_hit hits[] = {{set->rules[0], NULL, &reason, 1},
                                        {set->rules[1], NULL, &reason, 1}};
        overflow_add(overflow, &event, hits, 2);
    }
    overflow_sort(overflow);
    overflow_reader_init(&reader, overflow);
    for (; overflow_next(&reader, &hit); n++) {
        const struct scan_event *const e = hit.event;
        const u64 key = e->off * 2 + (hit.rule == set->rules[0]); /* the rule "a" first */
        assert_true(n == 0 || key > last);
        last = key;
        assert_true(e->time == (i64)(e->off / 3) && e->source == e->off % 3);
        assert_str(e->host_text, "h");
        assert_str(e->provider, "p");
        assert_str(e->raw, brief ? "" : "raw");
        assert_int_equal(e->n_fields, !brief);
        if (!brief)
            assert_str(e->fields[0].text, "a");
        assert_int_equal(hit.n_reasons, 1);
        assert_str(hit.reasons[0].test, "F: a");
    }
    assert_int_equal(n, overflow->kept[0] + overflow->kept[1]);
    assert_true(most == LIMIT_SPILL ? n == 2 * EVENTS : n < 2 * EVENTS);
    overflow_reader_release(&reader);
    overflow_free(overflow);
    ruleset_free(set);
}

static void test_overflow(void **state)
{
    static const u64 most[] = {LIMIT_SPILL, 8 * MIB, MIB, 0};
    for (size_t i = 0; i < COUNT(most); i++) {
        overflow_case(most[i], false);
        overflow_case(most[i], true);
    }
}

int suite_spill(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tapes_share_memory),
        cmocka_unit_test(test_full_file),
        cmocka_unit_test(test_sorter),
        cmocka_unit_test(test_log_of_hits),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests_name("spill", tests, NULL, NULL);
}
