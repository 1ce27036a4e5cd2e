// SPDX-License-Identifier: Apache-2.0
// shown.h - which of a register's versions a reader sees: the first of each
// distinct value. Worked out once for a snapshot, so that a record somebody
// filled with thousands of versions costs n log n to list, not n cubed.
#ifndef TD_API_SHOWN_H
#define TD_API_SHOWN_H

#include "api/handles.h"

// A register, or a map's entry, of two versions or more.
struct td_shown {
    uint64_t field;
    tandem_slice key; // empty: a register; borrowed from the state
    size_t *first;    // places among the versions, rising
    size_t count;
    uint8_t sum[4]; // binds a version's name to all that stand there
};

// Fill r->shown, sorted by field and key, in the record's arena.
tandem_err td_shown_fill(struct tandem_record *r);
// NULL: one version or none.
const struct td_shown *td_shown_of(
    const struct tandem_record *r, uint64_t field, tandem_slice key);
// Four bytes over the dots of all versions of a register.
void td_shown_sum(const struct td_record *state, uint64_t field,
    tandem_slice key, uint8_t out[4]);

#endif
