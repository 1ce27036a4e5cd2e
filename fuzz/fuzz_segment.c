// SPDX-License-Identifier: Apache-2.0
// fuzz_segment.c - any bytes as a segment under any signed head: refused, or
// chained, bounded, and written again identical.
//
// Input: known u8 (odd: the log is held) || its seq be64 || its hash 32 ||
// device 32 || head: log 16, seq be64, hash 32 || signature 64 || segment.
// The workspace is 32 bytes 0x11, as in tests/vectors/log.py.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

// What td_segment_read promises of what it accepts.
static void
check(tandem_slice in, const struct td_log_info *known,
    const struct td_segment *s)
{
    struct td_hash prev = {{0}};
    uint64_t first = 0;
    uint64_t bytes = 0;
    struct td_buf b, one;

    if (known != NULL) {
        prev = known->head;
        first = known->head_seq + 1;
    }
    must(s->count > 0 && s->count <= TD_SIGN_COMMITS);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct td_header *h = &s->headers[i];
        struct td_hash chain;

        td_buf_init(&one, NULL, TD_HEADER_BYTES_MAX);
        td_header_encode(h, &one);
        must(one.err == TANDEM_OK);
        chain = td_header_chain(td_buf_slice(&one));
        td_buf_deinit(&one);

        must(bytes <= TD_SIGN_BYTES);
        must(h->seq == first + i && td_hash_eq(&h->prev, &prev));
        must(td_hash_eq(&chain, &s->chains[i]));
        bytes += td_header_weight(h);
        td_wire_encode(
            h, i > 0 ? &s->headers[i - 1] : NULL, s->payloads[i], &b);
        prev = chain;
    }
    must(td_hash_eq(&prev, &s->head.head.hash));
    must(td_head_verify(&s->log.device, &s->head));
    must(b.err == TANDEM_OK && td_slice_eq(in, td_buf_slice(&b)));
    td_buf_deinit(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_log_info known = {.number = 1};
    struct td_signed_head head = {.head.seq = 0};
    struct td_segment s;
    struct td_hash workspace;
    struct td_arena arena;
    struct td_reader r;
    tandem_err err;
    bool held;

    must(td_crypto_init() == TANDEM_OK);
    memset(workspace.b, 0x11, sizeof(workspace.b));
    td_reader_init(&r, (tandem_slice){data, size});
    held = td_read_u8(&r) % 2 != 0;
    known.head_seq = td_read_be64(&r) >> 1; // our own: never near the end
    td_read_copy(&r, known.head.b, sizeof(known.head.b));
    td_read_copy(&r, known.device.b, sizeof(known.device.b));
    td_read_copy(&r, head.head.log.b, sizeof(head.head.log.b));
    head.head.seq = td_read_be64(&r);
    td_read_copy(&r, head.head.hash.b, sizeof(head.head.hash.b));
    td_read_copy(&r, head.sig.b, sizeof(head.sig.b));
    if (r.failed) {
        return 0;
    }
    known.id = head.head.log;
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    err = td_segment_read((tandem_slice){r.ptr, r.left}, &workspace,
        held ? &known : NULL, &head, &arena, &s);
    if (err == TANDEM_OK) {
        check((tandem_slice){r.ptr, r.left}, held ? &known : NULL, &s);
    }
    must(err != TANDEM_ENOMEM); // no input reaches the arena's bound
    td_arena_deinit(&arena);
    return 0;
}
