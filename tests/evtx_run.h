/* evtx_run.h: for the tests of the EVTX reader: a run of it over a file held in memory, kept as text, and small
 * records to put into such files. An event is one line: "id Name=text Name=[text|text] Name=(null) …". */
#ifndef TESTS_EVTX_RUN_H
#define TESTS_EVTX_RUN_H

#include "evtx_make.h"
#include "parse/evtx/evtx.h"

struct evtx_run {
    struct buf text; /* a line an event */
    size_t events, damages;
    bool carve;          /* carved events stand with a ~ before the line, records that were found as "!id what" at the end */
    struct buf told;
    bool only_normal; /* carved events and records that were found are but counted */
    size_t carved;
    struct damage first; /* damage */
    u64 last_off;
    str file;
    struct schema schema;
    struct arena arena, scratch;
    struct intern fields;
};

void evtx_run_init(struct evtx_run *r);
void evtx_run_release(struct evtx_run *r);
void evtx_run_file(struct evtx_run *r, const struct parser *parser, str file,
                   size_t block); /* text is added to what is there */
void evtx_run_damage(void *arg,
                     const struct damage *damage); /* a sink's function: arg is the run */

/* Both ways of reading, in small and large blocks, give the same; that is left in *r, which need not be
 * initialised. */
void evtx_run_all_ways(struct evtx_run *r, str file);

/* The whole file gives these events and no damage; or one damage with this text. Both end in make_release. When the
 * environment has LEADLINE_SEEDS, the file is also kept in that folder under a number and the name of the test or damage, without the
 * zeros at its end: that is where fuzz/corpus/evtx comes from. */
#define expect(m, text) evtx_expect(__func__, m, text)
void evtx_expect(const char *test, struct evtx_make *m, const char *text);
void expect_damage(struct evtx_make *m, str file, const char *what, const char *text);

/* Only keep it. */
void evtx_keep_seed(const char *name, str file);

/* A record without a template: <Event><System><EventID>7</EventID></System>, and more to come before plain_end. */
void plain_begin(struct evtx_make *m, u64 id);
void plain_end(struct evtx_make *m);
void plain(struct evtx_make *m, u64 id); /* both */

/* A record of one template of its own: the content of its Event is to be written before own_values.
 *  */
void own_begin(struct evtx_make *m, u64 id);
void own_values(struct evtx_make *m, u32 n);

#endif
