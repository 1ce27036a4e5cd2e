// SPDX-License-Identifier: Apache-2.0
// lacking.c - epochs whose key is lacking here: those of the payloads that wait
// for one. An epoch that nothing held is sealed under is asked of nobody.
#include <string.h>

#include "base/limits.h"
#include "replica/wait.h"

struct looking {
    const struct td_member *m;
    struct td_commits commits;
    const struct td_lacking_query *q;
    struct td_epoch_id *out;
    size_t count;
};

// Rising from `from` on, once round.
static bool
before(const struct td_epoch_id *from, const struct td_epoch_id *a,
    const struct td_epoch_id *b)
{
    bool a_round = memcmp(a->b, from->b, sizeof(a->b)) < 0;
    bool b_round = memcmp(b->b, from->b, sizeof(b->b)) < 0;

    return a_round != b_round ? b_round : memcmp(a->b, b->b, sizeof(a->b)) < 0;
}

// Beyond `max` the last goes.
static void
note(struct looking *l, const struct td_epoch_id *epoch)
{
    size_t at = 0;

    while (at < l->count && before(&l->q->from, &l->out[at], epoch)) {
        at++;
    }
    if (at == l->q->max ||
        (at < l->count && memcmp(l->out[at].b, epoch->b, 16) == 0)) {
        return;
    }
    l->count -= l->count == l->q->max ? 1 : 0;
    memmove(&l->out[at + 1], &l->out[at], (l->count - at) * sizeof(*l->out));
    l->out[at] = *epoch;
    l->count++;
}

static tandem_err
look(struct looking *l, tandem_slice key, tandem_slice value)
{
    const struct td_header *h;
    struct td_row_change at;
    struct td_wait wait;
    tandem_id sector;
    tandem_err err;

    if (td_wait_decode(value, &wait) != TANDEM_OK ||
        wait.reason != TANDEM_WAIT_KEY) {
        return TANDEM_OK;
    }
    at = td_wait_place(key);
    err = td_commits_get(&l->commits, at.number, at.seq, &h, NULL, NULL);
    if (err == TANDEM_OK && h->has_epoch &&
        td_member_key(l->m, &h->epoch) == NULL &&
        td_member_epoch_known(l->m, &h->epoch, &sector) &&
        l->q->wanted(l->q->ctx, sector)) {
        note(l, &h->epoch);
    }
    return err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
look_at_all(struct td_txn *t, struct looking *l, size_t enough)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_WAITING, (tandem_slice){NULL, 0}, &i));
    while (l->count < enough) {
        err = td_iter_next(i, &key, &value);
        if (err == TANDEM_ECORRUPT) {
            continue;
        }
        if (err != TANDEM_OK || key.len != TD_WAIT_KEY_BYTES) {
            break; // the links stand behind all others
        }
        err = look(l, key, value);
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_replica_lacking(struct td_replica *r, const struct td_lacking_query *q,
    struct td_epoch_id *out, size_t *n)
{
    struct looking l = {.m = r->member, .q = q, .out = out};
    size_t all = r->member == NULL ? 0 : td_member_lacking(r->member);
    struct td_txn *t;
    tandem_err err;

    *n = 0;
    if (all == 0) {
        return TANDEM_OK; // the usual case costs no look-up
    }
    TD_TRY(td_store_read(r->store, &t));
    td_commits_init(&l.commits, t);
    err = look_at_all(t, &l, q->any && q->max < all ? q->max : all);
    td_commits_deinit(&l.commits);
    td_store_read_end(t);
    *n = err == TANDEM_OK ? l.count : 0;
    return err;
}
