// SPDX-License-Identifier: Apache-2.0
// apply.h - the one function that changes a record's state.
//
// Typed and heard changes, and those that waited, all come through td_apply;
// rows of RECORDS, INDEXES, CONFLICTS and the waiting of applied changes are
// written nowhere else (but for a new schema: td_face_recount).
//
// (1) The change's payload row stands before td_apply is called.
// (2) After it, RECORDS lists the change, whatever became of it.
// (3) What waited for it has been tried, and so on, until nothing moves.
#ifndef TD_REPLICA_APPLY_H
#define TD_REPLICA_APPLY_H

#include "replica/state.h"
#include "replica/work.h"

// `change` outlives the call and is not in the work's arena. ELIMIT: the
// record would pass its bounds; ECORRUPT: it cannot be this record's. Then
// nothing was written: set the change apart.
tandem_err td_apply(struct td_work *w, const struct td_at *at, bool admitted,
    const struct td_change *change);
// What its changes are called has changed: build the record from all of them.
tandem_err td_apply_again(struct td_work *w, const struct td_about *about);
// The change at `at` may not have effect: say why, and keep it.
tandem_err td_apply_apart(struct td_work *w, const struct td_row_change *at,
    tandem_wait_reason reason);

#endif
