// SPDX-License-Identifier: Apache-2.0
// round.c - one round: who holds which heads, told in one of three ways.
//
// The answering side begins, the initiator's words follow its.
//   by cursor   ADVERT of what is newer than the peer says it holds
//   at once     ADVERT of all, up to TD_SESSION_HEADS_AT_ONCE heads
//   by walk     STATUS: roots by sector, which the peer compares (walk.c); it
//               speaks for both sides, whatever was told before; at its end
//               each one says in ADVERT which heads the other lacks
#include "session/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

tandem_err
td_round_begin(struct td_session *x, bool control)
{
    if (control) { // rights may be others after it
        td_front_deinit(x, &x->fronts[0]);
    }
    x->phase = TD_PHASE_ROUND;
    x->control = control;
    x->opened = false;
    x->status_in = x->status_out = x->advert_in = x->advert_out = false;
    x->want_in = x->want_out = x->sent_in = x->sent_out = false;
    td_arena_reset(&x->status_arena);
    x->status = NULL;
    x->status_count = x->status_cap = 0;
    x->adverts = x->advert_items = 0;
    x->wants = 0;
    x->told_count = x->tell_count = 0;
    x->wanted_count = 0;
    x->sending_count = x->sending_at = 0;
    x->aparts = x->located = 0;
    x->apart_next = x->locate_next = x->asked_next = 0;
    x->heard_same = 0;
    x->log_valid = false;
    x->signed_own = x->mended = x->walked = false;
    td_walk_deinit(x);
    if (x->pass > 0) {
        td_aside_forget(x);
    }
    return control || td_front_of(x)->loaded ? TANDEM_OK : td_view_build(x);
}

void
td_round_deinit(struct td_session *x)
{
    td_arena_deinit(&x->status_arena);
    td_free(x->sys, x->told, x->told_cap * sizeof(*x->told));
    td_free(x->sys, x->tell, x->tell_cap * sizeof(*x->tell));
    td_free(x->sys, x->wanted, x->wanted_cap * sizeof(*x->wanted));
    td_free(x->sys, x->sending, x->sending_cap * sizeof(*x->sending));
    td_walk_deinit(x);
}

// ------------------------------------------------------------------ our heads

tandem_err
td_round_tell(struct td_session *x, size_t head)
{
    TD_TRY(td_session_room(x, &x->tell, &x->tell_cap, x->tell_count,
        TD_SESSION_HEADS_MAX, sizeof(*x->tell)));
    x->tell[x->tell_count++] = head;
    return TANDEM_OK;
}

tandem_err
td_round_told(struct td_session *x, size_t head)
{
    TD_TRY(td_session_room(x, &x->told, &x->told_cap, x->told_count,
        2 * TD_SESSION_HEADS_MAX, sizeof(*x->told)));
    x->told[x->told_count++] = head;
    return TANDEM_OK;
}

struct telling {
    struct td_msg_place place;
    size_t head;
};

static int
compare(const void *a, const void *b)
{
    const struct telling *x = a;
    const struct telling *y = b;
    int order = td_log_id_cmp(x->place.log, y->place.log);

    return order != 0 ? order
                      : memcmp(x->place.hash.b, y->place.hash.b,
                            sizeof(x->place.hash.b));
}

static void
put_advert(
    struct td_session *x, bool last, const struct td_msg_place *p, size_t n)
{
    size_t mark;
    struct td_buf *q = td_session_begin(x, &mark);

    td_msg_put_advert(q, last, p, n);
    td_session_end(x, mark);
}

static tandem_err
put_adverts(struct td_session *x, struct telling *all, size_t count)
{
    struct td_msg_place *places =
        td_alloc(x->sys, TD_MSG_ITEMS * sizeof(*places));
    tandem_err err = places == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    size_t n = 0;

    for (size_t i = 0; i < count && err == TANDEM_OK; i++) {
        if (n == TD_MSG_ITEMS) {
            put_advert(x, false, places, n);
            n = 0;
        }
        places[n++] = all[i].place;
        err = td_round_told(x, all[i].head);
    }
    if (err == TANDEM_OK) {
        put_advert(x, true, places, n);
        err = x->queue.err;
    }
    td_free(x->sys, places, TD_MSG_ITEMS * sizeof(*places));
    return err;
}

// Those of x->tell.
static tandem_err
say_advert(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);
    const size_t bytes = (x->tell_count + 1) * sizeof(struct telling);
    struct telling *all = td_alloc(x->sys, bytes);
    tandem_err err;

    if (all == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < x->tell_count; i++) {
        const struct td_head *h = &s->heads[x->tell[i]];

        all[i].head = x->tell[i];
        all[i].place =
            (struct td_msg_place){h->log, h->seq, td_hash_short(&h->hash)};
    }
    if (x->tell_count > 1) {
        qsort(all, x->tell_count, sizeof(*all), compare);
    }
    err = put_adverts(x, all, x->tell_count);
    td_free(x->sys, all, bytes);
    x->advert_out = x->opened = true;
    return err;
}

static tandem_err
say_status(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);
    const size_t count = s->sectors;
    const size_t bytes = (count + 1) * sizeof(struct td_msg_sector);
    struct td_msg_sector *items = td_alloc(x->sys, bytes);
    size_t at = 0;

    if (items == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].sector = td_view_sector(x, i);
        items[i].root = td_trie_hash(
            s->heads + s->starts[i], s->starts[i + 1] - s->starts[i], 0);
    }
    do {
        size_t n = count - at < TD_MSG_ITEMS ? count - at : TD_MSG_ITEMS;
        size_t mark;
        struct td_buf *q = td_session_begin(x, &mark);

        td_msg_put_status(q, at + n == count, items + at, n);
        td_session_end(x, mark);
        at += n;
    } while (at < count);
    td_free(x->sys, items, bytes);
    x->status_out = x->opened = true;
    td_aside_forget(x);
    // All that was told is told again as far as it differs.
    x->advert_in = false;
    x->advert_items = 0;
    x->wanted_count = 0;
    TD_TRY(x->queue.err);
    return td_walk_begin(x);
}

// "I hold yours up to x" of numbers that are ours, over the same sectors.
static bool
cursor_usable(const struct td_session *x)
{
    uint8_t mark[8];

    if (x->control || x->pass > 0 || x->theirs.have_lsn == 0 ||
        x->theirs.have_lsn > x->view.lsn) {
        return false;
    }
    td_view_cursor_mark(x->r->store_id, &x->view.mark, mark);
    return memcmp(mark, x->theirs.mark, sizeof(mark)) == 0;
}

static tandem_err
open_round(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);
    const size_t count = s->starts[s->sectors];
    const bool cursor = cursor_usable(x);

    if (!cursor && count > TD_SESSION_HEADS_AT_ONCE) {
        return say_status(x);
    }
    for (size_t i = 0; i < count; i++) {
        if (!cursor || s->lsns[i] > x->theirs.have_lsn) {
            TD_TRY(td_round_tell(x, i));
        }
    }
    return say_advert(x);
}

// ---------------------------------------------------------------- their heads

tandem_err
td_round_status(struct td_session *x, struct td_msg *m)
{
    const tandem_id *before =
        x->status_count > 0 ? &x->status[x->status_count - 1].sector : NULL;

    // The first word of a round, or the initiator's first in it.
    if (x->status_in || x->status_out || x->adverts > 0 || x->advert_in ||
        x->wants > 0 || x->want_in || x->opened == x->initiator ||
        x->status_count + m->count > TD_SECTORS_MAX + 1) {
        return TANDEM_EPROTO;
    }
    if (x->status == NULL) {
        x->status_cap = TD_SECTORS_MAX + 1;
        x->status =
            td_arena_array(&x->status_arena, x->status_cap, sizeof(*x->status));
        if (x->status == NULL) {
            return TANDEM_ENOMEM;
        }
    }
    for (size_t i = 0; i < m->count; i++) {
        struct td_msg_sector *s = &x->status[x->status_count];

        td_msg_next_sector(m, s);
        if (before != NULL && td_id_cmp(*before, s->sector) >= 0) {
            return TANDEM_EPROTO;
        }
        before = &s->sector;
        x->status_count++;
    }
    x->status_in = m->u.last;
    if (x->status_in) {
        x->opened = true;
        td_aside_forget(x);
        x->advert_out = false;
        x->tell_count = 0;
    }
    return TANDEM_OK;
}

static bool
rises(const struct td_msg_place *a, const struct td_msg_place *b)
{
    int order = td_log_id_cmp(a->log, b->log);

    return order < 0 ||
           (order == 0 && memcmp(a->hash.b, b->hash.b, sizeof(a->hash.b)) < 0);
}

tandem_err
td_round_advert(struct td_session *x, struct td_msg *m)
{
    struct td_msg_place p;
    struct td_txn *t;
    tandem_err err = TANDEM_OK;

    if (x->advert_in || (x->status_count > 0 && !x->status_in) ||
        (x->walk.on && x->walk.mine) || (x->status_in && !x->walked) ||
        (!x->initiator && !x->opened)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    for (size_t i = 0; i < m->count && err == TANDEM_OK; i++) {
        td_msg_next_place(m, &p);
        if (x->advert_items++ > 0 && !rises(&x->last_advert, &p)) {
            err = TANDEM_EPROTO;
            break;
        }
        x->last_advert = p;
        err = td_lack_compare(x, t, &p);
    }
    td_store_read_end(t);
    x->advert_in = m->u.last;
    return err;
}

// ------------------------------------------------------------------- progress

// A walk is over for us once we have no node to tell and it is our turn, or the
// peer has said its heads.
static tandem_err
walk(struct td_session *x)
{
    bool over = false;

    if (x->walk.on && x->walk.mine) {
        TD_TRY(td_walk_say(x, &over));
    }
    if (x->walk.on && (over || x->advert_in)) {
        x->walk.on = false;
        if (!x->advert_out) {
            TD_TRY(say_advert(x));
        }
    }
    return TANDEM_OK;
}

tandem_err
td_round_progress(struct td_session *x)
{
    if (!td_front_of(x)->loaded) {
        bool loaded = false;

        if (!x->sign_due) {
            TD_TRY(td_front_load(x, &loaded));
        }
        if (!loaded) {
            return TANDEM_OK;
        }
    }
    if (!x->opened && (!x->initiator || x->advert_in)) {
        TD_TRY(open_round(x));
    }
    if (x->status_in && !x->walked) {
        TD_TRY(td_walk_begin(x));
    }
    TD_TRY(walk(x));
    if (x->advert_in && x->advert_out && !x->want_out) {
        TD_TRY(td_key_say(x));
        TD_TRY(td_ask_say(x));
        TD_TRY(td_lack_say(x));
    }
    return TANDEM_OK;
}
