// SPDX-License-Identifier: Apache-2.0
// payload.c - the rows of payloads.
//
// PAYLOADS  number be32 || seq be64 || index be16 -> head 48 || payload as it
//           travels
//           head: first 16 of the chain hash of its commit || first 16 of that
//           of the commit before || epoch 16, or zeros where there is none
// The head is what opening and naming the change asks of its commit, so that
// reading a record needs no row of COMMITS. A payload stands here or in MISSING
// (missing.c); in both while one that was found damaged is asked for again.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
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
    return td_missing_drop(t, number, at);
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

_Static_assert(
    sizeof(struct td_hash16) * 2 + sizeof(struct td_epoch_id) == TD_KEPT_HEAD,
    "the store keeps a head of that length apart");
