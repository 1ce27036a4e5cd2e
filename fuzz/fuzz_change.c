// SPDX-License-Identifier: Apache-2.0
// fuzz_change.c - arbitrary bytes as the body of a change: refused, or what
// the encoder writes again; then it is applied to a record by both ways.
#include <stdlib.h>

#include "base/limits.h"
#include "base/slice.h"
#include "crdt/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool fine)
{
    if (!fine) {
        abort();
    }
}

static void
build(const struct td_change *c)
{
    struct td_held held = {.change = c, .admitted = true};
    enum td_applied how = TD_APPLIED_OLD;
    struct td_wait_for wait;
    struct td_record *a = NULL;
    struct td_record *b = NULL;
    struct td_buf x;
    struct td_buf y;

    td_buf_init(&x, NULL, SIZE_MAX);
    td_buf_init(&y, NULL, SIZE_MAX);
    must(td_record_build(NULL, &held, 1, c->record, c->pack, c->kind, &a) ==
         TANDEM_OK);
    must(td_record_new(NULL, c->record, c->pack, c->kind, &b) == TANDEM_OK);
    must(td_record_apply(b, c, true, &how, &wait) == TANDEM_OK);
    must(held.applied == (how == TD_APPLIED));
    must(td_record_encode(a, &x) == TANDEM_OK);
    must(td_record_encode(b, &y) == TANDEM_OK);
    must(td_slice_eq(td_buf_slice(&x), td_buf_slice(&y)));
    td_record_free(b);
    b = NULL;
    must(td_record_decode(NULL, td_buf_slice(&x), &b) == TANDEM_OK);
    (void)td_record_deletion(b);
    td_record_free(a);
    td_record_free(b);
    td_buf_deinit(&x);
    td_buf_deinit(&y);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_change at = {.log = {{0x20}}, .seq = 50, .index = 3};
    struct td_change c;
    struct td_arena arena;
    struct td_buf again;
    bool unknown = false;

    td_arena_init(&arena, NULL, (size_t)64 << 20);
    if (td_change_decode((tandem_slice){data, size}, &at, &arena, &c) ==
        TANDEM_OK) {
        for (size_t i = 0; i < c.op_count; i++) {
            unknown = unknown || c.ops[i].raw.len > 0;
        }
        td_buf_init(&again, NULL, SIZE_MAX);
        must(td_change_encode(&c, &again) == TANDEM_OK);
        must(unknown ||
             td_slice_eq(td_buf_slice(&again), (tandem_slice){data, size}));
        td_buf_deinit(&again);
        build(&c);
    }
    td_arena_deinit(&arena);
    return 0;
}
