/* cmd_hunt.c: what Sigma rules match, correlations among them, ordered by time, source, offset and
 * rule id. Times are those that the records carry: nothing is assessed here. */
#include <stdio.h>
#include <stdlib.h>

#include "assess/correlated.h"
#include "assess/document.h"
#include "assess/overflow.h"
#include "cli/run.h"
#include "report/escape.h"

static const char *const levels[] = {"informational", "low", "medium", "high", "critical", NULL};

static int level_rank(str level)
{
    for (int i = 0; levels[i]; i++)
        if (str_eq(level, str_from(levels[i])))
            return i;
    return 0;
}

static int compare_hits(const void *a, const void *b)
{
    return scan_hit_order(a, b);
}

static void print_text(const struct scan *scan, const struct scan_hit *hit, struct buf *out)
{
    char time[TIME_MAX];
    const struct scan_event *const e = hit->event;
    buf_printf(out, "%s  %-13.*s  ", time_format(e->time, time), STR_ARG(hit->rule->level));
    escape(out, hit->rule->title, ESCAPE_PLAIN);
    buf_add(out, S("  "));
    escape(out, host_short(e->host_text), ESCAPE_PLAIN);
    buf_add(out, S("  "));
    escape(out, scan->sources.p[e->source].name, ESCAPE_PLAIN);
    buf_printf(out, " record %llu offset %llu%s\n", (unsigned long long)e->record,
               (unsigned long long)e->off, e->carved ? " carved" : "");
}

/* The last column stands there with --carve only. */
static void print_csv(const struct scan *scan, const struct scan_hit *hit, bool carve,
                      struct buf *out)
{
    char time[TIME_MAX], number[3][24];
    const struct scan_event *const e = hit->event;
    snprintf(number[0], sizeof number[0], "%llu", (unsigned long long)e->off);
    snprintf(number[1], sizeof number[1], "%llu", (unsigned long long)e->record);
    snprintf(number[2], sizeof number[2], "%lld", (long long)e->event_id);
    const str cells[] = {str_from(time_format(e->time, time)),
                         hit->rule->level,
                         hit->rule->id,
                         hit->rule->title,
                         host_short(e->host_text),
                         e->kind,
                         e->event_id < 0 ? STR_NONE : str_from(number[2]),
                         scan->sources.p[e->source].name,
                         str_from(number[0]),
                         str_from(number[1]),
                         e->carved ? S("carved") : S("")};
    for (size_t i = 0; i < COUNT(cells) - !carve; i++) {
        if (i)
            buf_char(out, ',');
        escape(out, cells[i], ESCAPE_CSV);
    }
    buf_add(out, S("\r\n"));
}

/* All hits in order: those in memory, which are in order, and those in the temporary file. */
struct hits {
    const struct scan *scan;
    size_t next;
    struct overflow_reader reader;
    struct scan_hit stored; /* rule NULL: the file has no more */
};

static const struct scan_hit *next_hit(struct hits *hits, struct scan_hit *own)
{
    const struct scan *const scan = hits->scan;
    const struct scan_hit *const held =
        hits->next < scan->hits.n ? &scan->hits.p[hits->next] : NULL;
    if (!hits->stored.rule && !overflow_next(&hits->reader, &hits->stored))
        hits->stored.rule = NULL;
    if (held && (!hits->stored.rule || scan_hit_order(held, &hits->stored) <= 0)) {
        hits->next++;
        return held;
    }
    if (!hits->stored.rule)
        return NULL;
    *own = hits->stored;
    hits->stored.rule = NULL;
    return own;
}

static void print_hit(const struct scan *scan, const struct scan_hit *hit, const char *format,
                      bool carve, struct buf *out)
{
    if (strcmp(format, "jsonl") == 0) {
        struct jsonw w = jsonw_start(out, JSONW_COMPACT);
        document_hit(scan, hit, &w);
        buf_char(out, '\n');
    } else if (strcmp(format, "csv") == 0) {
        print_csv(scan, hit, carve, out);
    } else {
        print_text(scan, hit, out);
    }
}

static enum status print_hits(const struct scan *scan, const char *format, int least, bool carve,
                              struct err *err)
{
    struct buf out;
    struct hits hits = {.scan = scan};
    struct scan_hit own;
    enum status status = OK;
    buf_init(&out, (size_t)1 << 30);
    overflow_reader_init(&hits.reader, scan->overflow);
    if (strcmp(format, "csv") == 0)
        buf_printf(&out, "time,level,rule_id,rule,host,kind,event_id,source,offset,record%s\r\n",
                   carve ? ",carved" : "");
    for (const struct scan_hit *hit; status == OK && (hit = next_hit(&hits, &own));) {
        if (level_rank(hit->rule->level) >= least)
            print_hit(scan, hit, format, carve, &out);
        if (out.n > 1 << 20) {
            status = run_write(NULL, buf_str(&out), err);
            buf_reset(&out);
        }
    }
    if (status == OK)
        status = run_write(NULL, buf_str(&out), err);
    overflow_reader_release(&hits.reader);
    buf_release(&out);
    return status;
}

/* What the temporary file could not take. Of a rule that correlations only build on no hit is
 * shown. */
static void tell_not_shown(const struct scan *scan)
{
    for (u32 i = 0; i < scan->rules->n_rules; i++) {
        const u64 shown = scan->counts[i].kept + scan->overflow->kept[i];
        if (scan->counts[i].hits > shown && !scan->overflow->skip[i])
            run_warn("rule %.*s: %llu hits, %llu of them are shown%s",
                     STR_ARG(str_sub(scan_rule_name(scan->rules->rules[i]), 0, 100)),
                     (unsigned long long)scan->counts[i].hits, (unsigned long long)shown,
                     scan->rules->rules[i]->correlation
                         ? ""
                         : ": there was no room for more in the temporary file");
    }
}

/* Logs that do not name their server group with those that do, so hosts are told first. */
static void add_correlations(struct scan *scan)
{
    struct hosts hosts;
    struct correlated correlated;
    hosts_resolve(scan, &hosts);
    correlated_make(scan, &hosts, NULL, &correlated);
    correlated_join(scan, &hosts, NULL, &correlated, false);
    correlated_release(&correlated);
    hosts_release(&hosts);
}

static enum status hunt(const struct options *options, const char *format, int least,
                        struct err *err)
{
    struct ruleset *rules;
    struct scan scan;
    struct scan_options checked;
    TRY(run_scan_options(options, &checked, err));
    TRY(run_load_rules(options, run_image_use(options), &rules, err));
    scan_init(&scan, rules);
    scan.overflow = overflow_new(rules);
    scan.overflow->brief = strcmp(format, "jsonl") != 0;
    for (u32 i = 0; i < rules->n_rules; i++)
        scan.overflow->skip[i] |= level_rank(rules->rules[i]->level) < least;
    enum status status = run_scan(options, true, NULL, &scan, err);
    if (status == OK && scan.n_events == 0)
        status = run_scan_read_nothing(&scan, err);
    if (status == OK) {
        add_correlations(&scan);
        overflow_sort(scan.overflow);
        if (scan.hits.n)
            qsort(scan.hits.p, scan.hits.n, sizeof *scan.hits.p, compare_hits);
        status = print_hits(&scan, format, least, checked.pipeline.carve, err);
    }
    run_tell_losses(&scan);
    tell_not_shown(&scan);
    overflow_free(scan.overflow);
    scan_release(&scan);
    ruleset_free(rules);
    return status;
}

int cmd_hunt(const struct options *options)
{
    static const char *const formats[] = {"text", "jsonl", "csv", NULL};
    const char *const format = options->values[OPT_FORMAT] ? options->values[OPT_FORMAT] : "text";
    const char *const level = options->values[OPT_LEVEL];
    struct err err = {0};
    enum status status = option_word("format", format, formats, &err);
    if (status == OK && level)
        status = option_word("level", level, levels, &err);
    if (status == OK)
        status = hunt(options, format, level ? level_rank(str_from(level)) : 0, &err);
    return status == OK ? 0 : run_failed(&err);
}
