// SPDX-License-Identifier: Apache-2.0
// payload.c - the rows of payloads, and of those that are missing.
//
// PAYLOADS  number be32 || seq be64 || index be16 -> head 48 || payload as it
//           travels
//           head: first 16 of the chain hash of its commit || first 16 of that
//           of the commit before || epoch 16, or zeros where there is none
// MISSING   the same key -> [hash 32, length]
// The head is what opening and naming the change asks of its commit, so that
// reading a record needs no row of COMMITS. A payload stands in one of the two
// tables; in both while one that was found damaged is asked for again.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "codec/writer.h"
#include "log/row.h"

struct td_payload
td_payload_of(const struct td_header *h, const struct td_hash *chain,
    uint16_t index, tandem_slice bytes)
{
    struct td_payload p = {.chain = td_hash_short(chain),
        .prev = td_hash_short(&h->prev),
        .bytes = bytes};

    TD_ASSERT(index < h->change_count);
    p.hash = h->changes[index].hash;
    if (h->has_epoch) {
        p.epoch = h->epoch;
    }
    return p;
}

bool
td_payload_same(const struct td_payload *a, const struct td_payload *b)
{
    return td_hash_eq(&a->hash, &b->hash) &&
           memcmp(a->chain.b, b->chain.b, sizeof(a->chain.b)) == 0 &&
           memcmp(a->prev.b, b->prev.b, sizeof(a->prev.b)) == 0 &&
           memcmp(a->epoch.b, b->epoch.b, sizeof(a->epoch.b)) == 0;
}

static tandem_err
no_longer_missing(struct td_txn *t, tandem_slice at)
{
    return td_has(t, TD_T_MISSING, at) ? td_del(t, TD_T_MISSING, at)
                                       : TANDEM_OK;
}

tandem_err
td_payload_put(struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index,
    uint16_t seal, const struct td_payload *p)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_buf *b = td_txn_room(t);

    td_payload_key(number, seq, index, key);
    td_buf_put(b, p->chain.b, sizeof(p->chain.b));
    td_buf_put(b, p->prev.b, sizeof(p->prev.b));
    td_buf_put(b, p->epoch.b, sizeof(p->epoch.b));
    td_buf_put_slice(b, p->bytes);
    TD_TRY(b->err);
    TD_TRY(
        td_put_hashed(t, TD_T_PAYLOADS, at, seal, &p->hash, td_buf_slice(b)));
    return no_longer_missing(t, at);
}

bool
td_payload_is_missing(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index)
{
    uint8_t key[TD_PAYLOAD_KEY];

    td_payload_key(number, seq, index, key);
    return td_has(t, TD_T_MISSING, (tandem_slice){key, sizeof(key)});
}

tandem_err
td_payload_given_up(
    struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index)
{
    uint8_t key[TD_PAYLOAD_KEY];

    td_payload_key(number, seq, index, key);
    return no_longer_missing(t, (tandem_slice){key, sizeof(key)});
}

tandem_err
td_payload_get(struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index,
    struct td_buf *row, struct td_payload *out)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_payload p;
    struct td_reader r;
    tandem_err err;

    td_payload_key(number, seq, index, key);
    err = td_get_hashed(t, TD_T_PAYLOADS, at, &p.hash, row);
    if (err == TANDEM_ENOTFOUND) {
        uint32_t owner;
        uint64_t last;

        TD_TRY(td_log_owner(t, number, seq, &owner, &last));
        if (owner != number) { // shared with the branch it leaves
            td_payload_key(owner, seq, index, key);
            err = td_get_hashed(t, TD_T_PAYLOADS, at, &p.hash, row);
        }
    }
    TD_TRY(err);
    td_reader_init(&r, td_buf_slice(row));
    td_read_copy(&r, p.chain.b, sizeof(p.chain.b));
    td_read_copy(&r, p.prev.b, sizeof(p.prev.b));
    td_read_copy(&r, p.epoch.b, sizeof(p.epoch.b));
    p.bytes = td_read_bytes(&r, r.left);
    if (r.failed) {
        return TANDEM_ECORRUPT;
    }
    *out = p;
    return TANDEM_OK;
}

tandem_err
td_payload_missing(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, const struct td_payload_ref *ref)
{
    uint8_t key[TD_PAYLOAD_KEY];
    struct td_buf b;
    tandem_err err;

    td_payload_key(number, seq, index, key);
    td_row_buf(t, &b);
    td_mp_array(&b, 2);
    td_mp_bin(&b, ref->hash.b, sizeof(ref->hash.b));
    td_mp_uint(&b, ref->length);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_MISSING, (tandem_slice){key, sizeof(key)},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

_Static_assert(
    sizeof(struct td_hash16) * 2 + sizeof(struct td_epoch_id) == TD_KEPT_HEAD,
    "the store keeps a head of that length apart");
