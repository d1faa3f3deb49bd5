/* image.h: rules ready to run, kept from one run to the next.
 *
 * Reading and compiling 3,800 rule files takes a quarter of a second of processor time, more than most evidence does. The result,
 * tree and compiled form, is built in the region (base/region.h) and written as it stands to the user's cache folder
 * ($XDG_CACHE_HOME/leadline, else ~/.cache/leadline); a later run reads it back to the same address. The file is:
 *
 *   struct image_head, then the bytes of the region from REGION_BASE
 *
 * Its name is its key and ".rules"; the key is the sum of everything that it was made from: the program (device, inode, size, times of its file), the paths given and
 * the path, device, inode, size and times of every file they lead to. So it is never out of date, only unused; the newest IMAGES_KEPT
 * stay. It is taken only if folder and file belong to the user and nobody else may write them, and if its checksum holds: a
 * damaged one is as good as none. It is not written when a file is so young that a further change might not show in its times,
 * when one changed meanwhile, or when the region holds a pointer that leads out of it. A cache that cannot be read or written
 * is never an error. */
#ifndef RULE_IMAGE_H
#define RULE_IMAGE_H

#include "rule/ruleset.h"

#define IMAGES_KEPT      4
#define IMAGE_LEAST_FILES 200              /* rule files: below, reading them is as fast */
#define IMAGE_SETTLED    ((i64)2000000000) /* ns: how old the youngest file has to be; the coarsest clock of a file system */

#define IMAGE_KEY 72

struct image_head {
    char magic[8]; /* "LEADRUL1" */
    char key[IMAGE_KEY]; /* 64 digits, then zeros */
    u64 bytes; /* of the region */
    u64 set;   /* address of the ruleset */
    struct hash128 sum; /* image_sum */
};

/* Of the bytes and of what stands before the sum. */
struct hash128 image_sum(const struct image_head *head, const void *bytes);

enum image_use {
    IMAGE_NONE,   /* read the rules, write nothing */
    IMAGE_KEPT,
    IMAGE_VERIFY, /* and read every rule file to see that it still holds what the image was made of */
};

/* Like ruleset_load; `fast` of the set is filled when it came from an image, or became one. */
enum status image_load(const struct ruleset_source *source, enum image_use use, struct ruleset **out, struct err *err) MUST_USE;

#endif
