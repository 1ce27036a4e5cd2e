// SPDX-License-Identifier: Apache-2.0
// opts.c - shorter and longer structs of options.
#include "base/opts.h"

#include <stdint.h>
#include <string.h>

bool
td_opts_take(void *mine, size_t size, const void *given)
{
    const uint8_t *from = given;
    size_t theirs = 0;

    memset(mine, 0, size);
    if (given == NULL) {
        return false;
    }
    memcpy(&theirs, given, sizeof(theirs));
    if (theirs < sizeof(theirs)) {
        return false;
    }
    memcpy(mine, given, theirs < size ? theirs : size);
    memcpy(mine, &size, sizeof(size));
    for (size_t i = size; i < theirs; i++) {
        if (from[i] != 0) {
            return false;
        }
    }
    return true;
}
