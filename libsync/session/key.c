// SPDX-License-Identifier: Apache-2.0
// key.c - keys of epochs that are lacking here, asked of every peer, also when
// the heads are the same; and the peer's questions answered.
//
// Once a session, before WANT of the first data round: WANTEPOCH names up to
// TD_MSG_EPOCHS epochs of sectors both may see, under which payloads that are
// held are sealed; of more the first ones after a random id, so that none
// starves behind keys nobody has. One EPOCH answers it, before anything else of
// the round: each key wrapped for the asker's box key, as its enrolment names
// it, if the asker may read that sector; else nil, which also says "I have it
// not". A key that is not what the epoch's entry commits to is EPROTO, and
// nothing of that answer is kept.
#include "session/state.h"

#include <string.h>

static bool
shared(void *ctx, tandem_id sector)
{
    return td_view_shares(ctx, sector);
}

// ------------------------------------------------------------------- questions

tandem_err
td_key_lacks(struct td_session *x, bool *out)
{
    const struct td_lacking_query q = {
        .wanted = shared, .ctx = x, .max = 1, .any = true};
    struct td_epoch_id epoch;
    size_t n;

    TD_TRY(td_replica_lacking(x->r, &q, &epoch, &n));
    *out = n > 0;
    return TANDEM_OK;
}

// Asked anew after a round of the control sector: HELLO's word may be old.
tandem_err
td_key_say(struct td_session *x)
{
    struct td_lacking_query q = {
        .wanted = shared, .ctx = x, .max = TD_MSG_EPOCHS};
    struct td_buf *out;
    size_t mark;

    if (x->control || x->pass > 0) {
        return TANDEM_OK;
    }
    memcpy(q.from.b, x->mine.session, sizeof(x->mine.session));
    TD_TRY(td_replica_lacking(x->r, &q, x->epochs, &x->epoch_count));
    if (x->epoch_count > 0) {
        out = td_session_begin(x, &mark);
        td_msg_put_wantepoch(out, x->epochs, x->epoch_count);
        td_session_end(x, mark);
    }
    return x->queue.err;
}

static tandem_err
check(struct td_session *x, const struct td_epoch_key *given)
{
    const struct td_device_keys *mine = td_replica_author(x->r).keys;
    tandem_err err = td_member_check_key(x->r->member, mine, given);

    if (err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND) {
        return td_session_say(x, TANDEM_EPROTO,
            "the other device gave a key that is not the one asked for",
            "l'appareil d'en face a donné une clé qui n'est pas celle "
            "demandée");
    }
    return err;
}

tandem_err
td_key_take(struct td_session *x, struct td_msg *m)
{
    struct td_epoch_key given[TD_MSG_EPOCHS];
    struct td_msg_key key;
    struct td_batch *b;
    size_t n = 0;

    if (!x->want_out || x->sent_in || x->segment_on || x->late_on ||
        x->control || x->epochs_in || m->count != x->epoch_count) {
        return TANDEM_EPROTO;
    }
    x->epochs_in = true;
    for (size_t i = 0; i < m->count; i++) {
        td_msg_next_key(m, &key);
        if (!key.held) {
            continue;
        }
        given[n].epoch = x->epochs[i];
        memcpy(given[n].wrapped, key.wrapped, sizeof(key.wrapped));
        TD_TRY(check(x, &given[n]));
        n++;
    }
    if (n == 0) {
        return TANDEM_OK;
    }
    x->keys_moved += n;
    TD_TRY(td_batch_fill(x, false, &b));
    return td_batch_keys(b, given, n);
}

// --------------------------------------------------------------------- answers

tandem_err
td_key_want(struct td_session *x, struct td_msg *m)
{
    if (x->control || x->want_in || x->key_count > 0 || !x->opened) {
        return TANDEM_EPROTO;
    }
    for (size_t i = 0; i < m->count; i++) {
        td_msg_next_epoch(m, &x->keys[i]);
    }
    x->key_count = m->count;
    return TANDEM_OK;
}

bool
td_key_due(const struct td_session *x)
{
    return x->key_count > 0 && !x->keys_out;
}

tandem_err
td_key_answer(struct td_session *x, struct td_buf *out)
{
    struct td_msg_key keys[TD_MSG_EPOCHS];
    tandem_err err;

    for (size_t i = 0; i < x->key_count; i++) {
        memset(&keys[i], 0, sizeof(keys[i]));
        err = td_member_give_key(
            x->r->member, &x->peer, &x->keys[i], keys[i].wrapped);
        TD_TRY(err == TANDEM_ENOTFOUND ? TANDEM_OK : err);
        keys[i].held = err == TANDEM_OK;
        x->keys_moved += keys[i].held ? 1 : 0;
    }
    x->keys_out = true;
    td_msg_put_epoch(out, keys, x->key_count);
    return TANDEM_OK;
}
