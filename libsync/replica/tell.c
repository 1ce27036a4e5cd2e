// SPDX-License-Identifier: Apache-2.0
// tell.c - what is held, as it goes on the wire: payloads stand as their author
// sealed them. What does not hash to what its header says is not sent, but said
// to be absent.
#include <string.h>

#include "replica/doubt.h"
#include "replica/payload.h"

struct telling {
    struct td_work *w;
    const struct td_log_info *log;
    uint64_t changes;
    struct td_touched_list *touched;
};

static tandem_err
give(void *ctx, const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct telling *x = ctx;
    struct td_touched about;
    tandem_slice bytes;

    TD_TRY(td_payload_wire(x->w, x->log->number, h, index, &bytes));
    td_buf_put_slice(out, bytes);
    x->changes++;
    if (x->touched != NULL &&
        td_payload_glance(x->w, x->log->id, h, bytes, &about)) {
        td_touched_add(
            x->w->sys, x->touched, about.record, about.pack, about.kind);
    }
    return out->err;
}

tandem_err
td_replica_tell(struct td_replica *r, struct td_txn *t,
    const struct td_log_info *log, bool from_start, uint64_t from, uint64_t to,
    struct td_buf *out, uint64_t *changes, struct td_touched_list *touched)
{
    struct td_work *w = td_alloc(r->sys, sizeof(*w));
    struct telling x = {.w = w, .log = log, .touched = touched};
    tandem_err err;

    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_work_begin(w, r, t, false);
    if (err == TANDEM_OK) {
        err = td_segment_write(t, log, from_start, from, to, give, &x, out);
    }
    td_work_end(w);
    td_free(r->sys, w, sizeof(*w));
    if (err == TANDEM_OK) {
        *changes = x.changes;
    }
    return err;
}

static tandem_err
one_payload(struct td_work *w, const struct td_log_id *id, uint64_t seq,
    const struct td_hash16 *hash, uint16_t index, struct td_buf *out)
{
    struct td_log_info log;
    struct td_header h;
    struct td_arena arena;
    tandem_slice bytes;
    tandem_err err;

    TD_TRY(td_log_on_path(w->t, *id, seq, hash, &log));
    td_arena_init(&arena, w->sys, TD_SEGMENT_ARENA_MAX);
    err = td_commit_get(w->t, log.number, seq, &arena, &h, NULL, NULL);
    if (err == TANDEM_OK && index >= h.change_count) {
        err = TANDEM_ENOTFOUND;
    }
    if (err == TANDEM_OK) {
        err = td_payload_wire(w, log.number, &h, index, &bytes);
    }
    if (err == TANDEM_OK) {
        td_buf_put_slice(out, bytes);
        err = out->err;
    }
    td_arena_deinit(&arena);
    return err;
}

tandem_err
td_replica_payload(struct td_replica *r, const struct td_log_id *log,
    uint64_t seq, const struct td_hash16 *hash, uint16_t index,
    struct td_buf *out)
{
    struct td_work *w;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = one_payload(w, log, seq, hash, index, out);
    td_work_read_end(w);
    return err;
}

static tandem_err
next_missing(struct td_work *w, struct td_iter *i, struct td_missing_at *at,
    struct td_missing *out, bool *given)
{
    const struct td_log_info *log;
    struct td_hash chain;
    tandem_slice key, value;
    tandem_err err = td_iter_next(i, &key, &value);

    *given = false;
    if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
        return err;
    }
    if (key.len != sizeof(at->key) ||
        memcmp(key.ptr, at->key, sizeof(at->key)) == 0) {
        return TANDEM_OK;
    }
    memcpy(at->key, key.ptr, sizeof(at->key));
    err = td_work_log(w, td_be32(at->key), &log);
    if (err == TANDEM_OK) {
        err = td_commit_chain(w->t, log->number, td_be64(at->key + 4), &chain);
    }
    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        return TANDEM_OK; // its commit has no name: it cannot be asked for
    }
    TD_TRY(err);
    *out = (struct td_missing){.log = log->id,
        .hash = td_hash_short(&chain),
        .sector = log->sector,
        .seq = td_be64(at->key + 4),
        .index = (uint16_t)((unsigned)at->key[12] << 8 | at->key[13])};
    *given = true;
    return TANDEM_OK;
}

tandem_err
td_replica_missing(struct td_replica *r, struct td_missing_at *at,
    struct td_missing *out, size_t max, size_t *n)
{
    struct td_missing_at here = *at;
    struct td_work *w;
    struct td_iter *i;
    size_t count = 0;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = td_iter_open(
        w->t, TD_T_MISSING, (tandem_slice){here.key, sizeof(here.key)}, &i);
    if (err == TANDEM_OK) {
        while (count < max && err == TANDEM_OK) {
            bool given;

            err = next_missing(w, i, &here, &out[count], &given);
            count += err == TANDEM_OK && given;
        }
        td_iter_close(i);
    }
    td_work_read_end(w);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    *at = here;
    *n = count;
    return TANDEM_OK;
}

tandem_err
td_replica_missing_count(struct td_replica *r,
    bool (*of)(void *ctx, tandem_id sector), void *ctx, uint64_t *out)
{
    struct td_txn *t;
    uint64_t n = 0;
    bool sound = true;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = td_missing_count(t, of, ctx, &n, &sound);
    td_store_read_end(t);
    TD_TRY(err);
    if (!sound) {
        td_doubt_counts(&r->doubts);
    }
    *out = n;
    return TANDEM_OK;
}
