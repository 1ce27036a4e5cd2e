// SPDX-License-Identifier: Apache-2.0
// fuzz_feed.c - any bytes as a row of FEED: refused, or a run of lsns whose
// feed numbers fit, gathered and written again as the same bytes.
//
// Input: key (first lsn be64), row.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "log/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check(const struct td_feed_row *rows, size_t count, uint64_t first)
{
    must(count > 0 && count <= TD_FEED_RUN);
    for (size_t i = 0; i < count; i++) {
        must(rows[i].lsn == first + i && rows[i].lsn > 0);
        must(rows[i].lsn <= TD_LSN_MAX);
        must(rows[i].has_seq ? rows[i].seq == rows[0].seq + i : count == 1);
        must(rows[i].has_seq == (rows[i].number != 0));
        must(rows[i].number <= TD_LOG_NUMBER_MAX);
        must(rows[i].count <= TD_COMMIT_CHANGES_MAX);
    }
}

static void
gather(const struct td_feed_row *rows, size_t count, struct td_feed_run *out)
{
    td_feed_run_begin(out, NULL);
    out->lsn = rows[0].lsn;
    out->seq = rows[0].seq;
    out->number = rows[0].number;
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        must(rows[i].count <= TD_FEED_ITEMS_MAX - out->item_count);
        out->counts[i] = (uint16_t)rows[i].count;
        for (size_t k = 0; k < rows[i].count; k++) {
            out->items[out->item_count++] = rows[i].items[k];
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_feed_row *rows = NULL;
    struct td_feed_run run;
    struct td_arena arena;
    tandem_slice row;
    struct td_buf b;
    size_t count = 0;
    tandem_err err;

    if (size < 8) {
        return 0;
    }
    row = (tandem_slice){data + 8, size - 8};
    td_arena_init(&arena, NULL, TD_FEED_ARENA_MAX);
    err = td_feed_read(row, td_be64(data), &arena, &rows, &count);
    must(err == TANDEM_OK || err == TANDEM_ECORRUPT);
    if (err == TANDEM_OK) {
        check(rows, count, td_be64(data));
        gather(rows, count, &run);
        td_buf_init(&b, NULL, size);
        td_feed_write(&run, rows[0].has_seq, rows[0].local, &b);
        must(b.err == TANDEM_OK && td_slice_eq(row, td_buf_slice(&b)));
        td_buf_deinit(&b);
    }
    td_arena_deinit(&arena);
    return 0;
}
