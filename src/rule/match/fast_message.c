#include "rule/match/fast_message.h"

#include "base/utf.h"

/* The longest piece of s between spaces. */
static str longest_piece(str s)
{
    str best = S(""), piece;
    while (str_next(&s, ' ', &piece))
        if (piece.n > best.n)
            best = piece;
    return best;
}

static bool fits_in_a_word(const struct fast_pattern *p)
{
    if (p->shape != SHAPE_CONTAINS || longest_piece(p->literal).n == 0)
        return false;
    return p->literal.n <= 2 ||
           str_find_char(str_sub(p->literal, 1, p->literal.n - 1), ' ') == SIZE_MAX;
}

static void add_gate(struct fast_tests *tests, str piece, struct arena *arena)
{
    struct fast_tokens tokens = {.p = ARENA_ARRAY(arena, u32, piece.n)};
    for (size_t at = 0; at < piece.n;)
        tokens.p[tokens.n++] = utf8_next(piece, &at);
    fast_tokens_contains(&tokens, arena);
    const struct fast_test gate = {
        .kind = TEST_PATTERN,
        .pattern = fast_pattern_make(&tokens, fast_tests_fold(tests), arena),
    };
    fast_tests_set_gate(tests, fast_tests_add(tests, FAST_WORDS, &gate));
}

/* False when there is a literal that has no piece. */
static bool add_gates(struct fast_tests *tests, const str *literals, u32 n, struct arena *arena)
{
    for (u32 i = 0; i < n; i++)
        if (longest_piece(literals[i]).n == 0)
            return false;
    for (u32 i = 0; i < n; i++)
        add_gate(tests, longest_piece(literals[i]), arena);
    return n > 0;
}

u32 fast_message_add(struct fast_tests *tests, const struct fast_test *test, struct arena *arena,
                     bool *out_always)
{
    if (test->kind == TEST_PATTERN && fits_in_a_word(&test->pattern))
        return fast_tests_add(tests, FAST_WORDS, test);
    const str *literals = &test->pattern.needle;
    u32 n = 1;
    if (test->kind == TEST_REGEX &&
        !fast_regex_gate(test->source, test->flags, arena, &literals, &n))
        n = 0;
    if (!add_gates(tests, literals, n, arena))
        *out_always = true;
    return fast_tests_add(tests, FAST_MESSAGE, test);
}

/* ------------------------------------------------------------------ asking */

bool fast_message_is_digits(enum value_type type)
{
    return type == VALUE_I64 || type == VALUE_U64 || type == VALUE_HEX || type == VALUE_FILETIME ||
           type == VALUE_SYSTEMTIME || type == VALUE_GUID || type == VALUE_SID ||
           type == VALUE_BINARY;
}

/* Every character that those types can show, folded, and the spaces around them. */
static bool may_be_digits(str literal)
{
    for (size_t i = 0; i < literal.n; i++)
        if (!memchr("0123456789abcdefABCDEFxsStTzZ-:. ", literal.p[i], 33))
            return false;
    return true;
}

bool fast_message_skips(const struct fast_tests *tests)
{
    const u32 words = fast_field_find(tests, FAST_WORDS);
    for (u32 i = 0; i < fast_tests_count(tests); i++) {
        const struct fast_test *const test = fast_tests_at(tests, i);
        if (test->field == words && may_be_digits(test->pattern.literal))
            return false;
    }
    return true;
}

void fast_message_ask(struct fast_asker *asker, u32 words, struct value v, struct fast_found *found)
{
    if (v.type == VALUE_ARRAY) {
        for (u32 i = 0; i < v.n; i++)
            fast_message_ask(asker, words, v.items[i], found);
        return;
    }
    const str text = value_text(v, &asker->arena);
    if (!text.n)
        return;
    char *const word = arena_alloc(&asker->arena, text.n + 2, 1);
    word[0] = word[text.n + 1] = ' ';
    memcpy(word + 1, text.p, text.n);
    fast_ask_text(asker, words, (str){word, text.n + 2}, found);
}
