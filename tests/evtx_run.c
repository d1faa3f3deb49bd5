#include "check.h"

#include "evtx_run.h"

#include <stdio.h>

#include "base/limits.h"

static void add_value(struct evtx_run *r, struct value v)
{
    if (v.type == VALUE_NULL) {
        buf_add(&r->text, S("(null)"));
    } else if (v.type == VALUE_ARRAY) {
        buf_char(&r->text, '[');
        for (u32 i = 0; i < v.n; i++) {
            if (i)
                buf_char(&r->text, '|');
            add_value(r, v.items[i]);
        }
        buf_char(&r->text, ']');
    } else {
        buf_add(&r->text, value_text(v, &r->scratch));
    }
}

static void on_events(void *arg, const struct event *events, size_t n)
{
    struct evtx_run *const r = arg;
    r->carved += events[0].carved ? n : 0;
    if (r->only_normal && events[0].carved)
        return;
    for (size_t i = 0; i < n; i++) {
        const struct event *const e = &events[i];
        assert_true(r->carve || r->events == 0 || e->off > r->last_off);
        assert_true(e->carved == events[0].carved && (r->carve || !e->carved));
        assert_ptr_equal(e->raw.p, r->file.p + e->off);
        assert_true(e->off + e->len <= r->file.n && e->len == e->raw.n);
        assert_int_equal(e->shape->kind, KIND_WINDOWS);
        r->last_off = e->off;
        r->events++;
        arena_reset(&r->scratch);
        buf_printf(&r->text, "%s%llu", e->carved ? "~" : "", (unsigned long long)e->record);
        for (u32 k = 0; k < e->shape->n_fields; k++) {
            buf_char(&r->text, ' ');
            buf_add(&r->text, intern_text(&r->schema.fields, e->shape->fields[k].field));
            buf_char(&r->text, '=');
            add_value(r, event_at(e, k));
        }
        buf_char(&r->text, '\n');
    }
}

void evtx_run_damage(void *arg, const struct damage *damage)
{
    struct evtx_run *const r = arg;
    assert_true(damage->off <= r->file.n && damage->lost <= r->file.n - damage->off);
    if (damage->found && r->only_normal)
        return;
    if (damage->found)
        buf_printf(&r->told, "!%llu %s\n", (unsigned long long)damage->record, damage->what);
    else if (r->damages++ == 0)
        r->first = *damage;
}

void evtx_run_init(struct evtx_run *r)
{
    *r = (struct evtx_run){0};
    buf_init(&r->text, SIZE_MAX / 2);
    buf_init(&r->told, SIZE_MAX / 2);
    fields_init(&r->fields);
    schema_init(&r->schema, &r->fields);
}

void evtx_run_file(struct evtx_run *r, const struct parser *parser, str file, size_t block)
{
    struct parse_env env = {.schema = &r->schema,
                            .arena = &r->arena,
                            .sink = {on_events, evtx_run_damage, r},
                            .carve = r->carve};
    r->file = file;
    r->last_off = 0;
    r->events = 0;
    parse_memory(parser, file, S("test.evtx"), block, &env);
    buf_add(&r->text, buf_str(&r->told));
    buf_reset(&r->told);
    parse_env_release(&env);
    arena_reset(&r->arena);
}

void evtx_run_release(struct evtx_run *r)
{
    buf_release(&r->text);
    buf_release(&r->told);
    arena_release(&r->arena);
    arena_release(&r->scratch);
    schema_release(&r->schema);
    intern_release(&r->fields);
}

void evtx_run_all_ways(struct evtx_run *r, str file)
{
    evtx_run_init(r);
    evtx_run_file(r, &evtx_parser, file, LIMIT_BLOCK);
    const struct {
        const struct parser *parser;
        size_t block;
    } others[] = {{&evtx_parser, 1}, {&evtx_parser_afresh, LIMIT_BLOCK}};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct evtx_run other;
        evtx_run_init(&other);
        evtx_run_file(&other, others[i].parser, file, others[i].block);
        assert_int_equal(other.events, r->events);
        assert_int_equal(other.damages, r->damages);
        assert_true(str_eq(buf_str(&other.text), buf_str(&r->text)));
        evtx_run_release(&other);
    }
}

void evtx_keep_seed(const char *name, str file)
{
    static unsigned number;
    const char *const dir = getenv("LEADLINE_SEEDS");
    char path[4096];
    if (!dir)
        return;
    while (file.n && file.p[file.n - 1] == 0)
        file.n--;
    const int start = snprintf(path, sizeof path, "%s/", dir);
    snprintf(path + start, sizeof path - (size_t)start, "%02u_%s", number++, name);
    for (char *p = path + start; *p; p++)
        if (*p == ' ' || *p == '\'')
            *p = '_';
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(file.p, 1, file.n, f), file.n);
    fclose(f);
}

void evtx_expect(const char *test, struct evtx_make *m, const char *text)
{
    struct evtx_run r;
    const str file = make_file(m);
    evtx_keep_seed(test, file);
    evtx_run_all_ways(&r, file);
    assert_str(buf_str(&r.text), text);
    assert_int_equal(r.damages, 0);
    evtx_run_release(&r);
    make_release(m);
}

void expect_damage(struct evtx_make *m, str file, const char *what, const char *text)
{
    struct evtx_run r;
    evtx_keep_seed(what, file);
    evtx_run_all_ways(&r, file);
    assert_int_equal(r.damages, 1);
    assert_string_equal(r.first.what, what);
    assert_str(buf_str(&r.text), text);
    evtx_run_release(&r);
    make_release(m);
}

/* A record without a template: <Event><System><EventID>id</EventID></System>, and more to come
 * before plain_end. */
void plain_begin(struct evtx_make *m, u64 id)
{
    make_record(m, id);
    make_open(m, "Event", false);
    make_open(m, "System", false);
    make_element(m, "EventID", "7");
    make_end(m);
}

void plain_end(struct evtx_make *m)
{
    make_end(m);
    make_record_end(m);
}

void plain(struct evtx_make *m, u64 id)
{
    plain_begin(m, id);
    plain_end(m);
}

void own_begin(struct evtx_make *m, u64 id)
{
    make_record(m, id);
    make_template(m, 77);
    make_open(m, "Event", false);
}

void own_values(struct evtx_make *m, u32 n)
{
    make_end(m);
    make_template_end(m);
    make_values(m, n);
}
