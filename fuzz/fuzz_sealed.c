// SPDX-License-Identifier: Apache-2.0
// fuzz_sealed.c - any bytes as a row at rest: refused, or a place, which has no
// seal; a value at any place of any table comes back from its row, and one bit
// of the row more or less is damage.
//
// Input: table u8, key length u8, key, how u8. how 0: the rest is a row. Else:
// class be16, offset be16, bits u8; the rest is a value, sealed under the class
// and its row hit at the offset.
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "store/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

// The same "random" bytes every time, so that a corpus can hold real rows.
static tandem_err
fill(void *ctx, uint8_t *p, size_t n)
{
    uint8_t *state = ctx;

    for (size_t i = 0; i < n; i++) {
        p[i] = (*state)++;
    }
    return TANDEM_OK;
}

static const struct td_keyring *
keyring(void)
{
    static struct td_keyring kept;
    static bool made;
    struct td_keyring *k = NULL;
    uint8_t state = 7;

    if (!made) {
        must(td_crypto_init() == TANDEM_OK);
        must(td_keyring_new(NULL, (struct td_rng){&state, fill}, &k) ==
             TANDEM_OK);
        kept = *k;
        made = true;
        td_keyring_free(NULL, k);
    }
    return &kept;
}

// No tag is right by chance, so what opens is a place, which has none: and it
// is the row that its value makes.
static void
as_row(const struct td_row_at *at, tandem_slice row, struct td_buf *value,
    struct td_buf *again)
{
    const struct td_row_with how = {.seal = TD_SEAL_PLACE};
    tandem_err err = td_row_open(keyring(), at, row, NULL, value);

    if (at->table == TD_T_INDEXES) {
        must((err == TANDEM_OK) == (row.len == 0) && value->len == 0);
        return;
    }
    must(err == TANDEM_OK || err == TANDEM_ECORRUPT);
    if (err == TANDEM_OK) {
        must(at->table == TD_T_RECORDS && value->len == TD_PLACE_BYTES);
        must(td_row_seal(keyring(), at, td_buf_slice(value), &how, again) ==
             TANDEM_OK);
        must(td_slice_eq(row, td_buf_slice(again)));
    }
}

static void
as_value(const struct td_row_at *at, struct td_reader *r, struct td_buf *row,
    struct td_buf *value)
{
    uint8_t state = 99;
    struct td_row_with how = {.rng = {&state, fill}};
    uint16_t offset;
    uint8_t bits;
    tandem_slice in;

    how.seal = td_read_be16(r);
    offset = td_read_be16(r);
    bits = td_read_u8(r);
    in = (tandem_slice){r->ptr, r->left};
    if (r->failed || how.seal == TD_SEAL_PLACE || at->table == TD_T_INDEXES ||
        td_row_seal(keyring(), at, in, &how, row) != TANDEM_OK) {
        return;
    }
    row->ptr[offset % row->len] ^= bits;
    if (bits != 0) {
        must(td_row_open(keyring(), at, td_buf_slice(row), NULL, value) ==
             TANDEM_ECORRUPT);
        return;
    }
    must(td_row_open(keyring(), at, td_buf_slice(row), NULL, value) ==
         TANDEM_OK);
    must(td_slice_eq(in, td_buf_slice(value)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_row_at at = {.table = TD_T_META};
    struct td_reader r;
    struct td_buf a, b;
    unsigned how;

    td_reader_init(&r, (tandem_slice){data, size});
    at.table = (enum td_table)(td_read_u8(&r) % TD_T_COUNT);
    at.key = td_read_bytes(&r, td_read_u8(&r));
    how = td_read_u8(&r);
    if (r.failed || td_row_key_check(at.key) != TANDEM_OK) {
        return 0;
    }
    td_buf_init(&a, NULL, size + 256);
    td_buf_init(&b, NULL, size + 256);
    if (how == 0) {
        as_row(&at, (tandem_slice){r.ptr, r.left}, &a, &b);
    } else {
        as_value(&at, &r, &a, &b);
    }
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    return 0;
}
