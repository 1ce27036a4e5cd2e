// SPDX-License-Identifier: Apache-2.0
// beacon_message.h - the one datagram of a beacon: where a member listens, for
// members alone. Always as long, and like any other to whoever has no key.
//
//   version 1 (1) || sealed (crypto/seal.h), ad = the version, of
//   device 32 || said be64 || port be16
//
// key = keyed BLAKE2b-256(epoch of the common sector; "td.beacon"). `said`: the
// sender's wall clock in milliseconds, compared with its own alone.
#ifndef TD_NODE_BEACON_MESSAGE_H
#define TD_NODE_BEACON_MESSAGE_H

#include "crypto/seal.h"

enum {
    TD_BEACON_PLAIN = 32 + 8 + 2,
    TD_BEACON_BYTES = 1 + TD_SEAL_OVERHEAD + TD_BEACON_PLAIN
};

struct td_beacon_message {
    tandem_device_id device;
    uint64_t said_ms;
    uint16_t port; // never 0
};

struct td_key td_beacon_key(const struct td_key *epoch);
tandem_err td_beacon_put(const struct td_key *key,
    const struct td_beacon_message *m, struct td_rng rng,
    uint8_t out[TD_BEACON_BYTES]);
// false: not one of these keys', or not what it should be.
bool td_beacon_read(const struct td_key *keys, size_t count, tandem_slice in,
    struct td_beacon_message *out);

#endif
