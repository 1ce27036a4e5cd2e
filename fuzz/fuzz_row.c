// SPDX-License-Identifier: Apache-2.0
// fuzz_row.c - any bytes as a row of RECORDS, of WAITING and of CONFLICTS:
// refused, or read, and written again identically.
#include <stdlib.h>

#include "base/slice.h"
#include "log/log.h"
#include "replica/conflict.h"
#include "replica/row.h"
#include "replica/wait.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
same(tandem_slice in, struct td_buf *again)
{
    must(again->err == TANDEM_OK && td_slice_eq(in, td_buf_slice(again)));
    td_buf_reset(again);
}

static void
as_record(tandem_slice in, struct td_buf *b)
{
    struct td_arena arena;
    struct td_row row;

    td_arena_init(&arena, NULL, (size_t)64 << 20);
    if (td_row_decode(in, &arena, &row) == TANDEM_OK) {
        must(row.count > 0);
        for (size_t i = 0; i < row.count; i++) {
            must(td_row_has(&row, &row.changes[i]));
            must(row.changes[i].number > 0);
            must(row.changes[i].number <= TD_LOG_NUMBER_MAX);
        }
        td_row_encode(&row, b);
        same(in, b);
    }
    td_arena_deinit(&arena);
}

static void
as_waiting(tandem_slice in, struct td_buf *b)
{
    struct td_wait wait;

    if (td_wait_decode(in, &wait) == TANDEM_OK) {
        must(wait.reason > 0 && wait.reason <= TD_WAIT_VERDICT);
        must(wait.reason != TANDEM_WAIT_CHANGE || wait.has_record);
        td_wait_encode(&wait, b);
        same(in, b);
    }
}

static void
as_conflict(tandem_slice in, struct td_buf *b)
{
    uint64_t count = 0;

    if (td_conflict_read(in, &count) == TANDEM_OK) {
        must(count > 0);
        td_conflict_write(count, b);
        same(in, b);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_buf b;

    td_buf_init(&b, NULL, TD_REPLICA_ROW_MAX);
    as_record(in, &b);
    as_waiting(in, &b);
    as_conflict(in, &b);
    td_buf_deinit(&b);
    return 0;
}
