/* Bytes as a rule and an event: up to the first NUL the rule's text, then values for a few fields,
 * each a byte for its type and its bytes up to the next NUL. Both matchers must say the same, twice
 * (the second time from the fast one's caches). */
#include <stdlib.h>

#include "base/mem.h"
#include "rule/match/match.h"

#define MAX_RULE 4096 /* longer rules find nothing that short ones do not, slowly */

static const char *const fields[] = {"F", "G", "EventID", "CommandLine"};

static str next_piece(str *rest)
{
    str piece = STR_NONE;
    return str_next(rest, '\0', &piece) ? piece : STR_NONE;
}

static struct value value_of(str piece)
{
    static const u8 types[] = {VALUE_UTF8, VALUE_UTF16,  VALUE_CSV,     VALUE_PLUS, VALUE_ANSI,
                               VALUE_SID,  VALUE_BINARY, VALUE_U64,     VALUE_I64,  VALUE_HEX,
                               VALUE_BOOL, VALUE_NULL,   VALUE_FILETIME};
    if (piece.n == 0)
        return (struct value){.type = VALUE_NONE};
    const u8 type = types[(u8)piece.p[0] % COUNT(types)];
    const str bytes = str_sub(piece, 1, piece.n);
    u64 number = 0;
    if (type <= VALUE_ANSI || type == VALUE_SID || type == VALUE_BINARY)
        return (struct value){.type = type, .n = (u32)bytes.n, .p = bytes.p};
    if (bytes.n)
        memcpy(&number, bytes.p, MIN(bytes.n, sizeof number));
    return (struct value){.type = type, .u = type == VALUE_BOOL ? number & 1 : number};
}

static void compare(const struct ruleset *set, str rest)
{
    static const struct matcher_ops *const sides[] = {&matcher_plain, &matcher_fast};
    struct shape_field map[COUNT(fields)];
    struct value slots[COUNT(fields)];
    struct shape_def def = {.kind = KIND_WINDOWS,
                            .channel = S("Security"),
                            .provider = S("P"),
                            .event_id = 1,
                            .fields = map};
    struct schema schema;
    u32 out[2][4], n[2][2];
    schema_init(&schema, &set->fields);
    for (u32 i = 0; i < COUNT(fields); i++) {
        slots[i] = value_of(next_piece(&rest));
        if (slots[i].type != VALUE_NONE || i % 2)
            map[def.n_fields++] =
                (struct shape_field){intern_add(&schema.fields, str_from(fields[i])), (i32)i};
    }
    def.n_slots = COUNT(fields);
    const struct event event = {.shape = schema_add(&schema, S("k"), &def), .slots = slots};
    for (int side = 0; side < 2; side++) {
        const void *const compiled = sides[side]->compile(set);
        void *const matcher = sides[side]->open(compiled, &schema, 1);
        for (int turn = 0; turn < 2; turn++)
            n[side][turn] = sides[side]->match(matcher, &event, out[side]);
        sides[side]->close(matcher);
        sides[side]->free(compiled);
    }
    if (n[0][0] != n[1][0] || n[1][0] != n[1][1] ||
        memcmp(out[0], out[1], n[0][0] * sizeof(u32)) != 0)
        abort();
    schema_release(&schema);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    str rest = {(const char *)data, size};
    const struct ruleset_text text = {S("fuzz.yml"), next_piece(&rest)};
    struct ruleset *set;
    struct err err;
    if (text.text.n > MAX_RULE || ruleset_load_texts(&text, 1, &set, &err) != OK)
        return 0;
    if (set->n_rules > 0 && set->n_rules <= 4)
        compare(set, rest);
    ruleset_free(set);
    return 0;
}
