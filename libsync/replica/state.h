// SPDX-License-Identifier: Apache-2.0
// state.h - a record's state from its row, or from all its changes.
#ifndef TD_REPLICA_STATE_H
#define TD_REPLICA_STATE_H

#include "replica/work.h"

// Where a record's row and state came from.
enum td_loaded {
    TD_LOADED_NEW, // there was none: an empty row and state
    TD_LOADED_ROW,
    TD_LOADED_MENDED // its row was damaged: found again among the entries
};
struct td_about {
    tandem_id record, sector;
    const uint8_t *pack; // 8 bytes
    uint64_t kind;
};
// The row (which may borrow from `bytes`) and state of a record. ECORRUPT: its
// only change cannot be read, or the row is another record's.
tandem_err td_state_load(struct td_work *w, const struct td_about *about,
    struct td_buf *bytes, struct td_arena *arena, struct td_row *row,
    struct td_record **state, enum td_loaded *how);
// A RECORDS row, whole: of a pointer, sector, pack and kind are those of its
// change, which must be what the key says. In the arena, borrowing from
// `value`. ECORRUPT, also when a pointer's change cannot be read.
tandem_err td_state_row(struct td_work *w, tandem_slice key, tandem_slice value,
    struct td_arena *arena, struct td_row *row);
// As the row says: decodes the state, or replays the one change of a pointer.
// ECORRUPT.
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
