// SPDX-License-Identifier: Apache-2.0
// fuzz_change.c - arbitrary bytes as the body of a change: refused, or what
// the encoder writes again; then it is applied to a record by both ways.
#include <stdlib.h>
#include <string.h>

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

// Each path is a log of its own, so that two branches of one log stay apart.
struct paths {
    struct td_log_id own;
    struct td_ref at[TD_CONTEXT_LOGS_MAX];
    size_t count;
};

static tandem_err
name_of(
    void *ctx, const struct td_ref *ref, uint64_t seq, struct td_log_id *out)
{
    struct paths *p = ctx;
    size_t i = 0;

    (void)seq;
    *out = p->own;
    if (ref == NULL) {
        return TANDEM_OK;
    }
    while (i < p->count && (td_log_id_cmp(p->at[i].log, ref->log) != 0 ||
                               p->at[i].seq != ref->seq ||
                               memcmp(&p->at[i].hash, &ref->hash, 16) != 0)) {
        i++;
    }
    if (i == p->count) {
        must(p->count < TD_CONTEXT_LOGS_MAX);
        p->at[p->count++] = *ref;
    }
    *out = (struct td_log_id){{0xee, (uint8_t)(i >> 8), (uint8_t)i}};
    return TANDEM_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_change at = {.log = {{0x20}}, .seq = 50, .index = 3};
    static struct paths paths;
    const struct td_names names = {name_of, &paths};
    struct td_change c;
    struct td_arena arena;
    struct td_buf again;
    bool unknown = false;

    paths.own = at.log;
    paths.count = 0;
    td_arena_init(&arena, NULL, (size_t)64 << 20);
    if (td_change_decode((tandem_slice){data, size}, &at, &names, &arena, &c) ==
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
