/* Bytes as a configuration of IIS: slices of the input, growing offsets, the same for every size of
 * blocks. */
#include "../tests/event_text.h"

extern const struct parser iis_config_parser;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str input = {(const char *)data, size};
    (void)parser_for(input, S("fuzz"));
    event_text_same(&iis_config_parser, input);
    return 0;
}
