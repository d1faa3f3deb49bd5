/* correlate.h: from hits of ordinary rules to hits of correlation rules. A pure function: the same hits, in any order, give
 * the same answer.
 *
 * What the answer is (Sigma leaves most of this open):
 *
 *   group     Hits are counted apart for each host and each combination of the group-by values (bytes, with case). A hit
 *             that lacks a group-by field or has no time is not counted, and `lost` says how many those were. Hosts are
 *             never mixed, because their clocks cannot be compared; a caller who knows better gives all hits one number.
 *   order     By time, then by `order`. Two hits with the same order are the same event, matched by two rules.
 *   window    For each event: the events of its group that are not later and at most timespan older; the edge counts. So
 *             windows slide exactly, there are no buckets, and a window without events is never looked at.
 *   holds     event_count: number of events. value_count: number of different values (tuples, when there are several
 *             fields). value_sum, value_avg, value_percentile (nearest rank): over the numbers of the field; an event
 *             without a number is lost. An event that is there by several rules has the number that the first of them
 *             gives it. Sums are exact (rule/exact.h), and a mean is compared as sum against bound × number of events.
 *             temporal: number of different rules, all of them if no condition is given. temporal_ordered: the rules in
 *             their order, each by a later event than the one before; with a condition the most rules that stand in
 *             their order so, whichever are left out.
 *   match     A run of events, each of whose windows holds and overlaps the one before. It has everything in those windows as
 *             members: a password spray of three days is one match, not a hundred thousand.
 *   steps     temporal and temporal_ordered also name one hit for each rule: in the first window that held, the
 *             earliest that fits; temporal_ordered with a condition names the longest row of rules in order.
 *   chain     A match is itself a hit, at the time of its last member, for correlations that refer to its rule. Of its
 *             fields they see its group-by values, by their group-by names. Its members become theirs: they are added up.
 *
 * Hits may be more than memory holds: they are read one after the other, what is kept of each goes through a sorter
 * (base/spill.h), and windows slide over it from both ends. So do matches: a chain sees all matches of its parts. Bounded are
 * the hits that one correlation sees, and the matches of all together that are in the result: each correlation has an even
 * share, what it does not need is for the others, those that serve other correlations alone come last, and of each those
 * that end first are kept. Where a bound is met, `cuts` says so; of those that come last only if nothing of theirs is known. */
#ifndef RULE_CORRELATE_H
#define RULE_CORRELATE_H

#include "rule/ruleset.h"

struct corr_hit {
    u32 rule;  /* index in the ruleset, of an ordinary rule */
    u32 host;
    i64 time;  /* TIME_NONE if unknown */
    u64 order; /* of the event in the evidence, unique for each event */
    u64 id;    /* whatever finds it again, unique for each hit of the rule */
};

struct corr_value {
    str text;
    bool is_list; /* of several values, written as one text: no text and no number is equal to it */
};

/* Where hits come from. The bytes of a value must live until the next call. */
struct corr_source {
    void (*start)(void *arg, u32 rule); /* the next ones are those of this rule, in the order of the evidence */
    bool (*next)(void *arg, struct corr_hit *out);
    void (*find)(void *arg, u32 rule, u64 id, struct corr_hit *out); /* one that next gave before */
    /* The value of a field of the event of the hit that was given last, by the name that the rule knows it by (logsource.h:
     * renames). False: it has none. */
    bool (*value)(void *arg, const struct corr_hit *hit, str field, struct corr_value *out);
    void *arg;
    const char *folder; /* for what memory does not hold; NULL: see spill.h */
    u64 most_hits;      /* that one correlation sees; 0: LIMIT_CORRELATED */
    u64 most_matches;   /* in the result; 0: LIMIT_MATCHES */
};

struct corr_ref {
    u32 rule; /* UINT32_MAX: none */
    u64 id;
};

struct corr_match {
    u32 rule, host;
    i64 first, last;     /* times of the members */
    u64 order;           /* of the last member */
    const str *group;    /* as many as the rule's group_by */
    u64 n_members;
    struct corr_ref end; /* the last member */
    const struct corr_ref *steps; /* a hit for each of the rule's refs (of a chain's part its last), none where a condition did
                                   * without; NULL for the counting types */
    u32 n_steps;
};

struct corr_lost { /* hits that one correlation rule could not count */
    u32 rule;
    u64 no_time, no_group, no_value;
};

struct corr_cut { /* a bound was met */
    u32 rule; /* the correlation */
    u32 ref;  /* the rule of which it saw only the first `seen` hits; UINT32_MAX: of its own matches only the first `seen` are kept */
    u64 seen;
};

struct corr_result {
    struct corr_match *matches; /* by last, order, rule */
    u32 n;
    struct corr_lost *lost;     /* rules that lost any */
    u32 n_lost;
    struct corr_cut *cuts;      /* by rule and ref */
    u32 n_cuts;
};

/* Everything in the result lives in the arena. */
void correlate(const struct ruleset *set, const struct corr_source *hits, struct arena *arena, struct corr_result *out);

/* Rules whose own hits are not to be reported, since a correlation refers to them and none of those says `generate`.
 * `hidden` has room for set->n_rules. */
void corr_hidden(const struct ruleset *set, bool *hidden);

/* For each rule the fields that correlations ask of its hits, by the names they ask with: nothing for rules that no
 * correlation refers to. set->n_rules of them, in the arena. */
struct corr_fields {
    bool asked; /* a correlation refers to it */
    str *names;
    u32 n;
};
const struct corr_fields *corr_fields(const struct ruleset *set, struct arena *arena);

#endif
