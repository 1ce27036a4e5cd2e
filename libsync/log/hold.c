// SPDX-License-Identifier: Apache-2.0
// hold.c - a verified segment becomes rows: the only way heard commits enter.
//
// The segment may overlap what is held (a replay, a second way, a bundle): the
// overlap is compared hash by hash and skipped. Where it parts from every
// branch held, the log was written twice: a further branch begins there.
#include "log/log.h"

#include "base/id.h"
#include "base/limits.h"
#include "log/row.h"
#include "log/tree.h"

// Where a segment goes: which row of the log has most of it.
struct place {
    struct td_log_info *rows; // every branch, cut ones too
    size_t row_count;
    size_t row;   // the best one
    size_t held;  // commits of the segment that it has
    bool damaged; // some of these cannot be read
    bool found;   // it has the entry the segment follows
    bool parted;  // some row has another entry there
};

// What one branch has of a segment.
struct held {
    bool follows; // what comes before
    size_t count;
    bool damaged;
};

// The chain hash of an entry of a branch, if it is known: the head's stands in
// the row of its log, too. *read: its own row can be read.
static tandem_err
chain_at(struct td_txn *t, const struct td_log_info *log, uint64_t seq,
    struct td_hash *out, bool *known, bool *read)
{
    tandem_err err = td_commit_chain(t, log->number, seq, out);

    *read = err == TANDEM_OK;
    *known = *read || seq == log->head_seq;
    if (!*read && *known) {
        *out = log->head;
    }
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// Behind the whole segment: does the next entry follow its last one?
static tandem_err
goes_on_with(struct td_txn *t, const struct td_segment *s,
    const struct td_log_info *log, bool *out)
{
    struct td_arena arena;
    struct td_header h;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_SEGMENT_ARENA_MAX);
    err = td_commit_get(t, log->number, s->headers[s->count - 1].seq + 1,
        &arena, &h, NULL, NULL);
    *out = err == TANDEM_OK && td_hash_eq(&h.prev, &s->chains[s->count - 1]);
    td_arena_deinit(&arena);
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// How much of the segment one branch has. *follows: it has what comes before.
// An entry whose row cannot be read is held if a later one shows it: a chain
// hash stands for all before it. ECORRUPT where none does.
static tandem_err
compare(struct td_txn *t, const struct td_segment *s,
    const struct td_log_info *log, struct held *out)
{
    const uint64_t first = s->headers[0].seq;
    bool unknown = false; // an entry that none has shown yet
    bool equal = true;
    struct td_hash chain;
    bool known;
    bool read;
    size_t i = 0;

    *out = (struct held){.follows = true};
    if (first > 0) {
        TD_TRY(chain_at(t, log, first - 1, &chain, &known, &read));
        unknown = !known;
        out->follows = !known || td_hash_eq(&chain, &s->headers[0].prev);
    }
    for (; out->follows && equal && i < s->count && first + i <= log->head_seq;
         i++) {
        TD_TRY(chain_at(t, log, first + i, &chain, &known, &read));
        equal = !known || td_hash_eq(&chain, &s->chains[i]);
        unknown = unknown || !known;
        out->damaged = out->damaged || !read;
        if (known && equal) {
            out->count = i + 1;
            unknown = false;
        }
    }
    if (unknown && equal && i == s->count) {
        bool on;

        TD_TRY(goes_on_with(t, s, log, &on));
        unknown = !on;
        out->count = on ? i : out->count;
    }
    return unknown ? TANDEM_ECORRUPT : TANDEM_OK;
}

static tandem_err
find_place(struct td_txn *t, const struct td_segment *s, struct place *p)
{
    const uint64_t first = s->headers[0].seq;

    for (size_t k = 0; k < p->row_count; k++) {
        const struct td_log_info *log = &p->rows[k];
        struct held held;
        bool goes_on;

        if (first > 0 && first - 1 > log->head_seq) {
            continue;
        }
        TD_TRY(compare(t, s, log, &held));
        if (!held.follows) {
            p->parted = true;
            continue;
        }
        // Of equal ones that which the segment goes on from.
        goes_on = log->head_seq + 1 == first + held.count;
        if (!p->found || held.count > p->held ||
            (held.count == p->held && goes_on)) {
            p->found = true;
            p->row = k;
            p->held = held.count;
            p->damaged = held.damaged;
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

// The lsn of a row that is lost: of a head it stands in LOGS; else the least it
// can have been, so that lsns still rise along the branch (td_log_as_of).
static tandem_err
lsn_again(struct td_commits *c, uint32_t owner, uint64_t seq, uint64_t *out)
{
    const struct td_header *h;
    struct td_log_info log;
    uint64_t before = 0;
    tandem_err err;

    TD_TRY(td_log_number(c->t, owner, &log));
    if (seq == log.head_seq) {
        *out = log.head_lsn;
        return TANDEM_OK;
    }
    err = seq == 0 ? TANDEM_ENOTFOUND
                   : td_commits_get(c, owner, seq - 1, &h, NULL, &before);
    *out = err == TANDEM_OK ? before + 1 : 1;
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// A row that cannot be read, of an entry that the segment brings again.
static tandem_err
write_row_again(struct td_commits *c, struct td_segment *s,
    const struct td_log_info *log, size_t i)
{
    const uint64_t seq = s->headers[i].seq;
    struct td_hash chain;
    uint32_t owner;
    uint64_t last, lsn;
    tandem_err err;

    TD_TRY(td_log_stretch(c->t, log, seq, &owner, &last));
    err = td_commit_row_chain(c->t, owner, seq, &chain);
    if (err != TANDEM_ENOTFOUND && err != TANDEM_ECORRUPT) {
        return err;
    }
    TD_TRY(lsn_again(c, owner, seq, &lsn));
    s->mended++;
    return td_commits_put(c->t, owner, &s->headers[i], &s->chains[i], 1, lsn);
}

static tandem_err
write_again(struct td_txn *t, struct td_segment *s,
    const struct td_log_info *log, size_t held)
{
    struct td_commits commits;
    tandem_err err = TANDEM_OK;

    td_commits_init(&commits, t);
    for (size_t i = 0; i < held && err == TANDEM_OK; i++) {
        err = write_row_again(&commits, s, log, i);
    }
    td_commits_deinit(&commits);
    return err;
}

// ------------------------------------------------------------- a new branch

// What the order and the ids of branches are read from can be: nothing fails
// for it once the branch has begun.
static tandem_err
readable(struct td_txn *t, const struct td_segment *s, const struct place *p)
{
    const uint64_t new_seq = s->headers[p->held].seq;
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct td_tree *tree;
    tandem_err err;

    for (size_t i = 0; i < p->row_count; i++) {
        struct td_hash chain;
        uint64_t at;

        TD_TRY(td_branch_shared(t, &p->rows[i], &p->rows[p->row], &at));
        at = i == p->row || new_seq < at ? new_seq : at;
        if (!p->rows[i].cut && at <= p->rows[i].head_seq) {
            TD_TRY(td_commit_chain(t, p->rows[i].number, at, &chain));
        }
    }
    if (!p->rows[0].forked) {
        return TANDEM_OK;
    }
    tree = td_alloc(sys, sizeof(*tree));
    if (tree == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_tree_get(t, p->rows[0].id, tree);
    td_free(sys, tree, sizeof(*tree));
    return err;
}

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
    tandem_err err;

    if (p->row_count >= TD_BRANCH_ROWS_MAX) {
        return TANDEM_EFORK;
    }
    err = readable(t, s, p);
    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
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
    if (p->damaged) {
        TD_TRY(write_again(t, s, log, p->held));
    }
    if (p->held < s->count && s->headers[p->held].seq != log->head_seq + 1) {
        return hold_branch(t, s, p, lsns, log);
    }
    if (p->held < s->count) {
        TD_TRY(hold_commits(t, s, log, p->held, lsns));
    }
    return hold_head(t, s, log);
}

// A device has a log more for each time it began anew. Nobody's membership may
// depend on which of too many came first, so the control sector's are held.
static tandem_err
hold_first(struct td_txn *t, struct td_segment *s, uint64_t *lsns,
    struct td_log_info *log)
{
    uint32_t count;

    if (s->headers[0].seq != 0) {
        return TANDEM_ENOTFOUND;
    }
    TD_TRY(td_log_count(t, &s->log, &count));
    if (count >= TD_DEVICE_LOGS_MAX &&
        td_id_cmp(s->log.sector, td_sector_control) != 0) {
        return TANDEM_EDENIED;
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
    s->mended = 0;
    err = td_log_get(t, s->log.id, &log);
    if (err == TANDEM_ENOTFOUND) {
        TD_TRY(hold_first(t, s, lsns, &s->log));
        return TANDEM_OK;
    }
    TD_TRY(err);
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_LOG_ROWS_ARENA);
    if (log.forked) {
        err = td_log_rows(t, log.id, &arena, &p.rows, &p.row_count);
    }
    if (err == TANDEM_OK) {
        err = hold_at(t, s, &p, lsns, &s->log);
    }
    td_arena_deinit(&arena);
    return err;
}
