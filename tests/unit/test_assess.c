/* The assessment over scans made by hand. A scan is a few lines of text, with times in hours from a
 * base that each row names:
 *
 *   see HOST KIND FROM TO [build=15.1.2507.9] [ids=1,11] [gap=A-B] [cleared=T] [in=SOURCE]
 *       [part=Ecp] [columns=none]     all event ids named have records all the time; a log without
 *                                     part= has the parts that it has by default
 *   hit HOST KIND TIME RULE          one of the rules below: what it means is all that counts here,
 * not what it matches */
#include "check.h"

#include <stdio.h>

#include "assess/assess.h"
#include "base/mem.h"
#include "rule/sigma/yaml.h"

#define HOUR   (3600 * TIME_SECOND)
#define SYSMON "evtx:Microsoft-Windows-Sysmon/Operational"

#define CVE "cve: [CVE-2021-26855], flaw: ProxyLogon, "

/* A rule each: its name, its level, its lead. */
static const struct {
    const char *name, *level, *lead;
} rule_rows[] = {
    {"attempt", "medium", CVE "stage: attempt, outcome: unknown, act: attempt"},
    {"refused", "medium",
     CVE "stage: attempt, outcome: attempted, blocked_by: status, act: refused"},
    {"sign", "high", CVE "stage: exploited, outcome: unknown, sign: success, act: sign"},
    {"mail", "high",
     CVE "stage: exploited, outcome: unknown, sign: success, reaches: [mailbox], act: mail"},
    {"mail-host", "high",
     CVE "stage: exploited, outcome: unknown, sign: success, reaches: [mailbox, host], act: set"},
    {"other-flaw", "high",
     "cve: [CVE-2021-26857], flaw: ProxyLogon, stage: attempt, outcome: unknown, act: um"},
    {"page", "high", "stage: foothold, outcome: unknown, artefact: true, act: page"},
    {"odd", "high", "stage: foothold, outcome: unknown, act: odd, says: Odd page"},
    {"written", "critical",
     CVE
     "stage: foothold, outcome: succeeded, effect: file_written, act: written, reaches: [host]"},
    {"command", "critical",
     "stage: action, outcome: succeeded, effect: code_ran, act: command, reaches: [host]"},
    {"chopper", "critical",
     "stage: action, outcome: succeeded, effect: code_ran, act: chopper, anywhere: true"},
    {"script", "high", CVE "stage: attempt, outcome: unknown, local: true, act: script"},
    {"tool", "high",
     CVE "stage: attempt, outcome: unknown, local: true, act: tool, scope: [{what: account, text: "
         "user01, certainty: seen}]"},
    {"support", "low", CVE "stage: exploited, outcome: unknown, supports: true, act: support"},
    {"probe", "low", "stage: probe, outcome: attempted, act: probe"},
    {"wiped", "medium", "stage: action, outcome: unknown, cleared: true, act: wiped"},
    {"named", "high",
     CVE "stage: attempt, outcome: unknown, act: named, says: 'Sent to {To}, {Gone}', scope: "
         "[{what: mailbox, field: To, regex: '<([^>]+)>', access: targeted, certainty: seen}]"},
    {"untold", "high",
     "stage: action, outcome: unknown, artefact: true, incomplete: true, act: start, says: 'Untold "
     "{NewProcessName}'"},
    {"told", "critical",
     "stage: action, outcome: succeeded, effect: code_ran, act: start, says: 'Told "
     "{NewProcessName}'"},
    {"innocent", "high", "stage: action, outcome: unknown, act: start, says: 'Add-on'"},
    {"other-high", "high", NULL},
    {"other-low", "low", NULL},
    {"other-mid", "medium", NULL},
    {"plain-low", "low", NULL},
    {"plain-mid", "medium", NULL},
};

static str rules_text(void)
{
    static char text[32768];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(rule_rows); i++) {
        const char *const name = rule_rows[i].name, *const lead = rule_rows[i].lead;
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "title: %s\nid: id-%s\nname: %s\nlevel: %s\nlogsource: {product: "
                              "windows}\ndetection: {sel: {F: %s}, condition: sel}\n",
                              name, name, name, rule_rows[i].level, name);
        if (lead)
            n += (size_t)snprintf(text + n, sizeof text - n, "leadline: {%s}\n", lead);
        n += (size_t)snprintf(text + n, sizeof text - n, "---\n");
    }
    n +=
        (size_t)snprintf(text + n, sizeof text - n,
                         "title: pair\nid: id-pair\nlevel: high\ncorrelation: {type: temporal, "
                         "rules: [other-low, other-mid], group-by: [Computer], timespan: 1h}\n"
                         "---\ntitle: proved\nid: id-proved\nlevel: critical\ncorrelation: {type: "
                         "temporal, rules: [attempt, support], group-by: [Computer], timespan: 5s, "
                         "generate: true}\nleadline: {" CVE
                         "stage: action, outcome: succeeded, effect: persistence, act: proved}\n");
    assert_true(n < sizeof text);
    return (str){text, n};
}

struct made {
    struct ruleset *rules;
    struct scan scan;
    struct assessment a;
    struct observation *last; /* the observation of the line before */
    i64 base;
    struct err err;
};

static i64 at(const struct made *m, double hours)
{
    return m->base + (i64)(hours * 3600) * TIME_SECOND;
}

static u32 source_called(struct made *m, const char *name)
{
    for (u32 i = 0; i < m->scan.sources.n; i++)
        if (str_eq(m->scan.sources.p[i].name, str_from(name)))
            return i;
    *VEC_PUSH(&m->scan.sources) = (struct scan_source){
        .name = arena_str(&m->scan.arena, str_from(name)), .format = S("json"), .whole = true};
    return (u32)m->scan.sources.n - 1;
}

static enum kind kind_called(const char *kind)
{
    return strcmp(kind, "iis") == 0          ? KIND_IIS
           : strcmp(kind, "httpproxy") == 0  ? KIND_HTTPPROXY
           : strcmp(kind, "ecp_server") == 0 ? KIND_ECP_SERVER
                                             : KIND_WINDOWS;
}

/* The log as one observation a part: what its records are, by event id or by their column. */
static void add_parts(struct made *m, struct observation *o, const char *part)
{
    static const char *const folders[] = {"Ecp", "Owa"};
    const bool proxy = o->shape_kind == KIND_HTTPPROXY && !part;
    const size_t n = o->ids.n ? o->ids.n : proxy ? COUNT(folders) : 1;
    for (size_t i = 0; i < n; i++) {
        struct observation one = *o;
        const str told = proxy ? str_from(folders[i]) : str_from(part ? part : "443");
        one.part = part_of(o->kind, o->ids.n ? o->ids.p[i].id : -1, told);
        memset(&one.ids, 0, sizeof one.ids);
        memset(&one.hours, 0, sizeof one.hours);
        VEC_EACH (&o->hours, h)
            *VEC_PUSH(&one.hours) = *h;
        if (o->ids.n)
            *VEC_PUSH(&one.ids) = o->ids.p[i];
        if (i) { /* what is of the whole log is said once */
            memset(&one.builds, 0, sizeof one.builds);
            memset(&one.cleared, 0, sizeof one.cleared);
        }
        *VEC_PUSH(&m->scan.observations) = one;
    }
    VEC_FREE(&o->hours);
    VEC_FREE(&o->ids);
}

static void see(struct made *m, const char *host, const char *kind, double from, double to,
                char *options)
{
    struct observation o = {
        .kind = arena_str(&m->scan.arena, str_from(kind)),
        .shape_kind = kind_called(kind),
        .host_text = arena_str(&m->scan.arena, str_from(strcmp(host, "-") == 0 ? "" : host)),
        .host = NO_HOST,
        .columns = UINT32_MAX,
        .events = 10,
        .first = at(m, from),
        .last = at(m, to)};
    double gap_from = 0, gap_to = 0; /* empty */
    const char *part = NULL;
    bool none = false; /* no record of it: others tell of it */
    char path[128];
    o.exchange = o.shape_kind == KIND_HTTPPROXY || o.shape_kind == KIND_ECP_SERVER;
    o.channel = o.shape_kind == KIND_WINDOWS ? str_sub(o.kind, 5, o.kind.n) : STR_NONE;
    snprintf(path, sizeof path, "all/%s/%s", host, kind);
    for (char *word = strtok_r(options, " ", &options); word;
         word = strtok_r(NULL, " ", &options)) {
        if (strncmp(word, "build=", 6) == 0)
            *VEC_PUSH(&o.builds) = (struct observed_build){
                arena_str(&m->scan.arena, str_from(word + 6)), o.first, o.last, 5};
        else if (strncmp(word, "ids=", 4) == 0)
            for (char *id = strtok_r(word + 4, ",", &word); id; id = strtok_r(NULL, ",", &word))
                *VEC_PUSH(&o.ids) = (struct observed_id){strtol(id, NULL, 10), 5};
        else if (strncmp(word, "cleared=", 8) == 0)
            *VEC_PUSH(&o.cleared) = at(m, strtod(word + 8, NULL));
        else if (strncmp(word, "in=", 3) == 0)
            snprintf(path, sizeof path, "%s", word + 3);
        else if (strncmp(word, "part=", 5) == 0)
            part = word + 5;
        else if (strcmp(word, "columns=none") == 0)
            o.columns = 0;
        else if (strcmp(word, "none") == 0)
            none = true;
        else if (strcmp(word, "exchange") == 0)
            o.exchange = true;
        else if (strcmp(word, "carved") == 0)
            o.carved = true;
        else
            assert_int_equal(sscanf(word, "gap=%lf-%lf", &gap_from, &gap_to), 2);
    }
    o.source = source_called(m, path);
    if (none) {
        o.events = 0;
        o.first = o.last = TIME_NONE;
    }
    for (i64 h = at(m, from) / HOUR; h <= at(m, to) / HOUR && !none; h++)
        if (h * HOUR < at(m, gap_from) || h * HOUR >= at(m, gap_to))
            *VEC_PUSH(&o.hours) = (struct observed_hour){h, 1};
    add_parts(m, &o, part);
}

static const struct sigma_rule *rule_called(const struct made *m, const char *name)
{
    for (u32 i = 0; i < m->rules->n_rules; i++)
        if (str_eq(m->rules->rules[i]->name, str_from(name)))
            return m->rules->rules[i];
    fail_msg("no rule %s", name);
    return NULL;
}

/* As the workers do it: each hit of a rule that a correlation asks for. */
static void log_hit(struct made *m, const struct scan_hit *hit)
{
    const struct scan_event *const e = hit->event;
    struct corr_value values[4] = {0};
    const struct hitnote note = {
        .rule = hit->rule->index,
        .source = e->source,
        .recorded = e->recorded,
        .stated = e->stated,
        .event_id = e->event_id,
        .off = e->off,
        .order = m->scan.hits.n,
        .event = hit->event,
        .kind = str_starts(e->kind, S("evtx:")) ? KIND_WINDOWS : KIND_IIS,
        .host = e->host_text,
        .values = values,
        .n_values = m->scan.log.fields[hit->rule->index].n,
    };
    assert_in_range(note.n_values, 0, COUNT(values));
    for (u32 i = 0; i < note.n_values; i++)
        values[i].text = scan_field(e, m->scan.log.fields[hit->rule->index].names[i]);
    if (hitlog_wants(&m->scan.log, hit->rule->index))
        hitlog_add(&m->scan.log, &note);
}

static void hit(struct made *m, const char *host, const char *kind, double time, const char *rule)
{
    static struct scan_field fields[] = {{{"To", 2}, {"Anna <anna@contoso.example>", 27}},
                                         {{"HttpStatus", 10}, {"200", 3}}};
    char path[128];
    snprintf(path, sizeof path, "all/%s/%s", host, kind);
    struct scan_event *const e = ARENA_NEW(&m->scan.arena, struct scan_event);
    *e = (struct scan_event){.source = source_called(m, path),
                             .off = m->scan.hits.n,
                             .recorded = at(m, time),
                             .stated = TIME_NONE,
                             .time = at(m, time),
                             .host = NO_HOST,
                             .host_text = arena_str(&m->scan.arena, str_from(host)),
                             .kind = arena_str(&m->scan.arena, str_from(kind)),
                             .event_id = -1,
                             .fields = fields,
                             .n_fields = COUNT(fields)};
    *VEC_PUSH(&m->scan.hits) = (struct scan_hit){.rule = rule_called(m, rule), .event = e};
    log_hit(m, &m->scan.hits.p[m->scan.hits.n - 1]);
    m->scan.counts[m->scan.hits.p[m->scan.hits.n - 1].rule->index].hits++;
    m->scan.counts[m->scan.hits.p[m->scan.hits.n - 1].rule->index].kept++;
}

static void begin(struct made *m, const char *base, const char *rules)
{
    static const char *const roots[] = {"all"};
    const struct ruleset_text text = {S("t.yml"), str_from(rules)};
    *m = (struct made){0};
    assert_int_equal(ruleset_load_texts(&text, 1, &m->rules, &m->err), OK);
    if (m->rules->n_rejected)
        fail_msg("%.*s", STR_ARG(m->rules->rejected[0].why));
    scan_init(&m->scan, m->rules);
    m->scan.roots = roots;
    m->scan.n_roots = 1;
    m->scan.n_events = 1;
    assert_true(time_parse(str_from(base), &m->base));
}

static void read_lines(struct made *m, const char *lines)
{
    char copy[4096], *rest = copy;
    snprintf(copy, sizeof copy, "%s", lines);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char verb[8], host[32], kind[64], rule[32];
        double from, to;
        int n = 0;
        assert_true(sscanf(line, "%7s %31s %63s %lf %n", verb, host, kind, &from, &n) == 4);
        if (strcmp(verb, "hit") == 0) {
            assert_int_equal(sscanf(line + n, "%31s", rule), 1);
            hit(m, host, kind, from, rule);
        } else {
            int more = 0;
            assert_int_equal(sscanf(line + n, "%lf %n", &to, &more), 1);
            see(m, host, kind, from, to, line + n + more);
        }
    }
}

static void make(struct made *m, const char *base, const char *lines)
{
    begin(m, base, rules_text().p);
    read_lines(m, lines);
    assert_int_equal(assess(&m->scan, &m->a, &m->err), OK);
}

static void end(struct made *m)
{
    assessment_release(&m->a);
    scan_release(&m->scan);
    ruleset_free(m->rules);
}

static u32 host_called(const struct made *m, const char *name)
{
    for (u32 h = 0; h < m->a.hosts.names.n; h++)
        if (str_ieq(m->a.hosts.names.p[h], str_from(name)))
            return h;
    fail_msg("no host %s", name);
    return 0;
}

static bool has_reason(const struct made *m, u32 host, const char *text)
{
    VEC_EACH (&m->a.verdicts.reasons, r)
        if (r->host == host && str_find(r->text, str_from(text)) != SIZE_MAX)
            return true;
    return false;
}

/* A server of June 2022 with a current build, seen in full for four days; and one of January 2021
 * that is open to ProxyLogon, before its window of mass exploitation. */
#define FIXED     "2022-06-01T00:00:00Z"
#define OPEN      "2021-01-15T00:00:00Z"
#define WEB_FIXED "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 iis 0 96\n"
#define WEB_OPEN  "see EX01 httpproxy 0 96 build=15.1.2176.2\nsee EX01 iis 0 96\n"
/* files and processes of other times than the four days */
#define EFFECTS_OF(from, to)                                                                       \
    "see EX01 evtx:Security " from " " to " ids=4688\nsee EX01 " SYSMON " " from " " to            \
    " ids=1,11\n"
#define WATCHED "see EX01 " SYSMON " 0 96 ids=1,11\n"
#define EFFECTS "see EX01 evtx:Security 0 96 ids=4688\nsee EX01 " SYSMON " 0 96 ids=1,11\n"

static const struct verdict_row {
    const char *name, *base, *lines;
    enum verdict verdict; /* of the case */
    const char *reason;   /* part of a reason of EX01; NULL: any */
    u32 also;             /* bits of EX01 */
} verdict_rows[] = {
    /* rule 1 */
    {"effect", FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 command", VERDICT_COMPROMISED,
     "command", 0},
    {"effect without anything else", OPEN,
     "see EX01 evtx:Security 0 1 ids=4688\nhit EX01 evtx:Security 0.5 command", VERDICT_COMPROMISED,
     NULL, 0},
    {"an effect beats patching", FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 written",
     VERDICT_COMPROMISED, "written", 0},
    {"support is no effect", FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 support",
     VERDICT_NO_EVIDENCE, NULL, 0},
    /* rule 2a: a sign, and nobody saw what followed */
    {"sign, effects dark", OPEN, WEB_OPEN "see EX01 ecp_server 0 96\nhit EX01 httpproxy 5 sign",
     VERDICT_LIKELY_COMPROMISED, "next 24 hours", 0},
    {"sign, build unknown", OPEN, "see EX01 iis 0 96\nhit EX01 iis 5 sign",
     VERDICT_LIKELY_COMPROMISED, "next 24 hours", 0},
    {"sign, effects quiet", OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 sign", VERDICT_ATTACKED,
     "nothing did", 0},
    {"sign on a fixed build", FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 sign",
     VERDICT_ATTACKED, "has the fix", 0},
    {"sign, only processes in sight", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 96 ids=4688\nhit EX01 httpproxy 5 sign",
     VERDICT_LIKELY_COMPROMISED, "next 24 hours", 0},
    {"sign, only files in sight", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=11\nhit EX01 httpproxy 5 sign",
     VERDICT_LIKELY_COMPROMISED, "next 24 hours", 0},
    {"sign, effects end too soon", OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 90 sign",
     VERDICT_LIKELY_COMPROMISED, "next 24 hours", 0},
    {"sign, effects with a gap", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 96 ids=4688 gap=6-30\nhit EX01 httpproxy 5 sign",
     VERDICT_LIKELY_COMPROMISED, NULL, 0},
    {"sign, log cleared after", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 96 ids=4688 cleared=7\nhit EX01 httpproxy 5 sign",
     VERDICT_LIKELY_COMPROMISED, NULL, 0},
    {"mail was asked for: no process would show it", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 mail", VERDICT_LIKELY_COMPROMISED, "reading mail", 0},
    {"mail asked for on a fixed build", FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 mail",
     VERDICT_ATTACKED, "has the fix", 0},
    /* rule 2b and 2c */
    {"artefact on a fixed build", FIXED, WEB_FIXED EFFECTS "hit EX01 iis 5 page",
     VERDICT_LIKELY_COMPROMISED, "nothing in the evidence explains", 0},
    {"log cleared after an attempt", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 20 wiped",
     VERDICT_LIKELY_COMPROMISED, "within 24 hours", 0},
    {"log cleared two days later", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 60 wiped",
     VERDICT_ATTACKED, NULL, 0},
    {"log cleared, build fixed", FIXED,
     WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 20 wiped",
     VERDICT_ATTACKED, NULL, 0},
    {"log cleared a day later", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 29 wiped",
     VERDICT_LIKELY_COMPROMISED, "within 24 hours", 0},
    {"log cleared more than a day later", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 29.1 wiped",
     VERDICT_ATTACKED, NULL, 0},
    /* rule 2c, a log that is missing; Sysmon sees the files and processes throughout */
    {"a log missing after an attempt, and back", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=10-30\nhit EX01 httpproxy 5 attempt",
     VERDICT_LIKELY_COMPROMISED, "evtx:Security is missing from 15 January 2021, 10:00:00 UTC", 0},
    {"a log that ends after an attempt, others go on", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 0 12 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_LIKELY_COMPROMISED, "evtx:Security is missing", 0},
    {"web logs missing after an attempt", OPEN,
     "see EX01 httpproxy 0 96 build=15.1.2176.2 gap=6-40\n" EFFECTS "hit EX01 httpproxy 5 attempt",
     VERDICT_LIKELY_COMPROMISED, "httpproxy is missing", 0},
    {"every log silent, and back", OPEN,
     "see EX01 httpproxy 0 96 build=15.1.2176.2 gap=8-40\nsee EX01 " SYSMON
     " 0 96 ids=1,11 gap=8-40\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "vulnerable or unknown", 0},
    {"all evidence ends after an attempt", OPEN,
     "see EX01 httpproxy 0 20 build=15.1.2176.2\n" EFFECTS_OF("0",
                                                              "20") "hit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "vulnerable or unknown", 0},
    {"logs that end hours apart", OPEN,
     "see EX01 httpproxy 0 20 build=15.1.2176.2\n" EFFECTS_OF("0",
                                                              "31") "hit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 1u << VERDICT_CANNOT_TELL},
    {"a log missing two days later", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=60-90\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log missing within the day", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=28-60\nhit EX01 httpproxy 5 attempt",
     VERDICT_LIKELY_COMPROMISED, "evtx:Security is missing", 0},
    {"a log missing an hour after the day", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=29-60\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log that spoke for three hours before", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 2 10 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_LIKELY_COMPROMISED, "evtx:Security is missing", 0},
    {"a log that spoke for less", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 2.1 10 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log that was silent before the attempt", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=10-40\nhit EX01 httpproxy 20 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log that is silent every night", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 0 20 ids=4688\nsee EX01 evtx:Security 40 60\nsee "
                      "EX01 evtx:Security 80 96\nhit EX01 httpproxy 50 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log that begins after the attempt", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 6 10 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log that speaks seldom", OPEN,
     WEB_OPEN WATCHED "see EX01 ecp_server 0 10\nhit EX01 httpproxy 5 attempt", VERDICT_ATTACKED,
     NULL, 0},
    {"a log missing, build fixed", FIXED,
     WEB_FIXED WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=10-30\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"a log missing, build unknown", OPEN,
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96\n" WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=10-30\nhit EX01 iis 5 attempt",
     VERDICT_ATTACKED, NULL, 1u << VERDICT_CANNOT_TELL},
    {"a log missing, and nobody tried anything", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 0 96 ids=4688 gap=10-30", VERDICT_NO_EVIDENCE, NULL,
     0},
    {"a log that holds no more than that it was cleared", OPEN,
     WEB_OPEN WATCHED "see EX01 evtx:Security 4.5 4.5 ids=1102\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    /* rule 3 */
    {"blind attempt", OPEN, "see EX01 evtx:Security 0 6 ids=4688\nhit EX01 evtx:Security 5 script",
     VERDICT_CANNOT_TELL, "neither the answer nor", 0},
    {"an attempt that was watched", OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 script",
     VERDICT_ATTACKED, NULL, 0},
    /* rule 4 */
    {"attempt on a fixed build", FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, "has the fix", 0},
    {"attempt, only processes in sight", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 96 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "24 hours (files) is not", 0},
    {"attempt, only files in sight", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=11\nhit EX01 httpproxy 5 attempt", VERDICT_CANNOT_TELL,
     "24 hours (processes) is not", 0},
    {"attempt, files and processes in two logs", OPEN,
     WEB_OPEN "see EX01 " SYSMON
              " 0 96 ids=11\nsee EX01 evtx:Security 0 96 ids=4688\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, "nothing did", 0},
    {"attempt, then a grave hit", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 8 other-high",
     VERDICT_CANNOT_TELL, "review", 0},
    {"attempt on a fixed build, then a grave hit", FIXED,
     WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 8 other-high",
     VERDICT_ATTACKED, "review", 0},
    {"attempt, a grave hit days before", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 50 attempt\nhit EX01 evtx:Security 8 other-high",
     VERDICT_ATTACKED, NULL, 0},
    {"probes alone are nothing", FIXED, WEB_FIXED EFFECTS "hit EX01 iis 5 probe",
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"attempt before the build was seen fixed", FIXED,
     "see EX01 iis 0 96\nsee EX01 httpproxy 48 96 build=15.1.2507.9\nsee EX01 ecp_server 0 96\nhit "
     "EX01 iis 5 attempt",
     VERDICT_CANNOT_TELL, "vulnerable or unknown", 0},
    {"attempt minutes before the build was seen fixed", FIXED,
     "see EX01 iis 0 96\nsee EX01 httpproxy 5.1 96 build=15.1.2507.9\nsee EX01 ecp_server 0 "
     "96\nhit EX01 iis 5 attempt",
     VERDICT_ATTACKED, "has the fix", 1u << VERDICT_CANNOT_TELL},
    /* rule 5 */
    {"no requests", FIXED, EFFECTS, VERDICT_CANNOT_TELL, "HttpProxy", 0},
    {"no effects", FIXED, WEB_FIXED, VERDICT_CANNOT_TELL, "Security.evtx", 0},
    {"answer seen, then darkness", OPEN,
     WEB_OPEN "see EX01 ecp_server 0 96\nhit EX01 httpproxy 5 attempt", VERDICT_CANNOT_TELL,
     "vulnerable or unknown", 0},
    {"exposed before the evidence begins", "2021-04-01T00:00:00Z", WEB_OPEN EFFECTS,
     VERDICT_CANNOT_TELL, "CVE-2021-2685", 1u << VERDICT_EXPOSED},
    {"begins soon after a fix", "2021-03-20T00:00:00Z",
     "see EX01 httpproxy 0 96 build=15.1.2242.4\n" EFFECTS, VERDICT_CANNOT_TELL, "older logs", 0},
    {"begins 59 days after a fix", "2023-01-06T00:00:00Z",
     "see EX01 httpproxy 0 96 build=15.1.2507.17\n" EFFECTS, VERDICT_CANNOT_TELL, "older logs", 0},
    {"begins 61 days after a fix", "2023-01-08T00:00:00Z",
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96 build=15.1.2507.17\n" EFFECTS, VERDICT_NO_EVIDENCE,
     NULL, 0},
    {"the build before the fix is seen", "2021-03-20T00:00:00Z",
     "see EX01 iis -2000 96\nsee EX01 httpproxy -2000 -440 build=15.1.2106.2\nsee EX01 httpproxy "
     "-439 96 "
     "build=15.1.2176.9\n" EFFECTS_OF("-2000", "96"),
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"a fix for another product", OPEN, WEB_OPEN EFFECTS, VERDICT_NO_EVIDENCE, NULL, 0},
    {"grave lead", FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 other-high",
     VERDICT_CANNOT_TELL, "review", 0},
    {"an odd thing that stands for nothing", FIXED, WEB_FIXED EFFECTS "hit EX01 iis 5 odd",
     VERDICT_CANNOT_TELL, "Odd page: somebody has to explain this", 0},
    {"an attempt, then an odd thing", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 iis 8 odd", VERDICT_CANNOT_TELL,
     "somebody has to explain", 0},
    {"small lead", FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 plain-low",
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"requests and effects of different times", FIXED,
     "see EX01 httpproxy 0 48 build=15.1.2507.9\nsee EX01 evtx:Security 60 96 ids=4688",
     VERDICT_CANNOT_TELL, "of different times", 0},
    {"a Security log of logons alone", FIXED, WEB_FIXED "see EX01 evtx:Security 0 96 ids=4624",
     VERDICT_CANNOT_TELL, "files made, processes started", 0},
    {"the same without an IIS log", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 evtx:Security 0 96 ids=4624",
     VERDICT_CANNOT_TELL, "Sysmon%4Operational", 0},
    {"processes, and nothing for files", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 evtx:Security 0 96 ids=4688",
     VERDICT_CANNOT_TELL, "stage \"foothold\". Bring: %SystemRoot%", 0},
    {"files, and nothing for processes", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 " SYSMON " 0 96 ids=11",
     VERDICT_CANNOT_TELL, "stage \"action\"", 0},
    {"processes, and no log that shows files", FIXED,
     WEB_FIXED "see EX01 evtx:Security 0 96 ids=4688", VERDICT_CANNOT_TELL, "stage \"foothold\"",
     0},
    {"processes, files in part", FIXED, WEB_FIXED "see EX01 evtx:Security 0 96 ids=4688,5145",
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"an answer that no log shows", FIXED, "see EX01 iis 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "stage \"exploited\". Bring: %ExchangeInstallPath%Logging\\HttpProxy", 0},
    {"an hour of effects beside days of requests", FIXED, WEB_FIXED EFFECTS_OF("95", "96"),
     VERDICT_CANNOT_TELL,
     "between 1 June 2022 and 4 June 2022, 23:00:00 UTC nothing shows what happened", 0},
    {"effects that end days before the requests", FIXED, WEB_FIXED EFFECTS_OF("0", "30"),
     VERDICT_CANNOT_TELL, "between 2 June 2022, 06:00:00 UTC and 5 June 2022 nothing", 0},
    {"effects within twelve hours of the edges", FIXED, WEB_FIXED EFFECTS_OF("11", "85"),
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"a week of silence in the effects", FIXED,
     "see EX01 httpproxy 0 480 build=15.1.2507.9\nsee EX01 iis 0 480\nsee EX01 " SYSMON
     " 0 480 ids=1,11 gap=100-268",
     VERDICT_CANNOT_TELL, "nothing shows what happened", 0},
    {"one log of effects takes over from another", FIXED,
     WEB_FIXED "see EX01 evtx:Security 0 50 ids=4688,4663\nsee EX01 " SYSMON " 50 96 ids=1,11",
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"files for an hour, processes all the time", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 evtx:Security 0 96 ids=4688\nsee "
     "EX01 " SYSMON " 0 1 ids=11",
     VERDICT_CANNOT_TELL, "nothing shows the files made", 0},
    {"no log names the build", FIXED, "see EX01 httpproxy 0 96\nsee EX01 iis 0 96\n" EFFECTS,
     VERDICT_CANNOT_TELL, "ExSetup.exe", 0},
    {"a web server and nothing of Exchange", FIXED, "see EX01 iis 0 96\n" EFFECTS,
     VERDICT_CANNOT_TELL, "no log names the build", 0},
    {"a build of no known version", FIXED, "see EX01 httpproxy 0 96 build=15.9.9999.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "15.9.9999.9", 0},
    {"a build newer than the tables", FIXED,
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96 build=15.1.9999.9\n" EFFECTS, VERDICT_NO_EVIDENCE,
     NULL, 0},
    {"four days without requests", FIXED,
     "see EX01 httpproxy 0 240 build=15.1.2507.9 gap=50-150\n" EFFECTS_OF("0", "240"),
     VERDICT_CANNOT_TELL, "no request is in the evidence", 0},
    {"a quiet weekend", FIXED,
     "see EX01 iis 0 240\nsee EX01 httpproxy 0 240 build=15.1.2507.9 gap=50-112\n" EFFECTS_OF(
         "0", "240"),
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"another log of requests fills the hole, and shows no answer of the back end", FIXED,
     "see EX01 httpproxy 0 240 build=15.1.2507.9 gap=50-150\nsee EX01 iis 0 240\n" EFFECTS_OF(
         "0", "240"),
     VERDICT_CANNOT_TELL, "nothing shows what the back end answered to them: bring the HttpProxy",
     0},
    {"a log of errors does not fill it", FIXED,
     "see EX01 httpproxy 0 240 build=15.1.2507.9 gap=50-150\nsee EX01 iis 0 240\nsee EX01 "
     "evtx:Application 0 240\n" EFFECTS_OF("0", "240"),
     VERDICT_CANNOT_TELL, "what the back end answered", 0},
    {"other logs fill the hole", FIXED,
     "see EX01 httpproxy 0 240 build=15.1.2507.9 gap=50-150\nsee EX01 iis 0 240\nsee EX01 "
     "ecp_server 0 240\n" EFFECTS_OF("0", "240"),
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"a log cleared among the requests", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 0 96 ids=4688 cleared=50", VERDICT_CANNOT_TELL,
     "evtx:Security was cleared on 3 June 2022, 02:00:00 UTC", 0},
    {"a log cleared before the requests", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security -10 96 ids=4688 cleared=-10", VERDICT_NO_EVIDENCE,
     NULL, 0},
    {"a log of which nothing is left was cleared after the last request", FIXED,
     WEB_FIXED EFFECTS "see EX01 evtx:Application 97 97 none cleared=97", VERDICT_CANNOT_TELL,
     "Application was cleared", 0},
    {"a log cleared after the requests, and nothing of it from before", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 97 97 ids=1102 cleared=97", VERDICT_CANNOT_TELL,
     "evtx:Security was cleared on 5 June 2022, 01:00:00 UTC", 0},
    {"a log cleared a month after the requests", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 800 810 ids=1102,4688 cleared=800",
     VERDICT_CANNOT_TELL, "evtx:Security was cleared", 0},
    {"a log cleared after the requests, as it stood before", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 0 97 ids=4688,1102 cleared=97", VERDICT_NO_EVIDENCE,
     NULL, 0},
    {"a log cleared after the requests, of which the second half stands", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 48 97 ids=4688,1102 cleared=97", VERDICT_CANNOT_TELL,
     "evtx:Security was cleared", 0},
    {"a log cleared after the requests, of which a day is missing", FIXED,
     WEB_FIXED WATCHED "see EX01 evtx:Security 0 97 ids=4688,1102 cleared=97 gap=40-64",
     VERDICT_CANNOT_TELL, "evtx:Security was cleared", 0},
    {"a log cleared soon after an hour of requests, and nothing of it from before", FIXED,
     "see EX01 httpproxy 0 1 build=15.1.2507.9\nsee EX01 " SYSMON " 0 1 ids=1,11\nsee EX01 "
     "evtx:Security 1.5 1.5 ids=1102 cleared=1.5",
     VERDICT_CANNOT_TELL, "evtx:Security was cleared", 0},
    {"a log that holds nothing but its clearing", FIXED,
     WEB_FIXED "see EX01 evtx:Security -1 -1 ids=1102 cleared=-1", VERDICT_CANNOT_TELL,
     "files made, processes started", 0},
    /* what a log shows lasts as long as the records that show it, not as long as the log */
    {"process records stop minutes after an attempt, their logs go on", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 5.1 ids=4688\nsee EX01 evtx:Security 0 96 ids=4624\nsee "
              "EX01 " SYSMON " 0 5.1 ids=1,11\nsee EX01 " SYSMON
              " 0 96 ids=3\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "24 hours (files and processes) is not", 0},
    {"process records of the first minutes, requests of days", FIXED,
     WEB_FIXED "see EX01 evtx:Security 0 0.1 ids=4688\nsee EX01 evtx:Security 0 96 ids=4624\nsee "
               "EX01 " SYSMON " 0 0.1 ids=1,11\nsee EX01 " SYSMON " 0 96 ids=3",
     VERDICT_CANNOT_TELL, "nothing shows what happened", 0},
    {"the same on an open build", "2021-04-01T00:00:00Z",
     "see EX01 iis -2500 96\nsee EX01 httpproxy -2500 96 build=15.1.2176.2\nsee EX01 " SYSMON
     " -2500 -2400 ids=1,11\nsee EX01 " SYSMON " -2500 96 ids=3",
     VERDICT_CANNOT_TELL, "nothing shows what happened", 1u << VERDICT_EXPOSED},
    {"process records with a gap, their log without", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=1,11 gap=8-30\nsee EX01 " SYSMON
              " 0 96 ids=3\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "is not in sight", 0},
    {"one file was made, and the records of processes go on", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=1\nsee EX01 " SYSMON
              " 2 2 ids=11\nhit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, "nothing did", 0},
    {"one file was made, and nothing tells that the recorder went on", OPEN,
     WEB_OPEN "see EX01 evtx:Security 0 96 ids=4688\nsee EX01 " SYSMON
              " 2 2 ids=11\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "24 hours (files) is not", 0},
    {"records within the hour before the end of the day", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 28.1 ids=1,11\nsee EX01 evtx:System 0 96\nhit EX01 httpproxy "
              "5 attempt",
     VERDICT_ATTACKED, NULL, 1u << VERDICT_CANNOT_TELL},
    {"records to more than an hour before it", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 27.9 ids=1,11\nsee EX01 " SYSMON
              " 0 96 ids=3\nhit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "is not in sight", 0},
    /* a process whose parent is not named is not known to be the web server's */
    {"process records that name the parent", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=11\nsee EX01 evtx:Security 0 96 ids=4688\n"
              "hit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, NULL, 0},
    {"process records that do not", OPEN,
     WEB_OPEN "see EX01 " SYSMON " 0 96 ids=11\nsee EX01 evtx:Security 0 96 ids=4688 columns=none\n"
              "hit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, NULL, 0},
    /* a log of requests that cannot show an attack is none */
    {"one folder of HttpProxy", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9 part=Eas\n" EFFECTS, VERDICT_CANNOT_TELL,
     "of what there is, Ecp and Owa are not in it", 0},
    {"HttpProxy without one of the two folders", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9 part=Owa\n" EFFECTS, VERDICT_CANNOT_TELL,
     "of what there is, Ecp is not in it", 0},
    {"two folders of HttpProxy of different times", FIXED,
     "see EX01 httpproxy 0 30 build=15.1.2507.9 part=Owa\nsee EX01 httpproxy 40 96 "
     "part=Ecp\n" EFFECTS,
     VERDICT_CANNOT_TELL, "its parts are of different times", 0},
    {"HttpProxy without its columns", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9 columns=none\n" EFFECTS, VERDICT_CANNOT_TELL,
     "of what there is, AnchorMailbox and HttpStatus are not in it", 0},
    {"an attempt in HttpProxy without its columns", OPEN,
     "see EX01 httpproxy 0 96 build=15.1.2176.2 columns=none\nsee EX01 iis 0 96\n" EFFECTS
     "hit EX01 httpproxy 5 attempt",
     VERDICT_CANNOT_TELL, "mail may have been read", 0},
    {"HttpProxy told by the addresses", FIXED,
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96 build=15.1.2507.9 part=/ecp/x.js\nsee EX01 "
     "httpproxy 0 96 "
     "part=/OWA/auth\n" EFFECTS,
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"the back end of IIS", FIXED,
     "see EX01 iis 0 96 part=444\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "of what there is, the front end is not in it", 0},
    {"IIS that does not say which end it is", FIXED,
     "see EX01 iis 0 96 part=\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "W3SVC1", 0},
    {"the front end of IIS", FIXED,
     "see EX01 iis 0 96 part=80\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"the site of the front end", FIXED,
     "see EX01 iis 0 96 part=W3SVC1\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"IIS without its columns", FIXED,
     "see EX01 iis 0 96 columns=none\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "cs-method and cs-uri-stem and sc-status are not", 0},
    {"HttpProxy, and IIS without its columns", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\nsee EX01 iis 0 96 columns=none\n" EFFECTS,
     VERDICT_CANNOT_TELL, "a look at its requests needs: cs-method, cs-uri-stem, sc-status", 0},
    {"a log of the back end without its columns", FIXED,
     WEB_FIXED "see EX01 iis 0 96 part=444 columns=none in=back\n" EFFECTS, VERDICT_NO_EVIDENCE,
     NULL, 0},
    {"a log of the front end without its columns beside one with them", FIXED,
     WEB_FIXED "see EX01 iis 0 96 columns=none in=old\n" EFFECTS, VERDICT_CANNOT_TELL,
     "a look at its requests needs", 0},
    {"HttpProxy without IIS", FIXED, "see EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "stand in the log of the front end of IIS alone", 0},
    {"IIS without a day that HttpProxy has", FIXED,
     "see EX01 iis 0 96 gap=30-54\nsee EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "stand in the log of the front end of IIS alone", 0},
    {"IIS that ends before HttpProxy", FIXED,
     "see EX01 iis 0 90\nsee EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS, VERDICT_CANNOT_TELL,
     "stand in the log of the front end of IIS alone", 0},
    {"IIS that begins after HttpProxy", FIXED,
     "see EX01 iis 2.1 96\nsee EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "stand in the log of the front end of IIS alone", 0},
    {"IIS that ends hours before HttpProxy", FIXED,
     "see EX01 iis 0 93.9\nsee EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "stand in the log of the front end of IIS alone", 0},
    {"IIS that begins and ends within two hours", FIXED,
     "see EX01 iis 1.9 94.1\nsee EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS,
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"IIS without a day that one folder of HttpProxy has", FIXED,
     "see EX01 iis 0 96 gap=30-54\nsee EX01 httpproxy 0 96 build=15.1.2507.9 part=Ews\n" EFFECTS,
     VERDICT_CANNOT_TELL, "while it holds HttpProxy's: bring", 0},
    {"IIS without a day that its back end has", FIXED,
     "see EX01 iis 0 96 gap=30-54\nsee EX01 iis 0 96 part=444 in=back\nsee EX01 ecp_server 0 96 "
     "build=15.1.2507.9\n" EFFECTS,
     VERDICT_CANNOT_TELL, "while it holds the back end's: bring", 0},
    {"an attempt that was met, and no IIS", FIXED,
     "see EX01 httpproxy 0 96 build=15.1.2507.9\n" EFFECTS "hit EX01 httpproxy 5 attempt",
     VERDICT_ATTACKED, "stand in the log of the front end of IIS alone", 1u << VERDICT_CANNOT_TELL},
    {"both are silent together", FIXED,
     "see EX01 iis 0 96 gap=30-54\nsee EX01 httpproxy 0 96 build=15.1.2507.9 gap=30-54\n" EFFECTS,
     VERDICT_NO_EVIDENCE, NULL, 0},
    /* mail that may have been read through an answer that no log at hand shows */
    {"an attempt in IIS, and no HttpProxy", OPEN,
     "see EX01 iis 0 96\nsee EX01 ecp_server 0 96 build=15.1.2176.2\n" EFFECTS
     "hit EX01 iis 5 attempt",
     VERDICT_CANNOT_TELL, "mail may have been read", 0},
    {"an attempt in IIS, build unknown", OPEN,
     "see EX01 iis 0 96\n" EFFECTS "hit EX01 iis 5 attempt", VERDICT_CANNOT_TELL,
     "mail may have been read", 0},
    {"an attempt in IIS, and one folder of HttpProxy", OPEN,
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96 build=15.1.2176.2 part=Owa\n" EFFECTS
     "hit EX01 iis 5 attempt",
     VERDICT_CANNOT_TELL, "Bring the HttpProxy logs", 0},
    {"an attempt in IIS, one folder of HttpProxy silent then", OPEN,
     "see EX01 iis 0 96\nsee EX01 httpproxy 0 96 build=15.1.2176.2 part=Owa\nsee EX01 httpproxy 0 "
     "96 part=Ecp gap=3-20\n" EFFECTS "hit EX01 iis 10 attempt",
     VERDICT_CANNOT_TELL, "mail may have been read", 0},
    {"an attempt in IIS, HttpProxy of another day", OPEN,
     "see EX01 iis 0 96\nsee EX01 httpproxy 30 96 build=15.1.2176.2\n" EFFECTS
     "hit EX01 iis 5 attempt",
     VERDICT_CANNOT_TELL, "mail may have been read", 0},
    {"an attempt in IIS, HttpProxy begins within the hour", OPEN,
     "see EX01 iis 0 96\nsee EX01 httpproxy 5.5 96 build=15.1.2176.2\n" EFFECTS
     "hit EX01 iis 5 attempt",
     VERDICT_ATTACKED, "nothing did", 0},
    {"an attempt in IIS, HttpProxy beside it", OPEN, WEB_OPEN EFFECTS "hit EX01 iis 5 attempt",
     VERDICT_ATTACKED, "nothing did", 0},
    {"an attempt in IIS on a fixed build, and no HttpProxy", FIXED,
     "see EX01 iis 0 96\nsee EX01 ecp_server 0 96 build=15.1.2507.9\n" EFFECTS
     "hit EX01 iis 5 attempt",
     VERDICT_ATTACKED, "has the fix", 0},
    {"a flaw through which nobody reads mail, and no HttpProxy", OPEN,
     "see EX01 iis 0 96\nsee EX01 ecp_server 0 96 build=15.1.2176.2\n" EFFECTS
     "hit EX01 iis 5 other-flaw",
     VERDICT_ATTACKED, "nothing did", 0},
    {"a sign of mail and of more, effects quiet", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 mail-host", VERDICT_ATTACKED, "nothing did", 0},
    /* rules 6 and 7 */
    {"exposed, covered since before", "2021-04-01T00:00:00Z",
     "see EX01 iis -2500 96\nsee EX01 httpproxy -2500 96 build=15.1.2176.2\n" EFFECTS_OF("-2500",
                                                                                         "96"),
     VERDICT_EXPOSED, "CVE-2021-26855", 0},
    {"exposed, the build log ends hours after the requests", "2021-04-01T00:00:00Z",
     "see EX01 iis -2500 90\nsee EX01 ecp_server -2500 96 build=15.1.2176.2\n" EFFECTS_OF("-2500",
                                                                                          "96"),
     VERDICT_EXPOSED, NULL, 0},
    {"compromised and still exposed", "2021-04-01T00:00:00Z",
     WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 command", VERDICT_COMPROMISED, NULL,
     1u << VERDICT_EXPOSED},
    {"a setting decides as well", "2024-06-01T00:00:00Z",
     "see EX01 iis -1000 96\nsee EX01 httpproxy -1000 96 build=15.1.2507.16\n" EFFECTS_OF("-1000",
                                                                                          "96"),
     VERDICT_NO_EVIDENCE, NULL, 0},
    {"nothing", FIXED, WEB_FIXED EFFECTS, VERDICT_NO_EVIDENCE,
     "what happened on the server from 1 June 2022 to 5 June 2022", 0},
    /* several hosts */
    {"a workstation beside the server", FIXED,
     WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688", VERDICT_NO_EVIDENCE, NULL, 0},
    {"a workstation with a grave hit", FIXED,
     WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688\nhit WS07 evtx:Security 5 other-high",
     VERDICT_CANNOT_TELL, NULL, 0},
    {"a web server of others that started a command", FIXED,
     WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688\nhit WS07 evtx:Security 5 command",
     VERDICT_CANNOT_TELL, NULL, 0},
    {"a web shell client on any host", FIXED,
     WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688\nhit WS07 evtx:Security 5 chopper",
     VERDICT_COMPROMISED, NULL, 0},
    {"a page on a web server of others", FIXED,
     WEB_FIXED EFFECTS "see WEB01 iis 0 96\nhit WEB01 iis 5 page", VERDICT_CANNOT_TELL, NULL, 0},
    {"an attack script on a workstation", FIXED,
     WEB_FIXED EFFECTS "see WS07 evtx:Security 0 6 ids=4688\nhit WS07 evtx:Security 5 script",
     VERDICT_CANNOT_TELL, NULL, 0},
    {"a page, and nobody speaks of Exchange", FIXED,
     "see EX01 iis 0 96\n" EFFECTS "see WEB01 iis 0 96\nhit WEB01 iis 5 page",
     VERDICT_LIKELY_COMPROMISED, NULL, 0},
    {"a second Exchange server without its web logs", FIXED,
     WEB_FIXED EFFECTS "see EX02 evtx:Security 0 96 ids=4688 exchange", VERDICT_CANNOT_TELL, NULL,
     0},
    {"only event logs: anybody may be the server", FIXED,
     EFFECTS "see WS07 evtx:Security 0 96 ids=4688", VERDICT_CANNOT_TELL, "HttpProxy", 0},
};

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(verdict_rows); i++) {
        const struct verdict_row *const row = &verdict_rows[i];
        struct made m;
        make(&m, row->base, row->lines);
        const u32 ex = host_called(&m, "EX01");
        const struct verdicts *const v = &m.a.verdicts;
        if (v->hosts[v->worst].verdict != row->verdict)
            fail_msg("%s: %s (%.*s)", row->name, verdict_text(v->hosts[v->worst].verdict),
                     STR_ARG(v->reasons.p[0].text));
        if (row->reason && !has_reason(&m, ex, row->reason))
            fail_msg("%s: no reason says \"%s\"; the first is \"%.*s\"", row->name, row->reason,
                     STR_ARG(v->reasons.p[0].text));
        if (v->hosts[ex].also != row->also)
            fail_msg("%s: also %x", row->name, v->hosts[ex].also);
        end(&m);
    }
}

/* What a record leaves open, a fuller one of the same process decides: both ways. */
static void test_twins(void **state)
{
    (void)state;
    static const struct {
        const char *rule; /* of the fuller record; NULL: there is none */
        double time;
        const char *id, *image;
        enum verdict verdict;
        const char *says; /* of the lesser */
    } rows[] = {
        {NULL, 0, NULL, NULL, VERDICT_LIKELY_COMPROMISED, "Untold C:\\Windows\\cmd.exe"},
        {"told", 5, "4660", "C:\\Windows\\CMD.exe", VERDICT_COMPROMISED,
         "Told C:\\Windows\\cmd.exe"},
        {"innocent", 5, "4660", "C:\\Windows\\cmd.exe", VERDICT_CANNOT_TELL, "Add-on"},
        {"innocent", 5, "0x1234", "cmd.exe", VERDICT_CANNOT_TELL, "Add-on"},
        {"innocent", 5 + 2.0 / 3600, "4660", "cmd.exe", VERDICT_CANNOT_TELL, "Add-on"},
        /* another process */
        {"innocent", 5 + 3.0 / 3600, "4660", "cmd.exe", VERDICT_LIKELY_COMPROMISED, "Untold"},
        {"innocent", 5, "4661", "cmd.exe", VERDICT_LIKELY_COMPROMISED, "Untold"},
        {"innocent", 5, "4660", "net.exe", VERDICT_LIKELY_COMPROMISED, "Untold"},
        {"innocent", 5, "", "cmd.exe", VERDICT_LIKELY_COMPROMISED, "Untold"},
        /* another act */
        {"odd", 5, "4660", "cmd.exe", VERDICT_LIKELY_COMPROMISED, "Untold"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        struct scan_field lesser[] = {{S("NewProcessId"), S("0x1234")},
                                      {S("ProcessId"), S("0x10")},
                                      {S("NewProcessName"), S("C:\\Windows\\cmd.exe")}};
        struct scan_field fuller[] = {{S("ProcessId"), str_from(rows[i].id ? rows[i].id : "")},
                                      {S("Image"), str_from(rows[i].image ? rows[i].image : "")}};
        begin(&m, FIXED, rules_text().p);
        read_lines(&m, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 untold");
        m.scan.hits.p[0].event->fields = lesser;
        m.scan.hits.p[0].event->n_fields = COUNT(lesser);
        if (rows[i].rule) {
            hit(&m, "EX01", SYSMON, rows[i].time, rows[i].rule);
            m.scan.hits.p[1].event->fields = fuller;
            m.scan.hits.p[1].event->n_fields = COUNT(fuller);
        }
        assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
        if (m.a.verdicts.hosts[m.a.verdicts.worst].verdict != rows[i].verdict)
            fail_msg("row %zu: %s", i,
                     verdict_text(m.a.verdicts.hosts[m.a.verdicts.worst].verdict));
        VEC_EACH (&m.a.findings.all, f)
            if (f->hit->rule == rule_called(&m, "untold"))
                assert_true(str_starts(f->says, str_from(rows[i].says)));
        end(&m);
    }
}

/* Five requests that say the same are one reason. */
static void test_equal_reasons(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        size_t reasons, findings; /* of the first */
    } rows[] = {
        {WEB_OPEN EFFECTS "hit EX01 httpproxy 5 mail\nhit EX01 httpproxy 5.1 mail\nhit EX01 "
                          "httpproxy 5.2 mail\nhit EX01 iis 6 page",
         2, 3},
        {"see EX01 evtx:Security 0 6 ids=4688\nhit EX01 evtx:Security 5 script\nhit EX01 "
         "evtx:Security 5.1 script",
         1, 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        make(&m, OPEN, rows[i].lines);
        assert_int_equal(m.a.verdicts.reasons.n, rows[i].reasons);
        assert_int_equal(m.a.verdicts.reasons.p[0].findings.n, rows[i].findings);
        end(&m);
    }
}

/* The workstation says that it was not held to a server's measure, and does not speak for the case.
 */
static void test_bystander(void **state)
{
    (void)state;
    struct made m;
    make(&m, FIXED, "see AA07 evtx:Security 0 96 ids=4688\n" WEB_FIXED EFFECTS);
    const u32 ws = host_called(&m, "AA07");
    assert_true(m.a.verdicts.hosts[ws].bystander);
    assert_int_equal(m.a.verdicts.worst, host_called(&m, "EX01"));
    assert_true(has_reason(&m, ws, "no sign of being an Exchange server"));
    assert_true(str_find(m.a.verdicts.hosts[ws].sentence, S("not held against")) != SIZE_MAX);
    end(&m);
}

/* Evidence that was lost counts against the hosts that it may have spoken of. */
static void test_losses(void **state)
{
    (void)state;
    static const struct row {
        const char *what; /* damage in this source; or a refusal (!); or a last line cut short (~),
                             which tells that it is of the end (@); or a log that could not be read
                             at all (?); or the question was cut down */
        enum verdict verdict;
    } rows[] = {{"all/EX01/iis", VERDICT_CANNOT_TELL},
                {"all/WS07/evtx:Security", VERDICT_NO_EVIDENCE},
                {"all/unreadable.evtx", VERDICT_CANNOT_TELL},
                {"~all/EX01/iis", VERDICT_NO_EVIDENCE},     /* it was being written */
                {"~all/EX01/earlier", VERDICT_CANNOT_TELL}, /* it was not: others go on for hours */
                {"~all/EX01/sparse", VERDICT_NO_EVIDENCE},  /* no other of its kind goes on */
                {"~all/EX01/export", VERDICT_CANNOT_TELL},  /* others of its host do */
                {"@all/EX01/earlier", VERDICT_NO_EVIDENCE}, /* its last line is of the end */
                {"?all/u_ex.log", VERDICT_CANNOT_TELL},
                {"?all/EX01/u_ex.log", VERDICT_CANNOT_TELL},
                {"?all/WS07/u_ex.log", VERDICT_NO_EVIDENCE},
                {"!encrypted", VERDICT_CANNOT_TELL},
                {"!special file", VERDICT_NO_EVIDENCE},
                {"--since", VERDICT_CANNOT_TELL},
                {"--host", VERDICT_CANNOT_TELL},
                {"~all/EX01/iis", VERDICT_NO_EVIDENCE}, /* found by carving: nothing was lost */
                {"nothing", VERDICT_NO_EVIDENCE}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        begin(&m, FIXED, rules_text().p);
        read_lines(&m, WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688\n"
                                         "see EX01 iis 0 50 in=all/EX01/earlier\n"
                                         "see EX01 httperr 0 50 in=all/EX01/sparse\n"
                                         "see EX01 evtx:System 0 50 ids=1 in=all/EX01/export");
        m.scan.sources.p[source_called(&m, "all/EX01/sparse")].format = S("w3c");
        if (rows[i].what[0] == '~' || rows[i].what[0] == '@')
            *VEC_PUSH(&m.scan.damages) =
                (struct scan_damage){.source = source_called(&m, rows[i].what + 1),
                                     .lost = 100,
                                     .what = S("torn"),
                                     .unfinished = rows[i].what[0] == '@' ? at(&m, 96) : TIME_NONE};
        else if (rows[i].what[0] == '?') {
            const u32 source = source_called(&m, rows[i].what + 1);
            m.scan.sources.p[source].should_be = "an IIS log by its name";
            *VEC_PUSH(&m.scan.damages) = (struct scan_damage){
                .source = source, .name = S("all/u_ex.log"), .lost = 100, .what = S("an IIS log")};
        } else if (rows[i].what[0] == '!')
            *VEC_PUSH(&m.scan.refusals) =
                (struct scan_refusal){S("x"), str_from(rows[i].what + 1), S("y")};
        else if (strcmp(rows[i].what, "--since") == 0)
            m.scan.since = at(&m, 3);
        else if (strcmp(rows[i].what, "--host") == 0)
            m.scan.only_host = S("ex01.contoso.example");
        else if (strcmp(rows[i].what, "nothing") != 0)
            *VEC_PUSH(&m.scan.damages) = (struct scan_damage){
                .source = source_called(&m, rows[i].what + (rows[i].what[0] == '~')),
                .lost = 100,
                .what = S("torn"),
                .carved = rows[i].what[0] == '~'};
        assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
        if (m.a.verdicts.hosts[host_called(&m, "EX01")].verdict != rows[i].verdict)
            fail_msg("%s: %s", rows[i].what,
                     verdict_text(m.a.verdicts.hosts[host_called(&m, "EX01")].verdict));
        if (rows[i].what[0] == '?' && rows[i].verdict == VERDICT_CANNOT_TELL)
            assert_true(has_reason(&m, host_called(&m, "EX01"),
                                   "1 log could not be read at all: all/u_ex.log (an IIS log)"));
        end(&m);
    }
}

/* Hits that were counted and not kept: "each attempt was met" cannot be said, but of a server that
 * had the fix all the time. */
static void test_dropped_hits(void **state)
{
    (void)state;
    static const struct row {
        const char *when, *lines;
        enum verdict verdict;
    } rows[] = {
        {OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt", VERDICT_CANNOT_TELL},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt", VERDICT_ATTACKED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        begin(&m, rows[i].when, rules_text().p);
        read_lines(&m, rows[i].lines);
        m.scan.counts[rule_called(&m, "attempt")->index].hits = 9000;
        assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
        assert_int_equal(m.a.verdicts.hosts[0].verdict, rows[i].verdict);
        assert_int_equal(has_reason(&m, 0, "counted and not judged"),
                         rows[i].verdict == VERDICT_CANNOT_TELL);
        end(&m);
    }
}

static void test_missing_stage(void **state)
{
    (void)state;
    struct made m;
    char without[16384], *action;
    snprintf(without, sizeof without, "%s", rules_text().p);
    while ((action = strstr(without, "stage: action")))
        memcpy(action, "stage:  probe", 13);
    begin(&m, FIXED, without);
    read_lines(&m, WEB_FIXED EFFECTS);
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    assert_int_equal(m.a.verdicts.hosts[0].verdict, VERDICT_CANNOT_TELL);
    assert_true(has_reason(&m, 0, "stage \"action\""));
    assert_false(has_reason(&m, 0, "stage \"foothold\""));
    end(&m);
}

/* A rule that asks for a column which no log of its source is written with cannot fire. */
static void test_missing_columns(void **state)
{
    (void)state;
    static const struct {
        const char *detection;
        bool can;
    } rows[] = {
        {"{sel: {AnchorMailbox: x}, condition: sel}", true},
        {"{sel: {BackEndCookie: x}, condition: sel}", false},
        {"{sel: {AnchorMailbox: x, BackEndCookie: x}, condition: sel}", false},
        {"{sel: [{AnchorMailbox: x}, {BackEndCookie: x}], condition: sel}", true},
        {"{sel: {AnchorMailbox: x}, one: {BackEndCookie: x}, condition: sel or one}", true},
        {"{sel: {AnchorMailbox: x}, one: {BackEndCookie: x}, condition: sel and one}", false},
        {"{sel: {AnchorMailbox: x}, one: {BackEndCookie: x}, condition: sel and not one}", true},
        {"{sel: {BackEndCookie: null}, condition: sel}", true},
        {"{sel: {BackEndCookie|exists: false}, condition: sel}", true},
        {"{sel: [word], condition: sel}", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        char text[512];
        snprintf(text, sizeof text,
                 "title: a\nid: a\nlevel: high\nlogsource: {product: exchange, service: "
                 "httpproxy}\ndetection: %s\n",
                 rows[i].detection);
        begin(&m, FIXED, text);
        read_lines(&m, WEB_FIXED);
        m.scan.columns = ARENA_ARRAY(&m.scan.arena, u64, intern_count(&m.rules->fields) + 1);
        m.scan.columns[FIELD_ANCHOR_MAILBOX] = (u64)1 << KIND_HTTPPROXY;
        assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
        const str why = m.scan.could_not_fire[0];
        if (!why.n != rows[i].can ||
            (why.n && str_find(why, S("columns that it needs: BackEndCookie")) == SIZE_MAX))
            fail_msg("%s: %.*s", rows[i].detection, STR_ARG(why));
        end(&m);
    }
}

static const struct times_row {
    const char *name, *base, *lines;
    double since, until;
    bool not_after;
} times_rows[] = {
    {"a chain", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 6 written\nhit EX01 "
                      "evtx:Security 7 command",
     5, 7, false},
    {"support at the end counts", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 sign\nhit EX01 evtx:Security 6 written\nhit EX01 "
                      "evtx:Security 6.1 support",
     5, 6.1, false},
    {"attempts that met the fix do not date a break-in", FIXED,
     WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 20 command", 20, 20,
     true},
    {"it begins with a file", OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 6 written", 6, 6,
     true},
    {"it begins with the log", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 0.01 sign\nhit EX01 evtx:Security 6 written", 0.01, 6,
     true},
    {"it begins with a session that no log of requests shows the way to", OPEN,
     "see EX01 ecp_server 0 96 build=15.1.2176.2\n" EFFECTS
     "hit EX01 ecp_server 5 sign\nhit EX01 evtx:Security 6 written",
     5, 6, true},
    {"it begins with a session beside a log of requests", OPEN,
     WEB_OPEN "see EX01 ecp_server 0 96 build=15.1.2176.2\n" EFFECTS
              "hit EX01 ecp_server 5 sign\nhit EX01 evtx:Security 6 written",
     5, 6, false},
    {"it begins on the server itself", OPEN,
     WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 script\nhit EX01 evtx:Security 6 written", 5, 6,
     true},
    {"a script of the intruder, later", OPEN,
     WEB_OPEN EFFECTS
     "hit EX01 httpproxy 5 sign\nhit EX01 evtx:Security 6 written\nhit EX01 evtx:Security 7 script",
     5, 7, false},
    {"refused attempts of days before", OPEN,
     WEB_OPEN EFFECTS
     "hit EX01 httpproxy 5 refused\nhit EX01 httpproxy 60 sign\nhit EX01 evtx:Security 61 command",
     60, 61, false},
    {"a cleared log dates the attempt", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 20 wiped", 5, 5, false},
    {"a cleared log dates the attempt before it, not those of days ago", OPEN,
     WEB_OPEN EFFECTS
     "hit EX01 httpproxy 5 attempt\nhit EX01 httpproxy 60 refused\nhit EX01 evtx:Security 70 wiped",
     60, 60, false},
    {"a missing log dates the attempt", OPEN,
     WEB_OPEN WATCHED
     "see EX01 evtx:Security 0 96 ids=4688 gap=10-30\nhit EX01 httpproxy 5 attempt",
     5, 5, false},
    {"what only asks to be looked at dates nothing", OPEN,
     WEB_OPEN EFFECTS "hit EX01 iis 3 odd\nhit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 6 "
                      "command\nhit EX01 iis 7 odd",
     5, 6, false},
    {"attacked: every attempt", FIXED,
     WEB_FIXED EFFECTS "hit EX01 httpproxy 5 refused\nhit EX01 httpproxy 70 attempt", 5, 70, false},
};

static void test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(times_rows); i++) {
        const struct times_row *const row = &times_rows[i];
        struct made m;
        make(&m, row->base, row->lines);
        const struct host_verdict *const v = &m.a.verdicts.hosts[0];
        if (v->since != at(&m, row->since) || v->until != at(&m, row->until) ||
            v->not_after != row->not_after)
            fail_msg("%s: %.*s to %.*s, %s", row->name, STR_ARG(time_text(&m.scan.arena, v->since)),
                     STR_ARG(time_text(&m.scan.arena, v->until)),
                     v->not_after ? "not after" : "exact");
        end(&m);
    }
}

/* The way in is named only where the server was open to it. */
static void test_sentence_names_flaw(void **state)
{
    (void)state;
    static const struct {
        const char *base, *lines;
        bool named;
    } rows[] = {
        {OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 6 command",
         true},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 6 command",
         false},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt", true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        make(&m, rows[i].base, rows[i].lines);
        assert_int_equal(str_find(m.a.verdicts.hosts[0].sentence, S("through ProxyLogon")) !=
                             SIZE_MAX,
                         rows[i].named);
        end(&m);
    }
}

/* What the sentence (or else a reason) says, and what it must not. */
static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *base, *lines, *says, *not ;
    } rows[] = {
        {OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 20 wiped",
         "through ProxyLogon: a log was cleared within a day after an attempt on a vulnerable "
         "build",
         "signs of success"},
        {OPEN,
         WEB_OPEN WATCHED
         "see EX01 evtx:Security 0 96 ids=4688 gap=10-30\nhit EX01 httpproxy 5 attempt",
         "through ProxyLogon: a log is missing, beginning within a day after an attempt",
         "signs of success"},
        {OPEN, WEB_OPEN "hit EX01 httpproxy 5 sign\nhit EX01 evtx:Security 20 wiped",
         "signs of success", "cleared"},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 httpproxy 30 refused",
         "between 1 June 2022, 05:00:00 UTC and 2 June 2022, 06:00:00 UTC (evidence from 1 June "
         "2022 to 5 June 2022)",
         "between 1 June 2022 and"},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt",
         "on 1 June 2022, 05:00:00 UTC (evidence from", "between"},
        {OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 sign",
         "the server answered as it does when the flaw works, but no file", "nothing shows"},
        {OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt",
         "nothing shows that an attempt worked", "answered as"},
        {OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 script",
         "an attack was started on the machine itself, through ProxyLogon on 15 January 2021, "
         "05:00:00",
         "was attacked"},
        {"2021-03-20T00:00:00Z",
         "see EX01 httpproxy 0 96 build=15.1.2242.4\nsee EX01 iis 0 96\n" EFFECTS
         "hit EX01 httpproxy 5 attempt",
         "Whether it stood open before, and what happened then, is not covered.", "Earlier it"},
        {FIXED, WEB_FIXED EFFECTS, "no rule found anything", "above"},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 iis 5 probe", "no rule found anything above low",
         "medium"},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 5 plain-mid\nhit EX01 iis 5 probe",
         "no rule found anything above medium", "above low"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        make(&m, rows[i].base, rows[i].lines);
        const struct host_verdict *const v = &m.a.verdicts.hosts[0];
        const bool quiet = v->verdict == VERDICT_NO_EVIDENCE;
        const str text = quiet ? m.a.verdicts.reasons.p[0].text : v->sentence;
        if (str_find(text, str_from(rows[i].says)) == SIZE_MAX ||
            str_find(text, str_from(rows[i].not )) != SIZE_MAX)
            fail_msg("row %zu: %.*s", i, STR_ARG(text));
        end(&m);
    }
}

static const struct json *document_of(struct made *m, struct buf *text)
{
    struct document doc = assessment_document(&m->scan, &m->a);
    const struct json *tree;
    buf_init(text, 1 << 24);
    struct jsonw w = jsonw_start(text, JSONW_COMPACT);
    document_write(&doc, &w);
    assert_int_equal(json_parse(buf_str(text), &m->scan.arena, &tree, &m->err), OK);
    return tree;
}

static bool guides(const struct json *doc, const char *action)
{
    for (const struct json *g = json_get(doc, "guidance")->first; g; g = g->next)
        if (str_find(json_get(g, "action")->text, str_from(action)) != SIZE_MAX)
            return true;
    return false;
}

/* What to do follows from what was found, and from what the host is. */
static void test_guidance(void **state)
{
    (void)state;
    static const struct {
        const char *base, *lines, *action;
        bool called_for;
    } rows[] = {
        {OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 tool\nhit EX01 evtx:Security 6 command",
         "Ask the owner of this account", true},
        {OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 5 tool", "Ask the owner of this account",
         true},
        {OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 6 command", "Ask the owner of this account",
         false},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 iis 5 odd", "Until the update is in", false},
        {"2021-04-01T00:00:00Z", WEB_OPEN EFFECTS, "Until the update is in", true},
        {FIXED, EFFECTS, "Until the update is in", true},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 6 command", "Turn on auditing", false},
        {FIXED, WEB_FIXED "hit EX01 iis 6 page", "Turn on auditing", true},
        {FIXED,
         WEB_FIXED EFFECTS "see WS07 evtx:Security 0 96 ids=4688\nhit WS07 evtx:Security 5 chopper",
         "Install the newest cumulative update", false},
        {FIXED, WEB_FIXED EFFECTS "hit EX01 evtx:Security 6 command",
         "Install the newest cumulative update", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        struct buf text;
        make(&m, rows[i].base, rows[i].lines);
        const struct json *const doc = document_of(&m, &text);
        if (guides(doc, rows[i].action) != rows[i].called_for)
            fail_msg("row %zu: %s", i, rows[i].action);
        buf_release(&text);
        end(&m);
    }
}

static const struct exploit_row {
    const char *name, *base, *lines, *outcome,
        *blocked_by; /* of CVE-2021-26855; outcome NULL: not listed */
} exploit_rows[] = {
    {"tried on a fixed build", FIXED,
     WEB_FIXED EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 httpproxy 6 sign", "attempted",
     "fixed_build"},
    {"refused on an open build", OPEN, WEB_OPEN EFFECTS "hit EX01 httpproxy 5 refused", "attempted",
     "status"},
    {"refused, and tried again", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 refused\nhit EX01 httpproxy 6 attempt", "unknown", ""},
    {"it worked", OPEN,
     WEB_OPEN EFFECTS "hit EX01 httpproxy 5 attempt\nhit EX01 evtx:Security 6 written", "succeeded",
     ""},
    {"a file on a fixed build came by another way", FIXED,
     WEB_FIXED EFFECTS "hit EX01 evtx:Security 6 written", NULL, ""},
    {"support alone is no exploit", OPEN, WEB_OPEN EFFECTS "hit EX01 evtx:Security 6 support", NULL,
     ""},
};

static void test_exploits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(exploit_rows); i++) {
        const struct exploit_row *const row = &exploit_rows[i];
        struct made m;
        struct buf text;
        make(&m, row->base, row->lines);
        const struct json *const exploits = json_get(document_of(&m, &text), "exploits");
        u32 n = 0;
        JSON_EACH (exploits, x) {
            n++;
            assert_non_null(row->outcome);
            assert_str(json_text(json_get(x, "outcome")), row->outcome);
            assert_str(json_text(json_get(x, "blocked_by")), row->blocked_by);
        }
        if (n != (row->outcome != NULL))
            fail_msg("%s: %u exploits", row->name, n);
        buf_release(&text);
        end(&m);
    }
}

static void test_steps(void **state)
{
    (void)state;
    struct made m;
    make(&m, OPEN,
         WEB_OPEN EFFECTS
         "hit EX01 evtx:Security 5 command\nhit EX01 " SYSMON
         " 5.001 command\n"                     /* one act, two logs */
         "hit EX01 evtx:Security 5.5 command\n" /* the same act again, later */
         "hit EX01 evtx:Security 5.6 support\nhit EX01 evtx:Security 9 support\n" /* near, and far
                                                                                     from everything
                                                                                   */
         "hit EX01 httpproxy 40 sign\n"); /* after more than a day: another chain */
    assert_int_equal(m.a.findings.chains.n, 2);
    const struct chain *const chain = &m.a.findings.chains.p[0];
    assert_int_equal(chain->steps.n, 3);
    assert_int_equal(chain->steps.p[0].findings.n, 2);
    assert_int_equal(chain->steps.p[1].findings.n, 1);
    assert_str(chain->steps.p[2].act, "support");
    assert_false(chain->complete);
    assert_int_equal(m.a.findings.all.p[4].chain, NO_CHAIN);
    assert_int_equal(m.a.findings.chains.p[1].steps.n, 1);
    end(&m);
}

/* Sysmon's clock ticks: a record of another log within a second leads the step, whichever came
 * first. */
static void test_step_leader(void **state)
{
    (void)state;
    struct made m;
    begin(&m, OPEN, rules_text().p);
    read_lines(&m,
               WEB_OPEN EFFECTS "hit EX01 " SYSMON " 5 command\nhit EX01 evtx:Security 5 command");
    m.scan.hits.p[0].event->stated = at(&m, 5) - 10000000; /* 10 ms before */
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    assert_int_equal(m.a.findings.chains.p[0].steps.p[0].time, at(&m, 5));
    assert_int_equal(m.a.findings.chains.p[0].steps.p[0].lead, 1);
    assert_int_equal(m.a.verdicts.hosts[0].since, at(&m, 5));
    end(&m);
}

/* A correlation of other rules is a lead like any, at its own level; what it only builds on is not
 * shown. */
static void test_correlation_is_lead(void **state)
{
    (void)state;
    struct made m;
    make(&m, FIXED,
         WEB_FIXED EFFECTS
         "hit EX01 evtx:Security 5 other-low\nhit EX01 evtx:Security 5.5 other-mid");
    assert_int_equal(m.a.findings.all.n, 1);
    assert_str(m.a.findings.all.p[0].hit->rule->title, "pair");
    assert_int_equal(m.a.verdicts.hosts[0].verdict, VERDICT_CANNOT_TELL);
    assert_int_equal(m.a.findings.all.p[0].hit->n_reasons, 4); /* group, members, two steps */
    assert_str(m.a.findings.all.p[0].hit->reasons[0].value, "EX01");
    end(&m);
}

/* One whose map says a stage is a finding with its own effect: what two records prove together. */
static void test_proved_together(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        enum verdict verdict;
        u32 findings;
    } rows[] = {
        {"hit EX01 iis 5 attempt\nhit EX01 ecp_server 5.001 support", VERDICT_COMPROMISED, 3},
        {"hit EX01 iis 5.001 attempt\nhit EX01 ecp_server 5 support", VERDICT_COMPROMISED, 3},
        {"hit EX01 iis 5 attempt\nhit EX01 ecp_server 5.002 support", VERDICT_ATTACKED, 2},
        {"hit EX01 iis 5 attempt\nhit EX02 ecp_server 5.001 support", VERDICT_ATTACKED, 2},
        {"hit EX01 iis 5 attempt", VERDICT_ATTACKED, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made m;
        char lines[2048];
        snprintf(lines, sizeof lines, "%s%s", WEB_FIXED EFFECTS, rows[i].lines);
        make(&m, FIXED, lines);
        if (m.a.verdicts.hosts[0].verdict != rows[i].verdict ||
            m.a.findings.all.n != rows[i].findings)
            fail_msg("row %zu: %s, %zu findings", i, verdict_text(m.a.verdicts.hosts[0].verdict),
                     m.a.findings.all.n);
        end(&m);
    }
}

static void test_says_and_scope(void **state)
{
    (void)state;
    struct made m;
    make(&m, FIXED, WEB_FIXED EFFECTS "hit EX01 httpproxy 5 named\nhit EX01 httpproxy 6 named");
    assert_str(m.a.findings.all.p[0].says, "Sent to Anna <anna@contoso.example>, ?");
    assert_int_equal(m.a.scope.entries.n, 1);
    assert_str(m.a.scope.entries.p[0].text, "anna@contoso.example");
    assert_int_equal(m.a.scope.entries.p[0].findings.n, 2);
    assert_int_equal(m.a.scope.entries.p[0].last, at(&m, 6));
    end(&m);
}

static const struct place_row {
    const char *name, *lines, *iis_host; /* of the only log without a name */
} place_rows[] = {
    {"one host",
     "see EX01 evtx:Security 0 1 ids=1 in=a/events/s.evtx\nsee - iis 0 1 in=a/logs/u.log", "EX01"},
    {"the host of its folder",
     "see EX01 evtx:Security 0 1 in=c/EX01/s\nsee EX02 evtx:Security 0 1 in=c/EX02/s\nsee - iis 0 "
     "1 in=c/EX02/u.log",
     "EX02"},
    {"folders by kind, and in them by host",
     "see EX01 evtx:Security 0 1 exchange in=c/events/e1\nsee WEB01 evtx:Security 0 1 "
     "in=c/events/w1\nsee - iis 0 1 in=c/iis/WEB01/u.log",
     "WEB01"},
    {"a folder called like nobody",
     "see EX01 evtx:Security 0 1 in=c/e/s\nsee - iis 0 1 in=c/e/EX09/u", "EX01"},
    {"long and short name are one",
     "see ex01.contoso.example evtx:System 0 1 in=c/1/s\nsee EX01 evtx:Security 0 1 in=c/1/t\nsee "
     "- iis 0 1 in=c/1/u",
     "ex01"},
    {"one heap: the host that speaks of Exchange",
     "see WS07 evtx:Security 0 1 in=c/w\nsee WS07 evtx:System 0 1 in=c/v\nsee EX01 evtx:Security 0 "
     "1 exchange in=c/e\nsee - iis 0 1 in=c/u",
     "EX01"},
    {"one heap: the host with most to say",
     "see AA01 evtx:Security 0 1 in=c/w\nsee EX01 evtx:Security 0 1 in=c/e\nsee EX01 evtx:System 0 "
     "1 in=c/f\nsee - iis 0 1 in=c/u",
     "EX01"},
    {"inside archives",
     "see EX01 evtx:Security 0 1 in=c.zip!1.zip!s\nsee EX02 evtx:Security 0 1 "
     "in=c.zip!2.zip!s\nsee - iis 0 1 in=c.zip!2.zip!u",
     "EX02"},
    {"nobody is named", "see - iis 0 1 in=c/u", "all"},
};

static void test_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(place_rows); i++) {
        struct made m;
        make(&m, FIXED, place_rows[i].lines);
        bool seen = false;
        VEC_EACH (&m.scan.observations, o)
            if (o->shape_kind == KIND_IIS) {
                seen = true;
                if (!str_ieq(m.a.hosts.names.p[o->host], str_from(place_rows[i].iis_host)))
                    fail_msg("%s: %.*s", place_rows[i].name, STR_ARG(m.a.hosts.names.p[o->host]));
            }
        assert_true(seen);
        end(&m);
    }
}

/* The parts of two collections, each given as an argument of its own. */
static void test_hosts_of_other_roots(void **state)
{
    (void)state;
    static const char *const roots[] = {"c/1/events", "c/2/events", "c/2/iis", "other"};
    static const char *const expected[] = {"EX01", "EX02", "EX02", "other"};
    struct made m;
    begin(&m, FIXED, rules_text().p);
    read_lines(
        &m,
        "see EX01 evtx:Security 0 1 in=c/1/events/s\nsee EX02 evtx:Security 0 1 in=c/2/events/s\n"
        "see - iis 0 1 in=c/2/iis/u\nsee - iis 0 1 in=other/u");
    m.scan.roots = roots;
    m.scan.n_roots = 4;
    for (u32 i = 0; i < 4; i++)
        m.scan.sources.p[i].root = i;
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    for (u32 i = 0; i < 4; i++)
        assert_str(m.a.hosts.names.p[m.scan.observations.p[i].host], expected[i]);
    end(&m);
}

static void test_host_short(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"EX01.contoso.example", "EX01"},
                                          {" ex01 ", "ex01"},
                                          {"10.1.2.3", "10.1.2.3"},
                                          {"", ""},
                                          {"1a.b", "1a"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_str(host_short(str_from(rows[i][0])), rows[i][1]);
}

/* kind's median delay in ms, and what the offset must be */
static const struct skew_row {
    const char *name;
    struct {
        i64 id, lag_ms;
        int n;
    } kinds[3];
    i64 add_s; /* expected; -1: not measured */
    u32 samples;
} skew_rows[] = {
    {"recorder in UTC", {{1, 10, 5}}, 0, 5},
    {"five hours behind", {{1, -18000000 + 12, 5}}, 18000, 5},
    {"half hours", {{11, 19800000 + 30, 5}}, -19800, 5},
    {"kinds that come late do not count",
     {{1, -18000000 + 5, 5}, {22, -18000000 + 4000, 50}, {3, -18000000 + 2500, 50}},
     18000,
     5},
    {"only late kinds: not measured", {{22, 4000, 50}}, -1, 0},
    {"no samples: not measured", {{1, 0, 0}}, -1, 0},
};

static void add_lags(struct observation *o, i64 id, i64 lag_ms, int n)
{
    for (int i = 0; i < n; i++)
        *VEC_PUSH(&o->lags) = (struct observed_lag){o->lags.n, id, lag_ms * 1000000};
}

static void test_skew(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(skew_rows); i++) {
        const struct skew_row *const row = &skew_rows[i];
        struct made m;
        begin(&m, FIXED, rules_text().p);
        read_lines(
            &m,
            "see EX01 " SYSMON
            " 0 1 ids=1\nsee EX01 evtx:Security 0 1 ids=4688\nhit EX01 evtx:Security 0.5 command");
        for (size_t k = 0; k < COUNT(row->kinds); k++)
            add_lags(&m.scan.observations.p[0], row->kinds[k].id, row->kinds[k].lag_ms,
                     row->kinds[k].n);
        assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
        const struct skew *const s = skew_find(&m.a.skews, &m.scan, &m.scan.observations.p[1]);
        const i64 add = row->add_s < 0 && row->samples == 0 ? 0 : row->add_s;
        if ((s != NULL) != (row->samples > 0) ||
            (s && (s->add_ns != add * TIME_SECOND || s->samples != row->samples)))
            fail_msg("%s: %lld s of %u", row->name, s ? (long long)(s->add_ns / TIME_SECOND) : 0,
                     s ? s->samples : 0);
        assert_int_equal(m.a.findings.all.p[0].hit->event->time, at(&m, 0.5) + add * TIME_SECOND);
        assert_int_equal(m.scan.observations.p[1].first, m.base + add * TIME_SECOND);
        end(&m);
    }
}

/* Two recorders of one host are judged apart: an export of event logs is right, a forwarder's JSON
 * is not. */
static void test_two_recorders(void **state)
{
    (void)state;
    struct made m;
    begin(&m, FIXED, rules_text().p);
    read_lines(
        &m, "see EX01 " SYSMON " 0 1 ids=1 in=a\nsee EX01 " SYSMON " 0 1 ids=1 in=b\n"
            "see EX01 evtx:Security 0 1 ids=4688 in=a\nsee EX01 evtx:Security 0 1 ids=4688 in=b");
    m.scan.sources.p[1].format = S("evtx");
    add_lags(&m.scan.observations.p[0], 1, -7 * 3600000 + 3, 9);
    add_lags(&m.scan.observations.p[1], 1, 2, 9);
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    assert_int_equal(m.a.skews.all.n, 2);
    assert_int_equal(m.scan.observations.p[2].first, at(&m, 7));
    assert_int_equal(m.scan.observations.p[3].first, m.base);
    end(&m);
}

static void test_pairs(void **state)
{
    (void)state;
    struct made m;
    begin(&m, FIXED, rules_text().p);
    read_lines(&m, "see EX01 " SYSMON " 0 1 ids=1\nsee EX01 evtx:Security 0 1 ids=4688");
    add_lags(&m.scan.observations.p[0], 1, -18000000, 4);
    const struct observed_start sysmon[] = {
        {0, 8, 1, at(&m, 5), true}, {1, 12, 1, at(&m, 5), true}, {2, 16, 1, at(&m, 5), true}};
    const struct observed_start security[] = {
        {0, 8, 1, at(&m, 0), false}, {1, 12, 1, at(&m, 0.5), false}, {2, 20, 1, at(&m, 0), false}};
    for (size_t i = 0; i < 3; i++) {
        *VEC_PUSH(&m.scan.observations.p[0].starts) = sysmon[i];
        *VEC_PUSH(&m.scan.observations.p[1].starts) = security[i];
    }
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    assert_int_equal(m.a.skews.all.p[0].pairs, 2); /* 20 was seen by one log only */
    assert_int_equal(m.a.skews.all.p[0].pairs_met, 1);
    end(&m);
}

static const struct span_row {
    const char *lines;
    double from, to;
    bool spans;
} span_rows[] = {
    {"see EX01 evtx:Security 0 48 ids=4688", 1, 25, true},
    {"see EX01 evtx:Security 0 48 ids=4688", -1, 20, false},
    {"see EX01 evtx:Security 0 48 ids=4688", 40, 64, false},
    {"see EX01 evtx:Security 0 48 ids=4624", 1, 25, false}, /* process starts are not audited */
    {"see EX01 evtx:Security 0 48 ids=4688 gap=2-20", 1, 25, false},
    {"see EX01 evtx:Security 0 48 ids=4688 gap=2-13", 1, 25,
     true}, /* 12 hours of quiet are no gap */
    {"see EX01 evtx:Security 0 48 ids=4688 gap=30-46", 1, 25, true},
    {"see EX01 evtx:Security 0 48 ids=4688 cleared=3", 1, 25, false},
    {"see EX01 evtx:Security 0 48 ids=4688 cleared=30", 1, 25, true},
    {"see EX01 iis 0 48", 1, 25, false}, /* shows it in part only */
    /* carved records make nothing wider, and close no gap; a clearing that they tell is one */
    {"see EX01 evtx:Security 0 48 ids=4688 carved", 1, 25, false},
    {"see EX01 evtx:Security 10 48 ids=4688\nsee EX01 evtx:Security 0 20 ids=4688 carved", 1, 25,
     false},
    {"see EX01 evtx:Security 0 48 ids=4688 gap=5-18\nsee EX01 evtx:Security 0 48 ids=4688 carved",
     1, 25, false},
    {"see EX01 evtx:Security 0 48 ids=4688\nsee EX01 evtx:Security 3 4 carved", 1, 25, true},
    {"see EX01 evtx:Security 0 48 ids=4688\nsee EX01 evtx:Security 3 4 carved cleared=3", 1, 25,
     false},
};

static void test_coverage_spans(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(span_rows); i++) {
        struct made m;
        make(&m, FIXED, span_rows[i].lines);
        if (coverage_spans(&m.a.coverage, 0, STAGE_ACTION, NULL, at(&m, span_rows[i].from),
                           at(&m, span_rows[i].to)) != span_rows[i].spans)
            fail_msg("row %zu: %s", i, span_rows[i].lines);
        end(&m);
    }
}

static void test_coverage_stages(void **state)
{
    (void)state;
    struct made m;
    make(&m, FIXED,
         "see EX01 iis 0 48\nsee EX01 " SYSMON " 3 9 ids=1\nsee EX01 " SYSMON
         " 20 30 ids=1 in=other");
    const struct coverage_stage *const stages = m.a.coverage.stages[0];
    assert_int_equal(stages[STAGE_PROBE].sight, SIGHT_YES);
    assert_int_equal(stages[STAGE_EXPLOITED].sight, SIGHT_NO);
    assert_int_equal(stages[STAGE_FOOTHOLD].sight, SIGHT_NO);
    assert_int_equal(stages[STAGE_ACTION].sight, SIGHT_YES);
    assert_int_equal(stages[STAGE_ACTION].from, at(&m, 3)); /* of the source that shows it best */
    assert_int_equal(stages[STAGE_ACTION].to, at(&m, 30));
    const struct coverage_source *const s = coverage_find(&m.a.coverage, 0, SYSMON);
    assert_int_equal(s->files, 2);
    assert_int_equal(s->events, 20);
    end(&m);
}

static void test_coverage_of_carved(void **state)
{
    (void)state;
    struct made m;
    make(&m, FIXED,
         "see EX01 " SYSMON " 20 30 ids=11\nsee EX01 " SYSMON
         " 0 90 ids=1,11 carved\nsee EX01 " SYSMON
         " 0 90 ids=1 carved in=other\nsee EX01 evtx:Security 0 90 ids=4688 carved");
    const struct coverage *const c = &m.a.coverage;
    const struct coverage_source *const s = coverage_find(c, 0, SYSMON);
    assert_int_equal(c->sources.n, 1);
    assert_int_equal(s->files, 1);
    assert_int_equal(s->events, 10);
    assert_int_equal(s->first, at(&m, 20));
    assert_int_equal(s->last, at(&m, 30));
    assert_int_equal(s->parts, 1u << PART_FILE_MADE);
    assert_int_equal(c->stages[0][STAGE_ACTION].sight, SIGHT_NO);
    assert_int_equal(c->carved.n, 2);
    assert_str(c->carved.p[0].kind, SYSMON);
    assert_int_equal(c->carved.p[0].events, 30); /* 1 and 11, and 1 of another file */
    assert_int_equal(c->carved.p[1].events, 10);
    end(&m);
}

/* Facts of the public build tables. */
static const struct build_row {
    const char *build, *cve;
    enum build_state state;
} build_rows[] = {
    {"15.1.2176.2", "CVE-2021-26855", BUILD_VULNERABLE}, /* CU19 */
    {"15.1.2176.9", "CVE-2021-26855", BUILD_FIXED},      /* CU19, March 2021 */
    {"15.1.2242.4", "CVE-2021-26855", BUILD_FIXED},      /* CU20 has it */
    {"15.1.1415.2", "CVE-2021-26855", BUILD_VULNERABLE}, /* CU8 */
    {"15.1.1415.10", "CVE-2021-26855", BUILD_FIXED},
    {"15.1.669.32", "CVE-2021-26855", BUILD_VULNERABLE}, /* CU4, which never got an update */
    {"15.2.792.3", "CVE-2021-26855", BUILD_VULNERABLE},
    {"15.2.792.10", "CVE-2021-26855", BUILD_FIXED},
    {"15.2.858.5", "CVE-2021-26855", BUILD_FIXED},
    {"15.0.1497.2", "CVE-2021-26855", BUILD_VULNERABLE},
    {"15.0.1497.12", "CVE-2021-26855", BUILD_FIXED},
    {"14.3.496.0", "CVE-2021-26855", BUILD_FIXED}, /* 2010 has no such front end */
    {"14.3.496.0", "CVE-2021-26857", BUILD_VULNERABLE},
    {"14.3.513.0", "CVE-2021-26857", BUILD_FIXED},
    {"15.2.2562.17", "CVE-2021-26855", BUILD_FIXED},     /* Subscription Edition */
    {"15.1.2176.9", "CVE-2021-34473", BUILD_VULNERABLE}, /* ProxyShell came a month later */
    {"15.1.2176.12", "CVE-2021-34473", BUILD_FIXED},
    {"15.1.2308.8", "CVE-2021-34473", BUILD_FIXED},
    {"15.1.2507.12", "CVE-2022-41040", BUILD_VULNERABLE},
    {"15.1.2507.16", "CVE-2022-41040", BUILD_FIXED},
    {"8.3.485.1", "CVE-2021-26855", BUILD_UNKNOWN}, /* a product that the tables do not know */
    {"15.1.2176.2", "CVE-1999-0001", BUILD_UNKNOWN},
};

static void test_builds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(build_rows); i++) {
        struct made m;
        char lines[128];
        snprintf(lines, sizeof lines, "see EX01 httpproxy 0 1 build=%s", build_rows[i].build);
        make(&m, FIXED, lines);
        if (exposure_at(&m.a.exposure, 0, str_from(build_rows[i].cve), at(&m, 0.5)) !=
            build_rows[i].state)
            fail_msg("%s, %s", build_rows[i].build, build_rows[i].cve);
        end(&m);
    }
}

static void test_build_at_time(void **state)
{
    (void)state;
    static const struct {
        double time;
        enum build_state state;
    } rows[] = {{-100, BUILD_VULNERABLE},
                {1, BUILD_VULNERABLE},
                {15, BUILD_VULNERABLE},
                {25, BUILD_FIXED},
                {900, BUILD_FIXED}};
    struct made m;
    make(&m, OPEN,
         "see EX01 httpproxy 0 10 build=15.1.2176.2\nsee EX01 httpproxy 20 30 build=15.1.2176.9 "
         "in=b");
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(exposure_at(&m.a.exposure, 0, S("CVE-2021-26855"), at(&m, rows[i].time)),
                         rows[i].state);
    end(&m);
    make(
        &m, OPEN,
        "see EX01 httpproxy 0 10 build=15.1.2176.9"); /* a fix seen later tells nothing of before */
    assert_int_equal(exposure_at(&m.a.exposure, 0, S("CVE-2021-26855"), at(&m, -1)), BUILD_UNKNOWN);
    assert_int_equal(exposure_at(&m.a.exposure, 0, S("CVE-2021-26855"), at(&m, -0.1)), BUILD_FIXED);
    assert_int_equal(exposure_at(&m.a.exposure, 0, S("CVE-2021-26855"), TIME_NONE), BUILD_UNKNOWN);
    end(&m);
}

static void test_exposure(void **state)
{
    (void)state;
    struct made m;
    make(&m, "2021-04-01T00:00:00Z",
         "see EX01 httpproxy 0 10 build=15.1.2176.2\nsee EX01 httpproxy 20 30 build=15.1.2176.9 "
         "in=b");
    bool seen = false;
    VEC_EACH (&m.a.exposure.hosts[0].flaws, flaw)
        if (str_eq(flaw->cve, S("CVE-2021-26855"))) {
            seen = true;
            assert_str(flaw->name, "ProxyLogon");
            assert_str(time_text(&m.scan.arena, flaw->from),
                       "2021-02-26T00:00:00Z"); /* the window of mass exploitation */
            assert_int_equal(flaw->to, at(&m, 20));
            assert_false(flaw->at_end);
            assert_false(flaw->conditional);
        }
    assert_true(seen);
    assert_str(m.a.exposure.hosts[0].builds.p[0].update, "Exchange 2016 CU19");
    end(&m);
    make(&m, "2024-06-01T00:00:00Z", "see EX01 httpproxy 0 10 build=15.1.2375.24");
    bool conditional = false;
    VEC_EACH (&m.a.exposure.hosts[0].flaws, flaw)
        conditional |= str_eq(flaw->cve, S("CVE-2024-21410")) && flaw->conditional;
    assert_true(conditional);
    end(&m);
}

static const struct lead_row {
    const char *map, *wrong; /* part of what lead_check says; NULL: nothing */
} lead_rows[] = {
    {"{stage: attempt, outcome: unknown, cve: [CVE-2021-26855], act: x, says: y}", NULL},
    {"{stage: attempt, reaches: [mailbox, host], scope: [{what: client, field: c-ip}]}", NULL},
    {"{flaw: ProxyLogon}", NULL},
    {"{stage: later}", "'later'"},
    {"{stage: attempt, outcome: maybe}", "'maybe'"},
    {"{effect: joy}", "'joy'"},
    {"{reaches: [mailbox, moon]}", "'moon'"},
    {"{blocked_by: luck}", "'luck'"},
    {"{scope: [{what: thing}]}", "'thing'"},
    {"{stages: attempt}", "'stages'"},
    {"[attempt]", "must be a map"},
};

static void test_lead_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lead_rows); i++) {
        struct arena arena = {0};
        struct err err = {0};
        const struct yaml **docs;
        u32 n;
        assert_int_equal(yaml_read(str_from(lead_rows[i].map), &arena, &docs, &n, &err), OK);
        const str wrong = lead_check(docs[0], &arena);
        if (lead_rows[i].wrong ? str_find(wrong, str_from(lead_rows[i].wrong)) == SIZE_MAX
                               : wrong.n > 0)
            fail_msg("%s: \"%.*s\"", lead_rows[i].map, STR_ARG(wrong));
        arena_release(&arena);
    }
}

static void test_nothing_readable(void **state)
{
    (void)state;
    struct made m;
    begin(&m, FIXED, rules_text().p);
    m.scan.n_events = 0;
    assert_int_equal(assess(&m.scan, &m.a, &m.err), ERR_NOT_FOUND);
    assert_non_null(strstr(m.err.msg, "nothing in the evidence"));
    end(&m);
}

static void test_since_until(void **state)
{
    (void)state;
    struct made m;
    begin(&m, FIXED, rules_text().p);
    read_lines(&m, WEB_FIXED EFFECTS
               "hit EX01 evtx:Security 5 command\nhit EX01 evtx:Security 20 page");
    m.scan.since = at(&m, 10);
    m.scan.until = at(&m, 30);
    assert_int_equal(assess(&m.scan, &m.a, &m.err), OK);
    assert_int_equal(m.a.findings.all.n, 1);
    assert_int_equal(m.a.verdicts.hosts[0].verdict, VERDICT_LIKELY_COMPROMISED);
    end(&m);
}

int suite_assess(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_equal_reasons),
        cmocka_unit_test(test_bystander),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_dropped_hits),
        cmocka_unit_test(test_missing_stage),
        cmocka_unit_test(test_missing_columns),
        cmocka_unit_test(test_guidance),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sentence_names_flaw),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_exploits),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_step_leader),
        cmocka_unit_test(test_correlation_is_lead),
        cmocka_unit_test(test_proved_together),
        cmocka_unit_test(test_says_and_scope),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_hosts_of_other_roots),
        cmocka_unit_test(test_host_short),
        cmocka_unit_test(test_skew),
        cmocka_unit_test(test_two_recorders),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_coverage_spans),
        cmocka_unit_test(test_coverage_stages),
        cmocka_unit_test(test_coverage_of_carved),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_build_at_time),
        cmocka_unit_test(test_exposure),
        cmocka_unit_test(test_lead_check),
        cmocka_unit_test(test_nothing_readable),
        cmocka_unit_test(test_since_until),
    };
    return cmocka_run_group_tests_name("assess", tests, NULL, NULL);
}
