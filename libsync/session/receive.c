// SPDX-License-Identifier: Apache-2.0
// receive.c - segments come in frames, are verified whole, and enter the store
// together: one transaction for about a MiB of them.
//
// A log's segments follow each other in the order asked for; where we stand
// in it is our own knowledge, so a segment cannot claim a place.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

static void
batch_reset(struct td_session *x)
{
    struct td_batch *b = &x->batch;

    for (size_t i = 0; i < b->count; i++) {
        td_buf_deinit(&b->bytes[i]);
    }
    b->count = b->total = b->commits = 0;
    td_arena_reset(&b->arena);
}

void
td_receive_deinit(struct td_session *x)
{
    struct td_batch *b = &x->batch;

    batch_reset(x);
    td_arena_deinit(&b->arena);
    td_free(x->sys, b->segments, b->cap * sizeof(*b->segments));
    td_free(x->sys, b->bytes, b->cap * sizeof(*b->bytes));
    td_buf_deinit(&x->segment);
}

static tandem_err
batch_room(struct td_session *x)
{
    struct td_batch *b = &x->batch;
    size_t cap = b->cap == 0 ? 16 : b->cap * 2;
    void *segments, *bytes;

    if (b->count < b->cap) {
        return TANDEM_OK;
    }
    segments = td_alloc(x->sys, cap * sizeof(*b->segments));
    bytes = td_alloc(x->sys, cap * sizeof(*b->bytes));
    if (segments == NULL || bytes == NULL) {
        td_free(x->sys, segments, cap * sizeof(*b->segments));
        td_free(x->sys, bytes, cap * sizeof(*b->bytes));
        return TANDEM_ENOMEM;
    }
    if (b->count > 0) {
        memcpy(segments, b->segments, b->count * sizeof(*b->segments));
        memcpy(bytes, b->bytes, b->count * sizeof(*b->bytes));
    }
    td_free(x->sys, b->segments, b->cap * sizeof(*b->segments));
    td_free(x->sys, b->bytes, b->cap * sizeof(*b->bytes));
    b->segments = segments;
    b->bytes = bytes;
    b->cap = cap;
    return TANDEM_OK;
}

// ---------------------------------------------------------------------- flush

static void
say_durable(struct td_session *x)
{
    const struct td_batch *b = &x->batch;
    struct td_msg_place items[64];
    size_t n = 0;
    size_t mark;
    struct td_buf *q;

    // The last segment of each log of the batch, as far as one message of
    // modest size goes: what counts is the receipt.
    for (size_t i = 0; i < b->count && n < 64; i++) {
        const struct td_head *h = &b->segments[i].head.head;

        if (i + 1 < b->count &&
            td_log_id_cmp(h->log, b->segments[i + 1].head.head.log) == 0) {
            continue;
        }
        items[n++] =
            (struct td_msg_place){h->log, h->seq, td_hash_short(&h->hash)};
    }
    q = td_session_begin(x, &mark);
    td_msg_put_ack(q, items, n);
    td_session_end(x, mark);
    x->credit_out = x->data_in + TD_SESSION_CREDIT;
    q = td_session_begin(x, &mark);
    td_msg_put_credit(q, x->credit_out);
    td_session_end(x, mark);
}

static tandem_err
flush(struct td_session *x, int64_t now_ms)
{
    struct td_batch *b = &x->batch;
    struct td_heard heard = {0};
    struct td_txn *t;
    uint64_t lsn = 0;
    tandem_err err;

    if (b->count == 0) {
        return TANDEM_OK;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    err = td_lsn(t, &lsn);
    td_store_read_end(t);
    TD_TRY(err);
    // What it says of what is durable holds even if something failed after.
    err = td_replica_hear(
        x->r, b->segments, b->count, now_ms, &heard, &x->report.error);
    x->arrived += b->commits;
    x->report.commits_received += heard.commits;
    x->report.changes_received += heard.changes;
    x->report.records_changed += heard.records;
    if (x->control) {
        x->report.control_received += heard.changes;
    }
    if (heard.forked > 0) {
        x->forks += heard.forked;
        x->forked = true;
    }
    td_tally_received(x, lsn);
    TD_TRY(err);
    say_durable(x);
    batch_reset(x);
    return x->queue.err;
}

// ----------------------------------------------------------------------- fork

struct forking {
    struct td_session *x;
    const struct td_signed_head *head;
    bool fork;
};

static tandem_err
note_fork(struct td_txn *t, void *ctx)
{
    struct forking *f = ctx;
    struct td_log_info log;
    tandem_err err;

    TD_TRY(td_log_get(t, f->head->head.log, &log));
    err = td_head_place(t, &log, f->head);
    f->fork = err == TANDEM_EFORK || err == TANDEM_ENOTFOUND;
    if (err == TANDEM_EFORK) {
        return td_log_fork_note(t, &log); // both signatures are held
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// The peer says that its branch is another one. Proven here when its signed
// head stands where we hold another entry; else it is its word, for this
// session only.
static tandem_err
contradicted(struct td_session *x, const struct td_signed_head *head)
{
    struct forking f = {.x = x, .head = head};

    TD_TRY(td_store_write(x->r->store, note_fork, &f, &x->report.error));
    if (f.fork) {
        x->forks++;
        x->forked = true;
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------------- segments

tandem_err
td_receive_head(struct td_session *x, const struct td_msg_head *h)
{
    struct td_wanted *w;

    if (!x->want_out || x->sent_in || x->segment_on) {
        return TANDEM_EPROTO;
    }
    while (x->wanted_at < x->wanted_count &&
           td_log_id_cmp(x->wanted[x->wanted_at].log, h->head.log) != 0) {
        x->wanted_at++;
    }
    if (x->wanted_at == x->wanted_count) {
        return TANDEM_EPROTO;
    }
    w = &x->wanted[x->wanted_at];
    x->segment_head.head = h->head;
    x->segment_head.sig = h->sig;
    if (h->head.seq > w->to) {
        return TANDEM_EPROTO;
    }
    if (h->bytes == 0) {
        x->wanted_at++;
        return w->held && h->head.seq == w->to
                   ? contradicted(x, &x->segment_head)
                   : TANDEM_EPROTO;
    }
    if (w->held && h->head.seq <= w->from) {
        return TANDEM_EPROTO;
    }
    td_buf_reset(&x->segment);
    x->segment_bytes = h->bytes;
    x->segment_on = true;
    return TANDEM_OK;
}

// The log as it stood where this segment begins.
static tandem_err
known_log(struct td_session *x, const struct td_wanted *w,
    const struct td_log_info **out)
{
    struct td_txn *t;
    tandem_err err;

    *out = NULL;
    if (!w->held) {
        return TANDEM_OK;
    }
    if (!x->log_valid || td_log_id_cmp(x->log.id, w->log) != 0) {
        TD_TRY(td_store_read(x->r->store, &t));
        err = td_log_get(t, w->log, &x->log);
        td_store_read_end(t);
        TD_TRY(err);
        x->log_valid = true;
    }
    x->log.head_seq = w->from;
    x->log.head = w->from_hash;
    *out = &x->log;
    return TANDEM_OK;
}

static tandem_err
read_segment(
    struct td_session *x, const struct td_wanted *w, struct td_segment *out)
{
    const struct td_log_info *known;
    struct td_hash16 hash = td_hash_short(&x->segment_head.head.hash);

    TD_TRY(known_log(x, w, &known));
    if (x->segment_head.head.seq == w->to &&
        memcmp(hash.b, w->to_hash.b, sizeof(hash.b)) != 0) {
        return TANDEM_EPROTO; // not what was advertised
    }
    return td_segment_read(td_buf_slice(&x->segment), &x->r->workspace, known,
        &x->segment_head, &x->batch.arena, out);
}

static tandem_err
complete(struct td_session *x, int64_t now_ms)
{
    struct td_wanted *w = &x->wanted[x->wanted_at];
    struct td_batch *b = &x->batch;
    struct td_segment s;
    tandem_err err;

    x->segment_on = false;
    err = read_segment(x, w, &s);
    if (err == TANDEM_ENOMEM && b->count > 0) {
        TD_TRY(flush(x, now_ms)); // makes room in the arena
        err = read_segment(x, w, &s);
    }
    TD_TRY(err);
    if (!td_view_scope(x, s.log.sector)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(batch_room(x));
    b->segments[b->count] = s;
    b->bytes[b->count] = x->segment; // the buffer goes with its bytes
    td_buf_init(&x->segment, x->sys, TD_SEGMENT_BYTES_MAX);
    b->count++;
    b->total += (size_t)x->segment_bytes;
    b->commits += s.count;
    x->log = s.log;
    x->log_valid = true;
    w->held = true;
    w->from = s.head.head.seq;
    w->from_hash = s.head.head.hash;
    if (w->from == w->to) {
        x->wanted_at++;
    }
    if (b->total >= TD_SESSION_BATCH_BYTES ||
        b->commits >= TD_SESSION_BATCH_COMMITS ||
        b->count >= TD_SESSION_BATCH_SEGMENTS) {
        return flush(x, now_ms);
    }
    return TANDEM_OK;
}

tandem_err
td_receive_data(
    struct td_session *x, uint64_t offset, tandem_slice bytes, int64_t now_ms)
{
    if (!x->segment_on || offset != x->segment.len ||
        bytes.len > x->segment_bytes - x->segment.len ||
        bytes.len > x->credit_out - x->data_in) {
        return TANDEM_EPROTO;
    }
    x->data_in += bytes.len;
    td_buf_put_slice(&x->segment, bytes);
    TD_TRY(x->segment.err);
    return x->segment.len == x->segment_bytes ? complete(x, now_ms) : TANDEM_OK;
}

tandem_err
td_receive_sent(struct td_session *x, int64_t now_ms)
{
    if (!x->want_out || x->sent_in || x->segment_on) {
        return TANDEM_EPROTO;
    }
    TD_TRY(flush(x, now_ms));
    x->sent_in = true;
    return TANDEM_OK;
}
