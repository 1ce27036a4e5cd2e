// SPDX-License-Identifier: Apache-2.0
// payload.h - a change's payload: how its author sealed it, and the one place
// that says what its seal is bound to and opens it.
//
// Associated data of a payload's seal, canonical MessagePack:
//   [1, workspace 32, sector 16, log 16, seq, index, prev 16, epoch 16]
//   prev: the first bytes of the chain hash of the commit before
// Key: td_key_for_log(epoch key, log).
// Plaintext: the body (crdt/change.h), padded to 32 bytes (td_pad32).
// At rest it stands as it travels (log/payload.c), whether it opens here or
// not: what reads a change opens it, what tells one does not.
#ifndef TD_REPLICA_PAYLOAD_H
#define TD_REPLICA_PAYLOAD_H

#include "replica/work.h"

struct td_payload_about {
    const struct td_hash *workspace;
    tandem_id sector;
    struct td_log_id log;
    uint64_t seq;
    uint16_t index;
    struct td_hash16 prev;
    struct td_epoch_id epoch;
    struct td_payload_key *keep; // the key worked out last; NULL: none is kept
};
void td_payload_ad(const struct td_payload_about *about, struct td_buf *out);

// Seal a body's plaintext; the sealed bytes are appended.
tandem_err td_payload_seal(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice plain, struct td_rng rng,
    struct td_buf *sealed);
// Appends the plaintext. ECORRUPT when it does not open.
tandem_err td_payload_open(const struct td_payload_about *about,
    const struct td_key *epoch, tandem_slice sealed, struct td_buf *plain);

// The body of a payload of this log, appended to `plain`. ENOKEY: the key of
// its epoch is not held; ECORRUPT: its author sealed it wrongly.
tandem_err td_payload_body(struct td_work *w, const struct td_log_info *log,
    const struct td_row_change *at, const struct td_payload *p,
    struct td_buf *plain, tandem_slice *body);

// From the first thing that is held under an epoch on, its key outlives the
// control entry that gave it: that may be found damaged.
tandem_err td_payload_key_keep(
    struct td_work *w, const struct td_epoch_id *epoch);

// The decoded change held at a place, memory from `arena`. ENOTFOUND when it is
// not held, or is nothing that can be read here (then it waits, and WAITING
// says why); ENOKEY when the key of its epoch is not held; ECORRUPT damaged.
tandem_err td_payload_change(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out);
// The same by the names of the wire, also where its branch is cut.
tandem_err td_payload_any(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out);
// As on the wire, borrowed from the work until its next call, and exactly what
// the header says. ENOTFOUND absent, damaged, or not that.
tandem_err td_payload_wire(struct td_work *w, uint32_t number,
    const struct td_header *h, uint16_t index, tandem_slice *out);
// What a payload told is about, from the beginning of its body, as its holder
// opened it once. False: not known here.
bool td_payload_glance(struct td_work *w, struct td_log_id log,
    const struct td_header *h, tandem_slice sealed, struct td_touched *out);

#endif
