#include "assess/verdict_part.h"

#include "base/buf.h"
#include "base/utf.h"

#define HOLE (3 * DAY) /* of requests: longer than a server is switched off over a weekend */
#define BUFFERED                                                                                   \
    (2 * HOUR) /* IIS keeps lines back for up to one, and no log speaks every minute               \
                */
#define WRITING (10 * 60 * TIME_SECOND) /* logs of one copy end within this of one another */
#define NAMED   3                       /* files that one reason names */
#define SHOWN   ((size_t)200)           /* bytes of a name, its end */

const struct need verdict_needs[NEED_COUNT] = {
#define NEED(class, kind, pace, path, what) {NEED_##class, kind, NEED_##pace, path, what},
#include "assess/needs.def"
#undef NEED
};

/* Is the light of a source that the class asks for, and shows it what it is needed for? A log that
 * is there but holds no record of files or processes (a Security log of logons alone) shows nothing
 * of what happened, nor does the back end of IIS show who asked. */
static bool meets(const struct light *light, enum need_class class)
{
    static const u32 stages[] = {[NEED_REQUEST] = 1u << STAGE_ATTEMPT,
                                 [NEED_ANSWER] = 1u << STAGE_EXPLOITED,
                                 [NEED_EFFECT] = 1u << STAGE_FOOTHOLD | 1u << STAGE_ACTION};
    const struct sight_row *const row = light->row;
    if (!(stages[class] >> row->stage & 1) || (class != NEED_EFFECT && row->sight != SIGHT_YES))
        return false;
    for (size_t i = 0; i < NEED_COUNT; i++)
        if (verdict_needs[i].class == class && strcmp(verdict_needs[i].kind, row->kind) == 0)
            return true;
    return false;
}

bool verdict_has_class(const struct deciding *d, enum need_class class)
{
    COVERAGE_LIGHTS(d->in->coverage, d->host, light)
    if (meets(light, class))
        return true;
    return false;
}

struct range verdict_class_range(const struct deciding *d, enum need_class class)
{
    struct range r = {TIME_NONE, TIME_NONE};
    COVERAGE_LIGHTS(d->in->coverage, d->host, light)
    {
        if (!meets(light, class))
            continue;
        r.from = r.from == TIME_NONE ? light->first : MIN(r.from, light->first);
        r.to = MAX(r.to, light->last);
    }
    return r;
}

/* The time of which logs are to be brought: that of the logs of the other side; else of all that is
 * there. */
static struct range wanted_range(const struct deciding *d, enum need_class other)
{
    struct range r = verdict_class_range(d, other);
    if (r.from == TIME_NONE)
        COVERAGE_EACH(d->in->coverage, d->host, s)
    if (s->first != TIME_NONE) {
        r.from = r.from == TIME_NONE ? s->first : MIN(r.from, s->first);
        r.to = MAX(r.to, s->last);
    }
    return r;
}

/* The text, and what to bring: whatever can show one of the stages and does not, for the time of
 * the logs of the other side. */
static str bring(struct deciding *d, u32 stages, enum need_class other, str text)
{
    const struct range time = wanted_range(d, other);
    struct buf out;
    bool first = true;
    buf_init(&out, 4096);
    buf_add(&out, text);
    for (size_t i = 0; i < NEED_COUNT; i++) {
        str lack = STR_NONE;
        bool lacks = false;
        for (u32 stage = 0; stage < STAGE_COUNT && !lacks; stage++)
            lacks = stages >> stage & 1 &&
                    coverage_lacks(d->in->coverage, d->host, verdict_needs[i].kind,
                                   (enum stage)stage, &d->out->arena, &lack);
        if (!lacks)
            continue;
        buf_printf(&out, "%s%s (%s%s%.*s)", first ? ". Bring: " : "; ", verdict_needs[i].path,
                   verdict_needs[i].what, lack.n ? "; of what there is, " : "", STR_ARG(lack));
        first = false;
    }
    if (!first && time.from != TIME_NONE) {
        const str from = time_str(d, time.from), to = time_str(d, time.to);
        if (str_eq(from, to))
            buf_printf(&out, ", of %.*s", STR_ARG(from));
        else
            buf_printf(&out, ", of the time from %.*s to %.*s", STR_ARG(from), STR_ARG(to));
    }
    const str result = arena_str(&d->out->arena, buf_str(&out));
    buf_release(&out);
    return result;
}

/* The edges of an exposure are days (a release, a window) or the last record of a log that names
 * the build: silence at an edge counts as it does inside, up to GAP_HOURS. */
bool verdict_exposure_uncovered(const struct deciding *d, const struct host_exposure *flaw)
{
    const i64 slack = EDGE, from = flaw->from + slack;
    return !flaw->conditional && !coverage_spans(d->in->coverage, d->host, STAGE_ATTEMPT, NULL,
                                                 from, MAX(from, flaw->to - slack));
}

static void miss_exposure(struct deciding *d)
{
    VEC_EACH (&d->in->exposure->hosts[d->host].flaws, flaw)
        if (verdict_exposure_uncovered(d, flaw)) {
            verdict_reason(
                d, arena_printf(&d->out->arena,
                                "the server stood open to %.*s%s%.*s%s from %.*s on, and "
                                "the requests of all that time are not in the "
                                "evidence: bring the logs from that day on",
                                STR_ARG(flaw->cve), flaw->name.n ? " (" : "", STR_ARG(flaw->name),
                                flaw->name.n ? ")" : "", STR_ARG(time_str(d, flaw->from))));
            return; /* one flaw is enough to say so; exposed_to lists them all */
        }
}

/* Evidence that begins soon after a fix and does not show the build before it says nothing of the
 * time before. */
void verdict_miss_build_before(struct deciding *d)
{
    const i64 first = verdict_class_range(d, NEED_REQUEST).from;
    const i64 fix = first == TIME_NONE
                        ? TIME_NONE
                        : exposure_recent_fix(d->in->exposure, d->host, first - 60 * DAY, first);
    if (fix == TIME_NONE)
        return;
    VEC_EACH (&d->in->exposure->hosts[d->host].builds, b)
        if (b->from < fix)
            return;
    verdict_reason(
        d, arena_printf(&d->out->arena,
                        "the evidence begins on %.*s, soon after a known-exploited flaw was "
                        "fixed (%.*s), and does not show which "
                        "build ran before: bring older logs",
                        STR_ARG(time_str(d, first)), STR_ARG(time_str(d, fix))));
}

static void miss_rules(struct deciding *d)
{
    bool have[STAGE_COUNT] = {false};
    for (u32 i = 0; i < d->in->scan->rules->n_rules; i++)
        if (d->in->findings->leads[i])
            have[d->in->findings->leads[i]->stage] = true;
    for (int stage = STAGE_ATTEMPT; stage < STAGE_COUNT; stage++)
        if (!have[stage])
            verdict_reason(d, arena_printf(&d->out->arena,
                                           "no rule was loaded that could show the stage \"%s\"",
                                           stage_text((enum stage)stage)));
}

/* Could what was lost in this source have spoken of the host? Not when all that is left of it
 * speaks of others; where nothing is left, not when it lies in the folder of another. */
static bool concerns_host(const struct deciding *d, u32 source)
{
    bool known = false;
    VEC_EACH (&d->in->scan->observations, o)
        if (o->source == source) {
            if (o->host == d->host)
                return true;
            known = true;
        }
    return !known &&
           (source >= d->in->scan->sources.n || !hosts_is_others(d->in->hosts, source, d->host));
}

/* Does the source speak to the end of its kind of log on this host? Then its last line, if it is
 * not whole, was being written when the log was copied: nothing before it is lost. How far it goes
 * is told by that line itself, where its time can be read, and else by the record before. A file
 * of events may also be an export, which ends early for other reasons: no log of the host at all
 * may go on. */
static bool is_newest(const struct deciding *d, u32 source, i64 unfinished)
{
    const struct observation *mine = NULL;
    VEC_EACH (&d->in->scan->observations, o)
        if (o->source == source && o->host == d->host && o->last != TIME_NONE &&
            (!mine || o->last > mine->last))
            mine = o;
    if (!mine)
        return false;
    const i64 end = MAX(mine->last, unfinished);
    const bool any = str_eq(d->in->scan->sources.p[source].format, S("json"));
    VEC_EACH (&d->in->scan->observations, o)
        if (o->host == d->host && (any || str_eq(o->kind, mine->kind)) && o->last != TIME_NONE &&
            o->last - end > WRITING)
            return false;
    return true;
}

/* A configuration says how things are: it covers no time, so none is lost with it. Its format is
 * called as its kind is. */
static bool is_undated(const struct scan *scan, u32 source)
{
    return source < scan->sources.n &&
           kind_is(kind_named(scan->sources.p[source].format), KIND_UNDATED);
}

/* Does the damage take away anything that could have spoken of the host? */
static bool takes_away(const struct deciding *d, const struct scan_damage *damage)
{
    return damage->lost && !damage->carved && !is_undated(d->in->scan, damage->source) &&
           concerns_host(d, damage->source) &&
           !(damage->unfinished && is_newest(d, damage->source, damage->unfinished));
}

/* Until when the light burns on from a time, silences of up to HOLE counted as speech; TIME_NONE
 * when it does not. */
static i64 lit_until(const struct light *light, i64 time)
{
    if (light->first > time || light->last <= time)
        return TIME_NONE;
    VEC_EACH (&light->gaps, gap)
        if (gap->to - gap->from > HOLE && gap->to > time)
            return gap->from > time ? gap->from : TIME_NONE;
    return light->last;
}

/* When the light begins to burn after a time; TIME_NONE when it does not. */
static i64 lit_again(const struct light *light, i64 time)
{
    if (light->first > time)
        return light->first;
    VEC_EACH (&light->gaps, gap)
        if (gap->to > time)
            return gap->to;
    return TIME_NONE;
}

/* Does the light show the stage; for STAGE_NONE, what happened on the server at all; for an
 * attempt, requests as the needs ask for them? */
static bool witnesses(const struct light *light, enum stage stage)
{
    if (stage == STAGE_ATTEMPT)
        return meets(light, NEED_REQUEST);
    if (stage == STAGE_EXPLOITED) /* errors of the control panel are no log of answers */
        return light->row->stage == stage && light->row->sight == SIGHT_YES;
    if (stage != STAGE_NONE)
        return light->row->stage == stage;
    return light->row->stage == STAGE_FOOTHOLD || light->row->stage == STAGE_ACTION;
}

/* The first time within the range in which no light witnesses the stage; empty when there is none.
 * A silence may be EDGE long where the range begins and ends (logs of one collection never begin
 * together), and HOLE inside. */
static struct range dark_range(const struct deciding *d, enum stage stage, struct range range)
{
    for (i64 at = range.from; at < range.to;) {
        i64 lit = TIME_NONE, next = range.to;
        COVERAGE_LIGHTS(d->in->coverage, d->host, light)
        {
            if (!witnesses(light, stage))
                continue;
            const i64 until = lit_until(light, at), again = lit_again(light, at);
            lit = until == TIME_NONE ? lit : MAX(lit, until);
            next = again == TIME_NONE ? next : MIN(next, again);
        }
        if (lit == TIME_NONE && next - at > (at == range.from || next == range.to ? EDGE : HOLE))
            return (struct range){at, next};
        at = lit == TIME_NONE ? next : lit;
    }
    return (struct range){TIME_NONE, TIME_NONE};
}

/* Requests are only half of a look: for all of their time what they led to must be in sight. */
static void miss_effects(struct deciding *d, struct range requests)
{
    static const struct {
        enum stage stage;
        const char *shown, *bring;
    } rows[] = {{STAGE_EXPLOITED, "what the back end answered to them", "HttpProxy logs"},
                {STAGE_NONE, "what happened on the server",
                 "records of processes and files (Security event 4688, Sysmon events 1 and 11)"},
                {STAGE_FOOTHOLD, "the files made on the server",
                 "records of files (Sysmon event 11, Security events 4663 and 5145)"},
                {STAGE_ACTION, "the processes started on the server",
                 "records of processes (Security event 4688, Sysmon event 1)"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct range dark = dark_range(d, rows[i].stage, requests);
        if (dark.from == TIME_NONE ||
            (rows[i].stage != STAGE_NONE && !d->in->coverage->stages[d->host][rows[i].stage].sight))
            continue;
        verdict_reason(d,
                       arena_printf(&d->out->arena,
                                    "requests are in the evidence, but between %.*s and %.*s "
                                    "nothing shows %s: bring the %s of that time",
                                    STR_ARG(time_str(d, dark.from)), STR_ARG(time_str(d, dark.to)),
                                    rows[i].shown, rows[i].bring));
        return;
    }
}

/* Request logs and effect logs of different months see nothing together; days without any request
 * are days without a look. */
static void miss_overlap(struct deciding *d)
{
    const struct range requests = verdict_class_range(d, NEED_REQUEST),
                       effects = verdict_class_range(d, NEED_EFFECT);
    if (requests.from == TIME_NONE || effects.from == TIME_NONE)
        return;
    if (requests.from > effects.to || effects.from > requests.to)
        verdict_reason(d,
                       S("the logs of requests and the logs of what happened on the server are of "
                         "different times: bring both of one time"));
    else
        miss_effects(d, requests);
    const struct range dark = dark_range(d, STAGE_ATTEMPT, requests);
    if (dark.from != TIME_NONE)
        verdict_reason(
            d, arena_printf(&d->out->arena,
                            "no request is in the evidence between %.*s and %.*s: bring "
                            "the logs of that time, or make sure that the server was off",
                            STR_ARG(time_str(d, dark.from)), STR_ARG(time_str(d, dark.to))));
}

/* A log that was cleared after the last request may still be here as it stood before: copied in
 * time, it shows all the time of the requests. */
static bool stands_before(const struct coverage_source *s, i64 cleared, struct range requests)
{
    VEC_EACH (&s->gaps, gap)
        if (gap->from < requests.to && gap->to > requests.from && gap->from < cleared)
            return false;
    return cleared >= requests.to && s->first != TIME_NONE && s->first < cleared &&
           s->first <= requests.from + EDGE;
}

/* What stood in a log before it was cleared is gone, however late that was. */
static void miss_cleared(struct deciding *d)
{
    const struct range requests = verdict_class_range(d, NEED_REQUEST);
    COVERAGE_EACH(d->in->coverage, d->host, s)
    VEC_EACH (&s->cleared, t)
        if (requests.from != TIME_NONE && *t > requests.from && !stands_before(s, *t, requests)) {
            verdict_reason(d,
                           arena_printf(&d->out->arena,
                                        "%.*s was cleared on %.*s, and what stood in it is lost: "
                                        "ask who did it, and bring a copy from before",
                                        STR_ARG(s->kind), STR_ARG(time_str(d, *t))));
            break;
        }
}

/* A pipe or a device in a folder holds no log. */
static size_t pieces_refused(const struct scan *scan)
{
    size_t n = 0;
    VEC_EACH (&scan->refusals, r)
        n += !str_eq(r->limit, S("special file")) && !str_eq(r->limit, S(SCAN_REGEX_LIMIT)) &&
             !str_eq(r->limit, S(SCAN_CORRELATED));
    return n;
}

static void miss_damaged(struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    u64 lost = 0, files = 0;
    str names = S("");
    VEC_EACH (&scan->damages, damage) {
        if (!takes_away(d, damage))
            continue;
        if (damage->source >= scan->sources.n || !scan->sources.p[damage->source].should_be) {
            lost += damage->lost;
            continue;
        }
        const str name = damage->name;
        if (files++ < NAMED)
            names = arena_printf(
                &d->out->arena, "%.*s%s%.*s (%.*s)", STR_ARG(names), names.n ? "; " : "",
                STR_ARG(str_sub(name, name.n - MIN(name.n, SHOWN), name.n)), STR_ARG(damage->what));
        files += damage->more;
    }
    if (files)
        verdict_reason(d, arena_printf(&d->out->arena,
                                       "%llu log%s could not be read at all: %.*s%s. Bring "
                                       "undamaged copies",
                                       (unsigned long long)files, files == 1 ? "" : "s",
                                       STR_ARG(utf8_clean(&d->out->arena, names)),
                                       files > NAMED ? "; and others" : ""));
    if (lost)
        verdict_reason(d,
                       arena_printf(&d->out->arena,
                                    "%llu bytes of the evidence are damaged and could not be read",
                                    (unsigned long long)lost));
}

static void miss_pieces(struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    const struct sigma_rule *const dropped = verdict_attempts_dropped(d);
    miss_damaged(d);
    if (dropped)
        verdict_reason(d,
                       arena_printf(&d->out->arena,
                                    "the rule \"%.*s\" matched more often than its hits are kept: "
                                    "the later ones were counted and not judged",
                                    STR_ARG(dropped->title)));
    if (scan->regex_limits)
        verdict_reason(
            d,
            arena_printf(
                &d->out->arena,
                "%u rule%s could not be asked of every value: a regular expression met its limit",
                scan->regex_limits, scan->regex_limits == 1 ? "" : "s"));
    if (scan->correlations_cut)
        verdict_reason(d, arena_printf(&d->out->arena,
                                       "%u correlation%s did not see every hit (see what was "
                                       "refused)",
                                       scan->correlations_cut,
                                       scan->correlations_cut == 1 ? "" : "s"));
    const size_t refused = pieces_refused(scan);
    if (refused)
        verdict_reason(
            d, arena_printf(&d->out->arena,
                            "%zu piece%s of the evidence %s not read (see what was refused)",
                            refused, refused == 1 ? "" : "s", refused == 1 ? "was" : "were"));
    if (scan->since != TIME_NONE || scan->until != TIME_NONE || scan->only_host.n)
        verdict_reason(d, S("the question was cut down by --since, --until or --host"));
}

/* A stage that no record at hand can show: nothing can be said of it, however quiet the rest is. */
static void miss_sources(struct deciding *d)
{
    const bool requests = verdict_has_class(d, NEED_REQUEST),
               effects = verdict_has_class(d, NEED_EFFECT);
    if (!requests)
        verdict_reason(d, bring(d, 1u << STAGE_ATTEMPT, NEED_EFFECT,
                                S("no log was given that shows the requests to Exchange, so an "
                                  "entry would not have been seen")));
    if (!effects)
        verdict_reason(d, bring(d, 1u << STAGE_FOOTHOLD | 1u << STAGE_ACTION, NEED_REQUEST,
                                S("no log was given that shows what happened on the server itself "
                                  "(files made, processes started)")));
    for (enum stage stage = STAGE_EXPLOITED; stage < STAGE_COUNT; stage++)
        if ((stage < STAGE_FOOTHOLD ? requests : effects) &&
            d->in->coverage->stages[d->host][stage].sight == SIGHT_NO)
            verdict_reason(d,
                           bring(d, 1u << stage, NEED_REQUEST,
                                 arena_printf(&d->out->arena,
                                              "nothing in the evidence can show the stage \"%s\"",
                                              stage_text(stage))));
}

/* Requests of pages are looked for in IIS alone. Where its front end is at hand and was written
 * without what tells a page, HttpProxy does not stand for it. */
static void miss_columns(struct deciding *d)
{
    const struct scan *const scan = d->in->scan;
    if (!verdict_has_class(d, NEED_REQUEST)) /* then it is said what of it there is */
        return;
    VEC_EACH (&scan->observations, o)
        for (size_t i = 0; i < COUNT(sight_rows) && o->host == d->host && o->events; i++) {
            const struct sight_row *const row = &sight_rows[i];
            const u32 missing = row->columns & ~o->columns;
            if (row->stage != STAGE_ATTEMPT || row->sight != SIGHT_YES ||
                o->shape_kind != KIND_IIS || !str_eq(o->kind, str_from(row->kind)) ||
                !(row->parts >> o->part & 1) || !missing)
                continue;
            str names = S("");
            for (u32 c = 0; c < COLUMN_COUNT; c++)
                if (missing >> c & 1)
                    names = arena_printf(&d->out->arena, "%.*s%s%s", STR_ARG(names),
                                         names.n ? ", " : "", column_text((enum column)c));
            verdict_reason(
                d, arena_printf(&d->out->arena,
                                "a log of %s (%s) is without columns that a look at its requests "
                                "needs: %.*s. Bring one that has them, or make sure that this one "
                                "was not damaged",
                                row->kind, part_text(o->part), STR_ARG(names)));
            return;
        }
}

static const struct light *light_of(const struct deciding *d, const char *kind, enum stage stage,
                                    enum sight sight)
{
    COVERAGE_LIGHTS(d->in->coverage, d->host, light)
    if (light->row->stage == stage && light->row->sight == sight &&
        strcmp(light->row->kind, kind) == 0)
        return light;
    return NULL;
}

static bool is_dark(const struct light *light, const struct gap *time)
{
    VEC_EACH (&light->gaps, gap)
        if (gap->from <= time->from + BUFFERED && gap->to >= time->to - BUFFERED)
            return true;
    return false;
}

/* The first time that the server is seen at work and the front end of IIS is not there; false:
 * none.
 */
static bool first_without_pages(const struct light *work, const struct light *iis, struct gap *out)
{
    *out = (struct gap){work->first, work->last};
    if (!iis)
        return true;
    if (iis->first > work->first + BUFFERED) {
        out->to = MIN(iis->first, work->last);
        return true;
    }
    VEC_EACH (&iis->gaps, gap)
        if (gap->from < work->last && gap->to > work->first && !is_dark(work, gap)) {
            *out = *gap;
            return true;
        }
    out->from = iis->last;
    return iis->last + BUFFERED < work->last;
}

/* A page that an intruder left is seen where it is asked for, and that is in the front end of IIS
 * alone: any folder of HttpProxy, and the back end, show that the server was at work, not what was
 * asked of pages. */
static void miss_pages(struct deciding *d)
{
    const struct {
        const struct light *light;
        const char *name;
    } work[] = {{light_of(d, "httpproxy", STAGE_PROBE, SIGHT_PARTLY), "HttpProxy's"},
                {light_of(d, "iis", STAGE_ATTEMPT, SIGHT_PARTLY), "the back end's"}};
    const struct light *const iis = light_of(d, "iis", STAGE_ATTEMPT, SIGHT_YES);
    struct gap dark;
    for (size_t i = 0; i < COUNT(work); i++)
        if (work[i].light && first_without_pages(work[i].light, iis, &dark)) {
            verdict_reason(
                d,
                arena_printf(&d->out->arena,
                             "requests for pages, web shells among them, stand in the log of the "
                             "front end of IIS alone, and from %.*s to %.*s the evidence holds "
                             "none that is known to be it, while it holds %s: bring "
                             "%%SystemDrive%%\\inetpub\\logs\\LogFiles\\W3SVC1 of that time, with "
                             "s-port, cs-username and cs-uri-query among its columns",
                             STR_ARG(time_str(d, dark.from)), STR_ARG(time_str(d, dark.to)),
                             work[i].name));
            return;
        }
}

/* Without a build nobody knows what the server stood open to. */
static void miss_build(struct deciding *d)
{
    const struct exposure_host *const host = &d->in->exposure->hosts[d->host];
    if (!host->builds.n)
        verdict_reason(
            d, S("no log names the build of Exchange, so what the server stood open to is not "
                 "known: bring HttpProxy logs "
                 "(%ExchangeInstallPath%Logging\\HttpProxy) or the file version of ExSetup.exe"));
    VEC_EACH (&host->builds, b)
        if (!b->product.n) {
            verdict_reason(d, arena_printf(&d->out->arena,
                                           "the build %.*s is of no version of Exchange that the "
                                           "tables know, so what the server stood open to "
                                           "is not known: check the file version of ExSetup.exe",
                                           STR_ARG(b->build)));
            return;
        }
}

/* Logs that are not there, or not of the time, or without what tells an attack. */
static void miss_logs(struct deciding *d)
{
    if (!d->bystander) {
        miss_sources(d);
        miss_columns(d);
        miss_pages(d);
        miss_build(d);
    }
    miss_overlap(d);
    if (!d->bystander)
        miss_cleared(d);
}

static void miss_exposures(struct deciding *d)
{
    miss_exposure(d);
    if (verdict_has_class(d, NEED_REQUEST))
        verdict_miss_build_before(d);
}

static void miss_rest(struct deciding *d)
{
    miss_rules(d);
    miss_pieces(d);
}

/* What is missing, without the list of what to bring: that stands with the reasons. */
static str without_bring(str reason)
{
    return str_sub(reason, 0, MIN(str_find(reason, S(". Bring")), reason.n));
}

bool verdict_holes(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    miss_logs(d);
    miss_rest(d);
    if (d->out->reasons.n > before)
        d->hole = without_bring(d->out->reasons.p[before].text);
    miss_exposures(d); /* the sentence says that by itself */
    return d->out->reasons.n > before;
}

/* Rule 5. */
bool verdict_cannot_tell(struct deciding *d)
{
    const size_t before = d->out->reasons.n;
    verdict_open(d);
    miss_logs(d);
    miss_exposures(d);
    miss_rest(d);
    (void)verdict_review(d);
    return d->out->reasons.n > before;
}
