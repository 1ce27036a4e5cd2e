// SPDX-License-Identifier: Apache-2.0
// state.h - a record's state from its row, or from all its changes.
#ifndef TD_REPLICA_STATE_H
#define TD_REPLICA_STATE_H

#include "replica/work.h"

// As the row says: decodes the state, or replays the one change of a pointer.
// ECORRUPT; ENOTFOUND its payload is gone.
tandem_err td_state_of(struct td_work *w, tandem_id id,
    const struct td_row *row, struct td_arena *arena, struct td_record **out);
// Every change the row lists that can be read, with its admission. In the
// arena.
tandem_err td_state_gather(struct td_work *w, const struct td_row *row,
    struct td_arena *arena, struct td_held **set, size_t *count);
// The row's place of a gathered change.
tandem_err td_state_place(struct td_work *w, const struct td_row *row,
    const struct td_change *change, struct td_row_change *out);

#endif
