// SPDX-License-Identifier: Apache-2.0
// row.h - the RECORDS row: which changes of a record are held, and its state.
//
// Key    record 16 || tag 8
//        tag = first 8 bytes of BLAKE2b-256(sector 16 || pack 8 || kind be64)
// Value  [1, sector 16, pack 8, kind, changes, state bin]
//   changes  [[log number, [seq delta, index]...]...]: log numbers rise; a
//            log's first delta is its seq, the others count from the change
//            before (0 = the same commit, then the index rises). Waiting and
//            quarantined changes stand there too.
//   state    td_record_encode
// or 0xc1 || log number be32 || seq be64 || index be16: a pointer. That one
// change is settled and admitted, and is the state; what it is about it says
// itself (td_state_row).
#ifndef TD_REPLICA_ROW_H
#define TD_REPLICA_ROW_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"

#define TD_ROW_VERSION   1
#define TD_ROW_KEY_BYTES 24

struct td_change;

struct td_row_change {
    uint32_t number; // of the log
    uint64_t seq;
    uint16_t index;
};

struct td_row {
    tandem_id sector;
    uint8_t pack[8];
    uint64_t kind;
    struct td_row_change *changes; // sorted, unique; in the arena
    size_t count, cap;
    bool pointer;
    struct td_change *only; // of a pointer: its change, once it was read
    tandem_slice state;     // when not a pointer; borrowed
};

void td_row_key(tandem_id record, tandem_id sector, const uint8_t pack[8],
    uint64_t kind, uint8_t out[TD_ROW_KEY_BYTES]);
void td_row_encode(const struct td_row *row, struct td_buf *out);
// Changes in the arena, `state` borrowed from `in`. Of a pointer sector, pack
// and kind are left zero. ECORRUPT; EVERSION; ENOMEM.
tandem_err td_row_decode(
    tandem_slice in, struct td_arena *arena, struct td_row *out);
int td_row_change_cmp(
    const struct td_row_change *a, const struct td_row_change *b);
bool td_row_has(const struct td_row *row, const struct td_row_change *c);
// Does the same commit change the record at a lower index?
bool td_row_has_lower(const struct td_row *row, const struct td_row_change *c);
// Adds it in its place unless it stands there. ENOMEM.
tandem_err td_row_add(
    struct td_row *row, struct td_arena *arena, const struct td_row_change *c);
// Nothing if it is not listed.
void td_row_remove(struct td_row *row, const struct td_row_change *c);

#endif
