/* Made-up configurations of the form that docs/formats/iis_config.md describes. */
#include "check.h"

#include "../event_text.h"

#include "base/limits.h"

extern const struct parser iis_config_parser;

static void expect(const char *input, const char *events, const char *damage)
{
    const str in = str_from(input);
    struct event_text text = event_text_parse(&iis_config_parser, in, in.n + 1);
    assert_str(buf_str(&text.events), events);
    assert_str(buf_str(&text.words), damage);
    event_text_release(&text);
    event_text_same(&iis_config_parser, in);
}

#define E "iis_config ||-1  "

static void test_ok_modules_and_handlers(void **state)
{
    expect("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration>\n"
           "<system.webServer><globalModules><add name=\"M\" image=\"C:\\m.dll\" "
           "preCondition=\"bitness64\"/></globalModules></system.webServer>\n"
           "<location path=\"Default Web Site/owa\"><system.webServer>"
           "<modules><remove name=\"A\" /><clear/><add name=\"B\" type=\"X.Y, Z\"></add></modules>"
           "<handlers><add name=\"C\" path=\"*.aspx\" verb=\"GET,POST\" modules=\"IsapiModule\" "
           "scriptProcessor=\"C:\\s.dll\"/></handlers></system.webServer></location>\n"
           "<modules><add name=\"D\"/></modules>\n</configuration>\n",
           E "#3 @91+57 Element=globalModule Operation=add Name=M Image=C:\\m.dll "
             "PreCondition=bitness64\n" E
             "#4 @249+19 Element=module Operation=remove Location=Default Web Site/owa Name=A\n" E
             "#4 @268+8 Element=module Operation=clear Location=Default Web Site/owa\n" E
             "#4 @276+28 Element=module Operation=add Location=Default Web Site/owa Name=B "
             "Type=X.Y, Z\n" E
             "#4 @330+94 Element=handler Operation=add Location=Default Web Site/owa Path=*.aspx "
             "Name=C Verb=GET,POST Modules=IsapiModule ScriptProcessor=C:\\s.dll\n" E
             "#5 @475+15 Element=module Operation=add Name=D\n",
           "");
}

static void test_ok_directories(void **state)
{
    expect("<configuration><sites><site name=\"Back End\" id=\"2\">"
           "<application path=\"/owa\" applicationPool=\"MSExchangeOWAAppPool\">"
           "<virtualDirectory path=\"/\" physicalPath=\"C:\\x\" />"
           "<virtualDirectory path=\"/a\" physicalPath=\"\\\\h\\s\" userName=\"u\" "
           "password=\"hidden\" /></application></site><site name=\"S\">"
           "<virtualDirectory path=\"/none\"/></site></sites></configuration>",
           E "#1 @51+64 Element=application Operation=add Site=Back End Application=/owa "
             "ApplicationPool=MSExchangeOWAAppPool\n" E
             "#1 @115+49 Element=virtualDirectory Operation=add Site=Back End Application=/owa "
             "Path=/ PhysicalPath=C:\\x\n" E
             "#1 @164+17 Element=virtualDirectory Operation=add Site=Back End Application=/owa "
             "Path=/a PhysicalPath=\\\\h\\s UserName=u\n",
           "");
}

static void test_ok_rewrite_rules(void **state)
{
    expect(
        "<configuration><rewrite><rules><clear/>\n"
        "<rule name=\"EEMS M1.1 - inbound\" patternSyntax=\"ECMAScript\" enabled=\"true\">"
        "<match url=\".*\"/><conditions><add input=\"{REQUEST_URI}\" pattern=\"a&amp;b\"/>"
        "<add input=\"{UrlDecode:{C:0}}\" pattern=\"c\"/></conditions>"
        "<serverVariables><machineKey validationKey=\"AA\"/></serverVariables>"
        "<action type=\"AbortRequest\" statusCode=\"403\"/></rule></rules>\n"
        "<outboundRules><rule name=\"o\"><match pattern=\"p\" negate=\"true\"/>"
        "<conditions><add input=\"i\" pattern=\"q\"/></conditions>"
        "<action type=\"Rewrite\" value=\"v\"/></rule></outboundRules></rewrite></configuration>",
        E "#1 @31+8 Element=rewriteRule Operation=clear\n" E
          "#2 @40+75 Element=rewriteRule Operation=add Name=EEMS M1.1 - inbound Enabled=true "
          "PatternSyntax=ECMAScript Pattern=.* "
          "ConditionInput={REQUEST_URI} {UrlDecode:{C:0}} "
          "ConditionPattern=a&b c ActionType=AbortRequest StatusCode=403\n" E
          "#3 @391+15 Element=outboundRule Operation=add Name=o Pattern=p Negate=true "
          "ConditionInput=i ConditionPattern=q ActionType=Rewrite ActionUrl=v\n",
        "");
}

/* That there is a key, and never which: neither in a field nor in the raw record. */
static void test_ok_machine_key(void **state)
{
    expect("<configuration><system.web><machineKey validationKey=\"C0FFEE\" "
           "decryptionKey=\"AutoGenerate,IsolateApps\" validation=\"SHA1\" decryption=\"AES\" />"
           "</system.web></configuration>",
           E "#1 @27+11 Element=machineKey Operation=add ValidationKey=set DecryptionKey=generated "
             "Validation=SHA1 Decryption=AES\n",
           "");
    expect("<configuration><machineKey validation=\"SHA1\"/></configuration>",
           E "#1 @15+31 Element=machineKey Operation=add Validation=SHA1\n", "");
}

static void test_damaged(void **state)
{
    expect("<configuration><modules><add name=\"a\"/></modules><modules><add name=\"b\"",
           E "#1 @24+15 Element=module Operation=add Name=a\n", "damage @58 13 unclosed token\n");
    expect("<configuration><modules><add name=\"a\"/>",
           E "#1 @24+15 Element=module Operation=add Name=a\n",
           "damage @39 0 a configuration that ends within an element\n");
    expect("<configuration><modules><rule></modules>", "", "damage @32 8 mismatched tag\n");
    expect(
        "<!DOCTYPE configuration [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>"
        "<configuration><modules><add name=\"&a;&b;\"/></modules></configuration>",
        "", "damage @24 130 a document type definition, which no configuration has\n");
    expect("<configuration><modules><add name=\"&a;\"/></modules></configuration>", "",
           "damage @24 43 undefined entity\n");
    expect("<configuration>\1</configuration>", "",
           "damage @15 17 not well-formed (invalid token)\n");
}

static void test_refused_depth_and_size(void **state)
{
    struct buf deep;
    buf_init(&deep, 1 << 20);
    buf_printf(&deep, "<configuration>");
    for (int i = 0; i < 100; i++)
        buf_printf(&deep, "<a>");
    struct event_text text = event_text_parse(&iis_config_parser, buf_str(&deep), 64);
    assert_str(buf_str(&text.words),
               "damage @204 111 elements nested deeper than any configuration has them\n");
    event_text_release(&text);
    buf_release(&deep);
    struct buf large;
    buf_init(&large, 2 * LIMIT_CONFIG);
    buf_printf(&large, "<configuration><!--");
    while (large.n <= LIMIT_CONFIG)
        buf_printf(&large, "%1000s", "");
    buf_printf(&large, "--></configuration>");
    text = event_text_parse(&iis_config_parser, buf_str(&large), large.n + 1);
    assert_int_equal(text.n_events, 0);
    assert_true(str_find(buf_str(&text.words), S("larger than any that IIS has")) != SIZE_MAX);
    event_text_release(&text);
    buf_release(&large);
}

static void test_every_truncation(void **state)
{
    const str in =
        S("<configuration><rules><rule name=\"r\"><match url=\"u\"/><conditions><add "
          "input=\"i\" pattern=\"p\"/></conditions><action type=\"None\"/></rule></rules>"
          "<modules><add name=\"\xC3\xA4\"/></modules></configuration>");
    for (size_t n = 0; n <= in.n; n++)
        event_text_same(&iis_config_parser, str_sub(in, 0, n));
}

static void test_bids(void **state)
{
    assert_ptr_equal(
        parser_for(S("\xEF\xBB\xBF<?xml version=\"1.0\"?>\r\n<!-- a -->\r\n<configuration>"),
                   S("x")),
        &iis_config_parser);
    assert_ptr_equal(parser_for(S("<configuration xmlns=\"x\">"), S("x")), &iis_config_parser);
    assert_null(parser_for(S("<configurations>"), S("web.config")));
    assert_null(parser_for(S("<?xml version=\"1.0\"?><html>"), S("web.config")));
    assert_null(parser_for(S("<!-- <configuration>"), S("web.config")));
    assert_null(parser_for(S("<configuration"), S("web.config")));
}

int suite_iis_config(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_modules_and_handlers),
        cmocka_unit_test(test_ok_directories),
        cmocka_unit_test(test_ok_rewrite_rules),
        cmocka_unit_test(test_ok_machine_key),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_refused_depth_and_size),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_bids),
    };
    return cmocka_run_group_tests_name("iis_config", tests, NULL, NULL);
}
