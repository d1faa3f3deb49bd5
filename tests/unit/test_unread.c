/* Which files that no reader knew were logs of ours. */
#include "check.h"

#include "parse/unread.h"

static void test_unread(void **state)
{
    static const struct {
        const char *name;
        str head;
        bool is_log;
    } rows[] = {
        /* by the name alone */
        {"case.zip!logs/Security.EVTX", {"\0\0\0\0", 4}, true},
        {"events/security.jsonl", {"garbage", 7}, true},
        {"W3SVC1/u_ex210303.log", {"10.0.0.5 - - [03/Mar", 20}, true},
        {"HTTPERR\\httperr1.log", {"x", 1}, true},
        {"Owa/HttpProxy_2021030306-1.LOG", {"x", 1}, true},
        {"ECP/Server/ECPServer20210303-1.LOG", {"x", 1}, true},
        /* text with zeros, in a name that many logs have */
        {"a/access.log", {"GET /a\0\0\0\n", 10}, true},
        {"a/users.CSV", {"\0\0\0\0\0\0\0\0", 8}, true},
        {"a/wide.log", {"G\0E\0T\0 \0/\0", 10}, true},
        {"a/wide.log", {"\xFF\xFEG\0E\0T\0", 8}, false}, /* read as text, and none of ours */
        {"a/setup.log", {"[03/03/2021] begin\r\n", 20}, false},
        {"MailboxDatabase/E00.log", {"\x4a\x93\x01\0\0\0\x08\0\x02\0", 10}, false},
        {"a/state.json", {"\0\0\0\0", 4}, true},
        {"a/state.json", {"{\"a\": oops", 10}, true},
        {"a/state.json", {"[]", 2}, false},
        /* by the bytes, whatever it is called */
        {"u_ex210303.log.bak", {"#\0S\0o\0f\0t\0w\0a\0r\0e\0:\0", 20}, true},
        {"access_log", {"\0#\0F\0i\0e\0l\0d\0s\0:\0 ", 18}, true},
        {"events.txt", {"{\0\r\0\n\0 \0\"\0", 10}, true},
        {"notes.txt", {"#\0 \0T\0o\0d\0o\0", 12}, false},
        {"notes.txt", {"{\0x\0", 4}, false},
        {"zeros", {"\0\0\0\0", 4}, false},
        {"short", {"#", 1}, false},
        {"empty", {"", 0}, false},
        /* neither */
        {"a/page.aspx", {"<%@ Page", 8}, false},
        {"a/w3wp.exe", {"MZ\0\0\0", 5}, false},
        {"u_ex.txt", {"\0\0", 2}, false},
        {"old.u_ex210303.log", {"x", 1}, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if ((unread_log(str_from(rows[i].name), rows[i].head) != NULL) != rows[i].is_log)
            fail_msg("%s (row %zu)", rows[i].name, i);
}

int suite_unread(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unread)};
    return cmocka_run_group_tests_name("unread", tests, NULL, NULL);
}
