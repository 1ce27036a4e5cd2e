// SPDX-License-Identifier: Apache-2.0
// lead.h - which of a register's versions a reader sees, and which of them
// count: the first of each distinct value, those first that no other beats
// (schema/rank.h).
#ifndef TD_REPLICA_LEAD_H
#define TD_REPLICA_LEAD_H

#include "base/arena.h"
#include "crdt/record.h"
#include "schema/rank.h"

struct td_lead {
    size_t *first;  // places among the versions: those that count, then the
                    // others; each part in the order of showing
    size_t count;   // distinct values
    size_t leading; // how many of them count: more than one is a conflict
};

// Of a register, a state (key empty) or a map's entry: `merge` the opcode that
// writes it. `f` NULL: no pack here says which value beats which. n log n for
// n versions.
tandem_err td_lead_of(const struct td_record *state, uint64_t field,
    uint64_t merge, tandem_slice key, const tandem_field_info *f,
    struct td_arena *arena, struct td_lead *out);

#endif
