// SPDX-License-Identifier: Apache-2.0
// device.h - a device's three key pairs: signing (Ed25519), receiving
// (X25519), transport (CurveZMQ, also X25519); signatures and wrapped keys.
#ifndef TD_CRYPTO_DEVICE_H
#define TD_CRYPTO_DEVICE_H

#include "crypto/seal.h"

struct td_sig {
    uint8_t b[64];
};
struct td_device_public {
    tandem_device_id sign; // the device's id
    uint8_t box[32];
    uint8_t curve[32];
};
struct td_device_secret {
    uint8_t sign[64], box[32], curve[32];
};
struct td_device_keys {
    struct td_device_public pub;
    struct td_device_secret sec;
};
#define TD_WRAP_BYTES 80 // epk 32 || box 32 + tag 16

tandem_err td_device_keys_new(struct td_rng rng, struct td_device_keys *out);
void td_device_keys_wipe(struct td_device_keys *k);

// `domain`: 16 bytes that name what is signed, e.g. TD_DOMAIN_HEAD.
#define TD_DOMAIN_HEAD    "td.head.v1\0\0\0\0\0\0"
#define TD_DOMAIN_RECEIPT "td.receipt.v1\0\0\0"
struct td_sig td_sign(const struct td_device_keys *k, const char domain[16],
    tandem_slice message);
bool td_verify(const tandem_device_id *who, const char domain[16],
    tandem_slice message, const struct td_sig *sig);

// Wrap a key for a recipient's box key. The ephemeral secret is keyed
// BLAKE2b(key; "td.wrap" || recipient), so whoever holds the key can compute
// and check every seal. Opens with crypto_box_seal_open.
// EVALUE for a low-order recipient point.
tandem_err td_wrap(const struct td_key *key, const uint8_t recipient[32],
    uint8_t out[TD_WRAP_BYTES]);
tandem_err td_unwrap(const struct td_device_keys *mine,
    const uint8_t wrapped[TD_WRAP_BYTES], struct td_key *out); // ECORRUPT

#endif
