/* limits.h: every limit that evidence can meet, with its reason. When one is hit it is a named line in the report
 * ("refused"), never silence. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define MIB ((size_t)1 << 20)

#define LIMIT_BLOCK        (1 * MIB)  /* evidence is read and handed to workers in pieces of about this size */
#define LIMIT_RECORD       (32 * MIB) /* one record or line: above every real one seen (script blocks are split at 16 KiB) */
#define LIMIT_CONFIG       (8 * MIB)  /* a configuration of IIS, read whole: that of a large server has half of one */
#define LIMIT_FIELDS       4096       /* fields in one record: the widest real one seen has under 200 */
#define LIMIT_NESTING      64         /* nesting of JSON and binary XML: real records stay under 12 */
#define LIMIT_SCHEMA       (64 * MIB) /* forms of records in one block: no block of real evidence has more than hundreds, of some KiB each */
#define LIMIT_FORMS        (12 * MIB) /* … that a worker remembers from block to block; above, it forgets them, and nothing is lost */
#define LIMIT_GIANT        (4 * LIMIT_BLOCK) /* a block above this begins and ends with nothing remembered */
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
#define LIMIT_MATCHES      100000     /* of all correlations together, in their result: an even share each */
#define LIMIT_SPILL        ((u64)4 << 30) /* bytes of a temporary file */
#define LIMIT_FILTERS      1000       /* Sigma filters in one run: each may change every rule */
/* What is observed of events, over the whole run: counted in the order of the evidence, so that the same is left whatever the threads. */
#define LIMIT_OBSERVATIONS 32768      /* of one log of one host in one file: real evidence has hundreds to some ten thousand */
#define LIMIT_OBSERVED     (8 * MIB)  /* … bytes of their names */
#define LIMIT_HOURS        4096       /* of one observation in which something was recorded, thinned: three years without a pause */
#define LIMIT_ALL_HOURS    1000000    /* … of all together; beyond, an observation keeps LIMIT_FEW_HOURS */
#define LIMIT_FEW_HOURS    16
#define LIMIT_IDS          4096       /* event ids of one observation: the richest real log has some 400 */
#define LIMIT_ALL_IDS      400000     /* … of all together */
#define LIMIT_CLEARED      1000       /* times at which one log says that it was cleared */
#define LIMIT_ALL_CLEARED  50000
#define LIMIT_SAMPLES      100000     /* lags and process starts by which clocks are judged: hundreds would do */
#define LIMIT_BUILDS       64         /* builds that one log names */
#define LIMIT_ALL_BUILDS   20000
#define LIMIT_DAMAGES      10000      /* damaged places told one by one; further ones are added up, a line a source */
#define LIMIT_BLOCK_DAMAGES 1000      /* … of one block */
#define LIMIT_REFUSALS     10000      /* refused pieces told one by one; further ones are added up, a line a reason */
/* Hits that are kept with their events; the rest is counted, and the report says so. When the hits of all rules together hold
 * much, a rule that has some already gets no more, and one that has few yet still gets its first. A document and its reports
 * take about four times what is kept. */
#define LIMIT_HITS         5000       /* of one rule */
#define LIMIT_HITS_BYTES   (4 * MIB)
#define LIMIT_BLOCK_BYTES  (4 * MIB)  /* of one block: above, a rule gets few of it */
#define LIMIT_BLOCK_FEW    2
#define LIMIT_MUCH_BYTES   (20 * MIB) /* of all rules: above, a rule gets few */
#define LIMIT_FEW_HITS     100
#define LIMIT_FEW_BYTES    (MIB / 4)
#define LIMIT_ALL_BYTES    (28 * MIB) /* of all rules: above, none is kept */
#define LIMIT_HOSTS        1000       /* told apart in one case: a collector of forwarded events knows hundreds */
#define LIMIT_RULES        200000     /* rules in one run */

#endif
