/* verdict.h: the seven rules of docs/verdict.md, decided per host, first match wins. Change both. */
#ifndef ASSESS_VERDICT_H
#define ASSESS_VERDICT_H

#include "assess/coverage.h"
#include "assess/exposure.h"
#include "assess/finding.h"

enum verdict { /* by severity */
#define VERDICT(name, exit_status) VERDICT_##name,
#include "assess/words.def"
#undef VERDICT
    VERDICT_COUNT
};

const char *verdict_text(enum verdict verdict);
int verdict_exit_status(enum verdict verdict);

struct reason {
    u32 host;
    str text;
    VEC(u32) findings; /* indexes */
};

struct host_verdict {
    enum verdict verdict;
    u32 also; /* bit 1 << verdict */
    str sentence;
    i64 since, until; /* first and last malicious act; TIME_NONE */
    bool not_after;   /* it was already going on when its source begins, or came from the server itself */
    bool from_inside; /* the first act came from the server itself */
    bool bystander;   /* shows no sign of being an Exchange server, in a case that has one */
    u32 reaches;
};

struct verdicts {
    struct arena arena;
    struct host_verdict *hosts;
    u32 n_hosts, worst; /* index of the most severe host */
    VEC(struct reason) reasons;
};

struct verdict_input {
    const struct scan *scan;
    const struct hosts *hosts;
    const struct findings *findings;
    const struct coverage *coverage;
    const struct exposure *exposure;
};

void verdict_decide(const struct verdict_input *in, struct verdicts *out);
void verdicts_release(struct verdicts *verdicts);

#endif
