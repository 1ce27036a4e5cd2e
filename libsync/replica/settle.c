// SPDX-License-Identifier: Apache-2.0
// settle.c - after membership changed. See settle.h.
//
// META "settle" holds the last key of WAITING that was tried again; rows
// behind it are still to do. It stands from the transaction that changed
// membership to the one that finds no more rows.
#include "replica/settle.h"

#include <string.h>

#include "base/limits.h"
#include "replica/meta.h"
#include "replica/take.h"
#include "replica/wait.h"

#define SETTLE_BATCH 1024

tandem_err
td_settle_note(struct td_work *w)
{
    static const uint8_t start[TD_WAIT_KEY_BYTES] = {0};

    if (w->counts.waiting == 0) {
        return TANDEM_OK;
    }
    return td_meta_put(
        w->t, TD_META_SETTLE, (tandem_slice){start, sizeof(start)});
}

struct batch {
    int64_t now_ms;
    bool more;
    uint64_t records;
    struct td_row_change at[SETTLE_BATCH];
    size_t count;
};

// The next rows that a change of membership may concern (what was damaged may
// have been a neighbour's fault, or a newer version's); `mark` moves on.
static tandem_err
collect(struct td_work *w, struct batch *b, uint8_t mark[TD_WAIT_KEY_BYTES])
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    b->count = 0;
    b->more = false;
    TD_TRY(td_iter_open(
        w->t, TD_T_WAITING, (tandem_slice){mark, TD_WAIT_KEY_BYTES}, &i));
    while ((err = td_iter_next(i, &key, &value)) != TANDEM_ENOTFOUND) {
        struct td_wait wait;

        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len != TD_WAIT_KEY_BYTES) {
            err = TANDEM_ENOTFOUND; // the links: behind all others
            break;
        }
        if (b->count == SETTLE_BATCH) {
            b->more = true;
            err = TANDEM_OK;
            break;
        }
        if (memcmp(key.ptr, mark, TD_WAIT_KEY_BYTES) == 0) {
            continue;
        }
        if (err == TANDEM_ECORRUPT || td_wait_decode(value, &wait) ||
            wait.reason == TANDEM_WAIT_KEY || wait.reason == TD_WAIT_VERDICT ||
            wait.reason == TANDEM_WAIT_DAMAGED) {
            b->at[b->count++] = td_wait_place(key);
        }
        if (b->count == SETTLE_BATCH) {
            memcpy(mark, key.ptr, TD_WAIT_KEY_BYTES);
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
settle_batch(struct td_work *w, void *ctx)
{
    struct batch *b = ctx;
    uint8_t mark[TD_WAIT_KEY_BYTES];
    struct td_arena arena;
    tandem_err err;

    b->more = false;
    w->now_ms = b->now_ms;
    err = td_meta_exact(w->t, TD_META_SETTLE, mark, sizeof(mark));
    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
    }
    TD_TRY(collect(w, b, mark));
    td_arena_init(&arena, w->sys, TD_REPLICA_ARENA_MAX);
    for (size_t i = 0; i < b->count && err == TANDEM_OK; i++) {
        err = td_take_again(w, &b->at[i], &arena);
        if (err == TANDEM_OK &&
            (w->touched_count == TD_COMMIT_CHANGES_MAX || i + 1 == b->count)) {
            err = td_work_feed_recount(w);
        }
    }
    td_arena_deinit(&arena);
    TD_TRY(err);
    b->records = w->records;
    return b->more ? td_meta_put(w->t, TD_META_SETTLE,
                         (tandem_slice){mark, sizeof(mark)})
                   : td_meta_del(w->t, TD_META_SETTLE);
}

// One transaction of it, as a deed (work.h).
struct td_settling {
    struct td_deed *deed;
    struct td_replica *r;
    uint64_t times;
    struct batch batch;
};

tandem_err
td_settling_begin(struct td_replica *r, int64_t now_ms, tandem_error *e,
    struct td_settling **out)
{
    struct td_settling *x = td_alloc(r->sys, sizeof(*x));
    tandem_err err;

    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    x->r = r;
    x->times = r->unsettled_times;
    x->batch.now_ms = now_ms;
    err = td_deed_begin(r, settle_batch, &x->batch, e, &x->deed);
    if (err != TANDEM_OK) {
        td_free(r->sys, x, sizeof(*x));
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

void
td_settling_run(struct td_settling *x)
{
    td_deed_run(x->deed);
}

tandem_err
td_settling_end(struct td_settling *x, uint64_t *records)
{
    struct td_replica *r = x->r;
    tandem_err err = td_deed_end(x->deed);

    if (err == TANDEM_OK) {
        *records += x->batch.records;
        // What was heard since it began may not be in it.
        r->unsettled = x->batch.more || x->times != r->unsettled_times;
    }
    td_free(r->sys, x, sizeof(*x));
    return err;
}

tandem_err
td_settle(
    struct td_replica *r, int64_t now_ms, uint64_t *records, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    while (err == TANDEM_OK && r->unsettled) {
        struct td_settling *x = NULL;

        TD_TRY(td_settling_begin(r, now_ms, e, &x));
        TD_ASSERT(x != NULL);
        td_settling_run(x);
        err = td_settling_end(x, records);
    }
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}
