#include "evtx/vary.h"

#include <ctype.h>
#include <stdio.h>

#include "base/timex.h"
#include "parse/evtx/evtx_format.h"

#define SCRIPTS ((u64)1 << 48)

void families_init(struct families *families)
{
    *families = (struct families){0};
    buf_init(&families->bytes, (size_t)1 << 30);
    intern_init(&families->ids, NULL);
}

void families_release(struct families *families)
{
    VEC_FREE(&families->list);
    VEC_FREE(&families->spots);
    buf_release(&families->bytes);
    intern_release(&families->ids);
}

static bool has(str field, const char *what)
{
    return str_find(field, str_from(what)) != SIZE_MAX;
}

static bool is_one_of(str s, const char *const *list)
{
    for (; *list; list++)
        if (str_ieq(s, str_from(*list)))
            return true;
    return false;
}

/* ---- characters that may change ---- */

struct text { /* the value's characters; what is not ASCII is 0xff */
    char c[1 << 16];
    u32 n;
};

static void spot(struct families *f, u32 at, char c)
{
    struct spot s = {.at = (u16)at, .radix = 10, .first = '0'};
    if (c >= 'a' && c <= 'z')
        s.radix = 26, s.first = 'a';
    else if (c >= 'A' && c <= 'Z')
        s.radix = 26, s.first = 'A';
    else if (c < '0' || c > '9')
        return;
    *VEC_PUSH(&f->spots) = s;
}

static void hex_spot(struct families *f, u32 at, bool upper)
{
    *VEC_PUSH(&f->spots) = (struct spot){.at = (u16)at, .radix = 16, .first = upper ? 'A' : 'a'};
}

static u32 run_of(const struct text *t, u32 at, int (*is)(int))
{
    u32 n = 0;
    while (at + n < t->n && is((u8)t->c[at + n]) && (u8)t->c[at + n] < 0x80)
        n++;
    return n;
}

static int is_hex(int c)
{
    return isxdigit(c);
}

static bool is_guid(const struct text *t, u32 at)
{
    if (at + 36 > t->n)
        return false;
    for (u32 i = 0; i < 36; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? t->c[at + i] != '-' : !isxdigit((u8)t->c[at + i]))
            return false;
    }
    return true;
}

static void hex_spots(struct families *f, const struct text *t, u32 at, u32 n)
{
    bool upper = false;
    for (u32 i = 0; i < n; i++)
        upper |= t->c[at + i] >= 'A' && t->c[at + i] <= 'F';
    for (u32 i = 0; i < n; i++)
        if (t->c[at + i] != '-')
            hex_spot(f, at + i, upper);
}

/* Letters and digits of a name in [from, to). */
static void name_spots(struct families *f, const struct text *t, u32 from, u32 to)
{
    static const char *const known[] = {"public",
                                        "default",
                                        "all users",
                                        "administrator",
                                        "system",
                                        "anonymous logon",
                                        "local service",
                                        "network service",
                                        "guest",
                                        "krbtgt",
                                        "-",
                                        "default user",
                                        NULL};
    if (is_one_of((str){t->c + from, to - from}, known))
        return;
    for (u32 i = from; i < to; i++)
        spot(f, i, t->c[i]);
}

static u32 after(const struct text *t, u32 at, const char *what)
{
    const size_t n = strlen(what);
    return at + n <= t->n && str_ieq((str){t->c + at, n}, (str){what, n}) ? (u32)n : 0;
}

static u32 until(const struct text *t, u32 at, const char *stops)
{
    while (at < t->n && t->c[at] && !strchr(stops, t->c[at]))
        at++;
    return at;
}

/* 10.1.2.3: the last two numbers. */
static bool address_spots(struct families *f, const struct text *t)
{
    u32 dots = 0, first = 0;
    for (u32 i = 0; i < t->n; i++) {
        if (t->c[i] == '.')
            dots++, first = dots == 2 ? i + 1 : first;
        else if (!isdigit((u8)t->c[i]))
            return false;
    }
    if (dots != 3)
        return false;
    if (t->c[0] == '0' || after(t, 0, "127."))
        return true;
    for (u32 i = first; i < t->n; i++) {
        const u32 n = run_of(t, i, isdigit);
        for (u32 k = 0; k < n; k++) {
            const bool three = n == 3;
            if (three && k == 0)
                continue;
            const u8 radix = three && t->c[i] == '2' ? 5 : 10;
            const u8 least = n == 2 && k == 0 ? 1 : 0;
            *VEC_PUSH(&f->spots) =
                (struct spot){.at = (u16)(i + k), .radix = radix - least, .first = '0' + least};
        }
        i += n;
    }
    return true;
}

static void text_spots(struct families *f, str field, const struct text *t)
{
    static const char *const meant[] = {
        "GrantedAccess",    "AccessMask",  "Status",     "SubStatus",     "LogonType",
        "DestPort",         "EventID",     "Version",    "Level",         "Task",
        "Opcode",           "Keywords",    "Qualifiers", "TicketOptions", "TicketEncryptionType",
        "PreAuthType",      "Channel",     "Computer",   "Provider_Name", "Provider_Guid",
        "RuleName",         "Description", "Company",    "Product",       "FileVersion",
        "OriginalFileName", "Protocol",    NULL};
    static const char *const people[] = {
        "User",       "SubjectUserName", "TargetUserName", "WorkstationName", "Workstation",
        "SourceUser", "TargetUser",      "AccountName",    "ServiceAccount",  "ClientName",
        NULL};
    if (is_one_of(field, meant) || address_spots(f, t))
        return;
    if (is_one_of(field, people)) {
        u32 from = 0;
        for (u32 i = 0; i < t->n; i++)
            from = t->c[i] == '\\' ? i + 1 : from;
        name_spots(f, t, from, t->n);
        return;
    }
    const bool numbers_things = has(field, "LogonId") || has(field, "ProcessId") ||
                                has(field, "Handle") || has(field, "LogonID");
    for (u32 i = 0; i < t->n;) {
        const char before = i ? t->c[i - 1] : ' ';
        u32 n;
        if (is_guid(t, i)) {
            hex_spots(f, t, i, 36);
            i += 36;
        } else if ((n = after(t, i, "\\Users\\"))) {
            const u32 end = until(t, i + n, "\\\"' ");
            name_spots(f, t, i + n, end);
            i = end;
        } else if ((n = after(t, i, "\\Temp\\"))) {
            const u32 end = until(t, i + n, "\\\"' .");
            name_spots(f, t, i + n, end);
            i = end;
        } else if ((n = run_of(t, i, is_hex)) >= 16 && !isalnum((u8)before)) {
            hex_spots(f, t, i, n);
            i += n;
        } else if (n && before == 'x' && i >= 2 && t->c[i - 2] == '0') {
            if (numbers_things)
                hex_spots(f, t, i, n);
            i += n;
        } else if (n >= 3 && before == '+') {
            hex_spots(f, t, i, n);
            i += n;
        } else if (isdigit((u8)t->c[i]) && (u8)t->c[i] < 0x80) {
            n = run_of(t, i, isdigit);
            const u32 end = i + n;
            const bool apart = !isalpha((u8)before) && before != '%' && before != '.' &&
                               (end == t->n || (!isalpha((u8)t->c[end]) && t->c[end] != '.'));
            for (u32 k = i; apart && n >= 2 && k < end; k++)
                if (k > i || t->c[k] != '0')
                    *VEC_PUSH(&f->spots) = (struct spot){
                        .at = (u16)k, .radix = k > i ? 10 : 9, .first = k > i ? '0' : '1'};
            i = end;
        } else {
            const u32 word = run_of(t, i, isalnum);
            i += word ? word : 1;
        }
    }
}

/* ---- bytes that may change ---- */

static void byte_spots(struct families *f, str field, u8 type, const u8 *p, u32 n)
{
    const bool numbers_things = has(field, "ProcessId") || has(field, "ProcessID") ||
                                has(field, "ThreadID") || has(field, "ThreadId") ||
                                has(field, "LogonId") || has(field, "LogonID") ||
                                has(field, "Handle") || has(field, "SourcePort") ||
                                has(field, "IpPort") || has(field, "Address");
    u32 from = n, to = n;
    if (type == TYPE_GUID && !has(field, "Provider"))
        from = 0;
    else if (type == TYPE_SID && n == 28)
        from = 24, to = 26;
    else if ((type == TYPE_U16 || type == TYPE_U32 || type == TYPE_U64 || type == TYPE_HEX32 ||
              type == TYPE_HEX64) &&
             numbers_things)
        for (from = 0; to > 1 && p[to - 1] == 0;
             to--) /* as long as it is: a process id stays below 65536 */
            ;
    for (u32 i = from; i < to; i++)
        *VEC_PUSH(&f->spots) = (struct spot){.at = (u16)i, .radix = 0};
}

/* ---- families ---- */

static bool is_time_text(const struct text *t)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd.ddd";
    if (t->n != sizeof form - 1)
        return false;
    for (u32 i = 0; i < t->n; i++)
        if (form[i] == 'd' ? !isdigit((u8)t->c[i]) : t->c[i] != form[i])
            return false;
    return true;
}

static u8 kind_of(struct families *f, str field, u8 type, const u8 *p, u32 n)
{
    static struct text t;
    if (str_eq(field, S("EventRecordID")))
        return FAMILY_RECORD;
    if (type == TYPE_FILETIME && n == 8)
        return FAMILY_FILETIME;
    if (type != TYPE_STRING) {
        byte_spots(f, field, type, p, n);
        return FAMILY_BYTES;
    }
    if (str_eq(field, S("ScriptBlockText")))
        return FAMILY_SCRIPT;
    t.n = 0;
    for (u32 i = 0; i + 1 < n && t.n < sizeof t.c; i += 2)
        t.c[t.n++] = p[i + 1] || p[i] >= 0x80 ? (char)0xff : (char)p[i];
    if (is_time_text(&t))
        return FAMILY_TIME;
    text_spots(f, field, &t);
    return FAMILY_CHARS;
}

static u64 count_values(const struct families *f, u32 from, u32 n)
{
    u64 all = 1;
    for (u32 i = 0; i < n && all < (u64)1 << 40; i++)
        all *= f->spots.p[from + i].radix ? f->spots.p[from + i].radix : 256;
    return all;
}

u32 family_of(struct families *f, str field, u8 type, bool needed, const u8 *p, u32 n)
{
    struct family new = {.type = type,
                         .needed = needed,
                         .at = (u32)f->bytes.n,
                         .n = n,
                         .spots = (u32)f->spots.n,
                         .limit = 1};
    static const char *const of_form[] = {"Channel", "Provider_Name", "EventID", NULL};
    new.kind = kind_of(f, field, type, p, n);
    new.of_form = is_one_of(field, of_form);
    new.n_spots = (u32)f->spots.n - new.spots;
    if (new.n_spots)
        new.limit = count_values(f, new.spots, new.n_spots);
    else if (new.kind == FAMILY_CHARS || new.kind == FAMILY_BYTES)
        new.kind = FAMILY_FIXED;
    if (new.kind == FAMILY_SCRIPT)
        new.limit = SCRIPTS;
    /* Its name is field, type and bytes with the spots blanked. */
    struct buf key;
    buf_init(&key, (size_t)1 << 20);
    buf_add(&key, field);
    buf_char(&key, 0);
    buf_char(&key, (char)type);
    buf_char(&key, (char)needed);
    const size_t start = key.n;
    buf_add(&key, (str){(const char *)p, new.kind == FAMILY_SCRIPT ? 0 : n});
    for (u32 i = 0; i < new.n_spots; i++)
        key.p[start + (size_t)f->spots.p[new.spots + i].at * (new.kind == FAMILY_CHARS ? 2 : 1)] =
            1;
    const u32 before = intern_count(&f->ids), id = intern_add(&f->ids, buf_str(&key));
    new.hash = hash_bytes(key.p, key.n);
    buf_release(&key);
    if (id < before) {
        f->spots.n = new.spots;
        return id;
    }
    buf_add(&f->bytes, (str){(const char *)p, n});
    *VEC_PUSH(&f->list) = new;
    return id;
}

/* ---- values ---- */

static void put_ascii(struct buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_char(out, p[i]);
        buf_char(out, 0);
    }
}

static void put_time(struct buf *out, u64 filetime)
{
    char text[TIME_MAX];
    time_format((i64)(filetime - 116444736000000000) * 100, text);
    text[10] = ' ';
    put_ascii(out, text, 23);
}

static void put_record(const struct family *family, struct buf *out, u64 record)
{
    char text[24];
    if (family->type == TYPE_STRING)
        put_ascii(out, text,
                  (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)record));
    else
        buf_add(out, (str){(const char *)&record, MIN(family->n, sizeof record)});
}

/* The digits of k in the first spots, so that no two k are alike; dice in the rest. */
static void put_varied(const struct families *f, const struct family *family, u64 k,
                       struct buf *out)
{
    u8 *const p = (u8 *)buf_reserve(out, family->n);
    if (!p)
        return;
    buf_add(out, (str){f->bytes.p + family->at, family->n});
    struct dice dice = {family->hash ^ mix(k)};
    u64 bits = 0, left = family->limit;
    for (u32 i = 0; i < family->n_spots; i++) {
        const struct spot s = f->spots.p[family->spots + i];
        const u32 radix = s.radix ? s.radix : 256;
        u32 digit;
        if (left) { /* still counting: shifted, so that the first values do not look like zeros */
            digit = (u32)((k + (family->hash >> (i % 48))) % radix);
            k /= radix;
            left /= radix;
        } else {
            bits = i % 4 && bits ? bits >> 16 : roll(&dice);
            digit = (u32)((bits & 0xffff) * radix >> 16);
        }
        if (family->kind == FAMILY_BYTES)
            p[s.at] = (u8)digit;
        else if (s.radix == 16)
            p[2 * s.at] = (u8)(digit < 10 ? '0' + digit : s.first + digit - 10);
        else
            p[2 * s.at] = (u8)(s.first + digit);
    }
}

void family_value(const struct families *f, u32 id, u64 k, const struct vary_now *now,
                  struct buf *out)
{
    const struct family *const family = &f->list.p[id];
    switch ((enum family_kind)family->kind) {
    case FAMILY_FIXED:
        buf_add(out, (str){f->bytes.p + family->at, family->n});
        return;
    case FAMILY_CHARS:
    case FAMILY_BYTES:
        put_varied(f, family, k, out);
        return;
    case FAMILY_SCRIPT: {
        static _Thread_local struct buf text;
        if (!text.max)
            buf_init(&text, (size_t)1 << 16);
        buf_reset(&text);
        script_text(family->hash ^ k, &text);
        put_ascii(out, text.p, text.n);
        return;
    }
    case FAMILY_RECORD:
        put_record(family, out, now->record);
        return;
    case FAMILY_FILETIME:
        buf_add(out, (str){(const char *)&now->filetime, 8});
        return;
    case FAMILY_TIME:
        put_time(out, now->filetime);
        return;
    }
}
