// SPDX-License-Identifier: Apache-2.0
// header.h - a commit's header, its chain hash, and its form on the wire.
//
// Header (canonical MessagePack), what the chain hashes:
//   [1, log 16, seq, prev 32, epoch 16 or nil, seen, changes]      seq > 0
//   [1, log 16, 0, zero 32, nil, seen, [], opening]                seq 0
//   seen     nil, or [hash 32...] sorted: the control heads (maximal elements
//            of the control DAG) its author knew; in entry 0 and whenever
//            they changed. In the control sector: what the entry follows.
//   changes  [[payload hash 32, length]...], 1..128 for seq > 0
//   opening  [workspace 32, device 32, sector 16, incarnation 16,
//             [[log 16, seq, hash 32]...]]   heads of the device's earlier
//             logs in this sector, sorted
// chain_n = BLAKE2b-256(0x01 || header_n)
// log id  = BLAKE2b-128 of (workspace, device, sector, incarnation)
//
// Wire form: what the receiver can recompute is left out:
//   [epoch, seen, payloads]            seq > 0
//   [nil, seen, [], opening]           seq 0
//   epoch    16 bytes; nil = as in the commit before in this segment; false =
//            none (control sector). Explicit in a segment's first commit.
//   payloads [bin | [hash 32, length]...]  a hash stands where it is absent
#ifndef TD_LOG_HEADER_H
#define TD_LOG_HEADER_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/cursor.h"

#define TD_HEADER_VERSION 1

struct td_payload_ref {
    struct td_hash hash;
    uint32_t length;
};
struct td_head {
    struct td_log_id log;
    uint64_t seq;
    struct td_hash hash;
};
struct td_opening {
    struct td_hash workspace;
    tandem_device_id device;
    tandem_id sector;
    uint8_t incarnation[16];
    const struct td_head *earlier;
    size_t earlier_count;
};
struct td_header {
    struct td_log_id log;
    uint64_t seq;
    struct td_hash prev;
    bool has_epoch;
    struct td_epoch_id epoch;
    bool has_seen;
    const struct td_hash *seen;
    size_t seen_count;
    const struct td_payload_ref *changes;
    size_t change_count;
    struct td_opening opening; // seq 0 only
};

void td_header_encode(const struct td_header *h, struct td_buf *out);
// Memory from `arena`. ECORRUPT; EVERSION.
tandem_err td_header_decode(
    tandem_slice in, struct td_arena *arena, struct td_header *out);
struct td_hash td_header_chain(tandem_slice header);
// No fewer than the bytes of its wire form, whichever payloads are absent:
// what a signature is to cover is counted in it (TD_SIGN_BYTES). Entry 0: 0.
uint64_t td_header_weight(const struct td_header *h);
struct td_log_id td_log_id_of(const struct td_opening *o);

// payloads[i].ptr NULL = absent.
void td_wire_encode(const struct td_header *h, const struct td_header *before,
    const tandem_slice *payloads, struct td_buf *out);
// Read one wire commit and complete its header: seq, prev, log given in `h`;
// hashes are computed over the payloads present. `before` NULL at a segment's
// start. `payloads` receives change_count slices (ptr NULL = absent), borrowed
// from the input. EPROTO.
tandem_err td_wire_decode(struct td_cur *c, const struct td_header *before,
    struct td_arena *arena, struct td_header *h, tandem_slice **payloads);

#endif
