#include "assess/lead.h"

static const char *const stage_words[] = {
#define STAGE(name, text) text,
#include "assess/words.def"
#undef STAGE
};
static const char *const outcome_words[] = {
#define OUTCOME(name, text) text,
#include "assess/words.def"
#undef OUTCOME
};
static const char *const effect_words[] = {
#define EFFECT(name, text) text,
#include "assess/words.def"
#undef EFFECT
};
static const char *const reach_words[] = {"mailbox", "credential", "host", "domain"};
static const char *const block_words[] = {"url_rewrite", "eems", "fixed_build", "antivirus",
                                          "status"};
static const char *const scope_words[] = {"mailbox", "account", "credential", "file",
                                          "host",    "data",    "client"};

const char *stage_text(enum stage stage)
{
    return stage_words[stage];
}

const char *outcome_text(enum outcome outcome)
{
    return outcome_words[outcome];
}

/* Index of the word in the list, or -1. */
static int word_index(const char *const *words, size_t n, str word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(word, str_from(words[i])))
            return (int)i;
    return -1;
}

static bool flag(const struct yaml *map, const char *key)
{
    return str_eq(yaml_text(yaml_get(map, key)), S("true"));
}

static u32 list_length(const struct yaml *node)
{
    return node ? node->type == YAML_LIST ? node->n : 1 : 0;
}

static str list_item(const struct yaml *node, u32 i)
{
    return yaml_text(node->type == YAML_LIST ? node->items[i] : node);
}

static u32 read_reaches(const struct yaml *node)
{
    u32 reaches = 0;
    for (u32 i = 0; i < list_length(node); i++) {
        const int at = word_index(reach_words, COUNT(reach_words), list_item(node, i));
        reaches |= at >= 0 ? 1u << at : 0;
    }
    return reaches;
}

static struct lead_scope read_scope(const struct yaml *map)
{
    return (struct lead_scope){
        .what = yaml_text(yaml_get(map, "what")),
        .field = yaml_text(yaml_get(map, "field")),
        .regex = yaml_text(yaml_get(map, "regex")),
        .prefix = yaml_text(yaml_get(map, "prefix")),
        .text = yaml_text(yaml_get(map, "text")),
        .access = yaml_text(yaml_get(map, "access")),
        .certainty = yaml_text(yaml_get(map, "certainty")),
        .note = yaml_text(yaml_get(map, "note")),
    };
}

static const struct lead *read_lead(const struct sigma_rule *rule, struct arena *arena)
{
    const struct yaml *const map = rule->leadline;
    const struct yaml *const cves = yaml_get(map, "cve"), *const scopes = yaml_get(map, "scope");
    const int stage =
        word_index(stage_words, COUNT(stage_words), yaml_text(yaml_get(map, "stage")));
    const int outcome =
        word_index(outcome_words, COUNT(outcome_words), yaml_text(yaml_get(map, "outcome")));
    const int effect =
        word_index(effect_words, COUNT(effect_words), yaml_text(yaml_get(map, "effect")));
    struct lead *const lead = ARENA_NEW(arena, struct lead);
    *lead = (struct lead){
        .rule = rule,
        .stage = stage > 0 ? (enum stage)stage : STAGE_NONE,
        .outcome = outcome > 0 ? (enum outcome)outcome : OUTCOME_UNKNOWN,
        .effect = effect > 0 ? (enum effect)effect : EFFECT_NONE,
        .sign = str_eq(yaml_text(yaml_get(map, "sign")), S("success")),
        .artefact = flag(map, "artefact"),
        .supports = flag(map, "supports"),
        .local = flag(map, "local"),
        .cleared = flag(map, "cleared"),
        .anywhere = flag(map, "anywhere"),
        .incomplete = flag(map, "incomplete"),
        .reaches = read_reaches(yaml_get(map, "reaches")),
        .flaw = yaml_text(yaml_get(map, "flaw")),
        .act = yaml_text(yaml_get(map, "act")),
        .says = yaml_text(yaml_get(map, "says")),
        .blocked_by = yaml_text(yaml_get(map, "blocked_by")),
        .n_cves = list_length(cves),
        .n_scopes = scopes && scopes->type == YAML_LIST ? scopes->n : 0,
    };
    lead->cves = ARENA_ARRAY(arena, str, lead->n_cves);
    for (u32 i = 0; i < lead->n_cves; i++)
        lead->cves[i] = list_item(cves, i);
    lead->scopes = ARENA_ARRAY(arena, struct lead_scope, lead->n_scopes);
    for (u32 i = 0; i < lead->n_scopes; i++)
        lead->scopes[i] = read_scope(scopes->items[i]);
    return lead;
}

const struct lead **leads_read(const struct ruleset *rules, struct arena *arena)
{
    const struct lead **const leads = ARENA_ARRAY(arena, const struct lead *, rules->n_rules);
    for (u32 i = 0; i < rules->n_rules; i++)
        if (lead_is_own(rules->rules[i]))
            leads[i] = read_lead(rules->rules[i], arena);
    return leads;
}

static str wrong_word(const struct yaml *map, const char *key, const char *const *words, size_t n,
                      struct arena *arena)
{
    const struct yaml *const node = yaml_get(map, key);
    for (u32 i = 0; i < list_length(node); i++)
        if (word_index(words, n, list_item(node, i)) < 0)
            return arena_printf(arena, "leadline: %s: unknown word '%.*s'", key,
                                STR_ARG(list_item(node, i)));
    return STR_NONE;
}

static bool known_key(str key)
{
    static const char *const keys[] = {"stage",      "outcome",  "effect",    "sign",    "artefact",
                                       "supports",   "local",    "cleared",   "flaw",    "cve",
                                       "blocked_by", "act",      "says",      "reaches", "scope",
                                       "confidence", "anywhere", "incomplete"};
    return word_index(keys, COUNT(keys), key) >= 0;
}

str lead_check(const struct yaml *map, struct arena *arena)
{
    if (map->type != YAML_MAP)
        return S("leadline: must be a map");
    for (u32 i = 0; i < map->n; i++)
        if (!known_key(map->keys[i]->text))
            return arena_printf(arena, "leadline: unknown key '%.*s'", STR_ARG(map->keys[i]->text));
    str wrong = wrong_word(map, "stage", stage_words + 1, STAGE_COUNT - 1, arena);
    if (!wrong.n)
        wrong = wrong_word(map, "outcome", outcome_words, OUTCOME_COUNT, arena);
    if (!wrong.n)
        wrong = wrong_word(map, "effect", effect_words + 1, EFFECT_COUNT - 1, arena);
    if (!wrong.n)
        wrong = wrong_word(map, "reaches", reach_words, COUNT(reach_words), arena);
    if (!wrong.n)
        wrong = wrong_word(map, "blocked_by", block_words, COUNT(block_words), arena);
    const struct yaml *const scopes = yaml_get(map, "scope");
    for (u32 i = 0; !wrong.n && scopes && scopes->type == YAML_LIST && i < scopes->n; i++)
        wrong = wrong_word(scopes->items[i], "what", scope_words, COUNT(scope_words), arena);
    return wrong;
}
