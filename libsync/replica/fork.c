// SPDX-License-Identifier: Apache-2.0
// fork.c - a log was found written twice. See fork.h.
//
// Rare, so it may cost: every entry behind the fork point is opened once to
// learn its record, and each record is built again from all its changes.
#include "replica/fork.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "log/tree.h"
#include "replica/apply.h"
#include "replica/branch.h"
#include "replica/payload.h"
#include "replica/wait.h"

#define RECORDS_BYTES_MAX ((size_t)256 << 20)

// Entries first..last of the rows of one number, by their id.
struct span {
    uint32_t number;
    uint64_t first, last;
    struct td_log_id id;
};

// A branch's stretches end where another's begin, or where rows do.
#define SPANS_MAX ((size_t)TD_BRANCHES_MAX * (2 * TD_BRANCHES_MAX + 1))

struct spans {
    struct span at[SPANS_MAX];
    size_t count;
};

struct touched { // a record
    uint8_t key[TD_ROW_KEY_BYTES];
    tandem_id record;
    uint8_t pack[8];
    uint64_t kind;
};

struct meeting {
    struct td_work *w;
    struct td_log_id log;
    tandem_id sector;
    struct td_tree tree;
    struct spans before, after;
    struct td_arena arena;   // of the list
    struct td_arena scratch; // of one change
    struct touched *records;
    size_t count, cap;
};

// ------------------------------------------------------ what has another id

static tandem_err
add_path(struct td_txn *t, const struct td_branch *b, struct spans *out)
{
    uint64_t seq = 0;

    while (seq <= b->log.head_seq) {
        const struct td_stretch *s = td_branch_stretch(b, seq);
        struct span x = {.first = seq, .id = s->id};
        bool known = false;

        TD_TRY(td_log_owner(t, b->log.number, seq, &x.number, &x.last));
        x.last = x.last < s->last ? x.last : s->last;
        for (size_t i = 0; i < out->count && !known; i++) {
            known =
                out->at[i].number == x.number && out->at[i].first == x.first;
        }
        if (!known) {
            if (out->count == SPANS_MAX) {
                return TANDEM_ELIMIT;
            }
            out->at[out->count++] = x;
        }
        seq = x.last + 1;
    }
    return TANDEM_OK;
}

static tandem_err
spans_of(struct td_txn *t, const struct td_tree *tree, struct spans *out)
{
    out->count = 0;
    for (size_t i = 0; i < tree->count; i++) {
        TD_TRY(add_path(t, &tree->at[i], out));
    }
    return TANDEM_OK;
}

static const struct td_log_id *
id_of(const struct spans *s, uint32_t number, uint64_t seq)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->at[i].number == number && s->at[i].first <= seq &&
            seq <= s->at[i].last) {
            return &s->at[i].id;
        }
    }
    return NULL;
}

// ----------------------------------------------------- which records those are

static tandem_err
add_record(struct meeting *m, const struct td_change *c)
{
    struct touched *x;

    if (m->count == m->cap) {
        size_t cap = m->cap == 0 ? 64 : m->cap * 2;
        struct touched *grown = td_arena_array(&m->arena, cap, sizeof(*grown));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (m->count > 0) {
            memcpy(grown, m->records, m->count * sizeof(*grown));
        }
        m->records = grown;
        m->cap = cap;
    }
    x = &m->records[m->count++];
    memset(x, 0, sizeof(*x));
    td_row_key(c->record, m->sector, c->pack, c->kind, x->key);
    x->record = c->record;
    memcpy(x->pack, c->pack, 8);
    x->kind = c->kind;
    return TANDEM_OK;
}

// The record of one held change, if it can be read.
static tandem_err
look_at(struct meeting *m, const struct td_row_change *at)
{
    struct td_change *c;
    tandem_err err;

    td_arena_reset(&m->scratch);
    err = td_payload_any(m->w, at, &m->scratch, &c);
    if (err == TANDEM_OK) {
        err = add_record(m, c);
    }
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ||
                   err == TANDEM_ENOKEY
               ? TANDEM_OK
               : err;
}

static tandem_err
look_at_entry(struct meeting *m, uint32_t number, uint64_t seq, bool cut)
{
    struct td_header h;
    tandem_err err;

    td_arena_reset(&m->scratch);
    err = td_commit_get(m->w->t, number, seq, &m->scratch, &h, NULL, NULL);
    if (err != TANDEM_OK) {
        return err == TANDEM_ECORRUPT ? TANDEM_OK : err;
    }
    for (size_t i = 0, n = h.change_count; i < n; i++) {
        const struct td_row_change at = {
            .number = number, .seq = seq, .index = (uint16_t)i};

        TD_TRY(look_at(m, &at));
        if (cut) { // without effect: it waits for nothing, nor is asked for
            TD_TRY(td_wait_clear(m->w, &at));
            TD_TRY(td_payload_given_up(m->w->t, number, seq, at.index));
        }
    }
    return TANDEM_OK;
}

static tandem_err
look_at_entries(struct meeting *m)
{
    for (size_t i = 0; i < m->before.count; i++) {
        const struct span *s = &m->before.at[i];

        for (uint64_t seq = s->first; seq <= s->last; seq++) {
            const struct td_log_id *id = id_of(&m->after, s->number, seq);

            if (id == NULL || td_log_id_cmp(*id, s->id) != 0) {
                TD_TRY(look_at_entry(m, s->number, seq, id == NULL));
            }
        }
    }
    return TANDEM_OK;
}

static bool
is_ours(const struct meeting *m, struct td_log_id id)
{
    for (size_t i = 0; i < m->before.count; i++) {
        if (td_log_id_cmp(m->before.at[i].id, id) == 0) {
            return true;
        }
    }
    return td_log_id_cmp(m->log, id) == 0;
}

// Changes that wait for an entry of this log, by whatever name.
static tandem_err
look_at_waiting(struct meeting *m)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    if (m->w->counts.waiting == 0) {
        return TANDEM_OK;
    }
    TD_TRY(td_iter_open(m->w->t, TD_T_WAITING, (tandem_slice){NULL, 0}, &i));
    while ((err = td_iter_next(i, &key, &value)) != TANDEM_ENOTFOUND) {
        struct td_wait wait;

        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len != TD_WAIT_KEY_BYTES) {
            err = TANDEM_ENOTFOUND; // the links: behind all others
            break;
        }
        if (err == TANDEM_OK && td_wait_decode(value, &wait) == TANDEM_OK &&
            wait.reason == TANDEM_WAIT_CHANGE && is_ours(m, wait.what.log)) {
            const struct td_row_change at = td_wait_place(key);

            err = look_at(m, &at);
            if (err != TANDEM_OK) {
                break;
            }
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static int
by_key(const void *a, const void *b)
{
    const struct touched *x = a;
    const struct touched *y = b;

    return memcmp(x->key, y->key, sizeof(x->key));
}

// ------------------------------------------------------------------- again

static tandem_err
build_again(struct meeting *m)
{
    struct td_work *w = m->w;

    if (m->count > 1) {
        qsort(m->records, m->count, sizeof(*m->records), by_key);
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct touched *x = &m->records[i];
        const struct td_about about = {.record = x->record,
            .sector = m->sector,
            .pack = x->pack,
            .kind = x->kind};
        tandem_err err;

        if (i > 0 && by_key(x - 1, x) == 0) {
            continue;
        }
        err = td_apply_again(w, &about);
        TD_TRY(err == TANDEM_ECORRUPT ? TANDEM_OK : err); // verify names it
        if (w->touched_count == TD_COMMIT_CHANGES_MAX) {
            TD_TRY(td_work_feed_recount(w));
        }
    }
    return td_work_feed_recount(w);
}

static tandem_err
meet(struct meeting *m, uint32_t added, uint32_t cut)
{
    struct td_txn *t = m->w->t;

    TD_TRY(td_tree_before(t, m->log, added, cut, &m->tree));
    TD_TRY(spans_of(t, &m->tree, &m->before));
    TD_TRY(td_tree_get(t, m->log, &m->tree));
    TD_TRY(spans_of(t, &m->tree, &m->after));
    TD_TRY(look_at_entries(m));
    TD_TRY(look_at_waiting(m));
    return build_again(m);
}

tandem_err
td_fork_met(struct td_work *w, const struct td_segment *s)
{
    struct meeting *m = td_alloc(w->sys, sizeof(*m));
    tandem_err err;

    TD_ASSERT(w->touched_count == 0);
    if (m == NULL) {
        return TANDEM_ENOMEM;
    }
    td_work_forget_logs(w);
    m->w = w;
    m->log = s->log.id;
    m->sector = s->log.sector;
    td_arena_init(&m->arena, w->sys, RECORDS_BYTES_MAX);
    td_arena_init(&m->scratch, w->sys, TD_REPLICA_ARENA_MAX);
    err = meet(m, s->added, s->cut);
    td_arena_deinit(&m->scratch);
    td_arena_deinit(&m->arena);
    td_free(w->sys, m, sizeof(*m));
    return err;
}
