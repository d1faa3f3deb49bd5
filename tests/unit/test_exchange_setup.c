/* The lines are of the form of published ones. */
#include "check.h"

#include "../event_text.h"

extern const struct parser exchange_setup_parser;

static void expect(const char *input, const char *events, const char *damage)
{
    const str in = str_from(input);
    struct event_text text = event_text_parse(&exchange_setup_parser, in, in.n + 1);
    assert_str(buf_str(&text.events), events);
    assert_str(buf_str(&text.words), damage);
    event_text_release(&text);
    event_text_same(&exchange_setup_parser, in);
}

#define KIND "exchange_setup ||-1 "

static void test_ok_lines(void **state)
{
    expect("[11/14/2022 17:13:08.0081] [0] Setup version: 15.2.1118.7.\r\n"
           "[11.14.2022 17:13:09.1234] [2] Executing:\r\n"
           "          $x = '[a]'\r\n"
           "[11-14-2022 17:13:10.0000] End of Setup\r\n",
           KIND "2022-11-14T17:13:08.081Z #1 @0+58 DateTime=11/14/2022 17:13:08.0081 Level=0 "
                "Message=Setup version: 15.2.1118.7. Bld=15.2.1118.7\n" KIND
                "2022-11-14T17:13:09.123400Z #2 @60+41 DateTime=11.14.2022 17:13:09.1234 Level=2 "
                "Message=Executing:\n" KIND
                "2022-11-14T17:13:09.123400Z #3 @103+20 Message=          $x = '[a]'\n" KIND
                "2022-11-14T17:13:10Z #4 @125+39 DateTime=11-14-2022 17:13:10.0000 "
                "Message=End of Setup\n",
           "");
    expect("\xEF\xBB\xBF[01/02/2021 00:00:00.0001] [1] x\n[nothing]\n[",
           KIND "2021-01-02T00:00:00.001Z #1 @3+32 DateTime=01/02/2021 00:00:00.0001 Level=1 "
                "Message=x\n" KIND "2021-01-02T00:00:00.001Z #2 @36+9 Message=[nothing]\n" KIND
                "2021-01-02T00:00:00.001Z #3 @46+1 Message=[\n",
           "");
}

/* A time that is none is text of the line above, as any other line without one is. */
static void test_damaged_lines(void **state)
{
    expect("Starting\n[13/14/2022 17:13:08.0081] [0] a\n[11/14/2022 17:13:08.0081] [0] b\n"
           "[11/14/2022 17:13:08] [0] c\n",
           KIND "2022-11-14T17:13:08.081Z #3 @42+32 DateTime=11/14/2022 17:13:08.0081 Level=0 "
                "Message=b\n" KIND
                "2022-11-14T17:13:08.081Z #4 @75+27 Message=[11/14/2022 17:13:08] [0] c\n",
           "damage @0 8 a line without a time before it\n"
           "damage @9 32 a line without a time before it\n");
    static const char zeros[] =
        "[11/14/2022 17:13:08.0081] [0] a\n[11/14/2022 17:\0\0\0:08] b\nc\n";
    struct event_text text =
        event_text_parse(&exchange_setup_parser, (str){zeros, sizeof zeros - 1}, 16);
    assert_int_equal(text.n_events, 2);
    assert_str(buf_str(&text.words), "damage @33 24 zeros in the middle of a line\n");
    event_text_release(&text);
}

static void test_every_truncation(void **state)
{
    const str in =
        S("[11/14/2022 17:13:08.0081] [0] a\r\nb\r\n[11/14/2022 17:13:09.0000] [0] c\r\n");
    for (size_t n = 0; n <= in.n; n++)
        event_text_same(&exchange_setup_parser, str_sub(in, 0, n));
}

static void test_bids(void **state)
{
    assert_ptr_equal(parser_for(S("[11/14/2022 17:13:08.0081] [0] x\n"), S("x")),
                     &exchange_setup_parser);
    assert_ptr_equal(parser_for(S("\r\n[11.14.2022 17:13:08.0081] [0] x\n"), S("x")),
                     &exchange_setup_parser);
    assert_null(parser_for(S("[11/14/2022 17:13:08] x\n"), S("ExchangeSetup.log")));
    assert_null(parser_for(S("[11/14/2022 17:13:08.0081]"), S("ExchangeSetup.log")));
}

int suite_exchange_setup(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_lines),
        cmocka_unit_test(test_damaged_lines),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_bids),
    };
    return cmocka_run_group_tests_name("exchange_setup", tests, NULL, NULL);
}
