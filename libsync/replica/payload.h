// SPDX-License-Identifier: Apache-2.0
// payload.h - a change's payload: sealed on the wire, opened at rest, and the
// one place that says what its seal is bound to.
//
// Associated data of a payload's seal, canonical MessagePack:
//   [1, workspace 32, sector 16, log 16, seq, index, prev 32, epoch 16]
//   prev: the chain hash of the commit before
// Key: td_key_for_log(epoch key, log).
// Plaintext: the body (crdt/change.h), padded to 32 bytes (td_pad32).
// At rest the salt is kept beside the plaintext and its padding (log.h), so
// that sealing again gives the author's very bytes.
#ifndef TD_REPLICA_PAYLOAD_H
#define TD_REPLICA_PAYLOAD_H

#include "replica/work.h"

struct td_payload_about {
    const struct td_hash *workspace;
    tandem_id sector;
    struct td_log_id log;
    uint64_t seq;
    uint16_t index;
    struct td_hash prev;
    struct td_epoch_id epoch;
    struct td_payload_key *keep; // the key worked out last; NULL: none is kept
};
void td_payload_ad(const struct td_payload_about *about, struct td_buf *out);

// Seal a body's plaintext; *salt as it stands in the sealed bytes, which are
// appended to `sealed`.
tandem_err td_payload_seal(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice plain, struct td_rng rng,
    struct td_buf *sealed);
// Appends salt || plaintext. ECORRUPT when it does not open.
tandem_err td_payload_open(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice sealed, struct td_buf *opened);
// From salt || plaintext to the bytes on the wire.
tandem_err td_payload_again(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice opened, struct td_buf *sealed);
// The body within salt || plaintext. ECORRUPT.
tandem_err td_payload_body(tandem_slice opened, tandem_slice *body);

// The decoded change held at a place, memory from `arena`. ENOTFOUND when it
// is not held opened; ECORRUPT damaged.
tandem_err td_payload_change(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out);
// The same by the names of the wire, also where its branch is cut.
tandem_err td_payload_any(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out);
// As on the wire, checked against `want`. ENOTFOUND absent or not as it was.
tandem_err td_payload_wire(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index, struct td_buf *out);

#endif
