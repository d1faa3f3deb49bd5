/* Bytes as the log of Exchange's setup: slices of the input, growing offsets, the same for every
 * size of blocks. */
#include "../tests/event_text.h"

extern const struct parser exchange_setup_parser;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str input = {(const char *)data, size};
    (void)parser_for(input, S("fuzz"));
    event_text_same(&exchange_setup_parser, input);
    return 0;
}
