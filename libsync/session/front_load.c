// SPDX-License-Identifier: Apache-2.0
// front_load.c - the set of front.c, listed from the trie of each sector.
//
// A session speaks of what its store held when it began (x->since): what was
// written since may name a control entry that was written with it, and the
// control sector's round may be over by then. And of a log only up to a signed
// entry, so that what is wanted up to there ends at it. Ours are signed before
// (write.c).
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "log/trie.h"

// ----------------------------------------------------------------------- load

struct loading {
    struct td_session *x;
    struct td_txn *t;
    struct td_front set; // in the making
    size_t cap;
    bool wait;      // something is to be signed, or to be made whole
    uint64_t whole; // of what was numbered up to here nothing is left out
};

static tandem_err
room(struct loading *l, size_t more)
{
    struct td_front *s = &l->set;
    size_t count = s->starts[s->sectors];
    size_t cap = l->cap == 0 ? 64 : l->cap * 2;
    struct td_head *heads;
    uint64_t *lsns;

    if (count + more > TD_SESSION_HEADS_MAX) {
        return TANDEM_ELIMIT;
    }
    if (count + more <= l->cap) {
        return TANDEM_OK;
    }
    cap = cap < count + more ? count + more : cap;
    heads = td_arena_array(&s->arena, cap, sizeof(*heads));
    lsns = td_arena_array(&s->arena, cap, sizeof(*lsns));
    if (heads == NULL || lsns == NULL) {
        return TANDEM_ENOMEM;
    }
    if (count > 0) {
        memcpy(heads, s->heads, count * sizeof(*heads));
        memcpy(lsns, s->lsns, count * sizeof(*lsns));
    }
    s->heads = heads;
    s->lsns = lsns;
    l->cap = cap;
    return TANDEM_OK;
}

// Ours is signed first, and the set listed again.
static bool
to_sign(struct loading *l, const struct td_log_info *log, tandem_err *err)
{
    struct td_session *x = l->x;

    if (x->signed_own || td_device_cmp(log->device, x->me) != 0) {
        return false;
    }
    *err = td_session_room(x, &x->unsigned_own, &x->unsigned_cap,
        x->unsigned_count, TD_SECTORS_MAX * TD_BRANCHES_MAX,
        sizeof(*x->unsigned_own));
    if (*err == TANDEM_OK) {
        x->unsigned_own[x->unsigned_count++] = log->number;
        l->wait = true;
    }
    return true;
}

// The last signed entry that was held then. ENOTFOUND, also of a branch that
// began since: what it leaves is told by the row it leaves. ECORRUPT.
static tandem_err
step_back(struct loading *l, const struct td_log_info *log, struct td_head *out)
{
    struct td_signed_head head;
    tandem_err err;

    TD_TRY(td_log_as_of(l->t, log, l->x->since, out));
    err = td_head_next(l->t, log, out->seq, &head); // as a rule it is one
    if (err != TANDEM_OK || head.head.seq != out->seq) {
        TD_TRY(td_head_before(l->t, log, out->seq, &head));
    }
    *out = head.head;
    return log->parent != 0 && out->seq <= log->base_seq ? TANDEM_ENOTFOUND
                                                         : TANDEM_OK;
}

// What of a log is in the set. false: nothing of it.
static bool
take(struct loading *l, struct td_trie_head *h, tandem_err *err)
{
    struct td_log_info log;

    if (h->is_signed && h->lsn <= l->x->since) {
        return true;
    }
    *err = td_log_number(l->t, h->number, &log);
    if (*err == TANDEM_OK && to_sign(l, &log, err)) {
        return false;
    }
    if (*err == TANDEM_OK) {
        *err = step_back(l, &log, &h->head);
    }
    // What is left out is not to be told by cursor.
    if ((*err != TANDEM_OK || h->head.seq < log.head_seq) &&
        h->lsn <= l->whole) {
        l->whole = h->lsn - 1;
    }
    h->lsn = h->lsn < l->x->since ? h->lsn : l->x->since;
    if (*err == TANDEM_ENOTFOUND || *err == TANDEM_ECORRUPT) {
        *err = TANDEM_OK; // not held then; set apart
        return false;
    }
    return *err == TANDEM_OK;
}

// Stepped back, two branches of a log may have changed their order.
static void
put(struct td_front *s, const struct td_trie_head *h)
{
    size_t i = s->starts[s->sectors]++;

    for (; i > s->starts[s->sectors - 1] &&
           td_trie_order(&s->heads[i - 1], &h->head) > 0;
         i--) {
        s->heads[i] = s->heads[i - 1];
        s->lsns[i] = s->lsns[i - 1];
    }
    s->heads[i] = h->head;
    s->lsns[i] = h->lsn;
}

static tandem_err
load_sector(struct loading *l, size_t at, struct td_arena *arena)
{
    const tandem_id sector = td_view_sector(l->x, at);
    struct td_trie_head *heads;
    size_t count;
    tandem_err err;

    td_arena_reset(arena);
    err = td_trie_list(l->t, &sector, 0, arena, &heads, &count);
    if (err == TANDEM_ECORRUPT && !l->x->mended) {
        l->wait = true;
        TD_TRY(td_session_room(l->x, &l->x->damaged, &l->x->damaged_cap,
            l->x->damaged_count, TD_SECTORS_MAX + 1, sizeof(*l->x->damaged)));
        l->x->damaged[l->x->damaged_count++] = sector;
        return TANDEM_OK;
    }
    TD_TRY(err);
    TD_TRY(room(l, count));
    for (size_t i = 0; i < count; i++) {
        if (take(l, &heads[i], &err)) {
            put(&l->set, &heads[i]);
        }
        TD_TRY(err);
    }
    return TANDEM_OK;
}

static tandem_err
load(struct loading *l)
{
    struct td_session *x = l->x;
    const size_t n = x->control ? 1 : x->view.count;
    struct td_arena arena;
    tandem_err err = TANDEM_OK;

    l->set.starts =
        td_arena_array(&l->set.arena, n + 1, sizeof(*l->set.starts));
    if (l->set.starts == NULL) {
        return TANDEM_ENOMEM;
    }
    td_arena_init(&arena, x->sys, TD_SESSION_FRONT_ARENA);
    for (size_t i = 0; i < n && err == TANDEM_OK; i++) {
        l->set.sectors++;
        l->set.starts[i + 1] = l->set.starts[i];
        err = load_sector(l, i, &arena);
    }
    td_arena_deinit(&arena);
    return err;
}

tandem_err
td_front_load(struct td_session *x, bool *loaded)
{
    struct td_front *s = td_front_of(x);
    struct loading l = {.x = x, .whole = x->since};
    uint64_t lsn = 0;
    tandem_err err;

    x->unsigned_count = x->damaged_count = 0;
    td_arena_init(&l.set.arena, x->sys, TD_SESSION_FRONT_ARENA);
    err = td_store_read(x->r->store, &l.t);
    if (err == TANDEM_OK) {
        err = td_aside_recall(x, l.t);
        if (err == TANDEM_OK) {
            err = load(&l);
        }
        if (err == TANDEM_OK) {
            err = td_lsn(l.t, &lsn);
        }
        td_store_read_end(l.t);
    }
    *loaded = err == TANDEM_OK && !l.wait;
    if (*loaded) { // our heads are about to be told
        err = td_replica_tells(x->r, &x->report.error);
        *loaded = err == TANDEM_OK;
    }
    if (!*loaded) {
        td_arena_deinit(&l.set.arena);
        // Ours of a sector that is made whole first are not known yet.
        x->sign_due = err == TANDEM_OK;
        x->signed_own = x->sign_due && x->damaged_count == 0;
        x->mended = x->mended || x->damaged_count > 0;
        return err;
    }
    l.set.news = s->news; // what the peer told already
    l.set.news_count = s->news_count;
    l.set.news_cap = s->news_cap;
    td_arena_deinit(&s->arena);
    *s = l.set;
    s->loaded = true;
    x->lsn_broken = x->lsn_broken || lsn != x->lsn_end || l.whole < x->since;
    x->view.lsn = x->view.lsn < l.whole ? x->view.lsn : l.whole;
    return TANDEM_OK;
}
