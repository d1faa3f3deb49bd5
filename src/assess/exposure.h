/* exposure.h: which builds ran when, and to which known-exploited flaws they stood open.
 *
 * Builds come from log headers and columns over time; what they mean comes from the tables builds.json, cves.json and
 * exploited.json (data/, inside the program), never from code. The rule (cves.json "evaluation"): for the build's product, a
 * flaw is closed when the build is at or above the first fixed build of its own CU, or at or above the base of a CU that
 * contains the fix; otherwise it is open, if the product is listed at all. What a setting gates besides is "unknown".
 *
 * Only flaws with a KEV entry count: for the verdict, exposure means exposure to what is known to be exploited. The window
 * of a flaw opens at published mass exploitation, else at the earlier of fix and KEV entry. A vulnerable build seen at the
 * start of the evidence was there before, so exposure then begins with the window, or the build's release if that is later. */
#ifndef ASSESS_EXPOSURE_H
#define ASSESS_EXPOSURE_H

#include "assess/host.h"
#include "base/json.h"

struct host_build {
    str build, update, product; /* "15.1.2176.2", "Exchange 2016 CU19", "Exchange Server 2016"; update and product empty when unknown */
    i64 from, to;
    i64 released; /* TIME_NONE when unknown */
    str source;   /* kind of log that named it */
};

typedef VEC(struct host_build) build_list;

struct host_exposure {
    str cve, name;
    i64 window;       /* when the flaw's window opened */
    i64 from, to;     /* of this host's exposure; to: last seen with a vulnerable build */
    i64 fixed;        /* date of the fix */
    bool conditional; /* a setting decides as well */
    bool at_end;      /* the last build seen is vulnerable */
};

struct exposure {
    struct arena arena;
    const struct json *builds, *cves, *exploited;
    str as_of; /* date of the newest build known */
    struct exposure_host {
        build_list builds;                 /* by from */
        build_list setups;                 /* by from: builds of which setup ran. Nothing rests on them: it may have failed, or only have
                                              prepared the directory, and security updates do not go through it */
        VEC(struct host_exposure) flaws;   /* open at some time within the evidence */
    } *hosts;
    u32 n_hosts;
};

/* The tables as JSON texts; damaged tables are an error of the program's own build or of the user's newer file. */
enum status exposure_load(str builds, str cves, str exploited, struct exposure *out, struct err *err);
void exposure_make(const struct scan *scan, const struct hosts *hosts, struct exposure *exposure);
void exposure_release(struct exposure *exposure);

enum build_state { BUILD_UNKNOWN, BUILD_FIXED, BUILD_VULNERABLE };
/* The state of a host for one flaw at a time: by the build seen last before it. The first build seen after it, where there is
 * none before, says only that the host was open; it may have been fixed in between, unless it was seen within BUILD_NEAR_NS
 * (an update takes longer, and logs round their times). */
#define BUILD_NEAR_NS (600 * TIME_SECOND)
enum build_state exposure_at(const struct exposure *exposure, u32 host, str cve, i64 time);
str exposure_flaw_name(const struct exposure *exposure, str cve); /* "ProxyLogon", or empty */
/* The newest fix date in [from, to] of a known-exploited flaw that the host's product had (any product's, when it is not
 * known), or TIME_NONE. */
i64 exposure_recent_fix(const struct exposure *exposure, u32 host, i64 from, i64 to);

#endif
