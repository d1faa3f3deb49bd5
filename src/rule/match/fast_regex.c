#define PCRE2_CODE_UNIT_WIDTH 8
#include "rule/match/fast_regex.h"

#include <pcre2.h>

#include "base/mem.h"
#include "rule/sigma/sigma.h"

#define STACK_START ((size_t)32 << 10) /* of the just-in-time code */

struct fast_regex_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;     /* of the just-in-time code */
    pcre2_match_context *interpreter; /* asked when that gives up */
    pcre2_jit_stack *stack;
    u64 limits_hit;
    VEC(pcre2_code *) codes; /* by id; NULL: not asked yet */
};

static pcre2_code *compile(const struct fast_regex *regex)
{
    u32 options = SIGMA_RE_OPTIONS;
    options |= regex->flags & RE_CASELESS ? PCRE2_CASELESS : 0;
    options |= regex->flags & RE_MULTILINE ? PCRE2_MULTILINE : 0;
    options |= regex->flags & RE_DOTALL ? PCRE2_DOTALL : 0;
    int error;
    PCRE2_SIZE at;
    pcre2_code *const code =
        pcre2_compile((PCRE2_SPTR)regex->pattern.p, regex->pattern.n, options, &error, &at, NULL);
    assert(code);
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* what it cannot take, the interpreter runs */
    return code;
}

static const pcre2_code *code_of(struct fast_regex_scratch *scratch, const struct fast_regex *regex)
{
    while (scratch->codes.n <= regex->id)
        *VEC_PUSH(&scratch->codes) = NULL;
    pcre2_code **const code = &scratch->codes.p[regex->id];
    if (!*code)
        *code = compile(regex);
    return *code;
}

struct fast_regex_scratch *fast_regex_scratch_new(void)
{
    struct fast_regex_scratch *const scratch = mem_calloc(1, sizeof *scratch);
    scratch->data = pcre2_match_data_create(1, NULL); /* yes or no is all that is asked */
    scratch->context = pcre2_match_context_create(NULL);
    scratch->stack = pcre2_jit_stack_create(STACK_START, SIGMA_RE_JIT_STACK, NULL);
    scratch->interpreter = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(scratch->context, SIGMA_RE_JIT_LIMIT);
    pcre2_set_depth_limit(scratch->context, SIGMA_RE_DEPTH_LIMIT);
    pcre2_set_match_limit(scratch->interpreter, SIGMA_RE_MATCH_LIMIT);
    pcre2_set_depth_limit(scratch->interpreter, SIGMA_RE_DEPTH_LIMIT);
    pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    return scratch;
}

void fast_regex_scratch_free(struct fast_regex_scratch *scratch)
{
    if (!scratch)
        return;
    VEC_EACH (&scratch->codes, code)
        pcre2_code_free(*code);
    VEC_FREE(&scratch->codes);
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_match_context_free(scratch->interpreter);
    pcre2_jit_stack_free(scratch->stack);
    mem_free(scratch);
}

/* The texts are valid UTF-8 (value_text says so), so PCRE2 need not look again. */
bool fast_regex_match(const struct fast_regex *regex, str text, struct fast_regex_scratch *scratch)
{
    const PCRE2_SPTR p = (PCRE2_SPTR)(text.p ? text.p : "");
    const pcre2_code *const code = code_of(scratch, regex);
    int n = pcre2_match(code, p, text.n, 0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
    if (n < 0 && n != PCRE2_ERROR_NOMATCH)
        n = pcre2_match(code, p, text.n, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, scratch->data,
                        scratch->interpreter);
    if (n < 0 && n != PCRE2_ERROR_NOMATCH)
        scratch->limits_hit++;
    return n >= 0;
}

u64 fast_regex_limits_hit(const struct fast_regex_scratch *scratch)
{
    return scratch->limits_hit;
}

/* ------------------------------------------------------------------ the gate */

/* A list of literals, one of which is in every match; n 0 means that nothing is known. `least` is
 * the length of the shortest. */
struct gate {
    str *p;
    u32 n;
    size_t least;
};

#define GATE_MAX                                                                                   \
    64 /* literals in a gate: more say that the expression is too open to be worth one */
#define GATE_DEPTH 32 /* groups in groups */

struct reader {
    str s;
    size_t at;
    bool lost; /* something not understood, nothing known is to be trusted */
    struct arena *arena;
};

static struct gate read_alternatives(struct reader *r, u32 depth);

/* More literals are worse, longer ones better: the gate's worst literal decides. */
static struct gate better(struct gate a, struct gate b)
{
    if (!a.n || !b.n)
        return a.n ? a : b;
    if (a.least != b.least)
        return a.least > b.least ? a : b;
    return a.n <= b.n ? a : b;
}

static struct gate either(struct gate a, struct gate b, struct arena *arena)
{
    if (!a.n || !b.n || a.n + b.n > GATE_MAX)
        return (struct gate){0};
    struct gate out = {
        .p = ARENA_ARRAY(arena, str, a.n + b.n), .n = a.n + b.n, .least = MIN(a.least, b.least)};
    memcpy(out.p, a.p, a.n * sizeof *a.p);
    memcpy(out.p + a.n, b.p, b.n * sizeof *b.p);
    return out;
}

static struct gate gate_of(str run, struct arena *arena)
{
    if (!run.n)
        return (struct gate){0};
    struct gate out = {.p = ARENA_ARRAY(arena, str, 1), .n = 1, .least = run.n};
    out.p[0] = arena_str(arena, run);
    return out;
}

static char peek(const struct reader *r)
{
    return r->at < r->s.n ? r->s.p[r->at] : 0;
}

static bool take(struct reader *r, char c)
{
    if (r->at >= r->s.n || r->s.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

/* [abc], [^]x], [[:alpha:]], [a\]]: passed over. */
static void skip_class(struct reader *r)
{
    take(r, '^');
    take(r, ']');
    while (r->at < r->s.n && peek(r) != ']') {
        if (take(r, '\\'))
            r->at++;
        else if (str_starts(str_sub(r->s, r->at, r->s.n), S("[:"))) {
            const size_t n = str_find(str_sub(r->s, r->at, r->s.n), S(":]"));
            r->at = n == SIZE_MAX ? r->s.n : r->at + n + 2;
        } else
            r->at++;
    }
    r->lost |= !take(r, ']');
}

enum repeat { ONCE, SOME, MAYBE }; /* exactly once, at least once, perhaps not at all */

static enum repeat read_braces(struct reader *r)
{
    const size_t start = r->at;
    u64 least = 0;
    while (peek(r) >= '0' && peek(r) <= '9' && least < 100000)
        least = least * 10 + (u64)(r->s.p[r->at++] - '0');
    const bool digits = r->at > start;
    if (take(r, ','))
        while (peek(r) >= '0' && peek(r) <= '9')
            r->at++;
    r->lost |= !digits ||
               !take(r, '}'); /* `{` as a character, `{,3}`: rare, and not the same everywhere */
    return least ? SOME : MAYBE;
}

static enum repeat read_repeat(struct reader *r)
{
    enum repeat out = ONCE;
    if (take(r, '*') || take(r, '?'))
        out = MAYBE;
    else if (take(r, '+'))
        out = SOME;
    else if (take(r, '{'))
        out = read_braces(r);
    else
        return ONCE;
    if (!take(r, '?'))
        take(r, '+');
    return out;
}

/* (?i) and its like inside a group, behind the "(?": letters, '-', then ')' or ':'. False for every
 * other construct. */
static bool read_flags(struct reader *r)
{
    while (peek(r) && strchr("imsn-", peek(r)))
        r->at++;
    return peek(r) == ')' || peek(r) == ':';
}

/* Behind "(". Only what stands in a plain, named, non-capturing or flagged group has to be in the
 * text; the inside of a look-around has not, and is passed over by reading it. */
static struct gate read_group(struct reader *r, u32 depth)
{
    bool known = true;
    if (take(r, '*')) {
        r->lost = true; /* (*VERB) */
    } else if (take(r, '?')) {
        const str rest = str_sub(r->s, r->at, r->s.n);
        if (str_starts(rest, S("=")) || str_starts(rest, S("!"))) {
            r->at++;
            known = false;
        } else if (str_starts(rest, S("<=")) || str_starts(rest, S("<!"))) {
            r->at += 2;
            known = false;
        } else if (str_starts(rest, S(">"))) {
            r->at++;
        } else if (read_flags(r)) {
            if (take(r, ')'))
                return (struct gate){0};
            r->at++;
        } else {
            r->lost = true;
        }
    }
    if (r->lost)
        return (struct gate){0};
    const struct gate inner = read_alternatives(r, depth + 1);
    r->lost |= !take(r, ')');
    return known ? inner : (struct gate){0};
}

/* Behind a backslash: the character it stands for, or -1 for a class, an anchor or something else
 * of no fixed text. */
static int read_escape(struct reader *r)
{
    const char c = peek(r);
    r->at++;
    if (c == 't' || c == 'n' || c == 'r')
        return c == 't' ? '\t' : c == 'n' ? '\n' : '\r';
    if (c && strchr("dDwWsSbB", c))
        return -1;
    if ((c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c & 0x80) ||
        !c) {
        r->lost = true; /* \x41, \1, \Q…\E, \p{…}: not needed for a gate, and easy to get wrong */
        return -1;
    }
    return c;
}

/* The next thing: a character (≥ 0), or -1 and what is known of it in *inner. */
static int read_atom(struct reader *r, u32 depth, struct gate *inner)
{
    const char c = r->s.p[r->at++];
    *inner = (struct gate){0};
    switch (c) {
    case '\\':
        return read_escape(r);
    case '[':
        skip_class(r);
        return -1;
    case '(':
        *inner = read_group(r, depth);
        return -1;
    case '.':
    case '^':
    case '$':
        return -1;
    case '*':
    case '+':
    case '?':
    case '{':
        r->lost = true;
        return -1;
    default:
        return (u8)c;
    }
}

/* Things one behind the other. A run of characters is broken by anything of no fixed text, and by a
 * repetition. */
static struct gate read_sequence(struct reader *r, u32 depth)
{
    struct gate best = {0}, inner;
    char *const run = arena_alloc(r->arena, r->s.n + 1, 1);
    size_t n = 0;
    while (!r->lost && r->at < r->s.n && peek(r) != '|' && peek(r) != ')') {
        const int c = read_atom(r, depth, &inner);
        if (r->lost)
            break;
        const enum repeat repeat = read_repeat(r);
        const bool plain = c >= 0 && c < 0x80;
        if (plain && repeat != MAYBE)
            run[n++] = ascii_lower((char)c);
        if (!plain || repeat != ONCE) {
            best = better(best, gate_of((str){run, n}, r->arena));
            n = 0;
        }
        if (repeat != MAYBE)
            best = better(best, inner);
    }
    return better(best, gate_of((str){run, n}, r->arena));
}

static struct gate read_alternatives(struct reader *r, u32 depth)
{
    if (depth > GATE_DEPTH)
        r->lost = true;
    struct gate out = read_sequence(r, depth);
    while (!r->lost && take(r, '|'))
        out = either(out, read_sequence(r, depth), r->arena);
    return out;
}

bool fast_regex_gate(str pattern, u32 flags, struct arena *arena, const str **out, u32 *out_n)
{
    struct reader r = {.s = pattern, .arena = arena};
    const struct gate gate = read_alternatives(&r, 0);
    if (r.lost || r.at != pattern.n || gate.n == 0)
        return false;
    *out = gate.p;
    *out_n = gate.n;
    return true;
}
