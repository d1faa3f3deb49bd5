#include "assess/scan.h"

#include "base/limits.h"

void scan_init(struct scan *scan, const struct ruleset *rules)
{
    *scan = (struct scan){.rules = rules, .since = TIME_NONE, .until = TIME_NONE};
    scan->counts = ARENA_ARRAY(&scan->arena, struct scan_rule_count, rules->n_rules);
    hitlog_init(&scan->log, rules);
}

void observation_release(struct observation *o)
{
    VEC_FREE(&o->hours);
    VEC_FREE(&o->ids);
    VEC_FREE(&o->lags);
    VEC_FREE(&o->starts);
    VEC_FREE(&o->builds);
    VEC_FREE(&o->cleared);
}

void scan_release(struct scan *scan)
{
    VEC_EACH (&scan->observations, o)
        observation_release(o);
    VEC_FREE(&scan->sources);
    VEC_FREE(&scan->inputs);
    VEC_FREE(&scan->damages);
    VEC_FREE(&scan->container_damages);
    VEC_FREE(&scan->more_refused);
    VEC_FREE(&scan->refusals);
    VEC_FREE(&scan->hits);
    VEC_FREE(&scan->observations);
    hitlog_release(&scan->log);
    arena_release(&scan->arena);
    arena_release(&scan->found);
}

i64 scan_stated_time(const struct event *event, struct arena *scratch)
{
    i64 ns;
    if (str_find(event->shape->channel, S("Sysmon")) == SIZE_MAX)
        return TIME_NONE;
    return time_parse(value_text(event_get(event, FIELD_UTC_TIME), scratch), &ns) ? ns : TIME_NONE;
}

struct scan_event *scan_event_copy(struct arena *to, const struct event *event,
                                   const struct schema *schema, u32 source, struct arena *scratch)
{
    const struct shape *const shape = event->shape;
    struct scan_event *const out = ARENA_NEW(to, struct scan_event);
    *out = (struct scan_event){
        .source = source,
        .off = event->off,
        .len = event->len,
        .record = event->record,
        .carved = event->carved,
        .recorded = event->time,
        .stated = scan_stated_time(event, scratch),
        .time = event->time,
        .host = NO_HOST,
        .host_text = arena_str(to, value_text(event_get(event, FIELD_COMPUTER), scratch)),
        .kind = arena_str(to, shape_kind_text(shape, scratch)),
        .channel = arena_str(to, shape->channel),
        .provider = arena_str(to, shape->provider),
        .event_id = shape->event_id,
        .fields = ARENA_ARRAY(to, struct scan_field, shape->n_fields),
        .raw = arena_str(to, str_sub(event->raw, 0, SCAN_RAW_MAX)),
        .raw_cut = event->raw.n > SCAN_RAW_MAX,
    };
    for (u32 i = 0; i < shape->n_fields; i++) {
        const struct value v = event_at(event, i);
        if (v.type == VALUE_NONE)
            continue;
        out->fields[out->n_fields++] = (struct scan_field){
            arena_str(to, intern_text(&schema->fields, shape->fields[i].field)),
            arena_str(to, value_text(v, scratch)),
        };
    }
    size_t size = sizeof *out + out->raw.n + out->host_text.n + out->kind.n + out->channel.n +
                  out->provider.n;
    for (u32 i = 0; i < out->n_fields; i++)
        size += sizeof *out->fields + out->fields[i].name.n + out->fields[i].text.n;
    out->size = (u32)MIN(size, (size_t)UINT32_MAX);
    return out;
}

bool scan_keeps(const struct scan *scan, u32 rule)
{
    const struct scan_rule_count *const c = &scan->counts[rule];
    if (scan->kept_bytes < LIMIT_MUCH_BYTES)
        return c->kept < LIMIT_HITS && c->bytes < LIMIT_HITS_BYTES;
    return scan->kept_bytes < LIMIT_ALL_BYTES && c->kept < LIMIT_FEW_HITS &&
           c->bytes < LIMIT_FEW_BYTES;
}

static struct scan_event *clone_event(struct arena *to, const struct scan_event *from)
{
    struct scan_event *const out = ARENA_NEW(to, struct scan_event);
    *out = *from;
    out->host_text = arena_str(to, from->host_text);
    out->kind = arena_str(to, from->kind);
    out->channel = arena_str(to, from->channel);
    out->provider = arena_str(to, from->provider);
    out->raw = arena_str(to, from->raw);
    out->fields = ARENA_ARRAY(to, struct scan_field, from->n_fields);
    for (u32 i = 0; i < from->n_fields; i++)
        out->fields[i] = (struct scan_field){arena_str(to, from->fields[i].name),
                                             arena_str(to, from->fields[i].text)};
    return out;
}

void scan_keep(struct scan *scan, const struct scan_hit *hit, struct scan_event *event)
{
    struct scan_rule_count *const count = &scan->counts[hit->rule->index];
    struct scan_hit own = *hit;
    u64 size = hit->event->size; /* a document says it all again for each hit */
    own.event = event ? event : clone_event(&scan->found, hit->event);
    own.reasons = ARENA_ARRAY(&scan->found, struct match_reason, hit->n_reasons);
    for (u32 i = 0; i < hit->n_reasons; i++) {
        own.reasons[i] = hit->reasons[i];
        own.reasons[i].field = arena_str(&scan->found, hit->reasons[i].field);
        own.reasons[i].value = arena_str(&scan->found, hit->reasons[i].value);
        own.reasons[i].test = arena_str(&scan->found, hit->reasons[i].test);
        size += sizeof *own.reasons + own.reasons[i].field.n + own.reasons[i].value.n +
                own.reasons[i].test.n;
    }
    count->kept++;
    count->bytes += size;
    scan->kept_bytes += size;
    *VEC_PUSH(&scan->hits) = own;
}

void scan_damaged(struct scan *scan, const struct scan_damage *damage)
{
    struct scan_damage *const last = scan->damages.n ? &scan->damages.p[scan->damages.n - 1] : NULL;
    if (scan->damages.n >= LIMIT_DAMAGES && last->source == damage->source) {
        last->lost += damage->lost;
        last->more += damage->more + 1;
        last->carved &= damage->carved;
        last->unfinished = 0;
    } else {
        struct scan_damage *const own = VEC_PUSH(&scan->damages);
        *own = *damage;
        if (damage->found)
            own->what = arena_str(&scan->found, damage->what);
    }
}

void scan_refused(struct scan *scan, str name, str limit, str why)
{
    if (scan->refusals.n < LIMIT_REFUSALS) {
        *VEC_PUSH(&scan->refusals) =
            (struct scan_refusal){arena_str(&scan->arena, name), arena_str(&scan->arena, limit),
                                  arena_str(&scan->arena, why)};
        return;
    }
    VEC_EACH (&scan->more_refused, more)
        if (str_eq(more->limit, limit)) {
            more->n++;
            return;
        }
    *VEC_PUSH(&scan->more_refused) =
        (struct scan_more){arena_str(&scan->arena, limit), arena_str(&scan->arena, name), 1};
}

int scan_hit_order(const struct scan_hit *a, const struct scan_hit *b)
{
    const struct scan_event *const x = a->event, *const y = b->event;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    return str_cmp(a->rule->id, b->rule->id);
}

str scan_rule_name(const struct sigma_rule *rule)
{
    if (rule->alert)
        rule = rule->alert;
    return rule->id.n ? rule->id : rule->title;
}

str scan_field(const struct scan_event *event, str name)
{
    for (u32 i = 0; i < event->n_fields; i++)
        if (str_eq(event->fields[i].name, name))
            return event->fields[i].text;
    return STR_NONE;
}
