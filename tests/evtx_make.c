#include "evtx_make.h"

#include <string.h>

#include "base/crc32.h"
#include "base/cur.h"
#include "base/limits.h"
#include "parse/evtx/binxml.h"

static void put(struct evtx_make *m, const void *p, size_t n)
{
    buf_add(&m->chunk, (str){p, n});
}

static void put_int(struct evtx_make *m, u64 u, u32 n)
{
    u8 bytes[8];
    for (u32 i = 0; i < n; i++)
        bytes[i] = (u8)(u >> 8 * i);
    put(m, bytes, n);
}

static void store(void *at, u64 u, u32 n)
{
    for (u32 i = 0; i < n; i++)
        ((u8 *)at)[i] = (u8)(u >> 8 * i);
}

void make_u8(struct evtx_make *m, u8 u)
{
    put_int(m, u, 1);
}

void make_u16(struct evtx_make *m, u16 u)
{
    put_int(m, u, 2);
}

void make_u32(struct evtx_make *m, u32 u)
{
    put_int(m, u, 4);
}

void make_u64(struct evtx_make *m, u64 u)
{
    put_int(m, u, 8);
}

static void utf16(struct evtx_make *m, const char *text)
{
    for (; *text; text++)
        make_u16(m, (u8)*text);
}

/* Remember a place whose u32 is to be the number of bytes that follow it. */
static void open_size(struct evtx_make *m)
{
    assert(m->n_opened < COUNT(m->opened));
    m->opened[m->n_opened++] = (u32)m->chunk.n;
    make_u32(m, 0);
}

static void close_size(struct evtx_make *m)
{
    const u32 at = m->opened[--m->n_opened];
    store(m->chunk.p + at, m->chunk.n - at - 4, 4);
}

/* ---- file and chunks ---- */

void make_init(struct evtx_make *m)
{
    *m = (struct evtx_make){0};
    buf_init(&m->file, LIMIT_RECORD);
    buf_init(&m->chunk, EVTX_CHUNK);
    char *const p = buf_reserve(&m->file, EVTX_FILE_HEADER);
    m->file.n = EVTX_FILE_HEADER;
    memset(p, 0, EVTX_FILE_HEADER);
    memcpy(p, EVTX_FILE_SIGNATURE, EVTX_SIGNATURE_SIZE);
    store(p + 32, EVTX_FILE_HEADER_USED, 4);
    store(p + 36, 1, 2);
    store(p + 38, 3, 2);
    store(p + EVTX_FILE_HEADER_SIZE_AT, EVTX_FILE_HEADER, 2);
}

void make_release(struct evtx_make *m)
{
    buf_release(&m->file);
    buf_release(&m->chunk);
}

static void fill(struct buf *buf, size_t n)
{
    char *const p = buf_reserve(buf, n - buf->n);
    assert(p);
    memset(p, 0, n - buf->n);
    buf->n = n;
}

static void chunk_checksums(u8 *p)
{
    const u32 end = load_u32(p + EVTX_CHUNK_FREE_AT);
    if (end >= EVTX_CHUNK_HEADER && end <= EVTX_CHUNK)
        store(p + EVTX_CHUNK_DATA_CRC_AT,
              crc32_add(0, p + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER), 4);
    const u32 crc = crc32_add(0, p, EVTX_FLAGS_AT);
    store(p + EVTX_CRC_AT,
          crc32_add(crc, p + EVTX_CHUNK_STRINGS_AT, EVTX_CHUNK_HEADER - EVTX_CHUNK_STRINGS_AT), 4);
}

void make_checksums(u8 *file, size_t n)
{
    if (n >= EVTX_FILE_HEADER_USED)
        store(file + EVTX_CRC_AT, crc32_add(0, file, EVTX_FLAGS_AT), 4);
    for (size_t at = EVTX_FILE_HEADER; at + EVTX_CHUNK <= n; at += EVTX_CHUNK)
        chunk_checksums(file + at);
}

void make_chunk_end(struct evtx_make *m)
{
    if (m->chunk.n == 0)
        return;
    assert(m->n_opened == 0);
    const u32 end = (u32)m->chunk.n;
    fill(&m->chunk, EVTX_CHUNK);
    u8 *const p = (u8 *)m->chunk.p;
    memcpy(p, EVTX_CHUNK_SIGNATURE, EVTX_SIGNATURE_SIZE);
    store(p + 8, m->first_id, 8);
    store(p + 16, m->last_id, 8);
    store(p + 24, m->first_id, 8);
    store(p + 32, m->last_id, 8);
    store(p + 40, 128, 4);
    store(p + 44, m->last_record, 4);
    store(p + EVTX_CHUNK_FREE_AT, end, 4);
    chunk_checksums(p);
    buf_add(&m->file, buf_str(&m->chunk));
    buf_reset(&m->chunk);
    m->n_names = 0;
    m->standard = 0;
}

str make_file(struct evtx_make *m)
{
    make_chunk_end(m);
    const u64 chunks = (m->file.n - EVTX_FILE_HEADER) / EVTX_CHUNK;
    u8 *const p = (u8 *)m->file.p;
    store(p + 16, chunks ? chunks - 1 : 0, 8);
    store(p + 24, m->last_id + 1, 8);
    store(p + 42, chunks, 2);
    make_checksums(p, m->file.n);
    assert(!m->file.full);
    return buf_str(&m->file);
}

/* ---- records ---- */

void make_record(struct evtx_make *m, u64 id)
{
    if (m->chunk.n == 0) {
        fill(&m->chunk, EVTX_CHUNK_HEADER);
        m->first_id = id;
    }
    m->record = (u32)m->chunk.n;
    m->last_id = id;
    make_u32(m, EVTX_RECORD_MAGIC);
    make_u32(m, 0);
    make_u64(m, id);
    make_u64(m, MAKE_TIME + id * 10000000);
    make_fragment(m);
}

void make_record_end(struct evtx_make *m)
{
    make_eof(m);
    while ((m->chunk.n + 4 - m->record) % 8)
        make_u8(m, 0);
    const u32 size = (u32)m->chunk.n + 4 - m->record;
    make_u32(m, size);
    store(m->chunk.p + m->record + 4, size, 4);
    m->last_record = m->record;
}

/* ---- tokens ---- */

static void name(struct evtx_make *m, const char *text)
{
    for (u32 i = 0; i < m->n_names; i++)
        if (strcmp(m->names[i].text, text) == 0) {
            make_u32(m, m->names[i].at);
            return;
        }
    const u32 at = (u32)m->chunk.n + 4;
    make_u32(m, at);
    make_u32(m, 0);                 /* next in its chain */
    const size_t hash = m->chunk.n; /* only what is carved is held against it */
    make_u16(m, 0);
    make_u16(m, (u16)strlen(text));
    utf16(m, text);
    store(m->chunk.p + hash, binxml_hash(str_sub(buf_str(&m->chunk), hash + 4, m->chunk.n)), 2);
    make_u16(m, 0);
    assert(m->n_names < COUNT(m->names));
    m->names[m->n_names++] = (struct make_name){text, at};
}

void make_fragment(struct evtx_make *m)
{
    put(m, "\x0f\x01\x01\x00", 4);
}

void make_eof(struct evtx_make *m)
{
    make_u8(m, TOKEN_EOF);
}

void make_open(struct evtx_make *m, const char *text, bool has_attributes)
{
    make_u8(m, has_attributes ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN);
    if (m->depends)
        make_u16(m, 0xFFFF);
    open_size(m);
    name(m, text);
    if (has_attributes)
        open_size(m);
    else
        make_u8(m, TOKEN_CLOSE_START);
}

void make_attribute(struct evtx_make *m, const char *text)
{
    make_u8(m, TOKEN_ATTRIBUTE);
    name(m, text);
}

void make_attributes_end(struct evtx_make *m)
{
    close_size(m);
    make_u8(m, TOKEN_CLOSE_START);
}

void make_empty(struct evtx_make *m)
{
    close_size(m);
    make_u8(m, TOKEN_CLOSE_EMPTY);
    close_size(m);
}

void make_end(struct evtx_make *m)
{
    make_u8(m, TOKEN_END);
    close_size(m);
}

static void counted(struct evtx_make *m, const char *text)
{
    make_u16(m, (u16)strlen(text));
    utf16(m, text);
}

void make_text(struct evtx_make *m, const char *text)
{
    make_u8(m, TOKEN_VALUE);
    make_u8(m, TYPE_STRING);
    counted(m, text);
}

void make_cdata(struct evtx_make *m, const char *text)
{
    make_u8(m, TOKEN_CDATA);
    counted(m, text);
}

void make_char_ref(struct evtx_make *m, u16 unit)
{
    make_u8(m, TOKEN_CHAR_REF);
    make_u16(m, unit);
}

void make_entity(struct evtx_make *m, const char *text)
{
    make_u8(m, TOKEN_ENTITY_REF);
    name(m, text);
}

void make_instruction(struct evtx_make *m, const char *target, const char *data)
{
    make_u8(m, TOKEN_PI_TARGET);
    name(m, target);
    make_u8(m, TOKEN_PI_DATA);
    counted(m, data);
}

void make_sub(struct evtx_make *m, u16 index, u8 type, bool optional)
{
    make_u8(m, optional ? TOKEN_OPTIONAL_SUB : TOKEN_NORMAL_SUB);
    make_u16(m, index);
    make_u8(m, type);
}

void make_element(struct evtx_make *m, const char *text, const char *content)
{
    make_open(m, text, false);
    make_text(m, content);
    make_end(m);
}

void make_data(struct evtx_make *m, const char *text, u16 index, u8 type)
{
    make_open(m, "Data", text != NULL);
    if (text) {
        make_attribute(m, "Name");
        make_text(m, text);
        make_attributes_end(m);
    }
    make_sub(m, index, type, true);
    make_end(m);
}

/* ---- templates ---- */

u32 make_template(struct evtx_make *m, u32 id)
{
    const u32 at = (u32)m->chunk.n + 10;
    make_template_at(m, id, at);
    make_u32(m, 0);  /* next in its chain */
    make_u32(m, id); /* a GUID starts with the id */
    put(m, "made-by-test", 12);
    open_size(m);
    m->depends = true;
    make_fragment(m);
    return at;
}

void make_template_end(struct evtx_make *m)
{
    make_eof(m);
    close_size(m);
    m->depends = false;
}

void make_template_at(struct evtx_make *m, u32 id, u32 definition)
{
    make_u8(m, TOKEN_TEMPLATE);
    make_u8(m, 1);
    make_u32(m, id);
    make_u32(m, definition);
}

void make_values(struct evtx_make *m, u32 n)
{
    make_u32(m, n);
    m->values = (u32)m->chunk.n;
    m->n_values = 0;
    for (u32 i = 0; i < n; i++)
        make_u32(m, 0);
}

static void describe(struct evtx_make *m, u8 type, u32 n)
{
    char *const at = m->chunk.p + m->values + 4 * m->n_values++;
    store(at, n, 2);
    store(at + 2, type, 1);
}

void make_value(struct evtx_make *m, u8 type, const void *p, u32 n)
{
    describe(m, type, n);
    put(m, p, n);
}

void make_value_text(struct evtx_make *m, const char *text)
{
    describe(m, TYPE_STRING, 2 * (u32)strlen(text));
    utf16(m, text);
}

void make_value_u(struct evtx_make *m, u8 type, u64 u, u32 n)
{
    describe(m, type, n);
    put_int(m, u, n);
}

/* A nested fragment has values of its own, so where ours stand is kept with the place where this
 * one starts. */
void make_value_begin(struct evtx_make *m, u8 type)
{
    assert(m->n_opened + 3 < COUNT(m->opened));
    m->opened[m->n_opened++] = m->values;
    m->opened[m->n_opened++] = m->n_values | (u32)type << 16;
    m->opened[m->n_opened++] = (u32)m->chunk.n;
}

void make_value_end(struct evtx_make *m)
{
    const u32 start = m->opened[--m->n_opened], kept = m->opened[--m->n_opened];
    m->values = m->opened[--m->n_opened];
    m->n_values = kept & 0xFFFF;
    describe(m, (u8)(kept >> 16), (u32)m->chunk.n - start);
}

/* ---- the standard event ---- */

static void system_element(struct evtx_make *m, const char *text, u16 index, u8 type)
{
    make_open(m, text, false);
    make_sub(m, index, type, true);
    make_end(m);
}

static void system_attributes(struct evtx_make *m, const char *text, const char *a, u16 ia, u8 ta,
                              const char *b, u16 ib, u8 tb)
{
    make_open(m, text, true);
    make_attribute(m, a);
    make_sub(m, ia, ta, true);
    if (b) {
        make_attribute(m, b);
        make_sub(m, ib, tb, true);
    }
    make_empty(m);
}

static void standard_definition(struct evtx_make *m)
{
    m->standard = make_template(m, 0x11111111);
    make_open(m, "Event", true);
    make_attribute(m, "xmlns");
    make_text(m, "http://schemas.microsoft.com/win/2004/08/events/event");
    make_attributes_end(m);
    make_open(m, "System", false);
    make_open(m, "Provider", true);
    make_attribute(m, "Name");
    make_text(m, "Test-Provider");
    make_attribute(m, "Guid");
    make_text(m, "{00112233-4455-6677-8899-AABBCCDDEEFF}");
    make_empty(m);
    make_open(m, "EventID", true);
    make_attribute(m, "Qualifiers");
    make_sub(m, 1, TYPE_U16, true);
    make_attributes_end(m);
    make_sub(m, 0, TYPE_U16, true);
    make_end(m);
    system_element(m, "Level", 2, TYPE_U8);
    system_element(m, "Keywords", 3, TYPE_HEX64);
    system_attributes(m, "TimeCreated", "SystemTime", 4, TYPE_FILETIME, NULL, 0, 0);
    system_element(m, "EventRecordID", 5, TYPE_U64);
    system_attributes(m, "Correlation", "ActivityID", 6, TYPE_GUID, NULL, 0, 0);
    system_attributes(m, "Execution", "ProcessID", 7, TYPE_U32, "ThreadID", 8, TYPE_U32);
    make_element(m, "Channel", "Test/Operational");
    make_element(m, "Computer", "host.example");
    system_attributes(m, "Security", "UserID", 9, TYPE_SID, NULL, 0, 0);
    make_end(m);
    make_sub(m, 10, TYPE_BINXML, true);
    make_end(m);
    make_template_end(m);
}

void make_standard(struct evtx_make *m, u16 event_id)
{
    static const u8 sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    if (m->standard)
        make_template_at(m, 0x11111111, m->standard);
    else
        standard_definition(m);
    make_values(m, 11);
    make_value_u(m, TYPE_U16, event_id, 2);
    make_value(m, TYPE_NULL, NULL, 0);
    make_value_u(m, TYPE_U8, 4, 1);
    make_value_u(m, TYPE_HEX64, 0x8020000000000000u, 8);
    make_value_u(m, TYPE_FILETIME, MAKE_TIME + m->last_id * 10000000, 8);
    make_value_u(m, TYPE_U64, m->last_id, 8);
    make_value(m, TYPE_NULL, NULL, 0);
    make_value_u(m, TYPE_U32, 4321, 4);
    make_value_u(m, TYPE_U32, 8765, 4);
    make_value(m, TYPE_SID, sid, sizeof sid);
    make_value_begin(m, TYPE_BINXML);
    make_fragment(m);
}

void make_standard_end(struct evtx_make *m)
{
    make_eof(m);
    make_value_end(m);
}
