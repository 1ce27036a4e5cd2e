// SPDX-License-Identifier: Apache-2.0
// index.h - what a record is found by.
//
// INDEXES  blind 16 || record 16 || tag 8 -> nothing at all (run.h: when)
// blind = keyed BLAKE2b-128 under the store's index key, of
//   0x01 || sector 16 || pack 8 || kind be64                        its kind
//   0x02 || pack 8 || kind be64 || field be64 || normalised value   a field
//        marked for equality, or the short code: every live value of a
//        register, every element of a set
// A row is not sealed: its key is a blind already, and has nothing else to say.
// What it leads to is compared with what was asked for (api/page.c).
// Only a record with a settled, admitted change has rows; a deleted one has.
#ifndef TD_REPLICA_INDEX_H
#define TD_REPLICA_INDEX_H

#include "replica/run.h"

struct td_hash16 td_index_kind(const struct td_store *s, tandem_id sector,
    const uint8_t pack[8], uint64_t kind);
struct td_hash16 td_index_field(const struct td_store *s, const uint8_t pack[8],
    uint64_t kind, uint64_t field, tandem_slice value);
// The blinds of a record, sorted, unique; in the arena. ENOMEM.
tandem_err td_index_blinds(const struct td_work *w,
    const struct td_schema *schema, const struct td_record *state,
    tandem_id sector, struct td_arena *arena, struct td_hash16 **out,
    size_t *count);
// The same of a record that one plain change makes (crdt/plain.h); in the
// work's arena, w->bytes is used.
tandem_err td_index_plain(struct td_work *w, const struct td_change *c,
    tandem_id sector, struct td_hash16 **out, size_t *count);
// Note the difference of two sorted lists (run.h).
tandem_err td_index_change(struct td_work *w,
    const uint8_t key[TD_ROW_KEY_BYTES], const struct td_hash16 *before,
    size_t before_count, const struct td_hash16 *after, size_t after_count);
void td_index_key(const struct td_hash16 *blind,
    const uint8_t key[TD_ROW_KEY_BYTES], uint8_t out[TD_INDEX_KEY_BYTES]);

#endif
