// SPDX-License-Identifier: Apache-2.0
// fuzz_meta.c - any bytes as a row of META that is more than so many bytes:
// refused, or what it says is within bounds and written again as the same.
//
// First byte, modulo 4: 0 "replica", 1 "counts", 2 "clock", 3 the key of an
// epoch (then: key length u8, key, value). The rest: the row.
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/slice.h"
#include "replica/meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
same(tandem_slice row, const struct td_buf *again)
{
    must(again->err == TANDEM_OK && td_slice_eq(row, td_buf_slice(again)));
}

static void
as_identity(tandem_slice row, struct td_buf *b)
{
    struct td_identity id;

    if (td_identity_read(row, &id)) {
        td_identity_write(&id, b);
        same(row, b);
    }
}

static void
as_counts(tandem_slice row, struct td_buf *b)
{
    struct td_counts n;

    if (td_counts_read(row, &n)) {
        td_counts_write(&n, b);
        same(row, b);
    }
}

// A clock that was kept goes on, whatever the wall clock says by now.
static void
as_clock(tandem_slice row, struct td_buf *b)
{
    struct td_clock c;
    uint64_t last;

    if (!td_clock_row_read(row, &c.last)) {
        return;
    }
    last = c.last;
    td_buf_put_be64(b, last);
    same(row, b);
    must(td_clock_now(&c, 0) > last);
    td_clock_heard(&c, UINT64_MAX, INT64_MAX);
    must(td_clock_now(&c, INT64_MAX) > last);
    must(c.last < UINT64_MAX - UINT32_MAX); // there is room to rise
}

static void
as_epoch_key(struct td_reader *r)
{
    const tandem_slice key = td_read_bytes(r, td_read_u8(r));
    const tandem_slice value = td_read_bytes(r, r->left);
    struct td_epoch_key k;

    if (r->failed || !td_epoch_key_read(key, value, &k)) {
        return;
    }
    must(key.len == sizeof(TD_META_EPOCH) - 1 + 16);
    must(memcmp(key.ptr, TD_META_EPOCH, key.len - 16) == 0);
    must(memcmp(key.ptr + key.len - 16, k.epoch.b, 16) == 0);
    must(td_slice_eq(value, (tandem_slice){k.wrapped, sizeof(k.wrapped)}));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_reader r;
    struct td_buf b;
    unsigned which;

    td_reader_init(&r, (tandem_slice){data, size});
    which = td_read_u8(&r) % 4;
    td_buf_init(&b, NULL, 128);
    if (which == 0) {
        as_identity((tandem_slice){r.ptr, r.left}, &b);
    } else if (which == 1) {
        as_counts((tandem_slice){r.ptr, r.left}, &b);
    } else if (which == 2) {
        as_clock((tandem_slice){r.ptr, r.left}, &b);
    } else {
        as_epoch_key(&r);
    }
    td_buf_deinit(&b);
    return 0;
}
