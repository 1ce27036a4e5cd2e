// SPDX-License-Identifier: Apache-2.0
// kept.c - sealed bytes at rest. Layout: kept.h.
//
// What comes out the same twice has the same place, head and body: then the
// rows are the same, and nothing is told. Else the tags differ, and with them
// the keystreams, whatever random state a copy of the store has.
#include "crypto/kept.h"

#include <sodium.h>
#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"

// libsodium is fastest by eight blocks at once, and the rest one by one is
// slower than all eight: 400 bytes take 459 ns, 512 take 216.
enum { WIDE = 512, BLOCK = 64 };

_Static_assert(crypto_core_hchacha20_INPUTBYTES == TD_KEPT_TAG, "XChaCha20");
_Static_assert(crypto_core_hchacha20_KEYBYTES == sizeof(struct td_key), "key");

// XChaCha20 with the tag and eight zero bytes as its nonce, in place.
static void
stream(const struct td_key *key, const uint8_t tag[TD_KEPT_TAG], uint8_t *p,
    size_t len)
{
    static const uint8_t none[crypto_stream_chacha20_NONCEBYTES];
    const size_t whole = len - len % WIDE;
    const size_t rest = len - whole;
    uint8_t subkey[crypto_core_hchacha20_OUTPUTBYTES];
    uint8_t last[WIDE] = {0};
    int rc = crypto_core_hchacha20(subkey, tag, key->b, NULL);

    TD_ASSERT(rc == 0);
    if (whole > 0) {
        rc = crypto_stream_chacha20_xor_ic(p, p, whole, none, 0, subkey);
        TD_ASSERT(rc == 0);
    }
    if (rest > 0) {
        memcpy(last, p + whole, rest);
        rc = crypto_stream_chacha20_xor_ic(last, last,
            rest <= WIDE / 2 ? WIDE / 2 : WIDE, none, whole / BLOCK, subkey);
        TD_ASSERT(rc == 0);
        memcpy(p + whole, last, rest);
    }
    td_wipe(last, sizeof(last));
    td_wipe(subkey, sizeof(subkey));
}

static void
tag_of(const struct td_key *key, tandem_slice ad, tandem_slice head,
    const struct td_hash *hash, uint8_t tag[TD_KEPT_TAG])
{
    const tandem_slice parts[3] = {ad, head, {hash->b, sizeof(hash->b)}};

    td_hash_keyed(key->b, parts, 3, tag, TD_KEPT_TAG);
}

static struct td_hash
body_hash(const uint8_t *value, size_t len, size_t head)
{
    return td_hash_of((tandem_slice){value + head, len - head});
}

tandem_err
td_keep(const struct td_key *key, tandem_slice ad, tandem_slice value,
    size_t head, const struct td_hash *hash, struct td_buf *out)
{
    struct td_hash own;
    uint8_t *room;

    TD_ASSERT(head > 0);
    if (value.len < head) {
        return TANDEM_EMISUSE;
    }
    if (value.len > SIZE_MAX - TD_KEPT_TAG) {
        return TANDEM_ELIMIT;
    }
    room = td_buf_room(out, value.len + TD_KEPT_TAG);
    if (room == NULL) {
        return out->err;
    }
    if (hash == NULL) {
        own = body_hash(value.ptr, value.len, head);
        hash = &own;
    }
    tag_of(key, ad, (tandem_slice){value.ptr, head}, hash, room);
    memcpy(room + TD_KEPT_TAG, value.ptr, value.len);
    stream(key, room, room + TD_KEPT_TAG, value.len);
    return TANDEM_OK;
}

tandem_err
td_kept_open(const struct td_key *key, tandem_slice ad, tandem_slice kept,
    size_t head, struct td_hash *hash, struct td_buf *out)
{
    const size_t was = out->len;
    uint8_t tag[TD_KEPT_TAG];
    struct td_hash is;
    uint8_t *room;
    size_t len;

    TD_ASSERT(head > 0);
    if (out->err != TANDEM_OK) {
        return out->err;
    }
    if (kept.len < TD_KEPT_TAG + head) {
        return TANDEM_ECORRUPT;
    }
    len = kept.len - TD_KEPT_TAG;
    room = td_buf_room(out, len);
    if (room == NULL) {
        return out->err;
    }
    memcpy(room, kept.ptr + TD_KEPT_TAG, len);
    stream(key, kept.ptr, room, len);
    is = body_hash(room, len, head);
    tag_of(key, ad, (tandem_slice){room, head}, &is, tag);
    if (!td_secret_eq(tag, kept.ptr, sizeof(tag))) {
        td_wipe(room, len);
        out->len = was;
        return TANDEM_ECORRUPT;
    }
    if (hash != NULL) {
        *hash = is;
    }
    return TANDEM_OK;
}
