// SPDX-License-Identifier: Apache-2.0
// send.c - what the peer asked for, segment by segment, within its credit.
//
// One segment stands in memory. A log is looked at again before each of its
// segments: a right that ended meanwhile ends the sending.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"

static tandem_err
add(struct td_session *x, const struct td_sending *s)
{
    if (x->sending_count == x->sending_cap) {
        size_t cap = x->sending_cap == 0 ? 64 : x->sending_cap * 2;
        void *grown = td_grow(x->sys, x->sending,
            x->sending_cap * sizeof(*x->sending), cap * sizeof(*x->sending));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        x->sending = grown;
        x->sending_cap = cap;
    }
    x->sending[x->sending_count++] = *s;
    return TANDEM_OK;
}

// Unknown here and unknown to the peer are one answer: EPROTO.
static tandem_err
place(struct td_session *x, struct td_txn *t, const struct td_msg_want *w)
{
    struct td_sending s = {.log = w->log,
        .to = w->to,
        .from_start = w->from_start,
        .from = w->from};
    struct td_log_info log;
    struct td_hash16 mine;
    struct td_hash hash;
    tandem_err err = td_log_get(t, w->log, &log);

    if (err == TANDEM_ENOTFOUND ||
        (err == TANDEM_OK &&
            (!td_view_scope(x, log.sector) || w->to > log.head_seq))) {
        return TANDEM_EPROTO;
    }
    TD_TRY(err);
    if (w->from_start) {
        return add(x, &s);
    }
    s.contradicts = w->from > log.head_seq;
    if (!s.contradicts) {
        TD_TRY(td_commit_chain(t, log.number, w->from, &hash));
        mine = td_hash_short(&hash);
        s.contradicts = memcmp(mine.b, w->hash.b, sizeof(mine.b)) != 0;
    }
    if (!s.contradicts && w->from >= w->to) {
        return TANDEM_OK; // it has all that already
    }
    return add(x, &s);
}

tandem_err
td_send_want(struct td_session *x, struct td_msg *m)
{
    struct td_msg_want w;
    struct td_txn *t;
    tandem_err err = TANDEM_OK;

    if (!x->advert_out || x->want_in) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    for (size_t i = 0; i < m->count && err == TANDEM_OK; i++) {
        td_msg_next_want(m, &w);
        if ((x->wants > 0 && td_log_id_cmp(x->last_want, w.log) >= 0) ||
            x->wants == TD_SESSION_WANTS_MAX) {
            err = TANDEM_EPROTO;
            break;
        }
        x->wants++;
        x->last_want = w.log;
        err = place(x, t, &w);
    }
    td_store_read_end(t);
    x->want_in = m->u.last;
    return err;
}

static tandem_err
answered(struct td_session *x)
{
    if (x->answers_left == 0) {
        return TANDEM_EPROTO;
    }
    x->answers_left--;
    return TANDEM_OK;
}

tandem_err
td_send_credit(struct td_session *x, uint64_t total)
{
    TD_TRY(answered(x));
    if (total < x->credit_in) {
        return TANDEM_EPROTO;
    }
    x->credit_in = total;
    return TANDEM_OK;
}

// What is durable there counts at the receipt; here only that it was said.
tandem_err
td_send_ack(struct td_session *x)
{
    return answered(x);
}

// The signed head to send next: the furthest one segment reaches, never
// beyond what was asked for.
static tandem_err
next_head(struct td_txn *t, const struct td_sending *s, struct td_log_info *log,
    struct td_signed_head *out)
{
    struct td_hash hash;
    tandem_err err;

    TD_TRY(td_log_get(t, s->log, log));
    if (s->contradicts) {
        err = td_head_next(t, log, s->to, out);
        return err == TANDEM_OK && out->head.seq != s->to ? TANDEM_ENOTFOUND
                                                          : err;
    }
    if (s->to < log->head_seq) {
        TD_TRY(td_commit_chain(t, log->number, s->to, &hash));
        log->head_seq = s->to;
        log->head = hash;
    }
    return td_head_reach(t, log, s->from_start, s->from, out);
}

// Open the next segment. *bytes stays 0 for a head without one.
static tandem_err
open_segment(struct td_session *x, struct td_txn *t, struct td_sending *s,
    struct td_msg_head *h)
{
    struct td_log_info log;
    struct td_signed_head head;
    uint64_t changes = 0;
    uint64_t first = s->from_start ? 0 : s->from + 1;
    tandem_err err = next_head(t, s, &log, &head);

    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_EPROTO; // `to` was not a head we advertised
    }
    TD_TRY(err);
    if (!td_view_scope(x, log.sector)) {
        return TANDEM_EAUTH; // its right ended since it asked
    }
    h->head = head.head;
    h->sig = head.sig;
    if (s->contradicts) {
        return TANDEM_OK;
    }
    TD_TRY(td_replica_tell(x->r, t, &log, s->from_start, s->from, head.head.seq,
        &x->out_segment, &changes));
    h->bytes = x->out_segment.len;
    x->report.commits_sent += head.head.seq - first + 1;
    x->report.changes_sent += changes;
    td_tally_sent(x, t, &log, first, head.head.seq);
    s->from_start = false;
    s->from = head.head.seq;
    return TANDEM_OK;
}

static tandem_err
say_head(struct td_session *x, struct td_buf *out)
{
    struct td_sending *s = &x->sending[x->sending_at];
    struct td_msg_head h = {.bytes = 0};
    struct td_txn *t;
    tandem_err err;

    td_buf_reset(&x->out_segment);
    x->out_at = 0;
    TD_TRY(td_store_read(x->r->store, &t));
    err = open_segment(x, t, s, &h);
    td_store_read_end(t);
    TD_TRY(err);
    if (h.bytes == 0) {
        x->forks++;
        x->forked = true;
    }
    if (h.bytes == 0 || s->from >= s->to) {
        x->sending_at++;
    }
    x->answers_left += 2;
    td_msg_put_head(out, &h);
    return TANDEM_OK;
}

tandem_err
td_send_next(struct td_session *x, struct td_buf *out)
{
    size_t left = x->out_segment.len - x->out_at;

    if (x->phase != TD_PHASE_ROUND || !x->want_in || x->sent_out) {
        return TANDEM_OK;
    }
    if (left > 0) {
        uint64_t allowed = x->credit_in - x->data_out;
        size_t n = left < TD_FRAME_BYTES_MAX ? left : TD_FRAME_BYTES_MAX;

        n = n < allowed ? n : (size_t)allowed;
        if (n == 0) {
            return TANDEM_OK;
        }
        td_msg_put_data(
            out, x->out_at, (tandem_slice){x->out_segment.ptr + x->out_at, n});
        x->out_at += n;
        x->data_out += n;
        return TANDEM_OK;
    }
    if (x->sending_at < x->sending_count) {
        return say_head(x, out);
    }
    td_msg_put_sent(out);
    x->sent_out = true;
    return TANDEM_OK;
}
