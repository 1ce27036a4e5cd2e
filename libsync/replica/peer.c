// SPDX-License-Identifier: Apache-2.0
// peer.c - what we know of the stores we met.
//
// PEERS  device 32 -> [1, store id 16, their lsn, root 16, sectors mark 16,
//                     last sync ms, address str, asked 14, set apart (apart.h)]
// Losing or rolling back this table costs bytes, never data.
#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "replica/replica.h"

#define PEER_BYTES_MAX (512 + TD_PEER_APART_MAX * 96)

tandem_err
td_peer_read(tandem_slice row, struct td_peer *out)
{
    struct td_peer p = {.their_lsn = 0};
    tandem_slice address;
    struct td_cur c;

    if (!td_cur_open(&c, row)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 9);
    td_cur_uint_exact(&c, 1);
    td_cur_bin_exact(&c, p.store_id, 16);
    p.their_lsn = td_cur_uint(&c);
    td_cur_bin_exact(&c, p.root.b, 16);
    td_cur_bin_exact(&c, p.sectors_mark.b, 16);
    p.last_sync_ms = td_cur_int(&c);
    address = td_cur_str(&c, sizeof(p.address) - 1);
    td_cur_bin_exact(&c, p.asked.key, sizeof(p.asked.key));
    p.apart_count = td_apart_read(&c, p.apart);
    if (!td_cur_done(&c) ||
        (address.len > 0 && memchr(address.ptr, 0, address.len) != NULL)) {
        return TANDEM_ECORRUPT;
    }
    memcpy(p.address, address.ptr, address.len);
    *out = p;
    return TANDEM_OK;
}

void
td_peer_write(const struct td_peer *p, struct td_buf *out)
{
    td_mp_array(out, 9);
    td_mp_uint(out, 1);
    td_mp_bin(out, p->store_id, 16);
    td_mp_uint(out, p->their_lsn);
    td_mp_bin(out, p->root.b, 16);
    td_mp_bin(out, p->sectors_mark.b, 16);
    td_mp_int(out, p->last_sync_ms);
    td_mp_str(out, td_slice_str(p->address));
    td_mp_bin(out, p->asked.key, sizeof(p->asked.key));
    td_apart_write(p->apart, p->apart_count, out);
}

tandem_err
td_peer_get(
    struct td_replica *r, const tandem_device_id *d, struct td_peer *out)
{
    struct td_txn *t;
    struct td_buf b;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    td_buf_init(&b, r->sys, PEER_BYTES_MAX);
    err = td_get(t, TD_T_PEERS, (tandem_slice){d->b, 32}, &b);
    if (err == TANDEM_OK) {
        err = td_peer_read(td_buf_slice(&b), out);
    }
    if (err == TANDEM_OK) {
        out->device = *d;
    }
    td_buf_deinit(&b);
    td_store_read_end(t);
    return err;
}

struct putting {
    const tandem_sys *sys;
    const struct td_peer *peer;
};

static tandem_err
put(struct td_txn *t, void *ctx)
{
    const struct putting *x = ctx;
    const struct td_peer *p = x->peer;
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, x->sys, PEER_BYTES_MAX);
    td_peer_write(p, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_PEERS, (tandem_slice){p->device.b, 32},
            TD_SEAL_INDEX, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_peer_put(struct td_replica *r, const struct td_peer *p)
{
    struct putting x = {.sys = r->sys, .peer = p};

    if (memchr(p->address, '\0', sizeof(p->address)) == NULL) {
        return TANDEM_EVALUE;
    }
    return td_store_write(r->store, put, &x, NULL);
}
