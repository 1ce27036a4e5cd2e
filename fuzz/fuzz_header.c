// SPDX-License-Identifier: Apache-2.0
// fuzz_header.c - any bytes as a commit header and as a wire commit: refused,
// or read, written again and identical.
#include <stdlib.h>

#include "base/limits.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "log/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(tandem_slice in, const struct td_buf *out)
{
    if (out->err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(out))) {
        abort();
    }
}

static void
try_header(tandem_slice in)
{
    struct td_arena arena;
    struct td_header h;
    struct td_buf b;

    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    if (td_header_decode(in, &arena, &h) == TANDEM_OK) {
        td_header_encode(&h, &b);
        same(in, &b);
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

// `like` is the header whose place the wire commit is read at.
static void
try_wire(tandem_slice in, const struct td_header *like,
    const struct td_header *before)
{
    struct td_header h = {.log = like->log, .seq = like->seq};
    tandem_slice *payloads = NULL;
    struct td_arena arena;
    struct td_buf b;
    struct td_cur c;

    if (!td_cur_open(&c, in)) {
        return;
    }
    td_arena_init(&arena, NULL, 1 << 20);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    if (td_wire_decode(&c, before, &arena, &h, &payloads) == TANDEM_OK) {
        td_wire_encode(&h, before, payloads, &b);
        same(in, &b);
        td_buf_reset(&b);
        td_header_encode(&h, &b);
        try_header(td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_slice in = {data, size};
    struct td_header before = {.seq = 4, .has_epoch = true};
    struct td_header place = {.seq = 5};

    if (td_crypto_init() != TANDEM_OK) {
        abort();
    }
    try_header(in);
    try_wire(in, &place, NULL);
    try_wire(in, &place, &before);
    place.seq = 0;
    // The log id that the vectors' entry 0 states; see tests/vectors/log.txt.
    if (!td_unhex("31e8a1bfa86cd035ecc18f69f236dec6", place.log.b, 16)) {
        abort();
    }
    try_wire(in, &place, NULL);
    return 0;
}
