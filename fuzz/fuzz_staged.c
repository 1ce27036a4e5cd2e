// SPDX-License-Identifier: Apache-2.0
// fuzz_staged.c - any bytes as a row of STAGED: refused, or read and written
// again identically, with less than the whole in it.
#include <stdlib.h>

#include "base/limits.h"
#include "base/slice.h"
#include "replica/replica.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_staged s;
    struct td_buf b;

    td_buf_init(&b, NULL, (size_t)TD_SEGMENT_BYTES_MAX + 256);
    if (td_staged_read(in, &s) == TANDEM_OK) {
        td_staged_write(&s, &b);
        if (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b)) ||
            s.bytes.len == 0) {
            abort();
        }
    }
    td_buf_deinit(&b);
    return 0;
}
