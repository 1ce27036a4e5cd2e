// SPDX-License-Identifier: Apache-2.0
// seal.h - sealed payloads and rows: XChaCha20-Poly1305 with a derived salt.
//
// sealed = salt 16 || ciphertext || tag 16
// salt   = keyed BLAKE2b-128(key; 16 random bytes || ad length || ad ||
//          plaintext), and it is the nonce
// so a device that repeats its random state (a copy, a restored image) never
// repeats a nonce for different text. The salt travels.
#ifndef TD_CRYPTO_SEAL_H
#define TD_CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/id.h"

#define TD_SEAL_SALT     16
#define TD_SEAL_OVERHEAD 32

struct td_key {
    uint8_t b[32];
};

// Fresh salt from `rng`. Appends plain.len + TD_SEAL_OVERHEAD bytes.
tandem_err td_seal(const struct td_key *key, tandem_slice ad,
    tandem_slice plain, struct td_rng rng, struct td_buf *out);
// @return ECORRUPT when the tag does not match; `out` unchanged then.
tandem_err td_open(const struct td_key *key, tandem_slice ad,
    tandem_slice sealed, struct td_buf *out);
// The first bytes of the plaintext, not proven by the tag: only where the
// sealed bytes are known to be those that opened once. ECORRUPT: it has fewer.
#define TD_PEEK_BYTES 64
tandem_err td_peek(
    const struct td_key *key, tandem_slice sealed, uint8_t out[TD_PEEK_BYTES]);
// Subkey of an epoch for one log: keyed BLAKE2b(epoch; "td.seal" || log id).
struct td_key td_key_for_log(const struct td_key *epoch, struct td_log_id log);
// What an epoch entry publishes so that a key can be checked.
struct td_hash td_key_commitment(const struct td_key *key);
tandem_err td_key_new(struct td_rng rng, struct td_key *out);
// ISO/IEC 7816-4 padding to a multiple of 32.
void td_pad32(struct td_buf *b);
tandem_err td_unpad32(tandem_slice in, tandem_slice *out); // ECORRUPT

// A passphrase to a key: Argon2id, at least 64 MiB and 2 passes.
struct td_argon {
    uint8_t salt[16];
    uint32_t mem_kib, passes;
};
// ECORRUPT below the floor or above 4 GiB / 64 passes; ENOMEM. The parameters
// are hashed into the key, so altered ones give another key.
tandem_err td_key_argon(
    tandem_slice passphrase, const struct td_argon *p, struct td_key *out);

#endif
