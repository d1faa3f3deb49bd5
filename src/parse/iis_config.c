/* iis_config.c: applicationHost.config and web.config of IIS, by libexpat: an event for each thing
 * in them by which somebody could stay, or be kept out. docs/formats/iis_config.md.
 *
 *     <location path="Default Web Site/owa"> <system.webServer> <modules>
 *       <add name="HttpProxy" type="Microsoft.Exchange.…" preCondition="managedHandler" />
 *
 * A configuration has no times. It is hostile as any evidence:
 *   1. A document type definition ends the reading: no entities but the five of XML, nothing is
 *      fetched.
 *   2. Elements nest no deeper than LIMIT_NESTING, and a file has LIMIT_CONFIG bytes at most.
 *   3. Keys and passwords become no part of an event: its raw record is then the tag's name alone.
 *   4. Events are handed on one by one, so memory does not grow with their number. */
#include <expat.h>

#include "base/limits.h"
#include "base/mem.h"
#include "parse/parse.h"

/* In the order of docs/formats/iis_config.md. */
#define SLOTS_LIST(X)                                                                              \
    X(ELEMENT, "Element")                                                                          \
    X(OPERATION, "Operation")                                                                      \
    X(LOCATION, "Location")                                                                        \
    X(SITE, "Site")                                                                                \
    X(APPLICATION, "Application")                                                                  \
    X(POOL, "ApplicationPool")                                                                     \
    X(PATH, "Path")                                                                                \
    X(PHYSICAL_PATH, "PhysicalPath")                                                               \
    X(USER, "UserName")                                                                            \
    X(NAME, "Name")                                                                                \
    X(IMAGE, "Image")                                                                              \
    X(TYPE, "Type")                                                                                \
    X(PRE_CONDITION, "PreCondition")                                                               \
    X(VERB, "Verb")                                                                                \
    X(MODULES, "Modules")                                                                          \
    X(SCRIPT_PROCESSOR, "ScriptProcessor")                                                         \
    X(ENABLED, "Enabled")                                                                          \
    X(SYNTAX, "PatternSyntax")                                                                     \
    X(PATTERN, "Pattern")                                                                          \
    X(NEGATE, "Negate")                                                                            \
    X(CONDITION_INPUT, "ConditionInput")                                                           \
    X(CONDITION_PATTERN, "ConditionPattern")                                                       \
    X(ACTION_TYPE, "ActionType")                                                                   \
    X(ACTION_URL, "ActionUrl")                                                                     \
    X(STATUS_CODE, "StatusCode")                                                                   \
    X(VALIDATION_KEY, "ValidationKey")                                                             \
    X(DECRYPTION_KEY, "DecryptionKey")                                                             \
    X(VALIDATION, "Validation")                                                                    \
    X(DECRYPTION, "Decryption")

enum slot {
#define X(name, text) SLOT_##name,
    SLOTS_LIST(X)
#undef X
        SLOTS
};

/* What an element is, by its name and the element around it; with case, as IIS has it. */
enum element {
    OTHER,
    LOCATION,
    SITE,
    APPLICATION,
    DIRECTORY,
    GLOBAL_MODULES,
    MODULES,
    HANDLERS,
    RULES,
    GLOBAL_RULES,
    OUTBOUND_RULES,
    ENTRY, /* <add>, <remove> or <clear> in one of these lists */
    RULE,
    MATCH,
    CONDITIONS,
    CONDITION,
    ACTION,
    MACHINE_KEY,
};
#define IN(element) (1u << (element))
#define ANYWHERE    UINT32_MAX
#define LISTS       (IN(GLOBAL_MODULES) | IN(MODULES) | IN(HANDLERS))
#define RULE_LISTS  (IN(RULES) | IN(GLOBAL_RULES) | IN(OUTBOUND_RULES))

static const struct {
    const char *name;
    u32 around; /* what may stand around it */
    enum element element;
} elements[] = {
    {"location", ANYWHERE, LOCATION},
    {"site", ANYWHERE, SITE},
    {"application", IN(SITE), APPLICATION},
    {"virtualDirectory", IN(APPLICATION), DIRECTORY},
    {"globalModules", ANYWHERE, GLOBAL_MODULES},
    {"modules", ANYWHERE, MODULES},
    {"handlers", ANYWHERE, HANDLERS},
    {"rules", ANYWHERE, RULES},
    {"globalRules", ANYWHERE, GLOBAL_RULES},
    {"outboundRules", ANYWHERE, OUTBOUND_RULES},
    {"add", LISTS, ENTRY},
    {"remove", LISTS | RULE_LISTS, ENTRY},
    {"clear", LISTS | RULE_LISTS, ENTRY},
    {"rule", RULE_LISTS, RULE},
    {"match", IN(RULE), MATCH},
    {"conditions", IN(RULE), CONDITIONS},
    {"add", IN(CONDITIONS), CONDITION},
    {"action", IN(RULE), ACTION},
    {"machineKey", ANYWHERE, MACHINE_KEY},
};

/* Element in the event: of an entry and a rule, what its list is of. */
static const char *const words[] = {
    [APPLICATION] = "application",
    [DIRECTORY] = "virtualDirectory",
    [GLOBAL_MODULES] = "globalModule",
    [MODULES] = "module",
    [HANDLERS] = "handler",
    [RULES] = "rewriteRule",
    [GLOBAL_RULES] = "globalRewriteRule",
    [OUTBOUND_RULES] = "outboundRule",
    [MACHINE_KEY] = "machineKey",
};

static const struct {
    enum element element;
    const char *name;
    enum slot slot;
} attributes[] = {
    {APPLICATION, "path", SLOT_APPLICATION},
    {APPLICATION, "applicationPool", SLOT_POOL},
    {DIRECTORY, "path", SLOT_PATH},
    {DIRECTORY, "physicalPath", SLOT_PHYSICAL_PATH},
    {DIRECTORY, "userName", SLOT_USER},
    {ENTRY, "name", SLOT_NAME},
    {ENTRY, "image", SLOT_IMAGE},
    {ENTRY, "type", SLOT_TYPE},
    {ENTRY, "preCondition", SLOT_PRE_CONDITION},
    {ENTRY, "path", SLOT_PATH},
    {ENTRY, "verb", SLOT_VERB},
    {ENTRY, "modules", SLOT_MODULES},
    {ENTRY, "scriptProcessor", SLOT_SCRIPT_PROCESSOR},
    {RULE, "name", SLOT_NAME},
    {RULE, "enabled", SLOT_ENABLED},
    {RULE, "patternSyntax", SLOT_SYNTAX},
    {MATCH, "url", SLOT_PATTERN},
    {MATCH, "pattern", SLOT_PATTERN},
    {MATCH, "negate", SLOT_NEGATE},
    {ACTION, "type", SLOT_ACTION_TYPE},
    {ACTION, "url", SLOT_ACTION_URL},
    {ACTION, "value", SLOT_ACTION_URL},
    {ACTION, "statusCode", SLOT_STATUS_CODE},
    {MACHINE_KEY, "validation", SLOT_VALIDATION},
    {MACHINE_KEY, "decryption", SLOT_DECRYPTION},
};

struct reading {
    const struct block *block;
    struct parse_env *env;
    const struct shape *shape;
    XML_Parser expat;
    size_t start;    /* of the document in the block: behind the mark of its encoding */
    const char *why; /* it was stopped by us, */
    long why_at;     /* here */
    u8 stack[LIMIT_NESTING];
    u32 depth, rule_depth; /* rule_depth: of the rule that is open, or 0 */
    struct arena arena;    /* of the event that is being made */
    struct event event;
    struct value *slots;
    VEC(struct value) inputs, patterns; /* of its conditions */
    struct arena around;                /* what these stand in */
    str location, site, application;
};

static void set(struct reading *r, enum slot slot, str text)
{
    r->slots[slot] = value_utf8(arena_str(&r->arena, text));
}

static void set_inherited(struct reading *r, enum slot slot, str text)
{
    if (text.n && r->slots[slot].type == VALUE_NONE)
        r->slots[slot] = value_utf8(text);
}

static const char *attribute(const char **list, const char *name)
{
    for (; *list; list += 2)
        if (strcmp(list[0], name) == 0)
            return list[1];
    return NULL;
}

/* An event for the tag that expat is at. */
static void event_begin(struct reading *r, const char **list, const char *name)
{
    struct place place = {0};
    const bool secret = attribute(list, "password") || attribute(list, "validationKey") ||
                        attribute(list, "decryptionKey");
    const size_t at = r->start + (size_t)XML_GetCurrentByteIndex(r->expat);
    const size_t n = secret ? 1 + strlen(name) : (size_t)XML_GetCurrentByteCount(r->expat);
    arena_reset(&r->arena);
    r->inputs.n = r->patterns.n = 0;
    r->slots = ARENA_ARRAY(&r->arena, struct value, SLOTS);
    r->event = (struct event){.shape = r->shape, .slots = r->slots, .time = TIME_NONE};
    r->event.record = XML_GetCurrentLineNumber(r->expat);
    r->event.off = block_place(r->block, &place, at);
    r->event.len = (u32)(block_place(r->block, &place, at + n) - r->event.off);
    r->event.raw = str_sub(r->block->data, at, at + n);
}

/* One value stands for itself, several are a list. */
static struct value list_of(struct value *items, size_t n)
{
    return n == 0   ? (struct value){.type = VALUE_NONE}
           : n == 1 ? items[0]
                    : (struct value){.type = VALUE_ARRAY, .n = (u32)n, .items = items};
}

static void event_end(struct reading *r)
{
    set_inherited(r, SLOT_LOCATION, r->location);
    set_inherited(r, SLOT_SITE, r->site);
    set_inherited(r, SLOT_APPLICATION, r->application);
    r->slots[SLOT_CONDITION_INPUT] = list_of(r->inputs.p, r->inputs.n);
    r->slots[SLOT_CONDITION_PATTERN] = list_of(r->patterns.p, r->patterns.n);
    r->env->sink.events(r->env->sink.arg, &r->event, 1);
}

static enum element element_of(const char *name, enum element around)
{
    for (size_t i = 0; i < COUNT(elements); i++)
        if ((elements[i].around >> around & 1) && strcmp(elements[i].name, name) == 0)
            return elements[i].element;
    return OTHER;
}

static void take_attributes(struct reading *r, enum element element, const char **list)
{
    for (size_t i = 0; i < COUNT(attributes); i++) {
        const char *const text =
            attributes[i].element == element ? attribute(list, attributes[i].name) : NULL;
        if (text)
            set(r, attributes[i].slot, str_from(text));
    }
}

/* Whether a key is set, and never which. */
static void take_key(struct reading *r, enum slot slot, const char *text)
{
    if (text)
        set(r, slot, str_istarts(str_from(text), S("AutoGenerate")) ? S("generated") : S("set"));
}

static void take_condition(struct reading *r, const char **list)
{
    const char *const input = attribute(list, "input"), *const pattern = attribute(list, "pattern");
    if (input)
        *VEC_PUSH(&r->inputs) = value_utf8(arena_str(&r->arena, str_from(input)));
    if (pattern)
        *VEC_PUSH(&r->patterns) = value_utf8(arena_str(&r->arena, str_from(pattern)));
}

static void begin_thing(struct reading *r, enum element element, enum element around,
                        const char *name, const char **list)
{
    const enum element of = element == ENTRY || element == RULE ? around : element;
    event_begin(r, list, name);
    set(r, SLOT_ELEMENT, str_from(words[of]));
    set(r, SLOT_OPERATION, element == ENTRY ? str_from(name) : S("add"));
    take_attributes(r, element, list);
    if (element == MACHINE_KEY) {
        take_key(r, SLOT_VALIDATION_KEY, attribute(list, "validationKey"));
        take_key(r, SLOT_DECRYPTION_KEY, attribute(list, "decryptionKey"));
    }
    if (element == RULE)
        r->rule_depth = r->depth;
    else
        event_end(r);
}

static str kept(struct reading *r, const char *text)
{
    return text ? arena_str(&r->around, str_from(text)) : STR_NONE;
}

static void stop(struct reading *r, const char *why)
{
    r->why = why;
    r->why_at = XML_GetCurrentByteIndex(r->expat);
    XML_StopParser(r->expat, XML_FALSE);
}

static void on_start(void *arg, const char *name, const char **list)
{
    struct reading *const r = arg;
    if (r->why)
        return;
    if (r->depth == LIMIT_NESTING) {
        stop(r, "elements nested deeper than any configuration has them");
        return;
    }
    const enum element around = r->depth ? (enum element)r->stack[r->depth - 1] : OTHER;
    const enum element element = element_of(name, around);
    r->stack[r->depth++] = (u8)element;
    if (r->rule_depth) { /* of a rule; anything else in it is none of IIS's doing */
        if (element == MATCH || element == ACTION)
            take_attributes(r, element, list);
        if (element == CONDITION)
            take_condition(r, list);
        return;
    }
    if (element == LOCATION)
        r->location = kept(r, attribute(list, "path"));
    if (element == SITE)
        r->site = kept(r, attribute(list, "name"));
    if (element == APPLICATION)
        r->application = kept(r, attribute(list, "path"));
    if (element == APPLICATION || element == DIRECTORY || element == ENTRY || element == RULE ||
        element == MACHINE_KEY)
        begin_thing(r, element, around, name, list);
}

static void on_end(void *arg, const char *name)
{
    struct reading *const r = arg;
    (void)name;
    if (r->why)
        return;
    if (r->depth == r->rule_depth) {
        event_end(r);
        r->rule_depth = 0;
    }
    const enum element element = (enum element)r->stack[--r->depth];
    if (r->rule_depth)
        return;
    if (element == LOCATION)
        r->location = STR_NONE;
    if (element == SITE)
        r->site = STR_NONE;
    if (element == APPLICATION)
        r->application = STR_NONE;
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public,
                       int internal)
{
    struct reading *const r = arg;
    (void)name, (void)system, (void)public, (void)internal;
    stop(r, "a document type definition, which no configuration has");
}

static void tell(const struct reading *r, size_t at, const char *what)
{
    struct place place = {0};
    const u64 off = block_place(r->block, &place, at);
    const struct damage damage = {
        .off = off,
        .lost = block_place(r->block, &place, r->block->data.n) - off,
        .what = what,
    };
    r->env->sink.damage(r->env->sink.arg, &damage);
}

static const struct shape *shape_for(struct parse_env *env)
{
    static const char *const names[SLOTS] = {
#define X(name, text) [SLOT_##name] = text,
        SLOTS_LIST(X)
#undef X
    };
    const str key = S("iis_config");
    const struct shape *const known = schema_find(env->schema, key);
    struct shape_field fields[SLOTS];
    for (i32 i = 0; i < SLOTS && !known; i++)
        fields[i] = (struct shape_field){intern_add(&env->schema->fields, str_from(names[i])), i};
    const struct shape_def def = {.kind = KIND_IIS_CONFIG,
                                  .event_id = -1,
                                  .fields = fields,
                                  .n_fields = SLOTS,
                                  .n_slots = SLOTS};
    return known ? known : schema_add(env->schema, key, &def);
}

static void *grow(void *p, size_t size)
{
    return mem_grow(p, size, 1);
}

static void read_all(struct reading *r, str text)
{
    static const XML_Memory_Handling_Suite memory = {mem_alloc, grow, mem_free};
    r->expat = XML_ParserCreate_MM("UTF-8", &memory, NULL); /* whatever the declaration says */
    XML_SetUserData(r->expat, r);
    XML_SetElementHandler(r->expat, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(r->expat, on_doctype);
    if (XML_Parse(r->expat, text.p, (int)text.n, XML_TRUE) != XML_STATUS_OK) {
        const enum XML_Error error = XML_GetErrorCode(r->expat);
        const long at = r->why ? r->why_at : XML_GetCurrentByteIndex(r->expat);
        tell(r, r->start + MIN((size_t)MAX(at, 0L), text.n),
             r->why                           ? r->why
             : error == XML_ERROR_NO_ELEMENTS ? "a configuration that ends within an element"
                                              : XML_ErrorString(error));
    }
    XML_ParserFree(r->expat);
}

static void iis_config_parse(const struct block *block, struct parse_env *env)
{
    struct reading r = {.block = block, .env = env, .shape = shape_for(env)};
    const bool is_whole = block->off == 0 && block->last && block->data.n <= LIMIT_CONFIG;
    r.start = str_starts(block->data, S("\xEF\xBB\xBF")) ? 3 : 0;
    if (is_whole)
        read_all(&r, str_sub(block->data, r.start, block->data.n));
    else
        tell(&r, 0, "of a configuration larger than any that IIS has");
    VEC_FREE(&r.inputs);
    VEC_FREE(&r.patterns);
    arena_release(&r.arena);
    arena_release(&r.around);
}

static size_t iis_config_cut(struct framing *framing, str in, bool eof, bool force)
{
    (void)framing;
    return eof || force || in.n > LIMIT_CONFIG ? in.n : 0;
}

/* A document whose first element is <configuration>. */
static int iis_config_bid(str head, str name)
{
    (void)name;
    if (str_starts(head, S("\xEF\xBB\xBF")))
        head = str_sub(head, 3, head.n);
    for (head = str_trim(head); head.n; head = str_trim(head)) {
        const bool comment = str_starts(head, S("<!--"));
        const size_t end = comment                     ? str_find(head, S("-->"))
                           : str_starts(head, S("<?")) ? str_find(head, S("?>"))
                                                       : SIZE_MAX;
        if (end == SIZE_MAX)
            break;
        head = str_sub(head, end + (comment ? 3 : 2), head.n);
    }
    const str root = S("<configuration");
    return str_starts(head, root) && head.n > root.n && memchr("> \t\r\n", head.p[root.n], 5)
               ? SURE_YES
               : SURE_NO;
}

const struct parser iis_config_parser = {
    .name = "iis_config",
    .bid = iis_config_bid,
    .cut = iis_config_cut,
    .parse = iis_config_parse,
};
