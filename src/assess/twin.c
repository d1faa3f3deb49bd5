#include "assess/twin.h"

/* The process that the record tells of: its id, and the name of its program without folders. */
struct process {
    u64 id;
    str program;
};

static str either_field(const struct scan_event *event, str name, str other)
{
    const str text = scan_field(event, name);
    return text.n ? text : scan_field(event, other);
}

static bool process_of(const struct finding *f, struct process *out)
{
    const struct scan_event *const e = f->hit->event;
    str program = either_field(e, S("NewProcessName"), S("Image"));
    for (size_t at; (at = str_find_char(program, '\\')) != SIZE_MAX;)
        program = str_sub(program, at + 1, program.n);
    out->program = program;
    return program.n && str_u64(either_field(e, S("NewProcessId"), S("ProcessId")), &out->id);
}

static bool is_twin(const struct finding *a, const struct finding *b)
{
    struct process x, y;
    return b->lead && !b->lead->incomplete && str_eq(a->lead->act, b->lead->act) &&
           a->hit->event->host == b->hit->event->host && process_of(a, &x) && process_of(b, &y) &&
           x.id == y.id && str_ieq(x.program, y.program);
}

static bool is_near(const struct finding *a, const struct finding *b)
{
    const i64 x = finding_time(a), y = finding_time(b);
    return y != TIME_NONE && (u64)MAX(x, y) - (u64)MIN(x, y) <= (u64)TWIN_NS;
}

const struct lead *twin_lead(const struct findings *findings, size_t index)
{
    const struct finding *const all = findings->all.p, *const f = &all[index];
    if (!f->lead || !f->lead->incomplete || finding_time(f) == TIME_NONE)
        return NULL;
    for (size_t i = index; i-- > 0 && is_near(f, &all[i]);)
        if (is_twin(f, &all[i]))
            return all[i].lead;
    for (size_t i = index + 1; i < findings->all.n && is_near(f, &all[i]); i++)
        if (is_twin(f, &all[i]))
            return all[i].lead;
    return NULL;
}
