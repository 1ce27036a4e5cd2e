// SPDX-License-Identifier: Apache-2.0
// run.h - index rows that follow behind the commit that made them.
//
// Index rows fall all over their table: written one by one they cost a bulk
// reception more than all else together. So a transaction gathers what it
// changes of the index; at its end a small one writes the rows in key order,
// and a large one writes the list itself, as rows of RUNS in the same
// transaction. Whoever searches, or has nothing else to do, merges runs into
// INDEXES. While there are runs everything is written as one: of two changes
// of one row the later must win.
//
// RUNS  number be64 -> (op u8 || blind 16 || record 16 || tag 8)...
//       op 1: the row is there, 0: it is not; in the order they were noted
//       numbers rise in the order of the transactions
#ifndef TD_REPLICA_RUN_H
#define TD_REPLICA_RUN_H

#include "replica/work.h"

#define TD_INDEX_KEY_BYTES sizeof(((struct td_run_op *)0)->key)
#define TD_RUN_OP_BYTES    (1 + TD_INDEX_KEY_BYTES)

// A row's changes: how many (0: no such row), and the i-th of them.
size_t td_run_count(tandem_slice row);
struct td_run_op td_run_at(tandem_slice row, size_t i);
void td_run_put(const struct td_run_op *op, struct td_buf *row); // one more

// A row of INDEXES appears or goes. ENOMEM.
tandem_err td_run_note(
    struct td_work *w, const uint8_t key[TD_INDEX_KEY_BYTES], bool there);
// At a transaction's end: writes what was noted.
tandem_err td_run_write(struct td_work *w);
// Merge some runs, in one transaction; *more: there are others. Nothing to do
// costs a look. `e` as in td_work_write.
tandem_err td_run_merge(struct td_replica *r, bool *more, tandem_error *e);
// Merge all. Before a search; ends any backlog.
tandem_err td_run_settle(struct td_replica *r, tandem_error *e);
// Has the table any rows? For who opens a store.
bool td_run_any(struct td_txn *t);

#endif
