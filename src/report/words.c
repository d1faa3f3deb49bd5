#include "report/words.h"

#include "event/event.h"

/* A str in a static table: the S() of str.h is no constant expression. */
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* Shapes: filled for what happened, outlined for what may have; an octagon says stop, a triangle
 * beware, a circle with a question mark not known, a circle with a bar nothing found. */
static const struct verdict_word verdicts[] = {
    {STR_INIT("COMPROMISED"), STR_INIT("Compromised"), STR_INIT("compromised"),
     STR_INIT("Something worked: the intruder ran code, left a way back in, or read mail."),
     "<path d=\"M8 1h8l7 7v8l-7 7H8l-7-7V8z\" fill=\"currentColor\"/>"
     "<path d=\"M7.500 7.500l9 9M16.500 7.500l-9 9\" class=\"on\"/>"},
    {STR_INIT("LIKELY_COMPROMISED"), STR_INIT("Likely compromised"), STR_INIT("likely"),
     STR_INIT("The signs point to a break-in that worked; the last proof is missing."),
     "<path d=\"M8.500 2h7L22 8.500v7L15.500 22h-7L2 15.500v-7z\" class=\"line\"/>"
     "<path d=\"M8 8l8 8M16 8l-8 8\" class=\"line\"/>"},
    {STR_INIT("ATTACKED"), STR_INIT("Attacked"), STR_INIT("attacked"),
     STR_INIT(
         "There were attempts and no sign that one worked, in evidence that would have shown it."),
     "<path d=\"M12 2l11 20H1z\" fill=\"currentColor\"/><path d=\"M12 9v6M12 18v1.500\" "
     "class=\"on\"/>"},
    {STR_INIT("EXPOSED"), STR_INIT("Exposed"), STR_INIT("exposed"),
     STR_INIT("The server was open to a known flaw; no attack was seen."),
     "<path d=\"M12 3l10 18H2z\" class=\"line\"/><path d=\"M12 9v6M12 17v1.500\" class=\"line\"/>"},
    {STR_INIT("CANNOT_TELL"), STR_INIT("Cannot tell"), STR_INIT("cannot"),
     STR_INIT("The evidence does not reach back far enough, or lacks what would show it."),
     "<circle cx=\"12\" cy=\"12\" r=\"10\" class=\"line\"/>"
     "<path d=\"M9 9.500a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.100-1.500 2.400M12 17v1\" "
     "class=\"line\"/>"},
    {STR_INIT("NO_EVIDENCE"), STR_INIT("No evidence of compromise"), STR_INIT("none"),
     STR_INIT("Enough evidence, and nothing in it. This is no promise that the server is clean."),
     "<circle cx=\"12\" cy=\"12\" r=\"10\" class=\"line\"/><path d=\"M7 12h10\" class=\"line\"/>"},
};

const struct verdict_word *words_verdict(str key)
{
    static const struct verdict_word unknown = {
        STR_INIT("CANNOT_TELL"), STR_INIT("Cannot tell"), STR_INIT("cannot"),
        STR_INIT("The document holds no verdict that this program knows."),
        "<circle cx=\"12\" cy=\"12\" r=\"10\" class=\"line\"/><path d=\"M12 6v8M12 17v1\" "
        "class=\"line\"/>"};
    for (size_t i = 0; i < COUNT(verdicts); i++)
        if (str_eq(verdicts[i].key, key))
            return &verdicts[i];
    return &unknown;
}

str words_also(str key)
{
    const struct verdict_word *const verdict = words_verdict(key);
    return str_eq(verdict->key, key) ? verdict->text : key;
}

struct word {
    str key, text;
};

static str find_word(const struct word *words, size_t n, str key)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i].key, key))
            return words[i].text;
    return key;
}

str words_stage(str key)
{
    static const struct word words[] = {
        {STR_INIT("exposure"), STR_INIT("whether the server was open to a known flaw")},
        {STR_INIT("probe"), STR_INIT("who looked for a way in")},
        {STR_INIT("attempt"), STR_INIT("attempts to break in")},
        {STR_INIT("exploited"), STR_INIT("whether an attempt worked")},
        {STR_INIT("foothold"), STR_INIT("what was left behind to come back")},
        {STR_INIT("action"), STR_INIT("what was done once inside")},
    };
    return find_word(words, COUNT(words), key);
}

const char *const words_phases[5] = {"preserve", "contain", "eradicate", "recover", "harden"};

str words_phase(str key)
{
    static const struct word words[] = {
        {STR_INIT("preserve"), STR_INIT("Preserve: save the evidence before anything changes")},
        {STR_INIT("contain"), STR_INIT("Contain: stop what is going on")},
        {STR_INIT("eradicate"), STR_INIT("Eradicate: remove what the intruder left")},
        {STR_INIT("recover"), STR_INIT("Recover: renew what may have been stolen")},
        {STR_INIT("harden"), STR_INIT("Harden: close the way in")},
    };
    return find_word(words, COUNT(words), key);
}

str words_level(str key)
{
    static const struct word words[] = {
        {STR_INIT("mailbox"), STR_INIT("Mail: one or more mailboxes")},
        {STR_INIT("server"), STR_INIT("The whole server")},
        {STR_INIT("domain"), STR_INIT("The server, and what it opens in the domain")},
    };
    return find_word(words, COUNT(words), key);
}

str words_outcome(str key)
{
    return str_eq(key, S("unknown")) || key.n == 0 ? S("outcome not recorded") : key;
}

str words_thread(str key)
{
    static const struct word words[] = {
        {STR_INIT("intrusion"), STR_INIT("something of it worked, or bears the signs of it")},
        {STR_INIT("attempts"), STR_INIT("tried, and no more was seen")},
        {STR_INIT("probes"), STR_INIT("only looked, as every server is looked at")},
        {STR_INIT("unplaced"), STR_INIT("findings that belong to nobody who is known")},
        {STR_INIT("rest"), STR_INIT("further threads, taken together")},
    };
    return find_word(words, COUNT(words), key);
}

str words_access(str key)
{
    static const struct word words[] = {
        {STR_INIT("targeted"), STR_INIT("named in the attack (no access seen)")},
        {STR_INIT("forwarded"), STR_INIT("forwarding was set")},
        {STR_INIT("impersonated"), STR_INIT("used in its owner's name")},
    };
    return find_word(words, COUNT(words), key);
}

str words_blocked(str key)
{
    static const struct word words[] = {
        {STR_INIT("url_rewrite"), STR_INIT("a URL Rewrite rule")},
        {STR_INIT("eems"), STR_INIT("the Emergency Mitigation Service")},
        {STR_INIT("fixed_build"), STR_INIT("a build that has the fix")},
        {STR_INIT("antivirus"), STR_INIT("antivirus")},
        {STR_INIT("status"), STR_INIT("the answer's status")},
    };
    return find_word(words, COUNT(words), key);
}

str words_kind(str key)
{
    static const struct word words[] = {
        {STR_INIT("evtx:Security"), STR_INIT("Windows Security")},
        {STR_INIT("evtx:System"), STR_INIT("Windows System")},
        {STR_INIT("evtx:Application"), STR_INIT("Windows Application")},
        {STR_INIT("evtx:Microsoft-Windows-Sysmon/Operational"), STR_INIT("Sysmon")},
    };
    const enum kind kind = kind_named(key);
    const str known =
        kind != KIND_NONE ? str_from(kind_words(kind)) : find_word(words, COUNT(words), key);
    return str_starts(known, S("evtx:")) ? str_sub(known, 5, known.n) : known;
}

/* The name of a source at the head of a text in words, and the rest of it as it stands. */
static str with_kind(struct arena *arena, str text)
{
    const size_t end = MIN(MIN(str_find(text, S(" (")), str_find(text, S(" event "))), text.n);
    const str kind = words_kind(str_sub(text, 0, end));
    return arena_join(arena, kind, str_sub(text, end, text.n));
}

str words_sources(struct arena *arena, str list, const char *between)
{
    const str gap = str_from(between);
    str out = S("");
    for (str rest = list; rest.n;) {
        const size_t end = MIN(str_find(rest, gap), rest.n);
        const str one = with_kind(arena, str_sub(rest, 0, end));
        out = out.n ? arena_join(arena, arena_join(arena, out, gap), one) : one;
        rest = str_sub(rest, end + gap.n, rest.n);
    }
    return out;
}

#define MISSING "none of these was there: "

str words_missing(str why)
{
    return str_starts(why, S(MISSING)) ? str_sub(why, sizeof MISSING - 1, why.n) : S("");
}

str words_why(struct arena *arena, str why)
{
    static const char *const leads[][2] = {
        {MISSING, "None of these logs is in the evidence: "},
        {"none of its sources is in the evidence: ",
         "None of the logs it reads is in the evidence: "},
    };
    if (why.n > 4096)
        return why;
    for (size_t i = 0; i < COUNT(leads); i++) {
        const str lead = str_from(leads[i][0]);
        if (str_starts(why, lead))
            return arena_join(arena, str_from(leads[i][1]),
                              words_sources(arena, str_sub(why, lead.n, why.n), ", "));
    }
    return words_sources(arena, why, "; ");
}

str words_sentence(struct arena *arena, str text)
{
    if (text.n == 0)
        return text;
    const char first = text.p[0], last = text.p[text.n - 1];
    const char head[1] = {first >= 'a' && first <= 'z' ? (char)(first - 32) : first};
    const str end = last == '.' || last == '!' || last == '?' ? S("") : S(".");
    return arena_join(arena, (str){head, 1}, arena_join(arena, str_sub(text, 1, text.n), end));
}
