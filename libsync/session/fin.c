// SPDX-License-Identifier: Apache-2.0
// fin.c - the end: roots compared, receipts, cursors saved.
//
// Receipt: td_sign by the device that says it, domain TD_DOMAIN_RECEIPT, of
//   session 8 of the initiator || session 8 of the other
//   || device 32 of the initiator || device 32 of the other
//   || data root 16 || control root 16 || lsn be64 || missing be64 || moved
//   be64 || apart be64
// the last six as in the same FIN. It stands where the peer sent commits in
// this very session: they are durable here, also those that another session
// had brought meanwhile and that `moved` does not count.
//
// A cursor is saved only when both roots were equal: it says that we hold all
// that the peer numbered up to FIN's lsn, in the sectors both see.
#include "session/state.h"

#include <string.h>

enum { RECEIPT_BYTES = 8 + 8 + 32 + 32 + 16 + 16 + 8 + 8 + 8 + 8 };

static void
receipt_message(const struct td_session *x, const struct td_msg_fin *f,
    uint8_t out[RECEIPT_BYTES])
{
    const struct td_msg_hello *a = x->initiator ? &x->mine : &x->theirs;
    const struct td_msg_hello *b = x->initiator ? &x->theirs : &x->mine;

    memcpy(out, a->session, 8);
    memcpy(out + 8, b->session, 8);
    memcpy(out + 16, (x->initiator ? x->me : x->peer).b, 32);
    memcpy(out + 48, (x->initiator ? x->peer : x->me).b, 32);
    memcpy(out + 80, f->data_root.b, 16);
    memcpy(out + 96, f->control_root.b, 16);
    td_put_be64(out + 112, f->lsn);
    td_put_be64(out + 120, f->missing);
    td_put_be64(out + 128, f->moved);
    td_put_be64(out + 136, f->apart);
}

static bool
same_root(const struct td_hash16 *a, const struct td_hash16 *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static tandem_err
look(struct td_session *x)
{
    tandem_stats stats;

    TD_TRY(td_replica_stats_open(x->r, &stats));
    x->report.missing = stats.missing;
    x->report.waiting = stats.waiting + stats.quarantined;
    x->report.conflicts = stats.conflicts;
    return TANDEM_OK;
}

tandem_err
td_fin_say(struct td_session *x, bool same)
{
    struct td_msg_fin f = {.same_data = true};
    struct td_author author = td_replica_author(x->r);
    uint8_t bytes[RECEIPT_BYTES];
    struct td_buf *q;
    size_t mark;

    if (!same) {
        TD_TRY(td_front_settle(x));
        td_view_move(x);
        f.apart = td_aside_report(x);
    }
    TD_TRY(look(x));
    memcpy(f.echo, x->theirs.session, sizeof(f.echo));
    f.data_root = x->view.data_root;
    f.control_root = x->control_spoken ? x->control_root : x->mine.control_root;
    f.same_data = same_root(&f.data_root, &x->mine.data_root);
    f.same_control = same_root(&f.control_root, &x->mine.control_root);
    f.lsn = x->view.lsn;
    TD_TRY(td_ask_missing(x, &f.missing));
    f.moved = x->report.commits_received;
    f.has_receipt = x->arrived > 0;
    if (f.has_receipt) {
        receipt_message(x, &f, bytes);
        f.receipt = td_sign(author.keys, TD_DOMAIN_RECEIPT,
            (tandem_slice){bytes, sizeof(bytes)});
    }
    memcpy(x->report.root, f.data_root.b, sizeof(x->report.root));
    x->fin_mine = f;
    x->fin_out = true;
    x->phase = TD_PHASE_FIN;
    q = td_session_begin(x, &mark);
    td_msg_put_fin(q, &f);
    td_session_end(x, mark);
    return x->queue.err;
}

tandem_err
td_fin_take(struct td_session *x, const struct td_msg_fin *in)
{
    struct td_msg_fin f = *in;
    uint8_t bytes[RECEIPT_BYTES];

    if (x->fin_in || memcmp(f.echo, x->mine.session, sizeof(f.echo)) != 0) {
        return TANDEM_EPROTO;
    }
    if (f.same_data) {
        f.data_root = x->theirs.data_root;
    }
    if (f.same_control) {
        f.control_root = x->theirs.control_root;
    }
    if (f.has_receipt != (x->report.commits_sent > 0) ||
        f.moved > x->report.commits_sent || f.moved < x->pass_moved) {
        return TANDEM_EPROTO;
    }
    if (f.has_receipt) {
        receipt_message(x, &f, bytes);
        if (!td_verify(&x->peer, TD_DOMAIN_RECEIPT,
                (tandem_slice){bytes, sizeof(bytes)}, &f.receipt)) {
            return TANDEM_EPROTO;
        }
        x->report.receipt = true;
    }
    x->report.apart_there = f.apart;
    x->fin_theirs = f;
    x->fin_in = true;
    return TANDEM_OK;
}

// The cursor is written first.
static void
finish(struct td_session *x, int64_t now_ms)
{
    const struct td_missing_at asked = x->row.asked;
    struct td_peer *p = &x->row;
    tandem_err err;

    if (x->peer_put) {
        x->report.equal = x->report.changes_sent + x->report.changes_received +
                              x->report.commits_sent +
                              x->report.commits_received + x->keys_moved ==
                          0;
        x->phase = TD_PHASE_DONE;
        return;
    }
    if (x->peer_due) {
        return;
    }
    // The address may have been written by another hand meanwhile.
    err = td_peer_get(x->r, &x->peer, p);
    if (err != TANDEM_OK) {
        memset(p, 0, sizeof(*p));
        p->device = x->peer;
    }
    memcpy(p->store_id, x->theirs.store_id, sizeof(p->store_id));
    p->their_lsn = x->fin_theirs.lsn;
    p->root = x->fin_mine.data_root;
    p->asked = asked;
    p->apart_count = td_aside_keep(x, p->apart);
    p->sectors_mark = x->view.mark;
    p->last_sync_ms = now_ms;
    x->peer_due = true;
    x->unstage_due = x->staged.bytes.len > 0; // it has come, or is of no use
}

static tandem_err
give_up(struct td_session *x, bool moved)
{
    if (moved) {
        return td_session_say(x, TANDEM_ECUT,
            "there is more than one exchange brings; run it again",
            "il y a plus qu'un échange n'apporte ; relancez-le");
    }
    if (x->fin_mine.apart + x->fin_theirs.apart > 0) {
        return td_session_say(x, TANDEM_ELIMIT,
            "more is set apart on the two devices than one exchange evens "
            "out; everything else was exchanged",
            "il y a plus de mis à part sur les deux appareils qu'un échange "
            "n'en compense ; tout le reste a été échangé");
    }
    return td_session_say(x, TANDEM_EPROTO,
        "the other device does not hold what it says it holds",
        "l'appareil d'en face ne détient pas ce qu'il annonce");
}

// Both FIN are here: both sides judge the same four roots alike.
tandem_err
td_fin_progress(struct td_session *x, int64_t now_ms)
{
    const struct td_msg_fin *a = &x->fin_mine;
    const struct td_msg_fin *b = &x->fin_theirs;
    bool control = same_root(&a->control_root, &b->control_root);
    bool data = same_root(&a->data_root, &b->data_root);
    bool moved = a->moved > x->pass_commits || b->moved > x->pass_moved;

    if (control && data) {
        finish(x, now_ms);
        return TANDEM_OK;
    }
    if (x->pass + 1 == TD_SESSION_PASSES) {
        return give_up(x, moved);
    }
    x->pass++;
    x->pass_commits = a->moved;
    x->pass_moved = b->moved;
    x->fin_in = x->fin_out = false;
    return td_round_begin(x, !control);
}
