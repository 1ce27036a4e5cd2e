// SPDX-License-Identifier: Apache-2.0
// shown.h - which of a register's versions a reader sees. Worked out once for
// a snapshot, so that a record somebody filled with thousands of versions costs
// n log n to list, not n cubed.
#ifndef TD_API_SHOWN_H
#define TD_API_SHOWN_H

#include "api/handles.h"
#include "replica/lead.h"

// A register, a state, or a map's entry, of two versions or more.
struct td_shown {
    uint64_t field, merge;
    tandem_slice key; // empty: no map; borrowed from the state
    struct td_lead lead;
    uint8_t sum[4]; // binds a version's name to all that stand there
};

// Fill r->shown, sorted by field, merge and key, in the record's arena.
tandem_err td_shown_fill(struct tandem_record *r);
// NULL: one version or none.
const struct td_shown *td_shown_of(const struct tandem_record *r,
    uint64_t field, uint64_t merge, tandem_slice key);
// Four bytes over the dots of all versions of a register.
void td_shown_sum(const struct td_record *state, uint64_t field, uint64_t merge,
    tandem_slice key, uint8_t out[4]);

#endif
