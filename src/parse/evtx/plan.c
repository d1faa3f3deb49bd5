#include "parse/evtx/plan.h"

#include "base/cur.h"
#include "base/limits.h"

void planner_init(struct planner *planner, struct schema *schema)
{
    *planner = (struct planner){.schema = schema};
    templates_init(&planner->templates);
    intern_init(&planner->form_keys, NULL);
    intern_init(&planner->plan_keys, NULL);
    buf_init(&planner->key, LIMIT_RECORD);
    buf_init(&planner->values_key, LIMIT_RECORD);
}

void planner_release(struct planner *planner)
{
    templates_release(&planner->templates);
    intern_release(&planner->form_keys);
    intern_release(&planner->plan_keys);
    arena_release(&planner->arena);
    naming_release(&planner->naming);
    buf_release(&planner->key);
    buf_release(&planner->values_key);
    VEC_FREE(&planner->forms);
    VEC_FREE(&planner->plans);
    VEC_FREE(&planner->slots);
}

void planner_begin_chunk(struct planner *planner)
{
    const size_t used = planner->arena.used + planner->form_keys.arena.used +
                        planner->plan_keys.arena.used + planner->templates.names.arena.used +
                        planner->templates.tokens.arena.used + planner->templates.guids.arena.used +
                        planner->templates.arena.used;
    if (used > LIMIT_FORMS) {
        struct schema *const schema = planner->schema;
        const bool afresh = planner->afresh;
        planner_release(planner);
        planner_init(planner, schema);
        planner->afresh = afresh;
    }
    templates_begin_chunk(&planner->templates);
}

/* ---- keys ---- */

static void add_u32(struct buf *buf, u32 u)
{
    buf_add(buf, (str){(const char *)&u, sizeof u});
}

/* The id of the form, and the values of the slots that decide. */
static str plan_key(struct planner *planner, u32 form)
{
    struct buf *const key = &planner->values_key;
    buf_reset(key);
    add_u32(key, form);
    for (u32 i = 0; i < planner->forms.p[form].n; i++) {
        const struct slot *const slot = &planner->slots.p[planner->forms.p[form].deciders[i]];
        add_u32(key, slot->n);
        buf_add(key, (str){(const char *)slot->p, slot->n});
    }
    return buf_str(key);
}

static u32 *recent_form(struct planner *planner, const struct reading *reading)
{
    return &planner->recent[reading->last_template % RECENT_FORMS];
}

static u32 find_form(struct planner *planner, const struct reading *reading)
{
    const str key = buf_str(&planner->key);
    u32 *const recent = recent_form(planner, reading);
    if (*recent && str_eq(intern_text(&planner->form_keys, *recent - 1), key))
        return *recent - 1;
    const u32 form = intern_find(&planner->form_keys, key);
    if (form != INTERN_NONE)
        *recent = form + 1;
    return form;
}

/* Would plan_key give this? */
static bool is_plan_key(const struct planner *planner, const struct form *form, str key)
{
    const u8 *at = (const u8 *)key.p + sizeof(u32);
    for (u32 i = 0; i < form->n; i++) {
        const struct slot *const slot = &planner->slots.p[form->deciders[i]];
        if (load_u32(at) != slot->n || memcmp(at + sizeof(u32), slot->p, slot->n) != 0)
            return false;
        at += sizeof(u32) + slot->n;
    }
    return true;
}

static const struct plan *find_plan(struct planner *planner, const struct reading *reading)
{
    const u32 id = find_form(planner, reading);
    if (id == INTERN_NONE)
        return NULL;
    struct form *const form = &planner->forms.p[id];
    if (form->last == PLAN_NONE ||
        !is_plan_key(planner, form, intern_text(&planner->plan_keys, form->last))) {
        const u32 plan = intern_find(&planner->plan_keys, plan_key(planner, id));
        if (plan == INTERN_NONE)
            return NULL;
        form->last = plan;
    }
    return &planner->plans.p[form->last];
}

static void keep_plan(struct planner *planner, struct plan plan)
{
    const u32 form = intern_add(&planner->form_keys, buf_str(&planner->key));
    if (form == planner->forms.n) {
        const u32 n = (u32)planner->naming.keys.n;
        u32 *const deciders = ARENA_ARRAY(&planner->arena, u32, n);
        for (u32 i = 0; i < n; i++)
            deciders[i] = planner->naming.keys.p[i];
        *VEC_PUSH(&planner->forms) = (struct form){deciders, n, PLAN_NONE};
    }
    const u32 id = intern_add(&planner->plan_keys, plan_key(planner, form));
    assert(id == planner->plans.n);
    (void)id;
    *VEC_PUSH(&planner->plans) = plan;
}

/* ---- making a plan ---- */

static void key_value(struct buf *key, struct value v, struct arena *arena)
{
    const str text = v.type == VALUE_ARRAY ? STR_NONE : value_text(v, arena);
    buf_char(key, (char)v.type);
    add_u32(key, v.type == VALUE_ARRAY ? v.n : (u32)text.n);
    buf_add(key, text);
    for (u32 i = 0; v.type == VALUE_ARRAY && i < v.n; i++)
        key_value(key, v.items[i], arena);
}

static str field_text(const struct shape_def *def, u32 field, struct arena *arena)
{
    for (u32 i = 0; i < def->n_fields; i++)
        if (def->fields[i].field == field)
            return value_text(def->consts[-1 - def->fields[i].slot], arena);
    return STR_NONE;
}

static i64 event_id(const struct shape_def *def)
{
    i64 id = -1;
    for (u32 i = 0; i < def->n_fields; i++)
        if (def->fields[i].field == FIELD_EVENT_ID)
            value_int(def->consts[-1 - def->fields[i].slot], &id);
    return id;
}

static const struct shape *shape_of(struct planner *planner, struct shape_def *def,
                                    struct arena *arena)
{
    struct buf *const key = &planner->values_key; /* free at this time */
    buf_reset(key);
    buf_add(key, S("evtx"));
    for (u32 i = 0; i < def->n_fields; i++) {
        add_u32(key, def->fields[i].field);
        if (def->fields[i].slot < 0)
            key_value(key, def->consts[-1 - def->fields[i].slot], arena);
        else
            buf_char(key, VALUE_NONE);
    }
    const struct shape *const known = schema_find(planner->schema, buf_str(key));
    if (known)
        return known;
    def->kind = KIND_WINDOWS;
    def->channel = field_text(def, FIELD_CHANNEL, arena);
    def->provider = field_text(def, FIELD_PROVIDER, arena);
    def->event_id = event_id(def);
    return schema_add(planner->schema, buf_str(key), def);
}

static bool becomes_constant(const struct named *named)
{
    return named->source->kind == SOURCE_CONST || named->field == FIELD_CHANNEL ||
           named->field == FIELD_PROVIDER || named->field == FIELD_EVENT_ID;
}

/* The step for a slot of this type; STEPS_OTHER where there is more to it. */
static enum plan_steps step_of(u8 type, struct plan_step *step)
{
    step->size = (u8)type_size(type);
    step->mask = step->size < 4 ? (1u << 8 * step->size) - 1 : UINT32_MAX;
    switch (type) {
    case TYPE_NULL:
        step->type = VALUE_NULL;
        return STEPS_NULL;
    case TYPE_STRING:
    case TYPE_XML:
        step->type = VALUE_UTF16;
        return STEPS_TEXT;
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
        step->type = VALUE_U64;
        return STEPS_NARROW;
    case TYPE_HEX32:
        step->type = VALUE_HEX;
        return STEPS_NARROW;
    case TYPE_U64:
        step->type = VALUE_U64;
        return STEPS_WIDE;
    case TYPE_SIZE:
    case TYPE_HEX64:
    case TYPE_HANDLE:
        step->type = VALUE_HEX;
        return STEPS_WIDE;
    case TYPE_FILETIME:
        step->type = VALUE_FILETIME;
        return STEPS_WIDE;
    case TYPE_GUID:
        step->type = VALUE_GUID;
        return STEPS_BYTES;
    case TYPE_SYSTEMTIME:
        step->type = VALUE_SYSTEMTIME;
        return STEPS_BYTES;
    case TYPE_SID:
        step->type = VALUE_SID;
        return STEPS_BYTES;
    case TYPE_BINARY:
        step->type = VALUE_BINARY;
        return STEPS_BYTES;
    default:
        return STEPS_OTHER;
    }
}

static void make_steps(const struct planner *planner, struct plan *plan, u32 n, struct arena *arena)
{
    struct plan_step *const steps = ARENA_ARRAY(arena, struct plan_step, n);
    u16 done = 0;
    for (u32 kind = 0; kind < STEPS_KINDS; kind++) {
        for (u32 i = 0; i < n; i++) {
            const struct source *const source = plan->sources[i];
            struct plan_step step = {.from = (u16)i, .to = (u16)i};
            enum plan_steps own = STEPS_OTHER;
            if (source->kind == SOURCE_SLOT) {
                step.from = (u16)source->slot;
                own = step_of(planner->slots.p[source->slot].type, &step);
            }
            if (own == kind)
                steps[done++] = step;
        }
        plan->ends[kind] = done;
    }
    plan->steps = steps;
}

static struct plan make_plan(struct planner *planner, struct arena *arena, struct arena *scratch)
{
    const struct naming *const naming = &planner->naming;
    const u32 n = (u32)naming->fields.n;
    struct shape_field *const fields = ARENA_ARRAY(scratch, struct shape_field, n);
    struct value *const consts = ARENA_ARRAY(scratch, struct value, n);
    struct shape_def def = {.fields = fields, .n_fields = n, .consts = consts};
    struct plan plan = {.sources = ARENA_ARRAY(arena, const struct source *, n)};
    for (u32 i = 0; i < n; i++) {
        const struct named *const named = &naming->fields.p[i];
        fields[i].field = named->field;
        if (becomes_constant(named)) {
            consts[def.n_consts++] = source_value(named->source, &planner->slots, scratch);
            fields[i].slot = -(i32)def.n_consts;
        } else {
            plan.sources[def.n_slots] = named->source;
            fields[i].slot = (i32)def.n_slots++;
        }
    }
    make_steps(planner, &plan, def.n_slots, arena);
    plan.shape = shape_of(planner, &def, scratch);
    plan.time = shape_find(plan.shape, FIELD_TIME_CREATED);
    return plan;
}

/* ---- using a plan ---- */

static i64 time_of(struct value v, u64 written, struct arena *arena)
{
    i64 time;
    if (v.type == VALUE_FILETIME)
        time = time_from_filetime(v.u);
    else if (!time_parse(value_text(v, arena), &time))
        time = TIME_NONE;
    return time == TIME_NONE ? time_from_filetime(written) : time;
}

static void fill_numbers(const struct plan *plan, const struct slot *slots, struct value *values)
{
    const struct plan_step *step = plan->steps;
    for (; step < plan->steps + plan->ends[STEPS_NULL]; step++)
        values[step->to] = (struct value){.type = VALUE_NULL};
    for (; step < plan->steps + plan->ends[STEPS_NARROW]; step++) {
        const struct slot *const slot = &slots[step->from];
        values[step->to] =
            slot->n == step->size
                ? (struct value){.type = step->type, .u = load_u32(slot->p) & step->mask}
                : slot_value(slot, NULL);
    }
    for (; step < plan->steps + plan->ends[STEPS_WIDE]; step++) {
        const struct slot *const slot = &slots[step->from];
        values[step->to] = slot->n == step->size
                               ? (struct value){.type = step->type, .u = load_u64(slot->p)}
                               : slot_value(slot, NULL);
    }
}

static void fill_pointers(const struct plan *plan, const struct slot *slots, struct value *values)
{
    const struct plan_step *step = plan->steps + plan->ends[STEPS_WIDE];
    for (; step < plan->steps + plan->ends[STEPS_TEXT]; step++) {
        const struct slot *const slot = &slots[step->from];
        values[step->to] = slot_text(slot);
    }
    for (; step < plan->steps + plan->ends[STEPS_BYTES]; step++) {
        const struct slot *const slot = &slots[step->from];
        values[step->to] = step->size == 0 || slot->n == step->size
                               ? (struct value){.type = step->type, .n = slot->n, .p = slot->p}
                               : slot_value(slot, NULL);
    }
}

static void use_plan(const struct plan *plan, const struct slots *slots, u64 written,
                     struct arena *arena, struct event *out)
{
    const u32 n = plan->shape->n_slots;
    struct value *const values = arena_alloc(arena, n * sizeof *values, _Alignof(struct value));
    fill_numbers(plan, slots->p, values);
    fill_pointers(plan, slots->p, values);
    for (u32 i = plan->ends[STEPS_BYTES]; i < plan->ends[STEPS_OTHER]; i++) {
        const u32 to = plan->steps[i].to;
        values[to] = source_value(plan->sources[to], slots, arena);
    }
    out->shape = plan->shape;
    out->slots = values;
    const struct value none = {.type = VALUE_NONE};
    out->time = time_of(plan->time < 0 ? none : event_at(out, (u32)plan->time), written, arena);
}

static bool event_by_tree(struct planner *planner, struct reading *reading, u32 from, u32 to,
                          u64 written, struct event *out)
{
    const struct xml *const root = fragment_build(reading, from, to);
    if (!root)
        return false;
    const bool keep = !planner->afresh && !reading->unplanned;
    struct arena *const arena = keep ? &planner->arena : reading->arena;
    struct naming *const naming = &planner->naming;
    naming->chunk = reading->chunk;
    naming->schema = planner->schema;
    naming->slots = &planner->slots;
    naming->arena = arena;
    naming->scratch = reading->arena;
    if (!naming_run(naming, root)) {
        reading->bad = naming->bad;
        return false;
    }
    const struct plan plan = make_plan(planner, arena, reading->arena);
    use_plan(&plan, &planner->slots, written, reading->arena, out);
    if (keep)
        keep_plan(planner, plan);
    return true;
}

bool planner_event(struct planner *planner, const struct evtx_chunk *chunk, u32 from, u32 to,
                   u64 written, struct arena *arena, struct event *out, const char **bad)
{
    struct reading reading = {
        .chunk = chunk,
        .templates = &planner->templates,
        .arena = arena,
        .slots = &planner->slots,
        .key = &planner->key,
    };
    assert(to + sizeof(u32) <=
           chunk->n); /* the record's last size: numbers are read four bytes at a time */
    bool ok = planner->afresh || fragment_scan(&reading, from, to);
    if (ok) {
        const struct plan *const plan =
            planner->afresh || reading.unplanned ? NULL : find_plan(planner, &reading);
        if (plan)
            use_plan(plan, &planner->slots, written, arena, out);
        else
            ok = event_by_tree(planner, &reading, from, to, written, out);
    }
    *bad = reading.bad;
    return ok;
}
