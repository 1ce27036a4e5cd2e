// SPDX-License-Identifier: Apache-2.0
// fuzz_log.c - any bytes as a row of LOGS: refused, or a log whose numbers are
// sound, written again under the same key as the same bytes.
//
// Input: key length u8, key, row.
#include <stdlib.h>

#include "base/reader.h"
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

// What the walks along branches rely on.
static void
check(const struct td_log_info *i)
{
    must(i->number > 0 && i->number <= TD_LOG_NUMBER_MAX);
    must(i->parent < i->number);
    must(i->signed_seq <= i->head_seq);
    must(i->head_seq + 1 != 0);
    must(i->head_lsn <= TD_LSN_MAX);
    must(!i->further || i->forked);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[TD_LOG_INFO_BRANCH_KEY];
    struct td_log_info info;
    struct td_reader r;
    tandem_slice key, row;
    struct td_buf b;
    size_t n;

    td_reader_init(&r, (tandem_slice){data, size});
    key = td_read_bytes(&r, td_read_u8(&r));
    row = td_read_bytes(&r, r.left);
    if (r.failed || td_log_info_read(key, row, &info) != TANDEM_OK) {
        return 0;
    }
    check(&info);
    n = td_log_info_key(&info, again);
    must(td_slice_eq(key, (tandem_slice){again, n}));
    td_buf_init(&b, NULL, 1024);
    td_log_info_write(&info, &b);
    must(b.err == TANDEM_OK && td_slice_eq(row, td_buf_slice(&b)));
    td_buf_deinit(&b);
    return 0;
}
