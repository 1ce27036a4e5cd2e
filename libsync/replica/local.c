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
    const struct td_store *store;
    const tandem_local_value *values;
    size_t count;
};

static struct td_hash16
key_of(const struct td_store *s, const char *name)
{
    static const uint8_t what = 3;
    const tandem_slice parts[2] = {{&what, 1}, td_slice_str(name)};

    return td_store_blind(s, parts, 2);
}

static tandem_err
put_one(struct td_txn *t, const struct td_store *s, const tandem_local_value *v)
{
    const struct td_hash16 hash = key_of(s, v->name);
    const tandem_slice key = {hash.b, sizeof(hash.b)};
    tandem_err err;

    if (v->bytes.len > 0) {
        return td_put(t, TD_T_LOCAL, key, TD_SEAL_INDEX, v->bytes);
    }
    err = td_del(t, TD_T_LOCAL, key);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
put(struct td_txn *t, void *ctx)
{
    const struct putting *p = ctx;

    for (size_t i = 0; i < p->count; i++) {
        TD_TRY(put_one(t, p->store, &p->values[i]));
    }
    return TANDEM_OK;
}

tandem_err
td_replica_local_put(struct td_replica *r, const tandem_local_value *values,
    size_t count, tandem_error *e)
{
    struct putting p = {.store = r->store, .values = values, .count = count};

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
