/* guidance_facts.h: what is known of a host that calls for advice: its verdict, what findings show, what its builds tell
 * (guidance_facts.def). Rows of guidance.def name the facts that call for them. */
#ifndef ASSESS_GUIDANCE_FACTS_H
#define ASSESS_GUIDANCE_FACTS_H

#include "assess/document.h"

#define FACT_COMPROMISED 0x1u
#define FACT_ATTACKED    0x2u
#define FACT_EXPOSED     0x4u
#define FACT_CANNOT_TELL 0x8u
#define FACT_QUIET       0x10u
#define FACT_FILE        0x20u
#define FACT_ADMIN       0x40u
#define FACT_CODE        0x80u
#define FACT_CREDENTIAL  0x100u
#define FACT_DOMAIN      0x200u
#define FACT_MAILBOX     0x400u
#define FACT_CLIENTS     0x800u
#define FACT_LOCAL       0x1000u
#define FACT_UNSURE      0x2000u  /* cannot tell, and not known to have every fix */
#define FACT_BLIND       0x4000u  /* something happened or may have, and processes were not in sight */
#define EXCHANGE_ONLY    0x8000u  /* in a row: not for a host that shows no sign of being an Exchange server */
#define FACT_EXPORT      0x10000u /* of findings: a mailbox was exported */
#define FACT_ROLE        0x20000u
#define FACT_FORWARD     0x40000u
#define FACT_DELEGATE    0x80000u
#define FACT_AGENT       0x100000u
#define FACT_MODULE      0x200000u
#define FACT_REMOTE      0x400000u /* through remote PowerShell, as an ordinary user */
#define FACT_KEY         0x800000u /* with the key of the application */
#define FACT_READ        0x1000000u /* mail was returned */
#define FACT_EOMT        0x2000000u /* of builds: open, and this mitigation is for it */
#define FACT_EOMT2       0x4000000u
#define FACT_EEMS        0x8000000u /* the emergency mitigation service is part of it */
#define FACT_OF_FINDINGS 0x1FF0000u /* those whose findings stand in the advice */

u32 guidance_finding_facts(const struct finding *finding); /* of FACT_OF_FINDINGS */
u32 guidance_host_facts(const struct document *doc, u32 host);

#endif
