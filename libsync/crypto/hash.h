// SPDX-License-Identifier: Apache-2.0
// hash.h - BLAKE2b (RFC 7693) by libsodium's crypto_generichash.
#ifndef TD_CRYPTO_HASH_H
#define TD_CRYPTO_HASH_H

#include "base/id.h"

// Must have returned TANDEM_OK once before any other crypto call; cheap to
// repeat, safe from any thread, before or after a ZeroMQ context.
tandem_err td_crypto_init(void);

// BLAKE2b-256 of (first byte `domain`, then the parts in order).
struct td_hash td_hash_parts(
    uint8_t domain, const tandem_slice *parts, size_t count);
struct td_hash td_hash_of(tandem_slice in); // no domain byte: plain BLAKE2b-256
// BLAKE2b-128 of the parts in order, no domain byte: a log's id.
struct td_hash16 td_hash16_parts(const tandem_slice *parts, size_t count);
// Keyed BLAKE2b of the parts; `out_len` 16..32.
void td_hash_keyed(const uint8_t key[32], const tandem_slice *parts,
    size_t count, uint8_t *out, size_t out_len);
// SipHash-2-4 with a result of 128 bits (Aumasson, Bernstein, 2012) of the
// parts in order; parts that are together longer than TD_BLIND_BYTES_MAX are
// hashed first (BLAKE2b-256). A keyed hash for many short inputs.
struct td_blind_key {
    uint8_t b[16];
};
#define TD_BLIND_BYTES_MAX 128
struct td_hash16 td_blind(
    const struct td_blind_key *key, const tandem_slice *parts, size_t count);
bool td_secret_eq(const void *a, const void *b, size_t n); // constant time
void td_wipe(void *p, size_t n);

#endif
