// SPDX-License-Identifier: Apache-2.0
// branch.h - the names of the wire and the names of a record's state.
//
// The model. The entries of a log form a tree, nearly always a mere path; a
// log written twice, by a copied or restored device, has fork points. Between
// fork points lie stretches, each with an id of its own (log/tree.h).
//
//   on the wire   an entry is (log, seq, hash): the hash says on which branch
//   in a state    an entry is (stretch id, seq): no two entries share a name
//
// crdt/ knows logs only: to it each stretch is a log, and one that begins
// behind a fork point continues another (a change's prev may stand there).
// This file alone translates, both ways:
//
//   a body heard   prev, context and text refs become stretches of the path
//                  that each names; whoever names an entry of a branch that is
//                  not held waits for it
//   a body typed   what a snapshot saw becomes, for each log, one name a branch
//
// Which stretch an entry lies in follows from the branches held. When one is
// met, a stretch is parted, and every record that has a change behind the new
// fork point is built again from its changes, in the same transaction
// (fork.h): a state stays a function of what is held.
#ifndef TD_REPLICA_BRANCH_H
#define TD_REPLICA_BRANCH_H

#include "replica/work.h"

// Is any log of the store forked?
tandem_err td_branch_any(struct td_work *w, bool *out);
// The body of the change at `place` (its log as on the wire), which stands in
// the rows of `number`. As td_change_decode; ENOTFOUND: its branch is cut.
tandem_err td_branch_decode(struct td_work *w, uint32_t number,
    const struct td_change *place, tandem_slice body, struct td_arena *arena,
    struct td_change *out);
// The stretch of an entry in the rows of `number`. ENOTFOUND: cut.
tandem_err td_branch_id(
    struct td_work *w, uint32_t number, uint64_t seq, struct td_log_id *out);
// The stretch of an entry by its name on the wire. ENOTFOUND: not held.
tandem_err td_branch_of(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_id *out);
// Whose rows hold entry `seq` of a stretch. ENOTFOUND.
tandem_err td_branch_rows(
    struct td_work *w, struct td_log_id id, uint64_t seq, uint32_t *number);

// What a state has seen, as it is named on the wire: sorted by log, seq, hash.
tandem_err td_branch_names(struct td_work *w, const struct td_seen *seen,
    size_t count, struct td_arena *arena, struct td_seen **out, size_t *names);
// The other way: `names` entries as named, then, up to `all`, the stretches
// that those continue, to their ends. ENOTFOUND: one is not held.
tandem_err td_branch_seen(struct td_work *w, const struct td_seen *seen,
    size_t count, struct td_arena *arena, struct td_seen **out, size_t *names,
    size_t *all);
// The context and refs that td_record_context gave, as they are written.
tandem_err td_branch_write(struct td_work *w, const struct td_record *snapshot,
    struct td_arena *arena, struct td_change *c);

// Frees what is remembered of trees: branches changed, or the work ends.
void td_branch_forget(struct td_work *w);

#endif
