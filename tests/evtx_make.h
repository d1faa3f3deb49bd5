/* evtx_make.h: writes small EVTX files, for tests and as seeds of the fuzzer. Everything is written as it stands in a real
 * file (names and template definitions inline at first use, sizes, checksums), token by token, so that a test can also
 * write what no Windows would: take what make_file gives and change bytes, or write tokens in a wrong order.
 *
 *   struct evtx_make m;
 *   make_init(&m);
 *   make_record(&m, 1);  make_standard(&m, 4624);
 *       make_open(&m, "EventData", false); … make_end(&m);
 *   make_standard_end(&m);  make_record_end(&m);
 *   const str file = make_file(&m);  …  make_release(&m); */
#ifndef TESTS_EVTX_MAKE_H
#define TESTS_EVTX_MAKE_H

#include "base/buf.h"
#include "parse/evtx/evtx_format.h"

struct make_name {
    const char *text;
    u32 at;
};

struct evtx_make {
    struct buf file; /* file header and finished chunks */
    struct buf chunk;
    struct make_name names[128]; /* of the chunk */
    u32 n_names;
    u32 opened[64]; /* places of sizes to be filled in */
    u32 n_opened;
    u32 record, last_record; /* offsets in the chunk */
    u32 values,
        n_values; /* where the sizes of the instance being written stand, and how many are done */
    u32 standard; /* offset of the standard template's definition, 0 if the chunk has none yet */
    u64 first_id, last_id; /* of the chunk */
    bool depends;          /* elements get a dependency id: inside a definition */
};

void make_init(struct evtx_make *m);
void make_release(struct evtx_make *m);
void make_chunk_end(struct evtx_make *m); /* the next record starts a new chunk */
str make_file(
    struct evtx_make *m); /* ends the chunk and gives the whole file; lives until make_release */
void make_checksums(u8 *file, size_t n); /* put right what a change of bytes has made wrong */

void make_record(struct evtx_make *m, u64 id);
void make_record_end(struct evtx_make *m);

/* The Event and System that Windows writes, as an instance of a template with the event id in a slot, and what
 * comes next as the nested fragment that holds EventData or UserData. Times and ids follow from the record id. */
void make_standard(struct evtx_make *m, u16 event_id);
void make_standard_end(struct evtx_make *m);

/* Tokens. Names and texts are ASCII here. */
void make_fragment(struct evtx_make *m);
void make_open(struct evtx_make *m, const char *name,
               bool has_attributes);                        /* "<name", then make_attribute… */
void make_attribute(struct evtx_make *m, const char *name); /* then its text or substitution */
void make_attributes_end(
    struct evtx_make *m); /* ">" of an element with attributes; without them make_open writes it */
void make_empty(struct evtx_make *m); /* "/>" in its place */
void make_end(struct evtx_make *m);   /* "</name>" */
void make_text(struct evtx_make *m, const char *text);
void make_cdata(struct evtx_make *m, const char *text);
void make_char_ref(struct evtx_make *m, u16 unit);
void make_entity(struct evtx_make *m, const char *name);
void make_instruction(struct evtx_make *m, const char *target, const char *data);
void make_sub(struct evtx_make *m, u16 index, u8 type, bool optional);
void make_eof(struct evtx_make *m);
void make_element(struct evtx_make *m, const char *name, const char *text); /* <name>text</name> */
void make_data(struct evtx_make *m, const char *name, u16 index,
               u8 type); /* <Data Name="…">sub</Data> */

/* An instance of a template: either its definition is written (between begin and end), or it is at an offset known
 * from before. Then values, as many as announced. A value may be written by tokens, between begin and end. */
u32 make_template(struct evtx_make *m, u32 id); /* gives the offset of the definition */
void make_template_end(struct evtx_make *m);
void make_template_at(struct evtx_make *m, u32 id, u32 definition);
void make_values(struct evtx_make *m, u32 n);
void make_value(struct evtx_make *m, u8 type, const void *p, u32 n);
void make_value_text(struct evtx_make *m, const char *text);
void make_value_u(struct evtx_make *m, u8 type, u64 u, u32 n);
void make_value_begin(struct evtx_make *m, u8 type);
void make_value_end(struct evtx_make *m);

void make_u8(struct evtx_make *m, u8 u);
void make_u16(struct evtx_make *m, u16 u);
void make_u32(struct evtx_make *m, u32 u);
void make_u64(struct evtx_make *m, u64 u);

#define MAKE_TIME 132601776107750000u /* FILETIME of record 0; each record is a second later */

#endif
