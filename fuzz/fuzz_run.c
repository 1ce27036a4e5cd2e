// SPDX-License-Identifier: Apache-2.0
// fuzz_run.c - any bytes as a row of RUNS: refused, or changes of the index
// that are all of the row, written again as the same bytes.
#include <stdlib.h>

#include "base/slice.h"
#include "replica/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    const size_t count = td_run_count(in);
    struct td_buf b;

    td_buf_init(&b, NULL, size);
    for (size_t i = 0; i < count; i++) {
        const struct td_run_op op = td_run_at(in, i);

        if (op.order != i) {
            abort();
        }
        td_run_put(&op, &b);
    }
    if (count > 0 &&
        (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b)))) {
        abort();
    }
    td_buf_deinit(&b);
    return 0;
}
