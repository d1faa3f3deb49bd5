/* test_report.c: reports as whole files (tests/golden/report), and what must hold for any document:
 * evidence cannot get out of its place, nothing is fetched, odd documents are no errors.
 * GOLDEN_UPDATE=1 rewrites the golden files. */
#include "check.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/timex.h"
#include "base/utf.h"
#include "report/axis.h"
#include "report/changes.h"
#include "report/escape.h"
#include "report/report.h"
#include "report/terminal.h"
#include "report/words.h"

/* A str in a static table. */
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

#define CASE_PATH "./leadline-20210320T090000Z"

static const char *const documents[] = {"intrusion", "none", "cannot_tell", "hostile"};

/* ---- help ---- */

struct document {
    str text;
    struct arena arena;
    const struct json *root;
};

static void open_document(struct document *document, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "data/report/%s.json", name);
    *document = (struct document){.text = test_file(test_path(path))};
    assert_int_equal(json_parse(document->text, &document->arena, &document->root, NULL), OK);
}

static void close_document(struct document *document)
{
    arena_release(&document->arena);
    mem_free((char *)(uintptr_t)document->text.p);
}

static void write_report(const char *format, const struct json *root, struct buf *out)
{
    buf_init(out, (size_t)1 << 26);
    if (str_starts(str_from(format), S("table:")))
        assert_int_equal(report_table(format + 6, root, out), OK);
    else if (strcmp(format, "terminal") == 0)
        terminal_summary(root, S(CASE_PATH), (struct terminal){0}, out);
    else
        assert_int_equal(report_write(format, root, out), OK);
}

static void report_of_text(const char *format, const char *text, struct buf *out)
{
    struct arena arena = {0};
    const struct json *root = NULL;
    assert_int_equal(json_parse(str_from(text), &arena, &root, NULL), OK);
    write_report(format, root, out);
    arena_release(&arena);
}

static size_t count_of(str text, str needle)
{
    size_t n = 0;
    for (size_t at; (at = str_find(text, needle)) != SIZE_MAX; n++)
        text = str_sub(text, at + needle.n, text.n);
    return n;
}

static void assert_has(const struct buf *out, const char *needle)
{
    if (str_find(buf_str(out), str_from(needle)) == SIZE_MAX)
        fail_msg("\"%s\" is missing", needle);
}

static void assert_lacks(const struct buf *out, const char *needle)
{
    if (str_ifind(buf_str(out), str_from(needle)) != SIZE_MAX)
        fail_msg("\"%s\" is there", needle);
}

/* ---- golden files ---- */

static void compare_golden(const char *name, const char *suffix, str actual)
{
    char path[256];
    snprintf(path, sizeof path, "golden/report/%s.%s", name, suffix);
    const char *const full = test_path(path);
    if (getenv("GOLDEN_UPDATE")) {
        FILE *const f = fopen(full, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(actual.p, 1, actual.n, f), actual.n);
        assert_int_equal(fclose(f), 0);
        return;
    }
    const str expected = test_file(full);
    size_t at = 0, line = 1;
    while (at < MIN(actual.n, expected.n) && actual.p[at] == expected.p[at])
        line += actual.p[at++] == '\n';
    if (at < actual.n || at < expected.n)
        fail_msg("%s differs at line %zu: got \"%.*s\" (./dev golden --update rewrites it)", path,
                 line, (int)MIN(actual.n - at, (size_t)60), actual.p + at);
    mem_free((char *)(uintptr_t)expected.p);
}

static void test_golden(void **state)
{
    static const struct {
        const char *format, *suffix;
    } forms[] = {{"html", "html"},
                 {"markdown", "md"},
                 {"checklist", "todo.md"},
                 {"csv", "csv"},
                 {"table:timeline", "timeline.csv"},
                 {"table:indicators", "indicators.csv"},
                 {"table:coverage", "coverage.csv"},
                 {"terminal", "txt"}};
    for (size_t d = 0; d < COUNT(documents); d++) {
        struct document document;
        open_document(&document, documents[d]);
        for (size_t f = 0; f < COUNT(forms); f++) {
            struct buf out;
            write_report(forms[f].format, document.root, &out);
            compare_golden(documents[d], forms[f].suffix, buf_str(&out));
            buf_release(&out);
        }
        close_document(&document);
    }
}

/* ---- what a manager reads first ---- */

static void test_first_screen_says_it(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "intrusion");
    write_report("html", document.root, &out);
    static const char *const needles[] = {
        "<span class=\"word\">Compromised</span>",
        "also: Exposed, still open to 3 known-exploited flaws",
        "Not later than 17 March 2021, 06:40:10 UTC.",
        "It went on until the end of the evidence (last act 42 seconds before the last record).",
        "ProxyLogon, CVE-2021-27065: succeeded",
        "ProxyLogon, CVE-2021-26855: used, outcome not recorded",
        "Mailbox kim@fabrikam.example: named in the attack (no access seen)",
        "<span class=\"sure certain\">certain</span> Account the attack was run from: "
        "EX09\\<wbr>kim",
        "The evidence covers 87 seconds: 17 March 2021, 06:39:32 – 06:40:59 UTC. <span "
        "class=\"quiet\">What happened before and after is not known.</span>",
        "Missing logs: IIS, Exchange HttpProxy.",
        "Not visible: who looked for a way in.",
        "<li><span class=\"num\">1</span> Take a memory image of the server",
    };
    for (size_t i = 0; i < COUNT(needles); i++)
        assert_has(&out, needles[i]);
    buf_release(&out);
    close_document(&document);
}

/* What happened is told by the record itself, and each record can be found again. */
static void test_steps_and_findings_say_where(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "intrusion");
    write_report("html", document.root, &out);
    static const char *const needles[] = {
        "<td>The web server started cmd /c whoami<br>",
        "<li>whoami was run by SYSTEM <a class=\"ref\"",
        "<small>also</small> <a class=\"ref\" href=\"#finding-2\">F0002</a>",
        "recorded as 17 March 2021, 01:40:10 UTC",
        "Windows Security log (JSON export)",
        "line 4770 of ex09-events.json",
        "<span class=\"tail\">Rule: An Exchange web worker started a command shell; ",
        "<dt>Byte offset in the unpacked file</dt><dd><code>2720722</code>", /* to be copied */
        "<dt>SHA-256 of the unpacked file</dt><dd><code>1a2b3c4d",
        "<span class=\"num\">2–3</span><strong>Copy this file",
        "<div class=\"target\">Account: <code>EX09\\<wbr>kim</code>",
        "Why: It is evidence, and its hash finds the same file elsewhere. ",
        "The records of this computer are 5 hours behind Sysmon's own UTC time",
        "816 samples show it; 10 of 10 process starts that two logs saw agree with it.",
        "Front end was told to fetch an address of its own choice<br><small><code>",
        "<dt>Options</dt><dd>none</dd>",
    };
    for (size_t i = 0; i < COUNT(needles); i++)
        assert_has(&out, needles[i]);
    buf_release(&out);
    close_document(&document);
}

/* A line of a text has a number, a record of an event log has an id, also in an export that gives
 * it. */
static void test_records_are_named_as_they_are_found(void **state)
{
    static const struct {
        const char *path, *kind, *raw, *text;
    } rows[] = {
        {"a/Security.evtx", "evtx:Security", "", "record 17"},
        {"a/u_ex.log", "iis", "", "line 17 of u_ex.log"},
        {"a.zip!x/e.json", "evtx:Security", "{}", "line 17 of e.json"},
        {"e.json", "evtx:Security", "{\\\"EventRecordID\\\": 17}", "record 17"},
        {"e.json", "evtx:Security", "{\\\"record_id\\\":\\\"17\\\"}", "record 17"},
        {"e.json", "evtx:Security", "{\\\"RecordNumber\\\":170}", "line 17 of e.json"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct buf out;
        snprintf(text, sizeof text,
                 "{\"findings\":[{\"id\":\"F1\",\"source\":{\"path\":\"%s\",\"kind\":\"%s\","
                 "\"record\":17},\"raw\":\"%s\"}]}",
                 rows[i].path, rows[i].kind, rows[i].raw);
        report_of_text("markdown", text, &out);
        struct buf wanted;
        buf_init(&wanted, 256);
        escape(&wanted, str_from(rows[i].text), ESCAPE_MARKDOWN);
        buf_char(&wanted, '\0');
        assert_has(&out, wanted.p);
        buf_release(&wanted);
        buf_release(&out);
    }
}

static void test_since_says_what_the_logs_show(void **state)
{
    static const struct {
        const char *active, *text;
    } rows[] = {
        {"true", "It went on until the end of the evidence (last act 24 minutes before the last "
                 "record)."},
        {"false", "No further act in the remaining 24 minutes of logs; that does not mean that it "
                  "ended."},
        {"null", "No further act in the remaining 24 minutes of logs; that does not mean that it "
                 "ended."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct buf out;
        snprintf(text, sizeof text,
                 "{\"since\":\"2021-03-03T06:49:42Z\",\"until\":\"2021-03-03T07:05:53Z\","
                 "\"since_bound\":\"exact\",\"active_at_end\":%s,\"coverage\":{\"sources\":[{"
                 "\"first\":\"2021-03-03T06:00:03Z\",\"last\":\"2021-03-03T07:29:53.308Z\"}],"
                 "\"stages\":[{\"stage\":\"probe\",\"could_be_seen\":\"yes\"}]}}",
                 rows[i].active);
        report_of_text("html", text, &out);
        assert_has(&out,
                   "First act seen: 3 March 2021, 06:49:42 UTC. <span class=\"quiet\">The logs "
                   "begin 49 minutes earlier and show nothing before it.</span>");
        assert_has(&out, rows[i].text);
        assert_has(&out, "The evidence covers 1 hour 29 minutes");
        assert_has(&out, "Within that time every stage of an attack could be seen.");
        buf_release(&out);
    }
}

static void test_domain_is_certain_only_when_proven(void **state)
{
    static const struct {
        const char *tag, *outcome, *text;
    } rows[] = {
        {"attack.t1003.001", "succeeded", "possible</span> The domain: treat as lost"},
        {"attack.t1003.003", "unknown", "possible</span> The domain: treat as lost"},
        {"attack.t1003.003", "succeeded", "certain</span> The domain <a"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct buf out;
        snprintf(text, sizeof text,
                 "{\"level\":\"domain\",\"scope\":{\"hosts\":[{\"name\":\"A\",\"certainty\":"
                 "\"seen\"}]},\"findings\":[{\"id\":\"F0001\",\"stage\":\"action\",\"outcome\":"
                 "\"%s\",\"rule\":{\"tags\":[\"%s\"]}}]}",
                 rows[i].outcome, rows[i].tag);
        report_of_text("html", text, &out);
        assert_has(&out, "certain</span> The server A");
        assert_has(&out, rows[i].text);
        buf_release(&out);
    }
}

/* Nothing is hidden behind "and 4 more": long lists are folded and can be opened. */
static void test_long_lists_of_findings_open(void **state)
{
    struct buf text, out;
    buf_init(&text, 1 << 16);
    buf_add(&text, S("{\"reasons\":[{\"text\":\"r\",\"findings\":["));
    for (int i = 1; i <= 62; i++)
        buf_printf(&text, "%s\"F%04d\"", i > 1 ? "," : "", i);
    buf_add(&text, S("]}]}"));
    buf_char(&text, '\0');
    report_of_text("html", text.p, &out);
    assert_has(&out,
               "<details class=\"refs\"><summary>F0001–F0062 <span class=\"quiet\">(62)</span>"
               "</summary>F0001, F0002, ");
    assert_has(&out, "F0061, F0062</details>");
    buf_release(&out);
    buf_release(&text);
}

static void test_first_containment_is_shown(void **state)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    struct arena arena = {0};
    const struct json *root = NULL;
    assert_int_equal(
        json_parse(S("{\"guidance\":[{\"order\":1,\"phase\":\"preserve\",\"action\":\"a\"},{"
                     "\"order\":2,\"phase\":\"preserve\",\"action\":\"b\"},{\"order\":3,"
                     "\"phase\":\"preserve\",\"action\":\"c\",\"target\":\"x\"},{\"order\":4,"
                     "\"phase\":\"preserve\",\"action\":\"c\",\"target\":\"y\"},{\"order\":5,"
                     "\"phase\":\"contain\",\"action\":\"cut it off\"}]}"),
                   &arena, &root, NULL),
        OK);
    terminal_summary(root, S(""), (struct terminal){.columns = 100}, &out);
    assert_has(&out, "Do now 1 a\n       2 b\n       5 cut it off\n");
    buf_release(&out);
    arena_release(&arena);
}

static void test_every_verdict_has_its_word(void **state)
{
    static const struct {
        const char *key, *text;
    } rows[] = {
        {"COMPROMISED", "Compromised"}, {"LIKELY_COMPROMISED", "Likely compromised"},
        {"ATTACKED", "Attacked"},       {"EXPOSED", "Exposed"},
        {"CANNOT_TELL", "Cannot tell"}, {"NO_EVIDENCE", "No evidence of compromise"},
        {"clean", "Cannot tell"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_str(words_verdict(str_from(rows[i].key))->text, rows[i].text);
}

static void test_leads_stand_apart(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "intrusion");
    write_report("html", document.root, &out);
    const size_t leads = str_find(buf_str(&out), S("<section id=\"leads\""));
    assert_true(leads != SIZE_MAX);
    const str evidence = str_sub(buf_str(&out), 0, leads),
              rest = str_sub(buf_str(&out), leads, out.n);
    assert_int_equal(count_of(evidence, S("<details class=\"finding\"")), 12);
    assert_int_equal(count_of(rest, S("<details class=\"finding\"")), 2);
    assert_true(str_find(rest, S("TLS binding of the web server changed")) != SIZE_MAX);
    buf_release(&out);
    close_document(&document);
}

/* Threads: what links them and how surely, what cannot be said, others that are on the page as
 * links, the comparison with its caveats; in the Markdown as well. Of one thread nobody says that
 * there are several. */
static void test_threads_are_told(void **state)
{
    static const char *const needles[] = {
        "<h3 id=\"thread-1\">Thread T001: something of it worked, or bears the signs of it</h3>",
        "<h3 id=\"thread-2\">Thread T002: tried, and no more was seen</h3>",
        "Several threads may be several intruders",
        "<span class=\"sure certain\">certain</span> 192.0.2.44: 6 findings",
        "<span class=\"sure possible\">possible</span> 6 findings name no client",
        "<a href=\"#thread-2\">T002</a>: the page zz.aspx is of both",
        "<div class=\"line\">T009: a thread that is not here</div>",
        "<b>nothing published matches: new</b>",
        "<dt>Compared with Invented group</dt><dd><div class=\"line\"><b>resembles</b></div>",
        "Its timeline: 3 steps</summary>",
        "<li>web-shell file names recur across clusters: never attribute",
    };
    struct document document;
    struct buf out;
    open_document(&document, "intrusion");
    write_report("html", document.root, &out);
    for (size_t i = 0; i < COUNT(needles); i++)
        assert_has(&out, needles[i]);
    buf_release(&out);
    write_report("markdown", document.root, &out);
    assert_has(&out, "### Thread T002\\: tried, and no more was seen");
    assert_has(&out, "  - *likely:* 6 findings name no client");
    assert_has(&out, "- Perhaps the same as T002: the page zz.aspx is of both");
    assert_has(&out, "- Compared with Invented group: **resembles**");
    buf_release(&out);
    close_document(&document);
    report_of_text("html", "{\"threads\":[{\"id\":\"T1\"}]}", &out);
    assert_has(&out, "Two behind one address look like one.");
    assert_lacks(&out, "Several threads");
    assert_lacks(&out, "caveats");
    buf_release(&out);
}

static void test_several_hosts_are_told_apart(void **state)
{
    struct buf out;
    report_of_text(
        "html",
        "{\"verdict\":\"ATTACKED\",\"hosts\":[{\"name\":\"A\"},{\"name\":\"B\"},{\"name\":\"C\"},"
        "{\"name\":\"D\"}],\"scope\":{\"mailboxes\":[{\"address\":\"m\",\"host\":\"B\"}]},"
        "\"chains\":[{\"title\":\"t\",\"host\":\"C\",\"steps\":[]}],\"threads\":[{\"id\":\"T1\","
        "\"host\":\"D\"}]}",
        &out);
    assert_has(&out, "4 servers: A, B, C, and 1 more");
    assert_has(&out, "<code>m</code><br><small>on B</small>");
    assert_has(&out, "On <b>C</b>.");
    assert_has(&out, "<dt>Host</dt><dd>D</dd>");
    buf_release(&out);
}

/* A return after three days: two bursts, drawn with a break that says how long nothing happened. */
static void test_empty_columns_are_left_out(void **state)
{
    struct buf out;
    report_of_text(
        "html",
        "{\"scope\":{\"credentials\":[{\"what\":\"keys, all of them\"},{\"name\":\"a session\"}],"
        "\"mailboxes\":[{\"address\":\"m\",\"access\":\"opened\",\"by\":\"x\"}]}}",
        &out);
    assert_has(&out, "<th scope=\"col\">Name</th><th scope=\"col\">Findings</th>");
    assert_has(&out, "<th scope=\"row\">keys, all of them</th>");
    assert_has(&out,
               "<th scope=\"col\">Name</th><th scope=\"col\">What</th><th scope=\"col\">By</th>");
    assert_has(&out, "Credential: a session");
    buf_release(&out);
}

static void test_a_return_is_drawn_with_a_break(void **state)
{
    struct buf out;
    report_of_text("html",
                   "{\"chains\":[{\"steps\":[{\"time\":\"2021-03-14T06:40:10Z\"},{\"time\":\"2021-"
                   "03-14T06:40:17Z\"},"
                   "{\"time\":\"2021-03-17T11:00:00Z\"},{\"time\":\"2021-03-17T11:00:05Z\"}]}]}",
                   &out);
    assert_has(&out, "3 d 4 h later</text>");
    assert_int_equal(count_of(buf_str(&out), S("class=\"break\"")), 1);
    buf_release(&out);
    report_of_text(
        "html", "{\"findings\":[{\"stage\":\"attempt\",\"time\":\"2021-03-14T06:40:10Z\"}]}", &out);
    assert_has(&out, "<svg class=\"steps\"");
    buf_release(&out);
}

static void test_many_findings_are_counted(void **state)
{
    struct buf text, out;
    buf_init(&text, (size_t)1 << 24);
    buf_add(&text, S("{\"findings\":["));
    for (int i = 0; i < 4000; i++)
        buf_printf(&text, "%s{\"id\":\"F%04d\",\"rule\":{\"title\":\"t\"}%s}", i ? "," : "", i,
                   i % 4 ? ",\"stage\":\"attempt\"" : "");
    buf_add(&text, S("]}"));
    buf_char(&text, '\0');
    report_of_text("html", text.p, &out);
    assert_int_equal(count_of(buf_str(&out), S("<details class=\"finding\"")), 1500);
    assert_has(&out, "1000 of 3000 are shown here; all of them are in findings.jsonl.");
    assert_has(&out, "500 of 1000 are shown here; all of them are in findings.jsonl.");
    buf_release(&out);
    report_of_text("csv", text.p, &out);
    assert_int_equal(count_of(buf_str(&out), S("\r\n")), 4001);
    buf_release(&out);
    buf_release(&text);
}

/* ---- hostile text ---- */

/* No character that steers or hides, apart from the line ends and tabs that the form itself needs.
 */
static void assert_all_visible(const char *format, str text, const char *allowed)
{
    for (size_t at = 0; at < text.n;) {
        const size_t from = at;
        const u32 code = utf8_next(text, &at);
        if (escape_is_hidden(code) && !(code < 0x80 && code && strchr(allowed, (int)code)))
            fail_msg("%s: U+%04X at offset %zu", format, code, from);
    }
    assert_true(utf8_valid(text));
}

static void test_hostile_text_stays_text(void **state)
{
    static const struct {
        const char *format, *allowed;
    } rows[] = {{"html", "\n\t"},           {"markdown", "\n\t"},
                {"checklist", "\n"},        {"csv", "\r\n"},
                {"table:timeline", "\r\n"}, {"table:indicators", "\r\n"},
                {"table:coverage", "\r\n"}, {"terminal", "\n"}};
    struct document document;
    open_document(&document, "hostile");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        write_report(rows[i].format, document.root, &out);
        assert_true(out.n > 500);
        assert_all_visible(rows[i].format, buf_str(&out), rows[i].allowed);
        buf_release(&out);
    }
    close_document(&document);
}

/* JSON is for programs: what steers a terminal is escaped, what merely has no width is the reader's
 * affair. */
static void test_json_steers_no_terminal(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "hostile");
    write_report("json", document.root, &out);
    const str text = buf_str(&out);
    size_t controls = 0, turns = 0;
    for (size_t at = 0; at < text.n;) {
        const u32 code = utf8_next(text, &at);
        controls += (code < 0x20 && code != '\n') || (code >= 0x7F && code < 0xA0);
        turns += (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    }
    assert_true(text.n > 100000);
    assert_int_equal(controls, 0);
    assert_int_equal(turns, 0);
    buf_release(&out);
    close_document(&document);
}

static void test_page_has_no_script_and_fetches_nothing(void **state)
{
    for (size_t d = 0; d < COUNT(documents); d++) {
        struct document document;
        struct buf out;
        open_document(&document, documents[d]);
        write_report("html", document.root, &out);
        static const char *const never[] = {"<script",  "<img",  "<iframe",     "<object",
                                            "<link",    "<base", "<form",       "src=\"",
                                            "@import",  "url(",  "href=\"http", "href=\"javascript",
                                            "href=\"//"};
        for (size_t i = 0; i < COUNT(never); i++)
            assert_lacks(&out, never[i]);
        assert_int_equal(count_of(buf_str(&out), S("href=\"")),
                         count_of(buf_str(&out), S("href=\"#")));
        assert_has(&out, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:;");
        buf_release(&out);
        close_document(&document);
    }
}

static void test_escape(void **state)
{
    static const struct {
        enum escape how;
        str in;
        const char *out;
    } rows[] = {
        {ESCAPE_HTML, STR_INIT("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"},
        {ESCAPE_HTML, STR_INIT("a\r\nb\tc\rd"), "a b c\\x0dd"},
        {ESCAPE_HTML, STR_INIT("\x1b[31m\0\x7f"), "\\x1b[31m\\x00\\x7f"},
        {ESCAPE_HTML,
         STR_INIT("\xC2\x9B"
                  "2J"),
         "\\x9b2J"},
        {ESCAPE_HTML, STR_INIT("\xE2\x80\xAEgnp"), "\\u{202e}gnp"},
        {ESCAPE_HTML, STR_INIT("\xF3\xA0\x81\x81"), "\\u{e0041}"},
        {ESCAPE_HTML, STR_INIT("a\xFFz"), "a\xEF\xBF\xBDz"},
        {ESCAPE_HTML, STR_INIT("Grüße 世界"), "Grüße 世界"},
        {ESCAPE_BREAKS, STR_INIT("C:\\a\\<b"), "C:\\<wbr>a\\<wbr>&lt;b"},
        {ESCAPE_BLOCK, STR_INIT("a\r\n\tb<"), "a\n\tb&lt;"},
        {ESCAPE_FENCE, STR_INIT("a\n<b>\x07"), "a\n<b>\\x07"},
        {ESCAPE_PLAIN, STR_INIT("a\n<b>\x1b"), "a <b>\\x1b"},
        {ESCAPE_MARKDOWN, STR_INIT("# [x](javascript:y) `c` *b* |"),
         "\\# \\[x\\](javascript\\:y) \\`c\\` \\*b\\* \\|"},
        {ESCAPE_MARKDOWN, STR_INIT("<b>&amp;"), "&lt;b&gt;&amp;amp;"},
        {ESCAPE_MARKDOWN, STR_INIT("https://www.x.org a@b"), "https\\://www\\.x.org a\\@b"},
        {ESCAPE_MARKDOWN, STR_INIT("- a"), "\\- a"},
        {ESCAPE_MARKDOWN, STR_INIT("1. a"), "1\\. a"},
        {ESCAPE_MARKDOWN, STR_INIT("\x1b"), "\\\\x1b"},
        {ESCAPE_CSV, STR_INIT("a\"b"), "\"a\"\"b\""},
        {ESCAPE_CSV, STR_INIT("=1+1"), "\"'=1+1\""},
        {ESCAPE_CSV, STR_INIT("+1"), "\"'+1\""},
        {ESCAPE_CSV, STR_INIT("-1"), "\"'-1\""},
        {ESCAPE_CSV, STR_INIT("@x"), "\"'@x\""},
        {ESCAPE_CSV, STR_INIT("\t=1"), "\"'\\x09=1\""},
        {ESCAPE_CSV, STR_INIT("\r=1"), "\"'\\x0d=1\""},
        {ESCAPE_CSV,
         STR_INIT("\xEF\xBC\x9D"
                  "1"),
         "\"'\xEF\xBC\x9D"
         "1\""},
        {ESCAPE_CSV, STR_INIT("a=1\nb"), "\"a=1\\x0ab\""},
        {ESCAPE_CSV, STR_INIT(""), "\"\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        escape(&out, rows[i].in, rows[i].how);
        assert_str(buf_str(&out), rows[i].out);
        buf_release(&out);
    }
}

static void test_cut_text_counts_what_is_left_out(void **state)
{
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    struct buf out;
    buf_init(&out, 4096);
    escape_cut(&out, str_from(text), 10, ESCAPE_HTML);
    assert_str(buf_str(&out), "xxxxxxxxxx… (990 bytes more)");
    buf_reset(&out);
    escape_cut(&out, S("äöü"), 2, ESCAPE_HTML); /* characters, not bytes */
    assert_str(buf_str(&out), "äö…");
    buf_release(&out);
}

/* ---- whom to tell ---- */

/* What was seen and what was within reach stand apart; a mailbox that was only named was not read.
 */
static void test_seen_and_possible_stand_apart(void **state)
{
    struct buf out;
    report_of_text(
        "checklist",
        "{\"verdict\":\"COMPROMISED\",\"sentence\":\"It was.\",\"level\":\"server\",\"scope\":{"
        "\"hosts\":[{\"name\":\"EX01\",\"certainty\":\"seen\",\"findings\":[\"F0009\"]}],"
        "\"mailboxes\":[{\"address\":\"kim\",\"access\":\"opened\",\"certainty\":\"seen\","
        "\"findings\":[\"F0001\"]},"
        "{\"address\":\"lou\",\"access\":\"targeted\",\"certainty\":\"seen\"},"
        "{\"address\":\"max\",\"access\":\"forwarded\",\"certainty\":\"possible\"}]}}",
        &out);
    const char *const officer =
        "- [ ] **The data protection officer**\n  - Seen:\n    - Mailbox kim\\: opened F0001\n"
        "  - Could have been:\n    - Mailbox lou\\: named in the attack (no access seen)\n"
        "    - Mailbox max\\: forwarding was set\n"
        "    - Every mailbox on EX01, and what else is kept there F0009\n";
    assert_has(&out, officer);
    assert_has(&out, "72 hours");
    assert_has(&out, "  - Seen:\n    - What they wrote to kim, and had from it F0001\n"
                     "  - Could have been:\n    - What they wrote to max, and had from it\n");
    assert_lacks(&out, "wrote to lou");
    buf_release(&out);
}

/* What is no break-in is told to the owner, and nothing found to nobody. */
static void test_nobody_else_is_told_of_an_attack(void **state)
{
    static const char *const verdicts[] = {"ATTACKED", "EXPOSED", "CANNOT_TELL", "NO_EVIDENCE"};
    for (size_t i = 0; i < COUNT(verdicts); i++) {
        char text[200];
        struct buf out;
        snprintf(text, sizeof text, "{\"verdict\":\"%s\",\"sentence\":\"So it is.\"}", verdicts[i]);
        report_of_text("markdown", text, &out);
        assert_lacks(&out, "72 hours");
        assert_lacks(&out, "### The national CERT");
        if (strcmp(verdicts[i], "NO_EVIDENCE") == 0)
            assert_has(&out, "## Whom to tell\n\nNothing was found");
        else
            assert_has(&out, "### The owner and the management of the organisation");
        buf_release(&out);
    }
}

/* Several targets of one action have a box each. */
static void test_checklist_has_boxes(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "intrusion");
    write_report("checklist", document.root, &out);
    const size_t guides = view_count(json_get(document.root, "guidance"));
    assert_true(guides > 5);
    assert_has(&out, "## Preserve\\: save the evidence before anything changes\n\n- [ ] **1** ");
    assert_true(count_of(buf_str(&out), S("- [ ] ")) >= guides);
    buf_release(&out);
    close_document(&document);
}

/* ---- what changed ---- */

static const struct json *parsed(struct arena *arena, const char *text)
{
    const struct json *tree = NULL;
    assert_int_equal(json_parse(str_from(text), arena, &tree, NULL), OK);
    return tree;
}

#define FINDING(id, time, raw)                                                                     \
    "{\"id\":\"" id "\",\"time_recorded\":\"" time "\",\"rule\":{\"id\":\"r\"},\"source\":{"       \
    "\"offset\":0},\"raw\":\"" raw "\",\"text\":\"said\"}"

/* Findings are the same by what they are, not by their ids: two that are alike are two. */
static void test_changes_know_findings(void **state)
{
    struct arena arena = {0};
    struct buf out;
    const struct json *const before = parsed(
        &arena, "{\"verdict\":\"ATTACKED\",\"manifest\":{\"started\":\"2021-03-02T00:00:00Z\","
                "\"inputs\":[{\"path\":\"a\",\"sha256\":\"1\"}]},\"coverage\":{\"sources\":["
                "{\"kind\":\"iis\",\"host\":\"E\",\"first\":\"f\",\"last\":\"l\",\"events\":1}]},"
                "\"findings\":[" FINDING("F0001", "t1", "x") "," FINDING("F0002", "t2", "y") "]}");
    const struct json *const after = parsed(
        &arena,
        "{\"verdict\":\"COMPROMISED\",\"manifest\":{\"rules_sha256\":\"other\","
        "\"inputs\":[{\"path\":\"/b/a\",\"sha256\":\"1\"},{\"path\":\"c\",\"sha256\":\"2\"}]},"
        "\"coverage\":{\"sources\":[{\"kind\":\"iis\",\"host\":\"E\",\"first\":\"f\",\"last\":"
        "\"m\",\"events\":2},"
        "{\"kind\":\"ecp\",\"host\":\"E\",\"first\":\"f\",\"last\":\"l\",\"events\":1}]},"
        "\"findings\":[" FINDING("F0001", "t0", "z") "," FINDING("F0002", "t1", "x") "," FINDING(
            "F0003", "t1", "x") "]}");
    buf_init(&out, 1 << 16);
    struct jsonw w = jsonw_start(&out, JSONW_COMPACT);
    changes_make(before, after, &w);
    assert_has(&out,
               "\"since\":\"2021-03-02T00:00:00Z\",\"added\":[{\"path\":\"c\",\"sha256\":\"2\"}]");
    assert_has(&out, "\"verdict\":{\"from\":\"ATTACKED\",\"to\":\"COMPROMISED\"}");
    assert_has(
        &out,
        "\"findings\":{\"before\":2,\"after\":3,\"new\":[\"F0001\",\"F0003\"],\"gone_count\":1,"
        "\"gone\":[{\"id\":\"F0002\",\"text\":\"said\"}]}");
    assert_has(&out, "{\"kind\":\"iis\",\"host\":\"E\",\"first\":{\"from\":\"f\",\"to\":\"f\"},"
                     "\"last\":{\"from\":\"l\",\"to\":\"m\"}");
    assert_has(&out, "{\"kind\":\"ecp\",\"host\":\"E\",\"first\":{\"from\":null,\"to\":\"f\"}");
    assert_has(&out, "\"also\":[\"rules\"]");
    buf_reset(&out);
    w = jsonw_start(&out, JSONW_COMPACT);
    changes_make(after, after, &w);
    assert_has(&out, "\"new\":[],\"gone_count\":0,\"gone\":[]},\"coverage\":{\"sources\":[],"
                     "\"stages\":[]},\"also\":[]}");
    buf_release(&out);
    arena_release(&arena);
}

/* Every line of a table has as many fields as its head, each quoted, none a formula. Gives the
 * lines behind the head. */
static size_t check_table(str all, size_t fields)
{
    const size_t head = str_find(all, S("\r\n"));
    assert_int_equal(count_of(str_sub(all, 0, head), S(",")) + 1, fields);
    size_t in_line = 0, lines = 0;
    str rest = str_sub(all, head + 2, all.n);
    while (rest.n) {
        assert_int_equal(rest.p[0], '"');
        size_t end = 1;
        while (rest.p[end] != '"' || (end + 1 < rest.n && rest.p[end + 1] == '"'))
            end += rest.p[end] == '"' ? 2 : 1;
        assert_null(strchr("=+-@", rest.p[1]) && end > 1 ? "formula" : NULL);
        in_line++;
        rest = str_sub(rest, end + 1, rest.n);
        if (str_starts(rest, S(","))) {
            rest = str_sub(rest, 1, rest.n);
            continue;
        }
        assert_true(str_starts(rest, S("\r\n")));
        rest = str_sub(rest, 2, rest.n);
        assert_int_equal(in_line, fields);
        in_line = 0;
        lines++;
    }
    return lines;
}

static void test_csv_is_a_table(void **state)
{
    static const struct {
        const char *format;
        size_t fields, lines;
    } rows[] = {{"csv", 18, 30},
                {"table:timeline", 18, 51},
                {"table:indicators", 7, 68},
                {"table:coverage", 13, 104}};
    struct document document;
    open_document(&document, "hostile");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        write_report(rows[i].format, document.root, &out);
        assert_int_equal(check_table(buf_str(&out), rows[i].fields), rows[i].lines);
        buf_release(&out);
    }
    close_document(&document);
}

/* A time has six digits of a second whatever was recorded: a reader that guesses the form from the
 * first row would drop the others. A step stands for all of its findings. */
static void test_timeline_has_one_form_of_time(void **state)
{
    struct buf out;
    report_of_text(
        "table:timeline",
        "{\"chains\":[{\"id\":\"C1\",\"steps\":[{\"finding\":\"F0001\",\"time\":"
        "\"2021-03-14T06:40:10Z\",\"text\":\"asked\",\"findings\":[\"F0001\",\"F0002\"]}]}],"
        "\"findings\":[{\"id\":\"F0001\",\"time\":\"2021-03-14T06:40:10Z\"},"
        "{\"id\":\"F0002\",\"time\":\"2021-03-14T06:40:10Z\"},"
        "{\"id\":\"F0003\",\"time\":\"2021-03-14T06:40:09.123456789Z\",\"text\":\"alone\","
        "\"time_recorded\":\"2021-03-14T01:40:09.123456789Z\"},"
        "{\"id\":\"F0004\",\"time\":null,\"text\":\"no time\"}]}",
        &out);
    assert_has(
        &out,
        "\r\n\"alone\",\"2021-03-14T06:40:09.123456+00:00\",\"Event Recorded, clock corrected\",");
    assert_has(&out, "\r\n\"asked\",\"2021-03-14T06:40:10.000000+00:00\",\"Event Recorded\",");
    assert_has(&out, "\"C1\",\"F0001 F0002\",");
    assert_int_equal(check_table(buf_str(&out), 18), 2);
    buf_release(&out);
}

/* What is loopback, or only said in words, is nothing to look for elsewhere. An address has the
 * times of the findings that name it. */
static void test_indicators_say_when_and_where(void **state)
{
    struct buf out;
    report_of_text("table:indicators",
                   "{\"threads\":[{\"host\":\"EX01\",\"first\":\"2021-03-01T00:00:00Z\",\"last\":"
                   "\"2021-03-09T00:00:00Z\","
                   "\"clients\":[\"127.0.0.1\",\"::1\",\"192.0.2.7\",\"192.0.2.8\"],\"webshells\":["
                   "\"/owa/auth/x.aspx\"],"
                   "\"findings\":[\"F0001\",\"F0002\"]}],"
                   "\"scope\":{\"credentials\":[{\"name\":\"all of "
                   "them\"}],\"files\":[{\"path\":\"C:\\\\x.aspx\",\"host\":\"EX01\","
                   "\"sha256\":\"ab\",\"certainty\":\"possible\",\"findings\":[\"F0002\"]}]},"
                   "\"findings\":[{\"id\":\"F0001\",\"time\":\"2021-03-02T00:00:00Z\"},{\"id\":"
                   "\"F0002\",\"time\":"
                   "\"2021-03-03T00:00:00Z\",\"event\":{\"fields\":{\"c-ip\":\"192.0.2.7\"}}}]}",
                   &out);
    assert_str(buf_str(&out),
               "type,value,first,last,host,certainty,findings\r\n"
               "\"ip\",\"192.0.2.7\",\"2021-03-03T00:00:00Z\",\"2021-03-03T00:00:00Z\",\"EX01\","
               "\"seen\",\"F0002\"\r\n"
               "\"ip\",\"192.0.2.8\",\"2021-03-01T00:00:00Z\",\"2021-03-09T00:00:00Z\",\"EX01\","
               "\"seen\",\"F0001 F0002\"\r\n"
               "\"url\",\"/owa/auth/"
               "x.aspx\",\"2021-03-01T00:00:00Z\",\"2021-03-09T00:00:00Z\",\"EX01\",\"seen\","
               "\"F0001 F0002\"\r\n"
               "\"path\",\"C:\\x.aspx\",\"2021-03-03T00:00:00Z\",\"2021-03-03T00:00:00Z\",\"EX01\","
               "\"possible\",\"F0002\"\r\n"
               "\"sha256\",\"ab\",\"2021-03-03T00:00:00Z\",\"2021-03-03T00:00:00Z\",\"EX01\","
               "\"possible\",\"F0002\"\r\n");
    buf_release(&out);
}

static void test_markdown_has_no_markup_of_evidence(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "hostile");
    write_report("markdown", document.root, &out);
    str rest = buf_str(&out), line;
    size_t fence = 0, outside = 0;
    while (str_next(&rest, '\n', &line)) {
        size_t ticks = 0;
        while (ticks < line.n && line.p[ticks] == '`')
            ticks++;
        if (ticks >= 3 && ticks == line.n && (fence == 0 || ticks == fence)) {
            fence = fence ? 0 : ticks;
            continue;
        }
        if (fence)
            continue;
        outside++;
        if (str_find_char(line, '<') < line.n || str_find(line, S("](")) != SIZE_MAX ||
            str_find(line, S("://x")) < line.n)
            if (str_find(line, S("\\](")) == SIZE_MAX && str_find(line, S("\\://x")) == SIZE_MAX)
                fail_msg("markup: %.*s", STR_ARG(str_sub(line, 0, 200)));
    }
    assert_int_equal(fence, 0);
    assert_true(outside > 100);
    buf_release(&out);
    close_document(&document);
}

/* ---- the terminal ---- */

static size_t columns_of(str line)
{
    size_t n = 0;
    for (size_t at = 0; at < line.n; n++)
        utf8_next(line, &at);
    return n;
}

static void test_terminal_is_ten_lines(void **state)
{
    static const u32 widths[] = {0, 200, 80, 40, 12, 1, 100000};
    for (size_t d = 0; d < COUNT(documents); d++) {
        struct document document;
        open_document(&document, documents[d]);
        for (size_t w = 0; w < COUNT(widths); w++) {
            struct buf out;
            buf_init(&out, 1 << 20);
            terminal_summary(document.root, S(CASE_PATH), (struct terminal){.columns = widths[w]},
                             &out);
            str rest = buf_str(&out), line;
            size_t lines = 0;
            const size_t most = widths[w] == 0 ? 8 * TERMINAL_LINE_MAX : MAX(widths[w], (u32)9);
            bool step = false;
            while (str_next(&rest, '\n', &line)) {
                step = str_starts(line, S("Do now")) || (step && str_starts(line, S("       ")));
                if (lines && !step)
                    assert_true(columns_of(line) <= most);
                else if (d < COUNT(documents) - 1) /* all but the hostile one */
                    assert_true(str_find(line, S("…")) == SIZE_MAX);
                lines += line.n > 0;
            }
            assert_true(lines >= 5 && lines <= 10);
            assert_int_equal(count_of(buf_str(&out), S("\x1b")), 0);
            buf_release(&out);
        }
        close_document(&document);
    }
}

static void test_terminal_color_is_ours_alone(void **state)
{
    struct document document;
    struct buf out;
    open_document(&document, "hostile");
    buf_init(&out, 1 << 20);
    terminal_summary(document.root, S(CASE_PATH), (struct terminal){.color = true, .columns = 100},
                     &out);
    const size_t all = count_of(buf_str(&out), S("\x1b"));
    const size_t ours = count_of(buf_str(&out), S("\x1b[0m")) +
                        count_of(buf_str(&out), S("\x1b[1m")) +
                        count_of(buf_str(&out), S("\x1b[1;36m"));
    assert_true(all > 0);
    assert_int_equal(all, ours);
    buf_release(&out);
    close_document(&document);
    assert_false(terminal_of(-1).color);
}

/* ---- odd documents, and the interface ---- */

static void test_odd_documents_are_no_errors(void **state)
{
    static const char *const rows[] = {
        "null",
        "17",
        "[]",
        "{}",
        "\"COMPROMISED\"",
        "{\"verdict\":null,\"hosts\":{},\"chains\":7,\"coverage\":[],\"findings\":\"x\"}",
        "{\"findings\":[null,1,[],{}],\"chains\":[{\"steps\":{}}],\"exploits\":[{}],\"guidance\":[{"
        "\"order\":-1,\"action\":\"a\"}]}",
        "{\"coverage\":{\"sources\":[{\"first\":\"2021-03-14T06:40:10Z\",\"last\":\"2021-03-14T06:"
        "40:10Z\"}],\"rules\":[]}}",
        "{\"since\":\"2021-03-14T06:40:10Z\",\"until\":\"2020-01-01T00:00:00Z\"}",
        "{\"chains\":[{\"steps\":[{\"time\":\"1677-09-22T00:00:00Z\"},{\"time\":\"2262-04-11T00:00:"
        "00Z\"}]}]}",
        "{\"coverage\":{\"sources\":[{\"first\":\"1677-09-22T00:00:00Z\",\"last\":\"2262-04-11T00:"
        "00:00Z\"}]}}",
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (const struct report_format *format = report_formats; format->name; format++) {
            struct buf out;
            report_of_text(format->name, rows[i], &out);
            assert_true(out.n > 0);
            if (strcmp(format->name, "html") == 0)
                assert_true(str_ends(buf_str(&out), S("</html>\n")));
            buf_release(&out);
        }
    struct buf out;
    write_report("html", NULL, &out);
    assert_has(&out, "Cannot tell");
    buf_release(&out);
}

static void test_same_document_same_bytes(void **state)
{
    struct document document, again;
    open_document(&document, "intrusion");
    struct buf first, second;
    write_report("json", document.root, &first);
    again = (struct document){.text = buf_str(&first)};
    assert_int_equal(json_parse(again.text, &again.arena, &again.root, NULL), OK);
    for (const struct report_format *format = report_formats; format->name; format++) {
        struct buf a, b;
        write_report(format->name, document.root, &a);
        write_report(format->name, again.root, &b);
        assert_true(str_eq(buf_str(&a), buf_str(&b)));
        buf_release(&a);
        buf_release(&b);
    }
    arena_release(&again.arena);
    buf_release(&first);
    buf_init(&second, 100);
    assert_int_equal(report_write("html", document.root, &second), ERR_LIMIT);
    assert_int_equal(report_write("pdf", document.root, &second), ERR_USAGE);
    assert_null(report_find("pdf"));
    assert_string_equal(report_find("markdown")->suffix, "md");
    buf_release(&second);
    close_document(&document);
}

/* ---- the axis ---- */

static i64 time_at(const char *text)
{
    i64 ns = 0;
    assert_true(time_parse(str_from(text), &ns));
    return ns;
}

static void test_axis_breaks_where_nothing_happens(void **state)
{
    const i64 times[] = {time_at("2021-03-14T06:40:10Z"), time_at("2021-03-14T06:40:17Z"),
                         time_at("2021-03-17T11:00:00Z"), time_at("2021-03-17T11:00:05Z")};
    struct axis axis;
    axis_make(&axis, times, 4, 20, 100);
    assert_int_equal(axis.n, 2);
    assert_true(axis.piece[0].to == times[1] && axis.piece[1].from == times[2]);
    double last = 0;
    for (size_t i = 0; i < 4; i++) {
        const double x = axis_x(&axis, times[i]);
        assert_true(x > last && x <= 100.001);
        last = x;
    }
    axis_make(&axis, times, 2, 20, 100);
    assert_int_equal(axis.n, 1);
    axis_make(&axis, times, 1, 20, 100);
    assert_true(axis_x(&axis, times[0]) >= 20);
}

static void test_axis_ticks(void **state)
{
    static const struct {
        const char *from, *tick, *label;
        i64 step;
    } rows[] = {
        {"2021-03-14T06:40:10.775Z", "2021-03-14T06:40:11Z", "06:40:11", TIME_SECOND},
        {"2021-03-14T06:40:10Z", "2021-03-14T06:45:00Z", "06:45", 300 * TIME_SECOND},
        {"2021-03-14T06:40:10Z", "2021-03-15T00:00:00Z", "15 Mar", 86400 * TIME_SECOND},
        {"2021-03-14T06:40:10Z", "2021-04-01T00:00:00Z", "Apr 2021", 30 * 86400 * TIME_SECOND},
        {"2021-04-01T00:00:00Z", "2021-04-01T00:00:00Z", "Apr 2021", 90 * 86400 * TIME_SECOND},
        {"2021-03-14T06:40:10Z", "2022-01-01T00:00:00Z", "2022", 365 * 86400 * TIME_SECOND},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const i64 tick = axis_tick(time_at(rows[i].from), rows[i].step);
        assert_true(tick == time_at(rows[i].tick));
        assert_str(axis_label(&arena, tick, rows[i].step), rows[i].label);
    }
    assert_str(axis_length(&arena, 7400 * TIME_SECOND / 1000), "7.4 s");
    assert_str(axis_length(&arena, 18000 * TIME_SECOND), "5 h 0 min");
    assert_str(axis_length(&arena, 276000 * TIME_SECOND), "3 d 4 h");
    arena_release(&arena);
}

int suite_report(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_first_screen_says_it),
        cmocka_unit_test(test_steps_and_findings_say_where),
        cmocka_unit_test(test_records_are_named_as_they_are_found),
        cmocka_unit_test(test_since_says_what_the_logs_show),
        cmocka_unit_test(test_domain_is_certain_only_when_proven),
        cmocka_unit_test(test_long_lists_of_findings_open),
        cmocka_unit_test(test_first_containment_is_shown),
        cmocka_unit_test(test_every_verdict_has_its_word),
        cmocka_unit_test(test_leads_stand_apart),
        cmocka_unit_test(test_threads_are_told),
        cmocka_unit_test(test_several_hosts_are_told_apart),
        cmocka_unit_test(test_empty_columns_are_left_out),
        cmocka_unit_test(test_a_return_is_drawn_with_a_break),
        cmocka_unit_test(test_many_findings_are_counted),
        cmocka_unit_test(test_hostile_text_stays_text),
        cmocka_unit_test(test_json_steers_no_terminal),
        cmocka_unit_test(test_page_has_no_script_and_fetches_nothing),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_cut_text_counts_what_is_left_out),
        cmocka_unit_test(test_seen_and_possible_stand_apart),
        cmocka_unit_test(test_nobody_else_is_told_of_an_attack),
        cmocka_unit_test(test_checklist_has_boxes),
        cmocka_unit_test(test_changes_know_findings),
        cmocka_unit_test(test_csv_is_a_table),
        cmocka_unit_test(test_timeline_has_one_form_of_time),
        cmocka_unit_test(test_indicators_say_when_and_where),
        cmocka_unit_test(test_markdown_has_no_markup_of_evidence),
        cmocka_unit_test(test_terminal_is_ten_lines),
        cmocka_unit_test(test_terminal_color_is_ours_alone),
        cmocka_unit_test(test_odd_documents_are_no_errors),
        cmocka_unit_test(test_same_document_same_bytes),
        cmocka_unit_test(test_axis_breaks_where_nothing_happens),
        cmocka_unit_test(test_axis_ticks),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
