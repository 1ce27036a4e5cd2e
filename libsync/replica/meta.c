// SPDX-License-Identifier: Apache-2.0
// meta.c - the META rows of this room. Layout: work.h.
#include "replica/meta.h"

#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"

#define META_BYTES_MAX 4096

tandem_err
td_meta_get(struct td_txn *t, const char *name, struct td_buf *out)
{
    return td_get(t, TD_T_META, td_slice_str(name), out);
}

tandem_err
td_meta_put(struct td_txn *t, const char *name, tandem_slice value)
{
    return td_put(t, TD_T_META, td_slice_str(name), TD_SEAL_INDEX, value);
}

tandem_err
td_meta_del(struct td_txn *t, const char *name)
{
    if (!td_has(t, TD_T_META, td_slice_str(name))) {
        return TANDEM_OK;
    }
    return td_del(t, TD_T_META, td_slice_str(name));
}

tandem_err
td_meta_exact(struct td_txn *t, const char *name, void *out, size_t n)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    err = td_meta_get(t, name, &b);
    if (err == TANDEM_OK && b.len != n) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_OK) {
        memcpy(out, b.ptr, n);
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_meta_counts(struct td_txn *t, struct td_counts *out)
{
    struct td_counts c = {0};
    struct td_buf b;
    struct td_cur cur;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    err = td_meta_get(t, TD_META_COUNTS, &b);
    if (err == TANDEM_OK) {
        if (td_cur_open(&cur, td_buf_slice(&b))) {
            td_cur_array_exact(&cur, 7);
            (void)td_cur_uint_max(&cur, 1);
            c.records = td_cur_uint(&cur);
            c.trashed = td_cur_uint(&cur);
            c.conflicts = td_cur_uint(&cur);
            c.changes = td_cur_uint(&cur);
            c.waiting = td_cur_uint(&cur);
            c.quarantined = td_cur_uint(&cur);
        }
        err = td_cur_done(&cur) ? TANDEM_OK : TANDEM_ECORRUPT;
    } else if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        *out = c;
    }
    return err;
}

tandem_err
td_meta_counts_put(struct td_txn *t, const struct td_counts *c)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    td_mp_array(&b, 7);
    td_mp_uint(&b, 1);
    td_mp_uint(&b, c->records);
    td_mp_uint(&b, c->trashed);
    td_mp_uint(&b, c->conflicts);
    td_mp_uint(&b, c->changes);
    td_mp_uint(&b, c->waiting);
    td_mp_uint(&b, c->quarantined);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_meta_put(t, TD_META_COUNTS, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}
