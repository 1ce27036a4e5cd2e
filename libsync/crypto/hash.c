// SPDX-License-Identifier: Apache-2.0
// hash.c - BLAKE2b, constant-time comparison, wiping.
//
// libsodium's hash calls fail only for lengths that are ours to choose, so
// their return values are asserted, never ignored.
#include "crypto/hash.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/fail.h"

// The one state shared by all handles: whether libsodium was made ready.
// Written once, under pthread_once, which also orders it for other threads.
static pthread_once_t init_once = PTHREAD_ONCE_INIT;
static int init_result = -1;

static void
init(void)
{
    init_result = sodium_init(); // 1: someone else (libzmq) was first
}

tandem_err
td_crypto_init(void)
{
    if (pthread_once(&init_once, init) != 0 || init_result < 0) {
        return TANDEM_EFAILED;
    }
    return TANDEM_OK;
}

static void
update(crypto_generichash_state *st, tandem_slice s)
{
    int rc = 0;

    if (s.len > 0) {
        rc = crypto_generichash_update(st, s.ptr, s.len);
    }
    TD_ASSERT(rc == 0);
}

struct td_hash
td_hash_parts(uint8_t domain, const tandem_slice *parts, size_t count)
{
    crypto_generichash_state st;
    struct td_hash out;
    int rc;

    rc = crypto_generichash_init(&st, NULL, 0, sizeof(out.b));
    TD_ASSERT(rc == 0);
    update(&st, (tandem_slice){&domain, 1});
    for (size_t i = 0; i < count; i++) {
        update(&st, parts[i]);
    }
    rc = crypto_generichash_final(&st, out.b, sizeof(out.b));
    TD_ASSERT(rc == 0);
    return out;
}

struct td_hash
td_hash_of(tandem_slice in)
{
    static const uint8_t nothing;
    struct td_hash out;
    int rc;

    rc = crypto_generichash(
        out.b, sizeof(out.b), in.len > 0 ? in.ptr : &nothing, in.len, NULL, 0);
    TD_ASSERT(rc == 0);
    return out;
}

struct td_hash16
td_hash16_parts(const tandem_slice *parts, size_t count)
{
    crypto_generichash_state st;
    struct td_hash16 out;
    int rc;

    rc = crypto_generichash_init(&st, NULL, 0, sizeof(out.b));
    TD_ASSERT(rc == 0);
    for (size_t i = 0; i < count; i++) {
        update(&st, parts[i]);
    }
    rc = crypto_generichash_final(&st, out.b, sizeof(out.b));
    TD_ASSERT(rc == 0);
    return out;
}

void
td_hash_keyed(const uint8_t key[32], const tandem_slice *parts, size_t count,
    uint8_t *out, size_t out_len)
{
    crypto_generichash_state st;
    int rc;

    TD_ASSERT(out_len >= 16 && out_len <= 32);
    rc = crypto_generichash_init(&st, key, 32, out_len);
    TD_ASSERT(rc == 0);
    for (size_t i = 0; i < count; i++) {
        update(&st, parts[i]);
    }
    rc = crypto_generichash_final(&st, out, out_len);
    TD_ASSERT(rc == 0);
    sodium_memzero(&st, sizeof(st)); // it began as the key
}

_Static_assert(crypto_shorthash_siphashx24_BYTES == 16 &&
                   crypto_shorthash_siphashx24_KEYBYTES == 16,
    "sizes");

struct td_hash16
td_blind(
    const struct td_blind_key *key, const tandem_slice *parts, size_t count)
{
    uint8_t room[TD_BLIND_BYTES_MAX];
    struct td_hash16 out;
    size_t len = 0;
    int rc;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > sizeof(room) - len) {
            crypto_generichash_state st;

            rc = crypto_generichash_init(&st, NULL, 0, 32);
            TD_ASSERT(rc == 0);
            for (size_t k = 0; k < count; k++) {
                update(&st, parts[k]);
            }
            rc = crypto_generichash_final(&st, room, 32);
            TD_ASSERT(rc == 0);
            len = 32;
            break;
        }
        if (parts[i].len > 0) {
            memcpy(room + len, parts[i].ptr, parts[i].len);
            len += parts[i].len;
        }
    }
    rc = crypto_shorthash_siphashx24(out.b, room, len, key->b);
    TD_ASSERT(rc == 0);
    return out;
}

bool
td_secret_eq(const void *a, const void *b, size_t n)
{
    return n == 0 || sodium_memcmp(a, b, n) == 0;
}

void
td_wipe(void *p, size_t n)
{
    if (n > 0) {
        sodium_memzero(p, n);
    }
}
