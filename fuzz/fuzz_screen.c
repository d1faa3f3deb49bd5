/* fuzz_screen.c: lines of text logs that are passed over, and the search for literals behind it. An
 * input is a line of literals between commas, then a log. Read line by line it says what is there;
 * read with a screen that wants these literals, in small blocks and large ones, with wide
 * instructions and without, it has to say the same of every line with a literal in it, tell the
 * same damage, and count the rest. Where literals stand has to be what a plain search finds. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_LITERALS 400

struct literals {
    str p[MOST_LITERALS];
    size_t n;
    bool begins[256]; /* with this byte, as it stands in the text */
};

struct seen {
    u64 off, record;
    bool wanted;
};

struct reading {
    const struct literals *literals;
    VEC(struct seen) events;
    u64 damages, passed;
    struct line_screen screen;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool same_letters(const char *text, str literal)
{
    for (size_t i = 0; i < literal.n; i++)
        if (ascii_lower(text[i]) != literal.p[i])
            return false;
    return true;
}

static u64 count_in(const struct literals *literals, str text)
{
    u64 n = 0;
    for (size_t at = 0; at < text.n; at++)
        for (size_t i = 0; literals->begins[(u8)text.p[at]] && i < literals->n; i++)
            n += literals->p[i].n <= text.n - at && same_letters(text.p + at, literals->p[i]);
    return n;
}

static bool wants(void *arg, str line)
{
    return count_in(arg, line) > 0;
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct reading *const r = arg;
    for (size_t i = 0; i < n; i++)
        *VEC_PUSH(&r->events) = (struct seen){events[i].off, events[i].record,
                                              count_in(r->literals, events[i].raw) > 0};
}

static void on_damage(void *arg, const struct damage *damage)
{
    ((struct reading *)arg)->damages += hash_bytes(damage, offsetof(struct damage, what));
}

static const struct line_screen *on_screen(void *arg, const struct shape *shape)
{
    (void)shape;
    return &((struct reading *)arg)->screen;
}

static void on_passed(void *arg, const struct shape *shape, const struct passed *passed)
{
    (void)shape;
    require(passed->lines && passed->first <= passed->last);
    ((struct reading *)arg)->passed += passed->lines;
}

static void read_log(struct reading *r, str log, size_t block, bool screened)
{
    struct intern fields;
    struct schema schema;
    struct arena arena = {0};
    const struct screener screener = {on_screen, on_passed, r};
    fields_init(&fields);
    schema_init(&schema, &fields);
    struct parse_env env = {.schema = &schema,
                            .arena = &arena,
                            .sink = {on_events, on_damage, r},
                            .screener = screened ? &screener : NULL};
    const struct parser *const parser = parser_for(log, S("u_ex.log"));
    if (parser && !str_eq(str_from(parser->name), S("evtx")))
        parse_memory(parser, log, S("u_ex.log"), block, &env);
    parse_env_release(&env);
    arena_release(&arena);
    schema_release(&schema);
    intern_release(&fields);
}

/* Every event of `part` is one of `all`, in order, and no other is wanted. */
static void check_part(const struct reading *all, const struct reading *part)
{
    size_t k = 0;
    VEC_EACH (&all->events, e) {
        const bool there = k < part->events.n && part->events.p[k].off == e->off;
        require(there ? part->events.p[k].record == e->record : !e->wanted);
        k += there;
    }
    require(k == part->events.n && part->damages == all->damages);
    require(part->events.n + part->passed == all->events.n);
}

static int by_off(const void *a, const void *b)
{
    const u32 x = *(const u32 *)a, y = *(const u32 *)b;
    return (x > y) - (x < y);
}

/* Each occurrence has a place of its own among its bytes. */
static void check_places(const struct literals *literals, const struct atoms *atoms, str text)
{
    atom_places wide = {0}, plain = {0};
    atoms_find(atoms, text, &wide);
    atoms_find_plain(atoms, text, &plain);
    require(wide.n == plain.n && wide.n == count_in(literals, text));
    for (size_t i = 0; i < wide.n; i++)
        require(wide.p[i] < text.n && (i == 0 || wide.p[i - 1] <= wide.p[i]));
    for (size_t at = 0; at < text.n; at++)
        for (size_t i = 0; literals->begins[(u8)text.p[at]] && i < literals->n; i++) {
            bool found =
                literals->p[i].n > text.n - at || !same_letters(text.p + at, literals->p[i]);
            for (u32 k = 0; k < literals->p[i].n && !found; k++) {
                const u32 byte = (u32)at + k;
                found = bsearch(&byte, wide.p, wide.n, sizeof *wide.p, by_off) != NULL;
            }
            require(found);
        }
    VEC_FREE(&wide);
    VEC_FREE(&plain);
}

static struct literals read_literals(str line, struct arena *arena)
{
    struct literals out = {0};
    for (str one; out.n < MOST_LITERALS && str_next(&line, ',', &one);) {
        const str own = arena_str(arena, one);
        bool usable = one.n >= ATOM_MIN;
        for (size_t i = 0; i < own.n; i++) {
            ((char *)own.p)[i] = ascii_lower(own.p[i]);
            usable &= !(own.p[i] & 0x80);
        }
        for (size_t i = 0; i < out.n; i++)
            usable &= !str_eq(out.p[i], own);
        if (usable)
            out.p[out.n++] = own;
    }
    for (u32 c = 0; c < 256; c++)
        for (size_t i = 0; i < out.n; i++)
            out.begins[c] |= ascii_lower((char)c) == out.p[i].p[0];
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str log = {(const char *)data, size}, first;
    if (size > 200000 || !str_next(&log, '\n', &first))
        return 0;
    struct literals literals = read_literals(first, &arena);
    const struct atoms *const atoms = literals.n ? atoms_new(literals.p, literals.n, &arena) : NULL;
    struct reading all = {.literals = &literals};
    if (atoms)
        check_places(&literals, atoms, log);
    read_log(&all, log, log.n + 1, false);
    for (u32 turn = 0; turn < 4; turn++) {
        struct reading part = {.literals = &literals,
                               .screen = {.atoms = atoms, .wants = wants, .arg = &literals}};
        screen_plain = turn & 1;
        read_log(&part, log, turn & 2 ? 300 : log.n + 1, true);
        check_part(&all, &part);
        VEC_FREE(&part.events);
    }
    screen_plain = false;
    VEC_FREE(&all.events);
    arena_release(&arena);
    return 0;
}
