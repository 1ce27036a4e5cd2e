// SPDX-License-Identifier: Apache-2.0
// fuzz_cursor.c - any bytes: refused, or read, written again and identical.
#include <stdlib.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Write one value's beginning (a scalar: all of it); how many values follow.
static size_t
copy_one(struct td_buf *b, struct td_cur *c)
{
    tandem_slice s;
    size_t n;

    switch (td_cur_peek(c)) {
    case TD_MP_NIL:
        if (!td_cur_nil(c)) {
            abort();
        }
        td_mp_nil(b);
        return 0;
    case TD_MP_BOOL:
        td_mp_bool(b, td_cur_bool(c));
        return 0;
    case TD_MP_INT:
        td_mp_int(b, td_cur_int(c));
        return 0;
    case TD_MP_UINT:
        td_mp_uint(b, td_cur_uint(c));
        return 0;
    case TD_MP_STR:
        td_mp_str(b, td_cur_str(c, SIZE_MAX));
        return 0;
    case TD_MP_BIN:
        s = td_cur_bin(c, SIZE_MAX);
        td_mp_bin(b, s.ptr, s.len);
        return 0;
    case TD_MP_ARRAY:
        n = td_cur_array(c, SIZE_MAX);
        td_mp_array(b, n);
        return n;
    case TD_MP_MAP:
        n = td_cur_map(c, SIZE_MAX);
        td_mp_map(b, n);
        return 2 * n;
    case TD_MP_NONE:
    default:
        abort(); // accepted, and yet nothing to read
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_slice in = {data, size};
    struct td_cur c, skip;
    struct td_buf b;
    size_t pending = 1;
    bool open = td_cur_open(&c, in);

    // Bounded even where the promise "already checked" is broken.
    td_cur_sub(&skip, in);
    (void)td_cur_raw(&skip);
    if (open != (td_mp_check(in) == TD_MP_FINE)) {
        abort();
    }
    if (!open) {
        return 0;
    }
    if (!td_cur_done(&skip)) {
        abort(); // skipping and checking disagree about the end
    }
    td_buf_init(&b, NULL, size);
    while (pending > 0) {
        pending += copy_one(&b, &c);
        pending--;
    }
    if (!td_cur_done(&c) || b.err != TANDEM_OK ||
        !td_slice_eq(td_buf_slice(&b), in)) {
        abort();
    }
    td_buf_deinit(&b);
    return 0;
}
