// SPDX-License-Identifier: Apache-2.0
// ask.c - payloads that are missing here, asked of every peer, also when the
// heads are the same; and the peer's questions answered.
//
// Once a session, before WANT of the first data round: WANTPAYLOAD lists up to
// TD_MSG_PAYLOADS places, beginning behind the last one this peer was asked for
// (PEERS), so that none starves behind those nobody has. Each answer is checked
// against its header when it is written; "I have not got it" is one, and also
// what is said of a log the peer may not see.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"

enum { PAGE = 64, PAGES_MAX = 64 };

void
td_ask_deinit(struct td_session *x)
{
    td_free(x->sys, x->holes, TD_MSG_PAYLOADS * sizeof(*x->holes));
    td_free(x->sys, x->answers, TD_MSG_PAYLOADS * sizeof(*x->answers));
    td_buf_deinit(&x->late);
    x->holes = NULL;
    x->answers = NULL;
}

static bool
shared(const struct td_session *x, tandem_id sector)
{
    return td_id_cmp(sector, td_sector_control) == 0 ||
           td_view_shares(x, sector);
}

// ------------------------------------------------------------------- questions

static bool
counts(void *ctx, tandem_id sector)
{
    return shared(ctx, sector);
}

tandem_err
td_ask_missing(struct td_session *x, uint64_t *out)
{
    return td_replica_missing_count(x->r, counts, x, out);
}

static bool
same(const struct td_msg_change *a, const struct td_missing *b)
{
    return td_log_id_cmp(a->log, b->log) == 0 && a->seq == b->seq &&
           a->index == b->index &&
           memcmp(a->hash.b, b->hash.b, sizeof(a->hash.b)) == 0;
}

// false: once round.
static bool
take_page(
    struct td_session *x, bool again, const struct td_missing *page, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (again && x->hole_count > 0 && same(&x->holes[0], &page[i])) {
            return false;
        }
        if (shared(x, page[i].sector)) {
            x->holes[x->hole_count++] = (struct td_msg_change){
                page[i].log, page[i].seq, page[i].hash, page[i].index};
        }
    }
    return true;
}

// From behind the last one asked for to the end, then from the start; a bounded
// look, and the next session goes on where it stopped.
static tandem_err
collect(struct td_session *x)
{
    const struct td_missing_at none = {{0}};
    const struct td_missing_at first = x->row.asked;
    bool again = memcmp(&first, &none, sizeof(none)) == 0;
    bool more = true;

    for (int i = 0; i < PAGES_MAX && more; i++) {
        size_t room = TD_MSG_PAYLOADS - x->hole_count;
        struct td_missing page[PAGE];
        size_t n;

        room = room < PAGE ? room : PAGE;
        TD_TRY(td_replica_missing(x->r, &x->row.asked, page, room, &n));
        more = take_page(x, again, page, n) && x->hole_count < TD_MSG_PAYLOADS;
        if (n == 0) {
            more = more && !again;
            again = true;
            x->row.asked = none;
        }
    }
    return TANDEM_OK;
}

tandem_err
td_ask_say(struct td_session *x)
{
    struct td_buf *q;
    size_t mark;

    if (x->control || x->pass > 0 || !x->mine.lacks) {
        return TANDEM_OK;
    }
    x->holes = td_alloc(x->sys, TD_MSG_PAYLOADS * sizeof(*x->holes));
    if (x->holes == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(collect(x));
    if (x->hole_count > 0) {
        q = td_session_begin(x, &mark);
        td_msg_put_wantpayload(q, x->holes, x->hole_count);
        td_session_end(x, mark);
    }
    return x->queue.err;
}

tandem_err
td_ask_payload(struct td_session *x, const struct td_msg_payload *p)
{
    const struct td_msg_change *c;
    struct td_late late;
    struct td_batch *b;

    if (!x->want_out || x->sent_in || x->segment_on || x->control ||
        p->i >= x->hole_count || p->bytes.len > x->credit_out - x->data_in ||
        (x->late_on ? p->i != x->late_i || p->size != x->late_size
                    : p->i < x->late_i)) {
        return TANDEM_EPROTO;
    }
    c = &x->holes[p->i];
    x->data_in += p->bytes.len;
    if (p->size == 0) {
        x->late_i = p->i + 1;
        return x->late_on ? TANDEM_EPROTO : TANDEM_OK;
    }
    if (!x->late_on) {
        td_buf_init(&x->late, x->sys, TD_PAYLOAD_BYTES_MAX);
        x->late_on = true;
        x->late_i = p->i;
        x->late_size = p->size;
    }
    if (p->bytes.len > p->size - x->late.len) {
        return TANDEM_EPROTO;
    }
    td_buf_put_slice(&x->late, p->bytes);
    TD_TRY(x->late.err);
    if (x->late.len < p->size) {
        return TANDEM_OK;
    }
    x->late_on = false;
    x->late_i++;
    late = (struct td_late){
        c->log, c->seq, c->hash, c->index, td_buf_slice(&x->late)};
    TD_TRY(td_batch_fill(x, false, &b));
    TD_TRY(td_batch_late(x, b, &late, &x->late));
    memset(&x->late, 0, sizeof(x->late)); // the batch has it
    return TANDEM_OK;
}

// --------------------------------------------------------------------- answers

tandem_err
td_ask_want(struct td_session *x, struct td_msg *m)
{
    if (x->control || x->want_in || x->answers != NULL || !x->opened) {
        return TANDEM_EPROTO;
    }
    x->answers = td_alloc(x->sys, TD_MSG_PAYLOADS * sizeof(*x->answers));
    if (x->answers == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->count; i++) {
        td_msg_next_change(m, &x->answers[i]);
    }
    x->answer_count = m->count;
    return TANDEM_OK;
}

static tandem_err
look_up(struct td_session *x, const struct td_msg_change *c, struct td_buf *out)
{
    struct td_log_info log;
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(x->r->store, &t));
    err = td_log_get(t, c->log, &log);
    td_store_read_end(t);
    if (err == TANDEM_OK && !shared(x, log.sector)) {
        err = TANDEM_ENOTFOUND;
    }
    return err == TANDEM_OK ? td_replica_payload(x->r, &c->log, c->seq,
                                  &c->hash, c->index, out)
                            : err;
}

bool
td_ask_due(const struct td_session *x)
{
    return x->answering || x->answer_at < x->answer_count;
}

tandem_err
td_ask_answer(struct td_session *x, struct td_buf *out)
{
    struct td_msg_payload p = {.i = x->answer_at};
    uint64_t allowed = x->credit_in - x->data_out;
    tandem_err err;

    if (!x->answering) {
        td_buf_reset(&x->out_segment);
        x->out_at = 0;
        err = look_up(x, &x->answers[x->answer_at], &x->out_segment);
        if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            td_buf_reset(&x->out_segment);
            x->answer_at++;
            td_msg_put_payload(out, &p);
            return TANDEM_OK;
        }
        TD_TRY(err);
        x->answering = true;
        x->answers_left += 2;
        x->report.changes_sent++;
    }
    p.size = x->out_segment.len;
    p.bytes.ptr = x->out_segment.ptr + x->out_at;
    p.bytes.len = x->out_segment.len - x->out_at;
    p.bytes.len =
        p.bytes.len < TD_FRAME_BYTES_MAX ? p.bytes.len : TD_FRAME_BYTES_MAX;
    p.bytes.len = p.bytes.len < allowed ? p.bytes.len : (size_t)allowed;
    if (p.bytes.len == 0) {
        return TANDEM_OK;
    }
    td_msg_put_payload(out, &p);
    x->out_at += p.bytes.len;
    x->data_out += p.bytes.len;
    if (x->out_at == x->out_segment.len) {
        x->answering = false;
        x->answer_at++;
    }
    return TANDEM_OK;
}
