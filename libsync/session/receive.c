// SPDX-License-Identifier: Apache-2.0
// receive.c - segments come in frames, are verified whole, and wait in batches
// (batch.c) for their transaction (write.c).
//
// A log's segments follow each other in the order asked for; where we stand
// in it is our own knowledge, so a segment cannot claim a place.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

// Behind what is here, and before what was told unless it is that. A branch
// begins with one entry: amid a segment of ours a longer one would make a
// stretch without a signature that nobody takes from us any more (FOUND).
static bool
fits(const struct td_wanted *w, bool last, uint64_t seq)
{
    const bool begins = w->held && w->found && !w->came;

    return (!w->held || seq > w->from) && (!begins || seq == w->from + 1) &&
           (last || seq < w->to);
}

tandem_err
td_receive_head(struct td_session *x, const struct td_msg_head *h)
{
    struct td_wanted *w = td_lack_find(x, h->n);
    const uint64_t seq = w == NULL || !h->last ? h->seq : w->to;

    if (!x->want_out || x->sent_in || x->segment_on || x->late_on ||
        w == NULL || (w->apart && !w->found) || !fits(w, h->last, seq)) {
        return TANDEM_EPROTO;
    }
    // Its buffer ends with it: what waits to be written is no larger than what
    // was sent.
    td_buf_deinit(&x->segment);
    td_buf_init(&x->segment, x->sys, h->bytes);
    x->resumed = h->offset > 0;
    if (x->resumed) {
        // What follows may have another size: a payload came or went there.
        if (!w->staged || w->came || h->offset != x->staged.bytes.len ||
            seq != x->staged.seq) {
            return TANDEM_EPROTO;
        }
        td_buf_put_slice(&x->segment, x->staged.bytes);
        TD_TRY(x->segment.err);
    }
    x->segment_at = (size_t)(w - x->wanted);
    x->segment_head = (struct td_signed_head){
        .head = {.log = w->log, .seq = seq}, .sig = h->sig};
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
    struct td_hash16 hash;

    TD_TRY(known_log(x, w, &known));
    TD_TRY(td_segment_read(td_buf_slice(&x->segment), &x->r->workspace, known,
        &x->segment_head, &b->arena, out));
    hash = td_hash_short(&out->head.head.hash);
    if (out->head.head.seq == w->to &&
        memcmp(hash.b, w->to_hash.b, sizeof(hash.b)) != 0) {
        return TANDEM_EPROTO; // not what was told
    }
    return TANDEM_OK;
}

static tandem_err
complete(struct td_session *x)
{
    struct td_wanted *w = &x->wanted[x->segment_at];
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
    x->unstage_due = x->unstage_due || (x->resumed && err != TANDEM_OK);
    TD_TRY(err);
    if (!td_view_scope(x, s.log.sector)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_batch_add(x, b, &s, &x->segment, x->segment_at));
    td_buf_init(&x->segment, x->sys, TD_SEGMENT_BYTES_MAX);
    x->log = s.log;
    x->log_valid = true;
    w->held = w->came = true;
    w->sector = td_view_place(x, s.log.sector);
    w->from = s.head.head.seq;
    w->from_hash = s.head.head.hash;
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
    if (!x->want_out || x->sent_in || x->segment_on || x->located > 0 ||
        x->late_on || (x->epoch_count > 0 && !x->epochs_in)) {
        return TANDEM_EPROTO;
    }
    x->sent_in = true; // and ripe what came
    return TANDEM_OK;
}
