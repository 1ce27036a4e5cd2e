// SPDX-License-Identifier: Apache-2.0
// tree.h - a log that was written twice, as a tree of stretches with ids.
//
// The entries of a log form a path, or, once a copied or restored device wrote
// it twice, a tree: two branches share their first entries and part at a fork
// point. Between two fork points lies a stretch. Its id is
//   the log's own              up to the lowest fork point
//   BLAKE2b-128("td.branch" || log 16 || chain hash 32 of its first entry)
//                              behind one
// so (id, seq) names one entry, whatever was written twice. An entry's id
// depends on the branches held: when one is added, the stretch it leaves is
// split, and what lies behind the fork point there gets another one.
#ifndef TD_LOG_TREE_H
#define TD_LOG_TREE_H

#include "log/log.h"

struct td_stretch { // of a branch's path
    uint64_t first, last;
    struct td_log_id id;
};
struct td_branch {
    struct td_log_info log;
    size_t count;
    struct td_stretch path[TD_BRANCHES_MAX]; // from entry 0 to the head
};
struct td_tree {
    struct td_log_id log;
    size_t count;
    struct td_branch at[TD_BRANCHES_MAX]; // sorted by head
};

// The tree of a log that is held. ENOTFOUND.
tandem_err td_tree_get(
    struct td_txn *t, struct td_log_id log, struct td_tree *out);
// As it was before a branch was added and (cut not 0) another one cut for it.
tandem_err td_tree_before(struct td_txn *t, struct td_log_id log,
    uint32_t added, uint32_t cut, struct td_tree *out);
// The stretch of its path in which entry `seq` lies; NULL beyond its head.
const struct td_stretch *td_branch_stretch(
    const struct td_branch *b, uint64_t seq);
// A branch that passes through the rows of `number` at `seq`; NULL: none that
// counts.
const struct td_branch *td_tree_through(struct td_txn *t,
    const struct td_tree *tree, uint32_t number, uint64_t seq);
// The log that has a stretch with this id (its own counts). ENOTFOUND.
tandem_err td_tree_log(
    struct td_txn *t, struct td_log_id id, struct td_log_id *log);
// So that td_tree_log knows the ids of a tree.
tandem_err td_tree_note(struct td_txn *t, const struct td_tree *tree);

// What shows that a log was written twice: two entries signed by its device,
// on branches that share their first `shared` entries, neither's the other's.
struct td_fork {
    uint64_t shared;
    struct td_signed_head one, other; // the first signed behind the fork
};
tandem_err td_log_fork(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, struct td_fork *out);
// How many entries two branches of one log share.
tandem_err td_branch_shared(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, uint64_t *out);
// The order in which branches are held when there are too many: by the chain
// hash of the first entry that the two do not share. Growing changes nothing.
tandem_err td_branch_cmp(struct td_txn *t, const struct td_log_info *a,
    const struct td_log_info *b, int *out);

#endif
