/* slot.c: values of EVTX types. The rules (which type is shown how, trailing NULs, odd sizes,
 * arrays) are those of docs/formats/evtx.md: change both. */
#include "parse/evtx/slot.h"

#include "base/cur.h"
#include "parse/evtx/evtx_format.h"

u32 type_size(u8 type)
{
    static const u8 sizes[] = {
        [TYPE_I8] = 1,    [TYPE_U8] = 1,       [TYPE_I16] = 2,         [TYPE_U16] = 2,
        [TYPE_I32] = 4,   [TYPE_U32] = 4,      [TYPE_I64] = 8,         [TYPE_U64] = 8,
        [TYPE_F32] = 4,   [TYPE_F64] = 8,      [TYPE_BOOL] = 4,        [TYPE_GUID] = 16,
        [TYPE_SIZE] = 8,  [TYPE_FILETIME] = 8, [TYPE_SYSTEMTIME] = 16, [TYPE_HEX32] = 4,
        [TYPE_HEX64] = 8, [TYPE_HANDLE] = 8,
    };
    return type < COUNT(sizes) ? sizes[type] : 0;
}

static struct value binary(const u8 *p, u32 n)
{
    return (struct value){.type = VALUE_BINARY, .n = n, .p = p};
}

/* 1, 2, 4 or 8 bytes, whatever size the type has by rights: SizeT is 4 or 8, and writers of
 * booleans differ. */
static bool load_uint(const u8 *p, u32 n, u64 *out)
{
    switch (n) {
    case 1:
        *out = p[0];
        return true;
    case 2:
        *out = load_u16(p);
        return true;
    case 4:
        *out = load_u32(p);
        return true;
    case 8:
        *out = load_u64(p);
        return true;
    default:
        return false;
    }
}

static struct value number(enum value_type type, const u8 *p, u32 n)
{
    u64 u;
    if (!load_uint(p, n, &u))
        return binary(p, n);
    if (type == VALUE_I64) {
        const u32 unused = 64 - 8 * n;
        return (struct value){.type = VALUE_I64, .i = (i64)(u << unused) >> unused};
    }
    if (type == VALUE_BOOL)
        u = u != 0;
    return (struct value){.type = (u8)type, .u = u};
}

static struct value real(const u8 *p, u32 n)
{
    struct value v = {.type = VALUE_F64};
    if (n == sizeof(float)) {
        const u32 bits = load_u32(p);
        float f;
        memcpy(&f, &bits, sizeof f);
        v.f = (double)f;
    } else if (n == sizeof(double)) {
        const u64 bits = load_u64(p);
        memcpy(&v.f, &bits, sizeof v.f);
    } else {
        return binary(p, n);
    }
    return v;
}

static struct value ansi(const u8 *p, u32 n)
{
    while (n && p[n - 1] == 0)
        n--;
    return (struct value){.type = VALUE_ANSI, .n = n, .p = p};
}

static struct value fixed(enum value_type type, const u8 *p, u32 n, u32 size)
{
    return n == size ? (struct value){.type = (u8)type, .n = n, .p = p} : binary(p, n);
}

static struct value filetime(const u8 *p, u32 n)
{
    return n == 8 ? (struct value){.type = VALUE_FILETIME, .u = load_u64(p)} : binary(p, n);
}

static struct value scalar(u8 type, const u8 *p, u32 n)
{
    if (n == 0 && type != TYPE_STRING && type != TYPE_ANSI && type != TYPE_BINARY &&
        type != TYPE_XML)
        return (struct value){.type = VALUE_NULL};
    switch (type) {
    case TYPE_NULL:
        return (struct value){.type = VALUE_NULL};
    case TYPE_STRING:
    case TYPE_XML:
        return slot_text(&(struct slot){.p = p, .n = n});
    case TYPE_ANSI:
        return ansi(p, n);
    case TYPE_I8:
    case TYPE_I16:
    case TYPE_I32:
    case TYPE_I64:
        return number(VALUE_I64, p, n);
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
        return number(VALUE_U64, p, n);
    case TYPE_F32:
    case TYPE_F64:
        return real(p, n);
    case TYPE_BOOL:
        return number(VALUE_BOOL, p, n);
    case TYPE_SIZE:
    case TYPE_HEX32:
    case TYPE_HEX64:
    case TYPE_HANDLE:
        return number(VALUE_HEX, p, n);
    case TYPE_GUID:
        return fixed(VALUE_GUID, p, n, 16);
    case TYPE_SYSTEMTIME:
        return fixed(VALUE_SYSTEMTIME, p, n, 16);
    case TYPE_FILETIME:
        return filetime(p, n);
    case TYPE_SID:
        return (struct value){.type = VALUE_SID, .n = n, .p = p};
    default:
        return binary(p, n);
    }
}

/* Bytes of the first of n bytes' array elements, with its terminator; 0 if none fits. */
static u32 element_size(u8 type, const u8 *p, u32 n)
{
    switch (type) {
    case TYPE_STRING:
        for (u32 i = 0; i + 2 <= n; i += 2)
            if (p[i] == 0 && p[i + 1] == 0)
                return i + 2;
        return n;
    case TYPE_ANSI: {
        const u8 *const end = memchr(p, 0, n);
        return end ? (u32)(end - p) + 1 : n;
    }
    case TYPE_SID:
        return n >= 8 && 8 + 4u * p[1] <= n ? 8 + 4u * p[1] : 0;
    default:
        return type_size(type);
    }
}

static struct value array(u8 type, const u8 *p, u32 n, struct arena *arena)
{
    if (type == TYPE_SIZE && n % 8)
        type = TYPE_HEX32; /* of a 32-bit machine */
    u32 count = 0;
    for (u32 at = 0, size; at < n; at += size, count++) {
        size = element_size(type, p + at, n - at);
        if (size == 0 || size > n - at)
            return binary(p, n);
    }
    struct value *const items = arena_alloc(arena, count * sizeof *items, _Alignof(struct value));
    for (u32 at = 0, i = 0, size; i < count; at += size, i++) {
        size = element_size(type, p + at, n - at);
        items[i] = scalar(type, p + at, size);
    }
    return (struct value){.type = VALUE_ARRAY, .n = count, .items = items};
}

struct value slot_value(const struct slot *slot, struct arena *arena)
{
    if (slot->type & TYPE_ARRAY)
        return array(slot->type & ~TYPE_ARRAY, slot->p, slot->n, arena);
    return scalar(slot->type, slot->p, slot->n);
}
