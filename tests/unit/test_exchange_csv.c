/* The lines are real ones of published logs, with names and addresses changed and most columns left
 * out. */
#include "check.h"

#include "../event_text.h"

extern const struct parser exchange_csv_parser;

static void expect(const char *input, const char *events, const char *damage)
{
    const str in = str_from(input);
    struct event_text text = event_text_parse(&exchange_csv_parser, in, in.n + 1);
    assert_str(buf_str(&text.events), events);
    assert_str(buf_str(&text.words), damage);
    event_text_release(&text);
    event_text_same(&exchange_csv_parser, in);
}

#define HEADER(type)                                                                               \
    "\xEF\xBB\xBF#Software: Microsoft Exchange Server\r\n#Version: "                               \
    "15.01.2375.007\r\n#Log-type: " type "\r\n#Date: 2023-01-09T19:00:00.130Z\r\n"

static void test_ok_httpproxy(void **state)
{
    expect(
        HEADER(
            "HttpProxy Logs") "#Fields: "
                              "DateTime,UrlStem,AnchorMailbox,UserAgent,ServerHostName,HttpStatus,"
                              "GenericInfo\r\n"
                              "DateTime,UrlStem,AnchorMailbox,UserAgent,ServerHostName,HttpStatus,"
                              "GenericInfo\r\n"
                              "2023-01-09T19:00:00.130Z,/ecp/y.js,ServerInfo~a]@mx.example:444/"
                              "autodiscover/autodiscover.xml?#,"
                              "ExchangeServicesClient/0.0.0.0,EXS01,200,\"a=1;b=\"\"x,y\"\";\"\r\n",
        "httpproxy ||-1 2023-01-09T19:00:00.130Z #7 @296+153 DateTime=2023-01-09T19:00:00.130Z "
        "UrlStem=/ecp/y.js "
        "AnchorMailbox=ServerInfo~a]@mx.example:444/autodiscover/autodiscover.xml?# "
        "UserAgent=ExchangeServicesClient/0.0.0.0 ServerHostName=EXS01 HttpStatus=200 "
        "GenericInfo=a=1;b=\"x,y\"; "
        "Computer=EXS01 LogVersion=15.01.2375.007\n",
        "");
}

static void test_ok_ecp_server(void **state)
{
    expect(HEADER("ECP Server Log") "#Fields: TimeStamp,ServerName,EventId,EventData\r\n"
                                    "2023-01-11T00:02:33.966Z,EXS01,ECP.Request,S:TIME=13;S:CMD="
                                    "Get-InboxRule;S:REQID=;S:URL=/ecp/x?a=1;S:BLD=15.1.2375.7\r\n"
                                    "2021-03-03T06:49:51.000Z,EXS01,ECP.Request,'S:CMD=Set-"
                                    "OabVirtualDirectory.ExternalUrl=''http://f/<script>a(b,c)</"
                                    "script>'''\r\n",
           "ecp_server ||-1 2023-01-11T00:02:33.966Z #6 @176+116 "
           "TimeStamp=2023-01-11T00:02:33.966Z ServerName=EXS01 "
           "EventId=ECP.Request "
           "EventData=S:TIME=13;S:CMD=Get-InboxRule;S:REQID=;S:URL=/ecp/x?a=1;S:BLD=15.1.2375.7 "
           "Cmd=Get-InboxRule Url=/ecp/x?a=1 Bld=15.1.2375.7 Computer=EXS01 "
           "LogVersion=15.01.2375.007\n"
           "ecp_server ||-1 2021-03-03T06:49:51Z #7 @294+123 TimeStamp=2021-03-03T06:49:51.000Z "
           "ServerName=EXS01 "
           "EventId=ECP.Request "
           "EventData='S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script>a(b,c)</"
           "script>''' "
           "Cmd=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script>a(b,c)</script>'' "
           "Computer=EXS01 "
           "LogVersion=15.01.2375.007\n",
           "");
}

static void test_ok_collected_without_header(void **state)
{
    expect("#TYPE "
           "System.Management.Automation.PSCustomObject\n\"DateTime\",\"UrlStem\",\"RoutingHint\","
           "\"AnchorMailbox\"\n"
           "\"2021-03-03T06:49:42.162Z\",\"/ecp/"
           "y.js\",\"X-BEResource-Cookie\",\"ServerInfo~a]@mx.example:444/mapi/emsmdb/?#\"\n",
           "httpproxy ||-1 2021-03-03T06:49:42.162Z #3 @101+106 DateTime=2021-03-03T06:49:42.162Z "
           "UrlStem=/ecp/y.js "
           "RoutingHint=X-BEResource-Cookie "
           "AnchorMailbox=ServerInfo~a]@mx.example:444/mapi/emsmdb/?#\n",
           "");
    expect("DateTime,Id,X\n#Fields: DateTime,Id\n2021-03-03T06:49:42Z,1\n",
           "exchange ||-1 2021-03-03T06:49:42Z #3 @35+22 DateTime=2021-03-03T06:49:42Z Id=1\n", "");
}

static void test_ok_other_logs(void **state)
{
    expect(HEADER("Message Tracking Log") "#Fields: "
                                          "date-time,client-ip,server-hostname\r\n2023-01-09T19:00:"
                                          "00.130Z,::1,EXS01\r\n"
                                          "#Version: 15.01.2507.006\r\n#Fields: "
                                          "date-time,event-id\r\n2023-01-10T00:00:00Z,SEND\r\n",
           "message_tracking ||-1 2023-01-09T19:00:00.130Z #6 @179+34 "
           "date-time=2023-01-09T19:00:00.130Z client-ip=::1 "
           "server-hostname=EXS01 LogVersion=15.01.2375.007\n"
           "message_tracking ||-1 2023-01-10T00:00:00Z #9 @270+25 date-time=2023-01-10T00:00:00Z "
           "event-id=SEND "
           "LogVersion=15.01.2507.006\n",
           "");
    expect(HEADER("Store Driver Log") "#Fields: "
                                      "date-time,server-hostname\r\n2023-01-10T00:00:00Z,EXS01\r\n",
           "exchange ||-1 2023-01-10T00:00:00Z #6 @165+26 date-time=2023-01-10T00:00:00Z "
           "server-hostname=EXS01 Computer=EXS01 LogVersion=15.01.2375.007\n",
           "");
}

/* The names of its pairs are written otherwise than in the log of ECP's server. */
static void test_ok_ecp_activity(void **state)
{
    expect(HEADER("ECP Activity Context Log") "#Fields: "
                                              "TimeStamp,ServerName,EventId,EventData\n2023-01-"
                                              "10T00:00:00Z,S,Request,S:URL=/ecp/"
                                              "x?a,b;S:Bld=15.1.2375.7;Dbl:WLM.TS=0\n",
           "ecp_activity ||-1 2023-01-10T00:00:00Z #6 @185+78 TimeStamp=2023-01-10T00:00:00Z "
           "ServerName=S EventId=Request "
           "EventData=S:URL=/ecp/x?a,b;S:Bld=15.1.2375.7;Dbl:WLM.TS=0 "
           "Url=/ecp/x?a,b Bld=15.1.2375.7 Computer=S LogVersion=15.01.2375.007\n",
           "");
}

/* American times, and those that may have the day first. */
static void test_ok_request_filtering(void **state)
{
    expect(
        HEADER("Http Request Filtering Logs") "#Fields: "
                                              "DateTime,ServerHostName,HttpMethod,UrlStem,"
                                              "ScanResult\n6/30/2021 10:03:57 PM,EXS01,POST,/ecp/"
                                              "x.js,Detected\n30/6/2021 22:03:57,EXS01,POST,/ecp/"
                                              "x.js,Detected\n",
        "request_filtering ||-1 2021-06-30T22:03:57Z #6 @203+51 DateTime=6/30/2021 10:03:57 PM "
        "ServerHostName=EXS01 HttpMethod=POST UrlStem=/ecp/x.js ScanResult=Detected "
        "Computer=EXS01 LogVersion=15.01.2375.007\n"
        "request_filtering ||-1  #7 @255+48 DateTime=30/6/2021 22:03:57 "
        "ServerHostName=EXS01 HttpMethod=POST UrlStem=/ecp/x.js ScanResult=Detected "
        "Computer=EXS01 LogVersion=15.01.2375.007\n",
        "damage @255 48 not a time\n");
}

/* Columns as published (docs/formats/exchange_csv.md), the first and some that matter. */
#define ECP      "TimeStamp,ServerName,EventId,EventData"
#define PROXY    "DateTime,RequestId,Protocol,UrlStem,AnchorMailbox,RoutingHint,BackEndCookie"
#define EWS      "DateTime,RequestId,AuthenticatedUser,UserAgent,ServerHostName,SoapAction,HttpStatus"
#define CMDLET   "DateTime,StartTime,RequestId,ServerHostName,AuthenticatedUser,Cmdlet,Parameters"
#define RPS_HTTP "DateTime,StartTime,UrlStem,CommandId,CommandName,SessionId,ShellId,UrlQuery"
#define TRACKING                                                                                   \
    "date-time,client-ip,server-hostname,source-context,connector-id,event-id,message-id"
#define SMTP                                                                                       \
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data"
#define AGENT  "Timestamp,SessionId,RemoteEndpoint,EnteredOrgFromIP,P1FromAddress,Agent,Event,Action"
#define FILTER "DateTime,ServerHostName,HttpMethod,UrlHost,UrlStem,ScanResult"
#define MAPI   "DateTime,RequestId,MapiRequestId,RequestType,ClientIP,SourceCafeServer"

static void test_kinds(void **state)
{
    static const struct {
        const char *log_type, *fields, *name, *kind;
    } rows[] = {
        {"HttpProxy Logs", "DateTime,UrlStem", "x", "httpproxy"}, /* Exchange 2013 has fewer */
        {NULL, PROXY, "x", "httpproxy"},
        {"ECP Server Log", ECP, "x", "ecp_server"},
        {NULL, ECP, "ECPActivity_1_20230110-1.LOG", "ecp_server"}, /* as it always was */
        {"ECP Activity Context Log", ECP, "x", "ecp_activity"},
        {"EWS Logs", "DateTime,X", "x", "ews"},
        {NULL, EWS, "x", "ews"},
        {"Rps Cmdlet Logs", "DateTime,X", "x", "rps_cmdlet"},
        {NULL, CMDLET, "x", "rps_cmdlet"},
        {"Rps Http Logs", "DateTime,X", "x", "rps_http"},
        {NULL, RPS_HTTP, "x", "rps_http"},
        {"Message Tracking Log", "date-time,X", "x", "message_tracking"},
        {NULL, TRACKING, "x", "message_tracking"},
        {"SMTP Receive Protocol Log", "date-time,X", "x", "smtp_protocol"},
        {"SMTP Send Protocol Log", "date-time,X", "x", "smtp_protocol"},
        {NULL, SMTP, "x", "smtp_protocol"},
        {"Agent Log", "Timestamp,X", "x", "agent"},
        {NULL, AGENT, "x", "agent"},
        {"Http Request Filtering Logs", "DateTime,X", "x", "request_filtering"},
        {NULL, FILTER, "x", "request_filtering"},
        {NULL, MAPI, "x", "mapihttp"},
        {"MapiHttp Logs", "DateTime,X", "x", "mapihttp"},
        {NULL, "DateTime,X,Y", "c/Logging/MapiHttp/Mailbox/x.LOG", "mapihttp"},
        {NULL, "DateTime,X,Y", "c\\Logging\\RpcHttp\\x.LOG", "rpchttp"},
        {NULL, "DateTime,X,Y", "a.zip!Logging/Autodiscover/x.LOG", "autodiscover"},
        {"Some Log", "DateTime,X,Y", "c/owa/x.LOG", "owa"},
        {NULL, "DateTime,X,Y", "c/owa-2021/x.LOG", "exchange"},
        {"ActiveSync Logs", "DateTime,X,Y", "x", "activesync"},
        {NULL, "DateTime,X,Y", "c/OABGeneratorLog/x.LOG", "oab_generator"},
        {NULL, "DateTime,X,Y", "c/OABGeneratorSimpleLog/x.LOG", "oab_generator"},
        {NULL, "DateTime,X,Y", "c/MitigationService/x.LOG", "mitigation"},
        {"HttpProxy Logs", PROXY, "c/HttpProxy/Autodiscover/x.LOG", "httpproxy"},
        {"audit", "Timestamp,Server,Data", "c/CosmosQueue/audit/x.LOG", "exchange"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char log[1024];
        str fields = str_from(rows[i].fields), field;
        int n =
            rows[i].log_type ? snprintf(log, sizeof log, "#Log-type: %s\n", rows[i].log_type) : 0;
        n += snprintf(log + n, sizeof log - (size_t)n, "#Fields: %s\n2023-01-10T00:00:00Z",
                      rows[i].fields);
        (void)str_next(&fields, ',', &field);
        while (str_next(&fields, ',', &field))
            n += snprintf(log + n, sizeof log - (size_t)n, ",1");
        struct event_text text =
            event_text_named(&exchange_csv_parser, str_from(log), str_from(rows[i].name), 1 << 20);
        const str events = buf_str(&text.events);
        assert_int_equal(text.n_damage, 0);
        assert_true(str_starts(events, str_from(rows[i].kind)) &&
                    events.p[strlen(rows[i].kind)] == ' ');
        event_text_release(&text);
    }
}

static void test_damaged_lines(void **state)
{
    expect("#Fields: "
           "DateTime,A,B\n2021-03-03T00:00:00Z,1\n2021-03-03T00:00:01Z,1,2,3\n2021-03-03T00:00:02Z,"
           "\"1,2\n"
           "2021-03-03T00:00:03Z,\"1\"x,2\nrubbish\n1,2,3\n",
           "exchange ||-1  #7 @134+5 DateTime=1 A=2 B=3\n",
           "damage @22 22 columns do not fit #Fields\ndamage @45 26 columns do not fit #Fields\n"
           "damage @72 25 a quote is not closed\ndamage @98 27 text behind a closing quote\n"
           "damage @126 7 not a line of this log\ndamage @134 5 not a time\n");
    static const char zeros[] = "DateTime,A\0B,C\n2021-03-03T00:00:00Z,1,2\n";
    event_text_same(&exchange_csv_parser, (str){zeros, sizeof zeros - 1});
    expect("1,2,3\n4,5", "",
           "damage @0 5 a line without #Fields before it\ndamage @6 3 a line without #Fields "
           "before it (unfinished)\n");
}

/* A comma too many moves every cell behind it by one: the line must not name a host. */
static void test_damaged_shifted_line(void **state)
{
    expect(HEADER("HttpProxy Logs") "#Fields: DateTime,UrlStem,ServerHostName,ClientIpAddress\r\n"
                                    "2023-01-09T19:00:00.130Z,,owa,EXS01,203.0.113.77\r\n"
                                    "2023-01-09T19:00:01.130Z,/owa,EX",
           "",
           "damage @185 48 columns do not fit #Fields\n"
           "damage @235 32 columns do not fit #Fields (unfinished) at 2023-01-09T19:00:01.130Z\n");
}

static void test_ok_carriage_returns(void **state)
{
    expect("#Log-type: X\r#Fields: DateTime,A\r2021-03-03T00:00:00Z,1\r2021-03-03T00:00:01Z,2\r",
           "exchange ||-1 2021-03-03T00:00:00Z #3 @33+22 DateTime=2021-03-03T00:00:00Z A=1\n"
           "exchange ||-1 2021-03-03T00:00:01Z #4 @56+22 DateTime=2021-03-03T00:00:01Z A=2\n",
           "");
    expect("DateTime,Id,X\r2021-03-03T06:49:42Z,1,2\r",
           "exchange ||-1 2021-03-03T06:49:42Z #2 @14+24 DateTime=2021-03-03T06:49:42Z Id=1 X=2\n",
           "");
}

static void test_every_truncation(void **state)
{
    const str in = S(HEADER(
        "HttpProxy Logs") "#Fields: DateTime,A,B\r\n2023-01-09T19:00:00.130Z,\"x\"\"y\",2\r\n"
                          "2023-01-09T19:00:00.130Z,,\r\n");
    for (size_t n = 0; n <= in.n; n++) {
        struct event_text text = event_text_parse(&exchange_csv_parser, str_sub(in, 0, n), 16);
        assert_true(text.n_events <= 2);
        assert_int_equal(text.n_events == 2 && text.n_damage == 0, n >= in.n - 2);
        event_text_release(&text);
        event_text_same(&exchange_csv_parser, str_sub(in, 0, n));
    }
}

static void test_bids(void **state)
{
    assert_ptr_equal(parser_for(S(HEADER("HttpProxy Logs")), S("x")), &exchange_csv_parser);
    assert_ptr_equal(parser_for(S("\"DateTime\",\"RoutingHint\",\"AnchorMailbox\"\n"), S("x")),
                     &exchange_csv_parser);
    assert_ptr_equal(parser_for(S("TimeStamp,ServerName,EventId,EventData\n"), S("x")),
                     &exchange_csv_parser);
    assert_null(parser_for(S("name,size,colour\n1,2,3\n"), S("HttpProxy_1.LOG")));
}

int suite_exchange_csv(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_httpproxy),
        cmocka_unit_test(test_ok_ecp_server),
        cmocka_unit_test(test_ok_collected_without_header),
        cmocka_unit_test(test_ok_other_logs),
        cmocka_unit_test(test_ok_ecp_activity),
        cmocka_unit_test(test_ok_request_filtering),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_ok_carriage_returns),
        cmocka_unit_test(test_damaged_lines),
        cmocka_unit_test(test_damaged_shifted_line),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_bids),
    };
    return cmocka_run_group_tests_name("exchange_csv", tests, NULL, NULL);
}
