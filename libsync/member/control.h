// SPDX-License-Identifier: Apache-2.0
// control.h - the entries of the control sector: clear, signed, permanent.
//
// A control commit carries 1..128 of them as its payloads. All are canonical
// MessagePack arrays [1, type, ...]:
//   1 genesis [.., random 16, [[sign 32, box 32, curve 32]...], agree, recovery
//             32 or nil]     workspace id = BLAKE2b-256 of these bytes
//   2 sector  [.., sector 16]                      by an admin; its author is
//                                                  office there
//   3 enrol   [.., sign 32, box 32, curve 32, right, [sector 16...], wall ms,
//             seals]         seals: [[epoch 16, wrapped 80]...] for the device
//   4 grant   [.., device 32, sector 16, right, seals]
//   5 loss    [.., device 32, sector 16]           ends every grant of that
//             device and sector that is not after it, concurrent ones included
//   6 epoch   [.., sector 16, epoch 16, commitment 32, [parent epoch 16...],
//             [[device 32, wrapped 80]...], inner bin]
//             inner, sealed under the epoch's own key with ad = epoch id:
//             [id secret 16, [[epoch 16, key 32]...]] its parents' keys
//             epoch id = BLAKE2b-128 of (sector, commitment, author's sign 32):
//             nobody can state another's epoch again
//   7 pack    [.., built pack bin]                 by an admin
//   8 share   [.., sector 16, [[device 32, epoch 16, wrapped 80]...]]
// Types we do not know are held, passed on, reported; they have no effect.
#ifndef TD_MEMBER_CONTROL_H
#define TD_MEMBER_CONTROL_H

#include "base/arena.h"
#include "crypto/device.h"

enum td_control_type {
    TD_CONTROL_GENESIS = 1,
    TD_CONTROL_SECTOR,
    TD_CONTROL_ENROL,
    TD_CONTROL_GRANT,
    TD_CONTROL_LOSS,
    TD_CONTROL_EPOCH,
    TD_CONTROL_PACK,
    TD_CONTROL_SHARE
};

struct td_control_seal {
    tandem_device_id device; // epoch and share entries; else the enrolled one
    struct td_epoch_id epoch;
    uint8_t wrapped[TD_WRAP_BYTES];
};

struct td_control {
    uint64_t type;
    uint8_t random[16];
    const struct td_device_public *admins; // genesis
    size_t admin_count;
    uint64_t agree;
    bool has_recovery;
    uint8_t recovery[32];
    struct td_device_public device; // enrol; .sign in grant, loss
    uint64_t right;
    tandem_id sector;
    const tandem_id *sectors; // enrol, sorted
    size_t sector_count;
    int64_t wall_ms;
    struct td_epoch_id epoch;
    struct td_hash commitment;
    const struct td_epoch_id *parents; // sorted
    size_t parent_count;
    const struct td_control_seal *seals; // sorted
    size_t seal_count;
    tandem_slice inner; // epoch
    tandem_slice pack;  // pack
};

void td_control_encode(const struct td_control *c, struct td_buf *out);
// Memory from `arena`, slices borrowed from `in`. An unknown type gives OK
// with only `type` set. ECORRUPT; EVERSION.
tandem_err td_control_decode(
    tandem_slice in, struct td_arena *arena, struct td_control *out);
struct td_epoch_id td_control_epoch_id(tandem_id sector,
    const struct td_hash *commitment, const tandem_device_id *author);

#endif
