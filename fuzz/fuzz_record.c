// SPDX-License-Identifier: Apache-2.0
// fuzz_record.c - arbitrary bytes as a record's state: refused, or exactly
// what encode() writes, and then a state that can be read, copied and written.
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
read_list(const struct td_list *l)
{
    struct td_buf b;

    td_buf_init(&b, NULL, SIZE_MAX);
    must(td_list_read(l, &b) == TANDEM_OK);
    must(b.len == l->items.count * sizeof(struct td_listed));
    td_buf_deinit(&b);
}

static void
read_all(const struct td_record *r)
{
    tandem_slice none = {NULL, 0};
    uint64_t field;
    uint64_t merge;
    int64_t sum;

    for (size_t i = 0; td_record_field(r, i, &field, &merge); i++) {
        (void)td_record_distinct(r, field, TD_OP_SET, none);
        (void)td_record_distinct(r, field, TD_OP_MOVE, none);
        (void)td_record_versions(r, field, TD_OP_LINE, none);
        if (merge == TD_OP_PLACE) {
            read_list(td_record_list(r, field));
        }
        (void)td_record_counter(r, field, &sum);
        for (size_t k = 0; k < td_record_keys(r, field); k++) {
            must(td_record_versions(
                     r, field, TD_OP_PUT, td_record_key(r, field, k)) > 0);
        }
    }
    (void)td_record_deletion(r);
}

// A first write of a new log, having seen all that stands there.
static void
write_once(struct td_record *r)
{
    static const uint8_t seven[] = {7};
    struct td_op ops[] = {{.code = TD_OP_SET, .field = 1, .value = {seven, 1}},
        {.code = TD_OP_MOVE, .field = 6, .value = {seven, 1}},
        {.code = TD_OP_LINE, .field = 7, .value = {seven, 1}},
        {.code = TD_OP_PLACE, .field = 8, .value = {seven, 1}},
        {.code = TD_OP_MARK, .deleted = true}};
    struct td_change c = {.log = {{0xfe, 0xdc}}, .seq = 1};
    enum td_applied how = TD_APPLIED_OLD;
    struct td_wait_for wait;
    struct td_arena arena;
    struct td_buf b;

    td_arena_init(&arena, NULL, (size_t)64 << 20);
    td_buf_init(&b, NULL, SIZE_MAX);
    must(td_record_context(r, NULL, c.log, &arena, &c) == TANDEM_OK);
    c.ops = ops;
    c.op_count = sizeof ops / sizeof ops[0];
    must(td_record_apply(r, &c, true, &how, &wait) == TANDEM_OK);
    must(td_record_encode(r, &b) == TANDEM_OK);
    td_buf_deinit(&b);
    td_arena_deinit(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_record *r = NULL;
    struct td_record *d = NULL;
    struct td_buf b;

    if (td_record_decode(NULL, (tandem_slice){data, size}, &r) != TANDEM_OK) {
        must(r == NULL);
        return 0;
    }
    td_buf_init(&b, NULL, SIZE_MAX);
    must(td_record_dup(r, &d) == TANDEM_OK);
    must(td_record_encode(d, &b) == TANDEM_OK);
    must(td_slice_eq(td_buf_slice(&b), (tandem_slice){data, size}));
    read_all(r);
    write_once(r);
    td_record_free(r);
    td_record_free(d);
    td_buf_deinit(&b);
    return 0;
}
