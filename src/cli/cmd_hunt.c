/* cmd_hunt.c: what Sigma rules match, correlations among them, ordered by time, source, offset and
 * rule id. Times are those that the records carry: nothing is assessed here. */
#include <stdio.h>
#include <stdlib.h>

#include "assess/correlated.h"
#include "assess/document.h"
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

static enum status print_hits(const struct scan *scan, const char *format, int least, bool carve,
                              struct err *err)
{
    struct buf out;
    buf_init(&out, (size_t)1 << 30);
    enum status status = OK;
    if (strcmp(format, "csv") == 0)
        buf_printf(&out, "time,level,rule_id,rule,host,kind,event_id,source,offset,record%s\r\n",
                   carve ? ",carved" : "");
    VEC_EACH (&scan->hits, hit) {
        if (level_rank(hit->rule->level) < least)
            continue;
        if (strcmp(format, "jsonl") == 0) {
            struct jsonw w = jsonw_start(&out, JSONW_COMPACT);
            document_hit(scan, hit, &w);
            buf_char(&out, '\n');
        } else if (strcmp(format, "csv") == 0) {
            print_csv(scan, hit, carve, &out);
        } else {
            print_text(scan, hit, &out);
        }
        if (out.n > 1 << 20 && status == OK) {
            status = run_write(NULL, buf_str(&out), err);
            buf_reset(&out);
        }
    }
    if (status == OK)
        status = run_write(NULL, buf_str(&out), err);
    buf_release(&out);
    return status;
}

/* Of a rule that correlations only build on no hit is shown, and they saw all of them. */
static void tell_not_kept(const struct scan *scan)
{
    bool *const hidden = mem_calloc(scan->rules->n_rules + 1, sizeof *hidden);
    corr_hidden(scan->rules, hidden);
    for (u32 i = 0; i < scan->rules->n_rules; i++)
        if (scan->counts[i].hits > scan->counts[i].kept && !hidden[i])
            run_warn("rule %.*s: %llu hits, the first %llu are shown",
                     STR_ARG(str_sub(scan_rule_name(scan->rules->rules[i]), 0, 100)),
                     (unsigned long long)scan->counts[i].hits,
                     (unsigned long long)scan->counts[i].kept);
    mem_free(hidden);
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
    enum status status = run_scan(options, true, NULL, &scan, err);
    if (status == OK && scan.n_events == 0)
        status = run_scan_read_nothing(&scan, err);
    if (status == OK) {
        add_correlations(&scan);
        if (scan.hits.n)
            qsort(scan.hits.p, scan.hits.n, sizeof *scan.hits.p, compare_hits);
        status = print_hits(&scan, format, least, checked.pipeline.carve, err);
    }
    run_tell_losses(&scan);
    tell_not_kept(&scan);
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
