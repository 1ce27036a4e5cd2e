// SPDX-License-Identifier: Apache-2.0
// fuzz_trie.c - any bytes as a row of TRIE: refused, or read, summed and
// written again identically.
#include <stdlib.h>

#include "base/slice.h"
#include "log/trie_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_trie_child sum;
    struct td_trie_row row;
    struct td_arena arena;
    struct td_buf b;

    td_arena_init(&arena, NULL, (size_t)1 << 20);
    td_buf_init(&b, NULL, (size_t)1 << 20);
    if (td_trie_row_read(in, &arena, &row) == TANDEM_OK) {
        td_trie_row_write(&row, &b);
        if (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b))) {
            abort();
        }
        sum = td_trie_row_sum(&row, 0);
        if (!row.branch && (sum.count == 0 || sum.count > TD_TRIE_LEAF_MAX)) {
            abort();
        }
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
    return 0;
}
