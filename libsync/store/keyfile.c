// SPDX-License-Identifier: Apache-2.0
// keyfile.c - the key file: bytes and checks.
//
// Bytes of `keys` (numbers big-endian):
//   magic 8         "TDKEYS\r\n"
//   version u32     1
//   random 16
//   check 16        BLAKE2b-128(key master; "td.keys.check" || random)
//   sealed u32      length of what follows
//   sealed          td_seal (crypto/seal.c) of the keys below, under
//                   BLAKE2b-256(key master; "td.keys.seal" || random), the
//                   associated data being the first 44 bytes of this file
//   sum 32          BLAKE2b-256 of all bytes before it
// The magic, the version and the sum stand at the same places in every later
// version. The keys:
//   tag 16          the store's random tag, also in row "format" of the table
//                   "store" of its data file
//   device          sign public 32, secret 64; box public 32, secret 32;
//                   curve public 32, secret 32
//   count u32
//   count times     class u16, generation u32, key 32; by class, then
//                   generation, ascending; every class once or twice. Class:
//                   bucket 0..1023, 0xfffe index, 0xffff transit
//
// The order of the checks tells people the right thing: first the sum (the
// file is damaged), then the version (a newer program wrote it), then the
// check value (another master key), then the seal (altered on purpose).
#include "store/keyfile.h"

#include <string.h>

#include "base/fail.h"
#include "base/reader.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "store/store.h"

#define MAGIC "TDKEYS\r\n"

enum {
    HEAD = 8 + 4 + 16 + 16,
    SUM = 32,
    DEVICE = 6 * 32 + 32,
    ENTRY = 2 + 4 + 32,
    PLAIN_MAX = 16 + DEVICE + 4 + 2 * TD_KEY_CLASSES * ENTRY
};

_Static_assert(
    HEAD + 4 + PLAIN_MAX + TD_SEAL_OVERHEAD + SUM <= TD_KEYFILE_BYTES_MAX,
    "a full key file fits its bound");
_Static_assert(sizeof(struct td_device_public) == 96, "device keys");
_Static_assert(sizeof(struct td_device_secret) == 128, "device keys");

// Place of a class in the ring, or -1.
static int
place_of(uint16_t seal)
{
    if (seal < TD_BUCKETS) {
        return seal;
    }
    if (seal == TD_SEAL_INDEX) {
        return TD_BUCKETS;
    }
    return seal == TD_SEAL_TRANSIT ? TD_BUCKETS + 1 : -1;
}

static uint16_t
class_at(size_t place)
{
    if (place < TD_BUCKETS) {
        return (uint16_t)place;
    }
    return place == TD_BUCKETS ? TD_SEAL_INDEX : TD_SEAL_TRANSIT;
}

tandem_err
td_keyring_new(
    const tandem_sys *sys, struct td_rng rng, struct td_keyring **out)
{
    struct td_keyring *k = td_alloc(sys, sizeof(*k));
    tandem_err err;

    if (k == NULL) {
        return TANDEM_ENOMEM;
    }
    err = rng.fill(rng.ctx, k->tag, sizeof(k->tag));
    if (err == TANDEM_OK) {
        err = td_device_keys_new(rng, &k->device);
    }
    for (size_t i = 0; i < TD_KEY_CLASSES && err == TANDEM_OK; i++) {
        k->classes[i].count = 1;
        k->classes[i].gen[0] = 1;
        err = td_key_new(rng, &k->classes[i].key[0]);
    }
    if (err != TANDEM_OK) {
        td_keyring_free(sys, k);
        return err;
    }
    *out = k;
    return TANDEM_OK;
}

void
td_keyring_free(const tandem_sys *sys, struct td_keyring *k)
{
    if (k != NULL) {
        td_wipe(k, sizeof(*k));
        td_free(sys, k, sizeof(*k));
    }
}

const struct td_key *
td_keyring_find(const struct td_keyring *k, uint16_t seal, uint32_t gen)
{
    int place = place_of(seal);

    if (place < 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < k->classes[place].count; i++) {
        if (k->classes[place].gen[i] == gen) {
            return &k->classes[place].key[i];
        }
    }
    return NULL;
}

const struct td_key *
td_keyring_now(const struct td_keyring *k, uint16_t seal, uint32_t *gen)
{
    int place = place_of(seal);
    uint32_t last;

    if (place < 0) {
        return NULL;
    }
    last = k->classes[place].count - 1;
    *gen = k->classes[place].gen[last];
    return &k->classes[place].key[last];
}

static struct td_key
seal_key(const struct td_key *master, const uint8_t random[16])
{
    tandem_slice parts[2] = {td_slice_str("td.keys.seal"), {random, 16}};
    struct td_key key;

    td_hash_keyed(master->b, parts, 2, key.b, sizeof(key.b));
    return key;
}

static void
check_of(const struct td_key *master, const uint8_t random[16], uint8_t out[16])
{
    tandem_slice parts[2] = {td_slice_str("td.keys.check"), {random, 16}};

    td_hash_keyed(master->b, parts, 2, out, 16);
}

static void
put_be16(struct td_buf *b, uint16_t v)
{
    td_buf_put_u8(b, (uint8_t)(v >> 8));
    td_buf_put_u8(b, (uint8_t)v);
}

static void
put_keys(struct td_buf *b, const struct td_keyring *k)
{
    const struct td_device_keys *d = &k->device;
    uint32_t count = 0;

    for (size_t i = 0; i < TD_KEY_CLASSES; i++) {
        count += k->classes[i].count;
    }
    td_buf_put(b, k->tag, sizeof(k->tag));
    td_buf_put(b, d->pub.sign.b, sizeof(d->pub.sign.b));
    td_buf_put(b, d->sec.sign, sizeof(d->sec.sign));
    td_buf_put(b, d->pub.box, sizeof(d->pub.box));
    td_buf_put(b, d->sec.box, sizeof(d->sec.box));
    td_buf_put(b, d->pub.curve, sizeof(d->pub.curve));
    td_buf_put(b, d->sec.curve, sizeof(d->sec.curve));
    td_buf_put_be32(b, count);
    for (size_t i = 0; i < TD_KEY_CLASSES; i++) {
        for (uint32_t j = 0; j < k->classes[i].count; j++) {
            put_be16(b, class_at(i));
            td_buf_put_be32(b, k->classes[i].gen[j]);
            td_buf_put(b, k->classes[i].key[j].b, 32);
        }
    }
}

tandem_err
td_keyfile_encode(const tandem_sys *sys, const struct td_keyring *k,
    const struct td_key *master, struct td_rng rng, struct td_buf *out)
{
    struct td_buf plain;
    struct td_key key;
    struct td_hash sum;
    uint8_t random[16], check[16];
    tandem_err err;

    TD_TRY(rng.fill(rng.ctx, random, sizeof(random)));
    check_of(master, random, check);
    td_buf_reset(out);
    td_buf_put(out, MAGIC, 8);
    td_buf_put_be32(out, TD_KEYFILE_VERSION);
    td_buf_put(out, random, sizeof(random));
    td_buf_put(out, check, sizeof(check));

    td_buf_init(&plain, sys, PLAIN_MAX);
    // In one piece, so that growing leaves no copy of the keys behind.
    if (td_buf_room(&plain, PLAIN_MAX) != NULL) {
        td_buf_reset(&plain);
        put_keys(&plain, k);
    }
    err = plain.err != TANDEM_OK ? plain.err : out->err;
    if (err == TANDEM_OK) {
        uint8_t head[HEAD];

        memcpy(head, out->ptr, HEAD);
        td_buf_put_be32(out, (uint32_t)(plain.len + TD_SEAL_OVERHEAD));
        key = seal_key(master, random);
        err = td_seal(
            &key, (tandem_slice){head, HEAD}, td_buf_slice(&plain), rng, out);
        td_wipe(&key, sizeof(key));
    }
    if (err == TANDEM_OK) {
        sum = td_hash_of(td_buf_slice(out));
        td_buf_put(out, sum.b, sizeof(sum.b));
        err = out->err;
    }
    td_buf_wipe(&plain);
    td_buf_deinit(&plain);
    return err;
}

// One class key; must continue the ascending order.
static bool
read_entry(struct td_reader *r, struct td_keyring *k, int *last)
{
    uint16_t seal = td_read_be16(r);
    uint32_t gen = td_read_be32(r);
    int place = place_of(seal);
    struct td_class_key *c;

    if (r->failed || place < *last || place < 0) {
        return false;
    }
    c = &k->classes[place];
    if (c->count == 2 || (c->count == 1 && gen <= c->gen[0])) {
        return false;
    }
    c->gen[c->count] = gen;
    td_read_copy(r, c->key[c->count].b, 32);
    c->count++;
    *last = place;
    return !r->failed;
}

static bool
read_keys(tandem_slice plain, struct td_keyring *k)
{
    struct td_device_keys *d = &k->device;
    struct td_reader r;
    uint32_t count;
    int last = 0;

    td_reader_init(&r, plain);
    td_read_copy(&r, k->tag, sizeof(k->tag));
    td_read_copy(&r, d->pub.sign.b, sizeof(d->pub.sign.b));
    td_read_copy(&r, d->sec.sign, sizeof(d->sec.sign));
    td_read_copy(&r, d->pub.box, sizeof(d->pub.box));
    td_read_copy(&r, d->sec.box, sizeof(d->sec.box));
    td_read_copy(&r, d->pub.curve, sizeof(d->pub.curve));
    td_read_copy(&r, d->sec.curve, sizeof(d->sec.curve));
    count = td_read_be32(&r);
    if (r.failed || count > 2 * TD_KEY_CLASSES) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_entry(&r, k, &last)) {
            return false;
        }
    }
    for (size_t i = 0; i < TD_KEY_CLASSES; i++) {
        if (k->classes[i].count == 0) {
            return false;
        }
    }
    return td_reader_done(&r);
}

// The clear frame: sum, version, lengths, check value.
static tandem_err
read_frame(tandem_slice in, const struct td_key *master, const uint8_t **random,
    tandem_slice *sealed)
{
    struct td_reader r;
    struct td_hash sum;
    tandem_slice magic, given;
    uint8_t check[16];
    uint32_t version, length;

    if (in.len < HEAD + 4 + SUM || in.len > TD_KEYFILE_BYTES_MAX) {
        return TANDEM_ECORRUPT;
    }
    sum = td_hash_of((tandem_slice){in.ptr, in.len - SUM});
    td_reader_init(&r, (tandem_slice){in.ptr, in.len - SUM});
    magic = td_read_bytes(&r, 8);
    version = td_read_be32(&r);
    if (memcmp(magic.ptr, MAGIC, 8) != 0 || version == 0 ||
        memcmp(in.ptr + in.len - SUM, sum.b, SUM) != 0) {
        return TANDEM_ECORRUPT;
    }
    if (version > TD_KEYFILE_VERSION) {
        return TANDEM_EVERSION;
    }
    *random = td_read_bytes(&r, 16).ptr;
    given = td_read_bytes(&r, 16);
    length = td_read_be32(&r);
    if (r.failed || length != r.left) {
        return TANDEM_ECORRUPT;
    }
    check_of(master, *random, check);
    if (!td_secret_eq(check, given.ptr, sizeof(check))) {
        return TANDEM_EKEY;
    }
    *sealed = td_read_bytes(&r, length);
    return TANDEM_OK;
}

tandem_err
td_keyfile_decode(const tandem_sys *sys, tandem_slice in,
    const struct td_key *master, struct td_keyring **out)
{
    struct td_keyring *k = NULL;
    struct td_buf plain;
    struct td_key key;
    const uint8_t *random;
    tandem_slice sealed;
    tandem_err err;

    TD_TRY(read_frame(in, master, &random, &sealed));
    td_buf_init(&plain, sys, PLAIN_MAX);
    key = seal_key(master, random);
    err = td_open(&key, (tandem_slice){in.ptr, HEAD}, sealed, &plain);
    td_wipe(&key, sizeof(key));
    if (err == TANDEM_ELIMIT) {
        err = TANDEM_ECORRUPT; // longer than any key file of this version
    }
    if (err == TANDEM_OK) {
        k = td_alloc(sys, sizeof(*k));
        err = k == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    if (err == TANDEM_OK && !read_keys(td_buf_slice(&plain), k)) {
        err = TANDEM_ECORRUPT;
    }
    td_buf_wipe(&plain);
    td_buf_deinit(&plain);
    if (err != TANDEM_OK) {
        td_keyring_free(sys, k);
        return err;
    }
    *out = k;
    return TANDEM_OK;
}
