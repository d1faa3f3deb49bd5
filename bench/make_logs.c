/* make_logs.c: a large web log for benchmarks, made up line by line; the same for the same seed.
 *
 *   make_logs [--kind iis|httpproxy] [--protocol NAME] [--size MB] [--seed N] -o FILE
 *
 * An Exchange server of some size: its mail clients by name and device, health probes, and the
 * usual visitors of a public address. All of them stand in the IIS log; a HttpProxy log holds those
 * of one protocol (Owa, unless another is asked for), because a server writes each protocol into a
 * folder of its own. One line in a thousand asks for /owa/auth/leadline-bench.aspx, whatever the
 * protocol, so that a search for that literal has something to find. Nothing in it is real: names
 * end in .example, addresses are of RFC 5737 and RFC 1918. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/timex.h"
#include "evtx/vary.h"

#define NEEDLE "/owa/auth/leadline-bench.aspx"

static const char *const given[] = {"anna", "bo",  "carla", "dag",  "elin", "finn", "greta",
                                    "henk", "ida", "jon",   "kari", "lars", "mia",  "nils",
                                    "ove",  "pia", "rolf",  "sara", "tor",  "una"};
static const char *const family[] = {"berg", "dahl", "ek",  "falk", "holm", "krog", "lund", "moe",
                                     "ness", "ohm",  "rye", "sand", "thun", "vik",  "wold", "aas"};

struct client {
    const char *method, *protocol, *stem, *query, *agent;
    unsigned share; /* of 1000 */
};
/* In a query, G is a GUID, U the user, D a device, # a number. */
static const struct client clients[] = {
    {"POST", "Mapi", "/mapi/emsmdb/",
     "?MailboxId=G@contoso.example&CorrelationID=<empty>;&cafeReqId=G;",
     "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.#;+Pro)", 330},
    {"POST", "Eas", "/Microsoft-Server-ActiveSync/default.eas",
     "?User=U&DeviceId=D&DeviceType=iPhone&Cmd=Ping&CorrelationID=<empty>;&cafeReqId=G;",
     "Apple-iPhone12C1/1804.#", 180},
    {"POST", "Eas", "/Microsoft-Server-ActiveSync/default.eas",
     "?User=U&DeviceId=D&DeviceType=Android&Cmd=Sync&CorrelationID=<empty>;&cafeReqId=G;",
     "Android-SAMSUNG-SM-G97#/101.9", 90},
    {"POST", "Ews", "/EWS/Exchange.asmx", "&CorrelationID=<empty>;&cafeReqId=G;",
     "MacOutlook/16.46.#+(Intelx64+Mac+OS+X+Version+10.15.7+(Build+19H524))", 110},
    {"POST", "Owa", "/owa/service.svc", "?action=FindConversation&app=Mail&n=#&CorrelationID=G;",
     "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/"
     "120.0.#.0+Safari/537.36",
     100},
    {"GET", "Owa", "/owa/ev.owa2",
     "?ns=PendingRequest&ev=PendingNotificationRequest&UA=0&cid=G&X-OWA-CANARY=D",
     "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+Gecko/20100101+Firefox/121.#", 60},
    {"GET", "Mapi", "/mapi/healthcheck.htm", "-", "AMProbe/Local/ClientAccess", 50},
    {"POST", "Autodiscover", "/autodiscover/autodiscover.xml",
     "&CorrelationID=<empty>;&cafeReqId=G;",
     "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.#;+Pro)", 40},
    {"GET", "OAB", "/OAB/G/oab.xml", "&CorrelationID=<empty>;&cafeReqId=G;", "Microsoft+BITS/7.8",
     30},
    {"GET", "Owa", "/owa/auth/logon.aspx",
     "?url=https%3a%2f%2fmail.contoso.example%2fowa%2f&reason=0&CorrelationID=<empty>;&cafeReqId="
     "G;",
     "Mozilla/5.0+(iPhone;+CPU+iPhone+OS+17_#+like+Mac+OS+X)+AppleWebKit/605.1.15", 9},
    {"GET", "Owa", NEEDLE, "-", "Mozilla/5.0+(compatible;+probe/1.#)", 1},
};

struct maker {
    struct dice dice;
    const char *protocol; /* of all clients; NULL: any */
    unsigned shares;      /* of these clients, the needle left out */
    i64 time;
    const char *user_given, *user_family;
    u64 user;
};

static void put_guid(struct maker *m, struct buf *out)
{
    const u64 a = roll(&m->dice), b = roll(&m->dice);
    buf_printf(out, "%08x-%04x-4%03x-9%03x-%012llx", (unsigned)(a >> 32),
               (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 48 & 0xfff),
               (unsigned long long)(b & 0xffffffffffff));
}

static void put_filled(struct maker *m, const char *text, bool spaces, struct buf *out)
{
    for (; *text; text++) {
        if (*text == 'G' && (text[1] == ';' || text[1] == '@' || text[1] == '&' || text[1] == '/'))
            put_guid(m, out);
        else if (*text == 'U' && text[1] == '&')
            buf_printf(out, "%s.%s", m->user_given, m->user_family);
        else if (*text == 'D' && (text[1] == '&' || text[1] == 0))
            buf_printf(out, "%016llX", (unsigned long long)mix(m->user));
        else if (*text == '#')
            buf_printf(out, "%u", (unsigned)(mix(m->user) % 900 + 100));
        else
            buf_char(out, spaces && *text == '+' ? ' ' : *text);
    }
}

static const struct client *const needle = &clients[COUNT(clients) - 1];

static unsigned share_of(const struct maker *m, const struct client *c)
{
    return c != needle && (!m->protocol || strcmp(c->protocol, m->protocol) == 0) ? c->share : 0;
}

static const struct client *pick_client(struct maker *m)
{
    const unsigned others = 1000 - needle->share, die = (unsigned)(roll(&m->dice) % 1000);
    const struct client *c = clients;
    if (die >= others)
        return needle;
    for (unsigned at = die * m->shares / others; at >= share_of(m, c); c++)
        at -= share_of(m, c);
    return c;
}

static const struct client *next_client(struct maker *m)
{
    const struct client *const c = pick_client(m);
    m->user = roll(&m->dice) % 3000;
    m->user_given = given[m->user % COUNT(given)];
    m->user_family = family[m->user / COUNT(given) % COUNT(family)];
    m->time += (i64)(roll(&m->dice) % 20) * 1000000;
    return c;
}

static void put_address(struct maker *m, struct buf *out)
{
    const u64 n = mix(m->user ^ 77);
    if (n % 3)
        buf_printf(out, "10.20.%u.%u", (unsigned)(n >> 8 & 15), (unsigned)(n >> 16 & 255));
    else
        buf_printf(out, "198.51.100.%u", (unsigned)(n >> 16 & 255));
}

static void put_iis(struct maker *m, struct buf *out)
{
    const struct client *const c = next_client(m);
    char time[TIME_MAX];
    time_format(m->time / TIME_SECOND * TIME_SECOND, time);
    buf_printf(out, "%.10s %.8s 10.20.0.21 %s ", time, time + 11, c->method);
    put_filled(m, c->stem, false, out);
    buf_char(out, ' ');
    put_filled(m, c->query, false, out);
    buf_printf(out, " 443 CONTOSO\\%s.%s ", m->user_given, m->user_family);
    put_address(m, out);
    buf_char(out, ' ');
    put_filled(m, c->agent, false, out);
    buf_printf(out, " - %u 0 0 %u\r\n", roll(&m->dice) % 40 ? 200 : 401,
               (unsigned)(roll(&m->dice) % 900));
}

/* The columns of builds of 2021, and for each what stands in it. */
static const char fields[] =
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,"
    "Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,"
    "IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,ClientIpAddress,"
    "ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,"
    "TargetServer,TargetServerVersion,RoutingType,RoutingHint,BackEndCookie,ServerLocatorHost,"
    "ServerLocatorLatency,RequestBytes,ResponseBytes,TotalRequestTime,"
    "UrlQuery,BackEndGenericInfo,GenericInfo,GenericErrors";

static void put_httpproxy(struct maker *m, struct buf *out)
{
    const struct client *const c = next_client(m);
    char time[TIME_MAX];
    time_format(m->time | 1, time);
    buf_printf(out, "%.23sZ,", time);
    put_guid(m, out);
    buf_add(out, S(",15,1,2176,2,,"));
    buf_printf(out, "%s,mail.contoso.example,", m->protocol);
    put_filled(m, c->stem, false, out);
    buf_printf(
        out, ",,Negotiate,true,CONTOSO\\%s.%s,,Sid~S-1-5-21-1004336348-1177238915-682003330-%u,\"",
        m->user_given, m->user_family, (unsigned)m->user + 1100);
    put_filled(m, c->agent, true, out);
    buf_add(out, S("\","));
    put_address(m, out);
    const unsigned status = roll(&m->dice) % 40 ? 200 : 401;
    buf_printf(out,
               ",EX01,%u,%u,,%s,Proxy,ex01.contoso.example,15.01.2176.000,IntraForest,"
               "WindowsIdentity,,,%u,%u,%u,%u,",
               status, status, c->method, (unsigned)(roll(&m->dice) % 20),
               (unsigned)(roll(&m->dice) % 3000), (unsigned)(roll(&m->dice) % 30000),
               (unsigned)(roll(&m->dice) % 900));
    put_filled(m, c->query, false, out);
    buf_printf(out,
               ",,BeginRequest=%.23sZ;CorrelationID=<empty>;ProxyState-Run=None;NewConnection=fe80:"
               ":1&0;BeginGetResponse=%.23sZ;EndRequest=%.23sZ;,\r\n",
               time, time, time);
}

static void put_head(const char *kind, struct maker *m, struct buf *out)
{
    char time[TIME_MAX];
    time_format(m->time, time);
    if (strcmp(kind, "iis") == 0)
        buf_printf(out,
                   "#Software: Microsoft Internet Information Services 10.0\r\n#Version: "
                   "1.0\r\n#Date: %.10s %.8s\r\n#Fields: date time s-ip cs-method "
                   "cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
                   "sc-status sc-substatus sc-win32-status time-taken\r\n",
                   time, time + 11);
    else
        buf_printf(out,
                   "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2176.002\r\n#Log-type: "
                   "HttpProxy Logs\r\n#Date: %s\r\n#Fields: %s\r\n",
                   time, fields);
}

static NORETURN void fail(const char *what)
{
    fprintf(stderr, "make_logs: %s\n", what);
    exit(2);
}

int main(int argc, char **argv)
{
    const char *kind = "iis", *path = NULL;
    double megabytes = 500;
    struct maker m = {.dice = {1}, .time = (i64)1704067200 * TIME_SECOND};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--kind") == 0)
            kind = argv[i + 1];
        else if (strcmp(argv[i], "--protocol") == 0)
            m.protocol = argv[i + 1];
        else if (strcmp(argv[i], "--size") == 0)
            megabytes = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--seed") == 0)
            m.dice.state = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-o") == 0)
            path = argv[i + 1];
    }
    if (!path || argc % 2 == 0 || (strcmp(kind, "iis") != 0 && strcmp(kind, "httpproxy") != 0))
        fail("usage: make_logs [--kind iis|httpproxy] [--protocol NAME] [--size MB] [--seed N] -o "
             "FILE");
    if (strcmp(kind, "httpproxy") == 0 && !m.protocol)
        m.protocol = "Owa";
    for (size_t i = 0; i < COUNT(clients); i++)
        m.shares += share_of(&m, &clients[i]);
    if (m.shares == 0)
        fail("no client has that protocol");
    FILE *const f = fopen(path, "wb");
    if (!f)
        fail(strerror(errno));
    struct buf out;
    u64 lines = 0, bytes = 0;
    buf_init(&out, (size_t)1 << 24);
    put_head(kind, &m, &out);
    while ((double)(bytes + out.n) < megabytes * 1e6) {
        if (strcmp(kind, "iis") == 0)
            put_iis(&m, &out);
        else
            put_httpproxy(&m, &out);
        lines++;
        if (out.n < (size_t)1 << 20)
            continue;
        if (fwrite(out.p, 1, out.n, f) != out.n)
            fail(strerror(errno));
        bytes += out.n;
        buf_reset(&out);
    }
    if (fwrite(out.p, 1, out.n, f) != out.n || fclose(f) != 0)
        fail(strerror(errno));
    printf("wrote: %llu lines, %.0f MB\n", (unsigned long long)lines,
           (double)(bytes + out.n) / 1e6);
    buf_release(&out);
}
