// SPDX-License-Identifier: Apache-2.0
// round.c - one round: who holds which heads, and what we lack of them.
//
// The answering side leads: STATUS, and ADVERT as soon as it can. The
// initiator's follow its STATUS. A head is advertised only once it is signed:
// our own are signed first, so that what is wanted up to it ends at it.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

tandem_err
td_round_begin(struct td_session *x, bool control)
{
    x->phase = TD_PHASE_ROUND;
    x->control = control;
    x->status_in = x->status_out = x->advert_in = x->advert_out = false;
    x->want_in = x->want_out = x->sent_in = x->sent_out = false;
    td_arena_reset(&x->status_arena);
    x->status = NULL;
    x->status_count = 0;
    x->adverts = x->wants = 0;
    x->wanted_count = x->wanted_at = 0;
    x->sending_count = x->sending_at = 0;
    x->log_valid = false;
    x->leads = x->signed_own = false;
    return td_view_build(x);
}

void
td_round_deinit(struct td_session *x)
{
    td_arena_deinit(&x->status_arena);
    td_free(x->sys, x->wanted, x->wanted_cap * sizeof(*x->wanted));
    td_free(x->sys, x->sending, x->sending_cap * sizeof(*x->sending));
}

// ------------------------------------------------------------------ our heads

// "I hold yours up to x" of numbers that are ours, over the same sectors.
static bool
cursor_usable(const struct td_session *x)
{
    uint8_t mark[8];

    if (x->pass > 0 || x->theirs.have_lsn == 0 ||
        x->theirs.have_lsn > x->view.lsn) {
        return false;
    }
    td_view_cursor_mark(x->r->store_id, &x->view.mark, mark);
    return memcmp(mark, x->theirs.mark, sizeof(mark)) == 0;
}

// Does the peer perhaps lack this head?
static bool
listed(const struct td_session *x, const struct td_log_info *log, bool cursor)
{
    struct td_hash16 mine, theirs;

    if (!td_view_scope(x, log->sector)) {
        return false;
    }
    if (x->control) {
        return true;
    }
    if (cursor) {
        return log->head_lsn > x->theirs.have_lsn;
    }
    if (x->status == NULL) {
        return true;
    }
    theirs = td_view_sector_root(x->status, x->status_count, log->sector);
    for (size_t i = 0; i < x->view.count; i++) {
        if (td_id_cmp(x->view.sectors[i], log->sector) == 0) {
            mine = x->view.roots[i];
            return memcmp(mine.b, theirs.b, sizeof(mine.b)) != 0;
        }
    }
    return false;
}

bool
td_round_unsigned_own(const struct td_replica *r, const struct td_log_info *log)
{
    return log->signed_seq != log->head_seq &&
           td_device_cmp(log->device, td_replica_device(r)) == 0;
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

static void
put_adverts(struct td_session *x, const struct td_log_info *logs, size_t count,
    struct td_msg_place *places)
{
    bool cursor = !x->control && cursor_usable(x);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        // A head another session is still writing under us is told later.
        if (!listed(x, &logs[i], cursor) ||
            logs[i].signed_seq != logs[i].head_seq) {
            continue;
        }
        if (n == TD_MSG_ITEMS) {
            put_advert(x, false, places, n);
            n = 0;
        }
        places[n++] = (struct td_msg_place){
            logs[i].id, logs[i].head_seq, td_hash_short(&logs[i].head)};
    }
    put_advert(x, true, places, n);
}

static bool
must_sign(
    const struct td_session *x, const struct td_log_info *logs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (td_round_unsigned_own(x->r, &logs[i]) &&
            td_view_scope(x, logs[i].sector)) {
            return true;
        }
    }
    return false;
}

// Our own heads are signed first, once a round; then we come here again.
static tandem_err
say_advert(struct td_session *x)
{
    struct td_msg_place *places;
    struct td_log_info *logs = NULL;
    struct td_arena arena;
    struct td_txn *t;
    size_t count = 0;
    tandem_err err;

    td_arena_init(&arena, x->sys, TD_SESSION_LOGS_BYTES_MAX);
    places = td_arena_array(&arena, TD_MSG_ITEMS, sizeof(*places));
    err = places == NULL ? TANDEM_ENOMEM : td_store_read(x->r->store, &t);
    if (err == TANDEM_OK) {
        err = td_log_list(t, NULL, &arena, &logs, &count);
        td_store_read_end(t);
    }
    if (err == TANDEM_OK && !x->signed_own && must_sign(x, logs, count)) {
        x->signed_own = x->sign_due = true;
    } else if (err == TANDEM_OK) {
        put_adverts(x, logs, count, places);
        x->advert_out = true;
        err = x->queue.err;
    }
    td_arena_deinit(&arena);
    return err;
}

static tandem_err
say_status(struct td_session *x, bool with_list)
{
    struct td_msg_sector *items = NULL;
    size_t count = 0;
    size_t mark;
    struct td_buf *q;

    if (with_list) {
        count = x->view.count;
        items = td_alloc(x->sys, (count + 1) * sizeof(*items));
        if (items == NULL) {
            return TANDEM_ENOMEM;
        }
        for (size_t i = 0; i < count; i++) {
            items[i].sector = x->view.sectors[i];
            items[i].root = x->view.roots[i];
        }
    }
    q = td_session_begin(x, &mark);
    td_msg_put_status(q, x->view.lsn, with_list, items, count);
    td_session_end(x, mark);
    td_free(x->sys, items, (count + 1) * sizeof(*items));
    x->status_out = true;
    return x->queue.err;
}

// The leader's beginning of a round.
static tandem_err
lead(struct td_session *x)
{
    bool list = !x->control && !cursor_usable(x) && x->view.count > 0 &&
                x->view.count <= TD_MSG_ITEMS;

    TD_TRY(say_status(x, list));
    // A long list waits for the peer's, which makes it shorter.
    x->leads = !list || x->view.heads <= TD_SESSION_HEADS_AT_ONCE;
    return TANDEM_OK;
}

// ---------------------------------------------------------------- their heads

tandem_err
td_round_status(struct td_session *x, struct td_msg *m)
{
    if (x->status_in) {
        return TANDEM_EPROTO;
    }
    x->status_in = true;
    if (!m->u.status.listed) {
        return TANDEM_OK;
    }
    x->status =
        td_arena_array(&x->status_arena, m->count + 1, sizeof(*x->status));
    if (x->status == NULL) {
        return TANDEM_ENOMEM;
    }
    x->status_count = m->count;
    for (size_t i = 0; i < m->count; i++) {
        td_msg_next_sector(m, &x->status[i]);
    }
    return TANDEM_OK;
}

static tandem_err
want(struct td_session *x, const struct td_msg_place *p,
    const struct td_log_info *log)
{
    struct td_wanted *w;

    if (x->wanted_count == TD_SESSION_WANTS_MAX) {
        return TANDEM_OK; // the next pass, or the next session
    }
    if (x->wanted_count == x->wanted_cap) {
        size_t cap = x->wanted_cap == 0 ? 64 : x->wanted_cap * 2;
        void *grown = td_grow(x->sys, x->wanted,
            x->wanted_cap * sizeof(*x->wanted), cap * sizeof(*x->wanted));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        x->wanted = grown;
        x->wanted_cap = cap;
    }
    w = &x->wanted[x->wanted_count++];
    memset(w, 0, sizeof(*w));
    w->log = p->log;
    w->to = p->seq;
    w->to_hash = p->hash;
    if (log != NULL) {
        w->held = true;
        w->from = log->head_seq;
        w->from_hash = log->head;
    }
    return TANDEM_OK;
}

// A log we hold outside the sectors of this round is treated as unknown: the
// peer learns nothing, and its opening will say what it is.
static tandem_err
compare(struct td_session *x, struct td_txn *t, const struct td_msg_place *p)
{
    struct td_log_info log;
    struct td_hash hash;
    struct td_hash16 mine;
    tandem_err err = td_log_get(t, p->log, &log);

    if (err == TANDEM_ENOTFOUND ||
        (err == TANDEM_OK && !td_view_scope(x, log.sector))) {
        return want(x, p, NULL);
    }
    TD_TRY(err);
    if (p->seq > log.head_seq) {
        return want(x, p, &log);
    }
    hash = log.head;
    if (p->seq < log.head_seq) {
        TD_TRY(td_commit_chain(t, log.number, p->seq, &hash));
    }
    mine = td_hash_short(&hash);
    if (memcmp(mine.b, p->hash.b, sizeof(mine.b)) == 0) {
        return TANDEM_OK;
    }
    return want(x, p, &log); // two entries in one place: asks for the proof
}

tandem_err
td_round_advert(struct td_session *x, struct td_msg *m)
{
    struct td_msg_place p;
    struct td_txn *t;
    tandem_err err = TANDEM_OK;

    if (!x->status_in || x->advert_in) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    for (size_t i = 0; i < m->count && err == TANDEM_OK; i++) {
        td_msg_next_place(m, &p);
        if ((x->adverts > 0 && td_log_id_cmp(x->last_advert, p.log) >= 0) ||
            x->adverts == TD_SESSION_ADVERTS_MAX) {
            err = TANDEM_EPROTO;
            break;
        }
        x->adverts++;
        x->last_advert = p.log;
        err = compare(x, t, &p);
    }
    td_store_read_end(t);
    x->advert_in = m->u.last;
    return err;
}

static tandem_err
say_wants(struct td_session *x)
{
    struct td_msg_want *items;
    size_t at = 0;

    items = td_alloc(x->sys, TD_MSG_ITEMS * sizeof(*items));
    if (items == NULL) {
        return TANDEM_ENOMEM;
    }
    do {
        size_t n = x->wanted_count - at;
        struct td_buf *q;
        size_t mark;

        n = n < TD_MSG_ITEMS ? n : TD_MSG_ITEMS;
        for (size_t i = 0; i < n; i++) {
            const struct td_wanted *w = &x->wanted[at + i];

            items[i] = (struct td_msg_want){.log = w->log,
                .to = w->to,
                .from_start = !w->held,
                .from = w->from,
                .hash = td_hash_short(&w->from_hash)};
        }
        at += n;
        q = td_session_begin(x, &mark);
        td_msg_put_want(q, at == x->wanted_count, items, n);
        td_session_end(x, mark);
    } while (at < x->wanted_count && x->queue.err == TANDEM_OK);
    td_free(x->sys, items, TD_MSG_ITEMS * sizeof(*items));
    x->want_out = true;
    return x->queue.err;
}

tandem_err
td_round_progress(struct td_session *x)
{
    if (!x->status_out) {
        if (!x->initiator) {
            TD_TRY(lead(x));
        } else if (x->status_in) {
            TD_TRY(say_status(
                x, x->status != NULL && x->view.count <= TD_MSG_ITEMS));
        }
    }
    if (x->status_out && (x->status_in || x->leads) && !x->advert_out &&
        !x->sign_due) {
        TD_TRY(say_advert(x));
    }
    if (x->advert_in && !x->want_out) {
        TD_TRY(say_wants(x));
    }
    return TANDEM_OK;
}
