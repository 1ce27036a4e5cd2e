// SPDX-License-Identifier: Apache-2.0
// seal.c - XChaCha20-Poly1305 with a derived salt; padding; the keys that come
// from other keys or from a passphrase.
//
// Bytes (K is the 32-byte key; || joins; BLAKE2b-n has n bits):
//   sealed     = salt 16 || ciphertext (as long as the plaintext) || tag 16
//   salt       = BLAKE2b-128(key K; 16 random bytes || length of ad be32 ||
//                ad || plaintext)
//   ciphertext || tag = XChaCha20-Poly1305-IETF(K, nonce = salt || 8 zero
//                bytes, ad, plaintext)
//   log key    = BLAKE2b-256(key epoch; "td.seal" || log id 16)
//   commitment = BLAKE2b-256(key K; "td.commitment")
//   passphrase = BLAKE2b-256(key A; "td.argon" || salt 16 || mem_kib be32 ||
//                passes be32), A = Argon2id13(passphrase, salt, 32 bytes)
//   padding    = 0x80, then zeros up to a multiple of 32; at least one byte
//
// The length keeps two ways to split ad || plaintext apart. Salts of others
// are opened with, never sealed with.
#include "crypto/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crypto/hash.h"

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG   crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32, "key size");
_Static_assert(TD_SEAL_OVERHEAD == TD_SEAL_SALT + TAG, "overhead");
_Static_assert(sizeof(struct td_key) == 32, "key size");
_Static_assert(crypto_stream_xchacha20_NONCEBYTES == NONCE, "one nonce");
_Static_assert(crypto_pwhash_SALTBYTES == 16, "salt size");

enum {
    ARGON_MEM_KIB_MIN = 64 * 1024,
    ARGON_MEM_KIB_MAX = 4 * 1024 * 1024,
    ARGON_PASSES_MIN = 2,
    ARGON_PASSES_MAX = 64,
    PAD = 32
};

static void
nonce_of(const uint8_t salt[TD_SEAL_SALT], uint8_t nonce[NONCE])
{
    memcpy(nonce, salt, TD_SEAL_SALT);
    memset(nonce + TD_SEAL_SALT, 0, NONCE - TD_SEAL_SALT);
}

tandem_err
td_seal(const struct td_key *key, tandem_slice ad, tandem_slice plain,
    struct td_rng rng, struct td_buf *out)
{
    uint8_t fresh[16 + 4];
    tandem_slice parts[3] = {{fresh, sizeof(fresh)}, ad, plain};
    uint8_t nonce[NONCE];
    uint8_t *room;
    int rc;

    if (plain.len > SIZE_MAX - TD_SEAL_OVERHEAD || ad.len > UINT32_MAX) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(rng.fill(rng.ctx, fresh, 16));
    td_put_be32(fresh + 16, (uint32_t)ad.len);
    room = td_buf_room(out, plain.len + TD_SEAL_OVERHEAD);
    if (room == NULL) {
        return out->err;
    }
    td_hash_keyed(key->b, parts, 3, room, TD_SEAL_SALT);
    nonce_of(room, nonce);
    rc = crypto_aead_xchacha20poly1305_ietf_encrypt(room + TD_SEAL_SALT, NULL,
        plain.ptr, plain.len, ad.ptr, ad.len, NULL, nonce, key->b);
    TD_ASSERT(rc == 0);
    return TANDEM_OK;
}

tandem_err
td_open(const struct td_key *key, tandem_slice ad, tandem_slice sealed,
    struct td_buf *out)
{
    uint8_t nonce[NONCE];
    uint8_t none[1];
    uint8_t *room = none;
    size_t was = out->len;
    size_t n;
    int rc;

    if (out->err != TANDEM_OK) {
        return out->err;
    }
    if (sealed.len < TD_SEAL_OVERHEAD) {
        return TANDEM_ECORRUPT;
    }
    n = sealed.len - TD_SEAL_OVERHEAD;
    if (n > 0) {
        room = td_buf_room(out, n);
        if (room == NULL) {
            return out->err;
        }
    }
    nonce_of(sealed.ptr, nonce);
    rc = crypto_aead_xchacha20poly1305_ietf_decrypt(room, NULL, NULL,
        sealed.ptr + TD_SEAL_SALT, sealed.len - TD_SEAL_SALT, ad.ptr, ad.len,
        nonce, key->b);
    if (rc != 0) {
        td_wipe(room, n);
        out->len = was;
        return TANDEM_ECORRUPT;
    }
    return TANDEM_OK;
}

tandem_err
td_peek(
    const struct td_key *key, tandem_slice sealed, uint8_t out[TD_PEEK_BYTES])
{
    uint8_t nonce[NONCE];
    int rc;

    if (sealed.len < TD_SEAL_OVERHEAD + TD_PEEK_BYTES) {
        return TANDEM_ECORRUPT;
    }
    nonce_of(sealed.ptr, nonce);
    // The block before the text's first is Poly1305's key (RFC 8439, 2.8).
    rc = crypto_stream_xchacha20_xor_ic(
        out, sealed.ptr + TD_SEAL_SALT, TD_PEEK_BYTES, nonce, 1, key->b);
    TD_ASSERT(rc == 0);
    return TANDEM_OK;
}

struct td_key
td_key_for_log(const struct td_key *epoch, struct td_log_id log)
{
    tandem_slice parts[2] = {td_slice_str("td.seal"), {log.b, sizeof(log.b)}};
    struct td_key out;

    td_hash_keyed(epoch->b, parts, 2, out.b, sizeof(out.b));
    return out;
}

struct td_hash
td_key_commitment(const struct td_key *key)
{
    tandem_slice part = td_slice_str("td.commitment");
    struct td_hash out;

    td_hash_keyed(key->b, &part, 1, out.b, sizeof(out.b));
    return out;
}

tandem_err
td_key_new(struct td_rng rng, struct td_key *out)
{
    struct td_key fresh;

    TD_TRY(rng.fill(rng.ctx, fresh.b, sizeof(fresh.b)));
    *out = fresh;
    td_wipe(&fresh, sizeof(fresh));
    return TANDEM_OK;
}

void
td_pad32(struct td_buf *b)
{
    size_t n = PAD - b->len % PAD;
    uint8_t *room = td_buf_room(b, n);

    if (room != NULL) { // else the buffer's sticky error tells
        memset(room, 0, n);
        room[0] = 0x80;
    }
}

tandem_err
td_unpad32(tandem_slice in, tandem_slice *out)
{
    size_t n;

    if (in.len == 0 || in.len % PAD != 0) {
        return TANDEM_ECORRUPT;
    }
    if (sodium_unpad(&n, in.ptr, in.len, PAD) != 0) {
        return TANDEM_ECORRUPT;
    }
    *out = (tandem_slice){in.ptr, n};
    return TANDEM_OK;
}

tandem_err
td_key_argon(
    tandem_slice passphrase, const struct td_argon *p, struct td_key *out)
{
    uint8_t raw[32], numbers[8];
    tandem_slice parts[3] = {td_slice_str("td.argon"),
        {p->salt, sizeof(p->salt)}, {numbers, sizeof(numbers)}};
    uint64_t mem = (uint64_t)p->mem_kib * 1024;
    int rc;

    if (p->mem_kib < ARGON_MEM_KIB_MIN || p->mem_kib > ARGON_MEM_KIB_MAX ||
        p->passes < ARGON_PASSES_MIN || p->passes > ARGON_PASSES_MAX) {
        return TANDEM_ECORRUPT;
    }
    if (passphrase.len > crypto_pwhash_PASSWD_MAX) {
        return TANDEM_ELIMIT;
    }
    if (mem > crypto_pwhash_MEMLIMIT_MAX) {
        return TANDEM_ENOMEM; // a 32-bit device cannot hold that much
    }
    rc = crypto_pwhash(raw, sizeof(raw),
        passphrase.len > 0 ? (const char *)passphrase.ptr : "", passphrase.len,
        p->salt, p->passes, (size_t)mem, crypto_pwhash_ALG_ARGON2ID13);
    if (rc != 0) {
        return TANDEM_ENOMEM; // the only cause left: lengths are checked
    }
    td_put_be32(numbers, p->mem_kib);
    td_put_be32(numbers + 4, p->passes);
    td_hash_keyed(raw, parts, 3, out->b, sizeof(out->b));
    td_wipe(raw, sizeof(raw));
    return TANDEM_OK;
}
