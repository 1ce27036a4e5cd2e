// SPDX-License-Identifier: Apache-2.0
// payload.c - the rows of payloads, and of those that are missing.
//
// PAYLOADS  number be32 || seq be64 || index be16 -> form u8 || bytes
//           form 1: chain hash 16 || body with its padding; the payload's own
//           salt is that of the row's seal, xor the chain hash
// MISSING   the same key -> [hash 32, length]
// A payload stands in one of the two tables; in both while one that was found
// damaged is asked for again.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

static tandem_err
no_longer_missing(struct td_txn *t, tandem_slice at)
{
    return td_has(t, TD_T_MISSING, at) ? td_del(t, TD_T_MISSING, at)
                                       : TANDEM_OK;
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
td_payload_put(struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index,
    enum td_payload_form form, tandem_slice bytes)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_buf *b = td_txn_room(t);

    TD_ASSERT(form != TD_FORM_BODY);
    td_payload_key(number, seq, index, key);
    td_buf_put_u8(b, (uint8_t)form);
    td_buf_put_slice(b, bytes);
    TD_TRY(b->err);
    TD_TRY(td_put(t, TD_T_PAYLOADS, at, TD_SEAL_TRANSIT, td_buf_slice(b)));
    return no_longer_missing(t, at);
}

// The seal of the wire was made with a salt that is the hash of what was
// random, of the place and of this body: so it serves the row as well, once the
// other thing the row says is in it too. Two copies of one device that repeat
// their random bytes write the same first change into different commits.
static struct td_salt
mix(const struct td_salt *salt, const uint8_t chain[16])
{
    struct td_salt out;

    for (size_t i = 0; i < sizeof(out.b); i++) {
        out.b[i] = salt->b[i] ^ chain[i];
    }
    return out;
}

tandem_err
td_payload_put_opened(struct td_txn *t, uint32_t number, uint64_t seq,
    uint16_t index, uint16_t bucket, const struct td_hash16 *chain,
    tandem_slice bytes)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_buf *b = td_txn_room(t);
    struct td_salt salt;

    TD_ASSERT(bytes.len >= sizeof(salt.b));
    memcpy(salt.b, bytes.ptr, sizeof(salt.b));
    salt = mix(&salt, chain->b);
    td_payload_key(number, seq, index, key);
    td_buf_put_u8(b, TD_FORM_BODY);
    td_buf_put(b, chain->b, sizeof(chain->b));
    td_buf_put(b, bytes.ptr + sizeof(salt.b), bytes.len - sizeof(salt.b));
    TD_TRY(b->err);
    TD_TRY(td_put_salted(t, TD_T_PAYLOADS, at, bucket, &salt, td_buf_slice(b)));
    return no_longer_missing(t, at);
}

tandem_err
td_payload_get(struct td_txn *t, uint32_t number, uint64_t seq, uint16_t index,
    enum td_payload_form *form, struct td_hash16 *chain, struct td_buf *out)
{
    uint8_t key[TD_PAYLOAD_KEY];
    const tandem_slice at = {key, sizeof(key)};
    struct td_salt salt;
    tandem_err err;

    td_payload_key(number, seq, index, key);
    err = td_get_salted(t, TD_T_PAYLOADS, at, &salt, out);
    if (err == TANDEM_ENOTFOUND) {
        uint32_t owner;
        uint64_t last;

        TD_TRY(td_log_owner(t, number, seq, &owner, &last));
        if (owner != number) { // shared with the branch it leaves
            td_payload_key(owner, seq, index, key);
            err = td_get_salted(t, TD_T_PAYLOADS, at, &salt, out);
        }
    }
    TD_TRY(err);
    if (out->len < 1 || out->ptr[0] > TD_FORM_CLEAR) {
        return TANDEM_ECORRUPT;
    }
    *form = (enum td_payload_form)out->ptr[0];
    if (*form == TD_FORM_BODY) {
        if (out->len < 1 + sizeof(chain->b)) {
            return TANDEM_ECORRUPT;
        }
        if (chain != NULL) {
            memcpy(chain->b, out->ptr + 1, sizeof(chain->b));
        }
        salt = mix(&salt, out->ptr + 1);
        memcpy(out->ptr + 1, salt.b, sizeof(salt.b)); // as long as the other
    }
    out->len--;
    memmove(out->ptr, out->ptr + 1, out->len);
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

_Static_assert(sizeof(struct td_hash16) == sizeof(struct td_salt),
    "td_payload_get puts the one in the other's place");
