// SPDX-License-Identifier: Apache-2.0
// lack.c - heads the peer told and we lack: asked for, located, noted once they
// are here.
//
// A head is named by its number: the how manieth the peer told in this round.
// We ask for what lies after an entry of ours. Where that entry is not on the
// way to the head (the log was written twice) the peer says APART; we say where
// we are (LOCATE: hashes at the head of each branch of ours, then 1, 2, 4...
// entries before, and entry 0), it answers where it begins (FOUND): so far back
// that the branch has a signature before it parts from ours. Once for a head.
#include "session/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

// ------------------------------------------------------------------- compared

static tandem_err
want(struct td_session *x, const struct td_msg_place *p, size_t sector,
    const struct td_log_info *log)
{
    struct td_wanted *w;

    if (x->wanted_count == TD_SESSION_WANTS_MAX) {
        return TANDEM_OK; // the next pass, or the next session
    }
    TD_TRY(td_session_room(x, &x->wanted, &x->wanted_cap, x->wanted_count,
        TD_SESSION_WANTS_MAX, sizeof(*x->wanted)));
    w = &x->wanted[x->wanted_count++];
    *w = (struct td_wanted){.n = x->adverts - 1,
        .sector = sector,
        .log = p->log,
        .to = p->seq,
        .to_hash = p->hash};
    if (log != NULL) {
        w->held = true;
        w->from = log->head_seq;
        w->from_hash = log->head;
        w->based = true;
        w->base = log->head;
    }
    return TANDEM_OK;
}

// Where a head of this log perhaps goes on from: the longest branch below it.
static tandem_err
nearest(struct td_txn *t, const struct td_msg_place *p,
    const struct td_log_info *first, struct td_log_info *out)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    size_t count = 0;

    *out = *first;
    if (!first->forked) {
        return TANDEM_OK;
    }
    TD_TRY(td_log_branches(t, p->log, all, &count));
    for (size_t i = 0; i < count; i++) {
        bool below = all[i].head_seq < p->seq;

        if (below &&
            (out->head_seq >= p->seq || all[i].head_seq > out->head_seq)) {
            *out = all[i];
        }
    }
    return TANDEM_OK;
}

// A log we hold outside the sectors of this round is treated as unknown: the
// peer learns nothing, and its opening will say what it is.
tandem_err
td_lack_compare(
    struct td_session *x, struct td_txn *t, const struct td_msg_place *p)
{
    struct td_head head = {.log = p->log, .seq = p->seq};
    struct td_log_info first, log;
    size_t sector;
    tandem_err err;

    x->heard_same =
        td_log_id_cmp(x->heard_log, p->log) == 0 ? x->heard_same + 1 : 1;
    x->heard_log = p->log;
    if (x->adverts++ == TD_SESSION_ADVERTS_MAX ||
        x->heard_same > TD_SESSION_SAME_MAX) {
        return TANDEM_EPROTO;
    }
    if (td_aside_told(x, p)) {
        return TANDEM_OK;
    }
    err = td_log_get(t, p->log, &first);
    if (err == TANDEM_ENOTFOUND ||
        (err == TANDEM_OK && !td_view_scope(x, first.sector))) {
        return want(x, p, SIZE_MAX, NULL);
    }
    if (err == TANDEM_ECORRUPT) {
        return TANDEM_OK; // set apart: nothing can be held of it
    }
    TD_TRY(err);
    sector = td_view_place(x, first.sector);
    err = td_log_on_any(t, p->log, p->seq, &p->hash, &log);
    if (err == TANDEM_ECORRUPT) { // what comes again makes its rows whole
        return want(x, p, sector, NULL);
    }
    if (err == TANDEM_ENOTFOUND) {
        TD_TRY(nearest(t, p, &first, &log));
        return want(x, p, sector, &log);
    }
    TD_TRY(err);
    head.hash = log.head;
    if (p->seq < log.head_seq) {
        TD_TRY(td_commit_chain(t, log.number, p->seq, &head.hash));
    }
    if (log.cut) { // here, and not there
        return td_aside_add(
            x, &(struct td_aside){.at = {.sector = first.sector, .head = head},
                   .here = true,
                   .counts = true});
    }
    return td_front_note(x, sector, &head);
}

// ---------------------------------------------------------------------- asked

static void
find_staged(struct td_session *x)
{
    struct td_staged *s = &x->staged;
    struct td_txn *t;

    if (td_store_read(x->r->store, &t) != TANDEM_OK) {
        return;
    }
    if (td_staged_get(t, &x->peer, &x->staged_room, s) != TANDEM_OK) {
        s->bytes.len = 0;
    }
    td_store_read_end(t);
    for (size_t i = 0; i < x->wanted_count && s->bytes.len > 0; i++) {
        struct td_wanted *w = &x->wanted[i];
        const struct td_hash16 hash = td_hash_short(&w->from_hash);

        if (td_log_id_cmp(w->log, s->log) == 0 && w->held == !s->from_start &&
            s->seq <= w->to &&
            (!w->held || (w->from == s->from &&
                             memcmp(hash.b, s->from_hash.b, 16) == 0))) {
            w->staged = true;
            return; // one row, one segment
        }
    }
}

tandem_err
td_lack_say(struct td_session *x)
{
    struct td_msg_want *items;
    size_t at = 0;

    find_staged(x);
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

            items[i] = (struct td_msg_want){.n = w->n,
                .from_start = !w->held,
                .from = w->from,
                .hash = td_hash_short(&w->from_hash)};
            if (w->staged) {
                items[i].staged = true;
                items[i].seq = x->staged.seq;
                items[i].offset = x->staged.bytes.len;
                items[i].part = td_hash16_parts(&x->staged.bytes, 1);
            }
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

struct td_wanted *
td_lack_find(struct td_session *x, uint64_t n)
{
    size_t low = 0;
    size_t high = x->wanted_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (x->wanted[mid].n == n) {
            return &x->wanted[mid];
        }
        if (x->wanted[mid].n < n) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

// -------------------------------------------------------------------- located

struct points {
    struct td_msg_point at[TD_MSG_POINTS];
    size_t count;
};

static tandem_err
add_point(struct points *p, struct td_txn *t, uint32_t number, uint64_t seq)
{
    struct td_hash hash;
    tandem_err err;

    if (p->count == TD_MSG_POINTS) {
        return TANDEM_OK;
    }
    err = td_commit_chain(t, number, seq, &hash);
    if (err != TANDEM_OK) {
        return err == TANDEM_ECORRUPT ? TANDEM_OK : err; // another one will do
    }
    p->at[p->count++] = (struct td_msg_point){seq, td_hash_short(&hash)};
    return TANDEM_OK;
}

static int
compare_point(const void *a, const void *b)
{
    const struct td_msg_point *x = a;
    const struct td_msg_point *y = b;

    if (x->seq != y->seq) {
        return x->seq < y->seq ? 1 : -1;
    }
    return memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));
}

// Each branch of ours, from the wanted head downwards, denser at the top; and
// where it leaves its parent.
static tandem_err
take_points(struct td_txn *t, const struct td_wanted *w, struct points *p)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    size_t count = 0;
    size_t kept = 0;

    TD_TRY(td_log_branches(t, w->log, all, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t top = all[i].head_seq < w->to ? all[i].head_seq : w->to;

        TD_TRY(add_point(p, t, all[i].number, top));
        for (uint64_t back = 1; back < top; back *= 2) {
            TD_TRY(add_point(p, t, all[i].number, top - back));
        }
        if (all[i].parent != 0 && all[i].base_seq < top) {
            TD_TRY(add_point(p, t, all[i].number, all[i].base_seq));
        }
    }
    TD_TRY(add_point(p, t, all[0].number, 0));
    qsort(p->at, p->count, sizeof(p->at[0]), compare_point);
    for (size_t i = 0; i < p->count; i++) {
        if (i == 0 || compare_point(&p->at[kept - 1], &p->at[i]) != 0) {
            p->at[kept++] = p->at[i];
        }
    }
    p->count = kept;
    return TANDEM_OK;
}

tandem_err
td_lack_apart(struct td_session *x, uint64_t n)
{
    struct td_wanted *w = td_lack_find(x, n);

    if (!x->want_out || x->sent_in || x->segment_on || w == NULL || !w->held ||
        w->came || (size_t)(w - x->wanted) < x->apart_next) {
        return TANDEM_EPROTO;
    }
    w->apart = true;
    x->apart_next = (size_t)(w - x->wanted) + 1;
    x->located++;
    return TANDEM_OK;
}

// Made when it is taken, one after the other: a peer that says APART of all it
// told and reads nothing makes us keep nothing.
tandem_err
td_lack_locate(struct td_session *x, struct td_buf *out)
{
    struct td_wanted *w;
    struct points *p;
    struct td_txn *t;
    tandem_err err;

    while (x->locate_next < x->apart_next && !x->wanted[x->locate_next].apart) {
        x->locate_next++;
    }
    if (x->phase != TD_PHASE_ROUND || x->locate_next == x->apart_next) {
        return TANDEM_OK;
    }
    w = &x->wanted[x->locate_next++];
    w->asked = true;
    p = td_alloc(x->sys, sizeof(*p));
    if (p == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_store_read(x->r->store, &t);
    if (err == TANDEM_OK) {
        err = take_points(t, w, p);
        td_store_read_end(t);
    }
    if (err == TANDEM_OK) {
        td_msg_put_locate(out, w->n, p->at, p->count);
        err = out->err;
    }
    td_free(x->sys, p, sizeof(*p));
    return err;
}

// The whole hash of an entry that stands on some branch of ours. ENOTFOUND.
static tandem_err
hash_of(struct td_txn *t, struct td_log_id id, const struct td_msg_point *at,
    struct td_hash *out)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    bool damaged = false;
    size_t count = 0;

    TD_TRY(td_log_branches(t, id, all, &count));
    for (size_t i = 0; i < count; i++) {
        tandem_err err = at->seq > all[i].head_seq
                             ? TANDEM_ENOTFOUND
                             : td_log_chain(t, &all[i], at->seq, out);

        if (err == TANDEM_OK &&
            memcmp(out->b, at->hash.b, sizeof(at->hash.b)) == 0) {
            return TANDEM_OK;
        }
        damaged = damaged || err == TANDEM_ECORRUPT;
        if (err != TANDEM_OK && err != TANDEM_ENOTFOUND &&
            err != TANDEM_ECORRUPT) {
            return err;
        }
    }
    return damaged ? TANDEM_ECORRUPT : TANDEM_ENOTFOUND;
}

// Any entry on a branch of ours will do: what follows it is verified.
tandem_err
td_lack_found(struct td_session *x, const struct td_msg_found *f)
{
    struct td_wanted *w = td_lack_find(x, f->n);
    struct td_txn *t;
    tandem_err err;

    if (w == NULL || !w->asked || w->found || x->sent_in || x->segment_on) {
        return TANDEM_EPROTO;
    }
    w->found = true;
    w->based = false; // another branch of ours goes on from there
    x->located--;
    if (f->from_start) {
        w->held = false;
        return TANDEM_OK;
    }
    if (f->at.seq >= w->to) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    err = hash_of(t, w->log, &f->at, &w->from_hash);
    td_store_read_end(t);
    w->from = f->at.seq;
    return err == TANDEM_ENOTFOUND ? TANDEM_EPROTO : err;
}

// ---------------------------------------------------------------------- noted

// It counts though it is not held, or not any more.
static tandem_err
put_aside(struct td_session *x, const struct td_wanted *w)
{
    const struct td_aside a = {
        .at = {td_view_sector(x, w->sector), {w->log, w->from, w->from_hash},
            (tandem_err)w->why},
        .here = true,
        .counts = true,
        .based = w->based,
        .base = {.log = w->log, .hash = w->base}};

    return td_aside_add(x, &a);
}

static tandem_err
note(struct td_session *x, struct td_txn *t, const struct td_wanted *w)
{
    const struct td_head head = {w->log, w->from, w->from_hash};
    const struct td_hash16 hash = td_hash_short(&w->from_hash);
    struct td_log_info log;
    tandem_err err = td_log_on_any(t, w->log, w->from, &hash, &log);

    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        return w->why == TANDEM_OK || w->why == TANDEM_ENOTFOUND
                   ? TANDEM_OK // not held after all: the next pass tells
                   : put_aside(x, w);
    }
    TD_TRY(err);
    return log.cut ? put_aside(x, &(struct td_wanted){.sector = w->sector,
                                      .log = w->log,
                                      .from = w->from,
                                      .from_hash = w->from_hash})
                   : td_front_note(x, w->sector, &head);
}

tandem_err
td_lack_note(struct td_session *x)
{
    struct td_txn *t;
    tandem_err err = TANDEM_OK;

    TD_TRY(td_store_read(x->r->store, &t));
    for (size_t i = 0; i < x->wanted_count && err == TANDEM_OK; i++) {
        if (x->wanted[i].came) {
            err = note(x, t, &x->wanted[i]);
        }
    }
    td_store_read_end(t);
    return err;
}
