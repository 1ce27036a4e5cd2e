// SPDX-License-Identifier: Apache-2.0
// commit.h - what is typed here, inside a write transaction: control entries,
// and changes of records.
#ifndef TD_REPLICA_COMMIT_H
#define TD_REPLICA_COMMIT_H

#include "replica/work.h"

// One control commit of ours; membership and schema are then the new ones.
tandem_err td_commit_control(
    struct td_work *w, const tandem_slice *entries, size_t count);
// The sector's usable epoch, made if there is none. ENOKEY, EDENIED.
tandem_err td_commit_epoch(
    struct td_work *w, tandem_id sector, struct td_epoch_id *out);
// One commit of typed changes, as td_replica_commit.
tandem_err td_commit_typed(struct td_work *w, tandem_id sector,
    tandem_id person, const struct td_typed *typed, size_t count,
    int64_t now_ms, struct td_place *at);

#endif
