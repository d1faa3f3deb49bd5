#include "check.h"

#include "event/event.h"

static void test_text_of_every_type(void **state)
{
    static const u8 guid[] = {0x5F, 0x38, 0x70, 0x57, 0x2A, 0xC2, 0xE0, 0x43,
                              0xBF, 0x4C, 0x06, 0xF5, 0x69, 0x8F, 0xFB, 0xD9};
    static const u8 sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    static const u8 systime[] = {0xE5, 7, 3, 0, 0, 0, 14, 0, 6, 0, 40, 0, 10, 0, 7, 3};
    static const struct value pair[] = {{.type = VALUE_UTF8, .n = 1, .p = "a"},
                                        {.type = VALUE_U64, .u = 7}};
    const struct {
        struct value v;
        const char *text;
    } rows[] = {
        {{.type = VALUE_NULL}, ""},
        {{.type = VALUE_JSON, .n = 25, .p = "a\\n\\u00e9\\\"\\\\\\ud83d\\ude00"},
         "a\n\xC3\xA9\"\\\xF0\x9F\x98\x80"},
        {{.type = VALUE_JSON, .n = 6, .p = "\\ud83d"}, "\xEF\xBF\xBD"},
        {{.type = VALUE_CSV, .n = 6, .p = "a\"\"b'c"}, "a\"b'c"},
        {{.type = VALUE_PLUS, .n = 3, .p = "a+b"}, "a b"},
        {{.type = VALUE_UTF16, .n = 4, .p = "a\0\xE9\0"}, "a\xC3\xA9"},
        {{.type = VALUE_ANSI, .n = 2, .p = "\x80\xE9"}, "\xE2\x82\xAC\xC3\xA9"},
        {{.type = VALUE_I64, .i = -5}, "-5"},
        {{.type = VALUE_I64, .i = INT64_MIN}, "-9223372036854775808"},
        {{.type = VALUE_U64, .u = 0}, "0"},
        {{.type = VALUE_U64, .u = UINT64_MAX}, "18446744073709551615"},
        {{.type = VALUE_HEX, .u = 0x12019f}, "0x12019f"},
        {{.type = VALUE_HEX, .u = 0}, "0x0"},
        {{.type = VALUE_HEX, .u = UINT64_MAX}, "0xffffffffffffffff"},
        {{.type = VALUE_F64, .f = 0.1}, "0.1"},
        {{.type = VALUE_BOOL, .u = 1}, "true"},
        {{.type = VALUE_FILETIME, .u = 132601776107750000u}, "2021-03-14T06:40:10.7750000Z"},
        {{.type = VALUE_FILETIME, .u = 0}, "1601-01-01T00:00:00.0000000Z"},
        {{.type = VALUE_FILETIME, .u = 116444735999999999u}, "1969-12-31T23:59:59.9999999Z"},
        {{.type = VALUE_FILETIME, .u = 125963423999999999u}, "2000-02-29T23:59:59.9999999Z"},
        {{.type = VALUE_FILETIME, .u = INT64_MAX}, "30828-09-14T02:48:05.4775807Z"},
        {{.type = VALUE_FILETIME, .u = UINT64_MAX}, "60056-05-28T05:36:10.9551615Z"},
        {{.type = VALUE_SYSTEMTIME, .p = systime}, "2021-03-14T06:40:10.775Z"},
        {{.type = VALUE_SYSTEMTIME, .p = "\xFF\xFF\xFF\xFF  \xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"},
         "65535-65535-65535T65535:65535:65535.001Z"},
        {{.type = VALUE_GUID, .p = guid}, "5770385F-C22A-43E0-BF4C-06F5698FFBD9"},
        {{.type = VALUE_SID, .n = sizeof sid, .p = sid}, "S-1-5-32-544"},
        {{.type = VALUE_SID, .n = 5, .p = sid}, "0102000000"},
        {{.type = VALUE_BINARY, .n = 2, .p = "\x0A\xFF"}, "0AFF"},
        {{.type = VALUE_ARRAY, .n = 2, .items = pair}, "a 7"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_str(value_text(rows[i].v, &arena), rows[i].text);
    arena_release(&arena);
}

static void test_shapes_are_interned(void **state)
{
    struct intern fields;
    struct schema schema;
    fields_init(&fields);
    schema_init(&schema, &fields);
    assert_null(schema_find(&schema, S("k1")));
    const struct value constant = value_utf8(S("Security"));
    const u32 own = intern_add(&schema.fields, S("TargetUserName2"));
    const struct shape_field map[] = {{FIELD_CHANNEL, -1}, {own, 0}};
    const struct shape_def def = {
        .kind = KIND_WINDOWS,
        .channel = S("Security"),
        .provider = S("p"),
        .event_id = 4624,
        .fields = map,
        .n_fields = 2,
        .consts = &constant,
        .n_consts = 1,
        .n_slots = 1,
    };
    const struct shape *const shape = schema_add(&schema, S("k1"), &def);
    assert_ptr_equal(schema_find(&schema, S("k1")), shape);
    const struct value slots[] = {value_u64(7)};
    const struct event event = {.shape = shape, .slots = slots};
    struct arena arena = {0};
    assert_str(value_text(event_get(&event, FIELD_CHANNEL), &arena), "Security");
    assert_str(value_text(event_get(&event, own), &arena), "7");
    assert_int_equal(event_get(&event, FIELD_IMAGE).type, VALUE_NONE);
    assert_str(shape_kind_text(shape, &arena), "evtx:Security");
    arena_release(&arena);
    schema_release(&schema);
    intern_release(&fields);
}

int suite_event(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_every_type),
        cmocka_unit_test(test_shapes_are_interned),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
