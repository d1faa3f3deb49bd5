/* crc32.h: the checksum of zip, gzip, PNG and EVTX. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include "base/base.h"

/* The checksum of what `crc` covers followed by these n bytes; start with 0. */
u32 crc32_add(u32 crc, const void *p, size_t n);

#endif
