// SPDX-License-Identifier: Apache-2.0
// branch.c - a log that was written twice, by a copied or restored device.
//
// Its entries are a tree. Each branch is a row of LOGS with a number of its
// own; the first one held goes from entry 0 to its head, a further one leaves
// its parent behind `base_seq` and holds rows from there on only. So the path
// of a branch, entry 0 to head, is made of stretches of several numbers, and
// an entry that two branches share stands in the store once.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "log/row.h"
#include "log/tree.h"

tandem_err
td_log_stretch(struct td_txn *t, const struct td_log_info *log, uint64_t seq,
    uint32_t *number, uint64_t *last)
{
    struct td_log_info at = *log;
    uint64_t end = log->head_seq;

    if (seq > end) {
        return TANDEM_ENOTFOUND;
    }
    while (at.parent != 0 && seq <= at.base_seq) {
        end = at.base_seq;
        // A parent's number is lower: the way ends.
        TD_TRY(td_log_number(t, at.parent, &at));
    }
    *number = at.number;
    *last = end;
    return TANDEM_OK;
}

tandem_err
td_log_owner(struct td_txn *t, uint32_t number, uint64_t seq, uint32_t *out,
    uint64_t *last)
{
    struct td_log_info log;

    TD_TRY(td_log_number(t, number, &log));
    return td_log_stretch(t, &log, seq, out, last);
}

tandem_err
td_log_unshared(struct td_txn *t, const struct td_log_info *logs, size_t at,
    uint64_t *first)
{
    uint64_t most = 0;

    for (size_t i = at; i > 0 && logs[at].forked &&
                        td_log_id_cmp(logs[i - 1].id, logs[at].id) == 0;
         i--) {
        uint64_t shared;

        TD_TRY(td_branch_shared(t, &logs[i - 1], &logs[at], &shared));
        most = shared > most ? shared : most;
    }
    *first = most;
    return TANDEM_OK;
}

tandem_err
td_log_branches(struct td_txn *t, struct td_log_id id,
    struct td_log_info out[TD_BRANCHES_MAX], size_t *count)
{
    struct td_log_info *rows = NULL;
    struct td_arena arena;
    size_t n = 0;
    size_t kept = 0;
    tandem_err err;

    TD_TRY(td_log_get(t, id, &out[0]));
    if (!out[0].forked) {
        *count = 1;
        return TANDEM_OK;
    }
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_LOG_ROWS_ARENA);
    err = td_log_rows(t, id, &arena, &rows, &n);
    for (size_t i = 0; i < n && kept < TD_BRANCHES_MAX; i++) {
        if (!rows[i].cut) {
            out[kept++] = rows[i];
        }
    }
    td_arena_deinit(&arena);
    if (err == TANDEM_OK) {
        *count = kept;
    }
    return err;
}

tandem_err
td_log_chain(struct td_txn *t, const struct td_log_info *log, uint64_t seq,
    struct td_hash *out)
{
    struct td_arena arena;
    struct td_header next;
    tandem_err err;

    if (seq == log->head_seq) {
        *out = log->head;
        return TANDEM_OK;
    }
    err = td_commit_chain(t, log->number, seq, out);
    if (err != TANDEM_ECORRUPT) {
        return err;
    }
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_SEGMENT_ARENA_MAX);
    err = td_commit_get(t, log->number, seq + 1, &arena, &next, NULL, NULL);
    if (err == TANDEM_OK) {
        *out = next.prev;
    }
    td_arena_deinit(&arena);
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

static tandem_err
on_one_of(struct td_txn *t, const struct td_log_info *all, size_t count,
    bool cut, uint64_t seq, const struct td_hash16 *hash,
    struct td_log_info *out)
{
    bool damaged = false;

    for (size_t i = 0; i < count; i++) {
        struct td_hash chain = all[i].head;

        if (all[i].cut != cut || seq > all[i].head_seq) {
            continue;
        }
        if (seq < all[i].head_seq) {
            tandem_err err = td_commit_chain(t, all[i].number, seq, &chain);

            if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
                damaged = true;
                continue;
            }
            TD_TRY(err);
        }
        if (memcmp(chain.b, hash->b, sizeof(hash->b)) == 0) {
            *out = all[i];
            return TANDEM_OK;
        }
    }
    return damaged ? TANDEM_ECORRUPT : TANDEM_ENOTFOUND;
}

tandem_err
td_log_on_path(struct td_txn *t, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_info *out)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    size_t count = 0;

    TD_TRY(td_log_branches(t, id, all, &count));
    return on_one_of(t, all, count, false, seq, hash, out);
}

tandem_err
td_log_on_any(struct td_txn *t, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_info *out)
{
    struct td_log_info first, *rows = NULL;
    struct td_arena arena;
    size_t count = 0;
    tandem_err err;

    TD_TRY(td_log_get(t, id, &first));
    if (!first.forked) {
        return on_one_of(t, &first, 1, false, seq, hash, out);
    }
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_LOG_ROWS_ARENA);
    err = td_log_rows(t, id, &arena, &rows, &count);
    if (err == TANDEM_OK) {
        tandem_err cut;

        err = on_one_of(t, rows, count, false, seq, hash, out);
        if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            cut = on_one_of(t, rows, count, true, seq, hash, out);
            err = cut == TANDEM_ENOTFOUND ? err : cut;
        }
    }
    td_arena_deinit(&arena);
    return err;
}

// -------------------------------------------------------- along the path

tandem_err
td_commit_get(struct td_txn *t, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *out, struct td_hash *chain,
    uint64_t *lsn)
{
    tandem_err err = td_commit_row_get(t, number, seq, arena, out, chain, lsn);
    uint32_t owner;
    uint64_t last;

    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    TD_TRY(td_log_owner(t, number, seq, &owner, &last));
    return owner == number
               ? TANDEM_ENOTFOUND
               : td_commit_row_get(t, owner, seq, arena, out, chain, lsn);
}

tandem_err
td_commit_chain(
    struct td_txn *t, uint32_t number, uint64_t seq, struct td_hash *chain)
{
    tandem_err err = td_commit_row_chain(t, number, seq, chain);
    uint32_t owner;
    uint64_t last;

    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    TD_TRY(td_log_owner(t, number, seq, &owner, &last));
    return owner == number ? TANDEM_ENOTFOUND
                           : td_commit_row_chain(t, owner, seq, chain);
}

tandem_err
td_commits_get(struct td_commits *c, uint32_t number, uint64_t seq,
    const struct td_header **out, struct td_hash *chain, uint64_t *lsn)
{
    tandem_err err = td_commits_row_get(c, number, seq, out, chain, lsn);
    uint32_t owner;
    uint64_t last;

    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    TD_TRY(td_log_owner(c->t, number, seq, &owner, &last));
    return owner == number ? TANDEM_ENOTFOUND
                           : td_commits_row_get(c, owner, seq, out, chain, lsn);
}

// Lsns rise along a branch. Few entries came since, as a rule: looked for from
// the head backwards, in steps that double, then between the last two.
static tandem_err
as_of(struct td_commits *commits, const struct td_log_info *log, uint64_t lsn,
    struct td_head *out)
{
    const struct td_header *commit;
    uint64_t low = 0;
    uint64_t high = log->head_seq; // is a later one
    uint64_t step = 1;

    while (low < high) {
        const uint64_t half = (high - low) / 2;
        const uint64_t mid = step - 1 < half ? high - step : low + half;
        uint64_t at;

        TD_TRY(td_commits_get(commits, log->number, mid, &commit, NULL, &at));
        low = at <= lsn ? mid + 1 : low;
        high = at <= lsn ? high : mid;
        step = at <= lsn || step > half ? UINT64_MAX : step * 2;
    }
    if (low == 0) {
        return TANDEM_ENOTFOUND;
    }
    out->seq = low - 1;
    return td_commits_get(
        commits, log->number, out->seq, &commit, &out->hash, NULL);
}

tandem_err
td_log_as_of(struct td_txn *t, const struct td_log_info *log, uint64_t lsn,
    struct td_head *out)
{
    struct td_commits commits;
    tandem_err err;

    *out = (struct td_head){log->id, log->head_seq, log->head};
    if (log->head_lsn <= lsn) {
        return TANDEM_OK;
    }
    td_commits_init(&commits, t);
    err = as_of(&commits, log, lsn, out);
    td_commits_deinit(&commits);
    return err;
}

tandem_err
td_log_seen_at(struct td_txn *t, const struct td_log_info *from, uint64_t seq,
    struct td_log_info *out)
{
    struct td_arena arena;
    tandem_err err = TANDEM_OK;
    bool found = from->seen_seq <= seq;

    if (found) {
        out->seen_seq = from->seen_seq;
        out->seen_mark = from->seen_mark;
        return TANDEM_OK;
    }
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_SEGMENT_ARENA_MAX);
    for (uint64_t at = seq; !found && err == TANDEM_OK; at--) {
        struct td_header h;

        td_arena_reset(&arena);
        err = td_commit_get(t, from->number, at, &arena, &h, NULL, NULL);
        if (err == TANDEM_OK && h.has_seen) {
            found = true;
            out->seen_seq = at;
            out->seen_mark = td_seen_mark(h.seen, h.seen_count);
        }
        if (at == 0) {
            break;
        }
    }
    td_arena_deinit(&arena);
    return err == TANDEM_OK && !found ? TANDEM_ECORRUPT : err;
}
