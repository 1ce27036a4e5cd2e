// SPDX-License-Identifier: Apache-2.0
// settle.h - after membership changed: what waited for a key or for a verdict
// is tried again, in bounded transactions that survive a crash in between.
#ifndef TD_REPLICA_SETTLE_H
#define TD_REPLICA_SETTLE_H

#include "replica/work.h"

// In the transaction that changed membership: note that there is work.
tandem_err td_settle_note(struct td_work *w);
// Do it, to the end; resumes what an earlier run left. *records: how many
// changed (added to). Cheap when there is nothing.
tandem_err td_settle(
    struct td_replica *r, int64_t now_ms, uint64_t *records, tandem_error *e);

#endif
