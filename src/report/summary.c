#include "report/summary.h"

#include "report/axis.h"
#include "report/changes.h"

#define EXPLOITS_MAX 50 /* lines of exploits told apart; the table has them all */
#define SHOWN_NAMES  3  /* names of servers before "and 4 more" */

/* ---- lists of sentences ---- */

void lines_add(const struct view *view, struct lines *lines, struct line line)
{
    if (lines->n == lines->cap) {
        lines->cap = MAX(8, lines->cap * 2);
        struct line *const grown = ARENA_ARRAY(view->arena, struct line, lines->cap);
        for (size_t i = 0; i < lines->n; i++)
            grown[i] = lines->p[i];
        lines->p = grown;
    }
    lines->p[lines->n++] = line;
}

void lines_text(const struct view *view, struct lines *lines, str text)
{
    lines_add(view, lines, (struct line){.text = text});
}

bool lines_has(const struct lines *lines, str text)
{
    for (size_t i = 0; i < lines->n; i++)
        if (str_eq(lines->p[i].text, text))
            return true;
    return false;
}

str lines_join(const struct view *view, const struct lines *lines, const char *between, size_t max)
{
    str text = S("");
    for (size_t i = 0; i < MIN(lines->n, max); i++)
        text = arena_printf(view->arena, "%.*s%s%.*s", STR_ARG(text), i ? between : "",
                            STR_ARG(lines->p[i].text));
    if (lines->n > max)
        text = arena_printf(view->arena, "%.*s, and %zu more", STR_ARG(text), lines->n - max);
    return text;
}

/* ---- the parts ---- */

static str host_names(const struct view *view)
{
    struct lines names = {0};
    VIEW_EACH (json_get(view->doc, "hosts"), host)
        if (view_str(host, "name").n)
            lines_text(view, &names, view_str(host, "name"));
    if (names.n == 0)
        return S("a server without a name");
    const str some = lines_join(view, &names, ", ", SHOWN_NAMES);
    return names.n == 1 ? some
                        : arena_printf(view->arena, "%zu servers: %.*s", names.n, STR_ARG(some));
}

/* The first finding of that time on which the verdict rests. */
static struct view_ids ids_at(const struct view *view, str time)
{
    for (size_t i = 0; i < view->n_findings && time.n; i++)
        if (view->is_cited[i] && str_eq(view_str(view->findings[i], "time"), time))
            return view_one_id(view, view_text(view->findings[i], "id"));
    return (struct view_ids){0};
}

/* Was the question cut down by this option? */
static bool was_cut(const struct view *view, const char *option)
{
    const struct json *const options = json_get(json_get(view->doc, "manifest"), "options");
    return str_find(view_str(options, "arguments"), str_from(option)) != SIZE_MAX;
}

/* What the logs say of the time before the first act. */
static str before_text(const struct view *view)
{
    i64 from, to, since;
    if (!view_covered(view, &from, &to) || !view_time(view->doc, "since", &since) || since <= from)
        return S("");
    size_t others = 0, probes = 0;
    for (size_t i = 0; i < view->n_findings; i++) {
        i64 time;
        if (view_time(view->findings[i], "time", &time) && time < since)
            *(str_eq(view_str(view->findings[i], "stage"), S("probe")) ? &probes : &others) += 1;
    }
    const str shows =
        others
            ? arena_printf(view->arena,
                           "what they show before it (%zu finding%s) is not counted as part of it",
                           others, others == 1 ? "" : "s")
        : probes ? S("show nothing but probes before it")
                 : S("show nothing before it");
    return arena_printf(view->arena, "The logs begin %.*s earlier%s %.*s.",
                        STR_ARG(view_length(view, axis_distance(from, since))),
                        others ? ";" : " and", STR_ARG(shows));
}

static void add_first(const struct view *view, str none_more, struct lines *since)
{
    const str first = view_day(view, view->doc, "since"),
              bound = view_str(view->doc, "since_bound");
    struct line line = {.ids = ids_at(view, view_str(view->doc, "since"))};
    if (first.n == 0) {
        line.text = S("No malicious act was seen.");
        line.more = none_more;
    } else if (str_eq(bound, S("not_after"))) {
        line.text = arena_printf(view->arena, "Not later than %.*s.", STR_ARG(first));
        line.more = was_cut(view, "--since")
                        ? S("What was before the time of --since was not looked at.")
                        : S("It may have begun before the evidence does.");
    } else {
        line.text = arena_printf(view->arena, "First act seen: %.*s.", STR_ARG(first));
        line.more = before_text(view);
    }
    lines_add(view, since, line);
}

/* Whether it goes on: the document's answer, and how much of the evidence is left behind the last
 * act. */
static str after_text(const struct view *view)
{
    const str active = view_text(view->doc, "active_at_end");
    i64 from, to, until;
    if (!view_covered(view, &from, &to) || !view_time(view->doc, "until", &until) || until > to)
        return str_eq(active, S("true")) ? S("It went on until the end of the evidence.")
                                         : S("Whether it went on cannot be told.");
    const str left = view_length(view, axis_distance(until, to));
    if (until == to)
        return S("It is the last record there is: whether it went on cannot be told.");
    if (was_cut(view, "--until"))
        return S("What was after the time of --until was not looked at.");
    if (str_eq(active, S("true")))
        return arena_printf(view->arena,
                            "It went on until the end of the evidence (last act %.*s before the "
                            "last record).",
                            STR_ARG(left));
    return arena_printf(view->arena,
                        "No further act in the remaining %.*s of logs; that does not mean that it "
                        "ended.",
                        STR_ARG(left));
}

static void make_since(const struct view *view, const struct verdict_word *verdict,
                       struct lines *since)
{
    const str last = view_day(view, view->doc, "until");
    add_first(view,
              str_eq(verdict->key, S("CANNOT_TELL"))
                  ? S("There may have been some: see what could not be seen.")
                  : S(""),
              since);
    if (last.n)
        lines_add(
            view, since,
            (struct line){.text = arena_printf(view->arena, "Last act seen: %.*s.", STR_ARG(last)),
                          .more = after_text(view),
                          .ids = ids_at(view, view_str(view->doc, "until"))});
}

static str outcome_text(const struct view *view, const struct json *exploit)
{
    const str outcome = view_str(exploit, "outcome"), by = view_str(exploit, "blocked_by");
    if (str_eq(outcome, S("attempted")) && str_eq(by, S("status")))
        return S("tried, and answered as refused, which proves nothing by itself");
    if (str_eq(outcome, S("attempted")))
        return by.n
                   ? arena_printf(view->arena, "tried, stopped by %.*s", STR_ARG(words_blocked(by)))
                   : S("tried, no sign that it worked");
    return str_eq(outcome, S("succeeded")) ? outcome : S("used, outcome not recorded");
}

/* "ProxyLogon, CVE-2021-27065: succeeded", each exploit with its own outcome. */
static void add_exploit(const struct view *view, const struct json *exploit, struct lines *how)
{
    const str name = view_str(exploit, "name"), cve = view_str(exploit, "cve");
    const str host = view_has_hosts(view) ? view_str(exploit, "host") : S("");
    if (name.n + cve.n == 0)
        return;
    const str text = arena_printf(
        view->arena, "%.*s%s%.*s: %.*s%s%.*s", STR_ARG(name), name.n && cve.n ? ", " : "",
        STR_ARG(cve), STR_ARG(outcome_text(view, exploit)), host.n ? " on " : "", STR_ARG(host));
    if (!lines_has(how, text) && how->n < EXPLOITS_MAX)
        lines_add(view, how,
                  (struct line){.text = text, .ids = view_ids(view, json_get(exploit, "proof"))});
}

static void make_how(const struct view *view, struct lines *how)
{
    static const char *const ranks[] = {"succeeded", "", "attempted"};
    for (size_t rank = 0; rank < COUNT(ranks); rank++)
        VIEW_EACH (json_get(view->doc, "exploits"), exploit) {
            const str outcome = view_str(exploit, "outcome");
            const size_t own = str_eq(outcome, S("succeeded"))   ? 0
                               : str_eq(outcome, S("attempted")) ? 2
                                                                 : 1;
            if (own == rank)
                add_exploit(view, exploit, how);
        }
    if (how->n == 0)
        lines_text(view, how,
                   view_day(view, view->doc, "since").n ? S("The way in is not known.")
                                                        : S("No exploit was seen."));
}

/* What "exposed" means here: how many flaws are open. */
static str open_flaws(const struct view *view)
{
    struct lines cves = {0};
    VIEW_EACH (json_get(view->doc, "hosts"), host)
        VIEW_EACH (json_get(host, "exposed_to"), item)
            if (view_str(item, "cve").n && cves.n < EXPLOITS_MAX &&
                !lines_has(&cves, view_str(item, "cve")))
                lines_text(view, &cves, view_str(item, "cve"));
    if (cves.n == 0)
        return S("");
    return arena_printf(view->arena, "still open to %zu known-exploited flaw%s", cves.n,
                        cves.n == 1 ? "" : "s");
}

static void make_also(const struct view *view, struct lines *also)
{
    VIEW_EACH (json_get(view->doc, "also"), word) {
        const str key = view_scalar(word);
        if (key.n)
            lines_add(view, also,
                      (struct line){.text = words_also(key),
                                    .more = str_eq(key, S("EXPOSED")) ? open_flaws(view) : S("")});
    }
}

static void make_why(const struct view *view, struct lines *why)
{
    VIEW_EACH (json_get(view->doc, "reasons"), reason) {
        const str text =
            view_str(reason, "text").n ? view_str(reason, "text") : view_scalar(reason);
        if (text.n)
            lines_add(
                view, why,
                (struct line){.text = text, .ids = view_ids(view, json_get(reason, "findings"))});
    }
}

void summary_make(const struct view *view, struct summary *out)
{
    *out = (struct summary){.verdict = words_verdict(view_str(view->doc, "verdict"))};
    out->hosts = host_names(view);
    out->sentence = view_str(view->doc, "sentence");
    if (out->sentence.n == 0)
        out->sentence = out->verdict->meaning;
    make_also(view, &out->also);
    make_why(view, &out->why);
    make_since(view, out->verdict, &out->since);
    make_how(view, &out->how);
    summary_reached(view, &out->reached);
    summary_unknown(view, &out->unknown);
    changes_lines(view, &out->changed);
    guidance_make(view, &out->actions);
}
