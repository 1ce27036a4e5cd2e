// SPDX-License-Identifier: Apache-2.0
// local.c - the host's own bytes, sealed like every row and never sent.
//
// LOCAL  blind 16 -> the bytes
//   blind = of `03` || name (store.h: td_store_blind): a name says nothing on
//   the disk
// They are written whole, so what is read is what one call put there.
#include "replica/replica.h"

#include "base/slice.h"

struct putting {
    struct td_hash16 key;
    tandem_slice bytes;
};

static struct td_hash16
key_of(const struct td_store *s, const char *name)
{
    static const uint8_t what = 3;
    const tandem_slice parts[2] = {{&what, 1}, td_slice_str(name)};

    return td_store_blind(s, parts, 2);
}

static tandem_err
put(struct td_txn *t, void *ctx)
{
    const struct putting *p = ctx;
    const tandem_slice key = {p->key.b, sizeof(p->key.b)};
    tandem_err err;

    if (p->bytes.len > 0) {
        return td_put(t, TD_T_LOCAL, key, TD_SEAL_INDEX, p->bytes);
    }
    err = td_del(t, TD_T_LOCAL, key);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_replica_local_put(
    struct td_replica *r, const char *name, tandem_slice bytes, tandem_error *e)
{
    struct putting p = {.key = key_of(r->store, name), .bytes = bytes};

    return td_store_write(r->store, put, &p, e);
}

tandem_err
td_replica_local_get(struct td_replica *r, const char *name, struct td_buf *out)
{
    const struct td_hash16 key = key_of(r->store, name);
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = td_get(t, TD_T_LOCAL, (tandem_slice){key.b, sizeof(key.b)}, out);
    td_store_read_end(t);
    return err;
}
