/* leadline-agree-lines SEED ROUNDS: does it make a difference that lines of text logs are passed
 * over? Rules and logs by dice; every log is read once line by line with the plain matcher, and in
 * small blocks with the fast one and its screens, with and without wide instructions. Matches,
 * damage and observations must be the same. Status 0 when they are, and lines were passed over; 1
 * when not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "assess/observing.h"
#include "base/limits.h"
#include "parse/screen.h"
#include "rule/match/match.h"

#define RULES 6

/* ------------------------------------------------------------------ dice */

static u64 state;

static u32 roll(u32 n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(state >> 33) % n;
}

#define PICK(list) (list)[roll(COUNT(list))]

/* Small words, so that rules and lines meet; what is odd about formats, and about folding, among
 * them. */
/* The Kelvin sign folds to k, the long s to s. */
static const char *const words[] = {
    "shell",        "Shell",    "SHELL",  "sk",    "ask",    "kernel",    "\342\204\252ernel",
    "a+b",          "cmd=x",    "%2e",    "../",   "${jndi", "{{",        "a,b",
    "x'y",          "/owa/",    "/ecp/y", ".aspx", ".asmx",  "-",         "0",
    "200",          "0x1f4",    "500",    "q",     "zz",     "\xC3\xA9t", "a\"b",
    "\\\\x",        "=(",       "memory", "memsh", "GET",    "POST",      "~",
    "\305\277hell", "10.1.2.3", "#x",     "host",  "union",  "select",
};
static const char *const rule_words[] = {
    "shell", "sk",     "kernel", "a b",  "a+b",           "cmd=x",        "%2e",
    "../",   "${jndi", "{{",     "a,b",  "x y",           "/owa/",        ".asp",
    ".aspx", "memory", "memsh",  "=(",   "select",        "union select", "q",
    "zz",    "ask",    "host",   "a\"b", "S\342\204\252", "500",          "-",
    "x'y",
};

/* ------------------------------------------------------------------ rules */

static void add_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_char(out, '\'');
        buf_char(out, *text);
    }
    buf_char(out, '\'');
}

static void add_field(struct buf *out, bool csv)
{
    static const char *const w3c[] = {"cs-uri-stem", "cs-uri-query", "cs-user-agent", "cs-method",
                                      "sc-status",   "c-ip",         "cs-username"};
    static const char *const proxy[] = {"UrlStem",    "AnchorMailbox", "UserAgent",
                                        "HttpStatus", "GenericErrors", "ServerHostName"};
    static const char *const ways[] = {"",          "|contains",    "|contains", "|startswith",
                                       "|endswith", "|contains|all"};
    const u32 kind = roll(12);
    buf_printf(out, "    %s", csv ? PICK(proxy) : PICK(w3c));
    if (kind == 0) {
        buf_printf(out, "|re: '(?i)(%s|%s)\\.asp'\n", roll(2) ? "shell" : "owa", "kernel");
    } else if (kind == 1) {
        buf_printf(out, "|gte: %u\n", roll(600));
    } else if (kind == 2) {
        buf_add(out, S(": null\n"));
    } else {
        buf_printf(out, "%s:\n", PICK(ways));
        for (u32 n = 1 + roll(3); n; n--) {
            buf_add(out, S("      - "));
            add_quoted(out, PICK(rule_words));
            buf_char(out, '\n');
        }
    }
}

static str make_rule(u32 number, bool csv, struct arena *arena)
{
    static const char *const conditions[] = {"a",       "a",           "a or b", "a and b",
                                             "a and b", "a and not b", "1 of a*"};
    struct buf out;
    buf_init(&out, 1 << 16);
    buf_printf(&out, "title: r%u\nid: 00000000-0000-4000-8000-%012u\nlogsource:\n", number, number);
    buf_add(&out,
            csv ? S("  product: exchange\n  service: httpproxy\n") : S("  category: webserver\n"));
    buf_add(&out, S("detection:\n"));
    for (u32 i = 0; i < 2; i++) {
        buf_printf(&out, "  %c:\n", 'a' + (int)i);
        if (roll(6) == 0) {
            buf_add(&out, S("    - "));
            add_quoted(&out, PICK(rule_words));
            buf_char(&out, '\n');
        } else {
            add_field(&out, csv);
        }
    }
    buf_printf(&out, "  condition: %s\nlevel: low\n", roll(40) ? PICK(conditions) : "not a");
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ------------------------------------------------------------------ logs */

static void add_word(struct buf *out, bool csv, bool odd)
{
    if (roll(3)) { /* nothing that a rule knows */
        buf_printf(out, "v%x", roll(1 << 16));
        return;
    }
    const char *const word = PICK(words);
    const bool quotes = strchr(word, '"') || strchr(word, ',');
    if (!csv || (!quotes && roll(4)) || odd)
        buf_add(out, str_from(word));
    else {
        buf_char(out, '"');
        for (const char *p = word; *p; p++) {
            if (*p == '"')
                buf_char(out, '"');
            buf_char(out, *p);
        }
        buf_char(out, '"');
        if (roll(60) == 0)
            buf_char(out, '\r'); /* ends no line here, and is text behind a quote */
    }
}

static void add_time(struct buf *out, bool csv, u32 line)
{
    const u32 t = line * 7 + roll(20);
    const char *const form =
        csv ? "2023-01-0%uT%02u:%02u:%02u.%03uZ" : "2023-01-0%u %02u:%02u:%02u";
    if (roll(60) == 0)
        buf_add(out, roll(2) ? S("2023-13-45 77:00:61") : S("soon"));
    else
        buf_printf(out, form, 1 + t / 86400 % 9, t / 3600 % 24, t / 60 % 60, t % 60, roll(1000));
}

static void add_header(struct buf *out, bool csv)
{
    static const char *const w3c[] = {
        "date time s-computername cs-method cs-uri-stem cs-uri-query cs(User-Agent) sc-status",
        "date time cs-method cs-uri-stem cs-uri-query c-ip cs-username cs(User-Agent) sc-status",
        "date time cs-uri-stem sc-status cs(User-Agent)",
        "date time s-port cs-method cs-uri-stem cs-uri-query sc-status",
        "cs-method time date cs-uri-stem sc-status",
    };
    static const char *const proxy[] = {
        "DateTime,RequestId,MajorVersion,AnchorMailbox,RoutingHint,UserAgent,ServerName",
        "DateTime,AnchorMailbox,RoutingHint,UrlStem,GenericErrors",
        "RequestId,DateTime,AnchorMailbox,RoutingHint,UrlStem",
        "DateTime,RequestId,Protocol,AnchorMailbox,RoutingHint,HttpStatus,UserAgent",
    };
    if (csv)
        buf_printf(out,
                   "#Software: Microsoft Exchange Server\n#Version: 15.01.%u.007\n#Log-type: "
                   "HttpProxy Logs\n"
                   "#Fields: %s\n",
                   2000 + roll(3), PICK(proxy));
    else
        buf_printf(out, "#Software: %s\n#Fields: %s\n",
                   roll(5) ? "Microsoft Internet Information Services 10.0" : "Other", PICK(w3c));
}

static u32 columns_of(str text, bool csv)
{
    u32 n = 1;
    size_t from = 0;
    for (size_t at = 0; (at = str_find(str_sub(text, from, text.n), S("#Fields: "))) != SIZE_MAX;)
        from += at + 9;
    for (; from < text.n && text.p[from] != '\n'; from++)
        n += text.p[from] == (csv ? ',' : ' ');
    return n;
}

static void add_line(struct buf *out, bool csv, u32 n, u32 line)
{
    const char separator = csv ? ',' : ' ';
    const bool odd = roll(50) == 0;
    add_time(out, csv, line);
    for (u32 i = csv ? 1 : 2; i < n; i++) {
        if (roll(odd ? 8 : 400) == 0)
            continue; /* one too few */
        buf_char(out, separator);
        if (roll(odd ? 3 : 4000) == 0)
            buf_char(out, '"');
        if (i == 2 || i == 6) /* where some headers have the host */
            buf_add(out, roll(12) ? csv ? S("Owa") : S("443") : csv ? S("Ecp") : S("444"));
        else if (roll(9))
            for (u32 k = 1 + roll(3); k; k--)
                add_word(out, csv && k == 1, odd || (csv && k > 1));
        if (roll(odd ? 20 : 3000) == 0)
            buf_char(out, 0);
    }
    if (roll(odd ? 6 : 300) == 0)
        buf_char(out, separator);
    buf_add(out, roll(20) ? S("\r\n") : S("\n"));
}

static str make_log(bool csv, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 1 << 22);
    add_header(&out, csv);
    const u32 lines = 100 + roll(1200), rare = roll(4) ? 2000 : 60;
    for (u32 i = 0; i < lines; i++) {
        if (roll(rare) == 0)
            add_header(&out, csv);
        if (roll(500) == 0)
            buf_add(&out, roll(2) ? S("\r\n") : S("#x\n"));
        if (roll(900) == 0)
            for (u32 k = 0; k < 5000; k++)
                buf_add(&out, S("long line "));
        add_line(&out, csv, columns_of(buf_str(&out), csv), i);
    }
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return roll(3) ? text : str_sub(text, 0, text.n - 1 - roll(20));
}

/* ------------------------------------------------------------------ reading */

struct reading {
    const struct matcher_ops *ops;
    void *matcher;
    struct schema schema;
    struct observer observer;
    u32 *matched;
    struct buf said; /* matches and damage */
    u64 passed, events;
};

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct reading *const r = arg;
    for (size_t i = 0; i < n; i++) {
        observer_event(&r->observer, &events[i], &r->schema);
        const u32 hits = r->ops->match(r->matcher, &events[i], r->matched);
        for (u32 k = 0; k < hits; k++)
            buf_printf(&r->said, "%" PRIu64 " line %" PRIu64 " time %" PRIi64 " rule %u\n",
                       events[i].off, events[i].record, events[i].time, r->matched[k]);
    }
    r->events += n;
}

static void on_damage(void *arg, const struct damage *damage)
{
    buf_printf(&((struct reading *)arg)->said, "%" PRIu64 " damage %" PRIu64 " %s\n", damage->off,
               damage->lost, damage->what);
}

static const struct line_screen *on_screen(void *arg, const struct shape *shape)
{
    struct reading *const r = arg;
    const str *also;
    const u32 n = observer_atoms(&r->observer, shape, &also);
    return r->ops->screen(r->matcher, shape, also, n);
}

static void on_passed(void *arg, const struct shape *shape, const struct passed *passed)
{
    struct reading *const r = arg;
    observer_passed(&r->observer, shape, passed);
    r->passed += passed->lines;
}

static int compare_lines(const void *a, const void *b)
{
    const str *const x = a, *const y = b;
    u64 off[2] = {0, 0};
    (void)sscanf(x->p, "%" SCNu64, &off[0]);
    (void)sscanf(y->p, "%" SCNu64, &off[1]);
    return off[0] != off[1] ? (off[0] < off[1] ? -1 : 1) : str_cmp(*x, *y);
}

/* Damage comes at once and events in batches: sorted, both readings say it in one order. */
static str sorted(str said, struct arena *arena)
{
    VEC(str) lines = {0};
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    for (str rest = arena_str(arena, said), line; str_next(&rest, '\n', &line);)
        if (line.n)
            *VEC_PUSH(&lines) = arena_str(arena, line);
    if (lines.n)
        qsort(lines.p, lines.n, sizeof *lines.p, compare_lines);
    VEC_EACH (&lines, line)
        buf_printf(&out, "%.*s\n", STR_ARG(*line));
    const str text = arena_str(arena, buf_str(&out));
    VEC_FREE(&lines);
    buf_release(&out);
    return text;
}

static str observed(struct observer *observer, const struct ruleset *set, struct arena *arena)
{
    struct scan scan;
    struct buf out;
    scan_init(&scan, set);
    buf_init(&out, SIZE_MAX / 2);
    struct observing all;
    struct observed seen = observer_take(observer);
    observing_init(&all);
    observing_add(&all, &seen, &scan);
    observing_end(&all, &scan);
    VEC_EACH (&scan.observations, o) {
        buf_printf(&out,
                   "%.*s %.*s part %d columns %u events %" PRIu64 " exchange %d %" PRIi64
                   " %" PRIi64 "\n",
                   STR_ARG(o->kind), STR_ARG(o->host_text), (int)o->part, o->columns, o->events,
                   o->exchange, o->first, o->last);
        VEC_EACH (&o->hours, h)
            buf_printf(&out, "  hour %" PRIi64 ": %" PRIu64 "\n", h->hour, h->n);
        VEC_EACH (&o->builds, b)
            buf_printf(&out, "  build %.*s: %" PRIu64 " %" PRIi64 " %" PRIi64 "\n",
                       STR_ARG(b->build), b->n, b->first, b->last);
    }
    const str text = arena_str(arena, buf_str(&out));
    buf_release(&out);
    scan_release(&scan);
    return text;
}

/* What a reading of the log says, all of it. */
static str read_log(const struct ruleset *set, const struct matcher_ops *ops, bool screened,
                    str log, size_t block, u64 *ret_passed, struct arena *arena)
{
    struct reading r = {.ops = ops};
    struct arena task = {0};
    const void *const compiled = ops->compile(set);
    const struct screener screener = {on_screen, on_passed, &r};
    schema_init(&r.schema, &set->fields);
    observer_init(&r.observer, false);
    observer_block(&r.observer, 0, S("u_ex.log"));
    buf_init(&r.said, SIZE_MAX / 2);
    r.matcher = ops->open(compiled, &r.schema, 1);
    r.matched = mem_calloc((size_t)set->n_rules + 1, sizeof *r.matched);
    struct parse_env env = {
        .schema = &r.schema, .arena = &task, .sink = {on_events, on_damage, &r}};
    if (screened)
        env.screener = &screener;
    parse_memory(parser_for(log, S("u_ex.log")), log, S("u_ex.log"), block, &env);
    parse_env_release(&env);
    const str said = sorted(buf_str(&r.said), arena);
    const str all = arena_join(arena, said, observed(&r.observer, set, arena));
    *ret_passed = r.passed;
    ops->close(r.matcher);
    ops->free(compiled);
    mem_free(r.matched);
    buf_release(&r.said);
    observer_release(&r.observer);
    schema_release(&r.schema);
    arena_release(&task);
    return all;
}

static void show_difference(str a, str b)
{
    str line[2];
    while (str_next(&a, '\n', &line[0]) && str_next(&b, '\n', &line[1]))
        if (!str_eq(line[0], line[1])) {
            fprintf(stderr, "agree-lines: \"%.*s\" against \"%.*s\"\n", STR_ARG(line[0]),
                    STR_ARG(line[1]));
            return;
        }
    fprintf(stderr, "agree-lines: one says more than the other\n");
}

static bool run_round(u64 seed, u64 *ret_passed, u64 *ret_said)
{
    struct arena arena = {0};
    struct ruleset_text texts[RULES];
    struct ruleset *set;
    struct err err = {0};
    state = seed * 1000003 + 17;
    const bool csv = roll(2);
    for (u32 i = 0; i < RULES; i++)
        texts[i] = (struct ruleset_text){S("r.yml"), make_rule(i, csv, &arena)};
    if (ruleset_load_texts(texts, RULES, &set, &err) != OK)
        return false;
    const str log = make_log(csv, &arena);
    u64 passed;
    const str plain = read_log(set, &matcher_plain, false, log, log.n + 1, &passed, &arena);
    bool same = true;
    for (u32 turn = 0; turn < 2 && same; turn++) {
        screen_plain = turn;
        const str fast =
            read_log(set, &matcher_fast, true, log, 200 + roll(100000), &passed, &arena);
        *ret_passed += passed;
        same = str_eq(plain, fast);
        if (!same) {
            fprintf(stderr, "agree-lines: round %" PRIu64 "%s\n", seed, turn ? ", plain" : "");
            show_difference(plain, fast);
        }
    }
    *ret_said += plain.n;
    ruleset_free(set);
    arena_release(&arena);
    return same;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const u64 first = strtoull(argv[1], NULL, 10), rounds = strtoull(argv[2], NULL, 10);
    u64 passed = 0, said = 0, different = 0;
    for (u64 i = 0; i < rounds; i++)
        different += !run_round(first * 1000000 + i, &passed, &said);
    printf("rounds %" PRIu64 ", lines passed over %" PRIu64 ", bytes said %" PRIu64
           ", different %" PRIu64 "\n",
           rounds, passed, said, different);
    return different || passed < rounds * 20 ? 1 : 0;
}
