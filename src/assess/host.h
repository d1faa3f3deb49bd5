/* host.h: which computer does each source speak of?
 *
 * Windows events and most Exchange logs name it. A log that does not (IIS) belongs to the host of its collection: the one
 * whose name a folder around it bears; else that of the named source with which its path shares the most folders; when that leaves a choice, a host whose sources there speak of
 * Exchange, then the one with most events there. Where its own argument names nobody, another argument's host may be meant
 * (C1/iis and C1/events given apart), if one alone is nearest; else the argument lends its name. A
 * host is known by its short name without case: "EX01.contoso.example" and "ex01" are one. */
#ifndef ASSESS_HOST_H
#define ASSESS_HOST_H

#include "assess/scan.h"

struct hosts {
    VEC(str) names; /* short names as first seen; sorted without case */
    struct host_index *index; /* private to host.c */
    u32 only;       /* --host, by the number it had; NO_HOST */
};

/* Fills .host of all observations and hit events. Texts live in the scan's arena. */
void hosts_resolve(struct scan *scan, struct hosts *hosts);
/* --host: everything else is dropped, and the list is that one host. ERR_NOT_FOUND when the evidence does not speak of it. */
enum status hosts_keep(struct scan *scan, struct hosts *hosts, str name, struct err *err) MUST_USE;
/* The host of an event of that source whose log calls it `host_text`. NO_HOST: it was dropped, or none is known. */
u32 hosts_find(const struct hosts *hosts, str host_text, u32 source);
/* Does the source lie in a folder that bears the name of another host? */
bool hosts_is_others(const struct hosts *hosts, u32 source, u32 host);
void hosts_release(struct hosts *hosts);
str host_short(str name); /* the part before the first dot, unless it is an address */

#endif
