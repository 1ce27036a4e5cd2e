// SPDX-License-Identifier: Apache-2.0
// hold.c - a verified segment becomes rows: the only way heard commits enter.
//
// The segment may overlap what is held (a replay, a second way, a bundle): the
// overlap is compared hash by hash and skipped. Where it parts from every
// branch held, the log was written twice: a further branch begins there.
#include "log/log.h"

#include "base/limits.h"
#include "log/row.h"
#include "log/tree.h"

#define ROWS_BYTES_MAX ((size_t)64 << 20)

// Where a segment goes: which row of the log has most of it.
struct place {
    struct td_log_info *rows; // every branch, cut ones too
    size_t row_count;
    size_t row;  // the best one
    size_t held; // commits of the segment that it has
    bool found;  // it has the entry the segment follows
    bool parted; // some row has another entry there
};

// How much of the segment one branch has. *follows: it has what comes before.
static tandem_err
compare(struct td_txn *t, const struct td_segment *s,
    const struct td_log_info *log, bool *follows, size_t *held)
{
    const uint64_t first = s->headers[0].seq;
    struct td_hash chain = log->head;
    size_t i = 0;

    *follows = true;
    if (first > 0 && first - 1 < log->head_seq) {
        TD_TRY(td_commit_chain(t, log->number, first - 1, &chain));
    }
    if (first > 0) {
        *follows = td_hash_eq(&chain, &s->headers[0].prev);
    }
    for (; *follows && i < s->count && first + i <= log->head_seq; i++) {
        TD_TRY(td_commit_chain(t, log->number, first + i, &chain));
        if (!td_hash_eq(&chain, &s->chains[i])) {
            break;
        }
    }
    *held = i;
    return TANDEM_OK;
}

static tandem_err
find_place(struct td_txn *t, const struct td_segment *s, struct place *p)
{
    const uint64_t first = s->headers[0].seq;

    for (size_t k = 0; k < p->row_count; k++) {
        const struct td_log_info *log = &p->rows[k];
        size_t held;
        bool follows;
        bool goes_on;
        tandem_err err;

        if (first > 0 && first - 1 > log->head_seq) {
            continue;
        }
        err = compare(t, s, log, &follows, &held);
        if (err != TANDEM_OK) {
            return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
        }
        if (!follows) {
            p->parted = true;
            continue;
        }
        // Of equal ones that which the segment goes on from.
        goes_on = log->head_seq + 1 == first + held;
        if (!p->found || held > p->held || (held == p->held && goes_on)) {
            p->found = true;
            p->row = k;
            p->held = held;
        }
    }
    return p->found ? TANDEM_OK : p->parted ? TANDEM_EFORK : TANDEM_ENOTFOUND;
}

static tandem_err
hold_commits(struct td_txn *t, const struct td_segment *s,
    struct td_log_info *log, size_t from, uint64_t *lsns)
{
    uint64_t lsn;

    TD_TRY(td_lsn_take(t, s->count - from, &lsn));
    TD_TRY(td_commits_put(t, log->number, s->headers + from, s->chains + from,
        s->count - from, lsn));
    for (size_t i = from; i < s->count; i++, lsn++) {
        const struct td_header *h = &s->headers[i];

        lsns[i] = lsn;
        log->head_seq = h->seq;
        log->head = s->chains[i];
        log->head_lsn = lsn;
        log->has_epoch = h->has_epoch;
        log->epoch = h->epoch;
        if (h->has_seen) {
            log->seen_mark = td_seen_mark(h->seen, h->seen_count);
            log->seen_seq = h->seq;
        }
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------- a new branch

// The row of a branch that leaves `from` with the segment's commit `at`.
static tandem_err
begin(struct td_txn *t, const struct td_segment *s,
    const struct td_log_info *from, size_t at, struct td_log_info *out)
{
    const uint64_t shared = s->headers[at].seq;
    uint64_t last;

    *out = (struct td_log_info){.id = from->id,
        .device = from->device,
        .sector = from->sector,
        .forked = true,
        .further = true};
    for (size_t i = 0; i < sizeof(out->incarnation); i++) {
        out->incarnation[i] = from->incarnation[i];
    }
    if (shared > 0) {
        out->base_seq = shared - 1;
        TD_TRY(td_log_stretch(t, from, shared - 1, &out->parent, &last));
        TD_TRY(td_log_seen_at(t, from, shared - 1, out));
    }
    return td_log_add(t, out);
}

// Of too many branches the last in order is cut, be it the new one.
static tandem_err
make_room(struct td_txn *t, struct td_log_info *added, const struct place *p,
    uint32_t *cut)
{
    struct td_log_info *last = added;
    size_t count = 1;

    for (size_t i = 0; i < p->row_count; i++) {
        int cmp;

        if (p->rows[i].cut) {
            continue;
        }
        count++;
        TD_TRY(td_branch_cmp(t, &p->rows[i], last, &cmp));
        last = cmp > 0 ? &p->rows[i] : last;
    }
    if (count <= TD_BRANCHES_MAX) {
        return TANDEM_OK;
    }
    last->cut = true;
    *cut = last->number;
    return td_log_put(t, last);
}

// Every branch says that its log has several; their ids are findable.
static tandem_err
tell_forked(struct td_txn *t, const struct place *p, struct td_log_id id)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct td_tree *tree;
    tandem_err err;

    for (size_t i = 0; i < p->row_count; i++) {
        if (!p->rows[i].forked) {
            p->rows[i].forked = true;
            TD_TRY(td_log_put(t, &p->rows[i]));
        }
    }
    tree = td_alloc(sys, sizeof(*tree));
    if (tree == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_tree_get(t, id, tree);
    if (err == TANDEM_OK) {
        err = td_tree_note(t, tree);
    }
    td_free(sys, tree, sizeof(*tree));
    return err;
}

// ------------------------------------------------------------------- holding

static tandem_err
hold_head(struct td_txn *t, const struct td_segment *s, struct td_log_info *log)
{
    const uint64_t seq = s->head.head.seq;
    uint32_t owner;
    uint64_t last;

    TD_TRY(td_log_stretch(t, log, seq, &owner, &last));
    TD_TRY(td_head_put(t, owner, seq, &s->head.sig));
    if (log->signed_seq < seq) {
        log->signed_seq = seq;
    }
    if (log->signed_seq == log->head_seq) {
        log->unsigned_bytes = 0;
    }
    return td_log_put(t, log);
}

// A branch of its own, from the segment's commit p->held on. Every row of the
// log is looked at for every segment of it, and a branch that comes in may cost
// all that lies behind its fork point: who makes them on end is not followed.
static tandem_err
hold_branch(struct td_txn *t, struct td_segment *s, struct place *p,
    uint64_t *lsns, struct td_log_info *log)
{
    if (p->row_count >= TD_BRANCH_ROWS_MAX) {
        return TANDEM_EFORK;
    }
    TD_TRY(begin(t, s, &p->rows[p->row], p->held, log));
    TD_TRY(hold_commits(t, s, log, p->held, lsns));
    TD_TRY(hold_head(t, s, log));
    TD_TRY(make_room(t, log, p, &s->cut));
    s->added = log->number;
    return tell_forked(t, p, log->id);
}

static tandem_err
hold_at(struct td_txn *t, struct td_segment *s, struct place *p, uint64_t *lsns,
    struct td_log_info *log)
{
    TD_TRY(find_place(t, s, p));
    for (size_t i = 0; i < p->held; i++) {
        lsns[i] = 0;
    }
    *log = p->rows[p->row];
    if (p->held < s->count && s->headers[p->held].seq != log->head_seq + 1) {
        return hold_branch(t, s, p, lsns, log);
    }
    if (p->held < s->count) {
        TD_TRY(hold_commits(t, s, log, p->held, lsns));
    }
    return hold_head(t, s, log);
}

static tandem_err
hold_first(struct td_txn *t, struct td_segment *s, uint64_t *lsns,
    struct td_log_info *log)
{
    if (s->headers[0].seq != 0) {
        return TANDEM_ENOTFOUND;
    }
    *log = s->log;
    TD_TRY(td_log_add(t, log));
    TD_TRY(hold_commits(t, s, log, 0, lsns));
    return hold_head(t, s, log);
}

tandem_err
td_segment_hold(struct td_txn *t, struct td_segment *s, uint64_t *lsns)
{
    struct td_log_info log = {0};
    struct place p = {.rows = &log, .row_count = 1};
    struct td_arena arena;
    tandem_err err;

    TD_ASSERT(s->count > 0);
    s->added = s->cut = 0;
    err = td_log_get(t, s->log.id, &log);
    if (err == TANDEM_ENOTFOUND) {
        TD_TRY(hold_first(t, s, lsns, &s->log));
        return TANDEM_OK;
    }
    TD_TRY(err);
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), ROWS_BYTES_MAX);
    if (log.forked) {
        err = td_log_rows(t, log.id, &arena, &p.rows, &p.row_count);
    }
    if (err == TANDEM_OK) {
        err = hold_at(t, s, &p, lsns, &s->log);
    }
    td_arena_deinit(&arena);
    return err;
}
