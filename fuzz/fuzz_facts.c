// SPDX-License-Identifier: Apache-2.0
// fuzz_facts.c - any bytes as facts that were kept: refused and nothing left
// of them, or facts whose places all lead somewhere, kept again as the same
// bytes. The stamp is taken for right, whatever it is.
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

static void
check(const struct facts *f)
{
    must(f->count > 0 && f->device_count > 0);
    for (size_t i = 1; i < f->count; i++) {
        const struct fact *fact = &f->at[i];

        must(fact->kind < FACT_KINDS);
        if (fact->kind != FACT_NOTHING) {
            must(fact->sector < f->sector_count);
            must(fact->row < f->rows[fact->kind].count);
            must(fact->number <= f->number);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts *f;
    uint8_t *again = NULL;
    size_t len = 0;
    tandem_err err;

    must(facts_new(&f) == TANDEM_OK);
    for (size_t i = 0; i < 8 && i + 1 < size; i++) {
        f->stamp |= (uint64_t)data[i + 1] << 8 * i;
    }
    err = facts_decode(f, data, size);
    must(err == TANDEM_OK || err == TANDEM_ECORRUPT);
    if (err == TANDEM_OK) {
        check(f);
        must(facts_encode(f, &again, &len) == TANDEM_OK);
        must(len == size && memcmp(again, data, len) == 0);
        free(again);
    } else {
        must(f->count == 1 && f->point_count == 0 && f->sector_count == 0);
    }
    facts_free(f);
    return 0;
}
