// SPDX-License-Identifier: Apache-2.0
// commit.c - the rows of held commits.
//
// COMMITS  number be32 || seq be64 -> [chain hash 32, lsn, header bin]
#include "log/log.h"

#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

tandem_err
td_commit_put(struct td_txn *t, uint32_t number, uint64_t seq,
    const struct td_hash *chain, uint64_t lsn, tandem_slice header)
{
    uint8_t key[TD_ENTRY_KEY];
    struct td_buf b;
    tandem_err err;

    td_entry_key(number, seq, key);
    td_row_buf(t, &b);
    td_mp_array(&b, 3);
    td_mp_bin(&b, chain->b, sizeof(chain->b));
    td_mp_uint(&b, lsn);
    td_mp_bin(&b, header.ptr, header.len);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_COMMITS, (tandem_slice){key, sizeof(key)},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

struct row {
    struct td_hash chain;
    uint64_t lsn;
    tandem_slice header; // borrowed
};

static tandem_err
read_row(tandem_slice bytes, struct row *out)
{
    struct td_cur c;

    if (!td_cur_open(&c, bytes)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 3);
    td_cur_bin_exact(&c, out->chain.b, sizeof(out->chain.b));
    out->lsn = td_cur_uint(&c);
    out->header = td_cur_bin(&c, TD_HEADER_BYTES_MAX);
    return td_cur_done(&c) ? TANDEM_OK : TANDEM_ECORRUPT;
}

static tandem_err
get_row(struct td_txn *t, uint32_t number, uint64_t seq, struct td_buf *b,
    struct row *out)
{
    uint8_t key[TD_ENTRY_KEY];

    td_entry_key(number, seq, key);
    TD_TRY(td_get(t, TD_T_COMMITS, (tandem_slice){key, sizeof(key)}, b));
    return read_row(td_buf_slice(b), out);
}

tandem_err
td_commit_row_get(struct td_txn *t, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *out, struct td_hash *chain,
    uint64_t *lsn)
{
    struct td_buf b;
    struct row row;
    tandem_err err;

    td_row_buf(t, &b);
    err = get_row(t, number, seq, &b, &row);
    if (err == TANDEM_OK) {
        err = td_header_decode(row.header, arena, out);
    }
    td_buf_deinit(&b);
    if (err != TANDEM_OK) {
        return err;
    }
    if (out->seq != seq) {
        return TANDEM_ECORRUPT;
    }
    if (chain != NULL) {
        *chain = row.chain;
    }
    if (lsn != NULL) {
        *lsn = row.lsn;
    }
    return TANDEM_OK;
}

tandem_err
td_commit_row_chain(
    struct td_txn *t, uint32_t number, uint64_t seq, struct td_hash *chain)
{
    struct td_buf b;
    struct row row;
    tandem_err err;

    td_row_buf(t, &b);
    err = get_row(t, number, seq, &b, &row);
    if (err == TANDEM_OK) {
        *chain = row.chain;
    }
    td_buf_deinit(&b);
    return err;
}
