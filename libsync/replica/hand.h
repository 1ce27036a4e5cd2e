// SPDX-License-Identifier: Apache-2.0
// hand.h - the record in hand: the one whose changes a transaction is at.
//
// Its row and state are read once for all its changes that follow each other,
// and written once, when another record's turn comes or somebody else may look
// (td_hand_put). What is written is what writing after each change would leave.
#ifndef TD_REPLICA_HAND_H
#define TD_REPLICA_HAND_H

#include "replica/face.h"
#include "replica/state.h"

struct td_hand {
    bool valid;
    bool changed; // since it was read; then `bytes` is its state, encoded,
                  // unless the row is a pointer
    uint8_t key[TD_ROW_KEY_BYTES];
    tandem_id record;
    struct td_row row; // in the arena
    struct td_record *state;
    struct td_face before; // what the rows of INDEXES and CONFLICTS say
    struct td_arena arena;
    struct td_buf bytes;
};

// NULL: another record is in hand, or none.
struct td_hand *td_hand_of(struct td_work *w, const uint8_t *key);
// As td_state_load says it, what was in hand before put down. `before` is the
// caller's to fill: it is zeroed.
tandem_err td_hand_take(struct td_work *w, const struct td_about *about,
    struct td_hand **out, enum td_loaded *how);
// Its state is now of this kind, and so to be written. ELIMIT, and then as it
// was before the change, once td_hand_undo is called.
tandem_err td_hand_keep(struct td_work *w, bool pointer);
// A change could not be applied and the state is of no use: back to what
// td_hand_keep kept last, without that change.
tandem_err td_hand_undo(
    struct td_work *w, const struct td_row_change *change, bool listed);
// Writes it if it changed; nothing is in hand then.
tandem_err td_hand_put(struct td_work *w);
void td_hand_drop(struct td_work *w); // without writing
void td_hand_free(struct td_work *w); // at the work's end

#endif
