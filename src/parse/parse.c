#include "parse/parse.h"

#include "base/limits.h"

#define FORMAT(name) extern const struct parser name##_parser;
#include "parse/formats.def"
#undef FORMAT

const struct parser *const parsers[] = {
#define FORMAT(name) &name##_parser,
#include "parse/formats.def"
#undef FORMAT
    NULL,
};

const struct parser *parser_for(str head, str name)
{
    const struct parser *best = NULL;
    int sure = SURE_NO;
    for (size_t i = 0; parsers[i]; i++) {
        const int bid = parsers[i]->bid(str_sub(head, 0, PARSE_HEAD), name);
        if (bid > sure) {
            sure = bid;
            best = parsers[i];
        }
    }
    return best;
}

str damage_text(const struct damage *damage, struct arena *arena)
{
    if (!damage->found)
        return str_from(damage->what);
    char time[TIME_MAX];
    const bool timed = damage->time != TIME_NONE;
    return arena_printf(arena, "record %llu%s%s was found here and cannot be read: %s",
                        (unsigned long long)damage->record, timed ? " of " : "",
                        timed ? time_format(damage->time, time) : "", damage->what);
}

struct parse_memo *parse_memo_find(const struct parse_env *env, const void *owner)
{
    struct parse_memo *memo = env->memos;
    while (memo && memo->owner != owner)
        memo = memo->next;
    return memo;
}

void parse_memo_add(struct parse_env *env, struct parse_memo *memo, const void *owner,
                    void (*free_memo)(struct parse_memo *memo))
{
    memo->owner = owner;
    memo->free = free_memo;
    memo->next = env->memos;
    env->memos = memo;
}

void parse_env_release(struct parse_env *env)
{
    for (struct parse_memo *memo = env->memos, *next; memo; memo = next) {
        next = memo->next;
        memo->free(memo);
    }
    env->memos = NULL;
}

/* Of n bytes of UTF-8 that were made of UTF-16, how many bytes that was. Whatever was no UTF-16 is
 * U+FFFD here, of one unit as it was there. */
static u64 wide_length(const char *p, size_t n)
{
    u64 units = 0;
    for (size_t i = 0; i < n; i++)
        units += ((u8)p[i] & 0xC0) != 0x80 ? 1 + ((u8)p[i] >= 0xF0) : 0;
    return 2 * units;
}

u64 block_place(const struct block *block, struct place *known, size_t at)
{
    if (!block->wide)
        return block->off + at;
    const char *const p = block->data.p;
    if (at >= known->at)
        known->off += wide_length(p + known->at, at - known->at);
    else
        known->off -= wide_length(p + at, known->at - at);
    known->at = at;
    return block->off + known->off;
}

void framing_start(struct framing *framing)
{
    buf_reset(&framing->context);
    framing->line = 0;
    memset(framing->state, 0, sizeof framing->state);
}

void block_before(struct block *block, const struct framing *framing, struct buf *context)
{
    buf_reset(context);
    buf_add(context, buf_str(&framing->context));
    block->context = buf_str(context);
    block->line = framing->line;
}

void parse_memory(const struct parser *parser, str data, str name, size_t block_size,
                  struct parse_env *env)
{
    struct framing framing = {.carve = env->carve}, own = {0}, carried = {0};
    struct buf context;
    buf_init(&framing.context, LIMIT_RECORD);
    buf_init(&own.context, LIMIT_RECORD);
    buf_init(&carried.context, LIMIT_RECORD);
    buf_init(&context, LIMIT_RECORD);
    size_t at = 0, want = MAX(block_size, parser->min_block);
    while (at < data.n) {
        const bool eof = want >= data.n - at;
        const bool force = want >= LIMIT_RECORD;
        struct block block = {.off = at, .name = name};
        block_before(&block, parser->look ? &carried : &framing, &context);
        memcpy(block.state, framing.state, sizeof block.state);
        const size_t n =
            parser->cut(&framing, str_sub(data, at, eof ? data.n : at + want), eof, force);
        if (n == 0) {
            want *= 2;
            continue;
        }
        block.data = str_sub(data, at, at + n);
        at += n;
        block.last = at == data.n;
        if (parser->look && !block.last) {
            framing_start(&own);
            parser->look(&block, &own);
            parser->carry(&carried, &own);
        }
        parser->parse(&block, env);
        want = MAX(block_size, parser->min_block);
    }
    buf_release(&framing.context);
    buf_release(&own.context);
    buf_release(&carried.context);
    buf_release(&context);
}
