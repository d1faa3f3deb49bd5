/* limits.h: every limit that evidence can meet, with its reason. When one is hit it is a named line in the report
 * ("refused"), never silence. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define MIB ((size_t)1 << 20)

#define LIMIT_BLOCK        (1 * MIB)  /* evidence is read and handed to workers in pieces of about this size */
#define LIMIT_RECORD       (32 * MIB) /* one record or line: above every real one seen (script blocks are split at 16 KiB) */
#define LIMIT_FIELDS       4096       /* fields in one record: the widest real one seen has under 200 */
#define LIMIT_NESTING      64         /* nesting of JSON and binary XML: real records stay under 12 */
#define LIMIT_SCHEMA       (64 * MIB) /* forms of records that one worker remembers: real evidence has hundreds, of some KiB each */
#define LIMIT_DIR_DEPTH    64         /* folders in folders */
#define LIMIT_ARCHIVE_DEPTH 4         /* archives in archives: a triage archive in a case archive, twice over */
#define LIMIT_ENTRIES      4000000    /* files in one run, in folders and archives together */
#define LIMIT_EXPANSION    2000       /* unpacked : packed of one archive, once 64 MiB are out: event logs reach 30, zip bombs 1000s */
#define LIMIT_ARCHIVE_SIZE ((size_t)1 << 42) /* bytes unpacked from one archive */
#define LIMIT_EXPANSION_AFTER (64 * MIB)
#define LIMIT_NESTED_SIZE  (128 * MIB) /* a nested 7z, which needs seeking, is held in memory */
#define LIMIT_NAME         (32 << 10)  /* bytes of a path or of an entry name with all that is before it: cut there */
#define LIMIT_RULE_FILE    (4 * MIB)  /* one rule file */
#define LIMIT_YAML_NODES   1000000    /* nodes of one YAML file with aliases unfolded: the largest real rule has under 2,000 */
#define LIMIT_CONDITION    20000      /* nodes of one condition, patterns spelt out: the largest real one has under 200 */
#define LIMIT_EXPANDED     10000      /* values that one value of a rule becomes: lists of accounts have thousands */
#define LIMIT_TEMPORAL_RULES 64       /* rules that one temporal correlation waits for */
#define LIMIT_CORRELATED   5000000    /* hits that one correlation sees: a year of failed logons of a busy server */
#define LIMIT_MATCHES      100000     /* of all correlations together */
#define LIMIT_SPILL        ((u64)4 << 30) /* bytes of a temporary file */
#define LIMIT_FILTERS      1000       /* Sigma filters in one run: each may change every rule */
#define LIMIT_HOSTS        1000       /* told apart in one case: a collector of forwarded events knows hundreds */
#define LIMIT_RULES        200000     /* rules in one run */

#endif
