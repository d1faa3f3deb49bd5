/* test_evtx.c: the EVTX reader over files written by evtx_make, and, where there is outside data,
 * its two ways of reading against each other. */
#include "check.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evtx_run.h"

static void ok_standard_event(void **state)
{
    struct evtx_make m;
    make_init(&m);
    for (u64 id = 1; id <= 2; id++) {
        make_record(&m, id);
        make_standard(&m, (u16)(4623 + id));
        make_open(&m, "EventData", false);
        make_open(&m, "Data", true);
        make_attribute(&m, "Name");
        make_text(&m, "User Name");
        make_attributes_end(&m);
        make_text(&m, id == 1 ? "alice" : "bob");
        make_end(&m);
        make_end(&m);
        make_standard_end(&m);
        make_record_end(&m);
    }
    expect(&m, "1 Provider_Name=Test-Provider Provider_Guid={00112233-4455-6677-8899-AABBCCDDEEFF} "
               "EventID=4624 Level=4 "
               "Keywords=0x8020000000000000 TimeCreated_SystemTime=2021-03-14T06:40:11.7750000Z "
               "EventRecordID=1 "
               "Execution_ProcessID=4321 Execution_ThreadID=8765 Channel=Test/Operational "
               "Computer=host.example "
               "Security_UserID=S-1-5-18 UserName=alice\n"
               "2 Provider_Name=Test-Provider Provider_Guid={00112233-4455-6677-8899-AABBCCDDEEFF} "
               "EventID=4625 Level=4 "
               "Keywords=0x8020000000000000 TimeCreated_SystemTime=2021-03-14T06:40:12.7750000Z "
               "EventRecordID=2 "
               "Execution_ProcessID=4321 Execution_ThreadID=8765 Channel=Test/Operational "
               "Computer=host.example "
               "Security_UserID=S-1-5-18 UserName=bob\n");
}

static struct event kept;
static struct value kept_slots[64];

static void keep_event(void *arg, const struct event *events, size_t n)
{
    kept = events[n - 1];
    memcpy(kept_slots, kept.slots, kept.shape->n_slots * sizeof *kept_slots);
    kept.slots = kept_slots;
}

static void ok_shape_and_time(void **state)
{
    struct evtx_make m;
    struct evtx_run r;
    make_init(&m);
    make_record(&m, 5);
    make_standard(&m, 4624);
    make_standard_end(&m);
    make_record_end(&m);
    make_chunk_end(&m);
    make_record(&m, 6);
    make_standard(&m, 4624);
    make_standard_end(&m);
    make_record_end(&m);
    make_chunk_end(&m);
    plain(&m, 7);
    const str file = make_file(&m);
    evtx_run_init(&r);
    struct parse_env env = {
        .schema = &r.schema, .arena = &r.arena, .sink = {keep_event, evtx_run_damage, &r}};
    r.file = file;
    parse_memory(&evtx_parser, str_sub(file, 0, file.n - EVTX_CHUNK), S(""), 1, &env);
    assert_int_equal(r.schema.n_shapes, 1); /* two chunks, one form */
    assert_int_equal(kept.record, 6);
    assert_str(kept.shape->channel, "Test/Operational");
    assert_str(kept.shape->provider, "Test-Provider");
    assert_int_equal(kept.shape->event_id, 4624);
    assert_true(kept.time == time_from_filetime(MAKE_TIME + 6 * 10000000));
    assert_int_equal(event_get(&kept, FIELD_RECORD_ID).type, VALUE_U64);
    /* the id is one of the shape's constants, the thread of the process is in a slot */
    assert_true(kept.shape->fields[shape_find(kept.shape, FIELD_EVENT_ID)].slot < 0);
    assert_true(kept.shape->fields[shape_find(kept.shape, FIELD_EXECUTION_THREAD_ID)].slot >= 0);
    /* a record that does not say its time has that of its header */
    parse_memory(&evtx_parser, file, S(""), 1, &env);
    assert_int_equal(kept.record, 7);
    assert_true(kept.time == time_from_filetime(MAKE_TIME + 7 * 10000000));
    assert_int_equal(kept.shape->event_id, 7);
    parse_env_release(&env);
    evtx_run_release(&r);
    make_release(&m);
}

static const u8 guid[16] = {0x5F, 0x38, 0x70, 0x57, 0x2A, 0xC2, 0xE0, 0x43,
                            0xBF, 0x4C, 0x06, 0xF5, 0x69, 0x8F, 0xFB, 0xD9};
static const u8 sid[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
static const u8 systime[16] = {0xE5, 7, 3, 0, 0, 0, 14, 0, 6, 0, 40, 0, 10, 0, 7, 3};

struct typed {
    u8 type;
    u32 n;
    const void *p;
    const char *text;
};

static void expect_values(const struct typed *rows, u32 n)
{
    struct evtx_make m;
    struct buf text;
    static char names[64][8];
    assert_true(n <= COUNT(names));
    make_init(&m);
    buf_init(&text, SIZE_MAX / 2);
    own_begin(&m, 1);
    make_open(&m, "EventData", false);
    for (u32 i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "f%u", i);
        make_data(&m, names[i], (u16)i, rows[i].type);
    }
    make_end(&m);
    own_values(&m, n);
    buf_add(&text, S("1"));
    for (u32 i = 0; i < n; i++) {
        make_value(&m, rows[i].type, rows[i].p, rows[i].n);
        buf_printf(&text, " f%u=%s", i, rows[i].text);
    }
    make_record_end(&m);
    buf_add(&text, (str){"\n", 2});
    expect(&m, text.p);
    buf_release(&text);
}

static void ok_every_value_type(void **state)
{
    const struct typed rows[] = {
        {TYPE_NULL, 0, "", "(null)"},
        {TYPE_STRING, 4, "a\0\xE9\0", "a\xC3\xA9"},
        {TYPE_ANSI, 2, "\x80z", "\xE2\x82\xACz"},
        {TYPE_I8, 1, "\xFF", "-1"},
        {TYPE_U8, 1, "\xFF", "255"},
        {TYPE_I16, 2, "\xFE\xFF", "-2"},
        {TYPE_U16, 2, "\xFE\xFF", "65534"},
        {TYPE_I32, 4, "\xFD\xFF\xFF\xFF", "-3"},
        {TYPE_U32, 4, "\xFD\xFF\xFF\xFF", "4294967293"},
        {TYPE_I64, 8, "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "-4"},
        {TYPE_U64, 8, "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "18446744073709551612"},
        {TYPE_F32, 4, "\0\0\xC0\x3F", "1.5"},
        {TYPE_F64, 8, "\0\0\0\0\0\0\x04\xC0", "-2.5"},
        {TYPE_BOOL, 4, "\x01\0\0\0", "true"},
        {TYPE_BINARY, 3, "\x01\x02\xFF", "0102FF"},
        {TYPE_GUID, 16, guid, "5770385F-C22A-43E0-BF4C-06F5698FFBD9"},
        {TYPE_SIZE, 8, "\x10\0\0\0\0\0\0\0", "0x10"},
        {TYPE_FILETIME, 8, "\x00\x80\x3E\xD5\xDE\xB1\x9D\x01", "1970-01-01T00:00:00.0000000Z"},
        {TYPE_SYSTEMTIME, 16, systime, "2021-03-14T06:40:10.775Z"},
        {TYPE_SID, 16, sid, "S-1-5-32-544"},
        {TYPE_HEX32, 4, "\xEF\xBE\xAD\xDE", "0xdeadbeef"},
        {TYPE_HEX64, 8, "\xEF\xBE\xAD\xDE\0\0\0\x80", "0x80000000deadbeef"},
        {TYPE_HANDLE, 8, "\x20\0\0\0\0\0\0\0", "0x20"},
        {TYPE_XML, 6, "<\0a\0>\0", "<a>"},
        {0x7F, 2, "\x01\x02", "0102"},
    };
    expect_values(rows, COUNT(rows));
}

static void ok_values_of_odd_sizes(void **state)
{
    const struct typed rows[] = {
        {TYPE_STRING, 0, "", ""},
        {TYPE_STRING, 7, "a\0b\0\0\0\0", "ab"}, /* terminators and an odd byte */
        {TYPE_ANSI, 3, "a\0\0", "a"},
        {TYPE_BINARY, 0, "", ""},
        {TYPE_U32, 0, "", "(null)"},
        {TYPE_SID, 0, "", "(null)"},
        {TYPE_BINXML, 0, "", "(null)"},
        {TYPE_BOOL, 1, "\x01", "true"},
        {TYPE_BOOL, 8, "\0\0\x01\0\0\0\0\0", "true"},
        {TYPE_SIZE, 4, "\x10\0\0\0", "0x10"},
        {TYPE_I32, 1, "\xFE", "-2"},
        {TYPE_U32, 3, "\x01\x02\x03", "010203"},
        {TYPE_F64, 2, "\x01\x02", "0102"},
        {TYPE_GUID, 4, "\x01\x02\x03\x04", "01020304"},
        {TYPE_FILETIME, 4, "\x01\x02\x03\x04", "01020304"},
        {TYPE_SID, 5, "\x01\x05\0\0\0", "0105000000"},
    };
    expect_values(rows, COUNT(rows));
}

static void ok_every_array_type(void **state)
{
    const struct typed rows[] = {
        {TYPE_ARRAY | TYPE_STRING, 12, "a\0b\0\0\0\0\0c\0\0\0", "[ab||c]"},
        {TYPE_ARRAY | TYPE_STRING, 6, "a\0\0\0c\0", "[a|c]"}, /* the last one not terminated */
        {TYPE_ARRAY | TYPE_STRING, 0, "", "[]"},
        {TYPE_ARRAY | TYPE_ANSI, 4, "ab\0c", "[ab|c]"},
        {TYPE_ARRAY | TYPE_I8, 2, "\x01\xFF", "[1|-1]"},
        {TYPE_ARRAY | TYPE_U8, 2, "\x01\xFF", "[1|255]"},
        {TYPE_ARRAY | TYPE_I16, 4, "\x01\0\xFF\xFF", "[1|-1]"},
        {TYPE_ARRAY | TYPE_U16, 4, "\x01\0\xFF\xFF", "[1|65535]"},
        {TYPE_ARRAY | TYPE_I32, 8, "\x01\0\0\0\xFF\xFF\xFF\xFF", "[1|-1]"},
        {TYPE_ARRAY | TYPE_U32, 8, "\x01\0\0\0\x02\0\0\0", "[1|2]"},
        {TYPE_ARRAY | TYPE_U32, 7, "\x01\0\0\0\x02\0\0", "01000000020000"},
        {TYPE_ARRAY | TYPE_I64, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "[-1]"},
        {TYPE_ARRAY | TYPE_U64, 8, "\x05\0\0\0\0\0\0\0", "[5]"},
        {TYPE_ARRAY | TYPE_F32, 8, "\0\0\xC0\x3F\0\0\0\0", "[1.5|0]"},
        {TYPE_ARRAY | TYPE_F64, 8, "\0\0\0\0\0\0\x04\xC0", "[-2.5]"},
        {TYPE_ARRAY | TYPE_BOOL, 8, "\x01\0\0\0\0\0\0\0", "[true|false]"},
        {TYPE_ARRAY | TYPE_GUID, 16, guid, "[5770385F-C22A-43E0-BF4C-06F5698FFBD9]"},
        {TYPE_ARRAY | TYPE_SIZE, 16, "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", "[0x1|0x2]"},
        {TYPE_ARRAY | TYPE_SIZE, 12, "\x01\0\0\0\x02\0\0\0\x03\0\0\0", "[0x1|0x2|0x3]"},
        {TYPE_ARRAY | TYPE_FILETIME, 8, "\x00\x80\x3E\xD5\xDE\xB1\x9D\x01",
         "[1970-01-01T00:00:00.0000000Z]"},
        {TYPE_ARRAY | TYPE_SYSTEMTIME, 16, systime, "[2021-03-14T06:40:10.775Z]"},
        {TYPE_ARRAY | TYPE_SID, 16, sid, "[S-1-5-32-544]"},
        {TYPE_ARRAY | TYPE_SID, 15, sid, "010200000000000520000000200200"},
        {TYPE_ARRAY | TYPE_HEX32, 4, "\x0A\0\0\0", "[0xa]"},
        {TYPE_ARRAY | TYPE_HEX64, 8, "\x0B\0\0\0\0\0\0\0", "[0xb]"},
        {TYPE_ARRAY | TYPE_BINARY, 2, "\x01\x02", "0102"},
    };
    expect_values(rows, COUNT(rows));
}

static void ok_record_without_a_template(void **state)
{
    struct evtx_make m;
    make_init(&m);
    for (u64 id = 1; id <= 2; id++) {
        make_record(&m, id);
        make_instruction(&m, "target", "data");
        make_open(&m, "Event", false);
        make_open(&m, "System", false);
        make_open(&m, "Provider", true);
        make_attribute(&m, "Name");
        make_text(&m, "Plain");
        make_empty(&m);
        make_element(&m, "EventID", "4104");
        make_open(&m, "TimeCreated", true);
        make_attribute(&m, "SystemTime");
        make_text(&m, "2021-03-14T06:40:10.775Z");
        make_empty(&m);
        make_end(&m);
        make_open(&m, "EventData", false);
        make_open(&m, "Data", true);
        make_attribute(&m, "Name");
        make_text(&m, "text");
        make_attributes_end(&m);
        make_text(&m, id == 1 ? "x" : "y");
        make_entity(&m, "lt");
        make_entity(&m, "gt");
        make_entity(&m, "amp");
        make_entity(&m, "quot");
        make_entity(&m, "apos");
        make_entity(&m, "other");
        make_char_ref(&m, 0xE9);
        make_cdata(&m, "<b>");
        make_end(&m);
        make_end(&m);
        make_end(&m);
        make_record_end(&m);
    }
    expect(&m, "1 Provider_Name=Plain EventID=4104 TimeCreated_SystemTime=2021-03-14T06:40:10.775Z "
               "text=x<>&\"'\xC3\xA9<b>\n"
               "2 Provider_Name=Plain EventID=4104 TimeCreated_SystemTime=2021-03-14T06:40:10.775Z "
               "text=y<>&\"'\xC3\xA9<b>\n");
}

/* Value tokens hold a string in every sample; the other types are read by their size. */
static void ok_typed_texts(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain_begin(&m, 1);
    make_open(&m, "EventData", false);
    make_open(&m, "Data", false);
    make_u8(&m, TOKEN_VALUE);
    make_u8(&m, TYPE_U32);
    make_u32(&m, 77);
    make_end(&m);
    make_open(&m, "Data", false);
    make_u8(&m, TOKEN_VALUE);
    make_u8(&m, TYPE_ANSI);
    make_u16(&m, 2);
    make_u16(&m, 'o' | 'k' << 8);
    make_end(&m);
    make_end(&m);
    plain_end(&m);
    expect(&m, "1 EventID=7 Data=[77|ok]\n");
}

static void data(struct evtx_make *m, const char *name, const char *text)
{
    make_open(m, "Data", name != NULL);
    if (name) {
        make_attribute(m, "Name");
        make_text(m, name);
        make_attributes_end(m);
    }
    if (text)
        make_text(m, text);
    make_end(m);
}

static void ok_names_of_event_data(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain_begin(&m, 1);
    make_open(&m, "EventData", true);
    make_attribute(&m, "Name");
    make_text(&m, "Kind");
    make_attributes_end(&m);
    data(&m, "New Value", "v");
    data(&m, "empty", NULL);
    data(&m, "twice", "a");
    data(&m, "EventID", "clash");
    data(&m, "twice", "b");
    data(&m, "twice", "c");
    data(&m, NULL, "one");
    data(&m, "", "two");
    make_element(&m, "Binary", "00FF");
    make_open(&m, "Data", true);
    make_attribute(&m, "Name");
    make_text(&m, "inner");
    make_attribute(&m, "Type");
    make_text(&m, "t");
    make_attributes_end(&m);
    make_element(&m, "Deep", "d");
    make_end(&m);
    make_end(&m);
    plain_end(&m);
    plain_begin(&m, 2);
    make_open(&m, "EventData", false);
    data(&m, NULL, "single");
    make_end(&m);
    plain_end(&m);
    plain_begin(&m, 3);
    make_element(&m, "EventData", "bare");
    plain_end(&m);
    expect(&m, "1 EventID=7 EventData_Name=Kind NewValue=v empty=(null) twice=[a|b|c] "
               "EventData_EventID=clash "
               "Data=[one|two] Binary=00FF inner_Type=t Deep=d\n"
               "2 EventID=7 Data=single\n"
               "3 EventID=7 EventData=bare\n");
}

static void ok_array_in_unnamed_data(void **state)
{
    struct evtx_make m;
    make_init(&m);
    own_begin(&m, 1);
    make_open(&m, "EventData", false);
    make_data(&m, NULL, 0, TYPE_ARRAY | TYPE_STRING);
    make_end(&m);
    own_values(&m, 1);
    make_value(&m, TYPE_ARRAY | TYPE_STRING, "a\0\0\0b\0\0", 8);
    make_record_end(&m);
    expect(&m, "1 Data=[a|b]\n");
}

/* The name of a field in a slot: one template, and a shape for each name. */
static void ok_name_by_substitution(void **state)
{
    static const char *const names[] = {"first", "second", "first", "EventID"};
    struct evtx_make m;
    u32 definition = 0;
    make_init(&m);
    for (u64 id = 1; id <= COUNT(names); id++) {
        make_record(&m, id);
        if (id == 1) {
            definition = make_template(&m, 5);
            make_open(&m, "Event", false);
            make_open(&m, "System", false);
            make_element(&m, "EventID", "9");
            make_end(&m);
            make_open(&m, "EventData", false);
            make_open(&m, "Data", true);
            make_attribute(&m, "Name");
            make_sub(&m, 0, TYPE_STRING, false);
            make_attributes_end(&m);
            make_sub(&m, 1, TYPE_STRING, false);
            make_end(&m);
            make_end(&m);
            make_end(&m);
            make_template_end(&m);
        } else {
            make_template_at(&m, 5, definition);
        }
        make_values(&m, 2);
        make_value_text(&m, names[id - 1]);
        make_value_u(&m, TYPE_U8, id, 1);
        make_record_end(&m);
    }
    expect(&m, "1 EventID=9 first=1\n2 EventID=9 second=2\n3 EventID=9 first=3\n4 EventID=9 "
               "EventData_EventID=4\n");
}

static void ok_user_data(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain_begin(&m, 1);
    make_open(&m, "UserData", false);
    make_open(&m, "ns2:Outer", true);
    make_attribute(&m, "xmlns:ns2");
    make_text(&m, "urn:x");
    make_attribute(&m, "Kind");
    make_text(&m, "k");
    make_attributes_end(&m);
    make_element(&m, "ns2:Subject", "s");
    make_open(&m, "List", false);
    make_element(&m, "Item", "1");
    make_element(&m, "Item", "2");
    make_end(&m);
    make_element(&m, "EventID", "clash");
    make_open(&m, "Only", true);
    make_attribute(&m, "Attr");
    make_text(&m, "a");
    make_empty(&m);
    make_open(&m, "Nothing", false);
    make_end(&m);
    make_open(&m, "Mixed", false);
    make_text(&m, "text ");
    make_element(&m, "Part", "p");
    make_end(&m);
    make_open(&m, "Spaced", false);
    make_text(&m, "\n  ");
    make_element(&m, "Part", "q");
    make_end(&m);
    make_end(&m);
    make_end(&m);
    plain_end(&m);
    expect(&m, "1 EventID=7 Outer_Kind=k Subject=s Item=[1|2] UserData_EventID=clash Only_Attr=a "
               "Nothing=(null) "
               "Mixed=text  Part=[p|q]\n");
}

/* A forwarded log: the fields of a local one, and what the sender had rendered. */
static void ok_rendering_info(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain_begin(&m, 1);
    make_open(&m, "EventData", false);
    data(&m, "Level", "own");
    make_end(&m);
    make_open(&m, "RenderingInfo", true);
    make_attribute(&m, "Culture");
    make_text(&m, "en-US");
    make_attributes_end(&m);
    make_element(&m, "Message", "It happened.");
    make_element(&m, "Level", "Information");
    make_open(&m, "Keywords", false);
    make_element(&m, "Keyword", "one");
    make_element(&m, "Keyword", "two");
    make_end(&m);
    make_end(&m);
    plain_end(&m);
    plain_begin(&m, 2);
    make_open(&m, "EventData", false);
    data(&m, "Message", "own");
    make_end(&m);
    make_open(&m, "RenderingInfo", false);
    make_element(&m, "Message", "rendered");
    make_end(&m);
    make_open(&m, "ProcessingErrorData", false);
    make_element(&m, "ErrorCode", "15005");
    make_end(&m);
    plain_end(&m);
    expect(&m, "1 EventID=7 Level=own RenderingInfo_Culture=en-US Message=It happened. "
               "RenderingInfo_Level=Information "
               "RenderingInfo_Keyword=[one|two]\n"
               "2 EventID=7 Message=own RenderingInfo_Message=rendered ErrorCode=15005\n");
}

/* System is named first wherever it stands; other roots than Event are read like UserData. */
static void ok_unusual_documents(void **state)
{
    struct evtx_make m;
    make_init(&m);
    make_record(&m, 1);
    make_open(&m, "Event", true);
    make_attribute(&m, "Version");
    make_text(&m, "2");
    make_attributes_end(&m);
    make_open(&m, "UserData", false);
    make_element(&m, "Level", "u");
    make_end(&m);
    make_open(&m, "System", false);
    make_element(&m, "Level", "s");
    make_open(&m, "Outer", false);
    make_element(&m, "Inner", "i");
    make_end(&m);
    make_end(&m);
    make_end(&m);
    make_record_end(&m);
    make_record(&m, 2);
    make_open(&m, "Log", false);
    make_element(&m, "Line", "l");
    make_end(&m);
    make_record_end(&m);
    expect(&m, "1 Event_Version=2 Level=s Inner=i UserData_Level=u\n2 Line=l\n");
}

/* What null does: drops an attribute by an optional substitution, is a null in content and by a
 * normal one, and is nothing among other pieces of text. */
static void ok_null_values(void **state)
{
    struct evtx_make m;
    u32 definition = 0;
    make_init(&m);
    for (u64 id = 1; id <= 2; id++) {
        make_record(&m, id);
        if (id == 1) {
            definition = make_template(&m, 8);
            make_open(&m, "Event", false);
            make_open(&m, "UserData", false);
            make_open(&m, "A", true);
            make_attribute(&m, "Optional");
            make_sub(&m, 0, TYPE_STRING, true);
            make_attribute(&m, "Normal");
            make_sub(&m, 0, TYPE_STRING, false);
            make_attribute(&m, "Bare");
            make_attributes_end(&m);
            make_sub(&m, 0, TYPE_STRING, true);
            make_end(&m);
            make_open(&m, "Pieces", false);
            make_text(&m, "<");
            make_sub(&m, 0, TYPE_STRING, true);
            make_sub(&m, 1, TYPE_U32, true);
            make_text(&m, ">");
            make_end(&m);
            make_open(&m, "One", false);
            make_sub(&m, 0, TYPE_STRING, true);
            make_sub(&m, 1, TYPE_U32, true);
            make_end(&m);
            make_open(&m, "Constant", false);
            make_text(&m, "a");
            make_cdata(&m, "b");
            make_end(&m);
            make_end(&m);
            make_end(&m);
            make_template_end(&m);
        } else {
            make_template_at(&m, 8, definition);
        }
        make_values(&m, 2);
        if (id == 1)
            make_value(&m, TYPE_NULL, NULL, 0);
        else
            make_value_text(&m, "s");
        make_value_u(&m, TYPE_U32, 6, 4);
        make_record_end(&m);
    }
    expect(&m, "1 A_Normal=(null) A_Bare= A=(null) Pieces=<6> One=6 Constant=ab\n"
               "2 A_Optional=s A_Normal=s A_Bare= A=s Pieces=<s6> One=s6 Constant=ab\n");
}

static void nested_instance(struct evtx_make *m, u32 id, const char *section, const char *name,
                            const char *text)
{
    make_template(m, id);
    make_open(m, section, false);
    make_open(m, name, false);
    make_sub(m, 0, TYPE_STRING, true);
    make_end(m);
    make_end(m);
    make_template_end(m);
    make_values(m, 1);
    make_value_text(m, text);
}

static void ok_nested_instances(void **state)
{
    struct evtx_make m;
    make_init(&m);
    own_begin(&m, 1);
    make_sub(&m, 0, TYPE_BINXML, true);
    make_open(&m, "System", false);
    make_element(&m, "Level", "4");
    make_end(&m);
    own_values(&m, 1);
    make_value_begin(&m, TYPE_BINXML);
    make_fragment(&m);
    nested_instance(&m, 1, "UserData", "Inner", "i");
    make_fragment(&m);
    nested_instance(&m, 2, "RenderingInfo", "Message", "m");
    make_eof(&m);
    make_value_end(&m);
    make_record_end(&m);
    expect(&m, "1 Level=4 Inner=i Message=m\n");
}

/* A definition that stands behind the record that uses it. */
static void ok_definition_further_on(void **state)
{
    u32 definition = 0;
    for (int pass = 0;; pass++) {
        struct evtx_make m;
        make_init(&m);
        make_record(&m, 1);
        make_template_at(&m, 77, definition);
        make_values(&m, 1);
        make_value_text(&m, "early");
        make_record_end(&m);
        make_record(&m, 2);
        definition = make_template(&m, 77);
        make_open(&m, "Event", false);
        make_open(&m, "EventData", false);
        make_data(&m, "x", 0, TYPE_STRING);
        make_end(&m);
        own_values(&m, 1);
        make_value_text(&m, "late");
        make_record_end(&m);
        if (pass == 1) {
            expect(&m, "1 x=early\n2 x=late\n");
            return;
        }
        make_release(&m);
    }
}

/* A record of template 77, whose field is called `name`. With `before`, a record of another
 * template stands before it and has that name, so that the definition refers to it there. */
static void renamed(struct evtx_make *m, u64 id, const char *name, bool before)
{
    for (u32 i = before ? 0 : 1; i < 2; i++) {
        make_record(m, 2 * id + i);
        make_template(m, i ? 77 : 78);
        make_open(m, "Event", false);
        make_open(m, i ? "UserData" : name, false);
        make_open(m, i ? name : "Other", false);
        make_sub(m, 0, TYPE_STRING, true);
        make_end(m);
        make_end(m);
        own_values(m, 1);
        make_value_text(m, "v");
        make_record_end(m);
    }
    make_chunk_end(m);
}

/* Definitions with one GUID and one size are compared, and a name may be what differs, here or
 * elsewhere. */
static void ok_templates_of_one_guid(void **state)
{
    struct evtx_make m;
    make_init(&m);
    renamed(&m, 1, "aa", false);
    renamed(&m, 2, "bb", false);
    renamed(&m, 3, "aa", true);
    renamed(&m, 4, "cc", true);
    renamed(&m, 5, "aa", false);
    renamed(&m, 6, "dd", true);
    renamed(&m, 7, "cc", true);
    expect(&m,
           "3 aa=v\n5 bb=v\n6 Other=v\n7 aa=v\n8 Other=v\n9 cc=v\n11 aa=v\n12 Other=v\n13 dd=v\n"
           "14 Other=v\n15 cc=v\n");
}

/* An instance inside a definition: its values are constant, and no plan is made for it. */
static void ok_template_in_a_template(void **state)
{
    struct evtx_make m;
    make_init(&m);
    own_begin(&m, 1);
    make_open(&m, "UserData", false);
    make_sub(&m, 0, TYPE_STRING, true);
    make_template(&m, 78);
    make_element(&m, "Fixed", "f");
    make_open(&m, "Given", false);
    make_sub(&m, 0, TYPE_STRING, true);
    make_end(&m);
    make_template_end(&m);
    make_values(&m, 1);
    make_value_text(&m, "inner");
    m.depends = true;
    make_end(&m);
    own_values(&m, 1);
    make_value_text(&m, "outer");
    make_record_end(&m);
    expect(&m, "1 UserData=outer Fixed=f Given=inner\n");
}

static void ok_file_without_its_header(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 1);
    make_chunk_end(&m);
    plain(&m, 2);
    const str file = make_file(&m);
    const str chunks = str_sub(file, EVTX_FILE_HEADER, file.n);
    struct evtx_run r;
    assert_ptr_equal(parser_for(chunks, S("")), &evtx_parser);
    evtx_run_all_ways(&r, chunks);
    assert_str(buf_str(&r.text), "1 EventID=7\n2 EventID=7\n");
    assert_int_equal(r.damages, 0);
    evtx_run_release(&r);
    make_release(&m);
}

static void ok_unused_chunks(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 1);
    const str file = make_file(&m);
    const size_t n = file.n + 3 * EVTX_CHUNK - 100;
    char *const longer = mem_calloc(n, 1);
    memcpy(longer, file.p, file.n);
    struct evtx_run r;
    evtx_run_all_ways(&r, (str){longer, n});
    assert_str(buf_str(&r.text), "1 EventID=7\n");
    assert_int_equal(r.damages, 0);
    evtx_run_release(&r);
    mem_free(longer);
    make_release(&m);
}

static void ok_no_checksums_kept(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 1);
    const str file = make_file(&m);
    u8 *const p = (u8 *)file.p;
    p[EVTX_FLAGS_AT] = p[EVTX_FILE_HEADER + EVTX_FLAGS_AT] = EVTX_NO_CRC;
    memset(p + EVTX_CRC_AT, 0, 4);
    memset(p + EVTX_FILE_HEADER + EVTX_CRC_AT, 0, 4);
    memset(p + EVTX_FILE_HEADER + EVTX_CHUNK_DATA_CRC_AT, 0, 4);
    struct evtx_run r;
    evtx_run_all_ways(&r, file);
    assert_str(buf_str(&r.text), "1 EventID=7\n");
    assert_int_equal(r.damages, 0);
    evtx_run_release(&r);
    make_release(&m);
}

static void ok_bids(void **state)
{
    struct evtx_make m;
    make_init(&m);
    plain(&m, 1);
    const str file = make_file(&m);
    assert_ptr_equal(parser_for(file, S("x")), &evtx_parser);
    ((char *)file.p)[0] = 'X';
    assert_ptr_equal(parser_for(file, S("x")), &evtx_parser);
    ((char *)file.p)[EVTX_FILE_HEADER] = 'X';
    assert_int_equal(evtx_parser.bid(file, S("x.evtx")), SURE_NO);
    assert_int_equal(evtx_parser.bid(S(""), S("")), SURE_NO);
    make_release(&m);
}

/* ---- every file there is ---- */

static void both_ways(str file, const struct parser *other, struct evtx_run *plans,
                      struct evtx_run *afresh)
{
    evtx_run_file(plans, &evtx_parser, file, LIMIT_BLOCK);
    evtx_run_file(afresh, other, file, LIMIT_BLOCK);
    assert_int_equal(plans->damages, afresh->damages);
    assert_true(str_eq(buf_str(&plans->text), buf_str(&afresh->text)));
    buf_reset(&plans->text);
    buf_reset(&afresh->text);
}

static size_t read_archive(const char *path, const struct parser *other, struct evtx_run *plans,
                           struct evtx_run *afresh)
{
    size_t events = 0;
    struct archive *const a = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_format_tar(a);
    archive_read_support_filter_zstd(a);
    if (archive_read_open_filename(a, path, 1 << 16) != ARCHIVE_OK)
        fail_msg("cannot read %s", path);
    while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        if (!str_ends(str_from(archive_entry_pathname(entry)), S(".evtx")))
            continue;
        const size_t n = (size_t)archive_entry_size(entry);
        char *const p = mem_alloc(n);
        assert_int_equal(archive_read_data(a, p, n), n);
        both_ways((str){p, n}, other, plans, afresh);
        events += plans->events;
        mem_free(p);
    }
    archive_read_free(a);
    return events;
}

static void carving_changes_no_event(void **state)
{
    static const struct {
        const char *name;
        size_t carved; /* what docs/formats/evtx.md says */
    } archives[] = {{"evtx-attack-samples.tar.zst", 120}, {"evtx-crate-samples.tar.zst", 296}};
    if (!test_data_dir())
        skip();
    for (size_t i = 0; i < COUNT(archives); i++) {
        struct evtx_run plain, carve;
        char path[4096];
        evtx_run_init(&plain);
        evtx_run_init(&carve);
        carve.carve = carve.only_normal = true;
        snprintf(path, sizeof path, "%s/%s", test_data_dir(), archives[i].name);
        read_archive(path, &evtx_parser, &plain, &carve);
        assert_int_equal(plain.carved, 0);
        assert_true(carve.carved >= archives[i].carved);
        evtx_run_release(&plain);
        evtx_run_release(&carve);
    }
}

static void plans_equal_reading_afresh(void **state)
{
    static const struct {
        const char *name;
        size_t least;
    } archives[] = {
        {"evtx-attack-samples.tar.zst", 8255},
        {"evtx-crate-samples.tar.zst", 18603},
        {"sigmahq-regression-half.tar.zst", 117},
    };
    if (!test_data_dir())
        skip();
    struct evtx_run plans, afresh;
    evtx_run_init(&plans);
    evtx_run_init(&afresh);
    for (size_t i = 0; i < COUNT(archives); i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", test_data_dir(), archives[i].name);
        const size_t events = read_archive(path, &evtx_parser_afresh, &plans, &afresh);
        assert_true(events >= archives[i].least);
    }
    evtx_run_release(&plans);
    evtx_run_release(&afresh);
}

int suite_evtx(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_standard_event),
        cmocka_unit_test(ok_shape_and_time),
        cmocka_unit_test(ok_every_value_type),
        cmocka_unit_test(ok_values_of_odd_sizes),
        cmocka_unit_test(ok_every_array_type),
        cmocka_unit_test(ok_record_without_a_template),
        cmocka_unit_test(ok_typed_texts),
        cmocka_unit_test(ok_names_of_event_data),
        cmocka_unit_test(ok_array_in_unnamed_data),
        cmocka_unit_test(ok_name_by_substitution),
        cmocka_unit_test(ok_user_data),
        cmocka_unit_test(ok_rendering_info),
        cmocka_unit_test(ok_unusual_documents),
        cmocka_unit_test(ok_null_values),
        cmocka_unit_test(ok_nested_instances),
        cmocka_unit_test(ok_definition_further_on),
        cmocka_unit_test(ok_templates_of_one_guid),
        cmocka_unit_test(ok_template_in_a_template),
        cmocka_unit_test(ok_file_without_its_header),
        cmocka_unit_test(ok_unused_chunks),
        cmocka_unit_test(ok_no_checksums_kept),
        cmocka_unit_test(ok_bids),
        cmocka_unit_test(plans_equal_reading_afresh),
        cmocka_unit_test(carving_changes_no_event),
    };
    return cmocka_run_group_tests_name("evtx", tests, NULL, NULL);
}
