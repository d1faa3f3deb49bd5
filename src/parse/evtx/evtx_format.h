/* evtx_format.h: the numbers of the EVTX format. docs/formats/evtx.md has the same tables with their sources: change both.
 *
 *   file header, 4096 bytes                    chunk header, 512 bytes; chunks are 65536 bytes each
 *   OFFSET SIZE                                OFFSET SIZE
 *      0     8  "ElfFile\0"                       0     8  "ElfChnk\0"
 *      8     8  first chunk                       8    16  first and last record number
 *     16     8  last chunk                       24    16  first and last record id
 *     24     8  next record id                   40     4  size of this header (128)
 *     32     4  size of the used part (128)      44     4  offset of the last record
 *     36     4  minor, major version             48     4  offset of the free space
 *     40     2  size of this block (4096)        52     4  CRC32 of 512 … free space
 *     42     2  number of chunks                120     4  flags
 *    120     4  flags                           124     4  CRC32 of 0 … 119 and 128 … 511
 *    124     4  CRC32 of 0 … 119                128   256  offsets of common strings (64)
 *                                               384   128  offsets of templates (32)
 *   record                                      512        records
 *      0     4  0x00002a2a
 *      4     4  size of the record             name                          template definition
 *      8     8  EventRecordID                     0     4  next in its chain     0     4  next in its chain
 *     16     8  FILETIME                          4     2  hash                  4    16  GUID
 *     24        binary XML                        6     2  characters           20     4  size of what follows
 *   size-4   4  size once more                    8        UTF-16LE, NUL        24        binary XML */
#ifndef PARSE_EVTX_EVTX_FORMAT_H
#define PARSE_EVTX_EVTX_FORMAT_H

#include "base/base.h"

#define EVTX_FILE_SIGNATURE  "ElfFile" /* with its NUL: 8 bytes */
#define EVTX_CHUNK_SIGNATURE "ElfChnk"
#define EVTX_SIGNATURE_SIZE  8

enum {
    EVTX_FILE_HEADER = 4096,
    EVTX_FILE_HEADER_USED = 128,
    EVTX_FILE_HEADER_SIZE_AT = 40,
    EVTX_FLAGS_AT = 120, /* in both headers */
    EVTX_CRC_AT = 124,   /* in both headers */
    EVTX_NO_CRC = 4,     /* flag in both headers: checksums are not kept */

    EVTX_CHUNK = 65536,
    EVTX_CHUNK_HEADER = 512,
    EVTX_CHUNK_HEADER_USED = 128,
    EVTX_CHUNK_USED_AT = 40,
    EVTX_CHUNK_FREE_AT = 48,
    EVTX_CHUNK_DATA_CRC_AT = 52,
    EVTX_CHUNK_STRINGS_AT = 128,

    EVTX_RECORD_MAGIC = 0x2a2a,
    EVTX_RECORD_HEADER = 24,
    EVTX_RECORD_LEAST = EVTX_RECORD_HEADER + 4, /* with its trailing size */

    EVTX_NAME_HEADER = 8,
    EVTX_NAME_HASH_AT = 4, /* hash * 65599 + unit, its lower half */
    EVTX_NAME_CHARS_AT = 6,
    EVTX_NAME_MOST =
        1024, /* characters of an element's or attribute's name; real ones stay under 100 */

    EVTX_TEMPLATE_HEADER = 24,
    EVTX_TEMPLATE_GUID_AT = 4,
    EVTX_TEMPLATE_SIZE_AT = 20,
};

/* Tokens of binary XML. 0x40 is set where more of the same kind follows (for OPEN: where attributes follow). */
enum {
    TOKEN_EOF = 0x00,
    TOKEN_OPEN =
        0x01, /* u16 dependency (templates only), u32 size, u32 name, with 0x40: u32 size of attributes */
    TOKEN_CLOSE_START = 0x02, /* > */
    TOKEN_CLOSE_EMPTY = 0x03, /* /> */
    TOKEN_END = 0x04,         /* </name> */
    TOKEN_VALUE = 0x05,       /* u8 type, value */
    TOKEN_ATTRIBUTE = 0x06,   /* u32 name */
    TOKEN_CDATA = 0x07,       /* u16 characters, UTF-16LE */
    TOKEN_CHAR_REF = 0x08,    /* u16 UTF-16 unit */
    TOKEN_ENTITY_REF = 0x09,  /* u32 name */
    TOKEN_PI_TARGET = 0x0A,   /* u32 name */
    TOKEN_PI_DATA = 0x0B,     /* u16 characters, UTF-16LE */
    TOKEN_TEMPLATE =
        0x0C, /* u8 version, u32 id, u32 definition, [definition], u32 n, n × (u16 size, u8 type, u8 0), values */
    TOKEN_NORMAL_SUB = 0x0D, /* u16 index, u8 type */
    TOKEN_OPTIONAL_SUB = 0x0E,
    TOKEN_FRAGMENT = 0x0F, /* u8 major, u8 minor, u8 flags */
    TOKEN_MORE = 0x40,
};

/* Types of values. */
enum {
    TYPE_NULL = 0x00,
    TYPE_STRING = 0x01,
    TYPE_ANSI = 0x02,
    TYPE_I8 = 0x03,
    TYPE_U8 = 0x04,
    TYPE_I16 = 0x05,
    TYPE_U16 = 0x06,
    TYPE_I32 = 0x07,
    TYPE_U32 = 0x08,
    TYPE_I64 = 0x09,
    TYPE_U64 = 0x0A,
    TYPE_F32 = 0x0B,
    TYPE_F64 = 0x0C,
    TYPE_BOOL = 0x0D,
    TYPE_BINARY = 0x0E,
    TYPE_GUID = 0x0F,
    TYPE_SIZE = 0x10,
    TYPE_FILETIME = 0x11,
    TYPE_SYSTEMTIME = 0x12,
    TYPE_SID = 0x13,
    TYPE_HEX32 = 0x14,
    TYPE_HEX64 = 0x15,
    TYPE_HANDLE = 0x20,
    TYPE_BINXML = 0x21,
    TYPE_XML = 0x23,
    TYPE_ARRAY = 0x80, /* set together with one of the above */
};

#endif
