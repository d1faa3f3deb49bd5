#include "rule/builtin.h"

str builtin_find(const char *path)
{
    for (size_t i = 0; i < n_builtin_files; i++)
        if (strcmp(builtin_files[i].path, path) == 0)
            return (str){builtin_files[i].data, builtin_files[i].n};
    return STR_NONE;
}
