#include "engine/pipeline.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

/* No block more while those on their way hold this much a slot: records may be giants. */
#define IN_FLIGHT (2 * LIMIT_BLOCK)

/* A block with the memory that it stands in. Slots are used again: seq % n_slots. */
struct slot {
    struct pipeline_job job;
    struct buf data; /* the block, and while it is being filled what follows it */
    struct buf context, name;
    void *result;
    bool done;
};

struct pipeline {
    const struct pipeline_ops *ops;
    void *arg;
    u32 threads, started, n_slots;
    bool carve;
    struct slot *slots;
    u64 made, taken, merged; /* blocks so far: made ≥ taken ≥ merged */
    u64 in_flight;           /* bytes of blocks made and not merged */
    bool closed, merging;
    enum status status; /* of merge; a failure stops the run */
    struct err err;
    pthread_mutex_t lock;
    pthread_cond_t has_work, has_room;
    void *own_worker; /* with one thread */
};

/* What the visitor keeps of the source that is being read. */
struct feed {
    struct pipeline *pipe;
    const struct parser *parser;
    u32 source;
    struct arena arena; /* the name */
    str name;
    struct framing framing;
    struct slot *slot; /* the next to be submitted: bytes not yet cut are read into it */
    u64 off;           /* of these bytes in the source */
    size_t want;       /* they are shown to cut when there are so many */
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
        pthread_mutex_lock(&p->lock);
        if (status != OK) {
            p->status = status;
            p->err = err;
        }
        slot->done = false;
        p->in_flight -= slot->data.n;
        if (slot->data.cap > LIMIT_GIANT)
            buf_release(&slot->data);
        p->merged++;
        pthread_cond_broadcast(&p->has_room);
    }
    p->merging = false;
}

static void *run_worker(void *arg)
{
    struct pipeline *const p = arg;
    void *const worker = p->ops->worker_open(p->arg);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->taken == p->made && !p->closed)
            pthread_cond_wait(&p->has_work, &p->lock);
        if (p->taken == p->made)
            break;
        struct slot *const slot = &p->slots[p->taken++ % p->n_slots];
        pthread_mutex_unlock(&p->lock);
        slot->result = p->ops->work(worker, &slot->job);
        pthread_mutex_lock(&p->lock);
        slot->done = true;
        merge_ready(p);
    }
    pthread_mutex_unlock(&p->lock);
    p->ops->worker_close(p->arg, worker);
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
    p->in_flight += slot->data.n;
    enum status status = p->status;
    if (p->threads == 1) {
        p->taken++;
        pthread_mutex_unlock(&p->lock);
        slot->result = p->ops->work(p->own_worker, &slot->job);
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

static enum status feed_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct feed *const feed = arg;
    feed->parser = parser_for(head, info->name);
    if (!feed->parser && feed->pipe->carve)
        feed->parser = &raw_parser;
    feed->source = feed->pipe->ops->source_begin(feed->pipe->arg, info, feed->parser);
    arena_reset(&feed->arena);
    feed->name = arena_str(&feed->arena, info->name);
    buf_reset(&feed->framing.context);
    feed->framing.line = 0;
    memset(feed->framing.state, 0, sizeof feed->framing.state);
    feed->slot = free_slot(feed->pipe, 0);
    buf_reset(&feed->slot->data);
    feed->off = 0;
    feed->want = feed->parser ? MAX(LIMIT_BLOCK, feed->parser->min_block) : LIMIT_BLOCK;
    *cookie = feed;
    return OK;
}

/* Cut one block off what was read. False when more bytes are needed first. */
static bool cut_block(struct feed *feed, bool eof, enum status *status)
{
    struct pipeline *const p = feed->pipe;
    struct slot *const slot = feed->slot;
    const str all = buf_str(&slot->data);
    buf_reset(&slot->context);
    buf_add(&slot->context, buf_str(&feed->framing.context));
    slot->job = (struct pipeline_job){
        .source = feed->source,
        .parser = feed->parser,
        .block = {.off = feed->off, .line = feed->framing.line, .context = buf_str(&slot->context)},
    };
    memcpy(slot->job.block.state, feed->framing.state, sizeof feed->framing.state);
    const size_t n = feed->parser->cut(&feed->framing, all, eof, all.n >= LIMIT_RECORD);
    assert(n <= all.n);
    if (n == 0) {
        feed->want = MIN(all.n * 2, (size_t)LIMIT_RECORD);
        return false;
    }
    feed->slot = free_slot(p, 1);
    buf_reset(&feed->slot->data);
    buf_add(&feed->slot->data, str_sub(all, n, all.n));
    slot->data.n = n;
    feed->off += n;
    feed->want = MAX(LIMIT_BLOCK, feed->parser->min_block);
    buf_reset(&slot->name);
    buf_add(&slot->name, feed->name);
    slot->job.block.data = buf_str(&slot->data);
    slot->job.block.name = buf_str(&slot->name);
    slot->job.block.last = eof && feed->slot->data.n == 0;
    *status = submit(p, slot);
    return true;
}

/* Sources are read to where their blocks will stand. */
static char *feed_room(void *arg, void *cookie, size_t *n)
{
    struct feed *const feed = cookie;
    struct buf *const data = &feed->slot->data;
    if (!feed->parser || data->n >= feed->want)
        return NULL;
    *n = feed->want - data->n;
    (void)arg;
    return buf_reserve(data, *n);
}

static enum status feed_data(void *arg, void *cookie, str bytes)
{
    struct feed *const feed = cookie;
    enum status status = OK;
    if (!feed->parser)
        return OK; /* read on for the hash */
    while (bytes.n && status == OK) {
        struct buf *const data = &feed->slot->data;
        const size_t n = MIN(bytes.n, LIMIT_RECORD + LIMIT_BLOCK - data->n);
        if (data->n < data->cap && bytes.p == data->p + data->n)
            data->n += n;
        else
            buf_add(data, str_sub(bytes, 0, n));
        bytes = str_sub(bytes, n, bytes.n);
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
    while (feed->parser && feed->slot->data.n && status == OK)
        (void)cut_block(feed, true, &status);
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
    const struct evidence_options evidence = {.passwords = options->passwords,
                                              .n_passwords = options->n_passwords,
                                              .unhashed = options->unhashed};
    const struct evidence_visitor visitor = {
        .open = feed_open,
        .room = feed_room,
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
    arena_release(&feed.arena);
    return status;
}

static bool start(struct pipeline *p, pthread_t *threads)
{
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->has_work, NULL);
    pthread_cond_init(&p->has_room, NULL);
    p->n_slots = p->threads == 1 ? 2 : p->threads * 3 + 1;
    p->slots = mem_calloc(p->n_slots, sizeof *p->slots);
    for (u32 i = 0; i < p->n_slots; i++) {
        buf_init(&p->slots[i].data, LIMIT_RECORD + 2 * LIMIT_BLOCK);
        buf_init(&p->slots[i].context, LIMIT_RECORD);
        buf_init(&p->slots[i].name, LIMIT_RECORD);
    }
    if (p->threads == 1)
        p->own_worker = p->ops->worker_open(p->arg);
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
        p->ops->worker_close(p->arg, p->own_worker);
    for (u32 i = 0; i < p->n_slots; i++) {
        buf_release(&p->slots[i].data);
        buf_release(&p->slots[i].context);
        buf_release(&p->slots[i].name);
    }
    mem_free(p->slots);
    pthread_cond_destroy(&p->has_room);
    pthread_cond_destroy(&p->has_work);
    pthread_mutex_destroy(&p->lock);
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
