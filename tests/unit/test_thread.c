/* Threads from findings made by hand, whose truth is known. A row is a finding: when it was, what
 * it means (a lead of the table below), what its record says, and the thread that it must be in:
 * rows of one letter are of one thread, '?' is nobody's, '-' is shown nowhere. */
#include "check.h"

#include <stdio.h>

#include "assess/thread.h"
#include "assess/thread_key.h"
#include "base/mem.h"
#include "rule/builtin.h"

#define HOUR 3600
#define DAY  86400

static const struct lead_scope page_path = {
    .what = {"file", 4}, .field = {"TargetFilename", 14}, .certainty = {"seen", 4}};
static const struct lead_scope page_url = {
    .what = {"file", 4}, .field = {"cs-uri-stem", 11}, .certainty = {"seen", 4}};

static str cves[] = {STR_INIT("CVE-2021-26855")};

#define STAGE_OF(s, o) .stage = STAGE_##s, .outcome = OUTCOME_##o
#define OF_FLAW        .cves = cves, .n_cves = 1
static struct lead leads[] = {
    {.act = {"probe", 5}, STAGE_OF(PROBE, ATTEMPTED)},
    {.act = {"try", 3}, STAGE_OF(ATTEMPT, ATTEMPTED), OF_FLAW},
    {.act = {"post", 4}, STAGE_OF(ATTEMPT, UNKNOWN), OF_FLAW},
    {.act = {"forge", 5}, STAGE_OF(EXPLOITED, UNKNOWN), .sign = true, OF_FLAW},
    {.act = {"set", 3}, STAGE_OF(EXPLOITED, SUCCEEDED), .effect = EFFECT_ADMIN_SESSION},
    {.act = {"write", 5}, STAGE_OF(FOOTHOLD, SUCCEEDED), .effect = EFFECT_FILE_WRITTEN},
    {.act = {"shell", 5}, STAGE_OF(FOOTHOLD, UNKNOWN), .artefact = true},
    {.act = {"asked", 5}, STAGE_OF(FOOTHOLD, UNKNOWN)},
    {.act = {"run", 3}, STAGE_OF(ACTION, SUCCEEDED), .effect = EFFECT_CODE_RAN},
    {.act = {"reset", 5}, STAGE_OF(EXPLOITED, UNKNOWN), .supports = true},
    {.act = {"wiped", 5}, STAGE_OF(ACTION, UNKNOWN), .cleared = true},
};

struct row {
    double at; /* seconds */
    const char *lead, *fields, *want;
};

#define MAX_ROWS 64

struct made {
    struct arena arena;
    struct findings findings;
    struct scope scope;
    struct profiles profiles;
    struct threads threads;
    const struct row *of[MAX_ROWS]; /* by finding */
};

static const struct lead *lead_called(const char *act)
{
    for (size_t i = 0; i < COUNT(leads); i++) {
        const bool is_page = strcmp(act, "write") == 0 || strcmp(act, "shell") == 0;
        if (!str_eq(leads[i].act, str_from(act)))
            continue;
        leads[i].n_scopes = is_page;
        leads[i].scopes = (struct lead_scope *)(strcmp(act, "write") == 0 ? &page_path : &page_url);
        return &leads[i];
    }
    fail_msg("no lead %s", act);
    return NULL;
}

/* "a=b|c=d" */
static struct scan_event *event_of(struct made *m, const char *fields, i64 time, u32 number)
{
    struct scan_event *const e = ARENA_NEW(&m->arena, struct scan_event);
    str rest = str_from(fields), pair;
    e->fields = ARENA_ARRAY(&m->arena, struct scan_field, 16);
    e->time = e->recorded = time;
    e->stated = TIME_NONE;
    e->source = number % 3;
    e->off = number;
    e->event_id = -1;
    while (str_next(&rest, '|', &pair)) {
        const size_t is = str_find_char(pair, '=');
        e->fields[e->n_fields++] =
            (struct scan_field){str_sub(pair, 0, is), str_sub(pair, is + 1, pair.n)};
    }
    return e;
}

static void add_row(struct made *m, const struct row *row, u32 number)
{
    struct scan_hit *const hit = ARENA_NEW(&m->arena, struct scan_hit);
    hit->event = event_of(m, row->fields,
                          (i64)(row->at * 1000) * (TIME_SECOND / 1000) +
                              (i64)1614754000 * TIME_SECOND, /* 2021-03-03T06:46:40Z */
                          number);
    *VEC_PUSH(&m->findings.all) = (struct finding){
        .id = number + 1,
        .hit = hit,
        .lead = lead_called(row->lead),
        .chain = strcmp(row->lead, "probe") == 0 || strcmp(row->lead, "try") == 0 ? NO_CHAIN : 0,
        .says = str_from(row->lead)};
}

/* By time, as findings.h has them; among equals as they stand in the evidence, which is any order.
 */
static void make(struct made *m, const struct row *const *rows, size_t n)
{
    const struct row *order[MAX_ROWS];
    *m = (struct made){0};
    struct err err;
    assert_int_equal(profiles_load(builtin_find("data/clusters.json"),
                                   builtin_find("data/profile_marks.json"), &m->profiles, &err),
                     OK);
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        for (; k > 0 && order[k - 1]->at > rows[i]->at; k--)
            order[k] = order[k - 1];
        order[k] = rows[i];
    }
    for (u32 i = 0; i < n; i++) {
        add_row(m, order[i], i);
        m->of[i] = order[i];
    }
    scope_make(&m->findings, &m->scope);
    threads_make(&m->findings, &m->scope, NULL, &m->profiles, &m->threads);
}

static void end(struct made *m)
{
    threads_release(&m->threads);
    profiles_release(&m->profiles);
    scope_release(&m->scope);
    findings_release(&m->findings);
    arena_release(&m->arena);
}

static const struct thread *thread_with(const struct made *m, u32 finding)
{
    VEC_EACH (&m->threads.all, t)
        VEC_EACH (&t->findings, i)
            if (*i == finding)
                return t;
    return NULL;
}

static void check_row(const struct made *m, const char *name, u32 a, u32 n)
{
    const struct thread *const mine = thread_with(m, a);
    const char want = m->of[a]->want[0];
    if ((want == '-') != (mine == NULL) ||
        (mine && (want == '?') != (mine->kind == THREAD_UNPLACED)))
        fail_msg("%s: %s at %g: expected %c, is in %s", name, m->of[a]->lead, m->of[a]->at, want,
                 mine ? thread_kind_text(mine->kind) : "none");
    for (u32 b = 0; mine && b < n; b++)
        if ((m->of[b]->want[0] == want) != (thread_with(m, b) == mine))
            fail_msg("%s: %s at %g (%c) and %s at %g (%c)", name, m->of[a]->lead, m->of[a]->at,
                     want, m->of[b]->lead, m->of[b]->at, m->of[b]->want[0]);
}

/* The same in every order in which evidence may hold them: 40 shuffles. */
static void check_case(const char *name, const struct row *rows, size_t n)
{
    const struct row *order[MAX_ROWS];
    u32 dice = 12345;
    assert_true(n <= MAX_ROWS);
    for (size_t i = 0; i < n; i++)
        order[i] = &rows[i];
    for (int round = 0; round < 40; round++) {
        struct made m;
        make(&m, order, n);
        for (u32 i = 0; i < n; i++)
            check_row(&m, name, i, (u32)n);
        end(&m);
        for (size_t i = n; i > 1; i--) {
            dice = dice * 1664525 + 1013904223;
            const size_t k = (dice >> 8) % i;
            const struct row *const other = order[k];
            order[k] = order[i - 1];
            order[i - 1] = other;
        }
    }
}

#define CHECK(name, ...)                                                                           \
    check_case(name, (const struct row[]){__VA_ARGS__}, COUNT(((const struct row[]){__VA_ARGS__})))

/* ---- pieces of evidence ---- */

#define PY         "cs-user-agent=python-requests/2.25.1"
#define A1         "c-ip=192.0.2.1|" PY
#define A2         "c-ip=198.51.100.2|cs-user-agent=Mozilla/5.0 (X11) Firefox/86.0"
#define A3         "c-ip=203.0.113.3|cs-user-agent=antSword/v2.1"
#define B1         "c-ip=198.51.100.200|" PY
#define B2         "c-ip=203.0.113.200|cs-user-agent=Mozilla/5.0 (Macintosh) Safari/605"
#define PAGE(name) "TargetFilename=C:\\x\\FrontEnd\\HttpProxy\\owa\\auth\\" name
#define URL(name)  "|cs-uri-stem=/owa/auth/" name

/* Requests that forge, the setting that follows, the page that it writes, and a reset. */
#define EXPLOIT(t, who, page, want)                                                                \
    {(t), "forge", who, want}, {(t) + 9, "forge", who, want}, {(t) + 9.1, "set", "", want},        \
        {(t) + 17, "write", PAGE(page), want}, {(t) + 19, "reset", "", want},                      \
    {                                                                                              \
        (t) + 22, "forge", who "|time-taken=11000", want                                           \
    }
#define USE(t, who, page, want)                                                                    \
    {(t), "shell", who URL(page), want},                                                           \
    {                                                                                              \
        (t) + .2, "run", "CommandLine=whoami", want                                                \
    }

static void test_one(void **state)
{
    (void)state;
    CHECK("one address", EXPLOIT(0, A1, "tidelog.aspx", "a"), USE(60, A1, "tidelog.aspx", "a"),
          USE(2 * HOUR, A1, "tidelog.aspx", "a"));
    CHECK("three addresses: exploits, uses the page, looks whether it is there",
          EXPLOIT(0, A1, "tidelog.aspx", "a"), USE(30, A2, "tidelog.aspx", "a"),
          USE(400, A2, "tidelog.aspx", "a"), {1300, "asked", A3 URL("tidelog.aspx"), "a"});
    CHECK("no address anywhere", {0, "set", "", "a"}, {5, "write", PAGE("x.aspx"), "a"},
          {9, "run", "CommandLine=whoami", "a"});
    CHECK("a silence of more than a day", {0, "forge", A1, "a"}, {2 * DAY, "forge", A1, "b"});
    CHECK("effects before any request stand alone", {0, "run", "", "a"},
          {DAY / 2, "forge", A1, "b"});
    CHECK("a command that is logged when it ends", EXPLOIT(0, A1, "tidelog.aspx", "a"),
          {900, "forge", B1, "b"}, {1030, "shell", A1 URL("tidelog.aspx") "|time-taken=40000", "a"},
          {1000, "run", "", "a"});
}

static void test_two(void **state)
{
    (void)state;
    CHECK("each with his page, an hour apart", EXPLOIT(0, A1, "tidelog.aspx", "a"),
          USE(60, A1, "tidelog.aspx", "a"), EXPLOIT(HOUR, B1, "qqmoor.aspx", "b"),
          USE(HOUR + 60, B2, "qqmoor.aspx", "b"));
    CHECK("they share a page whose name is published", EXPLOIT(0, A1, "discover.aspx", "a"),
          USE(60, A1, "discover.aspx", "a"), USE(3 * HOUR, B2, "discover.aspx", "b"));
    CHECK("they share a page, days apart", EXPLOIT(0, A1, "tidelog.aspx", "a"),
          USE(60, A1, "tidelog.aspx", "a"), USE(5 * DAY, B2, "tidelog.aspx", "b"));
    CHECK("first to ask, but not soon enough", EXPLOIT(0, A1, "discover.aspx", "a"),
          USE(HOUR, B2, "discover.aspx", "b"));
    CHECK("two at work five minutes apart: nobody can say who wrote it", {0, "forge", A1, "a"},
          {300, "forge", B1, "b"}, {310, "write", PAGE("discover.aspx"), "?"});
    CHECK("who got further goes before", {0, "forge", A1, "a"}, {5, "post", B1, "b"},
          {10, "set", "", "a"});
    CHECK("a refused request of one who was answered before", {-700, "post", B1, "b"},
          {95, "post", A1, "a"}, {100, "try", B1, "b"}, {101, "set", "", "a"});
    CHECK("one who only looks at the page of another", EXPLOIT(0, A1, "discover.aspx", "a"),
          USE(60, A1, "discover.aspx", "a"), {3 * HOUR, "asked", B2 URL("discover.aspx"), "b"});
    CHECK("one who only looks at something else is none", EXPLOIT(0, A1, "tidelog.aspx", "a"),
          {3 * HOUR, "asked", B2 URL("other.aspx"), "?"});
    CHECK("at the same minute: what no key places is nobody's", {0, "forge", A1, "a"},
          {3, "forge", B1, "b"}, {15, "set", "", "?"}, {200, "shell", A1 URL("tidelog.aspx"), "a"},
          {200.2, "run", "", "a"}, {300, "shell", B1 URL("qqmoor.aspx"), "b"},
          {300.2, "run", "", "b"});
    CHECK("the session tells them apart all the same",
          {0, "forge", A1 "|AnchorMailbox=x?msExchEcpCanary=aaaaaaaaa.&", "a"},
          {1, "forge", B1 "|AnchorMailbox=x?msExchEcpCanary=bbbbbbbbb.&", "b"},
          {5, "set", "EventData=S:URL=/x?msExchEcpCanary=bbbbbbbbb.&y", "b"},
          {5, "set", "EventData=S:URL=/x?msExchEcpCanary=aaaaaaaaa.&y", "a"});
    CHECK("a mass scanner beside the intruder", {-30, "try", B1, "s"}, {-20, "try", B1, "s"},
          EXPLOIT(0, A1, "tidelog.aspx", "a"), {2, "try", B1, "s"}, {18, "try", B1, "s"},
          {30, "probe", B1, "s"}, USE(60, A2, "tidelog.aspx", "a"), {61, "try", B1, "s"});
}

static void test_links(void **state)
{
    (void)state;
    CHECK("a session that moved to another address",
          {0, "forge", A1 "|cs-uri-query=msExchEcpCanary=abcdefgh1.&x", "a"},
          {60, "forge", A2 "|cs-uri-query=msExchEcpCanary=abcdefgh1.&x", "a"});
    CHECK("a canary of a few letters is none",
          {0, "forge", A1 "|cs-uri-query=msExchEcpCanary=ab&x", "a"},
          {60, "forge", A2 "|cs-uri-query=msExchEcpCanary=ab&x", "b"});
    CHECK("own tool, same network, ten minutes",
          {-400, "try", "c-ip=192.0.2.77|cs-user-agent=kestrelkit/7", "a"},
          {0, "forge", "c-ip=192.0.2.78|cs-user-agent=kestrelkit/7", "a"});
    CHECK("own tool and time alone are not enough",
          {-400, "try", "c-ip=203.0.113.77|cs-user-agent=kestrelkit/7", "b"},
          {0, "forge", "c-ip=192.0.2.78|cs-user-agent=kestrelkit/7", "a"});
    CHECK("a network of one's own is not theirs",
          {-400, "try", "c-ip=10.0.0.77|cs-user-agent=kestrelkit/7", "b"},
          {0, "forge", "c-ip=10.0.0.78|cs-user-agent=kestrelkit/7", "a"});
    CHECK("a published tool is not one's own", {-400, "try", "c-ip=192.0.2.77|" PY, "b"},
          {0, "forge", "c-ip=192.0.2.78|" PY, "a"});
    CHECK("a browser is not one's own",
          {-400, "try", "c-ip=192.0.2.77|cs-user-agent=Mozilla/5.0 (X11) Firefox/86.0", "b"},
          {0, "forge", "c-ip=192.0.2.78|cs-user-agent=Mozilla/5.0 (X11) Firefox/86.0", "a"});
    CHECK("a process and its child, whoever else is near", {0, "forge", A1, "a"},
          {1, "forge", B1, "b"},
          {1.5, "run",
           "ProcessGuid={11}|Image=C:\\w\\cmd.exe|ParentProcessGuid={99}|ParentImage=C:\\i\\w3wp."
           "exe|c-ip=192.0.2.1",
           "a"},
          {1.6, "run",
           "ProcessGuid={12}|Image=C:\\w\\whoami.exe|ParentProcessGuid={11}|ParentImage=C:\\w\\cmd."
           "exe",
           "a"},
          {2.5, "run",
           "ProcessGuid={13}|Image=C:\\w\\cmd.exe|ParentProcessGuid={99}|ParentImage=C:\\i\\w3wp."
           "exe|c-ip=198.51.100.200",
           "b"});
    CHECK("both logs of one process", {0, "forge", A1, "a"}, {1, "forge", B1, "b"},
          {1, "run",
           "NewProcessId=0x10|NewProcessName=C:\\w\\cmd.exe|ProcessId=0x99|ParentProcessName=C:"
           "\\i\\w3wp.exe",
           "?"},
          {1.001, "run", "ProcessId=16|Image=C:\\w\\cmd.exe", "?"});
    CHECK("a logon; not the system's", {0, "set", "IpAddress=192.0.2.1|TargetLogonId=0x5a1b2", "a"},
          {HOUR, "forge", B1, "b"},
          {HOUR + 1, "run", "SubjectLogonId=0x5a1b2|SubjectUserName=klaus", "a"},
          {1, "run", "SubjectLogonId=0x3e7|SubjectUserName=EX01$", "a"},
          {HOUR + 2, "run", "SubjectLogonId=0x3e7|SubjectUserName=EX01$", "b"});
    CHECK("one request in two logs, behind a proxy",
          {0, "post", "c-ip=10.0.0.9|cs-uri-query=&cafeReqId=11111111-2222-4333-8444-555555555555;",
           "a"},
          {0.1, "forge", "ClientIpAddress=192.0.2.1|RequestId=11111111-2222-4333-8444-555555555555",
           "a"},
          {60, "post",
           "c-ip=10.0.0.9|cs-uri-query=&cafeReqId=21111111-2222-4333-8444-555555555555;", "b"},
          {60.1, "forge",
           "ClientIpAddress=198.51.100.200|RequestId=21111111-2222-4333-8444-555555555555", "b"});
}

static void test_never(void **state)
{
    (void)state;
    CHECK("the server's own address, as the back end sees it",
          {0, "forge", A1 "|s-ip=10.20.0.21", "a"}, {2, "set", "c-ip=10.20.0.21|s-port=443", "a"},
          {HOUR, "forge", B1, "b"}, {HOUR + 2, "set", "c-ip=10.20.0.21", "b"});
    CHECK("port 444, loopback and link-local", {0, "forge", A1, "a"},
          {2, "set", "c-ip=10.20.0.50|s-port=444", "a"}, {HOUR, "forge", B1, "b"},
          {HOUR + 2, "set", "c-ip=10.20.0.50|s-port=444", "b"}, {2 * HOUR, "forge", B1, "b"},
          {2 * HOUR + 1, "set", "IpAddress=127.0.0.1", "b"},
          {2 * HOUR + 2, "set", "c-ip=fe80::1%5", "b"});
    CHECK("a log that was cleared is nobody's, however near", {0, "forge", A1, "a"},
          {1, "wiped", "", "?"});
    CHECK("unless its logon is somebody's",
          {0, "set", "IpAddress=192.0.2.1|TargetLogonId=0x77777", "a"},
          {1, "wiped", "SubjectLogonId=0x77777", "a"});
    CHECK("what only probes is no thread", {0, "probe", A1, "-"});
    CHECK("a refused request has no effects", {0, "try", A1, "s"}, {1, "run", "", "a"});
}

static void test_told(void **state)
{
    (void)state;
    static const struct row rows[] = {EXPLOIT(0, A1, "discover.aspx", "a"),
                                      USE(30, A2, "discover.aspx", "a"),
                                      USE(3 * HOUR, B2, "discover.aspx", "b"),
                                      {4 * HOUR, "try", "c-ip=10.1.2.3", "c"}};
    const struct row *order[COUNT(rows)];
    struct made m;
    for (size_t i = 0; i < COUNT(rows); i++)
        order[i] = &rows[i];
    make(&m, order, COUNT(rows));
    assert_int_equal(m.threads.all.n, 3);
    const struct thread *const t = m.threads.all.p;
    assert_int_equal(t[0].kind, THREAD_INTRUSION);
    assert_int_equal(t[0].clients.n, 2);
    assert_str(t[0].clients.p[0], "192.0.2.1");
    assert_int_equal(t[0].agents.n, 2);
    assert_int_equal(t[0].webshells.n, 1);
    assert_int_equal(t[0].related.n, 1);
    assert_int_equal(t[0].related.p[0].thread, 1);
    assert_int_equal(t[1].related.p[0].thread, 0);
    assert_int_equal(t[0].doubts.n, 1); /* two addresses, concluded */
    assert_true(t[0].steps.n >= 5);
    assert_int_equal(t[1].kind, THREAD_INTRUSION);
    assert_int_equal(t[2].kind, THREAD_ATTEMPTS);
    assert_true(str_find(t[2].doubts.p[0], S("private address")) != SIZE_MAX);
    end(&m);
}

/* What a fixed build answers is an attempt, whatever sign it bears; what worked there worked. */
static void test_fixed_build(void **state)
{
    (void)state;
    static const struct {
        const char *build, *lead;
        enum thread_kind kind;
    } rows[] = {
        {"15.1.2176.2", "forge", THREAD_INTRUSION},
        {"15.1.2176.9", "forge", THREAD_ATTEMPTS},
        {"15.1.2176.9", "run", THREAD_INTRUSION},
        {"15.1.2176.2", "post", THREAD_ATTEMPTS},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m = {0};
        struct exposure exposure;
        struct err err;
        assert_int_equal(exposure_load(builtin_find("data/builds.json"),
                                       builtin_find("data/cves.json"),
                                       builtin_find("data/exploited.json"), &exposure, &err),
                         OK);
        exposure.n_hosts = 1;
        exposure.hosts = mem_calloc(1, sizeof *exposure.hosts);
        *VEC_PUSH(&exposure.hosts[0].builds) =
            (struct host_build){.build = str_from(rows[i].build), .to = INT64_MAX};
        const struct row row = {0, rows[i].lead, A1, ""};
        add_row(&m, &row, 0);
        scope_make(&m.findings, &m.scope);
        threads_make(&m.findings, &m.scope, &exposure, NULL, &m.threads);
        assert_int_equal(m.threads.all.n, 1);
        assert_int_equal(m.threads.all.p[0].kind, rows[i].kind);
        exposure_release(&exposure);
        end(&m);
    }
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
        bool local;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", false},
        {"192.0.2.1:5544", "192.0.2.1", false},
        {"::ffff:192.0.2.1", "192.0.2.1", false},
        {"[2001:DB8::5]:443", "2001:db8::5", false},
        {" 192.0.2.1, 10.0.0.1", "192.0.2.1", false},
        {"127.0.0.1", "", false},
        {"::1", "", false},
        {"fe80::4c5a:91d2%5", "", false},
        {"-", "", false},
        {"", "", false},
        {"300.1.1.1", "", false},
        {"mail.contoso.example", "", false},
        {"10.1.2.3", "10.1.2.3", true},
        {"172.31.0.1", "172.31.0.1", true},
        {"172.32.0.1", "172.32.0.1", false},
        {"100.64.0.1", "100.64.0.1", true},
        {"fd00::1", "fd00::1", true},
        {"1.2.3", "", false},
        {"1.2.3.4.5", "", false},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const str clean = thread_address(str_from(rows[i].text), &arena);
        assert_str(clean, rows[i].clean);
        assert_int_equal(clean.n && thread_is_private(clean), rows[i].local);
    }
    assert_str(thread_network(S("192.0.2.55")), "192.0.2");
    assert_str(thread_network(S("2001:db8:1:2::5")), "2001:db8:1:2");
    assert_str(thread_agent_clean(S("Mozilla/5.0+(a;+b),++(KHTML,+like)"), &arena),
               "Mozilla/5.0 (a; b) (KHTML like)");
    arena_release(&arena);
}

/* Whoever makes 100,000 findings with as many addresses gets an answer in the time that sorting
 * takes: 0.7 s with sanitizers; a comparison of each with each would be 10,000,000,000.
 */
static void test_many(void **state)
{
    (void)state;
    const u32 n = 100000;
    struct made m = {0};
    char *const text = arena_alloc(&m.arena, (size_t)n * 64, 1);
    for (u32 i = 0; i < n; i++) {
        char *const fields = text + (size_t)i * 64;
        snprintf(fields, 64, "c-ip=%u.%u.%u.%u|cs-user-agent=tool/%u", 1 + i % 9, i >> 16,
                 i >> 8 & 255, i & 255, i % 3000);
        const struct row row = {i * .01, i % 2 ? "forge" : "run", i % 2 ? fields : "", ""};
        add_row(&m, &row, i);
    }
    scope_make(&m.findings, &m.scope);
    threads_make(&m.findings, &m.scope, NULL, NULL, &m.threads);
    assert_true(m.threads.all.n >= THREADS_MAX && m.threads.all.n <= THREADS_MAX + 2);
    size_t told = 0;
    VEC_EACH (&m.threads.all, t)
        told += t->findings.n;
    assert_int_equal(told, n);
    end(&m);
}

/* Times at both ends of what there is. */
static void test_edges(void **state)
{
    (void)state;
    struct made m = {0};
    static const i64 times[] = {INT64_MIN + 1, INT64_MIN + 2, 0, INT64_MAX - 1, INT64_MAX};
    const struct row row = {0, "forge", A1 URL("tidelog.aspx") "|time-taken=99999999999", ""};
    const struct row effect = {0, "write", PAGE("tidelog.aspx"), ""};
    for (u32 i = 0; i < 2 * COUNT(times); i++) {
        add_row(&m, i % 2 ? &effect : &row, i);
        m.findings.all.p[i].hit->event->time = times[i / 2];
    }
    scope_make(&m.findings, &m.scope);
    threads_make(&m.findings, &m.scope, NULL, NULL, &m.threads);
    assert_true(m.threads.all.n > 0);
    end(&m);
}

int suite_thread(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),       cmocka_unit_test(test_two),
        cmocka_unit_test(test_links),     cmocka_unit_test(test_never),
        cmocka_unit_test(test_told),      cmocka_unit_test(test_fixed_build),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_many),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
