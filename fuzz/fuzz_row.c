// SPDX-License-Identifier: Apache-2.0
// fuzz_row.c - any bytes as a RECORDS row and as a WAITING row: refused, or
// read; a RECORDS row that is read is written again identically.
#include <stdlib.h>

#include "base/slice.h"
#include "replica/row.h"
#include "replica/wait.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_arena arena;
    struct td_wait wait;
    struct td_row row;
    struct td_buf b;

    td_arena_init(&arena, NULL, (size_t)64 << 20);
    td_buf_init(&b, NULL, TD_REPLICA_ROW_MAX);
    if (td_row_decode(in, &arena, &row) == TANDEM_OK) {
        td_row_encode(&row, &b);
        if (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b))) {
            abort();
        }
        for (size_t i = 0; i < row.count; i++) {
            if (!td_row_has(&row, &row.changes[i])) {
                abort();
            }
        }
    }
    if (td_wait_decode(in, &wait) == TANDEM_OK && wait.reason == 0) {
        abort();
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    return 0;
}
