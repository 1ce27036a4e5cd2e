// SPDX-License-Identifier: Apache-2.0
// history.h - every change of one record that is held, and who had seen what.
//
// Nothing is kept for it: the record's row names its changes, each is opened
// and read. One that cannot be read is listed all the same, by its place.
#ifndef TD_REPLICA_HISTORY_H
#define TD_REPLICA_HISTORY_H

#include "replica/work.h"

struct td_history_entry {
    const struct td_change *change; // NULL: it cannot be read here
    tandem_device_id device;
    struct td_hash16 hash; // of its commit; zero when that is damaged
    uint64_t seq;
    uint16_t index;
    bool settled, admitted;
    uint64_t reason; // enum tandem_wait_reason, while it has no effect; or 0
};

struct td_history { // memory of the arena given
    tandem_id id, sector;
    uint8_t pack[8];
    uint64_t kind;
    struct td_history_entry *at; // by clock, then place; the unread ones last
    size_t count;
    struct td_held *set; // those that can be read and judged
    size_t set_count;
};

// ENOTFOUND, also while nothing of it counts; ECORRUPT. At most
// TD_REPLICA_ARENA_MAX bytes of changes: ELIMIT or ENOMEM beyond.
tandem_err td_replica_history(struct td_replica *r, tandem_id id,
    struct td_arena *a, struct td_history *out);
// The record as the author of this change saw it, without the change or with
// it. ENOTFOUND: nothing of it was there. `change` must be settled. Memory
// only.
tandem_err td_history_state(const tandem_sys *sys, const struct td_history *h,
    const struct td_change *change, bool with, struct td_record **out);
// Those that count and that it had not seen: later ones, and those written at
// the same time. `out` has room for `set_count`.
tandem_err td_history_unseen(const tandem_sys *sys, const struct td_history *h,
    const struct td_change *change, const struct td_change **out,
    size_t *count);
// The record with all there is.
tandem_err td_history_now(
    const tandem_sys *sys, const struct td_history *h, struct td_record **out);

#endif
