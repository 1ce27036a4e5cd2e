// SPDX-License-Identifier: Apache-2.0
// conflict.h - what a person has to decide in a record.
//
// CONFLICTS  record 16 || tag 8 -> [count]
// One for each `vis` or `once` register and each state with more than one value
// that counts (lead.h), for each such key of a map, and for a disputed
// deletion. `quiet` fields have none. Of a field or kind no pack here
// describes, every register counts: it is better to show one too many. A
// deleted record has none.
#ifndef TD_REPLICA_CONFLICT_H
#define TD_REPLICA_CONFLICT_H

#include "replica/work.h"

tandem_err td_conflict_count(const struct td_schema *schema,
    const struct td_record *state, struct td_arena *arena, uint64_t *out);
tandem_err td_conflict_put(struct td_work *w,
    const uint8_t key[TD_ROW_KEY_BYTES], uint64_t count); // 0 removes the row
tandem_err td_conflict_get(struct td_txn *t,
    const uint8_t key[TD_ROW_KEY_BYTES], uint64_t *count); // absent: 0
// The row's bytes. ECORRUPT.
tandem_err td_conflict_read(tandem_slice row, uint64_t *count);
void td_conflict_write(uint64_t count, struct td_buf *out);

#endif
