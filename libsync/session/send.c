// SPDX-License-Identifier: Apache-2.0
// send.c - what the peer asked for, segment by segment, within its credit.
//
// One segment stands in memory. A log is looked at again before each of its
// segments: a right that ended meanwhile ends the sending.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

static tandem_err
add(struct td_session *x, const struct td_sending *s)
{
    TD_TRY(td_session_room(x, &x->sending, &x->sending_cap, x->sending_count,
        2 * TD_SESSION_HEADS_MAX, sizeof(*x->sending)));
    x->sending[x->sending_count++] = *s;
    return TANDEM_OK;
}

static const struct td_head *
told(struct td_session *x, uint64_t n)
{
    return &td_front_of(x)->heads[x->told[n]];
}

// The log as it stands at the head with that number. Its branch may have been
// cut since it was told: it goes all the same.
static tandem_err
log_at(
    struct td_session *x, struct td_txn *t, uint64_t n, struct td_log_info *out)
{
    const struct td_head *to = told(x, n);
    const struct td_hash16 hash = td_hash_short(&to->hash);

    TD_TRY(td_log_on_any(t, to->log, to->seq, &hash, out));
    out->head_seq = to->seq;
    out->head = to->hash;
    return TANDEM_OK;
}

// Is the entry on the way to the head?
static tandem_err
leads_there(struct td_txn *t, const struct td_log_info *log, uint64_t seq,
    const struct td_hash16 *hash, bool *out)
{
    struct td_hash mine = log->head;

    *out = false;
    if (seq > log->head_seq) {
        return TANDEM_OK;
    }
    if (seq < log->head_seq) {
        TD_TRY(td_log_chain(t, log, seq, &mine));
    }
    *out = memcmp(mine.b, hash->b, sizeof(hash->b)) == 0;
    return TANDEM_OK;
}

// The furthest on the way to that head of those the peer told: on a branch it
// asked nothing behind, perhaps.
static void
furthest_theirs(struct td_session *x, struct td_txn *t,
    const struct td_log_info *log, struct td_aside *a)
{
    const struct td_front *f = td_front_of(x);

    for (size_t i = 0; i < f->news_count; i++) {
        const struct td_head *h = &f->news[i].head;
        const struct td_hash16 hash = td_hash_short(&h->hash);
        bool leads = false;

        if (td_log_id_cmp(h->log, log->id) == 0 && h->seq < log->head_seq &&
            (!a->based || h->seq > a->base.seq) &&
            leads_there(t, log, h->seq, &hash, &leads) == TANDEM_OK && leads) {
            a->based = true;
            a->base = *h;
        }
    }
}

// A head that was told cannot be read where it is asked for: it is compared as
// far as it was given, or as the peer has it.
static tandem_err
lost(struct td_session *x, struct td_txn *t, const struct td_sending *s)
{
    const struct td_head *to = told(x, s->n);
    struct td_aside a = {
        .at = {td_front_sector(x, x->told[s->n]), *to, TANDEM_ECORRUPT},
        .counts = true,
        .based = s->sent,
        .base = {to->log, s->from, s->last}};
    struct td_log_info log;

    if (log_at(x, t, s->n, &log) == TANDEM_OK) {
        if (!s->sent && !s->located && !s->from_start) {
            a.based = td_log_chain(t, &log, s->from, &a.base.hash) == TANDEM_OK;
        }
        furthest_theirs(x, t, &log, &a);
    }
    return td_aside_add(x, &a);
}

static tandem_err
place(struct td_session *x, struct td_txn *t, const struct td_msg_want *w)
{
    struct td_sending s = {.n = w->n,
        .from_start = w->from_start,
        .from = w->from,
        .from_hash = w->hash,
        .staged = w->staged,
        .seq = w->seq,
        .offset = w->offset,
        .part = w->part};
    struct td_log_info log;
    bool leads;

    TD_TRY(log_at(x, t, w->n, &log));
    s.theirs = td_device_cmp(log.device, x->peer) == 0;
    if (w->from_start) {
        return add(x, &s);
    }
    TD_TRY(leads_there(t, &log, w->from, &w->hash, &leads));
    if (leads && w->from >= log.head_seq) {
        return TANDEM_OK; // it has all that already
    }
    s.apart = !leads;
    return add(x, &s);
}

// Lower goes first. The peer's own logs do: it is a copy, or was put back, and
// writes on until it knows. Then what a cut left it a part of: it has room for
// one, which another cut in another segment would take. Those to be located
// keep their order.
enum { RANKS = 4 };

static int
rank_of(const struct td_sending *s)
{
    if (s->apart) {
        return RANKS - 1;
    }
    return (s->theirs ? 0 : 2) + (s->staged ? 0 : 1);
}

static tandem_err
put_in_order(struct td_session *x)
{
    const size_t bytes = x->sending_count * sizeof(*x->sending);
    struct td_sending *all;
    size_t n = 0;

    for (size_t i = 0; i < x->sending_count; i++) {
        n += rank_of(&x->sending[i]) < RANKS - 1 ? 1 : 0;
    }
    if (n == 0) {
        return TANDEM_OK;
    }
    n = 0;
    all = td_alloc(x->sys, bytes);
    if (all == NULL) {
        return TANDEM_ENOMEM;
    }
    for (int rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < x->sending_count; i++) {
            if (rank_of(&x->sending[i]) == rank) {
                all[n++] = x->sending[i];
            }
        }
    }
    memcpy(x->sending, all, bytes);
    td_free(x->sys, all, bytes);
    return TANDEM_OK;
}

// What was told is all that can be asked for, each once.
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
        if ((x->wants > 0 && x->last_want >= w.n) || w.n >= x->told_count) {
            err = TANDEM_EPROTO;
            break;
        }
        x->wants++;
        x->last_want = w.n;
        err = place(x, t, &w);
        if (err == TANDEM_ECORRUPT) { // not this one
            err = lost(x, t,
                &(struct td_sending){
                    .n = w.n, .from_start = w.from_start, .from = w.from});
        }
    }
    td_store_read_end(t);
    TD_TRY(err);
    x->want_in = m->u.last;
    return x->want_in ? put_in_order(x) : TANDEM_OK;
}

// ------------------------------------------------------------------- located

// The last entry both hold may stand amid a segment of the peer's, which has
// its one signature beyond the branch point. To pass the branch on the peer
// needs one before that point: so our last signed entry there is sent again, a
// segment of its own, and what follows it is no longer than we could send it.
// Where that is entry 0, or there is none, all goes from the start.
static tandem_err
begin_signed(struct td_txn *t, const struct td_log_info *log, uint64_t shared,
    struct td_sending *s)
{
    struct td_signed_head head;
    struct td_hash chain;
    tandem_err err = td_head_before(t, log, shared, &head);

    s->from_start =
        err == TANDEM_ENOTFOUND || (err == TANDEM_OK && head.head.seq == 0);
    if (s->from_start) {
        return TANDEM_OK;
    }
    TD_TRY(err);
    s->alone = true;
    s->from = head.head.seq - 1;
    TD_TRY(td_commit_chain(t, log->number, s->from, &chain));
    s->from_hash = td_hash_short(&chain);
    return TANDEM_OK;
}

// Behind the last of the points that leads to the head; with entry 0 of our
// own, where the log was written twice from its beginning.
static tandem_err
branch_point(struct td_session *x, struct td_txn *t, struct td_msg *m,
    struct td_sending *s)
{
    struct td_log_info log;

    TD_TRY(log_at(x, t, s->n, &log));
    for (size_t i = 0; i < m->count; i++) {
        struct td_msg_point p;
        tandem_err err;
        bool leads;

        td_msg_next_point(m, &p);
        err = leads_there(t, &log, p.seq, &p.hash, &leads);
        TD_TRY(err == TANDEM_ECORRUPT ? TANDEM_OK : err);
        if (leads && p.seq < log.head_seq) {
            return begin_signed(t, &log, p.seq, s);
        }
    }
    s->from_start = true;
    return TANDEM_OK;
}

tandem_err
td_send_locate(struct td_session *x, struct td_msg *m)
{
    struct td_sending s = {.n = m->u.n, .found = true, .located = true};
    struct td_txn *t;
    tandem_err err = TANDEM_EPROTO;

    // In the order of our APARTs, each once.
    for (; x->asked_next < x->sending_at && err != TANDEM_OK; x->asked_next++) {
        const struct td_sending *said = &x->sending[x->asked_next];

        err = said->n == s.n && said->apart ? TANDEM_OK : err;
    }
    TD_TRY(err);
    TD_ASSERT(x->aparts > 0);
    TD_TRY(td_store_read(x->r->store, &t));
    err = branch_point(x, t, m, &s);
    td_store_read_end(t);
    if (err == TANDEM_ECORRUPT) {
        s.from_start = true; // as far as it can be read
        err = TANDEM_OK;
    }
    TD_TRY(err);
    x->aparts--;
    return add(x, &s);
}

// -------------------------------------------------------------------- answers

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

// The segment of which the peer has the first bytes, if it is the same here.
static tandem_err
same_again(struct td_session *x, struct td_txn *t, const struct td_sending *s,
    const struct td_log_info *log, struct td_signed_head *head,
    uint64_t *changes, struct td_touched_list *touched, bool *same)
{
    const uint64_t first = s->from_start ? 0 : s->from + 1;
    struct td_hash16 part;
    tandem_err err;

    *same = false;
    if (s->seq < first || s->seq > log->head_seq ||
        s->seq - first >= TD_SIGN_COMMITS) {
        return TANDEM_OK;
    }
    err = td_head_next(t, log, s->seq, head);
    if (err != TANDEM_OK || head->head.seq != s->seq) {
        return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
    }
    err = td_replica_tell(x->r, t, log, s->from_start, s->from, s->seq,
        &x->out_segment, changes, touched);
    if (err != TANDEM_OK && err != TANDEM_ELIMIT) {
        return err;
    }
    if (err == TANDEM_OK && s->offset < x->out_segment.len) {
        part = td_hash16_parts(
            &(tandem_slice){x->out_segment.ptr, (size_t)s->offset}, 1);
        *same = memcmp(part.b, s->part.b, sizeof(part.b)) == 0;
    }
    if (!*same) { // nor was any segment too long like that
        td_buf_reset(&x->out_segment);
        td_touched_free(x->sys, touched);
        *touched = (struct td_touched_list){0};
    }
    return TANDEM_OK;
}

// Open the next segment: the furthest signed head one segment reaches, never
// beyond what was asked for.
static tandem_err
open_segment(struct td_session *x, struct td_txn *t, struct td_sending *s,
    struct td_msg_head *h)
{
    struct td_log_info log;
    struct td_signed_head head;
    struct td_touched_list touched = {0};
    uint64_t changes = 0;
    uint64_t first = s->from_start ? 0 : s->from + 1;
    bool same = false;

    TD_TRY(log_at(x, t, s->n, &log));
    if (!td_view_scope(x, log.sector)) {
        return td_view_fell(x); // since it asked
    }
    if (s->staged) {
        TD_TRY(same_again(x, t, s, &log, &head, &changes, &touched, &same));
        s->staged = false;
    }
    if (!same) {
        tandem_err err =
            s->alone ? td_head_next(t, &log, first, &head)
                     : td_head_reach(t, &log, s->from_start, s->from, &head);

        TD_TRY(err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err);
        TD_TRY(td_replica_tell(x->r, t, &log, s->from_start, s->from,
            head.head.seq, &x->out_segment, &changes, &touched));
    }
    x->out_at = same ? (size_t)s->offset : 0;
    *h = (struct td_msg_head){.n = s->n,
        .last = head.head.seq == log.head_seq,
        .seq = head.head.seq,
        .sig = head.sig,
        .bytes = x->out_segment.len,
        .offset = x->out_at};
    x->report.commits_sent += head.head.seq - first + 1;
    x->report.changes_sent += changes;
    td_tally(x, &touched, true);
    s->from_start = false;
    s->from = head.head.seq;
    s->sent = s->sent || !s->alone; // that entry is one the peer has
    s->last = head.head.hash;
    s->alone = false;
    x->sending_at += h->last ? 1 : 0;
    return TANDEM_OK;
}

static tandem_err
say_head(struct td_session *x, struct td_buf *out)
{
    struct td_msg_head h;
    struct td_txn *t;
    tandem_err err;

    td_buf_reset(&x->out_segment);
    x->out_at = 0;
    TD_TRY(td_store_read(x->r->store, &t));
    err = open_segment(x, t, &x->sending[x->sending_at], &h);
    if (err == TANDEM_ECORRUPT) {
        td_buf_reset(&x->out_segment);
        err = lost(x, t, &x->sending[x->sending_at]);
        x->sending_at++; // no further: the others can be read
        td_store_read_end(t);
        return err;
    }
    td_store_read_end(t);
    TD_TRY(err);
    x->answers_left += 2;
    td_msg_put_head(out, &h);
    return TANDEM_OK;
}

static void
say_found(struct td_sending *s, struct td_buf *out)
{
    struct td_msg_found f = {
        .n = s->n, .from_start = s->from_start, .at = {s->from, s->from_hash}};

    s->found = false;
    td_msg_put_found(out, &f);
}

static void
say_data(struct td_session *x, struct td_buf *out)
{
    size_t left = x->out_segment.len - x->out_at;
    uint64_t allowed = x->credit_in - x->data_out;
    size_t n = left < TD_FRAME_BYTES_MAX ? left : TD_FRAME_BYTES_MAX;

    n = n < allowed ? n : (size_t)allowed;
    if (n > 0) {
        td_msg_put_data(
            out, x->out_at, (tandem_slice){x->out_segment.ptr + x->out_at, n});
        x->out_at += n;
        x->data_out += n;
    }
}

tandem_err
td_send_next(struct td_session *x, struct td_buf *out)
{
    struct td_sending *s;

    if (x->phase != TD_PHASE_ROUND || !x->want_in || x->sent_out) {
        return TANDEM_OK;
    }
    if (td_key_due(x)) { // first: what follows is opened with them
        return td_key_answer(x, out);
    }
    if (x->answering) {
        return td_ask_answer(x, out);
    }
    if (x->out_at < x->out_segment.len) {
        say_data(x, out);
        return TANDEM_OK;
    }
    while (x->sending_at < x->sending_count) {
        tandem_err err;

        s = &x->sending[x->sending_at];
        if (s->apart) {
            x->sending_at++;
            x->aparts++;
            td_msg_put_apart(out, s->n);
            return TANDEM_OK;
        }
        if (s->found) {
            say_found(s, out);
            return TANDEM_OK;
        }
        err = say_head(x, out);
        if (err != TANDEM_OK || out->len > 0) {
            return err;
        }
    }
    if (td_ask_due(x)) {
        return td_ask_answer(x, out);
    }
    if (x->aparts == 0) { // else we are asked where
        td_msg_put_sent(out);
        x->sent_out = true;
    }
    return TANDEM_OK;
}
