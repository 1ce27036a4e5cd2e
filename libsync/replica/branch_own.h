// SPDX-License-Identifier: Apache-2.0
// branch_own.h - what the files of branch.h share. Private to them.
#ifndef TD_REPLICA_BRANCH_OWN_H
#define TD_REPLICA_BRANCH_OWN_H

#include "log/tree.h"
#include "replica/branch.h"

// How a name stands to what is held.
struct td_resolved {
    bool unheld; // another entry stands there: its branch is not here
    const struct td_branch *branch; // NULL: the log has one, or none yet
};

// The tree of a forked log, kept for the transaction.
tandem_err td_branch_tree(
    struct td_work *w, struct td_log_id log, const struct td_tree **out);
// The stretch of a branch in which `seq` lies; the last one grows.
const struct td_stretch *td_branch_at(const struct td_branch *b, uint64_t seq);
// The branch of an entry in the rows of `number`, and its log. NULL in *out:
// the log has one branch. ENOTFOUND: this one is cut.
tandem_err td_branch_own(struct td_work *w, uint32_t number, uint64_t seq,
    struct td_log_id *log, const struct td_branch **out);
// Has that entry this hash? Also where it cannot be read.
tandem_err td_branch_same(struct td_work *w, uint32_t number, uint64_t seq,
    const struct td_hash16 *hash, bool *same);
tandem_err td_branch_resolve(struct td_work *w, struct td_log_id log,
    uint64_t seq, const struct td_hash16 *hash, struct td_resolved *out);
// Does the path to `b` go through `a`? Then naming `a` says nothing.
bool td_branch_through(const struct td_seen *a, const struct td_branch *on_a,
    const struct td_seen *b, const struct td_branch *on_b);
bool td_branch_listed(
    const struct td_seen *list, size_t count, struct td_log_id id);

#endif
