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

static u32 add_gate(struct fast_tests *tests, str text, bool at_end, struct arena *arena)
{
    struct fast_tokens tokens = {.p = ARENA_ARRAY(arena, u32, text.n)};
    for (size_t at = 0; at < text.n;)
        tokens.p[tokens.n++] = utf8_next(text, &at);
    if (at_end)
        fast_tokens_endswith(&tokens, arena);
    else
        fast_tokens_contains(&tokens, arena);
    const struct fast_test gate = {
        .kind = TEST_PATTERN,
        .pattern = fast_pattern_make(&tokens, fast_tests_fold(tests), arena),
    };
    return fast_tests_add(tests, FAST_WORDS, &gate);
}

/* None when there is a literal of nothing but spaces. */
static void add_gates(struct fast_tests *tests, u32 test, const str *literals, u32 n,
                      struct arena *arena)
{
    size_t most = 0;
    for (u32 i = 0; i < n; i++) {
        if (longest_piece(literals[i]).n == 0)
            return;
        most += literals[i].n;
    }
    u32 *const gates = ARENA_ARRAY(arena, u32, most);
    u32 n_gates = 0;
    for (u32 i = 0; i < n; i++) {
        const str literal = literals[i];
        gates[n_gates++] = add_gate(tests, literal, false, arena);
        for (size_t k = 1; k + 1 < literal.n; k++)
            if (literal.p[k] == ' ')
                gates[n_gates++] = add_gate(tests, str_sub(literal, 0, k + 1), true, arena);
    }
    fast_tests_set_gates(tests, test, gates, n_gates);
}

u32 fast_message_add(struct fast_tests *tests, const struct fast_test *test, struct arena *arena)
{
    if (test->kind == TEST_PATTERN && fits_in_a_word(&test->pattern))
        return fast_tests_add(tests, FAST_WORDS, test);
    const str *literals = &test->pattern.needle;
    u32 n = 1;
    if (test->kind == TEST_REGEX &&
        !fast_regex_gate(test->regex.pattern, test->regex.flags, arena, &literals, &n))
        n = 0;
    const u32 id = fast_tests_add(tests, FAST_MESSAGE, test);
    add_gates(tests, id, literals, n, arena);
    return id;
}

/* ------------------------------------------------------------------ the words of a shape */

/* What values that show as digits are made of, folded. */
static const struct {
    enum value_type type;
    const char *characters;
} digits[] = {
    {VALUE_I64, "0123456789-"},
    {VALUE_U64, "0123456789"},
    {VALUE_HEX, "0123456789abcdefx"},
    {VALUE_FILETIME, "0123456789-:.tz"},
    {VALUE_SYSTEMTIME, "0123456789-:.tz"},
    {VALUE_GUID, "0123456789abcdef-"},
    {VALUE_SID, "0123456789abcdefs-"},
    {VALUE_BINARY, "0123456789abcdef"},
};

static bool made_of(str literal, const char *characters)
{
    for (size_t i = 0; i < literal.n; i++)
        if (literal.p[i] != ' ' && (!literal.p[i] || !strchr(characters, literal.p[i])))
            return false;
    return true;
}

/* The types whose values hold none of the literals. */
static u32 without(const struct fast_skip_literal *literals, u32 n)
{
    u32 out = 0;
    for (size_t t = 0; t < COUNT(digits); t++) {
        bool some = false;
        for (u32 i = 0; i < n && !some; i++)
            some = made_of(literals[i].text, digits[t].characters);
        out |= (u32)!some << digits[t].type;
    }
    return out;
}

static void put_literal(const struct fast_tests *tests, u32 id, struct fast_skip_literal *out)
{
    const struct fast_pattern *const p = &fast_tests_at(tests, id)->pattern;
    *out = (struct fast_skip_literal){p->needle, p->shape == SHAPE_SUFFIX};
}

/* Its literals: words as they are, and gates. */
static u32 collect(const struct fast_tests *tests, const u32 *ids, u32 n, struct fast_words *words,
                   struct fast_skip_literal *literals, u32 *gates)
{
    const u32 message = fast_field_find(tests, FAST_MESSAGE);
    u32 n_literals = 0;
    for (u32 i = 0; i < n; i++) {
        const struct fast_test *const test = fast_tests_at(tests, ids[i]);
        if (test->field != message)
            put_literal(tests, ids[i], &literals[n_literals++]);
        else if (test->n_gates == 0)
            words->always = true;
        for (u32 k = 0; test->field == message && k < test->n_gates; k++) {
            gates[words->n_gates++] = test->gates[k];
            put_literal(tests, test->gates[k], &literals[n_literals++]);
        }
    }
    return n_literals;
}

const struct fast_words *fast_words_new(const struct fast_tests *tests, const u32 *ids, u32 n,
                                        struct arena *arena)
{
    size_t most = n;
    for (u32 i = 0; i < n; i++)
        most += fast_tests_at(tests, ids[i])->n_gates;
    struct fast_words *const words = ARENA_NEW(arena, struct fast_words);
    struct fast_skip_literal *const literals = ARENA_ARRAY(arena, struct fast_skip_literal, most);
    u32 *const gates = ARENA_ARRAY(arena, u32, most);
    const u32 n_literals = collect(tests, ids, n, words, literals, gates);
    words->gates = gates;
    words->passes_over = without(literals, n_literals);
    words->skip = fast_skip_new(literals, n_literals, arena);
    return words;
}

bool fast_words_may(const struct fast_words *words, struct value v)
{
    if (words->passes_over >> v.type & 1)
        return false;
    if (v.type != VALUE_ARRAY)
        return !words->skip || fast_skip_may(words->skip, v);
    bool out = false;
    for (u32 i = 0; i < v.n && !out; i++)
        out = fast_words_may(words, v.items[i]);
    return out;
}

/* ------------------------------------------------------------------ asking */

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
