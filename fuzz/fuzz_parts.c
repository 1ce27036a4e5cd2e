// SPDX-License-Identifier: Apache-2.0
// fuzz_parts.c - any bytes as what is said of the parts of facts: refused, or
// numbers within bounds that give the same bytes again.
#include <stdlib.h>
#include <string.h>

#include "figures/facts_own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[FACTS_HEAD_BYTES];
    struct facts_head head;

    if (facts_head_take(data, size, &head)) {
        must(head.parts > 0 && head.parts <= FACTS_PARTS_MAX);
        must(head.bytes >= head.parts &&
             head.bytes <= (uint64_t)head.parts * TANDEM_LOCAL_BYTES_MAX);
        facts_head_put(&head, again);
        must(size == sizeof(again) && memcmp(again, data, size) == 0);
    }
    return 0;
}
