// SPDX-License-Identifier: Apache-2.0
// row.c - one row of a table, bound to its place.
//
// Bytes of a row's value in LMDB (numbers big-endian):
//   class u16        which key: bucket 0..1023, 0xfffe index, 0xffff transit
//   generation u32   which generation of that key
//   sealed           td_seal (crypto/seal.c) of the value; associated data:
//                    "td.row" || table u16 || class u16 || generation u32 ||
//                    key (all that is left)
// or, in the table payloads, whose values are sealed already but for a head,
//   class, generation
//   kept             td_keep (crypto/kept.c) of the value, the same associated
//                    data
// or, of class 0xfffd, in the table records only, where the one change of a
// record stands:
//   class u16, place 15
// so a row opens only in the table, under the key and with the generation it
// was written with: a flipped bit, a moved or an exchanged row is damage. Rows
// of the table indexes have no value at all: their key is a blind under the
// index key, and what they lead to is compared with what was asked for.
// The numbers of the tables are those of enum td_table, and permanent.
#include "store/row.h"

#include <string.h>

#include "base/reader.h"

enum { HEAD = 2 + 4, AD_FIXED = 6 + 2 + HEAD };

_Static_assert(TD_T_META == 0 && TD_T_LOGS == 1 && TD_T_COMMITS == 2 &&
                   TD_T_PAYLOADS == 3 && TD_T_HEADS == 4 && TD_T_RECORDS == 5 &&
                   TD_T_INDEXES == 6 && TD_T_WAITING == 7 &&
                   TD_T_MISSING == 8 && TD_T_CONFLICTS == 9 &&
                   TD_T_FEED == 10 && TD_T_PEERS == 11 && TD_T_TRIE == 12 &&
                   TD_T_RUNS == 13 && TD_T_STAGED == 14 && TD_T_LOCAL == 15,
    "a table's number is part of every row on disk");

tandem_err
td_row_key_check(tandem_slice key)
{
    if (key.len == 0) {
        return TANDEM_EVALUE;
    }
    return key.len > TD_KEY_BYTES_MAX ? TANDEM_ELIMIT : TANDEM_OK;
}

static void
put_be16(uint8_t p[2], uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static tandem_slice
ad_of(uint8_t ad[AD_FIXED + TD_KEY_BYTES_MAX], enum td_table table,
    const uint8_t head[HEAD], tandem_slice key)
{
    TD_ASSERT(key.len <= TD_KEY_BYTES_MAX);
    memcpy(ad, "td.row", 6);
    put_be16(ad + 6, (uint16_t)table);
    memcpy(ad + 8, head, HEAD);
    memcpy(ad + AD_FIXED, key.ptr, key.len);
    return (tandem_slice){ad, AD_FIXED + key.len};
}

static tandem_err
put_place(const struct td_row_at *at, tandem_slice value, struct td_buf *out)
{
    uint8_t head[2];

    if (at->table != TD_T_RECORDS || value.len != TD_PLACE_BYTES) {
        return TANDEM_EMISUSE;
    }
    put_be16(head, TD_SEAL_PLACE);
    td_buf_put(out, head, sizeof(head));
    td_buf_put_slice(out, value);
    return out->err;
}

static tandem_err
open_place(const struct td_row_at *at, tandem_slice value, struct td_buf *out)
{
    if (at->table != TD_T_RECORDS || value.len != TD_PLACE_BYTES) {
        return TANDEM_ECORRUPT;
    }
    td_buf_put_slice(out, value);
    return out->err;
}

tandem_err
td_row_seal(const struct td_keyring *k, const struct td_row_at *at,
    tandem_slice value, const struct td_row_with *how, struct td_buf *out)
{
    uint8_t room[AD_FIXED + TD_KEY_BYTES_MAX];
    uint8_t head[HEAD];
    const struct td_key *with;
    tandem_slice ad;
    uint32_t gen;

    td_buf_reset(out);
    if (at->table == TD_T_INDEXES) {
        return value.len == 0 ? TANDEM_OK : TANDEM_EMISUSE;
    }
    if (how->seal == TD_SEAL_PLACE) {
        return put_place(at, value, out);
    }
    with = td_keyring_now(k, how->seal, &gen);
    if (with == NULL) {
        return TANDEM_EMISUSE;
    }
    put_be16(head, how->seal);
    td_put_be32(head + 2, gen);
    td_buf_put(out, head, HEAD);
    ad = ad_of(room, at->table, head, at->key);
    return at->table == TD_T_PAYLOADS
               ? td_keep(with, ad, value, TD_KEPT_HEAD, how->hash, out)
               : td_seal(with, ad, value, how->rng, out);
}

tandem_err
td_row_open(const struct td_keyring *k, const struct td_row_at *at,
    tandem_slice row, struct td_hash *hash, struct td_buf *out)
{
    uint8_t room[AD_FIXED + TD_KEY_BYTES_MAX];
    const struct td_key *with;
    struct td_reader r;
    tandem_slice ad, rest;
    uint16_t seal;
    uint32_t gen;

    if (at->table == TD_T_INDEXES) {
        return row.len == 0 ? TANDEM_OK : TANDEM_ECORRUPT;
    }
    td_reader_init(&r, row);
    seal = td_read_be16(&r);
    if (seal == TD_SEAL_PLACE) {
        return open_place(at, td_read_bytes(&r, r.left), out);
    }
    gen = td_read_be32(&r);
    if (r.failed) {
        return TANDEM_ECORRUPT;
    }
    with = td_keyring_find(k, seal, gen);
    if (with == NULL) {
        return TANDEM_ECORRUPT;
    }
    ad = ad_of(room, at->table, row.ptr, at->key);
    rest = td_read_bytes(&r, r.left);
    return at->table == TD_T_PAYLOADS
               ? td_kept_open(with, ad, rest, TD_KEPT_HEAD, hash, out)
               : td_open(with, ad, rest, out);
}
