// SPDX-License-Identifier: Apache-2.0
// device.c - a device's key pairs, signatures, wrapped keys.
//
// Bytes:
//   pairs      three seeds of 32 random bytes, in the order sign, box, curve:
//              crypto_sign_seed_keypair, crypto_box_seed_keypair twice. The
//              CURVE public key is X25519 of the secret and the base point,
//              as CurveZMQ wants it.
//   signature  = Ed25519(secret; domain 16 || BLAKE2b-256(message)). Signing
//              the hash keeps the signed bytes at 48, so a signature needs no
//              memory and cannot fail.
//   wrapped 80 = epk 32 || crypto_box(key 32, nonce, recipient, esk) 48
//              esk   = BLAKE2b-256(key K; "td.wrap" || recipient 32)
//              epk   = X25519(esk, base point)
//              nonce = BLAKE2b-192(epk || recipient)
//              which is the format of crypto_box_seal.
#include "crypto/device.h"

#include <sodium.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crypto/hash.h"

_Static_assert(sizeof(struct td_sig) == crypto_sign_BYTES, "signature");
_Static_assert(sizeof(tandem_device_id) == crypto_sign_PUBLICKEYBYTES, "id");
_Static_assert(TD_WRAP_BYTES == 32 + crypto_box_SEALBYTES, "wrapped key");
_Static_assert(crypto_box_NONCEBYTES == 24, "nonce");

#define DOMAIN 16
#define SIGNED (DOMAIN + 32)

tandem_err
td_device_keys_new(struct td_rng rng, struct td_device_keys *out)
{
    struct td_device_keys k;
    uint8_t seed[3][32];
    tandem_err err;
    int rc;

    err = rng.fill(rng.ctx, seed[0], sizeof(seed));
    if (err != TANDEM_OK) {
        td_wipe(seed, sizeof(seed)); // perhaps half filled
        return err;
    }
    rc = crypto_sign_seed_keypair(k.pub.sign.b, k.sec.sign, seed[0]);
    rc |= crypto_box_seed_keypair(k.pub.box, k.sec.box, seed[1]);
    rc |= crypto_box_seed_keypair(k.pub.curve, k.sec.curve, seed[2]);
    TD_ASSERT(rc == 0);
    *out = k;
    td_wipe(seed, sizeof(seed));
    td_wipe(&k, sizeof(k));
    return TANDEM_OK;
}

void
td_device_keys_wipe(struct td_device_keys *k)
{
    td_wipe(k, sizeof(*k));
}

static void
signed_bytes(
    const char domain[DOMAIN], tandem_slice message, uint8_t out[SIGNED])
{
    struct td_hash h = td_hash_of(message);

    memcpy(out, domain, DOMAIN);
    memcpy(out + DOMAIN, h.b, sizeof(h.b));
}

struct td_sig
td_sign(
    const struct td_device_keys *k, const char domain[16], tandem_slice message)
{
    uint8_t m[SIGNED];
    struct td_sig sig;
    int rc;

    signed_bytes(domain, message, m);
    rc = crypto_sign_detached(sig.b, NULL, m, sizeof(m), k->sec.sign);
    TD_ASSERT(rc == 0);
    return sig;
}

bool
td_verify(const tandem_device_id *who, const char domain[16],
    tandem_slice message, const struct td_sig *sig)
{
    uint8_t m[SIGNED];

    signed_bytes(domain, message, m);
    return crypto_sign_verify_detached(sig->b, m, sizeof(m), who->b) == 0;
}

static void
box_nonce(const uint8_t epk[32], const uint8_t recipient[32],
    uint8_t nonce[crypto_box_NONCEBYTES])
{
    uint8_t both[64];
    int rc;

    memcpy(both, epk, 32);
    memcpy(both + 32, recipient, 32);
    rc = crypto_generichash(
        nonce, crypto_box_NONCEBYTES, both, sizeof(both), NULL, 0);
    TD_ASSERT(rc == 0);
}

tandem_err
td_wrap(const struct td_key *key, const uint8_t recipient[32],
    uint8_t out[TD_WRAP_BYTES])
{
    tandem_slice parts[2] = {td_slice_str("td.wrap"), {recipient, 32}};
    uint8_t nonce[crypto_box_NONCEBYTES];
    uint8_t made[TD_WRAP_BYTES];
    uint8_t esk[32];
    int rc;

    td_hash_keyed(key->b, parts, 2, esk, sizeof(esk));
    rc = crypto_scalarmult_base(made, esk);
    TD_ASSERT(rc == 0); // fails for no secret: X25519 clamps it
    box_nonce(made, recipient, nonce);
    rc = crypto_box_easy(
        made + 32, key->b, sizeof(key->b), nonce, recipient, esk);
    td_wipe(esk, sizeof(esk));
    if (rc != 0) {
        return TANDEM_EVALUE; // a point of low order: no secret is shared
    }
    memcpy(out, made, sizeof(made));
    return TANDEM_OK;
}

tandem_err
td_unwrap(const struct td_device_keys *mine,
    const uint8_t wrapped[TD_WRAP_BYTES], struct td_key *out)
{
    struct td_key k;

    if (crypto_box_seal_open(
            k.b, wrapped, TD_WRAP_BYTES, mine->pub.box, mine->sec.box) != 0) {
        return TANDEM_ECORRUPT;
    }
    *out = k;
    td_wipe(&k, sizeof(k));
    return TANDEM_OK;
}
