// SPDX-License-Identifier: Apache-2.0
// tree.c - the stretches of a log written twice. See tree.h.
#include "log/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "log/row.h"

// ------------------------------------------------------------ two branches

tandem_err
td_branch_shared(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, uint64_t *out)
{
    struct td_log_info x = *a;
    struct td_log_info y = *b;
    uint64_t x_count = a->head_seq + 1; // of x's entries, those on the path
    uint64_t y_count = b->head_seq + 1;

    // A parent has the lower number: the two ways meet, or both end.
    while (x.number != y.number) {
        struct td_log_info *up = x.number > y.number ? &x : &y;
        uint64_t *count = up == &x ? &x_count : &y_count;

        if (up->parent == 0) {
            *out = 0;
            return TANDEM_OK;
        }
        *count = up->base_seq + 1;
        TD_TRY(td_log_number(t, up->parent, up));
    }
    *out = x_count < y_count ? x_count : y_count;
    return TANDEM_OK;
}

static tandem_err
chain_of(struct td_txn *t, const struct td_log_info *log, uint64_t seq,
    struct td_hash *out)
{
    tandem_err err = td_commit_chain(t, log->number, seq, out);

    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

tandem_err
td_branch_cmp(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, int *out)
{
    struct td_hash x;
    struct td_hash y;
    uint64_t shared;

    TD_TRY(td_branch_shared(t, a, b, &shared));
    TD_TRY(chain_of(t, a, shared, &x));
    TD_TRY(chain_of(t, b, shared, &y));
    *out = td_hash_cmp(&x, &y);
    return TANDEM_OK;
}

tandem_err
td_log_fork(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, struct td_fork *out)
{
    struct td_fork f;

    TD_TRY(td_branch_shared(t, a, b, &f.shared));
    TD_TRY(td_head_next(t, a, f.shared, &f.one));
    TD_TRY(td_head_next(t, b, f.shared, &f.other));
    *out = f;
    return TANDEM_OK;
}

// -------------------------------------------------------------- the tree

static int
by_number(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static tandem_err
id_behind(struct td_txn *t, const struct td_log_info *log, uint64_t first,
    struct td_log_id *out)
{
    static const char domain[] = "td.branch";
    struct td_hash chain;
    struct td_hash16 h;

    TD_TRY(chain_of(t, log, first, &chain));
    h = td_hash16_parts(
        (const tandem_slice[]){
            {(const uint8_t *)domain, sizeof(domain) - 1},
            {log->id.b, sizeof(log->id.b)},
            {chain.b, sizeof(chain.b)},
        },
        3);
    memcpy(out->b, h.b, sizeof(out->b));
    return TANDEM_OK;
}

// The path of one branch, parted where the others leave it.
static tandem_err
lay_path(struct td_txn *t, const struct td_tree *tree, struct td_branch *b)
{
    uint64_t first[TD_BRANCHES_MAX]; // entries that stand behind a fork point
    size_t count = 0;

    for (size_t i = 0; i < tree->count; i++) {
        if (&tree->at[i] != b) {
            TD_TRY(
                td_branch_shared(t, &b->log, &tree->at[i].log, &first[count]));
            count++;
        }
    }
    qsort(first, count, sizeof(first[0]), by_number);
    b->count = 0;
    if (count == 0 || first[0] > 0) {
        b->path[b->count++] = (struct td_stretch){.id = b->log.id};
    }
    for (size_t i = 0; i < count; i++) {
        struct td_stretch *s = &b->path[b->count];

        if (i > 0 && first[i] == first[i - 1]) {
            continue;
        }
        if (b->count > 0) {
            s[-1].last = first[i] - 1;
        }
        s->first = first[i];
        TD_TRY(id_behind(t, &b->log, s->first, &s->id));
        b->count++;
    }
    b->path[b->count - 1].last = b->log.head_seq;
    return TANDEM_OK;
}

static tandem_err
lay(struct td_txn *t, struct td_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        TD_TRY(lay_path(t, tree, &tree->at[i]));
    }
    return TANDEM_OK;
}

tandem_err
td_tree_get(struct td_txn *t, struct td_log_id log, struct td_tree *out)
{
    struct td_log_info all[TD_BRANCHES_MAX];

    TD_TRY(td_log_branches(t, log, all, &out->count));
    out->log = log;
    for (size_t i = 0; i < out->count; i++) {
        out->at[i].log = all[i];
    }
    return lay(t, out);
}

tandem_err
td_tree_before(struct td_txn *t, struct td_log_id log, uint32_t added,
    uint32_t cut, struct td_tree *out)
{
    struct td_log_info *rows = NULL;
    struct td_arena arena;
    size_t count = 0;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_LOG_ROWS_ARENA);
    err = td_log_rows(t, log, &arena, &rows, &count);
    out->log = log;
    out->count = 0;
    for (size_t i = 0; i < count && out->count < TD_BRANCHES_MAX; i++) {
        if (rows[i].number != added &&
            (!rows[i].cut || rows[i].number == cut)) {
            out->at[out->count++].log = rows[i];
        }
    }
    td_arena_deinit(&arena);
    return err == TANDEM_OK ? lay(t, out) : err;
}

const struct td_stretch *
td_branch_stretch(const struct td_branch *b, uint64_t seq)
{
    for (size_t i = 0; i < b->count; i++) {
        if (seq <= b->path[i].last) {
            return &b->path[i];
        }
    }
    return NULL;
}

const struct td_branch *
td_tree_through(
    struct td_txn *t, const struct td_tree *tree, uint32_t number, uint64_t seq)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct td_log_info *log = &tree->at[i].log;
        uint32_t owner;
        uint64_t last;

        if (td_log_stretch(t, log, seq, &owner, &last) == TANDEM_OK &&
            owner == number) {
            return &tree->at[i];
        }
    }
    return NULL;
}

// ------------------------------------------------------------ ids to logs

enum { ID_KEY = 17 };

static void
id_key(struct td_log_id id, uint8_t out[ID_KEY])
{
    out[0] = 1;
    memcpy(out + 1, id.b, sizeof(id.b));
}

tandem_err
td_tree_note(struct td_txn *t, const struct td_tree *tree)
{
    uint8_t key[ID_KEY];

    for (size_t i = 0; i < tree->count; i++) {
        for (size_t k = 0; k < tree->at[i].count; k++) {
            id_key(tree->at[i].path[k].id, key);
            if (td_log_id_cmp(tree->at[i].path[k].id, tree->log) != 0 &&
                !td_has(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)})) {
                TD_TRY(td_put(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)},
                    TD_SEAL_TRANSIT,
                    (tandem_slice){tree->log.b, sizeof(tree->log.b)}));
            }
        }
    }
    return TANDEM_OK;
}

tandem_err
td_tree_log(struct td_txn *t, struct td_log_id id, struct td_log_id *log)
{
    uint8_t key[ID_KEY];
    struct td_buf b;
    tandem_err err;

    if (td_has(t, TD_T_LOGS, (tandem_slice){id.b, sizeof(id.b)})) {
        *log = id;
        return TANDEM_OK;
    }
    id_key(id, key);
    td_row_buf(t, &b);
    err = td_get(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)}, &b);
    if (err == TANDEM_OK && b.len != sizeof(log->b)) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_OK) {
        memcpy(log->b, b.ptr, sizeof(log->b));
    }
    td_buf_deinit(&b);
    return err;
}
