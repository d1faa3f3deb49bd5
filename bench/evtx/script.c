/* script.c: PowerShell that administrators write all day, made up line by line; about 200 to 12,000
 * characters. */
#include <math.h>

#include "evtx/vary.h"

static const char *const verbs[] = {"Get",     "Set",    "New",  "Test",   "Update", "Write",
                                    "Measure", "Select", "Sort", "Export", "Join",   "Format"};
static const char *const nouns[] = {"ADUser",       "ChildItem",  "Report",  "Mailbox",  "Service",
                                    "ItemProperty", "Inventory",  "Volume",  "Counter",  "Backup",
                                    "Catalogue",    "NetAdapter", "Website", "Database", "Queue",
                                    "Session",      "Quota",      "Printer", "Share",    "Setting"};
static const char *const words[] = {"server", "report", "total",   "daily",   "index",   "owner",
                                    "folder", "result", "status",  "mailbox", "archive", "count",
                                    "source", "target", "limit",   "version", "filter",  "entry",
                                    "group",  "office", "invoice", "branch",  "stock",   "order"};
static const char *const params[] = {
    "Name",   "Path",  "Filter",  "Identity",         "Property",
    "Server", "First", "Recurse", "ErrorAction Stop", "Descending"};

#define PICK(list) (list)[roll(d) % COUNT(list)]

static void line(struct dice *d, struct buf *out)
{
    const unsigned n = (unsigned)(roll(d) % 100000);
    switch (roll(d) % 8) {
    case 0:
        buf_printf(out, "$%s%u = %s-%s -%s \"%s\" -%s $%s\r\n", PICK(words), n % 100, PICK(verbs),
                   PICK(nouns), PICK(params), PICK(words), PICK(params), PICK(words));
        break;
    case 1:
        buf_printf(out, "foreach ($%s in $%s) {\r\n    $%s += $_.%s * %u\r\n}\r\n", PICK(words),
                   PICK(words), PICK(words), PICK(nouns), n);
        break;
    case 2:
        buf_printf(out, "if ($%s.%s -gt %u) { Write-Verbose \"%s of %s is %u\" }\r\n", PICK(words),
                   PICK(nouns), n, PICK(words), PICK(words), n / 7);
        break;
    case 3:
        buf_printf(out, "# %s %s for the %s of %s, ticket %u\r\n", PICK(words), PICK(words),
                   PICK(words), PICK(words), n);
        break;
    case 4:
        buf_printf(out, "function %s-%s%s {\r\n    param([string]$%s, [int]$%s = %u)\r\n",
                   PICK(verbs), PICK(words), PICK(nouns), PICK(words), PICK(words), n);
        buf_printf(out, "    return \"D:\\%s\\%s\\%s%u.csv\"\r\n}\r\n", PICK(words), PICK(words),
                   PICK(words), n);
        break;
    case 5:
        buf_printf(out,
                   "%s-%s -%s D:\\%s\\%s_%u.xml | Sort-Object %s | Select-Object -First %u\r\n",
                   PICK(verbs), PICK(nouns), PICK(params), PICK(words), PICK(words), n, PICK(nouns),
                   n % 50);
        break;
    case 6:
        buf_printf(out, "$%s = @{ %s = '%s'; %s = %u; %s = $%s.%s }\r\n", PICK(words), PICK(nouns),
                   PICK(words), PICK(nouns), n, PICK(nouns), PICK(words), PICK(nouns));
        break;
    default:
        buf_printf(out, "\"{0:N%u} %s %s\" -f $%s, ($%s / %u)\r\n", n % 4, PICK(words), PICK(nouns),
                   PICK(words), PICK(words), n + 1);
    }
}

void script_text(u64 seed, struct buf *out)
{
    struct dice dice = {mix(seed)}, *const d = &dice;
    const double u = MAX(roll_unit(d), 1e-9), v = roll_unit(d);
    const double normal = sqrt(-2 * log(u)) * cos(6.283185307 * v);
    const double size = MIN(MAX(exp(7.2 + 0.9 * normal), 200), 12000);
    const size_t end = out->n + (size_t)size;
    buf_printf(out, "# %s %016llx\r\n", PICK(words), (unsigned long long)seed);
    while (out->n < end && !out->full)
        line(d, out);
}
