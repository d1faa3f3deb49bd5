#include "check.h"

#include "../event_text.h"
#include "evidence/evidence.h"

extern const struct parser json_parser;

static void expect(const char *input, const char *events, const char *damage)
{
    const str in = str_from(input);
    struct event_text text = event_text_parse(&json_parser, in, in.n + 1);
    assert_str(buf_str(&text.events), events);
    assert_str(buf_str(&text.words), damage);
    event_text_release(&text);
    event_text_same(&json_parser, in);
}

/* One event that does not say when it was: read, and told. */
static void expect_undated(const char *in, const char *events)
{
    char words[64];
    snprintf(words, sizeof words, "damage @0 %zu an event without a time\n", strlen(in));
    expect(in, events, words);
}

static void test_undated(void **state)
{
    expect_undated("{\"Channel\":\"Security\",\"EventID\":4688,\"SourceName\":\"P\"}",
                   "evtx Security|P|4688  #1 @0+54 Channel=Security EventID=4688 "
                   "Provider_Name=P\n");
    expect("{\"@timestamp\":\"Aug 18, 2026 @ 06:02:00.000\",\"winlog\":{\"channel\":\"C\","
           "\"event_id\":1}}\n{\"@timestamp\":\"9999-08-18T06:02:00Z\",\"winlog\":{\"channel\":"
           "\"C\",\"event_id\":2}}",
           "evtx C||1  #1 @0+82 TimeCreated_SystemTime=Aug 18, 2026 @ 06:02:00.000 Channel=C "
           "EventID=1\nevtx C||2  #2 @83+75 TimeCreated_SystemTime=9999-08-18T06:02:00Z Channel=C "
           "EventID=2\n",
           "damage @0 82 not a time\ndamage @83 75 not a time\n");
}

static void test_ok_forms(void **state)
{
    expect("{\"a\":1}\n{\"a\":2}\n", "json ||-1  #1 @0+7 a=1\njson ||-1  #2 @8+7 a=2\n", "");
    expect("\xEF\xBB\xBF{\"a\":1}\r\n\r\n{\"a\":2}",
           "json ||-1  #1 @3+7 a=1\njson ||-1  #3 @14+7 a=2\n", "");
    expect("[{\"a\":1},{\"a\":2}]", "json ||-1  #1 @1+7 a=1\njson ||-1  #1 @9+7 a=2\n", "");
    expect("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n",
           "json ||-1  #2 @4+16 a=1\njson ||-1  #5 @24+16 a=2\n", "");
    expect("{\n \"a\": {\n  \"b\": 1\n }\n}\n{\n \"a\": 3\n}",
           "json ||-1  #1 @0+23 a.b=1\njson ||-1  #6 @24+11 a=3\n", "");
    expect("{\"a\":1}{\"a\":2}", "json ||-1  #1 @0+7 a=1\njson ||-1  #1 @7+7 a=2\n", "");
    expect("", "", "");
    expect("{}", "json ||-1  #1 @0+2\n", "");
    expect("{\"a\":[[\"x\",[1,[]]],{\"b\":[2]},\"z\"]}",
           "json ||-1  #1 @0+34 a=x 1 {\"b\":[2]} z\n", "");
}

static void test_ok_values(void **state)
{
    expect("{\"s\":\"a\\n\\u00e9\",\"i\":-7,\"u\":18446744073709551615,\"f\":0.5,\"t\":1.0,\"e\":"
           "1e3,\"z\":-0,"
           "\"b\":true,\"n\":null,\"l\":[1,\"x\",[2],{\"y\":3}],\"o\":{},\"k\\u0041\":1}",
           "json ||-1  #1 @0+141 s=a\n\xC3\xA9 i=-7 u=18446744073709551615 f=0.5 t=1.0 e=1e3 z=-0 "
           "b=true n= "
           "l=1 x 2 {\"y\":3} kA=1\n",
           "");
    expect("{\"a\":1,\"b\":2,\"a\":3}", "json ||-1  #1 @0+19 a=1 3 b=2\n", "");
}

static void test_ok_nxlog(void **state)
{
    expect(
        "{\"SourceName\":\"Microsoft-Windows-Sysmon\",\"Channel\":\"C\",\"Hostname\":\"EXS01\","
        "\"host\":\"other\","
        "\"TimeCreated\":\"2021-03-14T01:39:32.609Z\",\"@timestamp\":\"2021-03-15T00:00:00Z\","
        "\"EventID\":3,"
        "\"RecordNumber\":77,\"ProcessId\":\"12252\",\"ThreadID\":9}",
        "evtx C|Microsoft-Windows-Sysmon|3 2021-03-14T01:39:32.609Z #77 @0+229 "
        "Provider_Name=Microsoft-Windows-Sysmon Channel=C Computer=EXS01 host=other "
        "TimeCreated_SystemTime=2021-03-14T01:39:32.609Z @timestamp=2021-03-15T00:00:00Z EventID=3 "
        "EventRecordID=77 ProcessId=12252 Execution_ThreadID=9\n",
        "");
}

static void test_ok_winlogbeat(void **state)
{
    expect("{\"@timestamp\":\"2021-03-14T01:39:32.609Z\",\"message\":\"m\",\"winlog\":{\"channel\":"
           "\"Security\","
           "\"provider_name\":\"P\",\"event_id\":\"4688\",\"record_id\":5,\"computer_name\":\"H\","
           "\"process\":{\"pid\":4,"
           "\"thread\":{\"id\":8}},\"event_data\":{\"NewProcessName\":\"x.exe\"},\"user_data\":{"
           "\"Q\":\"r\"}},"
           "\"agent\":{\"type\":\"winlogbeat\"}}",
           "evtx Security|P|4688 2021-03-14T01:39:32.609Z #5 @0+289 "
           "TimeCreated_SystemTime=2021-03-14T01:39:32.609Z "
           "Message=m Channel=Security Provider_Name=P EventID=4688 EventRecordID=5 Computer=H "
           "Execution_ProcessID=4 "
           "Execution_ThreadID=8 NewProcessName=x.exe Q=r agent.type=winlogbeat\n",
           "");
    expect("{\"@timestamp\":\"2021-03-14T01:39:32Z\",\"log_name\":\"Security\",\"source_name\":"
           "\"P\",\"event_id\":1,"
           "\"record_number\":\"12\",\"computer_name\":\"H\",\"event_data\":{\"A\":\"b\"}}",
           "evtx Security|P|1 2021-03-14T01:39:32Z #12 @0+154 "
           "TimeCreated_SystemTime=2021-03-14T01:39:32Z "
           "Channel=Security Provider_Name=P EventID=1 EventRecordID=12 Computer=H A=b\n",
           "");
}

static void test_ok_evtx_dump(void **state)
{
    expect("{\"Event\":{\"#attributes\":{\"xmlns\":\"n\"},\"System\":{\"Provider\":{\"#"
           "attributes\":{\"Name\":\"P\","
           "\"Guid\":\"{g}\"}},\"EventID\":{\"#attributes\":{\"Qualifiers\":49152},\"#text\":18456}"
           ",\"TimeCreated\":"
           "{\"#attributes\":{\"SystemTime\":\"2019-11-04T13:46:01.1713393Z\"}},\"EventRecordID\":"
           "13026,\"Correlation\":null,"
           "\"Execution\":{\"#attributes\":{\"ProcessID\":1,\"ThreadID\":2}},\"Channel\":"
           "\"Application\",\"Computer\":\"H\","
           "\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},\"EventData\":{\"Data\":{\"#"
           "text\":[\"sa\",\"x\"]},"
           "\"Binary\":\"18\"},\"RenderingInfo\":{\"#attributes\":{\"Culture\":\"en\"},\"Message\":"
           "\"hi\",\"Level\":\"Info\"}}}",
           "evtx Application|P|18456 2019-11-04T13:46:01.171339300Z #13026 @0+561 Provider_Name=P "
           "Provider_Guid={g} "
           "EventID_Qualifiers=49152 EventID=18456 "
           "TimeCreated_SystemTime=2019-11-04T13:46:01.1713393Z EventRecordID=13026 "
           "Execution_ProcessID=1 Execution_ThreadID=2 Channel=Application Computer=H "
           "Security_UserID=S-1-5-18 "
           "Data=sa x Binary=18 RenderingInfo_Culture=en Message=hi RenderingInfo_Level=Info\n",
           "");
    expect_undated(
        "{\"Event_attributes\":{\"xmlns\":\"n\"},\"Event\":{\"System\":{\"Provider_attributes\":"
        "{\"Name\":\"P\"},"
        "\"EventID\":1102,\"EventID_attributes\":{\"Qualifiers\":0},\"Channel\":\"Security\"},"
        "\"UserData\":{\"LogFileCleared\":"
        "{\"SubjectUserName\":\"u\",\"Deep\":{\"er\":1}},\"LogFileCleared_attributes\":{"
        "\"xmlns\":\"z\"}}}}",
        "evtx Security|P|1102  #1 @0+276 Provider_Name=P EventID=1102 EventID_Qualifiers=0 "
        "Channel=Security "
        "SubjectUserName=u er=1\n");
}

/* Names of the Elastic Common Schema are the fields that they were made of; where these are still
 * there, they stand beside. */
static void test_ok_ecs(void **state)
{
    expect_undated(
        "{\"process\":{\"executable\":\"a.exe\",\"command_line\":\"a "
        "b\",\"pid\":7,\"parent\":{\"executable\":\"p.exe\"}},\"winlog\":{\"channel\":\"C\","
        "\"event_id\":1}}",
        "evtx C||1  #1 @0+133 Image=a.exe CommandLine=a b ProcessId=7 ParentImage=p.exe "
        "Channel=C EventID=1\n");
    expect_undated("{\"process\":{\"executable\":\"a.exe\",\"parent\":{\"executable\":\"p.exe\"}},"
                   "\"winlog\":{\"channel\":\"Security\",\"event_id\":4688,\"event_data\":{"
                   "\"TokenElevationType\":\"%%1936\"}}}",
                   "evtx Security||4688  #1 @0+159 NewProcessName=a.exe ParentProcessName=p.exe "
                   "Channel=Security EventID=4688 TokenElevationType=%%1936\n");
    expect_undated(
        "{\"process\":{\"executable\":\"a.exe\"},\"source\":{\"ip\":\"192.0.2.1\"},\"winlog\":{"
        "\"channel\":\"Security\",\"event_id\":4624,\"event_data\":{\"SubjectUserSid\":\"S-1-5-"
        "18\"}}}",
        "evtx Security||4624  #1 @0+153 ProcessName=a.exe IpAddress=192.0.2.1 Channel=Security "
        "EventID=4624 SubjectUserSid=S-1-5-18\n");
    expect_undated(
        "{\"file\":{\"path\":\"x.dll\",\"code_signature\":{\"status\":\"Valid\"}},\"process\":{"
        "\"executable\":\"a.exe\"},\"winlog\":{\"channel\":\"C\",\"event_id\":7}}",
        "evtx C||7  #1 @0+132 ImageLoaded=x.dll file.code_signature.status=Valid Image=a.exe "
        "Channel=C EventID=7\n");
    expect_undated(
        "{\"process\":{\"executable\":\"a.exe\"},\"winlog\":{\"channel\":\"C\",\"event_id\":10,"
        "\"event_data\":{\"TargetImage\":\"lsass.exe\"}}}",
        "evtx C||10  #1 @0+114 SourceImage=a.exe Channel=C EventID=10 TargetImage=lsass.exe\n");
    expect_undated(
        "{\"file\":{\"path\":\"x.aspx\"},\"process\":{\"executable\":\"other.exe\"},\"winlog\":{"
        "\"channel\":\"C\",\"event_id\":11,\"event_data\":{\"Image\":\"a.exe\"}}}",
        "evtx C||11  #1 @0+133 TargetFilename=x.aspx process.executable=other.exe Channel=C "
        "EventID=11 Image=a.exe\n");
}

static void test_ok_ecs_without_subject(void **state)
{
    expect_undated(
        "{\"source\":{\"ip\":\"192.0.2.1\"},\"winlog\":{\"channel\":\"Security\",\"event_id\":4769,"
        "\"event_data\":{\"TargetUserName\":\"u\"}}}",
        "evtx Security||4769  #1 @0+113 IpAddress=192.0.2.1 Channel=Security EventID=4769 "
        "TargetUserName=u\n");
}

static void test_ok_velociraptor_artifact(void **state)
{
    expect(
        "{\"EventTime\":\"2021-03-14T01:39:32Z\",\"Computer\":\"H\",\"Channel\":\"Security\","
        "\"Provider\":\"P\",\"EventID\":4688,\"EventRecordID\":9,\"UserSID\":\"S-1-5-18\","
        "\"EventData\":{\"NewProcessName\":\"a.exe\"},\"Message\":\"m\"}",
        "evtx Security|P|4688 2021-03-14T01:39:32Z #9 @0+194 "
        "TimeCreated_SystemTime=2021-03-14T01:39:32Z Computer=H Channel=Security Provider_Name=P "
        "EventID=4688 EventRecordID=9 Security_UserID=S-1-5-18 NewProcessName=a.exe Message=m\n",
        "");
    expect_undated(
        "{\"Channel\":\"Security\",\"EventID\":1102,\"UserData\":{\"LogFileCleared\":{"
        "\"SubjectUserName\":\"u\"}}}",
        "evtx Security||1102  #1 @0+91 Channel=Security EventID=1102 SubjectUserName=u\n");
}

/* What the EVTX reader calls it when two sections of an event have one name, and when elements have
 * attributes. */
static void test_ok_names_as_in_evtx(void **state)
{
    expect_undated(
        "{\"Event\":{\"System\":{\"EventID\":2,\"Version\":3,\"Channel\":\"C\"},\"EventData\":{"
        "\"Version\":"
        "\"9.01\",\"Target Name\":1}}}",
        "evtx C||2  #1 @0+107 EventID=2 Version=3 Channel=C EventData_Version=9.01 TargetName=1\n");
    expect_undated(
        "{\"Event\":{\"System\":{\"EventID\":2,\"Channel\":\"C\"},\"UserData\":{\"n:X\":{\"n:"
        "Result\":"
        "{\"#attributes\":{\"value\":0,\"xmlns:n\":\"u\"},\"#text\":\"ok\"}}},\"RenderingInfo\":"
        "{\"Keywords\":"
        "{\"Keyword\":\"k\"}}}}",
        "evtx C||2  #1 @0+180 EventID=2 Channel=C Result_value=0 Result=ok "
        "RenderingInfo_Keyword=k\n");
    expect_undated(
        "{\"winlog\":{\"channel\":\"C\",\"event_data\":{\"Version\":\"9\"},\"event_id\":2,"
        "\"version\":3}}",
        "evtx C||2  #1 @0+80 Channel=C EventData_Version=9 EventID=2 Version=3\n");
}

static void test_ok_other_dialects(void **state)
{
    expect("{\"System\":{\"Provider\":{\"Name\":\"P\"},\"EventID\":{\"Value\":4624},"
           "\"TimeCreated\":{\"SystemTime\":1615702810.5},"
           "\"Channel\":\"Security\"},\"EventData\":{\"IpAddress\":\"::1\"}}",
           "evtx Security|P|4624 2021-03-14T06:20:10.500Z #1 @0+156 Provider_Name=P EventID=4624 "
           "TimeCreated_SystemTime=1615702810.5 Channel=Security IpAddress=::1\n",
           "");
    expect("[{\"Id\":7045,\"ProviderName\":\"P\",\"LogName\":\"System\",\"RecordId\":3,"
           "\"TimeCreated\":\"\\/Date(1615702810775)\\/\"}]",
           "evtx System|P|7045 2021-03-14T06:20:10.775Z #3 @1+102 EventID=7045 Provider_Name=P "
           "Channel=System "
           "EventRecordID=3 TimeCreated_SystemTime=/Date(1615702810775)/\n",
           "");
    expect("{\"timestamp\":1615702810775,\"x\":1}",
           "json ||-1 2021-03-14T06:20:10.775Z #1 @0+33 timestamp=1615702810775 x=1\n", "");
    expect("{\"timestamp\":1615702810.0,\"x\":1}",
           "json ||-1 2021-03-14T06:20:10Z #1 @0+32 timestamp=1615702810.0 x=1\n", "");
    expect("{\"timestamp\":1615702810.250,\"x\":1}",
           "json ||-1 2021-03-14T06:20:10.250Z #1 @0+34 timestamp=1615702810.250 x=1\n", "");
}

static void test_damaged_records(void **state)
{
    expect("{\"a\":1}\n{\"a\":tru}\n{\"a\":3}\n",
           "json ||-1  #1 @0+7 a=1\njson ||-1  #3 @18+7 a=3\n", "damage @16 10 not a JSON value\n");
    expect("{\"a\":1}\n{\"a\":\"x\n{\"a\":3}\n",
           "json ||-1  #1 @0+7 a=1\njson ||-1  #3 @16+7 a=3\n",
           "damage @15 8 control character in a string\n");
    expect("{\"a\":{\"b\":1}\n{\"a\":2}\n", "json ||-1  #2 @13+7 a=2\n",
           "damage @13 13 a comma or } is missing\n");
    expect("{\"a\":1}\n{\"a\":", "json ||-1  #1 @0+7 a=1\n",
           "damage @13 5 JSON ends in the middle of a value (unfinished)\n");
    expect("{\"a\":1}\n{\"a\":\n", "json ||-1  #1 @0+7 a=1\n",
           "damage @14 6 JSON ends in the middle of a value\n");
    expect("{\"a\":1}\n7\n{\"a\":2}", "json ||-1  #1 @0+7 a=1\njson ||-1  #3 @10+7 a=2\n",
           "damage @8 2 not a JSON object\n");
    expect("[\n {\"a\":1},\n {\"a\":},\n {\"a\":3}\n]",
           "json ||-1  #2 @3+7 a=1\njson ||-1  #4 @22+7 a=3\n", "damage @18 9 not a JSON value\n");
    expect("  oops\n{\"a\":1}\n{\"a\":2}\n", "json ||-1  #2 @7+7 a=1\njson ||-1  #3 @15+7 a=2\n",
           "damage @2 5 not a JSON value\n");
    expect("[{\"a\":1},", "json ||-1  #1 @1+7 a=1\n", "damage @9 0 the array is not closed\n");
}

static void test_refused_utf16(void **state)
{
    const str in = {"\xFF\xFE{\0\"\0a\0", 8};
    struct event_text text = event_text_parse(&json_parser, in, 3);
    assert_int_equal(text.n_events, 0);
    assert_true(text.n_damage > 0);
    event_text_release(&text);
}

static void test_limit_of_fields(void **state)
{
    struct buf in;
    buf_init(&in, 1 << 20);
    buf_char(&in, '{');
    for (int i = 0; i < 5000; i++)
        buf_printf(&in, "%s\"k%d\":%d", i ? "," : "", i, i);
    buf_char(&in, '}');
    struct event_text text = event_text_parse(&json_parser, buf_str(&in), 1 << 20);
    assert_int_equal(text.n_events, 1);
    assert_str(buf_str(&text.words),
               "damage @0 0 a record with too many fields: the rest of them is left out\n");
    assert_true(str_find(buf_str(&text.events), S(" k4095=4095\n")) != SIZE_MAX);
    event_text_release(&text);
    buf_release(&in);
}

static void test_every_truncation(void **state)
{
    const str in =
        S("[\n{\"a\":{\"b\":[1,{\"c\":\"\\u00e9\"}]}},\n{\"d\":-1.5e3}\n]\n{\"e\":null}");
    for (size_t n = 0; n <= in.n; n++) {
        struct event_text text = event_text_parse(&json_parser, str_sub(in, 0, n), 16);
        assert_int_equal(text.n_events, (n >= 32) + (n >= 46) + (n >= 59));
        event_text_release(&text);
        event_text_same(&json_parser, str_sub(in, 0, n));
    }
}

/* A record that no block can hold is damage; the one behind it is read. */
static void test_limit_of_record(void **state)
{
    struct buf in;
    buf_init(&in, 80 << 20);
    buf_add(&in, S("{\"a\":1}\n{\"a\":\""));
    char *const p = buf_reserve(&in, 40 << 20);
    memset(p, 'x', 40 << 20);
    in.n += 40 << 20;
    buf_add(&in, S("\"}\n{\"a\":3}\n"));
    struct event_text text = event_text_parse(&json_parser, buf_str(&in), 1 << 20);
    assert_int_equal(text.n_events, 2);
    assert_int_equal(text.n_damage, 2);
    assert_true(str_find(buf_str(&text.words), S("the rest of a record that is too long")) !=
                SIZE_MAX);
    assert_true(str_ends(buf_str(&text.events), S(" a=3\n")));
    event_text_release(&text);
    buf_release(&in);
}

static enum status whole_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    assert_ptr_equal(parser_for(head, info->name), &json_parser);
    *cookie = arg;
    return OK;
}

static enum status whole_data(void *arg, void *cookie, str bytes)
{
    buf_add(cookie, bytes);
    return OK;
}

static enum status whole_close(void *arg, void *cookie, const struct source_result *result)
{
    assert_true(result->whole);
    return OK;
}

/* The recording of a ProxyLogon chain, out of its archive: 10,487 Windows events without a flaw. */
static void test_real_otrf_recording(void **state)
{
    char path[4096];
    const char *const paths[] = {path};
    struct buf data;
    if (!test_data_dir())
        skip();
    snprintf(path, sizeof path, "%s/otrf-proxylogon-2021-03-14.zip", test_data_dir());
    buf_init(&data, 64 << 20);
    const struct evidence_visitor visitor = {
        .open = whole_open, .data = whole_data, .close = whole_close, .arg = &data};
    assert_int_equal(evidence_read(paths, 1, NULL, &visitor, NULL), OK);
    struct event_text text = event_text_parse(&json_parser, buf_str(&data), 1 << 20);
    const str events = buf_str(&text.events);
    assert_int_equal(text.n_events, 10487);
    assert_int_equal(text.n_damage, 0);
    assert_int_equal(str_find(events, S("\njson ")), SIZE_MAX);
    assert_true(
        str_find(events,
                 S("evtx MSExchange Management|MSExchange CmdletLogs|1 2021-03-14T01:40:")) !=
        SIZE_MAX);
    event_text_release(&text);
    buf_release(&data);
}

static void test_bids(void **state)
{
    assert_ptr_equal(parser_for(S("{\"a\":1}"), S("x.log")), &json_parser);
    assert_ptr_equal(parser_for(S("[\n {\"a\":1"), S("x")), &json_parser);
    assert_ptr_equal(parser_for(S("{\"a\":1 oops\n{\"a\":2}"), S("x")), &json_parser);
    /* the beginning was damaged, and events follow */
#define EVENT "{\"EventID\":1,\"Channel\":\"C\",\"x\":\"\"}\n"
    assert_ptr_equal(parser_for(S("\0\0\0\0ID\":1}\n" EVENT EVENT), S("x")), &json_parser);
    assert_ptr_equal(parser_for(S("\0\0\0\0" EVENT), S("x")), &json_parser);
    assert_ptr_equal(parser_for(S("{\"bad\n" EVENT EVENT), S("x")), &json_parser);
    assert_ptr_equal(parser_for(S("ID\":1}\n" EVENT "{\"Ev"), S("x")), &json_parser);
    assert_ptr_equal(
        parser_for(S("a line of text\n{\"EventID\":1,\"Channel\":\"C\",\"x\":\"y"), S("x")),
        &json_parser);
    assert_null(parser_for(S("A log of events looks so:\n" EVENT "and so on\n"), S("x.md")));
    assert_null(parser_for(S("a line of text\n{\"a\":1}\n"), S("x")));
    assert_ptr_not_equal(parser_for(S("#Fields: date x\n" EVENT), S("x")), &json_parser);
    assert_null(parser_for(S("{6004D249-0957} opened"), S("x.json")));
    assert_null(parser_for(S("[section]\nkey=1"), S("x.json")));
    assert_null(parser_for(S(""), S("x.json")));
}

int suite_json_events(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_forms),
        cmocka_unit_test(test_ok_values),
        cmocka_unit_test(test_undated),
        cmocka_unit_test(test_ok_nxlog),
        cmocka_unit_test(test_ok_winlogbeat),
        cmocka_unit_test(test_ok_ecs),
        cmocka_unit_test(test_ok_ecs_without_subject),
        cmocka_unit_test(test_ok_velociraptor_artifact),
        cmocka_unit_test(test_ok_evtx_dump),
        cmocka_unit_test(test_ok_other_dialects),
        cmocka_unit_test(test_ok_names_as_in_evtx),
        cmocka_unit_test(test_damaged_records),
        cmocka_unit_test(test_refused_utf16),
        cmocka_unit_test(test_limit_of_fields),
        cmocka_unit_test(test_limit_of_record),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_real_otrf_recording),
        cmocka_unit_test(test_bids),
    };
    return cmocka_run_group_tests_name("json_events", tests, NULL, NULL);
}
