// SPDX-License-Identifier: Apache-2.0
// receive.c - segments come in frames, are verified whole, and wait in batches
// for their transaction (write.c).
//
// A log's segments follow each other in the order asked for; where we stand
// in it is our own knowledge, so a segment cannot claim a place.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

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
read_segment(struct td_session *x, const struct td_wanted *w,
    struct td_batch *b, struct td_segment *out)
{
    const struct td_log_info *known;
    struct td_hash16 hash = td_hash_short(&x->segment_head.head.hash);

    TD_TRY(known_log(x, w, &known));
    if (x->segment_head.head.seq == w->to &&
        memcmp(hash.b, w->to_hash.b, sizeof(hash.b)) != 0) {
        return TANDEM_EPROTO; // not what was advertised
    }
    return td_segment_read(td_buf_slice(&x->segment), &x->r->workspace, known,
        &x->segment_head, &b->arena, out);
}

static tandem_err
complete(struct td_session *x)
{
    struct td_wanted *w = &x->wanted[x->wanted_at];
    struct td_batch *b;
    struct td_segment s;
    tandem_err err;

    x->segment_on = false;
    TD_TRY(td_batch_fill(x, false, &b));
    err = read_segment(x, w, b, &s);
    if (err == TANDEM_ENOMEM && b->count > 0) {
        TD_TRY(td_batch_fill(x, true, &b)); // an arena of its own
        err = read_segment(x, w, b, &s);
    }
    TD_TRY(err);
    if (!td_view_scope(x, s.log.sector)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_batch_add(x, b, &s, &x->segment));
    td_buf_init(&x->segment, x->sys, TD_SEGMENT_BYTES_MAX);
    x->log = s.log;
    x->log_valid = true;
    w->held = true;
    w->from = s.head.head.seq;
    w->from_hash = s.head.head.hash;
    if (w->from == w->to) {
        x->wanted_at++;
    }
    return TANDEM_OK;
}

tandem_err
td_receive_data(struct td_session *x, uint64_t offset, tandem_slice bytes)
{
    if (!x->segment_on || offset != x->segment.len ||
        bytes.len > x->segment_bytes - x->segment.len ||
        bytes.len > x->credit_out - x->data_in) {
        return TANDEM_EPROTO;
    }
    x->data_in += bytes.len;
    td_buf_put_slice(&x->segment, bytes);
    TD_TRY(x->segment.err);
    return x->segment.len == x->segment_bytes ? complete(x) : TANDEM_OK;
}

tandem_err
td_receive_sent(struct td_session *x)
{
    if (!x->want_out || x->sent_in || x->segment_on) {
        return TANDEM_EPROTO;
    }
    x->sent_in = true; // and ripe what came
    return TANDEM_OK;
}
