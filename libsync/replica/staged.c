// SPDX-License-Identifier: Apache-2.0
// staged.c - the first bytes of a segment that a cut left.
//
// STAGED  device 32 -> [1, wall ms, log 16, from or nil, hash 16 or nil, seq,
//                      bytes]
// One for each peer, for a session has one segment under way; what another peer
// holds of the same log may be other bytes (payloads it has not got). Nothing
// in it counts before the rest has come and the whole is verified.
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "replica/replica.h"

#define ROW_BYTES_MAX ((size_t)TD_SEGMENT_BYTES_MAX + 256)

tandem_err
td_staged_read(tandem_slice in, struct td_staged *out)
{
    struct td_staged s = {.at_ms = 0};
    struct td_cur c;

    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 7);
    td_cur_uint_exact(&c, 1);
    s.at_ms = td_cur_int(&c);
    td_cur_bin_exact(&c, s.log.b, sizeof(s.log.b));
    s.from_start = td_cur_nil(&c);
    if (!s.from_start) {
        s.from = td_cur_uint(&c);
        td_cur_bin_exact(&c, s.from_hash.b, sizeof(s.from_hash.b));
    } else if (!td_cur_nil(&c)) {
        td_cur_fail(&c);
    }
    s.seq = td_cur_uint(&c);
    s.bytes = td_cur_bin(&c, TD_SEGMENT_BYTES_MAX);
    if (!td_cur_done(&c) || s.bytes.len == 0) {
        return TANDEM_ECORRUPT;
    }
    *out = s;
    return TANDEM_OK;
}

tandem_err
td_staged_get(struct td_txn *t, const tandem_device_id *peer,
    struct td_buf *room, struct td_staged *out)
{
    tandem_err err = td_get(t, TD_T_STAGED, (tandem_slice){peer->b, 32}, room);

    if (err == TANDEM_OK) {
        err = td_staged_read(td_buf_slice(room), out);
    }
    if (err == TANDEM_OK) {
        out->peer = *peer;
    }
    return err == TANDEM_ECORRUPT ? TANDEM_ENOTFOUND : err;
}

tandem_err
td_staged_del(struct td_txn *t, const tandem_device_id *peer)
{
    tandem_err err = td_del(t, TD_T_STAGED, (tandem_slice){peer->b, 32});

    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// Room for one more: the oldest goes, a damaged one before it.
static tandem_err
make_room(struct td_txn *t, const tandem_device_id *peer)
{
    tandem_device_id oldest = {{0}};
    int64_t oldest_ms = INT64_MAX;
    tandem_slice key, value;
    struct td_iter *i;
    size_t count = 0;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_STAGED, (tandem_slice){NULL, 0}, &i));
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK ||
           err == TANDEM_ECORRUPT) {
        struct td_staged s = {.at_ms = INT64_MIN};

        if (key.len != 32 || memcmp(key.ptr, peer->b, 32) == 0) {
            continue;
        }
        count++;
        if (err == TANDEM_OK) {
            (void)!td_staged_read(value, &s);
        }
        if (s.at_ms < oldest_ms) {
            oldest_ms = s.at_ms;
            memcpy(oldest.b, key.ptr, 32);
        }
    }
    td_iter_close(i);
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    return count >= TD_STAGED_MAX ? td_staged_del(t, &oldest) : TANDEM_OK;
}

void
td_staged_write(const struct td_staged *s, struct td_buf *out)
{
    td_mp_array(out, 7);
    td_mp_uint(out, 1);
    td_mp_int(out, s->at_ms);
    td_mp_bin(out, s->log.b, sizeof(s->log.b));
    if (s->from_start) {
        td_mp_nil(out);
        td_mp_nil(out);
    } else {
        td_mp_uint(out, s->from);
        td_mp_bin(out, s->from_hash.b, sizeof(s->from_hash.b));
    }
    td_mp_uint(out, s->seq);
    td_mp_bin(out, s->bytes.ptr, s->bytes.len);
}

tandem_err
td_staged_put(struct td_txn *t, const struct td_staged *s)
{
    struct td_buf b;
    tandem_err err;

    TD_TRY(make_room(t, &s->peer));
    td_buf_init(&b, td_store_sys(td_txn_store(t)), ROW_BYTES_MAX);
    td_staged_write(s, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_STAGED, (tandem_slice){s->peer.b, 32},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}
