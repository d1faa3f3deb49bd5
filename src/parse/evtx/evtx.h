/* evtx.h: what tests and fuzzers want of the EVTX reader besides evtx_parser. */
#ifndef PARSE_EVTX_EVTX_H
#define PARSE_EVTX_EVTX_H

#include "parse/parse.h"

extern const struct parser evtx_parser;

/* The same reader without its short cut: every record is read into a tree and named anew, no plan is kept or used. Slow;
 * whatever it gives, evtx_parser must give too. An env may be used with one of the two only. */
extern const struct parser evtx_parser_afresh;

/* What a worker keeps for event logs, made when it is first needed; `afresh`: as the second one has it. */
struct chunk_reader *evtx_reader(struct parse_env *env, bool afresh);

#endif
