// SPDX-License-Identifier: Apache-2.0
// keyfile.h - the keys of a store, in one small file under the master key.
//
// Everything that must be forgotten for good is sealed under a key of this
// file, and this file can be replaced whole; LMDB's pages cannot.
#ifndef TD_STORE_KEYFILE_H
#define TD_STORE_KEYFILE_H

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/device.h"

#define TD_KEYFILE_VERSION   1
#define TD_KEYFILE_BYTES_MAX (96 << 10)
#define TD_KEY_CLASSES       (TD_BUCKETS + 2) // buckets, index, transit

// The key of one class; while an erasure runs, its successor too.
struct td_class_key {
    struct td_key key[2];
    uint32_t gen[2]; // gen[0] < gen[1]
    uint32_t count;  // 1 or 2
};

struct td_keyring {
    uint8_t tag[16]; // the store this belongs to; also in its data file
    struct td_device_keys device;
    struct td_class_key classes[TD_KEY_CLASSES];
};

// A keyring with fresh keys of generation 1. Free wipes; accepts NULL.
tandem_err td_keyring_new(
    const tandem_sys *sys, struct td_rng rng, struct td_keyring **out);
void td_keyring_free(const tandem_sys *sys, struct td_keyring *k);
// NULL when there is no such class or generation.
const struct td_key *td_keyring_find(
    const struct td_keyring *k, uint16_t seal, uint32_t gen);
// The key that seals what is written now, and its generation. NULL when there
// is no such class.
const struct td_key *td_keyring_now(
    const struct td_keyring *k, uint16_t seal, uint32_t *gen);

tandem_err td_keyfile_encode(const tandem_sys *sys, const struct td_keyring *k,
    const struct td_key *master, struct td_rng rng, struct td_buf *out);
// EKEY another master key; EVERSION; ECORRUPT; ENOMEM. `out` is only set on
// success.
tandem_err td_keyfile_decode(const tandem_sys *sys, tandem_slice in,
    const struct td_key *master, struct td_keyring **out);

#endif
