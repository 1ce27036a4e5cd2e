// SPDX-License-Identifier: Apache-2.0
// run.c - index rows that follow behind the commit. See run.h.
#include "replica/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "replica/face.h"

enum {
    NOTED_MAX = 4 * 8192, // changes kept in memory: 1.5 MiB
    DIRECT_MAX = 2048,    // changes a transaction writes at once
    ROW_OPS = 8192,       // in one row of RUNS: 328 KiB
    MERGE_OPS = 1 << 17,  // merged in one transaction: 5.5 MiB of memory
    ROW_BYTES_MAX = ROW_OPS * TD_RUN_OP_BYTES
};

static tandem_err
append(struct td_work *w, const uint8_t key[TD_INDEX_KEY_BYTES], bool there)
{
    struct td_run_op *op;

    if (w->run_count == w->run_cap) {
        const size_t cap = w->run_cap == 0 ? 64 : w->run_cap * 2;
        void *grown = td_grow(w->sys, w->run, w->run_cap * sizeof(*w->run),
            cap * sizeof(*w->run));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        w->run = grown;
        w->run_cap = cap;
    }
    op = &w->run[w->run_count];
    memcpy(op->key, key, sizeof(op->key));
    op->order = (uint32_t)w->run_count++;
    op->there = there;
    return TANDEM_OK;
}

static int
by_key(const void *a, const void *b)
{
    const struct td_run_op *p = a, *q = b;
    int c = memcmp(p->key, q->key, sizeof(p->key));

    return c != 0 ? c : (p->order > q->order) - (p->order < q->order);
}

// Sorted, and of several changes of one row the last.
static size_t
sort_last(struct td_run_op *ops, size_t count)
{
    size_t kept = 0;

    if (count > 1) {
        qsort(ops, count, sizeof(*ops), by_key);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 &&
            memcmp(ops[kept - 1].key, ops[i].key, sizeof(ops[i].key)) == 0) {
            kept--;
        }
        ops[kept++] = ops[i];
    }
    return kept;
}

// Into INDEXES, in key order. What is there already, or not, stays so: a run
// may be merged after a row that says the same was written.
static tandem_err
put_rows(struct td_txn *t, const struct td_run_op *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tandem_slice key = {ops[i].key, sizeof(ops[i].key)};
        tandem_err err = ops[i].there ? td_put(t, TD_T_INDEXES, key,
                                            TD_SEAL_INDEX, (tandem_slice){0})
                                      : td_del(t, TD_T_INDEXES, key);

        if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
            return err;
        }
    }
    return TANDEM_OK;
}

// The number of the last run, 0 for none.
static tandem_err
last_run(struct td_txn *t, uint64_t *out)
{
    uint8_t key[8];
    struct td_buf found, value;
    tandem_err err;

    memset(key, 0xff, sizeof(key));
    td_buf_init(&found, td_store_sys(td_txn_store(t)), sizeof(key));
    td_buf_init(&value, td_store_sys(td_txn_store(t)), ROW_BYTES_MAX);
    err = td_floor(
        t, TD_T_RUNS, (tandem_slice){key, sizeof(key)}, 0, &found, &value);
    *out = 0;
    if (err != TANDEM_ENOTFOUND && found.len == sizeof(key)) {
        *out = td_be64(found.ptr); // also of a damaged one
        err = err == TANDEM_ECORRUPT ? TANDEM_OK : err;
    }
    td_buf_deinit(&value);
    td_buf_deinit(&found);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

size_t
td_run_count(tandem_slice row)
{
    const size_t count = row.len / TD_RUN_OP_BYTES;

    if (row.len % TD_RUN_OP_BYTES != 0 || count > ROW_OPS) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (row.ptr[i * TD_RUN_OP_BYTES] > 1) {
            return 0;
        }
    }
    return count;
}

struct td_run_op
td_run_at(tandem_slice row, size_t i)
{
    const uint8_t *p = row.ptr + i * TD_RUN_OP_BYTES;
    struct td_run_op op = {.order = (uint32_t)i, .there = p[0] == 1};

    memcpy(op.key, p + 1, sizeof(op.key));
    return op;
}

void
td_run_put(const struct td_run_op *op, struct td_buf *row)
{
    td_buf_put_u8(row, op->there ? 1 : 0);
    td_buf_put(row, op->key, sizeof(op->key));
}

static tandem_err
put_run(struct td_work *w, uint64_t number, const struct td_run_op *ops,
    size_t count)
{
    uint8_t key[8];
    struct td_buf b;
    tandem_err err;

    td_put_be64(key, number);
    td_buf_init(&b, w->sys, ROW_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        td_run_put(&ops[i], &b);
    }
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(w->t, TD_T_RUNS, (tandem_slice){key, sizeof(key)},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

// All that was noted, as rows behind the run `last`.
static tandem_err
put_runs(struct td_work *w, uint64_t last)
{
    const size_t count = w->run_count;

    w->run_count = 0;
    w->runs_left = true;
    for (size_t at = 0; at < count; at += ROW_OPS) {
        const size_t n = count - at < ROW_OPS ? count - at : ROW_OPS;

        TD_TRY(put_run(w, ++last, w->run + at, n));
    }
    return TANDEM_OK;
}

tandem_err
td_run_note(
    struct td_work *w, const uint8_t key[TD_INDEX_KEY_BYTES], bool there)
{
    uint64_t last;

    TD_TRY(append(w, key, there));
    if (w->run_count < NOTED_MAX) {
        return TANDEM_OK;
    }
    TD_TRY(last_run(w->t, &last));
    return put_runs(w, last);
}

tandem_err
td_run_write(struct td_work *w)
{
    const size_t count = w->run_count;
    uint64_t last;

    if (count == 0) {
        return TANDEM_OK;
    }
    TD_TRY(last_run(w->t, &last));
    if (last == 0 && count <= DIRECT_MAX) {
        w->run_count = 0;
        return put_rows(w->t, w->run, sort_last(w->run, count));
    }
    return put_runs(w, last);
}

// -------------------------------------------------------------------- merging

struct merging {
    bool lost; // one of them cannot be read
};

// The changes of one row of RUNS, behind those gathered before.
static tandem_err
gather(struct td_work *w, tandem_slice value)
{
    const size_t count = td_run_count(value);

    for (size_t i = 0; i < count; i++) {
        const struct td_run_op op = td_run_at(value, i);

        TD_TRY(append(w, op.key, op.there));
    }
    return count > 0 ? TANDEM_OK : TANDEM_ECORRUPT;
}

// A run that cannot be read any more is made up for by all records' faces.
static tandem_err
merge(struct td_work *w, void *ctx)
{
    struct merging *m = ctx;
    tandem_slice key, value;
    struct td_iter *i;
    size_t count;
    tandem_err err;

    m->lost = false;
    w->runs_left = false;
    TD_TRY(td_iter_open(w->t, TD_T_RUNS, (tandem_slice){0}, &i));
    while ((err = td_iter_next(i, &key, &value)) != TANDEM_ENOTFOUND) {
        if (key.len == 0) {
            break; // a bad page: there is no way past it
        }
        if (w->run_count >= MERGE_OPS) {
            w->runs_left = true;
            err = TANDEM_OK;
            break;
        }
        if (err == TANDEM_OK) {
            err = gather(w, value);
        }
        if (err == TANDEM_ECORRUPT) {
            m->lost = true;
            err = TANDEM_OK;
        }
        if (err == TANDEM_OK) {
            err = td_del(w->t, TD_T_RUNS, key);
        }
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(i);
    err = err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
    count = sort_last(w->run, w->run_count);
    w->run_count = 0;
    TD_TRY(err);
    TD_TRY(put_rows(w->t, w->run, count));
    return m->lost ? td_face_reindex(w) : TANDEM_OK;
}

bool
td_run_any(struct td_txn *t)
{
    uint64_t last = 0;

    return last_run(t, &last) != TANDEM_OK || last != 0;
}

tandem_err
td_run_merge(struct td_replica *r, bool *more, tandem_error *e)
{
    struct merging m = {0};

    *more = false;
    if (!r->runs_left) {
        return TANDEM_OK;
    }
    TD_TRY(td_work_write(r, merge, &m, e));
    *more = r->runs_left; // also what making up for a lost one wrote
    return TANDEM_OK;
}

tandem_err
td_run_settle(struct td_replica *r, tandem_error *e)
{
    bool more;

    do {
        TD_TRY(td_run_merge(r, &more, e));
    } while (more);
    return TANDEM_OK;
}
