/* A condition over a few selections: what is read has whole nodes and only selections that exist;
 * what is not read has a message and a column inside the text. */
#include <stdint.h>
#include <stdlib.h>

#include "rule/sigma/cond.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const struct sigma_selection selections[] = {
    {.name = {"sel", 3}},
    {.name = {"sel_a", 5}},
    {.name = {"filter_b", 8}},
    {.name = {"_x", 2}},
};

static void check_node(const struct sigma_node *node)
{
    if (node->op == SIGMA_SELECTION) {
        CHECK(node->selection < COUNT(selections) && node->n_kids == 0);
        return;
    }
    CHECK(node->op == SIGMA_NOT ? node->n_kids == 1 : node->n_kids >= 1);
    for (u32 i = 0; i < node->n_kids; i++)
        check_node(node->kids[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct err err = {0};
    struct sigma_node *node = NULL;
    const str text = {size ? (const char *)data : "", size};
    if (cond_parse(text, selections, COUNT(selections), &arena, &node, &err) == OK)
        check_node(node);
    else
        CHECK(err.msg[0] && err.col >= 1 && err.col <= size + 1);
    arena_release(&arena);
    return 0;
}
