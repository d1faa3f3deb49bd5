/* fast_test.h: every distinct question that the rules of a set ask of one field, and the answer to all of them at once.
 *
 * A test is a field and a yes-or-no question about one value of it ("CommandLine holds `-enc`"); however many rules ask it,
 * it is one test with one number. While rules are compiled tests are added, each add giving the number of an equal one that
 * is there already; fast_tests_finish then files them by field:
 *
 *   whole, first or last literal   three hash tables (fast_literal.h)
 *   literal anywhere               the field's needles
 *   pattern, gated regex           behind a needle that must be there, then compared
 *   number equal                   a hash table of canonical numbers
 *   anything else                  asked of each value
 *
 * After that the object is const and shared by all threads; what a thread needs to ask lives in its fast_asker. */
#ifndef RULE_MATCH_FAST_TEST_H
#define RULE_MATCH_FAST_TEST_H

#include "event/event.h"
#include "rule/match/fast_literal.h"
#include "rule/match/fast_number.h"
#include "rule/match/fast_pattern.h"
#include "rule/match/fast_regex.h"
#include "rule/sigma/sigma.h"

#define FAST_NONE    UINT32_MAX
#define FAST_MESSAGE (UINT32_MAX - 1) /* in place of a field id: the full log message */
#define FAST_WORDS   (UINT32_MAX - 2) /* the same, for what can be found in one value of it: see fast_message.h */

enum fast_kind {
    TEST_NULL,    /* missing, or null */
    TEST_EXISTS,  /* there, whatever it holds */
    TEST_PATTERN,
    TEST_REGEX,
    TEST_NUMBER,  /* compared with `number` by `cmp` */
    TEST_NET,
    TEST_PART,    /* a part of a time, compared like a number */
    TEST_REF,     /* compared with another field of the event: asked of the event, not of a value */
    TEST_DATA,    /* `inner` asked of one of the unnamed Data, where the event has no field of that name: asked of the event too */
};

/* Kept in images (rule/image.h): a hole of a word between members would hold what stood on a stack, which may look like a pointer. */
struct fast_test {
    enum fast_kind kind;
    u32 field;                    /* number of the field in fast_tests, not its id */
    struct fast_pattern pattern;
    struct fast_regex regex;      /* id: given by fast_tests_add */
    enum sigma_cmp cmp;
    struct fast_number number;
    struct fast_net net;
    enum fast_part part;
    u32 other;                    /* TEST_REF: id of the other field; TEST_DATA: of the field that would go before */
    enum fast_shape relation;     /* TEST_REF: EQUAL, PREFIX, SUFFIX, CONTAINS */
    bool exact_case;
    u32 n_gates;                  /* 0: none is known */
    const u32 *gates;             /* of a test of FAST_MESSAGE: tests of FAST_WORDS, one of which is true whenever it is */
    enum fast_kind inner;         /* TEST_DATA: how `number_of_data` is asked; TEST_NULL: there and null */
    u32 number_of_data;           /* TEST_DATA, and TEST_REF's `field`: from 1; 0 */
    u32 other_data;               /* TEST_REF: the same of `other` */
};

struct fast_tests;

struct fast_tests *fast_tests_new(struct arena *arena); /* lives in the arena */
const struct fast_fold *fast_tests_fold(const struct fast_tests *tests);

/* Number of the test; `field` is an id of the set's field names, FAST_MESSAGE or FAST_WORDS. What test->field holds is not looked at.
 * Of a new one the pattern is copied; texts of regexes and numbers live as long as the tests do. */
u32 fast_tests_add(struct fast_tests *tests, u32 field, const struct fast_test *test);
void fast_tests_set_gates(struct fast_tests *tests, u32 test, const u32 *gates, u32 n); /* copied */
void fast_tests_finish(struct fast_tests *tests);

u32 fast_tests_count(const struct fast_tests *tests);
const struct fast_test *fast_tests_at(const struct fast_tests *tests, u32 test);
u32 fast_fields_count(const struct fast_tests *tests);
u32 fast_field_id(const struct fast_tests *tests, u32 field);   /* number → id */
u32 fast_field_find(const struct fast_tests *tests, u32 id);    /* id → number, or FAST_NONE */

/* One thread's tools. The arena is scratch: reset by whoever owns the asker, between values at the earliest. */
struct fast_asker {
    const struct fast_tests *tests;
    struct arena arena;
    struct fast_found needles;
    struct fast_regex_scratch *regex;
};
void fast_asker_init(struct fast_asker *asker, const struct fast_tests *tests);
void fast_asker_release(struct fast_asker *asker);

/* In the place of a test's number: whether it is true is not known, because a regular expression met its limits. Whoever
 * keeps what was found has room for fast_ids_count. */
static inline u32 fast_open_test(const struct fast_tests *tests, u32 test)
{
    return fast_tests_count(tests) + test;
}
static inline u32 fast_ids_count(const struct fast_tests *tests)
{
    return 2 * fast_tests_count(tests);
}

/* Adds the tests of the field (by number) that are true of the value to `found`, and those that are open. An array has those of
 * all its elements; null has no text. */
void fast_ask(struct fast_asker *asker, u32 field, struct value v, struct fast_found *found);
/* The same for a text: the message, a word of it. */
void fast_ask_text(struct fast_asker *asker, u32 field, str exact, struct fast_found *found);
/* A TEST_REF or TEST_DATA of an event, told to `found`. */
void fast_ask_event(struct fast_asker *asker, u32 id, const struct event *event, struct fast_found *found);

#endif
