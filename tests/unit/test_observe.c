/* What is left of evidence that names something of its own in each record: bounded, counted, and
 * told. */
#include "check.h"

#include <stdio.h>

#include "assess/observing.h"
#include "base/limits.h"
#include "event_make.h"

struct made {
    struct ruleset rules;
    struct scan scan;
    struct observing all;
};

static void start(struct made *m)
{
    *m = (struct made){0};
    scan_init(&m->scan, &m->rules);
    observing_init(&m->all);
}

static void end(struct made *m)
{
    scan_release(&m->scan);
}

/* One block of `folder` with one observation. */
static struct observed block_of(const char *folder, u32 source, const char *kind, const char *host)
{
    struct observed seen = {.folder = str_from(folder), .log = str_from(folder)};
    *VEC_PUSH(&seen.observations) = (struct observation){
        .source = source,
        .kind = arena_str(&seen.arena, str_from(kind)),
        .host_text = arena_str(&seen.arena, str_from(host)),
        .host = NO_HOST,
        .events = 1,
        .first = TIME_NONE,
        .last = TIME_NONE,
    };
    return seen;
}

static bool is_told(const struct made *m, const char *limit)
{
    VEC_EACH (&m->scan.refusals, r)
        if (str_eq(r->limit, str_from(limit)))
            return true;
    return false;
}

static void test_hours_keep_their_gaps(void **state)
{
    static const i64 given[] = {100, 3, 4, 5, 0, 1, 2, 16, 40, 41, 41, 60, 53};
    struct made m;
    start(&m);
    for (size_t i = 0; i < COUNT(given); i++) {
        struct observed seen = block_of("f/", 0, "iis", "A");
        *VEC_PUSH(&seen.observations.p[0].hours) = (struct observed_hour){given[i], 1};
        observing_add(&m.all, &seen, &m.scan);
    }
    observing_end(&m.all, &m.scan);
    assert_int_equal(m.scan.observations.n, 1);
    /* Which hours stay inside a run depends on the order; its ends, and so the gaps, do not. */
    const struct observation *const o = &m.scan.observations.p[0];
    i64 last = o->hours.p[0].hour;
    size_t gaps = 0;
    assert_int_equal(last, 0);
    VEC_EACH (&o->hours, h) {
        gaps += h->hour - last > 12;
        last = h->hour;
    }
    assert_int_equal(last, 100);
    assert_int_equal(gaps, 2); /* 16 to 40, 60 to 100 */
    assert_true(o->hours.n < COUNT(given));
    assert_int_equal(m.scan.refusals.n, 0);
    end(&m);
}

/* What one file of a folder says of Exchange is said of the others; another site is no front end.
 */
static void test_sites(void **state)
{
    static const struct {
        const char *folder;
        u32 source;
        bool exchange;
        enum part part, then;
    } rows[] = {
        {"W3SVC1/", 0, true, PART_FRONT_END, PART_FRONT_END},
        {"W3SVC1/", 1, false, PART_FRONT_END, PART_FRONT_END},
        {"W3SVC3/", 2, false, PART_FRONT_END, PART_NONE},
        {"W3SVC2/", 3, false, PART_BACK_END, PART_BACK_END},
        {"flat/", 4, false, PART_FRONT_END, PART_NONE},
        {"flat/", 5, true, PART_BACK_END, PART_BACK_END},
    };
    struct made m;
    start(&m);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct observed seen = block_of(rows[i].folder, rows[i].source, "iis", "A");
        seen.observations.p[0].exchange = rows[i].exchange;
        seen.observations.p[0].shape_kind = KIND_IIS;
        seen.observations.p[0].part = rows[i].part;
        observing_add(&m.all, &seen, &m.scan);
    }
    observing_end(&m.all, &m.scan);
    assert_int_equal(m.scan.observations.n, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(m.scan.observations.p[i].part, rows[i].then);
        assert_int_equal(m.scan.observations.p[i].exchange, i < 2 || i == 5);
    }
    end(&m);
}

static void test_too_many_hours(void **state)
{
    struct made m;
    start(&m);
    for (i64 i = 0; i < LIMIT_HOURS + 10; i++) {
        struct observed seen = block_of("f/", 0, "iis", "A");
        *VEC_PUSH(&seen.observations.p[0].hours) = (struct observed_hour){i * 20, 1};
        observing_add(&m.all, &seen, &m.scan);
    }
    observing_end(&m.all, &m.scan);
    const struct observation *const o = &m.scan.observations.p[0];
    assert_int_equal(o->events, LIMIT_HOURS + 10);
    assert_int_equal(o->hours.n, LIMIT_HOURS);
    assert_int_equal(o->hours.p[0].hour, 0);
    assert_int_equal(o->hours.p[o->hours.n - 1].hour, (LIMIT_HOURS + 9) * 20);
    assert_true(is_told(&m, "hours"));
    end(&m);
}

static void test_too_many_observations(void **state)
{
    struct made m;
    char host[32];
    start(&m);
    for (u32 i = 0; i < LIMIT_OBSERVATIONS; i++) {
        snprintf(host, sizeof host, "H%u", i);
        struct observed seen = block_of("f/", 0, "iis", host);
        observing_add(&m.all, &seen, &m.scan);
    }
    struct observed again = block_of("f/", 0, "iis", "H7");  /* known: its own */
    struct observed beside = block_of("f/", 1, "iis", "H8"); /* another file of the folder */
    struct observed late = block_of("g/", 1, "iis", "H9");   /* another folder */
    observing_add(&m.all, &again, &m.scan);
    assert_int_equal(m.all.shared + m.all.lost, 0);
    observing_add(&m.all, &beside, &m.scan);
    assert_int_equal(m.all.shared, 1);
    observing_add(&m.all, &late, &m.scan);
    assert_int_equal(m.all.lost, 1);
    observing_end(&m.all, &m.scan);
    assert_int_equal(m.scan.observations.n, LIMIT_OBSERVATIONS);
    assert_int_equal(m.scan.n_events, LIMIT_OBSERVATIONS + 3);
    VEC_EACH (&m.scan.observations, o) {
        const bool twice = str_eq(o->host_text, S("H7")) || str_eq(o->host_text, S("H8"));
        assert_int_equal(o->events, twice ? 2 : 1);
    }
    assert_true(is_told(&m, "observations"));
    end(&m);
}

static void test_names_are_bounded_by_their_bytes(void **state)
{
    static char host[64 << 10];
    struct made m;
    start(&m);
    memset(host, 'h', sizeof host - 1);
    for (u32 i = 0; i < 1000; i++) {
        const int n = snprintf(host, sizeof host, "%u", i);
        host[n] = 'h';
        struct observed seen = block_of("f/", 0, "iis", host);
        observing_add(&m.all, &seen, &m.scan);
    }
    observing_end(&m.all, &m.scan);
    assert_true(m.all.text <= LIMIT_OBSERVED && m.scan.found.used < 2 * LIMIT_OBSERVED);
    assert_true(m.scan.observations.n > 10 && m.scan.observations.n < 1000);
    assert_true(is_told(&m, "observations"));
    end(&m);
}

static void test_too_many_ids_and_clearings(void **state)
{
    struct made m;
    start(&m);
    struct observed seen = block_of("f/", 0, "evtx:Security", "A");
    for (i64 i = 0; i < LIMIT_IDS + 5; i++)
        *VEC_PUSH(&seen.observations.p[0].ids) = (struct observed_id){i, 2};
    for (i64 i = 0; i < LIMIT_CLEARED + 5; i++)
        *VEC_PUSH(&seen.observations.p[0].cleared) = i;
    observing_add(&m.all, &seen, &m.scan);
    observing_end(&m.all, &m.scan);
    const struct observation *const o = &m.scan.observations.p[0];
    assert_int_equal(o->ids.n, LIMIT_IDS + 1);
    assert_int_equal(o->ids.p[LIMIT_IDS].n, 10); /* the five stand together */
    assert_int_equal(o->cleared.n, LIMIT_CLEARED);
    assert_true(is_told(&m, "event ids"));
    assert_true(is_told(&m, "cleared logs"));
    assert_false(is_told(&m, "hours"));
    end(&m);
}

/* What one event says of its log: is it one of Exchange's, and which log was cleared? */
static struct observed seen_of(const char *event_text)
{
    struct arena arena = {0};
    struct schema schema;
    struct intern fields;
    struct observer observer;
    fields_init(&fields);
    schema_init(&schema, &fields);
    observer_init(&observer, false);
    observer_block(&observer, 0, S("u.log"));
    const struct event event = event_make(&schema, &arena, event_text);
    observer_event(&observer, &event, &schema);
    const struct observed seen = observer_take(&observer);
    observer_release(&observer);
    schema_release(&schema);
    intern_release(&fields);
    arena_release(&arena);
    return seen;
}

static void test_who_speaks_of_exchange(void **state)
{
    static const struct {
        const char *event;
        bool exchange;
    } rows[] = {
        {"iis cs-uri-stem='/ews/exchange.asmx' sc-status='401' cs-username='-'", false},
        {"iis cs-uri-stem='/owa/auth/logon.aspx' sc-status='200' cs-username='-'", false},
        {"iis cs-uri-stem='/owa/' sc-status='302' cs-username='CONTOSO\\anna'", false},
        {"iis cs-uri-stem='/shop/' sc-status='200' cs-username='CONTOSO\\anna'", false},
        {"iis cs-uri-stem='/EWS/Exchange.asmx' sc-status='200' cs-username='CONTOSO\\anna'", true},
        {"iis cs-uri-stem='/owa/' sc-status='200' cs-username='-' "
         "cs-uri-query='&CorrelationID=<empty>;&cafeReqId=1'",
         true},
        {"evtx Security/P#4688 NewProcessName='C:\\Tools\\x.exe'", false},
        {"evtx Security/P#4688 NewProcessName='C:\\Exchange Server\\V15\\Bin\\x.exe'", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct observed seen = seen_of(rows[i].event);
        assert_int_equal(seen.observations.n, 1);
        if (seen.observations.p[0].exchange != rows[i].exchange)
            fail_msg("%s", rows[i].event);
        observed_release(&seen);
    }
    (void)state;
}

/* The build by header, by columns, or by the line itself; 15.0.0.0 says nothing, and only
 * Exchange's logs say it. */
static void test_builds_that_are_named(void **state)
{
    static const struct {
        const char *event, *build;
    } rows[] = {
        {"ews LogVersion='15.01.2375.007'", "15.1.2375.7"},
        {"ews LogVersion='15.0.0.0' MajorVersion='15' MinorVersion='2' BuildVersion='1118' "
         "RevisionVersion='7'",
         "15.2.1118.7"},
        {"ecp_activity LogVersion='15.0.0.0' Bld='15.1.2375.7'", "15.1.2375.7"},
        {"ecp_server LogVersion='15.0.0.0' Bld='15.1'", NULL},
        {"exchange_setup Bld='15.2.1118.7'", "15.2.1118.7"},
        {"agent LogVersion='15.0.0.0'", NULL},
        {"iis Bld='15.2.1118.7'", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct observed seen = seen_of(rows[i].event);
        const struct observation *const o = seen.observations.p;
        assert_int_equal(o->builds.n, rows[i].build != NULL);
        if (rows[i].build)
            assert_str(o->builds.p[0].build, rows[i].build);
        assert_int_equal(o->exchange, strncmp(rows[i].event, "iis", 3) != 0);
        observed_release(&seen);
    }
}

static void test_parts_of_a_log(void **state)
{
    enum { PAGE = 1u << COLUMN_STEM, ROUTED = 1u << COLUMN_ANCHOR };
    static const struct {
        const char *event;
        enum part part;
        u32 columns;
    } rows[] = {
        {"iis cs-uri-stem='/' s-port='443'", PART_FRONT_END, PAGE},
        {"iis cs-uri-stem='/' s-port='80'", PART_FRONT_END, PAGE},
        {"iis cs-uri-stem='/' s-port='444'", PART_BACK_END, PAGE},
        {"iis cs-uri-stem='/' s-port='81'", PART_BACK_END, PAGE},
        {"iis s-sitename='W3SVC2'", PART_BACK_END, 0},
        {"iis s-sitename='W3SVC1'", PART_FRONT_END, 0},
        {"iis s-sitename='W3SVC1' s-port='444'", PART_BACK_END, 0},
        {"iis cs-uri-stem='/'", PART_NONE, PAGE},
        {"httpproxy Protocol='Ecp' AnchorMailbox=''", PART_ECP, ROUTED},
        {"httpproxy Protocol='Owa' UrlStem='/ecp/x.js'", PART_OWA, 0},
        {"httpproxy Protocol='OwaCalendar'", PART_NONE, 0},
        {"httpproxy UrlStem='/ecp/x.js'", PART_ECP, 0},
        {"httpproxy UrlStem='/OWA'", PART_OWA, 0},
        {"httpproxy UrlStem='/'", PART_NONE, 0},
        {"httpproxy HttpStatus='200'", PART_NONE, 1u << COLUMN_HTTP_STATUS},
        {"evtx Security/P#4688 s-port='443'", PART_AUDITED_PROCESS, 0},
        {"evtx Security/P#1", PART_NONE, 0},
        {"evtx Microsoft-Windows-Sysmon/Operational/P#11", PART_FILE_MADE, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct observed seen = seen_of(rows[i].event);
        assert_int_equal(seen.observations.n, 1);
        const struct observation *const o = &seen.observations.p[0];
        if (o->part != rows[i].part || o->columns != rows[i].columns)
            fail_msg("%s: %s, columns %x", rows[i].event, o->part ? part_text(o->part) : "none",
                     o->columns);
        observed_release(&seen);
    }
    (void)state;
}

static void test_the_cleared_log_is_the_one_named(void **state)
{
    static const char *const events[] = {
        "evtx System/P#104 UserData_Channel='Windows PowerShell'",
        "evtx System/P#104 Message='The Windows PowerShell log file was cleared.'",
    };
    for (size_t i = 0; i < COUNT(events); i++) {
        struct observed seen = seen_of(events[i]);
        assert_int_equal(seen.observations.n, 2);
        assert_str(seen.observations.p[1].kind, "evtx:Windows PowerShell");
        assert_int_equal(seen.observations.p[0].cleared.n, 0);
        assert_int_equal(seen.observations.p[1].cleared.n, 1);
        assert_int_equal(seen.observations.p[1].events, 0);
        observed_release(&seen);
    }
    (void)state;
}

static void test_losses_are_added_up(void **state)
{
    struct made m;
    start(&m);
    for (u32 i = 0; i < LIMIT_DAMAGES + 7; i++)
        scan_damaged(&m.scan, &(struct scan_damage){.source = 0, .off = i, .lost = 3});
    scan_damaged(&m.scan, &(struct scan_damage){.source = 1, .lost = 5});
    scan_damaged(&m.scan, &(struct scan_damage){.source = 1, .lost = 5});
    assert_int_equal(m.scan.damages.n, LIMIT_DAMAGES + 1);
    assert_int_equal(m.scan.damages.p[LIMIT_DAMAGES - 1].more, 7);
    assert_int_equal(m.scan.damages.p[LIMIT_DAMAGES - 1].lost, 8 * 3);
    assert_int_equal(m.scan.damages.p[LIMIT_DAMAGES].lost, 10);
    for (u32 i = 0; i < LIMIT_REFUSALS + 7; i++)
        scan_refused(&m.scan, S("x"), S("encrypted"), S("why"));
    scan_refused(&m.scan, S("y"), S("nesting"), S("why"));
    assert_int_equal(m.scan.refusals.n, LIMIT_REFUSALS);
    assert_int_equal(m.scan.more_refused.n, 2);
    assert_int_equal(m.scan.more_refused.p[0].n, 7);
    observing_end(&m.all, &m.scan);
    end(&m);
}

int suite_observe(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hours_keep_their_gaps),
        cmocka_unit_test(test_sites),
        cmocka_unit_test(test_too_many_hours),
        cmocka_unit_test(test_too_many_observations),
        cmocka_unit_test(test_names_are_bounded_by_their_bytes),
        cmocka_unit_test(test_too_many_ids_and_clearings),
        cmocka_unit_test(test_losses_are_added_up),
        cmocka_unit_test(test_who_speaks_of_exchange),
        cmocka_unit_test(test_builds_that_are_named),
        cmocka_unit_test(test_parts_of_a_log),
        cmocka_unit_test(test_the_cleared_log_is_the_one_named),
    };
    return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
