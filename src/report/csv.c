#include "report/csv.h"

#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/place.h"
#include "report/report.h"

#define LIST_MAX ((size_t)1 << 16)

void csv_str(struct csv_row *row, str text)
{
    if (row->begun)
        buf_char(row->out, ',');
    row->begun = true;
    escape(row->out, text, ESCAPE_CSV);
}

void csv_number(struct csv_row *row, size_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", n);
    csv_str(row, str_from(text));
}

void csv_values(struct csv_row *row, const struct json *list, const char *between)
{
    struct buf all;
    buf_init(&all, LIST_MAX);
    VIEW_EACH (list, item) {
        const str one = view_scalar(item);
        if (one.n == 0)
            continue;
        if (all.n)
            buf_add(&all, str_from(between));
        buf_add(&all, one);
    }
    csv_str(row, buf_str(&all));
    buf_release(&all);
}

void csv_end(struct csv_row *row)
{
    buf_add(row->out, S("\r\n"));
    row->begun = false;
}

/* ---- findings ---- */

static void add_matched(struct csv_row *row, const struct json *list)
{
    struct buf all;
    buf_init(&all, LIST_MAX);
    VIEW_EACH (list, match) {
        if (view_str(match, "field").n == 0)
            continue;
        if (all.n)
            buf_add(&all, S("; "));
        buf_add(&all, view_str(match, "field"));
        buf_char(&all, '=');
        buf_add(&all, view_text(match, "value"));
    }
    csv_str(row, buf_str(&all));
    buf_release(&all);
}

static void add_finding(const struct json *finding, struct buf *out)
{
    const struct json *const rule = json_get(finding, "rule"), *const source =
                                                                   json_get(finding, "source");
    struct csv_row row = {.out = out};
    csv_str(&row, view_text(finding, "id"));
    csv_str(&row, view_text(finding, "time"));
    csv_str(&row, view_text(finding, "time_recorded"));
    csv_str(&row, view_str(finding, "host"));
    csv_str(&row, view_str(finding, "stage"));
    csv_str(&row, view_str(finding, "outcome"));
    csv_str(&row, view_str(rule, "level"));
    csv_str(&row, view_str(rule, "title"));
    csv_str(&row, view_str(rule, "id"));
    csv_values(&row, json_get(finding, "cve"), " ");
    csv_str(&row, view_str(source, "path"));
    csv_str(&row, view_str(source, "kind"));
    csv_str(&row, view_text(source, "offset"));
    csv_str(&row, view_text(source, "length"));
    csv_str(&row, view_text(source, "record"));
    add_matched(&row, json_get(finding, "matched"));
    csv_str(&row, view_text(finding, "raw"));
    csv_str(&row, place_is_carved(finding) ? S("carved") : S(""));
    csv_end(&row);
}

void csv_findings(const struct view *view, struct buf *out)
{
    buf_add(out, S("id,time,time_recorded,host,stage,outcome,level,title,rule,cve,path,kind,offset,"
                   "length,record,matched,raw,carved\r\n"));
    for (size_t i = 0; i < view->n_findings; i++)
        add_finding(view->findings[i], out);
}

/* ---- the tables ---- */

static const struct table {
    const char *name;
    void (*write)(const struct view *view, struct buf *out);
} tables[] = {
#define TABLE(name) {#name, csv_##name},
#include "report/tables.def"
#undef TABLE
};

const char *const report_tables[] = {
#define TABLE(name) #name,
#include "report/tables.def"
#undef TABLE
    NULL,
};

enum status csv_report(const struct view *view, struct buf *out)
{
    csv_findings(view, out);
    return out->full ? ERR_LIMIT : OK;
}

enum status report_table(const char *table, const struct json *assessment, struct buf *out)
{
    struct arena arena = {0};
    struct view view;
    enum status status = ERR_USAGE;
    view_init(&view, assessment, &arena);
    for (size_t i = 0; i < COUNT(tables); i++)
        if (strcmp(tables[i].name, table) == 0) {
            tables[i].write(&view, out);
            status = out->full ? ERR_LIMIT : OK;
        }
    arena_release(&arena);
    return status;
}
