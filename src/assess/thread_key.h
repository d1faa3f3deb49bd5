/* thread_key.h: what a finding says of who did it: address, user agent, and the keys that link it surely to others. The fields
 * stand in thread_keys.def; docs/design/0005-threads.md has the reasons.
 *
 *   address   without port, zone and "::ffff:", in lower case; of a list (a forwarded chain) the first. None: loopback and link-local
 *             addresses, one of the server's own (thread.c knows these), whatever the back end saw (port 444: the front end asked)
 *   agent     one form for all logs: IIS writes '+' for a space, HttpProxy drops commas
 *   key       the same text of the same kind on the same host, with no silence longer than the kind's window in between */
#ifndef ASSESS_THREAD_KEY_H
#define ASSESS_THREAD_KEY_H

#include "assess/finding.h"

enum thread_key_kind {
    KEY_RECORD,  /* one record that several rules matched */
    KEY_CLIENT,
    KEY_REQUEST, /* request id: front end and back end, IIS and HttpProxy */
    KEY_SESSION, /* session or canary of the control panel */
    KEY_LOGON,   /* logon id; those of the system and of application pools are nobody's */
    KEY_PROCESS, /* GUID of a process, its own or its child's word; or its id and program, which come again */
    KEY_FILE,    /* one page, as scope.h tells files apart; not from the fields */
    KEY_KINDS
};

struct thread_key {
    enum thread_key_kind kind;
    u32 host, finding;
    str text;
    i64 time;
};

typedef VEC(struct thread_key) thread_keys;

/* Keys of the finding with that index, KEY_CLIENT left out. Texts live in the arena or with the event. */
void thread_keys_add(const struct finding *f, u32 index, struct arena *arena, thread_keys *keys);
i64 thread_key_window(enum thread_key_kind kind, str text);

str thread_client(const struct finding *f, struct arena *arena);         /* as its rule's scope says, else by the table; or empty */
str thread_agent(const struct scan_event *event, struct arena *arena);  /* or empty; health probes have none */
i64 thread_started(const struct scan_event *event); /* when the request came in: web logs write at its end */

str thread_address(str text, struct arena *arena);  /* cleaned, or empty: none, or one that tells nobody */
str thread_agent_clean(str text, struct arena *arena);
bool thread_is_private(str address);                /* of a local network: somebody inside, or a proxy */
bool thread_agent_is_common(str agent);             /* of a browser or a mail client */
str thread_network(str address);                    /* its /24, its /64: a slice of it, or empty */

#endif
