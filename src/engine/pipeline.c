#include "engine/pipeline.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf.h"

/* No block more while those on their way hold this much a slot: records may be giants. */
#define IN_FLIGHT (2 * LIMIT_BLOCK)

#define WIDE_PIECE ((size_t)64 << 10) /* bytes of UTF-16 that become UTF-8 at once */

/* A block with the memory that it stands in. Slots are used again: seq % n_slots. */
struct slot {
    struct pipeline_job job;
    struct buf data; /* the block, and while it is being filled what follows it */
    struct buf context, name;
    void *result;
    bool done;
};

struct worker {
    void *state;        /* what worker_open gave */
    struct framing own; /* what look found in a block */
};

struct pipeline {
    const struct pipeline_ops *ops;
    void *arg;
    u32 threads, started, n_slots;
    bool carve;
    struct slot *slots;
    u64 made, taken, carried, merged; /* blocks so far: made ≥ taken ≥ carried ≥ merged */
    u64 in_flight;                    /* bytes of blocks made and not merged */
    bool closed, merging;
    enum status status; /* of merge; a failure stops the run */
    struct err err;
    pthread_mutex_t lock;
    pthread_cond_t has_work, has_turn, has_room;
    struct framing framing; /* carry's, of the source that the next block to be carried is of; it is
                               that block's worker's alone */
    struct worker own;      /* with one thread */
};

/* What the visitor keeps of the source that is being read. */
struct feed {
    struct pipeline *pipe;
    const struct parser *parser;
    u32 source;
    struct arena arena; /* the name */
    str name;
    struct framing framing;
    enum utf16_order order; /* text in UTF-16 is handed on as UTF-8 */
    struct buf raw;         /* of it, what is not a whole character yet */
    struct slot *slot;      /* the next to be submitted: bytes not yet cut are read into it … */
    struct map *map;        /* … or stand here, when it is not NULL: */
    str pending;
    u64 off;     /* of these bytes in the source */
    size_t want; /* they are shown to cut when there are so many */
};

/* Merge every result that is next in order. Called with the lock held; one thread at a time does
 * it. */
static void merge_ready(struct pipeline *p)
{
    if (p->merging)
        return;
    p->merging = true;
    while (p->merged < p->taken && p->slots[p->merged % p->n_slots].done) {
        struct slot *const slot = &p->slots[p->merged % p->n_slots];
        const bool failed = p->status != OK;
        pthread_mutex_unlock(&p->lock);
        struct err err = {0};
        enum status status = OK;
        if (failed)
            p->ops->drop(p->arg, slot->result);
        else
            status = p->ops->merge(p->arg, slot->result, &err);
        if (slot->job.map)
            map_done(slot->job.map, slot->job.block.data);
        map_unref(slot->job.map);
        if (slot->data.cap > LIMIT_GIANT)
            buf_release(&slot->data);
        pthread_mutex_lock(&p->lock);
        if (status != OK) {
            p->status = status;
            p->err = err;
        }
        slot->done = false;
        p->in_flight -= slot->job.block.data.n;
        p->merged++;
        if (p->made - p->merged <= p->n_slots / 2) /* not for one block at a time */
            pthread_cond_broadcast(&p->has_room);
    }
    p->merging = false;
}

/* Between look and parse: the block learns of those before it, and those behind it of this one. */
static void carry(struct pipeline *p, struct slot *slot, const struct framing *own)
{
    const struct parser *const parser = slot->job.parser;
    if (!parser->look)
        return;
    if (slot->job.block.off == 0)
        framing_start(&p->framing);
    block_before(&slot->job.block, &p->framing, &slot->context);
    if (!slot->job.block.last)
        parser->carry(&p->framing, own);
}

/* The block that was taken as number `seq` becomes a result. Blocks are looked at all at once, and
 * wait for each other only to be carried: those before this one are on their way through here, and
 * none of them waits for one behind it. */
static void work(struct pipeline *p, struct worker *worker, struct slot *slot, u64 seq)
{
    const struct pipeline_job *const job = &slot->job;
    framing_start(&worker->own);
    if (job->parser->look && !job->block.last)
        job->parser->look(&job->block, &worker->own);
    pthread_mutex_lock(&p->lock);
    while (p->carried != seq)
        pthread_cond_wait(&p->has_turn, &p->lock);
    pthread_mutex_unlock(&p->lock);
    carry(p, slot, &worker->own);
    pthread_mutex_lock(&p->lock);
    p->carried++;
    pthread_cond_broadcast(&p->has_turn);
    pthread_mutex_unlock(&p->lock);
    if (worker->own.context.cap > LIMIT_GIANT)
        buf_release(&worker->own.context);
    slot->result = p->ops->work(worker->state, job);
}

static void worker_start(struct pipeline *p, struct worker *worker)
{
    *worker = (struct worker){.state = p->ops->worker_open(p->arg)};
    buf_init(&worker->own.context, LIMIT_RECORD);
}

static void worker_end(struct pipeline *p, struct worker *worker)
{
    p->ops->worker_close(p->arg, worker->state);
    buf_release(&worker->own.context);
}

static void *run_worker(void *arg)
{
    struct pipeline *const p = arg;
    struct worker worker;
    worker_start(p, &worker);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->taken == p->made && !p->closed)
            pthread_cond_wait(&p->has_work, &p->lock);
        if (p->taken == p->made)
            break;
        const u64 seq = p->taken++;
        struct slot *const slot = &p->slots[seq % p->n_slots];
        pthread_mutex_unlock(&p->lock);
        work(p, &worker, slot, seq);
        pthread_mutex_lock(&p->lock);
        slot->done = true;
        merge_ready(p);
    }
    pthread_mutex_unlock(&p->lock);
    worker_end(p, &worker);
    return NULL;
}

/* The slot that comes `ahead` after the ones submitted, once it is free. */
static struct slot *free_slot(struct pipeline *p, u32 ahead)
{
    pthread_mutex_lock(&p->lock);
    while (p->made + ahead - p->merged >= p->n_slots ||
           (p->in_flight > p->n_slots * IN_FLIGHT && p->made > p->merged))
        pthread_cond_wait(&p->has_room, &p->lock);
    struct slot *const slot = &p->slots[(p->made + ahead) % p->n_slots];
    pthread_mutex_unlock(&p->lock);
    return slot;
}

static enum status submit(struct pipeline *p, struct slot *slot)
{
    pthread_mutex_lock(&p->lock);
    p->made++;
    p->in_flight += slot->job.block.data.n;
    enum status status = p->status;
    if (p->threads == 1) {
        const u64 seq = p->taken++;
        pthread_mutex_unlock(&p->lock);
        work(p, &p->own, slot, seq);
        pthread_mutex_lock(&p->lock);
        slot->done = true;
        merge_ready(p);
        status = p->status;
    } else {
        pthread_cond_signal(&p->has_work);
    }
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* Readers know UTF-8 alone. */
static str readable_head(struct feed *feed, str head)
{
    struct buf text;
    if (feed->order == UTF16_NONE)
        return head;
    buf_init(&text, 2 * EVIDENCE_HEAD);
    (void)utf16_append(&text, head, feed->order, false);
    head = arena_str(&feed->arena, buf_str(&text));
    buf_release(&text);
    return head;
}

static enum status feed_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct feed *const feed = arg;
    arena_reset(&feed->arena);
    feed->order = utf16_order(head);
    feed->parser = parser_for(readable_head(feed, head), info->name);
    if (!feed->parser && feed->pipe->carve) {
        feed->parser = &raw_parser;
        feed->order = UTF16_NONE;
    }
    feed->source = feed->pipe->ops->source_begin(feed->pipe->arg, info, head, feed->parser);
    buf_reset(&feed->raw);
    feed->name = arena_str(&feed->arena, info->name);
    framing_start(&feed->framing);
    feed->slot = free_slot(feed->pipe, 0);
    buf_reset(&feed->slot->data);
    feed->map = NULL;
    feed->off = 0;
    feed->want = feed->parser ? MAX(LIMIT_BLOCK, feed->parser->min_block) : LIMIT_BLOCK;
    *cookie = feed;
    return OK;
}

/* What was read and not yet cut. */
static str uncut(const struct feed *feed)
{
    return feed->map ? feed->pending : buf_str(&feed->slot->data);
}

/* The first n of the uncut bytes are the slot's block; the others wait for the next one. */
static void take_block(struct feed *feed, size_t n)
{
    struct slot *const slot = feed->slot;
    const str all = uncut(feed);
    slot->job.block.data = str_sub(all, 0, n);
    feed->slot = free_slot(feed->pipe, 1);
    buf_reset(&feed->slot->data);
    if (feed->map)
        slot->job.map = map_ref(feed->map);
    else
        buf_add(&feed->slot->data, str_sub(all, n, all.n));
    feed->pending = str_sub(all, n, all.n);
}

/* Cut one block off what was read. False when more bytes are needed first. */
static bool cut_block(struct feed *feed, bool eof, enum status *status)
{
    struct pipeline *const p = feed->pipe;
    struct slot *const slot = feed->slot;
    const str all = uncut(feed);
    slot->job = (struct pipeline_job){
        .source = feed->source,
        .parser = feed->parser,
        .block = {.off = feed->off, .wide = feed->order != UTF16_NONE},
    };
    block_before(&slot->job.block, &feed->framing, &slot->context);
    memcpy(slot->job.block.state, feed->framing.state, sizeof feed->framing.state);
    const size_t n = feed->parser->cut(&feed->framing, all, eof, all.n >= LIMIT_RECORD);
    assert(n <= all.n);
    if (n == 0) {
        feed->want = MIN(all.n * 2, (size_t)LIMIT_RECORD);
        return false;
    }
    take_block(feed, n);
    feed->off = block_place(&slot->job.block, &(struct place){0}, n);
    feed->want = MAX(LIMIT_BLOCK, feed->parser->min_block);
    buf_reset(&slot->name);
    buf_add(&slot->name, feed->name);
    slot->job.block.name = buf_str(&slot->name);
    slot->job.block.last = eof && uncut(feed).n == 0;
    *status = submit(p, slot);
    return true;
}

/* Sources are read to where their blocks will stand. */
static char *feed_room(void *arg, void *cookie, size_t *n)
{
    struct feed *const feed = cookie;
    struct buf *const data = &feed->slot->data;
    if (!feed->parser || feed->map || data->n >= feed->want || feed->order != UTF16_NONE)
        return NULL;
    *n = feed->want - data->n;
    (void)arg;
    return buf_reserve(data, *n);
}

static void feed_mapped(void *arg, void *cookie, struct map *map)
{
    struct feed *const feed = cookie;
    (void)arg;
    if (!feed->parser || feed->order != UTF16_NONE)
        return; /* what comes is turned into something else */
    feed->map = map_ref(map);
    feed->pending = str_sub(map_bytes(map), 0, 0);
}

/* From here on bytes are read: what is uncut goes where they will stand. */
static void leave_map(struct feed *feed)
{
    buf_add(&feed->slot->data, feed->pending);
    map_unref(feed->map);
    feed->map = NULL;
}

/* Some of the bytes, to where the next block stands. Gives how many. */
static size_t take_bytes(struct feed *feed, str bytes)
{
    struct buf *const data = &feed->slot->data;
    size_t n = MIN(bytes.n, LIMIT_RECORD + LIMIT_BLOCK - data->n);
    if (feed->order != UTF16_NONE) {
        n = MIN(n, WIDE_PIECE);
        buf_add(&feed->raw, str_sub(bytes, 0, n));
        const str raw = buf_str(&feed->raw);
        const size_t used = utf16_append(data, raw, feed->order, false);
        memmove(feed->raw.p, raw.p + used, raw.n - used);
        feed->raw.n = raw.n - used;
    } else if (data->n < data->cap && bytes.p == data->p + data->n) {
        data->n += n;
    } else {
        buf_add(data, str_sub(bytes, 0, n));
    }
    return n;
}

static enum status feed_data(void *arg, void *cookie, str bytes)
{
    struct feed *const feed = cookie;
    enum status status = OK;
    if (!feed->parser)
        return OK; /* read on for the hash */
    if (feed->map && bytes.p == feed->pending.p + feed->pending.n) {
        feed->pending.n += bytes.n;
        while (status == OK && feed->pending.n >= feed->want && cut_block(feed, false, &status))
            continue;
        return status;
    }
    if (feed->map)
        leave_map(feed);
    while (bytes.n && status == OK) {
        bytes = str_sub(bytes, take_bytes(feed, bytes), bytes.n);
        while (status == OK && feed->slot->data.n >= feed->want && cut_block(feed, false, &status))
            continue;
    }
    (void)arg;
    return status;
}

static enum status run_status(struct pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    const enum status status = p->status;
    pthread_mutex_unlock(&p->lock);
    return status;
}

static enum status feed_close(void *arg, void *cookie, const struct source_result *result)
{
    struct feed *const feed = cookie;
    enum status status = run_status(
        feed->pipe); /* a source that a failure broke off is closed, and not cut further */
    (void)utf16_append(&feed->slot->data, buf_str(&feed->raw), feed->order, true);
    while (feed->parser && uncut(feed).n && status == OK)
        (void)cut_block(feed, true, &status);
    map_unref(feed->map);
    feed->map = NULL;
    feed->pipe->ops->source_end(feed->pipe->arg, feed->source, result);
    (void)arg;
    return status;
}

static void feed_input(void *arg, const struct evidence_input *input)
{
    struct pipeline *const p = ((struct feed *)arg)->pipe;
    p->ops->input(p->arg, input);
}

static void feed_refused(void *arg, str name, enum refusal refusal, const char *why)
{
    struct pipeline *const p = ((struct feed *)arg)->pipe;
    p->ops->refused(p->arg, name, refusal_text(refusal), why);
}

static void feed_damage(void *arg, str name, u64 off, const char *what)
{
    struct pipeline *const p = ((struct feed *)arg)->pipe;
    p->ops->damage(p->arg, name, off, what);
}

static void feed_progress(void *arg, u64 bytes)
{
    struct pipeline *const p = ((struct feed *)arg)->pipe;
    p->ops->progress(p->arg, bytes);
}

static enum status read_all(struct pipeline *p, const struct pipeline_options *options,
                            struct err *err)
{
    struct feed feed = {.pipe = p, .framing.carve = p->carve};
    buf_init(&feed.framing.context, LIMIT_RECORD);
    buf_init(&feed.raw, 2 * WIDE_PIECE);
    const struct evidence_options evidence = {.passwords = options->passwords,
                                              .n_passwords = options->n_passwords,
                                              .unhashed = options->unhashed};
    const struct evidence_visitor visitor = {
        .open = feed_open,
        .room = feed_room,
        .mapped = feed_mapped,
        .data = feed_data,
        .close = feed_close,
        .input = feed_input,
        .refused = feed_refused,
        .damage = feed_damage,
        .progress = feed_progress,
        .arg = &feed,
    };
    const enum status status =
        evidence_read(options->paths, options->n_paths, &evidence, &visitor, err);
    buf_release(&feed.framing.context);
    buf_release(&feed.raw);
    arena_release(&feed.arena);
    return status;
}

static bool start(struct pipeline *p, pthread_t *threads)
{
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->has_work, NULL);
    pthread_cond_init(&p->has_turn, NULL);
    pthread_cond_init(&p->has_room, NULL);
    buf_init(&p->framing.context, LIMIT_RECORD);
    p->n_slots = p->threads == 1 ? 2 : p->threads * 3 + 1;
    p->slots = mem_calloc(p->n_slots, sizeof *p->slots);
    for (u32 i = 0; i < p->n_slots; i++) {
        buf_init(&p->slots[i].data, LIMIT_RECORD + 2 * LIMIT_BLOCK);
        buf_init(&p->slots[i].context, LIMIT_RECORD);
        buf_init(&p->slots[i].name, LIMIT_RECORD);
    }
    if (p->threads == 1)
        worker_start(p, &p->own);
    while (p->threads > 1 && p->started < p->threads &&
           pthread_create(&threads[p->started], NULL, run_worker, p) == 0)
        p->started++;
    return p->threads == 1 ||
           p->started > 0; /* with fewer than were asked for it only takes longer */
}

static void stop(struct pipeline *p, pthread_t *threads)
{
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_broadcast(&p->has_work);
    pthread_mutex_unlock(&p->lock);
    for (u32 i = 0; i < p->started; i++)
        pthread_join(threads[i], NULL);
    if (p->threads == 1)
        worker_end(p, &p->own);
    buf_release(&p->framing.context);
    for (u32 i = 0; i < p->n_slots; i++) {
        buf_release(&p->slots[i].data);
        buf_release(&p->slots[i].context);
        buf_release(&p->slots[i].name);
    }
    mem_free(p->slots);
    pthread_cond_destroy(&p->has_room);
    pthread_cond_destroy(&p->has_turn);
    pthread_cond_destroy(&p->has_work);
    pthread_mutex_destroy(&p->lock);
}

void pipeline_parse(const struct pipeline_job *job, struct parse_env *env)
{
    const struct block *const block = &job->block;
    u64 at;
    job->parser->parse(block, env);
    if (!job->map || !map_torn(job->map, &at) || at >= block->off + block->data.n)
        return;
    at = MAX(at, block->off);
    const struct damage damage = {.off = at,
                                  .lost = block->off + block->data.n - at,
                                  .what = "the file became shorter, or its disk failed, meanwhile"};
    env->sink.damage(env->sink.arg, &damage);
}

enum status pipeline_run(const struct pipeline_options *options, const struct pipeline_ops *ops,
                         void *arg, struct err *err)
{
    struct pipeline p = {
        .ops = ops, .arg = arg, .threads = options->threads, .carve = options->carve};
    pthread_t *const threads = mem_calloc(options->threads, sizeof *threads);
    struct err detail = {0};
    enum status status =
        start(&p, threads)
            ? read_all(&p, options, &detail)
            : err_set(&detail, ERR_LIMIT, "the system starts no thread: try --threads 1");
    stop(&p, threads);
    mem_free(threads);
    if (p.status != OK) {
        status = p.status;
        detail = p.err;
    }
    if (status != OK && err)
        *err = detail;
    return status;
}
