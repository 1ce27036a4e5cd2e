// SPDX-License-Identifier: Apache-2.0
// kept.h - bytes that are sealed already, kept at rest so that they can neither
// be read nor recognised nor changed without the store's key, for less than
// sealing them a second time.
//
// value = head (of a fixed length) || body, whose hash is known or wanted
// kept  = tag 16 || value xor XChaCha20(key, tag || 8 zero bytes)
// tag   = keyed BLAKE2b-128(key; ad || head || BLAKE2b-256(body))
// The tag proves all of it, and makes a keystream of its own for every value
// at every place: no two ever meet under one.
#ifndef TD_CRYPTO_KEPT_H
#define TD_CRYPTO_KEPT_H

#include "crypto/seal.h"

#define TD_KEPT_TAG 16

// `hash`: of the value behind its first `head` bytes; NULL: is worked out.
// Appends value.len + TD_KEPT_TAG bytes. EMISUSE: shorter than its head.
tandem_err td_keep(const struct td_key *key, tandem_slice ad,
    tandem_slice value, size_t head, const struct td_hash *hash,
    struct td_buf *out);
// Appends the value. `hash` (may be NULL) receives the body's. ECORRUPT when it
// is not what was kept; `out` unchanged then.
tandem_err td_kept_open(const struct td_key *key, tandem_slice ad,
    tandem_slice kept, size_t head, struct td_hash *hash, struct td_buf *out);

#endif
